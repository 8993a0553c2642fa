//! ALTER TABLE: which command does what. What changes parts row by row is ordered as a mutation.

mod change;
mod columns;
mod draft;
mod freeze;
mod indexes;
mod key_types;
mod order;
mod partitions;
mod parts;
mod report;
mod types;

pub use partitions::{check_same_structure, part_name};

use std::time::Instant;

use gristmill_sql::Code;
use gristmill_sql::parser::{Alter, AlterCommand, CreateIndex, DropIndex, Position};

use self::draft::Draft;

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::mutations::{Sync, materialize_ttl, order};
use crate::outcome::Outcome;
use crate::table::nested::elements_of;

/// CREATE INDEX is ALTER TABLE … ADD INDEX.
pub fn create_index(create: CreateIndex, environment: &Environment, started: Instant) -> Result<Outcome> {
    let CreateIndex {
        table,
        index,
        if_not_exists,
    } = create;
    let command = AlterCommand::AddIndex {
        index,
        position: Position::Last,
        if_not_exists,
    };
    let commands = vec![command];
    alter(Alter { table, commands }, environment, started)
}

/// DROP INDEX is ALTER TABLE … DROP INDEX.
pub fn drop_index(drop: DropIndex, environment: &Environment, started: Instant) -> Result<Outcome> {
    let DropIndex {
        table,
        index: name,
        if_exists,
    } = drop;
    let commands = vec![AlterCommand::DropIndex { name, if_exists }];
    alter(Alter { table, commands }, environment, started)
}

/// ALTER TABLE: one command after the other. Neighbours that change the definition do so at once, and neighbours that
/// change rows are one mutation. Those before one that fails have been done, those behind it have not.
pub fn alter(alter: Alter, environment: &Environment, started: Instant) -> Result<Outcome> {
    let (database, name) = environment.resolve(&alter.table);
    environment.engine.catalog().table(database, name)?;
    if let Some(command) = alter.commands.iter().find_map(not_there) {
        return Err(Error::not_implemented(format!("ALTER TABLE … {command}")));
    }
    let mut lines = Vec::new();
    let mut waiting = Vec::new();
    let mut commands = alter.commands.into_iter().peekable();
    while let Some(command) = commands.next() {
        if let AlterCommand::MaterializeColumn { name: column, .. } = &command {
            parts::check_materialize(&environment.engine.catalog().table(database, name)?, column)?;
        }
        if is_mutation(&command) {
            waiting.push(command);
            continue;
        }
        let before = std::mem::take(&mut waiting);
        mutate(database, name, before, Sync::Mutations, environment)?;
        if !Draft::takes(&command) {
            run(database, name, command, &mut lines, environment)?;
            continue;
        }
        let mut definition = vec![command];
        definition.extend(std::iter::from_fn(|| commands.next_if(Draft::takes)));
        change::run(database, name, &definition, environment)?;
        if definition.iter().any(changes_preload) {
            let table = environment.engine.catalog().table(database, name)?;
            environment.engine.preloads().again(&table);
        }
        let has_new_ttl = definition.iter().any(|command| match command {
            AlterCommand::ModifyTtl(_) => true,
            AlterCommand::ModifyColumn { column, .. } => column.ttl.is_some(),
            _ => false,
        });
        if has_new_ttl && environment.settings.flag("materialize_ttl_after_modify") {
            waiting.push(AlterCommand::MaterializeTtl { partition: None });
        }
    }
    mutate(database, name, waiting, Sync::Mutations, environment)?;
    report::outcome(lines, environment, started)
}

fn changes_preload(command: &AlterCommand) -> bool {
    match command {
        AlterCommand::ModifySetting(given) => given.iter().any(|(name, _)| name == "enable_vector_index_preload"),
        _ => false,
    }
}

/// Whether `mutations_sync` says if somebody waits for it.
fn is_mutation(command: &AlterCommand) -> bool {
    matches!(
        command,
        AlterCommand::Delete { .. }
            | AlterCommand::Update { .. }
            | AlterCommand::MaterializeIndex { .. }
            | AlterCommand::MaterializeColumn { .. }
            | AlterCommand::ApplyDeletedMask { .. }
            | AlterCommand::MaterializeTtl { .. }
    )
}

