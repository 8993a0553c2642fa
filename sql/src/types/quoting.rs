//! Strings as each text style writes and reads them.

use super::Cursor;
use crate::error::{Code, Error, Result};

/// The letter behind the backslash for bytes that are always escaped.
fn escape_letter(byte: u8) -> Option<u8> {
    Some(match byte {
        0x08 => b'b',
        0x0c => b'f',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0 => b'0',
        b'\\' => b'\\',
        b'\'' => b'\'',
        _ => return None,
    })
}

/// Appends bytes with backslash escapes, as in TabSeparated.
pub(super) fn write_escaped(bytes: &[u8], out: &mut Vec<u8>) {
    let mut plain = 0;
    for (index, byte) in bytes.iter().enumerate() {
        if let Some(letter) = escape_letter(*byte) {
            out.extend_from_slice(&bytes[plain..index]);
            out.extend_from_slice(&[b'\\', letter]);
            plain = index + 1;
        }
    }
    out.extend_from_slice(&bytes[plain..]);
}

/// Appends bytes in single quotes.
pub(super) fn write_quoted(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'\'');
    write_escaped(bytes, out);
    out.push(b'\'');
}

/// Appends bytes in double quotes, as CSV does.
pub(super) fn write_csv(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in bytes {
        if *byte == b'"' {
            out.push(b'"');
        }
        out.push(*byte);
    }
    out.push(b'"');
}

/// Appends a JSON string. Bytes that are not UTF-8 pass through.
pub fn write_json_string(bytes: &[u8], escape_slashes: bool, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut plain = 0;
    for (index, byte) in bytes.iter().enumerate() {
        let escape: &[u8] = match byte {
            0x08 => b"\\b",
            0x0c => b"\\f",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'/' if escape_slashes => b"\\/",
            0..0x20 => &[b'\\', b'u', b'0', b'0', b'0' + (byte >> 4), hex_digit(byte & 15)],
            // JavaScript takes the line separators U+2028 and U+2029 for line ends.
            0xe2 if bytes[index..].starts_with(b"\xe2\x80\xa8") => b"\\u2028",
            0xe2 if bytes[index..].starts_with(b"\xe2\x80\xa9") => b"\\u2029",
            _ => continue,
        };
        out.extend_from_slice(&bytes[plain..index]);
        out.extend_from_slice(escape);
        plain = index + if *byte == 0xe2 { 3 } else { 1 };
    }
    out.extend_from_slice(&bytes[plain..]);
    out.push(b'"');
}

/// Appends text as the content of an XML element.
pub fn write_xml_text(bytes: &[u8], out: &mut Vec<u8>) {
    for byte in bytes {
        match byte {
            b'<' => out.extend_from_slice(b"&lt;"),
            b'&' => out.extend_from_slice(b"&amp;"),
            other => out.push(*other),
        }
    }
}

fn hex_digit(value: u8) -> u8 {
    b"0123456789ABCDEF"[usize::from(value)]
}

/// Reads a TabSeparated field, up to the tab or line feed.
pub(super) fn read_escaped(cursor: &mut Cursor<'_>, out: &mut Vec<u8>) -> Result<()> {
    loop {
        out.extend_from_slice(cursor.take_until(|byte| matches!(byte, b'\t' | b'\n' | b'\\')));
        if !cursor.eat(b'\\') {
            return Ok(());
        }
        read_escape(cursor, out)?;
    }
}

/// Reads what stands behind a backslash.
fn read_escape(cursor: &mut Cursor<'_>, out: &mut Vec<u8>) -> Result<()> {
    let Some(letter) = cursor.next_byte() else {
        let message = "Cannot parse escape sequence";
        return Err(Error::new(Code::CANNOT_PARSE_ESCAPE_SEQUENCE, message));
    };
    let byte = match letter {
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'0' => 0,
        b'a' => 0x07,
        b'v' => 0x0b,
        b'e' => 0x1b,
        b'x' => read_hex(cursor)?,
        b'N' => return Ok(()),
        b'\\' | b'\'' | b'"' | b'`' | b'/' | b'=' => letter,
        0..0x20 => letter,
        other => {
            out.push(b'\\');
            other
        }
    };
    out.push(byte);
    Ok(())
}

fn read_hex(cursor: &mut Cursor<'_>) -> Result<u8> {
    let digits: [u8; 2] = cursor.take_array()?;
    let value = |digit: u8| (digit as char).to_digit(16).unwrap_or(0) as u8;
    Ok(value(digits[0]) << 4 | value(digits[1]))
}

