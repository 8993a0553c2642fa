//! Nullable(T): a value of T or NULL.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, make_array};
use arrow::buffer::NullBuffer;

use super::json::Indent;
use super::{Arguments, ColumnReader, ColumnWriter, Cursor, DataType, TextOptions, TextStyle, TypeEntry};
use crate::error::{Code, Error, Result};

/// The family Nullable.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "Nullable",
    aliases: &[],
    case_insensitive: false,
    parse,
};

fn parse(arguments: &Arguments) -> Result<DataType> {
    let inner = arguments.one_type("Nullable", "nested type")?;
    if !inner.can_be_inside_nullable() {
        let message = format!("Nested type {inner} cannot be inside Nullable type");
        return Err(Error::new(Code::ILLEGAL_TYPE_OF_ARGUMENT, message));
    }
    Ok(DataType::Nullable(Box::new(inner)))
}

/// Collects values of Nullable. NULLs stand as defaults in the inner column.
pub(super) struct NullableReader {
    inner: Box<dyn ColumnReader>,
    present: Vec<bool>,
    options: TextOptions,
}

impl NullableReader {
    pub(super) fn new(inner: &DataType, options: &TextOptions) -> NullableReader {
        NullableReader {
            inner: super::reader(inner, options),
            present: Vec::new(),
            options: options.clone(),
        }
    }
}

impl ColumnReader for NullableReader {
    fn read_text(&mut self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<()> {
        if take_null(cursor, style, &self.options) {
            self.push_default();
            return Ok(());
        }
        self.inner.read_text(cursor, style)?;
        self.present.push(true);
        Ok(())
    }

    fn read_binary(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        match cursor.take_array()? {
            [0] => self.inner.read_binary(cursor)?,
            _ => {
                self.push_default();
                return Ok(());
            }
        }
        self.present.push(true);
        Ok(())
    }

    fn push_default(&mut self) {
        self.inner.push_default();
        self.present.push(false);
    }

    fn len(&self) -> usize {
        self.present.len()
    }

    fn truncate(&mut self, len: usize) {
        self.inner.truncate(len);
        self.present.truncate(len);
    }

    fn bytes(&self) -> usize {
        self.inner.bytes() + self.present.len()
    }

    fn finish(&mut self) -> ArrayRef {
        let present = std::mem::take(&mut self.present);
        let values = self.inner.finish();
        // A NullArray counts every row as NULL without a buffer.
        if values.data_type().is_null() || present.iter().all(|it| *it) {
            return values;
        }
        let nulls = NullBuffer::from(present);
        let data = values.to_data().into_builder().nulls(Some(nulls));
        make_array(data.build().expect("the buffer has a bit for each value"))
    }
}

/// Moves over the NULL of this style if it is next and is the whole field.
pub fn take_null(cursor: &mut Cursor<'_>, style: TextStyle, options: &TextOptions) -> bool {
    let start = cursor.pos();
    let (found, ended) = match style {
        TextStyle::Quoted => {
            let found = cursor.eat_word(b"NULL");
            (
                found,
                !cursor
                    .peek()
                    .is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'('),
            )
        }
        TextStyle::Json => (cursor.eat_text(b"null"), true),
        TextStyle::Escaped | TextStyle::Raw => {
            let found = cursor.eat_text(options.tsv_null.as_bytes());
            (found, matches!(cursor.peek(), None | Some(b'\t' | b'\n')))
        }
        TextStyle::Csv => {
            let found = cursor.eat_text(options.csv_null.as_bytes());
            let blank = cursor.clone().take_until(|byte| !matches!(byte, b' ' | b'\t')).len();
            let mut behind = cursor.clone();
            behind.advance(blank);
            let delimiter = options.csv_delimiter;
            (
                found,
                behind
                    .peek()
                    .is_none_or(|byte| byte == delimiter || byte == b'\n' || byte == b'\r'),
            )
        }
        TextStyle::Plain => (
            cursor.eat_text(b"\\N") || cursor.eat_text("ᴺᵁᴸᴸ".as_bytes()),
            cursor.at_end(),
        ),
    };
    if !(found && ended) {
        cursor.seek(start);
    }
    found && ended
}

/// Writes values of Nullable.
pub(super) struct NullableWriter {
    inner: Box<dyn ColumnWriter>,
    nulls: Option<NullBuffer>,
    tsv_null: Arc<str>,
    csv_null: Arc<str>,
}

impl NullableWriter {
    pub(super) fn new(inner: &DataType, array: &ArrayRef, options: &TextOptions) -> Result<NullableWriter> {
        Ok(NullableWriter {
            inner: super::writer(inner, array, options)?,
            nulls: array.logical_nulls(),
            tsv_null: options.tsv_null.as_str().into(),
            csv_null: options.csv_null.as_str().into(),
        })
    }
}

impl ColumnWriter for NullableWriter {
    fn write_text(&self, row: usize, style: TextStyle, out: &mut Vec<u8>) {
        if !self.is_null(row) {
            return self.inner.write_text(row, style, out);
        }
        let text = match style {
            TextStyle::Escaped | TextStyle::Raw => &*self.tsv_null,
            TextStyle::Csv => &*self.csv_null,
            TextStyle::Quoted => "NULL",
            TextStyle::Json => "null",
            TextStyle::Plain => "ᴺᵁᴸᴸ",
        };
        out.extend_from_slice(text.as_bytes());
    }

    fn write_binary(&self, row: usize, out: &mut Vec<u8>) {
        let null = self.is_null(row);
        out.push(u8::from(null));
        if !null {
            self.inner.write_binary(row, out);
        }
    }

    fn is_null(&self, row: usize) -> bool {
        self.nulls.as_ref().is_some_and(|nulls| nulls.is_null(row))
    }

    fn write_xml(&self, row: usize, out: &mut Vec<u8>) {
        if self.is_null(row) {
            out.extend_from_slice(b"\\N");
        } else {
            self.inner.write_xml(row, out);
        }
    }

    fn write_json_objects(&self, row: usize, indent: usize, out: &mut Vec<u8>) {
        if self.is_null(row) {
            out.extend_from_slice(b"null");
        } else {
            self.inner.write_json_objects(row, indent, out);
        }
    }

    fn write_json_indented(&self, row: usize, indent: Indent, out: &mut Vec<u8>) {
        if self.is_null(row) {
            out.extend_from_slice(b"null");
        } else {
            self.inner.write_json_indented(row, indent, out);
        }
    }
}
