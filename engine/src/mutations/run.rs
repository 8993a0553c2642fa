//! A run: the mutations that wait for one part, done on it at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use gristmill_storage::{BoxError, Mutation, MutationJob, MutationStep, Part, PartName, RunFailure};
use parking_lot::Mutex;

use super::plan::{Hands, Planned};
use crate::environment::Environment;
use crate::error::Error;
use crate::events::Event;
use crate::index_builds::Follower;
use crate::search::Surroundings;
use crate::table::{MergeTreeTable, TableIndex};

/// A mutation of a run.
pub struct Ready<'a> {
    /// The entry.
    pub mutation: &'a Mutation,
    /// What it does on the part.
    pub commands: Vec<Arc<Planned>>,
    /// What its commands were given in.
    pub environment: Environment,
    /// Asked between batches.
    pub stopped: &'a (dyn Fn() -> bool + Sync),
}

/// Does a run on a part.
pub fn apply(run: &[Ready<'_>], part: &PartName, table: &MergeTreeTable) -> Result<(), Box<RunFailure>> {
    let Some(first) = run.first() else {
        return Ok(());
    };
    let (engine, progress) = (&first.environment.engine, &first.environment.progress);
    let threads = |ready: &Ready<'_>| engine.executor().query_threads(&ready.environment.settings);
    let around: Vec<Surroundings<'_>> = run.iter().map(|ready| Surroundings::of(&ready.environment)).collect();
    let of_ready = |(at, ready): (usize, &'_ Ready<'_>)| vec![at; ready.commands.len()];
    let place: Vec<usize> = run.iter().enumerate().flat_map(of_ready).collect();
    let commands: Vec<&Planned> = run
        .iter()
        .flat_map(|ready| ready.commands.iter().map(|it| &**it))
        .collect();
    let both = || place.iter().zip(&commands);
    let columns: Vec<Vec<&str>> = commands.iter().map(|planned| planned.columns()).collect();
    let has_new_times: Vec<AtomicBool> = run.iter().map(|_| AtomicBool::default()).collect();
    let find: Vec<_> = both()
        .map(|(at, planned)| planned.finder(table, &around[*at], &has_new_times[*at]))
        .collect();
    let change: Vec<_> = commands.iter().map(|planned| planned.changer()).collect();
    let watch: Vec<_> = both()
        .map(|(at, planned)| planned.watcher(table, &run[*at].environment))
        .collect();
    let indexed = Counters::default();
    let memory = |at: usize| engine.executor().index_build_memory(&run[at].environment.settings);
    let counted = watch.iter().zip(both());
    let count: Vec<_> = counted
        .map(|(follower, (at, planned))| counter(follower, &indexed, planned.index(table), memory(*at)))
        .collect();
    let step = |position: usize| {
        let ready = &run[place[position]];
        commands[position].step(Hands {
            rows: &find[position],
            change: &change[position],
            columns: &columns[position],
            watch: &count[position],
            threads: threads(ready),
            stopped: ready.stopped,
        })
    };
    let steps_of = |at: usize| -> Vec<MutationStep<'_>> {
        let positions = (0..commands.len()).filter(|position| place[*position] == at);
        positions.filter_map(step).collect()
    };
    let steps: Vec<Vec<MutationStep<'_>>> = (0..run.len()).map(steps_of).collect();
    let log = engine.part_log();
    let replaced = |part: &Part, instead: Option<&Part>, took| {
        log.add_replaced(table.name(), part, instead, took);
        first.environment.events().add(Event::MutationTotalParts, 1);
        first.environment.events().add(Event::MutatedRows, part.rows());
        let indexed = instead.map_or(0, |new| indexed_anew(table, part, new));
        first.environment.events().add(Event::USearchAddCount, indexed);
    };
    let job = |(ready, steps)| -> (&Mutation, MutationJob<'_>) {
        let (ready, steps): (&Ready<'_>, &Vec<MutationStep<'_>>) = (ready, steps);
        let job = MutationJob {
            steps,
            threads: threads(ready),
            stopped: ready.stopped,
            replaced: &replaced,
        };
        (ready.mutation, job)
    };
    let jobs: Vec<_> = run.iter().zip(&steps).map(job).collect();
    let done = table.store.mutate_run(part, &jobs);
    let rows = indexed
        .lock()
        .iter()
        .map(|counter| counter.load(Ordering::Relaxed))
        .sum();
    progress.add_indexed(rows);
    let error = done.as_ref().err().map(|failure| Error::of_storage(&failure.error));
    for follower in watch.iter().flatten() {
        follower.end(error.as_ref());
    }
    done
}

/// Rows that were added to the vector indexes of a part's successor.
fn indexed_anew(table: &MergeTreeTable, part: &Part, new: &Part) -> u64 {
    let indexes = table.definition.vector_indexes();
    let own = indexes.filter(|(index, _)| index.is_in(new) && !new.shares_index(part, &index.name, &index.built_for));
    own.count() as u64 * new.rows()
}

/// Counts the rows of a part as they are added to an index, if that fits into memory.
fn counter<'a>(
    follower: &'a Option<Follower<'a>>,
    all: &'a Counters,
    index: Option<&'a TableIndex>,
    memory: u64,
) -> impl Fn(&Part) -> std::result::Result<Arc<AtomicU64>, BoxError> + Sync + 'a {
    move |part| {
        let begun = follower
            .as_ref()
            .map(|follower| follower.begin(part.name().to_string(), part.rows()));
        if let Some(index) = index {
            index.check_memory(part.rows(), part.index_granularity(), memory)?;
        }
        let counter = begun.unwrap_or_default();
        all.lock().push(counter.clone());
        Ok(counter)
    }
}

/// Rows that were added to indexes, one number for each.
type Counters = Mutex<Vec<Arc<AtomicU64>>>;
