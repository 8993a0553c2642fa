//! Names and literals as text.

use sqlparser::ast::{Expr, Value};

use super::super::text_bytes::{FIRST, carry, string_bytes};

/// Words that have to be quoted to be names, whatever their case.
const QUOTED_WORDS: &[&str] = &[
    "select", "from", "null", "true", "false", "distinct", "all", "table", "values", "inf", "nan",
];

/// A name, in backticks if it needs them.
pub fn quote_name(name: &str) -> String {
    let plain = name.bytes().enumerate().all(|(at, byte)| match byte {
        b'_' | b'a'..=b'z' | b'A'..=b'Z' => true,
        b'0'..=b'9' => at > 0,
        _ => false,
    });
    if plain && !name.is_empty() && !QUOTED_WORDS.iter().any(|word| name.eq_ignore_ascii_case(word)) {
        return name.to_owned();
    }
    backquote(name)
}

/// A name in backticks.
pub(super) fn backquote(name: &str) -> String {
    quote(name, '`')
}

/// A string literal: the inverse of the lexer, for a text that may carry bytes.
pub fn quote_string(text: &str) -> String {
    quote(text, '\'')
}

fn quote(text: &str, quote: char) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for character in text.chars() {
        match character {
            '\0' => out.push_str("\\0"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\\' => out.push_str("\\\\"),
            it if it == quote => out.extend(['\\', it]),
            it if u32::from(it) >= FIRST => out.push_str(&format!("\\x{:02X}", u32::from(it) - FIRST)),
            it => out.push(it),
        }
    }
    out.push(quote);
    out
}

/// A literal in ClickHouse's form; `float` if it is an element of an array of floats.
pub(super) fn literal(value: &Value, float: bool) -> String {
    match value {
        Value::Number(text, _) => number(text, float),
        Value::SingleQuotedString(text) => quote_string(&carry(&string_bytes(text))),
        Value::Boolean(value) => value.to_string(),
        Value::Null => "NULL".to_owned(),
        other => other.to_string(),
    }
}

/// The number that ClickHouse reads from the text of a literal.
pub(super) enum Number {
    Whole(i128),
    Float(f64),
}

/// Reads a literal's number: UInt64 or Int64 if it fits, else Float64.
pub(super) fn read_number(text: &str) -> Number {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let whole = match (lower.strip_prefix("0x"), lower.strip_prefix("0b")) {
        (Some(hex), _) => u64::from_str_radix(hex, 16).ok(),
        (_, Some(binary)) => u64::from_str_radix(binary, 2).ok(),
        _ => lower.parse::<u64>().ok(),
    };
    match whole.map(i128::from) {
        Some(whole) if !negative => return Number::Whole(whole),
        Some(whole) if whole <= 1 << 63 => return Number::Whole(-whole),
        _ => {}
    }
    let value = match lower.strip_prefix("0x") {
        Some(hex) => hex_float(hex),
        None => lower.parse().unwrap_or(f64::NAN),
    };
    Number::Float(if negative { -value } else { value })
}

/// `1.8p3`: hexadecimal digits and a power of two.
fn hex_float(text: &str) -> f64 {
    let (digits, power) = text.split_once('p').unwrap_or((text, "0"));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let value = |digits: &str| {
        digits
            .chars()
            .fold(0.0, |sum, it| sum * 16.0 + f64::from(it.to_digit(16).unwrap_or(0)))
    };
    let fraction = value(fraction) / 16f64.powi(i32::try_from(fraction.len()).unwrap_or(i32::MAX));
    (value(whole) + fraction) * 2f64.powi(power.parse().unwrap_or(0))
}

fn number(text: &str, float: bool) -> String {
    match read_number(text) {
        Number::Whole(value) if float => float_literal(value as f64),
        Number::Whole(value) => value.to_string(),
        Number::Float(value) => float_literal(value),
    }
}

/// A float as a literal: always with a point or an exponent.
pub fn float_literal(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    let mut text = shortest(value);
    if !text.contains(['.', 'e']) {
        text.push('.');
    }
    text
}

/// The shortest digits that read back as this value; an exponent outside 1e-6 … 1e21.
fn shortest(value: f64) -> String {
    let scientific = format!("{value:e}");
    let (_, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>() {
        Ok(-6..=20) => format!("{value}"),
        _ => scientific,
    }
}

/// Whether these are all literals, so that ClickHouse holds their array as one literal.
pub(super) fn all_literals(elements: &[Expr]) -> bool {
    elements.iter().all(|element| match element {
        Expr::Value(_) => true,
        Expr::Array(array) => all_literals(&array.elem),
        Expr::Tuple(elements) => all_literals(elements),
        _ => false,
    })
}

/// Whether an array literal of numbers has to be written with floats: one of them is a float.
pub(super) fn is_float_array(elements: &[Expr]) -> bool {
    let number = |element: &Expr| match element {
        Expr::Value(value) => match &value.value {
            Value::Number(text, _) => Some(matches!(read_number(text), Number::Float(_))),
            _ => None,
        },
        _ => None,
    };
    elements.iter().all(|element| number(element).is_some()) && elements.iter().any(|it| number(it) == Some(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_clickhouse_writes_them() {
        let check = |text: &str, expected: &str| assert_eq!(number(text, false), expected, "{text}");
        check("1.0", "1.");
        check("1e3", "1000.");
        check("0x1F", "31");
        check("0b101", "5");
        check("18446744073709551615", "18446744073709551615");
        check("18446744073709551616", "18446744073709552000.");
        check("-9223372036854775808", "-9223372036854775808");
        check("-9223372036854775809", "-9223372036854776000.");
        check("1e20", "100000000000000000000.");
        check("1e21", "1e21");
        check("0.000001", "0.000001");
        check("0.0000001", "1e-7");
        check("5e-324", "5e-324");
        check("0x1p3", "8.");
        check("-inf", "-inf");
        check("nan", "nan");
        check("12345678901234567890.5", "12345678901234567000.");
    }

    #[test]
    fn names_are_quoted_where_they_have_to_be() {
        let check = |name: &str, expected: &str| assert_eq!(quote_name(name), expected);
        check("a_1", "a_1");
        check("date", "date");
        check("1a", "`1a`");
        check("a b", "`a b`");
        check("Select", "`Select`");
        check("a`b", "`a\\`b`");
        check("", "``");
    }
}
