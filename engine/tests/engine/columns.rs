//! Columns that change: what outlasts a restart, and statements that began before.

use std::collections::BTreeMap;

use gristmill_engine::Outcome;
use tempfile::TempDir;

use super::support::{Database, rows_text, text, write_values};

#[test]
fn stored_names_outlast_a_restart() {
    let dir = TempDir::new().unwrap();
    let mut db = Database::open(dir.path());
    db.run(
        "CREATE TABLE t (id UInt64, a String, `b~1` String, v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id;
         INSERT INTO t VALUES (1, 'a1', 'b1', [1, 1]), (2, 'a2', 'b2', [2, 2]);
         ALTER TABLE t RENAME COLUMN a TO `the = a`, RENAME COLUMN v TO w;
         ALTER TABLE t DROP COLUMN `b~1`, ADD COLUMN b UInt8 DEFAULT 7, ADD COLUMN a UInt8 DEFAULT 9;
         INSERT INTO t VALUES (3, 'a3', [3, 3], 33, 34)",
    );
    let rows = "SELECT id, `the = a`, a, b, w FROM t ORDER BY L2Distance(w, [3., 3.]) LIMIT 3";
    let expected = "3\ta3\t34\t33\t[3,3]\n2\ta2\t9\t7\t[2,2]\n1\ta1\t9\t7\t[1,1]";
    db.check(rows, expected);
    let used = "SELECT count() FROM system.vector_indexes WHERE rows_indexed > 0";
    db.check(used, "2");
    let create = db.rows("SHOW CREATE TABLE t");
    drop(db);
    let mut db = Database::open(dir.path());
    db.check("SHOW CREATE TABLE t", &create);
    db.check(rows, expected);
    db.check(used, "2");
    db.run(
        "ALTER TABLE t DROP COLUMN b, DROP COLUMN a;
         ALTER TABLE t ADD COLUMN a UInt8 DEFAULT 1, ADD COLUMN b UInt8 DEFAULT 2;
         RENAME TABLE t TO u",
    );
    drop(db);
    let mut db = Database::open(dir.path());
    db.check("SELECT id, a, b FROM u ORDER BY id", "1\t1\t2\n2\t1\t2\n3\t1\t2");
    db.run("OPTIMIZE TABLE u FINAL;\nALTER TABLE u MODIFY COLUMN a DEFAULT 5");
    db.check(
        "SELECT id, `the = a`, a, b FROM u ORDER BY id",
        "1\ta1\t1\t2\n2\ta2\t1\t2\n3\ta3\t1\t2",
    );
}

#[test]
fn a_first_line_that_cannot_be_read_is_an_error() {
    let dir = TempDir::new().unwrap();
    let mut db = Database::open(dir.path());
    db.run("CREATE TABLE t (a UInt8, b UInt8) ENGINE = MergeTree ORDER BY a;\nALTER TABLE t RENAME COLUMN b TO c");
    drop(db);
    let file = dir.path().join("metadata/default/t.sql");
    let sound = std::fs::read_to_string(&file).unwrap();
    assert!(sound.starts_with("gristmill columns 1: 1 c=b\n"), "{sound}");
    for broken in [
        sound.replacen("1: 1", "1: x", 1),
        sound.replacen("c=b", "c", 1),
        sound.replacen("columns 1", "columns 2", 1),
    ] {
        std::fs::write(&file, broken).unwrap();
        Database::open(dir.path()).check_error("SELECT * FROM t", "is broken");
    }
    std::fs::write(&file, sound).unwrap();
    Database::open(dir.path()).check("SELECT count(c) FROM t", "0");
}

