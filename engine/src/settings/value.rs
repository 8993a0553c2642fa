//! Checking a setting's value against its type, with ClickHouse's errors, and its canonical text.

use gristmill_sql::Code;

use super::choices::CHOICES;
use crate::error::{Error, Result};

/// Checks `text` and returns the canonical form that is stored and shown.
pub fn check(value_type: &str, text: &str) -> Result<String> {
    match value_type {
        "Bool" => boolean_or_number(text),
        "BoolAuto" | "UInt64Auto" | "FloatAuto" | "MaxThreads" if text.starts_with("auto") => Ok("auto".into()),
        "BoolAuto" => boolean_or_number(text),
        "UInt64" | "UInt64Auto" => unsigned(text),
        "MaxThreads" => match unsigned(text)?.as_str() {
            "0" => Ok("auto".into()),
            threads => Ok(threads.into()),
        },
        "NonZeroUInt64" => match unsigned(text)?.as_str() {
            "0" => Err(Error::new(
                Code::BAD_ARGUMENTS,
                "A setting's value has to be greater than 0",
            )),
            value => Ok(value.into()),
        },
        "Int64" | "Int32" => signed(text),
        "Float" | "Double" | "FloatAuto" | "Seconds" | "Milliseconds" => float(text),
        "Char" => character(text),
        other => choice(other, text),
    }
}

/// One byte; no text is the zero byte.
fn character(text: &str) -> Result<String> {
    match text.len() {
        0 => Ok("\0".into()),
        1 => Ok(text.into()),
        _ => Err(Error::new(
            Code::SIZE_OF_FIXED_STRING_DOESNT_MATCH,
            "A setting's value string has to be an exactly one character long",
        )),
    }
}

fn boolean_or_number(text: &str) -> Result<String> {
    let value = boolean(text);
    match value.is_err() && text.parse::<f64>().is_ok() {
        true => Err(out_of_range(text, "bool")),
        false => value,
    }
}

/// A Bool that is given as text: 0, 1, true or false, in any case.
pub fn boolean(text: &str) -> Result<String> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "true" => Ok("1".into()),
        "0" | "false" => Ok("0".into()),
        _ => Err(Error::new(
            Code::CANNOT_PARSE_BOOL,
            format!("Cannot parse bool from string '{text}'"),
        )),
    }
}

/// Digits, a fraction that is cut off, or a size with a suffix: `10G`, `4Ki`.
fn unsigned(text: &str) -> Result<String> {
    match text {
        "true" => return Ok("1".into()),
        "false" => return Ok("0".into()),
        _ => {}
    }
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        return match text.parse::<f64>() {
            Ok(_) => Err(out_of_range(text, "unsigned long")),
            Err(_) => Err(not_a_number(text)),
        };
    }
    if let Some(factor) = size_factor(&text[digits..]) {
        let value: Option<u64> = text[..digits].parse().ok();
        return match value.and_then(|value| value.checked_mul(factor)) {
            Some(value) => Ok(value.to_string()),
            None => Err(out_of_range(text, "unsigned long")),
        };
    }
    match text.parse::<f64>() {
        Ok(value) if value < u64::MAX as f64 => Ok((value as u64).to_string()),
        Ok(_) => Err(out_of_range(text, "unsigned long")),
        Err(_) => Err(not_a_number(&text[digits..])),
    }
}

fn size_factor(suffix: &str) -> Option<u64> {
    const UNITS: &str = "KMGT";
    let Some(unit) = suffix.chars().next() else {
        return Some(1);
    };
    let power = UNITS.find(unit.to_ascii_uppercase())? as u32 + 1;
    match &suffix[1..] {
        "" => Some(1000_u64.pow(power)),
        "i" => Some(1024_u64.pow(power)),
        _ => None,
    }
}

fn signed(text: &str) -> Result<String> {
    match text.parse::<i64>() {
        Ok(value) => Ok(value.to_string()),
        Err(_) => Err(not_a_number(text)),
    }
}

fn float(text: &str) -> Result<String> {
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value.to_string()),
        Ok(value) => Err(Error::new(
            Code::CANNOT_PARSE_NUMBER,
            format!(
                "Float setting value must be finite, got {}.",
                value.to_string().to_lowercase()
            ),
        )),
        _ => Err(Error::new(
            Code::CANNOT_PARSE_NUMBER,
            format!("Cannot read floating point value here: {text}"),
        )),
    }
}

fn choice(value_type: &str, text: &str) -> Result<String> {
    // These hold a comma-separated list, whose members are the choices.
    const LISTS: [&str; 2] = ["JoinAlgorithm", "MySQLDataTypesSupport"];
    let Some((_, choices)) = CHOICES.iter().find(|(name, _)| *name == value_type) else {
        return Ok(text.into());
    };
    let known = |part: &str| choices.contains(&part.trim());
    let is_list = LISTS.contains(&value_type);
    if known(text) || (is_list && text.split(',').all(known)) {
        return Ok(text.into());
    }
    let choices: Vec<String> = choices.iter().map(|choice| format!("'{choice}'")).collect();
    Err(Error::new(
        Code::BAD_ARGUMENTS,
        format!(
            "Unexpected value of {value_type}: '{text}'. Must be one of [{}]",
            choices.join(", ")
        ),
    ))
}

fn out_of_range(text: &str, type_name: &str) -> Error {
    Error::new(
        Code::CANNOT_CONVERT_TYPE,
        format!("Field value {text} is out of range of {type_name} type"),
    )
}

fn not_a_number(rest: &str) -> Error {
    Error::new(
        Code::CANNOT_PARSE_INPUT_ASSERTION_FAILED,
        format!("Cannot parse input: expected 'eof' before: '{rest}'"),
    )
}
