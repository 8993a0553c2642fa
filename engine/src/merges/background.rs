//! The threads that merge in the background.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use gristmill_sql::Code;
use parking_lot::{Condvar, Mutex};
use uuid::Uuid;

use super::merger::{Extent, Merger};
use crate::error::{Error, Result};

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
    merger: Arc<Merger>,
    /// Set when parts have appeared.
    woken: Mutex<bool>,
    wake: Condvar,
    resting: Mutex<HashMap<Uuid, Rest>>,
}

/// A table whose merges fail.
struct Rest {
    until: Instant,
    length: Duration,
}

impl Background {
    /// Starts `threads` threads.
    pub fn start(merger: Arc<Merger>, threads: usize) -> Result<Self> {
        let shared = Arc::new(Shared {
            merger,
            woken: Mutex::new(false),
            wake: Condvar::new(),
            resting: Mutex::default(),
        });
        let spawn = |_| {
            let shared = shared.clone();
            let thread = std::thread::Builder::new().name("merge".into());
            thread.spawn(move || shared.work())
        };
        let threads: Result<Vec<_>, _> = (0..threads).map(spawn).collect();
        let threads = threads
            .map_err(|error| Error::new(Code::CANNOT_SCHEDULE_TASK, format!("Cannot start threads: {error}")))?;
        Ok(Self { shared, threads })
    }

    /// Says that parts have appeared.
    pub fn wake(&self) {
        *self.shared.woken.lock() = true;
        self.shared.wake.notify_one();
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.shared.merger.stop();
        self.shared.wake.notify_all();
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a merging thread panicked");
            }
        }
    }
}

impl Shared {
    fn work(&self) {
        while !self.merger.is_stopping() {
            if self.merge_something() {
                continue;
            }
            let mut woken = self.woken.lock();
            if !*woken && !self.merger.is_stopping() {
                self.wake.wait_for(&mut woken, PAUSE);
            }
            *woken = false;
        }
    }

    /// One merge in the first table that needs one. False if none does.
    fn merge_something(&self) -> bool {
        for (database, name, table) in self.merger.catalog().all_tables() {
            if !self.merger.is_allowed(table.uuid) || self.is_resting(table.uuid) {
                continue;
            }
            match self.merger.merge(&database, &name, &table, Extent::Rule, None) {
                Ok(false) => {}
                Ok(true) => {
                    self.resting.lock().remove(&table.uuid);
                    return true;
                }
                Err(error) if error.code() == Code::ABORTED => {}
                Err(error) => {
                    tracing::error!("{database}.{name}: a merge failed: {error}");
                    self.rest(table.uuid);
                }
            }
        }
        false
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
