//! Columns of Arrow and Parquet files to the table's types and back.
//!
//! In memory a Date is a UInt16 and a String is bytes (`gristmill_sql::types`); in files they are what every tool reads:
//! Date32, timestamps, UTF-8 text. [`import`] and [`export`] go between the two.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, FixedSizeBinaryArray, ListArray, MapArray, PrimitiveArray, RecordBatch,
    StructArray,
};
use arrow::buffer::Buffer;
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{
    DataType as ArrowType, Date32Type, Field, Fields, Float32Type, Int32Type, Int64Type, Schema, SchemaRef, TimeUnit,
    TimestampMicrosecondType, TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt16Type,
    UInt32Type,
};
use gristmill_engine::HeaderColumn;
use gristmill_sql::types::{
    ARROW_EXTENSION_KEY, ARROW_EXTENSION_UUID, DATE32_DAYS, DataType, TYPE_KEY, TimeZone, default_column,
    time_unit_scale,
};
use gristmill_sql::{Code, Error, Result, functions};

use super::FormatSettings;
use super::column_set::with_masks;

/// Which family of files.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Target {
    Arrow,
    Parquet,
}

/// Calls a reader of foreign files. Those of the arrow and parquet crates panic on some bytes that are none of theirs;
/// for whoever sent the bytes that is an error like any other.
pub fn shielded<T>(what: &str, read: impl FnOnce() -> Result<T>) -> Result<T> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(read)).unwrap_or_else(|_| {
        Err(Error::new(
            Code::INCORRECT_DATA,
            format!("Error while reading {what}: the data is damaged"),
        ))
    })
}

/// The columns of a file as ClickHouse takes them when no structure is given.
pub fn header(schema: &Schema) -> Result<Vec<HeaderColumn>> {
    let column = |field: &Arc<Field>| {
        let data_type = natural_type(field)?;
        Ok(HeaderColumn {
            name: field.name().clone(),
            data_type,
        })
    };
    schema.fields().iter().map(column).collect()
}

/// The field with Arrow's mark of a UUID.
pub fn as_uuid(field: Field) -> Field {
    let mark = (ARROW_EXTENSION_KEY.to_string(), ARROW_EXTENSION_UUID.to_string());
    field.with_metadata([mark].into())
}

/// The ClickHouse type of a file's field.
fn natural_type(field: &Field) -> Result<DataType> {
    let mut metadata = field.metadata().clone();
    metadata.remove(TYPE_KEY);
    let plain = field.clone().with_metadata(metadata);
    DataType::from_field(&plain)
        .map_err(|error| Error::new(error.code, format!("{}: (column {})", error.message, field.name())))
}

/// The columns of the header in its types; defaults where the batch has none or NULL that the type has not.
pub fn import_batch(batch: &RecordBatch, header: &[HeaderColumn], settings: &FormatSettings) -> Result<RecordBatch> {
    let context = functions::Context {
        time_zone: settings.text.time_zone,
        ..functions::Context::default()
    };
    let rows = batch.num_rows();
    let mut fields = Vec::with_capacity(header.len());
    let mut arrays = Vec::with_capacity(header.len());
    let mut masks = Vec::new();
    for column in header {
        fields.push(column.data_type.field(&column.name));
        let Some((index, given)) = batch.schema_ref().column_with_name(&column.name) else {
            arrays.push(default_column(&column.data_type, rows));
            masks.push((column.name.as_str(), BooleanArray::from(vec![true; rows])));
            continue;
        };
        let array = import(batch.column(index), given, &column.data_type, &context).map_err(|error| {
            let message = format!("{}: (while converting column {})", error.message, column.name);
            Error::new(error.code, message)
        })?;
        if array.null_count() > 0 && !column.data_type.is_nullable() {
            if !settings.text.null_as_default {
                let message = format!("Cannot insert NULL value into non-nullable column {}", column.name);
                return Err(Error::new(Code::CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN, message));
            }
            masks.push((column.name.as_str(), arrow::compute::is_null(&array)?));
        }
        arrays.push(defaults_for_nulls(array, &column.data_type)?);
    }
    with_masks(fields, arrays, masks, rows)
}

