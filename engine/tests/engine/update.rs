//! ALTER TABLE … UPDATE, with ClickHouse's results and codes.

use super::support::Database;

fn filled(db: &mut Database) {
    db.run(
        "CREATE TABLE t (p UInt8, id UInt32, s String, n Nullable(Int32), x UInt64, y UInt64 MATERIALIZED x * 2, \
         z UInt64 MATERIALIZED y + 1, al UInt64 ALIAS x + 1, v Array(Float32), \
         INDEX idx v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree PARTITION BY p ORDER BY id",
    );
    db.run("INSERT INTO t (p, id, s, n, x, v) SELECT number % 2, number, 'a', number, number, [number, 0] FROM numbers(10)");
}

#[test]
fn values_change_where_the_condition_is_true() {
    let mut db = Database::new();
    filled(&mut db);
    db.run(
        "ALTER TABLE t UPDATE s = id WHERE id < 3;
         ALTER TABLE t UPDATE n = NULL WHERE id = 4;
         ALTER TABLE t UPDATE x = x + 1, s = concat(s, toString(x)) WHERE id IN (SELECT 7);
         ALTER TABLE t UPDATE x = 100 WHERE id = 9;
         ALTER TABLE t UPDATE s = 1.5 WHERE id = 8;
         ALTER TABLE t UPDATE x = (SELECT max(id) FROM t) WHERE id = 0;
         ALTER TABLE t UPDATE x = 77 IN PARTITION 1 WHERE id < 6;
         ALTER TABLE t UPDATE x = 5 WHERE id > 100",
    );
    db.check(
        "SELECT id, s, n, x, y, z, al FROM t ORDER BY id",
        "0\t0\t0\t9\t18\t19\t10\n1\t1\t1\t77\t154\t155\t78\n2\t2\t2\t2\t4\t5\t3\n3\ta\t3\t77\t154\t155\t78\n\
         4\ta\t\\N\t4\t8\t9\t5\n5\ta\t5\t77\t154\t155\t78\n6\ta\t6\t6\t12\t13\t7\n7\ta7\t7\t8\t16\t17\t9\n\
         8\t1.5\t8\t8\t16\t17\t9\n9\ta\t9\t100\t200\t201\t101",
    );
}

#[test]
fn vectors_change_with_their_index() {
    let mut db = Database::new();
    filled(&mut db);
    let nearest = "SELECT id FROM t ORDER BY L2Distance(v, [50., 0.]) LIMIT 2";
    db.check(nearest, "9\n8");
    db.run("ALTER TABLE t UPDATE v = [50, id] WHERE id IN (1, 2)");
    db.check(nearest, "1\n2");
    let plan = db.rows(&format!("EXPLAIN indexes = 1 {nearest}"));
    assert!(plan.contains("Name: idx") && !plan.contains("not used"), "{plan}");
    db.check_error("ALTER TABLE t UPDATE v = [1, 2, 3] WHERE id = 5", "Code: 117");
    db.run("KILL MUTATION WHERE NOT is_done");
    db.check(nearest, "1\n2");
    db.run("DELETE FROM t WHERE id = 1;\nALTER TABLE t UPDATE s = 'x' WHERE 1");
    db.check(nearest, "2\n9");
    // The list of deleted rows stays, as in ClickHouse: only `s` is written again.
    db.check("SELECT count(), uniqExact(s), sum(has_lightweight_delete) FROM t, (SELECT max(has_lightweight_delete) AS has_lightweight_delete FROM system.parts WHERE table = 't') AS q", "9\t1\t9");
}

#[test]
fn what_cannot_be_updated_is_refused_and_changes_nothing() {
    let mut db = Database::new();
    filled(&mut db);
    let before = db.rows("SELECT * FROM t ORDER BY id");
    for (update, code) in [
        ("nope = 1 WHERE 1", "Code: 16"),
        ("al = 1 WHERE 1", "Code: 16"),
        ("y = 1 WHERE 1", "Code: 420"),
        ("p = 1 WHERE 1", "Code: 420"),
        ("id = 1 WHERE 1", "Code: 420"),
        ("x = NULL WHERE id = 5", "Code: "),
        ("x = 'abc' WHERE id = 5", "Code: 6"),
        ("x = 1 WHERE 'x'", "Code: 43"),
        ("x = 1 WHERE id", "Code: 43"),
        ("x = 1, x = 2 WHERE 1", "Code: 419"),
        ("x = 1", "Code: 62"),
    ] {
        db.check_error(&format!("ALTER TABLE t UPDATE {update}"), code);
    }
    db.check_error("UPDATE t SET x = 1 WHERE 1", "Code: 48");
    db.check("SELECT * FROM t ORDER BY id", &before);
}

#[test]
fn materialized_columns_follow_in_the_order_of_what_they_read() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (id UInt8, x UInt64, late UInt64 MATERIALIZED early + x, early UInt64 MATERIALIZED x * 2) \
         ENGINE = MergeTree ORDER BY id",
    );
    db.run("INSERT INTO t (id, x) VALUES (1, 1), (2, 2)");
    db.run("ALTER TABLE t UPDATE x = 5 WHERE id = 1");
    db.check(
        "SELECT id, x, early, late FROM t ORDER BY id",
        "1\t5\t10\t15\n2\t2\t4\t6",
    );
}

#[test]
fn all_columns_change_in_the_same_rows() {
    let mut db = Database::new();
    db.run("CREATE TABLE t (id UInt32, a UInt8, b UInt8) ENGINE = MergeTree ORDER BY id");
    db.run("INSERT INTO t SELECT number, 0, 0 FROM numbers(1000)");
    db.run("ALTER TABLE t UPDATE a = 1, b = 1 WHERE rand(id) % 2 = 0");
    db.check("SELECT countIf(a != b), sum(a) BETWEEN 100 AND 900 FROM t", "0\t1");
    // Short-circuit: the value is not computed where the row does not change.
    db.run("ALTER TABLE t UPDATE a = intDiv(10, id) WHERE id = 5");
    db.check("SELECT a FROM t WHERE id = 5", "2");
}
