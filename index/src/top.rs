//! What looking at row after row needs: the best hits so far, and rows asked for before they are looked at.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};

/// Rows that are asked for ahead, where they do not follow each other in memory.
const ROWS_AHEAD: usize = 4;

/// A row and its ascending key (see [`crate::Metric`]); NaN keys come last.
#[derive(Debug, Clone, Copy)]
pub struct ExactHit {
    /// Row number.
    pub row: u32,
    /// `metric.to_sql(key)` is the SQL value.
    pub key: f64,
}

impl Ord for ExactHit {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.total_cmp(&other.key).then(self.row.cmp(&other.row))
    }
}

impl PartialOrd for ExactHit {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ExactHit {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for ExactHit {}

/// Of the two kinds of NaN only one sorts behind all numbers.
pub fn last_if_nan(key: f64) -> f64 {
    if key.is_nan() { f64::NAN } else { key }
}

/// The best hits so far.
pub struct Top {
    hits: BinaryHeap<ExactHit>,
    kept: usize,
    /// Once all places are taken, the key of the last.
    worst: f64,
}

impl Top {
    /// Room for so many hits.
    pub fn new(kept: usize) -> Self {
        Self {
            hits: BinaryHeap::new(),
            kept,
            worst: f64::INFINITY,
        }
    }

    /// Takes a hit if it is among the best.
    #[inline]
    pub fn offer(&mut self, row: u32, key: f64) {
        if key > self.worst {
            return;
        }
        self.take(ExactHit {
            row,
            key: last_if_nan(key),
        });
    }

    fn take(&mut self, hit: ExactHit) {
        if self.hits.len() < self.kept {
            self.hits.push(hit);
        } else if self.hits.peek().is_some_and(|last| hit < *last) {
            self.hits.pop();
            self.hits.push(hit);
        }
        if self.hits.len() == self.kept {
            self.worst = self.hits.peek().map_or(f64::INFINITY, |last| last.key);
        }
    }

    /// The hits, in no order.
    pub fn into_hits(self) -> Vec<ExactHit> {
        self.hits.into_vec()
    }
}

/// The same rows, each asked for by `ask` some rows before its turn.
pub fn ahead(rows: impl Iterator<Item = u32>, ask: impl Fn(u32)) -> impl Iterator<Item = u32> {
    let mut rows = rows.inspect(move |row| ask(*row));
    let mut asked: VecDeque<u32> = rows.by_ref().take(ROWS_AHEAD).collect();
    std::iter::from_fn(move || {
        let row = asked.pop_front()?;
        asked.extend(rows.next());
        Some(row)
    })
}

#[cfg(test)]
mod tests {
    use super::ahead;
    use std::cell::RefCell;

    #[test]
    fn rows_are_asked_for_before_their_turn() {
        for count in [0, 1, 3, 4, 5, 20] {
            let asked = RefCell::new(Vec::new());
            let mut given = Vec::new();
            for row in ahead(0..count, |row| asked.borrow_mut().push(row)) {
                assert!(asked.borrow().len() > given.len());
                given.push(row);
            }
            assert_eq!(given, (0..count).collect::<Vec<_>>());
            assert_eq!(*asked.borrow(), given);
        }
    }
}
