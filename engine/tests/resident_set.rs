//! The cache of vector indexes says how much memory it takes, and the kernel agrees. In a process of its own, in which
//! nothing else maps the files of indexes.

#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::path::Path;

use gristmill_engine::server_settings::ServerSettings;
use gristmill_engine::{Engine, EngineOptions, Outcome, Session};

/// What both may differ by: a twentieth, for heads and tables of the files, and this much for the last page of each.
const APART_BYTES: u64 = 64 << 10;
const PARTS: u64 = 3;

/// Runs statements; of the last one the first number of its result.
fn run(session: &mut Session, script: &str) -> u64 {
    let mut number = 0;
    for statement in script.split(";\n") {
        let outcome = session.execute(statement.trim().as_bytes(), &BTreeMap::new());
        match outcome.unwrap_or_else(|error| panic!("{statement}\n{error}")) {
            Outcome::Rows(mut rows) => {
                while let Some(batch) = rows.next().unwrap() {
                    number = value(&batch);
                }
            }
            Outcome::Done => {}
            Outcome::Insert(_) => panic!("{statement} wants data"),
        }
    }
    number
}

fn value(batch: &arrow::array::RecordBatch) -> u64 {
    use arrow::array::AsArray;
    use arrow::datatypes::{Int64Type, UInt32Type};
    let column = batch.column(0);
    match column.as_primitive_opt::<Int64Type>() {
        Some(numbers) => numbers.value(0) as u64,
        None => u64::from(column.as_primitive::<UInt32Type>().value(0)),
    }
}

/// Bytes of the database's index files that are in this process's memory.
fn resident(folder: &Path) -> u64 {
    let folder = folder.to_str().unwrap();
    let smaps = std::fs::read_to_string("/proc/self/smaps").unwrap();
    let mut of_index = false;
    let mut kib = 0;
    for line in smaps.lines() {
        let first = line.split_whitespace().next().unwrap_or_default();
        if !first.ends_with(':') {
            of_index = line.contains(folder) && line.contains(".vidx");
        } else if of_index && first == "Rss:" {
            kib += line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap();
        }
    }
    kib * 1024
}

#[track_caller]
fn check(session: &mut Session, folder: &Path, entries: u64) {
    let metric = |name: &str| format!("SELECT value FROM system.metrics WHERE metric = '{name}'");
    assert_eq!(run(session, &metric("VectorSimilarityIndexCacheCells")), entries);
    let said = run(session, &metric("VectorSimilarityIndexCacheBytes"));
    let held = resident(folder);
    let apart = said / 20 + APART_BYTES * PARTS;
    assert!(
        held.abs_diff(said) <= apart,
        "{held} bytes are resident, the cache says {said}"
    );
    assert_eq!(said == 0, entries == 0);
}

fn near(part: u64) -> String {
    let vector = vec![(part * 10_000 + 5000).to_string(); 32].join(",");
    format!("SELECT id FROM t WHERE part = {part} ORDER BY L2Distance(vec, [{vector}]) LIMIT 5")
}

fn open(folder: &Path, bytes_max: u64) -> Session {
    let mut server_settings = ServerSettings::default();
    let name = "vector_similarity_index_cache_size";
    server_settings.set(name, &bytes_max.to_string()).unwrap();
    let options = EngineOptions {
        path: Some(folder.into()),
        merge_threads: 0,
        server_settings,
        ..EngineOptions::default()
    };
    Engine::open(options).unwrap().session()
}

/// What is larger than the cache does not count: opening it leaves nothing of it in memory, and searches no more than they
/// touch, which the system may take back. For each page that a walk touches the system maps some around it: of a smaller
/// index that could be all.
fn larger_than_the_cache(folder: &Path) {
    let mut session = open(folder, 0);
    run(
        &mut session,
        "CREATE TABLE large (id UInt32, vec Array(Float32),
             INDEX idx vec TYPE vector_similarity('hnsw', 'L2Distance', 512, 'f32', 4, 8)) ENGINE = MergeTree ORDER BY id;
         INSERT INTO large SELECT number, arrayMap(i -> number + i, range(512)) FROM numbers(36000)",
    );
    run(
        &mut session,
        "SELECT id FROM large ORDER BY L2Distance(vec, range(512)::Array(Float32)) LIMIT 1
         SETTINGS hnsw_candidate_list_size_for_search = 1",
    );
    let mapped = "SELECT value FROM system.metrics WHERE metric = 'VectorSimilarityIndexMappedBytes'";
    let mapped = run(&mut session, mapped);
    let held = resident(folder);
    assert!(mapped > 36_000 * 512 * 4, "{mapped}");
    assert!(held < mapped / 4 * 3, "{held} of {mapped} bytes are resident");
}

#[test]
fn the_cache_tells_the_truth() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let mut session = open(path, 1 << 30);
    run(
        &mut session,
        "CREATE TABLE t (id UInt32, part UInt8, vec Array(Float32),
             INDEX idx vec TYPE vector_similarity('hnsw', 'L2Distance', 32, 'f32', 8, 16)) ENGINE = MergeTree
         ORDER BY id PARTITION BY part",
    );
    for part in 0..PARTS {
        let rows = 10_000;
        let insert = format!(
            "INSERT INTO t SELECT number + {part} * {rows} AS id, {part}, arrayMap(i -> id + i, range(32)) FROM \
             numbers({rows})"
        );
        run(&mut session, &insert);
    }
    check(&mut session, path, 0);
    run(&mut session, &near(0));
    check(&mut session, path, 1);
    run(&mut session, "SYSTEM PRELOAD VECTOR SIMILARITY INDEX CACHE t");
    check(&mut session, path, PARTS);
    let all = resident(path);
    assert!(all > PARTS * 10_000 * 32 * 4, "{all}");
    run(&mut session, "ALTER TABLE t DROP PARTITION 2");
    check(&mut session, path, PARTS - 1);
    run(&mut session, "SYSTEM CLEAR VECTOR SIMILARITY INDEX CACHE");
    check(&mut session, path, 0);
    drop(session);
    // What had to go is gone.
    let mut session = open(path, all / 2);
    for part in [0, 1, 0, 1] {
        run(&mut session, &near(part));
        check(&mut session, path, 1);
    }
    drop(session);
    larger_than_the_cache(path);
}
