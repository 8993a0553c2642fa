//! Parts of dates and times as numbers: `toYear`, `toHour`, `toYYYYMM`.

use arrow::array::Array;

use super::calendar::{Civil, DAY, civil, day_of_week, days, iso_week, year_start};
use super::values::{fractions, locals, numbers, seconds, zone};
use crate::error::{Code, Error, Result};
use crate::functions::Context;
use crate::functions::casts::numbers::wrap;
use crate::functions::casts::{integer_value, power, text_value};
use crate::functions::function::{Argument, Bound, Function, illegal, illegal_type};
use crate::types::DataType;

/// A number made of what the wall clock shows.
macro_rules! part {
    ($constant:ident, $name:literal, [$($alias:literal),*], $result:ident, $time:literal, $description:literal, $number:expr) => {
        pub const $constant: Function = Function::new($name, (1, 2), $description, |arguments, context| {
            part(arguments, $name, DataType::$result, $time, $number, context)
        })
        .aliases_any_case(&[$($alias),*]);
    };
}

part!(YEAR, "toYear", ["YEAR"], UInt16, false, "The year", |local| date(local)
    .year);
part!(
    QUARTER,
    "toQuarter",
    ["QUARTER"],
    UInt8,
    false,
    "The quarter of the year",
    |local| (date(local).month + 2) / 3
);
part!(
    MONTH,
    "toMonth",
    ["MONTH"],
    UInt8,
    false,
    "The month of the year",
    |local| date(local).month
);
part!(
    DAY_OF_MONTH,
    "toDayOfMonth",
    ["DAY", "DAYOFMONTH"],
    UInt8,
    false,
    "The day of the month",
    |local| date(local).day
);
part!(
    DAY_OF_YEAR,
    "toDayOfYear",
    ["DAYOFYEAR"],
    UInt16,
    false,
    "The day of the year",
    |local| {
        let day = local.div_euclid(DAY);
        day - year_start(civil(day).year) + 1
    }
);
part!(
    HOUR,
    "toHour",
    ["HOUR"],
    UInt8,
    true,
    "The hour of the day",
    |local| local.rem_euclid(DAY) / 3600
);
part!(
    MINUTE,
    "toMinute",
    ["MINUTE"],
    UInt8,
    true,
    "The minute of the hour",
    |local| local.rem_euclid(3600) / 60
);
part!(
    SECOND,
    "toSecond",
    ["SECOND"],
    UInt8,
    true,
    "The second of the minute",
    |local| local.rem_euclid(60)
);
part!(
    ISO_YEAR,
    "toISOYear",
    [],
    UInt16,
    false,
    "The year to which the ISO week belongs",
    |local| iso_week(local.div_euclid(DAY)).0
);
part!(ISO_WEEK, "toISOWeek", [], UInt8, false, "The ISO week", |local| {
    iso_week(local.div_euclid(DAY)).1
});
part!(
    YYYYMM,
    "toYYYYMM",
    [],
    UInt32,
    false,
    "Year and month as one number",
    |local| {
        let date = date(local);
        date.year * 100 + date.month
    }
);
part!(
    YYYYMMDD,
    "toYYYYMMDD",
    [],
    UInt32,
    false,
    "Year, month and day as one number",
    |local| yyyymmdd(date(local))
);
part!(
    YYYYMMDDHHMMSS,
    "toYYYYMMDDhhmmss",
    [],
    UInt64,
    false,
    "Date and time as one number",
    |local| {
        let of_day = local.rem_euclid(DAY);
        ((yyyymmdd(date(local)) * 100 + of_day / 3600) * 100 + of_day / 60 % 60) * 100 + of_day % 60
    }
);
part!(
    RELATIVE_YEAR,
    "toRelativeYearNum",
    [],
    UInt16,
    false,
    "The year",
    |local| date(local).year
);
part!(
    RELATIVE_QUARTER,
    "toRelativeQuarterNum",
    [],
    UInt32,
    false,
    "Quarters since the year 0",
    |local| {
        let date = date(local);
        date.year * 4 + (date.month - 1) / 3
    }
);
part!(
    RELATIVE_MONTH,
    "toRelativeMonthNum",
    [],
    UInt32,
    false,
    "Months since the year 0",
    |local| {
        let date = date(local);
        date.year * 12 + date.month
    }
);
part!(
    RELATIVE_WEEK,
    "toRelativeWeekNum",
    [],
    UInt32,
    false,
    "Weeks since 1970",
    |local| (local.div_euclid(DAY) + 3).div_euclid(7).max(0)
);
part!(
    RELATIVE_DAY,
    "toRelativeDayNum",
    [],
    UInt32,
    false,
    "Days since 1970",
    |local| local.div_euclid(DAY).max(0)
);
part!(
    RELATIVE_HOUR,
    "toRelativeHourNum",
    [],
    UInt32,
    false,
    "Hours since 1970",
    |local| local.div_euclid(3600).max(0)
);
part!(
    DAYS_SINCE_YEAR_ZERO,
    "toDaysSinceYearZero",
    ["TO_DAYS"],
    UInt32,
    false,
    "Days since 0000-01-01",
    |local| {
        local.div_euclid(DAY)
            - days(Civil {
                year: 0,
                month: 1,
                day: 1,
            })
    }
);

