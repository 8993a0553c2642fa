//! ALTER TABLE: which command does what. Everything is done when the statement returns, whatever `mutations_sync` and
//! `alter_sync` say.

mod freeze;
mod indexes;
mod partitions;
mod report;

pub use partitions::part_name;

use std::time::Instant;

use gristmill_sql::parser::{Alter, AlterCommand, CreateIndex, CreateTable, DropIndex, PartitionName, Position};
use gristmill_storage::{LeftOut, Part};
use sqlparser::ast;

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::merges::Task;
use crate::outcome::Outcome;
use crate::statements::{delete, update};
use crate::table::{MergeTreeTable, TableDefinition, partition_id};

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

/// ALTER TABLE: the commands one after the other.
pub fn alter(alter: Alter, environment: &Environment, started: Instant) -> Result<Outcome> {
    let (database, name) = environment.resolve(&alter.table);
    environment.engine.catalog().table(database, name)?;
    if let Some(command) = alter.commands.iter().find_map(not_there) {
        return Err(Error::not_implemented(format!("ALTER TABLE … {command}")));
    }
    let mut lines = Vec::new();
    for command in alter.commands {
        match command {
            AlterCommand::AddIndex {
                index,
                position,
                if_not_exists,
            } => indexes::add(database, name, index, &position, if_not_exists, environment)?,
            AlterCommand::DropIndex { name: index, if_exists } => {
                indexes::drop_one(database, name, &index, if_exists, environment)?;
            }
            // One that does not exist is in no part: no error, as in ClickHouse.
            AlterCommand::ClearIndex {
                name: index, partition, ..
            } => {
                let table = environment.engine.catalog().table(database, name)?;
                let partition = partition_of(&table, partition.as_ref(), environment)?;
                indexes::remove(&table, &index, |part| is_in(part, partition.as_deref()), environment)?;
            }
            AlterCommand::MaterializeIndex {
                name: index, partition, ..
            } => {
                indexes::materialize(database, name, &index, partition.as_ref(), environment)?;
            }
            AlterCommand::Delete { partition, condition } => {
                delete_rows(database, name, partition.as_ref(), &condition, environment)?;
            }
            AlterCommand::Update {
                assignments,
                partition,
                condition,
            } => {
                let table = environment.engine.catalog().table(database, name)?;
                update::update(&table, &assignments, partition.as_ref(), &condition, environment)?;
            }
            AlterCommand::ModifyComment(comment) => {
                change(database, name, environment, |create| {
                    create.comment = Some(comment).filter(|comment| !comment.is_empty());
                    Ok(())
                })?;
            }
            other => {
                let table = environment.engine.catalog().table(database, name)?;
                match partitions::run(&other, &table, environment)? {
                    Some(done) => lines.extend(done),
                    None => return Err(Error::not_implemented("This command of ALTER TABLE")),
                }
            }
        }
    }
    report::outcome(lines, environment, started)
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
        | AlterCommand::DropPartition { .. }
        | AlterCommand::DetachPartition(_)
        | AlterCommand::AttachPartition { .. }
        | AlterCommand::ReplacePartition { .. }
        | AlterCommand::MovePartition { .. }
        | AlterCommand::FreezePartition { .. }
        | AlterCommand::UnfreezePartition { .. } => return None,
        AlterCommand::AddColumn { .. } => "ADD COLUMN",
        AlterCommand::DropColumn { .. } => "DROP COLUMN",
        AlterCommand::ClearColumn { .. } => "CLEAR COLUMN",
        AlterCommand::RenameColumn { .. } => "RENAME COLUMN",
        AlterCommand::ModifyColumn { .. } | AlterCommand::RemoveColumnProperty { .. } => "MODIFY COLUMN",
        AlterCommand::CommentColumn { .. } => "COMMENT COLUMN",
        AlterCommand::MaterializeColumn { .. } => "MATERIALIZE COLUMN",
        AlterCommand::AddConstraint { .. } => "ADD CONSTRAINT",
        AlterCommand::DropConstraint { .. } => "DROP CONSTRAINT",
        AlterCommand::ModifyOrderBy(_) => "MODIFY ORDER BY",
        AlterCommand::ModifySampleBy(_) | AlterCommand::RemoveSampleBy => "SAMPLE BY",
        AlterCommand::ModifyTtl(_) | AlterCommand::RemoveTtl | AlterCommand::MaterializeTtl { .. } => "TTL",
        AlterCommand::ModifySetting(_) => "MODIFY SETTING",
        AlterCommand::ResetSetting(_) => "RESET SETTING",
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

/// Changes a table's CREATE statement and puts the table that results in its place.
fn change(
    database: &str,
    name: &str,
    environment: &Environment,
    edit: impl FnOnce(&mut CreateTable) -> Result<()>,
) -> Result<MergeTreeTable> {
    let catalog = environment.engine.catalog();
    let turn = catalog.change();
    let table = catalog.table(database, name)?;
    let mut create = table.definition.create.clone();
    edit(&mut create)?;
    let stored_names = table.definition.stored_names.clone();
    let definition = TableDefinition::with_stored_names(create, stored_names, environment)?;
    let altered = table.with_definition(definition);
    turn.alter_table(database, name, altered.clone(), |_| Ok(()))?;
    Ok(altered)
}
