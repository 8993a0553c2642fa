//! Counters of a running statement, readable from another thread (progress bars, HTTP summaries). What else is counted
//! of it is in [`Events`].

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::events::{Event, EventTotals, Events};
use crate::search::Note;

/// What a session's current statement has done so far. Reset when the next statement starts.
#[derive(Debug)]
pub struct Progress {
    read_rows: AtomicU64,
    read_bytes: AtomicU64,
    total_rows: AtomicU64,
    written_rows: AtomicU64,
    written_bytes: AtomicU64,
    rows_to_index: AtomicU64,
    /// The store counts in it while it builds.
    indexed_rows: Arc<AtomicU64>,
    events: Events,
    notes: Mutex<Vec<Note>>,
}

/// Notes that are kept of a statement.
const NOTES_MAX: usize = 64;

impl Progress {
    /// Of a statement that has done nothing yet, in a database with these counters.
    pub(crate) fn new(database: Arc<EventTotals>) -> Self {
        Self {
            read_rows: AtomicU64::new(0),
            read_bytes: AtomicU64::new(0),
            total_rows: AtomicU64::new(0),
            written_rows: AtomicU64::new(0),
            written_bytes: AtomicU64::new(0),
            rows_to_index: AtomicU64::new(0),
            indexed_rows: Arc::default(),
            events: Events::new(database),
            notes: Mutex::default(),
        }
    }

    /// Everything else that is counted of the statement.
    pub fn events(&self) -> &Events {
        &self.events
    }

    /// Keeps what the client should know of a search: SHOW WARNINGS lists it.
    pub(crate) fn note(&self, note: Note) {
        let mut notes = self.notes.lock();
        if notes.len() < NOTES_MAX {
            notes.push(note);
        }
    }

    /// What was noted; nothing is then.
    pub(crate) fn take_notes(&self) -> Vec<Note> {
        std::mem::take(&mut *self.notes.lock())
    }

    /// Rows read from tables and table functions.
    pub fn read_rows(&self) -> u64 {
        self.read_rows.load(Ordering::Relaxed)
    }

    /// Bytes of the columns read, uncompressed.
    pub fn read_bytes(&self) -> u64 {
        self.read_bytes.load(Ordering::Relaxed)
    }

    /// Rows that the scans of this statement will read at most, as far as known.
    pub fn total_rows(&self) -> u64 {
        self.total_rows.load(Ordering::Relaxed)
    }

    /// Rows that are in committed parts.
    pub fn written_rows(&self) -> u64 {
        self.written_rows.load(Ordering::Relaxed)
    }

    /// Bytes of the rows written, uncompressed.
    pub fn written_bytes(&self) -> u64 {
        self.written_bytes.load(Ordering::Relaxed)
    }

    /// Rows added to vector indexes, counted once per index.
    pub fn indexed_rows(&self) -> u64 {
        self.indexed_rows.load(Ordering::Relaxed)
    }

    pub(crate) fn add_read(&self, rows: u64, bytes: u64) {
        self.read_rows.fetch_add(rows, Ordering::Relaxed);
        self.read_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.events.add(Event::SelectedRows, rows);
        self.events.add(Event::SelectedBytes, bytes);
    }

    pub(crate) fn add_total(&self, rows: u64) {
        self.total_rows.fetch_add(rows, Ordering::Relaxed);
    }

    pub(crate) fn add_written(&self, rows: u64, bytes: u64) {
        self.written_rows.fetch_add(rows, Ordering::Relaxed);
        self.written_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.events.add(Event::InsertedRows, rows);
        self.events.add(Event::InsertedBytes, bytes);
    }

    /// Rows that wait for vector indexes or have been added to them, counted once per index.
    pub fn rows_to_index(&self) -> u64 {
        self.rows_to_index.load(Ordering::Relaxed)
    }

    pub(crate) fn add_to_index(&self, rows: u64) {
        self.rows_to_index.fetch_add(rows, Ordering::Relaxed);
    }

    pub(crate) fn add_indexed(&self, rows: u64) {
        self.add_to_index(rows);
        self.indexed_rows.fetch_add(rows, Ordering::Relaxed);
    }

    pub(crate) fn indexed_counter(&self) -> Arc<AtomicU64> {
        self.indexed_rows.clone()
    }

    pub(crate) fn reset(&self) {
        for counter in [
            &self.read_rows,
            &self.read_bytes,
            &self.total_rows,
            &self.written_rows,
            &self.written_bytes,
            &self.rows_to_index,
            &*self.indexed_rows,
        ] {
            counter.store(0, Ordering::Relaxed);
        }
        self.events.reset();
    }
}
