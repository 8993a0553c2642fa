//! UInt8 to UInt64 and Int8 to Int64.

use std::io::Write;
use std::marker::PhantomData;

use arrow::array::ArrowPrimitiveType;
use arrow::datatypes::{Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type};

use super::primitive::{Primitive, native_binary};
use super::{Cursor, DataType, TextOptions, TextStyle, TypeEntry};
use crate::error::{Code, Error, Result};

/// Arguments such as the width of `INT(11)` are accepted and mean nothing, as in ClickHouse.
macro_rules! entry {
    ($constant:ident, $variant:ident, $aliases:expr) => {
        #[doc = concat!("The family ", stringify!($variant), ".")]
        pub(super) const $constant: TypeEntry = TypeEntry {
            name: stringify!($variant),
            aliases: $aliases,
            case_insensitive: false,
            parse: |_| Ok(DataType::$variant),
        };
    };
}

entry!(
    INT8,
    Int8,
    &["TINYINT", "TINYINT SIGNED", "INT1", "INT1 SIGNED", "BYTE"]
);
entry!(INT16, Int16, &["SMALLINT", "SMALLINT SIGNED"]);
entry!(
    INT32,
    Int32,
    &[
        "INT",
        "INT SIGNED",
        "INTEGER",
        "INTEGER SIGNED",
        "MEDIUMINT",
        "MEDIUMINT SIGNED"
    ]
);
entry!(INT64, Int64, &["BIGINT", "BIGINT SIGNED", "SIGNED"]);
entry!(UINT8, UInt8, &["TINYINT UNSIGNED", "INT1 UNSIGNED"]);
entry!(UINT16, UInt16, &["SMALLINT UNSIGNED", "YEAR"]);
entry!(
    UINT32,
    UInt32,
    &["INT UNSIGNED", "INTEGER UNSIGNED", "MEDIUMINT UNSIGNED"]
);
entry!(UINT64, UInt64, &["BIGINT UNSIGNED", "UNSIGNED", "BIT", "SET"]);

/// Values of an integer type.
pub(super) struct Integer<T> {
    quote_in_json: bool,
    arrow: PhantomData<T>,
}

impl<T: ArrowPrimitiveType> Integer<T> {
    pub(super) fn new(options: &TextOptions) -> Integer<T> {
        let quote_in_json = size_of::<T::Native>() == size_of::<u64>() && options.json_quote_64bit_integers;
        Integer {
            quote_in_json,
            arrow: PhantomData,
        }
    }
}

