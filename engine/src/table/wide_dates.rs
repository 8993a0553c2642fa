//! Times of a TTL in types that hold more of them, as ClickHouse computes them: a Date plus a hundred years does not wrap
//! around and delete rows.
//!
//! A column of type DateTime becomes a DateTime64, and so does a Date where something is added to it. What a function
//! makes of them is as narrow as ever.

use std::collections::HashSet;
use std::ops::ControlFlow;

use gristmill_sql::parser::{format_expression, parse_expression};
use gristmill_sql::types::DataType;
use sqlparser::ast::{self, BinaryOperator, FunctionArg, FunctionArgExpr, FunctionArguments, VisitMut, VisitorMut};

/// The expression over wider types. `type_of` knows the types of its parts.
pub fn widened(expression: &ast::Expr, type_of: impl Fn(&ast::Expr) -> Option<DataType>) -> ast::Expr {
    let mut wide = expression.clone();
    let mut widener = Widener {
        type_of: &type_of,
        parameters: parameters(expression),
    };
    let _: ControlFlow<()> = wide.visit(&mut widener);
    wide
}

/// The names of all lambdas' parameters.
fn parameters(expression: &ast::Expr) -> HashSet<String> {
    let mut names = HashSet::new();
    let _: ControlFlow<()> = ast::visit_expressions(expression, |part| {
        if let ast::Expr::Lambda(lambda) = part {
            names.extend(lambda.params.iter().map(|parameter| parameter.name.value.clone()));
        }
        ControlFlow::Continue(())
    });
    names
}

struct Widener<'a> {
    type_of: &'a dyn Fn(&ast::Expr) -> Option<DataType>,
    parameters: HashSet<String>,
}

impl VisitorMut for Widener<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, part: &mut ast::Expr) -> ControlFlow<()> {
        let is_column = matches!(part, ast::Expr::Identifier(_));
        if let Some(wide) = self.wide_date(part).filter(|_| !is_column) {
            *part = wide;
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, part: &mut ast::Expr) -> ControlFlow<()> {
        let zone = match self.column_type(part) {
            Some(DataType::DateTime(Some(zone))) => format!(", '{}'", zone.name()),
            Some(DataType::DateTime(None)) => String::new(),
            _ => return ControlFlow::Continue(()),
        };
        if let Some(wide) = parsed(format!("toDateTime64({}, 0{zone})", format_expression(part))) {
            *part = wide;
        }
        ControlFlow::Continue(())
    }
}

impl Widener<'_> {
    fn column_type(&self, part: &ast::Expr) -> Option<DataType> {
        match part {
            ast::Expr::Identifier(name) if !self.parameters.contains(&name.value) => (self.type_of)(part),
            _ => None,
        }
    }

    /// The same moments as a DateTime64, if the part is a column of type Date to which nothing or something is added.
    fn wide_date(&self, part: &ast::Expr) -> Option<ast::Expr> {
        match part {
            ast::Expr::Identifier(_) => (self.column_type(part)? == DataType::Date)
                .then(|| parsed(format!("toDateTime64({}, 0, 'UTC')", format_expression(part))))?,
            ast::Expr::Nested(inner) => self.wide_date(inner),
            ast::Expr::BinaryOp { left, op, right } => match op {
                BinaryOperator::Plus => self.later(left, right, '+').or_else(|| self.later(right, left, '+')),
                BinaryOperator::Minus => self.later(left, right, '-'),
                _ => None,
            },
            ast::Expr::Function(call) => {
                let FunctionArguments::List(list) = &call.args else {
                    return None;
                };
                let [
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(date)),
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(count)),
                ] = list.args.as_slice()
                else {
                    return None;
                };
                let name = call.name.to_string();
                match name.as_str() {
                    "plus" => self.later(date, count, '+').or_else(|| self.later(count, date, '+')),
                    "minus" => self.later(date, count, '-'),
                    _ if name.starts_with("add") || name.starts_with("subtract") => {
                        let (date, count) = (format_expression(&self.wide_date(date)?), format_expression(count));
                        parsed(format!("{name}({date}, {count})"))
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// A date with something added to it or taken from it.
    fn later(&self, date: &ast::Expr, count: &ast::Expr, sign: char) -> Option<ast::Expr> {
        let (date, count) = (format_expression(&self.wide_date(date)?), self.count(count)?);
        parsed(format!("({date}) {sign} ({count})"))
    }

    /// What is added to a Date as an interval: a number means days.
    fn count(&self, count: &ast::Expr) -> Option<String> {
        let text = format_expression(count);
        match (self.type_of)(count)?.bare() {
            DataType::Interval(_) => Some(text),
            number if number.is_number() => Some(format!("toIntervalDay({text})")),
            _ => None,
        }
    }
}

fn parsed(text: String) -> Option<ast::Expr> {
    parse_expression(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expression: &str, expected: &str) {
        let type_of = |part: &ast::Expr| {
            Some(match format_expression(part).as_str() {
                "d" => DataType::Date,
                "t" => DataType::DateTime(None),
                "1" | "k" => DataType::UInt8,
                text if text.starts_with("toInterval") => DataType::Interval(gristmill_sql::types::IntervalUnit::Year),
                _ => DataType::Date,
            })
        };
        let wide = widened(&parse_expression(expression).unwrap(), type_of);
        assert_eq!(format_expression(&wide), expected, "{expression}");
    }

    #[test]
    fn what_is_added_to_columns_is_added_to_wide_ones() {
        check("d", "d");
        check("d + toIntervalYear(9)", "toDateTime64(d, 0, 'UTC') + toIntervalYear(9)");
        check("1 + d", "toDateTime64(d, 0, 'UTC') + toIntervalDay(1)");
        check("toDate(d) + k", "toDate(d) + k");
        check("d - d", "d - d");
        check("plus(d, k)", "toDateTime64(d, 0, 'UTC') + toIntervalDay(k)");
        check("addYears(d, 9)", "addYears(toDateTime64(d, 0, 'UTC'), 9)");
        check("toStartOfDay(t) + k", "toStartOfDay(toDateTime64(t, 0)) + k");
        check("t - 1", "toDateTime64(t, 0) - 1");
    }
}
