//! Distances between vectors, and their norms.

use datafusion::logical_expr::Expr;
use gristmill_index::Metric;

use super::Function;

/// See [`super::FOLDERS`].
pub(super) const FUNCTIONS: &[Function] = &[];

/// The metric and the two vectors, if `expr` is a call of L2Distance, cosineDistance or dotProduct.
pub fn as_distance(_expr: &Expr) -> Option<(Metric, &Expr, &Expr)> {
    None
}
