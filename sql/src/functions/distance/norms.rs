//! Lengths of vectors, and vectors of length one.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, ListArray, PrimitiveArray};
use arrow::datatypes::{Float32Type, Float64Type};
use gristmill_index::kernels;

use super::arrays::{Real, Side, element, exponent, float_of};
use super::tuples;
use crate::error::Result;
use crate::functions::function::{Argument, Bound, Function};
use crate::functions::{Context, TypedExpr, call, internal};
use crate::types::DataType;

/// One norm and the division by it.
macro_rules! norm {
    ($norm:ident, $name:literal, $alias:literal, $normalize:ident, $normalize_name:literal, $normalize_alias:literal, $arity:expr, $kind:expr) => {
        pub const $norm: Function = Function::new($name, $arity, "Length of a vector", |arguments, _| {
            norm(arguments, $name, $kind, false, |arguments, context| {
                over_array($name, arguments, context)
            })
        })
        .aliases(&[$alias]);
        pub const $normalize: Function = Function::new(
            $normalize_name,
            $arity,
            "Vector divided by its length",
            |arguments, _| {
                norm(arguments, $normalize_name, $kind, true, |arguments, context| {
                    over_tuple($name, arguments, context)
                })
            },
        )
        .aliases(&[$normalize_alias]);
    };
}

norm!(
    L1_NORM,
    "L1Norm",
    "normL1",
    L1_NORMALIZE,
    "L1Normalize",
    "normalizeL1",
    (1, 1),
    |_| Ok(Kind::L1)
);
norm!(
    L2_NORM,
    "L2Norm",
    "normL2",
    L2_NORMALIZE,
    "L2Normalize",
    "normalizeL2",
    (1, 1),
    |_| Ok(Kind::L2)
);
norm!(
    LINF_NORM,
    "LinfNorm",
    "normLinf",
    LINF_NORMALIZE,
    "LinfNormalize",
    "normalizeLinf",
    (1, 1),
    |_| Ok(Kind::Linf)
);
norm!(
    LP_NORM,
    "LpNorm",
    "normLp",
    LP_NORMALIZE,
    "LpNormalize",
    "normalizeLp",
    (2, 2),
    |arguments| Ok(Kind::Lp(exponent(&arguments[1], "LpNorm")?))
);

pub const L2_SQUARED_NORM: Function = Function::new("L2SquaredNorm", (1, 1), "Sum of squares", |arguments, _| {
    norm(
        arguments,
        "L2SquaredNorm",
        |_| Ok(Kind::L2Squared),
        false,
        |arguments, context| over_array("L2SquaredNorm", arguments, context),
    )
})
.aliases(&["normL2Squared"]);

#[derive(Clone, Copy)]
enum Kind {
    L1,
    L2,
    L2Squared,
    Linf,
    Lp(f64),
}

type Compose = fn(Vec<TypedExpr>, &Context) -> Result<TypedExpr>;

fn norm(
    arguments: &[Argument],
    name: &str,
    kind: fn(&[Argument]) -> Result<Kind>,
    divide: bool,
    of_tuple: Compose,
) -> Result<Bound> {
    let kind = kind(arguments)?;
    if matches!(arguments[0].data_type, DataType::Tuple(_)) {
        return Ok(Bound::compose(of_tuple));
    }
    let item = element(&arguments[0], 0, name)?.clone();
    let float = float_of(&item);
    let result = if divide {
        DataType::Array(Box::new(float.clone()))
    } else {
        float.clone()
    };
    let types = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    let narrow = float == DataType::Float32;
    Ok(Bound::kernel(result, types, move |arrays, rows| match narrow {
        true => norms::<Float32Type>(&arrays[0], rows, &item, kind, divide),
        false => norms::<Float64Type>(&arrays[0], rows, &item, kind, divide),
    }))
}

fn over_array(name: &str, mut arguments: Vec<TypedExpr>, context: &Context) -> Result<TypedExpr> {
    arguments[0] = tuples::to_array(arguments[0].clone(), context)?;
    call(name, arguments, context)
}

/// The tuple of the elements, each divided by the norm.
fn over_tuple(norm: &str, arguments: Vec<TypedExpr>, context: &Context) -> Result<TypedExpr> {
    let tuple = arguments[0].clone();
    let length = call(norm, arguments, context)?;
    let elements = tuples::elements(&tuple, context)?;
    let divided = elements
        .into_iter()
        .map(|element| call("divide", vec![element, length.clone()], context));
    call("tuple", divided.collect::<Result<_>>()?, context)
}

fn norms<T: Real>(array: &ArrayRef, rows: usize, item: &DataType, kind: Kind, divide: bool) -> Result<ArrayRef> {
    let mut side = Side::<T>::new(array, item)?;
    let mut values = Vec::new();
    for row in 0..rows {
        let vector = side.row(row);
        let length = length::<T>(vector, kind);
        match divide {
            true => values.extend(vector.iter().map(|value| T::of_f64((*value).into() / length))),
            false => values.push(T::of_f64(length)),
        }
    }
    let values = PrimitiveArray::<T>::from_iter_values(values);
    if !divide {
        return Ok(Arc::new(values));
    }
    let offsets = arrow::buffer::OffsetBuffer::from_lengths(array.as_list::<i32>().offsets().lengths());
    let field = float_of(item).item_field();
    ListArray::try_new(field, offsets, Arc::new(values), None)
        .map(|list| Arc::new(list) as ArrayRef)
        .map_err(internal)
}

fn length<T: Real>(vector: &[T::Native], kind: Kind) -> f64 {
    let wide = vector.iter().map(|value| (*value).into());
    match kind {
        Kind::L1 => wide.map(f64::abs).sum(),
        Kind::L2 => kernels::dot(vector, vector).into().sqrt(),
        Kind::L2Squared => kernels::dot(vector, vector).into(),
        Kind::Linf => wide.map(f64::abs).fold(0.0, f64::max),
        Kind::Lp(power) => wide.map(|value| value.abs().powf(power)).sum::<f64>().powf(1.0 / power),
    }
}
