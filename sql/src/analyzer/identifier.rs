//! From a name to an expression: lambda parameters, aliases, columns, then the query around.
//!
//! With `prefer_column_name_to_alias = 0` an alias wins over a column of the same name, except inside the alias'
//! own expression: `SELECT a + 1 AS a` adds to the column.

use std::sync::Arc;

use datafusion::logical_expr::Expr;
use sqlparser::ast;

use super::Analyzer;
use super::scope::{ColumnSource, Scope, TableColumn, TableExpression};
use crate::error::{Code, Error, Result};
use crate::functions::{self, TypedExpr};
use crate::parser;
use crate::types::{DataType, maybe_you_meant};

impl Analyzer<'_> {
    /// Resolves `a`, `t.a`, `db.t.a` or any of these followed by names of tuple elements.
    pub(super) fn identifier(&self, idents: &[&str], scope: &Scope) -> Result<TypedExpr> {
        if let Some(found) = self.find_identifier(idents, scope)? {
            return Ok(found);
        }
        let mut tables_hidden = scope.hides_outer_tables;
        let mut outer = scope.parent;
        while let Some(parent) = outer {
            if let Some(found) = self.find_identifier(idents, parent)? {
                if found.constant.is_some() {
                    return Ok(found);
                }
                if tables_hidden {
                    break;
                }
                return outer_reference(found, idents);
            }
            tables_hidden |= parent.hides_outer_tables;
            outer = parent.parent;
        }
        Err(unknown_identifier(idents, scope))
    }

    /// Looks in one scope only.
    fn find_identifier(&self, idents: &[&str], scope: &Scope) -> Result<Option<TypedExpr>> {
        let parameter = scope
            .lambda
            .borrow()
            .iter()
            .rev()
            .find(|(name, _)| name == idents[0])
            .cloned();
        if let Some((_, value)) = parameter {
            return self.elements(value, &idents[1..]).map(Some);
        }
        if self.prefer_columns {
            if let Some(found) = self.find_column(idents, scope)? {
                return Ok(Some(found));
            }
            return self.find_alias(idents, scope);
        }
        if let Some(found) = self.find_alias(idents, scope)? {
            return Ok(Some(found));
        }
        self.find_column(idents, scope)
    }

    fn find_alias(&self, idents: &[&str], scope: &Scope) -> Result<Option<TypedExpr>> {
        let name = idents[0];
        let Some(expression) = scope.aliases.get(name) else {
            return Ok(None);
        };
        let position = scope.resolving.borrow().iter().position(|alias| alias == name);
        if let Some(position) = position {
            // `a + 1 AS a` means the column wherever `a` stands; `b AS a, a AS b` depends on where one begins.
            if position + 1 < scope.resolving.borrow().len() {
                scope.shadowed.set(scope.shadowed.get().min(position));
            }
            return Ok(None);
        }
        let value = self.alias(name, expression, scope)?;
        if idents.len() > 1 && !has_parts(&value.data_type) {
            return Ok(None);
        }
        self.elements(value, &idents[1..]).map(Some)
    }

    /// The value of an alias, resolved once per scope.
    pub(super) fn alias(&self, name: &str, expression: &ast::Expr, scope: &Scope) -> Result<TypedExpr> {
        if let Some(value) = scope.resolved.borrow().get(name) {
            return Ok(value.clone());
        }
        let position = scope.resolving.borrow().len();
        let outer = scope.shadowed.replace(usize::MAX);
        scope.resolving.borrow_mut().push(name.to_string());
        let value = self.expression(expression, scope);
        scope.resolving.borrow_mut().pop();
        let shadowed = scope.shadowed.get();
        let value = value?;
        // In a lambda names may be its parameters.
        if shadowed > position && scope.lambda.borrow().is_empty() {
            scope.resolved.borrow_mut().insert(name.to_string(), value.clone());
            scope.shadowed.set(outer);
        } else {
            // It will be typed again where it is used again.
            self.expand_by(&value)?;
            scope.shadowed.set(outer.min(shadowed));
        }
        Ok(value)
    }

    pub(super) fn find_column(&self, idents: &[&str], scope: &Scope) -> Result<Option<TypedExpr>> {
        if let Some((_, value)) = scope.array_joined.iter().find(|(name, _)| name == idents[0]) {
            return self.elements(value.clone(), &idents[1..]).map(Some);
        }
        if let Some(merged) = scope.merged.iter().find(|merged| merged.name == idents[0]) {
            return self.elements(merged.value.clone(), &idents[1..]).map(Some);
        }
        if let Some(found) = self.find_unqualified(idents, scope)? {
            return Ok(Some(found));
        }
        if idents.len() == 1 {
            return Ok(None);
        }
        self.find_qualified(idents, scope)
    }

    fn find_unqualified(&self, idents: &[&str], scope: &Scope) -> Result<Option<TypedExpr>> {
        let whole = idents.join(".");
        // `b.id` is an element of a column b only if that is a tuple.
        let fits = |column: &TableColumn| idents.len() == 1 || is_tuple(column);
        let named =
            |table: &&TableExpression| table.column(idents[0]).is_some_and(fits) || table.column(&whole).is_some();
        let mut holders = scope.tables.iter().filter(named);
        let Some(table) = holders.next() else { return Ok(None) };
        // Between two tables the left one wins, as in ClickHouse (`single_join_prefer_left_table`).
        if scope.tables.len() > 2 && holders.next().is_some() {
            return Err(Error::new(
                Code::AMBIGUOUS_IDENTIFIER,
                format!("JOIN ambiguous identifier '{whole}'{}", scope.in_scope()),
            ));
        }
        if let Some(column) = table.column(&whole) {
            return self.column(table, column).map(Some);
        }
        let Some(column) = table.column(idents[0]) else {
            return Ok(None);
        };
        let value = self.column(table, column)?;
        if idents.len() > 1 && !has_parts(&value.data_type) {
            return Ok(None);
        }
        self.elements(value, &idents[1..]).map(Some)
    }

    fn find_qualified(&self, idents: &[&str], scope: &Scope) -> Result<Option<TypedExpr>> {
        // In `FROM a AS t, a` the name `a` is the second table, though the first may be called so too where it is alone.
        let own_name = |table: &&TableExpression| table.alias.as_deref().is_none_or(|alias| alias == idents[0]);
        let (called_so, aliased): (Vec<_>, Vec<_>) = scope.tables.iter().partition(own_name);
        for table in called_so.into_iter().chain(aliased) {
            let Some(qualifiers) = table.matches(idents) else {
                continue;
            };
            let rest = &idents[qualifiers..];
            if rest.is_empty() {
                continue;
            }
            if let Some(column) = table.column(&rest.join(".")) {
                return self.column(table, column).map(Some);
            }
            if let Some(column) = table.column(rest[0]) {
                let value = self.column(table, column)?;
                return self.elements(value, &rest[1..]).map(Some);
            }
            let known: Vec<String> = table
                .columns
                .iter()
                .map(|c| format!("{}.{}", idents[0], c.name))
                .collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let whole = idents.join(".");
            return Err(Error::new(
                Code::UNKNOWN_IDENTIFIER,
                format!(
                    "Identifier '{whole}' cannot be resolved from {} with name {}{}{}",
                    table.kind,
                    table.shown_name(),
                    maybe_you_meant(&whole, &known),
                    scope.in_scope()
                ),
            ));
        }
        Ok(None)
    }

    /// The value of a table's column; an ALIAS column is computed from the others here.
    pub(super) fn column(&self, table: &TableExpression, column: &TableColumn) -> Result<TypedExpr> {
        match &column.source {
            ColumnSource::Ready(value) => Ok(value.clone()),
            ColumnSource::Alias(text, data_type) => {
                let _deeper = self.deeper()?;
                let expression = parser::parse_expression(text)?;
                let value = self.expression(&expression, &Scope::of_table(table.clone()))?;
                self.expand_by(&value)?;
                functions::cast(value, data_type, self.context.functions)
            }
            ColumnSource::Ephemeral => {
                let message = format!("There is no column or subcolumn {} in table", column.name);
                Err(Error::new(Code::NO_SUCH_COLUMN_IN_TABLE, message))
            }
        }
    }

    /// `value.a.b`: elements of named tuples.
    fn elements(&self, value: TypedExpr, names: &[&str]) -> Result<TypedExpr> {
        names.iter().try_fold(value, |value, name| {
            if let (DataType::Map(..), Some(function)) = (value.data_type.bare(), map_part(name)) {
                return self.call(function, vec![value]);
            }
            let name = TypedExpr::constant(super::literal::string_scalar(name), DataType::String);
            self.call("tupleElement", vec![value, name])
        })
    }
}

