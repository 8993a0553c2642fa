//! Runs the cases.

use std::collections::BTreeMap;

use super::fake::Fake;

/// Compares every case of a file; a query ends with a line of dashes, its answer with an empty line.
#[track_caller]
fn check(file: &str) {
    let mut fake = Fake::new();
    let mut failures = Vec::new();
    let mut count = 0;
    for case in file.split("\n\n").map(str::trim).filter(|case| !case.is_empty()) {
        let (query, expected) = case
            .split_once("\n----\n")
            .unwrap_or_else(|| panic!("no answer in {case}"));
        let (mut parameters, query) = parameters(query);
        fake.settings = parameters.extract_if(.., |name, _| name.contains('_')).collect();
        count += 1;
        let answer = match fake.answer(query, &parameters) {
            Ok(answer) => answer,
            Err(error) => format!("Code: {} {}\n{}", error.code.number(), error.code.name(), error.message),
        };
        // Of an error only the code is compared: texts differ in places that do not matter.
        let compared = if expected.starts_with("Code:") {
            answer.lines().next().unwrap_or("")
        } else {
            &answer
        };
        if compared.trim_end() != expected.trim_end() {
            failures.push(format!("{query}\n  expected:\n{expected}\n  got:\n{answer}\n"));
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {count} differ:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// `-- name=value` lines before a query are its parameters, and settings where the name has an underscore.
fn parameters(query: &str) -> (BTreeMap<String, String>, &str) {
    let mut parameters = BTreeMap::new();
    let mut rest = query;
    while let Some(line) = rest.strip_prefix("-- ") {
        let (line, query) = line.split_once('\n').unwrap();
        let (name, value) = line.split_once('=').unwrap();
        parameters.insert(name.to_string(), value.to_string());
        rest = query;
    }
    (parameters, rest)
}

macro_rules! files {
    ($($name:ident)*) => {
        $(#[test] fn $name() { check(include_str!(concat!("cases/", stringify!($name), ".txt"))); })*
    };
}

files! { names literals grouping ordering joins subqueries correlated set_operations array_join windows vectors errors }

/// ClickHouse gives NULL here, though the same subquery with a constant in place of the column gives 0.
#[test]
fn a_correlated_count_of_nothing_is_zero() {
    let sql = "SELECT (SELECT count() FROM versions WHERE package = packages.id) AS n FROM packages WHERE id = 2";
    assert_eq!(
        Fake::new().answer(sql, &BTreeMap::new()).unwrap(),
        "n\nNullable(UInt64)\n0"
    );
}

/// Messages are ClickHouse's where people act on them.
#[test]
fn messages_name_what_is_wrong() {
    let fake = Fake::new();
    for (sql, message) in [
        (
            "SELECT nmae FROM packages",
            "Unknown expression identifier `nmae`. Maybe you meant: ['name']. In scope SELECT nmae FROM packages",
        ),
        (
            "SELECT p.nosuch FROM packages AS p",
            "Identifier 'p.nosuch' cannot be resolved from table with name p. In scope SELECT p.nosuch FROM packages AS p",
        ),
        (
            "SELECT x",
            "Unknown expression identifier `x`. In scope SELECT x: Note: the query does not have the FROM clause. \
             Did you forget to add it?",
        ),
        (
            "SELECT id, count() FROM packages",
            "Column 'id' is not under aggregate function and not in GROUP BY keys. In query SELECT id, count() FROM \
             packages",
        ),
        (
            "SELECT 1 AS a, 2 AS a",
            "Multiple expressions 2 AS a and 1 AS a for alias a. In scope SELECT 1 AS a, 2 AS a",
        ),
        (
            "SELECT id FROM packages WHERE name",
            "Invalid type for filter in WHERE: String",
        ),
        ("SELECT id FROM packages LIMIT -1", "Negative LIMIT is not supported"),
        (
            "SELECT sum(count()) FROM packages",
            "Aggregate function count() is found inside another aggregate function in query",
        ),
    ] {
        let error = fake.answer(sql, &BTreeMap::new()).unwrap_err();
        assert_eq!(error.message, message, "{sql}");
    }
}
