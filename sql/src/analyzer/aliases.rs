//! Aliases of a SELECT: `expr AS name` in any clause and at any depth, and `WITH expr AS name`.

use sqlparser::ast::{self, FunctionArg, FunctionArgExpr, FunctionArguments, SelectItem, SetExpr};

use super::Analyzer;
use super::scope::{Cte, Scope};
use crate::error::{Error, Result};
use crate::parser;

impl Analyzer<'_> {
    /// Declares the CTEs and scalar aliases of WITH.
    pub(super) fn declare_with<'s>(&self, with: &'s ast::With, scope: &mut Scope<'s>) -> Result<()> {
        if with.recursive {
            return Err(Error::not_implemented("WITH RECURSIVE"));
        }
        for cte in &with.cte_tables {
            let name = &cte.alias.name.value;
            if !cte.alias.columns.is_empty() {
                return Err(Error::not_implemented("List of column aliases of a CTE"));
            }
            match scalar_marker(&cte.query) {
                Some(expression) => {
                    scope.add_alias(name, expression)?;
                    collect(expression, scope)?;
                }
                None => scope.ctes.push(Cte {
                    name,
                    query: &cte.query,
                }),
            }
        }
        Ok(())
    }

    /// Declares every alias of the SELECT's clauses.
    pub(super) fn declare_aliases<'s>(
        &self,
        select: &'s ast::Select,
        order_by: &'s [ast::OrderByExpr],
        scope: &mut Scope<'s>,
    ) -> Result<()> {
        for item in &select.projection {
            match item {
                SelectItem::ExprWithAlias { expr, alias } => {
                    scope.add_alias(&alias.value, expr)?;
                    collect(expr, scope)?;
                }
                SelectItem::UnnamedExpr(expr) => collect(expr, scope)?,
                _ => {}
            }
        }
        let clauses = [&select.prewhere, &select.selection, &select.having, &select.qualify];
        for clause in clauses.into_iter().flatten() {
            collect(clause, scope)?;
        }
        if let ast::GroupByExpr::Expressions(keys, _) = &select.group_by {
            for key in keys {
                collect(key, scope)?;
            }
        }
        for key in order_by {
            collect(&key.expr, scope)?;
        }
        Ok(())
    }
}

/// The expression of the parser's form of `WITH expr AS name`.
fn scalar_marker(query: &ast::Query) -> Option<&ast::Expr> {
    let SetExpr::Select(select) = &*query.body else {
        return None;
    };
    match select.projection.as_slice() {
        [SelectItem::ExprWithAlias { expr, alias }] if alias.value == parser::SCALAR => Some(expr),
        _ => None,
    }
}

/// Declares the aliases inside an expression, but not those of subqueries.
fn collect<'s>(expression: &'s ast::Expr, scope: &mut Scope<'s>) -> Result<()> {
    let mut pending = vec![expression];
    while let Some(next) = pending.pop() {
        if let ast::Expr::Named { expr, name } = next {
            scope.add_alias(&name.value, expr)?;
        }
        children(next, &mut pending);
    }
    Ok(())
}

/// The operands of an expression; subqueries have none.
pub(super) fn children<'e>(expression: &'e ast::Expr, out: &mut Vec<&'e ast::Expr>) {
    use ast::Expr;
    match expression {
        Expr::Named { expr, .. }
        | Expr::Nested(expr)
        | Expr::UnaryOp { expr, .. }
        | Expr::Cast { expr, .. }
        | Expr::IsNull(expr)
        | Expr::IsNotNull(expr)
        | Expr::InSubquery { expr, .. } => out.push(expr),
        Expr::BinaryOp { left, right, .. }
        | Expr::IsDistinctFrom(left, right)
        | Expr::IsNotDistinctFrom(left, right) => out.extend([&**left, &**right]),
        Expr::Like { expr, pattern, .. } | Expr::ILike { expr, pattern, .. } => out.extend([&**expr, &**pattern]),
        Expr::Between { expr, low, high, .. } => out.extend([&**expr, &**low, &**high]),
        Expr::InList { expr, list, .. } => {
            out.push(expr);
            out.extend(list);
        }
        Expr::Tuple(items) => out.extend(items),
        Expr::Array(array) => out.extend(&array.elem),
        Expr::Interval(interval) => out.push(&interval.value),
        Expr::Lambda(lambda) => out.push(&lambda.body),
        Expr::Case {
            operand,
            conditions,
            else_result,
            ..
        } => {
            out.extend(operand.as_deref());
            out.extend(conditions.iter().flat_map(|when| [&when.condition, &when.result]));
            out.extend(else_result.as_deref());
        }
        Expr::Function(function) => {
            if let FunctionArguments::List(list) = &function.args {
                out.extend(list.args.iter().filter_map(|argument| match argument {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(expression)) => Some(expression),
                    _ => None,
                }));
            }
            out.extend(function.filter.as_deref());
        }
        _ => {}
    }
}
