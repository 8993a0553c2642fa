//! Strings looked for in strings.

use std::sync::Arc;

use arrow::array::{AsArray, UInt8Array, UInt64Array};
use arrow::datatypes::Int64Type;
use memchr::memmem;

use super::texts::{Texts, string_array, text, texts};
use crate::error::Result;
use crate::functions::arrays::lists::elements;
use crate::functions::call;
use crate::functions::function::{Argument, Bound, Function, illegal, row_of};
use crate::types::DataType;

pub const POSITION: Function = Function::new(
    "position",
    (2, 3),
    "The place of a string in another, from 1; 0 if it is not there",
    |arguments, _| bind(arguments, "position", false, false),
)
.any_case();
pub const POSITION_CASE_INSENSITIVE: Function = Function::new(
    "positionCaseInsensitive",
    (2, 3),
    "`position` without letter case",
    |arguments, _| bind(arguments, "positionCaseInsensitive", true, false),
)
.aliases_any_case(&["instr"]);
pub const POSITION_UTF8: Function =
    Function::new("positionUTF8", (2, 3), "`position` in code points", |arguments, _| {
        bind(arguments, "positionUTF8", false, true)
    });
pub const POSITION_CASE_INSENSITIVE_UTF8: Function = Function::new(
    "positionCaseInsensitiveUTF8",
    (2, 3),
    "`position` in code points, without letter case",
    |arguments, _| bind(arguments, "positionCaseInsensitiveUTF8", true, true),
);
pub const LOCATE: Function = Function::new(
    "locate",
    (2, 3),
    "`position` with the string looked for first",
    |_, _| {
        Ok(Bound::compose(|mut arguments, context| {
            arguments.swap(0, 1);
            call("position", arguments, context)
        }))
    },
)
.any_case();
pub const COUNT_SUBSTRINGS: Function = Function::new(
    "countSubstrings",
    (2, 3),
    "Number of occurrences that do not overlap",
    |arguments, _| count(arguments, "countSubstrings", false),
);
pub const COUNT_SUBSTRINGS_CASE_INSENSITIVE: Function = Function::new(
    "countSubstringsCaseInsensitive",
    (2, 3),
    "Number of occurrences that do not overlap, without letter case",
    |arguments, _| count(arguments, "countSubstringsCaseInsensitive", true),
);

fn lowered(text: &[u8], unicode: bool) -> Vec<u8> {
    match unicode {
        true => String::from_utf8_lossy(text).to_lowercase().into_bytes(),
        false => text.to_ascii_lowercase(),
    }
}

/// The types of a haystack, a needle and perhaps a place to begin at.
fn types(arguments: &[Argument], name: &str) -> Result<Vec<DataType>> {
    let haystack = if arguments[0].data_type.is_enum() {
        DataType::String
    } else {
        text(&arguments[0], name)?
    };
    let mut types = vec![haystack, text(&arguments[1], name)?];
    if let Some(start) = arguments.get(2) {
        if !start.data_type.is_unsigned_integer() {
            return Err(illegal(format!(
                "Illegal type {} of argument of function {name}",
                start.data_type
            )));
        }
        types.push(DataType::Int64);
    }
    Ok(types)
}

/// The 0-based start that the third argument asks for.
fn start(arrays: &[arrow::array::ArrayRef], row: usize) -> usize {
    let from = arrays
        .get(2)
        .map(|array| array.as_primitive::<Int64Type>().value(row_of(array, row)));
    from.map_or(0, |from| usize::try_from(from.saturating_sub(1)).unwrap_or(0))
}

fn bind(arguments: &[Argument], name: &str, any_case: bool, unicode: bool) -> Result<Bound> {
    Ok(Bound::compact(
        DataType::UInt64,
        types(arguments, name)?,
        move |arrays, rows| {
            let (haystacks, needles) = (Texts::new(&arrays[0]), Texts::new(&arrays[1]));
            let places = (0..rows).map(|row| {
                let (haystack, needle) = (haystacks.get(row), needles.get(row));
                match any_case {
                    true => place(
                        &lowered(haystack, unicode),
                        &lowered(needle, unicode),
                        start(arrays, row),
                        unicode,
                    ),
                    false => place(haystack, needle, start(arrays, row), unicode),
                }
            });
            Ok(Arc::new(UInt64Array::from_iter_values(places)))
        },
    ))
}

