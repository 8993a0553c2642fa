//! Rows of many small INSERTs, gathered for a moment and written as one part: `async_insert`.
//!
//! Each client's data is parsed and completed on its own thread, so what is wrong with it is told to it alone. What waits
//! here are rows of one table under the same settings. A block that cannot be written as a whole is tried again client by
//! client.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};

use arrow::array::RecordBatch;
use gristmill_sql::Code;
use parking_lot::{Condvar, Mutex};
use uuid::Uuid;

use super::writer::Writer;
use crate::error::{Error, Result};
use crate::outcome::guarded;
use crate::stop::StopSign;

/// Threads that write.
const THREADS: usize = 4;
/// Bytes of rows that may wait; who brings more waits, too.
const BYTES_MAX: usize = 256 << 20;
/// How long a thread sleeps that has nothing to write, and how often a client looks whether it has to end.
const PAUSE: Duration = Duration::from_secs(1);
const STEP: Duration = Duration::from_millis(10);

/// When rows that wait are written.
#[derive(Clone, Copy, Debug)]
pub struct QueueLimits {
    /// `async_insert_max_data_size`
    pub bytes: usize,
    /// `async_insert_max_query_number`
    pub queries: usize,
    /// Since the first rows came.
    pub age: Duration,
}

/// Whose rows can be written together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupKey {
    /// The table.
    pub table: Uuid,
    /// The statement without its data.
    pub query: String,
    /// Where its definition lies: columns may change.
    pub definition: usize,
    /// Of all settings.
    pub fingerprint: u64,
}

/// Rows of one INSERT.
pub struct Entry {
    /// As the table stores them.
    pub batches: Vec<RecordBatch>,
    /// Their bytes.
    pub bytes: usize,
}

/// Rows that wait, for system.asynchronous_inserts.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The statement without its data.
    pub query: String,
    /// Database and table.
    pub name: (String, String),
    /// FORMAT of the data.
    pub format: String,
    /// When the first rows came.
    pub first: SystemTime,
    /// Bytes of each INSERT.
    pub bytes: Vec<usize>,
}

/// Where the result of an INSERT will be.
#[derive(Default)]
struct Slot {
    done: Mutex<Option<Result<()>>>,
    told: Condvar,
}

struct Group {
    writer: Writer,
    format: String,
    limits: QueueLimits,
    entries: Vec<(Entry, Arc<Slot>)>,
    bytes: usize,
    first: (Instant, SystemTime),
    /// Groups are counted as they begin.
    number: u64,
    /// It is to be written at once.
    hurry: bool,
}

impl Group {
    fn is_due(&self) -> bool {
        let full = self.bytes >= self.limits.bytes || self.entries.len() >= self.limits.queries;
        full || self.hurry || self.first.0.elapsed() >= self.limits.age
    }
}

#[derive(Default)]
struct State {
    groups: HashMap<GroupKey, Group>,
    /// Bytes of rows that wait or are being written.
    bytes: usize,
    /// Number of the next group.
    next: u64,
    /// Groups that are being written: number and table.
    writing: Vec<(u64, Uuid)>,
    stopping: bool,
}

impl State {
    /// Has those of a table, or all, written at once that began before a number; false if there is none.
    fn hurry(&mut self, table: Option<Uuid>, before: u64) -> bool {
        let is_meant = |number: u64, of: Uuid| number < before && table.is_none_or(|table| table == of);
        let mut found = self.writing.iter().any(|(number, of)| is_meant(*number, *of));
        for (key, group) in &mut self.groups {
            if is_meant(group.number, key.table) {
                group.hurry = true;
                found = true;
            }
        }
        found
    }
}

