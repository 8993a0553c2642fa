//! The open database: catalog, threads, memory, caches. Everything else hangs off [`Engine`].

use std::path::PathBuf;
use std::sync::Arc;

use crate::error::Result;
use crate::formats::{Formats, NoFormats};
use crate::session::Session;

/// Which files `file(…)` and INTO OUTFILE may touch.
#[derive(Clone, Debug)]
pub enum FileAccess {
    /// Any path, relative ones to the working directory (`gristmill local`).
    Any,
    /// Only below this folder, relative paths to it (a server's `user_files`).
    Under(PathBuf),
}

/// How to open a database.
pub struct EngineOptions {
    /// Its folder; `None` makes a temporary one that goes with the engine.
    pub path: Option<PathBuf>,
    /// Readers of `file(…)`.
    pub formats: Arc<dyn Formats>,
    /// Which files queries may read.
    pub files: FileAccess,
    /// Threads that run queries and build indexes; 0: one per core.
    pub threads: usize,
    /// Memory that all queries together may hold, bytes; `None`: nine tenths of the machine's.
    pub memory_bytes_max: Option<usize>,
    /// Size of the cache of opened vector indexes, bytes.
    pub index_cache_bytes: u64,
}

/// ClickHouse's default of `vector_similarity_index_cache_size`.
pub const INDEX_CACHE_BYTES_DEFAULT: u64 = 5 << 30;

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            path: None,
            formats: Arc::new(NoFormats),
            files: FileAccess::Any,
            threads: 0,
            memory_bytes_max: None,
            index_cache_bytes: INDEX_CACHE_BYTES_DEFAULT,
        }
    }
}

/// An open database.
pub struct Engine {}

impl Engine {
    /// Opens the database in a folder, creating it if the folder is empty or absent.
    ///
    /// A second process on the same folder is refused, so is a folder that holds something else.
    /// A table that cannot be loaded is named in the log and missing; the others are there.
    pub fn open(options: EngineOptions) -> Result<Arc<Self>> {
        let _ = options;
        todo!()
    }

    /// A new session with default settings in database `default`.
    pub fn session(self: &Arc<Self>) -> Session {
        todo!()
    }

    /// Refuses new statements; what runs is finished by its callers. Dropping the engine is enough
    /// for durability: everything acknowledged is on disk already.
    pub fn shutdown(&self) {
        todo!()
    }
}
