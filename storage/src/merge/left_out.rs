//! Which rows of the merged parts the new one does not get.

use std::sync::Arc;

use arrow::array::{BooleanArray, RecordBatch};

use super::MergeOptions;
use crate::survivors::Survivors;
use crate::{BoxError, Error, MergeTree, Part, PartSet, Result, RowRanges};

/// Rows that are looked at together.
const BATCH_ROWS: usize = 65_536;

/// Rows that a merge leaves out, beside deleted ones and those that the table's [`Replacement`](crate::Replacement)
/// replaces.
#[derive(Clone, Debug, Default)]
pub struct LeftOut {
    /// Rows that only mark their key as deleted.
    pub deletion_marks: bool,
    /// Rows that are like an earlier one in these columns, among which are those of the sorting key.
    pub equal_in: Option<Vec<String>>,
    /// Rows that have expired. A part of which all have is left out before keys are replaced.
    pub expired: Option<RowTest>,
    /// Values that have expired, of rows that stay.
    pub expired_values: Option<ChangedValues>,
}

/// Makes other values for rows that a merge writes.
pub type Change = Arc<dyn Fn(&RecordBatch) -> std::result::Result<RecordBatch, BoxError> + Send + Sync>;

/// Columns of which a merge writes other values than it reads. No key is made of them, and no index of vectors.
#[derive(Clone)]
pub struct ChangedValues {
    /// The columns.
    pub columns: Vec<String>,
    /// Makes the new values for the rows of a batch of all columns.
    pub change: Change,
}

impl std::fmt::Debug for ChangedValues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChangedValues")
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}

/// Answers a question about each row of a batch.
pub type Test = Arc<dyn Fn(&RecordBatch) -> std::result::Result<BooleanArray, BoxError> + Send + Sync>;

/// A question about each row.
#[derive(Clone)]
pub struct RowTest {
    /// Columns that the answer depends on.
    pub columns: Vec<String>,
    /// Answers for the rows of a batch of at least these columns.
    pub test: Test,
}

impl std::fmt::Debug for RowTest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowTest")
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}

impl RowTest {
    /// The rows, of those of a part that were not deleted, for which the answer is no.
    fn refuted(&self, part: &Part, stopped: &(dyn Fn() -> bool + Sync)) -> Result<RowRanges> {
        let columns: Vec<&str> = self.columns.iter().map(String::as_str).collect();
        let alive = part.alive();
        let mut numbers = alive.iter().flatten();
        let mut left = RowRanges::none();
        for batch in part.read(&columns, &alive, BATCH_ROWS)? {
            if stopped() {
                return Err(Error::Stopped);
            }
            let answers = (self.test)(&batch?).map_err(Error::Evaluate)?;
            for (number, answer) in numbers.by_ref().zip(answers.iter()) {
                if answer != Some(true) {
                    left.push(number..number + 1);
                }
            }
        }
        Ok(left)
    }
}

impl MergeTree {
    /// The rows of each part that a merge of them keeps.
    pub(crate) fn merged_rows(&self, parts: &[Arc<Part>], options: &MergeOptions<'_>) -> Result<Vec<RowRanges>> {
        let survivors = Survivors {
            table: self.table(),
            stopped: options.stopped,
        };
        let left_out = &options.left_out;
        let mut rows = alive(parts);
        let lasting = match &left_out.expired {
            Some(test) => parts
                .iter()
                .map(|part| test.refuted(part, options.stopped))
                .collect::<Result<_>>()?,
            None => rows.clone(),
        };
        for (rows, lasting) in rows.iter_mut().zip(&lasting) {
            if lasting.is_empty() {
                *rows = RowRanges::none();
            }
        }
        if let Some(rule) = &self.table().options.replacement {
            rows = survivors.replaced(parts, &rows, rule, !left_out.deletion_marks)?;
        }
        for (rows, lasting) in rows.iter_mut().zip(&lasting) {
            *rows = rows.intersect(lasting);
        }
        if let Some(columns) = &left_out.equal_in {
            let distinct = survivors.distinct(parts, &rows, columns)?;
            rows = distinct;
        }
        Ok(rows)
    }

    /// The rows of each part of a set that are left when keys are replaced: among all parts, or in each partition by
    /// itself. Those that mark a key as deleted are not. None for a table that replaces nothing. `within` are the rows per
    /// part that are looked at: all rows of the keys that matter.
    pub fn final_rows(
        &self,
        parts: &PartSet,
        within: Option<&[RowRanges]>,
        across_partitions: bool,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Vec<RowRanges>>> {
        let Some(rule) = &self.table().options.replacement else {
            return Ok(None);
        };
        let survivors = Survivors {
            table: self.table(),
            stopped,
        };
        let mut rows = Vec::with_capacity(parts.parts().len());
        let is_together = |one: &Arc<Part>, next: &Arc<Part>| {
            across_partitions || one.name().partition_id == next.name().partition_id
        };
        let mut read = alive(parts.parts());
        for (read, within) in read.iter_mut().zip(within.into_iter().flatten()) {
            *read = read.intersect(within);
        }
        let mut read = read.as_slice();
        for group in parts.parts().chunk_by(is_together) {
            let (of_group, rest) = read.split_at(group.len());
            rows.extend(survivors.replaced(group, of_group, rule, false)?);
            read = rest;
        }
        Ok(Some(rows))
    }
}

fn alive(parts: &[Arc<Part>]) -> Vec<RowRanges> {
    parts.iter().map(|part| part.alive()).collect()
}
