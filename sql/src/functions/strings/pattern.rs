//! Regular expressions and LIKE patterns, compiled once per constant pattern: see [`Compiler::over`].
//!
//! ClickHouse uses RE2. Here `\d`, `\w`, `\s` and `\b` mean ASCII as they do there, and `.` is a code point.

use std::sync::{Arc, Mutex};

use arrow::array::ArrayRef;
use regex::bytes::{Regex, RegexBuilder};

use super::texts::Texts;
use crate::error::{Code, Error, Result};

/// Bytes that one compiled expression may take.
const COMPILED_BYTES_MAX: usize = 32 << 20;

/// How to read a pattern.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Syntax {
    Regexp,
    Like,
    LikeAnyCase,
}

/// Keeps the last compiled pattern: it is the same for all batches, nearly always.
pub struct Compiler {
    syntax: Syntax,
    last: Mutex<Option<(Vec<u8>, Arc<Regex>)>>,
}

impl Compiler {
    pub fn new(syntax: Syntax) -> Compiler {
        Compiler {
            syntax,
            last: Mutex::new(None),
        }
    }

    /// The compiled patterns of a batch's rows.
    pub fn over<'a>(&'a self, patterns: &'a ArrayRef) -> Patterns<'a> {
        Patterns {
            compiler: self,
            patterns: Texts::new(patterns),
            last: None,
        }
    }

    /// The compiled pattern. It is shared and not copied: a copy would begin with empty caches.
    fn compile(&self, pattern: &[u8]) -> Result<Arc<Regex>> {
        let mut last = self.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((known, regex)) = last.as_ref()
            && known == pattern
        {
            return Ok(regex.clone());
        }
        let regex = Arc::new(compile(pattern, self.syntax)?);
        *last = Some((pattern.to_vec(), regex.clone()));
        Ok(regex)
    }
}

/// The patterns of one batch, of which the last one used is at hand.
pub struct Patterns<'a> {
    compiler: &'a Compiler,
    patterns: Texts<'a>,
    last: Option<(&'a [u8], Arc<Regex>)>,
}

impl<'a> Patterns<'a> {
    /// The pattern of a row as it is written.
    pub fn text(&self, row: usize) -> &'a [u8] {
        self.patterns.get(row)
    }

    /// The compiled pattern of a row.
    pub fn get(&mut self, row: usize) -> Result<&Regex> {
        let pattern = self.patterns.get(row);
        let known = self.last.take().filter(|(known, _)| *known == pattern);
        let regex = match known {
            Some((_, regex)) => regex,
            None => self.compiler.compile(pattern)?,
        };
        Ok(&self.last.insert((pattern, regex)).1)
    }
}

fn compile(pattern: &[u8], syntax: Syntax) -> Result<Regex> {
    let (text, any_case) = match syntax {
        Syntax::Regexp => (re2_syntax(pattern), false),
        Syntax::Like => (like(pattern)?, false),
        Syntax::LikeAnyCase => (like(pattern)?, true),
    };
    let mut builder = RegexBuilder::new(&text);
    let built = builder
        .case_insensitive(any_case)
        .dot_matches_new_line(true)
        .size_limit(COMPILED_BYTES_MAX)
        .build();
    built.map_err(|error| {
        let shown = String::from_utf8_lossy(pattern);
        let reason = error
            .to_string()
            .lines()
            .last()
            .unwrap_or_default()
            .trim()
            .trim_start_matches("error: ")
            .to_string();
        let message = format!("OptimizedRegularExpression: cannot compile re2: {shown}, error: {reason}");
        Error::new(Code::CANNOT_COMPILE_REGEXP, message)
    })
}

/// One step of a LIKE pattern.
pub enum LikeStep<'a> {
    /// `%`
    Any,
    /// `_`
    One,
    /// A byte that stands for itself.
    Byte(&'a u8),
}

