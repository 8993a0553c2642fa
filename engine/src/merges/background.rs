//! The threads that do mutations and merges in the background.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gristmill_sql::Code;
use gristmill_storage::LeftOut;
use parking_lot::{Condvar, Mutex};
use uuid::Uuid;

use super::expiring::Expiring;
use super::merger::Task;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::mutations::Helper;
use crate::outcome::guarded;
use crate::progress::Progress;
use crate::stop::StopSign;
use crate::table::MergeTreeTable;

/// How long a thread sleeps when it found nothing to do and nobody wakes it.
const PAUSE: Duration = Duration::from_secs(1);
/// How long a table rests after a merge failed: the first time, and at most.
const REST: Duration = Duration::from_secs(1);
const REST_MAX: Duration = Duration::from_secs(300);

/// Threads that merge until this is dropped.
pub struct Background {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared {
    engine: Arc<Engine>,
    /// Set when parts have appeared.
    woken: Mutex<bool>,
    wake: Condvar,
    resting: Mutex<HashMap<Uuid, Rest>>,
    /// Counts searches for work: each begins with another table, so that none waits for one that always has some.
    searches: AtomicUsize,
    /// The same for mutations.
    mutation_searches: AtomicUsize,
    expiring: Expiring,
}

/// A table whose merges fail.
struct Rest {
    until: Instant,
    length: Duration,
}

impl Background {
    /// Starts `threads` threads.
    pub fn start(engine: Arc<Engine>, threads: usize) -> Result<Self> {
        let shared = Arc::new(Shared::new(engine));
        // Ends the threads that have started if one cannot be.
        let mut this = Self {
            shared,
            threads: Vec::with_capacity(threads),
        };
        for _ in 0..threads {
            let shared = this.shared.clone();
            let thread = std::thread::Builder::new().name("merge".into());
            let thread = thread
                .spawn(move || shared.work())
                .map_err(|error| Error::new(Code::CANNOT_SCHEDULE_TASK, format!("Cannot start threads: {error}")))?;
            this.threads.push(thread);
        }
        Ok(this)
    }

    /// Says that parts have appeared.
    pub fn wake(&self) {
        *self.shared.woken.lock() = true;
        self.shared.wake.notify_one();
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.shared.engine.merger().stop();
        self.shared.wake.notify_all();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a merging thread panicked");
            }
        }
    }
}

impl Shared {
    fn new(engine: Arc<Engine>) -> Self {
        Self {
            engine,
            woken: Mutex::new(false),
            wake: Condvar::new(),
            resting: Mutex::default(),
            searches: AtomicUsize::new(0),
            mutation_searches: AtomicUsize::new(0),
            expiring: Expiring::default(),
        }
    }

    fn work(&self) {
        gristmill_storage::work_in_background();
        while !self.engine.merger().is_stopping() {
            if self.mutate_something() || self.merge_something() || self.expire_something() {
                continue;
            }
            let mut woken = self.woken.lock();
            if !*woken && !self.engine.merger().is_stopping() {
                self.wake.wait_for(&mut woken, PAUSE);
            }
            *woken = false;
        }
    }

    /// One part of the first table that has mutations to do. False if none has.
    fn mutate_something(&self) -> bool {
        let progress = Arc::new(Progress::new(self.engine.events().clone()));
        let helper = Helper {
            engine: &self.engine,
            progress: &progress,
            stop: &StopSign::default(),
            last: u64::MAX,
            eager: false,
        };
        let step = |task: &Task<'_>| self.engine.mutator().step(task.table, &helper);
        self.in_first(&self.tables_in_turn(&self.mutation_searches), |_| true, step)
    }

    /// One merge in the first table that needs one. False if none does.
    fn merge_something(&self) -> bool {
        let merger = self.engine.merger();
        let may_begin = |table: &MergeTreeTable| merger.may_begin(table.uuid);
        let tables = self.tables_in_turn(&self.searches);
        self.in_first(&tables, may_begin, |task| merger.merge_some(task))
    }

