//! The rows of several parts in the order of the sorting key, equal keys in the order of the parts: their numbers, not
//! their values.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use arrow::row::{RowConverter, Rows};

use super::rule::{Candidate, Rule};
use super::{BATCH_ROWS, deletion_marks};
use crate::sort::{converter, normalize};
use crate::table::TableContext;
use crate::{Error, Part, PartReader, Result, RowRanges, SharedEvaluator};

/// Bytes of values that are held, about: of all parts together.
const HELD_BYTES: u64 = 128 << 20;
/// Rows of a batch, at least.
const BATCH_ROWS_MIN: u64 = 16;

/// The columns that a rule looks at, beside those of the sorting key.
#[derive(Clone, Copy)]
pub(super) struct Looked<'a> {
    /// Those it compares.
    pub compared: &'a [&'a str],
    /// Whether zeros of both signs and NaNs of all kinds are told apart.
    pub exactly: bool,
    /// The one that marks a key as deleted.
    pub is_deleted: Option<&'a str>,
}

/// The k-way merge of row numbers.
pub(super) struct RowsInOrder {
    decoder: Decoder,
    cursors: Vec<Cursor>,
    /// Positions of the cursors that have rows left, the one with the next row first.
    order: VecDeque<usize>,
    /// The key of the rows that the rule is shown; None before the first row.
    key: Option<Vec<u8>>,
}

/// Where reading a part stands.
struct Cursor {
    /// Position of the part.
    part: usize,
    batches: PartReader,
    ranges: Vec<Range<u64>>,
    /// Position in `ranges` of the range that the next batch begins in.
    range: usize,
    rows: DecodedRows,
    at: usize,
}

/// A batch, ready to be compared.
struct DecodedRows {
    numbers: Vec<u32>,
    /// None for the empty key.
    keys: Option<Rows>,
    compared: Option<Rows>,
    deleted: Option<BooleanArray>,
}

/// Makes batches comparable.
struct Decoder {
    evaluator: SharedEvaluator,
    compared: Vec<String>,
    exactly: bool,
    is_deleted: Option<String>,
    key_converter: Option<RowConverter>,
    compared_converter: Option<RowConverter>,
}

impl RowsInOrder {
    /// The rows of the parts.
    pub fn new(
        table: &TableContext,
        parts: &[Arc<Part>],
        rows: &[RowRanges],
        looked: Looked<'_>,
    ) -> Result<RowsInOrder> {
        let mut this = RowsInOrder {
            decoder: Decoder {
                evaluator: table.evaluator().clone(),
                compared: looked.compared.iter().map(ToString::to_string).collect(),
                exactly: looked.exactly,
                is_deleted: looked.is_deleted.map(str::to_owned),
                key_converter: None,
                compared_converter: None,
            },
            cursors: Vec::with_capacity(parts.len()),
            order: VecDeque::with_capacity(parts.len()),
            key: None,
        };
        let mut read: Vec<&str> = table.evaluator().sorting_columns().iter().map(String::as_str).collect();
        for column in looked.compared.iter().copied().chain(looked.is_deleted) {
            if !read.contains(&column) {
                read.push(column);
            }
        }
        for (part_at, (part, rows)) in parts.iter().zip(rows).enumerate() {
            if rows.is_empty() {
                continue; // so that its files are not even opened
            }
            let mut cursor = Cursor {
                part: part_at,
                batches: part.read(&read, rows, batch_rows(part, &read, parts.len()))?,
                ranges: rows.iter().collect(),
                range: 0,
                rows: DecodedRows::none(),
                at: 0,
            };
            if cursor.refill(&mut this.decoder)? {
                this.cursors.push(cursor);
                this.enter(this.cursors.len() - 1);
            }
        }
        Ok(this)
    }

    /// Shows the rule the rows that one part has before all others; false at the end.
    pub fn next_run(&mut self, rule: &mut impl Rule) -> Result<bool> {
        let Some(position) = self.order.pop_front() else {
            return Ok(false);
        };
        let end = self.run_end(position);
        let cursor = &mut self.cursors[position];
        let rows = &cursor.rows;
        for at in cursor.at..end {
            let key = rows.key(at);
            match &mut self.key {
                Some(current) if current.as_slice() == key => {}
                Some(current) => {
                    rule.end();
                    current.clear();
                    current.extend_from_slice(key);
                }
                None => self.key = Some(key.to_vec()),
            }
            rule.take(Candidate {
                part: cursor.part,
                row: rows.numbers[at],
                compared: rows.compared.as_ref().map_or(&[], |rows| rows.row(at).data()),
                is_deleted: rows.deleted.as_ref().is_some_and(|deleted| deleted.value(at)),
            });
        }
        cursor.at = end;
        if cursor.refill(&mut self.decoder)? {
            self.enter(position);
        }
        Ok(true)
    }

