//! Dates out of numbers and of text in many forms.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::Int64Type;

use super::calendar::{Civil, DAY, days, year_start};
use super::values::{date_times, dates, wide_dates};
use crate::error::{Code, Error, Result};
use crate::functions::casts::{Failure, Options, cast_with, time_zone, time_zone_of};
use crate::functions::function::{Argument, Bound, Function, illegal, illegal_type};
use crate::functions::{Context, TypedExpr};
use crate::types::{DATE32_DAYS, DataType};

pub const MAKE_DATE: Function = Function::new(
    "makeDate",
    (2, 3),
    "The date of a year, month and day, or of a year and its day",
    |arguments, _| make_date(arguments, "makeDate", &NARROW),
)
.any_case();
pub const MAKE_DATE32: Function = Function::new(
    "makeDate32",
    (2, 3),
    "The Date32 of a year, month and day, or of a year and its day",
    |arguments, _| make_date(arguments, "makeDate32", &WIDE),
);

/// A type of dates: its values, and which years it has.
struct Calendar {
    data_type: DataType,
    years: std::ops::RangeInclusive<i64>,
    day_max: i64,
    array: fn(&mut dyn Iterator<Item = i64>) -> ArrayRef,
}

const NARROW: Calendar = Calendar {
    data_type: DataType::Date,
    years: 1970..=2149,
    day_max: u16::MAX as i64,
    array: |days| dates(days),
};
const WIDE: Calendar = Calendar {
    data_type: DataType::Date32,
    years: 0..=9999,
    day_max: *DATE32_DAYS.end(),
    array: |days| wide_dates(days),
};

fn make_date(arguments: &[Argument], name: &str, calendar: &'static Calendar) -> Result<Bound> {
    integers(arguments, name)?;
    let types = vec![DataType::Int64; arguments.len()];
    Ok(Bound::kernel(calendar.data_type.clone(), types, |arrays, rows| {
        let number = |index: usize, row: usize| arrays[index].as_primitive::<Int64Type>().value(row);
        Ok((calendar.array)(&mut (0..rows).map(|row| match arrays.len() {
            2 => calendar.day_of_year(number(0, row), number(1, row)),
            _ => calendar.day(number(0, row), number(1, row), number(2, row)),
        })))
    }))
}

pub const MAKE_DATE_TIME: Function = Function::new(
    "makeDateTime",
    (6, 7),
    "The moment of a date and a time",
    |arguments, context| {
        integers(&arguments[..6], "makeDateTime")?;
        let named = arguments.get(6).map(time_zone_of).transpose()?;
        let zone = named.unwrap_or(context.time_zone);
        let mut types = vec![DataType::Int64; 6];
        types.extend(arguments.get(6).map(|argument| argument.data_type.clone()));
        Ok(Bound::kernel(DataType::DateTime(named), types, move |arrays, rows| {
            let number = |index: usize, row: usize| arrays[index].as_primitive::<Int64Type>().value(row);
            let wall = |row: usize| {
                let (hour, minute, second) = (number(3, row), number(4, row), number(5, row));
                // Up to 99 of each: what is too much goes to the next.
                let valid = [hour, minute, second].iter().all(|part| (0..100).contains(part));
                match NARROW.known_day(number(0, row), number(1, row), number(2, row)) {
                    Some(day) if valid => day * DAY + hour * 3600 + minute * 60 + second,
                    _ => 0,
                }
            };
            Ok(date_times((0..rows).map(wall), zone))
        }))
    },
)
.any_case();
pub const YYYYMMDD_TO_DATE: Function = Function::new(
    "YYYYMMDDToDate",
    (1, 1),
    "The date of a number such as 20240131",
    |arguments, _| of_digits(arguments, "YYYYMMDDToDate", &NARROW),
);
pub const YYYYMMDD_TO_DATE32: Function = Function::new(
    "YYYYMMDDToDate32",
    (1, 1),
    "The Date32 of a number such as 20240131",
    |arguments, _| of_digits(arguments, "YYYYMMDDToDate32", &WIDE),
);

fn of_digits(arguments: &[Argument], name: &str, calendar: &'static Calendar) -> Result<Bound> {
    integers(arguments, name)?;
    Ok(Bound::kernel(
        calendar.data_type.clone(),
        vec![DataType::Int64],
        |arrays, _| {
            let numbers = arrays[0].as_primitive::<Int64Type>().values().iter();
            Ok((calendar.array)(&mut numbers.map(|number| {
                calendar.day(number / 10_000, number / 100 % 100, number % 100)
            })))
        },
    ))
}