/// Rows of an INSERT that began before an ALTER are rows of the table as it is now.
#[test]
fn inserts_that_began_before() {
    let mut db = Database::new();
    db.run("CREATE TABLE t (id UInt64, a String, b String) ENGINE = MergeTree ORDER BY id");
    let begin = |db: &mut Database| match db.session.execute(b"INSERT INTO t VALUES", &BTreeMap::new()) {
        Ok(Outcome::Insert(insert)) => insert,
        _ => panic!("an INSERT takes rows"),
    };
    let mut insert = begin(&mut db);
    write_values(&mut insert, "(1, '10', 'b')").unwrap();
    db.run(
        "ALTER TABLE t DROP COLUMN b, RENAME COLUMN a TO c, ADD COLUMN d String DEFAULT concat(c, '!');
         ALTER TABLE t ADD COLUMN b String DEFAULT 'new'",
    );
    insert.finish().unwrap();
    db.check("SELECT id, c, d, b FROM t", "1\t10\t10!\tnew");
    let mut insert = begin(&mut db);
    write_values(&mut insert, "(2, 'x', 'y', 'z')").unwrap();
    db.run("ALTER TABLE t MODIFY COLUMN c UInt8");
    let refused = insert.finish().map_err(|error| error.to_string());
    assert!(
        refused.as_ref().is_err_and(|error| error.contains("Code: 236")),
        "{refused:?}"
    );
    db.check("SELECT id, c, d, b FROM t", "1\t10\t10!\tnew");
}

/// A statement reads what the table was when it began.
#[test]
fn reads_that_began_before() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (id UInt64, a String) ENGINE = MergeTree ORDER BY id;
         INSERT INTO t SELECT number, toString(number) FROM numbers(200000)",
    );
    let mut other = db.engine.session();
    let read = b"SELECT sum(length(a)), count() FROM t WHERE id % 2 = 0";
    let Ok(Outcome::Rows(rows)) = other.execute(read, &BTreeMap::new()) else {
        panic!("a SELECT has rows");
    };
    db.run("ALTER TABLE t DROP COLUMN a, ADD COLUMN a String DEFAULT 'x';\nOPTIMIZE TABLE t FINAL");
    assert_eq!(rows_text(rows).unwrap(), "544445\t100000");
    assert_eq!(
        text(&mut db.session, "SELECT sum(length(a)), count() FROM t").unwrap(),
        "200000\t200000"
    );
}

/// A mutation is planned again where the table has changed: what it speaks of has to be there.
#[test]
fn unfinished_mutations_keep_their_columns() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (id UInt64, a String, b UInt8, c UInt8, d UInt8 DEFAULT 5) ENGINE = MergeTree ORDER BY id;
         INSERT INTO t VALUES (1, '7', 2, 3, 4);
         SYSTEM STOP MERGES t;
         ALTER TABLE t UPDATE a = concat(a, '1') WHERE b = 2 SETTINGS mutations_sync = 0;
         ALTER TABLE t MODIFY COLUMN c UInt32 SETTINGS alter_sync = 0;
         ALTER TABLE t CLEAR COLUMN d SETTINGS alter_sync = 0",
    );
    let commands = [
        "DROP COLUMN a",
        "RENAME COLUMN b TO f",
        "DROP COLUMN b",
        "CLEAR COLUMN a",
        "CLEAR COLUMN b",
        "CLEAR COLUMN d",
        "DROP COLUMN d",
    ];
    for command in commands {
        db.check_error(&format!("ALTER TABLE t {command}"), "Code: 36");
    }
    db.check("SELECT id, a, b, c, d, toTypeName(c) FROM t", "1\t7\t2\t3\t4\tUInt32");
    db.run("ALTER TABLE t RENAME COLUMN c TO e");
    let commands = "SELECT command FROM system.mutations WHERE NOT is_done ORDER BY mutation_id";
    db.check(
        commands,
        "(UPDATE a = concat(a, \\'1\\') WHERE b = 2)\n(MODIFY COLUMN `c` UInt32)\n(CLEAR COLUMN d)",
    );
    db.run(
        "SYSTEM START MERGES t;
         ALTER TABLE t DELETE WHERE id = 100 SETTINGS mutations_sync = 2",
    );
    db.check(commands, "");
    db.check("SELECT id, a, b, d, e FROM t", "1\t71\t2\t5\t3");
    db.run("ALTER TABLE t DROP COLUMN a, DROP COLUMN b, DROP COLUMN d");
    db.check("SELECT * FROM t", "1\t3");
}