fn date(local: i64) -> Civil {
    civil(local.div_euclid(DAY))
}

fn yyyymmdd(date: Civil) -> i64 {
    (date.year * 100 + date.month) * 100 + date.day
}

/// Checks that the first argument is a date, and a date with time if `time`.
pub fn check(arguments: &[Argument], name: &str, time: bool) -> Result<()> {
    let data_type = &arguments[0].data_type;
    if !data_type.is_date_or_date_time() {
        return Err(illegal(format!(
            "Illegal type {data_type} of argument of function {name}. Should be Date, Date32, DateTime or DateTime64"
        )));
    }
    if time && data_type.is_date() {
        return Err(illegal(format!(
            "Illegal argument of type {data_type} for function {name}"
        )));
    }
    if let Some(zone) = arguments.get(1)
        && zone.data_type != DataType::String
    {
        return Err(illegal(format!(
            "Illegal type {} of argument of function {name}. Should be a time zone",
            zone.data_type
        )));
    }
    Ok(())
}

fn types(arguments: &[Argument]) -> Vec<DataType> {
    arguments.iter().map(|argument| argument.data_type.clone()).collect()
}

fn part(
    arguments: &[Argument],
    name: &str,
    result: DataType,
    time: bool,
    number: fn(i64) -> i64,
    context: &Context,
) -> Result<Bound> {
    check(arguments, name, time)?;
    let zone = zone(&arguments[0], arguments.get(1), context)?;
    let from = arguments[0].data_type.clone();
    let arrow = result.arrow();
    Ok(Bound::compact(result, types(arguments), move |arrays, _| {
        wrap(
            &numbers(locals(&arrays[0], &from, zone).into_iter().map(number)),
            &arrow,
        )
    }))
}

/// Numbers that do not depend on the zone.
macro_rules! since {
    ($constant:ident, $name:literal, $unit:literal, $description:literal) => {
        pub const $constant: Function = Function::new($name, (1, 2), $description, |arguments, context| {
            check(arguments, $name, false)?;
            let zone = zone(&arguments[0], arguments.get(1), context)?;
            let from = arguments[0].data_type.clone();
            Ok(Bound::compact(
                DataType::UInt32,
                types(arguments),
                move |arrays, _| {
                    wrap(
                        &numbers(
                            seconds(&arrays[0], &from, zone)
                                .into_iter()
                                .map(|value| value.div_euclid($unit).max(0)),
                        ),
                        &DataType::UInt32.arrow(),
                    )
                },
            ))
        });
    };
}
since!(RELATIVE_MINUTE, "toRelativeMinuteNum", 60, "Minutes since 1970");
since!(RELATIVE_SECOND, "toRelativeSecondNum", 1, "Seconds since 1970");

