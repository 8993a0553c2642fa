//! Arithmetic where an operand has more than 64 bits: in 256 bits, cut to the result's type.

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::i256;
use datafusion::logical_expr::Operator;

use super::binary::{illegal_types, native};
use crate::error::{Code, Error, Result};
use crate::functions::casts::big_integers::{load, store};
use crate::functions::function::{Argument, Bound, row_of};
use crate::functions::supertype::{bits, integer, next_bits};
use crate::types::DataType;

/// Whether one of two operands is a big integer and the other one no decimal.
pub fn is_big(arguments: &[Argument]) -> bool {
    arguments.iter().any(|argument| argument.data_type.is_big_integer())
        && !arguments.iter().any(|argument| argument.data_type.is_decimal())
}

fn is_integer(data_type: &DataType) -> bool {
    data_type.is_integer() || data_type.is_big_integer() || *data_type == DataType::Bool
}

/// The operation on the values of two integer columns.
fn kernel(
    arguments: &[Argument],
    result: DataType,
    operation: impl Fn(i256, i256) -> Result<i256> + Send + Sync + 'static,
) -> Bound {
    let types: Vec<DataType> = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    let own = types.clone();
    Bound::compact(result.clone(), types, move |arrays, rows| {
        let columns = [load(&arrays[0], &own[0])?, load(&arrays[1], &own[1])?];
        let value = |side: usize, row: usize| columns[side][row_of(&arrays[side], row)];
        let values = (0..rows).map(|row| operation(value(0, row), value(1, row)));
        let values: Vec<i256> = values.collect::<Result<_>>()?;
        store(values.into_iter(), None, &result)
    })
}

fn check(arguments: &[Argument], name: &str) -> Result<()> {
    match arguments.iter().all(|argument| is_integer(&argument.data_type)) {
        true => Ok(()),
        false => Err(illegal_types(arguments, name)),
    }
}

fn is_signed(arguments: &[Argument]) -> bool {
    arguments.iter().any(|argument| argument.data_type.has_sign())
}

fn widest(arguments: &[Argument]) -> u32 {
    bits(&arguments[0].data_type).max(bits(&arguments[1].data_type))
}

/// `+`, `-`, `*` of integers.
pub fn bind(arguments: &[Argument], name: &str, operator: Operator) -> Result<Bound> {
    check(arguments, name)?;
    let signed = operator == Operator::Minus || is_signed(arguments);
    let operation: fn(i256, i256) -> i256 = match operator {
        Operator::Plus => i256::wrapping_add,
        Operator::Minus => i256::wrapping_sub,
        _ => i256::wrapping_mul,
    };
    let result = integer(signed, widest(arguments));
    Ok(kernel(arguments, result, move |a, b| Ok(operation(a, b))))
}

/// The quotient of floats.
pub fn divide(arguments: &[Argument]) -> Result<Bound> {
    let is_number = |each: &DataType| is_integer(each) || each.is_float();
    match arguments.iter().all(|argument| is_number(&argument.data_type)) {
        true => Ok(native(DataType::Float64, Operator::Divide)),
        false => Err(illegal_types(arguments, "divide")),
    }
}

fn division_by_zero() -> Error {
    Error::new(Code::ILLEGAL_DIVISION, "Division by zero")
}

fn least_by_minus_one() -> Error {
    let message = "Division of minimal signed number by minus one";
    Error::new(Code::ILLEGAL_DIVISION, message)
}

/// Quotient and remainder of numbers of 256 bits without a sign.
fn divide_unsigned(a: i256, b: i256) -> (i256, i256) {
    if a >= i256::ZERO && b >= i256::ZERO {
        return (a.wrapping_div(b), a.wrapping_rem(b));
    }
    let less = |a: i256, b: i256| a.to_be_bytes() < b.to_be_bytes();
    let (mut quotient, mut rest) = (i256::ZERO, i256::ZERO);
    for bit in (0..=255u8).rev() {
        // A bit that is shifted out makes the rest greater than any divisor.
        let carry = rest < i256::ZERO;
        rest = rest << 1 | (a >> bit & i256::ONE);
        if carry || !less(rest, b) {
            rest = rest.wrapping_sub(b);
            quotient = quotient | i256::ONE << bit;
        }
    }
    (quotient, rest)
}

fn quotient_and_rest(a: i256, b: i256, signed: bool) -> (i256, i256) {
    match signed {
        true => (a.wrapping_div(b), a.wrapping_rem(b)),
        false => divide_unsigned(a, b),
    }
}

