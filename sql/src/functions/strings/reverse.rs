//! `reverse` of strings and arrays.

use std::sync::Arc;

use arrow::array::{ArrayRef, FixedSizeBinaryArray};

use super::texts::{Texts, characters, strings, text};
use crate::functions::arrays;
use crate::functions::function::{Bound, Function};
use crate::types::DataType;

pub const REVERSE: Function = Function::new(
    "reverse",
    (1, 1),
    "The bytes, or elements, from the end",
    |arguments, _| {
        if let DataType::Array(_) = arguments[0].data_type {
            return arrays::reverse(arguments);
        }
        let kept = text(&arguments[0], "reverse")?;
        let fixed = kept != DataType::String;
        Ok(Bound::kernel(kept.clone(), vec![kept], move |arrays, rows| {
            let texts = Texts::new(&arrays[0]);
            if fixed {
                let width = arrays[0]
                    .data_type()
                    .primitive_width()
                    .or(fixed_width(&arrays[0]))
                    .unwrap_or_default();
                let bytes: Vec<u8> = (0..rows).flat_map(|row| texts.get(row).iter().rev().copied()).collect();
                return Ok(Arc::new(FixedSizeBinaryArray::new(width as i32, bytes.into(), None)) as ArrayRef);
            }
            strings(rows, |row, out| {
                out.extend(texts.get(row).iter().rev());
                Ok(())
            })
        }))
    },
)
.any_case();

fn fixed_width(array: &ArrayRef) -> Option<usize> {
    match array.data_type() {
        arrow::datatypes::DataType::FixedSizeBinary(size) => usize::try_from(*size).ok(),
        _ => None,
    }
}

pub const REVERSE_UTF8: Function =
    Function::new("reverseUTF8", (1, 1), "The code points from the end", |arguments, _| {
        let kept = text(&arguments[0], "reverseUTF8")?;
        Ok(Bound::kernel(DataType::String, vec![kept], |arrays, rows| {
            let texts = Texts::new(&arrays[0]);
            strings(rows, |row, out| {
                let characters: Vec<&[u8]> = characters(texts.get(row)).collect();
                characters
                    .iter()
                    .rev()
                    .for_each(|character| out.extend_from_slice(character));
                Ok(())
            })
        }))
    });
