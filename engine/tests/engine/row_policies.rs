//! Row policies: no row leaks, whatever reads the table.

use std::cell::RefCell;

use gristmill_engine::{Credentials, Session};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::support::{Database, text};

fn login(db: &Database, user: &str) -> Session {
    let credentials = Credentials {
        user,
        ..Credentials::default()
    };
    db.session.another_for(&credentials).unwrap()
}

#[track_caller]
fn check(session: &mut Session, query: &str, expected: &str) {
    let rows = text(session, query).unwrap_or_else(|error| panic!("{query}\n{error}"));
    assert_eq!(rows, expected, "{query}");
}

/// Three parts of ten rows: id, tenant = id % 3, a vector near its id, and a user who sees the tenants 0 and 1 with an
/// id below 27.
fn tenants() -> (Database, Session) {
    let mut db = Database::quiet();
    db.run(
        "CREATE TABLE t (id Int32, tenant Int32, name String, v Array(Float32), \
         INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2), INDEX m name TYPE bloom_filter) \
         ENGINE = MergeTree ORDER BY id SETTINGS index_granularity = 4;\n
         CREATE TABLE m (id Int32, tenant Int32) ENGINE = Memory;\n
         CREATE TABLE r (id Int32, tenant Int32, n Int32) ENGINE = ReplacingMergeTree(n) ORDER BY id;\n
         CREATE VIEW w AS SELECT * FROM t;\n
         INSERT INTO m SELECT number, number % 3 FROM numbers(30);\n
         INSERT INTO r SELECT number, 0, 1 FROM numbers(4);\n
         INSERT INTO r SELECT number, 1, 2 FROM numbers(2)",
    );
    for part in 0..3 {
        db.run(&format!(
            "INSERT INTO t SELECT number AS id, id % 3, concat('n', toString(id)), [toFloat32(id), toFloat32(0)] \
             FROM numbers({}, 10)",
            part * 10
        ));
    }
    db.run(
        "CREATE ROLE reader;\nGRANT SELECT ON default.* TO reader;\nCREATE USER u, other;\nGRANT reader TO u, other;\n
         CREATE ROW POLICY zero ON t USING tenant = 0 TO u;\n
         CREATE ROW POLICY one ON t USING tenant = 1 TO reader;\n
         CREATE ROW POLICY below ON t USING id < 27 AS RESTRICTIVE TO u;\n
         CREATE ROW POLICY p ON m USING tenant = 0 TO u;\n
         CREATE ROW POLICY p ON r USING tenant = 0 TO u",
    );
    let u = login(&db, "u");
    (db, u)
}

#[test]
fn hidden_rows_are_read_by_nothing() {
    let (mut db, mut u) = tenants();
    db.check("SELECT count() FROM t", "30");
    check(&mut login(&db, "other"), "SELECT count(), max(tenant) FROM t", "10\t1");
    check(&mut u, "SELECT count() FROM t", "18");
    check(&mut u, "SELECT count() FROM t PREWHERE id >= 0", "18");
    check(&mut u, "SELECT min(id), max(id), uniqExact(tenant) FROM t", "0\t25\t2");
    check(&mut u, "SELECT count() FROM t WHERE tenant = 2", "0");
    check(&mut u, "SELECT count() FROM t WHERE name = 'n5'", "0");
    check(&mut u, "SELECT count() FROM t WHERE name = 'n4'", "1");
    check(&mut u, "SELECT id FROM t ORDER BY id LIMIT 3", "0\n1\n3");
    check(&mut u, "SELECT id FROM t LIMIT 2", "0\n1");
    check(&mut u, "SELECT count() FROM w", "18");
    check(
        &mut u,
        "SELECT id FROM t WHERE throwIf(tenant = 2) = 0 ORDER BY id LIMIT 1",
        "0",
    );
    check(
        &mut u,
        "SELECT (SELECT max(id) FROM t), 29 IN (SELECT id FROM t)",
        "25\t0",
    );
    check(&mut u, "SELECT count() FROM t AS a JOIN t AS b ON a.id = b.id", "18");
    check(&mut u, "SELECT count(), sum(id) FROM m", "10\t135");
    check(&mut u, "SELECT count() FROM r", "4");
    check(&mut u, "SELECT id FROM r FINAL ORDER BY id", "2\n3");
    check(&mut u, "SELECT total_rows FROM system.tables WHERE name = 't'", "\\N");
    db.run("ALTER TABLE t DELETE WHERE id = 0");
    check(&mut u, "SELECT count() FROM t", "17");
    db.run("OPTIMIZE TABLE t FINAL");
    check(&mut u, "SELECT count() FROM t", "17");
    db.run("DROP ROW POLICY zero ON t");
    check(&mut u, "SELECT count() FROM t", "9");
    db.run("ALTER ROW POLICY one ON t USING 0");
    check(&mut u, "SELECT count() FROM t", "0");
    db.run("DROP ROW POLICY one, below ON t");
    check(&mut u, "SELECT count() FROM t", "29");
}