/// The least value of a type with a sign.
fn least(data_type: &DataType) -> i256 {
    (i256::ONE << (bits(data_type) - 1) as u8).wrapping_neg()
}

/// `intDiv`: as wide as the dividend.
pub fn int_div(arguments: &[Argument], name: &str, or_zero: bool) -> Result<Bound> {
    check(arguments, name)?;
    let signed = is_signed(arguments);
    let dividend = arguments[0].data_type.clone();
    let result = integer(signed, bits(&dividend));
    Ok(kernel(arguments, result, move |a, b| {
        let overflows = signed && b == i256::MINUS_ONE && dividend.has_sign() && a == least(&dividend);
        match (b == i256::ZERO, overflows) {
            (true, _) | (_, true) if or_zero => Ok(i256::ZERO),
            (true, _) => Err(division_by_zero()),
            (_, true) => Err(least_by_minus_one()),
            _ => Ok(quotient_and_rest(a, b, signed).0),
        }
    }))
}

/// `modulo` and its kin: as wide as the divisor, or twice that with a sign.
pub fn modulo(arguments: &[Argument], name: &str, or_zero: bool, positive: bool) -> Result<Bound> {
    check(arguments, name)?;
    let signed = is_signed(arguments);
    let size = bits(&arguments[1].data_type);
    let has_sign = arguments[0].data_type.has_sign() && !positive;
    let result = integer(has_sign, if has_sign { next_bits(size) } else { size });
    Ok(kernel(arguments, result, move |a, b| {
        if b == i256::ZERO {
            return if or_zero {
                Ok(i256::ZERO)
            } else {
                Err(division_by_zero())
            };
        }
        let rest = quotient_and_rest(a, b, signed).1;
        match positive && signed && rest < i256::ZERO {
            true => Ok(rest.wrapping_add(b.wrapping_abs())),
            false => Ok(rest),
        }
    }))
}

/// `gcd` and `lcm`.
pub fn common(arguments: &[Argument], name: &str, least_common: bool) -> Result<Bound> {
    check(arguments, name)?;
    let signed = is_signed(arguments);
    let magnitude = move |value: i256| match signed && value < i256::ZERO {
        true => value.wrapping_neg(),
        false => value,
    };
    Ok(kernel(arguments, integer(signed, widest(arguments)), move |a, b| {
        let (a, b) = (magnitude(a), magnitude(b));
        let (mut divisor, mut rest) = (a, b);
        while rest != i256::ZERO {
            (divisor, rest) = (rest, divide_unsigned(divisor, rest).1);
        }
        Ok(match least_common {
            false => divisor,
            true if divisor == i256::ZERO => i256::ZERO,
            true => divide_unsigned(a, divisor).0.wrapping_mul(b),
        })
    }))
}

/// `bitAnd` and its kin.
pub fn bitwise(arguments: &[Argument], name: &str, operation: fn(i256, i256) -> i256) -> Result<Bound> {
    check(arguments, name)?;
    let result = integer(is_signed(arguments), widest(arguments));
    Ok(kernel(arguments, result, move |a, b| Ok(operation(a, b))))
}

/// `bitShiftLeft` and `bitShiftRight`; the number of bits is no big integer.
pub fn shift(arguments: &[Argument], name: &str, left: bool) -> Result<Bound> {
    if arguments[1].data_type.is_big_integer() {
        let message = format!("{name} is not implemented for big integers as second argument");
        return Err(Error::new(Code::NOT_IMPLEMENTED, message));
    }
    check(arguments, name)?;
    let own = arguments[0].data_type.clone();
    let result = integer(is_signed(arguments), bits(&own));
    Ok(kernel(arguments, result, move |a, b| {
        let within = b >= i256::ZERO && b < i256::from_i128(i128::from(bits(&own)));
        let count = b.to_parts().0 as u8;
        Ok(match (within, left) {
            (false, _) => i256::ZERO,
            (true, true) => a << count,
            (true, false) if own.has_sign() || a >= i256::ZERO || count == 0 => a >> count,
            // Without a sign zeros come in from above.
            (true, false) => a >> count & !(i256::MINUS_ONE << (256 - u32::from(count)) as u8),
        })
    }))
}

/// One big integer to another number.
pub fn unary(argument: &Argument, result: DataType, operation: impl Fn(i256) -> i256 + Send + Sync + 'static) -> Bound {
    let own = argument.data_type.clone();
    Bound::kernel(result.clone(), vec![own.clone()], move |arrays: &[ArrayRef], _| {
        let values = load(&arrays[0], &own)?.into_iter().map(&operation);
        store(values, arrays[0].logical_nulls(), &result)
    })
}
