//! Lengths of strings and arrays.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, UInt8Array, UInt64Array};
use datafusion::logical_expr::Operator;

use super::texts::{Texts, text};
use crate::error::Result;
use crate::functions::arrays::lists::elements;
use crate::functions::function::{Argument, Bound, Function, illegal_type};
use crate::types::DataType;

pub const LENGTH: Function = Function::new(
    "length",
    (1, 1),
    "Number of bytes of a string or elements of an array",
    |arguments, _| sizes(arguments, "length", DataType::UInt64, |size| size),
)
.aliases_any_case(&["octet_length", "cardinality"])
.any_case();
pub const EMPTY: Function = Function::new(
    "empty",
    (1, 1),
    "Whether a string or array has length 0",
    |arguments, _| {
        if let Some(bound) = empty_text(arguments, Operator::Eq) {
            return Ok(bound);
        }
        sizes(arguments, "empty", DataType::UInt8, |size| u64::from(size == 0))
    },
);
pub const NOT_EMPTY: Function = Function::new(
    "notEmpty",
    (1, 1),
    "Whether a string or array has length above 0",
    |arguments, _| {
        if let Some(bound) = empty_text(arguments, Operator::NotEq) {
            return Ok(bound);
        }
        sizes(arguments, "notEmpty", DataType::UInt8, |size| u64::from(size != 0))
    },
);
pub const LENGTH_UTF8: Function = Function::new(
    "lengthUTF8",
    (1, 1),
    "Number of code points of a string",
    |arguments, _| {
        let kept = text(&arguments[0], "lengthUTF8")?;
        Ok(Bound::kernel(DataType::UInt64, vec![kept], |arrays, rows| {
            let texts = Texts::new(&arrays[0]);
            // As ClickHouse counts: bytes that begin a code point.
            let count = |row: usize| texts.get(row).iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u64;
            Ok(Arc::new(UInt64Array::from_iter_values((0..rows).map(count))))
        }))
    },
)
.aliases_any_case(&["char_length", "character_length"]);

/// A comparison with the empty string, which pruning understands.
fn empty_text(arguments: &[Argument], operator: Operator) -> Option<Bound> {
    if arguments[0].data_type != DataType::String {
        return None;
    }
    Some(Bound::predicate(vec![DataType::String], move |mut expressions| {
        let nothing = datafusion::logical_expr::lit(datafusion::common::ScalarValue::Binary(Some(Vec::new())));
        Ok(datafusion::logical_expr::binary_expr(
            expressions.remove(0),
            operator,
            nothing,
        ))
    }))
}

/// A number made of each value's length.
fn sizes(arguments: &[Argument], name: &str, result: DataType, answer: fn(u64) -> u64) -> Result<Bound> {
    let kept = arguments[0].data_type.clone();
    let narrow = result == DataType::UInt8;
    let (array, uuid) = (
        matches!(kept, DataType::Array(_) | DataType::Map(..)),
        matches!(kept, DataType::Uuid | DataType::Ipv6) && narrow,
    );
    if !array && !uuid && !kept.is_string_or_fixed_string() {
        return Err(illegal_type(&arguments[0], name));
    }
    let fixed_in_full = !narrow;
    Ok(Bound::kernel(result, vec![kept], move |arrays, rows| {
        let size = |row: usize| match array {
            true => elements(arrays[0].as_list::<i32>(), row).len() as u64,
            // A FixedString, UUID or IPv6 is empty if all its bytes are zero.
            false => match Texts::new(&arrays[0]) {
                Texts::Fixed(fixed) if !fixed_in_full => {
                    fixed.value(row).iter().filter(|byte| **byte != 0).count() as u64
                }
                texts => texts.get(row).len() as u64,
            },
        };
        let answers = (0..rows).map(|row| answer(size(row)));
        Ok(match narrow {
            true => Arc::new(UInt8Array::from_iter_values(answers.map(|answer| answer as u8))) as ArrayRef,
            false => Arc::new(UInt64Array::from_iter_values(answers)),
        })
    }))
}