/// Another command that works on parts.
fn run(
    database: &str,
    name: &str,
    command: AlterCommand,
    lines: &mut Vec<report::Line>,
    environment: &Environment,
) -> Result<()> {
    // One that does not exist is in no part: no error, as in ClickHouse.
    if let AlterCommand::ClearIndex { .. } = command {
        return mutate(database, name, vec![command], Sync::Alter, environment);
    }
    let table = environment.engine.catalog().table(database, name)?;
    if let AlterCommand::ClearColumn { name: column, .. } = &command
        && table.definition.column(column).is_none()
    {
        let names = table.definition.columns.iter().map(|column| column.name.as_str());
        let elements = elements_of(column, names);
        if !elements.is_empty()
            && table
                .definition
                .stored
                .fields()
                .iter()
                .all(|field| elements.contains(field.name()))
        {
            return Err(Error::new(Code::BAD_ARGUMENTS, "Cannot DROP or CLEAR all columns."));
        }
        if !elements.is_empty() {
            return elements.into_iter().try_for_each(|element| {
                let mut command = command.clone();
                if let AlterCommand::ClearColumn { name: column, .. } = &mut command {
                    *column = element;
                }
                run(database, name, command, lines, environment)
            });
        }
    }
    if let AlterCommand::ClearColumn {
        name: column,
        partition,
        if_exists,
    } = &command
    {
        return match parts::check_clear(&table, column, partition.as_ref(), *if_exists, environment)? {
            true => {
                change::check_clear(&table, column)?;
                order(&table, vec![command], Sync::Alter, environment)
            }
            false => Ok(()),
        };
    }
    match partitions::run(&command, &table, environment)? {
        Some(done) => {
            lines.extend(done);
            Ok(())
        }
        None => Err(Error::not_implemented("This command of ALTER TABLE")),
    }
}

/// One mutation of these commands, if there are any.
fn mutate(
    database: &str,
    name: &str,
    commands: Vec<AlterCommand>,
    sync: Sync,
    environment: &Environment,
) -> Result<()> {
    if commands.is_empty() {
        return Ok(());
    }
    let table = environment.engine.catalog().table(database, name)?;
    let commands = commands.into_iter().map(|command| match command {
        AlterCommand::MaterializeTtl { partition } => materialize_ttl(&table.definition, partition),
        other => Ok(vec![other]),
    });
    let commands = commands.collect::<Result<Vec<_>>>()?.concat();
    if commands.is_empty() {
        return Ok(());
    }
    order(&table, commands, sync, environment)
}

/// The words of a command that is refused. None is run if one of them is.
fn not_there(command: &AlterCommand) -> Option<&str> {
    Some(match command {
        AlterCommand::AddIndex { .. }
        | AlterCommand::DropIndex { .. }
        | AlterCommand::ClearIndex { .. }
        | AlterCommand::MaterializeIndex { .. }
        | AlterCommand::Delete { .. }
        | AlterCommand::Update { .. }
        | AlterCommand::ApplyDeletedMask { .. }
        | AlterCommand::ModifyComment(_)
        | AlterCommand::AddColumn { .. }
        | AlterCommand::ClearColumn { .. }
        | AlterCommand::MaterializeColumn { .. }
        | AlterCommand::DropColumn { .. }
        | AlterCommand::RenameColumn { .. }
        | AlterCommand::ModifyColumn { .. }
        | AlterCommand::RemoveColumnProperty { .. }
        | AlterCommand::CommentColumn { .. }
        | AlterCommand::AddConstraint { .. }
        | AlterCommand::DropConstraint { .. }
        | AlterCommand::ModifyOrderBy(_)
        | AlterCommand::ModifyTtl(_)
        | AlterCommand::RemoveTtl
        | AlterCommand::MaterializeTtl { .. }
        | AlterCommand::ModifySetting(_)
        | AlterCommand::ResetSetting(_)
        | AlterCommand::DropPartition { .. }
        | AlterCommand::DetachPartition(_)
        | AlterCommand::AttachPartition { .. }
        | AlterCommand::ReplacePartition { .. }
        | AlterCommand::MovePartition { .. }
        | AlterCommand::FreezePartition { .. }
        | AlterCommand::UnfreezePartition { .. } => return None,
        AlterCommand::ModifySampleBy(_) | AlterCommand::RemoveSampleBy => "SAMPLE BY",
        AlterCommand::ModifyQuery(_) => "MODIFY QUERY",
        AlterCommand::Unsupported(name) => name,
    })
}
