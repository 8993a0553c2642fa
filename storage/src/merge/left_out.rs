//! Which rows of the merged parts the new one does not get.

use std::sync::Arc;

use super::MergeOptions;
use crate::survivors::Survivors;
use crate::{MergeTree, Part, PartSet, Result, RowRanges};

/// Rows that a merge leaves out, beside deleted ones and those that the table's [`Replacement`](crate::Replacement)
/// replaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Rows that only mark their key as deleted.
    pub deletion_marks: bool,
    /// Rows that are like an earlier one in these columns, among which are those of the sorting key.
    pub equal_in: Option<Vec<String>>,
}

impl MergeTree {
    /// The rows of each part that a merge of them keeps.
    pub(crate) fn merged_rows(&self, parts: &[Arc<Part>], options: &MergeOptions<'_>) -> Result<Vec<RowRanges>> {
        let survivors = Survivors {
            table: self.table(),
            stopped: options.stopped,
        };
        let left_out = &options.left_out;
        let mut rows: Vec<RowRanges> = match &self.table().options.replacement {
            Some(rule) => survivors.replaced(parts, &alive(parts), rule, !left_out.deletion_marks)?,
            None => alive(parts),
        };
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
