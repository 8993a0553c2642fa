//! DELETE: rows go at once, from every kind of query, and stay gone.

use tempfile::TempDir;

use super::support::Database;

const CREATE: &str = "CREATE TABLE t (p UInt8, id UInt32, v Array(Float32), INDEX idx v TYPE vector_similarity('hnsw', 'L2Distance', 2)) \
                      ENGINE = MergeTree PARTITION BY p ORDER BY id SETTINGS index_granularity = 16";

fn filled(db: &mut Database) {
    db.run(CREATE);
    db.run("INSERT INTO t SELECT number % 2, number, [number, 0] FROM numbers(100)");
    db.run("INSERT INTO t SELECT number % 2, number, [number, 0] FROM numbers(100, 100)");
}

#[test]
fn deleted_rows_are_in_no_answer() {
    let dir = TempDir::new().unwrap();
    let mut db = Database::open_quiet(dir.path());
    filled(&mut db);
    db.run("DELETE FROM t WHERE id % 3 = 0");
    for round in 0..3 {
        db.check("SELECT count(), countIf(id % 3 = 0), sum(id) FROM t", "133\t0\t13267");
        db.check("SELECT count() FROM t", "133");
        db.check("SELECT id FROM t WHERE id < 8 ORDER BY id", "1\n2\n4\n5\n7");
        db.check("SELECT count() FROM t WHERE p = 1 AND id BETWEEN 90 AND 110", "7");
        for settings in [
            "",
            "SETTINGS vector_search_filter_strategy = 'postfilter'",
            "SETTINGS vector_search_filter_strategy = 'prefilter'",
            "SETTINGS use_skip_indexes = 0",
            "SETTINGS vector_search_with_rescoring = 1",
        ] {
            db.check(
                &format!("SELECT id FROM t ORDER BY L2Distance(v, [9.1, 0.]) LIMIT 4 {settings}"),
                "10\n8\n11\n7",
            );
            db.check(
                &format!("SELECT id FROM t WHERE p = 1 ORDER BY L2Distance(v, [9.1, 0.]) LIMIT 3 {settings}"),
                "11\n7\n13",
            );
        }
        match round {
            // Once as the marks are in memory, once as they are read from disk, once with the rows rewritten.
            0 => {
                drop(db);
                db = Database::open_quiet(dir.path());
            }
            1 => {
                db.check(
                    "SELECT sum(rows), sum(has_lightweight_delete) FROM system.parts WHERE table = 't'",
                    "200\t4",
                );
                db.run("OPTIMIZE TABLE t FINAL");
            }
            _ => db.check(
                "SELECT sum(rows), sum(has_lightweight_delete) FROM system.parts WHERE table = 't'",
                "133\t0",
            ),
        }
    }
}

#[test]
fn deletes_add_up() {
    let mut db = Database::quiet();
    filled(&mut db);
    db.run("DELETE FROM t WHERE id < 10");
    db.run("DELETE FROM t WHERE id < 20");
    db.run("DELETE FROM t WHERE id < 20");
    db.run("DELETE FROM t IN PARTITION 1 WHERE id < 30");
    db.check("SELECT count(), min(id) FROM t", "175\t20");
    db.run("INSERT INTO t VALUES (0, 5, [5, 0])");
    db.check("SELECT id FROM t ORDER BY L2Distance(v, [1., 0.]) LIMIT 2", "5\n20");
    db.run("DELETE FROM t WHERE 1");
    db.check("SELECT count() FROM t", "0");
    db.check("SELECT count() FROM system.parts WHERE table = 't'", "0");
    db.check("SELECT id FROM t ORDER BY L2Distance(v, [1., 0.]) LIMIT 2", "");
}

#[test]
fn alter_delete_rewrites_the_parts() {
    let mut db = Database::quiet();
    filled(&mut db);
    db.run("ALTER TABLE t DELETE WHERE id >= 50 AND p = 0");
    db.check("SELECT count(), sum(rows), sum(has_lightweight_delete) FROM t, (SELECT sum(rows) AS rows, sum(has_lightweight_delete) AS has_lightweight_delete FROM system.parts WHERE table = 't') AS s GROUP BY s.rows, s.has_lightweight_delete", "125\t15625\t0");
    db.check("SELECT id FROM t ORDER BY L2Distance(v, [60.2, 0.]) LIMIT 2", "61\n59");
}

#[test]
fn conditions_that_cannot_be_are_refused() {
    let mut db = Database::quiet();
    filled(&mut db);
    db.check_error("DELETE FROM t WHERE nope = 1", "Code: 47");
    db.check_error("DELETE FROM nope WHERE 1", "Code: 60");
    db.check_error("DELETE FROM t WHERE 'x'", "Code: 43");
    db.check_error("DELETE FROM t WHERE id", "Code: 43");
    db.check_error("DELETE FROM t", "Code: 62");
    db.check_error("DELETE FROM system.one WHERE 1", "Code: ");
    db.run("DELETE FROM t WHERE id = (SELECT 5)");
    db.run("DELETE FROM t WHERE NULL");
    db.check("SELECT count() FROM t", "199");
    db.run("DELETE FROM t WHERE id IN (SELECT number * 3 FROM numbers(10)) AND p = 1");
    db.check("SELECT count() FROM t", "194");
    db.run("DELETE FROM t WHERE id NOT IN (SELECT id FROM t WHERE id > 190)");
    db.check("SELECT count(), min(id) FROM t", "9\t191");
}

#[test]
fn deletes_and_merges_beside_each_other_lose_nothing() {
    let mut db = Database::new();
    db.run("CREATE TABLE t (id UInt64) ENGINE = MergeTree ORDER BY id");
    std::thread::scope(|scope| {
        let engine = &db.engine;
        scope.spawn(|| {
            let mut session = engine.session();
            for first in (0..2000).step_by(100) {
                let insert = format!("INSERT INTO t SELECT number FROM numbers({first}, 100)");
                super::support::text(&mut session, &insert).unwrap();
            }
        });
        scope.spawn(|| {
            let mut session = engine.session();
            for _ in 0..20 {
                super::support::text(&mut session, "OPTIMIZE TABLE t FINAL").ok();
            }
        });
        let mut session = engine.session();
        for _ in 0..20 {
            super::support::text(&mut session, "DELETE FROM t WHERE id % 10 = 3").unwrap();
        }
    });
    db.run("DELETE FROM t WHERE id % 10 = 3");
    db.check(
        "SELECT count(), uniqExact(id), countIf(id % 10 = 3) FROM t",
        "1800\t1800\t0",
    );
    db.run("OPTIMIZE TABLE t FINAL");
    db.check("SELECT count(), uniqExact(id) FROM t", "1800\t1800");
}
