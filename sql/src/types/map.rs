//! Map(K, V): pairs of a key and its value, held as a list of them. Only system tables have columns of it.

use arrow::array::{ArrayRef, AsArray, ListArray};

use super::array::ArrayReader;
use super::json::Indent;
use super::primitive::wrong_array;
use super::quoting::write_csv;
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
    if *key.strip_low_cardinality().bare() != DataType::String || key.is_nullable() {
        let message = format!("Data type Map with keys of type {key} is not supported yet");
        return Err(Error::new(Code::NOT_IMPLEMENTED, message));
    }
    Ok(DataType::Map(Box::new(key), Box::new(value)))
}

/// The type of one pair.
pub(super) fn pair(key: &DataType, value: &DataType) -> DataType {
    let element = |name: &str, data_type: &DataType| TupleElement {
        name: Some(name.into()),
        data_type: data_type.clone(),
    };
    DataType::Tuple(vec![element("keys", key), element("values", value)])
}

/// Collects defaults, and pairs in the form of RowBinary.
pub(super) struct MapReader(ArrayReader);

impl MapReader {
    pub(super) fn new(key: &DataType, value: &DataType, options: &TextOptions) -> MapReader {
        MapReader(ArrayReader::new(&pair(key, value), options))
    }
}

impl ColumnReader for MapReader {
    fn read_text(&mut self, _: &mut Cursor<'_>, _: TextStyle) -> Result<()> {
        Err(Error::new(
            Code::NOT_IMPLEMENTED,
            "Reading a Map from text is not supported yet",
        ))
    }

    fn read_binary(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        self.0.read_binary(cursor)
    }

    fn push_default(&mut self) {
        self.0.push_default();
    }

    fn len(&self) -> usize {
        self.0.len()
    }

    fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    fn bytes(&self) -> usize {
        self.0.bytes()
    }

    fn finish(&mut self) -> ArrayRef {
        self.0.finish()
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
