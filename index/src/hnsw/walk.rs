//! The search: greedily down the upper levels, then best-first over the base level.
//!
//! Kept in one sorted list of the best `effort` nodes met; the nearest node of it whose links were not followed yet
//! is next, and the search ends when there is none. With a set of allowed rows only those enter the list: where a
//! linked row is not allowed, the search looks through it at the rows it links to, so that the allowed rows stay
//! connected while no distance is computed to others.

use super::file::{NO_LINK, Opened};
use super::rows::{Comparison, Reference};
use super::{Counters, Found, Hit, VectorQuery};
use crate::RowSet;
use crate::kernels::prefetch;
use crate::top::{key_of, sortable};
use std::cell::RefCell;

/// Rows whose bytes are asked for ahead of their distance.
const PREFETCHED_ROWS: usize = 4;
/// Rows all over the graph that a search with a filter looks at first.
const SCATTERED_ROWS_MAX: usize = 512;
/// Lists of links that are asked for ahead of looking through them.
const PREFETCHED_LISTS: usize = 2;

/// A node of the list as one number that sorts by key, then row; the lowest bit tells if its links were followed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate(u64);

impl Candidate {
    const FOLLOWED: u64 = 1;

    fn new(key: f32, row: u32) -> Self {
        Self(u64::from(sortable(key)) << 32 | u64::from(row) << 1)
    }

    fn row(self) -> u32 {
        (self.0 as u32) >> 1
    }

    fn key(self) -> f32 {
        key_of((self.0 >> 32) as u32)
    }

    fn followed(self) -> bool {
        self.0 & Self::FOLLOWED != 0
    }
}

/// Memory of searches, kept by each thread.
#[derive(Default)]
struct Scratch {
    reference: Reference,
    seen: Seen,
    list: Vec<Candidate>,
    batch: Vec<u32>,
    through: Vec<u32>,
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Marks rows; forgetting all marks costs nothing most of the time.
#[derive(Default)]
struct Seen {
    marks: Vec<u8>,
    epoch: u8,
}

impl Seen {
    fn restart(&mut self, rows: usize) {
        if self.epoch == u8::MAX {
            self.marks.fill(0);
            self.epoch = 0;
        }
        self.epoch += 1;
        if self.marks.len() < rows {
            self.marks.resize(rows, 0);
        }
    }

    /// True the first time a row is marked.
    #[inline]
    fn first(&mut self, row: u32) -> bool {
        let mark = &mut self.marks[row as usize];
        let first = *mark != self.epoch;
        *mark = self.epoch;
        first
    }

    #[inline]
    fn contains(&self, row: u32) -> bool {
        self.marks[row as usize] == self.epoch
    }
}

/// Searches a checked index with a checked query.
pub fn search(index: &Opened, query: &VectorQuery<'_>, allowed: Option<&RowSet>) -> Found {
    if index.rows == 0 || query.k == 0 {
        return Found::default();
    }
    SCRATCH.with_borrow_mut(|scratch| {
        let Scratch {
            reference,
            seen,
            list,
            batch,
            through,
        } = scratch;
        reference.set(query.vector, &index.layout);
        seen.restart(index.rows as usize);
        list.clear();
        let comparison = Comparison::new(&index.layout, index.vectors(), index.scales(), reference);
        let mut walk = Walk {
            index,
            comparison,
            links: index.links(),
            seen,
            list,
            batch,
            through,
            capacity: query.effort.max(query.k),
            next: 0,
            counters: Counters::default(),
        };
        let entry = walk.descend();
        if let Some(allowed) = allowed {
            walk.scatter(allowed);
        }
        walk.base_level(entry, allowed);
        walk.answer(query, allowed)
    })
}

struct Walk<'a> {
    index: &'a Opened,
    comparison: Comparison<'a>,
    links: &'a [[u8; 4]],
    seen: &'a mut Seen,
    list: &'a mut Vec<Candidate>,
    batch: &'a mut Vec<u32>,
    through: &'a mut Vec<u32>,
    capacity: usize,
    /// Everything in the list before this place was followed.
    next: usize,
    counters: Counters,
}

