//! The cache of opened vector indexes: what it holds, when it is filled, and what it says of itself.

use std::path::Path;
use std::time::{Duration, Instant};

use gristmill_engine::server_settings::ServerSettings;
use gristmill_engine::{Engine, EngineOptions, Event};

use crate::support::Database;

/// Indexes that are open.
const CELLS: &str = "SELECT value FROM system.metrics WHERE metric = 'VectorSimilarityIndexCacheCells'";
/// Their bytes.
const BYTES: &str = "SELECT value FROM system.metrics WHERE metric = 'VectorSimilarityIndexCacheBytes'";
/// How long the thread that preloads may take.
const PATIENCE: Duration = Duration::from_secs(30);

fn open(path: Option<&Path>, settings: &[(&str, &str)]) -> Database {
    let mut server_settings = ServerSettings::default();
    for (name, value) in settings {
        server_settings.set(name, value).unwrap();
    }
    let engine = Engine::open(EngineOptions {
        path: path.map(Path::to_path_buf),
        merge_threads: 0,
        server_settings,
        ..EngineOptions::default()
    });
    let engine = engine.expect("the database opens");
    let session = engine.session();
    Database { engine, session }
}

/// A table and rows in so many parts of the same size.
fn fill(db: &mut Database, table: &str, parts: u64, settings: &str) {
    db.run(&format!(
        "CREATE TABLE {table} (id UInt32, vec Array(Float32),
             INDEX idx vec TYPE vector_similarity('hnsw', 'L2Distance', 8, 'f32', 8, 32)) ENGINE = MergeTree
         ORDER BY id PARTITION BY intDiv(id, 300) {settings}",
    ));
    for part in 0..parts {
        let first = part * 300;
        db.run(&format!(
            "INSERT INTO {table} SELECT number, [number, 0, 0, 0, 0, 0, 0, 0] FROM numbers({first}, 300)"
        ));
    }
}

/// The nearest rows to that one, in its part alone.
fn near(table: &str, id: u64) -> String {
    let part = id / 300;
    format!(
        "SELECT id FROM {table} WHERE intDiv(id, 300) = {part} ORDER BY L2Distance(vec, [{id}.2, 0., 0., 0., 0., 0., 0., \
         0.]) LIMIT 1"
    )
}

/// Bytes of the index of one part of [`fill`].
fn part_bytes() -> u64 {
    let mut db = open(None, &[]);
    fill(&mut db, "t", 1, "");
    db.run("SYSTEM PRELOAD VECTOR SIMILARITY INDEX CACHE");
    db.rows(BYTES).parse().unwrap()
}

