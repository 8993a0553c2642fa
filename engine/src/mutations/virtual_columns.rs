//! What expressions of mutations may know of the part that they are computed on. Its name becomes a constant of them;
//! the conditions of deletions read the other virtual columns with the part.

use arrow::datatypes::{Field, FieldRef};
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::logical_expr::{Expr, lit};
use gristmill_sql::analyzer::Column;
use gristmill_sql::types::DataType;
use gristmill_storage::PartName;
use std::sync::Arc;

use crate::error::Result;
use crate::table::{TableDefinition, Tells, tells, virtual_columns};

fn is_virtual(definition: &TableDefinition, name: &str) -> bool {
    value_of(name).is_some() && definition.column(name).is_none()
}

/// A column's value in a part, if the part's name tells it.
fn value_of(column: &str) -> Option<fn(&PartName) -> ScalarValue> {
    match tells(column) {
        Some(Tells::Name(value)) => Some(value),
        _ => None,
    }
}

fn of_table(definition: &TableDefinition) -> impl Iterator<Item = (&'static str, DataType)> + '_ {
    let all = virtual_columns(&definition.columns, &definition.partition_key);
    all.into_iter().filter(|(name, _)| value_of(name).is_some())
}

/// The table's columns and those that the part's name tells.
pub fn with_virtual(definition: &TableDefinition) -> Vec<Column> {
    with(definition, of_table(definition))
}

/// What the condition of a deletion may know: of the rows and of the partition's values, too.
pub fn with_virtual_of_rows(definition: &TableDefinition) -> Vec<Column> {
    let all = virtual_columns(&definition.columns, &definition.partition_key);
    let is_known = |(name, _): &(&str, DataType)| !matches!(tells(name), Some(Tells::Place(_)));
    with(definition, all.into_iter().filter(is_known))
}

fn with(definition: &TableDefinition, others: impl Iterator<Item = (&'static str, DataType)>) -> Vec<Column> {
    let mut columns = definition.columns.clone();
    columns.extend(others.map(|(name, data_type)| Column::ordinary(name, data_type)));
    columns
}

/// These, as a batch would have them.
pub fn virtual_fields(definition: &TableDefinition) -> Vec<FieldRef> {
    let field = |(name, data_type): (&str, DataType)| -> Field { data_type.field(name) };
    of_table(definition).map(|column| Arc::new(field(column))).collect()
}

/// Whether an expression knows its part.
pub fn knows_part(expr: &Expr, definition: &TableDefinition) -> bool {
    expr.column_refs()
        .iter()
        .any(|column| is_virtual(definition, &column.name))
}

/// The expression as it is on a part.
pub fn on_part(expr: Expr, part: &PartName, definition: &TableDefinition) -> Result<Expr> {
    let value = |node: Expr| {
        let known = match &node {
            Expr::Column(column) if is_virtual(definition, &column.name) => value_of(&column.name),
            _ => None,
        };
        Ok(match known {
            Some(value) => Transformed::yes(lit(value(part))),
            None => Transformed::no(node),
        })
    };
    Ok(expr.transform(value)?.data)
}
