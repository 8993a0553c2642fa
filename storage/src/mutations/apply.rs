//! One mutation on one part: step after step on files that nobody sees yet, then one commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use gristmill_index::RowSet;

use super::entry::Mutation;
use crate::delete::Doomed;
use crate::part::StoredPart;
use crate::write::{NewPart, Target};
use crate::{
    BoxError, Change, Error, IndexChoice, IndexJob, LeftOut, MergeOptions, MergeTree, Part, PartName, Replaced, Result,
    RowRanges, UpdateJob,
};

/// Tells rows of a part.
pub type FindRows<'a> = &'a (dyn Fn(&Arc<Part>) -> std::result::Result<RowSet, BoxError> + Sync);

/// A command, ready for a part.
pub enum MutationStep<'a> {
    /// Takes rows out. With `rewrite` the files are written again without them, else they are only marked.
    Delete {
        /// The rows.
        rows: FindRows<'a>,
        /// Whether their space is freed at once.
        rewrite: bool,
    },
    /// Writes the part again without the rows that are marked already.
    DropMarked,
    /// Gives rows new values, if there is any such row.
    Update {
        /// The rows.
        rows: FindRows<'a>,
        /// Their values.
        job: UpdateJob<'a>,
    },
    /// Writes the columns that the part holds in an older type in the table's.
    ConvertColumns,
    /// Writes a column, by its name, unless the part has it.
    MaterializeColumn(&'a str),
    /// Writes columns anew, whatever is in them.
    ComputeColumns(UpdateJob<'a>),
    /// Takes a column out of the part, by its name.
    ClearColumn(&'a str),
    /// Builds an index of the table, by its name, unless the part has it.
    BuildIndex(&'a str, IndexJob<'a>),
    /// Removes an index, by its name.
    RemoveIndex(&'a str),
}

/// How a mutation works on a part.
pub struct MutationJob<'a> {
    /// Its commands.
    pub steps: &'a [MutationStep<'a>],
    /// Threads that build indexes; 0 = as many as the machine has.
    pub threads: usize,
    /// Asked between batches; the part then stays as it is.
    pub stopped: &'a (dyn Fn() -> bool + Sync),
    /// Told of the part when it is done.
    pub replaced: Replaced<'a>,
}

/// What a step makes of a part.
enum Made {
    Same,
    /// No row is left.
    Nothing,
    New(Box<NewPart>),
}

impl Made {
    fn new(new: NewPart) -> Made {
        Made::New(Box::new(new))
    }

    fn of(new: Option<NewPart>) -> Made {
        new.map_or(Made::Same, Made::new)
    }
}

impl MergeTree {
    /// Applies a mutation to a part; durable and visible when it returns. Fails with [`Error::PartGone`] if the part is
    /// not there any more or some other job has it, with [`Error::Altered`] if the table's columns are others by now.
    pub fn mutate(&self, mutation: &Mutation, name: &PartName, job: &MutationJob<'_>) -> Result<()> {
        let reserved = self.reserve(std::slice::from_ref(name))?;
        self.check_unaltered()?;
        let [part] = reserved.parts() else {
            unreachable!("one part was asked for")
        };
        let version = mutation.version;
        let enter = |state: &mut super::journal::State| {
            state.in_progress.insert(name.clone());
            state.killed.clone()
        };
        let killed = self.journal().change(version, enter);
        let killed = killed.ok_or(Error::Stopped)?;
        let stopped = || killed.load(Ordering::Relaxed) || (job.stopped)();
        let done = self.mutate_reserved(version, part, job, &killed, &stopped);
        self.journal().change(version, |state| {
            state.in_progress.remove(name);
            if done.is_ok() {
                state.failure = None;
            }
        });
        done
    }

    fn mutate_reserved(
        &self,
        version: u64,
        part: &Arc<Part>,
        job: &MutationJob<'_>,
        killed: &AtomicBool,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<()> {
        let begun = Instant::now();
        let mut change = Change {
            add: Vec::new(),
            remove: vec![part.name().clone()],
        };
        match self.steps(part, job, stopped)? {
            Made::Same => {
                let stays = part.name().clone();
                self.journal().change(version, |state| state.untouched.insert(stays));
                return Ok(());
            }
            Made::Nothing => {}
            Made::New(new) => {
                let target = Target::Named(PartName {
                    mutation: Some(version),
                    ..part.name().clone()
                });
                change.add.push(NewPart { target, ..*new });
            }
        }
        if stopped() {
            return Err(Error::Stopped);
        }
        let keeps_values =
            |step: &MutationStep<'_>| matches!(step, MutationStep::BuildIndex(..) | MutationStep::RemoveIndex(_));
        let mut committing = self.lock_commits();
        // Whoever kills it takes this turn after saying so: nothing is changed once that has returned.
        if killed.load(Ordering::Relaxed) {
            return Err(Error::Stopped);
        }
        if !job.steps.iter().all(keeps_values) {
            self.check_types()?;
        }
        let added = self.commit_locked(&mut committing, change)?;
        drop(committing);
        (job.replaced)(part, added.first().map(|part| &**part), begun.elapsed());
        Ok(())
    }

    /// All steps, each on what the one before it made.
    fn steps(&self, part: &Arc<Part>, job: &MutationJob<'_>, stopped: &(dyn Fn() -> bool + Sync)) -> Result<Made> {
        let mut made = Made::Same;
        let mut now = part.clone();
        for step in job.steps {
            if stopped() {
                return Err(Error::Stopped);
            }
            match self.step(&now, step, job.threads, stopped)? {
                Made::Same => {}
                Made::Nothing => return Ok(Made::Nothing),
                Made::New(new) => {
                    now = Arc::new(self.draft(&new, part.name())?);
                    made = Made::New(new);
                }
            }
        }
        Ok(made)
    }

    /// A part that has no name yet, to be read as if it were the one that it will replace.
    fn draft(&self, new: &NewPart, name: &PartName) -> Result<Part> {
        let folder = new.folder.path().file_name().expect("the folder was given a name");
        let stored = StoredPart::open(self.table().folder.clone(), &folder.to_string_lossy(), name.clone())?;
        Ok(Part::new(Arc::new(stored), self.table().shape.clone()))
    }

    fn step(
        &self,
        part: &Arc<Part>,
        step: &MutationStep<'_>,
        threads: usize,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<Made> {
        match step {
            MutationStep::Delete { rows, rewrite } => {
                let doomed = Doomed {
                    rows: rows(part).map_err(Error::Evaluate)?,
                    part: part.clone(),
                };
                if doomed.count() == 0 {
                    return Ok(Made::Same);
                }
                let Some(left) = self.without_rows(&doomed)? else {
                    return Ok(Made::Nothing);
                };
                match rewrite {
                    true => self.without_marked(&Arc::new(self.draft(&left, part.name())?), threads, stopped),
                    false => Ok(Made::new(left)),
                }
            }
            MutationStep::DropMarked => self.without_marked(part, threads, stopped),
            MutationStep::Update { rows, job } => {
                let mut rows = rows(part).map_err(Error::Evaluate)?;
                if let Some(alive) = part.alive_set() {
                    rows.and(alive);
                }
                match rows.count() {
                    0 => Ok(Made::Same),
                    _ => self.updated(part, job).map(Made::new),
                }
            }
            MutationStep::ConvertColumns => Ok(Made::of(self.converted(part, threads, stopped)?)),
            MutationStep::MaterializeColumn(name) => Ok(Made::of(self.materialized(part, name, threads, stopped)?)),
            MutationStep::ComputeColumns(job) => self.updated(part, job).map(Made::new),
            MutationStep::ClearColumn(name) => Ok(Made::of(self.cleared(part, name)?)),
            MutationStep::BuildIndex(name, job) => {
                let indexes = &self.table().indexes;
                let position = indexes.iter().position(|spec| spec.name == *name);
                match position.filter(|position| !part.has_index(name, &indexes[*position].built_for)) {
                    Some(position) => self.with_index(part, position, job).map(Made::new),
                    None => Ok(Made::Same),
                }
            }
            MutationStep::RemoveIndex(name) => match part.indexes().iter().any(|index| index.name == *name) {
                true => self.without_index(part, name).map(Made::new),
                false => Ok(Made::Same),
            },
        }
    }

    /// The part without the rows that are marked as deleted; it keeps the indexes that it has.
    fn without_marked(&self, part: &Arc<Part>, threads: usize, stopped: &(dyn Fn() -> bool + Sync)) -> Result<Made> {
        if part.alive_set().is_none() {
            return Ok(Made::Same);
        }
        let lacks = |spec: &&crate::IndexSpec| !part.has_index(&spec.name, &spec.built_for);
        let lacking = self.table().indexes.iter().filter(lacks);
        let options = MergeOptions {
            threads,
            indexes: IndexChoice::Except(lacking.map(|spec| spec.name.clone()).collect()),
            progress: Arc::default(),
            reserved_bytes: 0,
            left_out: LeftOut::default(),
            stopped: &|| stopped(),
        };
        let parts = std::slice::from_ref(part);
        let rows = self.merged_rows(parts, &options)?;
        match rows.iter().all(RowRanges::is_empty) {
            true => Ok(Made::Nothing),
            false => self.write_merged(parts, &rows, part.name(), &options).map(Made::new),
        }
    }
}
