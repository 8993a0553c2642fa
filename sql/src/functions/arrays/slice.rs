//! Parts of arrays, and arrays in another order of places.

use std::ops::Range;

use arrow::array::{Array, AsArray};
use arrow::compute::concat;
use arrow::datatypes::Int64Type;

use super::lists::{ELEMENTS_MAX, elements, item, select};
use crate::error::{Code, Error, Result};
use crate::functions::function::{Argument, Bound, Function, illegal, row_of};
use crate::functions::{internal, supertype};
use crate::types::DataType;

pub const SLICE: Function = Function::new(
    "arraySlice",
    (2, 3),
    "A part of the array: from a place, so many elements",
    |arguments, _| {
        for argument in &arguments[1..] {
            let plain = argument.data_type.bare();
            if !plain.is_integer() && *plain != DataType::Nothing {
                return Err(illegal(format!(
                    "Illegal type {} of argument of function arraySlice",
                    argument.data_type
                )));
            }
        }
        let mut types = vec![arguments[0].data_type.clone()];
        types.extend(
            arguments[1..]
                .iter()
                .map(|argument| match argument.data_type.is_nullable() {
                    true => DataType::Int64.to_nullable(),
                    false => DataType::Int64,
                }),
        );
        let field = item(&arguments[0], "arraySlice", 0)?.item_field();
        Ok(Bound::compact(
            arguments[0].data_type.clone(),
            types,
            move |arrays, rows| {
                let list = arrays[0].as_list::<i32>();
                let number = |index: usize, row: usize| {
                    let array = arrays.get(index)?;
                    let row = row_of(array, row);
                    array
                        .is_valid(row)
                        .then(|| array.as_primitive::<Int64Type>().value(row))
                };
                select(list.values(), &field, rows, |row, indices| {
                    let range = elements(list, row);
                    let part = part(range.len(), number(1, row).unwrap_or(1), number(2, row));
                    indices.extend(part.map(|index| Some((range.start + index) as u32)));
                    Ok(())
                })
            },
        ))
    },
)
.own_nulls();

/// The places that `arraySlice(array, offset, length)` takes, as ClickHouse counts them.
fn part(size: usize, offset: i64, length: Option<i64>) -> Range<usize> {
    let size = size as i128;
    let start = match offset {
        0 => return 0..0,
        1.. => i128::from(offset) - 1,
        _ => size + i128::from(offset),
    };
    let end = match length {
        None => size,
        Some(length) if length >= 0 => start + i128::from(length),
        Some(length) => size + i128::from(length),
    };
    let (start, end) = (start.clamp(0, size), end.clamp(0, size));
    start as usize..end.max(start) as usize
}

pub const POP_BACK: Function = Function::new(
    "arrayPopBack",
    (1, 1),
    "The array without its last element",
    |arguments, _| {
        places(arguments, "arrayPopBack", |range| {
            Box::new(range.start..range.end.max(range.start + 1) - 1)
        })
    },
);
pub const POP_FRONT: Function = Function::new(
    "arrayPopFront",
    (1, 1),
    "The array without its first element",
    |arguments, _| {
        places(arguments, "arrayPopFront", |range| {
            Box::new((range.start + 1).min(range.end)..range.end)
        })
    },
);
pub const REVERSE: Function = Function::new("arrayReverse", (1, 1), "The array from its end", |arguments, _| {
    reverse(arguments)
});

/// `reverse` of an array.
pub fn reverse(arguments: &[Argument]) -> Result<Bound> {
    places(arguments, "arrayReverse", |range| Box::new(range.rev()))
}

/// The places that are taken of a row's range.
type Places = fn(Range<usize>) -> Box<dyn Iterator<Item = usize>>;

fn places(arguments: &[Argument], name: &str, places: Places) -> Result<Bound> {
    let field = item(&arguments[0], name, 0)?.item_field();
    let result = arguments[0].data_type.clone();
    Ok(Bound::compact(result.clone(), vec![result], move |arrays, rows| {
        let list = arrays[0].as_list::<i32>();
        select(list.values(), &field, rows, |row, indices| {
            indices.extend(places(elements(list, row)).map(|index| Some(index as u32)));
            Ok(())
        })
    }))
}

