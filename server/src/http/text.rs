//! Where the text of a query ends and its data begins.
//!
//! The text is the URL's `query`, a line break and the body. An INSERT's data may be far longer than memory, so of a
//! long body only the beginning is taken as text when it is an INSERT's: what is left of it is data.

use gristmill_sql::parser::{self, InsertSource, Statement};
use gristmill_sql::{Code, Error, Result};

use super::body::BodyReader;

/// After this many bytes it is looked whether they begin an INSERT with data: it is the default of `max_query_size`,
/// which the head of such a statement cannot exceed.
const HEAD_BYTES: usize = 262_144;
/// Longer texts are not taken in, so that one request cannot fill the memory. The parser's own limit is far lower but
/// does not count vectors.
const TEXT_BYTES_MAX: usize = 64 << 20;

/// The query's text: all of the body, or its beginning if the statement is an INSERT with its data after it.
pub fn read_text(in_url: Vec<u8>, body: &mut BodyReader) -> Result<Vec<u8>> {
    let mut text = in_url;
    let mut pending_break = !text.is_empty();
    let mut is_known = false;
    while let Some(piece) = body.next_piece()? {
        if std::mem::take(&mut pending_break) {
            text.push(b'\n');
        }
        text.extend_from_slice(&piece);
        if text.len() > HEAD_BYTES && !is_known {
            if is_insert_with_data(&text) {
                return Ok(text);
            }
            is_known = true;
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

fn is_insert_with_data(text: &[u8]) -> bool {
    let Ok((parsed, _)) = parser::parse(text, &Default::default()) else {
        return false;
    };
    matches!(parsed.statement, Statement::Insert(insert) if matches!(insert.source, InsertSource::Data { .. }))
}
