//! Operations on bits.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{Int64Type, UInt8Type, UInt16Type, UInt64Type, i256};

use super::big_integers;
use super::binary::illegal_types;
use crate::error::Result;
use crate::functions::casts::numbers::wrap;
use crate::functions::function::{Argument, Bound, Function, illegal_type};
use crate::functions::supertype::{bits, integer};
use crate::types::DataType;

pub const AND: Function = Function::new("bitAnd", (2, 2), "Bits set in both", |arguments, _| {
    of_numbers!(arguments, "bitAnd");
    if big_integers::is_big(arguments) {
        return big_integers::bitwise(arguments, "bitAnd", |a, b| a & b);
    }
    binary(arguments, "bitAnd", |a, b, _| a & b)
});
pub const OR: Function = Function::new("bitOr", (2, 2), "Bits set in one or both", |arguments, _| {
    of_numbers!(arguments, "bitOr");
    if big_integers::is_big(arguments) {
        return big_integers::bitwise(arguments, "bitOr", |a, b| a | b);
    }
    binary(arguments, "bitOr", |a, b, _| a | b)
});
pub const XOR: Function = Function::new("bitXor", (2, 2), "Bits set in one but not both", |arguments, _| {
    of_numbers!(arguments, "bitXor");
    if big_integers::is_big(arguments) {
        return big_integers::bitwise(arguments, "bitXor", |a, b| a ^ b);
    }
    binary(arguments, "bitXor", |a, b, _| a ^ b)
});
pub const SHIFT_LEFT: Function = Function::new("bitShiftLeft", (2, 2), "Bits moved up", |arguments, _| {
    of_numbers!(arguments, "bitShiftLeft");
    if big_integers::is_big(arguments) {
        return big_integers::shift(arguments, "bitShiftLeft", true);
    }
    binary(arguments, "bitShiftLeft", |a, b, size| {
        if (0..i64::from(size)).contains(&b) { a << b } else { 0 }
    })
});
pub const SHIFT_RIGHT: Function = Function::new("bitShiftRight", (2, 2), "Bits moved down", |arguments, _| {
    of_numbers!(arguments, "bitShiftRight");
    if big_integers::is_big(arguments) {
        return big_integers::shift(arguments, "bitShiftRight", false);
    }
    binary(arguments, "bitShiftRight", |a, b, size| {
        if (0..i64::from(size)).contains(&b) { a >> b } else { 0 }
    })
});
pub const TEST: Function = Function::new("bitTest", (2, 2), "The bit at a position", |arguments, _| {
    let bound = binary(
        arguments,
        "bitTest",
        |a, b, _| if (0..64).contains(&b) { a >> b & 1 } else { 0 },
    )?;
    Ok(narrowed(bound))
});
pub const NOT: Function = Function::new("bitNot", (1, 1), "All bits turned over", |arguments, _| {
    let from = &arguments[0].data_type;
    let result = match from {
        DataType::Bool => DataType::UInt8,
        each if each.is_integer() => each.clone(),
        each if each.is_big_integer() => {
            return Ok(big_integers::unary(&arguments[0], each.clone(), |value| !value));
        }
        _ => return Err(illegal_type(&arguments[0], "bitNot")),
    };
    let arrow = result.arrow();
    Ok(Bound::kernel(result.clone(), vec![result], move |arrays, _| {
        let values = wrap(&arrays[0], &DataType::Int64.arrow())?;
        let turned: ArrayRef = Arc::new(values.as_primitive::<Int64Type>().unary::<_, Int64Type>(|value| !value));
        wrap(&turned, &arrow)
    }))
});
pub const COUNT: Function = Function::new("bitCount", (1, 1), "Number of bits that are set", |arguments, _| {
    let from = &arguments[0].data_type;
    match from {
        DataType::String | DataType::FixedString(_) => {
            let result = if *from == DataType::String {
                DataType::UInt64
            } else {
                DataType::UInt16
            };
            let wide = result == DataType::UInt64;
            Ok(Bound::kernel(result, vec![DataType::String], move |arrays, _| {
                let strings = arrays[0].as_binary::<i32>();
                let counts = strings.iter().map(|bytes| {
                    bytes
                        .unwrap_or_default()
                        .iter()
                        .map(|byte| u64::from(byte.count_ones()))
                        .sum()
                });
                Ok(match wide {
                    true => Arc::new(PrimitiveArray::<UInt64Type>::from_iter_values(counts)) as ArrayRef,
                    false => Arc::new(PrimitiveArray::<UInt16Type>::from_iter_values(
                        counts.map(|count: u64| count as u16),
                    )),
                })
            }))
        }
        each if each.is_integer() || *each == DataType::Bool => {
            let size = bits(each);
            Ok(Bound::kernel(DataType::UInt8, vec![each.clone()], move |arrays, _| {
                let values = wrap(&arrays[0], &DataType::UInt64.arrow())?;
                let mask = if size == 64 { u64::MAX } else { (1 << size) - 1 };
                let counts = values
                    .as_primitive::<UInt64Type>()
                    .values()
                    .iter()
                    .map(|value| (value & mask).count_ones() as u8);
                Ok(Arc::new(PrimitiveArray::<UInt8Type>::from_iter_values(counts)))
            }))
        }
        each if each.is_big_integer() => {
            let unused = 256 - bits(each);
            let result = if unused > 0 { DataType::UInt8 } else { DataType::UInt16 };
            Ok(big_integers::unary(&arguments[0], result, move |value| {
                let (low, high) = value.to_parts();
                let high = if unused > 0 { 0 } else { high };
                i256::from_i128(i128::from(low.count_ones() + high.count_ones()))
            }))
        }
        DataType::Float32 | DataType::Float64 => {
            let wide = *from == DataType::Float64;
            Ok(Bound::kernel(DataType::UInt8, vec![from.clone()], move |arrays, _| {
                Ok(float_bits(&arrays[0], wide))
            }))
        }
        _ => Err(illegal_type(&arguments[0], "bitCount")),
    }
});

