//! An Arrow array to the bytes of a column.

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, FixedSizeBinaryArray, ListArray};
use arrow::datatypes::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, ToByteSlice, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use gristmill_sql::types::DataType;
use gristmill_sql::{Code, Error, Result};

use super::{NO_VALUE, UUID_BYTES, decimal, low_cardinality, nulls, strings, swap_uuid};

/// Appends a column.
pub fn write(data_type: &DataType, array: &ArrayRef, out: &mut Vec<u8>) -> Result<()> {
    write_prefix(data_type, out);
    write_values(data_type, array, out)
}

/// What stands before a column's values, wherever in it the type that needs it is.
fn write_prefix(data_type: &DataType, out: &mut Vec<u8>) {
    match data_type {
        DataType::LowCardinality(_) => low_cardinality::write_prefix(out),
        DataType::Nullable(inner) | DataType::Array(inner) => write_prefix(inner, out),
        DataType::Map(key, value) => {
            write_prefix(key, out);
            write_prefix(value, out);
        }
        DataType::Tuple(elements) => elements.iter().for_each(|it| write_prefix(&it.data_type, out)),
        _ => {}
    }
}

/// Appends values one after another. NULLs are defaults: the byte that says so has been written before.
pub(super) fn write_values(data_type: &DataType, array: &ArrayRef, out: &mut Vec<u8>) -> Result<()> {
    let wrong = || wrong_array(array, data_type);
    match data_type {
        DataType::Nothing => out.resize(out.len() + array.len(), NO_VALUE),
        DataType::Bool => {
            let array = array.as_boolean_opt().ok_or_else(wrong)?;
            match array.nulls() {
                None => out.extend(array.values().iter().map(u8::from)),
                Some(nulls) => out.extend((array.values() & nulls.inner()).iter().map(u8::from)),
            }
        }
        DataType::UInt8 => primitive::<UInt8Type>(data_type, array, out)?,
        DataType::UInt16 | DataType::Date | DataType::BFloat16 => primitive::<UInt16Type>(data_type, array, out)?,
        DataType::UInt32 | DataType::DateTime(_) | DataType::Ipv4 => primitive::<UInt32Type>(data_type, array, out)?,
        DataType::UInt64 => primitive::<UInt64Type>(data_type, array, out)?,
        DataType::Int8 | DataType::Enum8(_) => primitive::<Int8Type>(data_type, array, out)?,
        DataType::Int16 | DataType::Enum16(_) => primitive::<Int16Type>(data_type, array, out)?,
        DataType::Int32 | DataType::Date32 | DataType::Time => primitive::<Int32Type>(data_type, array, out)?,
        DataType::Int64 | DataType::DateTime64(..) | DataType::Time64(_) | DataType::Interval(_) => {
            primitive::<Int64Type>(data_type, array, out)?;
        }
        DataType::Float32 => primitive::<Float32Type>(data_type, array, out)?,
        DataType::Float64 => primitive::<Float64Type>(data_type, array, out)?,
        DataType::Decimal(precision, _) => {
            if !decimal::write(*precision, array, out) {
                return Err(wrong());
            }
        }
        DataType::String => strings::write(array.as_binary_opt::<i32>().ok_or_else(wrong)?, out),
        DataType::FixedString(_)
        | DataType::Uuid
        | DataType::Ipv6
        | DataType::Int128
        | DataType::UInt128
        | DataType::Int256
        | DataType::UInt256 => {
            let filled = nulls::filled(array, data_type)?;
            fixed(data_type, filled.as_fixed_size_binary_opt().ok_or_else(wrong)?, out);
        }
        DataType::LowCardinality(inner) => low_cardinality::write(inner, array, out)?,
        DataType::Nullable(inner) => {
            nulls::write_map(array, out);
            write_values(inner, array, out)?;
        }
        DataType::Array(inner) => {
            let filled = nulls::filled(array, data_type)?;
            let items = write_offsets(filled.as_list_opt::<i32>().ok_or_else(wrong)?, out);
            write_values(inner, &items, out)?;
        }
        DataType::Map(key, value) => {
            let filled = nulls::filled(array, data_type)?;
            let pairs = write_offsets(filled.as_list_opt::<i32>().ok_or_else(wrong)?, out);
            let pairs = pairs
                .as_struct_opt()
                .filter(|it| it.num_columns() == 2)
                .ok_or_else(wrong)?;
            write_values(key, pairs.column(0), out)?;
            write_values(value, pairs.column(1), out)?;
        }
        DataType::Tuple(elements) if elements.is_empty() => out.resize(out.len() + array.len(), NO_VALUE),
        DataType::Tuple(elements) => {
            let filled = nulls::filled(array, data_type)?;
            let columns = filled.as_struct_opt().filter(|it| it.num_columns() == elements.len());
            let columns = columns.ok_or_else(wrong)?.columns();
            for (element, column) in elements.iter().zip(columns) {
                write_values(&element.data_type, column, out)?;
            }
        }
    }
    Ok(())
}

fn primitive<T: ArrowPrimitiveType>(data_type: &DataType, array: &ArrayRef, out: &mut Vec<u8>) -> Result<()> {
    let array = array
        .as_primitive_opt::<T>()
        .ok_or_else(|| wrong_array(array, data_type))?;
    if array.null_count() == 0 {
        out.extend_from_slice(array.values().inner().as_slice());
    } else {
        out.reserve(size_of::<T::Native>() * array.len());
        nulls::each(array, |value| out.extend_from_slice(value.to_byte_slice()));
    }
    Ok(())
}

fn fixed(data_type: &DataType, array: &FixedSizeBinaryArray, out: &mut Vec<u8>) {
    let bytes = array.value_data();
    match data_type {
        big if big.is_big_integer() => {
            for value in array.iter().flatten() {
                let start = out.len();
                out.extend(value.iter().rev());
                let last = out.len() - 1;
                debug_assert!(last > start, "a big integer has bytes");
                out[last] ^= if big.has_sign() { 0x80 } else { 0 };
            }
        }
        DataType::Uuid => bytes.chunks_exact(UUID_BYTES).for_each(|uuid| swap_uuid(uuid, out)),
        _ => out.extend_from_slice(bytes),
    }
}

/// Writes where each array ends and returns the items of all.
fn write_offsets(array: &ListArray, out: &mut Vec<u8>) -> ArrayRef {
    let offsets = array.value_offsets();
    let (first, last) = (offsets[0], offsets[offsets.len() - 1]);
    out.reserve(size_of::<u64>() * array.len());
    for end in &offsets[1..] {
        out.extend_from_slice(&((end - first) as u64).to_le_bytes());
    }
    array.values().slice(first as usize, (last - first) as usize)
}

/// The error for an array that does not fit the type in the header.
pub(super) fn wrong_array(array: &dyn Array, data_type: &DataType) -> Error {
    let message = format!(
        "Column has the Arrow type {}, its header says {data_type}",
        array.data_type()
    );
    Error::new(Code::LOGICAL_ERROR, message)
}
