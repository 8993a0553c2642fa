//! Time: seconds of up to 999 hours, before or behind zero. Time64(p): the same in ticks of 10^-p seconds.

use arrow::datatypes::{Int32Type, Int64Type};

use super::date::{in_quotes, write_in_quotes, write_two};
use super::date_time64::read_fraction;
use super::integer::{in_csv_quotes, read_lenient};
use super::primitive::{Primitive, native_binary};
use super::{Argument, Arguments, Cursor, DataType, TextStyle, TypeEntry};
use crate::error::{Code, Error, Result};

/// The family Time; with a scale it is Time64.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "Time",
    aliases: &[],
    case_insensitive: true,
    parse: |arguments| match arguments.list.is_empty() {
        true => Ok(DataType::Time),
        false => parse(arguments),
    },
};

/// The family Time64.
pub(super) const TYPE64: TypeEntry = TypeEntry {
    name: "Time64",
    aliases: &[],
    case_insensitive: true,
    parse,
};

/// The scale of a Time64 that names none.
const SCALE_DEFAULT: u8 = 3;

/// Nanoseconds.
const SCALE_MAX: i64 = 9;

fn parse(arguments: &Arguments) -> Result<DataType> {
    let family = &arguments.family;
    match arguments.list.as_slice() {
        [] => Ok(DataType::Time64(SCALE_DEFAULT)),
        [Argument::Number(scale @ 0..=SCALE_MAX)] => Ok(DataType::Time64(*scale as u8)),
        [Argument::Number(scale)] => Err(Error::new(
            Code::BAD_ARGUMENTS,
            format!("DataTypeTime64 scale {scale} is too large, maximum is {SCALE_MAX}"),
        )),
        _ => Err(Error::new(
            Code::ILLEGAL_TYPE_OF_ARGUMENT,
            format!("Specifying timezone for {family} type is not allowed"),
        )),
    }
}

/// Seconds of 999:59:59, the longest time.
pub const TIME_SECONDS_MAX: i64 = 3_599_999;

/// The most ticks that a Time64 of this scale has.
pub fn time_ticks_max(scale: u8) -> i64 {
    (TIME_SECONDS_MAX + 1) * 10i64.pow(u32::from(scale)) - 1
}

/// Sign and seconds of `hhh:mm:ss`, `mm:ss` or `ss`.
fn read_seconds(cursor: &mut Cursor<'_>) -> Result<(bool, i64)> {
    let wrong = |message: &str| Err(Error::new(Code::CANNOT_PARSE_DATETIME, message));
    if cursor.at_end() {
        return wrong("Cannot parse time from empty string");
    }
    let negative = cursor.eat(b'-');
    let rest = cursor.rest();
    let digits = rest.iter().take(3).take_while(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return match negative {
            true => wrong("Cannot parse time: non-numeric character after minus sign"),
            false => wrong("Cannot parse time: invalid first character"),
        };
    }
    let number = |digits: &[u8]| {
        digits
            .iter()
            .fold(0, |value, digit| value * 10 + i64::from(digit - b'0'))
    };
    // A colon and two digits.
    let part = |at: usize| match rest.get(at..at + 3) {
        Some([b':', digits @ ..]) if digits.iter().all(u8::is_ascii_digit) => Some(number(digits)),
        _ => None,
    };
    let first = number(&rest[..digits]);
    let (seconds, length) = match (part(digits), part(digits + 3)) {
        (Some(minutes), Some(seconds)) => (first * 3600 + minutes * 60 + seconds, digits + 6),
        (Some(seconds), None) if digits < 3 => (first * 60 + seconds, digits + 3),
        _ => (number(&rest[..digits.min(2)]), digits.min(2)),
    };
    cursor.advance(length);
    Ok((negative, seconds.min(TIME_SECONDS_MAX)))
}

