//! Databases on disk.

use tempfile::TempDir;

use super::support::Database;

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
    db.check("SHOW DATABASES", "default\nsystem");
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