pub const MILLISECOND: Function = Function::new(
    "toMillisecond",
    (1, 2),
    "The millisecond of the second",
    |arguments, _| {
        check(arguments, "toMillisecond", true)?;
        let from = arguments[0].data_type.clone();
        Ok(Bound::compact(DataType::UInt16, types(arguments), move |arrays, _| {
            let milliseconds = match fractions(&arrays[0], &from) {
                Some((ticks, scale)) => ticks.into_iter().map(|ticks| ticks * 1000 / power(scale)).collect(),
                None => vec![0; arrays[0].len()],
            };
            wrap(&numbers(milliseconds.into_iter()), &DataType::UInt16.arrow())
        }))
    },
)
.aliases_any_case(&["MILLISECOND"]);

/// A constant mode argument.
pub fn mode(arguments: &[Argument], name: &str) -> Result<i64> {
    let Some(argument) = arguments.get(1) else { return Ok(0) };
    match argument.constant.as_ref().and_then(integer_value) {
        Some(mode) => Ok((mode & 0xFF) as i64),
        None => Err(illegal(format!(
            "Illegal type {} of 2nd (optional) argument of function {name}. Must be constant UInt8 (week mode)",
            argument.data_type
        ))),
    }
}

pub const DAY_OF_WEEK: Function = Function::new("toDayOfWeek", (1, 3), "The day of the week", |arguments, context| {
    with_mode(
        arguments,
        "toDayOfWeek",
        DataType::UInt8,
        context,
        |days, mode| match (day_of_week(days), mode % 4) {
            (day, 0) => day,
            (day, 1) => day - 1,
            (day, 2) => day % 7,
            (day, _) => day % 7 + 1,
        },
    )
})
.aliases_any_case(&["DAYOFWEEK"]);
pub const WEEK: Function = Function::new(
    "toWeek",
    (1, 3),
    "The week of the year, by MySQL's modes",
    |arguments, context| {
        with_mode(arguments, "toWeek", DataType::UInt8, context, |days, mode| {
            week(days, mode).1
        })
    },
)
.aliases_any_case(&["WEEK"]);
pub const YEAR_WEEK: Function = Function::new(
    "toYearWeek",
    (1, 3),
    "Year and week as one number, by MySQL's modes",
    |arguments, context| {
        with_mode(arguments, "toYearWeek", DataType::UInt32, context, |days, mode| {
            let (year, week) = week(days, mode | WEEK_YEAR);
            year * 100 + week
        })
    },
)
.aliases_any_case(&["YEARWEEK"]);

fn with_mode(
    arguments: &[Argument],
    name: &str,
    result: DataType,
    context: &Context,
    number: fn(i64, i64) -> i64,
) -> Result<Bound> {
    check(&arguments[..1], name, false)?;
    let mode = mode(arguments, name)?;
    let zone = zone(&arguments[0], arguments.get(2), context)?;
    let from = arguments[0].data_type.clone();
    let arrow = result.arrow();
    Ok(Bound::compact(result, types(arguments), move |arrays, _| {
        let locals = locals(&arrays[0], &from, zone);
        wrap(
            &numbers(locals.into_iter().map(|local| number(local.div_euclid(DAY), mode))),
            &arrow,
        )
    }))
}

const MONDAY_FIRST: i64 = 1;
/// Weeks are counted 1 to 53 and belong to the year in which most of them lie.
const WEEK_YEAR: i64 = 2;
const FIRST_WEEKDAY: i64 = 4;

