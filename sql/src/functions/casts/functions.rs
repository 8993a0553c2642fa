//! `CAST`, `toT`, `toTOrNull` and the like.

use datafusion::common::ScalarValue;

use super::{Failure, Options, cast, cast_with, integer_value, text_value};
use crate::error::{Code, Error, Result};
use crate::functions::function::{Argument, Bound, Function, illegal};
use crate::functions::{Context, TypedExpr, call};
use crate::types::{DataType, IntervalUnit, TimeZone};

/// `toT`, `toTOrNull`, `toTOrZero`, `toTOrDefault` of one type.
macro_rules! conversions {
    ($name:literal, $or_null:literal, $or_zero:literal, $or_default:literal, $data_type:expr, $description:literal) => {
        [
            Function::new($name, (1, 1), $description, |_, _| {
                Ok(Bound::compose(|arguments, context| {
                    to(arguments, $data_type, $name, context)
                }))
            })
            .own_nulls(),
            Function::new(
                $or_null,
                (1, 1),
                concat!($description, "; NULL if that fails"),
                |_, _| {
                    Ok(Bound::compose(|arguments, context| {
                        to_or(arguments, $data_type, $or_null, Failure::Null, context)
                    }))
                },
            )
            .own_nulls(),
            Function::new(
                $or_zero,
                (1, 1),
                concat!($description, "; the default if that fails"),
                |_, _| {
                    Ok(Bound::compose(|arguments, context| {
                        to_or(arguments, $data_type, $or_zero, Failure::Default, context)
                    }))
                },
            )
            .own_nulls(),
            Function::new(
                $or_default,
                (1, 2),
                concat!($description, "; the second argument if that fails"),
                |_, _| {
                    Ok(Bound::compose(|arguments, context| {
                        to_or_default(arguments, $data_type, context)
                    }))
                },
            )
            .own_nulls(),
        ]
    };
}

/// `toDecimalN`, `toDecimalNOrNull`, `toDecimalNOrZero`.
macro_rules! decimals {
    ($name:literal, $or_null:literal, $or_zero:literal, $precision:literal) => {
        [
            Function::new(
                $name,
                (2, 2),
                "Converts to Decimal of the scale in the second argument",
                |_, _| {
                    Ok(Bound::compose(|arguments, context| {
                        to_decimal(arguments, $precision, $name, None, context)
                    }))
                },
            )
            .own_nulls(),
            Function::new($or_null, (2, 2), "Reads a Decimal; NULL if that fails", |_, _| {
                Ok(Bound::compose(|arguments, context| {
                    to_decimal(arguments, $precision, $or_null, Some(Failure::Null), context)
                }))
            })
            .own_nulls(),
            Function::new($or_zero, (2, 2), "Reads a Decimal; 0 if that fails", |_, _| {
                Ok(Bound::compose(|arguments, context| {
                    to_decimal(arguments, $precision, $or_zero, Some(Failure::Default), context)
                }))
            })
            .own_nulls(),
        ]
    };
}

macro_rules! interval {
    ($name:literal, $unit:expr) => {
        [Function::new($name, (1, 1), "A number of calendar units", |_, _| {
            Ok(Bound::compose(|arguments, context| {
                to(arguments, DataType::Interval($unit), $name, context)
            }))
        })
        .own_nulls()]
    };
}

/// `DateTime64` with ticks of milliseconds, for functions that name no precision.
const DEFAULT_SCALE: u8 = 3;

