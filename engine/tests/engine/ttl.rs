//! TTL of tables: what merges in the background drop, and what is refused.

use std::time::{Duration, Instant};

use super::support::Database;

const K: &str = "SELECT k FROM t ORDER BY k";

/// Waits until the table has these rows.
#[track_caller]
fn wait_for(db: &mut Database, expected: &str) {
    wait_until(db, K, expected);
}

/// Waits until a query has these rows.
#[track_caller]
fn wait_until(db: &mut Database, query: &str, expected: &str) {
    let end = Instant::now() + Duration::from_secs(30);
    while db.rows(query) != expected {
        assert!(Instant::now() < end, "{} is not {expected}", db.rows(query));
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn expired_rows_go_in_the_background() {
    let dir = tempfile::tempdir().unwrap();
    let mut db = Database::open(dir.path());
    db.run(
        "CREATE TABLE t (d DateTime, k UInt32) ENGINE = MergeTree ORDER BY k TTL d + INTERVAL 1 DAY SETTINGS merge_with_ttl_timeout = 0;
         INSERT INTO t VALUES ('2000-01-01 00:00:00', 1), ('2100-01-01 00:00:00', 2)",
    );
    wait_for(&mut db, "2");
    db.run("SYSTEM STOP TTL MERGES t;\nINSERT INTO t VALUES ('2000-01-01 00:00:00', 3)");
    std::thread::sleep(Duration::from_millis(200));
    db.check(K, "2\n3");
    drop(db);
    let mut db = Database::open(dir.path());
    wait_for(&mut db, "2");
    // What a merge did is logged after it can be seen.
    let removed = "SELECT count() > 0 FROM system.part_log WHERE event_type = 'RemovePart'";
    wait_until(&mut db, removed, "1");
}

#[test]
fn rows_wait_for_their_part_where_the_table_wants_it() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (d DateTime, k UInt32) ENGINE = MergeTree ORDER BY k TTL d SETTINGS merge_with_ttl_timeout = 0, ttl_only_drop_parts = 1;
         INSERT INTO t VALUES ('2000-01-01 00:00:00', 1), ('2100-01-01 00:00:00', 2);
         INSERT INTO t VALUES ('2000-01-01 00:00:00', 3)",
    );
    wait_for(&mut db, "1\n2");
    std::thread::sleep(Duration::from_millis(1500));
    db.check(K, "1\n2");
    db.run("OPTIMIZE TABLE t FINAL");
    db.check(K, "2");
}

#[test]
fn other_kinds_of_ttl_are_refused_by_name() {
    let mut db = Database::new();
    for (clause, name) in [
        ("d TO DISK 'default'", "TO DISK"),
        ("d TO VOLUME 'default'", "TO VOLUME"),
        ("d RECOMPRESS CODEC(ZSTD(1))", "RECOMPRESS"),
        ("d GROUP BY k SET v = max(v)", "GROUP BY"),
        ("d WHERE k IN (SELECT 1)", "subquery"),
    ] {
        let create = format!("CREATE TABLE t (d Date, k UInt32, v UInt32) ENGINE = MergeTree ORDER BY k TTL {clause}");
        db.check_error(&create, "Code: 48");
        db.check_error(&create, name);
    }
    let vectors = "CREATE TABLE t (d Date, v Array(Float32) TTL d, INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) \
                   ENGINE = MergeTree ORDER BY d";
    db.check_error(
        vectors,
        "TTL of column v, over which there is a vector similarity index",
    );
    db.check("EXISTS t", "0");
}

/// Each part is written once for it.
#[test]
fn values_of_columns_expire_in_the_background() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (d DateTime, k UInt32, c String TTL d, v UInt8 DEFAULT 7 TTL d, r UInt32 DEFAULT rand() TTL d) ENGINE = MergeTree ORDER BY k SETTINGS merge_with_ttl_timeout = 0;
         INSERT INTO t VALUES ('2000-01-01 00:00:00', 1, 'a', 2, 3), ('2100-01-01 00:00:00', 2, 'b', 2, 3)",
    );
    let values = "SELECT k, c, v, r = 3 FROM t ORDER BY k";
    let expired = "1\t\t7\t0\n2\tb\t2\t1";
    let begun = std::time::Instant::now();
    while db.rows(values).trim_end() != expired && begun.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(1500));
    db.check(values, expired);
    db.check(
        "SELECT count() FROM system.part_log WHERE event_type = 'MergeParts'",
        "1",
    );
}

#[test]
fn searches_and_ttl_go_together() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (d Date, k UInt32, vec Array(Float32), INDEX idx vec TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY k TTL d;
         SYSTEM STOP TTL MERGES t;
         INSERT INTO t VALUES ('2000-01-01', 1, [1, 0]), ('2100-01-01', 2, [2, 0]), ('2000-01-01', 3, [3, 0]), ('2100-01-01', 4, [4, 0]);
         ALTER TABLE t MATERIALIZE TTL SETTINGS mutations_sync = 2",
    );
    let query = "SELECT k FROM t ORDER BY L2Distance(vec, [0., 0.]) LIMIT 3";
    db.check(query, "2\n4");
    db.run("SYSTEM START TTL MERGES t;\nOPTIMIZE TABLE t FINAL");
    db.check(query, "2\n4");
    let plan = db.rows(&format!("EXPLAIN indexes = 1 {query}"));
    assert!(plan.contains("Name: idx"), "{plan}");
}

/// ClickHouse does so too, if it gets to dropping the part before it is merged.
#[test]
fn a_part_that_has_expired_as_a_whole_replaces_nothing() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (d Date, k UInt32, v UInt32) ENGINE = ReplacingMergeTree(v) ORDER BY k TTL d;
         SYSTEM STOP MERGES t;
         INSERT INTO t VALUES ('2100-01-01', 1, 1), ('2100-01-01', 2, 1);
         INSERT INTO t VALUES ('2000-01-01', 1, 2);
         SYSTEM START MERGES t;
         OPTIMIZE TABLE t FINAL",
    );
    db.check("SELECT k, v FROM t ORDER BY k", "1\t1\n2\t1");
}
