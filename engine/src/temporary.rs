//! Temporary tables: a database of its own for each session, which nobody else sees and which goes with it.
//!
//! Its name is in no list and on no disk. Tables of it are found before those of the current database where a statement
//! names none.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use uuid::Uuid;

use crate::engine::Engine;

/// The temporary tables of one session.
pub struct TemporaryTables {
    engine: Arc<Engine>,
    database: String,
    is_used: AtomicBool,
}

impl TemporaryTables {
    /// None so far.
    pub fn new(engine: Arc<Engine>) -> Self {
        Self {
            engine,
            database: format!("_temporary_and_external_tables@{}", Uuid::new_v4()),
            is_used: AtomicBool::new(false),
        }
    }

    /// The database that they are in; it need not be there yet.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Whether the session has ever had one.
    pub fn are_used(&self) -> bool {
        self.is_used.load(Ordering::Relaxed)
    }

    /// From here on it has.
    pub fn set_used(&self) {
        self.is_used.store(true, Ordering::Relaxed);
    }

    /// Whether there is one of that name.
    pub fn has(&self, name: &str) -> bool {
        self.are_used() && self.engine.catalog().find_relation(&self.database, name).is_some()
    }
}

impl Drop for TemporaryTables {
    fn drop(&mut self) {
        if self.are_used()
            && let Err(error) = self.engine.catalog().change().drop_database(&self.database)
        {
            // The next start removes it.
            tracing::warn!("temporary tables are left behind: {error}");
        }
    }
}
