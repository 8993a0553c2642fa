//! Date: days since 1970-01-01, up to 2149-06-06.

use arrow::datatypes::UInt16Type;

use super::calendar;
use super::integer::{in_csv_quotes, read_lenient};
use super::primitive::{Primitive, native_binary};
use super::{Cursor, DataType, TextStyle, TypeEntry};
use crate::error::{Code, Error, Result};

/// The family Date.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "Date",
    aliases: &[],
    case_insensitive: true,
    parse: |arguments| arguments.none(DataType::Date),
};

/// Digits that a year has in text.
const YEAR_DIGITS: usize = 4;

/// Values of Date.
pub(super) struct Date;

impl Primitive for Date {
    type Arrow = UInt16Type;

    fn read_text(&self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<u16> {
        match style {
            TextStyle::Quoted => in_quotes(cursor, b'\'', read_date),
            TextStyle::Csv => in_csv_quotes(cursor, read_date),
            TextStyle::Json if cursor.peek() != Some(b'"') => Ok(read_lenient(cursor, false)? as u16),
            TextStyle::Json => in_quotes(cursor, b'"', read_date),
            _ => read_date(cursor),
        }
    }

    fn write_text(&self, value: u16, style: TextStyle, out: &mut Vec<u8>) {
        write_in_quotes(style, out, |out| {
            write_date(calendar::Date::from_days(i64::from(value)), out)
        });
    }

    native_binary!(u16);
}

/// Reads what stands between two quotes.
pub(super) fn in_quotes<T>(
    cursor: &mut Cursor<'_>,
    quote: u8,
    read: impl FnOnce(&mut Cursor<'_>) -> Result<T>,
) -> Result<T> {
    cursor.expect(quote)?;
    let value = read(cursor)?;
    cursor.expect(quote)?;
    Ok(value)
}

/// Reads what stands in the quotes that addresses and the like have in this style.
pub(super) fn in_quotes_of<T>(
    cursor: &mut Cursor<'_>,
    style: TextStyle,
    read: impl FnOnce(&mut Cursor<'_>) -> Result<T>,
) -> Result<T> {
    match style {
        TextStyle::Quoted => in_quotes(cursor, b'\'', read),
        TextStyle::Json => in_quotes(cursor, b'"', read),
        TextStyle::Csv => in_csv_quotes(cursor, read),
        _ => read(cursor),
    }
}

/// Writes with the quotes that dates and times have in this style.
pub(super) fn write_in_quotes(style: TextStyle, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    let quote: &[u8] = match style {
        TextStyle::Quoted => b"'",
        TextStyle::Csv | TextStyle::Json => b"\"",
        _ => b"",
    };
    out.extend_from_slice(quote);
    write(out);
    out.extend_from_slice(quote);
}

/// Appends `YYYY-MM-DD`.
pub(super) fn write_date(date: calendar::Date, out: &mut Vec<u8>) {
    let year = date.year as u32;
    write_two(year / 100, out);
    write_two(year % 100, out);
    out.push(b'-');
    write_two(u32::from(date.month), out);
    out.push(b'-');
    write_two(u32::from(date.day), out);
}

/// Appends two digits.
pub(super) fn write_two(value: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(&[b'0' + (value / 10 % 10) as u8, b'0' + (value % 10) as u8]);
}

/// `YYYY-MM-DD` with any separator, one-digit months and days, or `YYYYMMDD`. Days beyond the type's range become its
/// ends; a month or day that no month has gives 1970-01-01. Both are ClickHouse's rules.
fn read_date(cursor: &mut Cursor<'_>) -> Result<u16> {
    let Some((date, length)) = parse_date(cursor.rest()) else {
        let message = "Cannot parse date: expected a date in the YYYY-MM-DD or YYYYMMDD format";
        return Err(Error::new(Code::CANNOT_PARSE_DATE, message));
    };
    cursor.advance(length);
    if !(1..=12).contains(&date.month) || !(1..=31).contains(&date.day) {
        return Ok(0);
    }
    Ok(date.days().clamp(0, i64::from(u16::MAX)) as u16)
}

/// The date at the start of a text and its length.
pub(super) fn parse_date(text: &[u8]) -> Option<(calendar::Date, usize)> {
    let digit = |pos: usize| {
        text.get(pos)
            .filter(|byte| byte.is_ascii_digit())
            .map(|byte| byte - b'0')
    };
    let mut year = 0;
    for pos in 0..YEAR_DIGITS {
        year = year * 10 + i64::from(digit(pos)?);
    }
    if digit(YEAR_DIGITS).is_some() {
        let month = digit(4)? * 10 + digit(5)?;
        let day = digit(6)? * 10 + digit(7)?;
        return Some((calendar::Date { year, month, day }, 8));
    }
    let one_or_two = |pos: usize| {
        let first = digit(pos)?;
        Some(digit(pos + 1).map_or((first, pos + 1), |second| (first * 10 + second, pos + 2)))
    };
    let separator = |pos: usize| {
        text.get(pos)
            .is_some_and(|byte| !byte.is_ascii_control() && *byte != b'\'')
    };
    separator(YEAR_DIGITS).then_some(())?;
    let (month, pos) = one_or_two(YEAR_DIGITS + 1)?;
    separator(pos).then_some(())?;
    let (day, end) = one_or_two(pos + 1)?;
    Some((calendar::Date { year, month, day }, end))
}
