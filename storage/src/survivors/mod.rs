//! Which rows of some parts count when equal sorting keys are looked at: what ReplacingMergeTree, `SELECT … FINAL` and
//! `OPTIMIZE … DEDUPLICATE` have in common.
//!
//! Start at [`Survivors`]. Only the columns of the sorting key and those that decide between equal keys are read
//! (`rows_in_order.rs`), and only where other parts have such keys too (`contested.rs`). The answer is a set of rows per
//! part, so readers of all kinds leave the others out as they leave out deleted rows.

mod contested;
mod rows_in_order;
mod rule;

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, UInt8Type};
use gristmill_index::RowSet;

use crate::sort::{converter, normalize};
use crate::table::TableContext;
use crate::{Error, Part, Result, RowRanges};
use contested::contested;
use rows_in_order::{Looked, RowsInOrder};
use rule::{Distinct, Latest, Rule};

/// Rows whose columns are looked at together.
const BATCH_ROWS: usize = 8192;

/// ReplacingMergeTree's rule: of the rows with the same sorting key the one with the greatest version stays, the last one
/// of several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replacement {
    /// The column that holds the version; without one the last row stays.
    pub version: Option<String>,
    /// The UInt8 column that is 1 in rows which only say that there is none with this key any more.
    pub is_deleted: Option<String>,
}

/// Finds the rows of some parts of one table that count.
pub(crate) struct Survivors<'a> {
    pub table: &'a TableContext,
    /// Asked between batches.
    pub stopped: &'a (dyn Fn() -> bool + Sync),
}

impl Survivors<'_> {
    /// Of these rows per part those that are left when keys are replaced; those that mark a key as deleted only if they are kept.
    /// Later parts hold later rows.
    pub fn replaced(
        &self,
        parts: &[Arc<Part>],
        rows: &[RowRanges],
        rule: &Replacement,
        keep_deleted: bool,
    ) -> Result<Vec<RowRanges>> {
        let mut contested = contested(parts)?;
        let mut sets = Vec::with_capacity(parts.len());
        for ((part, rows), contested) in parts.iter().zip(rows).zip(&mut contested) {
            *contested = contested.intersect(rows);
            let mut set = set_of(rows_of(part), rows);
            set.subtract(&set_of(rows_of(part), contested));
            sets.push(set);
        }
        if let Some(column) = rule.is_deleted.as_ref().filter(|_| !keep_deleted) {
            for (part, set) in parts.iter().zip(&mut sets) {
                self.drop_deleted(part, column, set)?;
            }
        }
        let mut latest = Latest::new(&mut sets, rule.is_deleted.is_some() && !keep_deleted);
        let version: Vec<&str> = rule.version.iter().map(String::as_str).collect();
        let looked = Looked {
            compared: &version,
            exactly: false,
            is_deleted: rule.is_deleted.as_deref(),
        };
        self.walk(parts, &contested, looked, &mut latest)?;
        Ok(ranges(&sets))
    }

    /// Of these rows per part those that are the first with their values in these columns; all equal rows must have one sorting key.
    pub fn distinct(&self, parts: &[Arc<Part>], rows: &[RowRanges], columns: &[String]) -> Result<Vec<RowRanges>> {
        let mut sets: Vec<RowSet> = parts.iter().map(|part| RowSet::new(rows_of(part))).collect();
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let looked = Looked {
            compared: &columns,
            exactly: true,
            is_deleted: None,
        };
        self.walk(parts, rows, looked, &mut Distinct::new(&mut sets))?;
        Ok(ranges(&sets))
    }

    /// Shows a rule the rows in the order of their keys.
    fn walk(&self, parts: &[Arc<Part>], rows: &[RowRanges], looked: Looked<'_>, rule: &mut impl Rule) -> Result<()> {
        let mut rows = RowsInOrder::new(self.table, parts, rows, looked)?;
        while rows.next_run(rule)? {
            if (self.stopped)() {
                return Err(Error::Stopped);
            }
        }
        rule.end();
        Ok(())
    }

    /// Takes the rows out of the set that mark their key as deleted.
    fn drop_deleted(&self, part: &Arc<Part>, column: &str, set: &mut RowSet) -> Result<()> {
        let rows = RowRanges::from_rows(set.iter().map(u64::from));
        if rows.is_empty() {
            return Ok(());
        }
        let mut numbers = rows.iter().flatten();
        let mut deleted = RowSet::new(set.rows());
        for batch in part.read(&[column], &rows, BATCH_ROWS)? {
            if (self.stopped)() {
                return Err(Error::Stopped);
            }
            let marks = deletion_marks(batch?.column(0))?;
            for (number, is_deleted) in numbers.by_ref().zip(marks.iter()) {
                if is_deleted == Some(true) {
                    deleted.insert(number as u32);
                }
            }
        }
        set.subtract(&deleted);
        Ok(())
    }
}

/// The rows of a block that stay, of those given in the order of their keys, and in that order.
pub(crate) fn replaced_in_block(
    batch: &RecordBatch,
    keys: &[ArrayRef],
    order: Vec<u32>,
    rule: &Replacement,
) -> Result<Vec<u32>> {
    let column = |name: &String| Ok::<_, Error>(batch.column(batch.schema_ref().index_of(name)?));
    if let Some(name) = &rule.is_deleted {
        deletion_marks(column(name)?)?;
    }
    let comparable = |arrays: &[ArrayRef]| Ok::<_, Error>(converter(arrays)?.convert_columns(arrays)?);
    let keys = (!keys.is_empty()).then(|| comparable(keys)).transpose()?;
    let versions = match &rule.version {
        Some(name) => Some(comparable(&[normalize(column(name)?)])?),
        None => None,
    };
    let mut left: Vec<u32> = Vec::with_capacity(order.len());
    for row in order {
        let same_key = |last: u32| match &keys {
            Some(keys) => keys.row(last as usize) == keys.row(row as usize),
            None => true,
        };
        let Some(last) = left.last_mut().filter(|last| same_key(**last)) else {
            left.push(row);
            continue;
        };
        let is_newer = |versions: &arrow::row::Rows| versions.row(row as usize) >= versions.row(*last as usize);
        if versions.as_ref().is_none_or(is_newer) {
            *last = row;
        }
    }
    Ok(left)
}

/// Which rows mark their key as deleted: a column of 0 and 1.
fn deletion_marks(column: &ArrayRef) -> Result<BooleanArray> {
    let column = cast(column, &DataType::UInt8)?;
    let values = column.as_primitive::<UInt8Type>().values();
    match values.iter().find(|value| **value > 1) {
        Some(value) => Err(Error::Incorrect(format!(
            "Incorrect data: is_deleted = {value} (must be 1 or 0)."
        ))),
        None => Ok(BooleanArray::from_iter(values.iter().map(|value| Some(*value == 1)))),
    }
}

fn rows_of(part: &Part) -> u32 {
    u32::try_from(part.rows()).expect("the writer bounds the rows of a part")
}

fn set_of(rows: u32, ranges: &RowRanges) -> RowSet {
    let mut set = RowSet::new(rows);
    ranges
        .iter()
        .for_each(|range| set.insert_range(range.start as u32..range.end as u32));
    set
}

fn ranges(sets: &[RowSet]) -> Vec<RowRanges> {
    sets.iter()
        .map(|set| RowRanges::from_rows(set.iter().map(u64::from)))
        .collect()
}
