//! Dates plus and minus calendar units: `addDays`, `date_add`, `date + INTERVAL 1 DAY`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{DataType as ArrowType, Int32Type, Int64Type, UInt16Type, UInt32Type};

use super::between::unit as unit_of;
use super::calendar::{DAY, add_months, civil, local, moment};
use crate::error::{Code, Error, Result};
use crate::functions::casts::{clamp_date32, power, rescale_ticks, text_value};
use crate::functions::function::{Argument, Bound, Function, illegal, row_of};
use crate::functions::{Context, TypedExpr, call};
use crate::types::{DataType, IntervalUnit, TIME_SECONDS_MAX, TimeZone, time_ticks_max};

/// `addUnits` and `subtractUnits`.
macro_rules! add {
    ($add:ident, $add_name:literal, $subtract:ident, $subtract_name:literal, $unit:ident) => {
        pub const $add: Function = Function::new(
            $add_name,
            (2, 2),
            "The date so many units later",
            |arguments, context| bind(arguments, $add_name, IntervalUnit::$unit, 1, context),
        );
        pub const $subtract: Function = Function::new(
            $subtract_name,
            (2, 2),
            "The date so many units before",
            |arguments, context| bind(arguments, $subtract_name, IntervalUnit::$unit, -1, context),
        );
    };
}
add!(
    ADD_NANOSECONDS,
    "addNanoseconds",
    SUBTRACT_NANOSECONDS,
    "subtractNanoseconds",
    Nanosecond
);
add!(
    ADD_MICROSECONDS,
    "addMicroseconds",
    SUBTRACT_MICROSECONDS,
    "subtractMicroseconds",
    Microsecond
);
add!(
    ADD_MILLISECONDS,
    "addMilliseconds",
    SUBTRACT_MILLISECONDS,
    "subtractMilliseconds",
    Millisecond
);
add!(ADD_SECONDS, "addSeconds", SUBTRACT_SECONDS, "subtractSeconds", Second);
add!(ADD_MINUTES, "addMinutes", SUBTRACT_MINUTES, "subtractMinutes", Minute);
add!(ADD_HOURS, "addHours", SUBTRACT_HOURS, "subtractHours", Hour);
add!(ADD_DAYS, "addDays", SUBTRACT_DAYS, "subtractDays", Day);
add!(ADD_WEEKS, "addWeeks", SUBTRACT_WEEKS, "subtractWeeks", Week);
add!(ADD_MONTHS, "addMonths", SUBTRACT_MONTHS, "subtractMonths", Month);
add!(
    ADD_QUARTERS,
    "addQuarters",
    SUBTRACT_QUARTERS,
    "subtractQuarters",
    Quarter
);
add!(ADD_YEARS, "addYears", SUBTRACT_YEARS, "subtractYears", Year);

fn bind(arguments: &[Argument], name: &str, unit: IntervalUnit, sign: i64, context: &Context) -> Result<Bound> {
    let from = &arguments[0].data_type;
    if !from.is_date_or_date_time() && !from.is_time() && *from != DataType::String {
        return Err(illegal(format!(
            "Illegal type {from} of first argument of function {name}. Must be a date, a date with time or a String"
        )));
    }
    let count = &arguments[1].data_type;
    if !count.is_integer() && !count.is_float() && !count.is_decimal() && *count != DataType::Bool {
        return Err(illegal(format!(
            "Invalid type of 2nd argument of function {name}. Argument must be a number"
        )));
    }
    refuse_unit(from, unit, name)?;
    // A string is a date with time.
    let from = if *from == DataType::String {
        DataType::DateTime64(3, None)
    } else {
        from.clone()
    };
    Ok(add_interval(from, unit, sign, context))
}

/// Refuses units that values of the type cannot be moved by.
fn refuse_unit(from: &DataType, unit: IntervalUnit, name: &str) -> Result<()> {
    let fits = match from {
        DataType::Date | DataType::Date32 => fraction_digits(unit).is_none(),
        DataType::Time => unit_seconds(unit).is_some(),
        DataType::Time64(_) => unit_seconds(unit).is_some() || fraction_digits(unit).is_some(),
        _ => true,
    };
    match fits {
        true => Ok(()),
        false => Err(illegal(format!("{name} cannot be used with {}", from.family()))),
    }
}

