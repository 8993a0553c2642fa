//! Changing a table's definition: checked as a whole, then made durable by one rename, then done to the parts that are
//! to follow.

use std::collections::HashSet;
use std::sync::Arc;

use gristmill_sql::Code;
use gristmill_sql::parser::AlterCommand;
use gristmill_storage::PartSet;

use super::draft::Draft;
use super::types::Conversions;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::mutations::{Sync, columns_of_text, order, wait};
use crate::table::{MergeTreeTable, TableDefinition};

/// Runs commands that a draft takes, together.
pub fn run(database: &str, name: &str, commands: &[AlterCommand], environment: &Environment) -> Result<()> {
    let catalog = environment.engine.catalog();
    let waiting = environment.engine.async_inserts();
    waiting.flush(Some(catalog.table(database, name)?.uuid), &environment.stop)?;
    loop {
        let table = catalog.table(database, name)?;
        let mut draft = Draft::new(&table.definition);
        for command in commands {
            draft.apply(command.clone(), environment)?;
        }
        let (dropped_indexes, stored_names) = (draft.dropped_indexes, draft.stored_names);
        let definition = TableDefinition::with_stored_names(draft.create, stored_names, environment);
        let definition = definition.map_err(|error| match error.code() {
            // Of a column that the engine names.
            Code::BAD_TYPE_OF_FIELD => Error::new(Code::ALTER_OF_COLUMN_IS_FORBIDDEN, error.message()),
            _ => error,
        })?;
        let conversions = Conversions::new(&table, &definition)?;
        check_mutations(&table, &definition)?;
        // They were ordered about values of the type that is there, and are done before as in ClickHouse.
        let changes = |name: &str| conversions.include(name);
        if environment.settings.integer("alter_sync") != 0
            && let Some((version, _)) = unfinished(&table, changes)?
        {
            wait(&table, version, environment)?;
            continue;
        }
        // Most of the work is done before anybody has to wait for it.
        let mut seen = HashSet::new();
        conversions.check(&table.snapshot(), &mut seen, environment)?;
        let turn = catalog.change();
        if !Arc::ptr_eq(&catalog.table(database, name)?.definition, &table.definition) {
            continue; // another ALTER was first
        }
        let altered = table.with_definition(definition);
        turn.alter_table(database, name, altered.clone(), |parts| {
            check_parts(parts)?;
            if let Some((version, name)) = unfinished(&table, changes)? {
                return Err(affected("change the type of", &name, version));
            }
            conversions.check(&table.snapshot(), &mut seen, environment)
        })?;
        drop(turn);
        for index in &dropped_indexes {
            if altered.definition.indexes.iter().all(|other| other.name != *index) {
                let command = AlterCommand::DropIndex {
                    name: index.clone(),
                    if_exists: false,
                };
                order(&altered, vec![command], Sync::Alter, environment)?;
            }
        }
        // Until a part is done, it is read with its columns converted.
        return match conversions.commands() {
            commands if commands.is_empty() => Ok(()),
            commands => order(&altered, commands, Sync::Alter, environment),
        };
    }
}

/// Refuses to take away or rename what an unfinished mutation speaks of.
fn check_mutations(table: &MergeTreeTable, after: &TableDefinition) -> Result<()> {
    let before = &table.definition;
    let gone = |name: &str| {
        let is_there = before.column(name).is_some();
        let stays = after.column(name).is_some() && after.stored_names.of(name) == before.stored_names.of(name);
        is_there && !stays
    };
    match unfinished(table, gone)? {
        Some((version, name)) => Err(affected("drop or rename", &name, version)),
        None => Ok(()),
    }
}

/// The first unfinished mutation that speaks of such a column, and the column.
fn unfinished(table: &MergeTreeTable, is_such: impl Fn(&str) -> bool) -> Result<Option<(u64, String)>> {
    for status in table.store.mutations() {
        if status.is_done || status.is_killed {
            continue;
        }
        for text in &status.mutation.order.commands {
            if let Some(name) = columns_of_text(text)?.into_iter().find(|name| is_such(name)) {
                return Ok(Some((status.mutation.version, name)));
            }
        }
    }
    Ok(None)
}

fn affected(what: &str, column: &str, version: u64) -> Error {
    let id = format!("mutation_{version}.txt");
    let message = format!(
        "Cannot {what} column {column} because it's affected by mutation with ID '{id}' which is not finished yet. Wait \
         this mutation, or KILL it with command \"KILL MUTATION WHERE mutation_id = '{id}'\""
    );
    Error::new(Code::BAD_ARGUMENTS, message)
}

/// A part of which no column would be left is refused, as in ClickHouse.
fn check_parts(parts: &PartSet) -> Result<()> {
    let Some(part) = parts.parts().iter().find(|part| !part.has_columns()) else {
        return Ok(());
    };
    let message = format!(
        "Cannot drop or clear columns, because all columns in part '{}' will be removed from disk. Empty parts are not \
         allowed.",
        part.name()
    );
    Err(Error::new(Code::BAD_ARGUMENTS, message))
}
