//! The statements of a text, one after another.

use std::collections::BTreeMap;

use gristmill_sql::Result;
use gristmill_sql::parser::{self, InsertSource, Parsed};

/// The statements of a text that have not run yet.
pub struct Script<'a> {
    rest: &'a [u8],
}

/// One statement, its data included.
pub struct Statement<'a> {
    text: &'a [u8],
    data_begin: Option<usize>,
    parsed: Parsed,
}

impl<'a> Script<'a> {
    /// A script from its text.
    pub fn new(text: &'a [u8]) -> Self {
        Script { rest: text }
    }

    /// The next statement; `None` when only spaces, comments and semicolons are left.
    pub fn next(&mut self, parameters: &BTreeMap<String, String>) -> Result<Option<Statement<'a>>> {
        while !self.rest.is_empty() {
            let (end, next) = parser::split_first(self.rest);
            let text = self.rest[..end].trim_ascii_start();
            self.rest = &self.rest[next..];
            let (parsed, _) = parser::parse(text, parameters)?;
            let data = match &parsed.statement {
                parser::Statement::Empty => continue,
                parser::Statement::Insert(insert) => match &insert.source {
                    InsertSource::Data { range, .. } => Some(range.start),
                    _ => None,
                },
                _ => None,
            };
            return Ok(Some(Statement {
                text,
                data_begin: data,
                parsed,
            }));
        }
        Ok(None)
    }
}

impl<'a> Statement<'a> {
    /// The bytes to execute.
    pub fn text(&self) -> &'a [u8] {
        self.text
    }

    /// The bytes to show to people: without the line breaks at the end.
    pub fn shown(&self) -> &'a [u8] {
        self.text.trim_ascii_end()
    }

    /// What the statement says.
    pub fn parsed(&self) -> &Parsed {
        &self.parsed
    }

    /// The bytes up to the data of an INSERT, and the data.
    pub fn split_data(&self) -> (&'a [u8], &'a [u8]) {
        self.text.split_at(self.data_begin.unwrap_or(self.text.len()))
    }

    /// Whether this INSERT has no data of its own, so that standard input may hold it.
    pub fn wants_input(&self) -> bool {
        self.data_begin
            .is_some_and(|begin| self.text[begin..].trim_ascii().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let mut script = Script::new(text.as_bytes());
        let mut found = Vec::new();
        while let Some(statement) = script.next(&BTreeMap::new()).unwrap() {
            found.push(String::from_utf8(statement.shown().to_vec()).unwrap());
        }
        assert_eq!(found, expected);
    }

    #[test]
    fn statements_end_at_semicolons() {
        check("SELECT 1; SELECT ';' ;\n-- the end\n", &["SELECT 1", "SELECT ';'"]);
        check(" ;; /* nothing */ # still nothing", &[]);
    }

    #[test]
    fn values_end_at_a_semicolon_outside_quotes() {
        check(
            "INSERT INTO t VALUES (1, 'a;\\'b'), (2, 'c''d;'); SELECT 1",
            &["INSERT INTO t VALUES (1, 'a;\\'b'), (2, 'c''d;')", "SELECT 1"],
        );
    }

    #[test]
    fn other_data_ends_at_an_empty_line() {
        check(
            "INSERT INTO t FORMAT CSV\n1;2\n3,4\n\nSELECT 1",
            &["INSERT INTO t FORMAT CSV\n1;2\n3,4", "SELECT 1"],
        );
        check("INSERT INTO t FORMAT CSV 1,2", &["INSERT INTO t FORMAT CSV 1,2"]);
    }
}
