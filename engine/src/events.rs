//! Counters of what happened (`ProfileEvents`): of a statement, and of the database since it was opened.
//!
//! Each is an atomic number at a known place, so that counting costs a search next to nothing. To add one: a line in
//! [`Event`] and one in [`EVENTS`]. What is there now, rather than what happened, is a metric (`system/metrics.rs`).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// What is counted, by ClickHouse's names where it counts the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // EVENTS says what each means
pub enum Event {
    Query,
    SelectQuery,
    InsertQuery,
    AsyncInsertQuery,
    AsyncInsertRows,
    AsyncInsertBytes,
    FailedQuery,
    FailedSelectQuery,
    FailedInsertQuery,
    QueryTimeMicroseconds,
    SelectQueryTimeMicroseconds,
    InsertQueryTimeMicroseconds,
    OtherQueryTimeMicroseconds,
    SelectedParts,
    SelectedPartsTotal,
    SelectedRanges,
    SelectedMarks,
    SelectedMarksTotal,
    SelectedRows,
    SelectedBytes,
    InsertedRows,
    InsertedBytes,
    DelayedInserts,
    RejectedInserts,
    MergeTreeDataWriterRows,
    MergeTreeDataWriterBlocks,
    Merge,
    MergeSourceParts,
    MergedRows,
    MergeTotalMilliseconds,
    MutationTotalParts,
    MutatedRows,
    USearchAddCount,
    USearchSearchCount,
    USearchSearchVisitedMembers,
    USearchSearchComputedDistances,
    VectorSimilarityIndexCacheHits,
    VectorSimilarityIndexCacheMisses,
    VectorSimilarityIndexCacheWeightLost,
    VectorSimilarityIndexCacheEvictions,
    VectorSimilarityIndexCacheReloads,
    VectorSimilarityIndexMappedFileHits,
    VectorSimilarityIndexPreloads,
    VectorSimilarityIndexLoadMicroseconds,
    VectorSimilarityIndexLoadedBytes,
    VectorSearchFilterMaskHits,
    VectorSearchFilterMaskMisses,
    VectorSearchExactRows,
}

/// How many of them a statement has mostly.
const LISTED_MOSTLY: usize = 16;
/// How many there are.
const COUNT: usize = EVENTS.len();

