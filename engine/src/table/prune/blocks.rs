//! The bounds of a skip index's blocks as statistics that predicates are evaluated on.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, ScalarValue};
use gristmill_index::skip::BlockBounds;

use super::sets::none_between;

/// One container per block; columns are the index's expressions by number.
pub struct Blocks<'a>(pub &'a BlockBounds);

impl PruningStatistics for Blocks<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        Some(self.0.min(number(column)?).clone())
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        Some(self.0.max(number(column)?).clone())
    }

    fn num_containers(&self) -> usize {
        self.0.blocks()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        Some(Arc::new(self.0.null_counts(number(column)?).clone()))
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        Some(Arc::new(self.0.row_counts().clone()))
    }

    fn contained(&self, column: &Column, values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        let number = number(column)?;
        none_between(self.0.min(number), self.0.max(number), values)
    }
}

fn number(column: &Column) -> Option<usize> {
    column.name.parse().ok()
}
