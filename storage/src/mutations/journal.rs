//! What is known of a table's mutations, in memory: which are open, on which parts they work and why they failed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use parking_lot::{Condvar, Mutex};

use super::entry::Mutation;
use crate::{Part, PartName, PartSet};

/// How long a part rests of which a mutation failed: the first time, and at most (ClickHouse's
/// `max_postpone_time_for_failed_mutations_ms`).
const REST: Duration = Duration::from_millis(100);
const REST_MAX: Duration = Duration::from_secs(300);

/// Killed mutations that are remembered.
const KILLED_MAX: usize = 1000;

/// Mutations that a part gets at once.
const RUN_MAX: usize = 100;

/// A part that is being changed.
#[derive(Clone, Debug)]
pub struct RunningMutation {
    /// The part.
    pub part: Arc<Part>,
    /// The mutations that it gets, in order.
    pub versions: Vec<u64>,
    /// Since when.
    pub since: Instant,
}

/// The last failure of a mutation.
#[derive(Clone, Debug)]
pub struct MutationFailure {
    /// The part that could not be changed.
    pub part: PartName,
    /// When.
    pub time: SystemTime,
    /// Why.
    pub reason: String,
    /// The name of the error's code.
    pub code: String,
}

/// A mutation and how far it is.
#[derive(Clone, Debug)]
pub struct MutationStatus {
    /// What it does.
    pub mutation: Arc<Mutation>,
    /// Whether no part is left to be changed.
    pub is_done: bool,
    /// Somebody ended it.
    pub is_killed: bool,
    /// Parts that are left to be changed.
    pub parts_to_do: Vec<PartName>,
    /// Parts that are being changed.
    pub parts_in_progress: Vec<PartName>,
    /// Why it is not done yet, if something went wrong.
    pub failure: Option<MutationFailure>,
}

/// What has become of a mutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MutationState {
    /// Parts are left to be changed.
    Open,
    /// None is.
    Done,
    /// Somebody has ended it.
    Killed,
}

/// All mutations of a table.
#[derive(Default)]
pub(crate) struct Journal {
    known: Mutex<Known>,
    /// Those that were killed last.
    killed: Mutex<BTreeSet<u64>>,
    changed: Condvar,
}

#[derive(Default)]
struct Known {
    states: BTreeMap<u64, State>,
    /// Parts that stayed as they were, and the last mutation that none of their rows was meant by: they have got it, and
    /// all before it, but their names do not say so.
    reached: BTreeMap<PartName, u64>,
    running: BTreeMap<PartName, RunningMutation>,
    /// Parts that could not be changed.
    resting: BTreeMap<PartName, Rest>,
}

/// How long a mutation is not tried again on a part; other parts need not wait for that.
struct Rest {
    version: u64,
    length: Duration,
    until: Instant,
}

impl Known {
    /// The mutation that is not to be tried on the part now.
    fn resting(&self, part: &PartName) -> Option<u64> {
        let rest = self.resting.get(part)?;
        (Instant::now() < rest.until).then_some(rest.version)
    }

    /// The last mutation, or block, that the part has got.
    fn reached(&self, part: &PartName) -> u64 {
        let silent = self.reached.get(part).copied().unwrap_or(0);
        named(part).max(silent)
    }
}

/// What the part's name says that it has got.
fn named(part: &PartName) -> u64 {
    part.min_block.max(part.mutation.unwrap_or(0))
}

pub(crate) struct State {
    pub mutation: Arc<Mutation>,
    pub killed: Arc<AtomicBool>,
    pub failure: Option<MutationFailure>,
}

impl State {
    pub fn new(mutation: Mutation) -> State {
        State {
            mutation: Arc::new(mutation),
            killed: Arc::default(),
            failure: None,
        }
    }

    /// Whether its file says that it is done.
    pub fn is_done(&self) -> bool {
        self.mutation.finished().is_some()
    }

    fn is_open(&self) -> bool {
        !self.is_done() && !self.killed.load(Ordering::Relaxed)
    }
}

