//! Bytes of a column to an Arrow array.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, FixedSizeBinaryArray, ListArray, NullArray,
    PrimitiveArray, StructArray, make_array,
};
use arrow::buffer::{BooleanBuffer, Buffer, MutableBuffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{
    DataType as ArrowType, FieldRef, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type,
    UInt16Type, UInt32Type, UInt64Type,
};
use gristmill_sql::types::{DataType, EnumValues, IPV6_BYTES};
use gristmill_sql::{Code, Error, Result};

use super::super::wire::Wire;
use super::sparse::{self, Kinds};
use super::{UUID_BYTES, decimal, low_cardinality, strings, swap_uuid};

/// Memory that is reserved for a column before its bytes have arrived.
const RESERVED_BYTES_MAX: usize = 1 << 20;

/// Memory that the values of one block may take beyond the bytes that were sent for them: dictionaries and sparse
/// columns say much in few bytes.
const EXPANDED_BYTES_MAX: usize = 1 << 30;

/// What is left of the memory that one block may take beyond its own bytes.
pub struct Budget(usize);

impl Default for Budget {
    fn default() -> Budget {
        Budget(EXPANDED_BYTES_MAX)
    }
}

impl Budget {
    /// Takes so many bytes.
    pub(super) fn take(&mut self, bytes: usize) -> Result<()> {
        self.0 = self.0.checked_sub(bytes).ok_or_else(|| {
            let message =
                format!("A block with dictionaries or sparse columns takes more than {EXPANDED_BYTES_MAX} bytes");
            Error::new(Code::TOO_LARGE_ARRAY_SIZE, message)
        })?;
        Ok(())
    }
}

/// Reads a column of so many values.
pub fn read(
    data_type: &DataType,
    rows: usize,
    kinds: Option<&Kinds>,
    wire: &mut Wire<'_>,
    budget: &mut Budget,
) -> Result<ArrayRef> {
    read_prefix(data_type, wire)?;
    sparse::read(data_type, rows, kinds, wire, budget)
}

/// What stands before a column's values, wherever in it the type that needs it is.
fn read_prefix(data_type: &DataType, wire: &mut Wire<'_>) -> Result<()> {
    match data_type {
        DataType::LowCardinality(_) => low_cardinality::read_prefix(wire),
        DataType::Nullable(inner) | DataType::Array(inner) => read_prefix(inner, wire),
        DataType::Map(key, value) => read_prefix(key, wire).and_then(|()| read_prefix(value, wire)),
        DataType::Tuple(elements) => elements.iter().try_for_each(|it| read_prefix(&it.data_type, wire)),
        _ => Ok(()),
    }
}

/// Reads values one after another.
pub(super) fn read_values(
    data_type: &DataType,
    rows: usize,
    wire: &mut Wire<'_>,
    budget: &mut Budget,
) -> Result<ArrayRef> {
    Ok(match data_type {
        DataType::Nothing => {
            wire.skip(rows)?;
            Arc::new(NullArray::new(rows))
        }
        DataType::Bool => {
            let bytes = read_bytes(1, rows, wire)?;
            Arc::new(BooleanArray::new(
                BooleanBuffer::collect_bool(rows, |row| bytes[row] != 0),
                None,
            ))
        }
        DataType::UInt8 => primitive::<UInt8Type>(rows, wire)?,
        DataType::UInt16 | DataType::Date | DataType::BFloat16 => primitive::<UInt16Type>(rows, wire)?,
        DataType::UInt32 | DataType::DateTime(_) | DataType::Ipv4 => primitive::<UInt32Type>(rows, wire)?,
        DataType::UInt64 => primitive::<UInt64Type>(rows, wire)?,
        DataType::Int8 => primitive::<Int8Type>(rows, wire)?,
        DataType::Int16 => primitive::<Int16Type>(rows, wire)?,
        DataType::Int32 | DataType::Date32 | DataType::Time => primitive::<Int32Type>(rows, wire)?,
        DataType::Int64 | DataType::DateTime64(..) | DataType::Time64(_) | DataType::Interval(_) => {
            primitive::<Int64Type>(rows, wire)?
        }
        DataType::Float32 => primitive::<Float32Type>(rows, wire)?,
        DataType::Float64 => primitive::<Float64Type>(rows, wire)?,
        DataType::Enum8(values) => {
            let array = primitive::<Int8Type>(rows, wire)?;
            check_enum::<Int8Type>(&array, values)?;
            array
        }
        DataType::Enum16(values) => {
            let array = primitive::<Int16Type>(rows, wire)?;
            check_enum::<Int16Type>(&array, values)?;
            array
        }
        DataType::Decimal(precision, scale) => decimal::read(*precision, *scale, rows, wire)?,
        DataType::String => strings::read(rows, wire)?,
        DataType::FixedString(size) => {
            let bytes = read_bytes(*size, rows, wire)?;
            Arc::new(FixedSizeBinaryArray::try_new(*size as i32, bytes, None)?)
        }
        DataType::Int128 | DataType::UInt128 => big_integer::<16>(data_type, rows, wire)?,
        DataType::Int256 | DataType::UInt256 => big_integer::<32>(data_type, rows, wire)?,
        DataType::Ipv6 => {
            let bytes = read_bytes(IPV6_BYTES, rows, wire)?;
            Arc::new(FixedSizeBinaryArray::try_new(IPV6_BYTES as i32, bytes, None)?)
        }
        DataType::Uuid => {
            let bytes = read_bytes(UUID_BYTES, rows, wire)?;
            let mut swapped = Vec::with_capacity(bytes.len());
            bytes
                .chunks_exact(UUID_BYTES)
                .for_each(|uuid| swap_uuid(uuid, &mut swapped));
            Arc::new(FixedSizeBinaryArray::try_new(
                UUID_BYTES as i32,
                Buffer::from_vec(swapped),
                None,
            )?)
        }
        DataType::LowCardinality(inner) => low_cardinality::read(inner, rows, wire, budget)?,
        DataType::Nullable(inner) => read_nullable(inner, rows, wire, budget)?,
        DataType::Array(inner) => {
            let offsets = read_offsets(rows, wire)?;
            let items = read_values(inner, offsets.last().copied().unwrap_or(0) as usize, wire, budget)?;
            Arc::new(ListArray::try_new(inner.item_field(), offsets, items, None)?)
        }
        DataType::Map(key, value) => read_map(data_type, key, value, rows, wire, budget)?,
        DataType::Tuple(elements) if elements.is_empty() => {
            wire.skip(rows)?;
            Arc::new(StructArray::new_empty_fields(rows, None))
        }
        DataType::Tuple(elements) => {
            let read =
                |element: &gristmill_sql::types::TupleElement| read_values(&element.data_type, rows, wire, budget);
            let columns = elements.iter().map(read).collect::<Result<_>>()?;
            tuple(data_type, columns, rows)?
        }
    })
}

/// A tuple of these columns.
pub(super) fn tuple(data_type: &DataType, columns: Vec<ArrayRef>, rows: usize) -> Result<ArrayRef> {
    let ArrowType::Struct(fields) = data_type.arrow() else {
        unreachable!("a tuple is a struct")
    };
    Ok(Arc::new(StructArray::try_new_with_length(fields, columns, None, rows)?))
}

/// So many values of a fixed size, aligned for any type.
pub(super) fn read_bytes(size: usize, rows: usize, wire: &mut Wire<'_>) -> Result<Buffer> {
    let count = size.checked_mul(rows).ok_or_else(|| {
        let message = format!("A column of {rows} values of {size} bytes does not fit into memory");
        Error::new(Code::TOO_LARGE_ARRAY_SIZE, message)
    })?;
    let mut bytes = MutableBuffer::with_capacity(count.min(RESERVED_BYTES_MAX));
    wire.chunks(count, |chunk| bytes.extend_from_slice(chunk))?;
    Ok(bytes.into())
}

fn primitive<T: ArrowPrimitiveType>(rows: usize, wire: &mut Wire<'_>) -> Result<ArrayRef> {
    let bytes = read_bytes(size_of::<T::Native>(), rows, wire)?;
    Ok(Arc::new(PrimitiveArray::<T>::new(
        ScalarBuffer::new(bytes, 0, rows),
        None,
    )))
}

/// Integers that memory has with their highest byte first, and the sign turned over.
fn big_integer<const N: usize>(data_type: &DataType, rows: usize, wire: &mut Wire<'_>) -> Result<ArrayRef> {
    let mut bytes = read_bytes(N, rows, wire)?.to_vec();
    for value in bytes.chunks_exact_mut(N) {
        value.reverse();
        value[0] ^= if data_type.has_sign() { 0x80 } else { 0 };
    }
    let bytes = Buffer::from_vec(bytes);
    Ok(Arc::new(FixedSizeBinaryArray::try_new(N as i32, bytes, None)?))
}

/// Every value of an enumeration has a name; what stands under NULL has none.
fn check_enum<T: ArrowPrimitiveType<Native: Into<i16>>>(array: &ArrayRef, values: &EnumValues) -> Result<()> {
    let mut last = None;
    for value in array.as_primitive::<T>().iter().flatten() {
        let value: i16 = value.into();
        if last == Some(value) {
            continue;
        }
        if values.name(value).is_none() {
            let message = format!("Unexpected value {value} in enum");
            return Err(Error::new(Code::BAD_ARGUMENTS, message));
        }
        last = Some(value);
    }
    Ok(())
}

fn read_nullable(inner: &DataType, rows: usize, wire: &mut Wire<'_>, budget: &mut Budget) -> Result<ArrayRef> {
    let map = read_bytes(1, rows, wire)?;
    let is_null = |row: usize| map[row] != 0;
    match inner {
        DataType::Enum8(values) => {
            let array = with_nulls(primitive::<Int8Type>(rows, wire)?, is_null)?;
            check_enum::<Int8Type>(&array, values).map(|()| array)
        }
        DataType::Enum16(values) => {
            let array = with_nulls(primitive::<Int16Type>(rows, wire)?, is_null)?;
            check_enum::<Int16Type>(&array, values).map(|()| array)
        }
        _ => with_nulls(read_values(inner, rows, wire, budget)?, is_null),
    }
}

/// The values, NULL where `is_null` says so.
pub(super) fn with_nulls(values: ArrayRef, is_null: impl Fn(usize) -> bool) -> Result<ArrayRef> {
    // A NullArray counts every row as NULL without a buffer.
    if values.data_type().is_null() {
        return Ok(values);
    }
    let nulls = NullBuffer::new(BooleanBuffer::collect_bool(values.len(), |row| !is_null(row)));
    if nulls.null_count() == 0 {
        return Ok(values);
    }
    Ok(make_array(values.to_data().into_builder().nulls(Some(nulls)).build()?))
}

/// Where each array ends, as Arrow counts it.
fn read_offsets(rows: usize, wire: &mut Wire<'_>) -> Result<OffsetBuffer<i32>> {
    let bytes = read_bytes(size_of::<u64>(), rows, wire)?;
    let ends = ScalarBuffer::<u64>::new(bytes, 0, rows);
    let mut offsets = Vec::with_capacity(rows + 1);
    offsets.push(0i32);
    let mut last = 0;
    for end in ends.iter().copied() {
        let Some(offset) = i32::try_from(end).ok().filter(|_| end >= last) else {
            let message = format!("Arrays of a block end at element {last} and then at {end}");
            return Err(Error::new(Code::TOO_LARGE_ARRAY_SIZE, message));
        };
        offsets.push(offset);
        last = end;
    }
    Ok(OffsetBuffer::new(offsets.into()))
}

fn read_map(
    data_type: &DataType,
    key: &DataType,
    value: &DataType,
    rows: usize,
    wire: &mut Wire<'_>,
    budget: &mut Budget,
) -> Result<ArrayRef> {
    let ArrowType::List(item) = data_type.arrow() else {
        unreachable!("a map is a list")
    };
    let offsets = read_offsets(rows, wire)?;
    let count = offsets.last().copied().unwrap_or(0) as usize;
    let keys = read_values(key, count, wire, budget)?;
    let values = read_values(value, count, wire, budget)?;
    let pairs = pairs(&item, keys, values)?;
    Ok(Arc::new(ListArray::try_new(item, offsets, pairs, None)?))
}

fn pairs(item: &FieldRef, keys: ArrayRef, values: ArrayRef) -> Result<ArrayRef> {
    let ArrowType::Struct(fields) = item.data_type() else {
        unreachable!("a map's items are pairs")
    };
    Ok(Arc::new(StructArray::try_new(
        fields.clone(),
        vec![keys, values],
        None,
    )?))
}
