//! Input formats in rows, text mostly: reading by chunks, batches of bounded size, errors with row numbers.
//!
//! A row is parsed from what is in the buffer. If the parser came to the buffer's end, well or badly, more is read and
//! the row is parsed again, so that no format needs to find the ends of rows beforehand.

use std::io::Read;

use arrow::array::RecordBatch;
use gristmill_engine::HeaderColumn;
use gristmill_sql::types::Cursor;
use gristmill_sql::{Code, Error, Result};

use super::column_set::ColumnSet;
use super::{Batches, FormatSettings};

/// Rows of a batch.
const BATCH_ROWS_MAX: usize = 65_536;

/// Bytes of input that make a batch.
const BATCH_BYTES_MAX: usize = 64 << 20;

/// Bytes read at once.
const CHUNK_BYTES: usize = 1 << 20;

/// One row takes no more text than this.
const ROW_BYTES_MAX: usize = 1 << 30;

/// Parsers look no further ahead than this beyond what they have taken.
const LOOK_AHEAD_BYTES: usize = 64;

/// The byte order mark that some programs put before UTF-8 text.
pub const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// How a format parses rows.
pub trait RowParser: Send {
    /// Reads what stands before the first row.
    fn prefix(&mut self, _cursor: &mut Cursor<'_>, _columns: &ColumnSet) -> Result<()> {
        Ok(())
    }

    /// Whether the data is text, before which some programs put a mark.
    fn is_text(&self) -> bool {
        true
    }

    /// Reads one row with its end. False if there is none any more.
    fn row(&mut self, cursor: &mut Cursor<'_>, columns: &mut ColumnSet) -> Result<bool>;

    /// A row was complete.
    fn row_ended(&mut self) {}

    /// Says where an error happened.
    fn locate(&self, error: Error, row: u64) -> Error {
        Error::new(error.code, format!("{}: (at row {})", error.message, row + 1))
    }
}

/// Starts reading rows.
pub fn read_rows(
    parser: impl RowParser + 'static,
    header: &[HeaderColumn],
    settings: &FormatSettings,
    source: Box<dyn Read + Send>,
) -> Batches {
    Box::new(RowInput {
        parser,
        columns: ColumnSet::new(header, &settings.text),
        source,
        buffer: Vec::new(),
        pos: 0,
        ended: false,
        started: false,
        finished: false,
        rows: 0,
    })
}

struct RowInput<P> {
    parser: P,
    columns: ColumnSet,
    source: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// Bytes of the buffer that are parsed.
    pos: usize,
    /// The source has no more.
    ended: bool,
    /// The prefix is read.
    started: bool,
    /// The last batch, or an error, has been handed out.
    finished: bool,
    /// Rows in all.
    rows: u64,
}

impl<P: RowParser> RowInput<P> {
    /// Makes room by dropping what is parsed, and reads a chunk, or as much again as a long row has already.
    fn refill(&mut self) -> Result<()> {
        self.buffer.drain(..self.pos);
        self.pos = 0;
        if self.buffer.len() > ROW_BYTES_MAX {
            let message = format!("A row is larger than {ROW_BYTES_MAX} bytes");
            return Err(Error::new(Code::INCORRECT_DATA, message));
        }
        let wanted = CHUNK_BYTES.max(self.buffer.len()) as u64;
        let read = self.source.by_ref().take(wanted).read_to_end(&mut self.buffer);
        let read =
            read.map_err(|error| Error::new(Code::CANNOT_READ_ALL_DATA, format!("Cannot read the data: {error}")))?;
        self.ended = (read as u64) < wanted;
        Ok(())
    }

    /// Parses at the buffer's position, with more bytes if these end too early.
    fn parse<T>(&mut self, mut parse: impl FnMut(&mut P, &mut Cursor<'_>, &mut ColumnSet) -> Result<T>) -> Result<T> {
        loop {
            let mut cursor = Cursor::new(&self.buffer[self.pos..]);
            let result = parse(&mut self.parser, &mut cursor, &mut self.columns);
            if self.ended || cursor.rest().len() >= LOOK_AHEAD_BYTES {
                if result.is_ok() {
                    self.pos += cursor.pos();
                }
                return result;
            }
            self.columns.cancel_row();
            self.refill()?;
        }
    }

    fn row(&mut self) -> Result<bool> {
        let found = self.parse(|parser, cursor, columns| {
            let found = parser.row(cursor, columns)?;
            Ok(found)
        });
        match found {
            Ok(true) => {
                self.columns.end_row();
                self.parser.row_ended();
                self.rows += 1;
                Ok(true)
            }
            Ok(false) => Ok(false),
            Err(error) => Err(self.parser.locate(error, self.rows)),
        }
    }

    /// Rows until the batch is full or the data ends.
    fn batch(&mut self) -> Result<Option<RecordBatch>> {
        if !self.started {
            self.started = true;
            self.parse(|parser, cursor, columns| {
                if parser.is_text() {
                    cursor.eat_text(BYTE_ORDER_MARK);
                }
                parser.prefix(cursor, columns)
            })?;
        }
        let mut bytes = 0;
        while self.columns.rows() < BATCH_ROWS_MAX && bytes < BATCH_BYTES_MAX {
            let before = self.pos;
            if !self.row()? {
                self.finished = true;
                break;
            }
            // A refill moves the position back; its row is counted by the next ones well enough.
            bytes += self.pos.saturating_sub(before);
        }
        match self.columns.rows() {
            0 => Ok(None),
            _ => self.columns.finish().map(Some),
        }
    }
}

impl<P: RowParser> Iterator for RowInput<P> {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Result<RecordBatch>> {
        if self.finished {
            return None;
        }
        let batch = self.batch();
        self.finished |= batch.is_err();
        batch.transpose()
    }
}
