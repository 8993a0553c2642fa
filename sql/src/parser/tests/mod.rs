//! What the parser makes of whole statements: a folder of tables of cases, each with one `check`.

mod corpus;
mod create;
mod expressions;
mod hostile;
mod inserts;
mod names;
mod statements;

use super::*;

fn parsed(text: &str) -> Parsed {
    match parse(text.as_bytes(), &BTreeMap::new()) {
        Ok((parsed, _)) => parsed,
        Err(error) => panic!("{text}\n{error}"),
    }
}

fn failure(text: &str) -> Error {
    match parse(text.as_bytes(), &BTreeMap::new()) {
        Ok((parsed, _)) => panic!("{text}\nparsed: {:?}", parsed.statement),
        Err(error) => error,
    }
}

/// The query of a statement, written back on one line.
fn rewritten(text: &str) -> String {
    match parsed(text).statement {
        Statement::Query(query) => format_query(&query),
        other => panic!("{text}\nno query: {other:?}"),
    }
}
