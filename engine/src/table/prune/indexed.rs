//! What a filter says about the expressions of an index or a key, and about nothing else.

use std::collections::HashSet;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, TableReference};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, binary_expr};

use super::implied::implied;
use crate::error::Result;
use crate::table::TableExpression;

/// An index's or a key's expressions, as they stand in filters: as they were typed, and as the optimizer leaves them.
pub struct Indexed<'a> {
    expressions: Vec<[Expr; 2]>,
    all: &'a [TableExpression],
}

impl<'a> Indexed<'a> {
    /// Stands for the index in filters that were rewritten; its columns are the expressions by number.
    pub const TABLE: &'static str = "index";

    /// Finds these expressions in filters.
    pub fn new(expressions: &'a [TableExpression]) -> Result<Self> {
        let both = |expression: &TableExpression| -> Result<[Expr; 2]> {
            Ok([expression.expr.clone(), expression.simplified()?])
        };
        Ok(Self {
            expressions: expressions.iter().map(both).collect::<Result<_>>()?,
            all: expressions,
        })
    }

    /// What follows from a filter for the index's expressions alone, which are columns of [`Self::TABLE`] then; None if
    /// nothing does. Wherever the filter is true, what follows is true.
    pub fn about(&self, filter: &Expr) -> Result<Option<Expr>> {
        Ok(known(self.replace(filter)?, &|leaf| is_known(&leaf).then_some(leaf)))
    }

    /// The same, with what follows for functions of columns from comparisons of these columns: if a time is later, its
    /// hour is not earlier.
    pub fn follows(&self, filter: &Expr) -> Result<Option<Expr>> {
        let follows = |leaf: Expr| {
            let follows = implied(&leaf, self.all);
            match is_known(&leaf) {
                true => Some(follows.fold(leaf, Expr::and)),
                false => follows.reduce(Expr::and),
            }
        };
        Ok(known(self.replace(filter)?, &follows))
    }

    fn replace(&self, filter: &Expr) -> Result<Expr> {
        let replaced = filter.clone().transform_down(|part| {
            let same = |both: &[Expr; 2]| both.contains(&part);
            Ok(match self.expressions.iter().position(same) {
                Some(number) => Transformed::new(Self::column(number), true, TreeNodeRecursion::Jump),
                None => Transformed::no(part),
            })
        })?;
        Ok(replaced.data)
    }

    /// What stands for an expression.
    pub fn column(number: usize) -> Expr {
        Expr::Column(Column::new(Some(TableReference::bare(Self::TABLE)), number.to_string()))
    }
}

/// Whether a condition is about the index alone.
fn is_known(leaf: &Expr) -> bool {
    let columns: HashSet<&Column> = leaf.column_refs();
    let is_known = |column: &&Column| {
        let table = column.relation.as_ref().map(TableReference::table);
        table == Some(Indexed::TABLE)
    };
    !columns.is_empty() && columns.iter().all(is_known) && !leaf.is_volatile()
}

/// The part of a condition that is about the index, if `about` says what each comparison has to do with it.
fn known(condition: Expr, about: &impl Fn(Expr) -> Option<Expr>) -> Option<Expr> {
    match condition {
        Expr::BinaryExpr(BinaryExpr {
            left,
            op: Operator::And,
            right,
        }) => match (known(*left, about), known(*right, about)) {
            (Some(left), Some(right)) => Some(left.and(right)),
            (one, other) => one.or(other),
        },
        Expr::BinaryExpr(BinaryExpr {
            left,
            op: Operator::Or,
            right,
        }) => Some(binary_expr(known(*left, about)?, Operator::Or, known(*right, about)?)),
        leaf => about(leaf),
    }
}
