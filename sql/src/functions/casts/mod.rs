//! Conversions between types: `CAST(x AS T)`, `x::T`, `toT(x)`, and the casts of arguments.
//!
//! Start at [`cast`]. Casts that lose nothing between integers and floats are native, so that the optimizer sees
//! through them; all others are a [`convert::Convert`] built by [`convert::converter`] from the two types.

pub(super) mod big_integers;
mod convert;
mod dates;
pub(super) mod decimals;
mod functions;
mod ip_addresses;
mod maps;
mod named;
pub(super) mod numbers;
mod text;
mod times;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Cast, Expr, ScalarUDF, Volatility};

pub(super) use convert::{Failure, Options, converter};
pub(super) use dates::{clamp_date32, clamp_days, clamp_seconds, power, rescale as rescale_ticks};
pub(super) use ip_addresses::IPV6_STRING;
pub(super) use maps::zipped;
pub(super) use named::{time_zone, time_zone_of};
pub(super) use text::check_text;

use super::call::zone_seen;
use super::udf::Call;
use super::{Context, Function, TypedExpr, internal};
use crate::error::{Code, Error, Result};
use crate::types::DataType;

/// See [`super::FOLDERS`].
pub(super) const FUNCTIONS: &[Function] = functions::FUNCTIONS;

/// Converts to exactly this type, as `CAST` does: an error where a value has no conversion.
pub fn cast(argument: TypedExpr, to: &DataType, context: &Context) -> Result<TypedExpr> {
    cast_with(argument, to, &Options::new(Failure::Error, context), "CAST")
}

/// `CAST(x AS T)` and `x::T` of a query: to a Nullable type text that is no value becomes NULL.
pub fn explicit_cast(argument: TypedExpr, to: &DataType, context: &Context) -> Result<TypedExpr> {
    let failure = explicit_failure(&argument.data_type, to);
    cast_with(argument, to, &Options::new(failure, context), "CAST")
}

fn explicit_failure(from: &DataType, to: &DataType) -> Failure {
    let is_text = from.bare().is_string_or_fixed_string();
    match is_text && matches!(to, DataType::Nullable(_)) && !to.bare().is_enum() {
        true => Failure::Null,
        false => Failure::Error,
    }
}

/// [`cast`] of an array outside a query, such as a column of a foreign file. NULLs stay where they are.
pub fn cast_array(array: &ArrayRef, from: &DataType, to: &DataType, context: &Context) -> Result<ArrayRef> {
    converter(
        &from.strip_nullable(),
        &to.strip_nullable(),
        &Options::new(Failure::Error, context),
    )?(array)
}

/// [`cast`] with a choice of what happens to values without a conversion.
pub(super) fn cast_with(
    argument: TypedExpr,
    to: &DataType,
    options: &Options,
    function: &'static str,
) -> Result<TypedExpr> {
    if argument.data_type == *to {
        return Ok(argument);
    }
    if is_relabel(&argument.data_type, to) {
        return Ok(TypedExpr {
            data_type: to.clone(),
            ..argument
        });
    }
    if argument.constant.as_ref().is_some_and(ScalarValue::is_null) && to.is_nullable() {
        let null = ScalarValue::try_from(&to.arrow()).map_err(internal)?;
        return Ok(TypedExpr::constant(null, to.clone()));
    }
    if argument.constant.as_ref().is_some_and(ScalarValue::is_null) && *argument.data_type.bare() == DataType::Nothing {
        return Err(Error::new(
            Code::CANNOT_CONVERT_TYPE,
            "Cannot convert NULL to a non-nullable type",
        ));
    }
    let nulls_fit = to.is_nullable() || !argument.data_type.is_nullable();
    if nulls_fit && is_lossless(argument.data_type.bare(), to.bare()) {
        let expr = match &argument.constant {
            Some(value) => {
                return Ok(TypedExpr::constant(
                    value.cast_to(&to.arrow()).map_err(internal)?,
                    to.clone(),
                ));
            }
            None => Expr::Cast(Cast::new(Box::new(argument.expr), to.arrow())),
        };
        return Ok(TypedExpr::new(expr, to.clone()));
    }
    let convert = converter(&argument.data_type, to, options)?;
    let call = Call {
        name: function,
        argument_types: vec![argument.data_type.clone()],
        arrow: to.arrow(),
        result: to.clone(),
        kernel: Arc::new(move |arrays, _| convert(&arrays[0])),
        compact: true,
        propagate_nulls: false,
        volatility: Volatility::Immutable,
        detail: format!(
            " AS {to}{}",
            zone_seen([&argument.data_type, to].into_iter(), options.time_zone)
        ),
    };
    if let Some(value) = &argument.constant {
        let array = call.evaluate(&[value.to_array().map_err(internal)?], 1)?;
        return Ok(TypedExpr::constant(
            ScalarValue::try_from_array(&array, 0).map_err(internal)?,
            to.clone(),
        ));
    }
    let udf = Arc::new(ScalarUDF::new_from_impl(call));
    Ok(TypedExpr::new(udf.call(vec![argument.expr]), to.clone()))
}

