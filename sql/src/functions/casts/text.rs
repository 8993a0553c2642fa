//! Text to values and values to text.
//!
//! The forms themselves are those of `types`; integers, the most frequent, are read here without a detour.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, BinaryBuilder, FixedSizeBinaryBuilder, PrimitiveBuilder};
use arrow::buffer::NullBuffer;
use arrow::compute::cast as arrow_cast;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType as ArrowType, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type, i256,
};

use super::convert::{Convert, Failure, Options};
use crate::error::{Code, Error, Result};
use crate::functions::internal;
use crate::types::{Cursor, DataType, TextOptions, TextStyle, reader, writer};

/// Reads strings as values.
pub fn from_text(from: &DataType, to: &DataType, options: &Options) -> Result<Convert> {
    let fixed = matches!(from, DataType::FixedString(_));
    let convert = match to {
        DataType::String => return Ok(Box::new(strip_zeros_of_fixed)),
        DataType::FixedString(size) => to_fixed_string(*size, options.failure),
        to if to.is_integer() => integers(to.clone(), options.clone()),
        to if to.is_big_integer() => {
            let (to, options) = (to.clone(), options.clone());
            Box::new(move |array: &ArrayRef| big_integers(array.as_binary::<i32>(), &to, &options))
        }
        to if to.is_ip_address() && options.addresses_default && options.failure == Failure::Error => {
            let failure = Failure::Default;
            other(
                to.clone(),
                Options {
                    failure,
                    ..options.clone()
                },
            )
        }
        to => other(to.clone(), options.clone()),
    };
    Ok(match fixed {
        true => Box::new(move |array| convert(&strip_zeros_of_fixed(array)?)),
        false => convert,
    })
}

/// FixedString values as strings, with the zero bytes that fill them up.
fn strip_zeros_of_fixed(array: &ArrayRef) -> Result<ArrayRef> {
    match array.data_type() {
        ArrowType::FixedSizeBinary(_) => {
            let fixed = array.as_fixed_size_binary();
            let trimmed = fixed.iter().map(|value| {
                value.map(|bytes| &bytes[..bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)])
            });
            Ok(Arc::new(trimmed.collect::<BinaryArray>()))
        }
        _ => arrow_cast(array, &ArrowType::Binary).map_err(internal),
    }
}

fn to_fixed_string(size: usize, failure: Failure) -> Convert {
    Box::new(move |array| {
        let strings = array.as_binary::<i32>();
        let width = i32::try_from(size).map_err(|_| too_long(size))?;
        let mut builder = FixedSizeBinaryBuilder::with_capacity(strings.len(), width);
        let mut padded = vec![0; size];
        for value in strings {
            let Some(value) = value.filter(|value| value.len() <= size || failure != Failure::Null) else {
                builder.append_null();
                continue;
            };
            let value = if value.len() > size && failure == Failure::Default {
                &[]
            } else {
                value
            };
            if value.len() > size {
                return Err(too_long(size));
            }
            padded[..value.len()].copy_from_slice(value);
            padded[value.len()..].fill(0);
            builder.append_value(&padded).map_err(internal)?;
        }
        Ok(Arc::new(builder.finish()))
    })
}

fn too_long(size: usize) -> Error {
    Error::new(
        Code::TOO_LARGE_STRING_SIZE,
        format!("String too long for type FixedString({size})"),
    )
}

fn integers(to: DataType, options: Options) -> Convert {
    Box::new(move |array| {
        let strings = array.as_binary::<i32>();
        match to {
            DataType::UInt8 => read_integers::<UInt8Type>(strings, &to, &options),
            DataType::UInt16 => read_integers::<UInt16Type>(strings, &to, &options),
            DataType::UInt32 => read_integers::<UInt32Type>(strings, &to, &options),
            DataType::UInt64 => read_integers::<UInt64Type>(strings, &to, &options),
            DataType::Int8 => read_integers::<Int8Type>(strings, &to, &options),
            DataType::Int16 => read_integers::<Int16Type>(strings, &to, &options),
            DataType::Int32 => read_integers::<Int32Type>(strings, &to, &options),
            _ => read_integers::<Int64Type>(strings, &to, &options),
        }
    })
}

