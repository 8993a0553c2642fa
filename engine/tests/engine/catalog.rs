//! Databases on disk.

use tempfile::TempDir;

use super::support::{Database, text};

#[test]
fn dropped_databases_stay_dropped() {
    let dir = TempDir::new().unwrap();
    let mut db = Database::open(dir.path());
    db.run(
        "CREATE DATABASE d;
         CREATE TABLE d.t (a UInt8) ENGINE = MergeTree ORDER BY a;
         INSERT INTO d.t VALUES (1);
         DROP DATABASE d",
    );
    drop(db);
    let mut db = Database::open(dir.path());
    db.check(
        "SHOW DATABASES",
        "INFORMATION_SCHEMA\ndefault\ninformation_schema\nsystem",
    );
    db.run("CREATE DATABASE d;\nCREATE TABLE d.t (a UInt8) ENGINE = MergeTree ORDER BY a");
    db.check("SELECT count() FROM d.t", "0");
}

#[test]
fn a_temporary_database_goes_with_its_engine() {
    let mut db = Database::new();
    db.run("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a");
    let path = db.engine.path().to_path_buf();
    assert!(path.exists());
    drop(db);
    assert!(!path.exists());
}

/// What was detached is there again when the database is opened, unless PERMANENTLY was said.
#[test]
fn detached_tables_outlast_a_restart() {
    let dir = TempDir::new().unwrap();
    let mut db = Database::open(dir.path());
    db.run(
        "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a;
         CREATE TABLE p (a UInt8) ENGINE = MergeTree ORDER BY a;
         CREATE VIEW v AS SELECT a FROM p;
         INSERT INTO t VALUES (1);
         INSERT INTO p VALUES (2);
         DETACH TABLE t;
         DETACH TABLE v PERMANENTLY;
         DETACH TABLE p PERMANENTLY",
    );
    drop(db);
    let mut db = Database::open(dir.path());
    let detached = "SELECT table, is_permanently FROM system.detached_tables";
    db.check(detached, "p\t1\nv\t1");
    db.check("SELECT a FROM t", "1");
    db.check_error("SELECT a FROM p", "Code: 60");
    db.check_error(
        "CREATE TABLE p (a UInt8) ENGINE = MergeTree ORDER BY a",
        "(detached permanently)",
    );
    db.run("ATTACH TABLE p;\nINSERT INTO p VALUES (3)");
    db.check("SELECT a FROM p ORDER BY a", "2\n3");
    drop(db);
    let mut db = Database::open(dir.path());
    db.check(detached, "v\t1");
    db.check("SELECT a FROM p ORDER BY a", "2\n3");
    db.run("ATTACH TABLE v");
    db.check("SELECT a FROM v ORDER BY a", "2\n3");
}

#[test]
fn detached_tables_go_with_their_database() {
    let dir = TempDir::new().unwrap();
    let mut db = Database::open(dir.path());
    db.run(
        "CREATE DATABASE d;
         CREATE TABLE d.t (a UInt8) ENGINE = MergeTree ORDER BY a;
         CREATE TABLE d.p (a UInt8) ENGINE = MergeTree ORDER BY a;
         INSERT INTO d.t VALUES (1);
         INSERT INTO d.p VALUES (1);
         DETACH TABLE d.p PERMANENTLY",
    );
    drop(db);
    let mut db = Database::open(dir.path());
    db.run("DETACH TABLE d.t;\nDROP DATABASE d");
    let entries = |path: &str| std::fs::read_dir(dir.path().join(path)).map_or(0, Iterator::count);
    assert_eq!((entries("store"), entries("metadata/d"), entries("dropped")), (0, 0, 0));
    drop(db);
    let mut db = Database::open(dir.path());
    db.run("CREATE DATABASE d");
    db.check_error("ATTACH TABLE d.p", "Code: 390");
    db.check("SELECT count() FROM system.detached_tables", "0");
}

