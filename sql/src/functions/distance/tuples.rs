//! Distances between two tuples of numbers: those of the arrays of their elements.

use super::arrays::{Kind, two};
use crate::error::{Error, Result};
use crate::functions::function::{Bound, illegal};
use crate::functions::{Context, TypedExpr, call, casts};
use crate::types::DataType;

/// The distance function over arrays of Float64.
pub fn distance(kind: Kind) -> Bound {
    Bound::compose(match kind {
        Kind::L1 => |arguments, context| over_arrays("L1Distance", arguments, context),
        Kind::L2Squared => |arguments, context| over_arrays("L2SquaredDistance", arguments, context),
        Kind::Linf => |arguments, context| over_arrays("LinfDistance", arguments, context),
        Kind::Lp(_) => |arguments, context| over_arrays("LpDistance", arguments, context),
        Kind::Cosine => |arguments, context| over_arrays("cosineDistance", arguments, context),
        Kind::L2 | Kind::Dot => |arguments, context| over_arrays("L2Distance", arguments, context),
    })
}

/// A tuple's elements as an array of Float64; other arguments as they are.
pub fn to_array(argument: TypedExpr, context: &Context) -> Result<TypedExpr> {
    let items = match &argument.data_type {
        DataType::Tuple(_) => elements(&argument, context)?,
        _ => return Ok(argument),
    };
    let items: Vec<TypedExpr> = items
        .into_iter()
        .map(|item| casts::cast(item, &DataType::Float64, context))
        .collect::<Result<_>>()?;
    call("array", items, context)
}

/// A tuple's elements.
pub fn elements(tuple: &TypedExpr, context: &Context) -> Result<Vec<TypedExpr>> {
    let DataType::Tuple(elements) = &tuple.data_type else {
        return Err(not_a_tuple(tuple));
    };
    (1..=elements.len())
        .map(|index| crate::functions::tuples::element(tuple.clone(), index, context))
        .collect()
}

fn not_a_tuple(argument: &TypedExpr) -> Error {
    illegal(format!("Argument should be tuple, got {}", argument.data_type))
}

fn over_arrays(name: &str, arguments: Vec<TypedExpr>, context: &Context) -> Result<TypedExpr> {
    same_sizes(&arguments)?;
    let arguments = arguments
        .into_iter()
        .map(|argument| to_array(argument, context))
        .collect::<Result<_>>()?;
    call(name, arguments, context)
}

fn same_sizes(arguments: &[TypedExpr]) -> Result<()> {
    match (&arguments[0].data_type, &arguments[1].data_type) {
        (DataType::Tuple(left), DataType::Tuple(right)) if left.len() != right.len() => Err(illegal(format!(
            "Expected tuples of the same size as arguments 0 and 1 of function tupleMinus, got {} and {}",
            arguments[0].data_type, arguments[1].data_type
        ))),
        _ => Ok(()),
    }
}

/// The sum of the elements' products, in their own types.
pub fn dot(arguments: &[TypedExpr], context: &Context) -> Result<TypedExpr> {
    same_sizes(arguments)?;
    let [left, right] = two(arguments.to_vec());
    let pairs = elements(&left, context)?.into_iter().zip(elements(&right, context)?);
    let products = pairs.map(|(left, right)| call("multiply", vec![left, right], context));
    let sum = products.reduce(|sum, product| call("plus", vec![sum?, product?], context));
    sum.unwrap_or_else(|| {
        let zero = datafusion::common::ScalarValue::UInt8(Some(0));
        Ok(TypedExpr::constant(zero, DataType::UInt8))
    })
}
