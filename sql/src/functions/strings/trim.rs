//! Bytes taken off the ends of strings: spaces, or those of the second argument.

use super::texts::{Texts, strings, texts};
use crate::error::Result;
use crate::functions::function::{Argument, Bound, Function};
use crate::types::DataType;

pub const BOTH: Function = Function::new(
    "trimBoth",
    (1, 2),
    "The string without spaces at both ends",
    |arguments, _| bind(arguments, "trimBoth", true, true),
)
.aliases_any_case(&["trim"]);
pub const LEFT: Function = Function::new(
    "trimLeft",
    (1, 2),
    "The string without spaces at its beginning",
    |arguments, _| bind(arguments, "trimLeft", true, false),
)
.aliases_any_case(&["ltrim"]);
pub const RIGHT: Function = Function::new(
    "trimRight",
    (1, 2),
    "The string without spaces at its end",
    |arguments, _| bind(arguments, "trimRight", false, true),
)
.aliases_any_case(&["rtrim"]);

fn bind(arguments: &[Argument], name: &str, left: bool, right: bool) -> Result<Bound> {
    Ok(Bound::compact(
        DataType::String,
        texts(arguments, name)?,
        move |arrays, rows| {
            let (texts, sets) = (Texts::new(&arrays[0]), arrays.get(1).map(Texts::new));
            strings(rows, |row, out| {
                let taken: &[u8] = sets.as_ref().map_or(b" ", |sets| sets.get(row));
                let text = texts.get(row);
                let start = if left {
                    text.iter().take_while(|byte| taken.contains(byte)).count()
                } else {
                    0
                };
                let rest = &text[start..];
                let end = if right {
                    rest.iter().rev().take_while(|byte| taken.contains(byte)).count()
                } else {
                    0
                };
                out.extend_from_slice(&rest[..rest.len() - end]);
                Ok(())
            })
        },
    ))
}
