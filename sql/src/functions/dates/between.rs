//! `toStartOfInterval`, `date_trunc`.

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::Int64Type;
use datafusion::common::ScalarValue;

use super::calendar::{Civil, DAY, civil, days, moment};
use super::parts::check;
use super::start::start_on_clock;
use super::values::{date_times, dates, locals, moments, numbers, seconds, wide_dates, zone};
use crate::error::{Code, Error, Result};
use crate::functions::call::call_function;
use crate::functions::casts::{integer_value, power, text_value};
use crate::functions::function::{Argument, Bound, Function, illegal};
use crate::functions::{Context, TypedExpr, call};
use crate::types::{DataType, IntervalUnit, TimeZone};

pub const START_OF_INTERVAL: Function = Function::new(
    "toStartOfInterval",
    (2, 3),
    "The beginning of the interval that holds the moment",
    bind,
)
.aliases_any_case(&["time_bucket", "date_bin"]);

/// The first Monday since 1970, as a day number: weeks are counted from it.
const FIRST_MONDAY: i64 = 4;

/// `dateTrunc` of types with more days than Date has.
const TRUNC_WIDE: Function = Function::new("dateTrunc", (2, 3), "", bind_wide);

/// Whole units as Date32 and DateTime64, other ones as `toStartOfInterval` has them.
fn bind_wide(arguments: &[Argument], context: &Context) -> Result<Bound> {
    let DataType::Interval(unit) = arguments[1].data_type else {
        return bind(arguments, context);
    };
    let zone = zone(&arguments[0], arguments.get(2), context)?;
    let from = arguments[0].data_type.clone();
    let types: Vec<DataType> = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    let days = move |arrays: &[ArrayRef]| {
        let locals = locals(&arrays[0], &from, zone).into_iter();
        locals.map(|local| local.div_euclid(DAY))
    };
    match unit {
        IntervalUnit::Year | IntervalUnit::Quarter | IntervalUnit::Month | IntervalUnit::Week => {
            Ok(Bound::compact(DataType::Date32, types, move |arrays, _| {
                Ok(wide_dates(days(arrays).map(|day| start_day(day, unit, 1))))
            }))
        }
        IntervalUnit::Day => {
            let result = DataType::DateTime64(0, arguments[0].data_type.time_zone());
            Ok(Bound::compact(result, types, move |arrays, _| {
                Ok(numbers(days(arrays).map(|day| moment(day * DAY, zone))))
            }))
        }
        _ => bind(arguments, context),
    }
}

fn bind(arguments: &[Argument], context: &Context) -> Result<Bound> {
    check(&arguments[..1], "toStartOfInterval", false)?;
    let DataType::Interval(unit) = arguments[1].data_type else {
        return Err(illegal(format!(
            "Illegal type {} of 2nd argument of function toStartOfInterval, expected a constant interval",
            arguments[1].data_type
        )));
    };
    let count = arguments[1].constant.as_ref().and_then(integer_value).ok_or_else(|| {
        illegal("Illegal column of 2nd argument of function toStartOfInterval, must be a constant interval")
    })?;
    let Some(count) = i64::try_from(count)
        .ok()
        .filter(|count| (1..=1_000_000_000_000).contains(count))
    else {
        return Err(Error::new(
            Code::ARGUMENT_OUT_OF_BOUND,
            "Value for second argument of function toStartOfInterval must be positive",
        ));
    };
    let named = arguments.get(2);
    let zone = zone(&arguments[0], named, context)?;
    let shown = if named.is_some() {
        Some(zone)
    } else {
        arguments[0].data_type.time_zone()
    };
    let from = arguments[0].data_type.clone();
    let types: Vec<DataType> = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    match unit {
        IntervalUnit::Year | IntervalUnit::Quarter | IntervalUnit::Month | IntervalUnit::Week => {
            Ok(Bound::compact(DataType::Date, types, move |arrays, _| {
                Ok(dates(
                    locals(&arrays[0], &from, zone)
                        .into_iter()
                        .map(|local| start_day(local.div_euclid(DAY), unit, count)),
                ))
            }))
        }
        IntervalUnit::Day | IntervalUnit::Hour | IntervalUnit::Minute | IntervalUnit::Second => {
            if from.is_date() && unit != IntervalUnit::Day {
                return Err(illegal("Illegal interval kind for argument data type Date"));
            }
            let size = count.saturating_mul(seconds_of(unit));
            Ok(Bound::compact(DataType::DateTime(shown), types, move |arrays, _| {
                // Days are counted on the wall clock, hours within the day, minutes and seconds in UTC.
                let begins = |local: i64| match unit {
                    IntervalUnit::Day => local - local.rem_euclid(size),
                    _ => local - local.rem_euclid(DAY).rem_euclid(size),
                };
                let moment_of = |seconds: i64| match unit {
                    IntervalUnit::Hour => start_on_clock(seconds, size, zone),
                    _ => seconds - seconds.rem_euclid(size),
                };
                let is_short = unit != IntervalUnit::Day && (unit != IntervalUnit::Hour || count == 1);
                Ok(match is_short {
                    true => moments(seconds(&arrays[0], &from, zone).into_iter().map(moment_of)),
                    false => date_times(locals(&arrays[0], &from, zone).into_iter().map(begins), zone),
                })
            }))
        }
        _ => fraction(&from, unit, count, shown, types),
    }
}

