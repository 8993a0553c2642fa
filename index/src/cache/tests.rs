//! The cache as its users see it.

use super::{CacheKey, CacheLimits, CacheMetrics, CachePolicy, Lookup, Source, SubIndexCache};
use crate::{Error, Metric, Quantization, SubIndex, SubIndexBuilder, VectorIndexDefinition, Vectors};
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

fn key(part: u64, index: &str) -> CacheKey {
    CacheKey {
        part,
        index: index.into(),
    }
}

fn cache(bytes_max: u64, policy: CachePolicy) -> SubIndexCache {
    SubIndexCache::new(CacheLimits {
        bytes_max,
        entries_max: 1000,
        policy,
    })
}

fn load(rows: usize) -> Result<Vec<(Range<u64>, SubIndex)>, Error> {
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

/// What those answer whom nothing stops.
fn on() -> Result<(), Error> {
    Ok(())
}

fn ask(cache: &SubIndexCache, part: u64) -> Lookup {
    cache.get_or_load(&key(part, "a"), on, || load(100)).unwrap()
}

/// Bytes of what [`ask`] loads.
fn entry_bytes() -> u64 {
    load(100).unwrap()[0].1.memory_bytes()
}

/// Asks for parts one after the other, in a cache for three of them; `expected` are those that are there at the end.
#[track_caller]
fn check(policy: CachePolicy, asked: &[u64], expected: &[u64]) {
    let cache = cache(3 * entry_bytes(), policy);
    asked.iter().for_each(|part| drop(ask(&cache, *part)));
    let held: Vec<u64> = (0..10).filter(|part| cache.contains(*part, "a")).collect();
    assert_eq!(held, expected, "{asked:?}");
}

const SLRU: CachePolicy = CachePolicy::Slru { protected_share: 0.67 };

#[test]
fn the_least_recently_used_goes_first() {
    check(CachePolicy::Lru, &[1, 2, 3, 4], &[2, 3, 4]);
    check(CachePolicy::Lru, &[1, 2, 3, 1, 4], &[1, 3, 4]);
    check(CachePolicy::Lru, &[1, 1, 2, 3, 4, 5], &[3, 4, 5]);
}

#[test]
fn what_is_read_once_goes_before_what_is_used_again() {
    check(SLRU, &[1, 1, 2, 3, 4, 5], &[1, 4, 5]);
    check(SLRU, &[1, 1, 2, 2, 3, 4, 5, 6], &[1, 2, 6]);
    // Two thirds are protected: of three that were used again, the least recently used one is not.
    check(SLRU, &[1, 1, 2, 2, 3, 3, 4, 5], &[2, 3, 5]);
}

#[test]
fn one_loads_and_the_others_wait() {
    let cache = cache(10 << 20, SLRU);
    let loads = AtomicUsize::new(0);
    let from_disk = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let lookup = cache.get_or_load(&key(1, "a"), on, || {
                    loads.fetch_add(1, Relaxed);
                    std::thread::sleep(Duration::from_millis(50));
                    load(100)
                });
                from_disk.fetch_add(usize::from(lookup.unwrap().source == Source::Disk), Relaxed);
            });
        }
    });
    assert_eq!((loads.load(Relaxed), cache.metrics().entries), (1, 1));
    assert!(from_disk.load(Relaxed) >= 1);
    assert!(cache.loading.lock().is_empty());
    assert_eq!(ask(&cache, 1).source, Source::Cache);
}

/// Others are served while something is loaded.
#[test]
fn a_load_keeps_nobody_waiting_who_asks_for_something_else() {
    let cache = cache(10 << 20, SLRU);
    ask(&cache, 1);
    let (begun, done) = (std::sync::Barrier::new(2), std::sync::Barrier::new(2));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            cache.get_or_load(&key(2, "a"), on, || {
                begun.wait();
                done.wait();
                load(10)
            })
        });
        begun.wait();
        assert_eq!(ask(&cache, 1).source, Source::Cache);
        assert_eq!(ask(&cache, 3).source, Source::Disk);
        done.wait();
    });
}

#[test]
fn a_wait_for_anothers_load_can_be_given_up() {
    let cache = cache(10 << 20, SLRU);
    let (begun, done) = (std::sync::Barrier::new(2), std::sync::Barrier::new(2));
    std::thread::scope(|scope| {
        let loader = scope.spawn(|| {
            cache.get_or_load(&key(1, "a"), on, || {
                begun.wait();
                done.wait();
                load(10)
            })
        });
        begun.wait();
        let asked = AtomicUsize::new(0);
        let stop = || match asked.fetch_add(1, Relaxed) {
            0 => Ok(()),
            _ => Err(Error::Corrupt("stopped".into())),
        };
        let stopped = cache.get_or_load(&key(1, "a"), stop, || panic!("another loads it"));
        assert_eq!(stopped.unwrap_err(), Error::Corrupt("stopped".into()));
        done.wait();
        assert_eq!(loader.join().unwrap().unwrap().source, Source::Disk);
    });
    assert!(cache.contains(1, "a") && cache.loading.lock().is_empty());
}