const GROUPS: &[&[Function]] = &[
    &conversions!(
        "toUInt8",
        "toUInt8OrNull",
        "toUInt8OrZero",
        "toUInt8OrDefault",
        DataType::UInt8,
        "Converts to UInt8"
    ),
    &conversions!(
        "toUInt16",
        "toUInt16OrNull",
        "toUInt16OrZero",
        "toUInt16OrDefault",
        DataType::UInt16,
        "Converts to UInt16"
    ),
    &conversions!(
        "toUInt32",
        "toUInt32OrNull",
        "toUInt32OrZero",
        "toUInt32OrDefault",
        DataType::UInt32,
        "Converts to UInt32"
    ),
    &conversions!(
        "toUInt64",
        "toUInt64OrNull",
        "toUInt64OrZero",
        "toUInt64OrDefault",
        DataType::UInt64,
        "Converts to UInt64"
    ),
    &conversions!(
        "toInt8",
        "toInt8OrNull",
        "toInt8OrZero",
        "toInt8OrDefault",
        DataType::Int8,
        "Converts to Int8"
    ),
    &conversions!(
        "toInt16",
        "toInt16OrNull",
        "toInt16OrZero",
        "toInt16OrDefault",
        DataType::Int16,
        "Converts to Int16"
    ),
    &conversions!(
        "toInt32",
        "toInt32OrNull",
        "toInt32OrZero",
        "toInt32OrDefault",
        DataType::Int32,
        "Converts to Int32"
    ),
    &conversions!(
        "toInt64",
        "toInt64OrNull",
        "toInt64OrZero",
        "toInt64OrDefault",
        DataType::Int64,
        "Converts to Int64"
    ),
    &conversions!(
        "toFloat32",
        "toFloat32OrNull",
        "toFloat32OrZero",
        "toFloat32OrDefault",
        DataType::Float32,
        "Converts to Float32"
    ),
    &conversions!(
        "toFloat64",
        "toFloat64OrNull",
        "toFloat64OrZero",
        "toFloat64OrDefault",
        DataType::Float64,
        "Converts to Float64"
    ),
    &conversions!(
        "toBFloat16",
        "toBFloat16OrNull",
        "toBFloat16OrZero",
        "toBFloat16OrDefault",
        DataType::BFloat16,
        "Converts to BFloat16"
    ),
    &conversions!(
        "toDate",
        "toDateOrNull",
        "toDateOrZero",
        "toDateOrDefault",
        DataType::Date,
        "Converts to Date"
    ),
    &conversions!(
        "toUUID",
        "toUUIDOrNull",
        "toUUIDOrZero",
        "toUUIDOrDefault",
        DataType::Uuid,
        "Converts to UUID"
    ),
    &decimals!("toDecimal32", "toDecimal32OrNull", "toDecimal32OrZero", 9),
    &decimals!("toDecimal64", "toDecimal64OrNull", "toDecimal64OrZero", 18),
    &decimals!("toDecimal128", "toDecimal128OrNull", "toDecimal128OrZero", 38),
    &decimals!("toDecimal256", "toDecimal256OrNull", "toDecimal256OrZero", 76),
    &interval!("toIntervalNanosecond", IntervalUnit::Nanosecond),
    &interval!("toIntervalMicrosecond", IntervalUnit::Microsecond),
    &interval!("toIntervalMillisecond", IntervalUnit::Millisecond),
    &interval!("toIntervalSecond", IntervalUnit::Second),
    &interval!("toIntervalMinute", IntervalUnit::Minute),
    &interval!("toIntervalHour", IntervalUnit::Hour),
    &interval!("toIntervalDay", IntervalUnit::Day),
    &interval!("toIntervalWeek", IntervalUnit::Week),
    &interval!("toIntervalMonth", IntervalUnit::Month),
    &interval!("toIntervalQuarter", IntervalUnit::Quarter),
    &interval!("toIntervalYear", IntervalUnit::Year),
    SINGLE,
];