pub const FROM_DAYS_SINCE_YEAR_ZERO: Function = Function::new(
    "fromDaysSinceYearZero",
    (1, 1),
    "The date so many days after 0000-01-01",
    |arguments, _| since_year_zero(arguments, "fromDaysSinceYearZero", &NARROW),
)
.aliases_any_case(&["FROM_DAYS"]);
pub const FROM_DAYS_SINCE_YEAR_ZERO32: Function = Function::new(
    "fromDaysSinceYearZero32",
    (1, 1),
    "The Date32 so many days after 0000-01-01",
    |arguments, _| since_year_zero(arguments, "fromDaysSinceYearZero32", &WIDE),
);

fn since_year_zero(arguments: &[Argument], name: &str, calendar: &'static Calendar) -> Result<Bound> {
    integers(arguments, name)?;
    Ok(Bound::kernel(
        calendar.data_type.clone(),
        vec![DataType::Int64],
        |arrays, _| {
            let zero = days(Civil {
                year: 0,
                month: 1,
                day: 1,
            });
            debug_assert!(arrays[0].null_count() == 0, "NULL is taken out before");
            let numbers = arrays[0].as_primitive::<Int64Type>();
            if let Some(negative) = numbers.values().iter().find(|number| **number < 0) {
                let message = format!("Expected a non-negative integer, got: {negative}");
                return Err(Error::new(Code::ARGUMENT_OUT_OF_BOUND, message));
            }
            let since = numbers.values().iter().map(|days| days.saturating_add(zero));
            Ok((calendar.array)(&mut since.into_iter()))
        },
    ))
}

fn integers(arguments: &[Argument], name: &str) -> Result<()> {
    match arguments
        .iter()
        .find(|argument| !argument.data_type.is_integer() && !argument.data_type.is_float())
    {
        Some(wrong) => Err(illegal_type(wrong, name)),
        None => Ok(()),
    }
}

impl Calendar {
    /// The day number; 0 for a date that is none.
    fn day(&self, year: i64, month: i64, day: i64) -> i64 {
        self.known_day(year, month, day).unwrap_or(0)
    }

    /// The day number, if the type has it. Any month has 31 days: those that it has not are in the next.
    fn known_day(&self, year: i64, month: i64, day: i64) -> Option<i64> {
        let valid = self.years.contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
        let number = valid.then(|| days(Civil { year, month, day }));
        number.filter(|number| *number <= self.day_max)
    }

    fn day_of_year(&self, year: i64, day_of_year: i64) -> i64 {
        let known = self.years.contains(&year) && (1..=year_start(year + 1) - year_start(year)).contains(&day_of_year);
        match known {
            true => days(Civil { year, month: 1, day: 1 }) + day_of_year - 1,
            false => 0,
        }
    }
}

pub const PARSE_BEST_EFFORT: Function = Function::new(
    "parseDateTimeBestEffort",
    (1, 2),
    "A DateTime out of text in one of many forms",
    |_, _| {
        Ok(Bound::compose(|arguments, context| {
            best_effort(arguments, Failure::Error, context)
        }))
    },
);
pub const PARSE_BEST_EFFORT_OR_NULL: Function = Function::new(
    "parseDateTimeBestEffortOrNull",
    (1, 2),
    "A DateTime out of text in one of many forms; NULL if that fails",
    |_, _| {
        Ok(Bound::compose(|arguments, context| {
            best_effort(arguments, Failure::Null, context)
        }))
    },
);
pub const PARSE_BEST_EFFORT_OR_ZERO: Function = Function::new(
    "parseDateTimeBestEffortOrZero",
    (1, 2),
    "A DateTime out of text in one of many forms; 1970-01-01 if that fails",
    |_, _| {
        Ok(Bound::compose(|arguments, context| {
            best_effort(arguments, Failure::Default, context)
        }))
    },
);

fn best_effort(arguments: Vec<TypedExpr>, failure: Failure, context: &Context) -> Result<TypedExpr> {
    let zone = arguments.get(1).map(time_zone).transpose()?;
    let argument = arguments
        .into_iter()
        .next()
        .expect("the number of arguments is checked");
    if !argument.data_type.bare().is_string_or_fixed_string() {
        return Err(illegal(format!(
            "Illegal type {} of argument of function parseDateTimeBestEffort",
            argument.data_type
        )));
    }
    let plain = DataType::DateTime(zone);
    let nullable = failure == Failure::Null || argument.data_type.is_nullable();
    let result = if nullable { plain.to_nullable() } else { plain };
    cast_with(
        argument,
        &result,
        &Options {
            function: "parseDateTimeBestEffort",
            ..Options::new(failure, context)
        },
        "parseDateTimeBestEffort",
    )
}
