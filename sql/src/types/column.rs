//! Reading values into columns and writing them out of columns.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int32Array};
use arrow::datatypes::{Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type};

use super::array::{ArrayReader, ArrayWriter};
use super::arrow::DECIMAL128_PRECISION_MAX;
use super::bfloat16::BFloat16;
use super::big_integer::BigInteger;
use super::boolean::{BoolReader, BoolWriter};
use super::date::Date;
use super::date_time::DateTime;
use super::date_time64::DateTime64;
use super::date32::{DATE32_DEFAULT, Date32};
use super::decimal::{Decimal, WideDecimal};
use super::enumeration::Enum;
use super::fixed_bytes::{FixedBytes, FixedBytesReader, FixedBytesWriter};
use super::fixed_string::{FixedStringReader, FixedStringWriter};
use super::float::{Float32, Float64};
use super::integer::Integer;
use super::ip_address::{Ipv4, Ipv6};
use super::json::Indent;
use super::map::{MapReader, MapWriter};
use super::nothing::{NothingReader, NothingWriter};
use super::nullable::{NullableReader, NullableWriter};
use super::primitive::{Primitive, PrimitiveReader, PrimitiveWriter};
use super::quoting::write_xml_text;
use super::string::{StringReader, StringWriter};
use super::time::{Time, Time64};
use super::tuple::{TupleReader, TupleWriter};
use super::uuid::Uuid;
use super::{Cursor, DataType, TextOptions, TextStyle};
use crate::error::Result;

