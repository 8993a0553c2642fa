//! One merge at a time: choose, run, commit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use gristmill_sql::Code;
use gristmill_storage::{
    Candidate, ChangedValues, Error as StorageError, IndexChoice, LeftOut, MergeLimits, MergeOptions, MergeProgress,
    Part, PartName, RowTest, choose, choose_all, merged_name,
};
use parking_lot::{Mutex, RwLock};
use uuid::Uuid;

use super::expiring::now;
use super::running::{Running, RunningMerge};
use crate::error::{Error, Result};
use crate::part_log::{PartEvent, PartEventKind, PartLog};
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
    threads: usize,
    /// What building an index of a merged part may take.
    index_bytes_max: u64,
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
    /// Builds indexes of merged parts with `threads` threads, if that takes no more than `index_bytes_max`, and writes
    /// down what it did in `log`.
    pub fn new(log: Arc<PartLog>, threads: usize, index_bytes_max: u64) -> Self {
        Self {
            running: Running::default(),
            log,
            threads,
            index_bytes_max,
            stopping: AtomicBool::new(false),
            stopped_everywhere: AtomicBool::new(false),
            stopped: RwLock::default(),
            keeps_expired_everywhere: AtomicBool::new(false),
            keeps_expired: RwLock::default(),
            held: Mutex::default(),
            mutations_held: Mutex::default(),
        }
    }

    /// Merges that run now.
    pub fn running(&self) -> Vec<RunningMerge> {
        self.running.list()
    }

    /// Ends what runs, for good.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether [`Merger::stop`] was called.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// `SYSTEM STOP | START MERGES`: of one table, or of all. Stopping ends background merges that run.
    pub fn allow(&self, table: Option<Uuid>, allowed: bool) {
        match (table, allowed) {
            (None, true) => {
                self.stopped_everywhere.store(false, Ordering::Relaxed);
                self.stopped.write().clear();
            }
            (None, false) => self.stopped_everywhere.store(true, Ordering::Relaxed),
            (Some(table), true) => drop(self.stopped.write().remove(&table)),
            (Some(table), false) => drop(self.stopped.write().insert(table)),
        }
    }

    /// Whether nobody stopped the table's background merges.
    pub fn is_allowed(&self, table: Uuid) -> bool {
        !self.stopped_everywhere.load(Ordering::Relaxed) && !self.stopped.read().contains(&table)
    }

    /// No merge in the background begins in the table until what this returns is dropped: who waits for parts of a table
    /// that gets new ones all the time would wait for ever.
    pub fn hold(&self, table: Uuid) -> Held<'_> {
        Held::begin(&self.held, table)
    }

    /// Whether a merge in the background may begin.
    pub fn may_begin(&self, table: Uuid) -> bool {
        self.is_allowed(table) && !self.held.lock().contains_key(&table)
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
            waits.get_or_insert_with(|| Held::begin(&self.mutations_held, task.table.uuid));
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

    /// Whether a mutation may begin: nobody waits until no part is worked on.
    pub fn may_mutate(&self, table: Uuid) -> bool {
        self.is_allowed(table) && !self.mutations_held.lock().contains_key(&table)
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

    /// Whether merges drop expired rows of the table.
    pub fn is_expiry_allowed(&self, table: Uuid) -> bool {
        !self.keeps_expired_everywhere.load(Ordering::Relaxed) && !self.keeps_expired.read().contains(&table)
    }

    /// `SYSTEM STOP | START TTL MERGES`: of one table, or of all. Stopping ends merges that drop expired rows.
    pub fn allow_expiry(&self, table: Option<Uuid>, allowed: bool) {
        match (table, allowed) {
            (None, true) => {
                self.keeps_expired_everywhere.store(false, Ordering::Relaxed);
                self.keeps_expired.write().clear();
            }
            (None, false) => self.keeps_expired_everywhere.store(true, Ordering::Relaxed),
            (Some(table), true) => drop(self.keeps_expired.write().remove(&table)),
            (Some(table), false) => drop(self.keeps_expired.write().insert(table)),
        }
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
        self.write_down(task, &merged, result, sources, begun.elapsed());
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

    fn write_down(
        &self,
        task: &Task<'_>,
        merged: &Result<Option<Arc<Part>>, StorageError>,
        result: PartName,
        sources: &[Candidate],
        took: Duration,
    ) {
        let name = (task.database, task.name);
        let error = match merged {
            Ok(_) => None,
            // Somebody else was first: nothing went wrong.
            Err(StorageError::PartGone(_) | StorageError::Dropped | StorageError::Altered) => return,
            Err(error) => Some(Error::of_storage(error)),
        };
        let event = match merged {
            Ok(Some(part)) => PartEvent::new(PartEventKind::MergeParts, name, part, took),
            Ok(None) | Err(_) => PartEvent::without_part(PartEventKind::MergeParts, name, result, took),
        };
        let removal = |source: &Candidate| PartEvent {
            rows: source.rows,
            bytes: source.bytes,
            ..PartEvent::without_part(PartEventKind::RemovePart, name, source.name.clone(), Duration::ZERO)
        };
        let removed = sources
            .iter()
            .filter(|_| error.is_none())
            .map(removal)
            .collect::<Vec<_>>();
        let merged_from = sources.iter().map(|source| source.name.clone()).collect();
        self.log.add([PartEvent {
            merged_from,
            error,
            ..event
        }]);
        self.log.add(removed);
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