impl Journal {
    pub fn new(mutations: Vec<Mutation>) -> Journal {
        let states = mutations.into_iter().map(|it| (it.version, State::new(it)));
        Journal {
            known: Mutex::new(Known {
                states: states.collect(),
                ..Known::default()
            }),
            killed: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    pub fn insert(&self, mutation: Mutation) {
        let mut known = self.known.lock();
        known.states.insert(mutation.version, State::new(mutation));
        drop(known);
        self.changed.notify_all();
    }

    /// The first open mutation that a part is to get, whether or not it would change it. Parts for which that is another
    /// one are not merged: the name of the merged part could not tell.
    pub fn first_open(&self, part: &PartName) -> Option<u64> {
        let known = self.known.lock();
        let mut later = known.states.range(named(part) + 1..);
        later.find(|(_, state)| state.is_open()).map(|(version, _)| *version)
    }

    /// What to do next: the first part that is not busy, with the mutations that it is to get, in order. None of those
    /// after `last`, and of those that failed lately, and of what comes behind them, only `eager` ones.
    pub fn next(
        &self,
        parts: &PartSet,
        last: u64,
        eager: bool,
        is_busy: impl Fn(&PartName) -> bool,
    ) -> Option<(Vec<Arc<Mutation>>, Arc<Part>)> {
        let known = self.known.lock();
        let open: Vec<&State> = known
            .states
            .range(..=last)
            .map(|(_, state)| state)
            .filter(|it| it.is_open())
            .collect();
        if open.is_empty() {
            return None;
        }
        let mut idle = parts.parts().iter().filter(|part| !is_busy(part.name()));
        idle.find_map(|part| {
            let reached = known.reached(part.name());
            let first = open.partition_point(|state| state.mutation.version <= reached);
            let resting = known.resting(part.name()).filter(|_| !eager);
            let run = open[first..]
                .iter()
                .take_while(|state| Some(state.mutation.version) != resting);
            let run: Vec<Arc<Mutation>> = run.take(RUN_MAX).map(|state| state.mutation.clone()).collect();
            (!run.is_empty()).then(|| (run, part.clone()))
        })
    }

    /// How a mutation is; None if there is no such one.
    pub fn change<T>(&self, version: u64, change: impl FnOnce(&mut State) -> T) -> Option<T> {
        let changed = self.known.lock().states.get_mut(&version).map(change);
        self.changed.notify_all();
        changed
    }

    /// Notes that a part begins to be changed; the flags of those who kill its mutations. None if one is gone already.
    pub fn begin(&self, part: &Arc<Part>, versions: &[u64]) -> Option<Vec<Arc<AtomicBool>>> {
        let mut known = self.known.lock();
        let killed = versions
            .iter()
            .map(|version| Some(known.states.get(version)?.killed.clone()));
        let killed = killed.collect::<Option<Vec<_>>>()?;
        let running = RunningMutation {
            part: part.clone(),
            versions: versions.to_vec(),
            since: Instant::now(),
        };
        known.running.insert(part.name().clone(), running);
        Some(killed)
    }

    /// Notes that a part has got these mutations, whether or not it was changed, and is not changed any more.
    pub fn end(&self, part: &PartName, done: &[u64], is_changed: bool) {
        let mut known = self.known.lock();
        known.running.remove(part);
        for version in done {
            if let Some(state) = known.states.get_mut(version) {
                state.failure.take_if(|failure| failure.part == *part);
            }
        }
        if let Some(last) = done.last().filter(|_| !is_changed) {
            known.reached.insert(part.clone(), *last);
        }
        drop(known);
        self.changed.notify_all();
    }

    /// The parts that are being changed.
    pub fn running(&self) -> Vec<RunningMutation> {
        self.known.lock().running.values().cloned().collect()
    }

    /// Notes why a part could not be changed; it rests, longer each time.
    pub fn fail(&self, version: u64, failure: MutationFailure) {
        let mut known = self.known.lock();
        let before = known.resting.get(&failure.part).filter(|rest| rest.version == version);
        let length = before.map_or(REST, |rest| (rest.length * 2).min(REST_MAX));
        let until = Instant::now() + length;
        known
            .resting
            .insert(failure.part.clone(), Rest { version, length, until });
        if let Some(state) = known.states.get_mut(&version) {
            state.failure = Some(failure);
        }
        drop(known);
        self.changed.notify_all();
    }

    pub fn remove(&self, version: u64) {
        self.known.lock().states.remove(&version);
        self.changed.notify_all();
    }

    /// Forgets a mutation, but not that it was killed.
    pub fn bury(&self, version: u64) {
        let mut killed = self.killed.lock();
        killed.insert(version);
        if killed.len() > KILLED_MAX {
            killed.pop_first();
        }
        drop(killed); // before the other lock is asked for
        self.remove(version);
    }

    pub fn state(&self, version: u64) -> MutationState {
        let known = self.known.lock();
        match known.states.get(&version) {
            Some(state) if state.killed.load(Ordering::Relaxed) => MutationState::Killed,
            Some(state) if state.is_done() => MutationState::Done,
            Some(_) => MutationState::Open,
            None if self.killed.lock().contains(&version) => MutationState::Killed,
            None => MutationState::Done,
        }
    }

    pub fn is_known(&self, version: u64) -> bool {
        self.known.lock().states.contains_key(&version)
    }

    pub fn failed_since(&self, time: SystemTime) -> bool {
        let known = self.known.lock();
        let mut failures = known.states.values().filter_map(|state| state.failure.as_ref());
        failures.any(|failure| failure.time >= time)
    }

    pub fn is_open(&self, version: u64) -> bool {
        self.known.lock().states.get(&version).is_some_and(State::is_open)
    }

    /// Waits until something changes, but not for longer.
    pub fn wait(&self, longest: Duration) {
        let mut known = self.known.lock();
        self.changed.wait_for(&mut known, longest);
    }

    /// Open mutations that no part is left for.
    pub fn ended(&self, parts: &PartSet) -> Vec<Arc<Mutation>> {
        let known = self.known.lock();
        let parts = parts.parts().iter().map(|part| known.reached(part.name()));
        let reached = parts.min().unwrap_or(u64::MAX);
        let open = known.states.range(..=reached).map(|(_, state)| state);
        open.filter(|state| state.is_open())
            .map(|state| state.mutation.clone())
            .collect()
    }

    /// Forgets parts that are gone.
    pub fn forget_parts(&self, parts: &PartSet) {
        let mut known = self.known.lock();
        known.reached.retain(|name, _| parts.get(name).is_some());
        known.resting.retain(|name, _| parts.get(name).is_some());
    }

    /// Done mutations but for the last `keep`.
    pub fn old(&self, keep: usize) -> Vec<Arc<Mutation>> {
        let known = self.known.lock();
        let done: Vec<&State> = known.states.values().filter(|state| state.is_done()).collect();
        let old = &done[..done.len().saturating_sub(keep)];
        old.iter().map(|state| state.mutation.clone()).collect()
    }

    pub fn open_count(&self) -> usize {
        self.known
            .lock()
            .states
            .values()
            .filter(|state| state.is_open())
            .count()
    }

    pub fn statuses(&self, parts: &PartSet) -> Vec<MutationStatus> {
        let known = self.known.lock();
        let reached: Vec<u64> = parts.parts().iter().map(|part| known.reached(part.name())).collect();
        let status = |state: &State| {
            let version = state.mutation.version;
            let names = parts.parts().iter().map(|part| part.name()).zip(&reached);
            let to_do = names.filter(|(_, reached)| !state.is_done() && **reached < version);
            let in_progress = known.running.iter().filter(|(_, it)| it.versions.contains(&version));
            MutationStatus {
                mutation: state.mutation.clone(),
                is_done: state.is_done(),
                is_killed: state.killed.load(Ordering::Relaxed),
                parts_to_do: to_do.map(|(name, _)| name.clone()).collect(),
                parts_in_progress: in_progress.map(|(name, _)| name.clone()).collect(),
                failure: state.failure.clone(),
            }
        };
        known.states.values().map(status).collect()
    }
}
