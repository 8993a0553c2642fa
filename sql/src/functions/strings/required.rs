//! What every text must contain that matches a pattern: skip indexes look for it before rows are read.

use super::pattern::{LikeStep, like_steps};
use crate::error::Result;

/// A piece of a text that is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredPart {
    /// Its bytes.
    pub text: Vec<u8>,
    /// The text begins with it.
    pub starts: bool,
    /// The text ends with it.
    pub ends: bool,
}

/// The parts of every text that a LIKE pattern matches.
pub fn like_parts(pattern: &[u8]) -> Result<Vec<RequiredPart>> {
    let steps = like_steps(pattern)?;
    let mut parts = Vec::new();
    let mut at = 0;
    for run in steps.chunk_by(|left, right| is_byte(left) == is_byte(right)) {
        let bytes = run.iter().filter_map(|step| match step {
            LikeStep::Byte(byte) => Some(**byte),
            LikeStep::Any | LikeStep::One => None,
        });
        let text: Vec<u8> = bytes.collect();
        if !text.is_empty() {
            parts.push(RequiredPart {
                text,
                starts: at == 0,
                ends: at + run.len() == steps.len(),
            });
        }
        at += run.len();
    }
    Ok(parts)
}

fn is_byte(step: &LikeStep) -> bool {
    matches!(step, LikeStep::Byte(_))
}

/// Parts of every text in which a regular expression matches: those that are easy to see. None of an expression with
/// alternatives, groups or flags, and none behind a class of characters or an escape that is not of one character.
pub fn regexp_parts(pattern: &[u8]) -> Vec<RequiredPart> {
    let Ok(pattern) = str::from_utf8(pattern) else {
        return Vec::new();
    };
    if pattern.contains(['|', '(', ')']) {
        return Vec::new();
    }
    let mut scan = Scan::default();
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        match char {
            '.' | '^' | '$' => scan.end_part(),
            '+' => scan.end_part(),
            '*' | '?' => scan.drop_last(),
            '{' => {
                scan.drop_last();
                if !chars.any(|char| char == '}') {
                    break;
                }
            }
            '[' => break,
            '\\' => match chars.next() {
                Some(escaped) if escaped.is_ascii_punctuation() => scan.part.push(escaped),
                Some('d' | 'D' | 'w' | 'W' | 's' | 'S' | 'b' | 'B') => scan.end_part(),
                _ => break,
            },
            char => scan.part.push(char),
        }
    }
    scan.end_part();
    scan.parts
}

#[derive(Default)]
struct Scan {
    part: String,
    parts: Vec<RequiredPart>,
}

impl Scan {
    fn end_part(&mut self) {
        let text = std::mem::take(&mut self.part).into_bytes();
        if !text.is_empty() {
            self.parts.push(RequiredPart {
                text,
                starts: false,
                ends: false,
            });
        }
    }

    /// The character before a quantifier need not be there.
    fn drop_last(&mut self) {
        self.part.pop();
        self.end_part();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(parts: &[RequiredPart]) -> String {
        let shown = parts.iter().map(|part| {
            let (starts, ends) = (if part.starts { "^" } else { "" }, if part.ends { "$" } else { "" });
            format!("{starts}{}{ends}", String::from_utf8_lossy(&part.text))
        });
        shown.collect::<Vec<_>>().join(" & ")
    }

    #[test]
    fn parts_of_like() {
        let check = |pattern: &str, expected: &str| {
            assert_eq!(shown(&like_parts(pattern.as_bytes()).unwrap()), expected, "{pattern}");
        };
        check("%one%two_three", "one & two & three$");
        check("one%", "^one");
        check("one", "^one$");
        check("%", "");
        check("100\\%%", "^100%");
    }

    #[test]
    fn parts_of_regular_expressions() {
        let check = |pattern: &str, expected: &str| {
            assert_eq!(shown(&regexp_parts(pattern.as_bytes())), expected, "{pattern}");
        };
        check("one", "one");
        check("^one.*two$", "one & two");
        check("colou?r", "colo & r");
        check("ab+?c", "ab & c");
        check("a{2,3}bc", "bc");
        check("x\\.y\\d+z", "x.y & z");
        check("one[ab]two", "one");
        check("a|b", "");
        check("(?i)one", "");
        check("one\\x41two", "one");
        check("naïve*", "naïv");
    }
}
