//! The functions with an answer of a type of their own: numbers, strings, keys, kinds.

use std::ops::RangeInclusive;
use std::sync::Arc;

use super::value::Value;
use super::{Path, over_value, path_types, push};
use crate::error::Result;
use crate::functions::Context;
use crate::functions::function::{ANY, Argument, Bound, Function, illegal};
use crate::functions::strings::Texts;
use crate::types::{DataType, EnumValues, TextOptions, TupleElement, reader, write_var_uint};

/// A function that sees the value found, and its variant that finds keys in any case.
macro_rules! both_cases {
    ($name:literal, $any_case:literal, $description:literal, $result:expr, $answer:expr) => {
        [
            Function::new($name, (0, ANY), $description, |arguments, _| {
                over_value(arguments, $name, false, $result, Arc::new($answer))
            }),
            Function::new($any_case, (0, ANY), $description, |arguments, _| {
                over_value(arguments, $any_case, true, $result, Arc::new($answer))
            }),
        ]
    };
}

const INT: [Function; 2] = both_cases!(
    "JSONExtractInt",
    "JSONExtractIntCaseInsensitive",
    "A number of a JSON text as Int64",
    DataType::Int64,
    |value, out| integer(value, i128::from(i64::MIN)..=i128::from(i64::MAX), 8, out)
);
const UINT: [Function; 2] = both_cases!(
    "JSONExtractUInt",
    "JSONExtractUIntCaseInsensitive",
    "A number of a JSON text as UInt64",
    DataType::UInt64,
    |value, out| integer(value, 0..=i128::from(u64::MAX), 8, out)
);
const FLOAT: [Function; 2] = both_cases!(
    "JSONExtractFloat",
    "JSONExtractFloatCaseInsensitive",
    "A number of a JSON text as Float64",
    DataType::Float64,
    float
);
const BOOL: [Function; 2] = both_cases!(
    "JSONExtractBool",
    "JSONExtractBoolCaseInsensitive",
    "Whether there is true in a JSON text",
    DataType::UInt8,
    boolean
);
const STRING: [Function; 2] = both_cases!(
    "JSONExtractString",
    "JSONExtractStringCaseInsensitive",
    "A string of a JSON text",
    DataType::String,
    |value, out| {
        if *value != Value::Null {
            write_string(&value.text(), out);
        }
        *value != Value::Null
    }
);
const RAW: [Function; 2] = both_cases!(
    "JSONExtractRaw",
    "JSONExtractRawCaseInsensitive",
    "A part of a JSON text",
    DataType::String,
    |value, out| {
        write_raw(value, out);
        true
    }
);
const ARRAY_RAW: [Function; 2] = both_cases!(
    "JSONExtractArrayRaw",
    "JSONExtractArrayRawCaseInsensitive",
    "The items of an array of a JSON text, each as JSON",
    DataType::Array(Box::new(DataType::String)),
    |value, out| match value {
        Value::Array(items) => {
            write_var_uint(items.len() as u64, out);
            items.iter().for_each(|item| write_raw(item, out));
            true
        }
        _ => false,
    }
);
const KEYS: [Function; 2] = both_cases!(
    "JSONExtractKeys",
    "JSONExtractKeysCaseInsensitive",
    "The keys of an object of a JSON text",
    DataType::Array(Box::new(DataType::String)),
    |value, out| match value {
        Value::Object(entries) => {
            write_var_uint(entries.len() as u64, out);
            entries.iter().for_each(|(key, _)| write_string(key.as_bytes(), out));
            true
        }
        _ => false,
    }
);
const KEYS_AND_VALUES_RAW: [Function; 2] = both_cases!(
    "JSONExtractKeysAndValuesRaw",
    "JSONExtractKeysAndValuesRawCaseInsensitive",
    "The keys of an object of a JSON text with their values as JSON",
    pairs(DataType::String),
    |value, out| match value {
        Value::Object(entries) => {
            write_var_uint(entries.len() as u64, out);
            for (key, value) in entries {
                write_string(key.as_bytes(), out);
                write_raw(value, out);
            }
            true
        }
        _ => false,
    }
);

/// See [`super::FUNCTIONS`].
pub const FUNCTIONS: &[Function] = &[
    INT[0],
    INT[1],
    UINT[0],
    UINT[1],
    FLOAT[0],
    FLOAT[1],
    BOOL[0],
    BOOL[1],
    STRING[0],
    STRING[1],
    RAW[0],
    RAW[1],
    ARRAY_RAW[0],
    ARRAY_RAW[1],
    KEYS[0],
    KEYS[1],
    KEYS_AND_VALUES_RAW[0],
    KEYS_AND_VALUES_RAW[1],
    Function::new(
        "JSONHas",
        (0, ANY),
        "Whether a JSON text has a value there",
        |arguments, _| over_value(arguments, "JSONHas", false, DataType::UInt8, Arc::new(is_there)),
    ),
    Function::new(
        "JSONLength",
        (0, ANY),
        "Items of an array or object of a JSON text",
        |arguments, _| over_value(arguments, "JSONLength", false, DataType::UInt64, Arc::new(length)),
    ),
    Function::new(
        "JSONType",
        (0, ANY),
        "The kind of a value of a JSON text",
        |arguments, _| over_value(arguments, "JSONType", false, kinds()?, Arc::new(kind)),
    ),
    Function::new("JSONKey", (0, ANY), "The key at a place of a JSON object", key),
    Function::new("isValidJSON", (1, 1), "Whether a text is JSON", |arguments, _| {
        over_value(arguments, "isValidJSON", false, DataType::UInt8, Arc::new(is_there))
    }),
    Function::new("JSONArrayLength", (1, 1), "Items of a JSON array", |arguments, _| {
        let result = DataType::Nullable(Box::new(DataType::UInt64));
        over_value(arguments, "JSONArrayLength", false, result, Arc::new(array_length))
    })
    .aliases_any_case(&["JSON_ARRAY_LENGTH"]),
];

