//! System tables answer, and say the truth.

use super::support::Database;

#[test]
fn every_system_table_can_be_read() {
    let mut db = Database::new();
    db.run("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a;\nINSERT INTO t VALUES (1)");
    let names = db.rows("SELECT name FROM system.tables WHERE database = 'system' AND engine != 'SystemNumbers'");
    assert!(names.lines().count() > 10);
    for name in names.lines() {
        db.rows(&format!("SELECT * FROM system.{name}"));
        db.rows(&format!("DESCRIBE system.{name}"));
        db.rows(&format!("SHOW CREATE TABLE system.{name}"));
    }
}

#[test]
fn parts_tell_their_size() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (d Date, n UInt32) ENGINE = MergeTree PARTITION BY toYYYYMM(d) ORDER BY n;
         INSERT INTO t VALUES ('2024-01-05', 1), ('2024-02-05', 2)",
    );
    db.check(
        "SELECT partition, name, rows, active, level, bytes_on_disk > 0 FROM system.parts WHERE table = 't' ORDER BY name",
        "202401\t202401_1_1_0\t1\t1\t0\t1\n202402\t202402_2_2_0\t1\t1\t0\t1",
    );
    db.check(
        "SELECT total_rows, total_bytes > 0, parts FROM system.tables WHERE name = 't'",
        "2\t1\t2",
    );
}
