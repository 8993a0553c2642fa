//! Functions of floats: roots, logarithms, angles; `greatest` and `least`.

mod extremes;
mod gamma;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{Float64Type, Int64Type, UInt8Type, UInt64Type};
use datafusion::common::ScalarValue;

use super::function::{Argument, Bound, Function, illegal_type};
use super::{Context, TypedExpr, call};
use crate::error::{Code, Error, Result};
use crate::types::DataType;

/// A function of one number; the result is a Float64.
macro_rules! unary {
    ($name:literal, [$($alias:literal),*], $description:literal, $operation:expr) => {
        Function::new($name, (1, 1), $description, |arguments, _| unary(arguments, $name, $operation)).aliases_any_case(&[$($alias),*]).any_case()
    };
}

/// See [`super::FOLDERS`].
pub(super) const FUNCTIONS: &[Function] = &[
    unary!("sqrt", [], "Square root", f64::sqrt),
    unary!("cbrt", [], "Cube root", f64::cbrt),
    unary!("exp", [], "e to the power of the argument", f64::exp),
    unary!("exp2", [], "2 to the power of the argument", f64::exp2),
    unary!("exp10", [], "10 to the power of the argument", |value| 10f64
        .powf(value)),
    unary!("log", ["ln"], "Natural logarithm", f64::ln),
    unary!("log2", [], "Logarithm to base 2", f64::log2),
    unary!("log10", [], "Logarithm to base 10", f64::log10),
    unary!("log1p", [], "Logarithm of one plus the argument", f64::ln_1p),
    unary!("sin", [], "Sine", f64::sin),
    unary!("cos", [], "Cosine", f64::cos),
    unary!("tan", [], "Tangent", f64::tan),
    unary!("asin", [], "Arc sine", f64::asin),
    unary!("acos", [], "Arc cosine", f64::acos),
    unary!("atan", [], "Arc tangent", f64::atan),
    unary!("sinh", [], "Hyperbolic sine", f64::sinh),
    unary!("cosh", [], "Hyperbolic cosine", f64::cosh),
    unary!("tanh", [], "Hyperbolic tangent", f64::tanh),
    unary!("asinh", [], "Inverse hyperbolic sine", f64::asinh),
    unary!("acosh", [], "Inverse hyperbolic cosine", f64::acosh),
    unary!("atanh", [], "Inverse hyperbolic tangent", f64::atanh),
    unary!("degrees", [], "Degrees of an angle in radians", f64::to_degrees),
    unary!("radians", [], "Radians of an angle in degrees", f64::to_radians),
    unary!("sigmoid", [], "The logistic function", |value| 1.0
        / (1.0 + (-value).exp())),
    unary!("erf", [], "The error function", gamma::erf),
    unary!("erfc", [], "One minus the error function", gamma::erfc),
    unary!("lgamma", [], "Logarithm of the gamma function", gamma::log_gamma),
    unary!("tgamma", [], "The gamma function", gamma::gamma),
    Function::new(
        "pow",
        (2, 2),
        "The first argument to the power of the second",
        |arguments, _| binary(arguments, "pow", f64::powf),
    )
    .aliases_any_case(&["power"])
    .any_case(),
    Function::new("atan2", (2, 2), "The angle of a point y, x", |arguments, _| {
        binary(arguments, "atan2", f64::atan2)
    })
    .any_case(),
    Function::new("hypot", (2, 2), "Length of the hypotenuse", |arguments, _| {
        binary(arguments, "hypot", f64::hypot)
    })
    .any_case(),
    Function::new(
        "max2",
        (2, 2),
        "The greater of two numbers as Float64",
        |arguments, _| binary(arguments, "max2", f64::max),
    )
    .any_case(),
    Function::new("min2", (2, 2), "The less of two numbers as Float64", |arguments, _| {
        binary(arguments, "min2", f64::min)
    })
    .any_case(),
    Function::new("pi", (0, 0), "The number pi", |arguments, _| {
        Ok(constant(arguments, std::f64::consts::PI))
    })
    .any_case(),
    Function::new("e", (0, 0), "Euler's number", |arguments, _| {
        Ok(constant(arguments, std::f64::consts::E))
    }),
    Function::new("isNaN", (1, 1), "Whether a float is not a number", |arguments, _| {
        test(arguments, "isNaN", f64::is_nan)
    }),
    Function::new("isInfinite", (1, 1), "Whether a float is infinite", |arguments, _| {
        test(arguments, "isInfinite", f64::is_infinite)
    }),
    Function::new("isFinite", (1, 1), "Whether a float is finite", |arguments, _| {
        test(arguments, "isFinite", f64::is_finite)
    }),
    Function::new(
        "ifNotFinite",
        (2, 2),
        "The second argument where the first is not finite",
        |_, _| Ok(Bound::compose(if_not_finite)),
    ),
    Function::new(
        "factorial",
        (1, 1),
        "Factorial of an integer up to 20",
        |arguments, _| factorial(arguments),
    )
    .any_case(),
    Function::new(
        "intExp2",
        (1, 1),
        "2 to the power of the argument, as UInt64",
        |arguments, _| int_power(arguments, "intExp2", 2),
    ),
    Function::new(
        "intExp10",
        (1, 1),
        "10 to the power of the argument, as UInt64",
        |arguments, _| int_power(arguments, "intExp10", 10),
    ),
    extremes::GREATEST,
    extremes::LEAST,
];

