//! Dates and times in whatever common form: `date_time_input_format = 'best_effort'`.
//!
//! The text is taken piece by piece: runs of digits, names of months and days, zone names and offsets. Each run of
//! digits means what its length and surroundings say, as in ClickHouse.

use super::calendar::{self, DAY_SECONDS, days_in_month, local_to_utc};
use super::date_time64::read_fraction;
use super::{Cursor, DateTimeInput, TimeZone};
use crate::error::{Code, Error, Result};

const MONTHS: [&[u8]; 12] = [
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
];
const WEEKDAYS: [&[u8]; 7] = [b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun"];

/// A moment, split so that no precision is lost.
pub(super) struct Moment {
    pub(super) seconds: i64,
    pub(super) nanoseconds: u32,
}

/// Reads a date, a time or both. Stops at the first byte that cannot belong to them.
pub(super) fn read(cursor: &mut Cursor<'_>, zone: TimeZone, input: DateTimeInput, fractions: bool) -> Result<Moment> {
    let month_first = input == DateTimeInput::BestEffortUs;
    let mut parts = Parts {
        month_first,
        fractions,
        ..Parts::default()
    };
    while let Some(byte) = cursor.peek() {
        if byte.is_ascii_digit() && parts.timestamp.is_none() {
            parts.digits(cursor)?;
        } else if !parts.mark(byte, cursor)? {
            break;
        }
    }
    parts.finish(zone)
}

/// What has been read so far.
#[derive(Default)]
struct Parts {
    month_first: bool,
    fractions: bool,
    timestamp: Option<i64>,
    year: Option<i64>,
    month: Option<u8>,
    day: Option<u8>,
    clock: Option<i64>,
    nanoseconds: u32,
    /// Seconds that the text's own zone is ahead of UTC.
    offset: Option<i64>,
    afternoon: Option<bool>,
    /// A day of the week was named; which one does not matter.
    weekday: bool,
}

fn wrong(what: impl std::fmt::Display) -> Error {
    Error::new(Code::CANNOT_PARSE_DATETIME, format!("Cannot read DateTime: {what}"))
}

fn number(digits: &[u8]) -> i64 {
    digits
        .iter()
        .fold(0, |value, digit| value * 10 + i64::from(digit - b'0'))
}

fn take_digits<'a>(cursor: &mut Cursor<'a>) -> &'a [u8] {
    cursor.take_until(|byte| !byte.is_ascii_digit())
}

impl Parts {
    /// A run of digits and what belongs to it.
    fn digits(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        let digits = take_digits(cursor);
        let fresh = self.year.is_none() && self.clock.is_none();
        let clock = |text: &[u8]| number(&text[..2]) * 3600 + number(&text[2..4]) * 60 + number(&text[4..6]);
        match digits.len() {
            13 if fresh && self.fractions => {
                self.timestamp = Some(number(&digits[..10]));
                self.nanoseconds = number(&digits[10..]) as u32 * 1_000_000;
            }
            9 | 10 if fresh => {
                self.timestamp = Some(number(digits));
                if self.fractions && cursor.eat(b'.') {
                    self.nanoseconds = read_fraction(cursor);
                }
            }
            14 if fresh => {
                self.date(&digits[..8]);
                self.clock = Some(clock(&digits[8..]));
            }
            8 if self.year.is_none() => self.date(digits),
            6 if self.year.is_none() && self.month.is_none() => {
                self.year = Some(number(&digits[..4]));
                self.month = Some(number(&digits[4..]) as u8);
            }
            6 if self.clock.is_none() => self.clock = Some(clock(digits)),
            4 if self.year.is_none() => {
                self.year = Some(number(digits));
                self.after_year(cursor)?;
            }
            1 | 2 => self.short(number(digits), cursor)?,
            6 => return Err(wrong("ambiguous 6 digits, it can be YYYYMM or hhmmss")),
            count => return Err(wrong(format!("unexpected number of decimal digits: {count}"))),
        }
        Ok(())
    }

    fn date(&mut self, digits: &[u8]) {
        self.year = Some(number(&digits[..4]));
        self.month = Some(number(&digits[4..6]) as u8);
        self.day = Some(number(&digits[6..]) as u8);
    }

