//! ALTER TABLE … INDEX: the definition and the index in each part.

use gristmill_sql::Code;
use gristmill_sql::analyzer::substitute_parameters;
use gristmill_sql::parser::{IndexDefinition, PartitionName, Position};
use gristmill_storage::{IndexJob, Part};

use super::draft::Draft;
use super::{is_in, partition_of};
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::index_builds::Subject;
use crate::table::{MergeTreeTable, name_taken};

/// Adds an index to the definition; parts are left as they are.
pub fn add(
    draft: &mut Draft<'_>,
    mut index: IndexDefinition,
    position: &Position,
    if_not_exists: bool,
    environment: &Environment,
) -> Result<()> {
    for expression in index.expressions_mut() {
        substitute_parameters(expression, &environment.context())?;
    }
    let indexes = &mut draft.create.indexes;
    if indexes.iter().any(|other| other.name == index.name) {
        return match if_not_exists {
            true => Ok(()),
            false => Err(name_taken(&index.name)),
        };
    }
    let at = match position {
        Position::Last => indexes.len(),
        Position::First => 0,
        Position::After(other) => {
            let found = indexes.iter().position(|index| index.name == *other);
            1 + found.ok_or_else(|| wrong_name(other, "to insert after"))?
        }
    };
    indexes.insert(at, index);
    Ok(())
}

fn wrong_name(index: &str, purpose: &str) -> Error {
    let message = format!("Wrong index name. Cannot find index `{index}` {purpose}.");
    Error::new(Code::BAD_ARGUMENTS, message)
}

/// Drops an index from the definition; it goes from all parts, too, as nobody would ask for it again.
pub fn drop_one(draft: &mut Draft<'_>, name: &str, if_exists: bool) -> Result<()> {
    let before = draft.create.indexes.len();
    draft.create.indexes.retain(|other| other.name != name);
    if draft.create.indexes.len() == before {
        return match if_exists {
            true => Ok(()),
            false => Err(wrong_name(name, "to drop")),
        };
    }
    draft.dropped_indexes.push(name.to_owned());
    Ok(())
}

/// Removes an index from parts.
pub fn remove(
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
pub fn materialize(
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
    let columns = index.sources();
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
