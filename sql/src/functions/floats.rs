//! The order of floats: Arrow's is that of their bits, in which NaN has two places and zero has two values.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, StructArray};
use arrow::datatypes::{DataType as ArrowType, Float32Type, Float64Type};

/// Where NaN goes among the numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Nan {
    /// Below all of them: it is never the greatest.
    Least,
    /// Above all of them.
    Greatest,
}

/// The array with floats, also those inside lists and tuples, changed so that Arrow compares them as ClickHouse does.
pub fn ordered(array: &ArrayRef, nan: Nan) -> ArrayRef {
    match array.data_type() {
        ArrowType::Float32 => {
            let nan = if nan == Nan::Least {
                -f32::NAN.abs()
            } else {
                f32::NAN.abs()
            };
            let values = array.as_primitive::<Float32Type>();
            Arc::new(values.unary::<_, Float32Type>(|value| if value.is_nan() { nan } else { value + 0.0 }))
        }
        ArrowType::Float64 => {
            let nan = if nan == Nan::Least {
                -f64::NAN.abs()
            } else {
                f64::NAN.abs()
            };
            let values = array.as_primitive::<Float64Type>();
            Arc::new(values.unary::<_, Float64Type>(|value| if value.is_nan() { nan } else { value + 0.0 }))
        }
        ArrowType::List(field) if has_floats(field.data_type()) => {
            let list = array.as_list::<i32>();
            let values = ordered(list.values(), nan);
            let (field, offsets, nulls) = (field.clone(), list.offsets().clone(), list.nulls().cloned());
            Arc::new(ListArray::new(field, offsets, values, nulls))
        }
        ArrowType::Struct(fields) if has_floats(array.data_type()) => {
            let tuple = array.as_struct();
            let columns = tuple.columns().iter().map(|column| ordered(column, nan)).collect();
            Arc::new(StructArray::new(fields.clone(), columns, tuple.nulls().cloned()))
        }
        _ => array.clone(),
    }
}

fn has_floats(arrow: &ArrowType) -> bool {
    match arrow {
        ArrowType::Float32 | ArrowType::Float64 => true,
        ArrowType::List(field) => has_floats(field.data_type()),
        ArrowType::Struct(fields) => fields.iter().any(|field| has_floats(field.data_type())),
        _ => false,
    }
}

/// The array of floats with NULL for NaN, and the rows that were NaN; nothing if there are none.
pub fn without_nan(array: &ArrayRef) -> Option<(ArrayRef, Vec<bool>)> {
    let nans: Vec<bool> = match array.data_type() {
        ArrowType::Float32 => {
            let values = array.as_primitive::<Float32Type>();
            let present = |row| !array.is_null(row);
            let rows = values.values().iter().enumerate();
            rows.map(|(row, value)| value.is_nan() && present(row)).collect()
        }
        ArrowType::Float64 => {
            let values = array.as_primitive::<Float64Type>();
            let present = |row| !array.is_null(row);
            let rows = values.values().iter().enumerate();
            rows.map(|(row, value)| value.is_nan() && present(row)).collect()
        }
        _ => return None,
    };
    if !nans.contains(&true) {
        return None;
    }
    let kept = arrow::compute::nullif(array, &nans.clone().into()).expect("there is a truth value for each row");
    Some((kept, nans))
}

#[cfg(test)]
mod tests {
    use arrow::array::{Float64Array, make_comparator};
    use arrow::compute::SortOptions;

    use super::*;

    #[test]
    fn nan_has_one_place_and_zero_one_value() {
        let array: ArrayRef = Arc::new(Float64Array::from(vec![-f64::NAN, f64::NAN, f64::INFINITY, -0.0, 0.0]));
        for (nan, expected) in [(Nan::Least, "==<="), (Nan::Greatest, "==>=")] {
            let array = ordered(&array, nan);
            let compare = make_comparator(&array, &array, SortOptions::default()).unwrap();
            let pairs = [(0, 1), (1, 0), (0, 2), (3, 4)];
            let shown: String = pairs
                .iter()
                .map(|(a, b)| match compare(*a, *b) {
                    std::cmp::Ordering::Less => '<',
                    std::cmp::Ordering::Equal => '=',
                    std::cmp::Ordering::Greater => '>',
                })
                .collect();
            assert_eq!(shown, expected);
        }
    }
}
