//! Functions that take a lambda, such as `arrayMap(x -> x + 1, array)`.
//!
//! [`call_lambda`] hands the lambda's builder one typed expression per parameter and gets the typed body back. The
//! largest parts of the body that do not depend on a parameter become ordinary arguments of the call (captured
//! values), so that the analyzer sees their columns and aggregates. What each function does with the body's values is
//! in `arrays/higher_order.rs`.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::common::Column;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::Expr;

use super::{Context, TypedExpr, internal, unknown_function};
use crate::error::{Error, Result};
use crate::types::DataType;

/// A lambda whose body is not typed yet.
pub struct Lambda<'a> {
    /// Number of parameters, as written.
    pub parameters: usize,
    /// Types the body, given one expression per parameter. Called once.
    pub build: &'a dyn Fn(&[TypedExpr]) -> Result<TypedExpr>,
}

/// Whether `name` takes a lambda as its first argument (some, such as `arraySum`, may go without).
pub fn takes_lambda(name: &str) -> bool {
    super::arrays::higher_order::find(name).is_some()
}

/// Calls a function with a lambda before its other arguments.
pub fn call_lambda(name: &str, lambda: &Lambda, arguments: Vec<TypedExpr>, context: &Context) -> Result<TypedExpr> {
    let function = super::arrays::higher_order::find(name).ok_or_else(|| unknown_function(name))?;
    super::arrays::higher_order::call(function, lambda, arguments, context)
}

/// A typed lambda body, with what it needs from outside.
pub(super) struct Body {
    /// Refers to parameters by `parameters` and to captured values by `captured`'s names.
    pub expr: Expr,
    pub data_type: DataType,
    /// The column names that stand for the parameters.
    pub parameters: Vec<String>,
    /// Column name and value of each captured expression.
    pub captured: Vec<(String, Expr)>,
}

/// Columns that stand for lambda parameters begin so; the number after it is unique in the process.
pub(super) const PARAMETER: &str = "__lambda_";

/// Types the body and separates what it captures.
pub(super) fn bind(lambda: &Lambda, types: &[DataType]) -> Result<Body> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let call = NEXT.fetch_add(1, Ordering::Relaxed);
    let parameters: Vec<String> = (0..types.len())
        .map(|index| format!("{PARAMETER}{call}_{index}"))
        .collect();
    let columns: Vec<TypedExpr> = parameters
        .iter()
        .zip(types)
        .map(|(name, data_type)| TypedExpr::new(Expr::Column(Column::new_unqualified(name)), data_type.clone()))
        .collect();
    let body = (lambda.build)(&columns)?;
    let (expr, captured) = capture(body.expr, &parameters)?;
    Ok(Body {
        expr,
        data_type: body.data_type,
        parameters,
        captured,
    })
}

/// Replaces the largest subexpressions without parameters and with columns by names.
fn capture(expr: Expr, parameters: &[String]) -> Result<(Expr, Vec<(String, Expr)>)> {
    let mut captured: Vec<(String, Expr)> = Vec::new();
    let expr = expr
        .transform_down(|node| {
            let uses = columns(&node);
            if uses.parameter(parameters) || !uses.any {
                return Ok(Transformed::no(node));
            }
            let known = captured.iter().position(|(_, value)| *value == node);
            let index = known.unwrap_or_else(|| {
                captured.push((format!("captured_{}", captured.len()), node.clone()));
                captured.len() - 1
            });
            let column = Expr::Column(Column::new_unqualified(&captured[index].0));
            Ok(Transformed::new(column, true, TreeNodeRecursion::Jump))
        })
        .map_err(internal)?;
    Ok((expr.data, captured))
}

/// What an expression refers to.
struct Uses {
    names: Vec<String>,
    any: bool,
}

impl Uses {
    fn parameter(&self, parameters: &[String]) -> bool {
        self.names.iter().any(|name| parameters.contains(name))
    }
}

fn columns(expr: &Expr) -> Uses {
    let any = Cell::new(false);
    let mut names = Vec::new();
    let visited = expr.apply(|node| {
        match node {
            Expr::Column(column) => {
                any.set(true);
                if column.relation.is_none() {
                    names.push(column.name.clone());
                }
            }
            // Neither is a column, but both must be computed outside.
            Expr::AggregateFunction(_) | Expr::WindowFunction(_) | Expr::ScalarSubquery(_) => any.set(true),
            _ => {}
        }
        Ok(TreeNodeRecursion::Continue)
    });
    debug_assert!(visited.is_ok(), "the visitor does not fail");
    Uses { names, any: any.get() }
}

/// A wrong number of lambda parameters.
pub(super) fn wrong_parameters(name: &str, arrays: usize, parameters: usize) -> Error {
    let shown = vec!["?"; parameters].join(", ");
    super::function::illegal(format!(
        "First argument for this overload of {name} must be a function with {arrays} arguments, found Function(({shown}) -> ?) instead."
    ))
}
