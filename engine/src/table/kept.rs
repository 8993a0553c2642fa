//! What a table's definition may not keep: queries, whose answers change and which may read tables that are not loaded
//! when this one is, what needs more than one row or makes more than one, and in keys also functions whose values
//! change.

use std::ops::ControlFlow;

use gristmill_sql::parser::{CreateTable, format_expression};
use gristmill_sql::{Code, functions};
use sqlparser::ast::{self, FunctionArg, FunctionArgExpr, FunctionArguments, Visit, Visitor};

use crate::error::{Error, Result};
use crate::table::column_names::default_of;

/// Refuses subqueries and `IN table` in a definition, with ClickHouse's codes.
pub fn refuse_queries(create: &CreateTable) -> Result<()> {
    for default in create.columns.iter().filter_map(default_of) {
        match queries(default, create) {
            Some(Found::Subquery) => {
                let message = "Select query is not allowed in columns DEFAULT expression.";
                return Err(Error::new(Code::THERE_IS_NO_DEFAULT_VALUE, message));
            }
            Some(Found::Table) => return Err(Error::not_implemented("A table in IN in a DEFAULT expression")),
            None => {}
        }
    }
    for key in keys(create) {
        let what = match queries(key, create) {
            Some(Found::Subquery) => "subqueries",
            Some(Found::Table) => "a table in the 'IN' operator",
            None => continue,
        };
        let message = format!("Key expressions cannot contain {what}.");
        return Err(Error::new(Code::BAD_ARGUMENTS, message));
    }
    let mut constraints = create.constraints.iter();
    match constraints.find(|constraint| queries(&constraint.expression, create).is_some()) {
        Some(constraint) => Err(Error::not_implemented(format!(
            "A subquery in a constraint (CONSTRAINT {})",
            constraint.name
        ))),
        None => Ok(()),
    }
}

/// Refuses arrayJoin and window functions in a definition, with ClickHouse's codes. Aggregates are refused where
/// expressions get their types.
pub fn refuse_other_rows(create: &CreateTable) -> Result<()> {
    for default in create.columns.iter().filter_map(default_of) {
        let message = "Unsupported default value that requires ARRAY JOIN action: default expression and column type are \
                       incompatible";
        refuse_array_join(default, Code::THERE_IS_NO_DEFAULT_VALUE, message)?;
        // ClickHouse takes it, and then fails each INSERT.
        if window_call(default).is_some() {
            return Err(Error::not_implemented("A window function in a DEFAULT expression"));
        }
    }
    for constraint in &create.constraints {
        let message = format!(
            "Constraint `{}` cannot contain arrayJoin, because it changes the number of rows.",
            constraint.name
        );
        refuse_array_join(&constraint.expression, Code::INCORRECT_QUERY, &message)?;
        if window_call(&constraint.expression).is_some() {
            return Err(Error::not_implemented("A window function in a constraint"));
        }
    }
    let lists = [&create.order_by, &create.primary_key].into_iter().flatten().flatten();
    let sorting = lists.map(|key| {
        (
            key,
            Code::ILLEGAL_COLUMN,
            "Sorting key cannot contain array joins.".to_owned(),
        )
    });
    let partition = create.partition_by.iter();
    let partition = partition.map(|key| {
        (
            key,
            Code::ILLEGAL_COLUMN,
            "Partition key cannot contain array joins.".to_owned(),
        )
    });
    let indexes = create.indexes.iter().map(|index| {
        let name = &index.name;
        let message =
            format!("Secondary index '{name}' cannot contain array joins: When validating secondary index `{name}`.");
        (&index.expression, Code::INCORRECT_QUERY, message)
    });
    let times = create.columns.iter().filter_map(|column| column.ttl.as_ref());
    let times = times.chain(create.ttl.iter().map(|rule| &rule.expression));
    let times = times.map(|time| (time, "TTL expression"));
    let conditions = create.ttl.iter().filter_map(|rule| rule.condition.as_ref());
    let rules = times.chain(conditions.map(|condition| (condition, "TTL WHERE expression")));
    let rules = rules.map(|(rule, what)| {
        let message = format!("{what} cannot contain arrayJoin, because it changes the number of rows.");
        (rule, Code::BAD_TTL_EXPRESSION, message)
    });
    for (expression, code, message) in sorting.chain(partition).chain(indexes).chain(rules) {
        refuse_array_join(expression, code, &message)?;
        if let Some(call) = window_call(expression) {
            return Err(Error::new(Code::UNKNOWN_IDENTIFIER, format!("Unknown column: {call}")));
        }
    }
    Ok(())
}

