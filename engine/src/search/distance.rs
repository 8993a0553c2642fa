//! A distance between a table's column of vectors and a constant one.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, Result, TableReference};
use datafusion::logical_expr::{Expr, ExprSchemable, TableScan};
use gristmill_index::Metric;
use gristmill_sql::functions::distance::{as_distance, vector_types};
use gristmill_sql::types;

use super::Reference;
use super::computed::indexed_expression;
use super::node::DISTANCE;
use crate::table::{MergeTreeTable, TableExpression};

/// A distance between a table's column, or an expression that one of its indexes is over, and a constant.
pub struct Distance {
    /// The call, over the table's unqualified columns.
    pub expr: Expr,
    /// The table.
    pub table: MergeTreeTable,
    /// The function.
    pub metric: Metric,
    /// The column of vectors, or the expression's text.
    pub column: String,
    /// The expression, if it is no column.
    pub expression: Option<Arc<TableExpression>>,
    /// The constant.
    pub reference: Reference,
    /// The value is a Float64.
    pub wide: bool,
}

impl Distance {
    /// `expr` is over the unqualified columns of the scan.
    pub fn of(expr: &Expr, scan: &TableScan) -> Option<Self> {
        let (metric, left, right) = as_distance(expr)?;
        let [left_type, right_type] = vector_types(expr)? else {
            return None;
        };
        let (vectors, vectors_type, constant, constant_type) = match (is_constant(left), is_constant(right)) {
            (false, true) => (left, left_type, right, right_type),
            (true, false) => (right, right_type, left, left_type),
            _ => return None,
        };
        let table = MergeTreeTable::of(&scan.source)?;
        let stored = &table.definition.stored;
        if !is_vector(vectors_type) || stored.field_with_name(DISTANCE).is_ok() {
            return None;
        }
        let (column, expression) = match vectors {
            Expr::Column(column) => (column.name.clone(), None),
            computed => {
                let expression = indexed_expression(computed, &table)?;
                (expression.text.clone(), Some(expression))
            }
        };
        let schema = DFSchema::try_from(stored.clone()).ok()?;
        let wide = match expr.get_type(&schema).ok()? {
            DataType::Float64 => true,
            DataType::Float32 => false,
            _ => return None,
        };
        let reference = Reference::of(constant, constant_type)?;
        Some(Self {
            expr: expr.clone(),
            table,
            metric,
            column,
            expression,
            reference,
            wide,
        })
    }

    /// The same expression with the search's distance in place of the function.
    pub fn replace(&self, expr: Expr) -> Result<Expr> {
        let replaced = expr.transform_down(|expr| {
            Ok(match expr == self.expr {
                true => {
                    let distance = Expr::Column(Column::new_unqualified(DISTANCE));
                    Transformed::new(distance, true, TreeNodeRecursion::Jump)
                }
                false => Transformed::no(expr),
            })
        })?;
        Ok(replaced.data)
    }
}

/// The table's columns bear its name above the search, the distance bears none.
pub fn qualify(expr: Expr, table: &TableReference) -> Result<Expr> {
    let qualified = expr.transform(|expr| {
        Ok(match expr {
            Expr::Column(column) if column.name != DISTANCE => {
                Transformed::yes(Expr::Column(Column::new(Some(table.clone()), column.name)))
            }
            other => Transformed::no(other),
        })
    })?;
    Ok(qualified.data)
}

fn is_constant(expr: &Expr) -> bool {
    expr.column_refs().is_empty()
}

fn is_vector(data_type: &types::DataType) -> bool {
    use types::DataType::{Array, BFloat16, Float32, Float64};
    matches!(data_type, Array(item) if matches!(**item, Float32 | Float64 | BFloat16))
}
