//! Dates plus and minus calendar units: `addDays`, `date_add`, `date + INTERVAL 1 DAY`.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{Int64Type, UInt16Type, UInt32Type};

use super::between::unit as unit_of;
use super::calendar::{DAY, add_months, local, moment};
use crate::error::{Code, Error, Result};
use crate::functions::casts::{power, rescale_ticks, text_value};
use crate::functions::function::{Argument, Bound, Function, illegal, row_of};
use crate::functions::{Context, TypedExpr, call};
use crate::types::{DataType, IntervalUnit, TimeZone};

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
    if !from.is_date_or_date_time() && *from != DataType::String {
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
    if *from == DataType::Date && fraction_digits(unit).is_some() {
        return Err(illegal(format!("{name} cannot be used with Date")));
    }
    // A string is a date with time.
    let from = if *from == DataType::String {
        DataType::DateTime64(3, None)
    } else {
        from.clone()
    };
    Ok(add_interval(from, unit, sign, context))
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
        (from, Some(digits), _) => DataType::DateTime64(digits, from.time_zone()),
        (DataType::Date, _, Some(_)) => DataType::DateTime(None),
        (from, _, _) => from.clone(),
    }
}

/// The first argument plus `sign` times the second's number of units.
pub fn add_interval(from: DataType, unit: IntervalUnit, sign: i64, context: &Context) -> Bound {
    let result = interval_result(&from, unit);
    let zone = from.time_zone().unwrap_or(context.time_zone);
    let types = vec![result.clone(), DataType::Int64];
    let kept = result.clone();
    Bound::compact(result, types, move |arrays, rows| {
        let counts = arrays[1].as_primitive::<Int64Type>();
        let count = |row: usize| counts.value(row_of(&arrays[1], row)).saturating_mul(sign);
        Ok(added(&arrays[0], &kept, unit, zone, rows, count))
    })
}

fn added(
    array: &ArrayRef,
    data_type: &DataType,
    unit: IntervalUnit,
    zone: TimeZone,
    rows: usize,
    count: impl Fn(usize) -> i64,
) -> ArrayRef {
    match data_type {
        DataType::Date => {
            let days = array.as_primitive::<UInt16Type>();
            // ClickHouse's dates wrap around.
            let later =
                (0..rows).map(|row| later_day(i64::from(days.value(row_of(array, row))), unit, count(row)) as u16);
            Arc::new(PrimitiveArray::<UInt16Type>::from_iter_values(later))
        }
        DataType::DateTime(_) => {
            let seconds = array.as_primitive::<UInt32Type>();
            let later = (0..rows)
                .map(|row| later_second(i64::from(seconds.value(row_of(array, row))), unit, count(row), zone) as u32);
            Arc::new(PrimitiveArray::<UInt32Type>::from_iter_values(later))
        }
        DataType::DateTime64(scale, _) => {
            let ticks = array.as_primitive::<Int64Type>();
            let later =
                (0..rows).map(|row| later_tick(ticks.value(row_of(array, row)), *scale, unit, count(row), zone));
            Arc::new(PrimitiveArray::<Int64Type>::from_iter_values(later))
        }
        _ => array.clone(),
    }
}

fn later_day(day: i64, unit: IntervalUnit, count: i64) -> i64 {
    match unit {
        IntervalUnit::Day => day.saturating_add(count),
        IntervalUnit::Week => day.saturating_add(count.saturating_mul(7)),
        IntervalUnit::Month => add_months(day, count),
        IntervalUnit::Quarter => add_months(day, count.saturating_mul(3)),
        IntervalUnit::Year => add_months(day, count.saturating_mul(12)),
        _ => day,
    }
}

fn later_second(seconds: i64, unit: IntervalUnit, count: i64, zone: TimeZone) -> i64 {
    if let Some(size) = unit_seconds(unit) {
        return seconds.saturating_add(count.saturating_mul(size));
    }
    let wall = local(seconds, zone);
    let day = later_day(wall.div_euclid(DAY), unit, count);
    moment(day.saturating_mul(DAY).saturating_add(wall.rem_euclid(DAY)), zone)
}

fn later_tick(ticks: i64, scale: u8, unit: IntervalUnit, count: i64, zone: TimeZone) -> i64 {
    if let Some(digits) = fraction_digits(unit) {
        return ticks.saturating_add(rescale_ticks(count, digits, scale));
    }
    let (seconds, fraction) = (ticks.div_euclid(power(scale)), ticks.rem_euclid(power(scale)));
    later_second(seconds, unit, count, zone)
        .saturating_mul(power(scale))
        .saturating_add(fraction)
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
