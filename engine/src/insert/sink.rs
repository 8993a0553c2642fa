//! Gathers rows into blocks and makes each block a part (one per partition).

use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use gristmill_storage::{IndexChoice, InsertOptions, Part};

use super::altered::converted;
use crate::engine::Engine;
use crate::environment::Environment;
use crate::error::Result;
use crate::insert::fill::Fill;
use crate::insert::queue::{Entry, GroupKey, QueueLimits};
use crate::part_log::{PartEvent, PartEventKind};
use crate::progress::Progress;
use crate::settings::Settings;
use crate::stop::StopSign;
use crate::table::{MergeTreeTable, PartLimits, Relation};

/// When gathered rows become a part.
#[derive(Clone, Copy, Debug)]
struct Thresholds {
    rows: usize,
    /// 0: not by size.
    bytes: usize,
}

impl Thresholds {
    /// ClickHouse's rule: blocks are joined until one of the two minimums is reached; if both are 0
    /// every block of `max_insert_block_size` rows is a part.
    fn new(settings: &Settings) -> Self {
        let block_rows = (settings.integer("max_insert_block_size") as usize).max(1);
        let rows = settings.integer("min_insert_block_size_rows") as usize;
        let bytes = settings.integer("min_insert_block_size_bytes") as usize;
        match (rows, bytes) {
            (0, 0) => Self {
                rows: block_rows,
                bytes: 0,
            },
            (0, _) => Self {
                rows: usize::MAX,
                bytes,
            },
            _ => Self { rows, bytes },
        }
    }
}

/// Rows that are to be written together with others.
pub struct Queued {
    /// Whose.
    pub key: GroupKey,
    /// FORMAT of the data.
    pub format: String,
    /// When they are written.
    pub limits: QueueLimits,
    /// How long the client waits for that, if it does.
    pub wait: Option<Duration>,
}

/// Makes blocks parts of a table.
#[derive(Clone)]
pub struct Writer {
    table: MergeTreeTable,
    options: InsertOptions,
    limits: PartLimits,
    /// What building one vector index may take, bytes.
    index_bytes_max: u64,
    engine: Arc<Engine>,
}

impl Writer {
    /// Database and table.
    pub fn name(&self) -> (String, String) {
        let (database, name) = self.table.name();
        (database.into(), name.into())
    }

    /// The same for other threads and other statements.
    fn for_queue(&self) -> Self {
        Self {
            options: InsertOptions {
                indexed_rows: None,
                ..self.options.clone()
            },
            engine: self.engine.for_background(),
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
        let delay = self.limits.check(&self.table, &self.table.snapshot())?;
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
    }
}

/// Where an INSERT's rows go.
pub struct Sink {
    table: Relation,
    /// Of a table of parts.
    writer: Option<Writer>,
    /// Blocks for a table in memory, which gets them all at once.
    kept: Vec<RecordBatch>,
    fill: Fill,
    thresholds: Thresholds,
    progress: Arc<Progress>,
    stop: StopSign,
    /// How the rows are to wait for others', if they are.
    queued: Option<Queued>,
    pending: Vec<RecordBatch>,
    pending_rows: usize,
    pending_bytes: usize,
    indexes: u64,
    written: u64,
}

impl Sink {
    /// A sink into a table with the statement's settings.
    pub fn new(table: Relation, fill: Fill, environment: &Environment) -> Self {
        let settings = &environment.settings;
        let indexes = index_choice(settings);
        let names = table.definition().vector_indexes().map(|(index, _)| &index.name);
        let built = names.filter(|name| is_built(&indexes, name)).count() as u64;
        let partitions_max = match settings.flag("throw_on_max_partitions_per_insert_block") {
            true => settings.integer("max_partitions_per_insert_block"),
            false => 0,
        };
        let writer = table.merge_tree().map(|table| Writer {
            options: InsertOptions {
                threads: environment.engine.executor().insert_threads(settings),
                indexes,
                partitions_max: usize::try_from(partitions_max).unwrap_or(usize::MAX),
                replace: settings.flag("optimize_on_insert"),
                indexed_rows: Some(environment.progress.indexed_counter()),
            },
            limits: table.definition.part_limits.with(settings),
            index_bytes_max: environment.engine.executor().index_build_memory(settings),
            engine: environment.engine.clone(),
            table: table.clone(),
        });
        Self {
            writer,
            table,
            kept: Vec::new(),
            thresholds: Thresholds::new(settings),
            progress: environment.progress.clone(),
            stop: environment.stop.clone(),
            queued: None,
            fill,
            pending: Vec::new(),
            pending_rows: 0,
            pending_bytes: 0,
            indexes: built,
            written: 0,
        }
    }