/// Converts one column of a file.
fn import(array: &ArrayRef, field: &Field, to: &DataType, context: &functions::Context) -> Result<ArrayRef> {
    if let (Some(items), DataType::Array(item)) = (list_item(field), to) {
        let list = cast(array, &ArrowType::List(items.clone()))?;
        let list = list.as_list::<i32>();
        let values = import(list.values(), &items, item, context)?;
        let values = defaults_for_nulls(values, item)?;
        return Ok(Arc::new(ListArray::new(
            item.item_field(),
            list.offsets().clone(),
            values,
            list.nulls().cloned(),
        )));
    }
    if let (ArrowType::Map(..), DataType::Map(key, value)) = (field.data_type(), to) {
        return import_map(array.as_map(), key, value, context);
    }
    if let (ArrowType::Struct(fields), DataType::Tuple(elements)) = (field.data_type(), to.bare()) {
        let given = array.as_struct();
        let ArrowType::Struct(wanted) = to.arrow() else {
            unreachable!("a tuple is a struct")
        };
        let by_name = elements.iter().all(|element| element.name.is_some());
        let mut columns = Vec::with_capacity(elements.len());
        for (index, element) in elements.iter().enumerate() {
            let at = match (&element.name, by_name) {
                (Some(name), true) => fields.iter().position(|field| field.name() == name),
                _ => (index < fields.len()).then_some(index),
            };
            columns.push(match at {
                Some(at) => {
                    let column = import(given.column(at), &fields[at], &element.data_type, context)?;
                    defaults_for_nulls(column, &element.data_type)?
                }
                None => default_column(&element.data_type, given.len()),
            });
        }
        return Ok(Arc::new(StructArray::try_new_with_length(
            wanted,
            columns,
            given.nulls().cloned(),
            given.len(),
        )?));
    }
    let natural = natural_type(field)?.strip_nullable().strip_low_cardinality();
    let array = to_memory(array, &natural)?;
    match (&natural, to.bare()) {
        (from, to) if from == to => Ok(array),
        // Two bytes each are how BFloat16 travels where there is no such type.
        (DataType::FixedString(2), DataType::BFloat16) => {
            let bytes = array.as_fixed_size_binary();
            let bits = |value: &[u8]| u16::from_le_bytes([value[0], value[1]]);
            Ok(Arc::new(
                bytes
                    .iter()
                    .map(|value| value.map(bits))
                    .collect::<PrimitiveArray<UInt16Type>>(),
            ))
        }
        (DataType::FixedString(16), DataType::Int128 | DataType::UInt128)
        | (DataType::FixedString(32), DataType::Int256 | DataType::UInt256) => Ok(exchanged(&array, to.bare(), false)),
        (DataType::FixedString(16), DataType::Uuid | DataType::Ipv6) => Ok(array),
        (DataType::Time64(scale), DataType::Time) => {
            let unit = 10i64.pow(u32::from(*scale));
            let seconds = array.as_primitive::<Int64Type>();
            Ok(Arc::new(seconds.unary::<_, Int32Type>(|ticks| (ticks / unit) as i32)))
        }
        // A day that Date does not have becomes its first or last one.
        (DataType::Date32, DataType::Date) => {
            let clamp = |day: i32| day.clamp(0, i32::from(u16::MAX)) as u16;
            Ok(Arc::new(
                array.as_primitive::<Int32Type>().unary::<_, UInt16Type>(clamp),
            ))
        }
        (from, _) => functions::cast_array(&array, from, &to.strip_low_cardinality().strip_nullable(), context),
    }
}

/// A map of a file; keys that are NULL are defaults.
fn import_map(array: &MapArray, key: &DataType, value: &DataType, context: &functions::Context) -> Result<ArrayRef> {
    let map = DataType::Map(Box::new(key.clone()), Box::new(value.clone())).arrow();
    let (ArrowType::List(pair), ArrowType::Struct(given)) = (map, array.entries().data_type().clone()) else {
        unreachable!("a map is a list of pairs")
    };
    let ArrowType::Struct(fields) = pair.data_type().clone() else {
        unreachable!("a pair is a struct")
    };
    let keys = import(array.keys(), &given[0], key, context)?;
    let values = import(array.values(), &given[1], value, context)?;
    let columns = vec![defaults_for_nulls(keys, key)?, defaults_for_nulls(values, value)?];
    let pairs = StructArray::try_new(fields, columns, None)?;
    let (offsets, nulls) = (array.offsets().clone(), array.nulls().cloned());
    Ok(Arc::new(ListArray::try_new(pair, offsets, Arc::new(pairs), nulls)?))
}

