//! Queries over tables, table functions and nothing.

use super::support::Database;

#[test]
fn constants_need_no_table() {
    let mut db = Database::new();
    db.check("SELECT 1, 'a', [1, 2]", "1\ta\t[1,2]");
    db.check("SELECT dummy FROM system.one", "0");
}

#[test]
fn numbers_count() {
    let mut db = Database::new();
    db.check("SELECT number FROM numbers(3)", "0\n1\n2");
    db.check("SELECT number FROM numbers(5, 2)", "5\n6");
    db.check("SELECT number FROM numbers(10, 20, 5)", "10\n15\n20\n25");
    db.check(
        "SELECT count(), sum(number) FROM numbers(1000000)",
        "1000000\t499999500000",
    );
    db.check("SELECT sum(number) FROM numbers_mt(1000000)", "499999500000");
    db.check("SELECT number FROM system.numbers LIMIT 2", "0\n1");
    // Which two is open: several threads filter.
    db.check(
        "SELECT count(), min(number) > 5 FROM (SELECT number FROM system.numbers WHERE number > 5 LIMIT 2)",
        "2\t1",
    );
}

#[test]
fn values_are_a_table() {
    let mut db = Database::new();
    db.check(
        "SELECT * FROM values('a UInt8, b String', (1, 'x'), (2, 'y')) ORDER BY a",
        "1\tx\n2\ty",
    );
    db.check(
        "SELECT toTypeName(c1), c1 FROM values(1, 300)",
        "UInt16\t1\nUInt16\t300",
    );
}

#[test]
fn a_table_gives_back_what_went_in() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (id UInt32, name String, v Array(Float32), n Nullable(Int8)) ENGINE = MergeTree ORDER BY id;
         INSERT INTO t VALUES (2, 'b', [1, 2], NULL), (1, 'a', [], 5);
         INSERT INTO t (name, id) VALUES ('c', 3)",
    );
    db.check(
        "SELECT * FROM t ORDER BY id",
        "1\ta\t[]\t5\n2\tb\t[1,2]\t\\N\n3\tc\t[]\t\\N",
    );
    db.check("SELECT name FROM t WHERE id = 2", "b");
    db.check("SELECT count() FROM t", "3");
    db.check("SELECT count() FROM t WHERE n IS NULL", "2");
    db.check("SELECT id FROM t WHERE name > 'a' ORDER BY id DESC LIMIT 1", "3");
}

#[test]
fn scalar_subqueries_become_constants() {
    let mut db = Database::new();
    db.check("SELECT (SELECT max(number) FROM numbers(5)) + 1", "5");
    db.check_error("SELECT (SELECT number FROM numbers(2))", "Code: 125");
}

#[test]
fn settings_of_a_query_stay_with_it() {
    let mut db = Database::new();
    db.check(
        "SELECT value FROM system.settings WHERE name = 'max_threads' SETTINGS max_threads = 3",
        "3",
    );
    db.check("SELECT value FROM system.settings WHERE name = 'max_threads'", "auto");
    db.run("SET max_block_size = 100");
    db.check(
        "SELECT value, changed FROM system.settings WHERE name = 'max_block_size'",
        "100\t1",
    );
    db.check_error("SELECT 1 SETTINGS nosuch = 1", "Unknown setting 'nosuch'");
}

#[test]
fn one_statement_at_a_time() {
    let mut db = Database::new();
    db.check("SELECT 1; -- and a comment", "1");
    db.check_error("SELECT 1; SELECT 2", "Code: 62");
}

#[test]
fn final_follows_a_longer_sorting_key() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (k UInt8, v UInt8) ENGINE = ReplacingMergeTree(v) ORDER BY k;
         SYSTEM STOP MERGES t;
         INSERT INTO t VALUES (1, 1);
         INSERT INTO t VALUES (1, 2)",
    );
    db.check("SELECT v FROM t FINAL", "2");
    db.run("ALTER TABLE t ADD COLUMN w UInt8, MODIFY ORDER BY (k, w)");
    db.check("SELECT v, w FROM t FINAL ORDER BY w", "2\t0");
    db.run("INSERT INTO t VALUES (1, 1, 5), (1, 3, 0)");
    db.check("SELECT v, w FROM t FINAL ORDER BY w", "3\t0\n1\t5");
    db.run("SYSTEM START MERGES t;\nOPTIMIZE TABLE t FINAL");
    db.check("SELECT v, w FROM t ORDER BY w", "3\t0\n1\t5");
}
