//! What goes wrong while parsing, and the text that ClickHouse makes of it.

use super::lexer;
use super::text_bytes::carry;
use crate::error::{Code, Error};

/// How much of the rest of the query an error shows.
const SHOWN_BYTES_MAX: usize = 160;

/// Why a statement could not be parsed; the position is a byte of the template until [`Failure::into_error`].
#[derive(Clone, Debug)]
pub(super) enum Failure {
    /// Something else should stand at this position.
    Expected(usize, String),
    /// A string or comment that begins here does not end.
    Unclosed(usize, &'static str),
    /// A bracket that begins here does not end.
    Unmatched(usize, &'static str),
    /// No token begins with what stands here.
    Unrecognized(usize),
    /// Anything that is no syntax error, with its own code.
    Other(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Other(error)
    }
}

impl Failure {
    pub(super) fn expected(at: usize, what: &str) -> Failure {
        Failure::Expected(at, what.to_owned())
    }

    pub(super) fn unclosed(what: &'static str, at: usize) -> Failure {
        Failure::Unclosed(at, what)
    }

    pub(super) fn unrecognized(at: usize) -> Failure {
        Failure::Unrecognized(at)
    }

    /// The error as ClickHouse words it. `query` is the statement as it came, `original` tells where a byte of its
    /// template lies in it.
    pub(super) fn into_error(self, query: &[u8], original: impl Fn(usize) -> usize) -> Error {
        let place = |at: &usize| original(*at).min(query.len());
        let end = statement_end(query);
        let (before, at, shown, after) = match &self {
            Failure::Other(error) => return error.clone(),
            Failure::Expected(at, what) if what.contains(", ") => {
                let at = place(at);
                (String::new(), at, at, format!("Expected one of: {what}"))
            }
            Failure::Expected(at, what) => (String::new(), place(at), place(at), format!("Expected {what}")),
            Failure::Unclosed(at, what) => (format!("{what} is not closed: "), place(at), place(at), String::new()),
            Failure::Unmatched(at, bracket) => {
                let at = place(at);
                let after = format!(
                    "Unmatched parentheses: '{bracket}' at position {} is never closed",
                    at + 1
                );
                (String::new(), end, at, after)
            }
            Failure::Unrecognized(at) => ("Unrecognized token: ".to_owned(), place(at), place(at), String::new()),
        };
        let token = match token_text(&query[at..end.max(at)]) {
            token if token.is_empty() => "end of query".to_owned(),
            token => token,
        };
        let (rest, line) = (beginning(&query[shown..]), line_and_column(query, at));
        let message = format!(
            "{before}Syntax error: failed at position {} ({token}){line}: {rest}. {after}",
            at + 1
        );
        Error::new(Code::SYNTAX_ERROR, message.trim_end())
    }
}

/// Where the statement ends, before the `;` behind it.
fn statement_end(query: &[u8]) -> usize {
    query.len() - usize::from(query.ends_with(b";"))
}

/// The first bytes of a text.
fn beginning(text: &[u8]) -> String {
    let is_inside = |at: usize| text.get(at).is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000);
    let characters_end = (SHOWN_BYTES_MAX..).take(4).find(|at| !is_inside(*at));
    match characters_end {
        Some(end) if end < text.len() => carry(&text[..end]) + "…",
        None => carry(&text[..SHOWN_BYTES_MAX]) + "…", // it is no UTF-8 anyway
        _ => carry(text),
    }
}

/// ` (line 2, col 5)`, for texts of several lines.
fn line_and_column(query: &[u8], at: usize) -> String {
    if !query.trim_ascii_end().contains(&b'\n') {
        return String::new();
    }
    let mut lines = query[..at].split(|byte| *byte == b'\n');
    let column = lines.next_back().map_or(0, <[u8]>::len) + 1;
    format!(" (line {}, col {column})", lines.count() + 1)
}

/// The token that a text begins with; what cannot be one is a character, or all of it if it does not end.
fn token_text(text: &[u8]) -> String {
    let text = carry(text);
    let length = match lexer::token_end(&text) {
        Ok(end) => end,
        Err(Failure::Unclosed(..)) => text.len(),
        Err(_) => text.chars().next().map_or(0, char::len_utf8),
    };
    text[..length].to_owned()
}
