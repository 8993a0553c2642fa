//! What a filter says about the expressions of an index or a key, and about nothing else.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, TableReference};
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, binary_expr};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;

use crate::error::Result;
use crate::table::TableExpression;

/// An index's or a key's expressions, as they stand in filters: as they were typed, and as the optimizer leaves them.
pub struct Indexed {
    expressions: Vec<[Expr; 2]>,
}

impl Indexed {
    /// Stands for the index in filters that were rewritten; its columns are the expressions by number.
    pub const TABLE: &str = "index";

    /// Finds these expressions in filters.
    pub fn new(expressions: &[TableExpression]) -> Result<Self> {
        let both = |expression: &TableExpression| -> Result<[Expr; 2]> {
            let typed = expression.expr.clone();
            if expression.column.is_some() {
                return Ok([typed.clone(), typed]);
            }
            let schema = Arc::new(DFSchema::try_from(expression.input().clone())?);
            let context = SimplifyContext::builder().with_schema(schema).build();
            let simplified = ExprSimplifier::new(context).simplify(typed.clone())?;
            Ok([typed, simplified])
        };
        Ok(Self {
            expressions: expressions.iter().map(both).collect::<Result<_>>()?,
        })
    }

    /// What follows from a filter for the index's expressions alone, which are columns of [`Self::TABLE`] then; None if
    /// nothing does. Wherever the filter is true, what follows is true.
    pub fn about(&self, filter: &Expr) -> Result<Option<Expr>> {
        let replaced = filter.clone().transform_down(|part| {
            let same = |both: &[Expr; 2]| both.contains(&part);
            Ok(match self.expressions.iter().position(same) {
                Some(number) => {
                    let column = Column::new(Some(TableReference::bare(Self::TABLE)), number.to_string());
                    Transformed::new(Expr::Column(column), true, TreeNodeRecursion::Jump)
                }
                None => Transformed::no(part),
            })
        })?;
        Ok(known(replaced.data))
    }
}

/// The part of a condition that is about the index.
fn known(condition: Expr) -> Option<Expr> {
    match condition {
        Expr::BinaryExpr(BinaryExpr {
            left,
            op: Operator::And,
            right,
        }) => match (known(*left), known(*right)) {
            (Some(left), Some(right)) => Some(left.and(right)),
            (one, other) => one.or(other),
        },
        Expr::BinaryExpr(BinaryExpr {
            left,
            op: Operator::Or,
            right,
        }) => Some(binary_expr(known(*left)?, Operator::Or, known(*right)?)),
        leaf => {
            let columns: HashSet<&Column> = leaf.column_refs();
            let is_known = |column: &&Column| {
                let table = column.relation.as_ref().map(TableReference::table);
                table == Some(Indexed::TABLE)
            };
            let all = !columns.is_empty() && columns.iter().all(is_known);
            (all && !leaf.is_volatile()).then_some(leaf)
        }
    }
}
