//! Vector literals, taken out of a statement's text before anything else looks at it.
//!
//! A vector of 1,536 numbers as 1,536 tokens costs a hundred times what searching with it costs, and makes every query
//! text a new one. Here `[0.1, 0.2, …]` becomes one constant beside the text, and the text a template that is equal for
//! all queries of one shape. Start at [`take`]; a number costs about 10 ns.

use super::lexer::{skip_blank, skip_heredoc, skip_quoted, word_end};
use super::script::insert_data;
use super::syntax::Failure;
use super::text_bytes::{carry, string_bytes};
use super::{LIFTED, Lifted, LiftedValues};
use crate::error::{Code, Error, Result};

/// Shorter arrays stay in the text: they are cheap, and people want to see them in EXPLAIN.
const KEPT_ELEMENTS_MAX: usize = 8;

/// Statements whose vectors are lifted. Others keep them: what a CREATE or ALTER says is stored as text, and DESCRIBE
/// makes a query of its text.
const LIFTED_FROM: &[&str] = &["SELECT", "WITH", "FROM", "INSERT", "EXPLAIN"];

/// Kinds of EXPLAIN that show the text.
const EXPLAINED_AS_TEXT: &[&str] = &["AST", "SYNTAX"];

/// How many of the last vectors a new one is compared with.
const COMPARED_SLOTS_MAX: usize = 4;

/// The text without vectors.
pub(super) struct Template {
    /// The text; the first statement only, without its `;`, and without INSERT data.
    pub text: String,
    /// What was taken out, in order.
    pub lifted: Vec<Lifted>,
    /// How many bytes of the query the statement and its `;` take. INSERT data is not counted.
    pub consumed: usize,
    /// From these bytes of `text` on (without what carrying adds), the query's bytes lie further by so many.
    shifts: Vec<(usize, usize)>,
}

impl Template {
    /// Where the byte of the template lies in the query.
    pub fn original(&self, at: usize) -> usize {
        let at = string_bytes(&self.text[..at.min(self.text.len())]).len();
        let shift = self
            .shifts
            .iter()
            .rev()
            .find(|(from, _)| *from <= at)
            .map_or(0, |(_, shift)| *shift);
        at + shift
    }
}

/// Takes the vectors out of the first statement of `query`.
pub(super) fn take(query: &[u8]) -> Result<Template> {
    let end = insert_data(query).map_or(query.len(), |data| data.head_end);
    let bytes = &query[..end];
    let mut out: Vec<u8> = Vec::with_capacity(bytes.len().min(4096));
    let (mut lifted, mut shifts) = (Vec::<Lifted>::new(), Vec::new());
    let (mut copied, mut at) = (0, 0);
    let mut consumed = end;
    let lifts = lifts(bytes);
    while at < bytes.len() {
        match bytes[at] {
            b'[' if lifts => match vector(bytes, at) {
                Some((vector, end)) => {
                    out.extend_from_slice(&bytes[copied..at]);
                    out.extend_from_slice(format!("{LIFTED}({})", slot(vector, &mut lifted)).as_bytes());
                    shifts.push((out.len(), end - out.len().min(end)));
                    (copied, at) = (end, end);
                }
                None => at += 1,
            },
            b'\'' | b'"' | b'`' => at = skip_quoted(bytes, at).unwrap_or(bytes.len()),
            b'-' | b'#' | b'/' => at = skip_blank(bytes, at).unwrap_or(bytes.len()).max(at + 1),
            b'$' => at = skip_heredoc(bytes, at).map_or(at + 1, |(_, end)| end),
            b';' => {
                consumed = at + 1;
                break;
            }
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                let end = word_end(bytes, at);
                refuse_marker(query, at, end)?;
                at = end;
            }
            _ => at += 1,
        }
    }
    out.extend_from_slice(&bytes[copied..at.min(bytes.len())]);
    let text = String::from_utf8(out).unwrap_or_else(|error| carry(error.as_bytes()));
    let text = if text.as_bytes().contains(&0xf4) && std::str::from_utf8(bytes).is_ok() {
        carry(text.as_bytes())
    } else {
        text
    };
    Ok(Template {
        text,
        lifted,
        consumed,
        shifts,
    })
}