/// Waits until a query gives this.
#[track_caller]
fn wait(db: &mut Database, query: &str, expected: &str) {
    let begun = Instant::now();
    while db.rows(query) != expected {
        assert!(begun.elapsed() < PATIENCE, "{query} gives {}", db.rows(query));
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The thread has nothing to do.
#[track_caller]
fn settle(db: &mut Database) {
    std::thread::sleep(Duration::from_millis(50));
    let pending = "SELECT value FROM system.metrics WHERE metric = 'VectorSimilarityIndexPreloadsPending'";
    wait(db, pending, "0");
}

#[test]
fn commands_fill_and_clear_it() {
    let mut db = open(None, &[]);
    fill(&mut db, "t", 2, "");
    fill(&mut db, "u", 1, "");
    for (command, t, u) in [
        ("PRELOAD VECTOR SIMILARITY INDEX CACHE t", 2, 0),
        ("PRELOAD VECTOR SIMILARITY INDEX CACHE FOR default.u", 2, 1),
        ("CLEAR VECTOR SIMILARITY INDEX CACHE FOR t", 0, 1),
        ("PRELOAD VECTOR SIMILARITY INDEX CACHE", 2, 1),
        ("DROP VECTOR SIMILARITY INDEX CACHE u", 2, 0),
        ("CLEAR VECTOR SIMILARITY INDEX CACHE", 0, 0),
        ("PRELOAD VECTOR SIMILARITY INDEX CACHE", 2, 1),
        ("DROP VECTOR SIMILARITY INDEX CACHE", 0, 0),
    ] {
        db.run(&format!("SYSTEM {command}"));
        let held =
            "SELECT table, countIf(bytes_in_memory > 0) FROM system.vector_indexes GROUP BY table ORDER BY table";
        db.check(held, &format!("t\t{t}\nu\t{u}"));
        db.check(CELLS, &format!("{}", t + u));
        let of_parts = db.rows("SELECT sum(bytes_in_memory) FROM system.vector_indexes");
        db.check(BYTES, &of_parts);
    }
    db.check_error("SYSTEM PRELOAD VECTOR SIMILARITY INDEX CACHE nosuch", "UNKNOWN_TABLE");
    db.check_error("SYSTEM CLEAR VECTOR SIMILARITY INDEX CACHE FOR nosuch", "UNKNOWN_TABLE");
    db.check_error("SYSTEM LOAD VECTOR SIMILARITY INDEX CACHE", "SYNTAX_ERROR");
    db.check_error("SYSTEM PREWARM VECTOR SIMILARITY INDEX CACHE t", "SYNTAX_ERROR");
}

#[test]
fn opened_indexes_take_as_much_as_their_files() {
    let mut db = open(None, &[]);
    fill(&mut db, "t", 3, "");
    db.run("SYSTEM PRELOAD VECTOR SIMILARITY INDEX CACHE");
    // A header, a table and a trailer more in the file; what describes an open one more in memory.
    let apart = "SELECT max(abs(toInt64(bytes_in_memory) - toInt64(bytes_on_disk))) < 1000, min(bytes_in_memory) > 9000 \
                 FROM system.vector_indexes";
    db.check(apart, "1\t1");
}

/// A table with the setting, and everything that makes parts.
#[test]
fn new_parts_are_preloaded() {
    let folder = tempfile::tempdir().unwrap();
    let mut db = open(Some(folder.path()), &[]);
    fill(&mut db, "t", 2, "SETTINGS enable_vector_index_preload = 1");
    fill(&mut db, "other", 1, "");
    wait(&mut db, CELLS, "2");
    db.run("INSERT INTO t SELECT number, [number, 0, 0, 0, 0, 0, 0, 0] FROM numbers(300)");
    wait(&mut db, CELLS, "3");
    db.run("OPTIMIZE TABLE t FINAL");
    wait(&mut db, CELLS, "2");
    db.run("ALTER TABLE t UPDATE vec = [1, 0, 0, 0, 0, 0, 0, 0] WHERE id = 7");
    wait(&mut db, CELLS, "2");
    db.run("ALTER TABLE t CLEAR INDEX idx");
    wait(&mut db, CELLS, "0");
    db.run("ALTER TABLE t MATERIALIZE INDEX idx");
    wait(&mut db, CELLS, "2");
    db.run("ALTER TABLE t DETACH PARTITION 0");
    wait(&mut db, CELLS, "1");
    db.run("ALTER TABLE t ATTACH PARTITION 0");
    wait(&mut db, CELLS, "2");
    for detach in ["DETACH TABLE t", "DETACH TABLE t PERMANENTLY"] {
        db.run(detach);
        settle(&mut db);
        db.run("SYSTEM CLEAR VECTOR SIMILARITY INDEX CACHE;\n ATTACH TABLE t");
        wait(&mut db, CELLS, "2");
    }
    // What was cleared is not opened again before it is searched.
    db.run("SYSTEM CLEAR VECTOR SIMILARITY INDEX CACHE");
    db.run("INSERT INTO t SELECT number, [number, 0, 0, 0, 0, 0, 0, 0] FROM numbers(600, 10)");
    wait(&mut db, CELLS, "1");
    assert!(db.engine.events().get(Event::VectorSimilarityIndexPreloads) >= 9);
    assert_eq!(db.engine.events().get(Event::VectorSimilarityIndexCacheMisses), 0);
    drop(db);
    let mut db = open(Some(folder.path()), &[]);
    wait(&mut db, CELLS, "3");
    db.run(&near("t", 450));
    let events = db.session.progress();
    assert_eq!(events.events().own().get(Event::VectorSimilarityIndexCacheHits), 1);
}

#[test]
fn the_setting_may_come_later() {
    let mut db = open(None, &[]);
    fill(&mut db, "t", 2, "");
    settle(&mut db);
    db.check(CELLS, "0");
    db.run("ALTER TABLE t MODIFY SETTING enable_vector_index_preload = 1");
    wait(&mut db, CELLS, "2");
    db.run("SYSTEM CLEAR VECTOR SIMILARITY INDEX CACHE;\n ALTER TABLE t RESET SETTING enable_vector_index_preload");
    db.run("INSERT INTO t SELECT number, [number, 0, 0, 0, 0, 0, 0, 0] FROM numbers(600, 10)");
    settle(&mut db);
    db.check(CELLS, "0");
    db.check_error("ALTER TABLE t MODIFY SETTING enable_vector_index_preload = 2", "");
}

#[test]
fn all_tables_may_be_preloaded() {
    let folder = tempfile::tempdir().unwrap();
    let mut db = open(Some(folder.path()), &[]);
    fill(&mut db, "t", 2, "");
    fill(&mut db, "u", 1, "");
    drop(db);
    let mut db = open(Some(folder.path()), &[("enable_global_vector_index_preload", "1")]);
    wait(&mut db, CELLS, "3");
    db.check(
        "SELECT value, changed FROM system.server_settings WHERE name = 'enable_global_vector_index_preload'",
        "1\t1",
    );
}

/// What somebody searches stays.
#[test]
fn preloading_stops_where_there_is_no_room() {
    let size = (2 * part_bytes() + part_bytes() / 2).to_string();
    let mut db = open(None, &[("vector_similarity_index_cache_size", &size)]);
    fill(&mut db, "t", 4, "");
    db.check(&near("t", 1000), "1000");
    db.run("SYSTEM PRELOAD VECTOR SIMILARITY INDEX CACHE t");
    db.check(CELLS, "2");
    db.run("ALTER TABLE t MODIFY SETTING enable_vector_index_preload = 1");
    settle(&mut db);
    db.check(CELLS, "2");
    assert_eq!(db.engine.events().get(Event::VectorSimilarityIndexCacheEvictions), 0);
    db.check(&near("t", 1000), "1000");
    let hits = db.session.progress();
    assert_eq!(hits.events().own().get(Event::VectorSimilarityIndexCacheHits), 1);
    // Room again.
    db.run("ALTER TABLE t DROP PARTITION 3");
    db.run("INSERT INTO t SELECT number, [number, 0, 0, 0, 0, 0, 0, 0] FROM numbers(1500, 1)");
    settle(&mut db);
    assert_eq!(db.engine.events().get(Event::VectorSimilarityIndexCacheEvictions), 0);
}

#[test]
fn an_index_larger_than_the_cache_is_searched_in_its_file() {
    for size in ["0", "100"] {
        let mut db = open(None, &[("vector_similarity_index_cache_size", size)]);
        fill(&mut db, "t", 2, "");
        db.run("SYSTEM PRELOAD VECTOR SIMILARITY INDEX CACHE");
        db.check(&near("t", 400), "400");
        let count = |db: &Database, event| db.session.progress().events().own().get(event);
        assert_eq!(count(&db, Event::VectorSimilarityIndexCacheMisses), 1);
        for _ in 0..3 {
            db.check(&near("t", 400), "400");
            assert_eq!(count(&db, Event::VectorSimilarityIndexMappedFileHits), 1);
            assert_eq!(count(&db, Event::VectorSimilarityIndexCacheMisses), 0);
        }
        db.check(BYTES, "0");
        db.check(CELLS, "0");
        db.check(
            "SELECT value FROM system.metrics WHERE metric = 'VectorSimilarityIndexMappedCells'",
            "1",
        );
        let plan = db.rows(&format!("EXPLAIN ANALYZE {}", near("t", 400)));
        assert!(plan.contains("mapped file"), "{plan}");
        db.run("TRUNCATE TABLE t");
        db.check(
            "SELECT value FROM system.metrics WHERE metric = 'VectorSimilarityIndexMappedBytes'",
            "0",
        );
    }
}

#[test]
fn a_cache_that_is_too_small_says_so() {
    let bytes = part_bytes();
    // Room for two, not for three: how many nodes the upper levels have is left to chance.
    let size = (2 * bytes + bytes / 2).to_string();
    let mut db = open(
        None,
        &[
            ("vector_similarity_index_cache_size", &size),
            ("vector_similarity_index_cache_policy", "LRU"),
        ],
    );
    fill(&mut db, "t", 3, "");
    let plan = |db: &mut Database| db.rows(&format!("EXPLAIN ANALYZE {}", near("t", 10)));
    for id in [10, 400, 700] {
        db.check(&near("t", id), &id.to_string());
        assert!(!plan(&mut db).contains("cache too small"));
    }
    for id in [10, 400, 700, 10, 400, 700] {
        db.check(&near("t", id), &id.to_string());
    }
    let shown = plan(&mut db);
    let expected = format!("cache {size} bytes: raise vector_similarity_index_cache_size");
    assert!(
        shown.contains("working set at least") && shown.contains(&expected),
        "{shown}"
    );
    let events = db.engine.events().clone();
    let reloads = events.get(Event::VectorSimilarityIndexCacheReloads);
    assert!(reloads >= 4, "{reloads}");
    let (evictions, lost) = (
        events.get(Event::VectorSimilarityIndexCacheEvictions),
        events.get(Event::VectorSimilarityIndexCacheWeightLost),
    );
    assert!(
        evictions >= reloads && lost >= evictions * (bytes - 1000),
        "{evictions}, {lost}"
    );
    db.check(CELLS, "2");
}

#[test]
fn opened_indexes_go_when_parts_are_replaced() {
    let mut db = open(None, &[]);
    for way in [
        "OPTIMIZE TABLE t FINAL",
        "ALTER TABLE t UPDATE vec = vec WHERE 1",
        "ALTER TABLE t DELETE WHERE id % 2 = 0",
        "ALTER TABLE t DROP PARTITION 0",
        "TRUNCATE TABLE t",
        "DROP TABLE t",
    ] {
        db.run("DROP TABLE IF EXISTS t");
        fill(&mut db, "t", 1, "");
        if way.starts_with("OPTIMIZE") {
            db.run("INSERT INTO t SELECT number, [number, 0, 0, 0, 0, 0, 0, 0] FROM numbers(300)");
        }
        db.check(&near("t", 100), "100");
        assert_ne!(db.rows(CELLS), "0");
        db.run(way);
        db.check(CELLS, "0");
        db.check(BYTES, "0");
    }
}

/// One part that cannot be read keeps no other from being preloaded.
#[test]
fn a_damaged_index_is_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut db = open(Some(folder.path()), &[]);
    fill(&mut db, "t", 3, "");
    let part = "SELECT path FROM system.parts WHERE active ORDER BY path LIMIT 1";
    let part = db.rows(part);
    drop(db);
    let file = Path::new(&part).join("idx.vidx");
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let mut db = open(Some(folder.path()), &[("enable_global_vector_index_preload", "1")]);
    wait(&mut db, CELLS, "2");
    settle(&mut db);
    db.check_error("SYSTEM PRELOAD VECTOR SIMILARITY INDEX CACHE t", "CORRUPTED_DATA");
    db.check(CELLS, "2");
}

#[test]
fn queries_at_the_same_time_load_an_index_once() {
    let mut db = open(None, &[]);
    fill(&mut db, "t", 1, "");
    let query = near("t", 100);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut session = db.engine.session();
                assert_eq!(crate::support::text(&mut session, &query).unwrap(), "100");
            });
        }
    });
    let loaded = db.engine.events().get(Event::VectorSimilarityIndexLoadedBytes);
    db.check(BYTES, &loaded.to_string());
    let events = db.engine.events();
    let asked = [
        Event::VectorSimilarityIndexCacheHits,
        Event::VectorSimilarityIndexCacheMisses,
    ];
    assert_eq!(asked.map(|event| events.get(event)).iter().sum::<u64>(), 8);
}
