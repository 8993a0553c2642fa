//! `async_insert`: rows of many small INSERTs become few parts, and each client hears of its own rows.

use std::time::{Duration, Instant};

use tempfile::TempDir;

use std::collections::BTreeMap;

use gristmill_engine::Outcome;

use super::support::{Database, text, write_values};

/// Rows wait for so long that nothing but what a test does makes them parts.
const LONG: &str =
    "SET async_insert = 1, async_insert_use_adaptive_busy_timeout = 0, async_insert_busy_timeout_max_ms = 600000";
const PARTS: &str = "SELECT count(), sum(rows) FROM system.parts WHERE active AND table = 't'";

fn table(db: &mut Database) {
    db.run(
        "CREATE TABLE t (a UInt64, b UInt64 DEFAULT a * 2, CONSTRAINT c CHECK a != 13) ENGINE = MergeTree ORDER BY a",
    );
}

#[test]
fn clients_share_a_part() {
    let mut db = Database::quiet();
    table(&mut db);
    std::thread::scope(|scope| {
        for client in 0..10 {
            let mut session = db.engine.session();
            scope.spawn(move || {
                text(&mut session, LONG).unwrap();
                text(&mut session, "SET async_insert_max_query_number = 10").unwrap();
                let values = format!("INSERT INTO t (a) VALUES ({}), ({})", client * 100, client * 100 + 1);
                text(&mut session, &values).unwrap();
            });
        }
    });
    db.check("SELECT count(), sum(b) FROM t", "20\t18020");
    db.check(PARTS, "1\t20");
}

#[test]
fn rows_do_not_wait_for_ever() {
    let mut db = Database::quiet();
    table(&mut db);
    let begun = Instant::now();
    db.run("INSERT INTO t (a) SETTINGS async_insert = 1 VALUES (1)");
    assert!(begun.elapsed() >= Duration::from_millis(40));
    db.check(PARTS, "1\t1");
    // A default that nobody has asked for makes no one wait; nor does a query.
    db.run(LONG);
    db.run("INSERT INTO t (a) SELECT 2");
    db.run("INSERT INTO t (a) SETTINGS async_insert_max_data_size = 1 VALUES (3)");
    db.check(PARTS, "3\t3");
    db.check_error(
        "INSERT INTO t (a) SETTINGS wait_for_async_insert_timeout = 1 VALUES (4)",
        "Code: 159. DB::Exception: Wait for async insert timeout (1000 ms) exceeded",
    );
    db.run("SYSTEM FLUSH ASYNC INSERT QUEUE");
    db.check(PARTS, "4\t4");
}

#[test]
fn who_does_not_wait_sees_rows_after_a_flush() {
    let mut db = Database::quiet();
    table(&mut db);
    db.run(LONG);
    db.run("SET wait_for_async_insert = 0");
    db.run("INSERT INTO t (a) VALUES (1);\nINSERT INTO t (a) VALUES (2);\nINSERT INTO t (a, b) VALUES (3, 0)");
    db.check(PARTS, "0\t0");
    db.check(
        "SELECT query, database, table, format, length(`entries.bytes`), total_bytes > 0, now() - toDateTime(first_update) < 60
         FROM system.asynchronous_inserts ORDER BY query",
        "INSERT INTO default.t (a) FORMAT Values\tdefault\tt\tValues\t2\t1\t1\n\
         INSERT INTO default.t (a, b) FORMAT Values\tdefault\tt\tValues\t1\t1\t1",
    );
    db.run("SYSTEM FLUSH ASYNC INSERT QUEUE");
    db.check(PARTS, "2\t3");
    db.check("SELECT count() FROM system.asynchronous_inserts", "0");
}

