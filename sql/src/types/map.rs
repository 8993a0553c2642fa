//! Map(K, V): pairs of a key and its value, held as a list of them.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, ListArray};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType as ArrowType, FieldRef};

use super::json::Indent;
use super::nullable::take_null;
use super::primitive::wrong_array;
use super::quoting::{read_csv, read_json_string, write_csv};
use super::{
    Arguments, ColumnReader, ColumnWriter, Cursor, DataType, TextOptions, TextStyle, TupleElement, TypeEntry,
    write_json_string, write_var_uint,
};
use crate::error::{Code, Error, Result};

/// The family Map.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "Map",
    aliases: &[],
    case_insensitive: false,
    parse,
};

fn parse(arguments: &Arguments) -> Result<DataType> {
    let [key, value] = arguments.list.as_slice() else {
        let message = "Map data type family must have two arguments: key and value types";
        return Err(Error::new(Code::BAD_ARGUMENTS, message));
    };
    let (key, value) = (key.data_type()?, value.data_type()?);
    check_key(&key)?;
    Ok(DataType::Map(Box::new(key), Box::new(value)))
}

/// Refuses keys that may be NULL.
pub fn check_key(key: &DataType) -> Result<()> {
    match key.is_nullable() {
        true => {
            let message = format!("Map cannot have a key of type {key}");
            Err(Error::new(Code::BAD_ARGUMENTS, message))
        }
        false => Ok(()),
    }
}

/// Pairs of one map in binary form, ClickHouse's `format_binary_max_array_size`.
const PAIRS_MAX: u64 = 1 << 30;

/// The type of one pair.
pub fn pair(key: &DataType, value: &DataType) -> DataType {
    let element = |name: &str, data_type: &DataType| TupleElement {
        name: Some(name.into()),
        data_type: data_type.clone(),
    };
    DataType::Tuple(vec![element("keys", key), element("values", value)])
}

/// Collects values of Map.
pub(super) struct MapReader {
    keys: Box<dyn ColumnReader>,
    values: Box<dyn ColumnReader>,
    /// Keys are strings, which JSON has without a form of their own.
    text_keys: bool,
    value_nullable: bool,
    pair: FieldRef,
    offsets: Vec<i32>,
    options: TextOptions,
}

impl MapReader {
    pub(super) fn new(key: &DataType, value: &DataType, options: &TextOptions) -> MapReader {
        MapReader {
            keys: super::reader(key, options),
            values: super::reader(value, options),
            text_keys: key.bare().is_string_or_fixed_string(),
            value_nullable: value.is_nullable(),
            pair: pair(key, value).item_field(),
            offsets: vec![0],
            options: options.clone(),
        }
    }

    /// Ends the map whose pairs `read` appends, or takes the pairs back.
    fn push(&mut self, read: impl FnOnce(&mut MapReader) -> Result<()>) -> Result<()> {
        let start = self.last() as usize;
        let result = read(self).and_then(|()| {
            let end = i32::try_from(self.values.len());
            end.map(|end| self.offsets.push(end)).map_err(|_| {
                let message = "The maps of one block have too many pairs";
                Error::new(Code::TOO_LARGE_ARRAY_SIZE, message)
            })
        });
        if result.is_err() {
            self.keys.truncate(start);
            self.values.truncate(start);
        }
        result
    }

    fn last(&self) -> i32 {
        *self.offsets.last().expect("offsets start with 0")
    }

