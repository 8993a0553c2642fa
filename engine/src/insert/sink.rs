//! Gathers rows into blocks, of which [`Writer`] makes parts (one per partition).

use std::sync::Arc;
use std::time::Duration;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;

use super::fill::Fill;
use super::queue::{Entry, GroupKey, QueueLimits};
use super::writer::{Behind, Block, Writer};
use crate::environment::Environment;
use crate::error::Result;
use crate::events::{Event, Events};
use crate::progress::Progress;
use crate::settings::Settings;
use crate::stop::StopSign;
use crate::table::Relation;

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
    /// Vector indexes that are built.
    indexes: u64,
    /// The block before, while it is written.
    behind: Behind,
    written: u64,
}

impl Sink {
    /// A sink into a table with the statement's settings.
    pub fn new(table: Relation, fill: Fill, environment: &Environment) -> Self {
        let settings = &environment.settings;
        let writer = table.merge_tree().map(|table| Writer::new(table, environment));
        Self {
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
            indexes: writer.as_ref().map_or(0, Writer::built_indexes),
            behind: Behind::default(),
            written: 0,
            writer,
        }
    }

    /// Where the statement counts what happens.
    pub fn events(&self) -> &Events {
        self.progress.events()
    }

    /// The rows are to wait for others', unless they are many.
    pub fn queue(&mut self, queued: Queued) {
        self.events().add(Event::AsyncInsertQuery, 1);
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
            return self.flush(false);
        }
        let mut offset = 0;
        while offset < batch.num_rows() {
            let room = self.thresholds.rows.saturating_sub(self.pending_rows).max(1);
            let rows = room.min(batch.num_rows() - offset);
            self.push(batch.slice(offset, rows));
            offset += rows;
            let full_bytes = self.thresholds.bytes > 0 && self.pending_bytes >= self.thresholds.bytes;
            if self.pending_rows >= self.thresholds.rows || full_bytes {
                self.flush(false)?;
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
            None => self.flush(true)?,
        }
        if let Relation::InMemory(table) = &self.table {
            table.append(std::mem::take(&mut self.kept));
        }
        Ok(self.written)
    }

    /// The rows that have gathered become a part; `is_last` says that no more come.
    fn flush(&mut self, is_last: bool) -> Result<()> {
        let mut block = Block {
            batches: std::mem::take(&mut self.pending),
            rows: self.pending_rows as u64,
            bytes: self.pending_bytes as u64,
        };
        (self.pending_rows, self.pending_bytes) = (0, 0);
        self.written += block.rows;
        if let Some(writer) = &self.writer {
            self.progress.add_to_index(block.rows * self.indexes);
            // The block before may still be on its way to the disk.
            block.join()?;
            return match is_last {
                true => {
                    self.behind.wait()?;
                    block.write(writer, &self.progress, &self.stop)
                }
                false => self.behind.write(block, writer, &self.progress, &self.stop),
            };
        }
        if self.table.keeps_rows() {
            self.kept
                .push(concat_batches(&self.table.definition().stored, &block.batches)?);
        }
        self.progress.add_written(block.rows, block.bytes);
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
        let inserts = writer.engine().async_inserts();
        inserts.add(key, entry, group, wait, &self.stop)?;
        let (rows, bytes) = (self.pending_rows as u64, self.pending_bytes as u64);
        self.written += rows;
        self.progress.add_written(rows, bytes);
        self.events().add(Event::AsyncInsertRows, rows);
        self.events().add(Event::AsyncInsertBytes, bytes);
        Ok(())
    }
}

/// Bytes of the batch's own rows, whatever buffers they share.
pub fn batch_bytes(batch: &RecordBatch) -> usize {
    let bytes = |column: &arrow::array::ArrayRef| column.to_data().get_slice_memory_size().unwrap_or(0);
    batch.columns().iter().map(bytes).sum()
}