pub const RESIZE: Function = Function::new(
    "arrayResize",
    (2, 3),
    "The array cut or filled up to a length",
    |arguments, _| resize(arguments),
)
.own_nulls();

fn resize(arguments: &[Argument]) -> Result<Bound> {
    let own = item(&arguments[0], "arrayResize", 0)?.clone();
    if !arguments[1].data_type.is_integer() {
        return Err(illegal("Argument 1 for function arrayResize must be integer"));
    }
    let common = match arguments.get(2) {
        Some(filler) => supertype(&[own, filler.data_type.clone()])?,
        None => own,
    };
    let default = common.default_scalar();
    let field = common.item_field();
    let result = DataType::Array(Box::new(common.clone()));
    let mut types = vec![result.clone(), DataType::Int64];
    types.extend(arguments.get(2).map(|_| common.clone()));
    Ok(Bound::compact(result, types, move |arrays, rows| {
        let list = arrays[0].as_list::<i32>();
        let filler = match arrays.get(2) {
            Some(filler) => filler.clone(),
            None => crate::functions::udf::conform(default.to_array().map_err(internal)?, list.values().data_type()),
        };
        let values = concat(&[list.values().as_ref(), filler.as_ref()]).map_err(internal)?;
        let sizes = &arrays[1];
        select(&values, &field, rows, |row, indices| {
            let range = elements(list, row);
            let size = sizes.as_primitive::<Int64Type>().value(row_of(sizes, row));
            let wanted = usize::try_from(size.unsigned_abs()).unwrap_or(usize::MAX);
            if wanted > ELEMENTS_MAX {
                return Err(Error::new(
                    Code::TOO_LARGE_ARRAY_SIZE,
                    format!("Too large array size: {size}"),
                ));
            }
            let kept = wanted.min(range.len());
            let fill = std::iter::repeat_n(Some((list.values().len() + row_of(&filler, row)) as u32), wanted - kept);
            match size < 0 {
                false => indices.extend(
                    (range.start..range.start + kept)
                        .map(|index| Some(index as u32))
                        .chain(fill),
                ),
                true => indices.extend(fill.chain((range.end - kept..range.end).map(|index| Some(index as u32)))),
            }
            Ok(())
        })
    }))
}

pub const ROTATE_LEFT: Function = Function::new(
    "arrayRotateLeft",
    (2, 2),
    "The array moved to the left in a circle",
    |arguments, _| rotate(arguments, "arrayRotateLeft", 1),
);
pub const ROTATE_RIGHT: Function = Function::new(
    "arrayRotateRight",
    (2, 2),
    "The array moved to the right in a circle",
    |arguments, _| rotate(arguments, "arrayRotateRight", -1),
);

fn rotate(arguments: &[Argument], name: &str, direction: i128) -> Result<Bound> {
    let field = item(&arguments[0], name, 0)?.item_field();
    if !arguments[1].data_type.is_integer() {
        return Err(illegal(format!("Argument 1 for function {name} must be integer")));
    }
    let result = arguments[0].data_type.clone();
    Ok(Bound::compact(
        result.clone(),
        vec![result, DataType::Int64],
        move |arrays, rows| {
            let list = arrays[0].as_list::<i32>();
            select(list.values(), &field, rows, |row, indices| {
                let range = elements(list, row);
                let steps =
                    i128::from(arrays[1].as_primitive::<Int64Type>().value(row_of(&arrays[1], row))) * direction;
                let first = if range.is_empty() {
                    0
                } else {
                    steps.rem_euclid(range.len() as i128) as usize
                };
                let turned = (range.start + first..range.end).chain(range.start..range.start + first);
                indices.extend(turned.map(|index| Some(index as u32)));
                Ok(())
            })
        },
    ))
}
