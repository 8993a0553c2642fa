//! Small result sets built row by row: system tables, SHOW, DESCRIBE.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListArray, RecordBatch, RecordBatchOptions, StructArray};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType as ArrowType, Schema, SchemaRef};
use datafusion::common::ScalarValue;
use gristmill_sql::Code;
use gristmill_sql::parser::string_bytes;
use gristmill_sql::types::DataType;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::formats::HeaderColumn;

/// One value, before it takes its column's type.
#[derive(Clone, Debug)]
pub enum Cell {
    /// NULL.
    Null,
    /// A String, which may carry bytes that are not UTF-8, or an Enum's name.
    Text(String),
    /// Any integer type, Date, DateTime or Bool.
    Number(u64),
    /// Float32 or Float64.
    Float(f64),
    /// Array(String).
    Texts(Vec<String>),
    /// Array of any integer type.
    Numbers(Vec<u64>),
    /// A UUID.
    Uuid(Uuid),
    /// Map from String.
    Map(Vec<(String, Cell)>),
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<f64> for Cell {
    fn from(number: f64) -> Self {
        Self::Float(number)
    }
}

impl From<usize> for Cell {
    fn from(number: usize) -> Self {
        Self::Number(number as u64)
    }
}

impl From<bool> for Cell {
    fn from(flag: bool) -> Self {
        Self::Number(flag.into())
    }
}

impl From<Vec<String>> for Cell {
    fn from(texts: Vec<String>) -> Self {
        Self::Texts(texts)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl Cell {
    fn scalar(self, data_type: &DataType) -> Result<ScalarValue> {
        let misfit = || Error::new(Code::LOGICAL_ERROR, format!("a value does not fit {data_type}"));
        let bare = data_type.bare();
        Ok(match (self, bare) {
            (Self::Null, _) => ScalarValue::try_from(&data_type.arrow())?,
            (Self::Text(text), DataType::String) => ScalarValue::Binary(Some(string_bytes(&text))),
            (Self::Text(text), DataType::Enum8(values)) => {
                ScalarValue::Int8(Some(values.value(&text).ok_or_else(misfit)? as i8))
            }
            (Self::Number(it), DataType::UInt8) => ScalarValue::UInt8(Some(it as u8)),
            (Self::Number(it), DataType::UInt16 | DataType::Date) => ScalarValue::UInt16(Some(it as u16)),
            (Self::Number(it), DataType::UInt32 | DataType::DateTime(_)) => ScalarValue::UInt32(Some(it as u32)),
            (Self::Number(it), DataType::UInt64) => ScalarValue::UInt64(Some(it)),
            (Self::Number(it), DataType::Int64 | DataType::DateTime64(..)) => ScalarValue::Int64(Some(it as i64)),
            (Self::Number(it), DataType::Int32) => ScalarValue::Int32(Some(it as i32)),
            (Self::Float(it), DataType::Float32) => ScalarValue::Float32(Some(it as f32)),
            (Self::Float(it), DataType::Float64) => ScalarValue::Float64(Some(it)),
            (Self::Number(it), DataType::Bool) => ScalarValue::Boolean(Some(it != 0)),
            (Self::Uuid(uuid), DataType::Uuid) => ScalarValue::FixedSizeBinary(16, Some(uuid.as_bytes().to_vec())),
            (Self::Texts(texts), DataType::Array(item)) => list(texts.into_iter().map(Self::Text), item)?,
            (Self::Numbers(numbers), DataType::Array(item)) => list(numbers.into_iter().map(Self::Number), item)?,
            (Self::Map(pairs), DataType::Map(key, value)) => map(pairs, key, value)?,
            _ => return Err(misfit()),
        })
    }
}

fn map(pairs: Vec<(String, Cell)>, key: &DataType, value: &DataType) -> Result<ScalarValue> {
    let data_type = DataType::Map(Box::new(key.clone()), Box::new(value.clone()));
    let ArrowType::List(item) = data_type.arrow() else {
        unreachable!("a map is a list");
    };
    let ArrowType::Struct(fields) = item.data_type() else {
        unreachable!("a map is a list of pairs");
    };
    let (keys, values): (Vec<Cell>, Vec<Cell>) = pairs.into_iter().map(|(key, value)| (key.into(), value)).unzip();
    let (keys, values) = (array(keys, key)?, array(values, value)?);
    let pairs = StructArray::try_new(fields.clone(), vec![keys, values], None)?;
    let offsets = OffsetBuffer::from_lengths([pairs.len()]);
    let list = ListArray::try_new(item.clone(), offsets, Arc::new(pairs), None)?;
    Ok(ScalarValue::List(Arc::new(list)))
}

fn list(cells: impl Iterator<Item = Cell>, item: &DataType) -> Result<ScalarValue> {
    let items = cells.map(|cell| cell.scalar(item)).collect::<Result<Vec<_>>>()?;
    Ok(ScalarValue::List(ScalarValue::new_list(
        &items,
        &item.arrow(),
        item.is_nullable(),
    )))
}

/// Rows of known columns.
pub struct Cells {
    header: Vec<HeaderColumn>,
    columns: Vec<Vec<Cell>>,
}

impl Cells {
    /// No rows yet. Columns are name and type text.
    pub fn new<'a>(columns: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self> {
        let column = |(name, data_type): (&str, &str)| {
            Ok(HeaderColumn {
                name: name.into(),
                data_type: DataType::parse(data_type)?,
            })
        };
        let header = columns.into_iter().map(column).collect::<Result<Vec<_>>>()?;
        let columns = header.iter().map(|_| Vec::new()).collect();
        Ok(Self { header, columns })
    }

    /// Adds a row; it has a value for every column.
    pub fn push(&mut self, row: impl IntoIterator<Item = Cell>) {
        let mut cells = row.into_iter();
        for column in &mut self.columns {
            column.push(cells.next().expect("a row has a value for every column"));
        }
        assert!(
            cells.next().is_none(),
            "a row has no more values than there are columns"
        );
    }

    /// Names and types.
    pub fn header(&self) -> &[HeaderColumn] {
        &self.header
    }

    /// All rows as one batch.
    pub fn finish(self) -> Result<RecordBatch> {
        let schema = schema_of(&self.header);
        let rows = self.columns.first().map_or(0, Vec::len);
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.columns.len());
        for (cells, column) in self.columns.into_iter().zip(&self.header) {
            arrays.push(array(cells, &column.data_type)?);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(schema, arrays, &options)?)
    }
}

fn array(cells: Vec<Cell>, data_type: &DataType) -> Result<ArrayRef> {
    let arrow = data_type.arrow();
    if cells.is_empty() {
        return Ok(arrow::array::new_empty_array(&arrow));
    }
    let scalars = cells
        .into_iter()
        .map(|cell| cell.scalar(data_type))
        .collect::<Result<Vec<_>>>()?;
    let array = ScalarValue::iter_to_array(scalars)?;
    match array.data_type() == &arrow {
        true => Ok(array),
        false => Ok(arrow::compute::cast(&array, &arrow)?),
    }
}

/// The Arrow schema of a result.
pub fn schema_of(header: &[HeaderColumn]) -> SchemaRef {
    let fields = header.iter().map(|column| column.data_type.field(&column.name));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}
