//! INSERT: rows come in as the target columns, leave as parts.
//!
//! `columns` says which columns the data must have, `fill` computes the others, `sink` gathers blocks; `writer` hands
//! them to the store, or `queue` does, where rows of several INSERTs become one block; `altered` takes those over an
//! ALTER. [`Insert`] is the sink that clients push into; INSERT … SELECT drives the same sink from a query.

mod altered;
mod columns;
mod fill;
mod queue;
mod sink;
mod writer;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use datafusion::common::Column;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use gristmill_sql::Code;
use gristmill_sql::analyzer::Planned;
use gristmill_sql::functions::{self, TypedExpr};
use gristmill_sql::parser::{self, InsertSource, InsertTarget, TableName};
use gristmill_sql::types::back_quote_if_needed;

use crate::catalog::SYSTEM;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::formats::{FileRequest, HeaderColumn};
use crate::outcome::{Outcome, guarded};
use crate::queries::{Accessed, Running};
use crate::settings::Settings;
use crate::system;
use crate::table::{MergeTreeTable, Relation, VIEW};
use crate::table_functions;
pub use columns::choose as columns;
use fill::Fill;
pub use queue::AsyncInserts;
use queue::{GroupKey, QueueLimits};
pub use sink::batch_bytes;
use sink::{Queued, Sink};

/// An INSERT in progress. Dropping it without [`Insert::finish`] drops what is not yet a part.
pub struct Insert {
    /// Columns the data must have, in this order and of these types.
    pub header: Vec<HeaderColumn>,
    /// FORMAT of the data; `Values` for INSERT … VALUES, `None` if the statement does not say.
    pub format: Option<String>,
    /// Where in the query's text the data begins and ends, if some is there.
    pub inline: Option<Range<usize>>,
    /// The settings of the statement, its own SETTINGS clause included.
    pub settings: Arc<Settings>,
    sink: Box<Sink>,
    pub(crate) running: Option<Running>,
}

impl Insert {
    /// Takes rows. They become parts in blocks of `min_insert_block_size_rows` or `min_insert_block_size_bytes`.
    pub fn write(&mut self, batch: RecordBatch) -> Result<()> {
        let written = self.check_stop().and_then(|()| guarded(|| self.sink.write(batch)));
        if let (Err(error), Some(running)) = (&written, &mut self.running) {
            running.failed(error);
        }
        written
    }

    /// Its client may have gone, or KILL QUERY have ended it.
    fn check_stop(&self) -> Result<()> {
        self.running.as_ref().map_or(Ok(()), Running::check_stop)
    }

    /// Makes the rest durable and visible; returns the number of rows written in all.
    pub fn finish(mut self) -> Result<u64> {
        let finished = self.check_stop().and_then(|()| guarded(|| self.sink.finish()));
        match &finished {
            Ok(_) => self.running.iter_mut().for_each(|running| running.finished(0, 0)),
            Err(error) => self.running.iter_mut().for_each(|running| running.failed(error)),
        }
        finished
    }
}

/// Runs an INSERT statement, or gives back the sink that its data goes into.
pub fn execute(insert: parser::Insert, environment: &Environment) -> Result<Outcome> {
    let InsertTarget::Table(target) = &insert.target else {
        return Err(Error::not_implemented("INSERT INTO FUNCTION"));
    };
    let table = writable(target, environment)?;
    let header = columns::choose(table.definition(), &insert.columns)?;
    let (database, name) = environment.resolve(target);
    check_rights(target, &header, environment)?;
    if matches!(insert.source, InsertSource::File { .. }) && !environment.rights.is_unlimited {
        environment.rights.check_source("READ", "FILE")?;
    }
    match insert.source {
        InsertSource::Data { format, range } => {
            environment.begins(|| Accessed::of_table(database, name));
            if let Some(process) = environment.process.as_ref().filter(|_| !range.is_empty()) {
                process.data_begins_at(range.start);
            }
            let mut sink = sink(&table, &header, environment)?;
            if let Some(table) = table.merge_tree()
                && let Some(queued) = queued(table, &header, &format, environment)
            {
                sink.queue(queued);
            }
            let inline = (!range.is_empty()).then_some(range);
            Ok(Outcome::Insert(Insert {
                header,
                format: Some(format),
                inline,
                settings: Arc::default(),
                sink: Box::new(sink),
                running: None,
            }))
        }
        InsertSource::Connection => {
            environment.begins(|| Accessed::of_table(database, name));
            let sink = sink(&table, &header, environment)?;
            Ok(Outcome::Insert(Insert {
                header,
                format: None,
                inline: None,
                settings: Arc::default(),
                sink: Box::new(sink),
                running: None,
            }))
        }
        InsertSource::Select(query) => {
            let planned = environment.plan_query(&query)?;
            environment.begins(|| Accessed::of(&planned.plan, &planned.plan).and_table(database, name));
            insert_select(&table, header, planned, environment)?;
            Ok(Outcome::Done)
        }
        InsertSource::File {
            path,
            compression,
            format,
        } => {
            if let Some(method) = compression.filter(|method| !matches!(&**method, "none" | "auto")) {
                return Err(Error::not_implemented(format!("COMPRESSION '{method}' of INFILE")));
            }
            let path = table_functions::allowed_path(&path, environment.engine.files())?;
            let formats = environment.engine.formats();
            let (_, batches) = formats.read_file(FileRequest {
                format: format.as_deref(),
                path: &path,
                structure: Some(&header),
                columns: None,
                settings: &environment.settings,
            })?;
            let mut sink = sink(&table, &header, environment)?;
            for batch in batches {
                sink.write(batch?)?;
            }
            sink.finish()?;
            Ok(Outcome::Done)
        }
    }
}