/// Reads with the quotes that times have in this style; what stands without them in Quoted and JSON is a number.
fn read_styled<T>(
    cursor: &mut Cursor<'_>,
    style: TextStyle,
    read: impl FnOnce(&mut Cursor<'_>) -> Result<T>,
    number: impl FnOnce(&mut Cursor<'_>) -> Result<T>,
) -> Result<T> {
    match (style, cursor.peek()) {
        (TextStyle::Quoted, Some(b'\'')) => in_quotes(cursor, b'\'', read),
        (TextStyle::Json, Some(b'"')) => in_quotes(cursor, b'"', read),
        (TextStyle::Quoted | TextStyle::Json, _) => number(cursor),
        (TextStyle::Csv, _) => in_csv_quotes(cursor, read),
        _ => read(cursor),
    }
}

/// Appends `hh:mm:ss`, with three digits of hours if they need them.
fn write_seconds(negative: bool, seconds: u64, out: &mut Vec<u8>) {
    if negative {
        out.push(b'-');
    }
    let hours = (seconds / 3600) as u32;
    if hours > 99 {
        out.push(b'0' + (hours / 100 % 10) as u8);
    }
    write_two(hours % 100, out);
    out.push(b':');
    write_two((seconds / 60 % 60) as u32, out);
    out.push(b':');
    write_two((seconds % 60) as u32, out);
}

/// Values of Time.
pub(super) struct Time;

impl Primitive for Time {
    type Arrow = Int32Type;

    fn read_text(&self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<i32> {
        let read = |cursor: &mut Cursor<'_>| {
            let (negative, seconds) = read_seconds(cursor)?;
            Ok(if negative { -seconds } else { seconds } as i32)
        };
        read_styled(cursor, style, read, |cursor| Ok(read_lenient(cursor, true)? as i32))
    }

    fn write_text(&self, value: i32, style: TextStyle, out: &mut Vec<u8>) {
        let seconds = u64::from(value.unsigned_abs()).min(TIME_SECONDS_MAX as u64);
        write_in_quotes(style, out, |out| write_seconds(value < 0, seconds, out));
    }

    native_binary!(i32);
}

/// Values of Time64.
pub(super) struct Time64 {
    scale: u8,
}

impl Time64 {
    pub(super) fn new(scale: u8) -> Time64 {
        Time64 { scale }
    }

    fn unit(&self) -> i64 {
        10i64.pow(u32::from(self.scale))
    }

    fn ticks(&self, negative: bool, seconds: i64, nanoseconds: u32) -> i64 {
        let fraction = i64::from(nanoseconds) / 10i64.pow(9 - u32::from(self.scale));
        let ticks = seconds.saturating_mul(self.unit()).saturating_add(fraction);
        let ticks = ticks.min(time_ticks_max(self.scale));
        if negative { -ticks } else { ticks }
    }
}

/// The digits behind a point as nanoseconds.
fn read_point(cursor: &mut Cursor<'_>) -> u32 {
    if cursor.eat(b'.') { read_fraction(cursor) } else { 0 }
}

impl Primitive for Time64 {
    type Arrow = Int64Type;

    fn read_text(&self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<i64> {
        let read = |cursor: &mut Cursor<'_>| {
            let (negative, seconds) = read_seconds(cursor)?;
            Ok(self.ticks(negative, seconds, read_point(cursor)))
        };
        let number = |cursor: &mut Cursor<'_>| {
            let negative = cursor.eat(b'-');
            let seconds = read_lenient(cursor, false)?.min(i64::MAX as u64) as i64;
            Ok(self.ticks(negative, seconds, read_point(cursor)))
        };
        read_styled(cursor, style, read, number)
    }

    fn write_text(&self, value: i64, style: TextStyle, out: &mut Vec<u8>) {
        let ticks = value.unsigned_abs().min(time_ticks_max(self.scale) as u64);
        let unit = self.unit() as u64;
        write_in_quotes(style, out, |out| {
            write_seconds(value < 0, ticks / unit, out);
            if self.scale > 0 {
                let fraction = format!(".{:0width$}", ticks % unit, width = usize::from(self.scale));
                out.extend_from_slice(fraction.as_bytes());
            }
        });
    }

    native_binary!(i64);
}
