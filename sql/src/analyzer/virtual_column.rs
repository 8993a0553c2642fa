//! Virtual columns in a query: columns of the source, or constants that are marked, so that they are taken for columns
//! where a query asks for GROUP BY.

use std::collections::BTreeMap;

use datafusion::common::metadata::FieldMetadata;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{ScalarValue, TableReference};
use datafusion::logical_expr::Expr;

use super::distance_column::distance_column;
use super::identifier::plan_column;
use super::scope::{ColumnSource, TableColumn};
use super::{VirtualColumn, VirtualSource};
use crate::functions::TypedExpr;

/// Metadata key of the literals that are columns: its value is the name.
const KEY: &str = "virtual_column";

/// Virtual columns as a query of the table has them.
pub(super) fn virtual_columns(columns: Vec<VirtualColumn>, qualifier: &TableReference) -> Vec<TableColumn> {
    let column = |column: VirtualColumn| {
        let value = match column.source {
            VirtualSource::Table => plan_column(Some(qualifier.clone()), &column.name, column.data_type),
            VirtualSource::Constant(value) => TypedExpr::new(constant(&column.name, value), column.data_type),
            VirtualSource::Distance => distance_column(),
        };
        TableColumn {
            name: column.name,
            source: ColumnSource::Ready(value),
            in_star: false,
        }
    };
    columns.into_iter().map(column).collect()
}

/// A constant that is marked with the name of its column.
pub(super) fn constant(name: &str, value: ScalarValue) -> Expr {
    let metadata = FieldMetadata::from(BTreeMap::from([(KEY.to_string(), name.to_string())]));
    Expr::Literal(value, Some(metadata))
}

/// The name of the constant column that an expression is, if it is one.
pub(super) fn constant_name(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Literal(_, Some(metadata)) => metadata.inner().get(KEY).map(String::as_str),
        _ => None,
    }
}

/// The name of a constant column in an expression, if there is one.
pub(super) fn constant_column(expr: &Expr) -> Option<String> {
    let mut found = None;
    let walked = expr.apply(|part| {
        found = constant_name(part).map(str::to_string);
        Ok(match found {
            Some(_) => TreeNodeRecursion::Stop,
            None => TreeNodeRecursion::Continue,
        })
    });
    walked.ok().and(found)
}
