//! The time of the query, and time zones.

use std::sync::Arc;

use arrow::array::{Array, Int32Array};
use datafusion::common::ScalarValue;

use super::calendar::{DAY, local, offset};
use super::values::{seconds, zone};
use crate::error::Result;
use crate::functions::casts::{clamp_days, clamp_seconds, integer_value, power, time_zone, time_zone_of};
use crate::functions::function::{Argument, Bound, Function, Stability, illegal};
use crate::functions::{Context, TypedExpr};
use crate::types::{DataType, TimeZone};

pub const NOW: Function = Function::new("now", (0, 1), "The time of the query", |arguments, context| {
    let zone = arguments.first().map(time_zone_of).transpose()?;
    Ok(moment(arguments, zone, context))
})
.aliases_any_case(&["current_timestamp", "localtimestamp", "nowInBlock"])
.any_case()
.stability(Stability::PerQuery);
pub const UTC_TIMESTAMP: Function = Function::new(
    "UTCTimestamp",
    (0, 0),
    "The time of the query in UTC",
    |arguments, context| Ok(moment(arguments, Some(TimeZone::UTC), context)),
)
.aliases_any_case(&["UTC_timestamp"])
.any_case()
.stability(Stability::PerQuery);
pub const NOW64: Function = Function::new(
    "now64",
    (0, 2),
    "The time of the query with a fraction of the second",
    |arguments, context| {
        let scale = match arguments.first() {
            None => 3,
            Some(argument) => match argument.constant.as_ref().and_then(integer_value) {
                Some(scale @ 0..=9) => scale as u8,
                _ => return Err(illegal("Scale of now64 must be a constant number between 0 and 9")),
            },
        };
        let zone = arguments.get(1).map(time_zone_of).transpose()?;
        let (seconds, nanoseconds) = context.now;
        let ticks = seconds * power(scale) + i64::from(nanoseconds) / power(9 - scale);
        Ok(Bound::constant(
            DataType::DateTime64(scale, zone),
            arguments,
            ScalarValue::Int64(Some(ticks)),
        ))
    },
)
.any_case()
.stability(Stability::PerQuery);
pub const TODAY: Function = Function::new("today", (0, 0), "The day of the query", |arguments, context| {
    Ok(day(arguments, 0, context))
})
.aliases_any_case(&["current_date", "curdate"])
.stability(Stability::PerQuery);
pub const YESTERDAY: Function = Function::new("yesterday", (0, 0), "The day before the query", |arguments, context| {
    Ok(day(arguments, 1, context))
})
.stability(Stability::PerQuery);

fn moment(arguments: &[Argument], zone: Option<TimeZone>, context: &Context) -> Bound {
    let seconds = clamp_seconds(context.now.0);
    Bound::constant(DataType::DateTime(zone), arguments, ScalarValue::UInt32(Some(seconds)))
}

fn day(arguments: &[Argument], before: i64, context: &Context) -> Bound {
    let day = local(context.now.0, context.time_zone).div_euclid(DAY) - before;
    Bound::constant(DataType::Date, arguments, ScalarValue::UInt16(Some(clamp_days(day))))
}

fn text(value: &str) -> ScalarValue {
    ScalarValue::Binary(Some(value.as_bytes().to_vec()))
}

pub const TIME_ZONE: Function = Function::new("timezone", (0, 0), "The session's time zone", |arguments, context| {
    Ok(Bound::constant(
        DataType::String,
        arguments,
        text(context.time_zone.name()),
    ))
})
.any_case()
.stability(Stability::PerQuery);
pub const SERVER_TIME_ZONE: Function = Function::new(
    "serverTimezone",
    (0, 0),
    "The server's time zone",
    |arguments, context| {
        Ok(Bound::constant(
            DataType::String,
            arguments,
            text(context.time_zone.name()),
        ))
    },
)
.any_case()
.stability(Stability::PerQuery);
pub const TIME_ZONE_OF: Function = Function::new(
    "timezoneOf",
    (1, 1),
    "The time zone of a value's type",
    |arguments, context| {
        if !arguments[0].data_type.is_date_or_date_time() || arguments[0].data_type.is_date() {
            return Err(illegal(
                "Bad argument for function timezoneOf, should be DateTime or DateTime64",
            ));
        }
        let zone = arguments[0].data_type.time_zone().unwrap_or(context.time_zone);
        Ok(Bound::constant(DataType::String, arguments, text(zone.name())))
    },
)
.any_case();
pub const TIME_ZONE_OFFSET: Function = Function::new(
    "timezoneOffset",
    (1, 1),
    "Seconds that the time zone is ahead of UTC",
    |arguments, context| {
        let from = arguments[0].data_type.clone();
        if !from.is_date_or_date_time() || from.is_date() {
            return Err(illegal(
                "Bad argument for function timezoneOffset, should be DateTime or DateTime64",
            ));
        }
        let zone = zone(&arguments[0], None, context)?;
        Ok(Bound::kernel(DataType::Int32, vec![from.clone()], move |arrays, _| {
            let offsets = seconds(&arrays[0], &from, zone)
                .into_iter()
                .map(|seconds| offset(seconds, zone) as i32);
            debug_assert!(arrays[0].null_count() == 0, "NULL is taken out before");
            Ok(Arc::new(Int32Array::from_iter_values(offsets)))
        }))
    },
)
.any_case();
pub const TO_TIME_ZONE: Function =
    Function::new("toTimezone", (2, 2), "The same moment in another time zone", |_, _| {
        Ok(Bound::compose(to_time_zone))
    })
    .any_case();

fn to_time_zone(arguments: Vec<TypedExpr>, _: &Context) -> Result<TypedExpr> {
    let zone = time_zone(&arguments[1])?;
    let value = arguments
        .into_iter()
        .next()
        .expect("the number of arguments is checked");
    let plain = match value.data_type.bare() {
        DataType::DateTime(_) => DataType::DateTime(Some(zone)),
        DataType::DateTime64(scale, _) => DataType::DateTime64(*scale, Some(zone)),
        other => {
            return Err(illegal(format!(
                "Illegal type {other} of argument of function toTimezone. Should be DateTime or DateTime64"
            )));
        }
    };
    let data_type = if value.data_type.is_nullable() {
        plain.to_nullable()
    } else {
        plain
    };
    Ok(TypedExpr { data_type, ..value })
}
