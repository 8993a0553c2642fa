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
