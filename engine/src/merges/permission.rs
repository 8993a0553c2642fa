//! Which tables may be merged and mutated now, and which rows expire: `SYSTEM STOP`, the end of the process, and statements
//! that wait.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::{Mutex, RwLock};
use uuid::Uuid;

use super::merger::Merger;

/// What keeps merges and mutations from beginning, or ends them.
#[derive(Default)]
pub struct Permission {
    stopping: AtomicBool,
    /// `SYSTEM STOP MERGES`
    stopped_everywhere: AtomicBool,
    /// `SYSTEM STOP MERGES table`
    stopped: RwLock<BTreeSet<Uuid>>,
    /// `SYSTEM STOP TTL MERGES`
    keeps_expired_everywhere: AtomicBool,
    /// `SYSTEM STOP TTL MERGES table`
    keeps_expired: RwLock<BTreeSet<Uuid>>,
    /// Tables that statements hold, and how many of them.
    held: Mutex<BTreeMap<Uuid, usize>>,
    /// The same, where no mutation begins either.
    mutations_held: Mutex<BTreeMap<Uuid, usize>>,
}

impl Merger {
    /// Ends what runs, for good.
    pub fn stop(&self) {
        self.permission.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether [`Merger::stop`] was called.
    pub fn is_stopping(&self) -> bool {
        self.permission.stopping.load(Ordering::Relaxed)
    }

    /// `SYSTEM STOP | START MERGES`: of one table, or of all. Stopping ends background merges that run.
    pub fn allow(&self, table: Option<Uuid>, allowed: bool) {
        match (table, allowed) {
            (None, true) => {
                self.permission.stopped_everywhere.store(false, Ordering::Relaxed);
                self.permission.stopped.write().clear();
            }
            (None, false) => self.permission.stopped_everywhere.store(true, Ordering::Relaxed),
            (Some(table), true) => drop(self.permission.stopped.write().remove(&table)),
            (Some(table), false) => drop(self.permission.stopped.write().insert(table)),
        }
    }

    /// Whether nobody stopped the table's background merges.
    pub fn is_allowed(&self, table: Uuid) -> bool {
        !self.permission.stopped_everywhere.load(Ordering::Relaxed) && !self.permission.stopped.read().contains(&table)
    }

    /// No merge in the background begins in the table until what this returns is dropped: who waits for parts of a table
    /// that gets new ones all the time would wait for ever.
    pub fn hold(&self, table: Uuid) -> Held<'_> {
        Held::begin(&self.permission.held, table)
    }

    /// Whether a merge in the background may begin.
    pub fn may_begin(&self, table: Uuid) -> bool {
        self.is_allowed(table) && !self.permission.held.lock().contains_key(&table)
    }

    /// Whether a mutation may begin: nobody waits until no part is worked on.
    pub fn may_mutate(&self, table: Uuid) -> bool {
        self.is_allowed(table) && !self.permission.mutations_held.lock().contains_key(&table)
    }

    /// No mutation begins in the table until what this returns is dropped.
    pub(super) fn hold_mutations(&self, table: Uuid) -> Held<'_> {
        Held::begin(&self.permission.mutations_held, table)
    }

    /// Whether merges drop expired rows of the table.
    pub fn is_expiry_allowed(&self, table: Uuid) -> bool {
        !self.permission.keeps_expired_everywhere.load(Ordering::Relaxed)
            && !self.permission.keeps_expired.read().contains(&table)
    }

    /// `SYSTEM STOP | START TTL MERGES`: of one table, or of all. Stopping ends merges that drop expired rows.
    pub fn allow_expiry(&self, table: Option<Uuid>, allowed: bool) {
        match (table, allowed) {
            (None, true) => {
                self.permission.keeps_expired_everywhere.store(false, Ordering::Relaxed);
                self.permission.keeps_expired.write().clear();
            }
            (None, false) => self.permission.keeps_expired_everywhere.store(true, Ordering::Relaxed),
            (Some(table), true) => drop(self.permission.keeps_expired.write().remove(&table)),
            (Some(table), false) => drop(self.permission.keeps_expired.write().insert(table)),
        }
    }
}

/// Keeps background merges of a table, or its mutations, from beginning.
pub struct Held<'a> {
    held: &'a Mutex<BTreeMap<Uuid, usize>>,
    table: Uuid,
}

impl<'a> Held<'a> {
    fn begin(held: &'a Mutex<BTreeMap<Uuid, usize>>, table: Uuid) -> Self {
        *held.lock().entry(table).or_default() += 1;
        Self { held, table }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        let mut held = self.held.lock();
        let count = held.get_mut(&self.table).expect("it is counted while it is held");
        *count -= 1;
        if *count == 0 {
            held.remove(&self.table);
        }
    }
}