/// Every event with its name and meaning, in the order of [`Event`].
pub const EVENTS: &[(Event, &str, &str)] = &[
    (
        Event::Query,
        "Query",
        "Number of queries to be interpreted and potentially executed. Does not include queries that failed to parse.",
    ),
    (
        Event::SelectQuery,
        "SelectQuery",
        "Same as Query, but only for SELECT queries.",
    ),
    (
        Event::InsertQuery,
        "InsertQuery",
        "Same as Query, but only for INSERT queries.",
    ),
    (
        Event::AsyncInsertQuery,
        "AsyncInsertQuery",
        "Same as InsertQuery, but only for asynchronous INSERT queries.",
    ),
    (
        Event::AsyncInsertRows,
        "AsyncInsertRows",
        "Number of rows inserted by asynchronous INSERT queries.",
    ),
    (
        Event::AsyncInsertBytes,
        "AsyncInsertBytes",
        "Data size in bytes of asynchronous INSERT queries.",
    ),
    (
        Event::FailedQuery,
        "FailedQuery",
        "Number of total failed queries, those that cannot be parsed included.",
    ),
    (
        Event::FailedSelectQuery,
        "FailedSelectQuery",
        "Same as FailedQuery, but only for SELECT queries.",
    ),
    (
        Event::FailedInsertQuery,
        "FailedInsertQuery",
        "Same as FailedQuery, but only for INSERT queries.",
    ),
    (
        Event::QueryTimeMicroseconds,
        "QueryTimeMicroseconds",
        "Total time of all queries.",
    ),
    (
        Event::SelectQueryTimeMicroseconds,
        "SelectQueryTimeMicroseconds",
        "Total time of SELECT queries.",
    ),
    (
        Event::InsertQueryTimeMicroseconds,
        "InsertQueryTimeMicroseconds",
        "Total time of INSERT queries.",
    ),
    (
        Event::OtherQueryTimeMicroseconds,
        "OtherQueryTimeMicroseconds",
        "Total time of queries that are not SELECT or INSERT.",
    ),
    (
        Event::SelectedParts,
        "SelectedParts",
        "Number of data parts selected to read from a MergeTree table.",
    ),
    (
        Event::SelectedPartsTotal,
        "SelectedPartsTotal",
        "Number of total data parts before selecting which ones to read from a MergeTree table.",
    ),
    (
        Event::SelectedRanges,
        "SelectedRanges",
        "Number of (non-adjacent) ranges in all data parts selected to read from a MergeTree table.",
    ),
    (
        Event::SelectedMarks,
        "SelectedMarks",
        "Number of marks (index granules) selected to read from a MergeTree table.",
    ),
    (
        Event::SelectedMarksTotal,
        "SelectedMarksTotal",
        "Number of total marks (index granules) before selecting which ones to read from a MergeTree table.",
    ),
    (
        Event::SelectedRows,
        "SelectedRows",
        "Number of rows SELECTed from all tables.",
    ),
    (
        Event::SelectedBytes,
        "SelectedBytes",
        "Number of bytes (uncompressed; for columns as they stored in memory) SELECTed from all tables.",
    ),
    (
        Event::InsertedRows,
        "InsertedRows",
        "Number of rows INSERTed to all tables.",
    ),
    (
        Event::InsertedBytes,
        "InsertedBytes",
        "Number of bytes (uncompressed; for columns as they stored in memory) INSERTed to all tables.",
    ),
    (
        Event::DelayedInserts,
        "DelayedInserts",
        "Number of times the INSERT of a block to a MergeTree table was throttled due to high number of active data \
         parts for partition.",
    ),
    (
        Event::RejectedInserts,
        "RejectedInserts",
        "Number of times the INSERT of a block to a MergeTree table was rejected with 'Too many parts' exception due \
         to high number of active data parts for partition.",
    ),
    (
        Event::MergeTreeDataWriterRows,
        "MergeTreeDataWriterRows",
        "Number of rows INSERTed to MergeTree tables.",
    ),
    (
        Event::MergeTreeDataWriterBlocks,
        "MergeTreeDataWriterBlocks",
        "Number of blocks INSERTed to MergeTree tables. Each block forms a data part of level zero.",
    ),
    (Event::Merge, "Merge", "Number of merges that were launched."),
    (
        Event::MergeSourceParts,
        "MergeSourceParts",
        "Number of source parts scheduled for merges.",
    ),
    (
        Event::MergedRows,
        "MergedRows",
        "Rows of the parts that were merged. This is the number of rows before merge.",
    ),
    (
        Event::MergeTotalMilliseconds,
        "MergeTotalMilliseconds",
        "Total time spent for merges.",
    ),
    (
        Event::MutationTotalParts,
        "MutationTotalParts",
        "Number of total parts for which mutations tried to be applied.",
    ),
    (
        Event::MutatedRows,
        "MutatedRows",
        "Rows of the parts that mutations changed. This is the number of rows before mutation.",
    ),
    (
        Event::USearchAddCount,
        "USearchAddCount",
        "Number of vectors added to vector indexes.",
    ),
    (
        Event::USearchSearchCount,
        "USearchSearchCount",
        "Number of search operations performed in vector indexes.",
    ),
    (
        Event::USearchSearchVisitedMembers,
        "USearchSearchVisitedMembers",
        "Number of nodes visited when searching in vector indexes.",
    ),
    (
        Event::USearchSearchComputedDistances,
        "USearchSearchComputedDistances",
        "Number of times distance was computed when searching vector indexes.",
    ),
    (
        Event::VectorSimilarityIndexCacheHits,
        "VectorSimilarityIndexCacheHits",
        "Number of times a vector index of a part has been found in the vector index cache.",
    ),
    (
        Event::VectorSimilarityIndexCacheMisses,
        "VectorSimilarityIndexCacheMisses",
        "Number of times a vector index of a part has not been found in the vector index cache and had to be read from \
         disk.",
    ),
    (
        Event::VectorSimilarityIndexCacheWeightLost,
        "VectorSimilarityIndexCacheWeightLost",
        "Number of bytes evicted from the vector index cache.",
    ),
    (
        Event::VectorSimilarityIndexCacheEvictions,
        "VectorSimilarityIndexCacheEvictions",
        "Number of vector indexes evicted from the vector index cache to make room for others.",
    ),
    (
        Event::VectorSimilarityIndexCacheReloads,
        "VectorSimilarityIndexCacheReloads",
        "Number of times a vector index was read from disk that had been evicted from the vector index cache not long \
         before: the cache is too small for what is searched.",
    ),
    (
        Event::VectorSimilarityIndexMappedFileHits,
        "VectorSimilarityIndexMappedFileHits",
        "Number of times a vector index of a part that is larger than the vector index cache has been found open, in its \
         mapped file.",
    ),
    (
        Event::VectorSimilarityIndexPreloads,
        "VectorSimilarityIndexPreloads",
        "Number of vector indexes of parts that were opened before anybody searched them.",
    ),
    (
        Event::VectorSimilarityIndexLoadMicroseconds,
        "VectorSimilarityIndexLoadMicroseconds",
        "Total time spent opening and checking vector indexes.",
    ),
    (
        Event::VectorSimilarityIndexLoadedBytes,
        "VectorSimilarityIndexLoadedBytes",
        "Number of bytes of vector indexes that were opened and checked.",
    ),
    (
        Event::VectorSearchFilterMaskHits,
        "VectorSearchFilterMaskHits",
        "Number of times the rows of a part that pass a filter were known from a search before.",
    ),
    (
        Event::VectorSearchFilterMaskMisses,
        "VectorSearchFilterMaskMisses",
        "Number of times a search had to evaluate its filter on a part.",
    ),
    (
        Event::VectorSearchExactRows,
        "VectorSearchExactRows",
        "Number of rows whose vectors searches compared one by one.",
    ),
];

