//! Tuple(T1, T2, …), with names for all its elements or for none.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, StructArray};
use arrow::datatypes::Fields;

use super::arrow::tuple_fields;
use super::json::Indent;
use super::nullable::take_null;
use super::primitive::wrong_array;
use super::quoting::{read_csv, read_json_string, write_csv, write_json_string};
use super::{
    Arguments, ColumnReader, ColumnWriter, Cursor, DataType, TextOptions, TextStyle, TupleElement, TypeEntry, json,
};
use crate::error::{Code, Error, Result};

/// The family Tuple.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "Tuple",
    aliases: &[],
    case_insensitive: false,
    parse,
};

fn parse(arguments: &Arguments) -> Result<DataType> {
    let elements: Vec<TupleElement> = arguments
        .list
        .iter()
        .map(|it| it.tuple_element())
        .collect::<Result<_>>()?;
    let named = elements.iter().filter(|element| element.name.is_some()).count();
    if named != 0 && named != elements.len() {
        let message = "Names are specified not for all elements of Tuple type";
        return Err(Error::new(Code::BAD_ARGUMENTS, message.to_string()));
    }
    let mut seen = HashSet::new();
    for name in elements.iter().filter_map(|element| element.name.as_deref()) {
        if !seen.insert(name) {
            let message = format!("Names of tuple elements must be unique. Duplicate name: {name}");
            return Err(Error::new(Code::DUPLICATE_COLUMN, message));
        }
    }
    Ok(DataType::Tuple(elements))
}

/// A struct array without NULLs; `rows` counts where there are no columns to count.
pub(super) fn struct_array(fields: &Fields, columns: Vec<ArrayRef>, rows: usize) -> StructArray {
    StructArray::try_new_with_length(fields.clone(), columns, None, rows)
        .expect("the columns were made for the same types as the fields")
}

/// Collects values of Tuple.
pub(super) struct TupleReader {
    elements: Vec<Box<dyn ColumnReader>>,
    names: Vec<Option<String>>,
    nullable: Vec<bool>,
    fields: Fields,
    rows: usize,
    options: TextOptions,
}

impl TupleReader {
    pub(super) fn new(elements: &[TupleElement], options: &TextOptions) -> TupleReader {
        TupleReader {
            elements: elements
                .iter()
                .map(|element| super::reader(&element.data_type, options))
                .collect(),
            names: elements.iter().map(|element| element.name.clone()).collect(),
            nullable: elements.iter().map(|element| element.data_type.is_nullable()).collect(),
            fields: tuple_fields(elements),
            rows: 0,
            options: options.clone(),
        }
    }

    /// Ends the tuple that `read` appends, or takes back what it has appended.
    fn push(&mut self, read: impl FnOnce(&mut TupleReader) -> Result<()>) -> Result<()> {
        let rows = self.rows;
        let result = read(self);
        match result {
            Ok(()) => self.rows += 1,
            Err(_) => self.truncate(rows),
        }
        result
    }

