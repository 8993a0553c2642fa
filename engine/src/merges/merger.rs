//! One merge at a time: choose, run, commit.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gristmill_sql::Code;
use gristmill_storage::{
    Candidate, ChangedValues, Error as StorageError, IndexChoice, LeftOut, MergeLimits, MergeOptions, MergeProgress,
    PartName, RowTest, choose, choose_all, merged_name,
};

use super::expiring::now;
use super::part_events;
use super::permission::Permission;
use super::running::{Running, RunningMerge};
use crate::error::{Error, Result};
use crate::events::EventTotals;
use crate::part_log::PartLog;
use crate::stop::StopSign;
use crate::table::{MergeTreeTable, expired_at, without_expired};

/// How long OPTIMIZE FINAL waits for other jobs on its parts (ClickHouse's default of
/// `lock_acquire_timeout_for_background_operations`), and how long between two looks at them.
const WAIT_MAX: Duration = Duration::from_secs(120);
const WAIT_STEP: Duration = Duration::from_millis(5);

/// Merges are chosen whose parts fit so many times into the free space, as in ClickHouse: inserts need some, too.
const SPACE_FACTOR: u64 = 2;

/// The table whose parts are merged, and for whom.
pub struct Task<'a> {
    /// Database.
    pub database: &'a str,
    /// Table.
    pub name: &'a str,
    /// The same, open.
    pub table: &'a MergeTreeTable,
    /// Id of the only partition that is merged.
    pub partition: Option<&'a str>,
    /// Rows that go, beside those that the table replaces.
    pub left_out: LeftOut,
    /// Ends the work early.
    pub stop: &'a StopSign,
}

/// Merges parts of the catalog's tables.
pub struct Merger {
    running: Running,
    log: Arc<PartLog>,
    events: Arc<EventTotals>,
    threads: usize,
    /// What building an index of a merged part may take.
    index_bytes_max: u64,
    pub(super) permission: Permission,
}

impl Merger {
    /// Builds indexes of merged parts with `threads` threads, if that takes no more than `index_bytes_max`, writes down
    /// what it did in `log` and counts it in `events`.
    pub fn new(log: Arc<PartLog>, events: Arc<EventTotals>, threads: usize, index_bytes_max: u64) -> Self {
        Self {
            running: Running::default(),
            log,
            events,
            threads,
            index_bytes_max,
            permission: Permission::default(),
        }
    }

    /// Merges that run now.
    pub fn running(&self) -> Vec<RunningMerge> {
        self.running.list()
    }

