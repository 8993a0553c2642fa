//! `toStartOfMonth` and the like: where a calendar unit begins.

use super::calendar::{Civil, DAY as DAY_SECONDS, civil, day_of_week, days, iso_week, local, month_length, year_start};
use super::parts::{check, mode};
use super::values::{date_times, dates, fractions, locals, moments, numbers, seconds, zone};
use crate::error::Result;
use crate::functions::Context;
use crate::functions::casts::power;
use crate::functions::function::{Argument, Bound, Function};
use crate::types::{DataType, TimeZone};

/// Units of whole days: the result is a Date.
macro_rules! day {
    ($constant:ident, $name:literal, [$($alias:literal),*], $description:literal, $start:expr) => {
        pub const $constant: Function =
            Function::new($name, (1, 2), $description, |arguments, context| of_days(arguments, $name, $start, context)).aliases_any_case(&[$($alias),*]);
    };
}

day!(
    YEAR,
    "toStartOfYear",
    [],
    "The first day of the year",
    |day| year_start(civil(day).year)
);
day!(
    ISO_YEAR,
    "toStartOfISOYear",
    [],
    "The first day of the ISO year",
    start_of_iso_year
);
day!(QUARTER, "toStartOfQuarter", [], "The first day of the quarter", |day| {
    let date = civil(day);
    days(Civil {
        month: (date.month - 1) / 3 * 3 + 1,
        day: 1,
        ..date
    })
});
day!(MONTH, "toStartOfMonth", [], "The first day of the month", |day| day
    - civil(day).day
    + 1);
day!(
    LAST_DAY_OF_MONTH,
    "toLastDayOfMonth",
    ["LAST_DAY"],
    "The last day of the month",
    |day| {
        let date = civil(day);
        day - date.day + month_length(date.year, date.month)
    }
);
day!(MONDAY, "toMonday", [], "The Monday of the week", monday);

fn monday(day: i64) -> i64 {
    day - day_of_week(day) + 1
}

fn start_of_iso_year(day: i64) -> i64 {
    let year = iso_week(day).0;
    monday(days(Civil { year, month: 1, day: 4 }))
}

fn of_days(arguments: &[Argument], name: &str, start: fn(i64) -> i64, context: &Context) -> Result<Bound> {
    check(arguments, name, false)?;
    let zone = zone(&arguments[0], arguments.get(1), context)?;
    let from = arguments[0].data_type.clone();
    let types = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    Ok(Bound::compact(DataType::Date, types, move |arrays, _| {
        Ok(dates(
            locals(&arrays[0], &from, zone)
                .into_iter()
                .map(|local| start(local.div_euclid(DAY_SECONDS))),
        ))
    }))
}

pub const WEEK: Function = Function::new(
    "toStartOfWeek",
    (1, 3),
    "The first day of the week: Sunday, or Monday in odd modes",
    |arguments, context| {
        week(
            arguments,
            "toStartOfWeek",
            context,
            |day, monday_first| match monday_first {
                true => monday(day),
                false => day - day_of_week(day) % 7,
            },
        )
    },
);
pub const LAST_DAY_OF_WEEK: Function = Function::new(
    "toLastDayOfWeek",
    (1, 3),
    "The last day of the week: Saturday, or Sunday in odd modes",
    |arguments, context| {
        week(
            arguments,
            "toLastDayOfWeek",
            context,
            |day, monday_first| match monday_first {
                true => monday(day) + 6,
                false => day - day_of_week(day) % 7 + 6,
            },
        )
    },
);

fn week(arguments: &[Argument], name: &str, context: &Context, start: fn(i64, bool) -> i64) -> Result<Bound> {
    check(&arguments[..1], name, false)?;
    let monday_first = mode(arguments, name)? % 2 == 1;
    let zone = zone(&arguments[0], arguments.get(2), context)?;
    let from = arguments[0].data_type.clone();
    let types = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    Ok(Bound::compact(DataType::Date, types, move |arrays, _| {
        Ok(dates(
            locals(&arrays[0], &from, zone)
                .into_iter()
                .map(|local| start(local.div_euclid(DAY_SECONDS), monday_first)),
        ))
    }))
}

/// Units of a day or less: the result is a DateTime.
macro_rules! time {
    ($constant:ident, $name:literal, [$($alias:literal),*], $date:literal, $unit:expr, $description:literal) => {
        pub const $constant: Function =
            Function::new($name, (1, 2), $description, |arguments, context| of_seconds(arguments, $name, $date, $unit, context)).aliases_any_case(&[$($alias),*]);
    };
}
time!(DAY, "toStartOfDay", [], true, DAY_SECONDS, "The beginning of the day");
time!(HOUR, "toStartOfHour", [], false, 3600, "The beginning of the hour");
time!(MINUTE, "toStartOfMinute", [], false, 60, "The beginning of the minute");
time!(
    FIVE_MINUTES,
    "toStartOfFiveMinutes",
    ["toStartOfFiveMinute"],
    false,
    300,
    "The beginning of five minutes"
);
time!(
    TEN_MINUTES,
    "toStartOfTenMinutes",
    [],
    false,
    600,
    "The beginning of ten minutes"
);
time!(
    FIFTEEN_MINUTES,
    "toStartOfFifteenMinutes",
    [],
    false,
    900,
    "The beginning of a quarter of an hour"
);
time!(TIME_SLOT, "timeSlot", [], false, 1800, "The beginning of half an hour");

fn of_seconds(arguments: &[Argument], name: &str, date: bool, unit: i64, context: &Context) -> Result<Bound> {
    check(arguments, name, !date)?;
    let named = arguments.get(1);
    let zone = zone(&arguments[0], named, context)?;
    let shown: Option<TimeZone> = if named.is_some() {
        Some(zone)
    } else {
        arguments[0].data_type.time_zone()
    };
    let from = arguments[0].data_type.clone();
    let types = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    Ok(Bound::compact(DataType::DateTime(shown), types, move |arrays, _| {
        if unit == DAY_SECONDS {
            let locals = locals(&arrays[0], &from, zone).into_iter();
            return Ok(date_times(locals.map(|local| local - local.rem_euclid(unit)), zone));
        }
        let seconds = seconds(&arrays[0], &from, zone).into_iter();
        Ok(moments(seconds.map(|seconds| start_on_clock(seconds, unit, zone))))
    }))
}

/// When the unit of the wall clock began that it shows at a moment. The clock may show the same time twice in a night,
/// so this is counted back from the moment.
pub fn start_on_clock(seconds: i64, unit: i64, zone: TimeZone) -> i64 {
    seconds - local(seconds, zone).rem_euclid(unit)
}

pub const SECOND: Function = Function::new(
    "toStartOfSecond",
    (1, 2),
    "The beginning of the second",
    |arguments, context| {
        check(arguments, "toStartOfSecond", true)?;
        let zone = zone(&arguments[0], arguments.get(1), context)?;
        let from = arguments[0].data_type.clone();
        let types = arguments.iter().map(|argument| argument.data_type.clone()).collect();
        let (result, scale) = match &from {
            DataType::DateTime64(scale, own) => (DataType::DateTime64(*scale, *own), *scale),
            other => (DataType::DateTime64(0, other.time_zone()), 0),
        };
        Ok(Bound::compact(result, types, move |arrays, _| {
            debug_assert!(
                fractions(&arrays[0], &from).is_none_or(|(_, own)| own == scale),
                "the result has the argument's scale"
            );
            Ok(numbers(
                seconds(&arrays[0], &from, zone)
                    .into_iter()
                    .map(|seconds| seconds.saturating_mul(power(scale))),
            ))
        }))
    },
);
