//! getSetting and getSettingOrDefault: a setting's value as a literal of it would be typed.

use datafusion::common::ScalarValue;

use crate::error::{Code, Error, Result};
use crate::functions::casts::text_value;
use crate::functions::context::Context;
use crate::functions::function::{Argument, Bound, Function, Stability, illegal};
use crate::types::DataType;

pub const GET_SETTING: Function = Function::new("getSetting", (1, 1), "A setting's value", |arguments, context| {
    let name = name(&arguments[0], "getSetting")?;
    match value(&name, context)? {
        Some((data_type, value)) => Ok(Bound::constant(data_type, arguments, value)),
        None => Err(Error::new(Code::UNKNOWN_SETTING, format!("Unknown setting '{name}'"))),
    }
})
.stability(Stability::PerQuery);

pub const GET_SETTING_OR_DEFAULT: Function = Function::new(
    "getSettingOrDefault",
    (2, 2),
    "A setting's value, or the second argument if there is no such setting",
    |arguments, context| {
        let name = name(&arguments[0], "getSettingOrDefault")?;
        if let Some((data_type, value)) = value(&name, context)? {
            return Ok(Bound::constant(data_type, arguments, value));
        }
        let Some(default) = arguments[1].constant.clone() else {
            return Err(illegal(
                "The second argument of function getSettingOrDefault should be a constant",
            ));
        };
        Ok(Bound::constant(arguments[1].data_type.clone(), arguments, default))
    },
)
.stability(Stability::PerQuery);

fn name(argument: &Argument, function: &str) -> Result<String> {
    match argument.constant.as_ref().and_then(text_value) {
        Some(name) => Ok(String::from_utf8_lossy(name).into_owned()),
        None => Err(illegal(format!(
            "The argument of function {function} should be a constant string with the name of a setting"
        ))),
    }
}

/// A known setting's value; None if there is no such setting.
fn value(name: &str, context: &Context) -> Result<Option<(DataType, ScalarValue)>> {
    let Some(known) = (context.known_setting)(name) else {
        return Ok(None);
    };
    let value = context.settings.get(known.name).map_or(known.default, String::as_str);
    Ok(Some(literal(known.value_type, value)?))
}

fn literal(value_type: &str, value: &str) -> Result<(DataType, ScalarValue)> {
    let text = || (DataType::String, ScalarValue::Binary(Some(value.as_bytes().to_vec())));
    Ok(match value_type {
        "Bool" => (DataType::Bool, ScalarValue::Boolean(Some(value == "1"))),
        "Int64" | "Int32" => value.parse().map_or_else(|_| text(), signed),
        "Float" | "Double" | "FloatAuto" | "Seconds" => value.parse().map_or_else(|_| text(), float),
        "Map" => return Err(Error::not_implemented("getSetting of a Map")),
        "MaxThreads" if value == "auto" => {
            unsigned(std::thread::available_parallelism().map_or(1, |it| it.get() as u64))
        }
        "UInt64" | "NonZeroUInt64" | "UInt64Auto" | "BoolAuto" | "MaxThreads" | "Milliseconds" => {
            value.parse().map_or_else(|_| text(), unsigned)
        }
        _ => text(),
    })
}

fn float(value: f64) -> (DataType, ScalarValue) {
    (DataType::Float64, ScalarValue::Float64(Some(value)))
}

fn unsigned(value: u64) -> (DataType, ScalarValue) {
    match value {
        0..=0xFF => (DataType::UInt8, ScalarValue::UInt8(Some(value as u8))),
        0x100..=0xFFFF => (DataType::UInt16, ScalarValue::UInt16(Some(value as u16))),
        0x1_0000..=0xFFFF_FFFF => (DataType::UInt32, ScalarValue::UInt32(Some(value as u32))),
        _ => (DataType::UInt64, ScalarValue::UInt64(Some(value))),
    }
}

fn signed(value: i64) -> (DataType, ScalarValue) {
    if let Ok(value) = i8::try_from(value) {
        (DataType::Int8, ScalarValue::Int8(Some(value)))
    } else if let Ok(value) = i16::try_from(value) {
        (DataType::Int16, ScalarValue::Int16(Some(value)))
    } else if let Ok(value) = i32::try_from(value) {
        (DataType::Int32, ScalarValue::Int32(Some(value)))
    } else {
        (DataType::Int64, ScalarValue::Int64(Some(value)))
    }
}
