//! LowCardinality: a dictionary, then for each value where in the dictionary it stands.
//!
//! | bytes | field                                                        |
//! |------:|--------------------------------------------------------------|
//! |     8 | flags: width of the indexes, whether keys follow             |
//! |     8 | number of keys, then the keys: the first is the default, or  |
//! |       | NULL; then the default is the second                         |
//! |     8 | number of values, then their indexes                         |

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array, new_empty_array};
use gristmill_sql::types::{DataType, default_column};
use gristmill_sql::{Code, Error, Result};

use super::super::wire::Wire;
use super::read::{Budget, read_bytes, read_values, with_nulls};
use super::write::{write_values, wrong_array};

/// The one version of a dictionary's layout.
const VERSION: u64 = 1;

/// Keys are in a dictionary of several blocks, which clients do not use.
const GLOBAL_DICTIONARY: u64 = 1 << 8;
/// Keys follow.
const ADDITIONAL_KEYS: u64 = 1 << 9;
/// The keys replace earlier ones.
const UPDATE_DICTIONARY: u64 = 1 << 10;

/// Keys whose indexes fit into one and two bytes: ClickHouse counts one more than there are.
const KEYS_OF_1_BYTE: usize = u8::MAX as usize;
const KEYS_OF_2_BYTES: usize = u16::MAX as usize;

/// Memory that a value of a fixed size takes at most, but for FixedString.
const VALUE_BYTES_MAX: usize = 32;

/// Reads what stands before a column.
pub(super) fn read_prefix(wire: &mut Wire<'_>) -> Result<()> {
    let version = u64::from_le_bytes(wire.array()?);
    if version != VERSION {
        return Err(damaged(&format!(
            "Invalid version for LowCardinality key column: {version}"
        )));
    }
    Ok(())
}

/// Reads so many values of `LowCardinality(inner)`.
pub(super) fn read(inner: &DataType, rows: usize, wire: &mut Wire<'_>, budget: &mut Budget) -> Result<ArrayRef> {
    let mut pieces = Vec::new();
    let mut left = rows;
    while left > 0 {
        let piece = read_piece(inner, left, wire, budget)?;
        left -= piece.len();
        pieces.push(piece);
    }
    match pieces.as_slice() {
        [] => Ok(new_empty_array(&inner.arrow())),
        [piece] => Ok(piece.clone()),
        pieces => {
            let pieces: Vec<&dyn Array> = pieces.iter().map(AsRef::as_ref).collect();
            Ok(arrow::compute::concat(&pieces)?)
        }
    }
}

/// Reads a dictionary and the values that use it.
fn read_piece(inner: &DataType, rows_max: usize, wire: &mut Wire<'_>, budget: &mut Budget) -> Result<ArrayRef> {
    let flags = u64::from_le_bytes(wire.array()?);
    if flags & GLOBAL_DICTIONARY != 0 {
        return Err(damaged(
            "LowCardinality with a global dictionary cannot be read in Native format",
        ));
    }
    if flags & ADDITIONAL_KEYS == 0 {
        return Err(damaged("A dictionary of LowCardinality is missing"));
    }
    let width = match flags & 0xff {
        it @ 0..=3 => 1usize << it,
        other => return Err(damaged(&format!("Unknown type of indexes of LowCardinality: {other}"))),
    };
    let keys = read_count(wire, usize::MAX)?;
    let keys = read_values(&inner.strip_nullable(), keys, wire, budget)?;
    let rows = read_count(wire, rows_max)?;
    if rows == 0 {
        return Err(damaged("A dictionary of LowCardinality has no values"));
    }
    let indexes = read_bytes(width, rows, wire)?;
    let indexes = checked_indexes(&indexes, width, keys.len())?;
    budget.take(expanded_bytes(inner, &keys, &indexes))?;
    let values = arrow::compute::take(&keys, &indexes, None)?;
    match inner.is_nullable() {
        true => with_nulls(values, |row| indexes.value(row) == 0),
        false => Ok(values),
    }
}

fn read_count(wire: &mut Wire<'_>, max: usize) -> Result<usize> {
    let count = u64::from_le_bytes(wire.array()?);
    let fits = usize::try_from(count).ok().filter(|count| *count <= max);
    fits.ok_or_else(|| damaged(&format!("LowCardinality has {count} keys or values where {max} fit")))
}

fn checked_indexes(bytes: &[u8], width: usize, keys: usize) -> Result<UInt32Array> {
    let mut indexes = Vec::with_capacity(bytes.len() / width);
    for index in bytes.chunks_exact(width) {
        let mut wide = [0; size_of::<u64>()];
        wide[..width].copy_from_slice(index);
        let index = u64::from_le_bytes(wide);
        match u32::try_from(index) {
            Ok(fits) if (fits as usize) < keys => indexes.push(fits),
            _ => {
                return Err(damaged(&format!(
                    "Index {index} of LowCardinality is beyond its {keys} keys"
                )));
            }
        }
    }
    Ok(indexes.into())
}

