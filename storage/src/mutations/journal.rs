//! What is known of a table's mutations, in memory: which are open, on which parts they work and why they failed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use parking_lot::{Condvar, Mutex};

use super::entry::Mutation;
use crate::{Part, PartName, PartSet};

/// How long a mutation that failed rests: the first time, and at most (ClickHouse's
/// `max_postpone_time_for_failed_mutations_ms`).
const REST: Duration = Duration::from_millis(100);
const REST_MAX: Duration = Duration::from_secs(300);

/// Killed mutations that are remembered.
const KILLED_MAX: usize = 1000;

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
    states: Mutex<BTreeMap<u64, State>>,
    /// Those that were killed last.
    killed: Mutex<BTreeSet<u64>>,
    changed: Condvar,
}

pub(crate) struct State {
    pub mutation: Arc<Mutation>,
    pub killed: Arc<AtomicBool>,
    /// Parts that stay as they are: none of their rows is meant.
    pub untouched: BTreeSet<PartName>,
    pub in_progress: BTreeSet<PartName>,
    pub failure: Option<MutationFailure>,
    rest: Duration,
    rest_until: Option<Instant>,
}

impl State {
    pub fn new(mutation: Mutation) -> State {
        State {
            mutation: Arc::new(mutation),
            killed: Arc::default(),
            untouched: BTreeSet::new(),
            in_progress: BTreeSet::new(),
            failure: None,
            rest: Duration::ZERO,
            rest_until: None,
        }
    }

    /// Whether its file says that it is done.
    pub fn is_done(&self) -> bool {
        self.mutation.finished().is_some()
    }

    fn is_open(&self) -> bool {
        !self.is_done() && !self.killed.load(Ordering::Relaxed)
    }

    /// Whether the part is left to be changed.
    pub fn is_to_do(&self, part: &PartName) -> bool {
        is_meant(self.mutation.version, part) && !self.untouched.contains(part)
    }

    fn is_resting(&self) -> bool {
        self.rest_until.is_some_and(|until| Instant::now() < until)
    }
}

/// Whether a part holds rows that a mutation is about, and has not got it yet.
fn is_meant(version: u64, part: &PartName) -> bool {
    part.min_block.max(part.mutation.unwrap_or(0)) < version
}

impl Journal {
    pub fn new(mutations: Vec<Mutation>) -> Journal {
        let states = mutations.into_iter().map(|it| (it.version, State::new(it)));
        Journal {
            states: Mutex::new(states.collect()),
            killed: Mutex::default(),
            changed: Condvar::new(),
        }
    }

    pub fn insert(&self, mutation: Mutation) {
        self.states.lock().insert(mutation.version, State::new(mutation));
        self.changed.notify_all();
    }

    /// The first open mutation that a part is to get, whether or not it would change it. Parts for which that is another
    /// one are not merged: the name of the merged part could not tell.
    pub fn first_open(&self, part: &PartName) -> Option<u64> {
        let states = self.states.lock();
        let mut open = states.iter().filter(|(_, state)| state.is_open());
        open.find(|(version, _)| is_meant(**version, part))
            .map(|(version, _)| *version)
    }

    /// What to do next: the first part that is not busy, with the first mutation that it is to get. None of those after
    /// `last`, and of those that failed lately only `eager` ones.
    pub fn next(
        &self,
        parts: &PartSet,
        last: u64,
        eager: bool,
        is_busy: impl Fn(&PartName) -> bool,
    ) -> Option<(Arc<Mutation>, Arc<Part>)> {
        let states = self.states.lock();
        let open: Vec<&State> = states
            .range(..=last)
            .map(|(_, state)| state)
            .filter(|it| it.is_open())
            .collect();
        if open.is_empty() {
            return None;
        }
        let mut idle = parts.parts().iter().filter(|part| !is_busy(part.name()));
        idle.find_map(|part| {
            let first = open.iter().find(|state| state.is_to_do(part.name()))?;
            (eager || !first.is_resting()).then(|| (first.mutation.clone(), part.clone()))
        })
    }

    /// How a mutation is; None if there is no such one.
    pub fn change<T>(&self, version: u64, change: impl FnOnce(&mut State) -> T) -> Option<T> {
        let changed = self.states.lock().get_mut(&version).map(change);
        self.changed.notify_all();
        changed
    }

    /// Notes why a part could not be changed; the mutation rests, longer each time.
    pub fn fail(&self, version: u64, failure: MutationFailure) {
        self.change(version, |state| {
            state.failure = Some(failure);
            state.rest = (state.rest * 2).clamp(REST, REST_MAX);
            state.rest_until = Some(Instant::now() + state.rest);
        });
    }

    pub fn remove(&self, version: u64) {
        self.states.lock().remove(&version);
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
        let states = self.states.lock();
        match states.get(&version) {
            Some(state) if state.killed.load(Ordering::Relaxed) => MutationState::Killed,
            Some(state) if state.is_done() => MutationState::Done,
            Some(_) => MutationState::Open,
            None if self.killed.lock().contains(&version) => MutationState::Killed,
            None => MutationState::Done,
        }
    }

    pub fn is_known(&self, version: u64) -> bool {
        self.states.lock().contains_key(&version)
    }

    pub fn failed_since(&self, time: SystemTime) -> bool {
        let states = self.states.lock();
        let mut failures = states.values().filter_map(|state| state.failure.as_ref());
        failures.any(|failure| failure.time >= time)
    }

    pub fn is_open(&self, version: u64) -> bool {
        self.states.lock().get(&version).is_some_and(State::is_open)
    }

    /// Waits until something changes, but not for longer.
    pub fn wait(&self, longest: Duration) {
        let mut states = self.states.lock();
        self.changed.wait_for(&mut states, longest);
    }

    /// Open mutations that no part is left for.
    pub fn ended(&self, parts: &PartSet) -> Vec<Arc<Mutation>> {
        let states = self.states.lock();
        let open = states.values().filter(|state| state.is_open());
        let ended = open.filter(|state| !parts.parts().iter().any(|part| state.is_to_do(part.name())));
        ended.map(|state| state.mutation.clone()).collect()
    }

    /// Done mutations but for the last `keep`.
    pub fn old(&self, keep: usize) -> Vec<Arc<Mutation>> {
        let states = self.states.lock();
        let done: Vec<&State> = states.values().filter(|state| state.is_done()).collect();
        let old = &done[..done.len().saturating_sub(keep)];
        old.iter().map(|state| state.mutation.clone()).collect()
    }

    pub fn open_count(&self) -> usize {
        self.states.lock().values().filter(|state| state.is_open()).count()
    }

    pub fn statuses(&self, parts: &PartSet) -> Vec<MutationStatus> {
        let status = |state: &State| {
            let names = parts.parts().iter().map(|part| part.name());
            let to_do = names.filter(|name| !state.is_done() && state.is_to_do(name));
            MutationStatus {
                mutation: state.mutation.clone(),
                is_done: state.is_done(),
                is_killed: state.killed.load(Ordering::Relaxed),
                parts_to_do: to_do.cloned().collect(),
                parts_in_progress: state.in_progress.iter().cloned().collect(),
                failure: state.failure.clone(),
            }
        };
        self.states.lock().values().map(status).collect()
    }
}
