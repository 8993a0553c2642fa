//! Array(T).

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, ListArray};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::FieldRef;

use super::cursor::write_var_uint;
use super::json::Indent;
use super::nullable::take_null;
use super::primitive::wrong_array;
use super::quoting::{read_csv, write_csv};
use super::{ColumnReader, ColumnWriter, Cursor, DataType, TextOptions, TextStyle, TypeEntry};
use crate::error::{Code, Error, Result};

/// The family Array.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "Array",
    aliases: &[],
    case_insensitive: false,
    parse: |arguments| {
        Ok(DataType::Array(Box::new(
            arguments.one_type("Array", "type of elements")?,
        )))
    },
};

/// Elements of one array in binary form, ClickHouse's `format_binary_max_array_size`.
const BINARY_ELEMENTS_MAX: u64 = 1 << 30;

/// Collects values of Array.
pub(super) struct ArrayReader {
    items: Box<dyn ColumnReader>,
    item_field: FieldRef,
    item_nullable: bool,
    offsets: Vec<i32>,
    options: TextOptions,
}

impl ArrayReader {
    pub(super) fn new(item: &DataType, options: &TextOptions) -> ArrayReader {
        ArrayReader {
            items: super::reader(item, options),
            item_field: item.item_field(),
            item_nullable: item.is_nullable(),
            offsets: vec![0],
            options: options.clone(),
        }
    }

    /// Ends the array whose items `read` appends, or takes the items back.
    fn push(&mut self, read: impl FnOnce(&mut ArrayReader) -> Result<()>) -> Result<()> {
        let start = self.items.len();
        let result = read(self).and_then(|()| {
            i32::try_from(self.items.len())
                .map(|end| self.offsets.push(end))
                .map_err(|_| {
                    Error::new(
                        Code::TOO_LARGE_ARRAY_SIZE,
                        "The arrays of one block have too many elements",
                    )
                })
        });
        if result.is_err() {
            self.items.truncate(start);
        }
        result
    }

    fn read_items(&mut self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<()> {
        let wrong = |message: String| Err(Error::new(Code::CANNOT_READ_ARRAY_FROM_TEXT, message));
        if !cursor.eat(b'[') {
            return wrong("Array does not start with '[' character".to_string());
        }
        let mut first = true;
        loop {
            cursor.skip_whitespace();
            if cursor.eat(b']') {
                return Ok(());
            }
            if !first && !cursor.eat(b',') {
                return match cursor.peek() {
                    None => Err(cursor.expected(b"]")),
                    Some(other) => wrong(format!(
                        "Cannot read array from text, expected comma or end of array, found '{}'",
                        char::from(other)
                    )),
                };
            }
            cursor.skip_whitespace();
            if !first && cursor.eat(b']') {
                return Ok(());
            }
            first = false;
            self.read_item(cursor, style)?;
        }
    }

    #[inline]
    fn read_item(&mut self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<()> {
        let null_possible = matches!(cursor.peek(), Some(b'n' | b'N'));
        let as_default = null_possible && !self.item_nullable && self.options.null_as_default;
        if as_default && take_null(cursor, style, &self.options) {
            self.items.push_default();
            return Ok(());
        }
        self.items.read_text(cursor, style)
    }
}

impl ColumnReader for ArrayReader {
    fn read_text(&mut self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<()> {
        match style {
            TextStyle::Json => self.push(|it| it.read_items(cursor, style)),
            TextStyle::Csv => {
                let mut text = Vec::new();
                read_csv(cursor, self.options.csv_delimiter, &mut text)?;
                self.push(|it| it.read_items(&mut Cursor::new(&text), TextStyle::Quoted))
            }
            _ => self.push(|it| it.read_items(cursor, TextStyle::Quoted)),
        }
    }

    fn read_binary(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        let count = cursor.var_uint()?;
        if count > BINARY_ELEMENTS_MAX {
            let message = format!("Too large array size: {count}. The maximum is: {BINARY_ELEMENTS_MAX}");
            return Err(Error::new(Code::TOO_LARGE_ARRAY_SIZE, message));
        }
        self.push(|it| (0..count).try_for_each(|_| it.items.read_binary(cursor)))
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
        self.items
            .truncate(*self.offsets.last().expect("offsets start with 0") as usize);
    }

    fn bytes(&self) -> usize {
        self.items.bytes() + size_of_val(self.offsets.as_slice())
    }

    fn finish(&mut self) -> ArrayRef {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(std::mem::replace(&mut self.offsets, vec![0])));
        Arc::new(ListArray::new(
            self.item_field.clone(),
            offsets,
            self.items.finish(),
            None,
        ))
    }
}

/// Writes values of Array.
pub(super) struct ArrayWriter {
    array: ListArray,
    items: Box<dyn ColumnWriter>,
    /// Items are arrays or tuples.
    composite_items: bool,
}

impl ArrayWriter {
    pub(super) fn new(item: &DataType, array: &ArrayRef, options: &TextOptions) -> Result<ArrayWriter> {
        let array = array
            .as_list_opt::<i32>()
            .ok_or_else(|| wrong_array(array, &DataType::Array(Box::new(item.clone())).arrow()))?;
        let items = super::writer(item, array.values(), options)?;
        let composite_items = matches!(item.bare(), DataType::Array(_) | DataType::Tuple(_));
        Ok(ArrayWriter {
            array: array.clone(),
            items,
            composite_items,
        })
    }

    fn rows(&self, row: usize) -> std::ops::Range<usize> {
        let offsets = self.array.value_offsets();
        offsets[row] as usize..offsets[row + 1] as usize
    }

    fn write_items(&self, row: usize, style: TextStyle, out: &mut Vec<u8>) {
        out.push(b'[');
        for (index, item) in self.rows(row).enumerate() {
            if index > 0 {
                out.push(b',');
            }
            self.items.write_text(item, style, out);
        }
        out.push(b']');
    }
}

impl ColumnWriter for ArrayWriter {
    fn write_text(&self, row: usize, style: TextStyle, out: &mut Vec<u8>) {
        match style {
            TextStyle::Json => self.write_items(row, style, out),
            TextStyle::Csv => {
                let mut text = Vec::new();
                self.write_items(row, TextStyle::Quoted, &mut text);
                write_csv(&text, out);
            }
            _ => self.write_items(row, TextStyle::Quoted, out),
        }
    }

    fn write_binary(&self, row: usize, out: &mut Vec<u8>) {
        let rows = self.rows(row);
        write_var_uint(rows.len() as u64, out);
        rows.for_each(|item| self.items.write_binary(item, out));
    }

    fn write_xml(&self, row: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(b"<array>");
        for item in self.rows(row) {
            out.extend_from_slice(b"<elem>");
            self.items.write_xml(item, out);
            out.extend_from_slice(b"</elem>");
        }
        out.extend_from_slice(b"</array>");
    }

    fn write_json_objects(&self, row: usize, indent: usize, out: &mut Vec<u8>) {
        out.push(b'[');
        for (index, item) in self.rows(row).enumerate() {
            if index > 0 {
                out.push(b',');
            }
            self.items.write_json_objects(item, indent, out);
        }
        out.push(b']');
    }

    fn write_json_indented(&self, row: usize, indent: Indent, out: &mut Vec<u8>) {
        let rows = self.rows(row);
        if rows.is_empty() || !self.composite_items {
            return self.write_items(row, TextStyle::Json, out);
        }
        super::json::write_lines(b"[", b"]", indent, rows, out, |item, out| {
            self.items.write_json_indented(item, indent.deeper(), out);
        });
    }
}
