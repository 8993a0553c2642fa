//! Builds of vector indexes in parts that are there (MATERIALIZE INDEX): how far each is, and how it ended.
//!
//! Indexes that INSERT and merges build come with their part and are not listed here.

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use uuid::Uuid;

use crate::error::Error;

/// Builds that are remembered; the oldest finished ones are forgotten first.
const BUILDS_MAX: usize = 1000;

/// What is being done, told once for all parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Database.
    pub database: String,
    /// Table.
    pub table: String,
    /// Index.
    pub index: String,
}

/// The build of an index in one part.
#[derive(Debug)]
pub struct Build {
    /// Which index.
    pub subject: Subject,
    /// Which part.
    pub part: String,
    /// Rows of the part.
    pub rows_total: u64,
    rows_done: Arc<AtomicU64>,
    started: Instant,
    ended: OnceLock<(Duration, Option<Error>)>,
}

impl Build {
    /// Rows added so far.
    pub fn rows_done(&self) -> u64 {
        self.rows_done.load(Ordering::Relaxed)
    }

    /// Since it began, or as long as it took.
    pub fn elapsed(&self) -> Duration {
        self.ended
            .get()
            .map_or_else(|| self.started.elapsed(), |(took, _)| *took)
    }

    /// `running`, `done` or `failed`, and why.
    pub fn state(&self) -> (&'static str, String) {
        match self.ended.get() {
            None => ("running", String::new()),
            Some((_, None)) => ("done", String::new()),
            Some((_, Some(error))) => ("failed", error.to_string()),
        }
    }
}

/// The builds of an engine, and whether there may be any.
#[derive(Default)]
pub struct IndexBuilds {
    builds: Mutex<VecDeque<Arc<Build>>>,
    /// `SYSTEM STOP VECTOR INDEX BUILDS`
    stopped_everywhere: AtomicBool,
    /// `SYSTEM STOP VECTOR INDEX BUILDS table`
    stopped: Mutex<BTreeSet<Uuid>>,
}

impl IndexBuilds {
    /// All that are remembered, the oldest first.
    pub fn list(&self) -> Vec<Arc<Build>> {
        self.builds.lock().iter().cloned().collect()
    }

    /// Stops the builds of a table, or of all, or lets them begin again. Allowing all allows each.
    pub fn allow(&self, table: Option<Uuid>, allowed: bool) {
        match (table, allowed) {
            (None, true) => {
                self.stopped_everywhere.store(false, Ordering::Relaxed);
                self.stopped.lock().clear();
            }
            (None, false) => self.stopped_everywhere.store(true, Ordering::Relaxed),
            (Some(table), true) => drop(self.stopped.lock().remove(&table)),
            (Some(table), false) => drop(self.stopped.lock().insert(table)),
        }
    }

    /// Whether nobody stopped the table's builds.
    pub fn is_allowed(&self, table: Uuid) -> bool {
        !self.stopped_everywhere.load(Ordering::Relaxed) && !self.stopped.lock().contains(&table)
    }

    /// Why the last build of an index in a part that has ended failed; None if it did not.
    pub fn last_error(&self, subject: &Subject, part: &str) -> Option<String> {
        let builds = self.builds.lock();
        let last = builds
            .iter()
            .rev()
            .find(|build| build.subject == *subject && build.part == part && build.ended.get().is_some())?;
        match last.state() {
            ("failed", error) => Some(error),
            _ => None,
        }
    }

    /// Follows one statement through its parts.
    pub fn follow(&self, subject: Subject) -> Follower<'_> {
        Follower {
            builds: self,
            subject,
            current: Mutex::default(),
        }
    }

    fn add(&self, build: Arc<Build>) {
        let mut builds = self.builds.lock();
        while builds.len() >= BUILDS_MAX {
            let finished = builds.iter().position(|build| build.ended.get().is_some());
            builds.remove(finished.unwrap_or(0));
        }
        builds.push_back(build);
    }
}

/// One statement that builds an index, part after part.
pub struct Follower<'a> {
    builds: &'a IndexBuilds,
    subject: Subject,
    current: Mutex<Option<Arc<Build>>>,
}

impl Follower<'_> {
    /// A part begins, so the one before is done. What this returns counts its rows.
    pub fn begin(&self, part: String, rows_total: u64) -> Arc<AtomicU64> {
        let rows_done = Arc::new(AtomicU64::new(0));
        let build = Arc::new(Build {
            subject: self.subject.clone(),
            part,
            rows_total,
            rows_done: rows_done.clone(),
            started: Instant::now(),
            ended: OnceLock::new(),
        });
        self.builds.add(build.clone());
        if let Some(before) = self.current.lock().replace(build) {
            before.end(None);
        }
        rows_done
    }

    /// The last part is done, or has failed.
    pub fn end(&self, error: Option<&Error>) {
        if let Some(last) = self.current.lock().take() {
            last.end(error.cloned());
        }
    }
}

impl Build {
    fn end(&self, error: Option<Error>) {
        self.ended.get_or_init(|| (self.started.elapsed(), error));
    }
}

impl Drop for Follower<'_> {
    /// A panic on the way leaves no build running for ever.
    fn drop(&mut self) {
        self.end(None);
    }
}