macro_rules! integer {
    ($arrow:ty, $native:ty, $signed:literal) => {
        impl Primitive for Integer<$arrow> {
            type Arrow = $arrow;

            fn read_text(&self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<$native> {
                // ClickHouse lets text overflow silently: 300 becomes 44 in a UInt8.
                Ok(match style {
                    TextStyle::Csv => read_csv(cursor, $signed)? as $native,
                    TextStyle::Json => read_json(cursor, $signed)? as $native,
                    _ => read_lenient(cursor, $signed)? as $native,
                })
            }

            fn write_text(&self, value: $native, style: TextStyle, out: &mut Vec<u8>) {
                if self.quote_in_json && style == TextStyle::Json {
                    write!(out, "\"{value}\"")
                } else {
                    write!(out, "{value}")
                }
                .expect("a vector takes all bytes");
            }

            native_binary!($native);
        }
    };
}

integer!(Int8Type, i8, true);
integer!(Int16Type, i16, true);
integer!(Int32Type, i32, true);
integer!(Int64Type, i64, true);
integer!(UInt8Type, u8, false);
integer!(UInt16Type, u16, false);
integer!(UInt32Type, u32, false);
integer!(UInt64Type, u64, false);

/// A number that grows by digits and wraps around.
pub(super) trait Digits: Copy {
    const ZERO: Self;

    /// Ten times the number, and the digit.
    fn push(self, digit: u8) -> Self;

    fn negated(self) -> Self;
}

impl Digits for u64 {
    const ZERO: u64 = 0;

    fn push(self, digit: u8) -> u64 {
        self.wrapping_mul(10).wrapping_add(u64::from(digit))
    }

    fn negated(self) -> u64 {
        self.wrapping_neg()
    }
}

/// [`lenient`] in 64 bits.
pub(super) fn read_lenient(cursor: &mut Cursor<'_>, signed: bool) -> Result<u64> {
    lenient(cursor, signed)
}

/// [`strict`] in 64 bits.
pub(super) fn read_strict(cursor: &mut Cursor<'_>, signed: bool) -> Result<u64> {
    strict(cursor, signed)
}

/// Digits, perhaps none: an empty field is 0, and a stray character is left to whoever expects the next separator.
pub(super) fn lenient<T: Digits>(cursor: &mut Cursor<'_>, signed: bool) -> Result<T> {
    let negative = match cursor.peek() {
        None => return Err(Error::new(Code::ATTEMPT_TO_READ_AFTER_EOF, "Attempt to read after eof")),
        Some(b'-') if signed => cursor.eat(b'-'),
        Some(b'+') => !cursor.eat(b'+'),
        Some(_) => false,
    };
    let value: T = digits(cursor);
    Ok(if negative { value.negated() } else { value })
}

/// Digits with at most one sign, and not a sign alone.
pub(super) fn strict<T: Digits>(cursor: &mut Cursor<'_>, signed: bool) -> Result<T> {
    let wrong = |message: &str| Err(Error::new(Code::CANNOT_PARSE_NUMBER, message));
    if cursor.at_end() {
        return Err(Error::new(Code::ATTEMPT_TO_READ_AFTER_EOF, "Attempt to read after eof"));
    }
    let negative = cursor.eat(b'-');
    if negative && !signed {
        return wrong("Unsigned type must not contain '-' symbol");
    }
    let sign = cursor.eat(b'+') || negative;
    if sign && matches!(cursor.peek(), Some(b'-' | b'+')) {
        return wrong("Cannot parse number with multiple sign (+/-) characters");
    }
    if sign && !cursor.peek().is_some_and(|byte| byte.is_ascii_digit()) {
        return wrong("Cannot parse number without any digits");
    }
    let value: T = digits(cursor);
    Ok(if negative { value.negated() } else { value })
}

fn digits<T: Digits>(cursor: &mut Cursor<'_>) -> T {
    let digits = cursor.take_until(|byte| !byte.is_ascii_digit());
    digits.iter().fold(T::ZERO, |value, digit| value.push(digit - b'0'))
}

/// CSV: either kind of quotes, or none.
fn read_csv(cursor: &mut Cursor<'_>, signed: bool) -> Result<u64> {
    in_csv_quotes(cursor, |cursor| read_strict(cursor, signed))
}

/// Reads a value that may stand in either kind of quotes.
pub(super) fn in_csv_quotes<T>(cursor: &mut Cursor<'_>, read: impl FnOnce(&mut Cursor<'_>) -> Result<T>) -> Result<T> {
    match cursor.peek() {
        Some(quote @ (b'"' | b'\'')) => {
            cursor.advance(1);
            let value = read(cursor)?;
            cursor.expect(quote)?;
            Ok(value)
        }
        _ => read(cursor),
    }
}

/// Like [`in_csv_quotes`], for readers that would go on behind the field: without quotes they see nothing but it.
pub(super) fn in_csv_field<T>(
    cursor: &mut Cursor<'_>,
    delimiter: u8,
    read: impl FnOnce(&mut Cursor<'_>) -> Result<T>,
) -> Result<T> {
    if matches!(cursor.peek(), Some(b'"' | b'\'')) {
        return in_csv_quotes(cursor, read);
    }
    let start = cursor.pos();
    let field = cursor.take_until(|byte| byte == delimiter || byte == b'\n' || byte == b'\r');
    let mut inside = Cursor::new(field.trim_ascii_end());
    let value = read(&mut inside)?;
    cursor.seek(start + inside.pos());
    Ok(value)
}

/// JSON: a number, in quotes or not; also true, false and null.
fn read_json(cursor: &mut Cursor<'_>, signed: bool) -> Result<u64> {
    match read_json_word(cursor)? {
        Some(value) => Ok(u64::from(value)),
        None => in_json_quotes(cursor, |cursor| read_strict(cursor, signed)),
    }
}

/// Reads a value that may stand in double quotes.
pub(super) fn in_json_quotes<T>(cursor: &mut Cursor<'_>, read: impl FnOnce(&mut Cursor<'_>) -> Result<T>) -> Result<T> {
    let quoted = cursor.eat(b'"');
    let value = read(cursor)?;
    if quoted {
        cursor.expect(b'"')?;
    }
    Ok(value)
}

/// Reads `true`, `false` or `null` where a number is expected: 1, 0 and 0.
pub(super) fn read_json_word(cursor: &mut Cursor<'_>) -> Result<Option<bool>> {
    let (word, value): (&[u8], bool) = match cursor.peek() {
        Some(b't') => (b"true", true),
        Some(b'f') => (b"false", false),
        Some(b'n') => (b"null", false),
        _ => return Ok(None),
    };
    cursor.expect_text(word)?;
    Ok(Some(value))
}
