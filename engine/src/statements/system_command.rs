//! SYSTEM commands.

use gristmill_sql::Code;
use gristmill_sql::parser::System;

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::system;
use crate::table::Relation;

/// Commands about things that never run here, so that the asked-for state is the state there is.
const ALREADY_SO: &[&str] = &["STOP MOVES", "STOP FETCHES", "START MOVES", "START FETCHES"];

/// SYSTEM …
pub fn system(command: System, environment: &Environment) -> Result<Outcome> {
    let table = match &command.table {
        Some(table) => {
            let (database, name) = environment.resolve(table);
            let catalog = environment.engine.catalog();
            catalog.check_database(database)?;
            match catalog.find_relation(database, name) {
                Some(Relation::MergeTree(table)) => Some(table),
                _ if command.command.ends_with("VECTOR INDEX BUILDS") => Some(catalog.table(database, name)?),
                // Nothing runs for what has no parts, or is not there: no error, as in ClickHouse.
                _ => return Ok(Outcome::Done),
            }
        }
        None => None,
    };
    match command.command.as_str() {
        known @ ("DROP VECTOR SIMILARITY INDEX CACHE" | "CLEAR VECTOR SIMILARITY INDEX CACHE") => {
            if let Some(argument) = &command.argument {
                return Err(unexpected(known, argument));
            }
            environment.engine.indexes().clear();
            Ok(Outcome::Done)
        }
        known @ "FLUSH ASYNC INSERT QUEUE" => {
            if let Some(argument) = &command.argument {
                return Err(unexpected(known, argument));
            }
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
            if let Some(argument) = &command.argument {
                return Err(unexpected(known, argument));
            }
            let allowed = known == "START MERGES";
            environment
                .engine
                .merger()
                .allow(table.map(|table| table.uuid), allowed);
            environment.engine.parts_have_appeared();
            Ok(Outcome::Done)
        }
        known @ ("STOP VECTOR INDEX BUILDS" | "START VECTOR INDEX BUILDS") => {
            if let Some(argument) = &command.argument {
                return Err(unexpected(known, argument));
            }
            let allowed = known == "START VECTOR INDEX BUILDS";
            let builds = environment.engine.index_builds();
            builds.allow(table.map(|table| table.uuid), allowed);
            environment.engine.parts_have_appeared();
            Ok(Outcome::Done)
        }
        known @ ("STOP TTL MERGES" | "START TTL MERGES") => {
            if let Some(argument) = &command.argument {
                return Err(unexpected(known, argument));
            }
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
        other => Err(Error::not_implemented(format!("SYSTEM {other}"))),
    }
}

fn is_log(name: &str) -> bool {
    name.ends_with("_log") && system::find(name).is_some()
}

fn unexpected(command: &str, argument: &str) -> Error {
    let message = format!("Syntax error: SYSTEM {command} takes no argument, but {argument} was given");
    Error::new(Code::SYNTAX_ERROR, message)
}