fn read_integers<T: ArrowPrimitiveType>(strings: &BinaryArray, to: &DataType, options: &Options) -> Result<ArrayRef>
where
    i128: TryInto<T::Native>,
    T::Native: Wrapping,
{
    let mut builder = PrimitiveBuilder::<T>::with_capacity(strings.len());
    // Without an error to give, out of range is a failure as well; with one, ClickHouse wraps.
    let wraps = options.failure == Failure::Error && !options.accurate;
    for text in strings {
        let Some(text) = text else {
            builder.append_null();
            continue;
        };
        let read = read_integer(text, to.is_unsigned_integer(), to).and_then(|number| match number.try_into() {
            Ok(value) => Ok(value),
            Err(_) if wraps => Ok(T::Native::wrapping(number)),
            Err(_) => Err(Error::new(
                Code::CANNOT_PARSE_NUMBER,
                format!("Number out of range of {to}"),
            )),
        });
        match (read, options.failure) {
            (Ok(value), _) => builder.append_value(value),
            (Err(error), Failure::Error) => return Err(error),
            (Err(_), Failure::Null) => builder.append_null(),
            (Err(_), Failure::Default) => builder.append_value(T::default_value()),
        }
    }
    Ok(Arc::new(builder.finish()))
}

/// Integers of more than 64 bits wrap, whatever becomes of other failures.
fn big_integers(strings: &BinaryArray, to: &DataType, options: &Options) -> Result<ArrayRef> {
    let ten = i256::from_i128(10);
    let mut values = Vec::with_capacity(strings.len());
    let mut valid = arrow::array::BooleanBufferBuilder::new(strings.len());
    for text in strings {
        let read = text.map(|text| read_digits(text, !to.has_sign(), to)).transpose();
        let (value, is_valid) = match (read, options.failure) {
            (Ok(Some((negative, digits))), _) => {
                let value = digits.iter().fold(i256::ZERO, |value, digit| {
                    let digit = i256::from_i128(i128::from(digit - b'0'));
                    value.wrapping_mul(ten).wrapping_add(digit)
                });
                (if negative { value.wrapping_neg() } else { value }, true)
            }
            (Ok(None), _) => (i256::ZERO, false),
            (Err(error), Failure::Error) => return Err(error),
            (Err(_), failure) => (i256::ZERO, failure == Failure::Default),
        };
        values.push(value);
        valid.append(is_valid);
    }
    super::big_integers::store(values.into_iter(), Some(NullBuffer::new(valid.finish())), to)
}

/// Cuts an integer to its lowest bits.
trait Wrapping {
    fn wrapping(number: i128) -> Self;
}

macro_rules! wrapping {
    ($($type:ty)*) => {
        $(impl Wrapping for $type {
            fn wrapping(number: i128) -> Self {
                number as $type
            }
        })*
    };
}
wrapping!(u8 u16 u32 u64 i8 i16 i32 i64);

/// The integer that the whole text is. More digits than an i128 has wrap.
fn read_integer(text: &[u8], unsigned: bool, to: &DataType) -> Result<i128> {
    let (negative, digits) = read_digits(text, unsigned, to)?;
    let number = digits.iter().fold(0i128, |number, digit| {
        number.wrapping_mul(10).wrapping_add(i128::from(digit - b'0'))
    });
    Ok(if negative { number.wrapping_neg() } else { number })
}

