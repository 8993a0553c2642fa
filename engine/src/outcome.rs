//! What a statement gives back: nothing, rows to pull, or a sink to push rows into.

use std::ops::Range;
use std::time::Duration;

use arrow::array::RecordBatch;

use crate::error::Result;
use crate::formats::HeaderColumn;

/// Outcome of one statement.
pub enum Outcome {
    /// Done; no result set.
    Done,
    /// A result set, computed as it is pulled.
    Rows(Rows),
    /// An INSERT that waits for its data.
    Insert(Insert),
}

/// Figures of a query, for the formats that print them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Statistics {
    /// Since the statement began.
    pub elapsed: Duration,
    /// Rows read from tables.
    pub rows_read: u64,
    /// Bytes read, uncompressed.
    pub bytes_read: u64,
    /// Rows there would be without LIMIT, at least; `None` if the query has no LIMIT.
    pub rows_before_limit_at_least: Option<u64>,
}

/// A result set. Dropping it cancels the query.
pub struct Rows {
    /// Columns, in order.
    pub header: Vec<HeaderColumn>,
    /// The query's own FORMAT clause.
    pub format: Option<String>,
    /// The query's INTO OUTFILE file.
    pub outfile: Option<String>,
}

impl Rows {
    /// The next batch; `None` at the end. Blocks the calling thread.
    pub fn next(&mut self) -> Result<Option<RecordBatch>> {
        todo!()
    }

    /// Figures so far; final once `next` has returned `None`.
    pub fn statistics(&self) -> Statistics {
        todo!()
    }
}

/// An INSERT in progress. Dropping it without [`Insert::finish`] drops what is not yet a part.
pub struct Insert {
    /// Columns the data must have, in this order and of these types.
    pub header: Vec<HeaderColumn>,
    /// FORMAT of the data; `Values` for INSERT … VALUES.
    pub format: Option<String>,
    /// Where in the query's text the data begins and ends, if it is there.
    pub inline: Option<Range<usize>>,
}

impl Insert {
    /// Takes rows. They become parts in blocks of `max_insert_block_size`.
    pub fn write(&mut self, batch: RecordBatch) -> Result<()> {
        let _ = batch;
        todo!()
    }

    /// Makes the rest durable and visible; returns the number of rows written in all.
    pub fn finish(self) -> Result<u64> {
        todo!()
    }
}
