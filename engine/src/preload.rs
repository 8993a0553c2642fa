//! Vector indexes that are opened before anybody searches them: of parts that were written, of all parts when the database
//! is opened, and by SYSTEM PRELOAD.
//!
//! A thread of low priority looks through the tables whenever parts have appeared. Nothing has to leave the cache for what
//! it opens: where there is no room it stops.

use std::collections::HashSet;
use std::sync::{Arc, Weak};
use std::time::Duration;

use gristmill_sql::Code;
use gristmill_storage::Part;
use parking_lot::{Condvar, Mutex};

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::events::Events;
use crate::outcome::guarded;
use crate::table::{MergeTreeTable, TableDefinition};

/// Between two looks through the tables: many small INSERTs need no look each.
const PAUSE: Duration = Duration::from_millis(20);

/// What the thread is told, and tells.
#[derive(Default)]
pub struct Preloads {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    woken: bool,
    stopping: bool,
    /// Parts that had their turn: what went since had to make room, or was cleared.
    done: HashSet<u64>,
    pending: u64,
}

/// Ends the thread when it is dropped. What it is just opening it finishes, but nobody waits for it: it only reads.
pub struct Preloader(Arc<Preloads>);

impl Drop for Preloader {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl Preloads {
    /// Parts have appeared.
    pub fn wake(&self) {
        self.state.lock().woken = true;
        self.wake.notify_one();
    }

    /// Nothing more is opened.
    pub fn stop(&self) {
        self.state.lock().stopping = true;
        self.wake.notify_all();
    }

    /// The parts of a table get another turn.
    pub fn again(&self, table: &MergeTreeTable) {
        let snapshot = table.snapshot();
        let mut state = self.state.lock();
        state
            .done
            .retain(|done| snapshot.parts().iter().all(|part| part.uid() != *done));
        drop(state);
        self.wake();
    }

    /// Indexes of parts that wait to be opened.
    pub fn pending(&self) -> u64 {
        self.state.lock().pending
    }

    /// Starts the thread; it begins with what is there.
    pub fn start(self: &Arc<Self>, engine: Arc<Engine>) -> Result<Preloader> {
        let this = self.clone();
        self.wake();
        let thread = std::thread::Builder::new().name("preload".into());
        let started = thread.spawn(move || this.work(&engine));
        started.map_err(|error| Error::new(Code::CANNOT_SCHEDULE_TASK, format!("Cannot start threads: {error}")))?;
        Ok(Preloader(self.clone()))
    }

    fn work(&self, engine: &Engine) {
        gristmill_storage::work_in_background();
        loop {
            let mut state = self.state.lock();
            while !state.woken && !state.stopping {
                self.wake.wait(&mut state);
            }
            if state.stopping {
                return;
            }
            state.woken = false;
            drop(state);
            if guarded(|| self.pass(engine)).is_err() {
                tracing::error!("preloading vector indexes panicked");
            }
            self.state.lock().pending = 0;
            std::thread::sleep(PAUSE);
        }
    }

    /// Opens what has not had its turn.
    fn pass(&self, engine: &Engine) -> Result<()> {
        let events = Events::new(engine.events().clone());
        for (definition, part) in self.waiting(engine) {
            if self.state.lock().stopping {
                return Ok(());
            }
            // Parts that left their table meanwhile, and went, need nothing.
            let Some(part) = part.upgrade() else {
                self.state.lock().pending -= 1;
                continue;
            };
            match preload_part(engine, &definition, &part, &events) {
                Ok(true) => {}
                Ok(false) => return Ok(()), // full: the others wait until something has gone
                Err(error) => tracing::warn!("A vector index is not preloaded: {error}"),
            }
            let mut state = self.state.lock();
            state.pending -= 1;
            state.done.insert(part.uid());
        }
        Ok(())
    }

    /// The parts that have not had their turn; neither they nor their tables are held.
    fn waiting(&self, engine: &Engine) -> Vec<(Arc<TableDefinition>, Weak<Part>)> {
        let everywhere = engine.server_settings().flag("enable_global_vector_index_preload");
        let mut tables = engine.catalog().all_tables();
        tables.retain(|(.., table)| everywhere || table.definition.preloads_vector_indexes);
        let mut there = HashSet::new();
        let mut waiting = Vec::new();
        let mut state = self.state.lock();
        for (.., table) in tables {
            for part in table.snapshot().parts() {
                there.insert(part.uid());
                if !state.done.contains(&part.uid()) {
                    waiting.push((table.definition.clone(), Arc::downgrade(part)));
                }
            }
        }
        state.done.retain(|part| there.contains(part));
        state.pending = waiting.len() as u64;
        waiting
    }
}

/// Opens the vector indexes of the parts of a table, for who waits for it; false if the cache is full.
pub fn preload(
    engine: &Engine,
    table: &MergeTreeTable,
    events: &Events,
    check: impl Fn() -> Result<()>,
) -> Result<bool> {
    for part in table.snapshot().parts() {
        check()?;
        if !preload_part(engine, &table.definition, part, events)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// False if the cache is full. What is larger than the whole cache is no reason to stop.
fn preload_part(engine: &Engine, definition: &TableDefinition, part: &Part, events: &Events) -> Result<bool> {
    let indexes = engine.indexes();
    for (index, _) in definition.vector_indexes() {
        if index.is_in(part) && indexes.can_hold(part, index) && !indexes.preload(part, index, events)? {
            return Ok(false);
        }
    }
    Ok(true)
}
