//! FixedString(N): exactly N bytes; shorter values are filled with zero bytes.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeBinaryArray};
use arrow::buffer::Buffer;

use super::arrow::arrow_size;
use super::primitive::wrong_array;
use super::string::{read_string, write_string};
use super::{Argument, Arguments, ColumnReader, ColumnWriter, Cursor, DataType, TextOptions, TextStyle, TypeEntry};
use crate::error::{Code, Error, Result};

/// ClickHouse's limit on N.
const SIZE_MAX: i64 = 0xFF_FFFF;

/// The family FixedString.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "FixedString",
    aliases: &["BINARY"],
    case_insensitive: false,
    parse,
};

fn parse(arguments: &Arguments) -> Result<DataType> {
    match arguments.list.as_slice() {
        [Argument::Number(size)] if *size > SIZE_MAX => Err(Error::new(
            Code::ARGUMENT_OUT_OF_BOUND,
            "FixedString size is too large".to_string(),
        )),
        [Argument::Number(size @ 1..)] => Ok(DataType::FixedString(*size as usize)),
        [_] => Err(Error::new(
            Code::UNEXPECTED_AST_STRUCTURE,
            "FixedString data type family must have a number (positive integer) as its argument".to_string(),
        )),
        _ => Err(Error::new(
            Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH,
            "FixedString data type family must have exactly one argument - size in bytes".to_string(),
        )),
    }
}

/// Collects values of FixedString.
pub(super) struct FixedStringReader {
    size: usize,
    bytes: Vec<u8>,
    csv_delimiter: u8,
}

impl FixedStringReader {
    pub(super) fn new(size: usize, options: &TextOptions) -> FixedStringReader {
        FixedStringReader {
            size,
            bytes: Vec::new(),
            csv_delimiter: options.csv_delimiter,
        }
    }
}

impl ColumnReader for FixedStringReader {
    fn read_text(&mut self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<()> {
        let end = self.bytes.len() + self.size;
        let start = self.bytes.len();
        let result = read_string(cursor, style, self.csv_delimiter, &mut self.bytes);
        if result.is_err() || self.bytes.len() > end {
            self.bytes.truncate(start);
            result?;
            let message = format!("Too large value for FixedString({})", self.size);
            return Err(Error::new(Code::TOO_LARGE_STRING_SIZE, message));
        }
        self.bytes.resize(end, 0);
        Ok(())
    }

    fn read_binary(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        self.bytes.extend_from_slice(cursor.take(self.size)?);
        Ok(())
    }

    fn push_default(&mut self) {
        self.bytes.resize(self.bytes.len() + self.size, 0);
    }

    fn len(&self) -> usize {
        self.bytes.len() / self.size
    }

    fn truncate(&mut self, len: usize) {
        self.bytes.truncate(len * self.size);
    }

    fn bytes(&self) -> usize {
        self.bytes.len()
    }

    fn finish(&mut self) -> ArrayRef {
        let bytes = Buffer::from_vec(std::mem::take(&mut self.bytes));
        Arc::new(FixedSizeBinaryArray::new(arrow_size(self.size), bytes, None))
    }
}

/// Writes values of FixedString, with their trailing zero bytes.
pub(super) struct FixedStringWriter {
    array: FixedSizeBinaryArray,
    escape_slashes: bool,
}

impl FixedStringWriter {
    pub(super) fn new(data_type: &DataType, array: &ArrayRef, options: &TextOptions) -> Result<FixedStringWriter> {
        let expected = data_type.arrow();
        match array.as_fixed_size_binary_opt() {
            Some(values) if *array.data_type() == expected => Ok(FixedStringWriter {
                array: values.clone(),
                escape_slashes: options.json_escape_forward_slashes,
            }),
            _ => Err(wrong_array(array, &expected)),
        }
    }
}

impl ColumnWriter for FixedStringWriter {
    fn write_text(&self, row: usize, style: TextStyle, out: &mut Vec<u8>) {
        write_string(self.array.value(row), style, self.escape_slashes, out);
    }

    fn write_binary(&self, row: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(self.array.value(row));
    }
}