/// Whether vectors are taken out of this statement.
fn lifts(bytes: &[u8]) -> bool {
    let word_at = |at: usize| {
        let mut at = skip_blank(bytes, at).unwrap_or(bytes.len());
        while bytes.get(at) == Some(&b'(') {
            at = skip_blank(bytes, at + 1).unwrap_or(bytes.len());
        }
        let end = word_end(bytes, at);
        (&bytes[at..end], end)
    };
    let is_one_of = |word: &[u8], words: &[&str]| words.iter().any(|it| word.eq_ignore_ascii_case(it.as_bytes()));
    let (first, end) = word_at(0);
    if first.eq_ignore_ascii_case(b"EXPLAIN") {
        return !is_one_of(word_at(end).0, EXPLAINED_AS_TEXT);
    }
    first.is_empty() || is_one_of(first, LIFTED_FROM)
}

/// The number of a vector's slot. A vector that the text repeats has one, so that
/// `SELECT L2Distance(v, […]) … ORDER BY L2Distance(v, […])` computes one distance.
fn slot(vector: Lifted, lifted: &mut Vec<Lifted>) -> usize {
    let recent = lifted.len().saturating_sub(COMPARED_SLOTS_MAX);
    match lifted[recent..].iter().position(|known| *known == vector) {
        Some(index) => recent + index,
        None => {
            lifted.push(vector);
            lifted.len() - 1
        }
    }
}

/// The marker's name is ours: a user who writes it gets an error and not somebody else's vector.
fn refuse_marker(query: &[u8], at: usize, end: usize) -> Result<()> {
    let word = &query[at..end];
    if word != LIFTED.as_bytes() && !word.starts_with(b"__ch_") && word != super::PARAMETER.as_bytes() {
        return Ok(());
    }
    let failure = Failure::expected(at, "another name: this one is reserved");
    Err(failure.into_error(query, |at| at))
}

/// The array of plain numbers that begins at `at`, and where it ends.
fn vector(bytes: &[u8], at: usize) -> Option<(Lifted, usize)> {
    let mut numbers = Numbers::default();
    let mut at = at + 1;
    let mut count = 0;
    loop {
        at = skip_spaces(bytes, at);
        at = match short_number(bytes, at) {
            Some((number, end)) => {
                numbers.push(number);
                end
            }
            None => {
                let end = number_end(bytes, at);
                numbers.push(long_number(std::str::from_utf8(&bytes[at..end]).ok()?)?);
                end
            }
        };
        count += 1;
        at = skip_spaces(bytes, at);
        match bytes.get(at)? {
            b',' => at += 1,
            b']' if count > KEPT_ELEMENTS_MAX => return Some((numbers.finish()?, at + 1)),
            _ => return None,
        }
    }
}

/// One number as ClickHouse reads it.
enum Number {
    Whole(i128),
    Float(f64),
}