/// The INSERTs that wait.
#[derive(Default)]
pub struct AsyncInserts {
    state: Mutex<State>,
    /// Something is to be written.
    wake: Condvar,
    /// Something was written.
    written: Condvar,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl AsyncInserts {
    /// Adds rows; they are written soon. With `wait` it returns when they are durable.
    pub fn add(
        self: &Arc<Self>,
        key: GroupKey,
        entry: Entry,
        group: impl FnOnce() -> (Writer, String, QueueLimits),
        wait: Option<Duration>,
        stop: &StopSign,
    ) -> Result<()> {
        self.start_threads()?;
        let slot = Arc::new(Slot::default());
        let mut state = self.state.lock();
        if state.stopping {
            return Err(Error::new(Code::ABORTED, "Server is shutting down"));
        }
        state.bytes += entry.bytes;
        let is_full = state.bytes > BYTES_MAX;
        let number = state.next;
        state.next += 1;
        let group = state.groups.entry(key).or_insert_with(|| {
            let (writer, format, limits) = group();
            Group {
                writer,
                format,
                limits,
                entries: Vec::new(),
                bytes: 0,
                first: (Instant::now(), SystemTime::now()),
                number,
                hurry: false,
            }
        });
        group.bytes += entry.bytes;
        group.entries.push((entry, slot.clone()));
        drop(state);
        self.wake.notify_one();
        match wait.or(is_full.then_some(Duration::MAX)) {
            Some(longest) => slot.wait(longest, stop),
            None => Ok(()),
        }
    }

    /// Writes what waits now, of one table or of all, and returns when that is done. Rows that come later are not waited
    /// for.
    pub fn flush(&self, table: Option<Uuid>, stop: &StopSign) -> Result<()> {
        let mut state = self.state.lock();
        let before = state.next;
        while state.hurry(table, before) {
            stop.check()?;
            self.wake.notify_all();
            self.written.wait_for(&mut state, STEP);
        }
        Ok(())
    }

    /// What waits now.
    pub fn waiting(&self) -> Vec<Waiting> {
        let state = self.state.lock();
        let waiting = |(key, group): (&GroupKey, &Group)| Waiting {
            query: key.query.clone(),
            name: group.writer.name(),
            format: group.format.clone(),
            first: group.first.1,
            bytes: group.entries.iter().map(|(entry, _)| entry.bytes).collect(),
        };
        state.groups.iter().map(waiting).collect()
    }

    /// Writes what waits and takes no more. Returns when the threads have ended.
    pub fn stop(&self) {
        self.state.lock().stopping = true;
        self.wake.notify_all();
        for thread in std::mem::take(&mut *self.threads.lock()) {
            if thread.join().is_err() {
                tracing::error!("a thread of asynchronous inserts panicked");
            }
        }
    }

    fn start_threads(self: &Arc<Self>) -> Result<()> {
        let mut threads = self.threads.lock();
        while threads.len() < THREADS {
            let this = self.clone();
            let thread = std::thread::Builder::new().name("async insert".into());
            let started = thread.spawn(move || this.work());
            let failed = |error| Error::new(Code::CANNOT_SCHEDULE_TASK, format!("Cannot start threads: {error}"));
            threads.push(started.map_err(failed)?);
        }
        Ok(())
    }

    fn work(&self) {
        let mut state = self.state.lock();
        loop {
            let all = state.stopping;
            let due = state.groups.iter().filter(|(_, group)| all || group.is_due());
            let first = due.min_by_key(|(_, group)| (!group.hurry, group.number));
            let Some(key) = first.map(|(key, _)| key.clone()) else {
                if state.stopping {
                    return;
                }
                let ages = state.groups.values().map(|group| {
                    let age = group.first.0.elapsed();
                    group.limits.age.saturating_sub(age)
                });
                let pause = ages.min().unwrap_or(PAUSE).min(PAUSE);
                self.wake.wait_for(&mut state, pause.max(Duration::from_millis(1)));
                continue;
            };
            let group = state.groups.remove(&key).expect("it was found");
            let (number, bytes) = (group.number, group.bytes);
            state.writing.push((number, key.table));
            drop(state);
            write(group);
            state = self.state.lock();
            state.bytes -= bytes;
            state.writing.retain(|(other, _)| *other != number);
            self.written.notify_all();
        }
    }
}

impl Slot {
    fn tell(&self, result: Result<()>) {
        *self.done.lock() = Some(result);
        self.told.notify_all();
    }

    fn wait(&self, longest: Duration, stop: &StopSign) -> Result<()> {
        let begun = Instant::now();
        let mut done = self.done.lock();
        loop {
            if let Some(result) = done.take() {
                return result;
            }
            stop.check()?;
            if begun.elapsed() >= longest {
                let message = format!("Wait for async insert timeout ({} ms) exceeded", longest.as_millis());
                return Err(Error::new(Code::TIMEOUT_EXCEEDED, message));
            }
            self.told.wait_for(&mut done, STEP);
        }
    }
}

/// All rows as one block or, if that fails, those of each INSERT alone.
fn write(group: Group) {
    let Group { writer, entries, .. } = group;
    let all: Vec<RecordBatch> = entries.iter().flat_map(|(entry, _)| entry.batches.clone()).collect();
    let whole = guarded(|| writer.write_late(&all, &StopSign::default()));
    match whole {
        Ok(()) => entries.iter().for_each(|(_, slot)| slot.tell(Ok(()))),
        Err(error) if entries.len() == 1 => fail(&writer, &entries[0].1, error),
        Err(_) => {
            for (entry, slot) in &entries {
                match guarded(|| writer.write_late(&entry.batches, &StopSign::default())) {
                    Ok(()) => slot.tell(Ok(())),
                    Err(error) => fail(&writer, slot, error),
                }
            }
        }
    }
}

/// Nobody may be there to be told.
fn fail(writer: &Writer, slot: &Slot, error: Error) {
    let (database, table) = writer.name();
    tracing::warn!("{database}.{table}: an asynchronous insert failed: {error}");
    slot.tell(Err(error));
}
