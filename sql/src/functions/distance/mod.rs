//! Distances between vectors, their products and norms, all computed by `gristmill_index::kernels`.
//!
//! Start at [`as_distance`] for what search needs to know, at `arrays.rs` for the computation.

mod arrays;
mod hamming;
mod norms;
mod tuples;

pub use arrays::array_name;
pub(super) use tuples::elements;

use datafusion::logical_expr::Expr;
use gristmill_index::Metric;

use super::Function;
use super::udf::as_call;
use crate::types::DataType;

/// See [`super::FOLDERS`].
pub(super) const FUNCTIONS: &[Function] = &[
    hamming::BIT,
    hamming::BYTE,
    hamming::TUPLE,
    arrays::L1,
    arrays::L2,
    arrays::L2_SQUARED,
    arrays::LINF,
    arrays::LP,
    arrays::COSINE,
    arrays::DOT,
    norms::L1_NORM,
    norms::L2_NORM,
    norms::L2_SQUARED_NORM,
    norms::LINF_NORM,
    norms::LP_NORM,
    norms::L1_NORMALIZE,
    norms::L2_NORMALIZE,
    norms::LINF_NORMALIZE,
    norms::LP_NORMALIZE,
];

/// The types of the two vectors of a distance, which their Arrow types do not always tell (BFloat16 and UInt16).
pub fn vector_types(distance: &Expr) -> Option<&[DataType]> {
    let distance = match distance {
        Expr::Alias(alias) => &alias.expr,
        expr => expr,
    };
    match distance {
        Expr::ScalarFunction(function) => Some(as_call(function)?.argument_types()),
        _ => None,
    }
}

/// The metric and the two vectors, if `expr` is a call of a distance function over arrays. The vectors are as they
/// were written: no cast is around them, whatever their element types.
pub fn as_distance(expr: &Expr) -> Option<(Metric, &Expr, &Expr)> {
    let expr = match expr {
        Expr::Alias(alias) => &alias.expr,
        expr => expr,
    };
    let Expr::ScalarFunction(function) = expr else {
        return None;
    };
    let call = as_call(function)?;
    let metric = match call.function() {
        "L2Distance" => Metric::L2,
        "L2SquaredDistance" => Metric::L2Squared,
        "cosineDistance" => Metric::Cosine,
        "dotProduct" => Metric::Dot,
        "L1Distance" => Metric::L1,
        "LinfDistance" => Metric::Linf,
        _ => return None,
    };
    match &function.args[..] {
        [left, right] => Some((metric, left, right)),
        _ => None,
    }
}