#[test]
fn each_client_hears_of_its_own_rows() {
    let mut db = Database::quiet();
    db.run(
        "CREATE TABLE t (a UInt64, v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) \
         ENGINE = MergeTree ORDER BY a",
    );
    let results: Vec<Result<String, String>> = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..5)
            .map(|client| {
                let mut session = db.engine.session();
                scope.spawn(move || {
                    text(&mut session, LONG).unwrap();
                    text(&mut session, "SET async_insert_max_query_number = 5").unwrap();
                    let vector = if client == 3 { "[1, 2, 3]" } else { "[1, 2]" };
                    text(&mut session, &format!("INSERT INTO t VALUES ({client}, {vector})"))
                })
            })
            .collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect()
    });
    for (client, result) in results.iter().enumerate() {
        match client {
            3 => assert!(result.as_ref().unwrap_err().contains("Code: 117"), "{result:?}"),
            _ => assert!(result.is_ok(), "{result:?}"),
        }
    }
    db.check("SELECT arraySort(groupArray(a)) FROM t", "[0,1,2,4]");
}

#[test]
fn what_is_wrong_with_rows_is_told_at_once() {
    let mut db = Database::quiet();
    table(&mut db);
    db.run(LONG);
    db.check_error("INSERT INTO t (a) VALUES (13)", "Code: 469");
    db.run("SET wait_for_async_insert = 0;\nINSERT INTO t (a) VALUES (1);\nDROP TABLE t");
    db.run("SYSTEM FLUSH ASYNC INSERT QUEUE");
}

#[test]
fn a_stop_writes_what_was_acknowledged() {
    let dir = TempDir::new().unwrap();
    let mut db = Database::open(dir.path());
    table(&mut db);
    db.run(LONG);
    db.run("INSERT INTO t (a) SETTINGS wait_for_async_insert = 0 VALUES (1), (2)");
    db.engine.shutdown();
    assert!(db.error("INSERT INTO t (a) VALUES (3)").contains("Code: 236"));
    drop(db);
    let mut db = Database::open(dir.path());
    db.check("SELECT count() FROM t", "2");
    db.run(LONG);
    db.run("INSERT INTO t (a) SETTINGS wait_for_async_insert = 0 VALUES (3)");
    drop(db);
    Database::open(dir.path()).check("SELECT count() FROM t", "3");
}

#[test]
fn acknowledged_rows_outlive_alter_and_not_truncate() {
    let mut db = Database::quiet();
    table(&mut db);
    db.run(LONG);
    db.run("SET wait_for_async_insert = 0");
    db.run("INSERT INTO t (a) VALUES (1);\nALTER TABLE t MODIFY COLUMN b Int64");
    db.check("SELECT a, b, toTypeName(b) FROM t", "1\t2\tInt64");
    db.run("INSERT INTO t (a) VALUES (2);\nTRUNCATE TABLE t");
    db.run("SYSTEM FLUSH ASYNC INSERT QUEUE");
    db.check("SELECT count() FROM t", "0");
}

/// They began before the ALTER and come to wait after it.
#[test]
fn rows_that_wait_are_converted() {
    let mut db = Database::quiet();
    db.run("CREATE TABLE t (a UInt64, b String, c UInt8, d UInt8) ENGINE = MergeTree ORDER BY a");
    db.run(LONG);
    db.run("SET wait_for_async_insert = 0");
    let mut begin = |values: &str| match db.session.execute(b"INSERT INTO t VALUES", &BTreeMap::new()) {
        Ok(Outcome::Insert(mut insert)) => {
            write_values(&mut insert, values).unwrap();
            insert
        }
        _ => panic!("an INSERT takes rows"),
    };
    let good = begin("(1, '10', 3, 4)");
    let bad = begin("(2, 'x', 3, 4)");
    db.run(
        "ALTER TABLE t MODIFY COLUMN b UInt32, DROP COLUMN c, RENAME COLUMN d TO e, ADD COLUMN f UInt32 DEFAULT b + e",
    );
    db.run("ALTER TABLE t ADD COLUMN c UInt8 DEFAULT 7");
    good.finish().unwrap();
    bad.finish().unwrap(); // Nobody waits; the log has it.
    db.run("SYSTEM FLUSH ASYNC INSERT QUEUE");
    db.check("SELECT a, b, e, f, c FROM t", "1\t10\t4\t14\t7");
}