/// Reads a string in quotes; the quote inside is doubled or has a backslash.
pub(super) fn read_quoted(cursor: &mut Cursor<'_>, quote: u8, out: &mut Vec<u8>) -> Result<()> {
    if !cursor.eat(quote) {
        let message = "Cannot parse quoted string: expected opening quote ''', got ";
        let got = cursor
            .context()
            .map_or("end of stream".to_string(), |it| format!("'{}'", first_char(&it)));
        return Err(Error::new(Code::CANNOT_PARSE_QUOTED_STRING, format!("{message}{got}")));
    }
    loop {
        out.extend_from_slice(cursor.take_until(|byte| byte == quote || byte == b'\\'));
        match cursor.next_byte() {
            Some(b'\\') => read_escape(cursor, out)?,
            Some(_) if cursor.eat(quote) => out.push(quote),
            Some(_) => return Ok(()),
            None => {
                let message = "Cannot parse quoted string: expected closing quote";
                return Err(Error::new(Code::CANNOT_PARSE_QUOTED_STRING, message));
            }
        }
    }
}

fn first_char(text: &str) -> String {
    text.chars().take(1).collect()
}

/// Reads a field of CSV: in double quotes, or up to the delimiter or line end without trailing blanks.
pub(super) fn read_csv(cursor: &mut Cursor<'_>, delimiter: u8, out: &mut Vec<u8>) -> Result<()> {
    if !cursor.eat(b'"') {
        let field = cursor.take_until(|byte| byte == delimiter || byte == b'\n' || byte == b'\r');
        let blanks = field
            .iter()
            .rev()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        out.extend_from_slice(&field[..field.len() - blanks]);
        return Ok(());
    }
    loop {
        out.extend_from_slice(cursor.take_until(|byte| byte == b'"'));
        if !cursor.eat(b'"') {
            let message = "Cannot parse CSV: a quoted value is not closed";
            return Err(Error::new(Code::CANNOT_PARSE_QUOTED_STRING, message));
        }
        if !cursor.eat(b'"') {
            return Ok(());
        }
        out.push(b'"');
    }
}

/// Reads a JSON string.
pub fn read_json_string(cursor: &mut Cursor<'_>, out: &mut Vec<u8>) -> Result<()> {
    if !cursor.eat(b'"') {
        let message = "Cannot parse JSON string: expected opening quote";
        return Err(Error::new(Code::CANNOT_PARSE_QUOTED_STRING, message));
    }
    loop {
        out.extend_from_slice(cursor.take_until(|byte| matches!(byte, b'"' | b'\\')));
        match cursor.next_byte() {
            Some(b'"') => return Ok(()),
            Some(_) => read_json_escape(cursor, out)?,
            None => {
                let message = "Cannot parse JSON string: expected closing quote";
                return Err(Error::new(Code::CANNOT_PARSE_QUOTED_STRING, message));
            }
        }
    }
}

fn read_json_escape(cursor: &mut Cursor<'_>, out: &mut Vec<u8>) -> Result<()> {
    let letter = cursor.peek();
    if letter != Some(b'u') {
        let byte = match letter {
            Some(b'b') => 0x08,
            Some(b'f') => 0x0c,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(other) => other,
            None => {
                let message = "Cannot parse escape sequence";
                return Err(Error::new(Code::CANNOT_PARSE_ESCAPE_SEQUENCE, message));
            }
        };
        cursor.advance(1);
        out.push(byte);
        return Ok(());
    }
    cursor.advance(1);
    let first = read_code_unit(cursor)?;
    let mut point = u32::from(first);
    if (0xd800..0xdc00).contains(&first) {
        if !cursor.eat_text(b"\\u") {
            let message = "Cannot parse escape sequence: missing second part of surrogate pair. In JSON input formats you can disable \
                           setting input_format_json_throw_on_bad_escape_sequence to save bad escape sequences as is";
            return Err(Error::new(Code::CANNOT_PARSE_ESCAPE_SEQUENCE, message));
        }
        let second = read_code_unit(cursor)?;
        if !(0xdc00..0xe000).contains(&second) {
            let message = "Incorrect surrogate pair of unicode escape sequences in JSON";
            return Err(Error::new(Code::CANNOT_PARSE_ESCAPE_SEQUENCE, message));
        }
        point = 0x10000 + ((point - 0xd800) << 10) + (u32::from(second) - 0xdc00);
    }
    let decoded = char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(decoded.encode_utf8(&mut [0; 4]).as_bytes());
    Ok(())
}

fn read_code_unit(cursor: &mut Cursor<'_>) -> Result<u16> {
    let digits: [u8; 4] = cursor.take_array()?;
    let parsed = std::str::from_utf8(&digits)
        .ok()
        .and_then(|text| u16::from_str_radix(text, 16).ok());
    parsed.ok_or_else(|| {
        let message = "Cannot parse JSON string: expected four hexadecimal digits after \\u";
        Error::new(Code::CANNOT_PARSE_ESCAPE_SEQUENCE, message)
    })
}
