//! Which entries go when there is no room. No locks and no clock: entries in, keys out.

use super::entries::Entry;
use super::{CacheKey, CacheLimits};
use std::cmp::Reverse;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

/// ClickHouse's default of `vector_similarity_index_cache_size_ratio`.
pub const PROTECTED_SHARE_DEFAULT: f64 = 0.5;

/// Which entries go first, by ClickHouse's names.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CachePolicy {
    /// The least recently used.
    Lru,
    /// First those that were used once. The others are protected, the most recently used of them, up to this share of
    /// the bytes: what is read once does not push out what is used all the time.
    Slru {
        /// From 0 to 1.
        protected_share: f64,
    },
}

/// The entries to throw out, until the rest is within the limits. Never `new`, and never those that are counted apart
/// unless there are too many entries.
pub fn victims(entries: &[(CacheKey, Arc<Entry>)], new: &CacheKey, limits: &CacheLimits) -> Vec<CacheKey> {
    let held = || entries.iter().filter(|(_, entry)| !entry.is_mapped);
    let mut bytes: u64 = held().map(|(_, entry)| entry.bytes).sum();
    let mut count = entries.len() as u64;
    if bytes <= limits.bytes_max && count <= limits.entries_max {
        return Vec::new();
    }
    let mut victims = Vec::new();
    for (key, entry) in in_order(entries, limits) {
        let too_many = count > limits.entries_max;
        if bytes <= limits.bytes_max && !too_many {
            break;
        }
        if key == new || (entry.is_mapped && !too_many) {
            continue;
        }
        count -= 1;
        bytes -= if entry.is_mapped { 0 } else { entry.bytes };
        victims.push(key.clone());
    }
    victims
}

/// The entries, the first to go first.
fn in_order<'a>(entries: &'a [(CacheKey, Arc<Entry>)], limits: &CacheLimits) -> Vec<(&'a CacheKey, &'a Arc<Entry>)> {
    // By the time of the last use; of those used since the same load, the one loaded last stays longest.
    let mut recent: Vec<_> = entries
        .iter()
        .map(|(key, entry)| (entry.last_used.load(Relaxed), key, entry))
        .collect();
    recent.sort_unstable_by_key(|(last_used, key, _)| Reverse((*last_used, key.part)));
    let mut room = match limits.policy {
        CachePolicy::Lru => 0,
        CachePolicy::Slru { protected_share } => (limits.bytes_max as f64 * protected_share) as u64,
    };
    let mut order: Vec<_> = recent
        .into_iter()
        .map(|(last_used, key, entry)| {
            let is_protected = !entry.is_mapped && entry.used_again.load(Relaxed) && entry.bytes <= room;
            room -= if is_protected { entry.bytes } else { 0 };
            (is_protected, last_used, key, entry)
        })
        .collect();
    order.sort_unstable_by_key(|(is_protected, last_used, key, _)| (*is_protected, *last_used, key.part));
    order.into_iter().map(|(.., key, entry)| (key, entry)).collect()
}
