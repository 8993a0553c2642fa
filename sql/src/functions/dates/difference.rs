//! `dateDiff`, `age`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};

use super::between::unit as unit_of;
use super::calendar::{DAY, add_months, civil, local};
use super::values::{fractions, seconds, zone};
use crate::error::{Code, Error, Result};
use crate::functions::Context;
use crate::functions::casts::{power, text_value};
use crate::functions::function::{Argument, Bound, Function, illegal, row_of};
use crate::types::{DataType, IntervalUnit, TimeZone};

pub const DATE_DIFF: Function = Function::new(
    "dateDiff",
    (3, 4),
    "Number of unit boundaries between two moments",
    |arguments, context| bind(arguments, "dateDiff", boundaries, context),
)
.aliases_any_case(&[
    "date_diff",
    "DATE_DIFF",
    "timestampDiff",
    "timestamp_diff",
    "TIMESTAMP_DIFF",
])
.any_case();
pub const AGE: Function = Function::new(
    "age",
    (3, 4),
    "Number of whole units between two moments",
    |arguments, context| bind(arguments, "age", whole, context),
);

/// A moment to the nanosecond, with its zone.
#[derive(Clone, Copy)]
struct Moment {
    seconds: i64,
    nanoseconds: i64,
    zone: TimeZone,
}

impl Moment {
    fn local(self) -> i64 {
        local(self.seconds, self.zone)
    }

    fn total(self) -> i128 {
        i128::from(self.seconds) * 1_000_000_000 + i128::from(self.nanoseconds)
    }
}

fn bind(
    arguments: &[Argument],
    name: &str,
    difference: fn(IntervalUnit, Moment, Moment) -> i64,
    context: &Context,
) -> Result<Bound> {
    let word = arguments[0].constant.as_ref().and_then(text_value);
    let Some(word) = word.map(|word| String::from_utf8_lossy(word).to_lowercase()) else {
        return Err(illegal(format!(
            "A value of illegal type was provided as 1st argument 'unit' to function '{name}'. Expected: const String"
        )));
    };
    let unit = unit_of(&word).ok_or_else(|| {
        Error::new(
            Code::BAD_ARGUMENTS,
            format!("Function {name} does not support '{word}' unit"),
        )
    })?;
    for (argument, what) in arguments[1..3]
        .iter()
        .zip(["2nd argument 'startdate'", "3rd argument 'enddate'"])
    {
        if !argument.data_type.is_date_or_date_time() {
            return Err(illegal(format!(
                "A value of illegal type was provided as {what} to function '{name}'. Expected: Date[32] or DateTime[64], got: {}",
                argument.data_type
            )));
        }
    }
    let sides = [1, 2].map(|index| arguments[index].data_type.clone());
    let zones = [
        zone(&arguments[1], arguments.get(3), context)?,
        zone(&arguments[2], arguments.get(3), context)?,
    ];
    let types = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    Ok(Bound::compact(DataType::Int64, types, move |arrays, rows| {
        let start = moments(&arrays[1], &sides[0], zones[0]);
        let end = moments(&arrays[2], &sides[1], zones[1]);
        let of = |moments: &[Moment], array: &ArrayRef, row: usize| moments[row_of(array, row)];
        let values = (0..rows).map(|row| difference(unit, of(&start, &arrays[1], row), of(&end, &arrays[2], row)));
        Ok(Arc::new(Int64Array::from_iter_values(values)))
    }))
}

fn moments(array: &ArrayRef, data_type: &DataType, zone: TimeZone) -> Vec<Moment> {
    let nanoseconds = fractions(array, data_type).map(|(ticks, scale)| {
        ticks
            .into_iter()
            .map(|ticks| ticks * power(9 - scale.min(9)))
            .collect::<Vec<_>>()
    });
    let seconds = seconds(array, data_type, zone).into_iter().enumerate();
    seconds
        .map(|(row, seconds)| Moment {
            seconds,
            nanoseconds: nanoseconds.as_ref().map_or(0, |all| all[row]),
            zone,
        })
        .collect()
}

/// The number of a unit since 1970 in which a moment lies.
fn number(unit: IntervalUnit, moment: Moment) -> i128 {
    let day = moment.local().div_euclid(DAY);
    let date = civil(day);
    i128::from(match unit {
        IntervalUnit::Year => date.year,
        IntervalUnit::Quarter => date.year * 4 + (date.month - 1) / 3,
        IntervalUnit::Month => date.year * 12 + date.month,
        IntervalUnit::Week => (day + 3).div_euclid(7),
        IntervalUnit::Day => day,
        // Hours pass also while the clock jumps: they begin where the zone's do at the time.
        IntervalUnit::Hour => {
            let into_hour = moment.local().rem_euclid(3600);
            (moment.seconds - into_hour).div_euclid(3600)
        }
        IntervalUnit::Minute => moment.seconds.div_euclid(60),
        IntervalUnit::Second => moment.seconds,
        IntervalUnit::Millisecond => return moment.total().div_euclid(1_000_000),
        IntervalUnit::Microsecond => return moment.total().div_euclid(1_000),
        IntervalUnit::Nanosecond => return moment.total(),
    })
}

fn boundaries(unit: IntervalUnit, start: Moment, end: Moment) -> i64 {
    (number(unit, end) - number(unit, start)) as i64
}

/// Days by the wall clock.
fn whole_days(start: Moment, end: Moment) -> i128 {
    let wall = |moment: Moment| i128::from(moment.local()) * 1_000_000_000 + i128::from(moment.nanoseconds);
    (wall(end) - wall(start)) / (i128::from(DAY) * 1_000_000_000)
}

fn whole(unit: IntervalUnit, start: Moment, end: Moment) -> i64 {
    let months = match unit {
        IntervalUnit::Year => 12,
        IntervalUnit::Quarter => 3,
        IntervalUnit::Month => 1,
        _ => {
            let size: i128 = match unit {
                // Days are those of the calendar, however many hours they have.
                IntervalUnit::Week => return (whole_days(start, end) / 7) as i64,
                IntervalUnit::Day => return whole_days(start, end) as i64,
                IntervalUnit::Hour => 3_600_000_000_000,
                IntervalUnit::Minute => 60_000_000_000,
                IntervalUnit::Second => 1_000_000_000,
                IntervalUnit::Millisecond => 1_000_000,
                IntervalUnit::Microsecond => 1_000,
                _ => 1,
            };
            return ((end.total() - start.total()) / size) as i64;
        }
    };
    let backwards = end.total() < start.total();
    let (early, late) = if backwards { (end, start) } else { (start, end) };
    let passed = number(IntervalUnit::Month, late) - number(IntervalUnit::Month, early);
    let mut passed = passed as i64;
    // The last month counts if its day and time have been reached.
    let day = |moment: Moment| moment.local().div_euclid(DAY);
    let reached = add_months(day(early), passed);
    let of_day = |moment: Moment| (moment.local().rem_euclid(DAY), moment.nanoseconds);
    let short = civil(day(late)).day < civil(day(early)).day;
    if short || (reached, of_day(early)) > (day(late), of_day(late)) {
        passed -= 1;
    }
    let units = passed / months;
    if backwards { -units } else { units }
}
