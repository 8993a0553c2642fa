//! `{name:Type}` in definitions: what is stored must mean the same when no parameters are set, so their values take
//! their place.

use std::ops::ControlFlow;

use datafusion::common::ScalarValue;
use sqlparser::ast::{self, FunctionArg, FunctionArgExpr, FunctionArguments, Value, VisitMut, VisitorMut};

use super::{Analyzer, Context};
use crate::error::{Error, Result};
use crate::functions::TypedExpr;
use crate::parser::{self, PARAMETER};
use crate::types::DataType;

/// Puts the values of parameters into an expression, as ClickHouse does: `_CAST(5, 'UInt8')`, a String as it is.
pub fn substitute_parameters(expression: &mut ast::Expr, context: &Context) -> Result<()> {
    match expression.visit(&mut Substitute { context }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(error) => Err(error),
    }
}

struct Substitute<'a> {
    context: &'a Context<'a>,
}

impl VisitorMut for Substitute<'_> {
    type Break = Error;

    fn post_visit_expr(&mut self, expression: &mut ast::Expr) -> ControlFlow<Error> {
        let Some((name, type_name)) = parameter(expression) else {
            return ControlFlow::Continue(());
        };
        match Analyzer::new(self.context).parameter(&name, &type_name) {
            Ok(value) => {
                *expression = stored(&value, &type_name, &self.context.parameters[&name]);
                ControlFlow::Continue(())
            }
            Err(error) => ControlFlow::Break(error),
        }
    }
}

/// Name and type of a parameter.
fn parameter(expression: &ast::Expr) -> Option<(String, String)> {
    let ast::Expr::Function(call) = expression else {
        return None;
    };
    let FunctionArguments::List(list) = &call.args else {
        return None;
    };
    if call.name.to_string() != PARAMETER {
        return None;
    }
    let text = |argument: &FunctionArg| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(ast::Expr::Value(value))) => value.value.clone().into_string(),
        _ => None,
    };
    match list.args.as_slice() {
        [name, data_type] => Some((text(name)?, text(data_type)?)),
        _ => None,
    }
}

fn stored(value: &TypedExpr, type_name: &str, text: &str) -> ast::Expr {
    let constant = value.constant.as_ref().expect("a parameter is a constant");
    let literal = literal(constant, &value.data_type).unwrap_or_else(|| string(text.to_owned()));
    match value.data_type {
        DataType::String => literal,
        _ => parser::cast_call(literal, type_name),
    }
}

fn string(text: String) -> ast::Expr {
    ast::Expr::value(Value::SingleQuotedString(text))
}

/// The value as a literal that depends on no setting; `None` where the type's own text has to do.
fn literal(value: &ScalarValue, data_type: &DataType) -> Option<ast::Expr> {
    if value.is_null() {
        return Some(ast::Expr::value(Value::Null));
    }
    match data_type {
        DataType::Nullable(inner) | DataType::LowCardinality(inner) => literal(value, inner),
        DataType::String => match value {
            ScalarValue::Binary(Some(bytes)) => Some(string(parser::carried(bytes))),
            _ => None,
        },
        DataType::Date | DataType::Date32 | DataType::Time | DataType::DateTime(_) => number(value.to_string()),
        DataType::DateTime64(scale, _) => match value {
            ScalarValue::Int64(Some(ticks)) => Some(string(seconds(*ticks, u32::from(*scale)))),
            _ => None,
        },
        numeric if numeric.is_integer() || numeric.is_float() => number(value.to_string()),
        DataType::Array(element) => {
            let ScalarValue::List(list) = value else {
                return None;
            };
            let values = list.value(0);
            let one = |row| literal(&ScalarValue::try_from_array(&values, row).ok()?, element);
            let elem = (0..values.len()).map(one).collect::<Option<Vec<_>>>()?;
            Some(ast::Expr::Array(ast::Array { elem, named: false }))
        }
        _ => None,
    }
}

fn number(text: String) -> Option<ast::Expr> {
    Some(ast::Expr::value(Value::Number(text, false)))
}

/// Ticks as seconds with their fraction: `-1.5`.
fn seconds(ticks: i64, scale: u32) -> String {
    let sign = if ticks < 0 { "-" } else { "" };
    let unit = 10u64.pow(scale);
    let (whole, fraction) = (ticks.unsigned_abs() / unit, ticks.unsigned_abs() % unit);
    match scale {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{fraction:0width$}", width = scale as usize),
    }
}
