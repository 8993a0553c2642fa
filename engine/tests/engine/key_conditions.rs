//! What EXPLAIN says of filters over keys and skip indexes, and that no row is lost by them.

use proptest::prelude::*;

use super::support::Database;

const COLUMNS: &str = "a UInt64, b String, c UInt32, d Date, e DateTime, f Float64, i Int32, bo Bool, \
                       en Enum8('x' = 1, 'y' = 2), dt DateTime64(3), u UUID";

/// The lines of one step of EXPLAIN, keys and condition only.
fn step(db: &mut Database, query: &str, title: &str) -> (String, String) {
    let text = db.rows(&format!("EXPLAIN indexes = 1 {query}"));
    let mut lines = text.lines().map(str::trim).skip_while(|line| *line != title).skip(1);
    let mut keys = Vec::new();
    loop {
        match lines.next() {
            Some("Keys:") => {}
            Some(line) => match line.strip_prefix("Condition: ") {
                Some(condition) => return (keys.join(" "), condition.to_owned()),
                None => keys.push(line),
            },
            None => panic!("{query}: no {title}"),
        }
    }
}

#[track_caller]
fn check(db: &mut Database, condition: &str, keys: &str, expected: &str) {
    let found = step(db, &format!("SELECT c FROM t WHERE {condition}"), "PrimaryKey");
    assert_eq!(found, (keys.to_owned(), expected.to_owned()), "{condition}");
}

/// As chdb 26.9 prints them.
#[test]
fn conditions_read_as_in_clickhouse() {
    let mut db = Database::new();
    db.run(&format!(
        "CREATE TABLE t ({COLUMNS}) ENGINE = MergeTree ORDER BY (a, b, c, d, e, f, i, bo, en, dt, u)
         SETTINGS index_granularity = 100;
         INSERT INTO t (a, b) SELECT number, toString(number) FROM numbers(1000)"
    ));
    check(&mut db, "a = 5", "a", "(a in [5, 5])");
    check(&mut db, "a != 5", "a", "(a not in [5, 5])");
    check(&mut db, "a < 5", "a", "(a in (-Inf, 4])");
    check(&mut db, "5 < a", "a", "(a in [6, +Inf))");
    check(&mut db, "a IN (1, 2, 3)", "a", "(a in 3-element set)");
    check(&mut db, "a IN (1, 2, 3, 4, 5)", "a", "(a in 5-element set)");
    check(&mut db, "a NOT IN (1, 2)", "a", "(a notIn 2-element set)");
    check(
        &mut db,
        "a BETWEEN 3 AND 7",
        "a",
        "and((a in (-Inf, 7]), (a in [3, +Inf)))",
    );
    check(&mut db, "b = 'x'", "b", r"(b in [\'x\', \'x\'])");
    check(&mut db, "b LIKE 'abc%'", "b", r"(b in [\'abc\', \'abd\'))");
    check(&mut db, "b > 'x'", "b", r"(b in (\'x\', +Inf))");
    check(&mut db, "d = '2020-01-01'", "d", "(d in [18262, 18262])");
    check(&mut db, "e < '2020-01-01 00:00:00'", "e", "(e in (-Inf, 1577836799])");
    check(&mut db, "f < 1.5", "f", "(f in (-Inf, 1.5))");
    check(&mut db, "f >= -2", "f", "(f in [-2., +Inf))");
    check(&mut db, "i > -5", "i", "(i in [-4, +Inf))");
    check(&mut db, "en = 'x'", "en", "(en in [1, 1])");
    check(
        &mut db,
        "dt > '2020-01-01 00:00:00.123'",
        "dt",
        r"(dt in (\'1577836800.123\', +Inf))",
    );
    let uuid = "61f0c404-5cb3-11e7-907b-a6006ad3dba0";
    check(
        &mut db,
        &format!("u = '{uuid}'"),
        "u",
        &format!(r"(u in [\'{uuid}\', \'{uuid}\'])"),
    );
    check(&mut db, "a = 1 AND c = 2", "a c", "and((c in [2, 2]), (a in [1, 1]))");
    check(&mut db, "a = 1 OR c = 2", "a c", "or((c in [2, 2]), (a in [1, 1]))");
    check(
        &mut db,
        "a = 1 AND (b = '' OR c = 3)",
        "a b c",
        r"and(or((c in [3, 3]), (b in [\'\', \'\'])), (a in [1, 1]))",
    );
    check(
        &mut db,
        "NOT (a < 5 AND c > 3)",
        "a c",
        "or((c in (-Inf, 3]), (a in [5, +Inf)))",
    );
    check(&mut db, "length(b) = 1", "", "true");
    check(&mut db, "a + 1 = 5", "a", "(plus(a, 1) in [5, 5])");
    check(&mut db, "intDiv(a, 10) = 3", "a", "(intDiv(a, 10) in [3, 3])");
    check(&mut db, "-i < 5", "i", "(negate(i) in (-Inf, 4])");
    check(
        &mut db,
        "toDate(e) = '2020-01-01'",
        "e",
        "(toDate(e) in [18262, 18262])",
    );
    check(&mut db, "a < 5.5", "a", "(a in (-Inf, 5])");
    check(&mut db, "a > -1", "a", "(a in [0, +Inf))");
    check(&mut db, "has([1, 2], a)", "a", "(a in 2-element set)");
}

