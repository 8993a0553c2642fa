//! SYSTEM commands.

use gristmill_sql::Code;
use gristmill_sql::parser::{System, TableName};

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::preload::preload;
use crate::system;
use crate::table::{MergeTreeTable, Relation};

/// Commands about things that never run here, so that the asked-for state is the state there is.
const ALREADY_SO: &[&str] = &["STOP MOVES", "STOP FETCHES", "START MOVES", "START FETCHES"];

/// Commands that take none.
const NO_ARGUMENT: &[&str] = &[
    "FLUSH ASYNC INSERT QUEUE",
    "START MERGES",
    "START TTL MERGES",
    "START VECTOR INDEX BUILDS",
    "STOP MERGES",
    "STOP TTL MERGES",
    "STOP VECTOR INDEX BUILDS",
];

/// SYSTEM …
pub fn system(command: System, environment: &Environment) -> Result<Outcome> {
    let words = command.command.as_str();
    if let Some(argument) = command.argument.as_ref().filter(|_| NO_ARGUMENT.contains(&words)) {
        return Err(unexpected(words, argument));
    }
    let table = match &command.table {
        Some(table) => match table_of(table, words, environment)? {
            Some(table) => Some(table),
            None => return Ok(Outcome::Done),
        },
        None => None,
    };
    match words {
        "DROP VECTOR SIMILARITY INDEX CACHE" | "CLEAR VECTOR SIMILARITY INDEX CACHE" => {
            forget_indexes(table, environment);
            Ok(Outcome::Done)
        }
        "PRELOAD VECTOR SIMILARITY INDEX CACHE" => preload_indexes(table, environment),
        "FLUSH ASYNC INSERT QUEUE" => {
            environment.engine.async_inserts().flush(None, &environment.stop)?;
            Ok(Outcome::Done)
        }
        // Logs are in memory, and show what there is at once.
        "FLUSH LOGS" => match command
            .argument
            .iter()
            .flat_map(|names| names.split(','))
            .find(|it| !is_log(it))
        {
            None => Ok(Outcome::Done),
            Some(unknown) => {
                let message = format!("Log name {unknown} does not exist");
                Err(Error::new(Code::BAD_ARGUMENTS, message))
            }
        },
        known @ ("STOP MERGES" | "START MERGES") => {
            let allowed = known == "START MERGES";
            environment
                .engine
                .merger()
                .allow(table.map(|table| table.uuid), allowed);
            environment.engine.parts_have_appeared();
            Ok(Outcome::Done)
        }
        known @ ("STOP VECTOR INDEX BUILDS" | "START VECTOR INDEX BUILDS") => {
            let allowed = known == "START VECTOR INDEX BUILDS";
            let builds = environment.engine.index_builds();
            builds.allow(table.map(|table| table.uuid), allowed);
            environment.engine.parts_have_appeared();
            Ok(Outcome::Done)
        }
        known @ ("STOP TTL MERGES" | "START TTL MERGES") => {
            let allowed = known == "START TTL MERGES";
            let merger = environment.engine.merger();
            merger.allow_expiry(table.map(|table| table.uuid), allowed);
            environment.engine.parts_have_appeared();
            Ok(Outcome::Done)
        }
        known if ALREADY_SO.contains(&known) => match &command.argument {
            None => Ok(Outcome::Done),
            Some(argument) => Err(unexpected(known, argument)),
        },
        other if other.contains("VECTOR SIMILARITY INDEX CACHE") => {
            let message = format!("Syntax error: SYSTEM {other}: CLEAR, DROP and PRELOAD are known");
            Err(Error::new(Code::SYNTAX_ERROR, message))
        }
        other => Err(Error::not_implemented(format!("SYSTEM {other}"))),
    }
}

fn is_log(name: &str) -> bool {
    name.ends_with("_log") && system::find(name).is_some()
}

/// The table that a command names; None if it has nothing to do there.
fn table_of(name: &TableName, command: &str, environment: &Environment) -> Result<Option<MergeTreeTable>> {
    let (database, name) = environment.resolve(name);
    let catalog = environment.engine.catalog();
    catalog.check_database(database)?;
    match catalog.find_relation(database, name) {
        Some(Relation::MergeTree(table)) => Ok(Some(table)),
        _ if command.contains("VECTOR") => catalog.table(database, name).map(Some),
        // Nothing runs for what has no parts, or is not there: no error, as in ClickHouse.
        _ => Ok(None),
    }
}

/// Closes the vector indexes of a table, or of all tables.
fn forget_indexes(table: Option<MergeTreeTable>, environment: &Environment) {
    let indexes = environment.engine.indexes();
    match table {
        Some(table) => table.snapshot().parts().iter().for_each(|part| indexes.forget(part)),
        None => indexes.clear(),
    }
}

/// Opens the vector indexes of a table, or of all tables, as far as the cache has room.
fn preload_indexes(table: Option<MergeTreeTable>, environment: &Environment) -> Result<Outcome> {
    let engine = &environment.engine;
    let tables = match table {
        Some(table) => vec![table],
        None => engine
            .catalog()
            .all_tables()
            .into_iter()
            .map(|(.., table)| table)
            .collect(),
    };
    for table in tables {
        if !preload(engine, &table, environment.events(), || environment.stop.check())? {
            tracing::info!("The vector similarity index cache is full: not all indexes are preloaded.");
            break;
        }
    }
    Ok(Outcome::Done)
}

fn unexpected(command: &str, argument: &str) -> Error {
    let message = format!("Syntax error: SYSTEM {command} takes no argument, but {argument} was given");
    Error::new(Code::SYNTAX_ERROR, message)
}
