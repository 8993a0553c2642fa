//! The name of a result column without an alias: ClickHouse's text of the expression.

use sqlparser::ast::{self, Expr};

use super::Analyzer;
use super::aliases::children;
use super::scope::Scope;
use crate::parser::{self, Namer};

impl Analyzer<'_> {
    /// The name of an unaliased expression.
    pub(super) fn shown_name(&self, expression: &Expr, scope: &Scope) -> String {
        if shows_lifted(expression) {
            self.cacheable.set(false);
        }
        let identifier = |idents: &[ast::Ident]| Some(self.shown_identifier(idents, scope));
        let namer = Namer {
            lifted: self.context.lifted,
            identifier: Some(&identifier),
        };
        namer.name(expression)
    }

    /// `t.a` is shown as `a` where `a` alone means the same column.
    fn shown_identifier(&self, idents: &[ast::Ident], scope: &Scope) -> String {
        let parts: Vec<&str> = idents.iter().map(|ident| ident.value.as_str()).collect();
        for table in scope.tables.iter().filter(|_| parts.len() > 1) {
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
    fn shown_column(&self, table: &str, column: &[&str], written: &[&str], scope: &Scope) -> String {
        let name = column.join(".");
        let alone = self.find_column(column, scope);
        let meant = self.find_column(written, scope);
        match (alone, meant) {
            (Ok(Some(alone)), Ok(Some(meant))) if alone.expr == meant.expr => name,
            // USING shows one column for both, and the left one goes by its name.
            (Ok(Some(alone)), Ok(Some(meant)))
                if alone.data_type == meant.data_type
                    && scope.merged.iter().any(|merged| merged.name == name)
                    && scope.tables.first().is_some_and(|first| first.shown_name() == table) =>
            {
                name
            }
            _ if table.is_empty() => name,
            _ => format!("{table}.{name}"),
        }
    }
}

/// Whether the text of a lifted literal is part of the name.
fn shows_lifted(expression: &Expr) -> bool {
    let mut pending = vec![expression];
    while let Some(next) = pending.pop() {
        if let Expr::Function(function) = next
            && let [ast::ObjectNamePart::Identifier(name)] = function.name.0.as_slice()
            && name.value == parser::LIFTED
        {
            return true;
        }
        if !matches!(next, Expr::Named { .. }) {
            children(next, &mut pending);
        }
    }
    false
}
