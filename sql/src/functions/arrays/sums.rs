//! One value from the elements of an array, and running sums.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, PrimitiveArray, UInt8Array, UInt32Array, make_comparator,
};
use arrow::compute::{SortOptions, concat, take};
use arrow::datatypes::{Decimal128Type, Float64Type, Int64Type, UInt64Type};

use super::lists::{build, elements, item};
use crate::error::Result;
use crate::functions::arithmetic::result_type;
use crate::functions::casts::numbers::wrap;
use crate::functions::floats::{Nan, ordered};
use crate::functions::function::{Argument, Bound, Function, illegal};
use crate::functions::internal;
use crate::types::DataType;

pub const SUM: Function = Function::new("arraySum", (1, 1), "Sum of the elements", |arguments, _| {
    sum(arguments, "arraySum", Fold::Sum)
});
pub const PRODUCT: Function = Function::new("arrayProduct", (1, 1), "Product of the elements", |arguments, _| {
    floats(arguments, "arrayProduct", |values| values.product())
});
pub const AVG: Function = Function::new("arrayAvg", (1, 1), "Mean of the elements", |arguments, _| {
    floats(arguments, "arrayAvg", |values| {
        let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
        if count == 0.0 { 0.0 } else { sum / count }
    })
});
pub const MIN: Function = Function::new("arrayMin", (1, 1), "The least element", |arguments, _| {
    extreme(arguments, "arrayMin", false)
});
pub const MAX: Function = Function::new("arrayMax", (1, 1), "The greatest element", |arguments, _| {
    extreme(arguments, "arrayMax", true)
});
pub const COUNT: Function = Function::new(
    "arrayCount",
    (1, 1),
    "Number of elements that are true",
    |arguments, _| {
        truths(arguments, "arrayCount", DataType::UInt32, |truths| {
            truths.iter().filter(|truth| **truth).count() as u32
        })
    },
);
pub const EXISTS: Function = Function::new("arrayExists", (1, 1), "Whether an element is true", |arguments, _| {
    truths(arguments, "arrayExists", DataType::UInt8, |truths| {
        u32::from(truths.contains(&true))
    })
});
pub const ALL: Function = Function::new("arrayAll", (1, 1), "Whether all elements are true", |arguments, _| {
    truths(arguments, "arrayAll", DataType::UInt8, |truths| {
        u32::from(!truths.contains(&false))
    })
});
pub const CUM_SUM: Function = Function::new(
    "arrayCumSum",
    (1, 1),
    "Sums of the elements up to each",
    |arguments, _| sum(arguments, "arrayCumSum", Fold::Running),
);
pub const CUM_SUM_NON_NEGATIVE: Function = Function::new(
    "arrayCumSumNonNegative",
    (1, 1),
    "Sums up to each element that never go below zero",
    |arguments, _| sum(arguments, "arrayCumSumNonNegative", Fold::NonNegative),
);
pub const DIFFERENCE: Function = Function::new(
    "arrayDifference",
    (1, 1),
    "Differences between neighbours",
    |arguments, _| difference(arguments),
);

#[derive(Clone, Copy, PartialEq)]
enum Fold {
    Sum,
    Running,
    NonNegative,
}

fn numeric<'a>(arguments: &'a [Argument], name: &str) -> Result<&'a DataType> {
    let DataType::Array(item) = &arguments[0].data_type else {
        let shown = &arguments[0].data_type;
        return Err(illegal(format!(
            "The 1st and only argument for function {name} must be array. Found {shown} instead"
        )));
    };
    let plain = &**item;
    if item.is_nullable() {
        return Err(illegal(format!(
            "array aggregation function cannot be performed on type {item}"
        )));
    }
    if plain.is_number() || *plain == DataType::Bool {
        return Ok(plain);
    }
    Err(illegal(format!("{name} cannot add values of type {item}")))
}

