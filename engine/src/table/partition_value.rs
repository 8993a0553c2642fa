//! Values behind `PARTITION`: they must be values of the key's type as they are. One that would be wrapped or cut names
//! another partition than the one that was meant.

use arrow::array::ArrayRef;
use datafusion::common::ScalarValue;
use gristmill_sql::Code;
use gristmill_sql::analyzer::evaluate_constant;
use gristmill_sql::parser::format_expression;
use gristmill_sql::types::DataType;
use sqlparser::ast;

use crate::environment::Environment;
use crate::error::{Error, Result};

/// One element of a partition's name, as an array of one value of the key's type.
pub fn partition_value(element: &ast::Expr, key: &DataType, environment: &Environment) -> Result<ArrayRef> {
    let text = format_expression(element);
    let (value, written) = evaluate_constant(&text, None, &environment.context())?;
    if value.is_null() && !key.is_nullable() {
        return Err(mismatch(format!("Cannot convert NULL to {key}.")));
    }
    if !value.is_null() {
        check(&value, written.bare(), key)?;
    }
    let value = evaluate_constant(&text, Some(key), &environment.context());
    let (value, _) = value.map_err(|error| match error.code {
        Code::CANNOT_PARSE_TEXT => mismatch(format!("Cannot convert string {text} to type {}.", key.bare())),
        Code::DECIMAL_OVERFLOW => Error::new(
            Code::ARGUMENT_OUT_OF_BOUND,
            format!("Number is too big to place in {}.", key.bare()),
        ),
        _ => Error::from(error),
    })?;
    Ok(value.to_array()?)
}

/// Refuses values that the type does not have.
fn check(value: &ScalarValue, written: &DataType, key: &DataType) -> Result<()> {
    let bare = key.bare();
    let is_date = bare.is_date_or_date_time();
    let mismatch = |got: &str| {
        let message = format!("Type mismatch in IN or VALUES section. Expected: {key}. Got: {got}.");
        Err(mismatch(message))
    };
    match written {
        DataType::String => match bounds(bare).filter(|_| bare.is_integer()) {
            Some((low, high)) => check_digits(value, low, high, key),
            None if bare.is_date() => check_date(value, bare),
            None => Ok(()),
        },
        DataType::Array(_) | DataType::Tuple(_) => mismatch(written.family()),
        _ if *bare == DataType::Uuid => mismatch(written.family()),
        float if float.is_float() => match bounds(bare) {
            _ if is_date || matches!(bare, DataType::Enum8(_) | DataType::Enum16(_)) => mismatch("Float64"),
            Some((low, high)) if !is_whole(value, low, high) => Err(unrepresentable(&value.to_string(), key)),
            _ => Ok(()),
        },
        _ => match (integer(value), bounds(bare)) {
            (Some(number), _) if number < 0 && matches!(bare, DataType::DateTime(_)) => mismatch("Int64"),
            (Some(number), Some((low, high))) if number < low || number > high => {
                Err(unrepresentable(&number.to_string(), key))
            }
            _ => Ok(()),
        },
    }
}

/// The least and the greatest number of a type that counts something.
fn bounds(data_type: &DataType) -> Option<(i128, i128)> {
    Some(match data_type {
        DataType::UInt8 => (0, u8::MAX.into()),
        DataType::UInt16 | DataType::Date => (0, u16::MAX.into()),
        DataType::UInt32 | DataType::DateTime(_) => (0, u32::MAX.into()),
        DataType::UInt64 => (0, u64::MAX.into()),
        DataType::Int8 => (i8::MIN.into(), i8::MAX.into()),
        DataType::Int16 => (i16::MIN.into(), i16::MAX.into()),
        DataType::Int32 => (i32::MIN.into(), i32::MAX.into()),
        DataType::Int64 => (i64::MIN.into(), i64::MAX.into()),
        _ => return None,
    })
}

fn integer(value: &ScalarValue) -> Option<i128> {
    Some(match value {
        ScalarValue::UInt8(value) => (*value)?.into(),
        ScalarValue::UInt16(value) => (*value)?.into(),
        ScalarValue::UInt32(value) => (*value)?.into(),
        ScalarValue::UInt64(value) => (*value)?.into(),
        ScalarValue::Int8(value) => (*value)?.into(),
        ScalarValue::Int16(value) => (*value)?.into(),
        ScalarValue::Int32(value) => (*value)?.into(),
        ScalarValue::Int64(value) => (*value)?.into(),
        _ => return None,
    })
}

fn is_whole(value: &ScalarValue, low: i128, high: i128) -> bool {
    let number = match value {
        ScalarValue::Float32(Some(number)) => f64::from(*number),
        ScalarValue::Float64(Some(number)) => *number,
        _ => return false,
    };
    number.fract() == 0.0 && (low..=high).contains(&(number as i128))
}

/// A number as text: digits, behind a minus where the type has negative numbers.
fn check_digits(value: &ScalarValue, low: i128, high: i128, key: &DataType) -> Result<()> {
    let text = text_of(value);
    let digits = text.strip_prefix('-').filter(|_| low < 0).unwrap_or(&text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(mismatch(format!(
            "Cannot convert string '{text}' to type {}.",
            key.bare()
        )));
    }
    match text.parse::<i128>() {
        Ok(number) if (low..=high).contains(&number) => Ok(()),
        _ => Err(unrepresentable(&text, key)),
    }
}

/// A date as text has no time behind it.
fn check_date(value: &ScalarValue, data_type: &DataType) -> Result<()> {
    let text = text_of(value);
    match text.len() > "YYYY-MM-DD".len() {
        true => Err(mismatch(format!("Cannot convert string '{text}' to type {data_type}."))),
        false => Ok(()),
    }
}

fn text_of(value: &ScalarValue) -> String {
    match value {
        ScalarValue::Binary(Some(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
        other => other.to_string(),
    }
}

fn mismatch(message: String) -> Error {
    Error::new(Code::TYPE_MISMATCH, message)
}

fn unrepresentable(value: &str, key: &DataType) -> Error {
    let message = format!("Cannot convert value '{value}': it cannot be represented as {key}.");
    Error::new(Code::ARGUMENT_OUT_OF_BOUND, message)
}
