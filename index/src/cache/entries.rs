//! What the cache holds, behind its lock.

use super::ghosts::Ghosts;
use super::{CacheKey, CacheLimits, Loaded};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// The indexes of a part, by name.
type OfPart = Vec<(Arc<str>, Arc<Entry>)>;

/// All entries, and how much they are together.
#[derive(Default)]
pub struct Entries {
    pub parts: HashMap<u64, OfPart>,
    pub bytes: u64,
    pub count: u64,
    pub mapped_bytes: u64,
    pub mapped_count: u64,
    pub ghosts: Ghosts,
    pub working_set_bytes: u64,
}

/// One of them.
pub struct Entry {
    pub loaded: Loaded,
    pub bytes: u64,
    /// Larger than the cache.
    pub is_mapped: bool,
    pub last_used: AtomicU64,
    /// Used after it was loaded.
    pub used_again: AtomicBool,
}

impl Entry {
    pub fn touch(&self, now: u64) {
        // Most often nothing changes, and a line of memory that nobody writes to costs nobody anything.
        if self.last_used.load(Relaxed) != now {
            self.last_used.store(now, Relaxed);
        }
        if !self.used_again.load(Relaxed) {
            self.used_again.store(true, Relaxed);
        }
    }
}

impl Entries {
    pub fn entry(&self, part: u64, index: &str) -> Option<&Arc<Entry>> {
        let indexes = self.parts.get(&part)?;
        indexes
            .iter()
            .find(|(name, _)| **name == *index)
            .map(|(_, entry)| entry)
    }

    pub fn have_room(&self, bytes: u64, limits: &CacheLimits) -> bool {
        let fits = self.bytes.saturating_add(bytes) <= limits.bytes_max;
        fits && self.count + self.mapped_count < limits.entries_max
    }

    pub fn list(&self) -> Vec<(CacheKey, Arc<Entry>)> {
        let of_part = |(part, indexes): (&u64, &OfPart)| {
            let keyed = |(index, entry): &(Arc<str>, Arc<Entry>)| {
                let (part, index) = (*part, index.clone());
                (CacheKey { part, index }, entry.clone())
            };
            indexes.iter().map(keyed).collect::<Vec<_>>()
        };
        self.parts.iter().flat_map(of_part).collect()
    }

    pub fn add(&mut self, key: &CacheKey, entry: Entry) {
        self.remove(key);
        let (bytes, count) = match entry.is_mapped {
            true => (&mut self.mapped_bytes, &mut self.mapped_count),
            false => (&mut self.bytes, &mut self.count),
        };
        *bytes += entry.bytes;
        *count += 1;
        let indexes = self.parts.entry(key.part).or_default();
        indexes.push((key.index.clone(), Arc::new(entry)));
    }

    pub fn remove(&mut self, key: &CacheKey) -> Option<Arc<Entry>> {
        let indexes = self.parts.get_mut(&key.part)?;
        let place = indexes.iter().position(|(name, _)| *name == key.index)?;
        let (_, entry) = indexes.swap_remove(place);
        if indexes.is_empty() {
            self.parts.remove(&key.part);
        }
        let (bytes, count) = match entry.is_mapped {
            true => (&mut self.mapped_bytes, &mut self.mapped_count),
            false => (&mut self.bytes, &mut self.count),
        };
        *bytes -= entry.bytes;
        *count -= 1;
        Some(entry)
    }

    /// If the entry was thrown out not long ago: what has been used since then, it included.
    pub fn needed_for(&mut self, key: &CacheKey, bytes: u64) -> Option<u64> {
        let ghost = self.ghosts.take(key)?;
        // What was used since the same load may have been used before it: that is not known.
        let since = |last_used: u64| last_used >= ghost.last_used;
        let held = self.parts.values().flatten();
        let held = held.filter(|(_, entry)| !entry.is_mapped && since(entry.last_used.load(Relaxed)));
        let held: u64 = held.map(|(_, entry)| entry.bytes).sum();
        Some(bytes + held + self.ghosts.bytes_used_since(ghost.last_used))
    }
}
