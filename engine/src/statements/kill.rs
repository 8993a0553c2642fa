//! KILL MUTATION WHERE …: the mutations are those of system.mutations for which the condition is true.

use std::time::Instant;

use arrow::array::{AsArray, BinaryArray};
use gristmill_sql::parser::{Kill, Statement, format_expression, parse};

use super::ready;
use crate::cells::Cells;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::outcome::Outcome;

/// Ends mutations and lists them, one row for each command; with TEST it only lists them.
pub fn kill(kill: Kill, environment: &Environment, started: Instant) -> Result<Outcome> {
    if !kill.mutation {
        return Err(Error::not_implemented("KILL QUERY"));
    }
    let mut cells = Cells::new([
        ("kill_status", "String"),
        ("database", "String"),
        ("table", "String"),
        ("mutation_id", "String"),
        ("command", "String"),
    ])?;
    for [database, table, id, command] in meant(&kill, environment)? {
        let status = match kill.test {
            true => "unknown_status",
            false => end(&database, &table, &id, environment)?,
        };
        cells.push([status.into(), database.into(), table.into(), id.into(), command.into()]);
    }
    ready(cells, environment, started)
}

/// Database, table, id and command of the mutations that are meant.
fn meant(kill: &Kill, environment: &Environment) -> Result<Vec<[String; 4]>> {
    let condition = format_expression(&kill.condition);
    let query = format!("SELECT database, `table`, mutation_id, command FROM system.mutations WHERE {condition}");
    let (parsed, _) = parse(query.as_bytes(), &environment.parameters)?;
    let Statement::Query(query) = parsed.statement else {
        unreachable!("a text that begins with SELECT is a query");
    };
    let planned = environment.plan_query(&query)?;
    let executor = environment.engine.executor();
    let batches = executor.collect(&planned.plan, &environment.state(), environment.query_state())?;
    let mut rows = Vec::new();
    for batch in &batches {
        let columns = batch.columns().iter().map(|column| column.as_binary::<i32>());
        let columns: Vec<&BinaryArray> = columns.collect();
        let text = |column: usize, row: usize| String::from_utf8_lossy(columns[column].value(row)).into_owned();
        rows.extend((0..batch.num_rows()).map(|row| [0, 1, 2, 3].map(|column| text(column, row))));
    }
    Ok(rows)
}

/// What ClickHouse says of it: `waiting` for one that was ended, `finished` for one that is not there any more.
fn end(database: &str, table: &str, id: &str, environment: &Environment) -> Result<&'static str> {
    let Some(table) = environment.engine.catalog().find(database, table) else {
        return Ok("finished");
    };
    let known = table.store.mutations();
    let Some(status) = known.iter().find(|status| status.mutation.id() == id) else {
        return Ok("finished");
    };
    let version = status.mutation.version;
    let killed = table.store.kill_mutation(version)?;
    environment.engine.mutator().forget(table.uuid, version);
    environment.engine.parts_have_appeared();
    Ok(if killed { "waiting" } else { "finished" })
}
