//! Comparisons that no native expression gets right.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, UInt8Array, make_comparator};
use arrow::compute::SortOptions;
use arrow::datatypes::{Float64Type, Int64Type, UInt64Type, i256};
use datafusion::logical_expr::Operator;

use crate::functions::casts::big_integers::load;
use crate::functions::casts::numbers::wrap;
use crate::functions::floats::{Nan, ordered};
use crate::functions::function::{Argument, Bound};
use crate::functions::internal;
use crate::types::DataType;

/// Whether the order of two values satisfies the operator; `None` is the order of NaN with anything.
fn holds(operator: Operator, order: Option<Ordering>) -> bool {
    match operator {
        Operator::Eq => order == Some(Ordering::Equal),
        Operator::NotEq => order != Some(Ordering::Equal),
        Operator::Lt => order == Some(Ordering::Less),
        Operator::LtEq => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Operator::Gt => order == Some(Ordering::Greater),
        _ => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    }
}

fn result(rows: usize, holds: impl Fn(usize) -> bool) -> ArrayRef {
    Arc::new(UInt8Array::from_iter_values((0..rows).map(|row| u8::from(holds(row)))))
}

/// Floats of two columns.
pub fn floats(operator: Operator) -> Bound {
    Bound::kernel(DataType::UInt8, vec![DataType::Float64; 2], move |arrays, rows| {
        let (a, b) = (
            arrays[0].as_primitive::<Float64Type>(),
            arrays[1].as_primitive::<Float64Type>(),
        );
        Ok(result(rows, |row| {
            holds(operator, a.value(row).partial_cmp(&b.value(row)))
        }))
    })
}

/// UInt64 with a signed integer.
pub fn integers(left: DataType, right: DataType, operator: Operator) -> Bound {
    let wide = |each: DataType| {
        if each.is_unsigned_integer() {
            DataType::UInt64
        } else {
            DataType::Int64
        }
    };
    Bound::kernel(DataType::UInt8, vec![wide(left), wide(right)], move |arrays, rows| {
        Ok(result(rows, |row| {
            holds(operator, Some(integer(&arrays[0], row).cmp(&integer(&arrays[1], row))))
        }))
    })
}

/// Integers of which one has more than 64 bits, and that no type holds both.
pub fn big_integers(left: DataType, right: DataType, operator: Operator) -> Bound {
    let types = vec![left.clone(), right.clone()];
    Bound::kernel(DataType::UInt8, types, move |arrays, rows| {
        let (a, b) = (load(&arrays[0], &left)?, load(&arrays[1], &right)?);
        // Without a sign, what looks negative is above all.
        let key = |value: i256, data_type: &DataType| (!data_type.has_sign() && value < i256::ZERO, value);
        Ok(result(rows, |row| {
            holds(operator, Some(key(a[row], &left).cmp(&key(b[row], &right))))
        }))
    })
}

fn integer(array: &ArrayRef, row: usize) -> i128 {
    match array.as_primitive_opt::<Int64Type>() {
        Some(array) => i128::from(array.value(row)),
        None => i128::from(array.as_primitive::<UInt64Type>().value(row)),
    }
}

/// A 64-bit integer with a float: exact, though not every such integer is a float.
pub fn mixed(arguments: &[Argument], operator: Operator) -> Bound {
    let wide = |each: &Argument| match &each.data_type {
        each if each.is_float() || each.is_decimal() => DataType::Float64,
        each if each.is_unsigned_integer() => DataType::UInt64,
        _ => DataType::Int64,
    };
    let types: Vec<DataType> = arguments.iter().map(wide).collect();
    let float_first = types[0] == DataType::Float64;
    if types[0] == types[1] {
        return floats(operator);
    }
    let operator = if float_first {
        operator.swap().unwrap_or(operator)
    } else {
        operator
    };
    Bound::kernel(DataType::UInt8, types, move |arrays, rows| {
        let (integers, floats) = if float_first {
            (&arrays[1], &arrays[0])
        } else {
            (&arrays[0], &arrays[1])
        };
        let floats = wrap(floats, &DataType::Float64.arrow())?;
        let floats = floats.as_primitive::<Float64Type>();
        Ok(result(rows, |row| {
            holds(operator, exact(integer(integers, row), floats.value(row)))
        }))
    })
}

fn exact(integer: i128, float: f64) -> Option<Ordering> {
    /// Far beyond 64-bit integers, well inside i128.
    const LARGE: f64 = 1e30;
    if float.is_nan() {
        return None;
    }
    if float.abs() >= LARGE {
        return Some(if float > 0.0 { Ordering::Less } else { Ordering::Greater });
    }
    let whole = float.trunc();
    Some(
        integer
            .cmp(&(whole as i128))
            .then_with(|| 0.0.partial_cmp(&(float - whole)).unwrap_or(Ordering::Equal)),
    )
}

/// Strings of which zero bytes at the end do not count.
pub fn padded(operator: Operator) -> Bound {
    Bound::kernel(DataType::UInt8, vec![DataType::String; 2], move |arrays, rows| {
        let (a, b) = (arrays[0].as_binary::<i32>(), arrays[1].as_binary::<i32>());
        Ok(result(rows, |row| {
            holds(operator, Some(trimmed(a.value(row)).cmp(trimmed(b.value(row)))))
        }))
    })
}

fn trimmed(bytes: &[u8]) -> &[u8] {
    let len = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &bytes[..len]
}

/// Arrays, element by element: in their order NULL equals NULL and NaN equals NaN, as in sorting.
pub fn nested(common: DataType, operator: Operator) -> Bound {
    Bound::kernel(DataType::UInt8, vec![common; 2], move |arrays, rows| {
        let (left, right) = (ordered(&arrays[0], Nan::Greatest), ordered(&arrays[1], Nan::Greatest));
        let compare = make_comparator(
            left.as_ref(),
            right.as_ref(),
            SortOptions {
                descending: false,
                nulls_first: false,
            },
        )
        .map_err(internal)?;
        Ok(result(rows, |row| holds(operator, Some(compare(row, row)))))
    })
}