/// No table has had files here, so that there is no folder for them.
#[test]
fn detached_tables_without_files_go_with_their_database() {
    let dir = TempDir::new().unwrap();
    let mut db = Database::open(dir.path());
    db.run(
        "CREATE DATABASE d;
         CREATE VIEW d.v AS SELECT 1 AS x;
         CREATE VIEW d.p AS SELECT 1 AS x;
         CREATE TABLE d.m (a UInt8) ENGINE = Memory;
         DETACH TABLE d.p PERMANENTLY",
    );
    drop(db);
    let mut db = Database::open(dir.path());
    db.run("DETACH TABLE d.v;\nDETACH TABLE d.m;\nDROP DATABASE d");
    let entries = |path: &str| std::fs::read_dir(dir.path().join(path)).map_or(0, Iterator::count);
    assert_eq!((entries("store"), entries("metadata/d"), entries("dropped")), (0, 0, 0));
    drop(db);
    let mut db = Database::open(dir.path());
    db.check("SELECT count() FROM system.databases WHERE name = 'd'", "0");
}

/// A mark of data that never was does not keep the database from opening.
#[test]
fn marks_without_data_are_taken_back() {
    let dir = TempDir::new().unwrap();
    drop(Database::open(dir.path()));
    std::fs::create_dir_all(dir.path().join("dropped")).unwrap();
    let mark = dir.path().join("dropped/0a1b2c3d-0000-4000-8000-000000000001");
    std::fs::write(&mark, "").unwrap();
    assert!(!dir.path().join("store").exists());
    let mut db = Database::open(dir.path());
    db.check("SELECT 1", "1");
    assert!(!mark.exists());
}

/// Nobody could find the data again.
#[test]
fn a_detached_table_that_cannot_be_read_keeps_its_database() {
    let dir = TempDir::new().unwrap();
    let mut db = Database::open(dir.path());
    db.run(
        "CREATE DATABASE d;
         CREATE TABLE d.a (a UInt8) ENGINE = MergeTree ORDER BY a;
         CREATE TABLE d.t (a UInt8) ENGINE = MergeTree ORDER BY a;
         INSERT INTO d.t VALUES (1);
         DETACH TABLE d.t PERMANENTLY",
    );
    drop(db);
    let file = dir.path().join("metadata/d/t.sql");
    let metadata = std::fs::read(&file).unwrap();
    std::fs::write(&file, "CREATE TABL").unwrap();
    let mut db = Database::open(dir.path());
    db.check_error("DROP DATABASE d", "Table d.t could not be loaded");
    db.check("SHOW TABLES FROM d", "a");
    db.check("SELECT table FROM system.detached_tables", "t");
    std::fs::write(&file, metadata).unwrap();
    db.run("DROP DATABASE d");
    assert_eq!(std::fs::read_dir(dir.path().join("store")).unwrap().count(), 0);
}

/// What a CREATE has written does not stay when another session has taken and detached its name meanwhile.
#[test]
fn a_create_that_comes_too_late_leaves_nothing() {
    let dir = TempDir::new().unwrap();
    let mut db = Database::open(dir.path());
    let entries = |path: &str| std::fs::read_dir(dir.path().join(path)).map_or(0, Iterator::count);
    let mut session = db.engine.session();
    let late = std::thread::spawn(move || {
        let create = "CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n AS SELECT sum(number) FROM numbers(30000000) \
                      GROUP BY number % 7";
        text(&mut session, create)
    });
    // It has looked whether the name is free, and computes its rows.
    while entries("dropped") == 0 && !late.is_finished() {
        std::thread::yield_now();
    }
    db.run("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a;\nDETACH TABLE t");
    let error = late.join().unwrap().unwrap_err();
    assert!(error.contains("already exists (detached)"), "{error}");
    assert_eq!((entries("store"), entries("dropped")), (1, 0));
    db.run("ATTACH TABLE t");
    db.check("SELECT count() FROM t", "0");
}