/// A key that is a function of a column knows of comparisons of the column.
#[test]
fn conditions_reach_functions_in_keys() {
    let mut db = Database::new();
    db.run(&format!(
        "CREATE TABLE t ({COLUMNS}, INDEX m a + 1 TYPE minmax, INDEX s c TYPE set(100)) ENGINE = MergeTree
         PARTITION BY toYYYYMM(d) ORDER BY (toStartOfHour(e), -i) SETTINGS index_granularity = 10;
         INSERT INTO t (a, c, d, e, i) SELECT number, number, '2020-01-01', 1600000000 + number * 100, number FROM numbers(1000)"
    ));
    check(
        &mut db,
        "e > '2020-09-14 00:00:00'",
        "toStartOfHour(e)",
        "(toStartOfHour(e) in [1600041600, +Inf))",
    );
    check(
        &mut db,
        "e < '2020-09-14 00:00:00'",
        "toStartOfHour(e)",
        "(toStartOfHour(e) in (-Inf, 1600041600])",
    );
    check(
        &mut db,
        "toStartOfHour(e) = 1600041600",
        "toStartOfHour(e)",
        "(toStartOfHour(e) in [1600041600, 1600041600])",
    );
    check(&mut db, "i = 5", "negate(i)", "(negate(i) in [-5, -5])");
    check(&mut db, "i IN (5, 6)", "negate(i)", "(negate(i) in 2-element set)");
    check(&mut db, "i < 5", "", "true"); // -i overflows for the least of them
    let query = "SELECT c FROM t WHERE d >= '2020-01-01' AND d < '2020-02-01'";
    let expected = "and((d in (-Inf, 18292]), (d in [18262, +Inf)))";
    assert_eq!(step(&mut db, query, "Min-Max").1, expected);
    let expected = "and((toYYYYMM(d) in (-Inf, 202002]), (toYYYYMM(d) in [202001, +Inf)))";
    assert_eq!(
        step(&mut db, query, "Partition"),
        ("toYYYYMM(d)".into(), expected.into())
    );
    let skip = step(&mut db, "SELECT c FROM t WHERE a = 5", "Skip").1;
    assert_eq!(skip, "(plus(a, 1) in [6, 6])");
    assert_eq!(
        step(&mut db, "SELECT c FROM t WHERE c > 5", "Skip").1,
        "(c in [6, +Inf))"
    );
    db.check(
        "SELECT count() FROM t WHERE e >= '2020-09-14 00:00:00' AND e < '2020-09-14 01:00:00'",
        "36",
    );
    assert!(db.session.progress().read_rows() <= 100); // this hour and the next one, of 28
}

