//! `divide`, `intDiv`, `modulo` and their kin, `gcd`, `lcm`.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{Float64Type, Int64Type, UInt64Type};

use datafusion::logical_expr::Operator;

use super::binary::{illegal_types, is_operand, native, result_type};
use super::{big_integers, decimals};
use crate::error::{Code, Error, Result};
use crate::functions::casts::numbers::wrap;
use crate::functions::function::{Argument, Bound, Function};
use crate::functions::supertype::{bits, integer};
use crate::types::DataType;

pub const DIVIDE: Function = Function::new(
    "divide",
    (2, 2),
    "Quotient, always a float except for decimals",
    |arguments, _| {
        of_numbers!(arguments, "divide");
        let (left, right) = (&arguments[0].data_type, &arguments[1].data_type);
        if big_integers::is_big(arguments) {
            return big_integers::divide(arguments);
        }
        if let Some(bound) = decimals::bind(left, right, Operator::Divide)? {
            return Ok(bound);
        }
        if !is_operand(left) || !is_operand(right) {
            return Err(illegal_types(arguments, "divide"));
        }
        Ok(native(DataType::Float64, Operator::Divide))
    },
);
pub const INT_DIV: Function = Function::new("intDiv", (2, 2), "Integer quotient, rounded to zero", |arguments, _| {
    of_numbers!(arguments, "intDiv");
    int_div(arguments, "intDiv", false)
});
pub const INT_DIV_OR_ZERO: Function = Function::new(
    "intDivOrZero",
    (2, 2),
    "Integer quotient, 0 for division by zero",
    |arguments, _| {
        of_numbers!(arguments, "intDivOrZero");
        int_div(arguments, "intDivOrZero", true)
    },
);
pub const MODULO: Function = Function::new(
    "modulo",
    (2, 2),
    "Remainder with the sign of the dividend",
    |arguments, _| {
        of_numbers!(arguments, "modulo");
        modulo(arguments, "modulo", Kind::Strict)
    },
)
.aliases_any_case(&["mod"]);
pub const MODULO_OR_ZERO: Function = Function::new(
    "moduloOrZero",
    (2, 2),
    "Remainder, 0 for division by zero",
    |arguments, _| {
        of_numbers!(arguments, "moduloOrZero");
        modulo(arguments, "moduloOrZero", Kind::OrZero)
    },
);
pub const POSITIVE_MODULO: Function = Function::new(
    "positiveModulo",
    (2, 2),
    "Remainder that is never negative",
    |arguments, _| {
        of_numbers!(arguments, "positiveModulo");
        modulo(arguments, "positiveModulo", Kind::Positive)
    },
)
.aliases(&["positive_modulo", "pmod"]);
pub const GCD: Function = Function::new("gcd", (2, 2), "Greatest common divisor", |arguments, _| {
    common(arguments, "gcd", |a, b, gcd| if a == 0 { b } else { gcd })
});
pub const LCM: Function = Function::new("lcm", (2, 2), "Least common multiple", |arguments, _| {
    common(arguments, "lcm", |a, b, gcd| {
        a.checked_div(gcd).map_or(0, |part| part.wrapping_mul(b))
    })
});

/// What a modulo does with zero and with negative remainders.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Strict,
    OrZero,
    Positive,
}

fn division_by_zero() -> Error {
    Error::new(Code::ILLEGAL_DIVISION, "Division by zero")
}

/// The widest type of the operands' kind, in which the kernels compute.
fn wide(left: &DataType, right: &DataType) -> DataType {
    match left.is_signed_integer() || right.is_signed_integer() {
        true => DataType::Int64,
        false => DataType::UInt64,
    }
}

/// Applies an operation to two columns of 64-bit integers.
fn integers(
    arguments: &[ArrayRef],
    signed: impl Fn(i64, i64) -> Result<i64>,
    unsigned: impl Fn(u64, u64) -> Result<u64>,
) -> Result<ArrayRef> {
    if let Some(left) = arguments[0].as_primitive_opt::<Int64Type>() {
        let right = arguments[1].as_primitive::<Int64Type>();
        let values = left.values().iter().zip(right.values()).map(|(a, b)| signed(*a, *b));
        return Ok(Arc::new(PrimitiveArray::<Int64Type>::new(
            values.collect::<Result<Vec<_>>>()?.into(),
            None,
        )));
    }
    let (left, right) = (
        arguments[0].as_primitive::<UInt64Type>(),
        arguments[1].as_primitive::<UInt64Type>(),
    );
    let values = left.values().iter().zip(right.values()).map(|(a, b)| unsigned(*a, *b));
    Ok(Arc::new(PrimitiveArray::<UInt64Type>::new(
        values.collect::<Result<Vec<_>>>()?.into(),
        None,
    )))
}

