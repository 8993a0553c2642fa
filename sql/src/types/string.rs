//! String: bytes of any length, in no particular encoding.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};

use super::cursor::write_var_uint;
use super::primitive::wrong_array;
use super::quoting::{
    read_csv, read_escaped, read_json_string, read_quoted, write_csv, write_escaped, write_json_string, write_quoted,
};
use super::{ColumnReader, ColumnWriter, Cursor, DataType, TextOptions, TextStyle, TypeEntry};
use crate::error::{Code, Error, Result};

/// The family String; a length as in `VARCHAR(255)` is accepted and means nothing, as in ClickHouse.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "String",
    aliases: &[
        "CHAR",
        "CHARACTER",
        "NCHAR",
        "NATIONAL CHAR",
        "NATIONAL CHARACTER",
        "VARCHAR",
        "VARCHAR2",
        "NVARCHAR",
        "CHAR VARYING",
        "CHARACTER VARYING",
        "NCHAR VARYING",
        "NATIONAL CHAR VARYING",
        "NATIONAL CHARACTER VARYING",
        "TEXT",
        "TINYTEXT",
        "MEDIUMTEXT",
        "LONGTEXT",
        "CLOB",
        "CHAR LARGE OBJECT",
        "CHARACTER LARGE OBJECT",
        "NCHAR LARGE OBJECT",
        "NATIONAL CHARACTER LARGE OBJECT",
        "BLOB",
        "TINYBLOB",
        "MEDIUMBLOB",
        "LONGBLOB",
        "BYTEA",
        "BINARY LARGE OBJECT",
        "BINARY VARYING",
        "VARBINARY",
    ],
    case_insensitive: false,
    parse: |_| Ok(DataType::String),
};

/// Bytes that one column of a batch can hold; Arrow counts them in i32.
const COLUMN_BYTES_MAX: usize = i32::MAX as usize;

/// Collects values of String.
pub(super) struct StringReader {
    offsets: Vec<i32>,
    bytes: Vec<u8>,
    csv_delimiter: u8,
}

impl StringReader {
    pub(super) fn new(options: &TextOptions) -> StringReader {
        StringReader {
            offsets: vec![0],
            bytes: Vec::new(),
            csv_delimiter: options.csv_delimiter,
        }
    }

    /// Ends the value that `read` appends, or takes it back.
    fn push(&mut self, read: impl FnOnce(&mut Vec<u8>) -> Result<()>) -> Result<()> {
        let start = self.bytes.len();
        let result = read(&mut self.bytes).and_then(|()| match i32::try_from(self.bytes.len()) {
            Ok(end) => {
                self.offsets.push(end);
                Ok(())
            }
            Err(_) => {
                let message = format!("The strings of one block take more than {COLUMN_BYTES_MAX} bytes");
                Err(Error::new(Code::TOO_LARGE_STRING_SIZE, message))
            }
        });
        if result.is_err() {
            self.bytes.truncate(start);
        }
        result
    }
}

impl ColumnReader for StringReader {
    fn read_text(&mut self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<()> {
        let delimiter = self.csv_delimiter;
        self.push(|out| read_string(cursor, style, delimiter, out))
    }

    fn read_binary(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        let length = cursor.var_uint()?;
        let value = cursor.take(usize::try_from(length).unwrap_or(usize::MAX))?;
        self.push(|out| {
            out.extend_from_slice(value);
            Ok(())
        })
    }

    fn push_default(&mut self) {
        let end = *self.offsets.last().expect("offsets start with 0");
        self.offsets.push(end);
    }

    fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    fn truncate(&mut self, len: usize) {
        self.offsets.truncate(len + 1);
        self.bytes
            .truncate(*self.offsets.last().expect("offsets start with 0") as usize);
    }

    fn bytes(&self) -> usize {
        self.bytes.len() + size_of_val(self.offsets.as_slice())
    }

    fn finish(&mut self) -> ArrayRef {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(std::mem::replace(&mut self.offsets, vec![0])));
        let bytes = Buffer::from_vec(std::mem::take(&mut self.bytes));
        Arc::new(BinaryArray::new(offsets, bytes, None))
    }
}

/// Reads a string in the style of its surroundings.
pub fn read_string(cursor: &mut Cursor<'_>, style: TextStyle, csv_delimiter: u8, out: &mut Vec<u8>) -> Result<()> {
    match style {
        TextStyle::Escaped => read_escaped(cursor, out),
        TextStyle::Quoted => read_quoted(cursor, b'\'', out),
        TextStyle::Csv => read_csv(cursor, csv_delimiter, out),
        TextStyle::Json => read_json(cursor, out),
        TextStyle::Raw => {
            out.extend_from_slice(cursor.take_until(|byte| byte == b'\t' || byte == b'\n'));
            Ok(())
        }
        TextStyle::Plain => {
            out.extend_from_slice(cursor.rest());
            cursor.advance(cursor.rest().len());
            Ok(())
        }
    }
}

/// Other JSON values than strings are taken as their text.
fn read_json(cursor: &mut Cursor<'_>, out: &mut Vec<u8>) -> Result<()> {
    match cursor.peek() {
        Some(b'"') => read_json_string(cursor, out),
        Some(b'n') if cursor.eat_text(b"null") => Ok(()),
        _ => {
            out.extend_from_slice(super::json::skip_value(cursor)?);
            Ok(())
        }
    }
}

/// Writes a string in the style of its surroundings.
pub fn write_string(bytes: &[u8], style: TextStyle, escape_slashes: bool, out: &mut Vec<u8>) {
    match style {
        TextStyle::Escaped => write_escaped(bytes, out),
        TextStyle::Quoted => write_quoted(bytes, out),
        TextStyle::Csv => write_csv(bytes, out),
        TextStyle::Json => write_json_string(bytes, escape_slashes, out),
        TextStyle::Raw | TextStyle::Plain => out.extend_from_slice(bytes),
    }
}

/// Writes values of String.
pub(super) struct StringWriter {
    array: BinaryArray,
    escape_slashes: bool,
}

impl StringWriter {
    pub(super) fn new(array: &ArrayRef, options: &TextOptions) -> Result<StringWriter> {
        let expected = DataType::String.arrow();
        // Expressions of the query engine may hand out other layouts of the same bytes.
        let array = match array.data_type() {
            other if *other == expected => array.clone(),
            _ => arrow::compute::cast(array, &expected).map_err(|_| wrong_array(array, &expected))?,
        };
        Ok(StringWriter {
            array: array.as_binary().clone(),
            escape_slashes: options.json_escape_forward_slashes,
        })
    }
}

impl ColumnWriter for StringWriter {
    fn write_text(&self, row: usize, style: TextStyle, out: &mut Vec<u8>) {
        write_string(self.array.value(row), style, self.escape_slashes, out);
    }

    fn write_binary(&self, row: usize, out: &mut Vec<u8>) {
        let value = self.array.value(row);
        write_var_uint(value.len() as u64, out);
        out.extend_from_slice(value);
    }
}