impl Walk<'_> {
    fn key(&mut self, row: u32) -> f32 {
        self.counters.computed += 1;
        self.comparison.key(row)
    }

    /// The node where the base level is entered.
    fn descend(&mut self) -> Candidate {
        let (index, rows) = (self.index, self.index.upper_rows());
        let row = |place: u32| u32::from_le_bytes(rows[place as usize]);
        if index.counts.is_empty() {
            let key = self.key(index.entry);
            return Candidate::new(key, index.entry);
        }
        let mut lists = index.upper_links();
        let mut place = 0;
        let mut best = self.key(row(place));
        for count in index.counts.iter().rev() {
            let here;
            (lists, here) = lists.split_at(lists.len() - *count as usize * index.m);
            let mut from = NO_LINK;
            while from != place {
                from = place;
                self.counters.visited += 1;
                for link in &here[from as usize * index.m..][..index.m] {
                    let link = u32::from_le_bytes(*link);
                    if link == NO_LINK {
                        break;
                    }
                    let key = self.key(row(link));
                    if key < best {
                        (best, place) = (key, link);
                    }
                }
            }
        }
        Candidate::new(best, row(place))
    }

    /// Begins at allowed rows all over the graph as well: those near the query may lie behind many that are not
    /// allowed. The nodes of the upper levels are a random sample of all.
    fn scatter(&mut self, allowed: &RowSet) {
        let rows = self.index.upper_rows();
        let step = rows.len().div_ceil(SCATTERED_ROWS_MAX).max(1);
        for row in rows.iter().step_by(step) {
            let row = u32::from_le_bytes(*row);
            if allowed.contains(row) && self.seen.first(row) {
                let key = self.key(row);
                self.offer(Candidate::new(key, row));
            }
        }
    }

    fn base_level(&mut self, entry: Candidate, allowed: Option<&RowSet>) {
        if self.seen.first(entry.row()) {
            self.offer(entry);
        }
        self.next = 0;
        while let Some(place) = (self.next..self.list.len()).find(|place| !self.list[*place].followed()) {
            self.next = place + 1;
            self.list[place].0 |= Candidate::FOLLOWED;
            let row = self.list[place].row();
            if let Some(following) = self.list.get(self.next) {
                prefetch(self.list_of(following.row()).as_flattened());
            }
            self.counters.visited += 1;
            self.batch.clear();
            match allowed {
                None => self.gather(row),
                Some(allowed) => self.gather_allowed(row, allowed),
            }
            self.compare_batch();
        }
    }

    #[inline]
    fn list_of(&self, row: u32) -> &[[u8; 4]] {
        let m0 = self.index.m0;
        &self.links[row as usize * m0..][..m0]
    }

    /// Puts the linked rows that were not seen yet into the batch.
    #[inline]
    fn gather(&mut self, row: u32) {
        let m0 = self.index.m0;
        for link in &self.links[row as usize * m0..][..m0] {
            let link = u32::from_le_bytes(*link);
            if link == NO_LINK {
                break;
            }
            if self.seen.first(link) {
                self.batch.push(link);
            }
        }
    }

    /// Puts allowed rows into the batch that were not seen yet: linked ones and, if fewer than half of a full list
    /// are allowed, those behind linked rows that are not, until there are that many.
    fn gather_allowed(&mut self, row: u32, allowed: &RowSet) {
        let m0 = self.index.m0;
        let mut reached = 0;
        self.through.clear();
        for link in &self.links[row as usize * m0..][..m0] {
            let link = u32::from_le_bytes(*link);
            if link == NO_LINK {
                break;
            }
            if allowed.contains(link) {
                reached += 1;
                if self.seen.first(link) {
                    self.batch.push(link);
                }
            } else if !self.seen.contains(link) {
                self.through.push(link);
            }
        }
        for at in 0..self.through.len() {
            if reached >= m0 / 2 {
                return;
            }
            if let Some(following) = self.through.get(at + PREFETCHED_LISTS) {
                prefetch(self.list_of(*following).as_flattened());
            }
            let through = self.through[at];
            self.seen.first(through);
            self.counters.visited += 1;
            for link in &self.links[through as usize * m0..][..m0] {
                let link = u32::from_le_bytes(*link);
                if link == NO_LINK {
                    break;
                }
                if allowed.contains(link) && self.seen.first(link) {
                    reached += 1;
                    self.batch.push(link);
                }
            }
        }
    }

    fn compare_batch(&mut self) {
        for row in self.batch.iter().take(PREFETCHED_ROWS) {
            self.comparison.prefetch(*row);
        }
        for at in 0..self.batch.len() {
            if let Some(ahead) = self.batch.get(at + PREFETCHED_ROWS) {
                self.comparison.prefetch(*ahead);
            }
            let row = self.batch[at];
            let key = self.key(row);
            self.offer(Candidate::new(key, row));
        }
    }

    /// Takes a candidate into the list if it is among the best.
    #[inline]
    fn offer(&mut self, candidate: Candidate) {
        if self.list.len() == self.capacity {
            if self.list.last().is_some_and(|last| candidate.0 > last.0) {
                return;
            }
            self.list.pop();
        }
        let place = self.list.partition_point(|other| other.0 < candidate.0);
        self.list.insert(place, candidate);
        self.next = self.next.min(place);
    }

    fn answer(&self, query: &VectorQuery<'_>, allowed: Option<&RowSet>) -> Found {
        let bound = query.bound.unwrap_or(f32::INFINITY);
        let hits = self.list.iter().map(|candidate| Hit {
            row: candidate.row(),
            distance: candidate.key(),
        });
        let hits = hits
            .filter(|hit| allowed.is_none_or(|allowed| allowed.contains(hit.row)))
            .take_while(|hit| query.bound.is_none() || hit.distance < bound)
            .take(query.k);
        Found {
            hits: hits.collect(),
            counters: self.counters,
        }
    }
}
