//! Decimal arithmetic, in 256 bits; what does not fit the result's type is DECIMAL_OVERFLOW.

use arrow::array::ArrayRef;
use arrow::datatypes::i256;
use datafusion::logical_expr::Operator;

use super::binary::native;
use crate::error::{Code, Error, Result};
use crate::functions::casts::decimals::{packed, power, wide};
use crate::functions::casts::numbers::wrap;
use crate::functions::function::{Bound, row_of};
use crate::functions::supertype::{bits, integer};
use crate::types::DataType;

/// Digits of the widest type.
const DIGITS_MAX: u8 = 76;

/// Precision and scale of an operand that is exact.
fn shape(data_type: &DataType) -> Option<(Option<u8>, u8)> {
    match data_type {
        DataType::Decimal(precision, scale) => Some((Some(*precision), *scale)),
        each if each.is_integer() || *each == DataType::Bool => Some((None, 0)),
        _ => None,
    }
}

/// The widest precision of ClickHouse's storage class.
fn class(precision: u8) -> u8 {
    match precision {
        0..=9 => 9,
        10..=18 => 18,
        19..=38 => 38,
        _ => DIGITS_MAX,
    }
}

/// The type as which an operand is read: its own scale, so many digits that any integer fits.
fn operand(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Decimal(..) => data_type.clone(),
        _ => DataType::Decimal(DIGITS_MAX, 0),
    }
}

/// `+ - * /` if one side is a Decimal; with a float, floats.
pub fn bind(left: &DataType, right: &DataType, operator: Operator) -> Result<Option<Bound>> {
    if !left.is_decimal() && !right.is_decimal() {
        return Ok(None);
    }
    if left.is_float() || right.is_float() {
        return Ok(Some(native(DataType::Float64, operator)));
    }
    let (Some((a, a_scale)), Some((b, b_scale))) = (shape(left), shape(right)) else {
        return Ok(None);
    };
    let precision = class(a.max(b).unwrap_or(DIGITS_MAX));
    let scale = match operator {
        Operator::Multiply => a_scale + b_scale,
        Operator::Divide if a.is_none() => b_scale,
        Operator::Divide => a_scale,
        _ => a_scale.max(b_scale),
    };
    if operator == Operator::Divide && scale < b_scale {
        let message = "Decimal result's scale is less than argument's one";
        return Err(Error::new(Code::ARGUMENT_OUT_OF_BOUND, message));
    }
    if scale > precision {
        let message = format!("Scale {scale} is out of bounds (max scale: {precision})");
        return Err(Error::new(Code::ARGUMENT_OUT_OF_BOUND, message));
    }
    let result = DataType::Decimal(precision, scale);
    Ok(Some(Bound::compact(
        result,
        vec![operand(left), operand(right)],
        move |arrays, rows| {
            let values = pairs(arrays, rows).map(|(a, b)| Some(calculate(a, b, operator, [a_scale, b_scale], scale)));
            let values: Vec<_> = values.map(Option::transpose).collect::<Result<_>>()?;
            packed(values.into_iter(), precision, scale)
        },
    )))
}

/// Both unscaled values of each row.
fn pairs(arrays: &[ArrayRef], rows: usize) -> impl Iterator<Item = (i256, i256)> {
    let columns = [wide(&arrays[0]), wide(&arrays[1])];
    let lengths = [arrays[0].clone(), arrays[1].clone()];
    (0..rows).map(move |row| {
        let value = |side: usize| columns[side].value(row_of(&lengths[side], row));
        (value(0), value(1))
    })
}

fn division_by_zero() -> Error {
    Error::new(Code::ILLEGAL_DIVISION, "Division by zero")
}