    fn read_pairs(&mut self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<()> {
        let wrong = |message: &str| Err(Error::new(Code::CANNOT_READ_MAP_FROM_TEXT, message));
        cursor.expect(b'{')?;
        let mut first = true;
        loop {
            cursor.skip_whitespace();
            if cursor.eat(b'}') {
                return Ok(());
            }
            if !first && !cursor.eat(b',') {
                return match cursor.peek() {
                    None => Err(cursor.expected(b"}")),
                    Some(_) => wrong("Cannot read Map from text, expected comma or end of map"),
                };
            }
            first = false;
            cursor.skip_whitespace();
            self.read_key(cursor, style)?;
            cursor.skip_whitespace();
            cursor.expect(b':')?;
            cursor.skip_whitespace();
            self.read_value(cursor, style)?;
        }
    }

    /// The name of a member of a JSON object is the text of the key.
    fn read_key(&mut self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<()> {
        if style != TextStyle::Json || self.text_keys {
            return self.keys.read_text(cursor, style);
        }
        let mut name = Vec::new();
        read_json_string(cursor, &mut name)?;
        let mut inside = Cursor::new(&name);
        self.keys.read_text(&mut inside, TextStyle::Plain)?;
        match inside.at_end() {
            true => Ok(()),
            false => {
                self.keys.truncate(self.values.len());
                let message = "The name of a JSON object's member is no key of the Map";
                Err(Error::new(Code::CANNOT_READ_MAP_FROM_TEXT, message))
            }
        }
    }

    fn read_value(&mut self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<()> {
        let as_default = !self.value_nullable && self.options.null_as_default;
        if as_default && matches!(cursor.peek(), Some(b'n' | b'N')) && take_null(cursor, style, &self.options) {
            self.values.push_default();
            return Ok(());
        }
        self.values.read_text(cursor, style)
    }
}

impl ColumnReader for MapReader {
    fn read_text(&mut self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<()> {
        match style {
            TextStyle::Json => self.push(|it| it.read_pairs(cursor, style)),
            TextStyle::Csv => {
                let mut text = Vec::new();
                read_csv(cursor, self.options.csv_delimiter, &mut text)?;
                self.push(|it| it.read_pairs(&mut Cursor::new(&text), TextStyle::Quoted))
            }
            _ => self.push(|it| it.read_pairs(cursor, TextStyle::Quoted)),
        }
    }

    fn read_binary(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        let count = cursor.var_uint()?;
        if count > PAIRS_MAX {
            let message = format!("Too large map size: {count}. The maximum is: {PAIRS_MAX}");
            return Err(Error::new(Code::TOO_LARGE_ARRAY_SIZE, message));
        }
        self.push(|it| {
            (0..count).try_for_each(|_| {
                it.keys.read_binary(cursor)?;
                it.values.read_binary(cursor)
            })
        })
    }

    fn push_default(&mut self) {
        self.offsets.push(self.last());
    }

    fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    fn truncate(&mut self, len: usize) {
        self.offsets.truncate(len + 1);
        let pairs = self.last() as usize;
        self.keys.truncate(pairs);
        self.values.truncate(pairs);
    }

    fn bytes(&self) -> usize {
        self.keys.bytes() + self.values.bytes() + size_of_val(self.offsets.as_slice())
    }

    fn finish(&mut self) -> ArrayRef {
        let offsets = OffsetBuffer::new(ScalarBuffer::from(std::mem::replace(&mut self.offsets, vec![0])));
        let ArrowType::Struct(fields) = self.pair.data_type() else {
            unreachable!("a pair is a struct")
        };
        let columns = vec![self.keys.finish(), self.values.finish()];
        let pairs = super::tuple::struct_array(fields, columns, offsets.last().map_or(0, |end| *end as usize));
        Arc::new(ListArray::new(self.pair.clone(), offsets, Arc::new(pairs), None))
    }
}

/// Writes values of Map.
pub(super) struct MapWriter {
    array: ListArray,
    keys: Box<dyn ColumnWriter>,
    values: Box<dyn ColumnWriter>,
    options: TextOptions,
}

impl MapWriter {
    pub(super) fn new(key: &DataType, value: &DataType, array: &ArrayRef, options: &TextOptions) -> Result<MapWriter> {
        let wrong = || {
            wrong_array(
                array,
                &DataType::Map(Box::new(key.clone()), Box::new(value.clone())).arrow(),
            )
        };
        let list = array.as_list_opt::<i32>().ok_or_else(wrong)?;
        let pairs = list.values().as_struct_opt().filter(|pairs| pairs.num_columns() == 2);
        let pairs = pairs.ok_or_else(wrong)?;
        Ok(MapWriter {
            array: list.clone(),
            keys: super::writer(key, pairs.column(0), options)?,
            values: super::writer(value, pairs.column(1), options)?,
            options: options.clone(),
        })
    }

    fn rows(&self, row: usize) -> std::ops::Range<usize> {
        let offsets = self.array.value_offsets();
        offsets[row] as usize..offsets[row + 1] as usize
    }

    fn write_key(&self, at: usize, style: TextStyle, out: &mut Vec<u8>) {
        if style != TextStyle::Json {
            return self.keys.write_text(at, style, out);
        }
        let mut key = Vec::new();
        self.keys.write_text(at, TextStyle::Raw, &mut key);
        write_json_string(&key, self.options.json_escape_forward_slashes, out);
    }

    fn write_pairs(&self, row: usize, style: TextStyle, out: &mut Vec<u8>) {
        out.push(b'{');
        for (index, at) in self.rows(row).enumerate() {
            if index > 0 {
                out.push(b',');
            }
            self.write_key(at, style, out);
            out.push(b':');
            self.values.write_text(at, style, out);
        }
        out.push(b'}');
    }
}

impl ColumnWriter for MapWriter {
    fn write_text(&self, row: usize, style: TextStyle, out: &mut Vec<u8>) {
        match style {
            TextStyle::Json => self.write_pairs(row, style, out),
            TextStyle::Csv => {
                let mut text = Vec::new();
                self.write_pairs(row, TextStyle::Quoted, &mut text);
                write_csv(&text, out);
            }
            _ => self.write_pairs(row, TextStyle::Quoted, out),
        }
    }

    fn write_binary(&self, row: usize, out: &mut Vec<u8>) {
        let rows = self.rows(row);
        write_var_uint(rows.len() as u64, out);
        for at in rows {
            self.keys.write_binary(at, out);
            self.values.write_binary(at, out);
        }
    }

    fn write_xml(&self, row: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(b"<map>");
        for at in self.rows(row) {
            out.extend_from_slice(b"<elem><key>");
            self.keys.write_xml(at, out);
            out.extend_from_slice(b"</key><value>");
            self.values.write_xml(at, out);
            out.extend_from_slice(b"</value></elem>");
        }
        out.extend_from_slice(b"</map>");
    }

    fn write_json_indented(&self, row: usize, indent: Indent, out: &mut Vec<u8>) {
        let rows = self.rows(row);
        if rows.is_empty() {
            return out.extend_from_slice(b"{}");
        }
        super::json::write_lines(b"{", b"}", indent, rows, out, |at, out| {
            self.write_key(at, TextStyle::Json, out);
            out.extend_from_slice(b": ");
            self.values.write_json_indented(at, indent.deeper(), out);
        });
    }
}
