//! The name of a result column without an alias: ClickHouse's text of the expression.

use std::ops::ControlFlow;

use sqlparser::ast::{self, Expr, VisitMut, VisitorMut};

use super::Analyzer;
use super::aliases::children;
use super::scope::Scope;
use crate::parser::{self, Lifted, LiftedValues};

impl Analyzer<'_> {
    /// The name of an unaliased expression.
    pub(super) fn shown_name(&self, expression: &Expr, scope: &Scope) -> String {
        if let Expr::Identifier(ident) = expression {
            return ident.value.clone();
        }
        if let Expr::CompoundIdentifier(idents) = expression {
            return self.shown_identifier(idents, scope);
        }
        if !needs_rewriting(expression) {
            return parser::column_name(expression);
        }
        let mut rewritten = expression.clone();
        let mut visitor = Rewrite {
            analyzer: self,
            scope,
            depth: 0,
        };
        let _ = VisitMut::visit(&mut rewritten, &mut visitor);
        parser::column_name(&rewritten)
    }

    /// `t.a` is shown as `a` where `a` alone means the same column.
    fn shown_identifier(&self, idents: &[ast::Ident], scope: &Scope) -> String {
        let parts: Vec<&str> = idents.iter().map(|ident| ident.value.as_str()).collect();
        for table in &scope.tables {
            let Some(qualifiers) = table.matches(&parts) else {
                continue;
            };
            let rest = &parts[qualifiers..];
            if rest.is_empty() || table.column(rest[0]).is_none() && table.column(&rest.join(".")).is_none() {
                continue;
            }
            return self.shown_column(&table.shown_name(), rest, &parts, scope);
        }
        parts.join(".")
    }

    /// A table's column, qualified where its name alone means another one.
    pub(super) fn shown_column(&self, table: &str, column: &[&str], written: &[&str], scope: &Scope) -> String {
        let name = column.join(".");
        let alone = self.find_column(column, scope);
        let meant = self.find_column(written, scope);
        match (alone, meant) {
            (Ok(Some(alone)), Ok(Some(meant))) if alone.expr == meant.expr => name,
            _ if table.is_empty() => name,
            _ => format!("{table}.{name}"),
        }
    }
}

fn needs_rewriting(expression: &Expr) -> bool {
    let mut pending = vec![expression];
    while let Some(next) = pending.pop() {
        match next {
            Expr::CompoundIdentifier(_) | Expr::Subquery(_) | Expr::InSubquery { .. } | Expr::Exists { .. } => {
                return true;
            }
            Expr::Function(function) if marker(function).is_some() => return true,
            _ => children(next, &mut pending),
        }
    }
    false
}

/// Which marker of a literal a call is.
fn marker(function: &ast::Function) -> Option<&'static str> {
    let [ast::ObjectNamePart::Identifier(name)] = function.name.0.as_slice() else {
        return None;
    };
    [parser::LIFTED, parser::PARAMETER]
        .into_iter()
        .find(|marker| name.value == *marker)
}

/// Puts what is shown in place of names, markers and subqueries.
struct Rewrite<'r, 'a, 's> {
    analyzer: &'r Analyzer<'a>,
    scope: &'r Scope<'s>,
    depth: usize,
}

impl VisitorMut for Rewrite<'_, '_, '_> {
    type Break = ();

    fn pre_visit_query(&mut self, _: &mut ast::Query) -> ControlFlow<()> {
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &mut ast::Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        if self.depth > 0 {
            return ControlFlow::Continue(());
        }
        let shown = match expression {
            Expr::CompoundIdentifier(idents) => self.analyzer.shown_identifier(idents, self.scope),
            Expr::Subquery(_) => self.analyzer.subquery_name(),
            Expr::InSubquery { expr, negated, .. } => {
                let name = ast::Expr::Identifier(ast::Ident::new(self.analyzer.subquery_name()));
                *expression = call(if *negated { "notIn" } else { "in" }, vec![(**expr).clone(), name]);
                return ControlFlow::Continue(());
            }
            Expr::Function(function) if marker(function) == Some(parser::LIFTED) => {
                self.analyzer.cacheable.set(false);
                match lifted_of(function, self.analyzer.context.lifted) {
                    Some(lifted) => lifted_text(lifted),
                    None => return ControlFlow::Continue(()),
                }
            }
            _ => return ControlFlow::Continue(()),
        };
        *expression = Expr::Identifier(ast::Ident::new(shown));
        ControlFlow::Continue(())
    }
}

fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let argument = |expression| ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expression));
    let list = ast::FunctionArgumentList {
        duplicate_treatment: None,
        args: arguments.into_iter().map(argument).collect(),
        clauses: Vec::new(),
    };
    Expr::Function(ast::Function {
        name: ast::ObjectName(vec![ast::ObjectNamePart::Identifier(ast::Ident::new(name))]),
        uses_odbc_syntax: false,
        parameters: ast::FunctionArguments::None,
        args: ast::FunctionArguments::List(list),
        within_group: Vec::new(),
        filter: None,
        null_treatment: None,
        over: None,
    })
}

fn lifted_of<'l>(function: &ast::Function, lifted: &'l [Lifted]) -> Option<&'l Lifted> {
    let ast::FunctionArguments::List(list) = &function.args else {
        return None;
    };
    match list.args.as_slice() {
        [ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(Expr::Value(value)))] => match &value.value {
            ast::Value::Number(text, _) => lifted.get(text.parse::<usize>().ok()?),
            _ => None,
        },
        _ => None,
    }
}

/// The literal as ClickHouse shows it: `[1., 2.5]`.
fn lifted_text(lifted: &Lifted) -> String {
    let numbers: Vec<String> = match &lifted.values {
        LiftedValues::F64(values) => values.iter().map(|value| float_text(*value)).collect(),
        LiftedValues::I64(values) => values.iter().map(i64::to_string).collect(),
        LiftedValues::U64(values) => values.iter().map(u64::to_string).collect(),
    };
    format!("[{}]", numbers.join(", "))
}

/// A float in an expression's text has a point or an exponent.
fn float_text(value: f64) -> String {
    let text = if value != 0.0 && (value.abs() < 1e-6 || value.abs() >= 1e21) {
        format!("{value:e}")
    } else {
        value.to_string()
    };
    if text.contains(['.', 'e', 'n', 'i']) {
        text
    } else {
        format!("{text}.")
    }
}
