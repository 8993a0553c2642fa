//! String arguments and string results.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, FixedSizeBinaryArray};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};

use crate::error::{Code, Error, Result};
use crate::functions::arrays::lists::build;
use crate::functions::function::{Argument, illegal_type};
use crate::types::DataType;

/// The strings of an argument, which may be constant (one row) and of fixed length.
pub enum Texts<'a> {
    Binary(&'a BinaryArray),
    Fixed(&'a FixedSizeBinaryArray),
}

impl<'a> Texts<'a> {
    pub fn new(array: &'a ArrayRef) -> Texts<'a> {
        match array.as_binary_opt::<i32>() {
            Some(strings) => Texts::Binary(strings),
            None => Texts::Fixed(array.as_fixed_size_binary()),
        }
    }

    /// The bytes in a row.
    pub fn get(&self, row: usize) -> &'a [u8] {
        match self {
            Texts::Binary(strings) => strings.value(if strings.len() == 1 { 0 } else { row }),
            Texts::Fixed(strings) => strings.value(if strings.len() == 1 { 0 } else { row }),
        }
    }
}

/// The type that a string argument keeps: String or FixedString.
pub fn text(argument: &Argument, function: &str) -> Result<DataType> {
    match argument.data_type.is_string_or_fixed_string() {
        true => Ok(argument.data_type.clone()),
        false => Err(illegal_type(argument, function)),
    }
}

/// All arguments' types, if all are strings.
pub fn texts(arguments: &[Argument], function: &str) -> Result<Vec<DataType>> {
    arguments.iter().map(|argument| text(argument, function)).collect()
}

/// Bytes of strings that a function may give for one block: below the 2 GiB that Arrow's offsets reach, since a buffer
/// that grows needs its size again.
pub const COLUMN_BYTES_MAX: usize = 1 << 30;

/// Strings that are written one after another.
#[derive(Default)]
pub struct Builder {
    bytes: Vec<u8>,
    offsets: Vec<i32>,
}

impl Builder {
    pub fn new(rows: usize) -> Builder {
        let mut offsets = Vec::with_capacity(rows + 1);
        offsets.push(0);
        Builder {
            bytes: Vec::new(),
            offsets,
        }
    }

    /// Where the next string's bytes go.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Ends a string.
    pub fn end(&mut self) -> Result<()> {
        if self.bytes.len() > COLUMN_BYTES_MAX {
            return Err(too_large());
        }
        self.offsets.push(self.bytes.len() as i32);
        Ok(())
    }

    pub fn push(&mut self, text: &[u8]) -> Result<()> {
        self.bytes.extend_from_slice(text);
        self.end()
    }

    /// Number of strings.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    pub fn finish(self) -> ArrayRef {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(self.offsets));
        Arc::new(BinaryArray::new(offsets, Buffer::from_vec(self.bytes), None))
    }
}

fn too_large() -> Error {
    Error::new(
        Code::TOO_LARGE_STRING_SIZE,
        format!("A function gives more than {COLUMN_BYTES_MAX} bytes of strings for one block"),
    )
}

/// Writes bytes, unless that makes the column too large.
pub fn append(out: &mut Vec<u8>, bytes: &[u8]) -> Result<()> {
    if out.len() + bytes.len() > COLUMN_BYTES_MAX {
        return Err(too_large());
    }
    out.extend_from_slice(bytes);
    Ok(())
}

/// A string for each row, written by `write`.
pub fn strings(rows: usize, mut write: impl FnMut(usize, &mut Vec<u8>) -> Result<()>) -> Result<ArrayRef> {
    let mut builder = Builder::new(rows);
    for row in 0..rows {
        write(row, builder.buffer())?;
        builder.end()?;
    }
    Ok(builder.finish())
}

/// An array of strings for each row, pushed by `write`.
pub fn string_lists(rows: usize, mut write: impl FnMut(usize, &mut Builder) -> Result<()>) -> Result<ArrayRef> {
    let mut builder = Builder::new(rows);
    let mut lengths = Vec::with_capacity(rows);
    for row in 0..rows {
        let before = builder.len();
        write(row, &mut builder)?;
        lengths.push(builder.len() - before);
    }
    build(builder.finish(), &DataType::String.item_field(), lengths)
}

/// Appends a text with parts of it replaced. `found` are the parts in their order.
pub fn splice<F>(
    text: &[u8],
    found: impl Iterator<Item = F>,
    range: impl Fn(&F) -> Range<usize>,
    mut replacement: impl FnMut(&F, &mut Vec<u8>) -> Result<()>,
    out: &mut Vec<u8>,
) -> Result<()> {
    let mut end = 0;
    for part in found {
        let range = range(&part);
        append(out, &text[end..range.start])?;
        replacement(&part, out)?;
        end = range.end;
    }
    append(out, &text[end..])
}

/// `Array(String)`.
pub fn string_array() -> DataType {
    DataType::Array(Box::new(DataType::String))
}

/// The characters of a text: code points, and each byte that belongs to none.
pub fn characters(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.utf8_chunks().flat_map(|chunk| {
        let valid = chunk.valid();
        let whole = valid
            .char_indices()
            .map(move |(start, c)| &valid.as_bytes()[start..start + c.len_utf8()]);
        whole.chain(chunk.invalid().chunks(1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_of_strings_has_a_limit() {
        let mut column = vec![0u8; COLUMN_BYTES_MAX - 1];
        append(&mut column, b"x").unwrap();
        assert_eq!(append(&mut column, b"y").unwrap_err().code, Code::TOO_LARGE_STRING_SIZE);
        assert_eq!(column.len(), COLUMN_BYTES_MAX);
    }
}
