//! [`Writer`]: a block becomes parts of a table, now or while the next block is gathered.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use gristmill_storage::{IndexChoice, InsertOptions, Part};

use super::altered::converted;
use crate::engine::Engine;
use crate::environment::Environment;
use crate::error::Result;
use crate::events::{Event, Events};
use crate::outcome::guarded;
use crate::part_log::{PartEvent, PartEventKind};
use crate::progress::Progress;
use crate::settings::Settings;
use crate::stop::StopSign;
use crate::table::{MergeTreeTable, PartLimits};

/// Makes blocks parts of a table.
#[derive(Clone)]
pub struct Writer {
    table: MergeTreeTable,
    options: InsertOptions,
    limits: PartLimits,
    /// What building one vector index may take, bytes.
    index_bytes_max: u64,
    engine: Arc<Engine>,
    /// Of the statement.
    progress: Arc<Progress>,
}

impl Writer {
    /// A writer with the statement's settings.
    pub fn new(table: &MergeTreeTable, environment: &Environment) -> Self {
        let settings = &environment.settings;
        let partitions_max = match settings.flag("throw_on_max_partitions_per_insert_block") {
            true => settings.integer("max_partitions_per_insert_block"),
            false => 0,
        };
        Self {
            options: InsertOptions {
                threads: environment.engine.executor().insert_threads(settings),
                indexes: index_choice(settings),
                partitions_max: usize::try_from(partitions_max).unwrap_or(usize::MAX),
                replace: settings.flag("optimize_on_insert"),
                indexed_rows: Some(environment.progress.indexed_counter()),
            },
            limits: table.definition.part_limits.with(settings),
            index_bytes_max: environment.engine.executor().index_build_memory(settings),
            engine: environment.engine.clone(),
            progress: environment.progress.clone(),
            table: table.clone(),
        }
    }

    /// How many vector indexes it builds.
    pub fn built_indexes(&self) -> u64 {
        let names = self.table.definition.vector_indexes().map(|(index, _)| &index.name);
        names.filter(|name| is_built(&self.options.indexes, name)).count() as u64
    }

    fn events(&self) -> &Events {
        self.progress.events()
    }

    /// The engine that the table belongs to.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// Database and table.
    pub fn name(&self) -> (String, String) {
        let (database, name) = self.table.name();
        (database.into(), name.into())
    }

    /// The same for other threads and other statements.
    pub fn for_queue(&self) -> Self {
        Self {
            options: InsertOptions {
                indexed_rows: None,
                ..self.options.clone()
            },
            engine: self.engine.for_background(),
            progress: Arc::new(Progress::new(self.engine.events().clone())),
            ..self.clone()
        }
    }

    /// Writes batches of all stored columns as one block; durable when it returns.
    pub fn write(&self, batches: &[RecordBatch], stop: &StopSign) -> Result<()> {
        let block = match batches {
            [] => return Ok(()),
            [one] => one.clone(),
            several => concat_batches(&self.table.definition.stored, several)?,
        };
        self.check_memory(block.num_rows() as u64)?;
        let delay = self.limits.check(&self.table, &self.table.snapshot());
        let delay = delay.inspect_err(|_| self.events().add(Event::RejectedInserts, 1))?;
        self.events().add(Event::DelayedInserts, u64::from(!delay.is_zero()));
        stop.sleep(delay)?;
        let begun = Instant::now();
        let parts = self.table.store.insert(block, &self.options)?;
        self.write_down(&parts, begun.elapsed());
        self.engine.parts_have_appeared();
        Ok(())
    }

    /// The same for rows that have waited: if the table was altered meanwhile, they are rows of what it is now.
    pub fn write_late(&self, batches: &[RecordBatch], stop: &StopSign) -> Result<()> {
        let (mut writer, mut batches) = (self.clone(), batches.to_vec());
        loop {
            let written = writer.write(&batches, stop);
            if written.is_ok() || writer.table.store.check_unaltered().is_ok() {
                return written;
            }
            let Some(now) = writer.table_now() else {
                return written;
            };
            let convert = |rows: &RecordBatch| converted(rows, &writer.table.definition, &now.definition);
            batches = batches.iter().map(convert).collect::<Result<_>>()?;
            writer.table = now;
        }
    }

