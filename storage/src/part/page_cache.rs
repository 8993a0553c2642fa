//! Decoded pages, kept for fetching scattered rows: the winners of a search, the hits of a key lookup.
//!
//! Unpacking a page costs ten times more than taking a few rows out of it, and the same pages are asked for again.

use std::sync::{Arc, OnceLock};

use arrow::array::{Array, ArrayRef};
use moka::sync::Cache;

/// Bytes that the cache of a process holds unless the caller brings its own.
const SHARED_BYTES_MAX: u64 = 256 << 20;
/// What an entry costs beside its array: key, bookkeeping, allocation heads.
const ENTRY_BYTES: usize = 256;

/// Which page: a part, a column of it, and the page's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PageKey {
    /// The `uid` of a part, so that a name that comes again is not taken for the old part.
    pub part: u64,
    pub column: u32,
    pub page: u32,
}

/// A byte-bounded cache of decoded pages; those asked for once do not push out those asked for often.
#[derive(Debug)]
pub struct PageCache {
    pages: Cache<PageKey, ArrayRef>,
}

impl PageCache {
    /// A cache that holds at most that many bytes.
    pub fn new(bytes_max: u64) -> PageCache {
        let weigh = |_: &PageKey, page: &ArrayRef| {
            u32::try_from(page.get_array_memory_size() + ENTRY_BYTES).unwrap_or(u32::MAX)
        };
        PageCache {
            pages: Cache::builder().max_capacity(bytes_max).weigher(weigh).build(),
        }
    }

    /// The cache of this process.
    pub fn shared() -> Arc<PageCache> {
        static SHARED: OnceLock<Arc<PageCache>> = OnceLock::new();
        SHARED
            .get_or_init(|| Arc::new(PageCache::new(SHARED_BYTES_MAX)))
            .clone()
    }

    /// Pages held.
    #[cfg(test)]
    pub(crate) fn len(&self) -> u64 {
        self.pages.run_pending_tasks();
        self.pages.entry_count()
    }

    pub(crate) fn get(&self, key: &PageKey) -> Option<ArrayRef> {
        self.pages.get(key)
    }

    pub(crate) fn insert(&self, key: PageKey, page: ArrayRef) {
        self.pages.insert(key, page);
    }

    pub(crate) fn remove(&self, key: &PageKey) {
        self.pages.invalidate(key);
    }
}
