//! Which granules and parts a filter reads.

use super::support::Database;

/// 100,000 rows in order, in granules of 1,000.
fn table() -> Database {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (a UInt64, s String, p UInt8) ENGINE = MergeTree PARTITION BY p ORDER BY (a, s) SETTINGS index_granularity = 1000;
         INSERT INTO t SELECT number, toString(number), number >= 50000 FROM numbers(100000)",
    );
    db
}

#[track_caller]
fn check(db: &mut Database, condition: &str, rows: u64, read: u64) {
    let query = format!("SELECT count() FROM t WHERE {condition}");
    db.check(&query, &rows.to_string());
    assert_eq!(db.session.progress().read_rows(), read, "{condition}");
}

#[test]
fn keys_leave_granules_out() {
    let mut db = table();
    check(&mut db, "a = 12345", 1, 1000);
    check(&mut db, "a < 1500", 1500, 2000);
    // A granule may end where the next one begins, so the one before is read too.
    check(&mut db, "a >= 10000 AND a < 11000", 1000, 2000);
    check(&mut db, "a IN (5, 70000)", 2, 3000);
    check(&mut db, "a = 5 OR a = 99999", 2, 2000);
    check(&mut db, "a > 200000", 0, 0);
    check(&mut db, "s = '12'", 1, 100000);
    check(&mut db, "a + 1 = 6", 1, 1000);
    check(&mut db, "a % 2 = 3", 0, 100000);
}

#[test]
fn partitions_leave_parts_out() {
    let mut db = table();
    check(&mut db, "p = 1", 50000, 50000);
    check(&mut db, "p = 1 AND a < 50500", 500, 1000);
    check(&mut db, "p = 2", 0, 0);
}

#[test]
fn counting_reads_nothing() {
    let mut db = table();
    db.check("SELECT count() FROM t", "100000");
    assert_eq!(db.session.progress().read_rows(), 0);
}

#[test]
fn a_limit_stops_reading() {
    let mut db = table();
    assert_eq!(db.rows("SELECT a FROM t LIMIT 3").lines().count(), 3);
    assert!(db.session.progress().read_rows() <= 10000);
}
