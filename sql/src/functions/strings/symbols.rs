//! Single bytes, validity, distances between strings.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, Int32Array, UInt8Array, UInt64Array};
use arrow::datatypes::Int64Type;

use super::texts::{Texts, strings, text, texts};
use crate::error::{Code, Error};
use crate::functions::function::{ANY, Bound, Function, illegal_type, row_of};
use crate::types::DataType;

pub const ASCII: Function = Function::new("ascii", (1, 1), "The first byte as a number", |arguments, _| {
    let kept = text(&arguments[0], "ascii")?;
    Ok(Bound::kernel(DataType::Int32, vec![kept], |arrays, rows| {
        let texts = Texts::new(&arrays[0]);
        let first = (0..rows).map(|row| texts.get(row).first().map_or(0, |byte| i32::from(*byte)));
        Ok(Arc::new(Int32Array::from_iter_values(first)))
    }))
})
.any_case();
pub const CHAR: Function = Function::new(
    "char",
    (1, ANY),
    "A string of bytes given as numbers",
    |arguments, _| {
        if let Some(wrong) = arguments
            .iter()
            .find(|argument| !argument.data_type.is_integer() && !argument.data_type.is_float())
        {
            return Err(illegal_type(wrong, "char"));
        }
        Ok(Bound::compact(
            DataType::String,
            vec![DataType::Int64; arguments.len()],
            |arrays, rows| {
                strings(rows, |row, out| {
                    out.extend(
                        arrays
                            .iter()
                            .map(|array| array.as_primitive::<Int64Type>().value(row_of(array, row)) as u8),
                    );
                    Ok(())
                })
            },
        ))
    },
)
.any_case();
pub const IS_VALID_UTF8: Function =
    Function::new("isValidUTF8", (1, 1), "Whether the bytes are UTF-8", |arguments, _| {
        let kept = text(&arguments[0], "isValidUTF8")?;
        Ok(Bound::kernel(DataType::UInt8, vec![kept], |arrays, rows| {
            let texts = Texts::new(&arrays[0]);
            let valid = (0..rows).map(|row| u8::from(std::str::from_utf8(texts.get(row)).is_ok()));
            Ok(Arc::new(UInt8Array::from_iter_values(valid)))
        }))
    });
pub const TO_VALID_UTF8: Function = Function::new(
    "toValidUTF8",
    (1, 1),
    "Runs of bytes that are not UTF-8 replaced by one replacement character",
    |arguments, _| {
        let kept = text(&arguments[0], "toValidUTF8")?;
        Ok(Bound::kernel(DataType::String, vec![kept], |arrays, rows| {
            let texts = Texts::new(&arrays[0]);
            strings(rows, |row, out| {
                let mut replaced = false;
                for chunk in texts.get(row).utf8_chunks() {
                    replaced &= chunk.valid().is_empty();
                    out.extend_from_slice(chunk.valid().as_bytes());
                    if !chunk.invalid().is_empty() && !replaced {
                        out.extend_from_slice("\u{FFFD}".as_bytes());
                        replaced = true;
                    }
                }
                Ok(())
            })
        }))
    },
);

/// ClickHouse's limit on the lengths of both strings.
const DISTANCE_BYTES_MAX: usize = 1 << 16;

pub const LEVENSHTEIN: Function = Function::new("editDistance", (2, 2), "Number of bytes to insert, delete or replace", |arguments, _| {
    Ok(Bound::compact(DataType::UInt64, texts(arguments, "editDistance")?, |arrays, rows| {
        let (left, right) = (Texts::new(&arrays[0]), Texts::new(&arrays[1]));
        let mut distances = Vec::with_capacity(rows);
        for row in 0..rows {
            let (left, right) = (left.get(row), right.get(row));
            if left.len() > DISTANCE_BYTES_MAX || right.len() > DISTANCE_BYTES_MAX {
                let message = format!("The string size is too big for function editDistance. Should be at most {DISTANCE_BYTES_MAX}");
                return Err(Error::new(Code::TOO_LARGE_STRING_SIZE, message));
            }
            distances.push(distance(left, right));
        }
        Ok(Arc::new(UInt64Array::from(distances)) as ArrayRef)
    }))
})
.aliases(&["levenshteinDistance"]);

fn distance(left: &[u8], right: &[u8]) -> u64 {
    let mut costs: Vec<u64> = (0..=right.len() as u64).collect();
    for (i, a) in left.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut costs[0], i as u64 + 1);
        for (j, b) in right.iter().enumerate() {
            let replaced = diagonal + u64::from(a != b);
            diagonal = costs[j + 1];
            costs[j + 1] = replaced.min(costs[j] + 1).min(diagonal + 1);
        }
    }
    costs[right.len()]
}

pub const APPEND_TRAILING: Function = Function::new(
    "appendTrailingCharIfAbsent",
    (2, 2),
    "The string with a character at its end",
    |arguments, _| {
        let kept = texts(arguments, "appendTrailingCharIfAbsent")?;
        Ok(Bound::compact(DataType::String, kept, |arrays, rows| {
            let (texts, ends) = (Texts::new(&arrays[0]), Texts::new(&arrays[1]));
            strings(rows, |row, out| {
                let (text, end) = (texts.get(row), ends.get(row));
                if end.len() != 1 {
                    return Err(Error::new(
                        Code::BAD_ARGUMENTS,
                        "Second argument of function appendTrailingCharIfAbsent must be a one-character string",
                    ));
                }
                out.extend_from_slice(text);
                if !text.is_empty() && !text.ends_with(end) {
                    out.extend_from_slice(end);
                }
                Ok(())
            })
        }))
    },
);