fn int_div(arguments: &[Argument], name: &str, or_zero: bool) -> Result<Bound> {
    let (left, right) = (&arguments[0].data_type, &arguments[1].data_type);
    if big_integers::is_big(arguments) {
        return big_integers::int_div(arguments, name, or_zero);
    }
    if let Some(bound) = decimals::int_div(left, right, or_zero)? {
        return Ok(bound);
    }
    if !is_operand(left) || !is_operand(right) {
        return Err(illegal_types(arguments, name));
    }
    let signed = !left.is_unsigned_integer() && *left != DataType::Bool
        || !(right.is_unsigned_integer() || *right == DataType::Bool);
    let result = integer(signed, bits(left));
    let arrow = result.arrow();
    if left.is_float() || right.is_float() {
        return Ok(Bound::kernel(result, vec![DataType::Float64; 2], move |arrays, _| {
            let (a, b) = (
                arrays[0].as_primitive::<Float64Type>(),
                arrays[1].as_primitive::<Float64Type>(),
            );
            let quotients = a
                .values()
                .iter()
                .zip(b.values())
                .map(|(a, b)| float_quotient(*a, *b, or_zero));
            let quotients: ArrayRef = Arc::new(PrimitiveArray::<Int64Type>::new(
                quotients.collect::<Result<Vec<_>>>()?.into(),
                None,
            ));
            wrap(&quotients, &arrow)
        }));
    }
    // A signed side with an unsigned one: 64 bits of either are kept as they are, as C++ does.
    let wide = wide(left, right);
    Ok(Bound::kernel(result, vec![wide; 2], move |arrays, _| {
        let quotients = integers(
            arrays,
            |a, b| match a.checked_div(b) {
                Some(quotient) => Ok(quotient),
                None if or_zero => Ok(0),
                None if b == 0 => Err(division_by_zero()),
                None => Err(Error::new(
                    Code::ILLEGAL_DIVISION,
                    "Division of minimal signed number by minus one",
                )),
            },
            |a, b| a.checked_div(b).or(or_zero.then_some(0)).ok_or_else(division_by_zero),
        )?;
        wrap(&quotients, &arrow)
    }))
}

fn float_quotient(a: f64, b: f64, or_zero: bool) -> Result<i64> {
    // ClickHouse makes integers of both sides first.
    let (a, b) = (a as i64, b as i64);
    match a.checked_div(b) {
        Some(quotient) => Ok(quotient),
        None if or_zero => Ok(0),
        None => Err(division_by_zero()),
    }
}

fn modulo(arguments: &[Argument], name: &str, kind: Kind) -> Result<Bound> {
    let (left, right) = (&arguments[0].data_type, &arguments[1].data_type);
    let floats = left.is_float() || right.is_float();
    if big_integers::is_big(arguments) && !floats {
        return big_integers::modulo(arguments, name, kind == Kind::OrZero, kind == Kind::Positive);
    }
    if let Some(bound) = decimals::modulo(left, right)? {
        return Ok(bound);
    }
    let is_operand = |each: &DataType| is_operand(each) || each.is_big_integer();
    if !is_operand(left) || !is_operand(right) {
        return Err(illegal_types(arguments, name));
    }
    if left.is_float() || right.is_float() {
        return Ok(Bound::kernel(
            DataType::Float64,
            vec![DataType::Float64; 2],
            move |arrays, _| {
                let (a, b) = (
                    arrays[0].as_primitive::<Float64Type>(),
                    arrays[1].as_primitive::<Float64Type>(),
                );
                let rests = a.values().iter().zip(b.values()).map(|(a, b)| match a % b {
                    rest if rest < 0.0 && kind == Kind::Positive => rest + b.abs(),
                    rest => rest,
                });
                Ok(Arc::new(PrimitiveArray::<Float64Type>::from_iter_values(rests)))
            },
        ));
    }
    let signed = left.is_signed_integer() && kind != Kind::Positive;
    let size = bits(right);
    let result = integer(signed, if signed { (size * 2).min(64) } else { size });
    let arrow = result.arrow();
    // The least value of the left type, whose quotient by -1 that type does not have.
    let least = match left.is_signed_integer() && right.is_signed_integer() {
        true => Some(i64::MIN >> (64 - bits(left))),
        false => None,
    };
    Ok(Bound::kernel(result, vec![wide(left, right); 2], move |arrays, _| {
        let rests = integers(
            arrays,
            |a, b| match (b, kind) {
                (0, Kind::OrZero) => Ok(0),
                (-1, Kind::OrZero) => Ok(0),
                (-1, _) if Some(a) == least => Err(Error::new(
                    Code::ILLEGAL_DIVISION,
                    "Division of minimal signed number by minus one",
                )),
                (0, _) => Err(division_by_zero()),
                (_, Kind::Positive) => Ok(a.wrapping_rem_euclid(b)),
                _ => Ok(a.wrapping_rem(b)),
            },
            |a, b| {
                a.checked_rem(b)
                    .or((kind == Kind::OrZero).then_some(0))
                    .ok_or_else(division_by_zero)
            },
        )?;
        wrap(&rests, &arrow)
    }))
}

/// gcd and lcm: `combine` gets both numbers and their gcd, without signs.
fn common(arguments: &[Argument], name: &str, combine: fn(u64, u64, u64) -> u64) -> Result<Bound> {
    let (left, right) = (&arguments[0].data_type, &arguments[1].data_type);
    if left.is_float() || right.is_float() {
        return Err(illegal_types(arguments, name));
    }
    if big_integers::is_big(arguments) {
        return big_integers::common(arguments, name, name == "lcm");
    }
    let result = result_type(left, right, false).ok_or_else(|| illegal_types(arguments, name))?;
    let arrow = result.arrow();
    Ok(Bound::kernel(result, vec![wide(left, right); 2], move |arrays, _| {
        let unsigned = |a: u64, b: u64| combine(a, b, greatest_common_divisor(a, b));
        let values = integers(
            arrays,
            |a, b| Ok(unsigned(a.unsigned_abs(), b.unsigned_abs()) as i64),
            |a, b| Ok(unsigned(a, b)),
        )?;
        wrap(&values, &arrow)
    }))
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