    /// One merge, of the parts that the rule chooses; false if it chooses none, or if the table is another by now.
    pub fn merge_some(&self, task: &Task<'_>) -> Result<bool> {
        match self.merge_chosen(task, false) {
            Ok(did) => Ok(did),
            // Another job was first: whoever asks again sees what is there now.
            Err(Failure::Storage(StorageError::PartGone(_))) => Ok(true),
            Err(Failure::Storage(StorageError::Dropped | StorageError::Altered)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// The best merge that there is, however little it is worth; false if there is none.
    pub fn merge_best(&self, task: &Task<'_>) -> Result<bool> {
        loop {
            match self.merge_chosen(task, true) {
                // Another job was first: something else may be left.
                Err(Failure::Storage(StorageError::PartGone(_))) => self.check(task)?,
                done => return Ok(done?),
            }
        }
    }

    fn merge_chosen(&self, task: &Task<'_>, is_eager: bool) -> Result<bool, Failure> {
        let candidates = candidates(task);
        let limits = task.table.definition.merges.limits;
        let room = task.table.store.free_bytes().saturating_sub(self.running.bytes());
        let limits = MergeLimits {
            is_eager,
            bytes_max: limits.bytes_max.min(room / SPACE_FACTOR),
            ..limits
        };
        let Some(range) = choose(&candidates, &limits) else {
            return Ok(false);
        };
        self.run(task, &candidates[range])?;
        Ok(true)
    }

    /// All parts of each partition into one; false if there are no parts, or parts of one that cannot become one: some
    /// wait for a mutation that others do not wait for, and then only those alike are merged. Waits for jobs that work
    /// on parts, and lets no mutation begin meanwhile, but does not wait for mutations: they may never be done.
    pub fn merge_all(&self, task: &Task<'_>) -> Result<bool> {
        let _held = self.hold(task.table.uuid);
        let mut done: BTreeSet<String> = BTreeSet::new();
        let mut is_whole = true;
        let mut patience = Instant::now() + WAIT_MAX;
        let mut waits = None;
        loop {
            let candidates = candidates(task);
            let partitions = choose_all(&candidates).into_iter().map(|range| &candidates[range]);
            let left: Vec<&[Candidate]> = partitions
                .filter(|parts| !done.contains(&parts[0].name.partition_id))
                .collect();
            if left.is_empty() {
                return Ok(!done.is_empty() && is_whole);
            }
            let free = left.iter().find(|parts| !parts.iter().any(|part| part.is_busy));
            match free.map(|parts| (parts, self.merge_alike(task, parts))) {
                Some((parts, Ok(pieces))) => {
                    done.insert(parts[0].name.partition_id.clone());
                    is_whole &= pieces == 1;
                    patience = Instant::now() + WAIT_MAX;
                    waits = None;
                    continue;
                }
                // Parts that came, went or became busy meanwhile: once more with those that are there now.
                None | Some((_, Err(Failure::Storage(StorageError::PartGone(_))))) => {}
                Some((_, Err(error))) => return Err(error.into()),
            }
            self.check(task)?;
            if Instant::now() > patience {
                let message = "Cannot OPTIMIZE table: other merges of its parts take too long";
                return Err(Error::new(Code::CANNOT_ASSIGN_OPTIMIZE, message));
            }
            waits.get_or_insert_with(|| self.hold_mutations(task.table.uuid));
            std::thread::sleep(WAIT_STEP);
        }
    }

    /// Neighbours that wait for the same mutations, into one; returns how many there are then.
    fn merge_alike(&self, task: &Task<'_>, parts: &[Candidate]) -> Result<usize, Failure> {
        let alike = parts.chunk_by(|left, right| left.mutation == right.mutation);
        alike.map(|parts| self.run(task, parts)).try_fold(0, |number, merged| {
            merged?;
            Ok(number + 1)
        })
    }

    /// Each of these parts alone, as far as they are there and no other job has them; false if none was merged.
    pub fn merge_each(&self, task: &Task<'_>, parts: &[PartName]) -> Result<bool> {
        let mut did = false;
        for part in candidates(task) {
            if part.is_busy || !parts.contains(&part.name) {
                continue;
            }
            match self.run(task, &[part]) {
                Ok(()) => did = true,
                // As in `merge_some`: whoever asks again sees what is there now.
                Err(Failure::Storage(StorageError::PartGone(_) | StorageError::Dropped | StorageError::Altered)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(did)
    }

    /// What puts defaults in the place of values that expired before now, unless `SYSTEM STOP TTL MERGES` keeps them.
    fn expired_values(&self, table: &MergeTreeTable) -> Option<ChangedValues> {
        let is_allowed = self.is_expiry_allowed(table.uuid);
        is_allowed
            .then(|| without_expired(&table.definition.column_ttl, now()))
            .flatten()
    }

    /// What tells rows that expired before now, unless `SYSTEM STOP TTL MERGES` keeps them.
    fn expired(&self, table: &MergeTreeTable) -> Option<RowTest> {
        let is_allowed = self.is_expiry_allowed(table.uuid);
        is_allowed.then(|| expired_at(&table.definition.ttl, now())).flatten()
    }

    fn check(&self, task: &Task<'_>) -> Result<()> {
        task.stop.check()?;
        match self.is_stopping() || !self.is_allowed(task.table.uuid) {
            true => Err(Error::new(Code::ABORTED, "Cancelled merging parts")),
            false => Ok(()),
        }
    }

    /// The same, for a merge that may drop expired rows.
    pub(super) fn check_dropping(&self, task: &Task<'_>, drops_expired: bool) -> Result<()> {
        self.check(task)?;
        match drops_expired && !self.is_expiry_allowed(task.table.uuid) {
            true => Err(Error::new(Code::ABORTED, "Cancelled merging parts with expired TTL")),
            false => Ok(()),
        }
    }

    fn run(&self, task: &Task<'_>, sources: &[Candidate]) -> Result<(), Failure> {
        self.check(task)?;
        let names: Vec<PartName> = sources.iter().map(|part| part.name.clone()).collect();
        let progress = Arc::new(MergeProgress::default());
        let reserved_bytes = self.running.bytes();
        let (begun, result) = (Instant::now(), merged_name(&names)?);
        let _listed = self.running.enter(RunningMerge {
            database: task.database.into(),
            table: task.name.into(),
            sources: sources.to_vec(),
            result: result.clone(),
            started: begun,
            progress: progress.clone(),
        });
        let expired = self.expired(task.table);
        let expired_values = self.expired_values(task.table);
        let drops_expired = expired.is_some() || expired_values.is_some();
        let stopped = || self.check_dropping(task, drops_expired).is_err();
        let options = MergeOptions {
            threads: self.threads,
            indexes: self.indexes_of(task, sources),
            left_out: LeftOut {
                expired,
                expired_values,
                ..task.left_out.clone()
            },
            progress,
            reserved_bytes,
            stopped: &stopped,
        };
        let merged = task.table.store.merge(&names, &options);
        part_events::add(&self.log, task, &merged, result, sources, begun.elapsed());
        part_events::count(&self.events, task, &merged, sources, begun.elapsed());
        match merged {
            Ok(_) => Ok(()),
            Err(StorageError::Stopped) => {
                self.check_dropping(task, drops_expired)?;
                // Stopped, and allowed again since.
                Err(Error::new(Code::ABORTED, "Cancelled merging parts").into())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The indexes of the merged part: those that the table's settings want, without graphs that would not fit into
    /// memory. Searches then compare that part's rows one by one.
    fn indexes_of(&self, task: &Task<'_>, sources: &[Candidate]) -> IndexChoice {
        let definition = &task.table.definition;
        let rows = sources.iter().map(|part| part.rows).sum();
        let too_large = definition.indexes.iter().filter_map(|index| {
            let checked = index.check_memory(rows, definition.index_granularity, self.index_bytes_max);
            checked.err().map(|error| (index.name.clone(), error))
        });
        let too_large: Vec<(String, Error)> = too_large.collect();
        let wanted = definition.merges.indexes.clone();
        if too_large.is_empty() || wanted == IndexChoice::None {
            return wanted;
        }
        let mut names = match wanted {
            IndexChoice::Except(names) => names,
            IndexChoice::All | IndexChoice::None => Vec::new(),
        };
        for (index, error) in too_large {
            tracing::warn!(
                "{}.{}: a merged part gets no index {index}: {error}",
                task.database,
                task.name
            );
            names.push(index);
        }
        IndexChoice::Except(names)
    }
}

/// Why a merge failed: the store's own reason says whether it is worth another try.
enum Failure {
    Storage(StorageError),
    Other(Error),
}

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Storage(error) => error.into(),
            Failure::Other(error) => error,
        }
    }
}

/// The table's parts that the task is about.
fn candidates(task: &Task<'_>) -> Vec<Candidate> {
    let mut candidates = task.table.store.merge_candidates();
    candidates.retain(|part| {
        task.partition
            .is_none_or(|partition| part.name.partition_id == partition)
    });
    candidates
}
