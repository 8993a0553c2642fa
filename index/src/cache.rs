//! Opened sub-indexes within a bound of bytes: loaded once however many ask, dropped with their part.

use crate::{Result, SubIndex};
use std::ops::Range;
use std::sync::Arc;

/// Which index of which part.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CacheKey {
    /// The part's number, unique in this process.
    pub part: u64,
    /// The index's name.
    pub index: Arc<str>,
}

/// What the cache did and holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CacheMetrics {
    /// Bytes held.
    pub bytes: u64,
    /// Entries held: one per part and index.
    pub entries: u64,
    /// Lookups answered from the cache.
    pub hits: u64,
    /// Lookups that had to load.
    pub misses: u64,
    /// Bytes thrown out to keep the bound.
    pub evicted_bytes: u64,
}

/// The sub-indexes of one index in one part, each with its rows, ascending.
pub type Loaded = Arc<Vec<(Range<u64>, SubIndex)>>;

/// A cache of opened sub-indexes.
pub struct SubIndexCache {}

impl SubIndexCache {
    /// Holds at most `bytes_max` bytes.
    pub fn new(bytes_max: u64) -> Self {
        let _ = bytes_max;
        todo!()
    }

    /// The entry, loaded by one caller if it is not there; the others wait for it.
    pub fn get_or_load(
        &self,
        key: &CacheKey,
        load: impl FnOnce() -> Result<Vec<(Range<u64>, SubIndex)>>,
    ) -> Result<Loaded> {
        let _ = (key, load);
        todo!()
    }

    /// Forgets all indexes of a part.
    pub fn invalidate_part(&self, part: u64) {
        let _ = part;
        todo!()
    }

    /// Forgets everything (`SYSTEM DROP VECTOR SIMILARITY INDEX CACHE`).
    pub fn clear(&self) {
        todo!()
    }

    /// What it did and holds.
    pub fn metrics(&self) -> CacheMetrics {
        todo!()
    }
}
