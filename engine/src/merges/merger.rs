//! One merge at a time: choose, run, commit.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use gristmill_sql::Code;
use gristmill_storage::{
    Candidate, Error as StorageError, MergeLimits, MergeOptions, MergeProgress, PartName, choose, choose_all,
    merged_name,
};
use parking_lot::RwLock;
use uuid::Uuid;

use super::running::{Running, RunningMerge};
use crate::catalog::Catalog;
use crate::error::{Error, Result};
use crate::table::MergeTreeTable;

/// What OPTIMIZE merges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// What the rule for the background chooses.
    Rule,
    /// The best merge there is, however little it is worth.
    One,
    /// All parts of each partition into one.
    All,
}

/// Merges parts of the catalog's tables.
pub struct Merger {
    catalog: Arc<Catalog>,
    running: Running,
    threads: usize,
    stopping: AtomicBool,
    /// `SYSTEM STOP MERGES`
    stopped_everywhere: AtomicBool,
    /// `SYSTEM STOP MERGES table`
    stopped: RwLock<BTreeSet<Uuid>>,
}

impl Merger {
    /// Builds indexes of merged parts with `threads` threads.
    pub fn new(catalog: Arc<Catalog>, threads: usize) -> Self {
        Self {
            catalog,
            running: Running::default(),
            threads,
            stopping: AtomicBool::new(false),
            stopped_everywhere: AtomicBool::new(false),
            stopped: RwLock::default(),
        }
    }

    /// The tables that may need merges.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
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

    /// Merges parts of one table; false if nothing was left to merge. Of all partitions, or of one.
    pub fn merge(
        &self,
        database: &str,
        name: &str,
        table: &MergeTreeTable,
        extent: Extent,
        partition: Option<&str>,
    ) -> Result<bool> {
        let mut candidates = table.store.merge_candidates();
        candidates.retain(|part| partition.is_none_or(|partition| part.name.partition_id == partition));
        let limits = MergeLimits {
            is_eager: extent == Extent::One,
            ..table.definition.merges.limits
        };
        let chosen: Vec<Range<usize>> = match extent {
            Extent::All => choose_all(&candidates),
            Extent::Rule | Extent::One => choose(&candidates, &limits).into_iter().collect(),
        };
        for range in &chosen {
            self.run(database, name, table, &candidates[range.clone()], extent)?;
        }
        Ok(!chosen.is_empty())
    }

    fn run(
        &self,
        database: &str,
        name: &str,
        table: &MergeTreeTable,
        sources: &[Candidate],
        extent: Extent,
    ) -> Result<()> {
        let names: Vec<PartName> = sources.iter().map(|part| part.name.clone()).collect();
        let progress = Arc::new(MergeProgress::default());
        let _listed = self.running.enter(RunningMerge {
            database: database.into(),
            table: name.into(),
            sources: sources.to_vec(),
            result: merged_name(&names)?,
            started: Instant::now(),
            progress: progress.clone(),
        });
        let stopped = || self.is_stopping() || !self.is_allowed(table.uuid);
        let options = MergeOptions {
            threads: self.threads,
            indexes: table.definition.merges.indexes.clone(),
            progress,
            stopped: &stopped,
        };
        match table.store.merge(&names, &options) {
            Ok(_) => Ok(()),
            // Another job was first, or the table is gone: whoever asks again sees what is there now.
            Err(StorageError::PartGone(_) | StorageError::Dropped) if extent != Extent::All => Ok(()),
            Err(StorageError::Stopped) => Err(Error::new(Code::ABORTED, "Cancelled merging parts")),
            Err(error) => Err(error.into()),
        }
    }
}
