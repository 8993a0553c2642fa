//! Float32 and Float64.

use std::io::Write;

use arrow::datatypes::{Float32Type, Float64Type};

use super::integer::{in_csv_quotes, in_json_quotes, read_json_word};
use super::primitive::{Primitive, native_binary};
use super::{Cursor, DataType, TextOptions, TextStyle, TypeEntry};
use crate::error::{Code, Error, Result};

/// The family Float32.
pub(super) const TYPE32: TypeEntry = TypeEntry {
    name: "Float32",
    aliases: &["FLOAT", "REAL", "SINGLE"],
    case_insensitive: false,
    parse: |_| Ok(DataType::Float32),
};

/// The family Float64.
pub(super) const TYPE64: TypeEntry = TypeEntry {
    name: "Float64",
    aliases: &["DOUBLE", "DOUBLE PRECISION"],
    case_insensitive: false,
    parse: |_| Ok(DataType::Float64),
};

/// Smallest and largest power of ten that is written without an exponent; the limits are JavaScript's.
const PLAIN_EXPONENTS: std::ops::RangeInclusive<i32> = -6..=20;

/// How floats look in JSON.
#[derive(Clone, Copy)]
pub(super) struct JsonFloat {
    quote: bool,
    quote_denormals: bool,
}

impl JsonFloat {
    pub(super) fn new(options: &TextOptions, wide: bool) -> JsonFloat {
        JsonFloat {
            quote: wide && options.json_quote_64bit_floats,
            quote_denormals: options.json_quote_denormals,
        }
    }
}

/// Values of Float32.
pub(super) struct Float32(JsonFloat);

/// Values of Float64.
pub(super) struct Float64(JsonFloat);

macro_rules! float {
    ($form:ident, $arrow:ty, $native:ty, $wide:literal) => {
        impl $form {
            pub(super) fn new(options: &TextOptions) -> $form {
                $form(JsonFloat::new(options, $wide))
            }
        }

        impl Primitive for $form {
            type Arrow = $arrow;

            fn read_text(&self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<$native> {
                read_in_style(cursor, style, |text| text.parse::<$native>().ok())
            }

            fn write_text(&self, value: $native, style: TextStyle, out: &mut Vec<u8>) {
                write_in_style(
                    f64::from(value),
                    |out| write!(out, "{value:e}"),
                    style,
                    self.0,
                    out,
                );
            }

            native_binary!($native);
        }
    };
}

float!(Float32, Float32Type, f32, false);
float!(Float64, Float64Type, f64, true);

/// Appends the shortest text that reads back as this number.
pub fn write_float64(value: f64, out: &mut Vec<u8>) {
    Float64::new(&TextOptions::default()).write_text(value, TextStyle::Plain, out);
}

/// Reads a float with the quotes its style allows; `parse` turns digits into the number.
pub(super) fn read_in_style<T: From<f32>>(
    cursor: &mut Cursor<'_>,
    style: TextStyle,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T> {
    match style {
        TextStyle::Csv => in_csv_quotes(cursor, |cursor| read_number(cursor, parse)),
        TextStyle::Json => match read_json_word(cursor)? {
            Some(value) => Ok(T::from(f32::from(u8::from(value)))),
            None => in_json_quotes(cursor, |cursor| read_number(cursor, parse)),
        },
        _ => read_number(cursor, parse),
    }
}

/// Reads digits with a point and an exponent, or a name of infinity or not-a-number.
fn read_number<T: From<f32>>(cursor: &mut Cursor<'_>, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
    let start = cursor.pos();
    let rest = cursor.rest();
    let negative = rest.first() == Some(&b'-');
    if negative || rest.first() == Some(&b'+') {
        cursor.advance(1);
    }
    if matches!(cursor.peek(), Some(b'i' | b'I' | b'n' | b'N')) {
        let value = if cursor.eat_word(b"infinity") || cursor.eat_word(b"inf") {
            f32::INFINITY
        } else if cursor.eat_word(b"nan") {
            f32::NAN
        } else {
            return Err(cannot_read(""));
        };
        return Ok(T::from(if negative { -value } else { value }));
    }
    let length = number_length(rest);
    let text = std::str::from_utf8(&rest[..length]).unwrap_or_default();
    match parse(text) {
        Some(value) => {
            cursor.seek(start + length);
            Ok(value)
        }
        None => Err(cannot_read(text.trim_start_matches(['-', '+']))),
    }
}

fn cannot_read(text: &str) -> Error {
    Error::new(
        Code::CANNOT_PARSE_NUMBER,
        format!("Cannot read floating point value here: {text}"),
    )
}

/// Bytes at the start that belong to a number.
fn number_length(text: &[u8]) -> usize {
    let digits_from = |mut pos: usize| {
        while text.get(pos).is_some_and(|byte| byte.is_ascii_digit()) {
            pos += 1;
        }
        pos
    };
    let mut pos = digits_from(usize::from(matches!(text.first(), Some(b'-' | b'+'))));
    if text.get(pos) == Some(&b'.') {
        pos = digits_from(pos + 1);
    }
    if matches!(text.get(pos), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(pos + 1), Some(b'-' | b'+')));
        pos = digits_from(pos + 1 + sign);
    }
    pos
}

