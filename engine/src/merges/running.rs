//! The merges that run now, for system.merges.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use gristmill_storage::{Candidate, MergeProgress, PartName, merge_space};
use parking_lot::Mutex;

/// A merge that runs.
#[derive(Clone)]
pub struct RunningMerge {
    /// Database.
    pub database: String,
    /// Table.
    pub table: String,
    /// The parts that are merged.
    pub sources: Vec<Candidate>,
    /// The part that they become.
    pub result: PartName,
    /// Since when.
    pub started: Instant,
    /// How far it is.
    pub progress: Arc<MergeProgress>,
}

/// All merges that run.
#[derive(Default)]
pub struct Running {
    next: AtomicU64,
    merges: Mutex<BTreeMap<u64, RunningMerge>>,
}

impl Running {
    /// The merge is listed until what this returns is dropped.
    pub fn enter(&self, merge: RunningMerge) -> Listed<'_> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.merges.lock().insert(number, merge);
        Listed { running: self, number }
    }

    /// Bytes on disk that they need, about: what they have written already is counted as well.
    pub fn bytes(&self) -> u64 {
        let merges = self.merges.lock();
        let sources = merges.values().flat_map(|merge| &merge.sources);
        sources.map(|part| merge_space(part.bytes)).sum()
    }

    /// The merges, in the order in which they began.
    pub fn list(&self) -> Vec<RunningMerge> {
        self.merges.lock().values().cloned().collect()
    }
}

/// Keeps a merge in the list.
pub struct Listed<'a> {
    running: &'a Running,
    number: u64,
}

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        self.running.merges.lock().remove(&self.number);
    }
}
