//! [`Cursor`]: a position in bytes that are being read.

use crate::error::{Code, Error, Result};

/// Bytes of unread text that a message quotes at most.
const CONTEXT_BYTES_MAX: usize = 40;

/// The longest VarUInt of 64 bits.
const VAR_UINT_BYTES_MAX: usize = 10;

/// A position in bytes that are being read.
#[derive(Clone, Debug)]
pub struct Cursor<'a> {
    bytes: &'a [u8],
    pos: usize,
}

impl<'a> Cursor<'a> {
    /// Starts at the first byte.
    pub fn new(bytes: &'a [u8]) -> Cursor<'a> {
        Cursor { bytes, pos: 0 }
    }

    /// Bytes read so far.
    pub fn pos(&self) -> usize {
        self.pos
    }

    /// Goes back, or forth, to a position.
    pub fn seek(&mut self, pos: usize) {
        self.pos = pos.min(self.bytes.len());
    }

    /// The unread bytes.
    pub fn rest(&self) -> &'a [u8] {
        &self.bytes[self.pos..]
    }

    /// Whether all bytes are read.
    pub fn at_end(&self) -> bool {
        self.pos >= self.bytes.len()
    }

    /// The next byte, without moving.
    #[inline]
    pub fn peek(&self) -> Option<u8> {
        self.bytes.get(self.pos).copied()
    }

    /// The next byte.
    #[inline]
    pub fn next_byte(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.pos += 1;
        Some(byte)
    }

    /// Moves over `count` bytes, or to the end.
    pub fn advance(&mut self, count: usize) {
        self.seek(self.pos.saturating_add(count));
    }

    /// Moves over `byte` if it is next.
    #[inline]
    pub fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.pos += usize::from(found);
        found
    }

    /// Moves over `text` if it is next.
    pub fn eat_text(&mut self, text: &[u8]) -> bool {
        let found = self.rest().starts_with(text);
        self.pos += if found { text.len() } else { 0 };
        found
    }

    /// Moves over `text`, in any letter case, if it is next.
    pub fn eat_word(&mut self, text: &[u8]) -> bool {
        let found = self
            .rest()
            .get(..text.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(text));
        self.pos += if found { text.len() } else { 0 };
        found
    }

    /// Moves over `byte`, which must be next.
    pub fn expect(&mut self, byte: u8) -> Result<()> {
        if self.eat(byte) {
            Ok(())
        } else {
            Err(self.expected(&[byte]))
        }
    }

    /// Moves over `text`, which must be next. The error quotes what stands where the text departs from it.
    pub fn expect_text(&mut self, text: &[u8]) -> Result<()> {
        let same = self
            .rest()
            .iter()
            .zip(text)
            .take_while(|(left, right)| left == right)
            .count();
        self.advance(same);
        if same == text.len() {
            Ok(())
        } else {
            Err(self.expected(text))
        }
    }

    /// ClickHouse's error for text that is not what it must be.
    pub fn expected(&self, what: &[u8]) -> Error {
        let what = escape_for_message(what);
        let message = match self.context() {
            None => format!("Cannot parse input: expected '{what}' at end of stream"),
            Some(before) => format!("Cannot parse input: expected '{what}' before: '{before}'"),
        };
        Error::new(Code::CANNOT_PARSE_INPUT_ASSERTION_FAILED, message)
    }

    /// The next unread bytes as a message shows them; nothing at the end.
    pub fn context(&self) -> Option<String> {
        let rest = self.rest();
        (!rest.is_empty()).then(|| escape_for_message(&rest[..rest.len().min(CONTEXT_BYTES_MAX)]))
    }

    /// Moves over spaces, tabs and line breaks.
    pub fn skip_whitespace(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)) {
            self.pos += 1;
        }
    }

    /// The bytes up to the first one that `stop` accepts, or to the end.
    pub fn take_until(&mut self, stop: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.rest();
        let count = rest.iter().position(|byte| stop(*byte)).unwrap_or(rest.len());
        self.pos += count;
        &rest[..count]
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let Some(taken) = self.rest().get(..count) else {
            let message = format!(
                "Cannot read all data. Bytes read: {}. Bytes expected: {count}",
                self.rest().len()
            );
            return Err(Error::new(Code::CANNOT_READ_ALL_DATA, message));
        };
        self.pos += count;
        Ok(taken)
    }

    /// The next bytes as an array.
    pub fn take_array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let taken = self.take(N)?;
        Ok(taken.try_into().expect("take returns as many bytes as asked"))
    }

    /// A number of seven bits a byte, lowest first.
    pub fn var_uint(&mut self) -> Result<u64> {
        let mut value = 0u64;
        for index in 0..VAR_UINT_BYTES_MAX {
            let [byte] = self.take_array::<1>()?;
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                break;
            }
        }
        Ok(value)
    }
}

/// Appends a number in the form that [`Cursor::var_uint`] reads.
pub fn write_var_uint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Control characters and backslashes escaped, as in all of ClickHouse's parse errors.
pub fn escape_for_message(bytes: &[u8]) -> String {
    let mut escaped = String::new();
    for c in String::from_utf8_lossy(bytes).chars() {
        match c {
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push_str("\\t"),
            '\r' => escaped.push_str("\\r"),
            '\0' => escaped.push_str("\\0"),
            '\u{8}' => escaped.push_str("\\b"),
            '\u{c}' => escaped.push_str("\\f"),
            '\\' => escaped.push_str("\\\\"),
            '\'' => escaped.push_str("\\'"),
            c => escaped.push(c),
        }
    }
    escaped
}