#[test]
fn searches_find_as_many_rows_as_one_may_see() {
    let (_db, mut u) = tenants();
    for settings in [
        "",
        "SETTINGS use_skip_indexes = 0",
        "SETTINGS vector_search_filter_strategy = 'prefilter'",
        "SETTINGS vector_search_with_rescoring = 1",
    ] {
        let query = |vector: &str, rest: &str| {
            format!("SELECT id FROM t {rest} ORDER BY L2Distance(v, {vector}) LIMIT 4 {settings}")
        };
        check(&mut u, &query("[2., 0.]", ""), "1\n3\n0\n4");
        check(&mut u, &query("[2., 0.]", "WHERE tenant != 1"), "3\n0\n6\n9");
        check(&mut u, &query("[29., 0.]", ""), "25\n24\n22\n21");
        check(&mut u, &query("[2., 0.]", "WHERE tenant = 2"), "");
        check(&mut u, &query("[29., 0.]", "WHERE id > 23"), "25\n24");
        let distance =
            format!("SELECT min(d) FROM (SELECT L2Distance(v, [29., 0.]) AS d FROM t ORDER BY d LIMIT 1) {settings}");
        check(&mut u, &distance, "4");
    }
    let explained = text(
        &mut u,
        "EXPLAIN indexes = 1 SELECT id FROM t WHERE tenant = 2 ORDER BY L2Distance(v, [2., 0.]) LIMIT 4",
    )
    .unwrap();
    assert!(!explained.contains("30"), "{explained}");
}

#[test]
fn policies_that_cannot_be_kept_are_refused() {
    let (mut db, mut u) = tenants();
    db.check_error(
        "CREATE ROW POLICY x ON t USING id IN (SELECT 1) TO u",
        "NOT_IMPLEMENTED",
    );
    db.run("CREATE ROW POLICY x ON w USING id = 1 TO u");
    assert!(text(&mut u, "SELECT * FROM w").unwrap_err().contains("NOT_IMPLEMENTED"));
    db.run("CREATE ROW POLICY y ON m USING nosuch = 1 TO u");
    assert!(
        text(&mut u, "SELECT * FROM m")
            .unwrap_err()
            .contains("UNKNOWN_IDENTIFIER")
    );
    db.run("GRANT CREATE TABLE, INSERT, ALTER ON default.* TO u");
    for copy in ["CREATE TABLE c CLONE AS t", "CREATE TABLE c AS t"] {
        let result = text(&mut u, copy);
        assert_eq!(result.is_err(), copy.contains("CLONE"), "{copy}: {result:?}");
    }
    assert!(
        text(&mut u, "ALTER TABLE c ATTACH PARTITION ALL FROM t")
            .unwrap_err()
            .contains("hides rows")
    );
}

