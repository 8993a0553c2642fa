//! Where the text of a query ends and its data begins.
//!
//! The text is the URL's `query`, a line break and the body. An INSERT's data may be far longer than memory, so no
//! more of the body is taken as text than `max_query_size` allows; what is left of it is data.

use gristmill_engine::Session;
use gristmill_sql::parser::{self, InsertSource, Statement};
use gristmill_sql::{Code, Error, Result};

use super::body::BodyReader;

/// The query's text: all of the body, or its beginning if the statement is an INSERT with its data after it.
pub fn read_text(session: &Session, in_url: Vec<u8>, body: &mut BodyReader) -> Result<Vec<u8>> {
    let bytes_max = session
        .setting("max_query_size")
        .and_then(|value| value.parse().ok())
        .unwrap_or(usize::MAX);
    let mut text = in_url;
    if text.len() > bytes_max {
        return Err(too_large(bytes_max));
    }
    let mut pending_break = !text.is_empty();
    while let Some(piece) = body.next_piece()? {
        if std::mem::take(&mut pending_break) {
            text.push(b'\n');
        }
        text.extend_from_slice(&piece);
        if text.len() > bytes_max {
            return if is_insert_with_data(&text) {
                Ok(text)
            } else {
                Err(too_large(bytes_max))
            };
        }
    }
    Ok(text)
}

fn is_insert_with_data(text: &[u8]) -> bool {
    let Ok((parsed, _)) = parser::parse(text, &Default::default()) else {
        return false;
    };
    matches!(parsed.statement, Statement::Insert(insert) if matches!(insert.source, InsertSource::Data { .. }))
}

fn too_large(bytes_max: usize) -> Error {
    Error::new(
        Code::SYNTAX_ERROR,
        format!(
            "Max query size exceeded: the query is longer than max_query_size, {bytes_max} bytes (only an INSERT's data may be)"
        ),
    )
}
