//! Random numbers: another one in each row.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

use arrow::array::{FixedSizeBinaryArray, Float64Array, UInt32Array, UInt64Array};

use crate::functions::function::{Bound, Function, Stability};
use crate::types::DataType;

/// A generator for one block of rows (SplitMix64), seeded from the system's randomness.
struct Random(u64);

impl Random {
    fn new() -> Random {
        Random(RandomState::new().build_hasher().finish())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }
}

pub const RAND: Function = Function::new("rand", (0, 1), "A random UInt32", |arguments, _| {
    let types = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    Ok(Bound::compact(DataType::UInt32, types, |_, rows| {
        let mut random = Random::new();
        Ok(Arc::new(UInt32Array::from_iter_values(
            (0..rows).map(|_| random.next() as u32),
        )))
    }))
})
.aliases_any_case(&["rand32"])
.any_case()
.own_nulls()
.stability(Stability::Volatile);
pub const RAND64: Function = Function::new("rand64", (0, 1), "A random UInt64", |arguments, _| {
    let types = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    Ok(Bound::compact(DataType::UInt64, types, |_, rows| {
        let mut random = Random::new();
        Ok(Arc::new(UInt64Array::from_iter_values(
            (0..rows).map(|_| random.next()),
        )))
    }))
})
.own_nulls()
.stability(Stability::Volatile);
pub const RAND_CANONICAL: Function = Function::new(
    "randCanonical",
    (0, 1),
    "A random Float64 from 0 up to 1",
    |arguments, _| {
        let types = arguments.iter().map(|argument| argument.data_type.clone()).collect();
        Ok(Bound::compact(DataType::Float64, types, |_, rows| {
            let mut random = Random::new();
            let unit = (1u64 << 53) as f64;
            Ok(Arc::new(Float64Array::from_iter_values(
                (0..rows).map(|_| (random.next() >> 11) as f64 / unit),
            )))
        }))
    },
)
.own_nulls()
.stability(Stability::Volatile);
pub const GENERATE_UUID: Function = Function::new(
    "generateUUIDv4",
    (0, 1),
    "A random UUID of version 4",
    |arguments, _| {
        let types = arguments.iter().map(|argument| argument.data_type.clone()).collect();
        Ok(Bound::compact(DataType::Uuid, types, |_, rows| {
            let bytes: Vec<u8> = (0..rows).flat_map(|_| uuid::Uuid::new_v4().into_bytes()).collect();
            Ok(Arc::new(FixedSizeBinaryArray::new(16, bytes.into(), None)))
        }))
    },
)
.own_nulls()
.stability(Stability::Volatile);
