//! Expressions of a plan in ClickHouse's words, as EXPLAIN shows them. Conversions that typing has added are left out.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::{AggregateFunction, InList};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, SortExpr};
use gristmill_sql::analyzer::sorted_value;
use gristmill_sql::parser::quote_string;
use gristmill_sql::types::back_quote_if_needed;

/// Expressions with commas between them.
pub fn list<'a>(exprs: impl IntoIterator<Item = &'a Expr>) -> String {
    let texts: Vec<String> = exprs.into_iter().map(text).collect();
    texts.join(", ")
}

/// `key ASC, key DESC`.
pub fn sort_keys(keys: &[SortExpr]) -> String {
    let key = |key: &SortExpr| {
        let direction = if key.asc { "ASC" } else { "DESC" };
        format!("{} {direction}", text(sorted_value(&key.expr)))
    };
    let keys: Vec<String> = keys.iter().map(key).collect();
    keys.join(", ")
}

/// One expression.
pub fn text(expr: &Expr) -> String {
    match expr {
        Expr::Column(column) => back_quote_if_needed(&column.name).into_owned(),
        Expr::Alias(alias) => text(&alias.expr),
        Expr::Cast(cast) => text(&cast.expr),
        Expr::Literal(value, _) => literal(value),
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            let side = |side: &Expr| match bare(side) {
                Expr::BinaryExpr(inner) if inner.op.precedence() < op.precedence() => format!("({})", text(side)),
                _ => text(side),
            };
            format!("{} {} {}", side(left), operator(op), side(right))
        }
        Expr::Not(inner) => format!("NOT {}", text(inner)),
        Expr::Negative(inner) => format!("-{}", text(inner)),
        Expr::IsNull(inner) => format!("{} IS NULL", text(inner)),
        Expr::IsNotNull(inner) => format!("{} IS NOT NULL", text(inner)),
        Expr::InList(InList {
            expr,
            list: values,
            negated,
        }) => {
            let word = if *negated { "NOT IN" } else { "IN" };
            format!("{} {word} ({})", text(expr), list(values))
        }
        Expr::ScalarFunction(call) if call.name() == "CAST" && call.args.len() == 1 => text(&call.args[0]),
        Expr::ScalarFunction(call) => format!("{}({})", call.name(), list(&call.args)),
        Expr::AggregateFunction(AggregateFunction { func, params }) => {
            // Rows are counted by the value 1.
            let counts_rows = func.name() == "count" && matches!(params.args.as_slice(), [Expr::Literal(..)]);
            let arguments = if counts_rows { String::new() } else { list(&params.args) };
            format!("{}({arguments})", func.name())
        }
        other => other.to_string(),
    }
}

fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Cast(cast) => bare(&cast.expr),
        Expr::Alias(alias) => bare(&alias.expr),
        other => other,
    }
}

fn operator(op: &Operator) -> String {
    match op {
        Operator::IsNotDistinctFrom => "<=>".into(),
        other => other.to_string(),
    }
}

/// Longer arrays are only counted.
pub const ITEMS_MAX: usize = 8;

fn literal(value: &ScalarValue) -> String {
    match value {
        value if value.is_null() => "NULL".into(),
        ScalarValue::Binary(Some(bytes)) => quote_string(&String::from_utf8_lossy(bytes)),
        ScalarValue::Boolean(Some(value)) => u8::from(*value).to_string(),
        ScalarValue::Float64(Some(value)) => number(*value),
        ScalarValue::Float32(Some(value)) => number(f64::from(*value)),
        ScalarValue::List(list) => {
            let items = list.value(0);
            match items.len() {
                length if length > ITEMS_MAX => format!("[{length} items]"),
                length => {
                    let item = |at| ScalarValue::try_from_array(&items, at).map(|item| literal(&item));
                    let items: Vec<String> = (0..length).filter_map(|at| item(at).ok()).collect();
                    format!("[{}]", items.join(", "))
                }
            }
        }
        other => other.to_string(),
    }
}

/// Floats keep their point.
pub fn number(value: f64) -> String {
    match value.fract() == 0.0 && value.abs() < 1e15 {
        true => format!("{value:.0}."),
        false => value.to_string(),
    }
}
