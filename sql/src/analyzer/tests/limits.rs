//! Deep and wide queries: an answer or an error, never a lost thread.

use std::collections::BTreeMap;

use super::fake::Fake;
use crate::error::{Code, Result};

fn answer(sql: &str) -> Result<String> {
    thread_local! { static FAKE: Fake = Fake::new(); }
    FAKE.with(|fake| fake.answer(sql, &BTreeMap::new()))
}

/// `open` repeated, the middle, `close` repeated.
fn nested(open: &str, middle: &str, close: &str, times: usize) -> String {
    format!("{}{middle}{}", open.repeat(times), close.repeat(times))
}

#[test]
fn long_chains_of_one_operator_are_no_depth() {
    let terms: Vec<String> = (0..2000).map(|number| format!("id = {number}")).collect();
    let sql = format!("SELECT count() AS c FROM packages WHERE {}", terms.join(" OR "));
    assert_eq!(answer(&sql).unwrap(), "c\nUInt64\n5");
}

#[test]
fn deep_expressions_are_planned_or_refused() {
    for times in [30, 60, 5000] {
        for sql in [
            format!("SELECT {} AS x FROM packages", nested("negate(", "id", ")", times)),
            format!("SELECT {} AS x FROM packages", nested("(id + ", "1", ")", times)),
            format!("SELECT {} AS x FROM packages", nested("NOT ", "id", "", times)),
            format!("SELECT id{} AS x FROM packages", " + 1".repeat(times)),
            format!("SELECT * FROM {}", nested("(SELECT * FROM ", "packages", ")", times)),
            format!("SELECT {} AS x", nested("(SELECT ", "1", ")", times)),
        ] {
            if let Err(error) = answer(&sql) {
                let codes = [Code::TOO_DEEP_RECURSION, Code::TOO_DEEP_AST, Code::SYNTAX_ERROR];
                assert!(
                    codes.contains(&error.code),
                    "{times} times: {error}\n{}",
                    &sql[..sql.len().min(60)]
                );
                assert!(times > 30, "{error}");
            }
        }
    }
}

#[test]
fn many_unions_are_no_depth() {
    let parts: Vec<String> = (0..300).map(|number| format!("SELECT {number} AS x")).collect();
    let sql = format!("SELECT sum(x) AS s FROM ({})", parts.join(" UNION ALL "));
    assert_eq!(answer(&sql).unwrap(), "s\nUInt64\n44850");
}

/// The code of the error that a query must end in.
fn code(sql: &str) -> Code {
    answer(sql).expect_err("the query is too large").code
}

#[test]
fn what_doubles_is_stopped_in_time() {
    let chain = |item: &dyn Fn(usize) -> String, times: usize| (0..times).map(item).collect::<Vec<_>>().join(", ");
    let tuples = chain(&|number| format!("(a{number}, a{number}) AS a{}", number + 1), 40);
    assert_eq!(code(&format!("WITH 1 AS a0, {tuples} SELECT a40")), Code::BAD_ARGUMENTS);
    let sums = chain(&|number| format!("a{number} + a{number} AS a{}", number + 1), 40);
    assert_eq!(
        code(&format!("SELECT id AS a0, {sums} FROM packages")),
        Code::BAD_ARGUMENTS
    );
    let in_lambda = format!("SELECT arrayMap(x -> (x AS a0, {sums}), [id]) AS x FROM packages");
    assert_eq!(code(&in_lambda), Code::BAD_ARGUMENTS);
    for (open, close) in [
        ("nullIf(", ", 0)"),
        ("ifNotFinite(", ", 0)"),
        ("CASE ", " WHEN 1 THEN 2 WHEN 3 THEN 4 END"),
    ] {
        let sql = format!("SELECT {} AS x FROM packages", nested(open, "id", close, 40));
        assert_eq!(code(&sql), Code::BAD_ARGUMENTS, "{open}");
    }
    let copies = |number: usize| {
        format!(
            "c{} AS (SELECT * FROM c{number} UNION ALL SELECT * FROM c{number})",
            number + 1
        )
    };
    let sql = format!(
        "WITH c0 AS (SELECT 1 AS x), {} SELECT count() FROM c25",
        chain(&copies, 25)
    );
    assert_eq!(code(&sql), Code::TOO_MANY_QUERY_PLAN_OPTIMIZATIONS);
    let sql = format!(
        "WITH c0 AS (SELECT 1 AS x), {} SELECT count() AS c FROM c6",
        chain(&copies, 6)
    );
    assert_eq!(answer(&sql).unwrap(), "c\nUInt64\n64");
}

/// Every case with a word left out, doubled, or in the place of the next: no query brings the planner down.
#[test]
fn broken_queries_are_answered_or_refused() {
    let files = [
        include_str!("cases/names.txt"),
        include_str!("cases/literals.txt"),
        include_str!("cases/grouping.txt"),
        include_str!("cases/ordering.txt"),
        include_str!("cases/joins.txt"),
        include_str!("cases/subqueries.txt"),
        include_str!("cases/array_join.txt"),
        include_str!("cases/windows.txt"),
        include_str!("cases/vectors.txt"),
    ];
    let fake = Fake::new();
    let queries = files
        .iter()
        .flat_map(|file| file.split("\n\n"))
        .filter_map(|case| case.split_once("\n----"));
    for (index, (query, _)) in queries.enumerate() {
        let words: Vec<&str> = query.split(' ').collect();
        for at in (index % STRIDE..words.len()).step_by(STRIDE) {
            let mut without = words.clone();
            without.remove(at);
            let mut doubled = words.clone();
            doubled.insert(at, words[at]);
            let mut swapped = words.clone();
            swapped.swap(at, (at + 1) % words.len());
            for broken in [without, doubled, swapped] {
                let sql = broken.join(" ");
                let planned =
                    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| fake.plan(&sql, &BTreeMap::new())));
                assert!(planned.is_ok(), "panic while planning {sql}");
            }
        }
    }
}

/// One word in so many is tried.
const STRIDE: usize = 4;