/// Whether the values stay as they are and only the type's name changes.
fn is_relabel(from: &DataType, to: &DataType) -> bool {
    match (from, to) {
        _ if from == to => true,
        (DataType::LowCardinality(inner), _) => is_relabel(inner, to),
        (_, DataType::LowCardinality(inner)) => is_relabel(from, inner),
        (DataType::Nullable(from), DataType::Nullable(to)) => is_relabel(from, to),
        (DataType::Nullable(_), _) => false,
        (_, DataType::Nullable(to)) => is_relabel(from, to),
        (DataType::DateTime(_), DataType::DateTime(_)) => true,
        (DataType::Ipv4, DataType::UInt32) => true,
        (DataType::Ipv6, DataType::UInt128) | (DataType::UInt128, DataType::Ipv6) => true,
        (DataType::DateTime(_), DataType::UInt32) | (DataType::Date, DataType::UInt16) => true,
        (DataType::Date32 | DataType::Time, DataType::Int32) => true,
        (DataType::DateTime64(from, _), DataType::DateTime64(to, _)) => from == to,
        (DataType::Array(inner), DataType::Array(other)) => is_relabel(inner, other) && from.arrow() == to.arrow(),
        (DataType::Tuple(elements), DataType::Tuple(others)) => {
            elements.len() == others.len()
                && elements
                    .iter()
                    .zip(others)
                    .all(|(from, to)| is_relabel(&from.data_type, &to.data_type))
                && from.arrow() == to.arrow()
        }
        _ => false,
    }
}

/// Whether a native cast keeps every value: to wider integers and floats.
fn is_lossless(from: &DataType, to: &DataType) -> bool {
    use super::supertype::bits;
    let mantissa = match to {
        DataType::Float32 => 24,
        DataType::Float64 => 53,
        _ => 0,
    };
    if mantissa > 0 {
        return *from == DataType::Float32 || from.is_integer() && bits(from) < mantissa;
    }
    match (from, to) {
        (DataType::Date, DataType::Date32) => true,
        (from, to) if from.is_unsigned_integer() && to.is_integer() => bits(to) > bits(from),
        (from, to) if from.is_signed_integer() && to.is_signed_integer() => bits(to) > bits(from),
        _ => false,
    }
}

/// What becomes of `array` converted to `converted`, where NULL that was none before is a failure.
fn with_failures(
    array: &ArrayRef,
    converted: ArrayRef,
    failure: Failure,
    to: &DataType,
    error: impl Fn(usize) -> Error,
) -> Result<ArrayRef> {
    let failed = (0..array.len()).find(|row| converted.is_null(*row) && array.is_valid(*row));
    match (failed, failure) {
        (None, _) | (Some(_), Failure::Null) => Ok(converted),
        (Some(row), Failure::Error) => Err(error(row)),
        (Some(_), Failure::Default) => {
            let fits: BooleanArray = (0..array.len())
                .map(|row| Some(converted.is_valid(row) || array.is_null(row)))
                .collect();
            let default = to.default_scalar().to_scalar().map_err(internal)?;
            arrow::compute::kernels::zip::zip(&fits, &converted, &default).map_err(internal)
        }
    }
}

/// The number of an enum's value; nothing if it has none of this name.
pub(super) fn enum_value(data_type: &DataType, name: &[u8]) -> Option<ScalarValue> {
    let name = std::str::from_utf8(name).ok()?;
    match data_type {
        DataType::Enum8(values) => values.value(name).map(|number| ScalarValue::Int8(Some(number as i8))),
        DataType::Enum16(values) => values.value(name).map(|number| ScalarValue::Int16(Some(number))),
        _ => None,
    }
}

/// The value of an integer or Bool constant.
pub(super) fn integer_value(value: &ScalarValue) -> Option<i128> {
    Some(match value {
        ScalarValue::Boolean(Some(value)) => i128::from(*value),
        ScalarValue::UInt8(Some(value)) => i128::from(*value),
        ScalarValue::UInt16(Some(value)) => i128::from(*value),
        ScalarValue::UInt32(Some(value)) => i128::from(*value),
        ScalarValue::UInt64(Some(value)) => i128::from(*value),
        ScalarValue::Int8(Some(value)) => i128::from(*value),
        ScalarValue::Int16(Some(value)) => i128::from(*value),
        ScalarValue::Int32(Some(value)) => i128::from(*value),
        ScalarValue::Int64(Some(value)) => i128::from(*value),
        _ => return None,
    })
}

/// The value of a number constant, for those that functions take as parameters.
pub(super) fn float_value(value: &ScalarValue) -> Option<f64> {
    match value {
        ScalarValue::Float32(value) => value.map(f64::from),
        ScalarValue::Float64(value) => *value,
        ScalarValue::Decimal128(Some(value), _, scale) => Some(*value as f64 / 10f64.powi(i32::from(*scale))),
        value => integer_value(value).map(|value| value as f64),
    }
}

/// The text of a constant string.
pub(super) fn text_value(value: &ScalarValue) -> Option<&[u8]> {
    match value {
        ScalarValue::Binary(Some(bytes)) | ScalarValue::FixedSizeBinary(_, Some(bytes)) => Some(bytes),
        _ => None,
    }
}
