//! A mutation's commands, ready to be done on any part of the table.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arrow::compute::cast;
use datafusion::logical_expr::Expr;
use gristmill_index::RowSet;
use gristmill_sql::analyzer::{Column, ColumnKind, MutationPlace};
use gristmill_sql::parser::{AlterCommand, PartitionName, parse_expression};
use gristmill_storage::{BoxError, FindRows, IndexJob, MutationStep, Part, PartName, PartSet, UpdateJob};
use sqlparser::ast;

use super::command::{of_text, only_marks};
use super::expiry::behind_update;
use super::virtual_columns::{knows_part, on_part, with_virtual, with_virtual_of_rows};
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::index_builds::{Follower, Subject};
use crate::search::{Filter, Surroundings};
use crate::statements::delete::condition_of;
use crate::statements::update::NewValues;
use crate::table::prune::prune;
use crate::table::{
    MergeTreeTable, TableDefinition, TableExpression, TableIndex, Tells, is_stored, partition_id, tells,
};

/// What is to be done, planned once: subqueries have been run.
pub struct Plan {
    definition: Arc<TableDefinition>,
    commands: Vec<Arc<Planned>>,
}

/// A command.
pub struct Planned {
    /// The only partition that is meant.
    partition: Option<String>,
    work: Work,
    ttl: TtlRole,
}

/// What a command has to do with the table's TTL.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TtlRole {
    None,
    /// It gives rows other times.
    ChangesTimes,
    /// It lets expire what has expired, in parts where one before it has given rows other times.
    Expires,
}

enum Work {
    Delete {
        rows: Rows,
        rewrite: bool,
    },
    DropMarked,
    Update {
        rows: Rows,
        values: NewValues,
    },
    BuildIndex {
        name: String,
        columns: Vec<String>,
    },
    RemoveIndex(String),
    /// MODIFY COLUMN: all columns that a part holds in an older type.
    ConvertColumns,
    /// A column with a DEFAULT, where a part lacks it.
    MaterializeColumn(String),
    /// A MATERIALIZED column.
    ComputeColumn(Computed),
    ClearColumn(String),
    /// An index or a column that does not exist.
    Nothing,
}

/// Rows for which a condition is true.
struct Rows {
    filters: Vec<Expr>,
    filter: Option<Filter>,
    /// There is another filter for each part.
    know_part: bool,
}

impl Plan {
    /// Plans the commands of an entry.
    pub fn of_texts(texts: &[String], table: &MergeTreeTable, environment: &Environment) -> Result<Self> {
        let commands = texts.iter().map(|text| of_text(text)).collect::<Result<Vec<_>>>()?;
        Self::new(&commands, table, environment)
    }

    /// Plans commands; fails where ClickHouse refuses them.
    pub fn new(commands: &[AlterCommand], table: &MergeTreeTable, environment: &Environment) -> Result<Self> {
        let definition = table.definition.clone();
        let mut all = Vec::with_capacity(commands.len());
        let mut removes_rows = false;
        for command in commands {
            let mut one = planned(command, &definition, environment)?;
            if let Some(column) = one.place_in_part(&definition).filter(|_| removes_rows) {
                return Err(Error::not_implemented(format!(
                    "{column} behind a command of the same ALTER that deletes rows, which counts the others anew,"
                )));
            }
            removes_rows |= one.removes_rows();
            let mut behind = Vec::new();
            if let (Work::Update { values, .. }, AlterCommand::Update { partition, .. }) = (&one.work, command) {
                behind = behind_update(&definition, values.changed(), partition.as_ref())?;
            }
            removes_rows |= !behind.is_empty();
            if !behind.is_empty() {
                one.ttl = TtlRole::ChangesTimes;
            }
            all.push(Arc::new(one));
            for command in &behind {
                let one = planned(command, &definition, environment)?;
                let ttl = TtlRole::Expires;
                all.push(Arc::new(Planned { ttl, ..one }));
            }
        }
        Ok(Self {
            commands: all,
            definition,
        })
    }