    /// One past the last row of the cursor's batch that comes before the next row of all others.
    fn run_end(&self, position: usize) -> usize {
        let Cursor { rows, at, .. } = &self.cursors[position];
        let Some(second) = self.order.front() else {
            return rows.numbers.len();
        };
        let other = &self.cursors[*second];
        let bound = other.rows.key(other.at);
        let is_before = |at: usize| match rows.key(at).cmp(bound) {
            Ordering::Equal => position < *second,
            order => order.is_lt(),
        };
        if is_before(rows.numbers.len() - 1) {
            return rows.numbers.len();
        }
        // The first one is: else it would not be first in order.
        let mut end = at + 1;
        while is_before(end) {
            end += 1;
        }
        end
    }

    fn enter(&mut self, cursor: usize) {
        let key = |at: usize| self.cursors[at].rows.key(self.cursors[at].at);
        let is_before = |other: &usize| key(*other).cmp(key(cursor)).then(other.cmp(&cursor)).is_lt();
        let place = self.order.partition_point(is_before);
        self.order.insert(place, cursor);
    }
}

/// Rows of a batch of one of so many parts: together they hold about [`HELD_BYTES`] of values.
fn batch_rows(part: &Part, columns: &[&str], parts: usize) -> usize {
    let sizes = columns.iter().filter_map(|column| part.column_size(column));
    let bytes: u64 = sizes.map(|size| size.uncompressed).sum();
    let row_bytes = (bytes / part.rows().max(1)).max(1);
    let rows = HELD_BYTES / parts.max(1) as u64 / row_bytes;
    rows.clamp(BATCH_ROWS_MIN, BATCH_ROWS as u64) as usize
}

impl Cursor {
    /// Reads on where a batch has come to its end. False if that was the last one.
    fn refill(&mut self, decoder: &mut Decoder) -> Result<bool> {
        if self.at < self.rows.numbers.len() {
            return Ok(true);
        }
        let Some(batch) = self.batches.next() else {
            return Ok(false);
        };
        let batch = batch?;
        let numbers = self.numbers(batch.num_rows());
        self.rows = decoder.decode(&batch, numbers)?;
        self.at = 0;
        Ok(true)
    }

    /// The next row numbers.
    fn numbers(&mut self, mut count: usize) -> Vec<u32> {
        let mut numbers = Vec::with_capacity(count);
        while count > 0 {
            let range = &mut self.ranges[self.range];
            let end = range.end.min(range.start + count as u64);
            numbers.extend(range.start as u32..end as u32);
            count -= (end - range.start) as usize;
            range.start = end;
            if range.is_empty() {
                self.range += 1;
            }
        }
        numbers
    }
}

impl DecodedRows {
    fn none() -> Self {
        DecodedRows {
            numbers: Vec::new(),
            keys: None,
            compared: None,
            deleted: None,
        }
    }

    fn key(&self, at: usize) -> &[u8] {
        self.keys.as_ref().map_or(&[], |keys| keys.row(at).data())
    }
}

impl Decoder {
    fn decode(&mut self, batch: &RecordBatch, numbers: Vec<u32>) -> Result<DecodedRows> {
        let column = |name: &String| Ok::<_, Error>(batch.column(batch.schema_ref().index_of(name)?).clone());
        let keys = self.evaluator.sorting_key(batch).map_err(Error::Evaluate)?;
        let keys: Vec<ArrayRef> = keys.iter().map(normalize).collect();
        let mut compared = self.compared.iter().map(column).collect::<Result<Vec<ArrayRef>>>()?;
        if !self.exactly {
            compared = compared.iter().map(normalize).collect();
        }
        let is_deleted = self.is_deleted.as_ref().map(column).transpose()?;
        Ok(DecodedRows {
            numbers,
            keys: comparable(&mut self.key_converter, &keys)?,
            compared: comparable(&mut self.compared_converter, &compared)?,
            deleted: is_deleted.as_ref().map(deletion_marks).transpose()?,
        })
    }
}

/// None for no columns.
fn comparable(made: &mut Option<RowConverter>, columns: &[ArrayRef]) -> Result<Option<Rows>> {
    if columns.is_empty() {
        return Ok(None);
    }
    let converter = match made {
        Some(converter) => converter,
        None => made.insert(converter(columns)?),
    };
    Ok(Some(converter.convert_columns(columns)?))
}
