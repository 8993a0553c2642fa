//! Expressions of mutations: computed from each row alone, so neither aggregates nor arrayJoin.

use sqlparser::ast;

use super::call::aggregate_calls;
use super::catalog::{Column, Context};
use super::clause::Clause;
use super::scope::Scope;
use super::{Analyzer, table_of_columns};
use crate::error::{Code, Error, Result};
use crate::functions::TypedExpr;

/// Where an expression of a mutation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MutationPlace {
    /// Behind WHERE of ALTER TABLE … DELETE.
    Deletion,
    /// In an assignment, or behind WHERE of UPDATE and DELETE FROM, which ClickHouse computes as a part of them.
    Assignment,
}

/// Types an expression of a mutation over a table's columns.
pub fn plan_mutation(
    expression: &ast::Expr,
    columns: &[Column],
    place: MutationPlace,
    context: &Context,
) -> Result<TypedExpr> {
    let analyzer = Analyzer::new(context);
    let scope = Scope::of_table(table_of_columns(columns));
    let typed = analyzer.expression(expression, &scope)?;
    if !scope.array_join_calls.borrow().is_empty() {
        let message = "arrayJoin is not allowed in mutations.";
        return Err(Error::new(Code::UNEXPECTED_EXPRESSION, message));
    }
    match place {
        MutationPlace::Deletion => analyzer.refuse_aggregates(&scope, Clause::Where, &typed.expr)?,
        MutationPlace::Assignment => {
            if let Some(call) = aggregate_calls(&typed.expr).first() {
                let message = format!(
                    "Unknown expression identifier `{}`",
                    super::call::found_text(&scope, call)
                );
                return Err(Error::new(Code::UNKNOWN_IDENTIFIER, message));
            }
        }
    }
    Ok(typed)
}