    fn read_element(&mut self, index: usize, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<()> {
        let as_default = !self.nullable[index] && self.options.null_as_default;
        if as_default && take_null(cursor, style, &self.options) {
            self.elements[index].push_default();
            return Ok(());
        }
        self.elements[index].read_text(cursor, style)
    }

    /// `(a, b)` or `[a, b]`.
    fn read_list(&mut self, cursor: &mut Cursor<'_>, style: TextStyle, open: u8, close: u8) -> Result<()> {
        cursor.expect(open)?;
        for index in 0..self.elements.len() {
            cursor.skip_whitespace();
            if index > 0 {
                cursor.expect(b',')?;
                cursor.skip_whitespace();
            }
            self.read_element(index, cursor, style)?;
        }
        cursor.skip_whitespace();
        // A tuple of one element may be written `(1,)`.
        if self.elements.len() == 1 && cursor.eat(b',') {
            cursor.skip_whitespace();
        }
        cursor.expect(close)
    }

    /// `{"a": 1, "b": 2}`: elements in any order, those that miss get their defaults, others are passed over.
    fn read_object(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        cursor.expect(b'{')?;
        cursor.skip_whitespace();
        let mut first = true;
        while !cursor.eat(b'}') {
            if !first {
                cursor.expect(b',')?;
                cursor.skip_whitespace();
            }
            first = false;
            let mut name = Vec::new();
            read_json_string(cursor, &mut name)?;
            cursor.skip_whitespace();
            cursor.expect(b':')?;
            cursor.skip_whitespace();
            let known = self
                .names
                .iter()
                .position(|it| it.as_ref().is_some_and(|it| it.as_bytes() == name));
            match known.filter(|index| self.elements[*index].len() == self.rows) {
                Some(index) => self.read_element(index, cursor, TextStyle::Json)?,
                None => {
                    json::skip_value(cursor)?;
                }
            }
            cursor.skip_whitespace();
        }
        for element in self.elements.iter_mut().filter(|element| element.len() == self.rows) {
            element.push_default();
        }
        Ok(())
    }

    fn as_object(&self) -> bool {
        self.options.json_named_tuples_as_objects && self.names.iter().any(Option::is_some)
    }

    /// CSV spreads a tuple over as many fields as it has elements.
    fn read_fields(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        for index in 0..self.elements.len() {
            if index > 0 {
                cursor.expect(self.options.csv_delimiter)?;
            }
            cursor.take_until(|byte| byte != b' ');
            self.read_element(index, cursor, TextStyle::Csv)?;
        }
        Ok(())
    }
}

impl ColumnReader for TupleReader {
    fn read_text(&mut self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<()> {
        match style {
            TextStyle::Json if self.as_object() => self.push(|it| it.read_object(cursor)),
            TextStyle::Json => self.push(|it| it.read_list(cursor, style, b'[', b']')),
            TextStyle::Csv if self.options.csv_tuples_from_fields => self.push(|it| it.read_fields(cursor)),
            TextStyle::Csv => {
                let mut text = Vec::new();
                read_csv(cursor, self.options.csv_delimiter, &mut text)?;
                self.push(|it| it.read_list(&mut Cursor::new(&text), TextStyle::Quoted, b'(', b')'))
            }
            _ => self.push(|it| it.read_list(cursor, TextStyle::Quoted, b'(', b')')),
        }
    }

    fn read_binary(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        self.push(|it| {
            it.elements
                .iter_mut()
                .try_for_each(|element| element.read_binary(cursor))
        })
    }

    fn push_default(&mut self) {
        self.elements.iter_mut().for_each(|element| element.push_default());
        self.rows += 1;
    }

    fn len(&self) -> usize {
        self.rows
    }

    fn truncate(&mut self, len: usize) {
        self.elements.iter_mut().for_each(|element| element.truncate(len));
        self.rows = len;
    }

    fn bytes(&self) -> usize {
        self.elements.iter().map(|element| element.bytes()).sum()
    }

    fn finish(&mut self) -> ArrayRef {
        let columns = self.elements.iter_mut().map(|element| element.finish()).collect();
        Arc::new(struct_array(&self.fields, columns, std::mem::take(&mut self.rows)))
    }
}

/// Writes values of Tuple.
pub(super) struct TupleWriter {
    elements: Vec<Box<dyn ColumnWriter>>,
    names: Vec<Option<String>>,
    options: TextOptions,
}

impl TupleWriter {
    pub(super) fn new(elements: &[TupleElement], array: &ArrayRef, options: &TextOptions) -> Result<TupleWriter> {
        let values = array
            .as_struct_opt()
            .filter(|values| values.num_columns() == elements.len())
            .ok_or_else(|| wrong_array(array, &DataType::Tuple(elements.to_vec()).arrow()))?;
        let writers = elements
            .iter()
            .zip(values.columns())
            .map(|(element, column)| super::writer(&element.data_type, column, options))
            .collect::<Result<_>>()?;
        let names = elements.iter().map(|element| element.name.clone()).collect();
        Ok(TupleWriter {
            elements: writers,
            names,
            options: options.clone(),
        })
    }

