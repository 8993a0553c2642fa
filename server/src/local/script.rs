//! Cutting a text into statements, with ClickHouse's rule for data inside it: the data of `VALUES` ends at a
//! semicolon, the data of any other format at an empty line or at the end of the text.

use std::collections::BTreeMap;

use gristmill_sql::Result;
use gristmill_sql::parser::{self, InsertSource};

/// The statements of a text that have not run yet.
pub struct Script<'a> {
    rest: &'a [u8],
}

/// One statement, its data included.
pub struct Statement<'a> {
    text: &'a [u8],
    data_begin: Option<usize>,
}

impl<'a> Script<'a> {
    /// A script from its text.
    pub fn new(text: &'a [u8]) -> Self {
        Script { rest: text }
    }

    /// The next statement; `None` when only spaces, comments and semicolons are left.
    pub fn next(&mut self, parameters: &BTreeMap<String, String>) -> Result<Option<Statement<'a>>> {
        self.rest = skip_blank(self.rest);
        if self.rest.is_empty() {
            return Ok(None);
        }
        let text = self.rest;
        let (parsed, consumed) = parser::parse(text, parameters)?;
        let data = match &parsed.statement {
            parser::Statement::Insert(insert) => match &insert.source {
                InsertSource::Data { format, range } => Some((format.as_str(), range.start)),
                _ => None,
            },
            _ => None,
        };
        let (end, next) = match data {
            None => (consumed, consumed),
            Some((format, begin)) => data_end(text, format, begin),
        };
        self.rest = &text[next..];
        Ok(Some(Statement {
            text: &text[..end],
            data_begin: data.map(|(_, begin)| begin),
        }))
    }
}

impl<'a> Statement<'a> {
    /// The bytes to execute.
    pub fn text(&self) -> &'a [u8] {
        self.text
    }

    /// The bytes to show to people: without the line breaks and the semicolon at the end.
    pub fn shown(&self) -> &'a [u8] {
        self.text.trim_ascii_end()
    }

    /// Whether this INSERT has no data of its own, so that standard input may hold it.
    pub fn wants_input(&self) -> bool {
        self.data_begin
            .is_some_and(|begin| self.text[begin..].trim_ascii().is_empty())
    }
}

/// Where the data that begins at `begin` ends, and where the next statement begins.
fn data_end(text: &[u8], format: &str, begin: usize) -> (usize, usize) {
    let data = &text[begin..];
    if format.eq_ignore_ascii_case("Values") {
        let end = begin + values_length(data);
        return (end, (end + 1).min(text.len()));
    }
    let blank = |at: usize| data[at..].starts_with(b"\n\n") || data[at..].starts_with(b"\n\r\n");
    match (0..data.len()).find(|at| data[*at] == b'\n' && blank(*at)) {
        Some(at) => (begin + at + 1, begin + at + 2),
        None => (text.len(), text.len()),
    }
}

/// Bytes up to the first semicolon outside quotes.
fn values_length(data: &[u8]) -> usize {
    let mut at = 0;
    while at < data.len() {
        match data[at] {
            b';' => return at,
            b'\'' => at += quoted_length(&data[at..]),
            _ => at += 1,
        }
    }
    data.len()
}

/// Length of the quoted text that `data` begins with; a doubled quote reads as two texts, which is as good here.
fn quoted_length(data: &[u8]) -> usize {
    let mut at = 1;
    while at < data.len() && data[at] != b'\'' {
        at += if data[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(data.len())
}

/// `text` from its first byte that is no space, comment or semicolon.
fn skip_blank(mut text: &[u8]) -> &[u8] {
    loop {
        text = text.trim_ascii_start();
        text = if let Some(rest) = text.strip_prefix(b";") {
            rest
        } else if text.starts_with(b"--") || text.starts_with(b"#!") || text.starts_with(b"# ") {
            after(text, b"\n")
        } else if text.starts_with(b"/*") {
            after(&text[2..], b"*/")
        } else {
            return text;
        }
    }
}

fn after<'a>(text: &'a [u8], mark: &[u8]) -> &'a [u8] {
    match text.windows(mark.len()).position(|window| window == mark) {
        Some(at) => &text[at + mark.len()..],
        None => &[],
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
        check("SELECT 1; SELECT ';' ;\n-- the end\n", &["SELECT 1;", "SELECT ';' ;"]);
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
