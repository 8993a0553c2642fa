//! `round`, `floor`, `ceil`, `trunc`, with digits after or (negative) before the point.
//!
//! A float's half goes to the even neighbour, an integer's or decimal's half away from zero: as ClickHouse does.

mod steps;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array, Decimal256Array};
use arrow::datatypes::{Decimal128Type, Decimal256Type, Float32Type, Float64Type, Int64Type, UInt64Type, i256};

use super::casts::numbers::wrap;
use super::casts::{decimals, integer_value};
use super::function::{Argument, Bound, Function, illegal};
use crate::error::{Code, Error, Result};
use crate::types::DataType;

/// See [`super::FOLDERS`].
pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "round",
        (1, 2),
        "The nearest number of so many digits",
        |arguments, _| bind(arguments, "round", Mode::Round),
    )
    .any_case(),
    Function::new(
        "roundBankers",
        (1, 2),
        "The nearest number of so many digits, the even one of two",
        |arguments, _| bind(arguments, "roundBankers", Mode::Bankers),
    )
    .any_case(),
    Function::new(
        "floor",
        (1, 2),
        "The greatest number of so many digits that is not above",
        |arguments, _| bind(arguments, "floor", Mode::Floor),
    )
    .any_case(),
    Function::new(
        "ceil",
        (1, 2),
        "The least number of so many digits that is not below",
        |arguments, _| bind(arguments, "ceil", Mode::Ceil),
    )
    .aliases_any_case(&["ceiling"])
    .any_case(),
    Function::new("trunc", (1, 2), "The number without further digits", |arguments, _| {
        bind(arguments, "trunc", Mode::Trunc)
    })
    .aliases_any_case(&["truncate"])
    .any_case(),
    steps::TO_EXP2,
    steps::AGE,
    steps::DURATION,
];

/// Where numbers between two results go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mode {
    Round,
    Bankers,
    Floor,
    Ceil,
    Trunc,
}

/// More digits than this round nothing, and leave nothing when negative.
const DIGITS_MAX: i64 = 76;

fn bind(arguments: &[Argument], name: &str, mode: Mode) -> Result<Bound> {
    let from = arguments[0].data_type.clone();
    if !from.is_number() && from != DataType::Bool {
        return Err(illegal(format!(
            "A value of illegal type was provided as 1st argument 'x' to function '{name}'. Expected: A number to round, got: {from}"
        )));
    }
    let digits = match arguments.get(1) {
        None => 0,
        Some(argument) => {
            let digits = argument.constant.as_ref().and_then(integer_value);
            digits.ok_or_else(|| {
                Error::new(
                    Code::ILLEGAL_COLUMN,
                    format!("Illegal column, expected a constant integer as the second argument of function {name}"),
                )
            })?
        }
    };
    let digits = digits.clamp(i128::from(-DIGITS_MAX), i128::from(DIGITS_MAX)) as i64;
    let types = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    let arrow = from.arrow();
    Ok(Bound::compact(from.clone(), types, move |arrays, _| match &from {
        DataType::Float32 => Ok(Arc::new(
            arrays[0]
                .as_primitive::<Float32Type>()
                .unary::<_, Float32Type>(|value| float(f64::from(value), digits, mode) as f32),
        )),
        DataType::Float64 => Ok(Arc::new(
            arrays[0]
                .as_primitive::<Float64Type>()
                .unary::<_, Float64Type>(|value| float(value, digits, mode)),
        )),
        DataType::BFloat16 => {
            let wide = wrap(
                &super::casts::numbers::from_bfloat16(&arrays[0]),
                &DataType::Float64.arrow(),
            )?;
            let rounded = wide
                .as_primitive::<Float64Type>()
                .unary::<_, Float64Type>(|value| float(value, digits, mode));
            super::casts::numbers::to_bfloat16(&(Arc::new(rounded) as ArrayRef))
        }
        DataType::Decimal(_, scale) => Ok(decimal(&arrays[0], i64::from(*scale) - digits, mode)),
        DataType::UInt64 if digits < 0 => {
            let rounded = arrays[0]
                .as_primitive::<UInt64Type>()
                .unary::<_, UInt64Type>(|value| integer(i128::from(value), -digits, mode) as u64);
            Ok(Arc::new(rounded))
        }
        _ if digits < 0 => {
            let wide = wrap(&arrays[0], &DataType::Int64.arrow())?;
            let rounded = wide
                .as_primitive::<Int64Type>()
                .unary::<_, Int64Type>(|value| integer(i128::from(value), -digits, mode) as i64);
            wrap(&(Arc::new(rounded) as ArrayRef), &arrow)
        }
        _ => Ok(arrays[0].clone()),
    }))
}

