//! `SELECT … FINAL`: which rows of a snapshot are left when keys are replaced, found once per snapshot.
//!
//! [`MergeTreeTable::readable`](super::MergeTreeTable::readable) is what scans and searches start from.

use std::sync::Arc;

use gristmill_index::RowSet;
use gristmill_storage::{Error as StorageError, MergeTree, Part, PartSet, RowRanges};
use parking_lot::Mutex;

use crate::error::{Error, Result};
use crate::stop::StopSign;
use crate::table::{PartPlace, PartRows};

/// Bytes of answers that a table remembers.
const MEMORY_BYTES_MAX: usize = 64 << 20;
/// Answers that it remembers: of the last snapshots, and of both ways to ask.
const ANSWERS_MAX: usize = 4;

/// Where a query needs less than this part of all rows, no more is looked at; nothing is remembered of that.
const WHOLE_FACTOR: u64 = 4;

/// How a table is read with FINAL.
#[derive(Clone, Debug)]
pub struct FinalRead {
    /// Rows of one key replace each other in whatever partitions they are.
    pub across_partitions: bool,
    /// What ends the statement early.
    pub stop: StopSign,
}

/// The rows of one part that are left.
#[derive(Clone, Debug)]
pub struct FinalRows {
    /// The rows.
    pub rows: RowRanges,
    /// The same as a set.
    pub set: RowSet,
}

/// What is known of the last snapshots.
#[derive(Debug, Default)]
pub struct FinalMemory {
    answers: Mutex<Vec<Answer>>,
}

#[derive(Debug)]
struct Answer {
    across_partitions: bool,
    /// The parts' `uid`: parts do not change.
    parts: Vec<u64>,
    rows: Vec<Arc<FinalRows>>,
}

impl FinalMemory {
    /// The rows of each part of a snapshot that are left.
    pub fn rows(
        &self,
        store: &MergeTree,
        snapshot: &PartSet,
        read: &FinalRead,
        needed: impl FnOnce() -> Result<Vec<RowRanges>>,
    ) -> Result<Vec<PartRows>> {
        let uids: Vec<u64> = snapshot.parts().iter().map(|part| part.uid()).collect();
        let known = self.known(&uids, read.across_partitions);
        let rows = match known {
            Some(rows) => rows,
            None => {
                let needed = needed()?;
                let needed_rows: u64 = needed.iter().map(RowRanges::count).sum();
                if needed_rows * WHOLE_FACTOR <= snapshot.rows() {
                    return Ok(of_parts(snapshot, find(store, snapshot, Some(&needed), read)?));
                }
                let rows = find(store, snapshot, None, read)?;
                self.learn(Answer {
                    across_partitions: read.across_partitions,
                    parts: uids,
                    rows: rows.clone(),
                });
                rows
            }
        };
        Ok(of_parts(snapshot, rows))
    }

    fn known(&self, parts: &[u64], across_partitions: bool) -> Option<Vec<Arc<FinalRows>>> {
        let answers = self.answers.lock();
        let is_meant = |it: &&Answer| it.across_partitions == across_partitions && it.parts == parts;
        answers.iter().find(is_meant).map(|answer| answer.rows.clone())
    }

    fn learn(&self, answer: Answer) {
        let bytes = |answer: &Answer| -> usize {
            let of_part = |it: &Arc<FinalRows>| it.set.rows() as usize / 8 + it.rows.iter().len() * 16;
            answer.rows.iter().map(of_part).sum()
        };
        let mut answers = self.answers.lock();
        answers.insert(0, answer);
        answers.truncate(ANSWERS_MAX);
        let mut room = MEMORY_BYTES_MAX;
        let fits = |answer: &Answer| {
            let left = room.checked_sub(bytes(answer));
            room = left.unwrap_or(0);
            left.is_some()
        };
        answers.retain(fits);
    }
}

fn of_parts(snapshot: &PartSet, rows: Vec<Arc<FinalRows>>) -> Vec<PartRows> {
    let of_part = |((part, place), left): ((&Arc<Part>, PartPlace), Arc<FinalRows>)| PartRows {
        part: part.clone(),
        place,
        rows: left.rows.clone(),
        left: Some(left),
    };
    let placed = snapshot.parts().iter().zip(PartPlace::all(snapshot));
    placed.zip(rows).map(of_part).collect()
}

fn find(
    store: &MergeTree,
    snapshot: &PartSet,
    within: Option<&[RowRanges]>,
    read: &FinalRead,
) -> Result<Vec<Arc<FinalRows>>> {
    let stopped = || read.stop.is_up();
    let left = store.final_rows(snapshot, within, read.across_partitions, &stopped);
    let left = left.map_err(|error| match error {
        StorageError::Stopped => read.stop.check().err().unwrap_or_else(|| error.into()),
        error => Error::from(error),
    })?;
    let left = left.expect("only tables that replace rows are read so");
    let of_part = |(part, rows): (&Arc<Part>, RowRanges)| {
        let count = u32::try_from(part.rows()).expect("storage bounds the rows of a part");
        let mut set = RowSet::new(count);
        rows.iter()
            .for_each(|range| set.insert_range(range.start as u32..range.end as u32));
        Arc::new(FinalRows { rows, set })
    };
    Ok(snapshot.parts().iter().zip(left).map(of_part).collect())
}
