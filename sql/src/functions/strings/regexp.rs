//! Functions of regular expressions.

use std::sync::Arc;

use arrow::array::{UInt8Array, UInt64Array};
use regex::bytes::{Captures, Regex};

use super::pattern::{Compiler, Syntax};
use super::texts::{Builder, Texts, string_array, string_lists, strings, texts};
use crate::error::{Code, Error, Result};
use crate::functions::arrays::lists::build;
use crate::functions::function::{Argument, Bound, Function};
use crate::types::DataType;

pub const MATCH: Function = Function::new(
    "match",
    (2, 2),
    "Whether a regular expression matches somewhere",
    |arguments, _| {
        let compiler = Compiler::new(Syntax::Regexp);
        Ok(Bound::compact(
            DataType::UInt8,
            texts(arguments, "match")?,
            move |arrays, rows| {
                let (texts, patterns) = (Texts::new(&arrays[0]), Texts::new(&arrays[1]));
                let matches = |row: usize| Ok(u8::from(compiler.compile(patterns.get(row))?.is_match(texts.get(row))));
                Ok(Arc::new(UInt8Array::from(
                    (0..rows).map(matches).collect::<Result<Vec<u8>>>()?,
                )))
            },
        ))
    },
)
.aliases_any_case(&["REGEXP_MATCHES"]);
pub const COUNT_MATCHES: Function = Function::new(
    "countMatches",
    (2, 2),
    "Number of matches of a regular expression",
    |arguments, _| {
        let compiler = Compiler::new(Syntax::Regexp);
        Ok(Bound::compact(
            DataType::UInt64,
            texts(arguments, "countMatches")?,
            move |arrays, rows| {
                let (texts, patterns) = (Texts::new(&arrays[0]), Texts::new(&arrays[1]));
                let count = |row: usize| {
                    let regex = compiler.compile(patterns.get(row))?;
                    Ok(regex
                        .find_iter(texts.get(row))
                        .filter(|found| !found.is_empty())
                        .count() as u64)
                };
                Ok(Arc::new(UInt64Array::from(
                    (0..rows).map(count).collect::<Result<Vec<u64>>>()?,
                )))
            },
        ))
    },
);
pub const EXTRACT: Function = Function::new(
    "extract",
    (2, 2),
    "The first match, or its first group",
    |arguments, _| {
        let compiler = Compiler::new(Syntax::Regexp);
        Ok(Bound::compact(
            DataType::String,
            texts(arguments, "extract")?,
            move |arrays, rows| {
                let (texts, patterns) = (Texts::new(&arrays[0]), Texts::new(&arrays[1]));
                strings(rows, |row, out| {
                    let regex = compiler.compile(patterns.get(row))?;
                    if let Some(captures) = regex.captures(texts.get(row)) {
                        out.extend_from_slice(first_group(&regex, &captures));
                    }
                    Ok(())
                })
            },
        ))
    },
)
.aliases_any_case(&["REGEXP_EXTRACT"]);
pub const EXTRACT_ALL: Function = Function::new(
    "extractAll",
    (2, 2),
    "All matches, or their first groups",
    |arguments, _| {
        let compiler = Compiler::new(Syntax::Regexp);
        Ok(Bound::compact(
            string_array(),
            texts(arguments, "extractAll")?,
            move |arrays, rows| {
                let (texts, patterns) = (Texts::new(&arrays[0]), Texts::new(&arrays[1]));
                string_lists(rows, |row, out| {
                    let regex = compiler.compile(patterns.get(row))?;
                    regex
                        .captures_iter(texts.get(row))
                        .try_for_each(|captures| out.push(first_group(&regex, &captures)))
                })
            },
        ))
    },
);
pub const EXTRACT_GROUPS: Function = Function::new(
    "extractGroups",
    (2, 2),
    "All groups of the first match",
    |arguments, _| {
        let compiler = Compiler::new(Syntax::Regexp);
        Ok(Bound::compact(
            string_array(),
            texts(arguments, "extractGroups")?,
            move |arrays, rows| {
                let (texts, patterns) = (Texts::new(&arrays[0]), Texts::new(&arrays[1]));
                string_lists(rows, |row, out| {
                    let regex = with_groups(&compiler, patterns.get(row), "extractGroups")?;
                    match regex.captures(texts.get(row)) {
                        Some(captures) => groups(&captures).try_for_each(|group| out.push(group)),
                        None => Ok(()),
                    }
                })
            },
        ))
    },
);
pub const EXTRACT_ALL_GROUPS_VERTICAL: Function = Function::new(
    "extractAllGroupsVertical",
    (2, 2),
    "All groups of each match",
    |arguments, _| {
        let compiler = Compiler::new(Syntax::Regexp);
        let result = DataType::Array(Box::new(string_array()));
        Ok(Bound::compact(
            result,
            texts(arguments, "extractAllGroupsVertical")?,
            move |arrays, rows| {
                let (texts, patterns) = (Texts::new(&arrays[0]), Texts::new(&arrays[1]));
                let mut builder = Builder::new(rows);
                let (mut inner, mut outer) = (Vec::new(), Vec::with_capacity(rows));
                for row in 0..rows {
                    let regex = with_groups(&compiler, patterns.get(row), "extractAllGroupsVertical")?;
                    let before = inner.len();
                    for captures in regex.captures_iter(texts.get(row)) {
                        groups(&captures).try_for_each(|group| builder.push(group))?;
                        inner.push(captures.len() - 1);
                    }
                    outer.push(inner.len() - before);
                }
                let matches = build(builder.finish(), &DataType::String.item_field(), inner)?;
                build(matches, &string_array().item_field(), outer)
            },
        ))
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

fn with_groups(compiler: &Compiler, pattern: &[u8], name: &str) -> Result<Regex> {
    let regex = compiler.compile(pattern)?;
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
            let columns: Vec<Texts> = arrays.iter().map(Texts::new).collect();
            strings(rows, |row, out| {
                let regex = compiler.compile(columns[1].get(row))?;
                let template = template(columns[2].get(row), regex.captures_len())?;
                replaced(columns[0].get(row), &regex, &template, most, out);
                Ok(())
            })
        },
    ))
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

/// Empty matches are not replaced, except in an empty string's place: as ClickHouse does.
fn replaced(text: &[u8], regex: &Regex, template: &[Part], most: usize, out: &mut Vec<u8>) {
    let mut end = 0;
    let mut left = most;
    for captures in regex.captures_iter(text) {
        let Some(found) = captures.get(0).filter(|found| !found.is_empty()) else {
            continue;
        };
        if left == 0 {
            break;
        }
        left -= 1;
        out.extend_from_slice(&text[end..found.start()]);
        for part in template {
            match part {
                Part::Text(text) => out.extend_from_slice(text),
                Part::Group(group) => out.extend_from_slice(captures.get(*group).map_or(b"", |found| found.as_bytes())),
            }
        }
        end = found.end();
    }
    out.extend_from_slice(&text[end..]);
}
