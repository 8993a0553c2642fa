//! Bytes as text: hexadecimal, binary, base64.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType as ArrowType, Float32Type, Float64Type, UInt64Type};

use super::texts::{Texts, strings, text};
use crate::error::{Code, Error, Result};
use crate::functions::casts::big_integers::load;
use crate::functions::casts::numbers::wrap;
use crate::functions::function::{Argument, Bound, Function, illegal_type, row_of};
use crate::functions::supertype::bits;
use crate::types::DataType;

pub const HEX: Function = Function::new(
    "hex",
    (1, 1),
    "The bytes in hexadecimal; of integers the highest first, without zeros",
    |arguments, _| digits(arguments, "hex", 16),
)
.any_case();
pub const BIN: Function = Function::new(
    "bin",
    (1, 1),
    "The bytes in binary; of integers the highest first, without zeros",
    |arguments, _| digits(arguments, "bin", 2),
)
.any_case();
pub const UNHEX: Function = Function::new("unhex", (1, 1), "The bytes of hexadecimal text", |arguments, _| {
    bytes(arguments, "unhex", 2, 16)
})
.any_case();
pub const UNBIN: Function = Function::new("unbin", (1, 1), "The bytes of binary text", |arguments, _| {
    bytes(arguments, "unbin", 8, 2)
})
.any_case();

fn push_digits(byte: u8, radix: u32, out: &mut Vec<u8>) {
    let (count, shift) = if radix == 16 { (2, 4) } else { (8, 1) };
    for index in (0..count).rev() {
        let digit = u32::from(byte >> (index * shift)) % radix;
        out.push(char::from_digit(digit, radix).unwrap_or('0').to_ascii_uppercase() as u8);
    }
}

fn digits(arguments: &[Argument], name: &str, radix: u32) -> Result<Bound> {
    let from = arguments[0].data_type.clone();
    let number = from.is_integer()
        || (from.is_date_or_date_time() && from != DataType::Date32)
        || from == DataType::Bool
        || from.is_enum()
        || from == DataType::Ipv4;
    if from.is_big_integer() {
        return Ok(big_digits(from, radix));
    }
    let number_width = if number { Some(width(&from)) } else { None };
    let raw = from.is_float()
        || from.is_decimal()
        || matches!(from, DataType::Uuid | DataType::Ipv6)
        || from.is_string_or_fixed_string();
    if number_width.is_none() && !raw {
        return Err(illegal_type(&arguments[0], name));
    }
    let kept = if from == DataType::BFloat16 {
        DataType::Float32
    } else {
        from
    };
    Ok(Bound::kernel(
        DataType::String,
        vec![kept],
        move |arrays, rows| match number_width {
            Some(width) => {
                let values = wrap(&arrays[0], &ArrowType::UInt64)?;
                let values = values.as_primitive::<UInt64Type>();
                strings(rows, |row, out| {
                    let bytes = values.value(row).to_be_bytes();
                    let bytes = &bytes[8 - width..];
                    let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(width - 1);
                    bytes[first..].iter().for_each(|byte| push_digits(*byte, radix, out));
                    Ok(())
                })
            }
            None => strings(rows, |row, out| {
                raw_bytes(&arrays[0], row)
                    .iter()
                    .for_each(|byte| push_digits(*byte, radix, out));
                Ok(())
            }),
        },
    ))
}

/// The bytes of an integer of more than 64 bits.
fn big_digits(from: DataType, radix: u32) -> Bound {
    Bound::kernel(DataType::String, vec![from.clone()], move |arrays, rows| {
        let values = load(&arrays[0], &from)?;
        let width = (bits(&from) / 8) as usize;
        strings(rows, |row, out| {
            let bytes = values[row].to_be_bytes();
            let bytes = &bytes[bytes.len() - width..];
            let first = bytes.iter().position(|byte| *byte != 0).unwrap_or(width - 1);
            bytes[first..].iter().for_each(|byte| push_digits(*byte, radix, out));
            Ok(())
        })
    })
}

/// Bytes of an integer type or one that is held as one.
fn width(data_type: &DataType) -> usize {
    match data_type {
        DataType::Enum8(_) => 1,
        DataType::Enum16(_) | DataType::Date => 2,
        DataType::DateTime(_) | DataType::Ipv4 => 4,
        other => (bits(other) / 8) as usize,
    }
}

