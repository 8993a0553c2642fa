//! Vector indexes that are open: the files of parts, checked once and kept within a bound of memory.
//!
//! The cache itself is `gristmill_index::SubIndexCache`; here it meets parts, counters and the log.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use gristmill_index::{CacheKey, CacheLimits, CacheMetrics, Loaded, Lookup, Source, SubIndex, SubIndexCache};
use gristmill_sql::Code;
use gristmill_storage::Part;

use crate::error::{Error, Result};
use crate::events::{Event, Events};
use crate::stop::StopSign;
use crate::table::TableIndex;

/// The open indexes of a database.
pub struct OpenedIndexes {
    cache: Arc<SubIndexCache>,
    /// Whether the log has been told that the cache is too small.
    complained: AtomicBool,
}

/// An index of a part, and what it took to get it.
pub struct OpenedIndex {
    /// Its sub-indexes.
    pub loaded: Loaded,
    /// Where it was.
    pub source: Source,
    /// Opening it, or waiting for another query that did.
    pub took: Duration,
}

/// The cache is too small for what is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortage {
    /// Bytes of the indexes that are searched, about.
    pub needed_bytes: u64,
    /// Bytes that the cache may hold.
    pub bytes_max: u64,
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "working set at least {} bytes, cache {} bytes: raise vector_similarity_index_cache_size",
            self.needed_bytes, self.bytes_max
        )
    }
}

impl OpenedIndexes {
    /// None yet.
    pub fn new(limits: CacheLimits) -> Self {
        Self {
            cache: Arc::new(SubIndexCache::new(limits)),
            complained: AtomicBool::new(false),
        }
    }

    /// An index that the part holds. A wait for another query that opens it ends with `stop`.
    pub fn get(&self, part: &Part, index: &TableIndex, events: &Events, stop: &StopSign) -> Result<OpenedIndex> {
        match self.cache.get(part.uid(), &index.name) {
            Some(found) => Ok(self.counted(found, Duration::ZERO, events)),
            None => self.load(part, index, events, stop),
        }
    }

    /// Whether an index of a part is in the cache; counts as no lookup.
    pub fn is_open(&self, part: &Part, index: &TableIndex) -> bool {
        self.cache.contains(part.uid(), &index.name)
    }

    /// Whether an index of a part is not larger than the cache.
    pub fn can_hold(&self, part: &Part, index: &TableIndex) -> bool {
        self.cache.fits(file_bytes(part, index))
    }

    /// Opens an index if it is not open and there is room for it; says whether there was. Nothing else has to go for it,
    /// and it counts as no lookup.
    pub fn preload(&self, part: &Part, index: &TableIndex, events: &Events) -> Result<bool> {
        if self.is_open(part, index) {
            return Ok(true);
        }
        if !self.cache.has_room(file_bytes(part, index)) {
            return Ok(false);
        }
        let key = self.key(part, index);
        let preloaded = self
            .cache
            .get_or_load_into_room(&key, || self.open(part, index, events))?;
        events.add(Event::VectorSimilarityIndexPreloads, u64::from(preloaded.is_some()));
        Ok(preloaded.is_some())
    }

    fn load(&self, part: &Part, index: &TableIndex, events: &Events, stop: &StopSign) -> Result<OpenedIndex> {
        let begun = Instant::now();
        let key = self.key(part, index);
        let open = || self.open(part, index, events);
        let lookup = self.cache.get_or_load(&key, || stop.check(), open)?;
        Ok(self.counted(lookup, begun.elapsed(), events))
    }

    /// What the part's index is called in the cache, out of which it goes with the part.
    fn key(&self, part: &Part, index: &TableIndex) -> CacheKey {
        part.accompany(|| ForgetPart {
            cache: self.cache.clone(),
            part: part.uid(),
        });
        CacheKey {
            part: part.uid(),
            index: index.name.as_str().into(),
        }
    }

    fn open(&self, part: &Part, index: &TableIndex, events: &Events) -> Result<SubIndexes> {
        let begun = Instant::now();
        let opened = open(part, index, &self.cache)?;
        let micros = begun.elapsed().as_micros() as u64;
        events.add(Event::VectorSimilarityIndexLoadMicroseconds, micros);
        events.add(Event::VectorSimilarityIndexLoadedBytes, bytes_of(&opened));
        Ok(opened)
    }