fn check(arguments: &[Argument], name: &str) -> Result<()> {
    let is_number = |each: &Argument| {
        each.data_type.is_number() || each.data_type.is_big_integer() || each.data_type == DataType::Bool
    };
    match arguments.iter().find(|argument| !is_number(argument)) {
        Some(wrong) => Err(illegal_type(wrong, name)),
        None => Ok(()),
    }
}

fn constant(arguments: &[Argument], value: f64) -> Bound {
    Bound::constant(DataType::Float64, arguments, ScalarValue::Float64(Some(value)))
}

fn unary(arguments: &[Argument], name: &str, operation: fn(f64) -> f64) -> Result<Bound> {
    check(arguments, name)?;
    Ok(Bound::kernel(
        DataType::Float64,
        vec![DataType::Float64],
        move |arrays, _| {
            Ok(Arc::new(
                arrays[0]
                    .as_primitive::<Float64Type>()
                    .unary::<_, Float64Type>(operation),
            ))
        },
    ))
}

fn binary(arguments: &[Argument], name: &str, operation: fn(f64, f64) -> f64) -> Result<Bound> {
    check(arguments, name)?;
    Ok(Bound::kernel(
        DataType::Float64,
        vec![DataType::Float64; 2],
        move |arrays, _| {
            let (a, b) = (
                arrays[0].as_primitive::<Float64Type>(),
                arrays[1].as_primitive::<Float64Type>(),
            );
            let values = a.values().iter().zip(b.values()).map(|(a, b)| operation(*a, *b));
            Ok(Arc::new(PrimitiveArray::<Float64Type>::from_iter_values(values)))
        },
    ))
}

fn test(arguments: &[Argument], name: &str, operation: fn(f64) -> bool) -> Result<Bound> {
    check(arguments, name)?;
    if arguments[0].data_type.is_decimal() {
        return Err(illegal_type(&arguments[0], name));
    }
    Ok(Bound::kernel(
        DataType::UInt8,
        vec![DataType::Float64],
        move |arrays, _| {
            Ok(Arc::new(
                arrays[0]
                    .as_primitive::<Float64Type>()
                    .unary::<_, UInt8Type>(|value| u8::from(operation(value))),
            ))
        },
    ))
}

fn if_not_finite(arguments: Vec<TypedExpr>, context: &Context) -> Result<TypedExpr> {
    let finite = call("isFinite", vec![arguments[0].clone()], context)?;
    let mut branches = vec![finite];
    branches.extend(arguments);
    call("if", branches, context)
}

/// The greatest number whose factorial fits into UInt64.
const FACTORIAL_MAX: i64 = 20;

fn factorial(arguments: &[Argument]) -> Result<Bound> {
    if !arguments[0].data_type.is_integer() {
        return Err(illegal_type(&arguments[0], "factorial"));
    }
    Ok(Bound::kernel(DataType::UInt64, vec![DataType::Int64], |arrays, _| {
        let numbers = arrays[0].as_primitive::<Int64Type>().values();
        if numbers.iter().any(|number| *number > FACTORIAL_MAX) {
            return Err(Error::new(
                Code::BAD_ARGUMENTS,
                "The maximum value for the input of the function factorial is 20",
            ));
        }
        let products = numbers
            .iter()
            .map(|number| (2..=*number as u64).take_while(|_| *number > 1).product::<u64>());
        Ok(Arc::new(PrimitiveArray::<UInt64Type>::from_iter_values(products)) as ArrayRef)
    }))
}

fn int_power(arguments: &[Argument], name: &str, base: u64) -> Result<Bound> {
    check(arguments, name)?;
    Ok(Bound::kernel(
        DataType::UInt64,
        vec![DataType::Float64],
        move |arrays, _| {
            let exponents = arrays[0].as_primitive::<Float64Type>();
            debug_assert!(exponents.null_count() == 0, "NULL is taken out before");
            let power = |exponent: f64| match exponent {
                exponent if exponent.is_nan() || exponent < 0.0 => 0,
                exponent => base.checked_pow(exponent as u32).unwrap_or(u64::MAX),
            };
            Ok(Arc::new(exponents.unary::<_, UInt64Type>(power)))
        },
    ))
}