/// The bytes of a value as it lies in memory.
fn raw_bytes(array: &ArrayRef, row: usize) -> Vec<u8> {
    match array.data_type() {
        ArrowType::Float32 => array.as_primitive::<Float32Type>().value(row).to_le_bytes().to_vec(),
        ArrowType::Float64 => array.as_primitive::<Float64Type>().value(row).to_le_bytes().to_vec(),
        ArrowType::Decimal128(precision, _) => {
            let bytes = array
                .as_primitive::<arrow::datatypes::Decimal128Type>()
                .value(row)
                .to_le_bytes();
            let width = match precision {
                0..=9 => 4,
                10..=18 => 8,
                _ => 16,
            };
            bytes[..width].to_vec()
        }
        ArrowType::Decimal256(..) => array
            .as_primitive::<arrow::datatypes::Decimal256Type>()
            .value(row)
            .to_le_bytes()
            .to_vec(),
        _ => Texts::new(array).get(row_of(array, row)).to_vec(),
    }
}

/// Text of digits to bytes; a shorter first byte is filled up with zeros, another character counts
/// as 255 in hexadecimal text and as 0 in binary text.
fn bytes(arguments: &[Argument], name: &str, per_byte: usize, radix: u32) -> Result<Bound> {
    let kept = text(&arguments[0], name)?;
    let no_digit = if radix == 16 { 255 } else { 0 };
    Ok(Bound::kernel(DataType::String, vec![kept], move |arrays, rows| {
        let texts = Texts::new(&arrays[0]);
        strings(rows, |row, out| {
            let text = texts.get(row);
            let value = |digits: &[u8]| {
                digits.iter().fold(0u32, |byte, digit| {
                    let known = char::from(*digit).to_digit(radix);
                    (byte * radix).wrapping_add(known.unwrap_or(no_digit))
                }) as u8
            };
            let (first, rest) = text.split_at(text.len() % per_byte);
            if !first.is_empty() {
                out.push(value(first));
            }
            out.extend(rest.chunks(per_byte).map(value));
            Ok(())
        })
    }))
}

pub const BASE64_ENCODE: Function = Function::new("base64Encode", (1, 1), "The bytes in base64", |arguments, _| {
    let kept = text(&arguments[0], "base64Encode")?;
    Ok(Bound::kernel(DataType::String, vec![kept], |arrays, rows| {
        let texts = Texts::new(&arrays[0]);
        strings(rows, |row, out| {
            texts.get(row).chunks(3).for_each(|chunk| encode(chunk, out));
            Ok(())
        })
    }))
})
.aliases_any_case(&["TO_BASE64"]);
pub const BASE64_DECODE: Function =
    Function::new("base64Decode", (1, 1), "The bytes of base64 text", |arguments, _| {
        base64(arguments, "base64Decode", true)
    })
    .aliases_any_case(&["FROM_BASE64"]);
pub const TRY_BASE64_DECODE: Function = Function::new(
    "tryBase64Decode",
    (1, 1),
    "The bytes of base64 text; empty if it is none",
    |arguments, _| base64(arguments, "tryBase64Decode", false),
);

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn encode(chunk: &[u8], out: &mut Vec<u8>) {
    let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
    let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
    for index in 0..4 {
        let digit = ALPHABET[(bits >> (18 - 6 * index)) as usize & 63];
        out.push(if index <= chunk.len() { digit } else { b'=' });
    }
}

fn decode(text: &[u8]) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let padding = text.iter().rev().take_while(|byte| **byte == b'=').count();
    if padding > 2 {
        return None;
    }
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let digits = &text[..text.len() - padding];
    for chunk in digits.chunks(4) {
        let mut bits = 0u32;
        for digit in chunk {
            bits = bits << 6 | ALPHABET.iter().position(|known| known == digit)? as u32;
        }
        bits <<= 6 * (4 - chunk.len());
        out.extend_from_slice(&bits.to_be_bytes()[1..chunk.len()]);
    }
    Some(out)
}

fn base64(arguments: &[Argument], name: &str, strict: bool) -> Result<Bound> {
    let kept = text(&arguments[0], name)?;
    let name: Arc<str> = name.into();
    Ok(Bound::kernel(DataType::String, vec![kept], move |arrays, rows| {
        let texts = Texts::new(&arrays[0]);
        debug_assert!(arrays[0].len() == rows, "kernels get full arrays");
        strings(rows, |row, out| match decode(texts.get(row)) {
            Some(bytes) => {
                out.extend(bytes);
                Ok(())
            }
            None if strict => {
                let shown = String::from_utf8_lossy(texts.get(row));
                Err(Error::new(
                    Code::INCORRECT_DATA,
                    format!("Invalid {name} value ({shown}), cannot be decoded"),
                ))
            }
            None => Ok(()),
        })
    }))
}