/// Collects values of one type.
///
/// A read that fails leaves the column as it was.
pub trait ColumnReader: Send {
    /// Reads one value from text.
    fn read_text(&mut self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<()>;

    /// Reads one value in the form of RowBinary.
    fn read_binary(&mut self, cursor: &mut Cursor<'_>) -> Result<()>;

    /// Appends the type's default: zero, empty, or NULL for Nullable.
    fn push_default(&mut self);

    /// Number of values so far.
    fn len(&self) -> usize;

    /// Whether there is no value yet.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets all values from `len` on.
    fn truncate(&mut self, len: usize);

    /// Memory that the values take, roughly.
    fn bytes(&self) -> usize;

    /// The values as an array of the type's Arrow form; the reader starts afresh.
    fn finish(&mut self) -> ArrayRef;
}

/// Writes the values of one array.
pub trait ColumnWriter: Send {
    /// Appends the text of the value in `row`.
    fn write_text(&self, row: usize, style: TextStyle, out: &mut Vec<u8>);

    /// Appends the value in `row` in the form of RowBinary.
    fn write_binary(&self, row: usize, out: &mut Vec<u8>);

    /// Appends JSON laid out over lines; only composite types have any.
    fn write_json_indented(&self, row: usize, _indent: Indent, out: &mut Vec<u8>) {
        self.write_text(row, TextStyle::Json, out);
    }

    /// Appends JSON in which only objects are laid out over lines, as Pretty shows named tuples.
    fn write_json_objects(&self, row: usize, _indent: usize, out: &mut Vec<u8>) {
        self.write_text(row, TextStyle::Json, out);
    }

    /// Appends the value as the content of an XML element.
    fn write_xml(&self, row: usize, out: &mut Vec<u8>) {
        let mut text = Vec::new();
        self.write_text(row, TextStyle::Plain, &mut text);
        write_xml_text(&text, out);
    }

    /// Whether the value in `row` is NULL.
    fn is_null(&self, _row: usize) -> bool {
        false
    }
}

/// A reader of values of this type.
pub fn reader(data_type: &DataType, options: &TextOptions) -> Box<dyn ColumnReader> {
    fn primitive<P: Primitive>(form: P) -> Box<dyn ColumnReader> {
        Box::new(PrimitiveReader::new(form))
    }
    match data_type {
        DataType::Nothing => Box::new(NothingReader::default()),
        DataType::Bool => Box::new(BoolReader::new(options)),
        DataType::UInt8 => primitive(Integer::<UInt8Type>::new(options)),
        DataType::UInt16 => primitive(Integer::<UInt16Type>::new(options)),
        DataType::UInt32 => primitive(Integer::<UInt32Type>::new(options)),
        DataType::UInt64 => primitive(Integer::<UInt64Type>::new(options)),
        DataType::Int8 => primitive(Integer::<Int8Type>::new(options)),
        DataType::Int16 => primitive(Integer::<Int16Type>::new(options)),
        DataType::Int32 => primitive(Integer::<Int32Type>::new(options)),
        DataType::Int64 | DataType::Interval(_) => primitive(Integer::<Int64Type>::new(options)),
        DataType::Int128 => Box::new(FixedBytesReader::new(BigInteger::<16, true>::new(options))),
        DataType::UInt128 => Box::new(FixedBytesReader::new(BigInteger::<16, false>::new(options))),
        DataType::Int256 => Box::new(FixedBytesReader::new(BigInteger::<32, true>::new(options))),
        DataType::UInt256 => Box::new(FixedBytesReader::new(BigInteger::<32, false>::new(options))),
        DataType::Float32 => primitive(Float32::new(options)),
        DataType::Float64 => primitive(Float64::new(options)),
        DataType::BFloat16 => primitive(BFloat16::new(options)),
        DataType::String => Box::new(StringReader::new(options)),
        DataType::FixedString(size) => Box::new(FixedStringReader::new(*size, options)),
        DataType::Date => primitive(Date),
        DataType::Date32 => primitive(Date32),
        DataType::Time => primitive(Time),
        DataType::Time64(scale) => primitive(Time64::new(*scale)),
        DataType::DateTime(zone) => primitive(DateTime::new(*zone, options)),
        DataType::DateTime64(scale, zone) => primitive(DateTime64::new(*scale, *zone, options)),
        DataType::Decimal(precision, scale) if is_narrow(*precision) => {
            primitive(Decimal::new(*precision, *scale, options))
        }
        DataType::Decimal(precision, scale) => primitive(WideDecimal::new(*precision, *scale, options)),
        DataType::Uuid => Box::new(FixedBytesReader::new(Uuid)),
        DataType::Ipv4 => primitive(Ipv4),
        DataType::Ipv6 => Box::new(FixedBytesReader::new(Ipv6)),
        DataType::Enum8(values) => primitive(Enum::<false>::new(values, options)),
        DataType::Enum16(values) => primitive(Enum::<true>::new(values, options)),
        DataType::LowCardinality(inner) => reader(inner, options),
        DataType::Nullable(inner) => Box::new(NullableReader::new(inner, options)),
        DataType::Array(inner) => Box::new(ArrayReader::new(inner, options)),
        DataType::Tuple(elements) => Box::new(TupleReader::new(elements, options)),
        DataType::Map(key, value) => Box::new(MapReader::new(key, value, options)),
    }
}

/// A writer of the values of `array`, which must be of the type's Arrow form.
pub fn writer(data_type: &DataType, array: &ArrayRef, options: &TextOptions) -> Result<Box<dyn ColumnWriter>> {
    fn primitive<P: Primitive + Sync>(form: P, array: &ArrayRef) -> Result<Box<dyn ColumnWriter>> {
        Ok(Box::new(PrimitiveWriter::new(form, array)?))
    }
    fn big<F: FixedBytes<N> + Sync, const N: usize>(form: F, array: &ArrayRef) -> Result<Box<dyn ColumnWriter>> {
        Ok(Box::new(FixedBytesWriter::new(form, array)?))
    }
    match data_type {
        DataType::Nothing => Ok(Box::new(NothingWriter)),
        DataType::Bool => Ok(Box::new(BoolWriter::new(array, options)?)),
        DataType::UInt8 => primitive(Integer::<UInt8Type>::new(options), array),
        DataType::UInt16 => primitive(Integer::<UInt16Type>::new(options), array),
        DataType::UInt32 => primitive(Integer::<UInt32Type>::new(options), array),
        DataType::UInt64 => primitive(Integer::<UInt64Type>::new(options), array),
        DataType::Int8 => primitive(Integer::<Int8Type>::new(options), array),
        DataType::Int16 => primitive(Integer::<Int16Type>::new(options), array),
        DataType::Int32 => primitive(Integer::<Int32Type>::new(options), array),
        DataType::Int64 | DataType::Interval(_) => primitive(Integer::<Int64Type>::new(options), array),
        DataType::Int128 => big(BigInteger::<16, true>::new(options), array),
        DataType::UInt128 => big(BigInteger::<16, false>::new(options), array),
        DataType::Int256 => big(BigInteger::<32, true>::new(options), array),
        DataType::UInt256 => big(BigInteger::<32, false>::new(options), array),
        DataType::Float32 => primitive(Float32::new(options), array),
        DataType::Float64 => primitive(Float64::new(options), array),
        DataType::BFloat16 => primitive(BFloat16::new(options), array),
        DataType::String => Ok(Box::new(StringWriter::new(array, options)?)),
        DataType::FixedString(_) => Ok(Box::new(FixedStringWriter::new(data_type, array, options)?)),
        DataType::Date => primitive(Date, array),
        DataType::Date32 => primitive(Date32, array),
        DataType::Time => primitive(Time, array),
        DataType::Time64(scale) => primitive(Time64::new(*scale), array),
        DataType::DateTime(zone) => primitive(DateTime::new(*zone, options), array),
        DataType::DateTime64(scale, zone) => primitive(DateTime64::new(*scale, *zone, options), array),
        DataType::Decimal(precision, scale) if is_narrow(*precision) => {
            primitive(Decimal::new(*precision, *scale, options), array)
        }
        DataType::Decimal(precision, scale) => primitive(WideDecimal::new(*precision, *scale, options), array),
        DataType::Uuid => Ok(Box::new(FixedBytesWriter::new(Uuid, array)?)),
        DataType::Ipv4 => primitive(Ipv4, array),
        DataType::Ipv6 => Ok(Box::new(FixedBytesWriter::new(Ipv6, array)?)),
        DataType::Enum8(values) => primitive(Enum::<false>::new(values, options), array),
        DataType::Enum16(values) => primitive(Enum::<true>::new(values, options), array),
        DataType::LowCardinality(inner) => writer(inner, array, options),
        DataType::Nullable(inner) => Ok(Box::new(NullableWriter::new(inner, array, options)?)),
        DataType::Array(inner) => Ok(Box::new(ArrayWriter::new(inner, array, options)?)),
        DataType::Tuple(elements) => Ok(Box::new(TupleWriter::new(elements, array, options)?)),
        DataType::Map(key, value) => Ok(Box::new(MapWriter::new(key, value, array, options)?)),
    }
}

fn is_narrow(precision: u8) -> bool {
    precision <= DECIMAL128_PRECISION_MAX
}

/// An array of `rows` defaults.
pub fn default_column(data_type: &DataType, rows: usize) -> ArrayRef {
    let mut reader = reader(data_type, &TextOptions::default());
    (0..rows).for_each(|_| reader.push_default());
    reader.finish()
}

/// An array of `rows` values of a column that was not given: defaults, but for Date32, which has another one there.
pub fn absent_column(data_type: &DataType, rows: usize) -> ArrayRef {
    match data_type {
        DataType::LowCardinality(inner) => absent_column(inner, rows),
        DataType::Date32 => Arc::new(Int32Array::from(vec![DATE32_DEFAULT; rows])),
        _ => default_column(data_type, rows),
    }
}
