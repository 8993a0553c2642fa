//! ALTER TABLE … PARTITION and PART: parts that go, are set aside, come back, or come from another table.
//!
//! Backups (FREEZE) are in `freeze.rs`.

use gristmill_sql::Code;
use gristmill_sql::parser::{AlterCommand, MoveTarget, PartitionName, TableName};
use gristmill_storage::{DetachedPart, Error as StorageError, Part, PartName, Transferred};
use std::sync::Arc;
use std::time::Duration;

use super::freeze;
use super::report::Line;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::part_log::{PartEvent, PartEventKind};
use crate::table::{MergeTreeTable, TableDefinition, partition_id};

/// Which parts a command means.
enum Chosen {
    All,
    Partition(String),
    Part(PartName),
}

impl Chosen {
    fn new(partition: &PartitionName, table: &MergeTreeTable, environment: &Environment) -> Result<Self> {
        Ok(match partition {
            PartitionName::All => Self::All,
            PartitionName::Part(name) => Self::Part(part_name(name)?),
            named => Self::Partition(partition_id(&table.definition, named, environment)?),
        })
    }

    fn includes(&self, name: &PartName) -> bool {
        match self {
            Self::All => true,
            Self::Partition(id) => name.partition_id == *id,
            Self::Part(part) => name == part,
        }
    }

    /// `PARTITION` or `PART`, as reports say it.
    fn word(&self) -> &'static str {
        match self {
            Self::Part(_) => "PART",
            _ => "PARTITION",
        }
    }
}

/// The part of that name; BAD_DATA_PART_NAME if no part can be called so.
pub fn part_name(name: &str) -> Result<PartName> {
    name.parse().map_err(|_| {
        let message = format!("Unexpected part name: {name} for format version: 1.");
        Error::new(Code::BAD_DATA_PART_NAME, message)
    })
}

/// Runs one of the commands on partitions; None if it is another command.
pub fn run(command: &AlterCommand, table: &MergeTreeTable, environment: &Environment) -> Result<Option<Vec<Line>>> {
    let chosen = |partition| Chosen::new(partition, table, environment);
    Ok(Some(match command {
        AlterCommand::DropPartition {
            partition,
            detached: false,
        } => remove(table, &chosen(partition)?, environment)?,
        AlterCommand::DropPartition { partition, .. } => drop_detached(table, partition, environment)?,
        AlterCommand::DetachPartition(partition) => detach(table, &chosen(partition)?, environment)?,
        AlterCommand::AttachPartition { partition, from: None } => attach(table, partition, environment)?,
        AlterCommand::AttachPartition {
            partition,
            from: Some(from),
        } => retried(table, environment, |table| {
            let chosen = Chosen::new(partition, table, environment)?;
            copy(table, from, &chosen, false, environment)
        })?,
        AlterCommand::ReplacePartition { partition, from } => retried(table, environment, |table| {
            let chosen = Chosen::Partition(one_partition(partition, table, environment)?);
            copy(table, from, &chosen, true, environment)
        })?,
        AlterCommand::MovePartition { partition, to } => {
            let MoveTarget::Table(to) = to else {
                return Err(Error::not_implemented("MOVE PARTITION TO DISK or VOLUME"));
            };
            retried(table, environment, |table| {
                move_to(table, to, &one_partition(partition, table, environment)?, environment)
            })?
        }
        AlterCommand::FreezePartition { partition, name } => {
            let partition = partition.as_ref().map(chosen).transpose()?;
            freeze::freeze(table, partition_of(partition).as_deref(), name.as_deref(), environment)?
        }
        AlterCommand::UnfreezePartition { partition, name } => {
            let partition = partition.as_ref().map(chosen).transpose()?;
            freeze::unfreeze(table, partition_of(partition).as_deref(), name, environment)?
        }
        _ => return Ok(None),
    }))
}

fn partition_of(chosen: Option<Chosen>) -> Option<String> {
    match chosen? {
        Chosen::All => None,
        Chosen::Partition(id) => Some(id),
        Chosen::Part(name) => Some(name.partition_id),
    }
}

/// A partition where ALL and PART have no place.
fn one_partition(partition: &PartitionName, table: &MergeTreeTable, environment: &Environment) -> Result<String> {
    partition_id(&table.definition, partition, environment)
}

fn remove(table: &MergeTreeTable, chosen: &Chosen, environment: &Environment) -> Result<Vec<Line>> {
    let removed = table.store.remove_parts(|part| chosen.includes(part.name()))?;
    must_be_there(chosen, &removed)?;
    log(table, PartEventKind::RemovePart, &removed, environment);
    Ok(Vec::new())
}

