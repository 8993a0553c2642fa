//! ALTER TABLE: which command does what. Everything is done when the statement returns, whatever `mutations_sync` and
//! `alter_sync` say.

mod change;
mod columns;
mod draft;
mod freeze;
mod indexes;
mod order;
mod partitions;
mod report;
mod types;

pub use partitions::part_name;

use std::time::Instant;

use gristmill_sql::parser::{Alter, AlterCommand, CreateIndex, DropIndex, PartitionName, Position};
use gristmill_storage::{LeftOut, Part};
use sqlparser::ast;

use self::draft::Draft;

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::merges::Task;
use crate::outcome::Outcome;
use crate::statements::{delete, update};
use crate::table::{MergeTreeTable, partition_id};

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

/// ALTER TABLE: what changes the definition first, all at once, then the other commands one after the other.
pub fn alter(alter: Alter, environment: &Environment, started: Instant) -> Result<Outcome> {
    let (database, name) = environment.resolve(&alter.table);
    environment.engine.catalog().table(database, name)?;
    if let Some(command) = alter.commands.iter().find_map(not_there) {
        return Err(Error::not_implemented(format!("ALTER TABLE … {command}")));
    }
    let (definition, others): (Vec<_>, Vec<_>) = alter.commands.into_iter().partition(Draft::takes);
    if !definition.is_empty() {
        change::run(database, name, &definition, environment)?;
    }
    let mut lines = Vec::new();
    for command in others {
        run(database, name, command, &mut lines, environment)?;
    }
    report::outcome(lines, environment, started)
}

/// A command that works on parts.
fn run(
    database: &str,
    name: &str,
    command: AlterCommand,
    lines: &mut Vec<report::Line>,
    environment: &Environment,
) -> Result<()> {
    let table = environment.engine.catalog().table(database, name)?;
    match command {
        // One that does not exist is in no part: no error, as in ClickHouse.
        AlterCommand::ClearIndex {
            name: index, partition, ..
        } => {
            let partition = partition_of(&table, partition.as_ref(), environment)?;
            indexes::remove(&table, &index, |part| is_in(part, partition.as_deref()), environment)
        }
        AlterCommand::MaterializeIndex {
            name: index, partition, ..
        } => indexes::materialize(database, name, &index, partition.as_ref(), environment),
        AlterCommand::Delete { partition, condition } => {
            delete_rows(database, name, partition.as_ref(), &condition, environment)
        }
        AlterCommand::Update {
            assignments,
            partition,
            condition,
        } => update::update(&table, &assignments, partition.as_ref(), &condition, environment),
        other => match partitions::run(&other, &table, environment)? {
            Some(done) => {
                lines.extend(done);
                Ok(())
            }
            None => Err(Error::not_implemented("This command of ALTER TABLE")),
        },
    }
}

/// ALTER TABLE … DELETE: the rows are gone when the mark is set; the merge that follows frees their space.
fn delete_rows(
    database: &str,
    name: &str,
    partition: Option<&PartitionName>,
    condition: &ast::Expr,
    environment: &Environment,
) -> Result<()> {
    let table = environment.engine.catalog().table(database, name)?;
    delete::mark(&table, partition, condition, environment)?;
    let merger = environment.engine.merger();
    if !merger.is_allowed(table.uuid) {
        return Ok(());
    }
    let partition = partition_of(&table, partition, environment)?;
    let thinned = merger.merge_thinned(&Task {
        database,
        name,
        table: &table,
        partition: partition.as_deref(),
        left_out: LeftOut::default(),
        stop: &environment.stop,
    });
    if let Err(error) = thinned {
        // A later merge does it.
        tracing::warn!("{database}.{name}: parts that lost rows were not written again: {error}");
    }
    Ok(())
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
        | AlterCommand::ModifyComment(_)
        | AlterCommand::AddColumn { .. }
        | AlterCommand::DropColumn { .. }
        | AlterCommand::RenameColumn { .. }
        | AlterCommand::ModifyColumn { .. }
        | AlterCommand::RemoveColumnProperty { .. }
        | AlterCommand::CommentColumn { .. }
        | AlterCommand::AddConstraint { .. }
        | AlterCommand::DropConstraint { .. }
        | AlterCommand::ModifyOrderBy(_)
        | AlterCommand::ModifySetting(_)
        | AlterCommand::ResetSetting(_)
        | AlterCommand::DropPartition { .. }
        | AlterCommand::DetachPartition(_)
        | AlterCommand::AttachPartition { .. }
        | AlterCommand::ReplacePartition { .. }
        | AlterCommand::MovePartition { .. }
        | AlterCommand::FreezePartition { .. }
        | AlterCommand::UnfreezePartition { .. } => return None,
        AlterCommand::ClearColumn { .. } => "CLEAR COLUMN",
        AlterCommand::MaterializeColumn { .. } => "MATERIALIZE COLUMN",
        AlterCommand::ModifySampleBy(_) | AlterCommand::RemoveSampleBy => "SAMPLE BY",
        AlterCommand::ModifyTtl(_) | AlterCommand::RemoveTtl | AlterCommand::MaterializeTtl { .. } => "TTL",
        AlterCommand::ModifyQuery(_) => "MODIFY QUERY",
        AlterCommand::ApplyDeletedMask { .. } => "APPLY DELETED MASK",
        AlterCommand::Unsupported(name) => name,
    })
}

fn partition_of(
    table: &MergeTreeTable,
    partition: Option<&PartitionName>,
    environment: &Environment,
) -> Result<Option<String>> {
    let id = |partition| partition_id(&table.definition, partition, environment);
    partition.map(id).transpose()
}

fn is_in(part: &Part, partition: Option<&str>) -> bool {
    partition.is_none_or(|id| part.name().partition_id == id)
}
