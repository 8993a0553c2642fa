//! Functions of regular expressions.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, UInt8Array, UInt64Array};
use regex::bytes::{Captures, Regex};

use super::pattern::{Compiler, Patterns, Syntax};
use super::texts::{Builder, Texts, append, splice, string_array, string_lists, strings, texts};
use crate::error::{Code, Error, Result};
use crate::functions::arrays::lists::build;
use crate::functions::function::{Argument, Bound, Function};
use crate::types::DataType;

pub const MATCH: Function = Function::new(
    "match",
    (2, 2),
    "Whether a regular expression matches somewhere",
    |arguments, _| {
        bind(arguments, "match", DataType::UInt8, |texts, mut patterns, rows| {
            let matches = |row: usize| Ok(u8::from(patterns.get(row)?.is_match(texts.get(row))));
            let matches = (0..rows).map(matches).collect::<Result<Vec<u8>>>()?;
            Ok(Arc::new(UInt8Array::from(matches)))
        })
    },
)
.aliases_any_case(&["REGEXP_MATCHES"]);
pub const COUNT_MATCHES: Function = Function::new(
    "countMatches",
    (2, 2),
    "Number of matches of a regular expression",
    |arguments, _| {
        bind(
            arguments,
            "countMatches",
            DataType::UInt64,
            |texts, mut patterns, rows| {
                let count = |row: usize| {
                    let found = patterns.get(row)?.find_iter(texts.get(row));
                    Ok(found.filter(|found| !found.is_empty()).count() as u64)
                };
                let counts = (0..rows).map(count).collect::<Result<Vec<u64>>>()?;
                Ok(Arc::new(UInt64Array::from(counts)))
            },
        )
    },
);
pub const EXTRACT: Function = Function::new(
    "extract",
    (2, 2),
    "The first match, or its first group",
    |arguments, _| {
        bind(arguments, "extract", DataType::String, |texts, mut patterns, rows| {
            strings(rows, |row, out| {
                let regex = patterns.get(row)?;
                if let Some(captures) = regex.captures(texts.get(row)) {
                    out.extend_from_slice(first_group(regex, &captures));
                }
                Ok(())
            })
        })
    },
)
.aliases_any_case(&["REGEXP_EXTRACT"]);
pub const EXTRACT_ALL: Function = Function::new(
    "extractAll",
    (2, 2),
    "All matches, or their first groups",
    |arguments, _| {
        bind(arguments, "extractAll", string_array(), |texts, mut patterns, rows| {
            string_lists(rows, |row, out| {
                let regex = patterns.get(row)?;
                matches_to_empty(regex, texts.get(row)).try_for_each(|captures| out.push(first_group(regex, &captures)))
            })
        })
    },
);
pub const EXTRACT_GROUPS: Function = Function::new(
    "extractGroups",
    (2, 2),
    "All groups of the first match",
    |arguments, _| {
        bind(
            arguments,
            "extractGroups",
            string_array(),
            |texts, mut patterns, rows| {
                string_lists(rows, |row, out| {
                    let regex = with_groups(&mut patterns, row, "extractGroups")?;
                    match regex.captures(texts.get(row)) {
                        Some(captures) => groups(&captures).try_for_each(|group| out.push(group)),
                        None => Ok(()),
                    }
                })
            },
        )
    },
);
pub const EXTRACT_ALL_GROUPS_VERTICAL: Function = Function::new(
    "extractAllGroupsVertical",
    (2, 2),
    "All groups of each match",
    |arguments, _| {
        let result = DataType::Array(Box::new(string_array()));
        bind(
            arguments,
            "extractAllGroupsVertical",
            result,
            |texts, mut patterns, rows| {
                let mut builder = Builder::new(rows);
                let (mut inner, mut outer) = (Vec::new(), Vec::with_capacity(rows));
                for row in 0..rows {
                    let regex = with_groups(&mut patterns, row, "extractAllGroupsVertical")?;
                    let before = inner.len();
                    let text = texts.get(row);
                    for captures in matches(regex, text).take_while(|it| whole(it).start < text.len()) {
                        groups(&captures).try_for_each(|group| builder.push(group))?;
                        inner.push(captures.len() - 1);
                    }
                    outer.push(inner.len() - before);
                }
                let matches = build(builder.finish(), &DataType::String.item_field(), inner)?;
                build(matches, &string_array().item_field(), outer)
            },
        )
    },
)
.aliases(&["extractAllGroups"]);
pub const REPLACE_ONE: Function = Function::new(
    "replaceRegexpOne",
    (3, 3),
    "The first match replaced; \\1 is the first group",
    |arguments, _| replace(arguments, "replaceRegexpOne", 1),
);
pub const REPLACE_ALL: Function = Function::new(
    "replaceRegexpAll",
    (3, 3),
    "All matches replaced; \\1 is the first group",
    |arguments, _| replace(arguments, "replaceRegexpAll", usize::MAX),
)
.aliases_any_case(&["REGEXP_REPLACE"]);
pub const QUOTE_META: Function = Function::new(
    "regexpQuoteMeta",
    (1, 1),
    "The string with a backslash before what means something in a regular expression",
    |arguments, _| {
        Ok(Bound::compact(
            DataType::String,
            texts(arguments, "regexpQuoteMeta")?,
            |arrays, rows| {
                let texts = Texts::new(&arrays[0]);
                strings(rows, |row, out| {
                    for byte in texts.get(row) {
                        match byte {
                            0 => out.extend_from_slice(b"\\0"),
                            b'\\' | b'(' | b')' | b'^' | b'$' | b'.' | b'[' | b']' | b'?' | b'*' | b'+' | b'{'
                            | b'|' | b'-' | b':' | b'}' => out.extend([b'\\', *byte]),
                            byte => out.push(*byte),
                        }
                    }
                    Ok(())
                })
            },
        ))
    },
);

