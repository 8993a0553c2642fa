//! `formatDateTime`, by MySQL's format.

use std::io::Write;

use arrow::array::Array;

use super::calendar::{DAY, civil, day_of_week, iso_week, offset, year_start};
use super::parts::{MONTHS, WEEKDAYS, check};
use super::values::{fractions, locals, seconds, zone};
use crate::error::{Code, Error, Result};
use crate::functions::Context;
use crate::functions::casts::{text_value, time_zone_of};
use crate::functions::function::{Argument, Bound, Function, illegal};
use crate::functions::strings::strings;
use crate::types::DataType;

pub const FORMAT_DATE_TIME: Function =
    Function::new("formatDateTime", (2, 3), "The date or time as text, by a pattern", bind)
        .aliases_any_case(&["DATE_FORMAT"]);

/// Letters that the pattern may have after a percent sign.
const KNOWN: &[u8] = b"%aAbBcCdDeFfgGhHiIjklmMnOpQrRsSTtuVwWyYz";

fn bind(arguments: &[Argument], context: &Context) -> Result<Bound> {
    check(&arguments[..1], "formatDateTime", false)?;
    let Some(pattern) = arguments[1].constant.as_ref().and_then(text_value) else {
        return Err(illegal(
            "Second argument for function formatDateTime must be constant string",
        ));
    };
    let pattern = pattern.to_vec();
    let mut bytes = pattern.iter();
    while let Some(byte) = bytes.next() {
        if *byte != b'%' {
            continue;
        }
        let Some(letter) = bytes.next() else {
            return Err(Error::new(
                Code::BAD_ARGUMENTS,
                "Trailing '%' in the pattern of function formatDateTime",
            ));
        };
        if !KNOWN.contains(letter) {
            let letter = char::from(*letter);
            let message = format!(
                "Incorrect syntax '{}', symbol is not supported '{letter}' for function formatDateTime",
                String::from_utf8_lossy(&pattern)
            );
            return Err(Error::new(Code::BAD_ARGUMENTS, message));
        }
    }
    let named = arguments.get(2).map(time_zone_of).transpose()?;
    let zone = match named {
        Some(zone) => zone,
        None => zone(&arguments[0], None, context)?,
    };
    let from = arguments[0].data_type.clone();
    let types = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    Ok(Bound::kernel(DataType::String, types, move |arrays, rows| {
        let (walls, moments) = (locals(&arrays[0], &from, zone), seconds(&arrays[0], &from, zone));
        let fractions = fractions(&arrays[0], &from);
        debug_assert!(arrays[0].len() == rows, "kernels get full arrays");
        strings(rows, |row, out| {
            let fraction = fractions
                .as_ref()
                .map(|(ticks, scale)| (ticks[row], usize::from(*scale)));
            let value = Value {
                wall: walls[row],
                offset: offset(moments[row], zone),
                fraction,
            };
            let mut bytes = pattern.iter();
            while let Some(byte) = bytes.next() {
                match byte {
                    b'%' => value.write(*bytes.next().unwrap_or(&b'%'), out),
                    byte => out.push(*byte),
                }
            }
            Ok(())
        })
    }))
}

/// A moment as it is written.
struct Value {
    wall: i64,
    offset: i64,
    /// Ticks of the second and their digits.
    fraction: Option<(i64, usize)>,
}

impl Value {
    fn write(&self, letter: u8, out: &mut Vec<u8>) {
        let day = self.wall.div_euclid(DAY);
        let date = civil(day);
        let (hour, minute, second) = (
            self.wall.rem_euclid(DAY) / 3600,
            self.wall.rem_euclid(3600) / 60,
            self.wall.rem_euclid(60),
        );
        let twelve = (hour + 11) % 12 + 1;
        let half = if hour < 12 { "AM" } else { "PM" };
        let month = MONTHS[date.month as usize - 1];
        let weekday = WEEKDAYS[day_of_week(day) as usize - 1];
        let written = match letter {
            b'a' => out.write_all(&weekday.as_bytes()[..3]),
            b'W' | b'A' => out.write_all(weekday.as_bytes()),
            b'b' => out.write_all(&month.as_bytes()[..3]),
            b'M' | b'B' => out.write_all(month.as_bytes()),
            b'c' | b'm' => write!(out, "{:02}", date.month),
            b'C' => write!(out, "{:02}", date.year / 100),
            b'd' => write!(out, "{:02}", date.day),
            b'D' => write!(out, "{:02}/{:02}/{:02}", date.month, date.day, date.year % 100),
            b'e' => write!(out, "{}", date.day),
            b'F' => write!(out, "{:04}-{:02}-{:02}", date.year, date.month, date.day),
            b'f' => self.write_fraction(out),
            b'g' => write!(out, "{:02}", iso_week(day).0 % 100),
            b'G' => write!(out, "{:04}", iso_week(day).0),
            b'h' | b'I' | b'l' => write!(out, "{twelve:02}"),
            b'H' | b'k' => write!(out, "{hour:02}"),
            b'i' => write!(out, "{minute:02}"),
            b'j' => write!(out, "{:03}", day - year_start(date.year) + 1),
            b'n' => out.write_all(b"\n"),
            b'p' => out.write_all(half.as_bytes()),
            b'Q' => write!(out, "{}", (date.month + 2) / 3),
            b'r' => write!(out, "{twelve:02}:{minute:02} {half}"),
            b'R' => write!(out, "{hour:02}:{minute:02}"),
            b's' | b'S' => write!(out, "{second:02}"),
            b't' => out.write_all(b"\t"),
            b'T' => write!(out, "{hour:02}:{minute:02}:{second:02}"),
            b'u' => write!(out, "{}", day_of_week(day)),
            b'V' => write!(out, "{:02}", iso_week(day).1),
            b'w' => write!(out, "{}", day_of_week(day) % 7),
            b'y' => write!(out, "{:02}", date.year % 100),
            b'Y' => write!(out, "{:04}", date.year),
            b'z' | b'O' => self.write_offset(out),
            other => out.write_all(&[other]),
        };
        debug_assert!(written.is_ok(), "writing into memory does not fail");
    }

    /// Six digits, or as many as the type has if more.
    fn write_fraction(&self, out: &mut Vec<u8>) -> std::io::Result<()> {
        match self.fraction {
            None | Some((_, 0)) => out.write_all(b"000000"),
            Some((ticks, scale)) => write!(out, "{:0<6}", format!("{ticks:0scale$}")),
        }
    }

    fn write_offset(&self, out: &mut Vec<u8>) -> std::io::Result<()> {
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.abs() / 60;
        write!(out, "{sign}{:02}{:02}", minutes / 60, minutes % 60)
    }
}
