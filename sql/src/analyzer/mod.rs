//! From sqlparser's AST to a DataFusion plan whose every expression has its ClickHouse type.
//!
//! Start at [`plan_query`], and at `select.rs` for how a SELECT becomes a plan. What the analyzer needs to know about
//! the world comes through [`Context`]: tables through [`Catalog`], lifted vectors and `{name:Type}` parameters beside
//! it. It runs nothing itself; a scalar subquery is a constant, so the catalog runs it while planning.
//!
//! Not here: the grammar (`parser`), what functions and casts do (`functions`), optimizing.

mod aggregation;
mod aliases;
mod array_join;
mod call;
mod catalog;
mod clause;
mod distance_column;
mod expansion;
mod expression;
mod from;
mod header;
mod identifier;
mod in_set;
mod join;
mod limit;
mod literal;
mod matcher;
mod mutation;
mod parameters;
mod query;
mod scope;
mod select;
mod sorting;
mod subquery;
#[cfg(test)]
mod tests;
mod totals;
mod virtual_column;
mod window;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use datafusion::common::ScalarValue;
use sqlparser::ast;

pub use catalog::{
    Catalog, Column, ColumnKind, Context, HeaderColumn, Planned, Table, TableFunctionArgument, VirtualColumn,
    VirtualSource,
};
pub use distance_column::{DISTANCE_COLUMN, uses_distance_column};
pub use in_set::set_values;
pub use literal::{LIFTED_KEY, lifted_slot};
pub use mutation::{MutationPlace, plan_mutation};
pub use parameters::substitute_parameters;
pub use sorting::{sorted_value, with_sorted_value};

use crate::error::{Code, Error, Result};
use crate::functions::{self, TypedExpr};
use crate::parser;
use crate::types::DataType;
use scope::{Scope, TableExpression};

/// Expressions, subqueries and aliases inside of each other, at most. Aliases can nest deeper than the text that the
/// parser has limited; callers run deep queries where there is stack for them ([`parser::on_deep_stack`]).
const DEPTH_MAX: usize = 500;

/// Plans one SELECT (with its unions, CTEs and subqueries).
pub fn plan_query(query: &ast::Query, context: &Context) -> Result<Planned> {
    Analyzer::new(context).query(query, None)
}

/// Types an expression over a table's columns: DEFAULT, ORDER BY, PARTITION BY, index and
/// constraint expressions. Columns are referred to by their plain name, without a qualifier. Each is computed from one
/// row, so neither aggregates nor arrayJoin.
pub fn plan_expression(expression: &ast::Expr, columns: &[Column], context: &Context) -> Result<TypedExpr> {
    let scope = Scope::of_table(table_of_columns(columns));
    let typed = Analyzer::new(context).expression(expression, &scope)?;
    if let Some(call) = call::aggregate_calls(&typed.expr).first() {
        let kind = match call {
            datafusion::logical_expr::Expr::WindowFunction(_) => "Window",
            _ => "Aggregate",
        };
        let text = call::found_text(&scope, call);
        let message = format!("{kind} function {text} is found in wrong place in query");
        return Err(Error::new(Code::ILLEGAL_AGGREGATION, message));
    }
    if !scope.array_join_calls.borrow().is_empty() {
        let message = "arrayJoin is not allowed in an expression of a table's definition";
        return Err(Error::new(Code::UNEXPECTED_EXPRESSION, message));
    }
    Ok(typed)
}

/// A table without a name.
fn table_of_columns(columns: &[Column]) -> TableExpression {
    let is_readable = |column: &&Column| column.kind != ColumnKind::Ephemeral;
    let readable: Vec<Column> = columns.iter().filter(is_readable).cloned().collect();
    TableExpression {
        qualifier: datafusion::common::TableReference::bare(""),
        alias: None,
        table: None,
        kind: "table",
        columns: from::table_columns(&readable, None, |kind| !from::is_apart(kind)),
        unlisted: Vec::new(),
    }
}

/// Evaluates a constant expression given as text, cast to `target` if there is one: a value in the
/// Values format, a setting, an argument of a table function.
pub fn evaluate_constant(text: &str, target: Option<&DataType>, context: &Context) -> Result<(ScalarValue, DataType)> {
    let (template, lifted) = parser::lift(text.as_bytes())?;
    let context = Context {
        lifted: &lifted,
        ..*context
    };
    let expression = parser::parse_expression(&template)?;
    let value = Analyzer::new(&context).expression(&expression, &Scope::default())?;
    let value = match target {
        Some(target) => functions::cast(value, target, context.functions)?,
        None => value,
    };
    match value.constant {
        Some(constant) => Ok((constant, value.data_type)),
        None => Err(Error::new(
            Code::BAD_ARGUMENTS,
            format!("Element '{text}' is not a constant expression"),
        )),
    }
}

/// The state of planning one query.
struct Analyzer<'a> {
    context: &'a Context<'a>,
    /// `prefer_column_name_to_alias`.
    prefer_columns: bool,
    /// `enable_positional_arguments`.
    positional_arguments: bool,
    /// `joined_subquery_requires_alias`.
    joined_subquery_requires_alias: bool,
    /// `join_use_nulls`.
    join_use_nulls: bool,
    /// `asterisk_include_materialized_columns`
    star_has_materialized: bool,
    /// `asterisk_include_alias_columns`
    star_has_aliases: bool,
    /// See [`Planned::cacheable`].
    cacheable: Cell<bool>,
    /// Makes internal names unique.
    names: Cell<usize>,
    depth: Cell<usize>,
    /// What the query has grown to.
    expansion: expansion::Expansion,
    lifted_constants: RefCell<HashMap<usize, TypedExpr>>,
    /// CTEs being planned: inside its own query, the name of a CTE means something else.
    planning: RefCell<Vec<*const ast::Query>>,
}

impl<'a> Analyzer<'a> {
    fn new(context: &'a Context<'a>) -> Analyzer<'a> {
        let is_on = |name: &str, default: bool| match context.catalog.setting(name).as_deref() {
            Some("1" | "true") => true,
            Some("0" | "false") => false,
            _ => default,
        };
        Analyzer {
            context,
            prefer_columns: is_on("prefer_column_name_to_alias", false),
            positional_arguments: is_on("enable_positional_arguments", true),
            joined_subquery_requires_alias: is_on("joined_subquery_requires_alias", true),
            join_use_nulls: is_on("join_use_nulls", false),
            star_has_materialized: is_on("asterisk_include_materialized_columns", false),
            star_has_aliases: is_on("asterisk_include_alias_columns", false),
            cacheable: Cell::new(true),
            names: Cell::new(0),
            depth: Cell::new(0),
            expansion: expansion::Expansion::default(),
            lifted_constants: RefCell::default(),
            planning: RefCell::default(),
        }
    }

    /// An internal name that no user can write and no other node has.
    fn unique(&self, stem: &str) -> String {
        self.names.set(self.names.get() + 1);
        format!("{stem}#{}", self.names.get())
    }

    /// Counts one level of nesting until the guard is dropped.
    fn deeper(&self) -> Result<Deeper<'_>> {
        let depth = self.depth.get() + 1;
        if depth > DEPTH_MAX {
            return Err(Error::new(
                Code::TOO_DEEP_RECURSION,
                format!("Expressions are nested deeper than {DEPTH_MAX} levels"),
            ));
        }
        self.depth.set(depth);
        Ok(Deeper(&self.depth))
    }
}

/// Takes back one level of nesting.
struct Deeper<'d>(&'d Cell<usize>);

impl Drop for Deeper<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}