/// ACCESS_DENIED unless the user may write the columns.
fn check_rights(target: &TableName, header: &[HeaderColumn], environment: &Environment) -> Result<()> {
    if environment.rights.is_unlimited || environment.resolve_temporary(target).is_ok() {
        return Ok(());
    }
    let (database, name) = environment.resolve_lasting(target);
    let columns: Vec<String> = header.iter().map(|column| column.name.clone()).collect();
    environment.rights.check_columns("INSERT", database, name, &columns)
}

/// The table that rows go into.
fn writable(target: &TableName, environment: &Environment) -> Result<Relation> {
    let (database, name) = environment.resolve(target);
    let engine = match (database, system::find(name)) {
        (SYSTEM, Some(table)) => table.engine(),
        _ => match environment.engine.catalog().relation(database, name)? {
            Relation::View(_) => VIEW.into(),
            table => return Ok(table),
        },
    };
    let message = format!("Method write is not supported by storage {engine}");
    Err(Error::new(Code::NOT_IMPLEMENTED, message))
}

fn sink(table: &Relation, header: &[HeaderColumn], environment: &Environment) -> Result<Sink> {
    let fill = Fill::new(table.definition(), header, environment)?;
    Ok(Sink::new(table.clone(), fill, environment))
}

/// How the rows of an INSERT wait for others', where `async_insert` was set: ClickHouse's default of 1 would keep each
/// INSERT of a lone client waiting for nobody.
fn queued(table: &MergeTreeTable, header: &[HeaderColumn], format: &str, environment: &Environment) -> Option<Queued> {
    let settings = &environment.settings;
    if !settings.is_changed("async_insert") || !settings.flag("async_insert") {
        return None;
    }
    let (database, name) = table.name();
    let columns: Vec<_> = header.iter().map(|column| back_quote_if_needed(&column.name)).collect();
    let age = match settings.flag("async_insert_use_adaptive_busy_timeout") {
        true => settings.integer("async_insert_busy_timeout_min_ms"),
        false => settings.integer("async_insert_busy_timeout_max_ms"),
    };
    Some(Queued {
        key: GroupKey {
            table: table.uuid,
            query: format!(
                "INSERT INTO {}.{} ({}) FORMAT {format}",
                back_quote_if_needed(database),
                back_quote_if_needed(name),
                columns.join(", ")
            ),
            definition: Arc::as_ptr(&table.definition).addr(),
            fingerprint: settings.fingerprint(),
        },
        format: format.into(),
        limits: QueueLimits {
            bytes: settings.integer("async_insert_max_data_size") as usize,
            queries: settings.integer("async_insert_max_query_number") as usize,
            age: Duration::from_millis(age),
        },
        wait: settings
            .flag("wait_for_async_insert")
            .then(|| Duration::from_secs(settings.integer("wait_for_async_insert_timeout"))),
    })
}

/// Streams a query's rows into a table; returns their number.
pub fn insert_select(
    table: &Relation,
    header: Vec<HeaderColumn>,
    planned: Planned,
    environment: &Environment,
) -> Result<u64> {
    let plan = cast_to(planned, &header, environment)?;
    let executor = environment.engine.executor();
    let state = environment.state();
    let physical = executor.plan(&plan, &state)?;
    let mut stream = executor.start(physical, executor.context(&state, environment.query_state()))?;
    let mut sink = sink(table, &header, environment)?;
    while let Some(batch) = executor.next(&mut stream)? {
        sink.write(batch)?;
    }
    sink.finish()
}

/// The query with its columns cast to the target's types, by position.
fn cast_to(planned: Planned, header: &[HeaderColumn], environment: &Environment) -> Result<LogicalPlan> {
    if planned.header.len() != header.len() {
        let message = format!(
            "Number of columns doesn't match (source: {} and result: {})",
            planned.header.len(),
            header.len()
        );
        return Err(Error::new(Code::NUMBER_OF_COLUMNS_DOESNT_MATCH, message));
    }
    let mut columns = Vec::with_capacity(header.len());
    for (index, (source, target)) in planned.header.iter().zip(header).enumerate() {
        let column = Expr::Column(Column::from(planned.plan.schema().qualified_field(index)));
        let typed = TypedExpr {
            expr: column,
            data_type: source.data_type.clone(),
            constant: None,
        };
        let as_default = source.data_type.is_nullable() && environment.settings.flag("insert_null_as_default");
        let target = match as_default && target.data_type.can_be_inside_nullable() {
            true => target.data_type.to_nullable(),
            false => target.data_type.clone(),
        };
        let cast = functions::cast(typed, &target, environment.functions())?;
        columns.push(cast.expr.alias(format!("column{index}")));
    }
    Ok(LogicalPlanBuilder::from(planned.plan).project(columns)?.build()?)
}