/// The sign and the digits of an integer that the whole text is.
fn read_digits<'a>(text: &'a [u8], unsigned: bool, to: &DataType) -> Result<(bool, &'a [u8])> {
    let failed = |code, message: String| Err(Error::new(code, message));
    if text.is_empty() {
        let message = format!("Attempt to read after eof: Cannot parse {to} from String, because value is too short");
        return failed(Code::ATTEMPT_TO_READ_AFTER_EOF, message);
    }
    let negative = text[0] == b'-';
    if negative && unsigned {
        let message = format!("Unsigned type must not contain '-' symbol: Cannot parse {to} from String");
        return failed(Code::CANNOT_PARSE_NUMBER, message);
    }
    let signs = usize::from(negative || text[0] == b'+');
    let digits = text[signs..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let end = signs + digits;
    if digits == 0 && end == text.len() {
        let message = format!("Cannot parse number without any digits: Cannot parse {to} from String");
        return failed(Code::CANNOT_PARSE_NUMBER, message);
    }
    if end < text.len() {
        return Err(not_whole(text, if digits == 0 { 0 } else { end }, to));
    }
    Ok((negative, &text[signs..]))
}

/// ClickHouse's error for text of which only the first `parsed` bytes were a value.
fn not_whole(text: &[u8], parsed: usize, to: &DataType) -> Error {
    let shown = String::from_utf8_lossy(text);
    let at = match parsed {
        0 => "syntax error at begin of string".to_string(),
        _ => format!(
            "syntax error at position {parsed} (parsed just '{}')",
            String::from_utf8_lossy(&text[..parsed])
        ),
    };
    let note = match to.is_integer() || to.is_big_integer() || to.is_float() {
        true => format!(
            ". Note: there are to{to}OrZero and to{to}OrNull functions, which returns zero/NULL instead of throwing exception"
        ),
        false => String::new(),
    };
    Error::new(
        Code::CANNOT_PARSE_TEXT,
        format!("Cannot parse string '{shown}' as {to}: {at}{note}"),
    )
}

/// All other types: their own readers.
fn other(to: DataType, options: Options) -> Convert {
    Box::new(move |array| {
        let strings = array.as_binary::<i32>();
        let nullable = to.to_nullable();
        let mut column = reader(&nullable, &options.text());
        let mut values = reader(&to, &options.text());
        let mut nulls = arrow::array::BooleanBufferBuilder::new(strings.len());
        for text in strings {
            let Some(text) = text else {
                values.push_default();
                nulls.append(false);
                continue;
            };
            let before = values.len();
            match (read_whole(values.as_mut(), text, &to), options.failure) {
                (Ok(()), _) => nulls.append(true),
                (Err(error), Failure::Error) => return Err(error),
                (Err(_), failure) => {
                    values.truncate(before);
                    push_failed(values.as_mut(), &to)?;
                    nulls.append(failure == Failure::Default);
                }
            }
        }
        column.truncate(0);
        with_nulls(values.finish(), nulls.finish())
    })
}

/// What stands for text that is no value.
fn push_failed(values: &mut dyn crate::types::ColumnReader, to: &DataType) -> Result<()> {
    match to {
        // The default of its columns, not 1970-01-01.
        DataType::Date32 => values.read_text(&mut Cursor::new(b"1900-01-01"), TextStyle::Plain),
        _ => {
            values.push_default();
            Ok(())
        }
    }
}

/// The array with these validity bits.
fn with_nulls(array: ArrayRef, valid: arrow::buffer::BooleanBuffer) -> Result<ArrayRef> {
    let missing = arrow::array::BooleanArray::new(!&valid, None);
    if missing.true_count() == 0 {
        return Ok(array);
    }
    let builder = array
        .to_data()
        .into_builder()
        .nulls(Some(arrow::buffer::NullBuffer::new(valid)));
    builder.build().map(arrow::array::make_array).map_err(internal)
}

fn read_whole(column: &mut dyn crate::types::ColumnReader, text: &[u8], to: &DataType) -> Result<()> {
    let mut cursor = Cursor::new(text);
    column.read_text(&mut cursor, TextStyle::Plain)?;
    if cursor.at_end() || to.is_date() && is_time(cursor.rest()) {
        return Ok(());
    }
    Err(not_whole(text, cursor.pos(), to))
}

/// ` hh:mm:ss`, which may follow a date where only the date is wanted.
fn is_time(rest: &[u8]) -> bool {
    let digits = |at: usize| rest[at..at + 2].iter().all(u8::is_ascii_digit);
    rest.len() == 9
        && matches!(rest[0], b' ' | b'T')
        && rest[3] == b':'
        && rest[6] == b':'
        && digits(1)
        && digits(4)
        && digits(7)
}

/// Whether the text is a value of the type, in the way that a comparison with a constant string reads it.
pub fn check_text(text: &[u8], to: &DataType) -> Result<()> {
    if to.is_integer() || to.is_big_integer() {
        return read_digits(text, !to.has_sign(), to).map(|_| ());
    }
    let mut column = reader(to, &TextOptions::default());
    read_whole(column.as_mut(), text, to)
}

/// Writes values as text: the whole text is the value.
pub fn to_text(from: &DataType, to: &DataType, options: &Options) -> Result<Convert> {
    let (from, text) = (from.clone(), options.text());
    let fixed = match to {
        DataType::FixedString(size) => Some(to_fixed_string(*size, options.failure)),
        _ => None,
    };
    Ok(Box::new(move |array| {
        let strings = write(&from, array, &text)?;
        match &fixed {
            Some(fixed) => fixed(&strings),
            None => Ok(strings),
        }
    }))
}

/// The texts of an array's values; NULL stays NULL.
fn write(from: &DataType, array: &ArrayRef, options: &TextOptions) -> Result<ArrayRef> {
    let writer = writer(from, array, options)?;
    let mut builder = BinaryBuilder::with_capacity(array.len(), array.len() * 8);
    let nulls = array.logical_nulls();
    let mut text = Vec::new();
    for row in 0..array.len() {
        if nulls.as_ref().is_some_and(|nulls| nulls.is_null(row)) {
            builder.append_null();
            continue;
        }
        text.clear();
        writer.write_text(row, TextStyle::Plain, &mut text);
        builder.append_value(&text);
    }
    Ok(Arc::new(builder.finish()))
}