fn float_bits(array: &ArrayRef, wide: bool) -> ArrayRef {
    use arrow::datatypes::{Float32Type, Float64Type};
    let counts: PrimitiveArray<UInt8Type> = match wide {
        true => array
            .as_primitive::<Float64Type>()
            .unary(|value| value.to_bits().count_ones() as u8),
        false => array
            .as_primitive::<Float32Type>()
            .unary(|value| value.to_bits().count_ones() as u8),
    };
    Arc::new(counts)
}

/// The operation sees both values as 64 bits, and the bits of the result.
fn binary(arguments: &[Argument], name: &str, operation: fn(i64, i64, u32) -> i64) -> Result<Bound> {
    let (left, right) = (&arguments[0].data_type, &arguments[1].data_type);
    let is_integer = |each: &DataType| each.is_integer() || *each == DataType::Bool;
    if !is_integer(left) || !is_integer(right) {
        return Err(illegal_types(arguments, name));
    }
    let signed = left.is_signed_integer() || right.is_signed_integer();
    let size = bits(left).max(bits(right));
    let result = integer(signed, size);
    let arrow = result.arrow();
    Ok(Bound::kernel(result, vec![DataType::Int64; 2], move |arrays, _| {
        let (a, b) = (
            arrays[0].as_primitive::<Int64Type>(),
            arrays[1].as_primitive::<Int64Type>(),
        );
        let values = a.values().iter().zip(b.values()).map(|(a, b)| operation(*a, *b, size));
        let values: ArrayRef = Arc::new(PrimitiveArray::<Int64Type>::from_iter_values(values));
        wrap(&values, &arrow)
    }))
}

/// The same with a UInt8 result.
fn narrowed(bound: Bound) -> Bound {
    let crate::functions::Eval::Kernel(inner) = bound.eval else {
        return bound;
    };
    Bound::kernel(DataType::UInt8, bound.arguments, move |arrays, rows| {
        wrap(&inner(arrays, rows)?, &DataType::UInt8.arrow())
    })
}
