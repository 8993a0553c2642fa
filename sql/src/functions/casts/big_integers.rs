//! Integers of more than 64 bits from and to other numbers, and their values for whoever computes with them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, FixedSizeBinaryArray, PrimitiveArray};
use arrow::buffer::{Buffer, NullBuffer};
use arrow::datatypes::{DataType as ArrowType, Float64Type, Int64Type, UInt64Type, i256};

use super::convert::{Convert, Options, no_conversion};
use super::{decimals, numbers};
use crate::error::{Code, Error, Result};
use crate::functions::internal;
use crate::types::{DataType, big_integer_bytes, big_integer_value};

/// The values of an array of any integer type, of Bool or of an enumeration. What is NULL has some value.
pub fn load(array: &ArrayRef, data_type: &DataType) -> Result<Vec<i256>> {
    let signed = data_type.has_sign();
    if let Some(values) = array.as_fixed_size_binary_opt() {
        let width = values.value_length() as usize;
        let bytes = values.value_data().chunks_exact(width);
        return Ok(bytes.map(|bytes| big_integer_value(bytes, signed)).collect());
    }
    if *array.data_type() == ArrowType::UInt64 {
        let values = array.as_primitive::<UInt64Type>().values();
        return Ok(values.iter().map(|value| i256::from_i128(i128::from(*value))).collect());
    }
    let wide = numbers::wrap(array, &ArrowType::Int64)?;
    let values = wide.as_primitive::<Int64Type>().values();
    Ok(values.iter().map(|value| i256::from_i128(i128::from(*value))).collect())
}

/// Values as an array of any integer type or Bool, cut to its lowest bits.
pub fn store(values: impl Iterator<Item = i256>, nulls: Option<NullBuffer>, data_type: &DataType) -> Result<ArrayRef> {
    let signed = data_type.has_sign();
    match data_type {
        DataType::Int128 | DataType::UInt128 => fixed::<16>(values, nulls, signed),
        DataType::Int256 | DataType::UInt256 => fixed::<32>(values, nulls, signed),
        DataType::Bool => {
            let truths = values.map(|value| value != i256::ZERO).collect();
            Ok(Arc::new(BooleanArray::new(truths, nulls)))
        }
        _ => {
            let low = values.map(|value| value.to_parts().0 as u64).collect::<Vec<_>>();
            let low: ArrayRef = Arc::new(PrimitiveArray::<UInt64Type>::new(low.into(), nulls));
            numbers::wrap(&low, &data_type.arrow())
        }
    }
}

fn fixed<const N: usize>(
    values: impl Iterator<Item = i256>,
    nulls: Option<NullBuffer>,
    signed: bool,
) -> Result<ArrayRef> {
    let bytes: Vec<u8> = values.flat_map(|value| big_integer_bytes::<N>(value, signed)).collect();
    let array = FixedSizeBinaryArray::try_new(N as i32, Buffer::from_vec(bytes), nulls);
    Ok(Arc::new(array.map_err(internal)?))
}

/// Whether a type is an integer of any size, or is held as one.
pub fn is_integer(data_type: &DataType) -> bool {
    data_type.is_integer()
        || data_type.is_big_integer()
        || data_type.is_enum()
        || matches!(data_type, DataType::Bool | DataType::Interval(_))
}

/// The nearest float; `unsigned` says what the highest bit is.
pub fn to_float(value: i256, unsigned: bool) -> f64 {
    let (low, high) = value.to_parts();
    let shift = 2f64.powi(128);
    match (high, unsigned) {
        (0, _) => low as f64,
        (_, true) => high as u128 as f64 * shift + low as f64,
        (_, false) if value < i256::ZERO => -to_float(value.wrapping_neg(), true),
        _ => high as f64 * shift + low as f64,
    }
}

/// The whole part of a finite float; what is beyond 256 bits is cut off.
fn from_float(value: f64) -> i256 {
    const MANTISSA_BITS: i32 = 52;
    let bits = value.abs().to_bits();
    let exponent = (bits >> MANTISSA_BITS) as i32 - 1023 - MANTISSA_BITS;
    let mantissa = bits & ((1 << MANTISSA_BITS) - 1) | 1 << MANTISSA_BITS;
    let magnitude = match exponent {
        ..-63 => i256::ZERO,
        -63..0 => i256::from_i128(i128::from(mantissa >> -exponent)),
        0..256 => i256::from_i128(i128::from(mantissa)) << exponent as u8,
        _ => i256::ZERO,
    };
    if value < 0.0 {
        magnitude.wrapping_neg()
    } else {
        magnitude
    }
}

