//! Mutations: changes of rows that are ordered at once and done part by part.
//!
//! An order becomes durable as a file of the table, under the next block number. It is about the rows that are there
//! then: parts whose blocks have lower numbers. Each such part gets it after those that were ordered before, several at once
//! where several wait, and has the number of the last one in its name; a part of which no row is meant stays as it is, and
//! the journal remembers how far it is. Done is what an entry's file says, so that no start applies it once more to parts
//! that were merged since.
//!
//! Start at [`MergeTree::order_mutation`]; [`MergeTree::mutate_run`] does the work on one part.

mod apply;
mod entry;
mod journal;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};

pub use apply::{FindRows, MutationJob, MutationStep, RunFailure};
pub use entry::{Mutation, MutationOrder};
pub(crate) use entry::{read_all, sweep};
pub(crate) use journal::Journal;
pub use journal::{MutationFailure, MutationState, MutationStatus, RunningMutation};

use crate::{Error, MergeTree, Part, Result};

impl MergeTree {
    /// Makes an order durable. Rows that are committed later are not changed by it. Refused with [`Error::Altered`] if
    /// this is not how the table is any more: the order was made for this form of it.
    pub fn order_mutation(&self, order: MutationOrder) -> Result<u64> {
        let mut committing = self.lock_commits();
        self.check_unaltered()?;
        let version = self.take_version(&mut committing)?;
        let mutation = Mutation::new(version, order);
        if let Err(error) = mutation.write(&self.table().folder) {
            // The file may be there all the same, and the next start would find an order that was refused.
            if mutation.withdraw(&self.table().folder).is_err() {
                committing.poison();
            }
            return Err(error);
        }
        self.journal().insert(mutation);
        Ok(version)
    }

    /// All mutations that are known, in order.
    pub fn mutations(&self) -> Vec<MutationStatus> {
        self.journal().statuses(&self.snapshot())
    }

    /// How many are neither done nor killed.
    pub fn open_mutations(&self) -> usize {
        self.journal().open_count()
    }

    /// A part that is to be changed next, and by which mutations, in order: none after `last`. One that failed lately is
    /// left alone for a while with those behind it, unless somebody is `eager`.
    pub fn next_mutations(&self, last: u64, eager: bool) -> Option<(Vec<Arc<Mutation>>, Arc<Part>)> {
        let snapshot = self.snapshot();
        // A copy: no one may hold this lock and the journal's.
        let busy = self.busy().lock().clone();
        self.journal().next(&snapshot, last, eager, |name| busy.contains(name))
    }

    /// The parts that are being changed.
    pub fn running_mutations(&self) -> Vec<RunningMutation> {
        self.journal().running()
    }

    /// Notes why a part could not be changed.
    pub fn mutation_failed(&self, version: u64, failure: MutationFailure) {
        self.journal().fail(version, failure);
    }

    /// Waits until something happens to some mutation, but not for longer.
    pub fn wait_for_mutations(&self, longest: Duration) {
        self.journal().wait(longest);
    }

    /// Ends mutations that have no part left, and forgets all but the last `keep` of those that have ended. Returns
    /// whether some ended.
    pub fn settle_mutations(&self, keep: usize) -> Result<bool> {
        let ended = self.journal().ended(&self.snapshot());
        if ended.is_empty() && self.journal().old(keep).is_empty() {
            return Ok(false);
        }
        let _turn = self.lock_commits();
        if self.table().folder.is_dropped() {
            return Ok(false);
        }
        // Once more: others may have done it meanwhile.
        let ended = self.journal().ended(&self.snapshot());
        for mutation in &ended {
            let done = mutation.done();
            done.write(&self.table().folder)?;
            self.journal().change(mutation.version, |state| {
                state.mutation = Arc::new(done);
                state.failure = None;
            });
        }
        self.journal().forget_parts(&self.active());
        for mutation in self.journal().old(keep) {
            mutation.remove(&self.table().folder, false)?;
            self.journal().remove(mutation.version);
        }
        Ok(!ended.is_empty())
    }

    /// Ends a mutation for good, whatever it has done already, and forgets it. False if there is no such one.
    pub fn kill_mutation(&self, version: u64) -> Result<bool> {
        let mark = |state: &mut journal::State| {
            state.killed.store(true, Ordering::Relaxed);
            state.mutation.clone()
        };
        let Some(mutation) = self.journal().change(version, mark) else {
            return Ok(false);
        };
        let _turn = self.lock_commits();
        if self.table().folder.is_dropped() {
            return Err(Error::Dropped);
        }
        if !self.journal().is_known(version) {
            return Ok(false);
        }
        mutation.remove(&self.table().folder, true)?;
        self.journal().bury(version);
        Ok(true)
    }

    /// Whether a mutation is neither done nor killed.
    pub fn is_mutation_open(&self, version: u64) -> bool {
        self.journal().is_open(version)
    }

    /// What has become of a mutation. Done ones are forgotten after a while, killed ones are remembered.
    pub fn mutation_state(&self, version: u64) -> MutationState {
        self.journal().state(version)
    }

    /// Whether some mutation has failed at this time or later, and not gone on since.
    pub fn mutations_failed_since(&self, time: SystemTime) -> bool {
        self.journal().failed_since(time)
    }
}
