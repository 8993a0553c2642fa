//! Values of any date type as seconds, and back.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{Int32Type, Int64Type, UInt16Type, UInt32Type};

use super::calendar::{DAY, local, moment};
use crate::error::Result;
use crate::functions::Context;
use crate::functions::casts::{clamp_date32, clamp_days, clamp_seconds, power, time_zone_of};
use crate::functions::function::Argument;
use crate::types::{DataType, TimeZone};

/// The zone in which a function works: that of its last argument if given, else the value's, else the default.
pub fn zone(value: &Argument, named: Option<&Argument>, context: &Context) -> Result<TimeZone> {
    match named {
        Some(argument) => time_zone_of(argument),
        None => Ok(value.data_type.time_zone().unwrap_or(context.time_zone)),
    }
}

/// Moments as seconds since 1970 UTC; a Date is its midnight in the zone.
pub fn seconds(array: &ArrayRef, data_type: &DataType, zone: TimeZone) -> Vec<i64> {
    match data_type {
        DataType::Date => array
            .as_primitive::<UInt16Type>()
            .values()
            .iter()
            .map(|day| moment(i64::from(*day) * DAY, zone))
            .collect(),
        DataType::Date32 => array
            .as_primitive::<Int32Type>()
            .values()
            .iter()
            .map(|day| moment(i64::from(*day) * DAY, zone))
            .collect(),
        DataType::DateTime(_) => array
            .as_primitive::<UInt32Type>()
            .values()
            .iter()
            .map(|seconds| i64::from(*seconds))
            .collect(),
        DataType::DateTime64(scale, _) => {
            let unit = power(*scale);
            array
                .as_primitive::<Int64Type>()
                .values()
                .iter()
                .map(|ticks| ticks.div_euclid(unit))
                .collect()
        }
        _ => vec![0; array.len()],
    }
}

/// What a wall clock in the zone shows, as seconds since 1970.
pub fn locals(array: &ArrayRef, data_type: &DataType, zone: TimeZone) -> Vec<i64> {
    match data_type {
        DataType::Date => array
            .as_primitive::<UInt16Type>()
            .values()
            .iter()
            .map(|day| i64::from(*day) * DAY)
            .collect(),
        DataType::Date32 => array
            .as_primitive::<Int32Type>()
            .values()
            .iter()
            .map(|day| i64::from(*day) * DAY)
            .collect(),
        other => seconds(array, other, zone)
            .into_iter()
            .map(|seconds| local(seconds, zone))
            .collect(),
    }
}

/// The part of each second that is over, in ticks of the scale; nothing for types without.
pub fn fractions(array: &ArrayRef, data_type: &DataType) -> Option<(Vec<i64>, u8)> {
    match data_type {
        DataType::DateTime64(scale, _) => {
            let unit = power(*scale);
            let ticks = array.as_primitive::<Int64Type>();
            Some((
                ticks.values().iter().map(|ticks| ticks.rem_euclid(unit)).collect(),
                *scale,
            ))
        }
        _ => None,
    }
}

/// Dates of day numbers.
pub fn dates(days: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(PrimitiveArray::<UInt16Type>::from_iter_values(days.map(clamp_days)))
}

/// Date32 values of day numbers.
pub fn wide_dates(days: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(PrimitiveArray::<Int32Type>::from_iter_values(days.map(clamp_date32)))
}

/// DateTimes of what wall clocks show.
pub fn date_times(locals: impl Iterator<Item = i64>, zone: TimeZone) -> ArrayRef {
    moments(locals.map(|local| moment(local, zone)))
}

/// DateTimes of these moments.
pub fn moments(seconds: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(PrimitiveArray::<UInt32Type>::from_iter_values(
        seconds.map(clamp_seconds),
    ))
}

/// Numbers of 64 bits.
pub fn numbers(values: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(PrimitiveArray::<Int64Type>::from_iter_values(values))
}
