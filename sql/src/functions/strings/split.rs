//! Strings taken apart.

use memchr::memmem::Finder;
use regex::bytes::Regex;

use super::pattern::{Compiler, Syntax};
use super::regexp::{matches_to_empty, whole};
use super::texts::{Builder, Texts, characters, string_array, string_lists, text};
use crate::error::{Code, Error, Result};
use crate::functions::casts::{integer_value, text_value};
use crate::functions::function::{Argument, Bound, Function, illegal};

pub const BY_CHAR: Function = Function::new(
    "splitByChar",
    (2, 3),
    "The parts between single bytes",
    |arguments, _| {
        if let Some(separator) = arguments[0].constant.as_ref().and_then(text_value)
            && separator.len() != 1
        {
            return Err(Error::new(
                Code::BAD_ARGUMENTS,
                "Illegal separator for function splitByChar. Must be exactly one byte",
            ));
        }
        by(arguments, "splitByChar")
    },
);
pub const BY_STRING: Function = Function::new(
    "splitByString",
    (2, 3),
    "The parts between strings; code points if the separator is empty",
    |arguments, _| by(arguments, "splitByString"),
);

/// The constant limit on the number of parts; 0 is none.
fn limit(arguments: &[Argument], index: usize, name: &str) -> Result<usize> {
    let Some(argument) = arguments.get(index) else {
        return Ok(usize::MAX);
    };
    match argument.constant.as_ref().and_then(integer_value) {
        Some(limit) if limit > 0 => Ok(usize::try_from(limit).unwrap_or(usize::MAX)),
        Some(_) => Ok(usize::MAX),
        None => Err(illegal(format!(
            "Illegal type {} of argument {} of function {name}",
            argument.data_type,
            index + 1
        ))),
    }
}

fn by(arguments: &[Argument], name: &str) -> Result<Bound> {
    let limit = limit(arguments, 2, name)?;
    let mut types = vec![text(&arguments[0], name)?, text(&arguments[1], name)?];
    types.extend(arguments.get(2).map(|argument| argument.data_type.clone()));
    Ok(Bound::compact(string_array(), types, move |arrays, rows| {
        let (separators, texts) = (Texts::new(&arrays[0]), Texts::new(&arrays[1]));
        string_lists(rows, |row, out| split(texts.get(row), separators.get(row), limit, out))
    }))
}

fn split(text: &[u8], separator: &[u8], limit: usize, out: &mut Builder) -> Result<()> {
    if separator.is_empty() {
        return characters(text)
            .take(limit)
            .try_for_each(|character| out.push(character));
    }
    let mut start = 0;
    let ends = Finder::new(separator).into_owned();
    for (count, end) in ends.find_iter(text).enumerate() {
        if count >= limit {
            return Ok(());
        }
        out.push(&text[start..end])?;
        start = end + separator.len();
        if count + 1 == limit {
            return Ok(());
        }
    }
    out.push(&text[start..])
}

pub const BY_REGEXP: Function = Function::new(
    "splitByRegexp",
    (2, 3),
    "The parts between matches of a regular expression",
    |arguments, _| {
        let limit = limit(arguments, 2, "splitByRegexp")?;
        let mut types = vec![
            text(&arguments[0], "splitByRegexp")?,
            text(&arguments[1], "splitByRegexp")?,
        ];
        types.extend(arguments.get(2).map(|argument| argument.data_type.clone()));
        let compiler = Compiler::new(Syntax::Regexp);
        Ok(Bound::compact(string_array(), types, move |arrays, rows| {
            let (mut patterns, texts) = (compiler.over(&arrays[0]), Texts::new(&arrays[1]));
            string_lists(rows, |row, out| {
                let text = texts.get(row);
                match patterns.text(row) {
                    b"" => characters(text)
                        .take(limit)
                        .try_for_each(|character| out.push(character)),
                    _ => by_regexp(patterns.get(row)?, text)
                        .take(limit)
                        .try_for_each(|part| out.push(part)),
                }
            })
        }))
    },
);

/// The parts between matches; the first empty match leaves the rest whole.
fn by_regexp<'a>(regex: &'a Regex, text: &'a [u8]) -> impl Iterator<Item = &'a [u8]> {
    let mut start = 0;
    let end = text.len();
    let ranges = matches_to_empty(regex, text).map(|captures| whole(&captures));
    ranges.chain(std::iter::once(end..end)).map(move |range| {
        let part = &text[start..range.start];
        start = range.end;
        part
    })
}

pub const BY_WHITESPACE: Function = Function::new(
    "splitByWhitespace",
    (1, 2),
    "The words between white space",
    |arguments, _| {
        words(arguments, "splitByWhitespace", |byte| {
            !byte.is_ascii_whitespace() && byte != 0x0B
        })
    },
);
pub const BY_NON_ALPHA: Function = Function::new(
    "splitByNonAlpha",
    (1, 2),
    "The words between white space and punctuation",
    |arguments, _| {
        words(arguments, "splitByNonAlpha", |byte| {
            !byte.is_ascii_whitespace() && !byte.is_ascii_punctuation()
        })
    },
);
pub const ALPHA_TOKENS: Function =
    Function::new("alphaTokens", (1, 2), "The words of ASCII letters", |arguments, _| {
        words(arguments, "alphaTokens", |byte| byte.is_ascii_alphabetic())
    })
    .aliases(&["splitByAlpha"]);
pub const TOKENS: Function = Function::new(
    "tokens",
    (1, 1),
    "The words of letters, digits and bytes outside of ASCII",
    |arguments, _| {
        words(arguments, "tokens", |byte| {
            byte.is_ascii_alphanumeric() || !byte.is_ascii()
        })
    },
);

/// The runs of bytes that belong to words.
fn words(arguments: &[Argument], name: &str, inside: fn(u8) -> bool) -> Result<Bound> {
    let limit = limit(arguments, 1, name)?;
    let mut types = vec![text(&arguments[0], name)?];
    types.extend(arguments.get(1).map(|argument| argument.data_type.clone()));
    Ok(Bound::compact(string_array(), types, move |arrays, rows| {
        let texts = Texts::new(&arrays[0]);
        string_lists(rows, |row, out| {
            let words = texts
                .get(row)
                .split(|byte| !inside(*byte))
                .filter(|word| !word.is_empty());
            words.take(limit).try_for_each(|word| out.push(word))
        })
    }))
}

pub const NGRAMS: Function = Function::new("ngrams", (2, 2), "All parts of so many code points", |arguments, _| {
    let size = arguments[1]
        .constant
        .as_ref()
        .and_then(integer_value)
        .and_then(|size| usize::try_from(size).ok())
        .filter(|size| *size > 0);
    let Some(size) = size else {
        return Err(illegal(
            "Second argument of function ngrams must be a positive constant integer",
        ));
    };
    let types = vec![text(&arguments[0], "ngrams")?, arguments[1].data_type.clone()];
    Ok(Bound::compact(string_array(), types, move |arrays, rows| {
        let texts = Texts::new(&arrays[0]);
        string_lists(rows, |row, out| {
            let characters: Vec<&[u8]> = characters(texts.get(row)).collect();
            characters
                .windows(size)
                .try_for_each(|window| out.push(&window.concat()))
        })
    }))
});
