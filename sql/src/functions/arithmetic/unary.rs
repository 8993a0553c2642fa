//! `negate`, `abs`, `sign`.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{
    ArrowPrimitiveType, Decimal128Type, Decimal256Type, Float32Type, Float64Type, Int8Type, Int64Type, UInt64Type, i256,
};

use super::big_integers;
use super::binary::is_operand;
use crate::error::Result;
use crate::functions::casts::numbers::wrap;
use crate::functions::function::{Argument, Bound, Function, illegal_type};
use crate::functions::supertype::{bits, integer};
use crate::types::DataType;

pub const NEGATE: Function = Function::new("negate", (1, 1), "The value with the other sign", |arguments, _| {
    let from = &arguments[0].data_type;
    let result = match from {
        DataType::Bool => DataType::Int16,
        each if each.is_unsigned_integer() => integer(true, (bits(each) * 2).min(64)),
        each => each.clone(),
    };
    bind(arguments, "negate", result, Sign::Negate)
});
pub const ABS: Function = Function::new("abs", (1, 1), "The value without its sign", |arguments, _| {
    let from = &arguments[0].data_type;
    let result = match from {
        DataType::Bool => DataType::UInt8,
        each if each.is_integer() => integer(false, bits(each)),
        each => each.clone(),
    };
    bind(arguments, "abs", result, Sign::Abs)
})
.any_case();
pub const SIGN: Function = Function::new("sign", (1, 1), "-1, 0 or 1", |arguments, _| {
    bind(arguments, "sign", DataType::Int8, Sign::Signum)
})
.any_case();

#[derive(Clone, Copy)]
enum Sign {
    Negate,
    Abs,
    Signum,
}

fn bind(arguments: &[Argument], name: &str, result: DataType, sign: Sign) -> Result<Bound> {
    let from = &arguments[0].data_type;
    if from.is_big_integer() {
        return Ok(of_big_integer(&arguments[0], sign));
    }
    let wide = match from {
        DataType::BFloat16 => return Err(illegal_type(&arguments[0], name)),
        each if each.is_decimal() => each.clone(),
        DataType::Interval(_) if matches!(sign, Sign::Negate) => DataType::Int64,
        DataType::Float32 | DataType::Float64 => from.clone(),
        DataType::UInt64 => DataType::UInt64,
        each if is_operand(each) => DataType::Int64,
        _ => return Err(illegal_type(&arguments[0], name)),
    };
    let arrow = result.arrow();
    Ok(Bound::kernel(result, vec![wide.clone()], move |arrays, _| {
        let array = &arrays[0];
        let values = match wide {
            DataType::Float32 => each::<Float32Type>(array, |v| match sign {
                Sign::Negate => -v,
                Sign::Abs => v.abs(),
                Sign::Signum => signum(v.partial_cmp(&0.0)) as f32,
            }),
            DataType::Float64 => each::<Float64Type>(array, |v| match sign {
                Sign::Negate => -v,
                Sign::Abs => v.abs(),
                Sign::Signum => signum(v.partial_cmp(&0.0)) as f64,
            }),
            DataType::UInt64 => each::<UInt64Type>(array, |v| match sign {
                Sign::Negate => v.wrapping_neg(),
                Sign::Abs => v,
                Sign::Signum => u64::from(v > 0),
            }),
            DataType::Decimal(precision, _) if matches!(sign, Sign::Signum) => {
                return Ok(decimal_sign(array, precision));
            }
            DataType::Decimal(precision, _) => return Ok(decimal(array, precision, sign)),
            _ => each::<Int64Type>(array, |v| match sign {
                Sign::Negate => v.wrapping_neg(),
                Sign::Abs => v.wrapping_abs(),
                Sign::Signum => v.signum(),
            }),
        };
        wrap(&values, &arrow)
    }))
}

fn of_big_integer(argument: &Argument, sign: Sign) -> Bound {
    let (signed, size) = (argument.data_type.has_sign(), bits(&argument.data_type));
    let is_negative = move |value: i256| signed && value < i256::ZERO;
    match sign {
        Sign::Negate => big_integers::unary(argument, integer(true, size), i256::wrapping_neg),
        Sign::Abs => big_integers::unary(argument, integer(false, size), move |value| match is_negative(value) {
            true => value.wrapping_neg(),
            false => value,
        }),
        Sign::Signum => big_integers::unary(argument, DataType::Int8, move |value| match value {
            i256::ZERO => i256::ZERO,
            value if is_negative(value) => i256::MINUS_ONE,
            _ => i256::ONE,
        }),
    }
}

fn signum(order: Option<std::cmp::Ordering>) -> i8 {
    order.map_or(0, |order| order as i8)
}

fn each<T: ArrowPrimitiveType>(array: &ArrayRef, operation: impl Fn(T::Native) -> T::Native) -> ArrayRef {
    Arc::new(array.as_primitive::<T>().unary::<_, T>(operation))
}

fn decimal(array: &ArrayRef, precision: u8, sign: Sign) -> ArrayRef {
    let negate = matches!(sign, Sign::Negate);
    let data_type = array.data_type().clone();
    if precision <= 38 {
        let values: PrimitiveArray<Decimal128Type> = array
            .as_primitive::<Decimal128Type>()
            .unary(|v| if negate { v.wrapping_neg() } else { v.wrapping_abs() });
        return Arc::new(values.with_data_type(data_type));
    }
    let values: PrimitiveArray<Decimal256Type> = array
        .as_primitive::<Decimal256Type>()
        .unary(|v| if negate { v.wrapping_neg() } else { v.wrapping_abs() });
    Arc::new(values.with_data_type(data_type))
}

fn decimal_sign(array: &ArrayRef, precision: u8) -> ArrayRef {
    let signs: PrimitiveArray<Int8Type> = match precision {
        0..=38 => array.as_primitive::<Decimal128Type>().unary(|v| v.signum() as i8),
        _ => array
            .as_primitive::<Decimal256Type>()
            .unary(|v| signum(v.partial_cmp(&i256::ZERO))),
    };
    Arc::new(signs)
}
