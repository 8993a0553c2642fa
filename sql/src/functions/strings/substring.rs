//! Parts of strings by place.

use std::ops::Range;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;

use super::texts::{Texts, characters, strings};
use crate::error::Result;
use crate::functions::function::{Argument, Bound, Function, illegal, row_of};
use crate::types::DataType;

pub const SUBSTRING: Function = Function::new(
    "substring",
    (2, 3),
    "Bytes from a place, counted from 1 or back from the end",
    |arguments, _| bind(arguments, "substring", false, part),
)
.aliases_any_case(&["substr", "mid", "byteSlice"])
.any_case();
pub const SUBSTRING_UTF8: Function = Function::new(
    "substringUTF8",
    (2, 3),
    "Code points from a place, counted from 1 or back from the end",
    |arguments, _| bind(arguments, "substringUTF8", true, part),
)
.aliases_any_case(&["substrUTF8"]);
pub const LEFT: Function = Function::new("left", (2, 2), "The first bytes", |arguments, _| {
    bind(arguments, "left", false, left)
})
.any_case();
pub const LEFT_UTF8: Function = Function::new("leftUTF8", (2, 2), "The first code points", |arguments, _| {
    bind(arguments, "leftUTF8", true, left)
});
pub const RIGHT: Function = Function::new("right", (2, 2), "The last bytes", |arguments, _| {
    bind(arguments, "right", false, right)
})
.any_case();
pub const RIGHT_UTF8: Function = Function::new("rightUTF8", (2, 2), "The last code points", |arguments, _| {
    bind(arguments, "rightUTF8", true, right)
});

/// From a size and one or two numbers to the places that are taken.
type Part = fn(usize, i64, Option<i64>) -> Range<usize>;

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

fn left(size: usize, count: i64, _: Option<i64>) -> Range<usize> {
    let wanted = if count >= 0 {
        i128::from(count)
    } else {
        size as i128 + i128::from(count)
    };
    0..wanted.clamp(0, size as i128) as usize
}

fn right(size: usize, count: i64, _: Option<i64>) -> Range<usize> {
    let dropped = if count >= 0 {
        size as i128 - i128::from(count)
    } else {
        -i128::from(count)
    };
    dropped.clamp(0, size as i128) as usize..size
}

fn bind(arguments: &[Argument], name: &str, unicode: bool, part: Part) -> Result<Bound> {
    let kept = match &arguments[0].data_type {
        kept if kept.is_string_or_fixed_string() => kept.clone(),
        kept if kept.is_enum() => DataType::String,
        other => {
            return Err(illegal(format!(
                "Illegal type {other} of first argument of function {name}, expected String, FixedString or Enum"
            )));
        }
    };
    let mut types = vec![kept];
    for (index, argument) in arguments.iter().enumerate().skip(1) {
        if !argument.data_type.is_integer() {
            let position = if index == 1 { "second" } else { "third" };
            return Err(illegal(format!(
                "Illegal type {} of {position} argument of function {name}, expected (U)Int*",
                argument.data_type
            )));
        }
        types.push(DataType::Int64);
    }
    Ok(Bound::compact(DataType::String, types, move |arrays, rows| {
        let texts = Texts::new(&arrays[0]);
        let number = |index: usize, row: usize| {
            arrays
                .get(index)
                .map(|array| array.as_primitive::<Int64Type>().value(row_of(array, row)))
        };
        strings(rows, |row, out| {
            let text = texts.get(row);
            let (first, second) = (number(1, row).unwrap_or_default(), number(2, row));
            if !unicode {
                out.extend_from_slice(&text[part(text.len(), first, second)]);
                return Ok(());
            }
            let characters: Vec<&[u8]> = characters(text).collect();
            characters[part(characters.len(), first, second)]
                .iter()
                .for_each(|character| out.extend_from_slice(character));
            Ok(())
        })
    }))
}
