//! How values of any type become hashes.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int32Array, UInt32Array, UInt64Array};
use arrow::datatypes::UInt64Type;

use super::{city, digests, sip};
use crate::error::Result;
use crate::functions::casts::numbers::wrap;
use crate::functions::function::{ANY, Argument, Bound, Function, illegal_type};
use crate::types::{DataType, TextOptions, writer};

pub const CITY_HASH64: Function =
    Function::new("cityHash64", (0, ANY), "CityHash64 of all arguments", |arguments, _| {
        combined(
            arguments,
            "cityHash64",
            Family {
                bytes: city::hash,
                integer: Some(int_hash64),
                combine: city::hash_128_to_64,
            },
        )
    });
pub const SIP_HASH64: Function =
    Function::new("sipHash64", (0, ANY), "SipHash-2-4 of all arguments", |arguments, _| {
        combined(
            arguments,
            "sipHash64",
            Family {
                bytes: sip::hash,
                integer: None,
                combine: combine_sip,
            },
        )
    });
pub const HALF_MD5: Function = Function::new(
    "halfMD5",
    (0, ANY),
    "The first half of the MD5 of all arguments",
    |arguments, _| {
        combined(
            arguments,
            "halfMD5",
            Family {
                bytes: digests::half_md5,
                integer: None,
                combine: |first, second| digests::half_md5(&both(first, second)),
            },
        )
    },
);
pub const XX_H3: Function = Function::new("xxh3", (0, ANY), "XXH3 of all arguments", |arguments, _| {
    combined(
        arguments,
        "xxh3",
        Family {
            bytes: xxhash_rust::xxh3::xxh3_64,
            integer: None,
            combine: city::hash_128_to_64,
        },
    )
});

/// A hash function: of bytes, perhaps of integers in another way, and of two hashes.
#[derive(Clone, Copy)]
struct Family {
    bytes: fn(&[u8]) -> u64,
    integer: Option<fn(u64) -> u64>,
    combine: fn(u64, u64) -> u64,
}

fn combine_sip(first: u64, second: u64) -> u64 {
    sip::hash(&both(first, second))
}

/// The bytes of two hashes.
fn both(first: u64, second: u64) -> [u8; 16] {
    (u128::from(second) << 64 | u128::from(first)).to_le_bytes()
}

/// ClickHouse's `intHash64`.
fn int_hash64(value: u64) -> u64 {
    int_hash(value ^ INT_HASH64_SEED)
}

/// The finalizer of MurmurHash3, with which ClickHouse hashes integers.
fn int_hash(mut value: u64) -> u64 {
    value ^= value >> 33;
    value = value.wrapping_mul(0xff51_afd7_ed55_8ccd);
    value ^= value >> 33;
    value = value.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    value ^ (value >> 33)
}

/// Whether a value is one integer of at most 64 bits.
fn is_integer(data_type: &DataType) -> bool {
    data_type.is_integer()
        || data_type.is_enum()
        || data_type.is_date_or_date_time()
        || matches!(
            data_type,
            DataType::Bool | DataType::Float32 | DataType::Float64 | DataType::Ipv4
        )
}

fn combined(arguments: &[Argument], name: &str, family: Family) -> Result<Bound> {
    for argument in arguments {
        let simple = is_integer(&argument.data_type)
            || argument.data_type.is_string_or_fixed_string()
            || argument.data_type.is_time()
            || argument.data_type.is_big_integer()
            || matches!(argument.data_type, DataType::Uuid | DataType::Ipv6);
        if !simple {
            return Err(illegal_type(argument, name));
        }
    }
    let types: Vec<DataType> = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    let own = types.clone();
    Ok(Bound::kernel(DataType::UInt64, types, move |arrays, rows| {
        let mut hashes: Option<Vec<u64>> = None;
        for (array, data_type) in arrays.iter().zip(&own) {
            let next = hashed(array, data_type, family)?;
            hashes = Some(match hashes {
                None => next,
                Some(before) => before
                    .into_iter()
                    .zip(next)
                    .map(|(before, next)| (family.combine)(before, next))
                    .collect(),
            });
        }
        let hashes = hashes.unwrap_or_else(|| vec![EMPTY; rows]);
        Ok(Arc::new(UInt64Array::from(hashes)))
    }))
}

