//! `startsWith`, `endsWith`.

use std::sync::Arc;

use arrow::array::UInt8Array;

use super::like::starts_with;
use super::texts::{Texts, texts};
use crate::error::Result;
use crate::functions::casts::text_value;
use crate::functions::function::{Argument, Bound, Function};
use crate::types::DataType;

pub const STARTS_WITH: Function = Function::new(
    "startsWith",
    (2, 2),
    "Whether a string begins with another",
    |arguments, _| {
        let kept = texts(arguments, "startsWith")?;
        if let (Some(prefix), DataType::String) = (arguments[1].constant.as_ref().and_then(text_value), &kept[0]) {
            let prefix = prefix.to_vec();
            return Ok(Bound::predicate(kept, move |mut expressions| {
                Ok(starts_with(expressions.swap_remove(0), &prefix))
            }));
        }
        bind(arguments, "startsWith", |text, part| text.starts_with(part))
    },
);
pub const ENDS_WITH: Function = Function::new(
    "endsWith",
    (2, 2),
    "Whether a string ends with another",
    |arguments, _| bind(arguments, "endsWith", |text, part| text.ends_with(part)),
);

fn bind(arguments: &[Argument], name: &str, holds: fn(&[u8], &[u8]) -> bool) -> Result<Bound> {
    Ok(Bound::compact(
        DataType::UInt8,
        texts(arguments, name)?,
        move |arrays, rows| {
            let (texts, parts) = (Texts::new(&arrays[0]), Texts::new(&arrays[1]));
            let answers = (0..rows).map(|row| u8::from(holds(texts.get(row), parts.get(row))));
            Ok(Arc::new(UInt8Array::from_iter_values(answers)))
        },
    ))
}
