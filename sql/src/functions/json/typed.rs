//! `JSONExtract` and `JSONExtractKeysAndValues`: a value as any type that is named.
//!
//! What does not fit an item of an array, tuple or map becomes the default there, NULL where that may be.

use std::sync::Arc;

use super::extract::{integer, number, pairs, write_string};
use super::over_value;
use super::value::Value;
use crate::error::{Code, Error, Result};
use crate::functions::casts::text_value;
use crate::functions::function::{ANY, Argument, Bound, Function};
use crate::functions::{Context, Eval};
use crate::types::{
    Cursor, DataType, TextOptions, TextStyle, TupleElement, default_column, reader, write_var_uint, writer,
};

/// See [`super::FUNCTIONS`].
pub const FUNCTIONS: &[Function] = &[
    Function::new(
        "JSONExtract",
        (2, ANY),
        "A value of a JSON text as a type",
        |arguments, context| extract(arguments, "JSONExtract", false, context),
    ),
    Function::new(
        "JSONExtractCaseInsensitive",
        (2, ANY),
        "A value of a JSON text as a type",
        |arguments, context| extract(arguments, "JSONExtractCaseInsensitive", true, context),
    ),
    Function::new(
        "JSONExtractKeysAndValues",
        (2, ANY),
        "The entries of a JSON object as a type",
        |arguments, context| entries(arguments, "JSONExtractKeysAndValues", false, context),
    ),
    Function::new(
        "JSONExtractKeysAndValuesCaseInsensitive",
        (2, ANY),
        "The entries of a JSON object as a type",
        |arguments, context| entries(arguments, "JSONExtractKeysAndValuesCaseInsensitive", true, context),
    ),
];

fn extract(arguments: &[Argument], name: &str, any_case: bool, context: &Context) -> Result<Bound> {
    let (wanted, arguments) = named_type(arguments, name)?;
    let (result, options) = (wanted.clone(), text_options(context));
    let answer = move |value: &Value, out: &mut Vec<u8>| typed(value, &wanted, &options, out);
    with_type_argument(over_value(arguments, name, any_case, result, Arc::new(answer))?)
}

fn entries(arguments: &[Argument], name: &str, any_case: bool, context: &Context) -> Result<Bound> {
    let (wanted, arguments) = named_type(arguments, name)?;
    let (result, options) = (pairs(wanted.clone()), text_options(context));
    let answer = move |value: &Value, out: &mut Vec<u8>| {
        let Value::Object(entries) = value else {
            return false;
        };
        let mut known = Vec::new();
        let mut count = 0;
        for (key, value) in entries {
            let mut bytes = Vec::new();
            if typed(value, &wanted, &options, &mut bytes) {
                write_string(key.as_bytes(), &mut known);
                known.extend_from_slice(&bytes);
                count += 1;
            }
        }
        write_var_uint(count, out);
        out.extend_from_slice(&known);
        true
    };
    with_type_argument(over_value(arguments, name, any_case, result, Arc::new(answer))?)
}

/// How texts of times are read.
fn text_options(context: &Context) -> TextOptions {
    TextOptions {
        time_zone: context.time_zone,
        ..TextOptions::default()
    }
}

/// The type that the last argument names, and the arguments before it.
fn named_type<'a>(arguments: &'a [Argument], name: &str) -> Result<(DataType, &'a [Argument])> {
    let (last, before) = arguments.split_last().expect("there are two at least");
    let constant = last.constant.as_ref().and_then(text_value);
    let Some(text) = constant.filter(|_| last.data_type.is_string_or_fixed_string()) else {
        let message = format!(
            "The last argument of function {name} should be a constant string specifying the return data type, illegal \
             value of type: {}",
            last.data_type
        );
        return Err(Error::new(Code::ILLEGAL_COLUMN, message));
    };
    Ok((DataType::parse(&String::from_utf8_lossy(text))?, before))
}

/// The binding of the arguments before the type, made one of all arguments.
fn with_type_argument(bound: Bound) -> Result<Bound> {
    let Eval::Compact(kernel) = bound.eval else {
        return Err(Error::new(Code::LOGICAL_ERROR, "functions of JSON are kernels"));
    };
    let mut types = bound.arguments;
    types.push(DataType::String);
    Ok(Bound::compact(bound.result, types, move |arrays, rows| {
        kernel(&arrays[..arrays.len() - 1], rows)
    }))
}