/// A function of a text and a regular expression, and perhaps more strings.
fn bind(
    arguments: &[Argument],
    name: &str,
    result: DataType,
    kernel: impl Fn(Texts, Patterns, usize) -> Result<ArrayRef> + Send + Sync + 'static,
) -> Result<Bound> {
    let compiler = Compiler::new(Syntax::Regexp);
    Ok(Bound::compact(result, texts(arguments, name)?, move |arrays, rows| {
        kernel(Texts::new(&arrays[0]), compiler.over(&arrays[1]), rows)
    }))
}

/// The matches from left to right. Behind an empty one the search goes on a byte further, and an empty one may follow
/// right behind another: as in ClickHouse, and not as in `captures_iter`.
fn matches<'a>(regex: &'a Regex, text: &'a [u8]) -> impl Iterator<Item = Captures<'a>> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let captures = regex.captures_at(text, (at <= text.len()).then_some(at)?)?;
        let range = whole(&captures);
        at = range.end + usize::from(range.is_empty());
        Some(captures)
    })
}

/// The matches up to the first empty one, which ends extractAll and splitByRegexp.
pub fn matches_to_empty<'a>(regex: &'a Regex, text: &'a [u8]) -> impl Iterator<Item = Captures<'a>> {
    matches(regex, text).take_while(|captures| !whole(captures).is_empty())
}

/// Where the whole match lies.
pub fn whole(captures: &Captures) -> Range<usize> {
    captures.get(0).map_or(0..0, |found| found.range())
}

/// The first group if there is one, else the whole match.
fn first_group<'a>(regex: &Regex, captures: &Captures<'a>) -> &'a [u8] {
    let group = usize::from(regex.captures_len() > 1);
    captures.get(group).map_or(b"", |found| found.as_bytes())
}

fn groups<'a>(captures: &'a Captures<'_>) -> impl Iterator<Item = &'a [u8]> {
    captures
        .iter()
        .skip(1)
        .map(|group| group.map_or(&b""[..], |found| found.as_bytes()))
}

