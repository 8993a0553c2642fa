//! SYSTEM commands and OPTIMIZE.

use gristmill_sql::Code;
use gristmill_sql::parser::{Optimize, System};

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::outcome::Outcome;

/// Commands about things that never run here, so that the asked-for state is the state there is.
const ALREADY_SO: &[&str] = &[
    "STOP MERGES",
    "STOP TTL MERGES",
    "STOP MOVES",
    "STOP FETCHES",
    "FLUSH LOGS",
    "START MOVES",
    "START FETCHES",
];

/// SYSTEM …
pub fn system(command: System, environment: &Environment) -> Result<Outcome> {
    if let Some(table) = &command.table {
        let (database, name) = environment.resolve(table);
        environment.engine.catalog().table(database, name)?;
    }
    match command.command.as_str() {
        known @ ("DROP VECTOR SIMILARITY INDEX CACHE" | "CLEAR VECTOR SIMILARITY INDEX CACHE") => {
            if let Some(argument) = &command.argument {
                return Err(unexpected(known, argument));
            }
            environment.engine.indexes().clear();
            Ok(Outcome::Done)
        }
        "START MERGES" => Err(Error::not_implemented("SYSTEM START MERGES")),
        known if ALREADY_SO.contains(&known) => match &command.argument {
            None => Ok(Outcome::Done),
            Some(argument) => Err(unexpected(known, argument)),
        },
        other => Err(Error::not_implemented(format!("SYSTEM {other}"))),
    }
}

fn unexpected(command: &str, argument: &str) -> Error {
    let message = format!("Syntax error: SYSTEM {command} takes no argument, but {argument} was given");
    Error::new(Code::SYNTAX_ERROR, message)
}

/// OPTIMIZE TABLE: done where nothing is left to merge.
pub fn optimize(optimize: Optimize, environment: &Environment) -> Result<Outcome> {
    let (database, name) = environment.resolve(&optimize.table);
    let table = environment.engine.catalog().table(database, name)?;
    if optimize.partition.is_some() {
        return Err(Error::not_implemented("OPTIMIZE … PARTITION"));
    }
    if optimize.deduplicate || optimize.cleanup {
        return Err(Error::not_implemented("OPTIMIZE … DEDUPLICATE and CLEANUP"));
    }
    let snapshot = table.snapshot();
    let mut partitions: Vec<&str> = snapshot
        .parts()
        .iter()
        .map(|part| part.name().partition_id.as_str())
        .collect();
    let parts = partitions.len();
    partitions.sort();
    partitions.dedup();
    match parts == partitions.len() {
        true => Ok(Outcome::Done),
        false => Err(Error::not_implemented(
            "Merging parts (OPTIMIZE of a table with several)",
        )),
    }
}