/// Appends a value as a type has it in RowBinary; `false`, and nothing, if it does not fit.
fn typed(value: &Value, wanted: &DataType, options: &TextOptions, out: &mut Vec<u8>) -> bool {
    let before = out.len();
    let fits = match wanted {
        DataType::LowCardinality(inner) => typed(value, inner, options, out),
        DataType::Nullable(inner) => {
            out.push(0);
            if *value == Value::Null || !typed(value, inner, options, out) {
                out.truncate(before);
                out.push(1);
            }
            true
        }
        DataType::Array(item) => match value {
            Value::Array(items) => {
                write_var_uint(items.len() as u64, out);
                items
                    .iter()
                    .for_each(|value| typed_or_default(Some(value), item, options, out));
                true
            }
            _ => false,
        },
        DataType::Tuple(elements) => tuple(value, elements, options, out),
        DataType::Map(key, item) => match value {
            Value::Object(entries) => {
                write_var_uint(entries.len() as u64, out);
                for (name, value) in entries {
                    typed_or_default(Some(&Value::String(name.clone())), key, options, out);
                    typed_or_default(Some(value), item, options, out);
                }
                true
            }
            _ => false,
        },
        scalar => self::scalar(value, scalar, options, out),
    };
    if !fits {
        out.truncate(before);
    }
    fits
}

fn typed_or_default(value: Option<&Value>, wanted: &DataType, options: &TextOptions, out: &mut Vec<u8>) {
    if !value.is_some_and(|value| typed(value, wanted, options, out)) {
        let writer = writer(wanted, &default_column(wanted, 1), options).expect("the column has the type");
        writer.write_binary(0, out);
    }
}

/// A tuple out of an array by place, or out of an object by name.
fn tuple(value: &Value, elements: &[TupleElement], options: &TextOptions, out: &mut Vec<u8>) -> bool {
    let element = |place: usize| match value {
        Value::Array(items) => items.get(place),
        Value::Object(entries) => match &elements[place].name {
            Some(name) => entries.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            None => entries.get(place).map(|(_, value)| value),
        },
        _ => None,
    };
    for (place, wanted) in elements.iter().enumerate() {
        typed_or_default(element(place), &wanted.data_type, options, out);
    }
    matches!(value, Value::Array(_) | Value::Object(_))
}

fn scalar(value: &Value, wanted: &DataType, options: &TextOptions, out: &mut Vec<u8>) -> bool {
    let truth;
    let value = match value {
        Value::Bool(value) if wanted.is_integer() || wanted.is_float() => {
            truth = Value::Int(i64::from(*value));
            &truth
        }
        value => value,
    };
    match wanted {
        DataType::Bool => match value {
            Value::Bool(value) => {
                out.push(u8::from(*value));
                true
            }
            Value::Int(number) => {
                out.push(u8::from(*number != 0));
                true
            }
            _ => false,
        },
        DataType::UInt8 => integer(value, 0..=i128::from(u8::MAX), 1, out),
        DataType::UInt16 => integer(value, 0..=i128::from(u16::MAX), 2, out),
        DataType::UInt32 => integer(value, 0..=i128::from(u32::MAX), 4, out),
        DataType::UInt64 => integer(value, 0..=i128::from(u64::MAX), 8, out),
        DataType::Int8 => integer(value, i128::from(i8::MIN)..=i128::from(i8::MAX), 1, out),
        DataType::Int16 => integer(value, i128::from(i16::MIN)..=i128::from(i16::MAX), 2, out),
        DataType::Int32 => integer(value, i128::from(i32::MIN)..=i128::from(i32::MAX), 4, out),
        DataType::Int64 => integer(value, i128::from(i64::MIN)..=i128::from(i64::MAX), 8, out),
        DataType::Float64 | DataType::Float32 => match (number(value), wanted) {
            (Some(number), DataType::Float64) => {
                out.extend_from_slice(&number.to_le_bytes());
                true
            }
            (Some(number), _) => {
                out.extend_from_slice(&(number as f32).to_le_bytes());
                true
            }
            (None, _) => false,
        },
        DataType::String if *value != Value::Null => {
            write_string(&value.text(), out);
            true
        }
        other => spelled(value, other, options, out),
    }
}

/// A value of any other type, read from its text.
fn spelled(value: &Value, wanted: &DataType, options: &TextOptions, out: &mut Vec<u8>) -> bool {
    if matches!(value, Value::Null | Value::Array(_) | Value::Object(_)) {
        return false;
    }
    let text = value.text();
    let mut cursor = Cursor::new(&text);
    let mut column = reader(wanted, options);
    if column.read_text(&mut cursor, TextStyle::Plain).is_err() || !cursor.at_end() {
        return false;
    }
    let Ok(writer) = writer(wanted, &column.finish(), options) else {
        return false;
    };
    writer.write_binary(0, out);
    true
}