fn with_groups<'a>(patterns: &'a mut Patterns, row: usize, name: &str) -> Result<&'a Regex> {
    let pattern = patterns.text(row);
    let regex = patterns.get(row)?;
    if regex.captures_len() > 1 {
        return Ok(regex);
    }
    let message = format!(
        "There are no groups in regexp: {} in function {name}",
        String::from_utf8_lossy(pattern)
    );
    Err(Error::new(Code::BAD_ARGUMENTS, message))
}

fn replace(arguments: &[Argument], name: &str, most: usize) -> Result<Bound> {
    let compiler = Compiler::new(Syntax::Regexp);
    Ok(Bound::compact(
        DataType::String,
        texts(arguments, name)?,
        move |arrays, rows| {
            let (texts, replacements) = (Texts::new(&arrays[0]), Texts::new(&arrays[2]));
            let mut patterns = compiler.over(&arrays[1]);
            let mut last: Option<Template> = None;
            strings(rows, |row, out| {
                let pattern = patterns.text(row);
                let regex = patterns.get(row).map_err(|error| invalid_pattern(error, pattern))?;
                let (text, groups) = (replacements.get(row), regex.captures_len());
                let known = last.take().filter(|known| known.text == text && known.groups == groups);
                let template = match known {
                    Some(template) => template,
                    None => Template::new(text, groups)?,
                };
                replaced(texts.get(row), regex, &last.insert(template).parts, most, out)
            })
        },
    ))
}

/// What replacing calls a pattern that does not compile.
fn invalid_pattern(error: Error, pattern: &[u8]) -> Error {
    match error.code == Code::CANNOT_COMPILE_REGEXP {
        true => Error::new(
            Code::BAD_ARGUMENTS,
            format!(
                "The pattern argument is not a valid re2 pattern: {}",
                String::from_utf8_lossy(pattern)
            ),
        ),
        false => error,
    }
}

/// A replacement, read for a pattern with so many groups.
struct Template<'a> {
    text: &'a [u8],
    groups: usize,
    parts: Vec<Part>,
}

impl Template<'_> {
    fn new(text: &[u8], groups: usize) -> Result<Template<'_>> {
        let parts = template(text, groups)?;
        Ok(Template { text, groups, parts })
    }
}

/// A part of a replacement.
enum Part {
    Text(Vec<u8>),
    Group(usize),
}

fn template(text: &[u8], groups: usize) -> Result<Vec<Part>> {
    let (mut parts, mut literal) = (Vec::new(), Vec::new());
    let mut bytes = text.iter().peekable();
    while let Some(byte) = bytes.next() {
        match (byte, bytes.peek()) {
            (b'\\', Some(digit)) if digit.is_ascii_digit() => {
                let group = usize::from(*digit - b'0');
                if group >= groups {
                    let message = format!(
                        "Substitution '\\{group}' in replacement argument is invalid, regexp has only {} capturing groups",
                        groups - 1
                    );
                    return Err(Error::new(Code::BAD_ARGUMENTS, message));
                }
                bytes.next();
                parts.push(Part::Text(std::mem::take(&mut literal)));
                parts.push(Part::Group(group));
            }
            (b'\\', Some(b'\\')) => {
                bytes.next();
                literal.push(b'\\');
            }
            (byte, _) => literal.push(*byte),
        }
    }
    parts.push(Part::Text(literal));
    Ok(parts)
}

/// Empty matches are replaced too.
fn replaced(text: &[u8], regex: &Regex, template: &[Part], most: usize, out: &mut Vec<u8>) -> Result<()> {
    let replacement = |captures: &Captures, out: &mut Vec<u8>| {
        template.iter().try_for_each(|part| match part {
            Part::Text(text) => append(out, text),
            Part::Group(group) => append(out, captures.get(*group).map_or(b"", |found| found.as_bytes())),
        })
    };
    let most = if regex.as_str().is_empty() { 0 } else { most };
    splice(text, matches(regex, text).take(most), whole, replacement, out)
}