    /// The table as the catalog has it; none if it is gone.
    fn table_now(&self) -> Option<MergeTreeTable> {
        let catalog = self.engine.catalog();
        drop(catalog.change()); // an ALTER that is being published
        let mut tables = catalog.all_tables().into_iter().map(|(.., table)| table);
        tables.find(|table| table.uuid == self.table.uuid)
    }

    /// Whether the graphs of a block fit into memory.
    fn check_memory(&self, rows: u64) -> Result<()> {
        let definition = &self.table.definition;
        let built = definition
            .vector_indexes()
            .filter(|(index, _)| is_built(&self.options.indexes, &index.name));
        for (index, _) in built {
            index.check_memory(rows, definition.index_granularity, self.index_bytes_max)?;
        }
        Ok(())
    }

    fn write_down(&self, parts: &[Arc<Part>], took: Duration) {
        let name = self.table.name();
        let event = |part: &Arc<Part>| PartEvent::new(PartEventKind::NewPart, name, part, took);
        self.engine.part_log().add(parts.iter().map(event));
        let (mut rows, mut indexed) = (0, 0);
        for part in parts {
            rows += part.rows();
            indexed += part.rows() * self.table.definition.vector_indexes_in(part);
        }
        self.events().add(Event::MergeTreeDataWriterBlocks, parts.len() as u64);
        self.events().add(Event::MergeTreeDataWriterRows, rows);
        self.events().add(Event::USearchAddCount, indexed);
    }
}

/// Rows of an INSERT that become parts together.
pub struct Block {
    /// All stored columns.
    pub batches: Vec<RecordBatch>,
    /// Rows in them.
    pub rows: u64,
    /// Bytes of these rows.
    pub bytes: u64,
}

impl Block {
    /// Makes it one batch.
    pub fn join(&mut self) -> Result<()> {
        if let [first, _, ..] = self.batches.as_slice() {
            self.batches = vec![concat_batches(&first.schema(), &self.batches)?];
        }
        Ok(())
    }

    /// Writes and counts it; durable when it returns.
    pub fn write(&self, writer: &Writer, progress: &Progress, stop: &StopSign) -> Result<()> {
        writer.write(&self.batches, stop)?;
        progress.add_written(self.rows, self.bytes);
        Ok(())
    }
}

/// A block of an INSERT that a thread of its own writes, so that the next one is read and gathered meanwhile. There is
/// one at most: blocks become parts in their order. Dropping it waits for the block.
#[derive(Default)]
pub struct Behind(Option<JoinHandle<Result<()>>>);

impl Behind {
    /// Writes a block after the one before, whose error it returns.
    pub fn write(&mut self, block: Block, writer: &Writer, progress: &Arc<Progress>, stop: &StopSign) -> Result<()> {
        self.wait()?;
        let (block, writer) = (Arc::new(block), Arc::new(writer.clone()));
        let work = {
            let (block, writer, progress, stop) = (block.clone(), writer.clone(), progress.clone(), stop.clone());
            move || guarded(|| block.write(&writer, &progress, &stop))
        };
        match thread::Builder::new().name("insert".into()).spawn(work) {
            Ok(handle) => self.0 = Some(handle),
            // The machine gives no more threads.
            Err(_) => block.write(&writer, progress, stop)?,
        }
        Ok(())
    }

    /// Waits until nothing is being written.
    pub fn wait(&mut self) -> Result<()> {
        match self.0.take() {
            Some(handle) => handle.join().expect("panics are caught inside"),
            None => Ok(()),
        }
    }
}

impl Drop for Behind {
    fn drop(&mut self) {
        // Whoever gives up an INSERT has seen another error already; what is a part stays one.
        let _ = self.wait();
    }
}

fn is_built(choice: &IndexChoice, name: &String) -> bool {
    match choice {
        IndexChoice::All => true,
        IndexChoice::None => false,
        IndexChoice::Except(names) => !names.contains(name),
    }
}

fn index_choice(settings: &Settings) -> IndexChoice {
    if !settings.flag("materialize_skip_indexes_on_insert") {
        return IndexChoice::None;
    }
    match settings.names("exclude_materialize_skip_indexes_on_insert") {
        names if names.is_empty() => IndexChoice::All,
        names => IndexChoice::Except(names),
    }
}