fn float(value: f64, digits: i64, mode: Mode) -> f64 {
    let whole = |value: f64| match mode {
        Mode::Round | Mode::Bankers => value.round_ties_even(),
        Mode::Floor => value.floor(),
        Mode::Ceil => value.ceil(),
        Mode::Trunc => value.trunc(),
    };
    if digits == 0 || !value.is_finite() {
        return whole(value);
    }
    let factor = 10f64.powi(digits.unsigned_abs() as i32);
    let rounded = if digits > 0 {
        whole(value * factor) / factor
    } else {
        whole(value / factor) * factor
    };
    if rounded.is_finite() { rounded } else { value }
}

/// Rounds to a multiple of ten to the power of `zeros`.
fn integer(value: i128, zeros: i64, mode: Mode) -> i128 {
    let Some(unit) = u32::try_from(zeros).ok().and_then(|zeros| 10i128.checked_pow(zeros)) else {
        return 0;
    };
    let down = value.div_euclid(unit);
    let rest = value.rem_euclid(unit);
    let up = match mode {
        Mode::Floor => false,
        Mode::Ceil => rest > 0,
        Mode::Trunc => value < 0 && rest > 0,
        Mode::Round => rest * 2 > unit || rest * 2 == unit && value >= 0,
        Mode::Bankers => rest * 2 > unit || rest * 2 == unit && down % 2 != 0,
    };
    (down + i128::from(up)).saturating_mul(unit)
}

/// Rounds the lowest `zeros` digits of unscaled values off.
fn decimal(array: &ArrayRef, zeros: i64, mode: Mode) -> ArrayRef {
    if zeros <= 0 {
        return array.clone();
    }
    if let Some(narrow) = array.as_primitive_opt::<Decimal128Type>() {
        let rounded: Decimal128Array = narrow.unary(|value| integer(value, zeros, mode));
        return Arc::new(rounded.with_data_type(array.data_type().clone()));
    }
    let wide = array.as_primitive::<Decimal256Type>();
    let rounded: Decimal256Array = wide.unary(|value| wide_decimal(value, zeros, mode));
    Arc::new(rounded.with_data_type(array.data_type().clone()))
}

fn wide_decimal(value: i256, zeros: i64, mode: Mode) -> i256 {
    let unit = u8::try_from(zeros).ok().and_then(decimals::power);
    let Some(unit) = unit else { return i256::ZERO };
    let (whole, rest) = (value.wrapping_div(unit), value.wrapping_rem(unit));
    let (negative, twice) = (rest < i256::ZERO, rest.wrapping_abs().wrapping_add(rest.wrapping_abs()));
    let odd = whole.wrapping_rem(i256::from_i128(2)) != i256::ZERO;
    let away = match mode {
        Mode::Floor => negative,
        Mode::Ceil => !negative && rest != i256::ZERO,
        Mode::Trunc => false,
        Mode::Round => twice >= unit,
        Mode::Bankers => twice > unit || twice == unit && odd,
    };
    let step = if negative { i256::MINUS_ONE } else { i256::ONE };
    let whole = if away { whole.wrapping_add(step) } else { whole };
    whole.wrapping_mul(unit)
}
