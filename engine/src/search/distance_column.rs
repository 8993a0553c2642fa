//! `_distance` is refused where ClickHouse refuses it: in queries that it answers by an index.

use datafusion::common::tree_node::TreeNode;
use datafusion::logical_expr::LogicalPlan;
use gristmill_sql::Code;
use gristmill_sql::analyzer::uses_distance_column;

use super::{Search, SelectWithSearch};
use crate::error::{Error, Result};

/// Refuses a query that asks for the column and for a search. `written` is its plan before it was optimized.
pub fn check_distance_column(written: &LogicalPlan, optimized: &LogicalPlan) -> Result<()> {
    let searches = optimized.exists(|node| {
        let LogicalPlan::Extension(extension) = node else {
            return Ok(false);
        };
        let node = extension.node.as_any().downcast_ref::<SelectWithSearch>();
        Ok(node.is_some_and(|node| is_clickhouses(&node.search)))
    })?;
    if !searches || !uses_distance_column(written) {
        return Ok(());
    }
    let message = "The `_distance` column is an internal virtual column of vector search and cannot be referenced \
                   directly in queries. Use the distance function (e.g. `L2Distance`, `cosineDistance`) in ORDER BY \
                   instead.";
    Err(Error::new(Code::ILLEGAL_COLUMN, message))
}

/// Whether ClickHouse would answer it by an index, whatever the settings.
fn is_clickhouses(search: &Search) -> bool {
    let mut indexes = search.table.definition.vector_indexes();
    !search.rescored && indexes.any(|(index, vector)| search.is_over(index) && vector.metric == search.metric)
}