/// Year and week of a day by MySQL's rules.
fn week(days: i64, mode: i64) -> (i64, i64) {
    let mode = if mode & MONDAY_FIRST == 0 {
        mode ^ FIRST_WEEKDAY
    } else {
        mode
    };
    let (monday, mut week_year, first_weekday) = (
        mode & MONDAY_FIRST != 0,
        mode & WEEK_YEAR != 0,
        mode & FIRST_WEEKDAY != 0,
    );
    let date = civil(days);
    let mut year = date.year;
    let mut first = year_start(year);
    // The weekday from 0 of the first of January.
    let weekday_of = |days: i64| {
        if monday {
            day_of_week(days) - 1
        } else {
            day_of_week(days) % 7
        }
    };
    let mut weekday = weekday_of(first);
    if date.month == 1 && date.day <= 7 - weekday {
        if !week_year && (first_weekday && weekday != 0 || !first_weekday && weekday >= 4) {
            return (year, 0);
        }
        week_year = true;
        let before = !first_weekday && weekday >= 4 || first_weekday && weekday != 0;
        if before {
            year -= 1;
            let previous = year_start(year);
            weekday = (weekday + 53 * 7 - (first - previous)) % 7;
            first = previous;
        }
    }
    let starts_late = first_weekday && weekday != 0 || !first_weekday && weekday >= 4;
    let passed = days
        - if starts_late {
            first + 7 - weekday
        } else {
            first - weekday
        };
    if week_year && passed >= 52 * 7 {
        let next = (weekday + year_start(year + 1) - first) % 7;
        if !first_weekday && next < 4 || first_weekday && next == 0 {
            return (year + 1, 1);
        }
    }
    (year, passed.div_euclid(7) + 1)
}

/// English names of months.
pub const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// English names of weekdays, from Monday.
pub const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

pub const MONTH_NAME: Function = Function::new(
    "monthName",
    (1, 1),
    "The English name of the month",
    |arguments, context| {
        check(arguments, "monthName", false)?;
        if arguments[0].data_type == DataType::Date32 {
            return Err(illegal_type(&arguments[0], "monthName"));
        }
        named(
            &arguments[0],
            None,
            context,
            vec![arguments[0].data_type.clone()],
            |local| MONTHS[date(local).month as usize - 1].into(),
        )
    },
)
.any_case();
pub const DATE_NAME: Function = Function::new(
    "dateName",
    (2, 3),
    "A part of the date, in English",
    |arguments, context| {
        let part = arguments[0]
            .constant
            .as_ref()
            .and_then(text_value)
            .map(|part| String::from_utf8_lossy(part).to_lowercase());
        check(&arguments[1..2], "dateName", false)?;
        let name: fn(i64) -> String = match part.as_deref() {
            Some("year") => |local| date(local).year.to_string(),
            Some("quarter") => |local| ((date(local).month + 2) / 3).to_string(),
            Some("month") => |local| MONTHS[date(local).month as usize - 1].into(),
            Some("dayofyear") => |local| (local.div_euclid(DAY) - year_start(date(local).year) + 1).to_string(),
            Some("day") => |local| date(local).day.to_string(),
            Some("week") => |local| iso_week(local.div_euclid(DAY)).1.to_string(),
            Some("weekday") => |local| WEEKDAYS[day_of_week(local.div_euclid(DAY)) as usize - 1].into(),
            Some("hour") => |local| (local.rem_euclid(DAY) / 3600).to_string(),
            Some("minute") => |local| (local.rem_euclid(3600) / 60).to_string(),
            Some("second") => |local| local.rem_euclid(60).to_string(),
            other => {
                let shown = other.unwrap_or("a non-constant");
                return Err(Error::new(
                    Code::BAD_ARGUMENTS,
                    format!("{shown} doesn't look like datepart name in dateName"),
                ));
            }
        };
        named(&arguments[1], arguments.get(2), context, types(arguments), name)
    },
)
.any_case();

fn named(
    value: &Argument,
    zone_name: Option<&Argument>,
    context: &Context,
    types: Vec<DataType>,
    name: fn(i64) -> String,
) -> Result<Bound> {
    let zone = zone(value, zone_name, context)?;
    let from = value.data_type.clone();
    let index = usize::from(types.len() > 1);
    Ok(Bound::kernel(DataType::String, types, move |arrays, _| {
        let names = locals(&arrays[index], &from, zone).into_iter().map(name);
        Ok(std::sync::Arc::new(arrow::array::BinaryArray::from_iter_values(names)))
    }))
}