/// Powers of ten that a float holds exactly, as many as a short number needs.
const TENS: [f64; SHORT_DIGITS_MAX + 1] = [
    1., 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// With so many digits both the digits and the power of ten are exact floats, and their quotient is correctly rounded.
const SHORT_DIGITS_MAX: usize = 15;

/// A number without exponent and with few digits, as nearly all are, and where it ends.
fn short_number(bytes: &[u8], at: usize) -> Option<(Number, usize)> {
    let negative = *bytes.get(at)? == b'-';
    let start = at + usize::from(negative);
    let (mut end, mut digits, mut point) = (start, 0u64, None);
    loop {
        match bytes.get(end) {
            Some(digit @ b'0'..=b'9') if end - start <= SHORT_DIGITS_MAX => {
                digits = digits * 10 + u64::from(digit - b'0');
            }
            Some(b'.') if point.is_none() => point = Some(end + 1),
            Some(b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-') => return None,
            _ => break,
        }
        end += 1;
    }
    let count = end - start - usize::from(point.is_some());
    if count == 0 || count > SHORT_DIGITS_MAX {
        return None;
    }
    let number = match point {
        Some(point) => {
            let value = digits as f64 / TENS[end - point];
            Number::Float(if negative { -value } else { value })
        }
        None => Number::Whole(if negative {
            -i128::from(digits)
        } else {
            i128::from(digits)
        }),
    };
    Some((number, end))
}

/// Any other number; `None` if ClickHouse would not read it as one number.
fn long_number(text: &str) -> Option<Number> {
    if text.starts_with('+') {
        return None;
    }
    if !text.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E')) {
        return text.parse().ok().map(Number::Whole);
    }
    text.parse()
        .ok()
        .filter(|value: &f64| value.is_finite())
        .map(Number::Float)
}

fn skip_spaces(bytes: &[u8], at: usize) -> usize {
    at + bytes[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

fn number_end(bytes: &[u8], at: usize) -> usize {
    at + bytes[at..]
        .iter()
        .take_while(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'-' | b'+'))
        .count()
}

/// The numbers so far: whole ones until the first that is not.
#[derive(Default)]
struct Numbers {
    whole: Vec<i128>,
    floats: Vec<f64>,
}

impl Numbers {
    fn push(&mut self, number: Number) {
        match number {
            Number::Whole(value) if self.floats.is_empty() => self.whole.push(value),
            Number::Whole(value) => self.floats.push(value as f64),
            Number::Float(value) => {
                if self.floats.is_empty() {
                    self.floats = self.whole.drain(..).map(|value| value as f64).collect();
                }
                self.floats.push(value);
            }
        }
    }

    fn finish(self) -> Option<Lifted> {
        if !self.floats.is_empty() {
            return Some(Lifted {
                values: LiftedValues::F64(self.floats),
                type_name: "Array(Float64)",
            });
        }
        let (least, most) = (self.whole.iter().min()?, self.whole.iter().max()?);
        if *least >= 0 {
            let type_name = unsigned(*most)?;
            let values = self
                .whole
                .iter()
                .map(|value| u64::try_from(*value).ok())
                .collect::<Option<_>>()?;
            return Some(Lifted {
                values: LiftedValues::U64(values),
                type_name,
            });
        }
        let type_name = signed(*least, *most)?;
        let values = self
            .whole
            .iter()
            .map(|value| i64::try_from(*value).ok())
            .collect::<Option<_>>()?;
        Some(Lifted {
            values: LiftedValues::I64(values),
            type_name,
        })
    }
}

/// The array type of literals none of which is negative.
fn unsigned(value: i128) -> Option<&'static str> {
    match u64::try_from(value).ok()? {
        0..=0xff => Some("Array(UInt8)"),
        0x100..=0xffff => Some("Array(UInt16)"),
        0x1_0000..=0xffff_ffff => Some("Array(UInt32)"),
        _ => Some("Array(UInt64)"),
    }
}

/// The array type of literals of which one is negative: a UInt8 literal beside it asks for Int16, and so on.
fn signed(least: i128, most: i128) -> Option<&'static str> {
    let bits_for_negative = match i64::try_from(least).ok()? {
        -0x80.. => 8,
        -0x8000.. => 16,
        -0x8000_0000.. => 32,
        _ => 64,
    };
    let bits_for_positive = match most {
        ..0 => 8,
        0..=0xff => 16,
        0x100..=0xffff => 32,
        0x1_0000..=0xffff_ffff => 64,
        _ => return None, // no common type: the analyzer says so
    };
    Some(match bits_for_negative.max(bits_for_positive) {
        8 => "Array(Int8)",
        16 => "Array(Int16)",
        32 => "Array(Int32)",
        _ => "Array(Int64)",
    })
}

/// Refuses a template that is longer than any query has to be.
pub(super) fn check_size(template: &Template, bytes_max: usize) -> Result<()> {
    if template.text.len() <= bytes_max {
        return Ok(());
    }
    let message = format!("Max query size exceeded (can be increased with the `max_query_size` setting): {bytes_max}");
    Err(Error::new(Code::SYNTAX_ERROR, message))
}