/// [`refuse_unit`] for `+` and `-` with an interval, which are the functions of its unit.
pub fn check_unit(from: &DataType, unit: IntervalUnit, operation: &str) -> Result<()> {
    refuse_unit(from, unit, &format!("{operation}{unit}s"))
}

/// Decimal digits of a second that the unit counts.
fn fraction_digits(unit: IntervalUnit) -> Option<u8> {
    match unit {
        IntervalUnit::Millisecond => Some(3),
        IntervalUnit::Microsecond => Some(6),
        IntervalUnit::Nanosecond => Some(9),
        _ => None,
    }
}

fn unit_seconds(unit: IntervalUnit) -> Option<i64> {
    match unit {
        IntervalUnit::Second => Some(1),
        IntervalUnit::Minute => Some(60),
        IntervalUnit::Hour => Some(3600),
        _ => None,
    }
}

/// The type of a date plus an interval.
pub fn interval_result(from: &DataType, unit: IntervalUnit) -> DataType {
    match (from, fraction_digits(unit), unit_seconds(unit)) {
        (DataType::DateTime64(scale, zone), Some(digits), _) => DataType::DateTime64((*scale).max(digits), *zone),
        (DataType::Time64(scale), Some(digits), _) => DataType::Time64((*scale).max(digits)),
        (from, Some(digits), _) => DataType::DateTime64(digits, from.time_zone()),
        (DataType::Date, _, Some(_)) => DataType::DateTime(None),
        (DataType::Date32, _, Some(_)) => DataType::DateTime64(3, None),
        (from, _, _) => from.clone(),
    }
}

/// The first argument plus `sign` times the second's number of units.
pub fn add_interval(from: DataType, unit: IntervalUnit, sign: i64, context: &Context) -> Bound {
    let result = interval_result(&from, unit);
    let zone = from.time_zone().unwrap_or(context.time_zone);
    // A Date becomes a moment here: as a DateTime it would be cut to the last one.
    let is_day = from == DataType::Date && unit_seconds(unit).is_some();
    let read = if is_day { from } else { result.clone() };
    let (types, kept) = (vec![read, DataType::Int64], result.clone());
    Bound::compact(result, types, move |arrays, rows| {
        let counts = arrays[1].as_primitive::<Int64Type>();
        let count = |row: usize| counts.value(row_of(&arrays[1], row)).wrapping_mul(sign);
        added(&arrays[0], &kept, unit, zone, rows, count)
    })
}