fn sum(arguments: &[Argument], name: &str, fold: Fold) -> Result<Bound> {
    let one = match numeric(arguments, name)? {
        DataType::Decimal(precision, scale) => DataType::Decimal((*precision).max(38), *scale),
        each if each.is_float() => DataType::Float64,
        each if each.is_signed_integer() => DataType::Int64,
        _ => DataType::UInt64,
    };
    let single = fold == Fold::Sum;
    let field = one.item_field();
    let result = if single {
        one.clone()
    } else {
        DataType::Array(Box::new(one.clone()))
    };
    let nullable = item(&arguments[0], name, 0)?.is_nullable();
    let element = if nullable { one.to_nullable() } else { one.clone() };
    Ok(Bound::kernel(
        result,
        vec![DataType::Array(Box::new(element))],
        move |arrays, rows| {
            let list = arrays[0].as_list::<i32>();
            let (values, lengths) = match &one {
                DataType::UInt64 => folded::<UInt64Type>(list, rows, fold, |a, b| a.wrapping_add(b)),
                DataType::Int64 => folded::<Int64Type>(list, rows, fold, |a, b| a.wrapping_add(b)),
                DataType::Decimal(38, _) => {
                    let (values, lengths) = folded::<Decimal128Type>(list, rows, fold, |a, b| a.wrapping_add(b));
                    let values = values
                        .as_primitive::<Decimal128Type>()
                        .clone()
                        .with_data_type(field.data_type().clone());
                    (Arc::new(values) as ArrayRef, lengths)
                }
                DataType::Decimal(..) => {
                    let (values, lengths) =
                        folded::<arrow::datatypes::Decimal256Type>(list, rows, fold, |a, b| a.wrapping_add(b));
                    let values = values.as_primitive::<arrow::datatypes::Decimal256Type>().clone();
                    (
                        Arc::new(values.with_data_type(field.data_type().clone())) as ArrayRef,
                        lengths,
                    )
                }
                _ => folded::<Float64Type>(list, rows, fold, |a, b| a + b),
            };
            if single {
                Ok(values)
            } else {
                build(values, &field, lengths)
            }
        },
    ))
}

fn folded<T: ArrowPrimitiveType>(
    list: &arrow::array::ListArray,
    rows: usize,
    fold: Fold,
    add: fn(T::Native, T::Native) -> T::Native,
) -> (ArrayRef, Vec<usize>) {
    let elements_array = list.values().as_primitive::<T>();
    let mut out = Vec::with_capacity(if fold == Fold::Sum { rows } else { elements_array.len() });
    let mut lengths = Vec::with_capacity(rows);
    for row in 0..rows {
        let range = elements(list, row);
        lengths.push(range.len());
        let mut sum = T::default_value();
        for index in range {
            if elements_array.is_valid(index) {
                sum = add(sum, elements_array.value(index));
            }
            if fold == Fold::NonNegative && sum < T::default_value() {
                sum = T::default_value();
            }
            if fold != Fold::Sum {
                out.push(sum);
            }
        }
        if fold == Fold::Sum {
            out.push(sum);
        }
    }
    (Arc::new(PrimitiveArray::<T>::from_iter_values(out)), lengths)
}

/// The values of a row as floats, without NULL.
type Floats<'a> = &'a mut dyn Iterator<Item = f64>;

fn floats(arguments: &[Argument], name: &str, answer: fn(Floats) -> f64) -> Result<Bound> {
    numeric(arguments, name)?;
    let nullable = item(&arguments[0], name, 0)?.is_nullable();
    let element = if nullable {
        DataType::Float64.to_nullable()
    } else {
        DataType::Float64
    };
    Ok(Bound::kernel(
        DataType::Float64,
        vec![DataType::Array(Box::new(element))],
        move |arrays, rows| {
            let list = arrays[0].as_list::<i32>();
            let values = list.values().as_primitive::<Float64Type>();
            let answers = (0..rows).map(|row| {
                let present = elements(list, row).filter(|index| values.is_valid(*index));
                answer(&mut present.map(|index| values.value(index)))
            });
            Ok(Arc::new(PrimitiveArray::<Float64Type>::from_iter_values(answers)))
        },
    ))
}