/// The item's field of any kind of list.
fn list_item(field: &Field) -> Option<Arc<Field>> {
    match field.data_type() {
        ArrowType::List(item) | ArrowType::LargeList(item) | ArrowType::FixedSizeList(item, _) => Some(item.clone()),
        _ => None,
    }
}

/// NULL that the type does not have becomes its default.
fn defaults_for_nulls(array: ArrayRef, data_type: &DataType) -> Result<ArrayRef> {
    if array.null_count() == 0 || data_type.is_nullable() {
        return Ok(array);
    }
    let defaults = default_column(data_type, array.len());
    let present = arrow::compute::is_not_null(&array)?;
    let filled = arrow::compute::kernels::zip::zip(&present, &array, &defaults)?;
    // The kernel keeps a buffer of NULLs that are none any more.
    let data = filled.to_data().into_builder().nulls(None).build()?;
    Ok(arrow::array::make_array(data))
}

/// Brings an array to the form in memory of its natural type.
fn to_memory(array: &ArrayRef, natural: &DataType) -> Result<ArrayRef> {
    match (array.data_type(), natural) {
        (ArrowType::Dictionary(_, values), _) => to_memory(&cast(array, values)?, natural),
        // What is no day of the calendar becomes its first or last one.
        (ArrowType::Date32, _) => {
            let days = array.as_primitive::<Date32Type>();
            let clamp = |day: i32| i64::from(day).clamp(*DATE32_DAYS.start(), *DATE32_DAYS.end()) as i32;
            Ok(Arc::new(days.unary::<_, Int32Type>(clamp)))
        }
        (ArrowType::Time32(_), _) => cast(&cast(array, &ArrowType::Int32)?, &ArrowType::Int64),
        (ArrowType::Time64(_), _) => cast(array, &ArrowType::Int64),
        (ArrowType::Timestamp(..), _) => cast(array, &ArrowType::Int64),
        (from, _) if *from == natural.arrow() => Ok(array.clone()),
        _ => cast(array, &natural.arrow()),
    }
}

fn cast(array: &ArrayRef, to: &ArrowType) -> Result<ArrayRef> {
    if array.data_type() == to {
        return Ok(array.clone());
    }
    let options = CastOptions {
        safe: false,
        ..CastOptions::default()
    };
    Ok(cast_with_options(array, to, &options)?)
}

/// The schema of a file with these columns.
pub fn export_schema(header: &[HeaderColumn], target: Target, settings: &FormatSettings) -> SchemaRef {
    let field = |column: &HeaderColumn| export_field(&column.name, &column.data_type, target, settings);
    Arc::new(Schema::new(header.iter().map(field).collect::<Vec<_>>()))
}

fn export_field(name: &str, data_type: &DataType, target: Target, settings: &FormatSettings) -> Field {
    let field = Field::new(name, export_type(data_type, target, settings), data_type.is_nullable());
    match data_type.bare() {
        DataType::Uuid => as_uuid(field),
        DataType::Nothing => field.with_nullable(true),
        _ => field,
    }
}

fn export_type(data_type: &DataType, target: Target, settings: &FormatSettings) -> ArrowType {
    let parquet = target == Target::Parquet;
    match data_type {
        DataType::String if parquet && settings.parquet_string_as_string => ArrowType::Utf8,
        DataType::String if !parquet && settings.arrow_string_as_string => ArrowType::Utf8,
        DataType::BFloat16 => ArrowType::Float32,
        DataType::Date | DataType::Date32 => ArrowType::Date32,
        DataType::Time => time_type(0, parquet),
        DataType::Time64(scale) => time_type(*scale, parquet),
        DataType::DateTime(_) if parquet => ArrowType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
        DataType::DateTime64(scale, zone) => {
            let zone = zone.filter(|_| !parquet).unwrap_or(TimeZone::UTC);
            ArrowType::Timestamp(time_unit(*scale, parquet), Some(zone.name().into()))
        }
        DataType::Enum8(_) | DataType::Enum16(_) if parquet => ArrowType::Utf8,
        DataType::LowCardinality(inner) | DataType::Nullable(inner) => export_type(inner, target, settings),
        DataType::Array(inner) => {
            let name = if parquet { "element" } else { "item" };
            ArrowType::List(Arc::new(export_field(name, inner, target, settings)))
        }
        DataType::Map(key, value) => {
            let fields = Fields::from(vec![
                export_field("key", key, target, settings),
                export_field("value", value, target, settings),
            ]);
            let name = if parquet { "key_value" } else { "entries" };
            let entries = Field::new(name, ArrowType::Struct(fields), false);
            ArrowType::Map(Arc::new(entries), false)
        }
        DataType::Tuple(elements) => {
            let field = |(index, element): (usize, &gristmill_sql::types::TupleElement)| {
                let name = element.name.clone().unwrap_or_else(|| (index + 1).to_string());
                export_field(&name, &element.data_type, target, settings)
            };
            ArrowType::Struct(elements.iter().enumerate().map(field).collect::<Fields>())
        }
        other => other.arrow(),
    }
}

