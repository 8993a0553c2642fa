//! Where the text of a query ends and its data begins.
//!
//! The text is the URL's `query`, a line break and the body. An INSERT's data may be far longer than memory, so of a
//! long body only the beginning is taken as text when it is an INSERT's: what is left of it is data.

use std::collections::BTreeMap;

use gristmill_sql::parser::{self, InsertSource, Statement};
use gristmill_sql::{Code, Error, Result};

use super::body::BodyReader;

/// After this many bytes it is looked whether they begin an INSERT with data: it is the default of `max_query_size`,
/// which the head of such a statement cannot exceed.
const HEAD_BYTES: usize = 262_144;
/// Longer texts are not taken in, so that one request cannot fill the memory. The parser's own limit is far lower but
/// does not count vectors.
const TEXT_BYTES_MAX: usize = 64 << 20;

/// What ends the head of an INSERT (`\r\n`, a space) is at most this long: before so much is there it is not known where
/// the data begins.
const SEPARATOR_BYTES_MAX: usize = 2;

/// The query's text: all of the body, or its beginning if the statement is an INSERT with its data after it.
pub fn read_text(in_url: Vec<u8>, body: &mut BodyReader, parameters: &BTreeMap<String, String>) -> Result<Vec<u8>> {
    read_until_known(in_url, body, parameters, HEAD_BYTES)
}

fn read_until_known(
    in_url: Vec<u8>,
    body: &mut BodyReader,
    parameters: &BTreeMap<String, String>,
    head_bytes: usize,
) -> Result<Vec<u8>> {
    let mut text = in_url;
    let mut pending_break = !text.is_empty();
    let mut may_be_insert = true;
    while let Some(piece) = body.next_piece()? {
        if std::mem::take(&mut pending_break) {
            text.push(b'\n');
        }
        text.extend_from_slice(&piece);
        if may_be_insert && text.len() > head_bytes {
            match data_bytes(&text, parameters) {
                Some(bytes) if bytes >= SEPARATOR_BYTES_MAX => return Ok(text),
                Some(_) => {}
                None => may_be_insert = false,
            }
        }
        if text.len() > TEXT_BYTES_MAX {
            let message =
                format!("Max query size exceeded: a query may have {TEXT_BYTES_MAX} bytes, an INSERT's data excepted");
            return Err(Error::new(Code::SYNTAX_ERROR, message));
        }
    }
    if text.trim_ascii().is_empty() {
        return Err(Error::new(Code::SYNTAX_ERROR, "Empty query"));
    }
    Ok(text)
}

/// If the text is an INSERT with data: how much of its data is there.
fn data_bytes(text: &[u8], parameters: &BTreeMap<String, String>) -> Option<usize> {
    let (parsed, _) = parser::parse(text, parameters).ok()?;
    let Statement::Insert(insert) = parsed.statement else {
        return None;
    };
    match insert.source {
        InsertSource::Data { range, .. } => Some(range.len()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use gristmill_engine::{Engine, EngineOptions, Session};

    use super::*;
    use crate::statement::{Run, Step};

    const TABLE: &str = "CREATE TABLE t (a String, b UInt8) ENGINE = MergeTree ORDER BY b";
    const SHOWN: &str = "SELECT b, a, count() FROM t GROUP BY a, b ORDER BY b, a FORMAT TSV";

    fn run(session: &mut Session, text: &[u8], more: BodyReader) -> String {
        let run = Run {
            parameters: &BTreeMap::new(),
            default_format: "TabSeparated",
            revision: 0,
            text,
        };
        let file = tempfile::NamedTempFile::new().unwrap();
        match run.execute(session).unwrap() {
            Step::Done => {}
            Step::Insert(insert) => drop(insert.read(Box::new(more)).unwrap()),
            Step::Rows(rows) => drop(rows.write(Box::new(file.reopen().unwrap())).unwrap()),
        }
        std::fs::read_to_string(file.path()).unwrap().trim_end().to_string()
    }

    /// The rows are these wherever a body is cut between its beginning, which is parsed, and the rest.
    #[track_caller]
    fn check(in_url: &str, body: &str, expected: &[&str]) {
        let engine = Engine::open(EngineOptions::default()).unwrap();
        let mut session = engine.session();
        let nothing = || BodyReader::of(&[]);
        run(&mut session, TABLE.as_bytes(), nothing());
        for cut in 0..body.len() {
            let (beginning, rest) = body.as_bytes().split_at(cut);
            let mut body = BodyReader::of(&[beginning, rest]);
            let text = read_until_known(in_url.into(), &mut body, &BTreeMap::new(), 0).unwrap();
            run(&mut session, &text, body);
        }
        let rows = run(&mut session, SHOWN.as_bytes(), nothing());
        let expected: Vec<String> = expected.iter().map(|row| format!("{row}\t{}", body.len())).collect();
        assert_eq!(rows, expected.join("\n"), "{in_url} {body}");
    }

    #[test]
    fn values_may_be_cut_anywhere() {
        let expected = &["1\ta; b ", "2\t;", "3\t ;\\n"];
        check(
            "",
            "INSERT INTO t VALUES ('a; b ', 1), (';', 2) ,\n(' ;\n', 1 + 2) ; ",
            expected,
        );
        check(
            "INSERT INTO t VALUES",
            "('a; b ', 1), (';', 2) ,\n(' ;\n', 1 + 2);",
            expected,
        );
        check(
            "",
            "INSERT INTO t FORMAT Values ('a; b ', 1),(';', 2),(' ;\n', 3)",
            expected,
        );
    }

    #[test]
    fn lines_may_be_cut_anywhere() {
        let expected = &["1\t ;a; ", "2\t b ", "3\t;"];
        check("", "INSERT INTO t FORMAT TSV\r\n ;a; \t1\n b \t2\n;\t3\n", expected);
        check("INSERT INTO t FORMAT TSV", " ;a; \t1\n b \t2\n;\t3\n", expected);
        check(
            "",
            "INSERT INTO t FORMAT CSV \n\" ;a; \", 1\n\" b \",2\n\";\",3\n",
            expected,
        );
        check(
            "INSERT INTO t FORMAT JSONEachRow",
            r#"{"a":" ;a; ","b":1} {"a":" b ","b":2},{"a":";","b":3} ; "#,
            expected,
        );
    }
}