/// Dates and DateTimes wrap around as in ClickHouse, but months and years before 1970 end there.
fn added(
    array: &ArrayRef,
    data_type: &DataType,
    unit: IntervalUnit,
    zone: TimeZone,
    rows: usize,
    count: impl Fn(usize) -> i64,
) -> Result<ArrayRef> {
    Ok(match data_type {
        DataType::Date => {
            let days = array.as_primitive::<UInt16Type>();
            let later =
                (0..rows).map(|row| later_date(i64::from(days.value(row_of(array, row))), unit, count(row)) as u16);
            Arc::new(PrimitiveArray::<UInt16Type>::from_iter_values(later))
        }
        DataType::Date32 => {
            let days = array.as_primitive::<Int32Type>();
            let later = (0..rows).map(|row| later_date32(i64::from(days.value(row_of(array, row))), unit, count(row)));
            Arc::new(PrimitiveArray::<Int32Type>::from_iter_values(later))
        }
        DataType::Time => {
            let seconds = array.as_primitive::<Int32Type>();
            let later = (0..rows).map(|row| {
                let more = count(row).saturating_mul(unit_seconds(unit).unwrap_or(1));
                let later = i64::from(seconds.value(row_of(array, row))).saturating_add(more);
                later.clamp(-TIME_SECONDS_MAX, TIME_SECONDS_MAX) as i32
            });
            Arc::new(PrimitiveArray::<Int32Type>::from_iter_values(later))
        }
        DataType::Time64(scale) => {
            let ticks = array.as_primitive::<Int64Type>();
            let most = time_ticks_max(*scale);
            let later = (0..rows).map(|row| {
                let more = match fraction_digits(unit) {
                    Some(digits) => rescale_ticks(count(row), digits, *scale),
                    None => count(row).saturating_mul(unit_seconds(unit).unwrap_or(1).saturating_mul(power(*scale))),
                };
                ticks.value(row_of(array, row)).saturating_add(more).clamp(-most, most)
            });
            Arc::new(PrimitiveArray::<Int64Type>::from_iter_values(later))
        }
        DataType::DateTime(_) => {
            let seconds = |row: usize| match array.data_type() {
                ArrowType::UInt16 => moment(i64::from(array.as_primitive::<UInt16Type>().value(row)) * DAY, zone),
                _ => i64::from(array.as_primitive::<UInt32Type>().value(row)),
            };
            let later =
                (0..rows).map(|row| later_date_time(seconds(row_of(array, row)), unit, count(row), zone) as u32);
            Arc::new(PrimitiveArray::<UInt32Type>::from_iter_values(later))
        }
        DataType::DateTime64(scale, _) => {
            let ticks = array.as_primitive::<Int64Type>();
            let later = (0..rows)
                .map(|row| later_tick(ticks.value(row_of(array, row)), *scale, unit, count(row), zone))
                .collect::<Result<Vec<i64>>>()?;
            Arc::new(PrimitiveArray::<Int64Type>::from_iter_values(later))
        }
        _ => array.clone(),
    })
}

/// Months of a unit whose length differs.
fn unit_months(unit: IntervalUnit) -> Option<i64> {
    match unit {
        IntervalUnit::Month => Some(1),
        IntervalUnit::Quarter => Some(3),
        IntervalUnit::Year => Some(12),
        _ => None,
    }
}

fn unit_days(unit: IntervalUnit) -> i64 {
    match unit {
        IntervalUnit::Day => 1,
        IntervalUnit::Week => 7,
        _ => 0,
    }
}

/// The last day of 2299: where the calendar of Dates and DateTimes ends, before they wrap around.
const NARROW_DAY_MAX: i64 = 120_529;
/// The first day of year 0 and the last one of year 9999: the calendar of DateTime64.
const WIDE_DAYS: std::ops::RangeInclusive<i64> = -719_528..=2_932_896;

/// Not yet cut to a Date.
fn later_date(day: i64, unit: IntervalUnit, count: i64) -> i64 {
    match unit_months(unit) {
        Some(months) => add_months(day, count.saturating_mul(months)).clamp(0, NARROW_DAY_MAX),
        None => day.wrapping_add(count.wrapping_mul(unit_days(unit))),
    }
}

/// Within the calendar of years of four digits.
fn later_date32(day: i64, unit: IntervalUnit, count: i64) -> i32 {
    clamp_date32(match unit_months(unit) {
        Some(months) => add_months(day, count.saturating_mul(months)),
        None => day.saturating_add(count.saturating_mul(unit_days(unit))),
    })
}

/// Not yet cut to a DateTime.
fn later_date_time(seconds: i64, unit: IntervalUnit, count: i64, zone: TimeZone) -> i64 {
    let Some(months) = unit_months(unit) else {
        return later_second(seconds, unit, count, zone);
    };
    let wall = local(seconds, zone);
    let day = add_months(wall.div_euclid(DAY), count.saturating_mul(months));
    if day < 0 {
        return 0;
    }
    moment(day.min(NARROW_DAY_MAX) * DAY + wall.rem_euclid(DAY), zone).max(0)
}

/// By seconds, or by days within the calendar.
fn later_second(seconds: i64, unit: IntervalUnit, count: i64, zone: TimeZone) -> i64 {
    if let Some(size) = unit_seconds(unit) {
        return seconds.wrapping_add(count.wrapping_mul(size));
    }
    let wall = local(seconds, zone);
    let day = wall
        .div_euclid(DAY)
        .saturating_add(count.saturating_mul(unit_days(unit)))
        .clamp(*WIDE_DAYS.start(), *WIDE_DAYS.end());
    moment(day * DAY + wall.rem_euclid(DAY), zone)
}