/// They are written again: linked, their values would get another column's name.
#[test]
fn parts_go_between_tables_that_call_columns_otherwise() {
    let mut db = Database::quiet();
    for table in ["plain", "renamed", "again"] {
        db.run(&format!(
            "CREATE TABLE {table} (k UInt8, a UInt8, b UInt8) ENGINE = MergeTree ORDER BY k"
        ));
        db.run(&format!("INSERT INTO {table} VALUES (1, 2, 3)"));
    }
    for command in ["a TO c", "b TO a", "c TO b"] {
        db.run(&format!("ALTER TABLE renamed RENAME COLUMN {command}"));
    }
    db.run("ALTER TABLE again DROP COLUMN a");
    db.run("ALTER TABLE again ADD COLUMN a UInt8 AFTER k");
    db.check("SELECT k, a, b FROM renamed", "1\t3\t2");
    db.run("ALTER TABLE plain ATTACH PARTITION tuple() FROM renamed");
    db.check("SELECT k, a, b FROM plain ORDER BY a", "1\t2\t3\n1\t3\t2");
    db.run("ALTER TABLE renamed REPLACE PARTITION tuple() FROM again");
    db.check("SELECT k, a, b FROM renamed", "1\t0\t3");
    db.run("ALTER TABLE plain MOVE PARTITION tuple() TO TABLE again");
    db.check("SELECT count() FROM plain", "0");
    db.check("SELECT k, a, b FROM again ORDER BY a", "1\t0\t3\n1\t2\t3\n1\t3\t2");
    // What a part still holds of a dropped column is no value of a column that is made later.
    db.run("ALTER TABLE again MOVE PARTITION tuple() TO TABLE plain");
    db.run("ALTER TABLE plain DROP COLUMN a");
    db.run("ALTER TABLE plain ADD COLUMN a UInt8 DEFAULT 9");
    db.run("ALTER TABLE renamed REPLACE PARTITION tuple() FROM plain");
    db.check("SELECT k, a, b FROM plain ORDER BY b", "1\t9\t2\n1\t9\t3\n1\t9\t3");
    db.check("SELECT k, a, b FROM renamed ORDER BY b", "1\t0\t2\n1\t0\t3\n1\t0\t3");
}

/// As in ClickHouse; a mutation that sets `_row_exists` deletes rows.
#[test]
fn names_of_columns_that_parts_have_are_taken() {
    let mut db = Database::quiet();
    db.run("CREATE TABLE t (k UInt8, a UInt8) ENGINE = MergeTree ORDER BY k");
    for name in ["_row_exists", "_block_number", "_block_offset"] {
        for statement in [
            format!("CREATE TABLE s (k UInt8, {name} UInt8) ENGINE = MergeTree ORDER BY k"),
            format!("CREATE TABLE s ENGINE = MergeTree ORDER BY k AS SELECT 1 AS k, 2 AS {name}"),
            format!("ALTER TABLE t ADD COLUMN {name} UInt8"),
            format!("ALTER TABLE t RENAME COLUMN a TO {name}"),
        ] {
            db.check_error(&statement, "Code: 44. DB::Exception: Cannot ");
        }
        db.run(&format!("CREATE TABLE m{name} (k UInt8, {name} UInt8) ENGINE = Memory"));
    }
    db.check(
        "SELECT * FROM system.columns WHERE table = 't' AND name LIKE '\\_%'",
        "",
    );
}

/// CLONE AS begins again if the other table is altered while it works.
#[test]
fn clones_of_a_table_that_is_altered() {
    let mut db = Database::new();
    db.run("CREATE TABLE t (id UInt64) ENGINE = MergeTree ORDER BY id");
    for _ in 0..20 {
        db.run("INSERT INTO t SELECT number FROM numbers(10)");
    }
    std::thread::scope(|scope| {
        let engine = &db.engine;
        scope.spawn(|| {
            let mut session = engine.session();
            for turn in 0..100 {
                text(&mut session, &format!("ALTER TABLE t ADD COLUMN c{turn} UInt8")).unwrap();
            }
        });
        let mut session = engine.session();
        for turn in 0..20 {
            text(&mut session, &format!("CREATE TABLE u{turn} CLONE AS t")).unwrap();
            assert_eq!(
                text(&mut session, &format!("SELECT count() FROM u{turn}")).unwrap(),
                "200"
            );
        }
    });
}
