//! How much larger than its text a query may become: names of expressions, CTEs and `*` stand for what they mean,
//! and two of each in the next make it exponential.
//!
//! What is counted are elements that the text does not show: those of an alias that is used again, of an operand that
//! a function needs twice, of a CTE that is planned again. It is counted while it happens, before the memory is taken.

use std::cell::{Cell, RefCell};

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::Expr;
use sqlparser::ast;

use super::Analyzer;
use super::scope::Scope;
use crate::error::{Code, Error, Result};
use crate::functions::TypedExpr;
use crate::types::DataType;

/// Elements that a query may have besides those of its text. ClickHouse takes 500,000 with them
/// (`max_expanded_ast_elements`), for which DataFusion would plan a minute.
pub(super) const EXPANDED_ELEMENTS_MAX: usize = 100_000;

/// How often CTEs may be planned again. ClickHouse stops at the number of optimizations of the plan, at about 500.
pub(super) const CTE_COPIES_MAX: usize = 1_000;

/// What a query has grown to.
#[derive(Default)]
pub(super) struct Expansion {
    /// Elements that are not in the text.
    elements: Cell<usize>,
    /// Elements of the parts of the expression that is being typed.
    parts: Cell<usize>,
    /// Expressions typed so far.
    typed: Cell<usize>,
    /// CTEs that were planned at least once.
    planned: RefCell<Vec<*const ast::Query>>,
    copies: Cell<usize>,
}

impl Analyzer<'_> {
    /// Resolves and types one expression.
    pub(super) fn expression(&self, expression: &ast::Expr, scope: &Scope) -> Result<TypedExpr> {
        let around = self.expansion.parts.replace(0);
        let value = self.typed(expression, scope);
        let parts = self.expansion.parts.replace(around);
        let value = value?;
        let own = elements(&value);
        self.expand(own.saturating_sub(parts + 1))?;
        self.expansion.parts.set(around + own);
        self.expansion.typed.set(self.expansion.typed.get() + 1);
        Ok(value)
    }

    /// Counts elements that the text does not show.
    pub(super) fn expand(&self, elements: usize) -> Result<()> {
        let total = self.expansion.elements.get().saturating_add(elements);
        self.expansion.elements.set(total);
        match total <= EXPANDED_ELEMENTS_MAX {
            true => Ok(()),
            false => Err(Error::new(
                Code::BAD_ARGUMENTS,
                format!("Query tree is too big: more than {EXPANDED_ELEMENTS_MAX} elements beside those of its text"),
            )),
        }
    }

    /// Counts a value that is used again.
    pub(super) fn expand_by(&self, value: &TypedExpr) -> Result<()> {
        self.expand(elements(value))
    }

    /// Plans a CTE, and counts what it adds if it is not the first time.
    pub(super) fn copy_of_cte<T>(&self, cte: &ast::Query, plan: impl FnOnce() -> Result<T>) -> Result<T> {
        let identity: *const ast::Query = cte;
        if !self.expansion.planned.borrow().contains(&identity) {
            self.expansion.planned.borrow_mut().push(identity);
            return plan();
        }
        let copies = self.expansion.copies.get() + 1;
        self.expansion.copies.set(copies);
        if copies > CTE_COPIES_MAX {
            return Err(Error::new(
                Code::TOO_MANY_QUERY_PLAN_OPTIMIZATIONS,
                format!("Common table expressions stand for more than {CTE_COPIES_MAX} subqueries"),
            ));
        }
        let before = self.expansion.typed.get();
        let planned = plan()?;
        self.expand(self.expansion.typed.get() - before)?;
        Ok(planned)
    }
}

/// The elements of an expression and of its type. Values are none: a list of them is as long as its text.
fn elements(value: &TypedExpr) -> usize {
    let mut count = type_elements(&value.data_type);
    let mut pending = vec![&value.expr];
    while let Some(next) = pending.pop() {
        match next {
            Expr::Literal(..) => continue,
            Expr::InList(list) => pending.push(&list.expr),
            other => {
                let visited = other.apply_children(|child| {
                    pending.push(child);
                    Ok(TreeNodeRecursion::Continue)
                });
                debug_assert!(visited.is_ok(), "the visitor does not fail");
            }
        }
        count += 1;
    }
    count
}

/// The elements of a tuple type inside of each other; other types are one.
fn type_elements(data_type: &DataType) -> usize {
    match data_type {
        DataType::Tuple(elements) => {
            1 + elements
                .iter()
                .map(|element| type_elements(&element.data_type))
                .sum::<usize>()
        }
        DataType::Array(item) => type_elements(item),
        _ => 1,
    }
}
