//! What a statement gives back: nothing, rows to pull, or a sink to push rows into.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{ArrayRef, RecordBatch};
use datafusion::execution::SendableRecordBatchStream;
use gristmill_sql::Code;
use gristmill_sql::parser::Outfile;

pub use crate::insert::Insert;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::extremes::Extremes;
use crate::formats::HeaderColumn;
use crate::progress::Progress;
use crate::queries::Running;
use crate::result_limits;
use crate::settings::Settings;

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

enum Source {
    Stream(Box<SendableRecordBatchStream>),
    Batches(VecDeque<RecordBatch>),
}

/// A result set. Dropping it cancels the query.
pub struct Rows {
    /// Columns, in order.
    pub header: Vec<HeaderColumn>,
    /// The query's own FORMAT clause.
    pub format: Option<String>,
    /// The query's INTO OUTFILE file.
    pub outfile: Option<Outfile>,
    /// The settings the query ran with, its own SETTINGS clause included.
    pub settings: Arc<Settings>,
    pub(crate) running: Option<Running>,
    source: Source,
    totals: Option<SendableRecordBatchStream>,
    extremes: Extremes,
    engine: Arc<Engine>,
    progress: Arc<Progress>,
    started: Instant,
    elapsed: Option<Duration>,
    has_limit: bool,
    rows: u64,
    bytes: u64,
}

impl Rows {
    /// Rows that a running plan computes.
    pub(crate) fn stream(
        header: Vec<HeaderColumn>,
        stream: SendableRecordBatchStream,
        engine: Arc<Engine>,
        progress: Arc<Progress>,
        started: Instant,
    ) -> Self {
        Self {
            header,
            format: None,
            outfile: None,
            settings: Arc::default(),
            running: None,
            source: Source::Stream(Box::new(stream)),
            totals: None,
            extremes: Extremes::default(),
            engine,
            progress,
            started,
            elapsed: None,
            has_limit: false,
            rows: 0,
            bytes: 0,
        }
    }

    /// Rows that are there already.
    pub(crate) fn ready(
        header: Vec<HeaderColumn>,
        batches: Vec<RecordBatch>,
        engine: Arc<Engine>,
        progress: Arc<Progress>,
        started: Instant,
    ) -> Self {
        Self {
            header,
            format: None,
            outfile: None,
            settings: Arc::default(),
            running: None,
            source: Source::Batches(batches.into()),
            totals: None,
            extremes: Extremes::default(),
            engine,
            progress,
            started,
            elapsed: None,
            has_limit: false,
            rows: 0,
            bytes: 0,
        }
    }

    /// Gives the rows the plan that computes WITH TOTALS.
    pub(crate) fn set_totals(&mut self, totals: SendableRecordBatchStream) {
        self.totals = Some(totals);
    }

    /// Says that the query has a LIMIT, which some formats report.
    pub(crate) fn set_limited(&mut self, has_limit: bool) {
        self.has_limit = has_limit;
    }

    /// The next batch; `None` at the end. Blocks the calling thread, which must not be one of an
    /// asynchronous runtime's own.
    #[allow(clippy::should_implement_trait)] // fallible pull, not an iterator
    pub fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if let Some(next) = self.look(None)? {
                return Ok(next);
            }
        }
    }

    /// [`Rows::next`] that is not waited for longer than this: `None` if there is nothing yet.
    pub fn next_within(&mut self, patience: Duration) -> Result<Option<Option<RecordBatch>>> {
        self.look(Some(patience))
    }

    fn look(&mut self, patience: Option<Duration>) -> Result<Option<Option<RecordBatch>>> {
        loop {
            let batch = match &mut self.source {
                Source::Batches(batches) => batches.pop_front(),
                Source::Stream(stream) => {
                    let executor = self.engine.executor();
                    let next = guarded(|| match patience {
                        Some(patience) => executor.next_within(stream, patience),
                        None => executor.next(stream).map(Some),
                    });
                    if let (Err(error), Some(running)) = (&next, &mut self.running) {
                        running.failed(error);
                    }
                    match next? {
                        Some(batch) => batch,
                        None => return Ok(None),
                    }
                }
            };
            match batch {
                // Operators may give empty batches; no reader wants them.
                Some(batch) if batch.num_rows() == 0 => {}
                Some(batch) => {
                    if self.settings.flag("extremes") {
                        self.extremes.see(&batch)?;
                    }
                    self.rows += batch.num_rows() as u64;
                    self.bytes += batch.get_array_memory_size() as u64;
                    if !self.check_limits()? {
                        self.source = Source::Batches(VecDeque::new());
                    }
                    return Ok(Some(Some(batch)));
                }
                None => {
                    self.elapsed.get_or_insert_with(|| self.started.elapsed());
                    self.finish();
                    return Ok(Some(None));
                }
            }
        }
    }

    /// The row of WITH TOTALS, once `next` has returned `None`.
    pub fn totals(&mut self) -> Result<Option<RecordBatch>> {
        let Some(mut stream) = self.totals.take() else {
            return Ok(None);
        };
        loop {
            match guarded(|| self.engine.executor().next(&mut stream))? {
                Some(batch) if batch.num_rows() == 0 => {}
                row => return Ok(row),
            }
        }
    }

    /// The least and the greatest values of all columns as two rows, once `next` has returned `None`; nothing unless
    /// `extremes` is set and there was a row.
    pub fn extremes(&self) -> Result<Option<Vec<ArrayRef>>> {
        self.extremes.rows()
    }

    /// Whether more may follow.
    fn check_limits(&mut self) -> Result<bool> {
        let checked = result_limits::may_go_on(&self.settings, self.rows, self.bytes);
        if let (Err(error), Some(running)) = (&checked, &mut self.running) {
            running.failed(error);
        }
        checked
    }

    fn finish(&mut self) {
        if let Some(running) = &mut self.running {
            running.finished(self.rows, self.bytes);
        }
    }

    /// Figures so far; final once `next` has returned `None`.
    pub fn statistics(&self) -> Statistics {
        Statistics {
            elapsed: self.elapsed.unwrap_or_else(|| self.started.elapsed()),
            rows_read: self.progress.read_rows(),
            bytes_read: self.progress.read_bytes(),
            rows_before_limit_at_least: self.has_limit.then_some(self.rows),
        }
    }
}

impl Drop for Rows {
    /// Who has all batches need not ask whether there are more.
    fn drop(&mut self) {
        if matches!(&self.source, Source::Batches(batches) if batches.is_empty()) {
            self.finish();
        }
    }
}

/// Runs `work`; a panic becomes LOGICAL_ERROR, and the engine lives on.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("panic");
        // What Arrow says when an array of strings would be longer than 2 GiB.
        if text == "offset overflow" {
            let message = "More than 2 GiB of strings in one array";
            return Err(Error::new(Code::TOO_LARGE_STRING_SIZE, message));
        }
        Err(Error::new(Code::LOGICAL_ERROR, format!("Logical error: '{text}'")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_strings_for_an_array_are_no_logical_error() {
        let failed = |text: &'static str| guarded::<()>(|| panic!("{text}")).unwrap_err().code();
        assert_eq!(failed("offset overflow"), Code::TOO_LARGE_STRING_SIZE);
        assert_eq!(failed("index out of bounds"), Code::LOGICAL_ERROR);
    }
}
