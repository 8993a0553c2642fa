//! KILL MUTATION and KILL QUERY WHERE …: what is meant is what `system.mutations` and `system.processes` have for which
//! the condition is true.

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{AsArray, BinaryArray};
use gristmill_sql::parser::{Kill, Statement, format_expression, parse};

use super::ready;
use crate::cells::Cells;
use crate::environment::Environment;
use crate::error::Result;
use crate::outcome::Outcome;
use crate::queries::Process;

/// How long KILL QUERY … SYNC may overlook that a query has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Ends mutations or queries and lists them; with TEST it only lists them.
pub fn kill(kill: Kill, environment: &Environment, started: Instant) -> Result<Outcome> {
    match kill.mutation {
        true => kill_mutations(&kill, environment, started),
        false => kill_queries(&kill, environment, started),
    }
}

/// One row for each command.
fn kill_mutations(kill: &Kill, environment: &Environment, started: Instant) -> Result<Outcome> {
    let mut cells = Cells::new([
        ("kill_status", "String"),
        ("database", "String"),
        ("table", "String"),
        ("mutation_id", "String"),
        ("command", "String"),
    ])?;
    let columns = "database, `table`, mutation_id, command";
    for [database, table, id, command] in meant(kill, columns, "mutations", environment)? {
        let status = match kill.test {
            true => "unknown_status",
            false => {
                let rights = &environment.rights;
                let may_update = rights.check_table("ALTER UPDATE", &database, &table);
                may_update.and_then(|()| rights.check_table("ALTER DELETE", &database, &table))?;
                end(&database, &table, &id, environment)?
            }
        };
        cells.push([status.into(), database.into(), table.into(), id.into(), command.into()]);
    }
    ready(cells, environment, started)
}

/// One row for each query. Those that run inside of others, and this statement, are none.
fn kill_queries(kill: &Kill, environment: &Environment, started: Instant) -> Result<Outcome> {
    let mut cells = Cells::new([
        ("kill_status", "String"),
        ("query_id", "String"),
        ("user", "String"),
        ("query", "String"),
    ])?;
    let processes = environment.engine.processes();
    let is_own = |process: &Arc<Process>| {
        environment
            .process
            .as_ref()
            .is_some_and(|own| Arc::ptr_eq(own, process))
    };
    let meant = meant(kill, "query_id, user, query", "processes", environment)?;
    let running = processes.list();
    for [id, user, query] in meant {
        let found = running.iter().find(|process| process.query_id() == id);
        if found.is_some_and(is_own) {
            continue;
        }
        if user != environment.rights.user {
            environment.rights.check_global("KILL QUERY")?;
        }
        let status = match found {
            _ if kill.test => "unknown_status",
            None => "finished",
            Some(process) => {
                process.canceller.cancel();
                while kill.sync && processes.is_running(process) {
                    environment.stop.sleep(LOOK_AGAIN)?;
                }
                if kill.sync { "finished" } else { "waiting" }
            }
        };
        cells.push([status.into(), id.into(), user.into(), query.into()]);
    }
    ready(cells, environment, started)
}

/// The values of some columns of what is meant.
fn meant<const COLUMNS: usize>(
    kill: &Kill,
    columns: &str,
    table: &str,
    environment: &Environment,
) -> Result<Vec<[String; COLUMNS]>> {
    let condition = format_expression(&kill.condition);
    let query = format!("SELECT {columns} FROM system.{table} WHERE {condition}");
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
        rows.extend((0..batch.num_rows()).map(|row| std::array::from_fn(|column| text(column, row))));
    }
    Ok(rows)
}

/// What ClickHouse says of a mutation: `waiting` for one that was ended, `finished` for one that is not there any more.
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