#[test]
fn a_policy_knows_the_user() {
    let mut db = Database::quiet();
    db.run(
        "CREATE TABLE t (id Int32, owner String) ENGINE = MergeTree ORDER BY id;\n
         INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'a');\n
         CREATE USER a, b;\nGRANT SELECT ON default.* TO a, b;\n
         CREATE ROW POLICY own ON default.* USING owner = currentUser() TO ALL EXCEPT default",
    );
    check(&mut login(&db, "a"), "SELECT id FROM t ORDER BY id", "1\n3");
    check(&mut login(&db, "b"), "SELECT id FROM t ORDER BY id", "2");
    db.check("SELECT count() FROM t", "3");
}

/// Searches under random policies and filters answer as the administrator's query with both conditions does.
#[test]
fn a_search_answers_as_brute_force_does() {
    let mut db = Database::quiet();
    db.run(
        "CREATE TABLE t (id Int32, a Int32, b Int32, v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2)) \
         ENGINE = MergeTree ORDER BY a SETTINGS index_granularity = 16;\n
         CREATE USER u;\nGRANT SELECT ON default.t TO u;\nCREATE ROW POLICY p ON t USING 1 TO u",
    );
    for (from, rows) in [(0, 300), (300, 60), (360, 5)] {
        db.run(&format!(
            "INSERT INTO t SELECT number AS id, id * 7 % 11, id * 13 % 17, [toFloat32(id % 61), toFloat32(id % 53)] FROM numbers({from}, {rows})"
        ));
    }
    let u = login(&db, "u");
    let condition = prop_oneof![
        (0..12_i32).prop_map(|a| format!("a = {a}")),
        (0..12_i32).prop_map(|a| format!("a < {a}")),
        (0..18_i32).prop_map(|b| format!("b >= {b}")),
        (0..12_i32, 0..18_i32).prop_map(|(a, b)| format!("a != {a} AND b < {b}")),
        (0..400_i32).prop_map(|id| format!("id > {id}")),
        Just("1".to_string()),
    ];
    let cases = (
        condition.clone(),
        condition,
        0..60_i32,
        0..60_i32,
        1..40_usize,
        any::<bool>(),
    );
    let config = Config {
        cases: 60,
        failure_persistence: None,
        ..Config::default()
    };
    let both = RefCell::new((db, u));
    let run = TestRunner::new(config).run(&cases, |(policy, filter, x, y, limit, rescored)| {
        let (db, u) = &mut *both.borrow_mut();
        db.run(&format!("ALTER ROW POLICY p ON t USING {policy}"));
        let distance = format!("L2Distance(v, [{x}.0, {y}.0])");
        let settings = format!("SETTINGS vector_search_with_rescoring = {}", u8::from(rescored));
        let found = format!("SELECT id, {distance} FROM t WHERE {filter} ORDER BY {distance} LIMIT {limit} {settings}");
        let found = text(u, &found).unwrap();
        let exact = format!(
            "SELECT id, {distance} FROM t WHERE ({policy}) AND ({filter}) ORDER BY {distance} LIMIT {limit} SETTINGS use_skip_indexes = 0"
        );
        let exact = db.rows(&exact);
        let distances = |rows: &str| rows.lines().map(|row| row.split('\t').nth(1).unwrap().to_string()).collect::<Vec<_>>();
        prop_assert_eq!(distances(&found), distances(&exact), "{} {}", policy, filter);
        let ids: Vec<&str> = found.lines().map(|row| row.split('\t').next().unwrap()).collect();
        if !ids.is_empty() {
            let hidden = db.rows(&format!("SELECT count() FROM t WHERE id IN ({}) AND NOT ({policy})", ids.join(", ")));
            prop_assert_eq!(hidden, "0");
        }
        let count = text(u, &format!("SELECT count() FROM t WHERE {filter}")).unwrap();
        prop_assert_eq!(count, db.rows(&format!("SELECT count() FROM t WHERE ({policy}) AND ({filter})")));
        Ok(())
    });
    run.unwrap();
}