    /// Whether it was made for the table as it is now.
    pub fn fits(&self, table: &MergeTreeTable) -> bool {
        Arc::ptr_eq(&self.definition, &table.definition)
    }

    /// What is to be done on a part.
    pub fn on_part(&self, part: &PartName) -> Result<Vec<Arc<Planned>>> {
        let is_meant = |planned: &&Arc<Planned>| planned.partition.as_ref().is_none_or(|id| *id == part.partition_id);
        let commands = self.commands.iter().filter(is_meant);
        commands
            .map(|planned| planned.on_part(part, &self.definition))
            .collect()
    }

    /// Whether it builds an index, which may take hours.
    pub fn builds_index(&self) -> bool {
        let mut commands = self.commands.iter();
        commands.any(|planned| matches!(planned.work, Work::BuildIndex { .. }))
    }
}

impl Planned {
    /// Whether rows behind those that it removes get other numbers.
    fn removes_rows(&self) -> bool {
        matches!(self.work, Work::Delete { rewrite: true, .. } | Work::DropMarked)
    }

    /// A virtual column that it reads and that tells where a row lies in its part.
    fn place_in_part(&self, definition: &TableDefinition) -> Option<String> {
        let Work::Delete { rows, .. } = &self.work else {
            return None;
        };
        let names = rows
            .filters
            .iter()
            .flat_map(Expr::column_refs)
            .map(|it| it.name.clone());
        let mut places = names.filter(|name| matches!(tells(name), Some(Tells::Row(_))));
        places.find(|name| definition.column(name).is_none())
    }
}

pub type Found = std::result::Result<RowSet, BoxError>;
pub type Batch = arrow::array::RecordBatch;

/// What a step works with.
pub struct Hands<'a> {
    pub rows: FindRows<'a>,
    pub change: &'a (dyn Fn(&Batch) -> std::result::Result<Batch, BoxError> + Sync),
    pub columns: &'a [&'a str],
    pub watch: &'a (dyn Fn(&Part) -> std::result::Result<Arc<AtomicU64>, BoxError> + Sync),
    pub threads: usize,
    pub stopped: &'a (dyn Fn() -> bool + Sync),
}

impl Planned {
    /// The command on a part: itself, unless it knows of parts.
    fn on_part(self: &Arc<Self>, part: &PartName, definition: &TableDefinition) -> Result<Arc<Self>> {
        let work = match &self.work {
            Work::Delete { rows, rewrite } if rows.know_part => Work::Delete {
                rows: rows.on_part(part, definition)?,
                rewrite: *rewrite,
            },
            Work::Update { rows, values } if rows.know_part || values.know_part(definition) => {
                let rows = rows.on_part(part, definition)?;
                let values = values.on_part(part, &rows.filters, definition)?;
                Work::Update { rows, values }
            }
            _ => return Ok(self.clone()),
        };
        let (partition, ttl) = (self.partition.clone(), self.ttl);
        Ok(Arc::new(Self { partition, work, ttl }))
    }

    /// The command as the store does it; None if it changes nothing.
    pub fn step<'a>(&'a self, with: Hands<'a>) -> Option<MutationStep<'a>> {
        let update = |columns, reads| UpdateJob {
            columns,
            reads,
            change: with.change,
            threads: with.threads,
            stopped: with.stopped,
        };
        Some(match &self.work {
            Work::Delete { rewrite, .. } => MutationStep::Delete {
                rows: with.rows,
                rewrite: *rewrite,
            },
            Work::DropMarked => MutationStep::DropMarked,
            Work::Update { values, .. } => MutationStep::Update {
                rows: with.rows,
                job: update(values.changed(), values.reads()),
            },
            Work::BuildIndex { name, .. } => {
                let job = IndexJob {
                    watch: with.watch,
                    stopped: with.stopped,
                    ..IndexJob::new(with.columns, with.threads)
                };
                MutationStep::BuildIndex(name, job)
            }
            Work::RemoveIndex(name) => MutationStep::RemoveIndex(name),
            Work::ConvertColumns => MutationStep::ConvertColumns,
            Work::MaterializeColumn(name) => MutationStep::MaterializeColumn(name),
            Work::ComputeColumn(computed) => MutationStep::ComputeColumns(update(&computed.column, &computed.reads)),
            Work::ClearColumn(name) => MutationStep::ClearColumn(name),
            Work::Nothing => return None,
        })
    }