fn detach(table: &MergeTreeTable, chosen: &Chosen, environment: &Environment) -> Result<Vec<Line>> {
    let detached = table.store.detach_parts(|part| chosen.includes(part.name()))?;
    must_be_there(chosen, &detached)?;
    log(table, PartEventKind::RemovePart, &detached, environment);
    Ok(Vec::new())
}

fn must_be_there(chosen: &Chosen, found: &[Arc<Part>]) -> Result<()> {
    match chosen {
        Chosen::Part(name) if found.is_empty() => {
            let message = format!("No part {name} in committed state.");
            Err(Error::new(Code::NO_SUCH_DATA_PART, message))
        }
        _ => Ok(()),
    }
}

fn log<'a>(
    table: &MergeTreeTable,
    kind: PartEventKind,
    parts: impl IntoIterator<Item = &'a Arc<Part>>,
    environment: &Environment,
) {
    let event = |part: &'a Arc<Part>| PartEvent::new(kind, table.name(), part, Duration::ZERO);
    let events: Vec<PartEvent> = parts.into_iter().map(event).collect();
    environment.engine.part_log().add(events);
}

/// The folders of `detached/` that a command means.
fn detached(
    table: &MergeTreeTable,
    partition: &PartitionName,
    environment: &Environment,
) -> Result<(&'static str, Vec<DetachedPart>)> {
    let parts = table.store.detached_parts()?;
    if let PartitionName::Part(folder) = partition {
        let found: Vec<DetachedPart> = parts.into_iter().filter(|part| part.folder == *folder).collect();
        return match found.is_empty() {
            true => Err(Error::new(
                Code::BAD_DATA_PART_NAME,
                format!("Detached part \"{folder}\" not found"),
            )),
            false => Ok(("PART", found)),
        };
    }
    let chosen = Chosen::new(partition, table, environment)?;
    let is_meant = |part: &DetachedPart| part.name.as_ref().is_some_and(|name| chosen.includes(name));
    Ok((chosen.word(), parts.into_iter().filter(is_meant).collect()))
}

fn drop_detached(table: &MergeTreeTable, partition: &PartitionName, environment: &Environment) -> Result<Vec<Line>> {
    if !environment.settings.flag("allow_drop_detached") {
        let message = "Cannot execute query: DROP DETACHED PART is disabled (see allow_drop_detached setting)";
        return Err(Error::new(Code::SUPPORT_IS_DISABLED, message));
    }
    for part in detached(table, partition, environment)?.1 {
        table.store.drop_detached_part(&part.folder)?;
    }
    Ok(Vec::new())
}

/// Each part is attached by itself: one that cannot be leaves those before it attached, as in ClickHouse.
fn attach(table: &MergeTreeTable, partition: &PartitionName, environment: &Environment) -> Result<Vec<Line>> {
    let (word, parts) = detached(table, partition, environment)?;
    let mut lines = Vec::new();
    let is_whole = |part: &&DetachedPart| word == "PART" || part.reason.is_empty();
    for part in parts.iter().filter(is_whole) {
        let rows_of = |other: &DetachedPart| match (&other.name, &part.name) {
            (Some(other_name), Some(name)) => other.reason.is_empty() && other_name != name && other_name.covers(name),
            _ => false,
        };
        if word != "PART" && parts.iter().any(rows_of) {
            table.store.set_inactive(&part.folder)?;
            continue;
        }
        let attached = table.store.attach_part(&part.folder)?;
        log(table, PartEventKind::NewPart, [&attached], environment);
        lines.push(Line {
            command: format!("ATTACH {word}"),
            partition: attached.name().partition_id.clone(),
            part: attached.name().to_string(),
            old_part: Some(part.folder.clone()),
            backup: None,
        });
    }
    Ok(lines)
}

/// Transfers parts between tables, again if one of the two was altered after their columns were compared.
fn retried(
    table: &MergeTreeTable,
    environment: &Environment,
    transfer: impl Fn(&MergeTreeTable) -> Result<Option<Vec<Line>>>,
) -> Result<Vec<Line>> {
    let (database, name) = table.name();
    let mut now = table.clone();
    loop {
        if let Some(lines) = transfer(&now)? {
            return Ok(lines);
        }
        environment.stop.check()?;
        now = environment.engine.catalog().table(database, name)?;
    }
}

/// What a transfer did; None if it has to be tried again.
fn unless_altered(done: gristmill_storage::Result<Transferred>) -> Result<Option<Transferred>> {
    match done {
        Err(StorageError::Altered) => Ok(None),
        done => Ok(Some(done?)),
    }
}

