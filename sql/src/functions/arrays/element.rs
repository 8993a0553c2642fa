//! `array[index]`: from 1, from the end with negative numbers, the default out of range.

use arrow::array::{Array, AsArray, UInt32Array};
use arrow::compute::{concat, take};
use arrow::datatypes::Int64Type;

use super::lists::{elements, item};
use crate::error::{Code, Error, Result};
use crate::functions::function::{Argument, Bound, Function, illegal};
use crate::functions::internal;
use crate::types::DataType;

pub const ELEMENT: Function = Function::new(
    "arrayElement",
    (2, 2),
    "The element at a place; the default if there is none",
    |arguments, _| bind(arguments, "arrayElement", false),
);
pub const ELEMENT_OR_NULL: Function = Function::new(
    "arrayElementOrNull",
    (2, 2),
    "The element at a place; NULL if there is none",
    |arguments, _| bind(arguments, "arrayElementOrNull", true),
);

fn bind(arguments: &[Argument], name: &str, or_null: bool) -> Result<Bound> {
    let element = match &arguments[0].data_type {
        DataType::Array(_) => item(&arguments[0], name, 0)?.clone(),
        DataType::Map(..) if !or_null => return crate::functions::maps::element(arguments, name),
        other => {
            return Err(illegal(format!(
                "First argument for function '{name}' must be array, got '{other}' instead"
            )));
        }
    };
    if !arguments[1].data_type.is_integer() {
        return Err(illegal(format!(
            "Second argument for function '{name}' must be integer, got '{}' instead",
            arguments[1].data_type
        )));
    }
    let result = if or_null {
        element.to_nullable()
    } else {
        element.clone()
    };
    let default = element.default_scalar();
    let folded = arguments.iter().all(|argument| argument.constant.is_some());
    Ok(Bound::compact(
        result,
        vec![arguments[0].data_type.clone(), DataType::Int64],
        move |arrays, rows| {
            let list = arrays[0].as_list::<i32>();
            let places = arrays[1].as_primitive::<Int64Type>();
            let default = default.to_array().map_err(internal)?;
            let outside = list.values().len() as u32;
            let mut indices = Vec::with_capacity(rows);
            for row in 0..rows {
                let range = elements(list, row);
                let place = places.value(if places.len() == 1 { 0 } else { row });
                let offset = match place {
                    0 if folded => None,
                    0 => return Err(Error::new(Code::ZERO_ARRAY_OR_TUPLE_INDEX, "Array indices are 1-based")),
                    1.. => usize::try_from(place - 1).ok(),
                    _ => usize::try_from(place.unsigned_abs())
                        .ok()
                        .and_then(|back| range.len().checked_sub(back)),
                };
                let inside = offset
                    .filter(|offset| *offset < range.len())
                    .map(|offset| (range.start + offset) as u32);
                indices.push(if or_null { inside } else { inside.or(Some(outside)) });
            }
            let indices = UInt32Array::from(indices);
            if or_null {
                return take(list.values(), &indices, None).map_err(internal);
            }
            let default = crate::functions::udf::conform(default, list.values().data_type());
            let values = concat(&[list.values().as_ref(), default.as_ref()]).map_err(internal)?;
            take(&values, &indices, None).map_err(internal)
        },
    ))
}