/// One index answers one alternative, another one the other.
#[test]
fn alternatives_are_answered_by_several_indexes() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (id UInt64, a UInt64, s String, INDEX i a TYPE minmax, INDEX j s TYPE bloom_filter(0.0001))
         ENGINE = MergeTree ORDER BY id SETTINGS index_granularity = 10;
         INSERT INTO t SELECT number, number * 2, toString(number) FROM numbers(1000)",
    );
    let query = "SELECT count() FROM t WHERE a = 400 OR s = '77' OR (a = 600 AND s = '300')";
    db.check(query, "3");
    assert_eq!(db.session.progress().read_rows(), 30);
    let explained = db.rows(&format!("EXPLAIN indexes = 1 {query}"));
    let lines: Vec<&str> = explained.lines().map(str::trim).collect();
    let expected = [
        "Name: <Combined skip indexes>",
        "Description: Final set of granules after AND/OR processing",
        "Parts: 1/1",
        "Granules: 3/100",
    ];
    assert!(lines.windows(4).any(|four| four == expected), "{explained}");
    db.check(&format!("{query} SETTINGS force_data_skipping_indices = 'i, j'"), "3");
    db.check(&format!("{query} SETTINGS use_skip_indexes_for_disjunctions = 0"), "3");
    assert_eq!(db.session.progress().read_rows(), 1000);
    // What an index does not know could be true of any row.
    db.check("SELECT count() FROM t WHERE a = 400 OR s = '77' OR id % 7 = 1", "145");
    assert_eq!(db.session.progress().read_rows(), 1000);
}

const ROWS: u64 = 3000;

/// A table of parts with all kinds of keys and indexes, and the same rows without any.
fn both() -> Database {
    let mut db = Database::quiet();
    db.run(&format!(
        "CREATE TABLE t ({COLUMNS}, INDEX m1 (a, f) TYPE minmax, INDEX m2 i - 100 TYPE minmax GRANULARITY 2,
             INDEX s1 c TYPE set(20), INDEX b1 b TYPE bloom_filter)
         ENGINE = MergeTree PARTITION BY toYYYYMM(d) ORDER BY (toStartOfHour(e), -i, toDate(dt)) SETTINGS index_granularity = 7;
         CREATE TABLE plain ({COLUMNS}) ENGINE = Memory;
         INSERT INTO plain SELECT
             if(number % 50 = 0, 18446744073709551615 - number % 3, number % 700), toString(number % 90), number % 31,
             toDate('2019-10-20') + number % 40, 1572130800 + number * 97, (number % 100 - 50) / 4,
             if(number % 60 = 0, -2147483648 + number % 3, number % 500 - 250), number % 2, number % 2 + 1,
             toDateTime64(1572130800, 3) + number * 97.5, generateUUIDv4() FROM numbers({ROWS});
         INSERT INTO t SELECT * FROM plain"
    ));
    db
}

fn constant() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..750i64).prop_map(|number| number.to_string()),
        (-300..300i64).prop_map(|number| number.to_string()),
        Just("18446744073709551614".to_owned()),
        Just("-2147483648".to_owned()),
        Just("-2147483647".to_owned()),
        (-60..60i64).prop_map(|number| format!("{}", number as f64 / 4.0)),
    ]
}

