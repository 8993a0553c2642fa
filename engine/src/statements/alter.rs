//! ALTER TABLE: indexes and the comment. Everything is done when the statement returns, whatever
//! `mutations_sync` and `alter_sync` say.

use gristmill_sql::Code;
use gristmill_sql::analyzer::substitute_parameters;
use gristmill_sql::parser::{
    Alter, AlterCommand, CreateIndex, CreateTable, DropIndex, IndexDefinition, PartitionName, Position,
};
use gristmill_storage::{IndexJob, Part};

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::index_builds::Subject;
use crate::merges::Task;
use crate::outcome::Outcome;
use crate::statements::{delete, update};
use crate::table::{MergeTreeTable, TableDefinition, name_taken, partition_id};

/// CREATE INDEX is ALTER TABLE … ADD INDEX.
pub fn create_index(create: CreateIndex, environment: &Environment) -> Result<Outcome> {
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
    alter(Alter { table, commands }, environment)
}

/// DROP INDEX is ALTER TABLE … DROP INDEX.
pub fn drop_index(drop: DropIndex, environment: &Environment) -> Result<Outcome> {
    let DropIndex {
        table,
        index: name,
        if_exists,
    } = drop;
    let commands = vec![AlterCommand::DropIndex { name, if_exists }];
    alter(Alter { table, commands }, environment)
}

