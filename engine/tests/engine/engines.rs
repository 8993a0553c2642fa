//! Tables that are not on disk, and views: what a restart leaves, and what the optimizer sees through.

use super::support::Database;

#[test]
fn definitions_outlast_a_restart_and_rows_in_memory_do_not() {
    let dir = tempfile::tempdir().unwrap();
    let mut db = Database::open(dir.path());
    db.run(
        "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a;
         INSERT INTO t VALUES (1), (2);
         CREATE TABLE m (a UInt8, b UInt8 DEFAULT a + 1) ENGINE = Memory SETTINGS max_rows_to_keep = 5;
         INSERT INTO m (a) VALUES (7);
         CREATE TABLE n (a UInt8) ENGINE = Null;
         CREATE DATABASE other;
         CREATE VIEW other.v AS SELECT a, a * 2 AS double FROM t WHERE a > 1;
         CREATE VIEW w COMMENT 'over a view' AS SELECT max(double) AS double FROM other.v",
    );
    db.check("SELECT * FROM m", "7\t8");
    let shown = db.rows("SELECT create_table_query FROM system.tables WHERE lower(database) NOT IN ('system', 'information_schema') ORDER BY name");
    drop(db);
    let mut db = Database::open(dir.path());
    assert_eq!(db.engine.load_failures().len(), 0);
    db.check(
        "SELECT create_table_query FROM system.tables WHERE lower(database) NOT IN ('system', 'information_schema') ORDER BY name",
        &shown,
    );
    db.check("SELECT * FROM m", "");
    db.run("INSERT INTO m (a) VALUES (3);\nINSERT INTO n VALUES (1)");
    db.check("SELECT * FROM m", "3\t4");
    db.check("SELECT * FROM n", "");
    db.check("SELECT * FROM w", "4");
    db.check("SELECT comment FROM system.tables WHERE name = 'w'", "over a view");
    db.run("DROP TABLE m;\nDROP VIEW w;\nDROP DATABASE other");
    drop(db);
    let mut db = Database::open(dir.path());
    db.check("SHOW TABLES", "n\nt");
}

#[test]
fn a_search_in_a_view_uses_the_index() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (id UInt32, vec Array(Float32), INDEX idx vec TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id;
         INSERT INTO t VALUES (0, [0, 0]), (1, [1, 0]), (2, [2, 0]), (3, [3, 0]);
         CREATE VIEW plain AS SELECT id, vec AS place FROM t;
         CREATE VIEW even AS SELECT * FROM t WHERE id % 2 = 0;
         CREATE VIEW nearest AS SELECT id FROM plain ORDER BY L2Distance(place, [2.9, 0.]) LIMIT 2",
    );
    for (query, rows) in [
        (
            "SELECT id FROM plain ORDER BY L2Distance(place, [1.2, 0.]) LIMIT 2",
            "1\n2",
        ),
        (
            "SELECT id FROM even ORDER BY L2Distance(vec, [1.2, 0.]) LIMIT 2",
            "2\n0",
        ),
        ("SELECT id FROM nearest", "3\n2"),
    ] {
        db.check(query, rows);
        let plan = db.rows(&format!("EXPLAIN indexes = 1 {query}"));
        assert!(plan.contains("SelectWithSearch"), "{query}\n{plan}");
    }
    // Another view of that name is another answer, also where the plan was kept.
    let query = "SELECT id FROM plain ORDER BY L2Distance(place, [0.,0.]) LIMIT 1";
    db.check(query, "0");
    db.run("CREATE OR REPLACE VIEW plain AS SELECT id + 10 AS id, vec AS place FROM t");
    db.check(query, "10");
}

#[test]
fn views_that_read_themselves_are_found_out() {
    let mut db = Database::new();
    db.run(
        "CREATE VIEW a AS SELECT 1 AS x;
         CREATE VIEW b AS SELECT x FROM a;
         CREATE OR REPLACE VIEW a AS SELECT x FROM b",
    );
    db.check_error("SELECT * FROM a", "Code: 306");
    db.check_error("CREATE VIEW v AS SELECT {x:UInt8} AS x", "Code: 48");
    db.check_error("CREATE VIEW v AS SELECT 1 SETTINGS max_threads = 1", "Code: 48");
    db.check_error("CREATE MATERIALIZED VIEW v ENGINE = Memory AS SELECT 1", "Code: 48");
    db.check("EXISTS v", "0");
}

#[test]
fn an_insert_that_fails_leaves_nothing_in_memory() {
    let mut db = Database::new();
    db.run("CREATE TABLE m (a UInt8) ENGINE = Memory");
    db.check_error(
        "INSERT INTO m SELECT throwIf(number > 150000) + 1 FROM numbers(200000) SETTINGS max_block_size = 1000, \
         min_insert_block_size_rows = 1000",
        "Code: 395",
    );
    db.check("SELECT count() FROM m", "0");
}

#[test]
fn temporary_tables_are_of_one_session_and_go_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut db = Database::open(dir.path());
    let stored = || std::fs::read_dir(dir.path().join("store")).map_or(0, |entries| entries.count());
    db.run(
        "CREATE TABLE t (id UInt32, vec Array(Float32)) ENGINE = MergeTree ORDER BY id;
         INSERT INTO t VALUES (1, [0, 0, 0, 0, 0, 0, 0, 0, 0])",
    );
    let query = "SELECT id FROM t ORDER BY L2Distance(vec, [0., 0, 0, 0, 0, 0, 0, 0, 0]) LIMIT 1";
    db.check(query, "1");
    let mut other = db.engine.session();
    let in_other = |other: &mut gristmill_engine::Session, query: &str| super::support::text(other, query);
    in_other(
        &mut other,
        "CREATE TEMPORARY TABLE t (id UInt32, vec Array(Float32)) ENGINE = MergeTree ORDER BY id",
    )
    .unwrap();
    in_other(&mut other, "INSERT INTO t VALUES (2, [0, 0, 0, 0, 0, 0, 0, 0, 0])").unwrap();
    assert_eq!(stored(), 2);
    assert_eq!(in_other(&mut other, query).unwrap(), "2");
    assert_eq!(
        in_other(&mut other, "SELECT count() FROM default.t WHERE id = 1").unwrap(),
        "1"
    );
    db.check(query, "1");
    db.check("SHOW TEMPORARY TABLES", "");
    db.check("SELECT count() FROM system.tables WHERE is_temporary", "0");
    db.check(
        "SHOW DATABASES",
        "INFORMATION_SCHEMA\ndefault\ninformation_schema\nsystem",
    );
    let path = "SELECT metadata_path FROM system.tables WHERE is_temporary";
    assert_eq!(in_other(&mut other, path).unwrap(), "");
    drop(other);
    assert_eq!(stored(), 1);
    // A kill leaves the session's data to the next start.
    let mut other = db.engine.session();
    in_other(
        &mut other,
        "CREATE TEMPORARY TABLE k (a UInt8) ENGINE = MergeTree ORDER BY a",
    )
    .unwrap();
    in_other(&mut other, "INSERT INTO k VALUES (1)").unwrap();
    let copy = tempfile::tempdir().unwrap();
    let copied = std::process::Command::new("cp")
        .arg("-a")
        .arg(dir.path().join("."))
        .arg(copy.path())
        .status();
    assert!(copied.unwrap().success());
    let mut copied = Database::open(copy.path());
    copied.check("SHOW TABLES", "t");
    assert_eq!(std::fs::read_dir(copy.path().join("store")).unwrap().count(), 1);
}
