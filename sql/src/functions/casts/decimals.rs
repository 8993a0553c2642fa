//! Decimals from and to other numbers and each other. Fewer digits cut to zero; more than the precision is an error.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{
    ArrowPrimitiveType, Decimal128Type, Decimal256Type, DecimalType, Float64Type, Int64Type, UInt64Type, i256,
};

use super::convert::{Convert, Failure, Options};
use super::numbers;
use crate::error::{Code, Error, Result};
use crate::types::DataType;

/// Decimals of more digits are Decimal256 in Arrow.
pub const DIGITS_128: u8 = 38;

/// The conversion, if one of the types is Decimal.
pub fn converter(from: &DataType, to: &DataType, options: &Options) -> Result<Option<Convert>> {
    let is_number =
        |each: &DataType| each.is_number() || each.is_enum() || matches!(each, DataType::Bool | DataType::Interval(_));
    if !is_number(from) || !is_number(to) {
        return Ok(None);
    }
    let failure = options.failure;
    Ok(Some(match (from.clone(), to.clone()) {
        (DataType::Decimal(_, from), DataType::Decimal(precision, scale)) => {
            Box::new(move |array| to_decimal(&wide(array), from, precision, scale, failure))
        }
        (from, DataType::Decimal(precision, scale)) if from.is_float() => Box::new(move |array| {
            let array = if from == DataType::BFloat16 {
                numbers::from_bfloat16(array)
            } else {
                array.clone()
            };
            let floats = numbers::wrap(&array, &DataType::Float64.arrow())?;
            from_floats(floats.as_primitive::<Float64Type>(), precision, scale, failure)
        }),
        (_, DataType::Decimal(precision, scale)) => Box::new(move |array| {
            let values: PrimitiveArray<Decimal256Type> = match array.data_type() {
                arrow::datatypes::DataType::UInt64 => array
                    .as_primitive::<UInt64Type>()
                    .unary(|value| i256::from_i128(i128::from(value))),
                _ => {
                    let wide = numbers::wrap(array, &DataType::Int64.arrow())?;
                    wide.as_primitive::<Int64Type>()
                        .unary(|value| i256::from_i128(i128::from(value)))
                }
            };
            to_decimal(&values, 0, precision, scale, failure)
        }),
        (DataType::Decimal(_, scale), to) if to.is_float() => Box::new(move |array| {
            let floats: ArrayRef = Arc::new(to_floats(array, scale));
            match to {
                DataType::BFloat16 => numbers::to_bfloat16(&floats),
                _ => numbers::wrap(&floats, &to.arrow()),
            }
        }),
        (DataType::Decimal(_, scale), DataType::Bool) => Box::new(move |array| {
            let floats: ArrayRef = Arc::new(to_floats(array, scale));
            numbers::wrap(&floats, &DataType::Bool.arrow())
        }),
        (DataType::Decimal(_, scale), to) => Box::new(move |array| to_integer(&wide(array), scale, &to, failure)),
        _ => return Ok(None),
    }))
}

/// Any decimal as Decimal256 of the same scale.
pub fn wide(array: &ArrayRef) -> PrimitiveArray<Decimal256Type> {
    match array.as_primitive_opt::<Decimal128Type>() {
        Some(narrow) => narrow.unary(i256::from_i128),
        None => array.as_primitive::<Decimal256Type>().clone(),
    }
}

/// A value of another scale; fewer digits cut to zero.
pub fn rescale(value: i128, from: u8, to: u8) -> i128 {
    match to >= from {
        true => value.saturating_mul(10i128.saturating_pow(u32::from(to - from))),
        false => value / 10i128.saturating_pow(u32::from(from - to)),
    }
}

/// Ten to the power of a scale; nothing beyond 76.
pub fn power(scale: u8) -> Option<i256> {
    (0..scale).try_fold(i256::ONE, |power, _| power.checked_mul(i256::from_i128(10)))
}

fn rescale_wide(value: i256, from: u8, to: u8) -> Option<i256> {
    match to >= from {
        true => value.checked_mul(power(to - from)?),
        false => value.checked_div(power(from - to)?),
    }
}

fn overflow(what: &str) -> Error {
    Error::new(Code::DECIMAL_OVERFLOW, what)
}

/// Values without a result, as the failure mode wants them.
fn collect<T: ArrowPrimitiveType>(
    values: impl Iterator<Item = Option<Option<T::Native>>>,
    failure: Failure,
    what: &str,
) -> Result<PrimitiveArray<T>> {
    values
        .map(|value| match (value, failure) {
            (None, _) => Ok(None),
            (Some(Some(value)), _) => Ok(Some(value)),
            (Some(None), Failure::Error) => Err(overflow(what)),
            (Some(None), Failure::Null) => Ok(None),
            (Some(None), Failure::Default) => Ok(Some(T::default_value())),
        })
        .collect()
}

/// The largest absolute value, plus one, of a precision as ClickHouse stores it: it limits bits, not digits, except that
/// conversions check digits.
fn limit(precision: u8) -> Option<i256> {
    match precision {
        0..=9 => Some(i256::from_i128(1 << 31)),
        10..=18 => Some(i256::from_i128(1 << 63)),
        19..=38 => None,
        _ => None,
    }
}

fn within(value: i256, precision: u8) -> bool {
    match limit(precision) {
        Some(limit) => value < limit && value >= -limit,
        None => precision > DIGITS_128 || value.to_i128().is_some(),
    }
}

