//! Opened sub-indexes within a bound of bytes: loaded once however many ask, dropped with their part.
//!
//! Start at [`SubIndexCache`]. Which entry goes is decided in `policy.rs`; what is remembered of those that went, to tell
//! how large the cache would have to be, in `ghosts.rs`.
//!
//! Recency is counted in loads: an entry is as recent as the last load before its last use. Where nothing is loaded,
//! a lookup therefore writes nothing at all, however many threads look.

mod entries;
mod ghosts;
mod policy;
#[cfg(test)]
mod tests;

use crate::{Error, SubIndex};
use entries::{Entries, Entry};
use ghosts::Ghost;
use parking_lot::{Mutex, RwLock};
pub use policy::{CachePolicy, PROTECTED_SHARE_DEFAULT};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Which index of which part.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CacheKey {
    /// The part's number, unique in this process.
    pub part: u64,
    /// The index's name.
    pub index: Arc<str>,
}

/// How much the cache holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CacheLimits {
    /// Bytes of all entries; those that are larger by themselves are kept beside them, see [`SubIndexCache::fits`].
    pub bytes_max: u64,
    /// Entries; 0: none is kept.
    pub entries_max: u64,
    /// Which entries go first.
    pub policy: CachePolicy,
}

/// What the cache holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CacheMetrics {
    /// Bytes held.
    pub bytes: u64,
    /// Entries held: one per part and index.
    pub entries: u64,
    /// Bytes of entries that are larger than the cache: they are searched in files whose pages the system may take back.
    pub mapped_bytes: u64,
    /// How many these are.
    pub mapped_entries: u64,
    /// What is searched needs about so many bytes to stay: told from entries that came back after they had to go. 0 if
    /// none did.
    pub working_set_bytes: u64,
}

/// The sub-indexes of one index in one part, each with its rows, ascending.
pub type Loaded = Arc<Vec<(Range<u64>, SubIndex)>>;

/// Where an entry was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// In the cache.
    Cache,
    /// It is larger than the cache and was open already.
    MappedFile,
    /// On disk: it was opened and checked.
    Disk,
}

/// The answer of a lookup, and what it took.
#[derive(Debug, Clone)]
pub struct Lookup {
    /// The entry.
    pub loaded: Loaded,
    /// Where it was.
    pub source: Source,
    /// Entries that had to go for it.
    pub evicted: u64,
    /// Their bytes.
    pub evicted_bytes: u64,
    /// The entry had to go not long ago: it would still be there if the cache had about so many bytes.
    pub needed_bytes: Option<u64>,
}

/// A cache of opened sub-indexes.
pub struct SubIndexCache {
    limits: CacheLimits,
    entries: RwLock<Entries>,
    loading: Mutex<HashMap<CacheKey, Arc<Flight>>>,
    /// Loads so far: the time by which recency is told.
    now: AtomicU64,
}

/// How long one that waits for another's load may overlook that it has to end.
const WAIT_STEP: Duration = Duration::from_millis(10);

/// A load that others wait for: its result, once there is one.
type Flight = Mutex<Option<Loaded>>;

fn bytes_of(loaded: &Loaded) -> u64 {
    loaded.iter().map(|(_, index)| index.memory_bytes()).sum()
}

impl SubIndexCache {
    /// An empty one.
    pub fn new(limits: CacheLimits) -> Self {
        Self {
            limits,
            entries: RwLock::default(),
            loading: Mutex::default(),
            now: AtomicU64::new(0),
        }
    }

    /// What it may hold.
    pub fn limits(&self) -> &CacheLimits {
        &self.limits
    }

    /// Whether an entry of so many bytes can be held. One that cannot is kept open as well, and counted apart: whoever
    /// loads it sees to it that its pages are not kept in memory.
    pub fn fits(&self, bytes: u64) -> bool {
        bytes <= self.limits.bytes_max
    }

    /// Whether there is room for an entry of so many bytes without another one going.
    pub fn has_room(&self, bytes: u64) -> bool {
        self.entries.read().have_room(bytes, &self.limits)
    }

    /// The entry, if it is there.
    pub fn get(&self, part: u64, index: &str) -> Option<Lookup> {
        let entries = self.entries.read();
        let entry = entries.entry(part, index)?;
        entry.touch(self.now.load(Relaxed));
        let source = match entry.is_mapped {
            true => Source::MappedFile,
            false => Source::Cache,
        };
        Some(Lookup {
            loaded: entry.loaded.clone(),
            source,
            evicted: 0,
            evicted_bytes: 0,
            needed_bytes: None,
        })
    }

    /// The entry, loaded by one caller if it is not there. The others wait for it, and ask `go_on` now and then whether
    /// to go on. An error is not kept.
    pub fn get_or_load<E: From<Error>>(
        &self,
        key: &CacheKey,
        go_on: impl Fn() -> Result<(), E>,
        load: impl FnOnce() -> Result<Vec<(Range<u64>, SubIndex)>, E>,
    ) -> Result<Lookup, E> {
        let loaded = self.load(key, go_on, load, true)?;
        Ok(loaded.expect("others go where there is no room"))
    }