    /// Columns that the index reads.
    pub fn columns(&self) -> Vec<&str> {
        match &self.work {
            Work::BuildIndex { columns, .. } => columns.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// Tells the rows of a part that are meant. `has_new_times` is what commands of one mutation tell each other of the
    /// part.
    pub fn finder<'a>(
        &'a self,
        table: &'a MergeTreeTable,
        around: &'a Surroundings<'a>,
        has_new_times: &'a AtomicBool,
    ) -> impl Fn(&Arc<Part>) -> Found + Sync + 'a {
        move |part| match &self.work {
            Work::Delete { .. } | Work::Update { .. }
                if self.ttl == TtlRole::Expires && !has_new_times.load(Ordering::Relaxed) =>
            {
                Ok(no_rows(part))
            }
            Work::Delete { rows, .. } | Work::Update { rows, .. } => {
                let found = rows.of(part, table, around).map_err(BoxError::from)?;
                if self.ttl == TtlRole::ChangesTimes && found.count() > 0 {
                    has_new_times.store(true, Ordering::Relaxed);
                }
                Ok(found)
            }
            _ => Ok(RowSet::new(0)),
        }
    }

    /// Gives rows their new values.
    pub fn changer(&self) -> impl Fn(&Batch) -> std::result::Result<Batch, BoxError> + Sync + '_ {
        move |batch| match &self.work {
            Work::Update { values, .. } => values.apply(batch).map_err(BoxError::from),
            Work::ComputeColumn(computed) => computed.apply(batch).map_err(BoxError::from),
            _ => Ok(batch.clone()),
        }
    }

    /// The index that it builds.
    pub fn index<'a>(&self, table: &'a MergeTreeTable) -> Option<&'a TableIndex> {
        match &self.work {
            Work::BuildIndex { name, .. } => table.definition.indexes.iter().find(|index| index.name == *name),
            _ => None,
        }
    }

    /// Follows the building of a vector index.
    pub fn watcher<'a>(&self, table: &MergeTreeTable, environment: &'a Environment) -> Option<Follower<'a>> {
        // Other indexes are built too fast to be watched.
        let name = &self.index(table).filter(|index| index.vector().is_some())?.name;
        let (database, table) = table.name();
        Some(environment.engine.index_builds().follow(Subject {
            database: database.into(),
            table: table.into(),
            index: name.clone(),
        }))
    }
}

impl Rows {
    fn new(
        condition: &ast::Expr,
        place: MutationPlace,
        columns: &[Column],
        definition: &TableDefinition,
        environment: &Environment,
    ) -> Result<Self> {
        let filters = condition_of(columns, condition, place, environment)?;
        let know_part = filters.iter().any(|filter| knows_part(filter, definition));
        let filter = match know_part {
            true => None,
            false => Filter::new(&filters, &definition.scanned)?,
        };
        Ok(Self {
            filters,
            filter,
            know_part,
        })
    }

    fn on_part(&self, part: &PartName, definition: &TableDefinition) -> Result<Self> {
        let filters = self.filters.iter().cloned();
        let filters = filters.map(|filter| on_part(filter, part, definition));
        let filters = filters.collect::<Result<Vec<_>>>()?;
        Ok(Self {
            filter: Filter::new(&filters, &definition.scanned)?,
            filters,
            know_part: false,
        })
    }

    fn of(&self, part: &Arc<Part>, table: &MergeTreeTable, around: &Surroundings<'_>) -> Result<RowSet> {
        let Some(filter) = &self.filter else {
            return Ok(no_rows(part));
        };
        around.stop.check()?;
        let pruned = prune(table, &PartSet::of_one(part.clone()), &self.filters)?;
        match pruned.parts.first() {
            Some(part) => Ok(filter.mask(part, around)?.as_ref().clone()),
            None => Ok(no_rows(part)),
        }
    }
}

