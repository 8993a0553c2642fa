//! The statements that run now.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use gristmill_sql::Code;
use parking_lot::Mutex;
use uuid::Uuid;

use super::log::Ended;
use super::process::QueryId;
use super::{LoggedQuery, Origin, Process, QueryLog};
use crate::error::{Error, Result};
use crate::outcome::Outcome;
use crate::progress::Progress;
use crate::query_kind::QueryKind;
use crate::settings::Settings;
use crate::stop::{Canceller, StopSign};

/// All statements that run, and the log of those that have.
#[derive(Debug)]
pub struct Processes {
    running: Mutex<BTreeMap<u64, Arc<Process>>>,
    begun: AtomicU64,
    /// Tells the names that are made here from those of other engines.
    seed: u128,
    log: QueryLog,
}

impl Default for Processes {
    fn default() -> Self {
        Self {
            running: Mutex::default(),
            begun: AtomicU64::new(0),
            seed: Uuid::new_v4().as_u128(),
            log: QueryLog::default(),
        }
    }
}

/// What a session begins a statement with.
pub struct Beginning<'a> {
    /// Its text, with data if it is an INSERT.
    pub text: &'a [u8],
    /// Whose it is.
    pub user: &'a str,
    /// Who sends it.
    pub origin: Origin,
    /// The session's database.
    pub database: &'a str,
    /// The session's settings.
    pub settings: &'a Arc<Settings>,
    /// The session's counters.
    pub progress: &'a Arc<Progress>,
    /// Ends it.
    pub canceller: Canceller,
}

impl Processes {
    /// Begins a statement. One whose given name another running statement has is refused.
    pub fn begin(self: &Arc<Self>, mut beginning: Beginning<'_>) -> Result<Running> {
        let place = self.begun.fetch_add(1, Ordering::Relaxed);
        let given = beginning.origin.query_id.take();
        let id = match &given {
            Some(text) => QueryId::Given(text.clone()),
            None => QueryId::Made(mixed(self.seed, place)),
        };
        let share = (mixed(self.seed, place) as u64 >> 11) as f64 / (1_u64 << 53) as f64; // the digits of a float
        let process = Arc::new(Process::new(id, share, beginning));
        let mut running = self.running.lock();
        if let Some(id) = given
            && running.values().any(|other| other.is_called(&id))
        {
            let message = format!("Query with id = {id} is already running.");
            return Err(Error::new(Code::QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING, message));
        }
        check_room(&process, &running)?;
        running.insert(place, process.clone());
        drop(running);
        Ok(Running {
            process,
            place,
            processes: self.clone(),
            is_over: false,
        })
    }

    /// Those that run, the oldest first.
    pub fn list(&self) -> Vec<Arc<Process>> {
        self.running.lock().values().cloned().collect()
    }

    /// Whether a statement runs.
    pub fn is_running(&self, process: &Arc<Process>) -> bool {
        self.running.lock().values().any(|other| Arc::ptr_eq(other, process))
    }

    /// Those that have run.
    pub fn log(&self) -> &QueryLog {
        &self.log
    }
}

/// TOO_MANY_SIMULTANEOUS_QUERIES where as many run as the statement's settings allow, of its user or of all.
fn check_room(process: &Process, running: &BTreeMap<u64, Arc<Process>>) -> Result<()> {
    let settings = process.details().settings;
    let refuse = |whose: &str, current: usize, max: u64| {
        let message = format!("Too many simultaneous queries for {whose}. Current: {current}, maximum: {max}");
        Err(Error::new(Code::TOO_MANY_SIMULTANEOUS_QUERIES, message))
    };
    let max = settings.integer("max_concurrent_queries_for_all_users");
    if max > 0 && running.len() as u64 >= max {
        return refuse("all users", running.len(), max);
    }
    let max = settings.integer("max_concurrent_queries_for_user");
    if max > 0 {
        let own = running.values().filter(|other| other.user == process.user).count();
        if own as u64 >= max {
            return refuse(&format!("user {}", process.user), own, max);
        }
    }
    Ok(())
}

/// Sixteen bytes that differ for every place and look random.
fn mixed(seed: u128, place: u64) -> u128 {
    let half = |half: u64, odd: u64| {
        let mut bits = half ^ place.wrapping_mul(odd);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    };
    let (high, low) = ((seed >> 64) as u64, seed as u64);
    u128::from(half(high, 0x9e37_79b9_7f4a_7c15)) << 64 | u128::from(half(low, 0xd1b5_4a32_d192_ed03))
}

/// A statement as long as it runs. Dropped before it is said how it ended, it was given up.
#[derive(Debug)]
pub struct Running {
    process: Arc<Process>,
    place: u64,
    processes: Arc<Processes>,
    is_over: bool,
}

impl Running {
    /// The statement.
    pub fn process(&self) -> &Arc<Process> {
        &self.process
    }

    /// What the statement gave back; if that is not all yet, it runs on in it.
    pub fn settle(mut self, outcome: Result<Outcome>) -> Result<Outcome> {
        match outcome {
            Ok(Outcome::Done) => {
                self.process.has_begun();
                self.finished(0, 0);
                Ok(Outcome::Done)
            }
            Ok(Outcome::Rows(mut rows)) => {
                self.process.has_begun();
                rows.running = Some(self);
                Ok(Outcome::Rows(rows))
            }
            Ok(Outcome::Insert(mut insert)) => {
                self.process.has_begun();
                insert.running = Some(self);
                Ok(Outcome::Insert(insert))
            }
            Err(error) => {
                self.failed(&error);
                Err(error)
            }
        }
    }

    /// Fails if the statement was told to end.
    pub fn check_stop(&self) -> Result<()> {
        StopSign::from(self.process.canceller.clone()).check()
    }

    /// It has succeeded, with a result of so many rows and bytes.
    pub fn finished(&mut self, rows: u64, bytes: u64) {
        self.end(None, (rows, bytes));
    }

    /// It has failed.
    pub fn failed(&mut self, error: &Error) {
        self.end(Some(error.clone()), (0, 0));
    }

    fn end(&mut self, error: Option<Error>, result: (u64, u64)) {
        if std::mem::replace(&mut self.is_over, true) {
            return;
        }
        self.processes.running.lock().remove(&self.place);
        let progress = &self.process.progress;
        let took = self.process.elapsed();
        let details = self.process.details();
        let kind = QueryKind::named(details.kind);
        match &error {
            None => kind.done(progress.events(), took),
            Some(_) => kind.failed(progress.events()),
        }
        let logged = LoggedQuery {
            ended: Ended {
                time: self.process.begun.checked_add(took).unwrap_or_else(SystemTime::now),
                took,
                error,
                read: (progress.read_rows(), progress.read_bytes()),
                written: (progress.written_rows(), progress.written_bytes()),
                result,
                events: progress.events().own().list(),
            },
            process: self.process.clone(),
        };
        self.processes.log.add(logged, &details);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.is_over {
            self.failed(&Error::new(
                Code::QUERY_WAS_CANCELLED,
                "Query was cancelled: its result was not read to the end",
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_that_are_made_differ() {
        let names: HashSet<u128> = (0..10_000).map(|place| mixed(1, place)).collect();
        assert_eq!(names.len(), 10_000);
    }
}
