//! What is counted: of a statement, and of the database.

use gristmill_engine::Event;

use crate::support::Database;

/// What the last statement counted.
#[track_caller]
fn check(db: &Database, event: Event, expected: u64) {
    let counted = db.session.progress().events().own().get(event);
    assert_eq!(counted, expected, "{}", event.name());
}

fn with_index(rows: u64) -> Database {
    let mut db = Database::quiet();
    db.run(
        "CREATE TABLE t (id UInt32, vec Array(Float32),
             INDEX idx vec TYPE vector_similarity('hnsw', 'L2Distance', 2, 'f32', 16, 64)) ENGINE = MergeTree ORDER BY id
         SETTINGS index_granularity = 10",
    );
    db.run(&format!(
        "INSERT INTO t SELECT number, [number, 0] FROM numbers({rows})"
    ));
    db
}

#[test]
fn statements_are_counted_by_kind() {
    let mut db = Database::quiet();
    db.run(
        "CREATE TABLE t (id UInt32) ENGINE = MergeTree ORDER BY id;
         INSERT INTO t VALUES (1), (2);
         INSERT INTO t SELECT 3;
         SELECT * FROM t",
    );
    db.check_error("SELECT nosuch FROM t", "UNKNOWN_IDENTIFIER");
    db.check_error("SELECT throwIf(id = 2) FROM t", "FUNCTION_THROW_IF_VALUE_IS_NON_ZERO");
    db.check_error("SELEC", "SYNTAX_ERROR");
    db.check_error("INSERT INTO nosuch VALUES (1)", "UNKNOWN_TABLE");
    let counts = db.engine.events().clone();
    let get = |event| counts.get(event);
    assert_eq!(
        (get(Event::Query), get(Event::SelectQuery), get(Event::InsertQuery)),
        (7, 3, 3)
    );
    assert_eq!((get(Event::FailedQuery), get(Event::FailedSelectQuery)), (4, 2));
    assert_eq!((get(Event::FailedInsertQuery), get(Event::InsertedRows)), (1, 3));
    assert!(get(Event::QueryTimeMicroseconds) >= get(Event::SelectQueryTimeMicroseconds));
}

#[test]
fn what_is_read_and_written_is_counted() {
    let mut db = with_index(100);
    check(&db, Event::InsertedRows, 100);
    check(&db, Event::MergeTreeDataWriterBlocks, 1);
    check(&db, Event::USearchAddCount, 100);
    db.run("INSERT INTO t SELECT number, [number, 0] FROM numbers(100, 100)");
    db.run("SELECT id FROM t WHERE id BETWEEN 25 AND 44 AND NOT ignore(vec)");
    check(&db, Event::SelectedParts, 1);
    check(&db, Event::SelectedPartsTotal, 2);
    check(&db, Event::SelectedMarks, 3);
    check(&db, Event::SelectedMarksTotal, 20);
    check(&db, Event::SelectedRanges, 1);
    check(&db, Event::SelectedRows, 30);
    db.run("ALTER TABLE t UPDATE vec = [7, 7] WHERE id = 150");
    check(&db, Event::MutatedRows, 100);
    check(&db, Event::USearchAddCount, 100);
    db.run("OPTIMIZE TABLE t FINAL");
    let counts = db.engine.events();
    assert_eq!(counts.get(Event::Merge), 1);
    assert_eq!(counts.get(Event::MergeSourceParts), 2);
    assert_eq!(counts.get(Event::MergedRows), 200);
    assert_eq!(counts.get(Event::USearchAddCount), 500);
}

#[test]
fn searches_are_counted() {
    let mut db = with_index(1000);
    let near = "SELECT id FROM t ORDER BY L2Distance(vec, [500.2, 0.]) LIMIT 3";
    db.check(near, "500\n501\n499");
    check(&db, Event::USearchSearchCount, 1);
    check(&db, Event::VectorSimilarityIndexCacheMisses, 1);
    check(&db, Event::VectorSimilarityIndexCacheHits, 0);
    check(&db, Event::SelectedMarks, 2);
    check(&db, Event::SelectedRows, 3);
    let own = |db: &Database, event| db.session.progress().events().own().get(event);
    assert!(own(&db, Event::USearchSearchComputedDistances) >= own(&db, Event::USearchSearchVisitedMembers));
    assert!(own(&db, Event::VectorSimilarityIndexLoadedBytes) > 1000 * 2 * 2);
    // Also where the plan is known.
    for _ in 0..2 {
        db.check(near, "500\n501\n499");
        check(&db, Event::SelectQuery, 1);
        check(&db, Event::VectorSimilarityIndexCacheMisses, 0);
        check(&db, Event::VectorSimilarityIndexCacheHits, 1);
    }
    let few = "SELECT id FROM t WHERE id < 7 ORDER BY L2Distance(vec, [500.2, 0.]) LIMIT 3";
    db.check(few, "6\n5\n4");
    check(&db, Event::VectorSearchExactRows, 7);
    check(&db, Event::USearchSearchCount, 0);
    check(&db, Event::VectorSearchFilterMaskMisses, 1);
}

#[test]
fn system_events_lists_them() {
    let mut db = with_index(10);
    db.run("SELECT id FROM t ORDER BY L2Distance(vec, [5.2, 0.]) LIMIT 3");
    let one = "SELECT value FROM system.events WHERE event = 'USearchSearchCount'";
    db.check(one, "1");
    let none = "SELECT value, name FROM system.events WHERE event = 'AsyncInsertQuery'";
    db.check(none, "");
    db.check(
        &format!("{none} SETTINGS system_events_show_zero_values = 1"),
        "0\tAsyncInsertQuery",
    );
}

#[test]
fn metrics_tell_what_there_is() {
    let mut db = with_index(100);
    db.run("INSERT INTO t SELECT number, [number, 0] FROM numbers(100, 50)");
    let metric = |name: &str| format!("SELECT value FROM system.metrics WHERE metric = '{name}'");
    for (name, value) in [
        ("PartsActive", "2"),
        ("Query", "1"),
        ("Merge", "0"),
        ("BackgroundMergesAndMutationsPoolSize", "0"),
        ("VersionInteger", "26009002"),
        ("BuildVectorSimilarityIndexThreadsScheduled", ""),
    ] {
        match value {
            "" => assert!(db.rows(&metric(name)).parse::<u64>().is_ok()),
            value => db.check(&metric(name), value),
        }
    }
    let rows = "SELECT metric, value FROM system.asynchronous_metrics WHERE metric LIKE '%MergeTreeTables' AND metric != \
                'TotalBytesOfMergeTreeTables' OR metric LIKE 'MaxPart%' ORDER BY metric";
    db.check(
        rows,
        "MaxPartCountForPartition\t2\nTotalPartsOfMergeTreeTables\t2\nTotalRowsOfMergeTreeTables\t150",
    );
    db.check(
        "SELECT count() FROM system.asynchronous_metrics WHERE value > 0 AND metric IN ('Uptime', 'MemoryResident')",
        "2",
    );
}
