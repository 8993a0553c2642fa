//! Hamming distances: of bits, of bytes, of tuples' elements.

use std::sync::Arc;

use arrow::array::{AsArray, UInt64Array};

use super::tuples;
use crate::error::Result;
use crate::functions::function::{Bound, Function, illegal};
use crate::functions::{Context, TypedExpr, call};
use crate::types::DataType;

pub const BIT: Function = Function::new(
    "bitHammingDistance",
    (2, 2),
    "Number of bits that differ",
    |arguments, _| {
        if arguments.iter().all(|argument| argument.data_type == DataType::String) {
            return Ok(bytes(|a, b| u64::from((a ^ b).count_ones())));
        }
        Ok(Bound::compose(|arguments, context| {
            let different = call("bitXor", arguments, context)?;
            call("bitCount", vec![different], context)
        }))
    },
);
pub const BYTE: Function = Function::new(
    "byteHammingDistance",
    (2, 2),
    "Number of bytes that differ",
    |arguments, _| {
        if let Some(wrong) = arguments.iter().find(|argument| argument.data_type != DataType::String) {
            let shown = &wrong.data_type;
            return Err(illegal(format!(
                "Illegal type {shown} of argument of function byteHammingDistance"
            )));
        }
        Ok(bytes(|a, b| u64::from(a != b)))
    },
)
.aliases(&["mismatches"]);
pub const TUPLE: Function = Function::new(
    "tupleHammingDistance",
    (2, 2),
    "Number of elements that differ",
    |_, _| Ok(Bound::compose(tuple)),
);

/// Sums over both strings' bytes; those of the longer one that stand alone differ from zero bytes.
fn bytes(different: fn(u8, u8) -> u64) -> Bound {
    Bound::kernel(DataType::UInt64, vec![DataType::String; 2], move |arrays, rows| {
        let (left, right) = (arrays[0].as_binary::<i32>(), arrays[1].as_binary::<i32>());
        let distances = (0..rows).map(|row| {
            let (left, right) = (left.value(row), right.value(row));
            let byte = |text: &[u8], index: usize| text.get(index).copied().unwrap_or(0);
            (0..left.len().max(right.len()))
                .map(|index| different(byte(left, index), byte(right, index)))
                .sum()
        });
        Ok(Arc::new(UInt64Array::from_iter_values(distances)))
    })
}

fn tuple(arguments: Vec<TypedExpr>, context: &Context) -> Result<TypedExpr> {
    let left = tuples::elements(&arguments[0], context)?;
    let right = tuples::elements(&arguments[1], context)?;
    if left.len() != right.len() || left.is_empty() {
        return Err(illegal(
            "Expected tuples of the same size as arguments of function tupleHammingDistance",
        ));
    }
    let mut sum: Option<TypedExpr> = None;
    for (left, right) in left.into_iter().zip(right) {
        let differs = call("notEquals", vec![left, right], context)?;
        sum = Some(match sum {
            None => differs,
            Some(sum) => call("plus", vec![sum, differs], context)?,
        });
    }
    sum.ok_or_else(|| illegal("Expected tuples with elements"))
}