    /// The rows are to wait for others', unless they are many.
    pub fn queue(&mut self, queued: Queued) {
        self.queued = Some(queued);
    }

    /// Takes rows of the data's columns.
    pub fn write(&mut self, batch: RecordBatch) -> Result<()> {
        let batch = self.fill.apply(&batch)?;
        if let Some(queued) = &self.queued {
            let bytes_max = queued.limits.bytes;
            self.push(batch);
            if self.pending_bytes <= bytes_max {
                return Ok(());
            }
            // So many rows are a block by themselves.
            self.queued = None;
            return self.flush();
        }
        let mut offset = 0;
        while offset < batch.num_rows() {
            let room = self.thresholds.rows.saturating_sub(self.pending_rows).max(1);
            let rows = room.min(batch.num_rows() - offset);
            self.push(batch.slice(offset, rows));
            offset += rows;
            let full_bytes = self.thresholds.bytes > 0 && self.pending_bytes >= self.thresholds.bytes;
            if self.pending_rows >= self.thresholds.rows || full_bytes {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn push(&mut self, batch: RecordBatch) {
        self.pending_rows += batch.num_rows();
        self.pending_bytes += batch_bytes(&batch);
        self.pending.push(batch);
    }

    /// Writes what is left; returns the rows written in all.
    pub fn finish(&mut self) -> Result<u64> {
        match self.queued.take() {
            Some(queued) => self.hand_over(queued)?,
            None => self.flush()?,
        }
        if let Relation::InMemory(table) = &self.table {
            table.append(std::mem::take(&mut self.kept));
        }
        Ok(self.written)
    }

    fn flush(&mut self) -> Result<()> {
        let batches = std::mem::take(&mut self.pending);
        let (rows, bytes) = (self.pending_rows as u64, self.pending_bytes as u64);
        (self.pending_rows, self.pending_bytes) = (0, 0);
        if let Some(writer) = &self.writer {
            self.progress.add_to_index(rows * self.indexes);
            writer.write(&batches, &self.stop)?;
        } else if self.table.keeps_rows() {
            self.kept
                .push(concat_batches(&self.table.definition().stored, &batches)?);
        }
        self.written += rows;
        self.progress.add_written(rows, bytes);
        Ok(())
    }

    /// Gives the rows to those who write them with others'.
    fn hand_over(&mut self, queued: Queued) -> Result<()> {
        let entry = Entry {
            batches: std::mem::take(&mut self.pending),
            bytes: self.pending_bytes,
        };
        let Some(writer) = self.writer.as_ref().filter(|_| !entry.batches.is_empty()) else {
            return Ok(());
        };
        let Queued {
            key,
            format,
            limits,
            wait,
        } = queued;
        let group = || (writer.for_queue(), format, limits);
        let inserts = writer.engine.async_inserts();
        inserts.add(key, entry, group, wait, &self.stop)?;
        self.written += self.pending_rows as u64;
        self.progress
            .add_written(self.pending_rows as u64, self.pending_bytes as u64);
        Ok(())
    }
}

/// Bytes of the batch's own rows, whatever buffers they share.
pub fn batch_bytes(batch: &RecordBatch) -> usize {
    let bytes = |column: &arrow::array::ArrayRef| column.to_data().get_slice_memory_size().unwrap_or(0);
    batch.columns().iter().map(bytes).sum()
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
