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

files! { names literals grouping ordering joins subqueries set_operations array_join windows vectors errors }
