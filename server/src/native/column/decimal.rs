//! Decimals: 4, 8, 16 or 32 bytes by their precision; Arrow has 16 or 32 of them in memory.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{Decimal128Type, Decimal256Type, i256};
use gristmill_sql::Result;

use super::super::wire::Wire;
use super::nulls;
use super::read::read_bytes;

/// Digits that fit into 4, 8 and 16 bytes.
const DIGITS_OF_4_BYTES: u8 = 9;
const DIGITS_OF_8_BYTES: u8 = 18;
const DIGITS_OF_16_BYTES: u8 = 38;

/// Bytes of a value on the wire.
fn width(precision: u8) -> usize {
    match precision {
        it if it <= DIGITS_OF_4_BYTES => 4,
        it if it <= DIGITS_OF_8_BYTES => 8,
        it if it <= DIGITS_OF_16_BYTES => 16,
        _ => 32,
    }
}

/// Reads so many decimals.
pub(super) fn read(precision: u8, scale: u8, rows: usize, wire: &mut Wire<'_>) -> Result<ArrayRef> {
    let width = width(precision);
    let bytes = read_bytes(width, rows, wire)?;
    let values = bytes.chunks_exact(width);
    if width > 16 {
        let values = values.map(|value| i256::from_le_bytes(fixed(value)));
        let array = PrimitiveArray::<Decimal256Type>::from_iter_values(values);
        return Ok(Arc::new(array.with_precision_and_scale(precision, scale as i8)?));
    }
    let values: Vec<i128> = match width {
        4 => values
            .map(|value| i128::from(i32::from_le_bytes(fixed(value))))
            .collect(),
        8 => values
            .map(|value| i128::from(i64::from_le_bytes(fixed(value))))
            .collect(),
        _ => values.map(|value| i128::from_le_bytes(fixed(value))).collect(),
    };
    let array = PrimitiveArray::<Decimal128Type>::new(values.into(), None);
    Ok(Arc::new(array.with_precision_and_scale(precision, scale as i8)?))
}

fn fixed<const N: usize>(value: &[u8]) -> [u8; N] {
    value.try_into().expect("chunks have this width")
}

/// Writes decimals; NULLs are zero. False if the array holds something else.
pub(super) fn write(precision: u8, array: &ArrayRef, out: &mut Vec<u8>) -> bool {
    let width = width(precision);
    if width > 16 {
        let Some(array) = array.as_primitive_opt::<Decimal256Type>() else {
            return false;
        };
        nulls::each(array, |value| out.extend_from_slice(&value.to_le_bytes()));
        return true;
    }
    let Some(array) = array.as_primitive_opt::<Decimal128Type>() else {
        return false;
    };
    out.reserve(width * array.values().len());
    match width {
        4 => nulls::each(array, |value| out.extend_from_slice(&(value as i32).to_le_bytes())),
        8 => nulls::each(array, |value| out.extend_from_slice(&(value as i64).to_le_bytes())),
        _ => nulls::each(array, |value| out.extend_from_slice(&value.to_le_bytes())),
    }
    true
}