/// The unit that holds a DateTime64 of this scale. Parquet has no seconds.
fn time_unit(scale: u8, parquet: bool) -> TimeUnit {
    match scale {
        0 if !parquet => TimeUnit::Second,
        0..=3 => TimeUnit::Millisecond,
        4..=6 => TimeUnit::Microsecond,
        _ => TimeUnit::Nanosecond,
    }
}

/// Big integers between memory, with the highest byte first and the sign turned over, and files, with the lowest first.
fn exchanged(array: &ArrayRef, data_type: &DataType, out: bool) -> ArrayRef {
    let values = array.as_fixed_size_binary();
    let width = values.value_length() as usize;
    let sign = if data_type.has_sign() { 0x80 } else { 0 };
    let mut bytes = values.value_data().to_vec();
    for value in bytes.chunks_exact_mut(width) {
        value.reverse();
        value[if out { width - 1 } else { 0 }] ^= sign;
    }
    let bytes = Buffer::from_vec(bytes);
    let array = FixedSizeBinaryArray::new(values.value_length(), bytes, values.nulls().cloned());
    Arc::new(array)
}

/// The type that holds a Time64 of this scale; a Time has none.
fn time_type(scale: u8, parquet: bool) -> ArrowType {
    match time_unit(scale, parquet) {
        unit @ (TimeUnit::Second | TimeUnit::Millisecond) => ArrowType::Time32(unit),
        unit => ArrowType::Time64(unit),
    }
}

/// Times in another unit.
fn times(array: &ArrayRef, scale: u8, to: &ArrowType) -> Result<ArrayRef> {
    let ticks = cast(array, &ArrowType::Int64)?;
    let unit = match to {
        ArrowType::Time32(unit) | ArrowType::Time64(unit) => unit,
        _ => return cast(array, to),
    };
    let factor = 10i64.pow(u32::from(time_unit_scale(unit) - scale));
    let ticks: ArrayRef = Arc::new(
        ticks
            .as_primitive::<Int64Type>()
            .unary::<_, Int64Type>(|value| value * factor),
    );
    match to {
        ArrowType::Time32(_) => cast(&cast(&ticks, &ArrowType::Int32)?, to),
        _ => cast(&ticks, to),
    }
}

/// A batch in the form of files.
pub fn export_batch(batch: &RecordBatch, header: &[HeaderColumn], schema: &SchemaRef) -> Result<RecordBatch> {
    let mut arrays = Vec::with_capacity(header.len());
    for ((column, field), array) in header.iter().zip(schema.fields()).zip(batch.columns()) {
        let located = |error: Error| {
            Error::new(
                error.code,
                format!("{}: (while converting column {})", error.message, column.name),
            )
        };
        arrays.push(export(array, &column.data_type, field.data_type()).map_err(located)?);
    }
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(schema.clone(), arrays, &options)?)
}