    fn counted(&self, lookup: Lookup, took: Duration, events: &Events) -> OpenedIndex {
        let event = match lookup.source {
            Source::Cache => Event::VectorSimilarityIndexCacheHits,
            Source::MappedFile => Event::VectorSimilarityIndexMappedFileHits,
            Source::Disk => Event::VectorSimilarityIndexCacheMisses,
        };
        events.add(event, 1);
        self.count_evictions(&lookup, events);
        OpenedIndex {
            loaded: lookup.loaded,
            source: lookup.source,
            took,
        }
    }

    fn count_evictions(&self, lookup: &Lookup, events: &Events) {
        events.add(Event::VectorSimilarityIndexCacheEvictions, lookup.evicted);
        events.add(Event::VectorSimilarityIndexCacheWeightLost, lookup.evicted_bytes);
        if lookup.needed_bytes.is_none() {
            return;
        }
        events.add(Event::VectorSimilarityIndexCacheReloads, 1);
        if let Some(shortage) = self.shortage()
            && !self.complained.swap(true, Ordering::Relaxed)
        {
            tracing::warn!("Vector indexes are read from disk again and again: {shortage}");
        }
    }

    /// Whether indexes had to go that were wanted again soon after.
    pub fn shortage(&self) -> Option<Shortage> {
        let shortage = Shortage {
            needed_bytes: self.cache.metrics().working_set_bytes,
            bytes_max: self.cache.limits().bytes_max,
        };
        (shortage.needed_bytes > shortage.bytes_max).then_some(shortage)
    }

    /// Bytes that an index of a part takes in the cache, if it is there.
    pub fn bytes_of(&self, part: &Part, index: &TableIndex) -> Option<u64> {
        self.cache.bytes_of(part.uid(), &index.name)
    }

    /// Forgets the indexes of a part.
    pub fn forget(&self, part: &Part) {
        self.cache.invalidate_part(part.uid());
    }

    /// Forgets all.
    pub fn clear(&self) {
        self.cache.clear();
    }

    /// How much is held.
    pub fn metrics(&self) -> CacheMetrics {
        self.cache.metrics()
    }
}

/// Bytes of the file of an index, which takes as many in memory.
fn file_bytes(part: &Part, index: &TableIndex) -> u64 {
    let indexes = part.indexes().into_iter();
    let mut files = indexes.filter(|file| *file.name == *index.name && *file.built_for == *index.built_for);
    files.next().map_or(0, |file| file.bytes)
}

/// Takes a part's opened indexes out of the cache when it is dropped.
struct ForgetPart {
    cache: Arc<SubIndexCache>,
    part: u64,
}

impl Drop for ForgetPart {
    fn drop(&mut self) {
        self.cache.invalidate_part(self.part);
    }
}

type SubIndexes = Vec<(Range<u64>, SubIndex)>;

fn bytes_of(opened: &SubIndexes) -> u64 {
    opened.iter().map(|(_, index)| index.memory_bytes()).sum()
}

/// Opens the sub-indexes of one index of a part.
fn open(part: &Part, index: &TableIndex, cache: &SubIndexCache) -> Result<SubIndexes> {
    let mut opened = checked(part, index)?;
    if !cache.fits(bytes_of(&opened)) {
        // Checking has read all of it into memory. A new mapping holds what searches touch, and the system may take it
        // back.
        let mapped = part.vector_index(&index.name, &index.built_for)?.unwrap_or_default();
        let moved = opened.into_iter().zip(mapped).map(|((range, sub_index), (_, bytes))| {
            let moved = sub_index.moved_to(bytes).map_err(|error| named(part, index, error))?;
            Ok((range, moved))
        });
        opened = moved.collect::<Result<_>>()?;
    }
    Ok(opened)
}

fn checked(part: &Part, index: &TableIndex) -> Result<SubIndexes> {
    let mut opened = Vec::new();
    for (range, bytes) in part.vector_index(&index.name, &index.built_for)?.unwrap_or_default() {
        let sub_index = SubIndex::open(bytes).map_err(|error| named(part, index, error))?;
        if u64::from(sub_index.rows()) != range.end - range.start {
            let message = format!(
                "part {}, index {}: {} rows in a range of {range:?}",
                part.name(),
                index.name,
                sub_index.rows()
            );
            return Err(Error::new(Code::CORRUPTED_DATA, message));
        }
        opened.push((range, sub_index));
    }
    Ok(opened)
}

fn named(part: &Part, index: &TableIndex, error: gristmill_index::Error) -> Error {
    let message = format!("part {}, index {}: {error}", part.name(), index.name);
    Error::new(Error::from(error).code(), message)
}
