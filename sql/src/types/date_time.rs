//! DateTime: seconds since 1970-01-01 00:00:00 UTC, shown in a time zone.

use arrow::datatypes::UInt32Type;

use super::best_effort;
use super::calendar::{self, DAY_SECONDS, local_to_utc, offset_at};
use super::date::{in_quotes, parse_date, write_date, write_in_quotes, write_two};
use super::integer::{in_csv_field, read_lenient};
use super::primitive::{Primitive, native_binary};
use super::{
    Argument, Arguments, Cursor, DataType, DateTimeInput, DateTimeOutput, TextOptions, TextStyle, TimeZone, TypeEntry,
};
use crate::error::{Code, Error, Result};

/// The family DateTime. With a number, `DateTime(3)`, it means DateTime64.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "DateTime",
    aliases: &["TIMESTAMP"],
    case_insensitive: true,
    parse,
};

/// The family DateTime32: DateTime under another name.
pub(super) const TYPE32: TypeEntry = TypeEntry {
    name: "DateTime32",
    aliases: &[],
    case_insensitive: true,
    parse: parse32,
};

fn parse(arguments: &Arguments) -> Result<DataType> {
    match arguments.list.as_slice() {
        [] => Ok(DataType::DateTime(None)),
        [Argument::Text(zone)] => Ok(DataType::DateTime(Some(TimeZone::find(zone)?))),
        _ => super::date_time64::parse_as(arguments, "DateTime"),
    }
}

fn parse32(arguments: &Arguments) -> Result<DataType> {
    match arguments.list.as_slice() {
        [] => Ok(DataType::DateTime(None)),
        [Argument::Text(zone)] => Ok(DataType::DateTime(Some(TimeZone::find(zone)?))),
        [other] => Err(Error::new(
            Code::ILLEGAL_TYPE_OF_ARGUMENT,
            format!(
                "Parameter #0 'timezone' for DateTime32 has wrong type: {}, expected String literal",
                other.literal_kind()
            ),
        )),
        _ => Err(Error::new(
            Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH,
            "DateTime32 data type can optionally have only one argument - time zone name".to_string(),
        )),
    }
}

/// Digits of a unix timestamp; shorter numbers start a date.
const TIMESTAMP_DIGITS_MIN: usize = 5;

/// Values of DateTime.
pub(super) struct DateTime {
    zone: TimeZone,
    input: DateTimeInput,
    output: DateTimeOutput,
    csv_delimiter: u8,
}

impl DateTime {
    pub(super) fn new(zone: Option<TimeZone>, options: &TextOptions) -> DateTime {
        DateTime {
            zone: zone.unwrap_or(options.time_zone),
            input: options.date_time_input,
            output: options.date_time_output,
            csv_delimiter: options.csv_delimiter,
        }
    }

    fn read(&self, cursor: &mut Cursor<'_>) -> Result<u32> {
        let seconds = match self.input {
            DateTimeInput::Basic => read_basic(cursor, self.zone)?.0,
            _ => best_effort::read(cursor, self.zone, self.input, false)?.seconds,
        };
        Ok(seconds.clamp(0, i64::from(u32::MAX)) as u32)
    }
}

impl Primitive for DateTime {
    type Arrow = UInt32Type;

    fn read_text(&self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<u32> {
        match (style, cursor.peek()) {
            (TextStyle::Quoted, Some(b'\'')) => in_quotes(cursor, b'\'', |cursor| self.read(cursor)),
            (TextStyle::Json, Some(b'"')) => in_quotes(cursor, b'"', |cursor| self.read(cursor)),
            (TextStyle::Quoted | TextStyle::Json, _) => Ok(read_lenient(cursor, false)? as u32),
            (TextStyle::Csv, _) => in_csv_field(cursor, self.csv_delimiter, |cursor| self.read(cursor)),
            _ => self.read(cursor),
        }
    }

    fn write_text(&self, value: u32, style: TextStyle, out: &mut Vec<u8>) {
        write_moment(i64::from(value), None, self.zone, self.output, style, out);
    }

    native_binary!(u32);
}

/// Writes a moment; `fraction` is the digits behind the seconds and their number.
pub(super) fn write_moment(
    seconds: i64,
    fraction: Option<(u64, u8)>,
    zone: TimeZone,
    output: DateTimeOutput,
    style: TextStyle,
    out: &mut Vec<u8>,
) {
    write_in_quotes(style, out, |out| {
        let write_fraction = |out: &mut Vec<u8>| {
            if let Some((digits, count)) = fraction {
                out.push(b'.');
                for place in (0..u32::from(count)).rev() {
                    out.push(b'0' + (digits / 10u64.pow(place) % 10) as u8);
                }
            }
        };
        match output {
            DateTimeOutput::Simple => {
                write_clock(seconds + offset_at(zone, seconds), b' ', out);
                write_fraction(out);
            }
            DateTimeOutput::Iso => {
                write_clock(seconds, b'T', out);
                write_fraction(out);
                out.push(b'Z');
            }
            DateTimeOutput::UnixTimestamp => {
                out.extend_from_slice(seconds.to_string().as_bytes());
                write_fraction(out);
            }
        }
    });
}

fn write_clock(local: i64, separator: u8, out: &mut Vec<u8>) {
    write_date(calendar::Date::from_days(local.div_euclid(DAY_SECONDS)), out);
    let of_day = local.rem_euclid(DAY_SECONDS) as u32;
    for (mark, value) in [
        (separator, of_day / 3600),
        (b':', of_day / 60 % 60),
        (b':', of_day % 60),
    ] {
        out.push(mark);
        write_two(value, out);
    }
}

/// `YYYY-MM-DD`, perhaps with ` hh:mm:ss`, or a unix timestamp. Says whether it was a timestamp.
pub(super) fn read_basic(cursor: &mut Cursor<'_>, zone: TimeZone) -> Result<(i64, bool)> {
    let wrong = || Error::new(Code::CANNOT_PARSE_DATETIME, "Cannot parse DateTime");
    let rest = cursor.rest();
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if digits >= TIMESTAMP_DIGITS_MIN || (digits > 0 && !matches!(rest.get(digits), Some(b'-' | b'/' | b'.'))) {
        return Ok((read_lenient(cursor, true)? as i64, true));
    }
    let (date, length) = parse_date(rest).ok_or_else(wrong)?;
    cursor.advance(length);
    let clock = cursor.rest();
    let two = |pos: usize| match clock.get(pos..pos + 2) {
        Some([a @ b'0'..=b'9', b @ b'0'..=b'9']) => Some(i64::from(a - b'0') * 10 + i64::from(b - b'0')),
        _ => None,
    };
    let mut of_day = 0;
    if let (Some(b' ' | b'T'), Some(hour)) = (clock.first(), two(1)) {
        let minute = (clock.get(3) == Some(&b':'))
            .then(|| two(4))
            .flatten()
            .ok_or_else(wrong)?;
        let second = (clock.get(6) == Some(&b':'))
            .then(|| two(7))
            .flatten()
            .ok_or_else(wrong)?;
        of_day = hour * 3600 + minute * 60 + second;
        cursor.advance(9);
    }
    if !(1..=12).contains(&date.month) || date.day == 0 {
        return Ok((0, false));
    }
    Ok((local_to_utc(zone, date.days() * DAY_SECONDS + of_day), false))
}
