//! DESCRIBE of tables, table functions and queries: ClickHouse's seven columns, no more, because
//! clients count them.

use std::time::Instant;

use gristmill_sql::Code;
use gristmill_sql::analyzer::{self, Column, ColumnKind, Planned};
use gristmill_sql::parser::{Describe, Statement, format_expression, parse};

use super::ready;
use crate::cells::Cells;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::outcome::Outcome;

/// Runs a DESCRIBE statement.
pub fn describe(describe: Describe, environment: &Environment, started: Instant) -> Result<Outcome> {
    let mut ttl = Vec::new();
    let columns = match describe {
        Describe::Table(name) => {
            let (database, name) = environment.resolve(&name);
            let catalog = environment.engine.catalog();
            match catalog.find_relation(database, name) {
                // Of a view those that it declares, whatever has become of the tables below it.
                Some(relation) => {
                    let columns = relation.create().columns.iter();
                    ttl = columns
                        .map(|column| column.ttl.as_ref().map(format_expression))
                        .collect();
                    relation.definition().columns.clone()
                }
                None => catalog.source(database, name, environment)?.columns,
            }
        }
        Describe::Query(query) => header_columns(&query, environment)?,
        // The analyzer evaluates a table function's arguments, so it is asked through a query.
        Describe::Function(call) => {
            let query = format!("SELECT * FROM {}", format_expression(&call));
            let (parsed, _) = parse(query.as_bytes(), &environment.parameters)?;
            match parsed.statement {
                Statement::Query(query) => {
                    // The text that was just made has its own vectors taken out.
                    let lifted = &parsed.lifted;
                    let context = analyzer::Context {
                        lifted,
                        ..environment.context()
                    };
                    columns_of(analyzer::plan_query(&query, &context)?)
                }
                _ => return Err(Error::new(Code::LOGICAL_ERROR, "DESCRIBE made no query")),
            }
        }
    };
    let text = "String";
    let mut cells = Cells::new([
        ("name", text),
        ("type", text),
        ("default_type", text),
        ("default_expression", text),
        ("comment", text),
        ("codec_expression", text),
        ("ttl_expression", text),
    ])?;
    let ttl = ttl.into_iter().chain(std::iter::repeat(None));
    for (column, ttl) in columns.into_iter().zip(ttl) {
        let default = default_text(&column);
        cells.push([
            column.name.into(),
            column.data_type.pretty_name().into(),
            kind_word(column.kind).into(),
            default.into(),
            column.comment.into(),
            column.codec.into(),
            ttl.unwrap_or_default().into(),
        ]);
    }
    ready(cells, environment, started)
}

fn header_columns(query: &sqlparser::ast::Query, environment: &Environment) -> Result<Vec<Column>> {
    Ok(columns_of(environment.plan_query(query)?))
}

fn columns_of(planned: Planned) -> Vec<Column> {
    let column = |it: crate::HeaderColumn| Column::ordinary(it.name, it.data_type);
    planned.header.into_iter().map(column).collect()
}

/// The text of a column's default expression.
pub fn default_text(column: &Column) -> String {
    column.expression.clone().unwrap_or_default()
}

/// The keyword in front of a default expression.
pub fn kind_word(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Ordinary => "",
        ColumnKind::Default => "DEFAULT",
        ColumnKind::Materialized => "MATERIALIZED",
        ColumnKind::Alias => "ALIAS",
        ColumnKind::Ephemeral => "EPHEMERAL",
    }
}
