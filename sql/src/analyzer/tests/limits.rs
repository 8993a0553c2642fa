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
