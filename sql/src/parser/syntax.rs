//! What goes wrong while parsing, and the text that ClickHouse makes of it.

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

    /// The error as ClickHouse words it. `text` is what was parsed, `original` tells where a byte of it stood.
    pub(super) fn into_error(self, text: &str, original: impl Fn(usize) -> usize) -> Error {
        let (at, before, after) = match &self {
            Failure::Other(error) => return error.clone(),
            Failure::Expected(at, what) if what.contains(", ") => (*at, "", format!("Expected one of: {what}")),
            Failure::Expected(at, what) => (*at, "", format!("Expected {what}")),
            Failure::Unclosed(at, what) => (*at, *what, String::new()),
            Failure::Unmatched(at, bracket) => {
                let place = original(*at) + 1;
                let end = text.len();
                (
                    end,
                    "",
                    format!("Unmatched parentheses: '{bracket}' at position {place} is never closed"),
                )
            }
            Failure::Unrecognized(at) => (*at, "Unrecognized token", String::new()),
        };
        let before = match before {
            "" => String::new(),
            "Unrecognized token" => "Unrecognized token: ".to_owned(),
            what => format!("{what} is not closed: "),
        };
        let at = at.min(text.len());
        let token = match token_text(text, at) {
            "" => "end of query",
            token => token,
        };
        let mut shown = (at + SHOWN_BYTES_MAX).min(text.len());
        while !text.is_char_boundary(shown) {
            shown += 1;
        }
        let mut rest = text[at..shown].to_owned();
        if shown < text.len() {
            rest.push('…');
        }
        let place = original(at) + 1;
        let line = line_and_column(text, at);
        let message = format!("{before}Syntax error: failed at position {place} ({token}){line}: {rest}. {after}");
        Error::new(Code::SYNTAX_ERROR, message.trim_end())
    }
}

/// ` (line 2, col 5)`, for texts of several lines.
fn line_and_column(text: &str, at: usize) -> String {
    if !text.trim_end().contains('\n') {
        return String::new();
    }
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = at - before.rfind('\n').map_or(0, |newline| newline + 1) + 1;
    format!(" (line {line}, col {column})")
}

fn token_text(text: &str, at: usize) -> &str {
    let rest = &text[at..];
    let word = super::lexer::word_end(rest.as_bytes(), 0);
    let length = if word > 0 {
        word
    } else {
        rest.chars().next().map_or(0, char::len_utf8)
    };
    &rest[..length]
}