fn comparison() -> impl Strategy<Value = String> {
    let numbers = proptest::sample::select(vec![
        "a",
        "a + 1",
        "a - 3",
        "700 - a",
        "intDiv(a, 10)",
        "i",
        "-i",
        "-(i - 100)",
        "i - 100",
        "i + 100",
        "c",
        "f",
        "toInt64(c)",
    ]);
    // With the same of another row.
    let times = proptest::sample::select(vec![
        ("e", "E"),
        ("toStartOfHour(e)", "toStartOfHour(E)"),
        ("toStartOfTenMinutes(e)", "E"),
        ("toDate(e)", "toDate(E)"),
        ("toYYYYMM(e)", "toYYYYMM(E)"),
        ("toUnixTimestamp(e)", "toUnixTimestamp(E)"),
        ("toMonday(e)", "toMonday(E)"),
        ("toHour(e)", "toHour(E)"),
        ("dt", "toDateTime64(E, 3, 'UTC')"),
        ("toDate(dt)", "toDate(E)"),
        ("d", "toDate(E)"),
        ("toStartOfMonth(d)", "toStartOfMonth(E)"),
        ("toYYYYMM(d)", "toYYYYMM(E)"),
        ("toYear(d)", "toYear(E)"),
    ]);
    let operator = || proptest::sample::select(vec!["=", "!=", "<", "<=", ">", ">="]);
    let lists = (
        proptest::sample::select(vec!["a", "i", "c", "-i"]),
        proptest::collection::vec(-250..700i64, 1..6),
    );
    prop_oneof![
        (numbers, operator(), constant()).prop_map(|(left, operator, right)| format!("{left} {operator} {right}")),
        (times, operator(), 0..ROWS).prop_map(|((left, right), operator, row)| {
            let other = format!("toDateTime({}, 'UTC')", 1_572_130_800 + row * 97);
            format!("{left} {operator} {}", right.replace('E', &other))
        }),
        lists.prop_map(|(left, list)| {
            let list: Vec<String> = list.iter().map(i64::to_string).collect();
            format!("{left} IN ({})", list.join(", "))
        }),
        (0..95u8).prop_map(|number| format!("b = '{number}'")),
        (0..9u8).prop_map(|number| format!("b LIKE '{number}%'")),
        (0..31u8).prop_map(|number| format!("(c, b) = ({number}, '{number}')")),
        Just("bo".to_owned()),
        Just("en = 'x'".to_owned()),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    comparison().prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} AND {right})")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} OR {right})")),
            inner.prop_map(|inner| format!("NOT ({inner})")),
        ]
    })
}

#[test]
fn no_row_that_matches_is_left_out() {
    let db = std::cell::RefCell::new(both());
    let zone = || proptest::sample::select(vec!["UTC", "Asia/Tokyo", "America/New_York"]);
    proptest!(ProptestConfig::with_cases(250), |(condition in condition(), zone in zone())| {
        let mut db = db.borrow_mut();
        let settings = format!("SETTINGS session_timezone = '{zone}'");
        let count = |db: &mut Database, table: &str| {
            db.rows(&format!("SELECT count() FROM {table} WHERE {condition} {settings}"))
        };
        let expected = count(&mut db, "plain");
        prop_assert_eq!(count(&mut db, "t"), expected, "{} {}", condition, zone);
    });
}

/// A key counts days where the server is, a query where its session is.
#[test]
fn days_of_other_zones_are_no_keys() {
    let mut db = Database::quiet();
    db.run(
        "CREATE TABLE t (e DateTime, INDEX i toHour(e) TYPE set(0)) ENGINE = MergeTree ORDER BY toDate(e)
         PARTITION BY toDate(e) SETTINGS index_granularity = 5",
    );
    db.run("INSERT INTO t SELECT 1577836800 + number * 1777 FROM numbers(300)");
    for zone in ["UTC", "Asia/Tokyo"] {
        let offset = if zone == "UTC" { 0 } else { 9 * 3600 };
        let days = |day: i64| {
            (0..300)
                .filter(|row| (1_577_836_800 + row * 1777 + offset) / 86400 == day)
                .count()
        };
        let query =
            format!("SELECT count() FROM t WHERE toDate(e) = '2020-01-03' SETTINGS session_timezone = '{zone}'");
        db.check(&query, &days(18264).to_string());
        let hours = (0..300)
            .filter(|row| (1_577_836_800 + row * 1777 + offset) / 3600 % 24 == 3)
            .count();
        let query = format!("SELECT count() FROM t WHERE toHour(e) = 3 SETTINGS session_timezone = '{zone}'");
        db.check(&query, &hours.to_string());
    }
}