    fn as_object(&self) -> bool {
        self.options.json_named_tuples_as_objects && self.names.iter().any(Option::is_some)
    }

    fn write_name(&self, index: usize, out: &mut Vec<u8>) {
        let name = self.names[index].as_deref().unwrap_or_default();
        write_json_string(name.as_bytes(), self.options.json_escape_forward_slashes, out);
    }

    /// The elements that an object shows.
    fn shown(&self, row: usize) -> impl Iterator<Item = usize> {
        let skip_null = self.options.json_skip_null_in_named_tuples && self.as_object();
        (0..self.elements.len()).filter(move |index| !skip_null || !self.elements[*index].is_null(row))
    }

    fn write_list(&self, row: usize, style: TextStyle, separator: u8, out: &mut Vec<u8>) {
        for (index, element) in self.elements.iter().enumerate() {
            if index > 0 {
                out.push(separator);
            }
            element.write_text(row, style, out);
        }
    }
}

impl ColumnWriter for TupleWriter {
    fn write_text(&self, row: usize, style: TextStyle, out: &mut Vec<u8>) {
        match style {
            TextStyle::Json if self.as_object() => {
                out.push(b'{');
                let mut first = true;
                for index in self.shown(row) {
                    if !first {
                        out.push(b',');
                    }
                    first = false;
                    self.write_name(index, out);
                    out.push(b':');
                    self.elements[index].write_text(row, style, out);
                }
                out.push(b'}');
            }
            TextStyle::Json => {
                out.push(b'[');
                self.write_list(row, style, b',', out);
                out.push(b']');
            }
            TextStyle::Csv if self.options.csv_tuples_as_fields => {
                self.write_list(row, style, self.options.csv_delimiter, out);
            }
            TextStyle::Csv => {
                let mut text = Vec::new();
                self.write_text(row, TextStyle::Quoted, &mut text);
                write_csv(&text, out);
            }
            _ => {
                out.push(b'(');
                self.write_list(row, TextStyle::Quoted, b',', out);
                out.push(b')');
            }
        }
    }

    fn write_binary(&self, row: usize, out: &mut Vec<u8>) {
        self.elements.iter().for_each(|element| element.write_binary(row, out));
    }

    fn write_xml(&self, row: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(b"<tuple>");
        for element in &self.elements {
            out.extend_from_slice(b"<elem>");
            element.write_xml(row, out);
            out.extend_from_slice(b"</elem>");
        }
        out.extend_from_slice(b"</tuple>");
    }

    fn write_json_objects(&self, row: usize, indent: usize, out: &mut Vec<u8>) {
        if !self.names.iter().any(Option::is_some) {
            return self.write_text(row, TextStyle::Json, out);
        }
        for (index, element) in self.elements.iter().enumerate() {
            out.extend_from_slice(if index == 0 { b"{\n" } else { b",\n" });
            out.extend_from_slice("  ".repeat(indent + 1).as_bytes());
            self.write_name(index, out);
            out.extend_from_slice(b": ");
            element.write_json_objects(row, indent + 1, out);
        }
        out.push(b'\n');
        out.extend_from_slice("  ".repeat(indent).as_bytes());
        out.push(b'}');
    }

    fn write_json_indented(&self, row: usize, indent: Indent, out: &mut Vec<u8>) {
        let named = self.as_object();
        let (open, close): (&[u8], &[u8]) = if named { (b"{", b"}") } else { (b"[", b"]") };
        json::write_lines(open, close, indent, self.shown(row), out, |index, out| {
            if named {
                self.write_name(index, out);
                out.extend_from_slice(b": ");
            }
            self.elements[index].write_json_indented(row, indent.deeper(), out);
        });
    }
}
