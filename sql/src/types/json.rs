//! JSON values that are passed over or taken as text: their end must be found, nothing else.

use super::Cursor;
use super::quoting::read_json_string;
use crate::error::{Code, Error, Result};

/// ClickHouse's default of `input_format_json_max_depth`.
const DEPTH_MAX: usize = 1000;

/// Moves over one JSON value and returns its text.
pub fn skip_value<'a>(cursor: &mut Cursor<'a>) -> Result<&'a [u8]> {
    let rest = cursor.rest();
    let start = cursor.pos();
    skip(cursor, 0)?;
    Ok(&rest[..cursor.pos() - start])
}

fn skip(cursor: &mut Cursor<'_>, depth: usize) -> Result<()> {
    if depth > DEPTH_MAX {
        let message = format!("JSON is nested deeper than {DEPTH_MAX}");
        return Err(Error::new(Code::TOO_DEEP_RECURSION, message));
    }
    match cursor.peek() {
        Some(b'"') => read_json_string(cursor, &mut Vec::new()),
        Some(b'0'..=b'9' | b'-' | b'+' | b'.') => {
            cursor.take_until(|byte| !matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'));
            Ok(())
        }
        Some(b'[') => skip_items(cursor, b']', |cursor| skip(cursor, depth + 1)),
        Some(b'{') => skip_items(cursor, b'}', |cursor| {
            read_json_string(cursor, &mut Vec::new())?;
            cursor.skip_whitespace();
            cursor.expect(b':')?;
            cursor.skip_whitespace();
            skip(cursor, depth + 1)
        }),
        Some(_)
            if [&b"true"[..], b"false", b"null", b"nan", b"inf"]
                .iter()
                .any(|word| cursor.eat_text(word)) =>
        {
            Ok(())
        }
        Some(other) => {
            let message = format!(
                "Cannot read JSON field here: '{}'. Unexpected symbol '{}'",
                cursor.context().unwrap_or_default(),
                char::from(other)
            );
            Err(Error::new(Code::INCORRECT_DATA, message))
        }
        None => Err(Error::new(
            Code::INCORRECT_DATA,
            "Unexpected EOF while reading a JSON field",
        )),
    }
}

/// Moves over the comma-separated items of an array or object.
fn skip_items<'a>(
    cursor: &mut Cursor<'a>,
    close: u8,
    mut item: impl FnMut(&mut Cursor<'a>) -> Result<()>,
) -> Result<()> {
    cursor.advance(1);
    cursor.skip_whitespace();
    if cursor.eat(close) {
        return Ok(());
    }
    loop {
        item(cursor)?;
        cursor.skip_whitespace();
        if cursor.eat(close) {
            return Ok(());
        }
        cursor.expect(b',')?;
        cursor.skip_whitespace();
    }
}

/// How far the lines of a composite value are moved to the right.
#[derive(Clone, Copy, Debug)]
pub struct Indent {
    /// What one step is made of.
    pub unit: &'static str,
    /// Steps.
    pub depth: usize,
}

impl Indent {
    /// One step more.
    pub fn deeper(self) -> Indent {
        Indent {
            depth: self.depth + 1,
            ..self
        }
    }

    /// Begins a line.
    pub fn write(self, out: &mut Vec<u8>) {
        (0..self.depth).for_each(|_| out.extend_from_slice(self.unit.as_bytes()));
    }
}

/// Appends items on lines of their own between brackets, as the JSON format lays out composite values.
pub(super) fn write_lines(
    open: &[u8],
    close: &[u8],
    indent: Indent,
    items: impl Iterator<Item = usize>,
    out: &mut Vec<u8>,
    mut write: impl FnMut(usize, &mut Vec<u8>),
) {
    let mut first = true;
    out.extend_from_slice(open);
    for item in items {
        out.extend_from_slice(if first { b"\n" } else { b",\n" });
        first = false;
        indent.deeper().write(out);
        write(item, out);
    }
    if first {
        out.push(b'\n');
    }
    out.push(b'\n');
    indent.write(out);
    out.extend_from_slice(close);
}
