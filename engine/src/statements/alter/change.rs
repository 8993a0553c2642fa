//! Changing a table's definition: checked as a whole, then made durable by one rename, then done to the parts that are
//! to follow.

use std::collections::HashSet;
use std::sync::Arc;

use gristmill_sql::Code;
use gristmill_sql::parser::AlterCommand;
use gristmill_storage::PartSet;

use super::columns::check_renames;
use super::draft::Draft;
use super::key_types;
use super::types::Conversions;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::mutations::{Sync, columns_of_text, order, wait};
use crate::table::{MergeTreeTable, TableDefinition};

/// How often values that came meanwhile are looked at before INSERTs have to wait for it, and how many of them INSERTs wait
/// for in any case.
const ROUNDS_MAX: usize = 10;
const LOCKED_ROWS_MAX: u64 = 65_536;

/// Runs commands that a draft takes, together.
pub fn run(database: &str, name: &str, commands: &[AlterCommand], environment: &Environment) -> Result<()> {
    check_renames(commands)?;
    let catalog = environment.engine.catalog();
    let waiting = environment.engine.async_inserts();
    waiting.flush(Some(catalog.table(database, name)?.uuid), &environment.stop)?;
    loop {
        let table = catalog.table(database, name)?;
        let mut draft = Draft::new(&table.definition);
        for command in commands {
            draft.apply(command.clone(), environment)?;
        }
        key_types::check(&draft)?;
        let broken = draft.broken_index().map(str::to_owned);
        let (dropped_indexes, stored_names) = (draft.dropped_indexes, draft.stored_names);
        let definition = TableDefinition::with_stored_names(draft.create, stored_names, environment);
        let definition = definition.map_err(|error| match error.code() {
            // Of a column that the engine names.
            Code::BAD_TYPE_OF_FIELD => Error::new(Code::ALTER_OF_COLUMN_IS_FORBIDDEN, error.message()),
            code => match broken {
                Some(index) => {
                    let message = format!(
                        "Cannot apply ALTER because it breaks skip index {index}: {}",
                        error.message()
                    );
                    Error::new(code, message)
                }
                None => error,
            },
        })?;
        let altered = table.with_definition(definition);
        let change = Change {
            conversions: Conversions::new(&table, &altered.definition)?,
            table: &table,
            altered: &altered,
            environment,
        };
        if !change.prepare()? || !change.publish()? {
            continue;
        }
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
        return match change.conversions.commands() {
            commands if commands.is_empty() => Ok(()),
            commands => order(&altered, commands, Sync::Alter, environment),
        };
    }
}

/// A table, and how it is to be.
struct Change<'a> {
    table: &'a MergeTreeTable,
    altered: &'a MergeTreeTable,
    conversions: Conversions<'a>,
    environment: &'a Environment,
}

impl Change<'_> {
    /// False if it had to wait for something: the table may be another by now.
    fn prepare(&self) -> Result<bool> {
        let (table, environment) = (self.table, self.environment);
        check_mutations(table, &self.altered.definition)?;
        // They were ordered about values of the type that is there, and are done before as in ClickHouse.
        if self.waits()
            && let Some((version, _)) = self.unfinished()?
        {
            wait(table, version, environment)?;
            return Ok(false);
        }
        let Some(column) = self.conversions.behind(&table.snapshot()) else {
            return Ok(true);
        };
        if !self.waits() && !environment.engine.merger().is_allowed(table.uuid) {
            let message = format!(
                "Cannot change column {column} because its values are still to get the type that it has, and merges of \
                 the table are stopped"
            );
            return Err(Error::new(Code::BAD_ARGUMENTS, message));
        }
        self.catch_up(column)?;
        Ok(false)
    }

    /// Gives all values the types that columns have: from another one they could become something else.
    fn catch_up(&self, column: &str) -> Result<()> {
        let converts = |text: &String| text.starts_with("MODIFY COLUMN ");
        let mutations = self.table.store.mutations();
        let mut open = mutations.iter().rev().filter(|it| !it.is_done && !it.is_killed);
        match open.find(|it| it.mutation.order.commands.iter().any(converts)) {
            Some(status) => wait(self.table, status.mutation.version, self.environment),
            // Somebody has killed it.
            None => {
                let commands = self.conversions.command_of(column).into_iter().collect();
                order(self.table, commands, Sync::Alter, self.environment)
            }
        }
    }

    /// Puts the new definition in the old one's place. False if another ALTER was first, or there is something to wait for.
    fn publish(&self) -> Result<bool> {
        let (catalog, (database, name)) = (self.environment.engine.catalog(), self.table.name());
        let mut seen = HashSet::new();
        for round in 1.. {
            // Most of the work is done before anybody has to wait for it.
            self.conversions
                .check(&self.table.snapshot(), &mut seen, self.environment)?;
            let turn = catalog.change();
            if !Arc::ptr_eq(&catalog.table(database, name)?.definition, &self.table.definition) {
                return Ok(false);
            }
            let mut waits = false;
            let published = turn.alter_table(database, name, self.altered.clone(), |parts| {
                check_parts(parts)?;
                check_mutations(self.table, &self.altered.definition)?;
                let now = self.table.snapshot();
                if let Some((version, name)) = self.unfinished()? {
                    waits = true;
                    return match self.waits() {
                        true => Ok(false),
                        false => Err(affected("change the type of", &name, version)),
                    };
                }
                waits = self.conversions.behind(&now).is_some();
                if waits || (round < ROUNDS_MAX && self.conversions.rows_left(&now, &seen) > LOCKED_ROWS_MAX) {
                    return Ok(false);
                }
                self.conversions.check(&now, &mut seen, self.environment)?;
                Ok(true)
            })?;
            if published || waits {
                return Ok(published);
            }
        }
        unreachable!("the last round waits for nothing")
    }

    /// Whether the statement may wait for mutations.
    fn waits(&self) -> bool {
        self.environment.settings.integer("alter_sync") != 0
    }

    /// An unfinished mutation that speaks of a column whose type changes, and the column.
    fn unfinished(&self) -> Result<Option<(u64, String)>> {
        unfinished(self.table, |name| self.conversions.include(name))
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

/// Refuses to clear a column of which an unfinished mutation speaks.
pub fn check_clear(table: &MergeTreeTable, column: &str) -> Result<()> {
    match unfinished(table, |name| name == column)? {
        Some((version, name)) => Err(affected("drop", &name, version)),
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