    /// `-MM-DD` behind a year, with any separator, or `-Mon-DD`.
    fn after_year(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        let separator = match cursor.peek() {
            Some(byte @ (b'-' | b'/' | b'.' | b':')) if self.month.is_none() => byte,
            _ => return Ok(()),
        };
        cursor.advance(1);
        if cursor.peek().is_some_and(|byte| byte.is_ascii_alphabetic()) {
            self.word(cursor)?;
        } else {
            self.month = Some(one_or_two(cursor, "year")?);
        }
        if self.day.is_none() && cursor.eat(separator) {
            self.day = Some(one_or_two(cursor, "month")?);
        }
        Ok(())
    }

    /// One or two digits: an hour, a day, or a month where it comes first.
    fn short(&mut self, value: i64, cursor: &mut Cursor<'_>) -> Result<()> {
        match cursor.peek() {
            Some(b':') => self.time(value, cursor),
            Some(b'/' | b'.' | b'-') => {
                cursor.advance(1);
                self.day_and_month(value as u8, cursor)
            }
            _ if self.day.is_none() => {
                self.day = Some(value as u8);
                Ok(())
            }
            _ if self.clock.is_none() && self.year.is_some() => {
                self.clock = Some(value * 3600);
                Ok(())
            }
            _ => Err(wrong("day of month is duplicated")),
        }
    }

