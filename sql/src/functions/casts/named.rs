//! What the conversion functions do: from their arguments to a cast.

use datafusion::common::ScalarValue;

use super::{Failure, Options, cast_with, integer_value, text_value};
use crate::error::{Code, Error, Result};
use crate::functions::function::{Argument, illegal};
use crate::functions::{Context, TypedExpr, call};
use crate::types::{DataType, TimeZone};

/// `DateTime64` with ticks of milliseconds, for functions that name no precision.
const DEFAULT_SCALE: u8 = 3;

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
pub fn to(mut arguments: Vec<TypedExpr>, plain: DataType, name: &'static str, context: &Context) -> Result<TypedExpr> {
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
pub fn to_or(
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
pub fn to_or_default(mut arguments: Vec<TypedExpr>, plain: DataType, context: &Context) -> Result<TypedExpr> {
    let default = match arguments.len() {
        2 => {
            let default = arguments.pop().expect("there are two");
            if default.data_type != plain {
                return Err(Error::new(
                    Code::BAD_ARGUMENTS,
                    format!(
                        "Default value type should be same as cast type. Expected {plain}. Actual {}",
                        default.data_type
                    ),
                ));
            }
            default
        }
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

pub fn named(
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
    let failure = match failure == Failure::Error && !accurate {
        true => super::explicit_failure(&argument.data_type, &to),
        false => failure,
    };
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

pub fn accurate_or_default(arguments: Vec<TypedExpr>, context: &Context) -> Result<TypedExpr> {
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

pub fn to_decimal(
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

pub fn to_date_time(
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

pub fn to_date_time64(
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

pub fn to_time64(
    mut arguments: Vec<TypedExpr>,
    name: &'static str,
    failure: Failure,
    context: &Context,
) -> Result<TypedExpr> {
    if let Some(null) = arguments.iter().find(|each| is_null(each)) {
        return Ok(null.clone());
    }
    let scale = arguments.pop().expect("the number of arguments is checked");
    let plain = DataType::Time64(number(&scale, 9, "Precision")?);
    match failure {
        Failure::Error => to(arguments, plain, name, context),
        failure => to_or(arguments, plain, name, failure, context),
    }
}

pub fn to_string(mut arguments: Vec<TypedExpr>, context: &Context) -> Result<TypedExpr> {
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

pub fn to_fixed_string(mut arguments: Vec<TypedExpr>, context: &Context) -> Result<TypedExpr> {
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