const SINGLE: &[Function] = &[
    Function::new(
        "CAST",
        (2, 2),
        "Converts to the type that the second argument names",
        |_, _| {
            Ok(Bound::compose(|arguments, context| {
                named(arguments, "CAST", Failure::Error, false, context)
            }))
        },
    )
    .aliases(&["_CAST"])
    .any_case()
    .own_nulls(),
    Function::new(
        "accurateCast",
        (2, 2),
        "Converts; an error where the value would change",
        |_, _| {
            Ok(Bound::compose(|arguments, context| {
                named(arguments, "accurateCast", Failure::Error, true, context)
            }))
        },
    )
    .own_nulls(),
    Function::new(
        "accurateCastOrNull",
        (2, 2),
        "Converts; NULL where the value would change",
        |_, _| {
            Ok(Bound::compose(|arguments, context| {
                named(arguments, "accurateCastOrNull", Failure::Null, true, context)
            }))
        },
    )
    .own_nulls(),
    Function::new(
        "accurateCastOrDefault",
        (2, 3),
        "Converts; a default where the value would change",
        |_, _| Ok(Bound::compose(accurate_or_default)),
    )
    .own_nulls(),
    Function::new("toString", (1, 2), "The value as text", |_, _| {
        Ok(Bound::compose(to_string))
    })
    .own_nulls(),
    Function::new("toFixedString", (2, 2), "A string filled up with zero bytes", |_, _| {
        Ok(Bound::compose(to_fixed_string))
    })
    .own_nulls(),
    Function::new("toBool", (1, 1), "Converts to Bool", |_, _| {
        Ok(Bound::compose(|arguments, context| {
            to(arguments, DataType::Bool, "toBool", context)
        }))
    })
    .own_nulls(),
    Function::new("toDateTime", (1, 2), "Converts to DateTime", |_, _| {
        Ok(Bound::compose(|arguments, context| {
            to_date_time(arguments, "toDateTime", Failure::Error, context)
        }))
    })
    .aliases(&["toDateTime32"])
    .own_nulls(),
    Function::new(
        "toDateTimeOrNull",
        (1, 2),
        "Reads a DateTime; NULL if that fails",
        |_, _| {
            Ok(Bound::compose(|arguments, context| {
                to_date_time(arguments, "toDateTimeOrNull", Failure::Null, context)
            }))
        },
    )
    .own_nulls(),
    Function::new(
        "toDateTimeOrZero",
        (1, 2),
        "Reads a DateTime; 1970-01-01 if that fails",
        |_, _| {
            Ok(Bound::compose(|arguments, context| {
                to_date_time(arguments, "toDateTimeOrZero", Failure::Default, context)
            }))
        },
    )
    .own_nulls(),
    Function::new(
        "toDateTime64",
        (1, 3),
        "Converts to DateTime64 of the precision in the second argument",
        |_, _| {
            Ok(Bound::compose(|arguments, context| {
                to_date_time64(arguments, "toDateTime64", Failure::Error, context)
            }))
        },
    )
    .own_nulls(),
    Function::new(
        "toDateTime64OrNull",
        (1, 3),
        "Reads a DateTime64; NULL if that fails",
        |_, _| {
            Ok(Bound::compose(|arguments, context| {
                to_date_time64(arguments, "toDateTime64OrNull", Failure::Null, context)
            }))
        },
    )
    .own_nulls(),
    Function::new(
        "toDateTime64OrZero",
        (1, 3),
        "Reads a DateTime64; 1970-01-01 if that fails",
        |_, _| {
            Ok(Bound::compose(|arguments, context| {
                to_date_time64(arguments, "toDateTime64OrZero", Failure::Default, context)
            }))
        },
    )
    .own_nulls(),
    Function::new(
        "toLowCardinality",
        (1, 1),
        "The value as a LowCardinality type",
        |_, _| {
            Ok(Bound::compose(|mut arguments, context| {
                let argument = arguments.remove(0);
                match argument.data_type.can_be_inside_low_cardinality() {
                    true => {
                        let data_type = DataType::LowCardinality(Box::new(argument.data_type.clone()));
                        cast(argument, &data_type, context)
                    }
                    false => Ok(argument),
                }
            }))
        },
    )
    .own_nulls(),
];

/// All conversion functions, in one slice.
pub const FUNCTIONS: &[Function] = &{
    let mut all = [const { SINGLE[0] }; count(GROUPS)];
    let (mut group, mut next) = (0, 0);
    while group < GROUPS.len() {
        let mut index = 0;
        while index < GROUPS[group].len() {
            all[next] = GROUPS[group][index];
            next += 1;
            index += 1;
        }
        group += 1;
    }
    all
};

const fn count(groups: &[&[Function]]) -> usize {
    let (mut group, mut sum) = (0, 0);
    while group < groups.len() {
        sum += groups[group].len();
        group += 1;
    }
    sum
}

/// The result type of a conversion: Nullable and LowCardinality as the argument is.
fn like(argument: &TypedExpr, plain: DataType) -> DataType {
    let nullable = if argument.data_type.is_nullable() {
        plain.to_nullable()
    } else {
        plain
    };
    match &argument.data_type {
        DataType::LowCardinality(_) if nullable.can_be_inside_low_cardinality() => {
            DataType::LowCardinality(Box::new(nullable))
        }
        _ => nullable,
    }
}

fn is_null(argument: &TypedExpr) -> bool {
    *argument.data_type.bare() == DataType::Nothing && argument.data_type.is_nullable()
}

