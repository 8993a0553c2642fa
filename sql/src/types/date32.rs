//! Date32: days before and since 1970-01-01, in the years 0 to 9999.

use arrow::datatypes::Int32Type;

use super::date::{in_quotes, parse_date, write_date, write_in_quotes};
use super::integer::{in_csv_quotes, read_lenient};
use super::primitive::{Primitive, native_binary};
use super::{Cursor, DataType, TextStyle, TypeEntry, calendar};
use crate::error::{Code, Error, Result};

/// The family Date32.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "Date32",
    aliases: &[],
    case_insensitive: true,
    parse: |arguments| arguments.none(DataType::Date32),
};

/// The first day of year 0 and the last one of year 9999.
pub const DATE32_DAYS: std::ops::RangeInclusive<i64> = -719_528..=2_932_896;

/// 1900-01-01: what a column has that was not given, and what a text is that has a month or day which no month has.
/// Elements beyond the end of an array and the like are 1970-01-01 nevertheless, as in ClickHouse.
pub(super) const DATE32_DEFAULT: i32 = -25_567;

/// Values of Date32.
pub(super) struct Date32;

impl Primitive for Date32 {
    type Arrow = Int32Type;

    fn read_text(&self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<i32> {
        match style {
            TextStyle::Quoted => in_quotes(cursor, b'\'', read_date),
            TextStyle::Csv => in_csv_quotes(cursor, read_date),
            TextStyle::Json if cursor.peek() != Some(b'"') => Ok(read_lenient(cursor, true)? as i32),
            TextStyle::Json => in_quotes(cursor, b'"', read_date),
            _ => read_date(cursor),
        }
    }

    fn write_text(&self, value: i32, style: TextStyle, out: &mut Vec<u8>) {
        let days = i64::from(value).clamp(*DATE32_DAYS.start(), *DATE32_DAYS.end());
        write_in_quotes(style, out, |out| write_date(calendar::Date::from_days(days), out));
    }

    native_binary!(i32);
}

/// As a Date is read, without the ends of its range.
fn read_date(cursor: &mut Cursor<'_>) -> Result<i32> {
    let Some((date, length)) = parse_date(cursor.rest()) else {
        let message = "Cannot parse date: expected a date in the YYYY-MM-DD or YYYYMMDD format";
        return Err(Error::new(Code::CANNOT_PARSE_DATE, message));
    };
    cursor.advance(length);
    if !(1..=12).contains(&date.month) || !(1..=31).contains(&date.day) {
        return Ok(DATE32_DEFAULT);
    }
    Ok(date.days().clamp(*DATE32_DAYS.start(), *DATE32_DAYS.end()) as i32)
}