fn no_rows(part: &Part) -> RowSet {
    RowSet::new(u32::try_from(part.rows()).expect("parts have fewer rows"))
}

/// A MATERIALIZED column's values.
struct Computed {
    /// Its name.
    column: Vec<String>,
    expression: TableExpression,
    /// The name and those of the columns that the values are made of.
    reads: Vec<String>,
}

impl Computed {
    fn apply(&self, batch: &Batch) -> Result<Batch> {
        let place = batch.schema_ref().index_of(&self.column[0])?;
        let mut columns = batch.columns().to_vec();
        columns[place] = cast(&self.expression.evaluate(batch)?, columns[place].data_type())?;
        Ok(Batch::try_new(batch.schema(), columns)?)
    }
}

fn materialize(name: &str, definition: &TableDefinition, environment: &Environment) -> Result<Work> {
    let column = definition.column(name).filter(|column| is_stored(column));
    let Some((column, text)) = column.and_then(|column| Some((column, column.expression.as_ref()?))) else {
        return Ok(Work::Nothing);
    };
    if column.kind == ColumnKind::Default {
        return Ok(Work::MaterializeColumn(name.to_owned()));
    }
    let (columns, stored) = (&definition.columns, &definition.stored);
    let expression = TableExpression::cast(
        &parse_expression(text)?,
        &column.data_type,
        columns,
        stored,
        environment,
    )?;
    let mut reads = expression.sources.clone();
    reads.push(name.to_owned());
    Ok(Work::ComputeColumn(Computed {
        column: vec![name.to_owned()],
        expression,
        reads,
    }))
}

fn planned(command: &AlterCommand, definition: &TableDefinition, environment: &Environment) -> Result<Planned> {
    let deleted = |condition, place| {
        let columns = with_virtual_of_rows(definition);
        Rows::new(condition, place, &columns, definition, environment)
    };
    let (partition, work) = match command {
        AlterCommand::Delete { partition, condition } => (
            partition,
            Work::Delete {
                rows: deleted(condition, MutationPlace::Deletion)?,
                rewrite: true,
            },
        ),
        AlterCommand::Update {
            assignments,
            partition,
            condition,
        } if only_marks(assignments) => (
            partition,
            Work::Delete {
                rows: deleted(condition, MutationPlace::Assignment)?,
                rewrite: false,
            },
        ),
        AlterCommand::Update {
            assignments,
            partition,
            condition,
        } => {
            let columns = with_virtual(definition);
            let rows = Rows::new(condition, MutationPlace::Assignment, &columns, definition, environment)?;
            let values = NewValues::new(definition, assignments, &rows.filters, environment)?;
            (partition, Work::Update { rows, values })
        }
        AlterCommand::ApplyDeletedMask { partition } => (partition, Work::DropMarked),
        AlterCommand::MaterializeIndex { name, partition, .. } => {
            let index = definition.indexes.iter().find(|index| index.name == *name);
            let build = index.map(|index| Work::BuildIndex {
                name: name.clone(),
                columns: index.sources().iter().map(|name| (*name).to_owned()).collect(),
            });
            (partition, build.unwrap_or(Work::Nothing))
        }
        AlterCommand::ModifyColumn { .. } => (&None, Work::ConvertColumns),
        AlterCommand::MaterializeColumn { name, partition } => (partition, materialize(name, definition, environment)?),
        AlterCommand::ClearColumn { name, partition, .. } => match definition.stored.field_with_name(name) {
            Ok(_) => (partition, Work::ClearColumn(name.clone())),
            Err(_) => (partition, Work::Nothing),
        },
        AlterCommand::ClearIndex { name, partition, .. } => (partition, Work::RemoveIndex(name.clone())),
        AlterCommand::DropIndex { name, .. } => (&None, Work::RemoveIndex(name.clone())),
        _ => return Err(Error::not_implemented("This command of a mutation")),
    };
    let id = |partition: &PartitionName| partition_id(definition, partition, environment);
    let partition = partition.as_ref().map(id).transpose()?;
    let ttl = TtlRole::None;
    Ok(Planned { partition, work, ttl })
}
