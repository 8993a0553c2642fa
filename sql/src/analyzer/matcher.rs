//! `*`, `t.*`, EXCEPT, REPLACE and `COLUMNS('regexp')`.

use sqlparser::ast::{self, SelectItemQualifiedWildcardKind, WildcardAdditionalOptions};

use super::Analyzer;
use super::from::object_name;
use super::scope::{ColumnSource, Scope, TableColumn, TableExpression};
use crate::error::{Code, Error, Result};
use crate::functions::TypedExpr;

/// A result column.
#[derive(Clone, Debug)]
pub(super) struct Item {
    /// The name to show.
    pub name: String,
    /// Its value.
    pub value: TypedExpr,
}

impl Analyzer<'_> {
    /// `*`: the columns of all tables; those that USING merged once.
    pub(super) fn star(&self, scope: &Scope) -> Result<Vec<Item>> {
        self.all(scope, |column| column.in_star)
    }

    /// The chosen columns of all tables.
    fn all(&self, scope: &Scope, is_chosen: impl Fn(&TableColumn) -> bool) -> Result<Vec<Item>> {
        let mut items = Vec::new();
        let mut merged = Vec::new();
        for table in &scope.tables {
            for column in table.columns.iter().filter(|column| is_chosen(column)) {
                if scope.merged.iter().any(|known| known.name == column.name) {
                    if merged.contains(&&column.name) {
                        continue;
                    }
                    merged.push(&column.name);
                }
                items.push(self.star_item(table, &column.name, scope)?);
            }
        }
        Ok(items)
    }

    /// `t.*`.
    pub(super) fn qualified_star(&self, kind: &SelectItemQualifiedWildcardKind, scope: &Scope) -> Result<Vec<Item>> {
        let name = match kind {
            SelectItemQualifiedWildcardKind::ObjectName(name) => name,
            SelectItemQualifiedWildcardKind::Expr(ast::Expr::Function(function)) => {
                return self.columns_matcher(function, scope);
            }
            SelectItemQualifiedWildcardKind::Expr(_) => return Err(Error::not_implemented("* of an expression")),
        };
        self.star_of(name, scope)
    }

    /// `t.*` of a table's name.
    pub(super) fn star_of(&self, table: &ast::ObjectName, scope: &Scope) -> Result<Vec<Item>> {
        self.all_of(table, scope, |column| column.in_star)
    }

    /// The chosen columns of one table.
    fn all_of(
        &self,
        name: &ast::ObjectName,
        scope: &Scope,
        is_chosen: impl Fn(&TableColumn) -> bool,
    ) -> Result<Vec<Item>> {
        let parts = object_name(name)?;
        let table = scope
            .tables
            .iter()
            .find(|table| table.matches(&parts) == Some(parts.len()));
        let table = table.ok_or_else(|| {
            Error::new(
                Code::UNKNOWN_IDENTIFIER,
                format!(
                    "Qualified matcher {}.* does not find table{}",
                    parts.join("."),
                    scope.in_scope()
                ),
            )
        })?;
        let columns = table.columns.iter().filter(|column| is_chosen(column));
        columns
            .map(|column| self.star_item(table, &column.name, scope))
            .collect()
    }

    fn star_item(&self, table: &TableExpression, name: &str, scope: &Scope) -> Result<Item> {
        self.expand(1)?;
        let replaced = scope.array_joined.iter().find(|(other, _)| other == name);
        let merged = scope.merged.iter().find(|merged| merged.name == name);
        if let Some(value) = replaced.map(|(_, value)| value).or(merged.map(|merged| &merged.value)) {
            return Ok(Item {
                name: name.to_string(),
                value: value.clone(),
            });
        }
        let column = table.column(name).expect("the caller took the name from this table");
        let value = self.column(table, column)?;
        let shown = match scope.tables.len() {
            1 => name.to_string(),
            _ => match self.find_column(&[name], scope) {
                Ok(Some(alone)) if alone.expr == value.expr => name.to_string(),
                _ => format!("{}.{name}", table.shown_name()),
            },
        };
        Ok(Item { name: shown, value })
    }

    /// EXCEPT and REPLACE after a `*`.
    pub(super) fn transform(
        &self,
        mut items: Vec<Item>,
        options: &WildcardAdditionalOptions,
        scope: &Scope,
    ) -> Result<Vec<Item>> {
        if options.opt_ilike.is_some() || options.opt_rename.is_some() || options.opt_alias.is_some() {
            return Err(Error::not_implemented(format!("Modifier of *: {options}")));
        }
        let except: Vec<&str> = match (&options.opt_except, &options.opt_exclude) {
            (Some(except), None) => std::iter::once(&except.first_element)
                .chain(&except.additional_elements)
                .map(|ident| ident.value.as_str())
                .collect(),
            (None, None) => Vec::new(),
            _ => return Err(Error::not_implemented("EXCLUDE")),
        };
        items.retain(|item| !except.contains(&item.name.as_str()));
        for replacement in options.opt_replace.iter().flat_map(|replace| &replace.items) {
            let name = &replacement.column_name.value;
            for item in items.iter_mut().filter(|item| item.name == *name) {
                item.value = self.expression(&replacement.expr, scope)?;
            }
        }
        Ok(items)
    }

    /// `COLUMNS('regexp')`, `COLUMNS(a, b)` and `t.COLUMNS('regexp')`.
    pub(super) fn columns_matcher(&self, function: &ast::Function, scope: &Scope) -> Result<Vec<Item>> {
        let name = object_name(&function.name)?;
        // Those too that `*` leaves out.
        let is_readable = |column: &TableColumn| !matches!(column.source, ColumnSource::Ephemeral);
        let all = match name.split_last() {
            Some((_, [])) | None => self.all(scope, is_readable)?,
            Some((_, table)) => self.all_of(&table_name(table), scope, is_readable)?,
        };
        let ast::FunctionArguments::List(list) = &function.args else {
            return Err(Error::not_implemented("COLUMNS without arguments"));
        };
        let mut items = Vec::new();
        for argument in &list.args {
            let ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(argument)) = argument else {
                return Err(Error::not_implemented(format!("Argument {argument} of COLUMNS")));
            };
            match argument {
                ast::Expr::Value(value) => match &value.value {
                    ast::Value::SingleQuotedString(pattern) => {
                        let pattern = regex::Regex::new(pattern).map_err(|error| {
                            Error::new(Code::CANNOT_COMPILE_REGEXP, format!("COLUMNS('{pattern}'): {error}"))
                        })?;
                        items.extend(all.iter().filter(|item| pattern.is_match(&item.name)).cloned());
                    }
                    other => return Err(Error::not_implemented(format!("COLUMNS({other})"))),
                },
                column => items.push(Item {
                    name: self.shown_name(column, scope),
                    value: self.expression(column, scope)?,
                }),
            }
        }
        Ok(items)
    }
}

fn table_name(table: &[&str]) -> ast::ObjectName {
    let parts = table
        .iter()
        .map(|part| ast::ObjectNamePart::Identifier(ast::Ident::new(*part)));
    ast::ObjectName(parts.collect())
}