/// Units below a second.
fn fraction(
    from: &DataType,
    unit: IntervalUnit,
    count: i64,
    shown: Option<TimeZone>,
    types: Vec<DataType>,
) -> Result<Bound> {
    let digits = match unit {
        IntervalUnit::Millisecond => 3,
        IntervalUnit::Microsecond => 6,
        _ => 9,
    };
    let DataType::DateTime64(scale, _) = *from else {
        return Err(illegal(format!("Illegal interval kind for argument data type {from}")));
    };
    let kept = scale.max(digits);
    let size = count.saturating_mul(power(kept - digits));
    let grow = power(kept - scale);
    Ok(Bound::compact(
        DataType::DateTime64(kept, shown),
        types,
        move |arrays, _| {
            let ticks = arrays[0].as_primitive::<Int64Type>();
            Ok(numbers(ticks.values().iter().map(|ticks| {
                let ticks = ticks.saturating_mul(grow);
                ticks.saturating_sub(ticks.rem_euclid(size))
            })))
        },
    ))
}

fn seconds_of(unit: IntervalUnit) -> i64 {
    match unit {
        IntervalUnit::Day => DAY,
        IntervalUnit::Hour => 3600,
        IntervalUnit::Minute => 60,
        _ => 1,
    }
}

fn start_day(day: i64, unit: IntervalUnit, count: i64) -> i64 {
    let date = civil(day);
    match unit {
        IntervalUnit::Week => {
            FIRST_MONDAY + (day - FIRST_MONDAY).div_euclid(count.saturating_mul(7)) * count.saturating_mul(7)
        }
        IntervalUnit::Year => days(Civil {
            year: date.year.div_euclid(count) * count,
            month: 1,
            day: 1,
        }),
        _ => {
            let size = if unit == IntervalUnit::Quarter {
                count.saturating_mul(3)
            } else {
                count
            };
            let months = (date.year - 1970) * 12 + date.month - 1;
            let start = months.div_euclid(size) * size;
            days(Civil {
                year: 1970 + start.div_euclid(12),
                month: start.rem_euclid(12) + 1,
                day: 1,
            })
        }
    }
}

pub const TRUNC: Function = Function::new(
    "dateTrunc",
    (2, 3),
    "The beginning of the unit that holds the moment",
    |arguments, _| {
        if arguments[0].constant.as_ref().and_then(text_value).is_none() {
            return Err(illegal(
                "First argument for function dateTrunc must be a constant string: name of datepart",
            ));
        }
        check(&arguments[1..2], "dateTrunc", false)?;
        Ok(Bound::compose(trunc))
    },
)
.aliases_any_case(&["DATE_TRUNC"]);

fn trunc(mut arguments: Vec<TypedExpr>, context: &Context) -> Result<TypedExpr> {
    let part = arguments.remove(0);
    let name = part.constant.as_ref().and_then(text_value).unwrap_or_default();
    let name = String::from_utf8_lossy(name).to_lowercase();
    let unit = unit(&name).ok_or_else(|| {
        Error::new(
            Code::BAD_ARGUMENTS,
            format!("{name} doesn't look like datepart name in dateTrunc"),
        )
    })?;
    let one = TypedExpr::constant(ScalarValue::Int64(Some(1)), DataType::Interval(unit));
    arguments.insert(1, one);
    if let DataType::Date32 | DataType::DateTime64(..) = arguments[0].data_type.bare() {
        return call_function(&TRUNC_WIDE, arguments, context);
    }
    call("toStartOfInterval", arguments, context)
}

/// The unit of this name, singular or plural.
pub fn unit(name: &str) -> Option<IntervalUnit> {
    Some(match name {
        "nanosecond" | "nanoseconds" | "ns" => IntervalUnit::Nanosecond,
        "microsecond" | "microseconds" | "us" | "u" => IntervalUnit::Microsecond,
        "millisecond" | "milliseconds" | "ms" => IntervalUnit::Millisecond,
        "second" | "seconds" | "ss" | "s" => IntervalUnit::Second,
        "minute" | "minutes" | "mi" | "n" => IntervalUnit::Minute,
        "hour" | "hours" | "hh" | "h" => IntervalUnit::Hour,
        "day" | "days" | "dd" | "d" => IntervalUnit::Day,
        "week" | "weeks" | "wk" | "ww" => IntervalUnit::Week,
        "month" | "months" | "mm" | "m" => IntervalUnit::Month,
        "quarter" | "quarters" | "qq" | "q" => IntervalUnit::Quarter,
        "year" | "years" | "yyyy" | "yy" => IntervalUnit::Year,
        _ => return None,
    })
}