    /// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fraction`; the cursor is at the first colon.
    fn time(&mut self, hour: i64, cursor: &mut Cursor<'_>) -> Result<()> {
        if self.clock.is_some() {
            return Err(wrong("time component is duplicated"));
        }
        cursor.advance(1);
        let minute = i64::from(one_or_two(cursor, "hour")?);
        let second = if cursor.eat(b':') {
            i64::from(one_or_two(cursor, "minute")?)
        } else {
            0
        };
        self.clock = Some(hour * 3600 + minute * 60 + second);
        let mut fraction = cursor.clone();
        if fraction.eat(b'.') && fraction.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.nanoseconds = read_fraction(&mut fraction);
            *cursor = fraction;
        }
        Ok(())
    }

    /// `MM[/YYYY]` behind `DD/`, or the other way round in the American form.
    fn day_and_month(&mut self, first: u8, cursor: &mut Cursor<'_>) -> Result<()> {
        if self.day.is_some() {
            return Err(wrong("day of month is duplicated"));
        }
        if cursor.peek().is_some_and(|byte| byte.is_ascii_alphabetic()) {
            self.day = Some(first);
            self.word(cursor)?;
        } else {
            if self.month.is_some() {
                return Err(wrong("month is duplicated"));
            }
            let second = one_or_two(cursor, "day of month")?;
            let (day, month) = if self.month_first {
                (second, first)
            } else {
                (first, second)
            };
            let (day, month) = if month > 12 { (month, day) } else { (day, month) };
            self.day = Some(day);
            self.month = Some(month);
        }
        if matches!(cursor.peek(), Some(b'/' | b'.' | b'-')) {
            cursor.advance(1);
            if self.year.is_some() {
                return Err(wrong("year component is duplicated"));
            }
            let digits = take_digits(cursor);
            self.year = Some(match digits.len() {
                4 => number(digits),
                2 => 2000 + number(digits),
                _ => {
                    return Err(wrong(
                        "unexpected number of decimal digits after day of month and month",
                    ));
                }
            });
        }
        Ok(())
    }

    /// Anything but digits. False if it does not belong to a date or time.
    fn mark(&mut self, byte: u8, cursor: &mut Cursor<'_>) -> Result<bool> {
        let dated = self.year.is_some() || self.day.is_some() || self.clock.is_some() || self.weekday;
        match byte {
            _ if self.timestamp.is_some() => return Ok(false),
            b' ' if self.more_follows(cursor) => cursor.advance(1),
            b'T' | b't' if self.clock.is_none() && cursor.rest().get(1).is_some_and(u8::is_ascii_digit) => {
                cursor.advance(1);
            }
            b'Z' | b'z' => {
                cursor.advance(1);
                self.offset = Some(0);
            }
            b',' if dated && self.more_follows(cursor) => cursor.advance(1),
            b'.' if dated => return Err(wrong("unexpected point symbol")),
            b'+' | b'-' if self.clock.is_some() || self.year.is_some() => self.zone_offset(byte == b'-', cursor)?,
            byte if byte.is_ascii_alphabetic() => self.word(cursor)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Whether the blanks or the comma here stand inside the text rather than behind it.
    fn more_follows(&self, cursor: &Cursor<'_>) -> bool {
        let next = cursor.rest().iter().find(|byte| !matches!(byte, b' ' | b','));
        next.is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-'))
    }

    /// `+hh`, `+hhmm` or `+hh:mm`.
    fn zone_offset(&mut self, negative: bool, cursor: &mut Cursor<'_>) -> Result<()> {
        cursor.advance(1);
        let digits = take_digits(cursor);
        let (hours, minutes) = match digits.len() {
            4 => (number(&digits[..2]), number(&digits[2..])),
            3 => (number(&digits[..1]), number(&digits[1..])),
            1 | 2 if cursor.eat(b':') => (number(digits), i64::from(one_or_two(cursor, "time zone offset sign")?)),
            1 | 2 => (number(digits), 0),
            _ => return Err(wrong("unexpected number of decimal digits for time zone offset")),
        };
        let seconds = hours * 3600 + minutes * 60;
        self.offset = Some(if negative { -seconds } else { seconds });
        Ok(())
    }

    /// The name of a month, weekday or zone, or AM and PM.
    fn word(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        let word = cursor
            .take_until(|byte| !byte.is_ascii_alphabetic())
            .to_ascii_lowercase();
        let starts = |name: &&[u8]| word.len() >= 3 && word.starts_with(name);
        match word.as_slice() {
            b"am" => self.afternoon = Some(false),
            b"pm" => self.afternoon = Some(true),
            b"utc" | b"gmt" => self.offset = Some(0),
            b"msk" => self.offset = Some(3 * 3600),
            b"msd" => self.offset = Some(4 * 3600),
            _ => {
                if let Some(index) = MONTHS.iter().position(starts) {
                    if self.month.is_some() {
                        return Err(wrong("month is duplicated"));
                    }
                    self.month = Some(index as u8 + 1);
                    cursor.eat(b'.');
                } else if WEEKDAYS.iter().any(starts) {
                    self.weekday = true;
                } else {
                    return Err(wrong("unexpected word"));
                }
            }
        }
        Ok(())
    }

    fn finish(self, zone: TimeZone) -> Result<Moment> {
        if let Some(seconds) = self.timestamp {
            return Ok(Moment {
                seconds,
                nanoseconds: self.nanoseconds,
            });
        }
        let dated = [
            self.year.unwrap_or(0),
            self.month.unwrap_or(0).into(),
            self.day.unwrap_or(0).into(),
        ];
        if dated == [0; 3] && self.clock.is_none() {
            return Err(wrong("neither Date nor Time was parsed successfully"));
        }
        let year = self
            .year
            .filter(|year| *year != 0)
            .unwrap_or_else(|| calendar::current_year(zone));
        let month = self.month.filter(|month| *month != 0).unwrap_or(1);
        let day = self.day.filter(|day| *day != 0).unwrap_or(1);
        if month > 12 || day > days_in_month(year, month) {
            return Err(wrong(format!("unexpected date: {year}-{month}-{day}")));
        }
        let mut clock = self.clock.unwrap_or(0);
        match self.afternoon {
            Some(true) if clock < DAY_SECONDS / 2 => clock += DAY_SECONDS / 2,
            Some(false) if clock / 3600 == 12 => clock -= DAY_SECONDS / 2,
            _ => {}
        }
        let local = calendar::Date { year, month, day }.days() * DAY_SECONDS + clock;
        let seconds = self
            .offset
            .map_or_else(|| local_to_utc(zone, local), |offset| local - offset);
        Ok(Moment {
            seconds,
            nanoseconds: self.nanoseconds,
        })
    }
}

fn one_or_two(cursor: &mut Cursor<'_>, after: &str) -> Result<u8> {
    let digits = take_digits(cursor);
    match digits.len() {
        1 | 2 => Ok(number(digits) as u8),
        count => Err(wrong(format!(
            "unexpected number of decimal digits after {after}: {count}"
        ))),
    }
}