    /// Expired rows of the first table that has some, where it is time to drop them. False if no table has.
    fn expire_something(&self) -> bool {
        let merger = self.engine.merger();
        let may_begin = |table: &MergeTreeTable| {
            table.definition.has_ttl() && merger.may_begin(table.uuid) && merger.is_expiry_allowed(table.uuid)
        };
        let tables = self.tables_in_turn(&self.searches);
        self.expiring
            .retain(|uuid| tables.iter().any(|(_, _, table)| table.uuid == uuid));
        self.in_first(&tables, may_begin, |task| self.expiring.step(merger, task))
    }

    /// Works in the first table that may be worked in and has something to do; false if there is none.
    fn in_first(
        &self,
        tables: &[(String, String, MergeTreeTable)],
        may_begin: impl Fn(&MergeTreeTable) -> bool,
        work: impl Fn(&Task<'_>) -> Result<bool>,
    ) -> bool {
        tables.iter().any(|(database, name, table)| {
            let task = Task {
                database,
                name,
                table,
                partition: None,
                left_out: LeftOut::default(),
                stop: &StopSign::default(),
            };
            may_begin(table) && !self.is_resting(table.uuid) && self.attempt(&task, || work(&task))
        })
    }

    fn tables_in_turn(&self, searches: &AtomicUsize) -> Vec<(String, String, MergeTreeTable)> {
        let mut tables = self.engine.catalog().all_tables();
        let turn = searches.fetch_add(1, Ordering::Relaxed);
        let first = turn % tables.len().max(1);
        tables.rotate_left(first);
        tables
    }

    /// Whether the work did something. A table in which it fails, or panics, rests for a while; the thread goes on.
    fn attempt(&self, task: &Task<'_>, work: impl FnOnce() -> Result<bool>) -> bool {
        let table = task.table.uuid;
        match guarded(work) {
            Ok(false) => false,
            Ok(true) => {
                self.resting.lock().remove(&table);
                true
            }
            Err(error) if error.code() == Code::ABORTED => false,
            Err(error) => {
                tracing::error!("{}.{}: a merge failed: {error}", task.database, task.name);
                self.rest(table);
                false
            }
        }
    }

    fn is_resting(&self, table: Uuid) -> bool {
        let resting = self.resting.lock();
        resting.get(&table).is_some_and(|rest| Instant::now() < rest.until)
    }

    /// Each failure in a row doubles the rest.
    fn rest(&self, table: Uuid) {
        let mut resting = self.resting.lock();
        // Tables come and go; those that have rested long enough need no entry.
        resting.retain(|_, rest| rest.until + REST_MAX > Instant::now());
        let length = resting.get(&table).map_or(REST, |rest| (rest.length * 2).min(REST_MAX));
        let until = Instant::now() + length;
        resting.insert(table, Rest { until, length });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merges::tests::{Fixture, task};

    fn shared(fixture: &Fixture) -> Shared {
        Shared::new(fixture.engine.clone())
    }

    /// A table that always has something to merge leaves turns to others.
    #[test]
    fn tables_take_turns() {
        let mut fixture = Fixture::new();
        for table in ["a", "b"] {
            fixture.table(table, 30, "SETTINGS max_parts_to_merge_at_once = 6");
        }
        let shared = shared(&fixture);
        assert!(shared.merge_something() && shared.merge_something());
        assert_eq!((fixture.parts("a"), fixture.parts("b")), (25, 25));
    }

    /// The thread lives, and the table is not tried again at once.
    #[test]
    fn a_panic_is_a_failed_merge() {
        let mut fixture = Fixture::new();
        let table = fixture.table("t", 30, "");
        let shared = shared(&fixture);
        let stop = StopSign::default();
        let task = task(&table, &stop);
        assert!(!shared.attempt(&task, || panic!("a merge that panics")));
        assert!(shared.is_resting(table.uuid) && !shared.merge_something());
        assert!(shared.attempt(&task, || Ok(true)));
        assert!(!shared.is_resting(table.uuid) && shared.merge_something());
    }
}
