//! The text of one statement, parsed within the limits of the settings.

use std::borrow::Cow;
use std::collections::BTreeMap;

use gristmill_sql::Code;
use gristmill_sql::parser::access::hide_secrets;
use gristmill_sql::parser::{Parsed, Statement, parse, parse_within};

use crate::error::{Error, Result};
use crate::settings::Settings;

/// What a text without SELECT is read behind, with `implicit_select`.
const SELECT: &[u8] = b"SELECT ";

/// Parses the only statement of `query`.
pub fn parsed(query: &[u8], parameters: &BTreeMap<String, String>, settings: &Settings) -> Result<Parsed> {
    let bytes_max = match settings.integer("max_query_size") {
        0 => usize::MAX,
        bytes => usize::try_from(bytes).unwrap_or(usize::MAX),
    };
    match alone(query, parameters, bytes_max) {
        Err(error) if error.code() == Code::SYNTAX_ERROR && settings.flag("implicit_select") => {
            let select = alone(
                &[SELECT, query].concat(),
                parameters,
                bytes_max.saturating_add(SELECT.len()),
            );
            let select = select
                .ok()
                .filter(|parsed| matches!(parsed.statement, Statement::Query(_)));
            select.ok_or(error)
        }
        parsed => parsed,
    }
}

fn alone(query: &[u8], parameters: &BTreeMap<String, String>, bytes_max: usize) -> Result<Parsed> {
    let (parsed, consumed) = without_secrets(query, parameters, bytes_max)?;
    check_rest(&query[consumed..])?;
    Ok(parsed)
}

/// The statement; an error shows nothing of the passwords in it.
fn without_secrets(query: &[u8], parameters: &BTreeMap<String, String>, bytes_max: usize) -> Result<(Parsed, usize)> {
    let error = match parse_within(query, parameters, bytes_max) {
        Ok(parsed) => return Ok(parsed),
        Err(error) => error,
    };
    match hide_secrets(query) {
        Cow::Borrowed(_) => Err(error.into()),
        Cow::Owned(hidden) => match parse_within(&hidden, parameters, bytes_max) {
            Err(error) => Err(error.into()),
            Ok(_) => Err(Error::new(error.code, "Syntax error in a statement with a password")),
        },
    }
}

/// After the statement there may be nothing but space and semicolons.
fn check_rest(rest: &[u8]) -> Result<()> {
    let is_space = |byte: &u8| byte.is_ascii_whitespace() || *byte == b';';
    match rest.iter().all(is_space) {
        true => Ok(()),
        // What follows may still be a comment.
        false => match parse(rest, &BTreeMap::new()) {
            Ok((parsed, _)) if parsed.statement == Statement::Empty => Ok(()),
            _ => Err(Error::new(Code::SYNTAX_ERROR, "Multi-statements are not allowed")),
        },
    }
}