#[test]
fn entries_go_with_their_part() {
    let cache = cache(10 << 20, SLRU);
    for (part, index) in [(1, "a"), (1, "b"), (2, "a")] {
        cache.get_or_load(&key(part, index), on, || load(50)).unwrap();
    }
    let metrics = cache.metrics();
    assert_eq!(metrics.entries, 3);
    assert_eq!(metrics.bytes, 3 * cache.bytes_of(1, "b").unwrap());
    cache.invalidate_part(1);
    assert_eq!((cache.metrics().entries, cache.bytes_of(1, "a")), (1, None));
    cache.clear();
    assert_eq!(cache.metrics(), CacheMetrics::default());
}

#[test]
fn errors_are_not_kept() {
    let cache = cache(1 << 20, SLRU);
    let failed = cache.get_or_load(&key(1, "a"), on, || Err(Error::Corrupt("test".into())));
    assert_eq!(failed.unwrap_err(), Error::Corrupt("test".into()));
    assert!(cache.loading.lock().is_empty());
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        cache.get_or_load::<Error>(&key(1, "a"), on, || panic!("a load that panics"))
    }));
    assert!(panicked.is_err() && cache.loading.lock().is_empty());
    assert_eq!(ask(&cache, 1).source, Source::Disk);
}

#[test]
fn the_bounds_are_kept() {
    let bytes_max = 100 << 10;
    let cache = cache(bytes_max, SLRU);
    let lookups: Vec<Lookup> = (0..20).map(|part| ask(&cache, part)).collect();
    let metrics = cache.metrics();
    assert!(metrics.bytes <= bytes_max && metrics.entries > 1, "{metrics:?}");
    let evicted: u64 = lookups.iter().map(|lookup| lookup.evicted).sum();
    let evicted_bytes: u64 = lookups.iter().map(|lookup| lookup.evicted_bytes).sum();
    assert_eq!(
        (evicted, evicted_bytes),
        (20 - metrics.entries, 20 * entry_bytes() - metrics.bytes)
    );
    let few = SubIndexCache::new(CacheLimits {
        entries_max: 2,
        ..*cache.limits()
    });
    (0..5).for_each(|part| drop(ask(&few, part)));
    assert_eq!(few.metrics().entries, 2);
    let into_room = |cache: &SubIndexCache| cache.get_or_load_into_room(&key(9, "b"), || load(100)).unwrap();
    assert!(into_room(&few).is_none() && !few.contains(9, "b"));
    assert!(into_room(&cache).is_some() == cache.contains(9, "b"));
    assert!(!few.has_room(1) && cache.has_room(bytes_max - cache.metrics().bytes) && !cache.has_room(bytes_max));
}

/// It is open from then on, costs the others nothing, and goes with its part.
#[test]
fn what_is_larger_than_the_cache_is_kept_beside_it() {
    let cache = cache(2 * entry_bytes(), SLRU);
    ask(&cache, 1);
    let large = || cache.get_or_load(&key(2, "a"), on, || load(1000)).unwrap();
    assert_eq!(large().source, Source::Disk);
    assert_eq!(large().source, Source::MappedFile);
    let metrics = cache.metrics();
    assert_eq!((metrics.entries, metrics.mapped_entries), (1, 1));
    assert!(metrics.mapped_bytes > 1000 * 64 * 4 && cache.bytes_of(2, "a").is_none());
    (3..6).for_each(|part| drop(ask(&cache, part)));
    assert_eq!((large().source, cache.metrics().entries), (Source::MappedFile, 2));
    cache.invalidate_part(2);
    assert_eq!(cache.metrics().mapped_bytes, 0);
}

#[test]
fn a_cache_that_is_too_small_says_how_large_it_should_be() {
    let bytes = entry_bytes();
    let cache = cache(3 * bytes, CachePolicy::Lru);
    for part in [1, 2, 3, 1, 2, 3, 4] {
        assert_eq!(ask(&cache, part).needed_bytes, None, "{part}");
    }
    assert_eq!(cache.metrics().working_set_bytes, 0);
    // 1 had to go for 4.
    assert_eq!(ask(&cache, 1).needed_bytes, Some(4 * bytes));
    for _ in 0..3 {
        [2, 3, 4, 1].iter().for_each(|part| drop(ask(&cache, *part)));
    }
    assert_eq!(cache.metrics().working_set_bytes, 4 * bytes);
    cache.clear();
    assert_eq!(ask(&cache, 1).needed_bytes, None);
}
