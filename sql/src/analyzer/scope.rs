//! The names that one SELECT can see: aliases, tables, CTEs, lambda parameters, and the scopes around it.
//!
//! A scope only holds names; `identifier.rs` says in which order they are asked.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use datafusion::common::TableReference;
use datafusion::logical_expr::Expr;
use sqlparser::ast;

use crate::error::{Code, Error, Result};
use crate::functions::TypedExpr;
use crate::parser;
use crate::types::DataType;

/// What stands behind a column's name.
#[derive(Clone, Debug)]
pub(super) enum ColumnSource {
    /// An expression over the plan below.
    Ready(TypedExpr),
    /// An ALIAS column: the text of its expression over the same table, and its declared type.
    Alias(String, DataType),
    /// An EPHEMERAL column: it has a name and no values.
    Ephemeral,
}

/// A column of a table expression.
#[derive(Clone, Debug)]
pub(super) struct TableColumn {
    /// Case-sensitive name.
    pub name: String,
    /// How it is computed.
    pub source: ColumnSource,
    /// Part of `*`: of MATERIALIZED and ALIAS columns settings say it.
    pub in_star: bool,
}

/// A table, subquery or table function in FROM.
#[derive(Clone, Debug)]
pub(super) struct TableExpression {
    /// Qualifier of its columns in the plan, unique in the query.
    pub qualifier: TableReference,
    /// `AS name`.
    pub alias: Option<String>,
    /// Database and table name, where it is a table.
    pub table: Option<(String, String)>,
    /// What error texts call it: `table`, `subquery`, `table function`.
    pub kind: &'static str,
    /// Its columns.
    pub columns: Vec<TableColumn>,
    /// Columns that only their names find, no `*` and no COLUMNS; those of `columns` come first.
    pub unlisted: Vec<TableColumn>,
}

impl TableExpression {
    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&TableColumn> {
        let mut columns = self.columns.iter().chain(&self.unlisted);
        columns.find(|column| column.name == name)
    }

    /// The name that qualifies its columns in result names.
    pub fn shown_name(&self) -> String {
        match (&self.alias, &self.table) {
            (Some(alias), _) => alias.clone(),
            (None, Some((_, table))) => table.clone(),
            (None, None) => String::new(),
        }
    }

    /// How many leading parts of an identifier name this table: `t.a` 1, `db.t.a` 2.
    pub fn matches(&self, parts: &[&str]) -> Option<usize> {
        if self.alias.as_deref() == Some(parts[0]) {
            return Some(1);
        }
        let (database, table) = self.table.as_ref()?;
        if parts[0] == table {
            return Some(1);
        }
        (parts.len() > 1 && parts[0] == database && parts[1] == table).then_some(2)
    }
}

/// A column that JOIN USING made of one column of each side.
#[derive(Clone, Debug)]
pub(super) struct MergedColumn {
    /// The name in USING.
    pub name: String,
    /// Its value.
    pub value: TypedExpr,
}

/// An array that is unrolled into rows before WHERE: `arrayJoin(x)`.
#[derive(Clone, Debug)]
pub(super) struct ArrayJoinCall {
    /// The array.
    pub array: Expr,
    /// The plan column that holds its elements afterwards.
    pub column: String,
}

/// An aggregate or window function that was met, with the text that errors call it.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// The call, without what is computed from its result.
    pub call: Expr,
    /// As ClickHouse writes it.
    pub text: String,
}

/// A common table expression: its query belongs to the scope that declares it.
pub(super) struct Cte<'s> {
    pub name: &'s str,
    pub query: &'s ast::Query,
}

/// Names of one SELECT (or of a table's expressions).
#[derive(Default)]
pub(super) struct Scope<'s> {
    /// The query around this one.
    pub parent: Option<&'s Scope<'s>>,
    /// Columns of the tables around are no names here: a subquery in FROM, a CTE.
    pub hides_outer_tables: bool,
    /// CTEs declared here.
    pub ctes: Vec<Cte<'s>>,
    /// Everything that is called something: `expr AS name`, at any depth.
    pub aliases: HashMap<&'s str, &'s ast::Expr>,
    /// FROM, left to right.
    pub tables: Vec<TableExpression>,
    /// Columns merged by USING.
    pub merged: Vec<MergedColumn>,
    /// Columns that ARRAY JOIN adds or replaces; they win over tables.
    pub array_joined: Vec<(String, TypedExpr)>,
    /// WINDOW name AS (…).
    pub windows: Vec<(&'s str, &'s ast::WindowSpec)>,
    /// The query, for error messages.
    pub query: Option<&'s ast::Query>,
    /// Aliases resolved so far.
    pub resolved: RefCell<HashMap<String, TypedExpr>>,
    /// Aliases whose expression is being resolved: inside it, the name means a column.
    pub resolving: RefCell<Vec<String>>,
    /// The outermost alias being resolved whose name was met inside of another alias of its expression, where it
    /// means a column; a position in `resolving`.
    pub shadowed: Cell<usize>,
    /// Parameters of the lambdas around the current expression, innermost last.
    pub lambda: RefCell<Vec<(String, TypedExpr)>>,
    /// arrayJoin calls met.
    pub array_join_calls: RefCell<Vec<ArrayJoinCall>>,
    /// Aggregate and window functions met.
    pub found: RefCell<Vec<Found>>,
}

impl<'s> Scope<'s> {
    /// An empty scope inside `parent`.
    pub fn inside(parent: Option<&'s Scope<'s>>) -> Scope<'s> {
        Scope {
            parent,
            ..Scope::default()
        }
    }

    /// A scope around a subquery in FROM or a CTE: names of `outer`, but not its tables' columns.
    pub fn around_table(outer: &'s Scope<'s>) -> Scope<'s> {
        Scope {
            hides_outer_tables: true,
            ..Scope::inside(Some(outer))
        }
    }

    /// A scope that sees one table alone.
    pub fn of_table(table: TableExpression) -> Scope<'static> {
        Scope {
            tables: vec![table],
            ..Scope::default()
        }
    }

    /// Declares `expression AS name`; the same name for another expression is an error.
    pub fn add_alias(&mut self, name: &'s str, expression: &'s ast::Expr) -> Result<()> {
        if let Some(other) = self.aliases.insert(name, expression)
            && other != expression
        {
            return Err(Error::new(
                Code::MULTIPLE_EXPRESSIONS_FOR_ALIAS,
                format!(
                    "Multiple expressions {} AS {name} and {} AS {name} for alias {name}{}",
                    parser::format_expression(expression),
                    parser::format_expression(other),
                    self.in_scope()
                ),
            ));
        }
        Ok(())
    }

    /// The text that ends ClickHouse's messages about names.
    pub fn in_scope(&self) -> String {
        let text = self.query.map(parser::format_query).unwrap_or_default();
        // Markers of the parser are not for people.
        match text.is_empty() || text.contains("__") {
            true => String::new(),
            false => format!(". In scope {text}"),
        }
    }
}