const _: () = {
    let mut place = 0;
    while place < COUNT {
        assert!(EVENTS[place].0 as usize == place, "EVENTS is in the order of Event");
        place += 1;
    }
    assert!(
        COUNT == Event::VectorSearchExactRows as usize + 1,
        "every event is listed"
    );
};

impl Event {
    /// ClickHouse's name, or ours.
    pub fn name(self) -> &'static str {
        EVENTS[self as usize].1
    }
}

/// One number for each event, of one statement.
#[derive(Debug)]
pub struct EventCounts([AtomicU64; COUNT]);

impl Default for EventCounts {
    fn default() -> Self {
        Self([const { AtomicU64::new(0) }; COUNT])
    }
}

impl EventCounts {
    /// How often it happened, or how much of it.
    pub fn get(&self, event: Event) -> u64 {
        self.0[event as usize].load(Ordering::Relaxed)
    }

    /// Those that are not zero, in the order of [`EVENTS`].
    pub fn list(&self) -> Vec<(&'static str, u64)> {
        let all = EVENTS.iter().map(|(event, name, _)| (*name, self.get(*event)));
        let mut listed = Vec::with_capacity(LISTED_MOSTLY);
        listed.extend(all.filter(|(_, count)| *count > 0));
        listed
    }

    fn add(&self, event: Event, count: u64) {
        self.0[event as usize].fetch_add(count, Ordering::Relaxed);
    }

    fn reset(&self) {
        self.0.iter().for_each(|count| count.store(0, Ordering::Relaxed));
    }
}

/// Groups of threads that count apart.
const SHARDS: usize = 16;

/// The counts of a database. Threads count in several places, so that queries at the same time do not wait for each
/// other's lines of memory.
#[derive(Debug, Default)]
pub struct EventTotals([Shard; SHARDS]);

/// As processors fetch lines of memory two at a time.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Shard(EventCounts);

impl EventTotals {
    /// How often it happened, or how much of it.
    pub fn get(&self, event: Event) -> u64 {
        self.0.iter().map(|shard| shard.0.get(event)).sum()
    }

    /// Counts what belongs to no statement, too: what happens in the background.
    pub fn add(&self, event: Event, count: u64) {
        thread_local! {
            static SHARD: usize = NEXT_SHARD.fetch_add(1, Ordering::Relaxed) % SHARDS;
        }
        static NEXT_SHARD: AtomicUsize = AtomicUsize::new(0);
        // While a thread ends it has no number any more.
        let shard = SHARD.try_with(|shard| *shard).unwrap_or(0);
        self.0[shard].0.add(event, count);
    }
}

/// Where a statement counts: in numbers of its own and in those of the database.
#[derive(Debug)]
pub struct Events {
    own: EventCounts,
    database: Arc<EventTotals>,
}

impl Events {
    /// Nothing has happened yet in the statement.
    pub fn new(database: Arc<EventTotals>) -> Self {
        let own = EventCounts::default();
        Self { own, database }
    }

    /// It happened so often, or so much of it did.
    pub fn add(&self, event: Event, count: u64) {
        if count > 0 {
            self.own.add(event, count);
            self.database.add(event, count);
        }
    }

    /// What happened in the statement so far.
    pub fn own(&self) -> &EventCounts {
        &self.own
    }

    /// Another statement begins.
    pub fn reset(&self) {
        self.own.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_count_for_themselves_and_together() {
        let database = Arc::new(EventTotals::default());
        let (first, second) = (Events::new(database.clone()), Events::new(database.clone()));
        first.add(Event::SelectedRows, 5);
        second.add(Event::SelectedRows, 2);
        second.add(Event::Query, 1);
        assert_eq!(first.own().list(), [("SelectedRows", 5)]);
        assert_eq!(second.own().list(), [("Query", 1), ("SelectedRows", 2)]);
        second.reset();
        assert!(second.own().list().is_empty());
        assert_eq!((database.get(Event::Query), database.get(Event::SelectedRows)), (1, 7));
    }

    #[test]
    fn threads_lose_no_count() {
        let database = EventTotals::default();
        std::thread::scope(|scope| {
            for _ in 0..2 * SHARDS {
                scope.spawn(|| (0..100).for_each(|_| database.add(Event::Query, 2)));
            }
        });
        assert_eq!(database.get(Event::Query), 2 * SHARDS as u64 * 200);
    }
}