#[test]
fn conditions_that_look_alike_show_each_user_his_own_rows() {
    let mut db = Database::quiet();
    db.run(
        "CREATE TABLE t (id Int32, v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 1)) \
         ENGINE = MergeTree ORDER BY id;\n
         INSERT INTO t SELECT number, [toFloat32(number)] FROM numbers(3000);\n
         CREATE USER here, there;\nGRANT SELECT ON t TO here, there;\n
         CREATE ROW POLICY here ON t USING 0 TO here;\nCREATE ROW POLICY there ON t USING 0 TO there",
    );
    let list = |from: u32| {
        (from..from + 1500)
            .map(|id| id.to_string())
            .collect::<Vec<_>>()
            .join(",")
    };
    let pairs = [
        (
            "id < 24 AND toHour(toDateTime(id * 3600, 'UTC')) = 5".to_owned(),
            "id < 24 AND toHour(toDateTime(id * 3600, 'Asia/Tokyo')) = 5".to_owned(),
            "5 5 5 1",
            "20 20 20 1",
        ),
        (
            format!("id IN ({})", list(0)),
            format!("id IN ({})", list(1000)),
            "0 1499 0 1500",
            "1000 2499 1000 1500",
        ),
    ];
    let query = "SELECT min(id), max(id), (SELECT id FROM t ORDER BY L2Distance(v, [0.]) LIMIT 1), count() FROM t";
    for (one, other, shown_here, shown_there) in pairs {
        db.run(&format!(
            "ALTER ROW POLICY here ON t USING {one};\nALTER ROW POLICY there ON t USING {other}"
        ));
        for _ in 0..2 {
            check(&mut login(&db, "here"), query, &shown_here.replace(' ', "\t"));
            check(&mut login(&db, "there"), query, &shown_there.replace(' ', "\t"));
        }
    }
}

#[test]
fn rows_are_shown_by_what_columns_hold_now() {
    let mut db = Database::quiet();
    db.run(
        "CREATE TABLE t (id Int32, tenant Int32) ENGINE = MergeTree ORDER BY id;\n
         INSERT INTO t SELECT number, number % 2 FROM numbers(10);\n
         CREATE USER u;\nGRANT SELECT ON t TO u;\nCREATE ROW POLICY p ON t USING tenant = 0 TO u",
    );
    let mut u = login(&db, "u");
    check(&mut u, "SELECT count() FROM t", "5");
    db.run("ALTER TABLE t DROP COLUMN tenant;\nALTER TABLE t ADD COLUMN tenant Int32 DEFAULT 0");
    check(&mut u, "SELECT count() FROM t", "10");
    db.run("ALTER TABLE t MODIFY COLUMN tenant Int32 DEFAULT 1");
    check(&mut u, "SELECT count() FROM t", "0");
}

#[test]
fn a_filter_after_the_search_takes_nothing_for_hidden_rows() {
    let mut db = Database::quiet();
    db.run(
        "CREATE TABLE t (a Int32, v Array(Float32), INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 12)) \
         ENGINE = MergeTree ORDER BY a;\n
         INSERT INTO t SELECT number, arrayMap(x -> toFloat32(number % 50 + x), range(12)) FROM numbers(3000);\n
         CREATE USER u;\nGRANT SELECT ON t TO u;\nCREATE ROW POLICY p ON t USING a % 100 = 7 TO u",
    );
    let query = "SELECT count() FROM (SELECT a FROM t WHERE a > 500 \
                 ORDER BY L2Distance(v, [1,2,3,4,5,6,7,8,9,10,11,12]) LIMIT 100)";
    let mut u = login(&db, "u");
    text(&mut u, "SET vector_search_filter_strategy = 'postfilter'").unwrap();
    check(&mut u, query, "25");
}