    /// The same, but if there is no room no other entry goes for it: then there is none.
    pub fn get_or_load_into_room<E: From<Error>>(
        &self,
        key: &CacheKey,
        load: impl FnOnce() -> Result<Vec<(Range<u64>, SubIndex)>, E>,
    ) -> Result<Option<Lookup>, E> {
        self.load(key, || Ok(()), load, false)
    }

    fn load<E: From<Error>>(
        &self,
        key: &CacheKey,
        go_on: impl Fn() -> Result<(), E>,
        load: impl FnOnce() -> Result<Vec<(Range<u64>, SubIndex)>, E>,
        may_evict: bool,
    ) -> Result<Option<Lookup>, E> {
        if let Some(found) = self.get(key.part, &key.index) {
            return Ok(Some(found));
        }
        let flight = self.loading.lock().entry(key.clone()).or_default().clone();
        let mut result = loop {
            match flight.try_lock_for(WAIT_STEP) {
                Some(result) => break result,
                None => go_on()?,
            }
        };
        if let Some(loaded) = &*result {
            // It was on disk when it was asked for, whoever has read it.
            return Ok(Some(Lookup::of_disk(loaded.clone())));
        }
        if let Some(found) = self.get(key.part, &key.index) {
            return Ok(Some(found));
        }
        let _landed = Landed {
            cache: self,
            key,
            flight: &flight,
        };
        let loaded = Arc::new(load()?);
        *result = Some(loaded.clone());
        Ok(self.insert(key, loaded, may_evict))
    }

    /// Puts an entry in, in the place of others where there is no room, or not if they may not go.
    fn insert(&self, key: &CacheKey, loaded: Loaded, may_evict: bool) -> Option<Lookup> {
        let bytes = bytes_of(&loaded);
        let entry = Entry {
            bytes,
            is_mapped: !self.fits(bytes),
            last_used: AtomicU64::new(self.now.fetch_add(1, Relaxed)),
            used_again: AtomicBool::new(false),
            loaded: loaded.clone(),
        };
        let mut lookup = Lookup::of_disk(loaded);
        let mut entries = self.entries.write();
        if !may_evict && !entries.have_room(bytes, &self.limits) {
            return None;
        }
        if self.limits.entries_max == 0 {
            return Some(lookup);
        }
        lookup.needed_bytes = entries.needed_for(key, bytes);
        entries.working_set_bytes = entries.working_set_bytes.max(lookup.needed_bytes.unwrap_or(0));
        entries.add(key, entry);
        for victim in policy::victims(&entries.list(), key, &self.limits) {
            if let Some(gone) = entries.remove(&victim) {
                lookup.evicted += 1;
                lookup.evicted_bytes += gone.bytes;
                entries.ghosts.add(Ghost {
                    bytes: gone.bytes,
                    last_used: gone.last_used.load(Relaxed),
                    key: victim,
                });
            }
        }
        Some(lookup)
    }

    /// Bytes that an entry holds, if it is there. Not a use of the entry.
    pub fn bytes_of(&self, part: u64, index: &str) -> Option<u64> {
        let entries = self.entries.read();
        let entry = entries.entry(part, index).filter(|entry| !entry.is_mapped)?;
        Some(entry.bytes)
    }

    /// Whether an entry is there, in the cache or beside it. Not a use of the entry.
    pub fn contains(&self, part: u64, index: &str) -> bool {
        self.entries.read().entry(part, index).is_some()
    }

    /// Forgets all indexes of a part.
    pub fn invalidate_part(&self, part: u64) {
        let mut entries = self.entries.write();
        let names = entries.parts.get(&part).map_or(Vec::new(), |indexes| {
            indexes.iter().map(|(name, _)| name.clone()).collect()
        });
        for index in names {
            entries.remove(&CacheKey { part, index });
        }
        entries.ghosts.forget_part(part);
    }

    /// Forgets everything (`SYSTEM DROP VECTOR SIMILARITY INDEX CACHE`).
    pub fn clear(&self) {
        *self.entries.write() = Entries::default();
    }

    /// What it holds.
    pub fn metrics(&self) -> CacheMetrics {
        let entries = self.entries.read();
        CacheMetrics {
            bytes: entries.bytes,
            entries: entries.count,
            mapped_bytes: entries.mapped_bytes,
            mapped_entries: entries.mapped_count,
            working_set_bytes: entries.working_set_bytes,
        }
    }
}

impl Lookup {
    fn of_disk(loaded: Loaded) -> Self {
        Self {
            loaded,
            source: Source::Disk,
            evicted: 0,
            evicted_bytes: 0,
            needed_bytes: None,
        }
    }
}

/// Ends a load, also one that fails or panics.
struct Landed<'a> {
    cache: &'a SubIndexCache,
    key: &'a CacheKey,
    flight: &'a Arc<Flight>,
}

impl Drop for Landed<'_> {
    fn drop(&mut self) {
        let mut loading = self.cache.loading.lock();
        if loading
            .get(self.key)
            .is_some_and(|flight| Arc::ptr_eq(flight, self.flight))
        {
            loading.remove(self.key);
        }
    }
}
