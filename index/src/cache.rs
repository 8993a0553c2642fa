//! Opened sub-indexes within a bound of bytes: loaded once however many ask, dropped with their part.

use crate::{Error, SubIndex};
use moka::notification::RemovalCause;
use moka::sync::Cache;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

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
pub struct SubIndexCache {
    entries: Cache<CacheKey, Loaded>,
    hits: AtomicU64,
    misses: AtomicU64,
    evicted_bytes: Arc<AtomicU64>,
}

/// moka weighs entries in u32; in KiB an entry may have 4 TiB.
const WEIGHT_BYTES: u64 = 1024;

fn bytes(loaded: &Loaded) -> u64 {
    loaded.iter().map(|(_, index)| index.memory_bytes()).sum()
}

impl SubIndexCache {
    /// Holds at most `bytes_max` bytes.
    pub fn new(bytes_max: u64) -> Self {
        let evicted_bytes = Arc::new(AtomicU64::new(0));
        let evicted = evicted_bytes.clone();
        let entries = Cache::builder()
            .max_capacity(bytes_max / WEIGHT_BYTES)
            .weigher(|_, loaded| u32::try_from(bytes(loaded).div_ceil(WEIGHT_BYTES)).unwrap_or(u32::MAX))
            .support_invalidation_closures()
            .eviction_listener(move |_, loaded, cause| {
                if cause == RemovalCause::Size {
                    evicted.fetch_add(bytes(&loaded), Relaxed);
                }
            })
            .build();
        Self {
            entries,
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            evicted_bytes,
        }
    }

    /// The entry, loaded by one caller if it is not there; the others wait for it. An entry larger than the bound
    /// is used and not kept; an error is not kept either.
    pub fn get_or_load<E>(
        &self,
        key: &CacheKey,
        load: impl FnOnce() -> Result<Vec<(Range<u64>, SubIndex)>, E>,
    ) -> Result<Loaded, E>
    where
        E: From<Error> + Clone + Send + Sync + 'static,
    {
        if let Some(loaded) = self.entries.get(key) {
            self.hits.fetch_add(1, Relaxed);
            return Ok(loaded);
        }
        self.misses.fetch_add(1, Relaxed);
        let loaded = self.entries.try_get_with_by_ref(key, || load().map(Arc::new));
        loaded.map_err(|error| E::clone(&error))
    }

    /// Bytes that an entry holds, if it is there. Not a use of the entry.
    pub fn bytes_of(&self, key: &CacheKey) -> Option<u64> {
        let found = self.entries.iter().find(|(other, _)| other.as_ref() == key);
        found.map(|(_, loaded)| bytes(&loaded))
    }

    /// Forgets all indexes of a part.
    pub fn invalidate_part(&self, part: u64) {
        let names = self
            .entries
            .iter()
            .filter(|(key, _)| key.part == part)
            .map(|(key, _)| key);
        names.for_each(|key| self.entries.invalidate(key.as_ref()));
    }

    /// Forgets everything (`SYSTEM DROP VECTOR SIMILARITY INDEX CACHE`).
    pub fn clear(&self) {
        self.entries.invalidate_all();
        self.entries.run_pending_tasks();
    }

    /// What it did and holds.
    pub fn metrics(&self) -> CacheMetrics {
        self.entries.run_pending_tasks();
        let (count, bytes) = self
            .entries
            .iter()
            .fold((0, 0), |(count, sum), (_, loaded)| (count + 1, sum + bytes(&loaded)));
        CacheMetrics {
            bytes,
            entries: count,
            hits: self.hits.load(Relaxed),
            misses: self.misses.load(Relaxed),
            evicted_bytes: self.evicted_bytes.load(Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CacheKey, SubIndexCache};
    use crate::{Error, Metric, Quantization, SubIndex, SubIndexBuilder, VectorIndexDefinition, Vectors};
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

    fn key(part: u64, index: &str) -> CacheKey {
        CacheKey {
            part,
            index: index.into(),
        }
    }

    fn load(rows: usize) -> Result<Vec<(std::ops::Range<u64>, SubIndex)>, Error> {
        let (metric, quantization) = (Metric::L2, Quantization::F32);
        let definition = VectorIndexDefinition {
            metric,
            dimensions: 64,
            quantization,
            m: 8,
            ef_construction: 16,
        };
        let mut builder = SubIndexBuilder::new(&definition, rows)?;
        builder.add(Vectors::from_f32(64, &vec![1.0; rows * 64]))?;
        Ok(vec![(0..rows as u64, SubIndex::open(builder.finish()?.into())?)])
    }

    #[test]
    fn loads_once_and_forgets_with_the_part() {
        let cache = SubIndexCache::new(10 << 20);
        let loads = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    cache
                        .get_or_load(&key(1, "a"), || {
                            loads.fetch_add(1, Relaxed);
                            load(100)
                        })
                        .unwrap();
                });
            }
        });
        assert_eq!(loads.load(Relaxed), 1);
        cache.get_or_load(&key(1, "b"), || load(50)).unwrap();
        cache.get_or_load(&key(2, "a"), || load(50)).unwrap();
        let metrics = cache.metrics();
        assert_eq!((metrics.entries, metrics.hits + metrics.misses), (3, 10));
        assert!(metrics.bytes > 200 * 64 * 4);
        cache.invalidate_part(1);
        assert_eq!(cache.metrics().entries, 1);
        cache.clear();
        assert_eq!(cache.metrics().bytes, 0);
    }

    #[test]
    fn errors_are_not_kept() {
        let cache = SubIndexCache::new(1 << 20);
        let failed = cache.get_or_load(&key(1, "a"), || Err(Error::Corrupt("test".into())));
        assert_eq!(failed.unwrap_err(), Error::Corrupt("test".into()));
        assert!(cache.get_or_load(&key(1, "a"), || load(10)).is_ok());
    }

    #[test]
    fn keeps_its_bound() {
        let cache = SubIndexCache::new(100 << 10);
        for part in 0..20 {
            cache.get_or_load(&key(part, "a"), || load(100)).unwrap();
        }
        let metrics = cache.metrics();
        assert!(metrics.bytes <= 100 << 10 && metrics.evicted_bytes > 0, "{metrics:?}");
    }
}