/// ATTACH PARTITION … FROM and REPLACE PARTITION … FROM.
fn copy(
    table: &MergeTreeTable,
    from: &TableName,
    chosen: &Chosen,
    replace: bool,
    environment: &Environment,
) -> Result<Option<Vec<Line>>> {
    let (database, name) = environment.resolve(from);
    let source = environment.engine.catalog().table(database, name)?;
    check_same_structure(&source.definition, &table.definition)?;
    let partition = match chosen {
        Chosen::All => None,
        Chosen::Partition(id) => Some(id.as_str()),
        Chosen::Part(_) => return Err(Error::not_implemented("ATTACH PART … FROM")),
    };
    let may_be_empty = !replace || environment.settings.flag("allow_replace_partition_from_empty_source");
    let is_empty = |id: &str| {
        source
            .snapshot()
            .parts()
            .iter()
            .all(|part| part.name().partition_id != id)
    };
    if let Some(id) = partition
        && !may_be_empty
        && is_empty(id)
    {
        let message = format!(
            "Source table {database}.{name} ({}) has no parts in partition {id}: refusing `REPLACE PARTITION` because \
             it would silently drop the destination partition's data. Set \
             `allow_replace_partition_from_empty_source = 1` to restore the previous behavior, or use \
             `ALTER TABLE ... DROP PARTITION` if you intend to drop the destination data",
            source.uuid
        );
        return Err(Error::new(Code::BAD_ARGUMENTS, message));
    }
    check_memory(&source, table, partition, environment)?;
    let Some(done) = unless_altered(table.store.copy_parts(&source.store, partition, replace))? else {
        return Ok(None);
    };
    log(table, PartEventKind::NewPart, &done.added, environment);
    log(table, PartEventKind::RemovePart, &done.replaced, environment);
    Ok(Some(Vec::new()))
}

fn move_to(
    table: &MergeTreeTable,
    to: &TableName,
    partition: &str,
    environment: &Environment,
) -> Result<Option<Vec<Line>>> {
    let (database, name) = environment.resolve(to);
    let target = environment.engine.catalog().table(database, name)?;
    check_same_structure(&table.definition, &target.definition)?;
    check_memory(table, &target, Some(partition), environment)?;
    let Some(done) = unless_altered(table.store.move_parts(&target.store, partition))? else {
        return Ok(None);
    };
    log(&target, PartEventKind::NewPart, &done.added, environment);
    log(table, PartEventKind::RemovePart, &done.moved, environment);
    Ok(Some(Vec::new()))
}

/// Whether there is memory for the graphs of parts that have to be written again, because the two tables call their columns
/// otherwise.
fn check_memory(
    source: &MergeTreeTable,
    target: &MergeTreeTable,
    partition: Option<&str>,
    environment: &Environment,
) -> Result<()> {
    let definition = &target.definition;
    if source.definition.stored_names == definition.stored_names {
        return Ok(());
    }
    let bytes_max = environment.engine.executor().index_build_memory(&environment.settings);
    let snapshot = source.snapshot();
    let parts = snapshot.parts().iter();
    let parts = parts.filter(|part| partition.is_none_or(|id| part.name().partition_id == id));
    for part in parts {
        for (index, _) in definition.vector_indexes() {
            index.check_memory(part.rows_alive(), definition.index_granularity, bytes_max)?;
        }
    }
    Ok(())
}

/// Whether parts of one table can be parts of another, with ClickHouse's errors.
pub fn check_same_structure(source: &TableDefinition, target: &TableDefinition) -> Result<()> {
    let columns = |definition: &TableDefinition| {
        let fields = definition.stored.fields().iter();
        let mut columns: Vec<_> = fields.map(|field| (field.name().clone(), field.clone())).collect();
        columns.sort_by(|left, right| left.0.cmp(&right.0));
        columns
    };
    if columns(source) != columns(target) {
        let message = "Tables have different structure";
        return Err(Error::new(Code::INCOMPATIBLE_COLUMNS, message));
    }
    let different = |what: &str| Err(Error::new(Code::BAD_ARGUMENTS, format!("Tables have different {what}")));
    if source.sorting_key_text() != target.sorting_key_text() {
        return different("ordering");
    }
    if source.partition_key_text() != target.partition_key_text() {
        return different("partition key");
    }
    if source.primary_key_text() != target.primary_key_text() {
        return different("primary key");
    }
    let has = |index| target.create.indexes.contains(index);
    if !source.create.indexes.iter().all(has) {
        return different("secondary indices");
    }
    Ok(())
}