/// By months within the calendar of DateTime64: a year beyond it becomes its last one, a month its last second.
fn later_wide_second(seconds: i64, unit: IntervalUnit, months: i64, count: i64, zone: TimeZone) -> i64 {
    let wall = local(seconds, zone);
    let date = civil(wall.div_euclid(DAY));
    let wall = if unit == IntervalUnit::Year {
        let year = date.year.saturating_add(count).clamp(0, 9999);
        add_months(wall.div_euclid(DAY), (year - date.year) * 12) * DAY + wall.rem_euclid(DAY)
    } else {
        let day = add_months(wall.div_euclid(DAY), count.saturating_mul(months));
        match day {
            _ if day < *WIDE_DAYS.start() => *WIDE_DAYS.start() * DAY,
            _ if day > *WIDE_DAYS.end() => *WIDE_DAYS.end() * DAY + DAY - 1,
            _ => day * DAY + wall.rem_euclid(DAY),
        }
    };
    moment(wall, zone)
}

fn later_tick(ticks: i64, scale: u8, unit: IntervalUnit, count: i64, zone: TimeZone) -> Result<i64> {
    let overflow = || Error::new(Code::DECIMAL_OVERFLOW, "Decimal math overflow");
    if let Some(digits) = fraction_digits(unit) {
        let more = rescale_ticks(count, digits, scale);
        // What does not fit has been cut to the ends.
        let is_cut = digits < scale && count.checked_mul(power(scale - digits)).is_none();
        return ticks.checked_add(more).filter(|_| !is_cut).ok_or_else(overflow);
    }
    if unit == IntervalUnit::Second {
        let more = count.checked_mul(power(scale));
        return more.and_then(|more| ticks.checked_add(more)).ok_or_else(overflow);
    }
    // Before 1970 the whole second is the next one, as in ClickHouse.
    let (seconds, fraction) = (ticks / power(scale), ticks % power(scale));
    let later = match unit_months(unit) {
        Some(months) => later_wide_second(seconds, unit, months, count, zone),
        None => later_second(seconds, unit, count, zone),
    };
    Ok(later.wrapping_mul(power(scale)).wrapping_add(fraction))
}

pub const DATE_ADD: Function = Function::new("dateAdd", (2, 3), "The date so many units later", |_, _| {
    Ok(Bound::compose(|arguments, context| {
        named(arguments, "dateAdd", "plus", context)
    }))
})
.aliases_any_case(&["DATE_ADD", "addDate", "timestampAdd", "TIMESTAMP_ADD"])
.any_case();
pub const DATE_SUB: Function = Function::new("dateSub", (2, 3), "The date so many units before", |_, _| {
    Ok(Bound::compose(|arguments, context| {
        named(arguments, "dateSub", "minus", context)
    }))
})
.aliases_any_case(&["DATE_SUB", "subDate", "timestampSub", "TIMESTAMP_SUB"])
.any_case();

/// `dateAdd('unit', number, date)`, `dateAdd(date, INTERVAL …)`, `dateAdd(INTERVAL …, date)`.
fn named(mut arguments: Vec<TypedExpr>, name: &str, operation: &str, context: &Context) -> Result<TypedExpr> {
    if arguments.len() == 2 {
        if matches!(arguments[0].data_type.bare(), DataType::Interval(_)) {
            arguments.swap(0, 1);
        }
        return call(operation, arguments, context);
    }
    let word = arguments.remove(0);
    let word = word
        .constant
        .as_ref()
        .and_then(text_value)
        .map(|word| String::from_utf8_lossy(word).to_lowercase());
    let Some(unit) = word.as_deref().and_then(unit_of) else {
        let shown = word.unwrap_or_default();
        return Err(Error::new(
            Code::BAD_ARGUMENTS,
            format!("Function {name} does not support '{shown}' unit"),
        ));
    };
    let interval = call(&format!("toInterval{unit}"), vec![arguments.remove(0)], context)?;
    call(operation, vec![arguments.remove(0), interval], context)
}
