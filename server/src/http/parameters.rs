//! Parameters of a URL and fields of a form as text, numbers and switches.

use std::borrow::Cow;

use axum::http::HeaderMap;
use gristmill_sql::{Code, Error, Result};
use percent_encoding::percent_decode;

/// A URL with more parameters than this is refused.
const PARAMETERS_MAX: usize = 10_000;

/// The parameters of a URL in their order, names as text, values as bytes (a query may hold any).
pub fn of_url(query: &str) -> Result<Vec<(String, Cow<'_, [u8]>)>> {
    let pairs: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
    if pairs.len() > PARAMETERS_MAX {
        return Err(Error::new(
            Code::BAD_ARGUMENTS,
            format!("Too many parameters in the URL, maximum: {PARAMETERS_MAX}"),
        ));
    }
    let decoded = pairs.into_iter().map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((utf8("a URL parameter's name", form_decode(name))?, form_decode(value)))
    });
    decoded.collect()
}

/// Percent decoding after `+` has become a space.
fn form_decode(text: &str) -> Cow<'_, [u8]> {
    if text.contains('+') {
        let spaced = text.replace('+', " ");
        Cow::Owned(percent_decode(spaced.as_bytes()).collect())
    } else {
        percent_decode(text.as_bytes()).into()
    }
}

/// A value as text.
pub fn utf8(name: &str, value: Cow<'_, [u8]>) -> Result<String> {
    String::from_utf8(value.into_owned())
        .map_err(|_| Error::new(Code::BAD_ARGUMENTS, format!("The value of {name} is not valid UTF-8")))
}

/// A header's text, unless there is none.
pub fn text_header(headers: &HeaderMap, name: &str) -> Result<Option<String>> {
    let Some(value) = headers.get(name) else {
        return Ok(None);
    };
    let text = std::str::from_utf8(value.as_bytes()).map_err(|_| {
        Error::new(
            Code::BAD_ARGUMENTS,
            format!("The value of the header {name} is not valid text"),
        )
    })?;
    Ok(Some(text.to_string()).filter(|text| !text.is_empty()))
}

/// 0 or 1.
pub fn switch(name: &str, text: &str) -> Result<bool> {
    match text {
        "1" | "true" => Ok(true),
        "0" | "false" | "" => Ok(false),
        _ => Err(Error::new(
            Code::BAD_ARGUMENTS,
            format!("The URL parameter {name} must be 0 or 1, not '{text}'"),
        )),
    }
}

/// A number that is not negative.
pub fn number(name: &str, text: &str) -> Result<usize> {
    text.parse().map_err(|_| {
        Error::new(
            Code::BAD_ARGUMENTS,
            format!("The URL parameter {name} must be a number, not '{text}'"),
        )
    })
}