/// `toT(x)`. Text of a Nullable column that is no value becomes NULL.
fn to(mut arguments: Vec<TypedExpr>, plain: DataType, name: &'static str, context: &Context) -> Result<TypedExpr> {
    let argument = arguments.remove(0);
    if is_null(&argument) {
        return Ok(argument);
    }
    let is_text = argument.data_type.bare().is_string_or_fixed_string();
    let failure = if argument.data_type.is_nullable() && is_text {
        Failure::Null
    } else {
        Failure::Error
    };
    let result = like(&argument, plain);
    cast_with(
        argument,
        &result,
        &Options {
            function: name,
            ..Options::new(failure, context)
        },
        name,
    )
}

/// `toTOrNull(x)`, `toTOrZero(x)`.
fn to_or(
    mut arguments: Vec<TypedExpr>,
    plain: DataType,
    name: &'static str,
    failure: Failure,
    context: &Context,
) -> Result<TypedExpr> {
    let argument = arguments.remove(0);
    if is_null(&argument) {
        return Ok(argument);
    }
    if !argument.data_type.bare().is_string_or_fixed_string() {
        let shown = &argument.data_type;
        return Err(illegal(format!(
            "Illegal type {shown} of first argument of function {name}. Conversion functions with postfix 'OrZero' or 'OrNull' should take String argument"
        )));
    }
    let result = match failure {
        Failure::Null => like(&argument, plain.to_nullable()),
        _ => like(&argument, plain),
    };
    cast_with(
        argument,
        &result,
        &Options {
            function: name,
            ..Options::new(failure, context)
        },
        name,
    )
}

/// `toTOrDefault(x[, default])`.
fn to_or_default(mut arguments: Vec<TypedExpr>, plain: DataType, context: &Context) -> Result<TypedExpr> {
    let default = match arguments.len() {
        2 => cast(arguments.pop().expect("there are two"), &plain, context)?,
        _ => TypedExpr::constant(plain.default_scalar(), plain.clone()),
    };
    let argument = arguments.remove(0);
    let options = Options {
        accurate: true,
        ..Options::new(Failure::Null, context)
    };
    let value = cast_with(argument, &plain.to_nullable(), &options, "accurateCastOrNull")?;
    call("ifNull", vec![value, default], context)
}

/// The type that a constant argument names.
fn named_type(argument: &TypedExpr, function: &str) -> Result<DataType> {
    let text = argument
        .constant
        .as_ref()
        .and_then(text_value)
        .and_then(|text| std::str::from_utf8(text).ok());
    let Some(text) = text else {
        return Err(illegal(format!(
            "Second argument to {function} must be a constant string describing type. Instead there is a column of type {}",
            argument.data_type
        )));
    };
    DataType::parse(text)
}

fn named(
    arguments: Vec<TypedExpr>,
    name: &'static str,
    failure: Failure,
    accurate: bool,
    context: &Context,
) -> Result<TypedExpr> {
    let to = named_type(&arguments[1], name)?;
    let to = if failure == Failure::Null { to.to_nullable() } else { to };
    let argument = arguments
        .into_iter()
        .next()
        .expect("the number of arguments is checked");
    if argument.constant.as_ref().is_some_and(ScalarValue::is_null) && !to.is_nullable() {
        return Err(Error::new(
            Code::CANNOT_CONVERT_TYPE,
            "Cannot convert NULL to a non-nullable type",
        ));
    }
    cast_with(
        argument,
        &to,
        &Options {
            accurate,
            ..Options::new(failure, context)
        },
        name,
    )
}

fn accurate_or_default(arguments: Vec<TypedExpr>, context: &Context) -> Result<TypedExpr> {
    let to = named_type(&arguments[1], "accurateCastOrDefault")?;
    let mut values: Vec<TypedExpr> = arguments;
    values.remove(1);
    to_or_default(values, to, context)
}

/// A constant integer argument within limits.
fn number(argument: &TypedExpr, most: i128, what: &str) -> Result<u8> {
    match argument.constant.as_ref().and_then(integer_value) {
        Some(value) if (0..=most).contains(&value) => Ok(value as u8),
        Some(value) => Err(Error::new(
            Code::ARGUMENT_OUT_OF_BOUND,
            format!("{what} must be between 0 and {most}, got {value}"),
        )),
        None => Err(illegal(format!(
            "{what} must be a constant integer, not {}",
            argument.data_type
        ))),
    }
}

fn to_decimal(
    mut arguments: Vec<TypedExpr>,
    precision: u8,
    name: &'static str,
    failure: Option<Failure>,
    context: &Context,
) -> Result<TypedExpr> {
    let scale = arguments.pop().expect("the number of arguments is checked");
    if is_null(&scale) {
        return Ok(scale);
    }
    let plain = DataType::Decimal(precision, number(&scale, i128::from(precision), "Scale")?);
    match failure {
        Some(failure) => to_or(arguments, plain, name, failure, context),
        None => to(arguments, plain, name, context),
    }
}

