//! The nearest rows by looking at every row: no graph, no approximation, at the speed of memory.

use crate::{Metric, RowSet, Vectors};

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub struct ExactQuery<'a> {
    /// How rows are compared with the vector.
    pub metric: Metric,
    /// The reference vector, of the rows' dimension.
    pub vector: &'a [f64],
    /// How many rows to find.
    pub k: usize,
    /// The SQL value is a Float64: keys of the answer are computed in f64 whatever the rows' type.
    pub wide: bool,
}

/// A row and its ascending key (see [`Metric`]); NaN keys come last.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExactHit {
    /// Row number.
    pub row: u32,
    /// `metric.to_sql(key)` is the SQL value.
    pub key: f64,
}

/// The `k` nearest rows, nearest first, ties by row number; fewer only if there are fewer allowed rows.
///
/// Each block is a run of rows and the number of its first row. Large inputs are searched by the threads of
/// the current rayon pool.
pub fn nearest(query: &ExactQuery<'_>, blocks: &[(u32, Vectors<'_>)], allowed: Option<&RowSet>) -> Vec<ExactHit> {
    let _ = (query, blocks, allowed);
    todo!()
}