fn export(array: &ArrayRef, data_type: &DataType, to: &ArrowType) -> Result<ArrayRef> {
    match (data_type, to) {
        (DataType::LowCardinality(inner) | DataType::Nullable(inner), _) => export(array, inner, to),
        (DataType::String, ArrowType::Utf8) => cast(array, to).map_err(|_| {
            let message = "A String is not UTF-8; set output_format_arrow_string_as_string and \
                           output_format_parquet_string_as_string to 0 to write bytes";
            Error::new(Code::BAD_ARGUMENTS, message)
        }),
        (DataType::BFloat16, _) => {
            let bits = array.as_primitive::<UInt16Type>();
            Ok(Arc::new(
                bits.unary::<_, Float32Type>(|bits| half::bf16::from_bits(bits).to_f32()),
            ))
        }
        (DataType::Date, _) => Ok(Arc::new(
            array.as_primitive::<UInt16Type>().unary::<_, Date32Type>(i32::from),
        )),
        (DataType::Date32, _) => Ok(Arc::new(
            array.as_primitive::<Int32Type>().reinterpret_cast::<Date32Type>(),
        )),
        (DataType::Time, _) => times(array, 0, to),
        (DataType::Time64(scale), _) => times(array, *scale, to),
        (DataType::DateTime(_), ArrowType::Timestamp(unit, zone)) => {
            let seconds: PrimitiveArray<Int64Type> = array.as_primitive::<UInt32Type>().unary(i64::from);
            timestamps(&seconds, 0, unit, zone.clone())
        }
        (DataType::DateTime64(scale, _), ArrowType::Timestamp(unit, zone)) => {
            timestamps(array.as_primitive::<Int64Type>(), *scale, unit, zone.clone())
        }
        (DataType::Enum8(_) | DataType::Enum16(_), ArrowType::Utf8) => {
            let context = functions::Context::default();
            let names = functions::cast_array(array, data_type, &DataType::String, &context)?;
            cast(&names, to)
        }
        (DataType::Array(inner), ArrowType::List(item)) => {
            let list = array.as_list::<i32>();
            // Offsets of a slice need not begin at 0, and the values before them need not be converted.
            let values = export(list.values(), inner, item.data_type())?;
            Ok(Arc::new(ListArray::try_new(
                item.clone(),
                list.offsets().clone(),
                values,
                list.nulls().cloned(),
            )?))
        }
        (DataType::Map(key, value), ArrowType::Map(entries, sorted)) => {
            let ArrowType::Struct(fields) = entries.data_type() else {
                unreachable!("a map has pairs")
            };
            let list = array.as_list::<i32>();
            let pairs = list.values().as_struct();
            let columns = vec![
                export(pairs.column(0), key, fields[0].data_type())?,
                export(pairs.column(1), value, fields[1].data_type())?,
            ];
            let pairs = StructArray::try_new(fields.clone(), columns, None)?;
            let (offsets, nulls) = (list.offsets().clone(), list.nulls().cloned());
            Ok(Arc::new(MapArray::try_new(
                entries.clone(),
                offsets,
                pairs,
                nulls,
                *sorted,
            )?))
        }
        (DataType::Tuple(elements), ArrowType::Struct(fields)) => {
            let given = array.as_struct();
            let columns = elements
                .iter()
                .zip(fields)
                .zip(given.columns())
                .map(|((element, field), column)| export(column, &element.data_type, field.data_type()))
                .collect::<Result<Vec<_>>>()?;
            let nulls = given.nulls().cloned();
            Ok(Arc::new(StructArray::try_new_with_length(
                fields.clone(),
                columns,
                nulls,
                given.len(),
            )?))
        }
        (big, ArrowType::FixedSizeBinary(_)) if big.is_big_integer() => Ok(exchanged(array, big, true)),
        (DataType::FixedString(_) | DataType::Uuid | DataType::Ipv6, ArrowType::FixedSizeBinary(size)) => {
            let values = array.as_fixed_size_binary();
            let bytes = Buffer::from_slice_ref(values.value_data());
            Ok(Arc::new(FixedSizeBinaryArray::try_new(
                *size,
                bytes,
                values.nulls().cloned(),
            )?))
        }
        _ => cast(array, to),
    }
}

fn timestamps(
    ticks: &PrimitiveArray<Int64Type>,
    scale: u8,
    unit: &TimeUnit,
    zone: Option<Arc<str>>,
) -> Result<ArrayRef> {
    let factor = 10i64.pow(u32::from(time_unit_scale(unit) - scale));
    let overflow = || arrow::error::ArrowError::ComputeError("a DateTime64 is out of the range of timestamps".into());
    let scaled = ticks.try_unary::<_, Int64Type, _>(|value| value.checked_mul(factor).ok_or_else(overflow))?;
    Ok(match unit {
        TimeUnit::Second => Arc::new(scaled.reinterpret_cast::<TimestampSecondType>().with_timezone_opt(zone)),
        TimeUnit::Millisecond => Arc::new(
            scaled
                .reinterpret_cast::<TimestampMillisecondType>()
                .with_timezone_opt(zone),
        ),
        TimeUnit::Microsecond => Arc::new(
            scaled
                .reinterpret_cast::<TimestampMicrosecondType>()
                .with_timezone_opt(zone),
        ),
        TimeUnit::Nanosecond => Arc::new(
            scaled
                .reinterpret_cast::<TimestampNanosecondType>()
                .with_timezone_opt(zone),
        ),
    })
}