fn zone(argument: Option<TypedExpr>) -> Result<Option<TimeZone>> {
    argument.map(|argument| time_zone(&argument)).transpose()
}

/// The time zone that a constant argument names.
pub fn time_zone(argument: &TypedExpr) -> Result<TimeZone> {
    time_zone_of(&Argument {
        data_type: argument.data_type.clone(),
        constant: argument.constant.clone(),
    })
}

/// [`time_zone`] for a `bind`.
pub fn time_zone_of(argument: &Argument) -> Result<TimeZone> {
    let text = argument
        .constant
        .as_ref()
        .and_then(text_value)
        .and_then(|text| std::str::from_utf8(text).ok());
    match text {
        Some(name) => TimeZone::find(name),
        None => Err(Error::new(Code::ILLEGAL_COLUMN, "Time zone must be a constant string")),
    }
}

fn to_date_time(
    mut arguments: Vec<TypedExpr>,
    name: &'static str,
    failure: Failure,
    context: &Context,
) -> Result<TypedExpr> {
    if let Some(null) = arguments.iter().find(|each| is_null(each)) {
        return Ok(null.clone());
    }
    let zone = zone(if arguments.len() == 2 { arguments.pop() } else { None })?;
    // A value with a zone keeps it.
    let plain = DataType::DateTime(zone.or(arguments[0].data_type.bare().time_zone()));
    match failure {
        Failure::Error => to(arguments, plain, name, context),
        failure => to_or(arguments, plain, name, failure, context),
    }
}

fn to_date_time64(
    mut arguments: Vec<TypedExpr>,
    name: &'static str,
    failure: Failure,
    context: &Context,
) -> Result<TypedExpr> {
    if let Some(null) = arguments.iter().find(|each| is_null(each)) {
        return Ok(null.clone());
    }
    let zone = zone(if arguments.len() == 3 { arguments.pop() } else { None })?;
    let scale = match arguments.len() {
        2 => number(&arguments.pop().expect("there are two"), 9, "Precision")?,
        _ => DEFAULT_SCALE,
    };
    let plain = DataType::DateTime64(scale, zone.or(arguments[0].data_type.bare().time_zone()));
    match failure {
        Failure::Error => to(arguments, plain, name, context),
        failure => to_or(arguments, plain, name, failure, context),
    }
}

fn to_string(mut arguments: Vec<TypedExpr>, context: &Context) -> Result<TypedExpr> {
    if arguments.len() == 2 {
        let zone = time_zone(&arguments[1])?;
        arguments.pop();
        let argument = &mut arguments[0];
        let labelled = match argument.data_type.bare() {
            DataType::DateTime(_) => DataType::DateTime(Some(zone)),
            DataType::DateTime64(scale, _) => DataType::DateTime64(*scale, Some(zone)),
            _ => {
                let message = "An incorrect number of arguments was specified for function 'toString'. Expected 1 argument, got 2 arguments";
                return Err(Error::new(Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH, message));
            }
        };
        argument.data_type = like(argument, labelled);
    }
    to(arguments, DataType::String, "toString", context)
}

fn to_fixed_string(mut arguments: Vec<TypedExpr>, context: &Context) -> Result<TypedExpr> {
    let size = arguments.pop().expect("the number of arguments is checked");
    if !arguments[0].data_type.bare().is_string_or_fixed_string() && !is_null(&arguments[0]) {
        return Err(Error::new(
            Code::NOT_IMPLEMENTED,
            "toFixedString is only implemented for types String and FixedString",
        ));
    }
    match size.constant.as_ref().and_then(integer_value) {
        Some(size @ 1..=0xFF_FFFF) => to(
            arguments,
            DataType::FixedString(size as usize),
            "toFixedString",
            context,
        ),
        Some(size) if size <= 0 => Err(Error::new(
            Code::ARGUMENT_OUT_OF_BOUND,
            "FixedString size must be positive",
        )),
        Some(_) => Err(Error::new(Code::ARGUMENT_OUT_OF_BOUND, "FixedString size is too large")),
        None => Err(illegal(
            "The second argument of function toFixedString must be a constant number",
        )),
    }
}
