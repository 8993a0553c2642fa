//! `_distance`: the column by which ClickHouse's reader hands the distances of a vector search to the query above it. It is
//! 0 everywhere else, and refused where a search runs; so there is nothing but that 0 here, and a way to find its uses.

use std::collections::BTreeMap;

use datafusion::common::ScalarValue;
use datafusion::common::metadata::FieldMetadata;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlan};

use crate::functions::TypedExpr;
use crate::types::DataType;

/// The column's name. A table's own column of that name comes first.
pub const DISTANCE_COLUMN: &str = "_distance";

/// Metadata key of the literal that it is.
const KEY: &str = "distance_column";

/// The column as a query has it.
pub(super) fn distance_column() -> TypedExpr {
    let metadata = FieldMetadata::from(BTreeMap::from([(KEY.to_string(), String::new())]));
    let zero = Expr::Literal(ScalarValue::Float32(Some(0.0)), Some(metadata));
    TypedExpr::new(zero, DataType::Float32)
}

/// Whether a plan that is not optimized yet uses the column.
pub fn uses_distance_column(plan: &LogicalPlan) -> bool {
    let is_use = |expr: &Expr| matches!(expr, Expr::Literal(_, Some(metadata)) if metadata.inner().contains_key(KEY));
    let mut found = false;
    let walked = plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            found |= expr.exists(|part| Ok(is_use(part)))?;
            Ok(TreeNodeRecursion::Continue)
        })
    });
    walked.is_ok() && found
}
