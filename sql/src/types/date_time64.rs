//! DateTime64(p): ticks of 10^-p seconds since 1970-01-01 00:00:00 UTC, shown in a time zone.

use arrow::datatypes::Int64Type;

use super::best_effort;
use super::date::in_quotes;
use super::date_time::{read_basic, write_moment};
use super::integer::in_csv_field;
use super::primitive::{Primitive, native_binary};
use super::{
    Argument, Arguments, Cursor, DataType, DateTimeInput, DateTimeOutput, TextOptions, TextStyle, TimeZone, TypeEntry,
};
use crate::error::{Code, Error, Result};

/// Nanoseconds.
const SCALE_MAX: i64 = 9;

/// Milliseconds.
const SCALE_DEFAULT: u8 = 3;

/// The family DateTime64.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "DateTime64",
    aliases: &[],
    case_insensitive: true,
    parse: |arguments| parse_as(arguments, "DateTime64"),
};

/// Parses the arguments of DateTime64, which `DateTime(3)` takes too.
pub(super) fn parse_as(arguments: &Arguments, family: &str) -> Result<DataType> {
    let wrong = |index: usize, what: &str, expected: &str, argument: &Argument| {
        let kind = argument.literal_kind();
        let message =
            format!("Parameter #{index} '{what}' for {family} has wrong type: {kind}, expected {expected} literal");
        Error::new(Code::ILLEGAL_TYPE_OF_ARGUMENT, message)
    };
    let scale = match arguments.list.first() {
        None => SCALE_DEFAULT,
        Some(Argument::Number(scale @ 0..=SCALE_MAX)) => *scale as u8,
        Some(Argument::Number(scale)) if *scale > 0 => {
            return Err(Error::new(
                Code::ARGUMENT_OUT_OF_BOUND,
                format!("Scale {scale} is too large for DateTime64. Maximum is up to nanoseconds (9)"),
            ));
        }
        Some(other) => return Err(wrong(0, "scale", "UInt64", other)),
    };
    match arguments.list.get(1..) {
        None | Some([]) => Ok(DataType::DateTime64(scale, None)),
        Some([Argument::Text(zone)]) => Ok(DataType::DateTime64(scale, Some(TimeZone::find(zone)?))),
        Some([other]) => Err(wrong(1, "timezone", "String", other)),
        Some(_) => Err(Error::new(
            Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH,
            format!("{family} data type can optionally have two argument - scale and time zone name"),
        )),
    }
}

/// The first second of year 0 and the last of year 9999, between which ClickHouse keeps every DateTime64.
const SECONDS_MIN: i64 = -62_167_219_200;
const SECONDS_MAX: i64 = 253_402_300_799;

/// Values of DateTime64.
pub(super) struct DateTime64 {
    scale: u8,
    zone: TimeZone,
    input: DateTimeInput,
    output: DateTimeOutput,
    csv_delimiter: u8,
}

impl DateTime64 {
    pub(super) fn new(scale: u8, zone: Option<TimeZone>, options: &TextOptions) -> DateTime64 {
        DateTime64 {
            scale,
            zone: zone.unwrap_or(options.time_zone),
            input: options.date_time_input,
            output: options.date_time_output,
            csv_delimiter: options.csv_delimiter,
        }
    }

    fn read(&self, cursor: &mut Cursor<'_>) -> Result<i64> {
        let start = cursor.pos();
        if self.input != DateTimeInput::Basic {
            let moment = best_effort::read(cursor, self.zone, self.input, true)?;
            return self.ticks(moment.seconds, moment.nanoseconds);
        }
        let (seconds, timestamp) = read_basic(cursor, self.zone)?;
        if timestamp {
            cursor.seek(start);
            return self.read_seconds(cursor);
        }
        let nanoseconds = if cursor.eat(b'.') { read_fraction(cursor) } else { 0 };
        self.ticks(seconds, nanoseconds)
    }

    /// A number of seconds with a fraction.
    fn read_seconds(&self, cursor: &mut Cursor<'_>) -> Result<i64> {
        let negative = cursor.eat(b'-');
        let seconds = super::integer::read_lenient(cursor, false)?.min(i64::MAX as u64) as i64;
        let nanoseconds = if cursor.eat(b'.') { read_fraction(cursor) } else { 0 };
        let ticks = self.ticks(seconds, nanoseconds)?;
        Ok(if negative { -ticks } else { ticks })
    }

    fn ticks(&self, seconds: i64, nanoseconds: u32) -> Result<i64> {
        let unit = 10i64.pow(u32::from(self.scale));
        let fraction = i64::from(nanoseconds) / 10i64.pow(9 - u32::from(self.scale));
        let clamped = seconds.clamp(SECONDS_MIN, SECONDS_MAX);
        let fraction = if clamped == seconds { fraction } else { 0 };
        clamped
            .checked_mul(unit)
            .and_then(|ticks| ticks.checked_add(fraction))
            .ok_or_else(|| Error::new(Code::DECIMAL_OVERFLOW, "Decimal math overflow"))
    }
}

/// Digits behind the point as nanoseconds; those beyond the ninth are dropped.
pub(super) fn read_fraction(cursor: &mut Cursor<'_>) -> u32 {
    let digits = cursor.take_until(|byte| !byte.is_ascii_digit());
    let digit = |place: usize| digits.get(place).map_or(0, |byte| u32::from(byte - b'0'));
    (0..9).fold(0, |value, place| value * 10 + digit(place))
}

impl Primitive for DateTime64 {
    type Arrow = Int64Type;

    fn read_text(&self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<i64> {
        match (style, cursor.peek()) {
            (TextStyle::Quoted, Some(b'\'')) => in_quotes(cursor, b'\'', |cursor| self.read(cursor)),
            (TextStyle::Json, Some(b'"')) => in_quotes(cursor, b'"', |cursor| self.read(cursor)),
            (TextStyle::Quoted | TextStyle::Json, _) => self.read_seconds(cursor),
            (TextStyle::Csv, _) => in_csv_field(cursor, self.csv_delimiter, |cursor| self.read(cursor)),
            _ => self.read(cursor),
        }
    }

    fn write_text(&self, value: i64, style: TextStyle, out: &mut Vec<u8>) {
        let unit = 10i64.pow(u32::from(self.scale));
        let fraction = (self.scale > 0).then(|| (value.rem_euclid(unit) as u64, self.scale));
        let seconds = value.div_euclid(unit).clamp(SECONDS_MIN, SECONDS_MAX);
        write_moment(seconds, fraction, self.zone, self.output, style, out);
    }

    native_binary!(i64);
}