fn to_decimal(
    values: &PrimitiveArray<Decimal256Type>,
    from: u8,
    precision: u8,
    scale: u8,
    failure: Failure,
) -> Result<ArrayRef> {
    let converted = values
        .iter()
        .map(|value| value.map(|value| rescale_wide(value, from, scale).filter(|value| within(*value, precision))));
    pack(converted, precision, scale, failure, "Decimal convert overflow")
}

/// An array of the precision's Arrow type.
fn pack(
    values: impl Iterator<Item = Option<Option<i256>>>,
    precision: u8,
    scale: u8,
    failure: Failure,
    what: &str,
) -> Result<ArrayRef> {
    let data_type = DataType::Decimal(precision, scale).arrow();
    if precision > DIGITS_128 {
        return Ok(Arc::new(
            collect::<Decimal256Type>(values, failure, what)?.with_data_type(data_type),
        ));
    }
    let narrow = values.map(|value| value.map(|value| value.and_then(i256::to_i128)));
    Ok(Arc::new(
        collect::<Decimal128Type>(narrow, failure, what)?.with_data_type(data_type),
    ))
}

fn from_floats(values: &PrimitiveArray<Float64Type>, precision: u8, scale: u8, failure: Failure) -> Result<ArrayRef> {
    let factor = 10f64.powi(i32::from(scale));
    let finite = values.iter().flatten().all(f64::is_finite);
    let what = match finite {
        true => "Decimal convert overflow. Float is out of Decimal range",
        false => "Decimal convert overflow. Cannot convert infinity or NaN to decimal",
    };
    let converted = values.iter().map(|value| {
        value.map(|value| {
            let scaled = (value * factor).trunc();
            float_to_wide(scaled).filter(|value| within(*value, precision))
        })
    });
    pack(converted, precision, scale, failure, what)
}

/// A whole float as an integer; nothing beyond what Decimal256 holds.
fn float_to_wide(value: f64) -> Option<i256> {
    const I128_END: f64 = 1.7e38;
    if !value.is_finite() || value.abs() >= 1e76 {
        return None;
    }
    if value.abs() < I128_END {
        return Some(i256::from_i128(value as i128));
    }
    let high = value / 1e38;
    let whole = i256::from_i128(high.trunc() as i128).checked_mul(power(38)?)?;
    whole.checked_add(i256::from_i128((high.fract() * 1e38) as i128))
}

/// Any decimal as floats.
pub fn to_floats(array: &ArrayRef, scale: u8) -> PrimitiveArray<Float64Type> {
    let factor = 10f64.powi(i32::from(scale));
    match array.as_primitive_opt::<Decimal128Type>() {
        Some(narrow) => narrow.unary(|value| value as f64 / factor),
        None => array
            .as_primitive::<Decimal256Type>()
            .unary(|value| wide_to_float(value) / factor),
    }
}

fn wide_to_float(value: i256) -> f64 {
    match value.to_i128() {
        Some(value) => value as f64,
        None => {
            let (low, high) = value.to_parts();
            high as f64 * 2f64.powi(128) + low as f64
        }
    }
}

fn to_integer(values: &PrimitiveArray<Decimal256Type>, scale: u8, to: &DataType, failure: Failure) -> Result<ArrayRef> {
    let unit = power(scale).ok_or_else(|| overflow("Convert overflow"))?;
    let bits = crate::functions::supertype::bits(to);
    let range = match to.is_unsigned_integer() {
        true => 0..1i128 << bits,
        false => -(1i128 << (bits - 1))..1i128 << (bits - 1),
    };
    let whole = values.iter().map(|value| {
        value.map(|value| {
            value
                .checked_div(unit)
                .and_then(i256::to_i128)
                .filter(|value| range.contains(value))
        })
    });
    if to.is_unsigned_integer() {
        let numbers = collect::<UInt64Type>(
            whole.map(|value| value.map(|value| value.map(|value| value as u64))),
            failure,
            "Convert overflow",
        )?;
        return numbers::wrap(&(Arc::new(numbers) as ArrayRef), &to.arrow());
    }
    let numbers = collect::<Int64Type>(
        whole.map(|value| value.map(|value| value.map(|value| value as i64))),
        failure,
        "Convert overflow",
    )?;
    numbers::wrap(&(Arc::new(numbers) as ArrayRef), &to.arrow())
}

/// Whole numbers as decimals of this precision and scale; the inner `None` is a value without one.
pub fn scaled(
    values: impl Iterator<Item = Option<Option<i256>>>,
    precision: u8,
    scale: u8,
    failure: Failure,
) -> Result<ArrayRef> {
    let converted = values.map(|value| {
        value.map(|value| {
            let scaled = value.and_then(|value| rescale_wide(value, 0, scale));
            scaled.filter(|value| within(*value, precision))
        })
    });
    pack(converted, precision, scale, failure, "Decimal convert overflow")
}

/// Values without an answer are DECIMAL_OVERFLOW; the array has this precision and scale.
pub fn packed(values: impl Iterator<Item = Option<Option<i256>>>, precision: u8, scale: u8) -> Result<ArrayRef> {
    let checked = values.map(|value| value.map(|value| value.filter(|value| within(*value, precision))));
    pack(checked, precision, scale, Failure::Error, "Decimal math overflow")
}

const _: () = assert!(Decimal128Type::MAX_PRECISION == DIGITS_128);
