//! The bits of a Bloom filter, and what values hash to. `FORMAT.md` specifies both.

use arrow::array::{Array, ArrayRef, AsArray, downcast_primitive_array};
use arrow::datatypes::{DataType, Float32Type, Float64Type, ToByteSlice};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::error::{Error, Result};

/// An odd number without pattern (2^64 divided by the golden ratio).
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// Sets the bits of a hash.
pub(super) fn insert(filter: &mut [u8], hash: u64, hashes: u32) {
    for place in places(filter.len(), hash, hashes) {
        filter[place / 8] |= 1 << (place % 8);
    }
}

/// Whether all bits of a hash are set.
pub(super) fn contains(filter: &[u8], hash: u64, hashes: u32) -> bool {
    places(filter.len(), hash, hashes).all(|place| filter[place / 8] & (1 << (place % 8)) != 0)
}

fn places(bytes: usize, hash: u64, hashes: u32) -> impl Iterator<Item = usize> {
    let bits = bytes as u64 * 8;
    let step = hash.rotate_left(32).wrapping_mul(STEP) | 1;
    (0..u64::from(hashes)).map(move |turn| (hash.wrapping_add(turn.wrapping_mul(step)) % bits) as usize)
}

/// What a text hashes to.
pub(super) fn hash_bytes(bytes: &[u8], seed: u64) -> u64 {
    xxh3_64_with_seed(bytes, seed)
}

/// What each value hashes to; None for NULL. Floats that are equal have one hash, and so have all NaN.
pub(super) fn hash_values(array: &ArrayRef, seed: u64) -> Result<Vec<Option<u64>>> {
    let valid = |row: usize| array.is_valid(row);
    let each = |hash: &dyn Fn(usize) -> u64| (0..array.len()).map(|row| valid(row).then(|| hash(row))).collect();
    Ok(match array.data_type() {
        DataType::Binary => {
            let values = array.as_binary::<i32>();
            each(&|row| hash_bytes(values.value(row), seed))
        }
        DataType::FixedSizeBinary(_) => {
            let values = array.as_fixed_size_binary();
            each(&|row| hash_bytes(values.value(row), seed))
        }
        DataType::Boolean => {
            let values = array.as_boolean();
            each(&|row| hash_bytes(&[u8::from(values.value(row))], seed))
        }
        DataType::Float32 => {
            let values = array.as_primitive::<Float32Type>();
            each(&|row| hash_bytes(&one_f32(values.value(row)).to_le_bytes(), seed))
        }
        DataType::Float64 => {
            let values = array.as_primitive::<Float64Type>();
            each(&|row| hash_bytes(&one_f64(values.value(row)).to_le_bytes(), seed))
        }
        _ => downcast_primitive_array!(
            array => each(&|row| hash_bytes(array.value(row).to_byte_slice(), seed)),
            other => return Err(Error::Query(format!("values of type {other} have no hash")))
        ),
    })
}

fn one_f32(value: f32) -> f32 {
    if value.is_nan() { f32::NAN } else { value + 0.0 }
}

fn one_f64(value: f64) -> f64 {
    if value.is_nan() { f64::NAN } else { value + 0.0 }
}
