//! Mutations on one part: step after step on files that nobody sees yet, then one commit.

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
#[derive(Clone, Copy)]
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

/// What ended a run of mutations before its last one was done. Those before have been done.
#[derive(Debug)]
pub struct RunFailure {
    /// Which one of the run.
    pub position: usize,
    /// The part, as it is called after those before.
    pub part: PartName,
    /// Why.
    pub error: Error,
}

/// Mutations that a part gets at once, as far as they are done.
struct Run<'a> {
    versions: Vec<u64>,
    jobs: &'a [(&'a Mutation, MutationJob<'a>)],
    killed: Vec<Arc<AtomicBool>>,
    begun: Instant,
}

impl Run<'_> {
    /// Whether somebody has ended a mutation.
    fn is_killed(&self, position: usize) -> bool {
        self.killed[position].load(Ordering::Relaxed)
    }
}

impl MergeTree {
    /// Applies a mutation to a part; durable and visible when it returns. See [`mutate_run`](MergeTree::mutate_run).
    pub fn mutate(&self, mutation: &Mutation, name: &PartName, job: &MutationJob<'_>) -> Result<()> {
        let done = self.mutate_run(name, &[(mutation, *job)]);
        done.map_err(|failure| failure.error)
    }

    /// Applies the next mutations of a part to it, in order: it is replaced once, and that is durable and visible when
    /// this returns. If one fails, those before it are done.
    ///
    /// Fails with [`Error::PartGone`] if the part is not there any more or some other job has it, with [`Error::Altered`]
    /// if the table's columns are others by now.
    pub fn mutate_run(
        &self,
        name: &PartName,
        jobs: &[(&Mutation, MutationJob<'_>)],
    ) -> std::result::Result<(), Box<RunFailure>> {
        let failed = |position: usize, part: &PartName, error: Error| {
            Box::new(RunFailure {
                position,
                part: part.clone(),
                error,
            })
        };
        let reserved = self.reserve(std::slice::from_ref(name));
        let reserved = reserved.map_err(|error| failed(0, name, error))?;
        self.check_unaltered().map_err(|error| failed(0, name, error))?;
        let [part] = reserved.parts() else {
            unreachable!("one part was asked for")
        };
        let versions: Vec<u64> = jobs.iter().map(|(mutation, _)| mutation.version).collect();
        let killed = self.journal().begin(part, &versions);
        let run = Run {
            killed: killed.ok_or_else(|| failed(0, name, Error::Stopped))?,
            versions,
            jobs,
            begun: Instant::now(),
        };
        let (made, done, error) = self.run_steps(part, &run);
        let is_changed = !matches!(made, Made::Same);
        if let Err(error) = self.commit_run(part, &run, done, made) {
            self.journal().end(name, &[], false);
            return Err(failed(0, name, error));
        }
        self.journal().end(name, &run.versions[..done], is_changed);
        match error {
            None => Ok(()),
            Some(error) => {
                let mutation = done
                    .checked_sub(1)
                    .filter(|_| is_changed)
                    .map(|last| run.versions[last]);
                let part = PartName {
                    mutation: mutation.or(name.mutation),
                    ..name.clone()
                };
                Err(failed(done, &part, error))
            }
        }
    }

    /// What the mutations make of the part, how many of them that are, and why not all.
    fn run_steps(&self, part: &Arc<Part>, run: &Run<'_>) -> (Made, usize, Option<Error>) {
        let mut made = Made::Same;
        let mut now = part.clone();
        for (position, (_, job)) in run.jobs.iter().enumerate() {
            let stopped = || run.is_killed(position) || (job.stopped)();
            match self.steps(part.name(), &mut now, job, &stopped) {
                Ok(Made::Same) => {}
                // No mutation finds anything any more.
                Ok(Made::Nothing) => return (Made::Nothing, run.jobs.len(), None),
                Ok(new) => made = new,
                Err(error) => return (made, position, Some(error)),
            }
        }
        (made, run.jobs.len(), None)
    }

    /// Puts what the first mutations of a run made in the part's place.
    fn commit_run(&self, part: &Arc<Part>, run: &Run<'_>, done: usize, made: Made) -> Result<()> {
        let mut change = Change {
            add: Vec::new(),
            remove: vec![part.name().clone()],
        };
        match made {
            Made::Same => return Ok(()),
            Made::Nothing => {}
            Made::New(new) => {
                let target = Target::Named(PartName {
                    mutation: Some(run.versions[done - 1]),
                    ..part.name().clone()
                });
                change.add.push(NewPart { target, ..*new });
            }
        }
        let keeps_values =
            |step: &MutationStep<'_>| matches!(step, MutationStep::BuildIndex(..) | MutationStep::RemoveIndex(_));
        let jobs = run.jobs[..done].iter().map(|(_, job)| job);
        if jobs.clone().any(|job| (job.stopped)()) {
            return Err(Error::Stopped);
        }
        let mut committing = self.lock_commits();
        // Whoever kills one takes this turn after saying so: nothing is changed once that has returned.
        if (0..done).any(|position| run.is_killed(position)) {
            return Err(Error::Stopped);
        }
        if !jobs.flat_map(|job| job.steps).all(keeps_values) {
            self.check_types()?;
        }
        let added = self.commit_locked(&mut committing, change)?;
        drop(committing);
        let (_, job) = &run.jobs[0];
        (job.replaced)(part, added.first().map(|part| &**part), run.begun.elapsed());
        Ok(())
    }

    /// All steps of a mutation, each on what the one before it made: `now`, in the place of the part of a name.
    fn steps(
        &self,
        name: &PartName,
        now: &mut Arc<Part>,
        job: &MutationJob<'_>,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<Made> {
        let mut made = Made::Same;
        for step in job.steps {
            if stopped() {
                return Err(Error::Stopped);
            }
            match self.step(now, step, job.threads, stopped)? {
                Made::Same => {}
                Made::Nothing => return Ok(Made::Nothing),
                Made::New(new) => {
                    *now = Arc::new(self.draft(&new, name)?);
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