/// The conversion, if one of the types is a big integer and the other one no text.
pub fn converter(from: &DataType, to: &DataType, options: &Options) -> Result<Option<Convert>> {
    if !from.is_big_integer() && !to.is_big_integer() {
        return Ok(None);
    }
    let (own, target, failure) = (from.clone(), to.clone(), options.failure);
    let accurate = options.accurate;
    Ok(Some(match (from, to) {
        (DataType::Uuid, _) | (_, DataType::Uuid) => {
            let message =
                "Conversion between numeric types and UUID is not supported. Probably the passed UUID is unquoted";
            return Err(Error::new(Code::NOT_IMPLEMENTED, message));
        }
        _ if to.is_enum() => return Err(no_conversion(from, to)),
        _ if is_integer(from) && is_integer(to) => Box::new(move |array| {
            let values = load(array, &own)?;
            let stored = store(values.iter().copied(), array.logical_nulls(), &target)?;
            match accurate {
                false => Ok(stored),
                true => checked(array, stored, failure, &target, |row| fits(values[row], &own, &target)),
            }
        }),
        (float, _) if float.is_float() => of_floats(float.clone(), target, options.clone()),
        (_, float) if float.is_float() => {
            let unsigned = !own.has_sign();
            Box::new(move |array| {
                let values = load(array, &own)?;
                let floats = values.into_iter().map(|value| to_float(value, unsigned));
                let floats =
                    PrimitiveArray::<Float64Type>::new(floats.collect::<Vec<_>>().into(), array.logical_nulls());
                match target {
                    DataType::BFloat16 => numbers::to_bfloat16(&(Arc::new(floats) as ArrayRef)),
                    _ => numbers::wrap(&(Arc::new(floats) as ArrayRef), &target.arrow()),
                }
            })
        }
        (DataType::Decimal(_, scale), _) => {
            let power = decimals::power(*scale).unwrap_or(i256::ONE);
            Box::new(move |array| {
                let values = decimals::wide(array);
                let whole = values.values().iter().map(|value| value.wrapping_div(power));
                store(whole, values.nulls().cloned(), &target)
            })
        }
        (_, DataType::Decimal(precision, scale)) => {
            let (precision, scale) = (*precision, *scale);
            Box::new(move |array| {
                let values = load(array, &own)?;
                // Of 256 bits without a sign the highest one would be a sign.
                let lost = |value: i256| own == DataType::UInt256 && value < i256::ZERO;
                let values = (0..array.len()).map(|row| match (array.is_null(row), lost(values[row])) {
                    (true, _) => None,
                    (false, lost) => Some((!lost).then_some(values[row])),
                });
                decimals::scaled(values, precision, scale, failure)
            })
        }
        // Dates and times are their numbers.
        _ => match from.is_big_integer() {
            true => {
                let rest = super::converter(&DataType::Int64, to, options)?;
                Box::new(move |array| {
                    let narrow = load(array, &own)?.into_iter();
                    rest(&store(narrow, array.logical_nulls(), &DataType::Int64)?)
                })
            }
            false => {
                let first = super::converter(from, &DataType::Int64, options)?;
                Box::new(move |array| {
                    let numbers = first(array)?;
                    store(
                        load(&numbers, &DataType::Int64)?.into_iter(),
                        numbers.logical_nulls(),
                        &target,
                    )
                })
            }
        },
    }))
}

fn of_floats(from: DataType, to: DataType, options: Options) -> Convert {
    Box::new(move |array| {
        let floats = match from {
            DataType::BFloat16 => numbers::from_bfloat16(array),
            _ => array.clone(),
        };
        let floats = numbers::wrap(&floats, &ArrowType::Float64)?;
        let floats = floats.as_primitive::<Float64Type>();
        if !options.accurate && floats.iter().flatten().any(|value| !value.is_finite()) {
            let message = "Unexpected inf or nan to integer conversion";
            return Err(Error::new(Code::CANNOT_CONVERT_TYPE, message));
        }
        let values: Vec<i256> = floats.values().iter().map(|value| from_float(*value)).collect();
        let stored = store(values.iter().copied(), floats.nulls().cloned(), &to)?;
        if !options.accurate {
            return Ok(stored);
        }
        let unsigned = !to.has_sign();
        let back = load(&stored, &to)?;
        checked(array, stored, options.failure, &to, |row| {
            to_float(back[row], unsigned) == floats.value(row)
        })
    })
}

/// Whether a value of one integer type is one of another.
pub fn fits(value: i256, from: &DataType, to: &DataType) -> bool {
    let bits = crate::functions::supertype::bits(to);
    let (unsigned_from, signed_to) = (!from.has_sign(), to.has_sign());
    // With the highest bit as no sign the value is above all signed types.
    let huge = unsigned_from && value < i256::ZERO;
    match (huge, signed_to) {
        (true, signed) => !signed && bits == 256,
        (false, false) => value >= i256::ZERO && (bits == 256 || value < i256::ONE << bits as u8),
        (false, true) => {
            let limit = i256::ONE << (bits - 1) as u8;
            bits == 256 || value < limit && value >= limit.wrapping_neg()
        }
    }
}

/// What does not fit is a failure.
fn checked(
    before: &ArrayRef,
    stored: ArrayRef,
    failure: super::Failure,
    to: &DataType,
    fits: impl Fn(usize) -> bool,
) -> Result<ArrayRef> {
    let wrong: BooleanArray = (0..stored.len()).map(|row| Some(!fits(row))).collect();
    let stored = arrow::compute::nullif(&stored, &wrong).map_err(internal)?;
    super::with_failures(before, stored, failure, to, |_| {
        let message = format!("Value cannot be safely converted into type {to}");
        Error::new(Code::CANNOT_CONVERT_TYPE, message)
    })
}