fn extreme(arguments: &[Argument], name: &str, greatest: bool) -> Result<Bound> {
    let own = item(&arguments[0], name, 0)?;
    if *own.bare() == DataType::Nothing {
        return Err(illegal(format!(
            "array aggregation function cannot be performed on type {own}"
        )));
    }
    let result = own.clone();
    let default = result.default_scalar();
    Ok(Bound::kernel(
        result,
        vec![arguments[0].data_type.clone()],
        move |arrays, rows| {
            let list = arrays[0].as_list::<i32>();
            let values = list.values();
            let keys = ordered(values, if greatest { Nan::Least } else { Nan::Greatest });
            let compare = make_comparator(&keys, &keys, SortOptions::default()).map_err(internal)?;
            let nulls = values.logical_nulls();
            let outside = values.len() as u32;
            let better = |new: usize, best: usize| {
                if greatest {
                    compare(new, best).is_gt()
                } else {
                    compare(new, best).is_lt()
                }
            };
            let best = (0..rows).map(|row| {
                let present =
                    elements(list, row).filter(|index| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(*index)));
                present
                    .reduce(|best, index| if better(index, best) { index } else { best })
                    .map_or(outside, |index| index as u32)
            });
            let indices = UInt32Array::from_iter_values(best);
            let default = crate::functions::udf::conform(default.to_array().map_err(internal)?, values.data_type());
            let with_default = concat(&[values.as_ref(), default.as_ref()]).map_err(internal)?;
            take(&with_default, &indices, None).map_err(internal)
        },
    ))
}

fn truths(arguments: &[Argument], name: &str, result: DataType, answer: fn(&[bool]) -> u32) -> Result<Bound> {
    let own = item(&arguments[0], name, 0)?;
    let plain = own.bare();
    if !plain.is_integer() && !matches!(plain, DataType::Bool | DataType::Nothing) {
        return Err(illegal(format!(
            "Unexpected type of filter column in function {name}: {own}"
        )));
    }
    let one = if own.is_nullable() {
        DataType::Bool.to_nullable()
    } else {
        DataType::Bool
    };
    let narrow = result == DataType::UInt8;
    Ok(Bound::kernel(
        result,
        vec![DataType::Array(Box::new(one))],
        move |arrays, rows| {
            let list = arrays[0].as_list::<i32>();
            let values = list.values().as_boolean();
            // NULL is false.
            let truths: Vec<bool> = values.iter().map(|truth| truth.unwrap_or(false)).collect();
            let answers = (0..rows).map(|row| answer(&truths[elements(list, row)]));
            Ok(match narrow {
                true => Arc::new(UInt8Array::from_iter_values(answers.map(|answer| answer as u8))) as ArrayRef,
                false => Arc::new(UInt32Array::from_iter_values(answers)),
            })
        },
    ))
}

fn difference(arguments: &[Argument]) -> Result<Bound> {
    let own = numeric(arguments, "arrayDifference")?;
    let one = result_type(own, own, true)
        .ok_or_else(|| illegal(format!("arrayDifference cannot process values of type {own}")))?;
    let float = one.is_float();
    let wide = if float { DataType::Float64 } else { DataType::Int64 };
    let field = one.item_field();
    Ok(Bound::kernel(
        DataType::Array(Box::new(one)),
        vec![DataType::Array(Box::new(wide))],
        move |arrays, rows| {
            let list = arrays[0].as_list::<i32>();
            let values: ArrayRef = match float {
                true => differences::<Float64Type>(list, rows, |a, b| a - b),
                false => differences::<Int64Type>(list, rows, |a, b| a.wrapping_sub(b)),
            };
            let lengths = (0..rows).map(|row| elements(list, row).len()).collect();
            build(wrap(&values, field.data_type())?, &field, lengths)
        },
    ))
}

fn differences<T: ArrowPrimitiveType>(
    list: &arrow::array::ListArray,
    rows: usize,
    minus: fn(T::Native, T::Native) -> T::Native,
) -> ArrayRef {
    let values = list.values().as_primitive::<T>().values();
    let differences = (0..rows).flat_map(|row| {
        let range = elements(list, row);
        let first = range.start;
        range.map(move |index| {
            if index == first {
                T::default_value()
            } else {
                minus(values[index], values[index - 1])
            }
        })
    });
    Arc::new(PrimitiveArray::<T>::from_iter_values(differences))
}