/// Bytes that begin a code point.
fn code_points(text: &[u8]) -> usize {
    text.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

fn place(haystack: &[u8], needle: &[u8], start: usize, unicode: bool) -> u64 {
    let from = match unicode {
        false => start,
        true => haystack
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte & 0xC0 != 0x80)
            .nth(start)
            .map_or(haystack.len().max(start), |(at, _)| at),
    };
    if from > haystack.len() {
        return 0;
    }
    match memmem::find(&haystack[from..], needle) {
        None => 0,
        Some(at) if unicode => code_points(&haystack[..from + at]) as u64 + 1,
        Some(at) => (from + at) as u64 + 1,
    }
}

fn count(arguments: &[Argument], name: &str, any_case: bool) -> Result<Bound> {
    Ok(Bound::compact(
        DataType::UInt64,
        types(arguments, name)?,
        move |arrays, rows| {
            let (haystacks, needles) = (Texts::new(&arrays[0]), Texts::new(&arrays[1]));
            let counts = (0..rows).map(|row| {
                let (haystack, needle) = (haystacks.get(row), needles.get(row));
                let rest = haystack.get(start(arrays, row)..).unwrap_or_default();
                let found = match any_case {
                    _ if needle.is_empty() => 0,
                    true => memmem::find_iter(&lowered(rest, false), &lowered(needle, false)).count(),
                    false => memmem::find_iter(rest, needle).count(),
                };
                found as u64
            });
            Ok(Arc::new(UInt64Array::from_iter_values(counts)))
        },
    ))
}

pub const MULTI_SEARCH_ANY: Function = Function::new(
    "multiSearchAny",
    (2, 2),
    "Whether one of several strings occurs",
    |arguments, _| multi(arguments, "multiSearchAny", false, false),
);
pub const MULTI_SEARCH_ANY_CASE_INSENSITIVE: Function = Function::new(
    "multiSearchAnyCaseInsensitive",
    (2, 2),
    "Whether one of several strings occurs, without letter case",
    |arguments, _| multi(arguments, "multiSearchAnyCaseInsensitive", true, false),
);
pub const MULTI_SEARCH_FIRST_INDEX: Function = Function::new(
    "multiSearchFirstIndex",
    (2, 2),
    "The number of the first of several strings that occurs",
    |arguments, _| multi(arguments, "multiSearchFirstIndex", false, true),
);

fn multi(arguments: &[Argument], name: &str, any_case: bool, index: bool) -> Result<Bound> {
    if arguments[1].data_type != string_array() {
        return Err(illegal(format!(
            "Illegal type {} of argument of function {name}",
            arguments[1].data_type
        )));
    }
    let result = if index { DataType::UInt64 } else { DataType::UInt8 };
    Ok(Bound::compact(
        result,
        vec![text(&arguments[0], name)?, string_array()],
        move |arrays, rows| {
            let (haystacks, list) = (Texts::new(&arrays[0]), arrays[1].as_list::<i32>());
            let needles = list.values().as_binary::<i32>();
            let found = (0..rows).map(|row| {
                let haystack = if any_case {
                    lowered(haystacks.get(row), false)
                } else {
                    haystacks.get(row).to_vec()
                };
                let occurs = |at: usize| match any_case {
                    true => memmem::find(&haystack, &lowered(needles.value(at), false)).is_some(),
                    false => memmem::find(&haystack, needles.value(at)).is_some(),
                };
                elements(list, row).position(occurs).map_or(0, |place| place as u64 + 1)
            });
            Ok(match index {
                true => Arc::new(UInt64Array::from_iter_values(found)) as arrow::array::ArrayRef,
                false => Arc::new(UInt8Array::from_iter_values(found.map(|place| u8::from(place > 0)))),
            })
        },
    ))
}

pub const HAS_TOKEN: Function = Function::new(
    "hasToken",
    (2, 2),
    "Whether a word occurs, with no letter or digit next to it",
    |arguments, _| {
        Ok(Bound::compact(
            DataType::UInt8,
            texts(arguments, "hasToken")?,
            |arrays, rows| {
                let (haystacks, needles) = (Texts::new(&arrays[0]), Texts::new(&arrays[1]));
                let inside = |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
                let found = (0..rows).map(|row| {
                    let mut tokens = haystacks.get(row).split(|byte| !inside(byte));
                    u8::from(tokens.any(|token| !token.is_empty() && token == needles.get(row)))
                });
                Ok(Arc::new(UInt8Array::from_iter_values(found)))
            },
        ))
    },
);
