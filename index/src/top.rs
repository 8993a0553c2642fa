//! What looking at row after row needs: the best hits so far, what other threads found, and rows asked for before they
//! are looked at.

use parking_lot::Mutex;
use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::atomic::{AtomicU32, Ordering as Memory};

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

/// The bits of a key as a number that sorts as the keys do; every NaN is the last.
#[inline]
pub fn sortable(key: f32) -> u32 {
    let bits = if key.is_nan() {
        f32::NAN.to_bits()
    } else {
        key.to_bits()
    };
    // Negative ones reversed, below the positive ones.
    if bits >> 31 == 1 { !bits } else { bits | 1 << 31 }
}

/// The key of a number that [`sortable`] gave.
#[inline]
pub fn key_of(sortable: u32) -> f32 {
    f32::from_bits(if sortable >> 31 == 1 {
        sortable & !(1 << 31)
    } else {
        !sortable
    })
}

/// The best keys that several scans found together: a row behind all of them is of no use to any.
#[derive(Debug)]
pub struct SharedKeys {
    kept: usize,
    keys: Mutex<BinaryHeap<u32>>,
    /// Once all places are taken, the last of them.
    worst: AtomicU32,
}

impl SharedKeys {
    /// Room for so many keys.
    pub fn new(kept: usize) -> Self {
        Self {
            kept,
            keys: Mutex::default(),
            worst: AtomicU32::new(u32::MAX),
        }
    }

    /// The last of the best, once there are as many as there is room for: it only falls.
    #[inline]
    pub fn bound(&self) -> Option<f32> {
        let worst = self.worst.load(Memory::Relaxed);
        (worst != u32::MAX).then(|| key_of(worst))
    }

    /// Whether a row of this key may be among the best; it is counted if so. Every row may be offered once.
    #[inline]
    pub fn offer(&self, key: f32) -> bool {
        let key = sortable(key);
        let is_good = key <= self.worst.load(Memory::Relaxed);
        if is_good {
            self.take(key);
        }
        is_good
    }

    fn take(&self, key: u32) {
        let mut keys = self.keys.lock();
        keys.push(key);
        if keys.len() > self.kept {
            keys.pop();
        }
        if keys.len() == self.kept
            && let Some(worst) = keys.peek()
        {
            self.worst.store(*worst, Memory::Relaxed);
        }
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
    use super::{SharedKeys, ahead, key_of, sortable};
    use std::cell::RefCell;

    #[test]
    fn keys_sort_by_their_numbers() {
        let keys = [f32::NEG_INFINITY, -2.5, -0.0, 0.0, 1e-40, 3.0, f32::INFINITY, f32::NAN];
        assert!(keys.is_sorted_by(|one, other| sortable(*one) < sortable(*other)));
        assert!(keys.iter().all(|key| key_of(sortable(*key)).to_bits() == key.to_bits()));
        assert_eq!(sortable(-f32::NAN), sortable(f32::NAN));
    }

    #[test]
    fn shared_keys_are_the_best() {
        let shared = SharedKeys::new(3);
        assert!([5.0, f32::NAN, 7.0].iter().all(|key| shared.offer(*key)));
        assert!(shared.bound().is_some_and(f32::is_nan));
        assert!(shared.offer(9.0));
        assert_eq!(shared.bound(), Some(9.0));
        assert!(!shared.offer(9.5) && shared.offer(9.0) && shared.offer(-1.0));
        assert_eq!(shared.bound(), Some(7.0));
    }

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