/// Memory of the values without their dictionary.
fn expanded_bytes(inner: &DataType, keys: &ArrayRef, indexes: &UInt32Array) -> usize {
    let count = indexes.len();
    match inner.bare() {
        DataType::String => {
            let offsets = keys.as_binary::<i32>().value_offsets();
            let length = |index: &u32| (offsets[*index as usize + 1] - offsets[*index as usize]) as usize;
            indexes.values().iter().map(length).sum()
        }
        DataType::FixedString(size) => size.saturating_mul(count),
        _ => VALUE_BYTES_MAX.saturating_mul(count),
    }
}

fn damaged(message: &str) -> Error {
    Error::new(Code::INCORRECT_DATA, message)
}

/// Appends what stands before a column.
pub(super) fn write_prefix(out: &mut Vec<u8>) {
    out.extend_from_slice(&VERSION.to_le_bytes());
}

/// Appends the values of `LowCardinality(inner)`, which in memory are those of `inner`.
pub(super) fn write(inner: &DataType, array: &ArrayRef, out: &mut Vec<u8>) -> Result<()> {
    if array.is_empty() {
        return Ok(());
    }
    let (keys, indexes) = dictionary(inner, array)?;
    let width: usize = match keys.len() {
        it if it <= KEYS_OF_1_BYTE => 1,
        it if it <= KEYS_OF_2_BYTES => 2,
        _ => 4,
    };
    let flags = u64::from(width.trailing_zeros()) | ADDITIONAL_KEYS | UPDATE_DICTIONARY;
    out.extend_from_slice(&flags.to_le_bytes());
    out.extend_from_slice(&(keys.len() as u64).to_le_bytes());
    write_values(&inner.strip_nullable(), &keys, out)?;
    out.extend_from_slice(&(indexes.len() as u64).to_le_bytes());
    match width {
        1 => out.extend(indexes.iter().map(|index| *index as u8)),
        2 => indexes
            .iter()
            .for_each(|index| out.extend_from_slice(&(*index as u16).to_le_bytes())),
        _ => indexes
            .iter()
            .for_each(|index| out.extend_from_slice(&index.to_le_bytes())),
    }
    Ok(())
}

/// The keys in the order in which they appear, behind the default and NULL, and each value's place among them.
fn dictionary(inner: &DataType, array: &ArrayRef) -> Result<(ArrayRef, Vec<u32>)> {
    let bare = inner.strip_nullable();
    let default = default_column(&bare, 1);
    let reserved = 1 + usize::from(inner.is_nullable());
    let all = arrow::compute::concat(&[&default, array])?; // a NULL of `array` is not looked at below
    let bytes = Values::of(&bare, &all)?;
    let mut known: HashMap<&[u8], u32> = HashMap::from([(bytes.get(0), reserved as u32 - 1)]);
    let mut chosen = vec![0; reserved];
    let mut indexes = Vec::with_capacity(array.len());
    for row in 0..array.len() {
        if array.is_null(row) {
            indexes.push(0);
            continue;
        }
        let next = chosen.len() as u32;
        let index = *known.entry(bytes.get(row + 1)).or_insert(next);
        if index == next {
            chosen.push(row as u32 + 1);
        }
        indexes.push(index);
    }
    let keys = arrow::compute::take(&all, &UInt32Array::from(chosen), None)?;
    Ok((keys, indexes))
}

/// The bytes of single values.
enum Values<'a> {
    Strings(&'a [i32], &'a [u8]),
    Fixed(usize, Vec<u8>),
}

impl<'a> Values<'a> {
    fn of(data_type: &DataType, array: &'a ArrayRef) -> Result<Values<'a>> {
        if *data_type == DataType::String {
            let array = array
                .as_binary_opt::<i32>()
                .ok_or_else(|| wrong_array(array, data_type))?;
            return Ok(Values::Strings(array.value_offsets(), array.value_data()));
        }
        let mut bytes = Vec::new();
        write_values(data_type, array, &mut bytes)?;
        Ok(Values::Fixed(bytes.len() / array.len(), bytes))
    }

    fn get(&self, row: usize) -> &[u8] {
        match self {
            Values::Strings(offsets, bytes) => &bytes[offsets[row] as usize..offsets[row + 1] as usize],
            Values::Fixed(width, bytes) => &bytes[row * width..(row + 1) * width],
        }
    }
}
