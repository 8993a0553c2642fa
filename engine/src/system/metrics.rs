//! system.metrics: what is held and done right now. Only what is true of this server.

use gristmill_storage::index_build_threads;

use super::{Content, SystemTable};
use crate::cells::Cells;
use crate::engine::{CLICKHOUSE_VERSION, Engine};
use crate::environment::Environment;
use crate::error::Result;

pub const TABLE: SystemTable = SystemTable {
    name: "metrics",
    columns: &[
        ("metric", "String", "Metric name."),
        ("value", "Int64", "Metric value."),
        ("description", "String", "What it counts."),
        ("name", "String", "Metric name again."),
    ],
    content: Content::Rows(fill),
};

/// A metric's name, value and meaning.
pub type Metric = (&'static str, u64, &'static str);

fn fill(environment: &Environment, cells: &mut Cells) -> Result<()> {
    for (name, value, description) in all(&environment.engine) {
        cells.push([name.into(), value.into(), description.into(), name.into()]);
    }
    Ok(())
}

/// All of them.
pub fn all(engine: &Engine) -> Vec<Metric> {
    [jobs(engine), tables(engine), indexes(engine)].concat()
}

fn jobs(engine: &Engine) -> Vec<Metric> {
    let merges = engine.merger().running();
    let merged = merges.iter().map(|merge| merge.sources.len() as u64).sum();
    let tables = engine.catalog().all_tables();
    let mutated = tables
        .iter()
        .map(|(.., table)| table.store.running_mutations().len() as u64);
    let inserts = engine.async_inserts().waiting();
    let waiting = inserts.iter().flat_map(|waiting| &waiting.bytes);
    vec![
        (
            "Query",
            engine.processes().list().len() as u64,
            "Number of executing queries",
        ),
        ("Merge", merges.len() as u64, "Number of executing merges"),
        (
            "MergeParts",
            merged,
            "Number of source parts participating in current merges",
        ),
        ("PartMutation", mutated.sum(), "Number of parts that mutations change"),
        (
            "BackgroundMergesAndMutationsPoolSize",
            engine.merge_threads() as u64,
            "Limit on number of active merges and mutations in an associated background pool",
        ),
        (
            "TCPConnection",
            engine.native_connections().get(),
            "Number of connections to TCP server (clients with native interface)",
        ),
        (
            "HTTPConnection",
            engine.http_connections().get(),
            "Number of connections to HTTP server",
        ),
        (
            "PendingAsyncInsert",
            waiting.clone().count() as u64,
            "Number of asynchronous inserts that are waiting for flush.",
        ),
        (
            "AsynchronousInsertQueueSize",
            inserts.len() as u64,
            "Number of pending tasks in the AsynchronousInsert queue.",
        ),
        (
            "AsynchronousInsertQueueBytes",
            waiting.sum::<usize>() as u64,
            "Number of pending bytes in the AsynchronousInsert queue.",
        ),
        (
            "VersionInteger",
            version(),
            "Version of the server in a single integer number in base-1000: that of the ClickHouse release whose behaviour \
             is followed.",
        ),
    ]
}

fn tables(engine: &Engine) -> Vec<Metric> {
    let tables = engine.catalog().all_tables();
    let parts = tables.iter().map(|(.., table)| table.snapshot().parts().len() as u64);
    vec![(
        "PartsActive",
        parts.sum(),
        "Active data part, used by current and upcoming SELECTs.",
    )]
}

fn indexes(engine: &Engine) -> Vec<Metric> {
    let (cache, builds) = (engine.indexes().metrics(), index_build_threads());
    let active = builds.active as u64;
    vec![
        (
            "VectorSimilarityIndexCacheBytes",
            cache.bytes,
            "Size of the vector similarity index cache in bytes",
        ),
        (
            "VectorSimilarityIndexCacheCells",
            cache.entries,
            "Number of entries in the vector similarity index cache",
        ),
        (
            "VectorSimilarityIndexMappedBytes",
            cache.mapped_bytes,
            "Size of the open vector indexes that are larger than the cache: searched in mapped files, whose pages the \
             system may take back",
        ),
        (
            "VectorSimilarityIndexMappedCells",
            cache.mapped_entries,
            "Number of open vector indexes that are larger than the cache",
        ),
        (
            "VectorSimilarityIndexWorkingSetBytes",
            cache.working_set_bytes,
            "Bytes that the cache would need, told from indexes that were evicted and searched again; 0 if none was",
        ),
        (
            "VectorSimilarityIndexPreloadsPending",
            engine.preloads().pending(),
            "Number of parts whose vector indexes wait to be preloaded",
        ),
        (
            "BuildVectorSimilarityIndexThreads",
            active,
            "Number of threads in the build vector similarity index thread pool.",
        ),
        (
            "BuildVectorSimilarityIndexThreadsActive",
            active,
            "Number of threads in the build vector similarity index thread pool running a task.",
        ),
        (
            "BuildVectorSimilarityIndexThreadsScheduled",
            builds.jobs as u64,
            "Number of queued or active jobs in the build vector similarity index thread pool.",
        ),
    ]
}

/// 26.9.2.1 is 26009002.
fn version() -> u64 {
    let numbers = CLICKHOUSE_VERSION.split('.').take(3);
    numbers.fold(0, |all, number| all * 1000 + number.parse::<u64>().unwrap_or(0))
}