/// The unscaled result; nothing if it overflows.
fn calculate(a: i256, b: i256, operator: Operator, scales: [u8; 2], scale: u8) -> Result<Option<i256>> {
    let grown =
        |value: i256, from: u8, to: u8| power(to.saturating_sub(from)).and_then(|factor| value.checked_mul(factor));
    Ok(match operator {
        Operator::Multiply => a.checked_mul(b),
        Operator::Divide if b == i256::ZERO => return Err(division_by_zero()),
        // The dividend gets the divisor's digits, so that the quotient has the result's.
        Operator::Divide => grown(a, scales[0], scale + scales[1]).and_then(|a| a.checked_div(b)),
        _ => match (grown(a, scales[0], scale), grown(b, scales[1], scale)) {
            (Some(a), Some(b)) if operator == Operator::Plus => a.checked_add(b),
            (Some(a), Some(b)) => a.checked_sub(b),
            _ => None,
        },
    })
}

/// `intDiv` if one side is a Decimal.
pub fn int_div(left: &DataType, right: &DataType, or_zero: bool) -> Result<Option<Bound>> {
    if !left.is_decimal() && !right.is_decimal() {
        return Ok(None);
    }
    let (Some((a, a_scale)), Some((_, b_scale))) = (shape(left), shape(right)) else {
        return Ok(None);
    };
    let size = match a {
        Some(..=9) => 32,
        Some(_) => 64,
        None => bits(left),
    };
    let result = integer(true, size);
    let arrow = result.arrow();
    let common = a_scale.max(b_scale);
    Ok(Some(Bound::compact(
        result,
        vec![operand(left), operand(right)],
        move |arrays, rows| {
            let quotient = |(a, b): (i256, i256)| {
                if b == i256::ZERO {
                    return if or_zero { Ok(0) } else { Err(division_by_zero()) };
                }
                let [a, b] = [(a, a_scale), (b, b_scale)]
                    .map(|(value, scale)| power(common - scale).and_then(|factor| value.checked_mul(factor)));
                let quotient = a.zip(b).and_then(|(a, b)| a.checked_div(b)).and_then(i256::to_i128);
                quotient
                    .map(|quotient| quotient as i64)
                    .ok_or_else(|| Error::new(Code::DECIMAL_OVERFLOW, "Decimal math overflow"))
            };
            let quotients: Vec<i64> = pairs(arrays, rows).map(quotient).collect::<Result<_>>()?;
            let quotients: ArrayRef = std::sync::Arc::new(arrow::array::Int64Array::from(quotients));
            wrap(&quotients, &arrow)
        },
    )))
}

/// `modulo` if one side is a Decimal. The remainder is exact; ClickHouse takes integers unscaled here.
pub fn modulo(left: &DataType, right: &DataType) -> Result<Option<Bound>> {
    if !left.is_decimal() && !right.is_decimal() {
        return Ok(None);
    }
    if left.is_float() || right.is_float() {
        return Ok(Some(native(DataType::Float64, Operator::Modulo)));
    }
    let (Some((a, a_scale)), Some((b, b_scale))) = (shape(left), shape(right)) else {
        return Ok(None);
    };
    let precision = class(a.max(b).unwrap_or(DIGITS_MAX));
    let common = a_scale.max(b_scale);
    let scale = if a.is_some() { a_scale } else { b_scale };
    Ok(Some(Bound::compact(
        DataType::Decimal(precision, scale),
        vec![operand(left), operand(right)],
        move |arrays, rows| {
            let rest = |(a, b): (i256, i256)| {
                if b == i256::ZERO {
                    return Err(division_by_zero());
                }
                let [a, b] = [(a, a_scale), (b, b_scale)]
                    .map(|(value, scale)| power(common - scale).and_then(|factor| value.checked_mul(factor)));
                let rest = a.zip(b).and_then(|(a, b)| a.checked_rem(b));
                Ok(Some(
                    rest.zip(power(common - scale))
                        .and_then(|(rest, factor)| rest.checked_div(factor)),
                ))
            };
            let rests: Vec<_> = pairs(arrays, rows).map(rest).collect::<Result<_>>()?;
            packed(rests.into_iter(), precision, scale)
        },
    )))
}
