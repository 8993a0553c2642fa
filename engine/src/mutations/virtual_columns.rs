//! What expressions of mutations may know of the part that they are computed on.

use arrow::datatypes::{Field, FieldRef};
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::logical_expr::{Expr, lit};
use gristmill_sql::analyzer::Column;
use gristmill_sql::types::DataType;
use gristmill_storage::PartName;
use std::sync::Arc;

use crate::error::Result;
use crate::table::TableDefinition;

type Value = fn(&PartName) -> ScalarValue;

/// Their names, types and values. A column of the table wins over one of the same name.
const COLUMNS: &[(&str, &str, Value)] = &[
    ("_part", "LowCardinality(String)", |part| text(part.to_string())),
    ("_partition_id", "LowCardinality(String)", |part| {
        text(part.partition_id.clone())
    }),
    ("_part_data_version", "UInt64", |part| {
        part.mutation.unwrap_or(part.min_block).into()
    }),
];

fn text(value: String) -> ScalarValue {
    ScalarValue::Binary(Some(value.into_bytes()))
}

/// Whether the table has a column of that name that is not stored.
pub fn is_virtual(definition: &TableDefinition, name: &str) -> bool {
    COLUMNS.iter().any(|(column, ..)| *column == name) && definition.column(name).is_none()
}

fn of_table(definition: &TableDefinition) -> impl Iterator<Item = (&'static str, DataType)> + '_ {
    let columns = COLUMNS.iter().filter(|(name, ..)| definition.column(name).is_none());
    columns.map(|(name, data_type, _)| (*name, DataType::parse(data_type).expect("a type of ours")))
}

/// The table's columns and these.
pub fn with_virtual(definition: &TableDefinition) -> Vec<Column> {
    let mut columns = definition.columns.clone();
    columns.extend(of_table(definition).map(|(name, data_type)| Column::ordinary(name, data_type)));
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
            Expr::Column(column) if is_virtual(definition, &column.name) => {
                COLUMNS.iter().find(|(name, ..)| *name == column.name)
            }
            _ => None,
        };
        Ok(match known {
            Some((_, _, value)) => Transformed::yes(lit(value(part))),
            None => Transformed::no(node),
        })
    };
    Ok(expr.transform(value)?.data)
}