fn refuse_array_join(expression: &ast::Expr, code: Code, message: &str) -> Result<()> {
    let found = ast::visit_expressions(expression, |part| match part {
        ast::Expr::Function(call) if call.name.to_string() == "arrayJoin" => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    match found {
        ControlFlow::Break(()) => Err(Error::new(code, message)),
        ControlFlow::Continue(()) => Ok(()),
    }
}

/// The first call of a window function.
fn window_call(expression: &ast::Expr) -> Option<String> {
    let found = ast::visit_expressions(expression, |part| match part {
        ast::Expr::Function(call) if call.over.is_some() => ControlFlow::Break(format_expression(part)),
        _ => ControlFlow::Continue(()),
    });
    found.break_value()
}

/// What rows are sorted, parted and indexed by.
fn keys(create: &CreateTable) -> impl Iterator<Item = &ast::Expr> {
    let lists = [&create.order_by, &create.primary_key].into_iter().flatten().flatten();
    let indexes = create.indexes.iter().map(|index| &index.expression);
    lists.chain(&create.partition_by).chain(indexes)
}

/// Refuses functions in keys and indexes whose values another query or session does not see: what is stored by them
/// would not be found.
pub fn refuse_unstable(create: &CreateTable) -> Result<()> {
    let sorting = create.order_by.iter().flatten().map(|key| (key, "Sorting key"));
    let primary = create.primary_key.iter().flatten().map(|key| (key, "Primary key"));
    let partition = create.partition_by.iter().map(|key| (key, "Partition key"));
    for (key, what) in sorting.chain(primary).chain(partition) {
        refuse_unstable_in(key, what)?;
    }
    for index in &create.indexes {
        let name = &index.name;
        let what = format!("secondary index '{name}': When validating secondary index `{name}`");
        refuse_unstable_in(&index.expression, &what)?;
    }
    Ok(())
}

/// Whether an expression has the same values in each query.
pub fn is_stable(expression: &ast::Expr) -> bool {
    unstable_part(expression).is_continue()
}

fn unstable_part(expression: &ast::Expr) -> ControlFlow<String> {
    ast::visit_expressions(expression, |part| match part {
        ast::Expr::Function(call) if !functions::is_deterministic(&call.name.to_string()) => {
            ControlFlow::Break(format_expression(part))
        }
        _ => ControlFlow::Continue(()),
    })
}

fn refuse_unstable_in(expression: &ast::Expr, what: &str) -> Result<()> {
    match unstable_part(expression) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(part) => {
            let message =
                format!("Expression must be deterministic but it contains non-deterministic part `{part}`: for {what}");
            Err(Error::new(Code::BAD_ARGUMENTS, message))
        }
    }
}

/// Whether an expression reads a table.
pub fn reads_tables(expression: &ast::Expr, create: &CreateTable) -> bool {
    queries(expression, create).is_some()
}

/// The first function of an expression whose values another query or session does not see.
pub fn first_unstable(expression: &ast::Expr) -> Option<String> {
    let found = ast::visit_expressions(expression, |part| match part {
        ast::Expr::Function(call) if !functions::is_deterministic(&call.name.to_string()) => {
            ControlFlow::Break(call.name.to_string())
        }
        _ => ControlFlow::Continue(()),
    });
    match found {
        ControlFlow::Break(name) => Some(name),
        ControlFlow::Continue(()) => None,
    }
}

/// What in an expression reads a table.
enum Found {
    Subquery,
    Table,
}

fn queries(expression: &ast::Expr, create: &CreateTable) -> Option<Found> {
    match expression.visit(&mut Queries { create }) {
        ControlFlow::Break(found) => Some(found),
        ControlFlow::Continue(()) => None,
    }
}

struct Queries<'a> {
    create: &'a CreateTable,
}

impl Visitor for Queries<'_> {
    type Break = Found;

    fn pre_visit_query(&mut self, _: &ast::Query) -> ControlFlow<Found> {
        ControlFlow::Break(Found::Subquery)
    }

    fn pre_visit_expr(&mut self, expression: &ast::Expr) -> ControlFlow<Found> {
        let is_table = match in_name(expression).as_deref() {
            Some([name]) => self.create.columns.iter().all(|column| column.name != name.value),
            Some(_) => true,
            None => false,
        };
        match is_table {
            true => ControlFlow::Break(Found::Table),
            false => ControlFlow::Continue(()),
        }
    }
}

/// The name on the right of IN, which is a table's unless a column has it.
fn in_name(expression: &ast::Expr) -> Option<Vec<ast::Ident>> {
    let ast::Expr::Function(call) = expression else {
        return None;
    };
    let FunctionArguments::List(list) = &call.args else {
        return None;
    };
    let name = call.name.to_string();
    if !matches!(name.as_str(), "in" | "notIn" | "globalIn" | "globalNotIn") {
        return None;
    }
    match list.args.get(1) {
        Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(ast::Expr::Identifier(name)))) => Some(vec![name.clone()]),
        Some(FunctionArg::Unnamed(FunctionArgExpr::Expr(ast::Expr::CompoundIdentifier(parts)))) => Some(parts.clone()),
        _ => None,
    }
}