/// The steps of a LIKE pattern. A backslash takes the meaning from `%`, `_` and itself, and else is a backslash.
pub fn like_steps(pattern: &[u8]) -> Result<Vec<LikeStep<'_>>> {
    let mut steps = Vec::with_capacity(pattern.len());
    let mut bytes = pattern.iter().peekable();
    while let Some(byte) = bytes.next() {
        steps.push(match byte {
            b'%' => LikeStep::Any,
            b'_' => LikeStep::One,
            b'\\' => match bytes.next_if(|next| matches!(next, b'%' | b'_' | b'\\')) {
                Some(escaped) => LikeStep::Byte(escaped),
                None if bytes.peek().is_none() => {
                    let shown = String::from_utf8_lossy(pattern);
                    let message = format!("Invalid escape sequence at the end of LIKE pattern '{shown}'");
                    return Err(Error::new(Code::CANNOT_PARSE_ESCAPE_SEQUENCE, message));
                }
                None => LikeStep::Byte(byte),
            },
            byte => LikeStep::Byte(byte),
        });
    }
    Ok(steps)
}

/// The regular expression of a LIKE pattern.
fn like(pattern: &[u8]) -> Result<String> {
    let mut text = String::from("^");
    let mut literal = Vec::new();
    for step in like_steps(pattern)? {
        if let LikeStep::Byte(byte) = step {
            literal.push(*byte);
            continue;
        }
        push_literal(&mut text, &std::mem::take(&mut literal));
        text.push_str(if matches!(step, LikeStep::Any) {
            "(?s-u:.)*?"
        } else {
            "."
        });
    }
    push_literal(&mut text, &literal);
    text.push('$');
    Ok(text)
}

/// Appends bytes that stand for themselves.
fn push_literal(text: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        text.push_str(&regex::escape(chunk.valid()));
        for byte in chunk.invalid() {
            text.push_str(&format!("(?-u:\\x{byte:02X})"));
        }
    }
}

/// RE2's meaning of the class escapes, in the syntax of the `regex` crate.
pub fn re2_syntax(pattern: &[u8]) -> String {
    let mut text = String::new();
    let pattern = String::from_utf8_lossy(pattern);
    let mut chars = pattern.chars();
    let mut inside = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(escape) => text.push_str(&escaped(escape, inside)),
                None => text.push('\\'),
            },
            '[' if !inside => {
                inside = true;
                text.push('[');
            }
            // The `regex` crate reads a bracket inside of a class as a nested class.
            '[' => text.push_str("\\["),
            ']' => {
                inside = false;
                text.push(']');
            }
            '&' | '~' if inside => {
                text.push('\\');
                text.push(c);
            }
            c => text.push(c),
        }
    }
    text
}

fn escaped(escape: char, inside: bool) -> String {
    match (escape, inside) {
        ('d', false) => "[0-9]".into(),
        ('D', false) => "[^0-9]".into(),
        ('w', false) => "[0-9A-Za-z_]".into(),
        ('W', false) => "[^0-9A-Za-z_]".into(),
        ('s', false) => "[\\t\\n\\x0C\\r ]".into(),
        ('S', false) => "[^\\t\\n\\x0C\\r ]".into(),
        ('d', true) => "0-9".into(),
        ('w', true) => "0-9A-Za-z_".into(),
        ('s', true) => "\\t\\n\\x0C\\r ".into(),
        ('b' | 'B', false) => format!("(?-u:\\{escape})"),
        // RE2 lets any punctuation be escaped; letters and digits keep their meaning.
        (escape, _) if escape.is_ascii_alphanumeric() => format!("\\{escape}"),
        (escape, _) => regex::escape(&escape.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::BinaryArray;

    use super::*;

    #[test]
    fn a_pattern_is_compiled_once_for_all_rows_and_batches() {
        let compiler = Compiler::new(Syntax::Regexp);
        let constant: ArrayRef = Arc::new(BinaryArray::from_vec(vec![b"a+"]));
        let repeated: ArrayRef = Arc::new(BinaryArray::from_vec(vec![b"a+", b"a+", b"b+"]));
        let first: *const Regex = compiler.over(&constant).get(0).unwrap();
        assert!(std::ptr::eq(first, compiler.over(&constant).get(7).unwrap()));
        let mut patterns = compiler.over(&repeated);
        assert!(std::ptr::eq(first, patterns.get(0).unwrap()));
        assert!(std::ptr::eq(first, patterns.get(1).unwrap()));
        assert!(patterns.get(2).unwrap().is_match(b"b"));
    }
}
