//! [`PartRows`]: some rows of a part, and reading columns of them, virtual ones among them.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use gristmill_index::RowSet;
use gristmill_storage::{Part, PartReader, RowRanges};

use crate::error::Result;
use crate::table::FinalRows;
use crate::table::virtual_columns::{Asked, PartPlace};

/// A part and the rows of it that may match.
#[derive(Clone, Debug)]
pub struct PartRows {
    /// The part.
    pub part: Arc<Part>,
    /// Where it lies among the parts of the snapshot.
    pub place: PartPlace,
    /// Rows that were not deleted (nor replaced, with FINAL), in granules that may match.
    pub rows: RowRanges,
    /// With FINAL what replacement has left of the part.
    pub left: Option<Arc<FinalRows>>,
}

impl PartRows {
    /// The rows that a query may see, whatever it asks for; None if it is all of the part.
    pub fn visible(&self) -> Option<&RowSet> {
        match &self.left {
            Some(left) => Some(&left.set),
            None => self.part.alive_set(),
        }
    }

    /// Granules that hold the rows.
    pub fn granules(&self) -> u64 {
        self.rows.granules(self.part.index_granularity())
    }

    /// Other rows of the part.
    pub fn with_rows(&self, rows: RowRanges) -> Self {
        Self {
            part: self.part.clone(),
            place: self.place,
            rows,
            left: self.left.clone(),
        }
    }

    /// Reads columns of the rows, in batches of `batch_rows` rows (the last one shorter).
    pub fn read(&self, columns: &SchemaRef, batch_rows: usize) -> Result<RowsReader> {
        let asked = Asked::new(columns, &self.part, &self.place)?;
        Ok(RowsReader {
            reader: self.part.read(&asked.stored(), &self.rows, batch_rows)?,
            completed: (!asked.is_stored()).then(|| (asked, RowNumbers::new(&self.rows))),
        })
    }

    /// Reads columns of a few scattered rows, strictly ascending, as one batch.
    pub fn read_some(&self, columns: &SchemaRef, rows: &[u32]) -> Result<RecordBatch> {
        let asked = Asked::new(columns, &self.part, &self.place)?;
        let read = self.part.read_rows(&asked.stored(), rows)?;
        if asked.is_stored() {
            return Ok(read);
        }
        let numbers: Vec<u64> = rows.iter().map(|row| u64::from(*row)).collect();
        asked.complete(read, &numbers)
    }
}

/// Batches of the asked columns, in row order.
pub struct RowsReader {
    reader: PartReader,
    /// What has to be added to what is read, if there is something.
    completed: Option<(Asked, RowNumbers)>,
}

impl Iterator for RowsReader {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        let batch = match self.reader.next()? {
            Ok(batch) => batch,
            Err(error) => return Some(Err(error.into())),
        };
        Some(match &mut self.completed {
            Some((asked, numbers)) => {
                let numbers = numbers.next(batch.num_rows());
                asked.complete(batch, &numbers)
            }
            None => Ok(batch),
        })
    }
}

/// Numbers of rows that are read one after the other.
struct RowNumbers {
    ranges: std::vec::IntoIter<std::ops::Range<u64>>,
    current: std::ops::Range<u64>,
}

impl RowNumbers {
    fn new(rows: &RowRanges) -> Self {
        Self {
            ranges: rows.iter().collect::<Vec<_>>().into_iter(),
            current: 0..0,
        }
    }

    fn next(&mut self, count: usize) -> Vec<u64> {
        let mut numbers = Vec::with_capacity(count);
        while numbers.len() < count {
            if self.current.is_empty() {
                self.current = self.ranges.next().expect("no more rows are read than were asked for");
            }
            numbers.extend(self.current.by_ref().take(count - numbers.len()));
        }
        numbers
    }
}
