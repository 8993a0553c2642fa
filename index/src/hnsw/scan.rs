//! The search without the graph: the vectors as the sub-index keeps them, one row after the other.

use super::file::Opened;
use super::rows::{Comparison, Reference};
use super::{Counters, Found, Hit};
use crate::RowSet;
use crate::top::{Top, ahead};
use std::ops::Range;

/// The `k` nearest of the allowed rows in a range of a checked index.
pub fn scan(index: &Opened, vector: &[f32], k: usize, rows: Range<u32>, allowed: Option<&RowSet>) -> Found {
    let mut reference = Reference::default();
    reference.set(vector, &index.layout);
    let comparison = Comparison::new(&index.layout, index.vectors(), index.scales(), &reference);
    let mut top = Top::new(k);
    let mut computed = 0;
    let mut compare = |row| {
        computed += 1;
        top.offer(row, comparison.key(row).into());
    };
    match allowed {
        None => rows.for_each(&mut compare),
        Some(allowed) => ahead(allowed.iter_range(rows), |row| comparison.prefetch(row)).for_each(&mut compare),
    }
    let mut hits = top.into_hits();
    hits.sort_unstable();
    let hit = |hit: crate::exact::ExactHit| Hit {
        row: hit.row,
        distance: hit.key as f32,
    };
    Found {
        hits: hits.into_iter().map(hit).collect(),
        counters: Counters { visited: 0, computed },
    }
}