/// Writes a float; `shortest` writes the fewest digits that read back as the same value, in scientific form.
pub(super) fn write_in_style(
    value: f64,
    shortest: impl FnOnce(&mut &mut [u8]) -> std::io::Result<()>,
    style: TextStyle,
    json: JsonFloat,
    out: &mut Vec<u8>,
) {
    let json_style = style == TextStyle::Json;
    if json_style && !value.is_finite() && !json.quote_denormals {
        out.extend_from_slice(if json.quote { b"\"null\"" } else { b"null" });
        return;
    }
    let quote = json_style && (json.quote || !value.is_finite());
    if quote {
        out.push(b'"');
    }
    if value.is_nan() {
        out.extend_from_slice(b"nan");
    } else if value.is_infinite() {
        out.extend_from_slice(if value < 0.0 { b"-inf" } else { b"inf" });
    } else {
        write_finite(shortest, out);
    }
    if quote {
        out.push(b'"');
    }
}

fn write_finite(shortest: impl FnOnce(&mut &mut [u8]) -> std::io::Result<()>, out: &mut Vec<u8>) {
    // Sign, 17 digits, point, `e-324`.
    let mut buffer = [0u8; 32];
    let mut rest = &mut buffer[..];
    shortest(&mut rest).expect("the buffer is longer than any float");
    let length = 32 - rest.len();
    let text = &buffer[..length];
    let (sign, text) = if text[0] == b'-' {
        (&text[..1], &text[1..])
    } else {
        (&text[..0], text)
    };
    out.extend_from_slice(sign);
    let mark = text
        .iter()
        .position(|byte| *byte == b'e')
        .expect("scientific form has an exponent");
    let exponent: i32 = std::str::from_utf8(&text[mark + 1..])
        .ok()
        .and_then(|it| it.parse().ok())
        .expect("the exponent is a number");
    let (first, fraction) = (text[0], &text[(2.min(mark))..mark]);
    if !PLAIN_EXPONENTS.contains(&exponent) {
        out.extend_from_slice(&text[..mark]);
        out.extend_from_slice(&text[mark..]);
    } else if exponent < 0 {
        out.extend_from_slice(b"0.");
        out.extend(std::iter::repeat_n(b'0', (-exponent - 1) as usize));
        out.push(first);
        out.extend_from_slice(fraction);
    } else {
        let whole = exponent as usize;
        out.push(first);
        out.extend_from_slice(&fraction[..whole.min(fraction.len())]);
        out.extend(std::iter::repeat_n(b'0', whole.saturating_sub(fraction.len())));
        if fraction.len() > whole {
            out.push(b'.');
            out.extend_from_slice(&fraction[whole..]);
        }
    }
}