/// The hash of nothing.
const EMPTY: u64 = 0xe28d_bde7_fe22_e41c;

fn hashed(array: &ArrayRef, data_type: &DataType, family: Family) -> Result<Vec<u64>> {
    if let Some(strings) = array.as_binary_opt::<i32>() {
        return Ok(strings
            .iter()
            .map(|value| (family.bytes)(value.unwrap_or_default()))
            .collect());
    }
    if let Some(strings) = array.as_fixed_size_binary_opt()
        && !data_type.is_big_integer()
    {
        return Ok(strings
            .iter()
            .map(|value| (family.bytes)(value.unwrap_or_default()))
            .collect());
    }
    let integer = family.integer.filter(|_| is_integer(data_type));
    let writer = writer(data_type, array, &TextOptions::default())?;
    let mut bytes = Vec::new();
    let mut hash = |row: usize| {
        bytes.clear();
        writer.write_binary(row, &mut bytes);
        match integer {
            Some(integer) => integer(bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte))),
            None => (family.bytes)(&bytes),
        }
    };
    Ok((0..array.len()).map(&mut hash).collect())
}

fn integers(arguments: &[Argument], name: &str) -> Result<()> {
    match is_integer(&arguments[0].data_type) && !arguments[0].data_type.is_float() {
        true => Ok(()),
        false => Err(illegal_type(&arguments[0], name)),
    }
}

pub const INT_HASH64: Function = Function::new("intHash64", (1, 1), "A 64-bit hash of an integer", |arguments, _| {
    integers(arguments, "intHash64")?;
    Ok(Bound::kernel(
        DataType::UInt64,
        vec![arguments[0].data_type.clone()],
        |arrays, _| {
            let numbers = wrap(&arrays[0], &DataType::UInt64.arrow())?;
            let hashes = numbers
                .as_primitive::<UInt64Type>()
                .values()
                .iter()
                .map(|number| int_hash64(*number));
            Ok(Arc::new(UInt64Array::from_iter_values(hashes)))
        },
    ))
});
/// ClickHouse mixes this into the argument of `intHash64`.
const INT_HASH64_SEED: u64 = 0x4CF2_D2BA_AE6D_A887;

pub const INT_HASH32: Function = Function::new("intHash32", (1, 1), "A 32-bit hash of an integer", |arguments, _| {
    integers(arguments, "intHash32")?;
    Ok(Bound::kernel(
        DataType::UInt32,
        vec![arguments[0].data_type.clone()],
        |arrays, _| {
            let numbers = wrap(&arrays[0], &DataType::UInt64.arrow())?;
            let hashes = numbers
                .as_primitive::<UInt64Type>()
                .values()
                .iter()
                .map(|number| int_hash32(*number ^ INT_HASH32_SEED));
            Ok(Arc::new(UInt32Array::from_iter_values(hashes)))
        },
    ))
});
/// ClickHouse mixes this into the argument of `intHash32`.
const INT_HASH32_SEED: u64 = 0x75D9_543D_E018_BF45;

fn int_hash32(mut key: u64) -> u32 {
    key = (!key).wrapping_add(key << 18);
    key ^= key.rotate_right(31);
    key = key.wrapping_mul(21);
    key ^= key.rotate_right(11);
    key = key.wrapping_add(key << 6);
    key ^= key.rotate_right(22);
    key as u32
}

pub const JAVA_HASH: Function = Function::new("javaHash", (1, 1), "Java's hash of a string", |arguments, _| {
    if !arguments[0].data_type.is_string_or_fixed_string() {
        return Err(illegal_type(&arguments[0], "javaHash"));
    }
    Ok(Bound::kernel(DataType::Int32, vec![DataType::String], |arrays, _| {
        let strings = arrays[0].as_binary::<i32>();
        debug_assert!(strings.null_count() == 0, "NULL is taken out before");
        let hash = |text: Option<&[u8]>| {
            text.unwrap_or_default()
                .iter()
                .fold(0i32, |hash, byte| hash.wrapping_mul(31).wrapping_add(i32::from(*byte)))
        };
        Ok(Arc::new(Int32Array::from_iter_values(strings.iter().map(hash))))
    }))
});
