//! Parts that a job works on: no other job takes them, so that no work is done twice.

use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::{Candidate, Error, MergeTree, Part, PartName, Result};

/// Names of the parts that jobs work on.
pub(crate) type Busy = Arc<Mutex<BTreeSet<PartName>>>;

/// Active parts for one job; free again when this is dropped.
pub(crate) struct Reservation {
    busy: Busy,
    parts: Vec<Arc<Part>>,
}

impl Reservation {
    /// The parts, in the order of the names that were asked for.
    pub fn parts(&self) -> &[Arc<Part>] {
        &self.parts
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut busy = self.busy.lock();
        self.parts.iter().for_each(|part| {
            busy.remove(part.name());
        });
    }
}

impl MergeTree {
    /// All of the parts or, with [`Error::PartGone`], none: if one is not active, or some other job has it.
    pub(crate) fn reserve(&self, names: &[PartName]) -> Result<Reservation> {
        let mut busy = self.busy().lock();
        // Under the lock: a job that is done has committed before it lets go.
        let snapshot = self.snapshot();
        let take = |name: &PartName| match snapshot.get(name) {
            Some(part) if !busy.contains(name) => Ok(part.clone()),
            _ => Err(Error::PartGone(name.to_string())),
        };
        let parts = names.iter().map(take).collect::<Result<Vec<_>>>()?;
        busy.extend(names.iter().cloned());
        Ok(Reservation {
            busy: self.busy().clone(),
            parts,
        })
    }

    /// The active parts as [`choose`](crate::choose) looks at them.
    pub fn merge_candidates(&self) -> Vec<Candidate> {
        // The set first: a part that becomes busy or goes meanwhile is refused when it is asked for.
        let snapshot = self.snapshot();
        let busy = self.busy().lock().clone();
        let candidate = |part: &Arc<Part>| Candidate {
            name: part.name().clone(),
            rows: part.rows(),
            bytes: part.bytes_on_disk(),
            age_seconds: part.modification_time().elapsed().unwrap_or_default().as_secs(),
            is_thinned: part.alive_set().is_some(),
            mutation: self.journal().first_open(part.name()),
            is_busy: busy.contains(part.name()),
        };
        snapshot.parts().iter().map(candidate).collect()
    }

    /// Whether some job works on the part.
    pub fn is_busy(&self, name: &PartName) -> bool {
        self.busy().lock().contains(name)
    }
}