/// ALTER TABLE: the commands one after the other.
pub fn alter(alter: Alter, environment: &Environment) -> Result<Outcome> {
    let (database, name) = environment.resolve(&alter.table);
    environment.engine.catalog().table(database, name)?;
    if let Some(command) = alter.commands.iter().find_map(not_there) {
        return Err(Error::not_implemented(format!("ALTER TABLE … {command}")));
    }
    for command in alter.commands {
        match command {
            AlterCommand::AddIndex {
                mut index,
                position,
                if_not_exists,
            } => {
                for expression in index.expressions_mut() {
                    substitute_parameters(expression, &environment.context())?;
                }
                add(database, name, index, &position, if_not_exists, environment)?;
            }
            AlterCommand::DropIndex { name: index, if_exists } => {
                drop_one(database, name, &index, if_exists, environment)?;
            }
            // One that does not exist is in no part: no error, as in ClickHouse.
            AlterCommand::ClearIndex {
                name: index, partition, ..
            } => {
                let table = environment.engine.catalog().table(database, name)?;
                let partition = partition_of(&table, partition.as_ref(), environment)?;
                remove_index(&table, &index, |part| is_in(part, partition.as_deref()), environment)?;
            }
            AlterCommand::MaterializeIndex {
                name: index, partition, ..
            } => {
                materialize(database, name, &index, partition.as_ref(), environment)?;
            }
            AlterCommand::Delete { partition, condition } => {
                let table = environment.engine.catalog().table(database, name)?;
                delete::mark(&table, partition.as_ref(), &condition, environment)?;
                let merger = environment.engine.merger();
                // The rows are gone; what follows frees their space.
                if merger.is_allowed(table.uuid) {
                    let partition = partition_of(&table, partition.as_ref(), environment)?;
                    let thinned = merger.merge_thinned(&Task {
                        database,
                        name,
                        table: &table,
                        partition: partition.as_deref(),
                        stop: &environment.stop,
                    });
                    if let Err(error) = thinned {
                        // A later merge does it.
                        tracing::warn!("{database}.{name}: parts that lost rows were not written again: {error}");
                    }
                }
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
            _ => return Err(Error::not_implemented("This command of ALTER TABLE")),
        }
    }
    Ok(Outcome::Done)
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
        | AlterCommand::ModifyComment(_) => return None,
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
        AlterCommand::DropPartition { .. } => "DROP PARTITION",
        AlterCommand::DetachPartition(_) => "DETACH PARTITION",
        AlterCommand::AttachPartition { .. } => "ATTACH PARTITION",
        AlterCommand::ReplacePartition { .. } => "REPLACE PARTITION",
        AlterCommand::MovePartition { .. } => "MOVE PARTITION",
        AlterCommand::FreezePartition { .. } => "FREEZE",
        AlterCommand::UnfreezePartition { .. } => "UNFREEZE",
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
    let altered = table.with_definition(TableDefinition::new(create, environment)?);
    turn.alter_table(database, name, altered.clone())?;
    Ok(altered)
}

fn add(
    database: &str,
    name: &str,
    index: IndexDefinition,
    position: &Position,
    if_not_exists: bool,
    environment: &Environment,
) -> Result<()> {
    let add = |create: &mut CreateTable| {
        if create.indexes.iter().any(|other| other.name == index.name) {
            return if if_not_exists {
                Ok(())
            } else {
                Err(name_taken(&index.name))
            };
        }
        let at = match position {
            Position::Last => create.indexes.len(),
            Position::First => 0,
            Position::After(other) => {
                let found = create.indexes.iter().position(|index| index.name == *other);
                1 + found.ok_or_else(|| wrong_name(other, "to insert after"))?
            }
        };
        create.indexes.insert(at, index);
        Ok(())
    };
    change(database, name, environment, add).map(drop)
}

fn wrong_name(index: &str, purpose: &str) -> Error {
    let message = format!("Wrong index name. Cannot find index `{index}` {purpose}.");
    Error::new(Code::BAD_ARGUMENTS, message)
}

fn drop_one(database: &str, name: &str, index: &str, if_exists: bool, environment: &Environment) -> Result<()> {
    let mut found = false;
    let remove = |create: &mut CreateTable| {
        let before = create.indexes.len();
        create.indexes.retain(|other| other.name != index);
        found = create.indexes.len() < before;
        match found || if_exists {
            true => Ok(()),
            false => Err(wrong_name(index, "to drop")),
        }
    };
    let table = change(database, name, environment, remove)?;
    // Nobody would ask for them again.
    if found {
        remove_index(&table, index, |_| true, environment)?;
    }
    Ok(())
}

fn remove_index(
    table: &MergeTreeTable,
    index: &str,
    includes: impl Fn(&Part) -> bool,
    environment: &Environment,
) -> Result<()> {
    let log = environment.engine.part_log();
    let removed = table.store.remove_index(index, includes, &|part, instead, took| {
        log.add_replaced(table.name(), part, instead, took);
    });
    Ok(removed?)
}

/// Builds an index in the parts that lack it as it is defined now. One that does not exist is no error, as in ClickHouse.
fn materialize(
    database: &str,
    name: &str,
    index: &str,
    partition: Option<&PartitionName>,
    environment: &Environment,
) -> Result<()> {
    let table = environment.engine.catalog().table(database, name)?;
    let partition = partition_of(&table, partition, environment)?;
    let Some(index) = table.definition.indexes.iter().find(|it| it.name == index) else {
        return Ok(());
    };
    let columns: Vec<&str> = index.expression.sources.iter().map(String::as_str).collect();
    let follower = environment.engine.index_builds().follow(Subject {
        database: database.into(),
        table: name.into(),
        index: index.name.clone(),
    });
    let log = environment.engine.part_log();
    let job = IndexJob {
        threads: environment.engine.executor().query_threads(&environment.settings),
        includes: &|part| is_in(part, partition.as_deref()),
        watch: &|part| follower.begin(part.name().to_string(), part.rows()),
        stopped: &|| environment.stop.is_up(),
        replaced: &|part, instead, took| log.add_replaced(table.name(), part, instead, took),
        ..IndexJob::new(&columns, 0)
    };
    let built = table.store.build_index(&index.name, &job).map_err(|error| {
        // What stopped it says more than that it was stopped.
        environment
            .stop
            .check()
            .err()
            .unwrap_or_else(|| failed(&index.name, &error.into()))
    });
    follower.end(built.as_ref().err());
    let rows = built?;
    environment.progress.add_indexed(rows);
    Ok(())
}

fn failed(index: &str, reason: &Error) -> Error {
    let message =
        format!("Exception happened during execution of mutation (MATERIALIZE INDEX {index}) reason: '{reason}'");
    Error::new(Code::UNFINISHED, message)
}