/// `Array(Tuple(String, T))`.
pub fn pairs(value: DataType) -> DataType {
    let element = |data_type| TupleElement { name: None, data_type };
    DataType::Array(Box::new(DataType::Tuple(vec![
        element(DataType::String),
        element(value),
    ])))
}

/// Appends a string as RowBinary has it.
pub fn write_string(text: &[u8], out: &mut Vec<u8>) {
    write_var_uint(text.len() as u64, out);
    out.extend_from_slice(text);
}

fn write_raw(value: &Value, out: &mut Vec<u8>) {
    let mut text = Vec::new();
    value.write(&mut text);
    write_string(&text, out);
}

/// Appends the lowest `width` bytes of a number in the range; fractions are cut off.
pub fn integer(value: &Value, range: RangeInclusive<i128>, width: usize, out: &mut Vec<u8>) -> bool {
    let number = match value {
        Value::Int(number) => i128::from(*number),
        Value::UInt(number) => i128::from(*number),
        Value::Double(number) => *number as i128,
        Value::String(text) => match text.parse() {
            Ok(number) => number,
            Err(_) => return false,
        },
        _ => return false,
    };
    let fits = range.contains(&number);
    if fits {
        out.extend_from_slice(&number.to_le_bytes()[..width]);
    }
    fits
}

/// The number that a value is or spells.
pub fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(number) => Some(*number as f64),
        Value::UInt(number) => Some(*number as f64),
        Value::Double(number) => Some(*number),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

fn float(value: &Value, out: &mut Vec<u8>) -> bool {
    let number = number(value);
    out.extend_from_slice(&number.unwrap_or_default().to_le_bytes());
    number.is_some()
}

fn boolean(value: &Value, out: &mut Vec<u8>) -> bool {
    let truth = match value {
        Value::Bool(truth) => *truth,
        Value::Int(number) => *number != 0,
        Value::UInt(_) => true,
        _ => return false,
    };
    out.push(u8::from(truth));
    true
}

fn length(value: &Value, out: &mut Vec<u8>) -> bool {
    let length = match value {
        Value::Array(items) => items.len(),
        Value::Object(entries) => entries.len(),
        _ => return false,
    };
    out.extend_from_slice(&(length as u64).to_le_bytes());
    true
}

fn array_length(value: &Value, out: &mut Vec<u8>) -> bool {
    out.push(0);
    matches!(value, Value::Array(_)) && length(value, out)
}

fn is_there(_: &Value, out: &mut Vec<u8>) -> bool {
    out.push(1);
    true
}

/// The kinds of values, numbered by the letter that ClickHouse's parser has for them.
const KINDS: [(&str, i64); 8] = [
    ("Null", 0),
    ("String", 34),
    ("Array", 91),
    ("Bool", 98),
    ("Double", 100),
    ("Int64", 105),
    ("UInt64", 117),
    ("Object", 123),
];

fn kinds() -> Result<DataType> {
    let values = KINDS
        .iter()
        .map(|(name, number)| ((*name).to_owned(), *number))
        .collect();
    Ok(DataType::Enum8(Arc::new(EnumValues::new(values, "Enum8", -128..=127)?)))
}

fn kind(value: &Value, out: &mut Vec<u8>) -> bool {
    out.push(match value {
        Value::Null => 0,
        Value::String(_) => b'"',
        Value::Array(_) => b'[',
        Value::Bool(_) => b'b',
        Value::Double(_) => b'd',
        Value::Int(_) => b'i',
        Value::UInt(_) => b'u',
        Value::Object(_) => b'{',
    });
    true
}

fn key(arguments: &[Argument], _: &Context) -> Result<Bound> {
    let types = path_types(arguments, "JSONKey")?;
    if types.len() < 2 {
        return Err(illegal("Function JSONKey requires a place"));
    }
    Ok(Bound::compact(DataType::String, types, |arrays, rows| {
        let (texts, path) = (Texts::new(&arrays[0]), Path::new(&arrays[1..], false)?);
        let mut column = reader(&DataType::String, &TextOptions::default());
        for row in 0..rows {
            let mut bytes = Vec::new();
            let document = Value::parse(texts.get(row));
            let entry = document
                .as_ref()
                .and_then(|document| path.follow_to_entry(document, row));
            let key = entry.and_then(|(key, _)| key);
            if let Some(key) = key {
                write_string(key.as_bytes(), &mut bytes);
            }
            push(column.as_mut(), key.is_some(), &bytes)?;
        }
        Ok(column.finish())
    }))
}