/// Whether values have parts with names.
fn has_parts(data_type: &DataType) -> bool {
    matches!(data_type.bare(), DataType::Tuple(_) | DataType::Map(..))
}

/// The function that a subcolumn of a map is.
fn map_part(name: &str) -> Option<&'static str> {
    match name {
        "keys" => Some("mapKeys"),
        "values" => Some("mapValues"),
        "size0" => Some("length"),
        _ => None,
    }
}

fn is_tuple(column: &TableColumn) -> bool {
    let data_type = match &column.source {
        ColumnSource::Ready(value) => &value.data_type,
        ColumnSource::Alias(_, data_type) => data_type,
        ColumnSource::Ephemeral => return false,
    };
    has_parts(data_type)
}

/// A column of the query around a subquery: DataFusion turns such a subquery into a join.
fn outer_reference(column: TypedExpr, idents: &[&str]) -> Result<TypedExpr> {
    match column.expr {
        Expr::Column(name) => {
            let field = column.data_type.field(&name.name);
            Ok(TypedExpr::new(
                Expr::OuterReferenceColumn(Arc::new(field), name),
                column.data_type,
            ))
        }
        _ => Err(Error::not_implemented(format!(
            "Correlated subquery that uses '{}', which is not a plain column of the query around it,",
            idents.join(".")
        ))),
    }
}

/// A column of the plan below.
pub(super) fn plan_column(
    qualifier: Option<datafusion::common::TableReference>,
    name: impl Into<String>,
    data_type: DataType,
) -> TypedExpr {
    TypedExpr::new(
        Expr::Column(datafusion::common::Column::new(qualifier, name)),
        data_type,
    )
}

fn unknown_identifier(idents: &[&str], scope: &Scope) -> Error {
    let name = idents.join(".");
    let mut known: Vec<&str> = scope.aliases.keys().copied().collect();
    known.extend(
        scope
            .tables
            .iter()
            .flat_map(|table| table.columns.iter().map(|column| column.name.as_str())),
    );
    known.sort_unstable();
    known.dedup();
    let hint = if idents.len() == 1 {
        maybe_you_meant(&name, &known)
    } else {
        String::new()
    };
    let without_from = scope.query.is_some() && scope.tables.is_empty() && scope.array_joined.is_empty();
    let note = match without_from {
        true => ": Note: the query does not have the FROM clause. Did you forget to add it?",
        false => "",
    };
    Error::new(
        Code::UNKNOWN_IDENTIFIER,
        format!("Unknown expression identifier `{name}`{hint}{}{note}", scope.in_scope()),
    )
}
