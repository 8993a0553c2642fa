//! Which of the rows with one sorting key stay.

use std::collections::HashSet;

use gristmill_index::RowSet;
use xxhash_rust::xxh3::xxh3_128;

/// A row as a rule sees it.
#[derive(Clone, Copy)]
pub(super) struct Candidate<'a> {
    /// Position of its part.
    pub part: usize,
    /// Its number there.
    pub row: u32,
    /// The columns to compare, as bytes that compare as rows do.
    pub compared: &'a [u8],
    /// It marks its key as deleted.
    pub is_deleted: bool,
}

/// Is shown rows, those of one key one after the other.
pub(super) trait Rule {
    /// The next row has another key.
    fn end(&mut self);
    /// A row of the current key, in order.
    fn take(&mut self, row: Candidate<'_>);
}

/// Of each key the last row of those with the greatest version.
pub(super) struct Latest<'a> {
    sets: &'a mut [RowSet],
    drops_deleted: bool,
    winner: Option<(usize, u32)>,
    version: Vec<u8>,
    is_deleted: bool,
}

impl<'a> Latest<'a> {
    pub fn new(sets: &'a mut [RowSet], drops_deleted: bool) -> Self {
        Latest {
            sets,
            drops_deleted,
            winner: None,
            version: Vec::new(),
            is_deleted: false,
        }
    }
}

impl Rule for Latest<'_> {
    fn end(&mut self) {
        if let Some((part, row)) = self.winner.take()
            && !(self.is_deleted && self.drops_deleted)
        {
            self.sets[part].insert(row);
        }
    }

    fn take(&mut self, row: Candidate<'_>) {
        if self.winner.is_some() && row.compared < self.version.as_slice() {
            return;
        }
        self.winner = Some((row.part, row.row));
        self.is_deleted = row.is_deleted;
        self.version.clear();
        self.version.extend_from_slice(row.compared);
    }
}

/// Of each key the first row with the same values. Values are told apart by a checksum of 128 bits, as in ClickHouse.
pub(super) struct Distinct<'a> {
    sets: &'a mut [RowSet],
    seen: HashSet<u128>,
}

impl<'a> Distinct<'a> {
    pub fn new(sets: &'a mut [RowSet]) -> Self {
        Distinct {
            sets,
            seen: HashSet::new(),
        }
    }
}

impl Rule for Distinct<'_> {
    fn end(&mut self) {
        self.seen.clear();
    }

    fn take(&mut self, row: Candidate<'_>) {
        if self.seen.insert(xxh3_128(row.compared)) {
            self.sets[row.part].insert(row.row);
        }
    }
}
