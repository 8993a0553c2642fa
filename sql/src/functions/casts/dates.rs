//! Dates and times from and to each other and numbers.
//!
//! In between, every value is ticks of its scale since 1970 (a Date is its midnight in the zone).

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{Decimal128Type, Float64Type, Int32Type, Int64Type, UInt16Type, UInt32Type};

use super::convert::{Convert, Failure, Options, no_conversion};
use super::{decimals, numbers};
use crate::error::{Code, Error, Result};
use crate::functions::dates::calendar::{DAY, local, moment};
use crate::types::{DATE32_DAYS, DataType, TimeZone};

/// Numbers above this are timestamps where a Date is wanted, else day numbers.
const DAY_NUMBER_MAX: i64 = 0xFFFF;

/// The conversion, if one of the types is a date or time.
pub fn converter(from: &DataType, to: &DataType, options: &Options) -> Result<Option<Convert>> {
    if from.is_date_or_date_time() && to.is_date_or_date_time() {
        return Ok(Some(between(from, to, options.time_zone)));
    }
    if to.is_date_or_date_time() {
        return from_number(from, to, options).map(Some);
    }
    if from.is_date_or_date_time() {
        return to_number(from, to, options).map(Some);
    }
    Ok(None)
}

/// Ten to the power of a scale.
pub fn power(scale: u8) -> i64 {
    10i64.pow(u32::from(scale.min(18)))
}

fn zone_of(data_type: &DataType, default: TimeZone) -> TimeZone {
    data_type.time_zone().unwrap_or(default)
}

fn between(from: &DataType, to: &DataType, default: TimeZone) -> Convert {
    let (from_zone, to_zone) = (zone_of(from, default), zone_of(to, default));
    match (from.clone(), to.clone()) {
        // A day has no zone of its own: it begins when it does in the target's.
        (DataType::Date, DataType::DateTime(_)) => Box::new(move |array| {
            let days = array.as_primitive::<UInt16Type>();
            Ok(Arc::new(days.unary::<_, UInt32Type>(|day| {
                clamp_seconds(moment(i64::from(day) * DAY, to_zone))
            })))
        }),
        (DataType::Date, DataType::DateTime64(scale, _)) => Box::new(move |array| {
            let days = array.as_primitive::<UInt16Type>();
            Ok(Arc::new(days.unary::<_, Int64Type>(|day| {
                moment(i64::from(day) * DAY, to_zone).saturating_mul(power(scale))
            })))
        }),
        (DataType::Date, DataType::Date32) => Box::new(move |array| {
            let days = array.as_primitive::<UInt16Type>();
            Ok(Arc::new(days.unary::<_, Int32Type>(i32::from)))
        }),
        (DataType::Date32, _) => of_date32(to, to_zone),
        (_, DataType::Date32) => to_date32(from.clone(), from_zone),
        (DataType::DateTime(_), DataType::Date) => Box::new(move |array| {
            let seconds = array.as_primitive::<UInt32Type>();
            Ok(Arc::new(
                seconds.unary::<_, UInt16Type>(|seconds| day(i64::from(seconds), from_zone)),
            ))
        }),
        (DataType::DateTime(_), DataType::DateTime64(scale, _)) => Box::new(move |array| {
            let seconds = array.as_primitive::<UInt32Type>();
            Ok(Arc::new(seconds.unary::<_, Int64Type>(|seconds| {
                i64::from(seconds).saturating_mul(power(scale))
            })))
        }),
        (DataType::DateTime64(scale, _), DataType::Date) => Box::new(move |array| {
            let ticks = array.as_primitive::<Int64Type>();
            Ok(Arc::new(ticks.unary::<_, UInt16Type>(|ticks| {
                day(ticks.div_euclid(power(scale)), from_zone)
            })))
        }),
        (DataType::DateTime64(scale, _), DataType::DateTime(_)) => Box::new(move |array| {
            let ticks = array.as_primitive::<Int64Type>();
            Ok(Arc::new(ticks.unary::<_, UInt32Type>(|ticks| {
                clamp_seconds(ticks.div_euclid(power(scale)))
            })))
        }),
        (DataType::DateTime64(from, _), DataType::DateTime64(to, _)) => Box::new(move |array| {
            let ticks = array.as_primitive::<Int64Type>();
            Ok(Arc::new(ticks.unary::<_, Int64Type>(|ticks| rescale(ticks, from, to))))
        }),
        _ => Box::new(|array| Ok(array.clone())),
    }
}

/// Days to what is narrower wrap around, as in ClickHouse.
fn of_date32(to: &DataType, zone: TimeZone) -> Convert {
    let to = to.clone();
    Box::new(move |array| {
        let days = array.as_primitive::<Int32Type>();
        let midnight = |day: i32| moment(i64::from(day) * DAY, zone);
        Ok(match &to {
            DataType::Date => Arc::new(days.unary::<_, UInt16Type>(|day| day as u16)),
            DataType::DateTime(_) => Arc::new(days.unary::<_, UInt32Type>(|day| midnight(day) as u32)),
            DataType::DateTime64(scale, _) => {
                Arc::new(days.unary::<_, Int64Type>(|day| midnight(day).saturating_mul(power(*scale))))
            }
            _ => array.clone(),
        })
    })
}

fn to_date32(from: DataType, zone: TimeZone) -> Convert {
    Box::new(move |array| {
        let day = |seconds: i64| clamp_date32(local(seconds, zone).div_euclid(DAY));
        Ok(match &from {
            DataType::DateTime(_) => {
                let seconds = array.as_primitive::<UInt32Type>();
                Arc::new(seconds.unary::<_, Int32Type>(|seconds| day(i64::from(seconds)))) as ArrayRef
            }
            DataType::DateTime64(scale, _) => {
                let ticks = array.as_primitive::<Int64Type>();
                Arc::new(ticks.unary::<_, Int32Type>(|ticks| day(ticks.div_euclid(power(*scale)))))
            }
            _ => array.clone(),
        })
    })
}

/// Ticks of another scale; fewer digits cut to zero.
pub fn rescale(ticks: i64, from: u8, to: u8) -> i64 {
    match to >= from {
        true => ticks.saturating_mul(power(to - from)),
        false => ticks / power(from - to),
    }
}

/// The range of DateTime.
pub fn clamp_seconds(seconds: i64) -> u32 {
    seconds.clamp(0, i64::from(u32::MAX)) as u32
}

/// The range of Date.
pub fn clamp_days(days: i64) -> u16 {
    days.clamp(0, i64::from(u16::MAX)) as u16
}

/// The range of Date32.
pub fn clamp_date32(days: i64) -> i32 {
    days.clamp(*DATE32_DAYS.start(), *DATE32_DAYS.end()) as i32
}

fn day(seconds: i64, zone: TimeZone) -> u16 {
    clamp_days(local(seconds, zone).div_euclid(DAY))
}

fn from_number(from: &DataType, to: &DataType, options: &Options) -> Result<Convert> {
    let zone = zone_of(to, options.time_zone);
    if let (DataType::Decimal(precision, scale), DataType::DateTime64(to_scale, _)) = (from, to) {
        let (precision, scale, to_scale) = (*precision, *scale, *to_scale);
        if precision <= 38 {
            return Ok(Box::new(move |array| {
                let values = array.as_primitive::<Decimal128Type>();
                Ok(Arc::new(values.unary::<_, Int64Type>(|value| {
                    decimals::rescale(value, scale, to_scale) as i64
                })))
            }));
        }
    }
    if from.is_decimal() && !matches!(to, DataType::DateTime64(..)) {
        return Err(Error::new(
            Code::ILLEGAL_COLUMN,
            format!("Illegal column {from} of first argument of function to{}", to.family()),
        ));
    }
    let is_number = from.is_number() || matches!(from, DataType::Bool | DataType::Interval(_)) || from.is_enum();
    if !is_number {
        return Err(no_conversion(from, to));
    }
    let floats = super::converter(
        from,
        &DataType::Float64,
        &Options {
            failure: Failure::Error,
            ..options.clone()
        },
    )?;
    let exact = from.is_integer();
    let to = to.clone();
    Ok(Box::new(move |array| {
        // Integers stay exact; 64 bits beyond i64 are far out of every range here.
        if let (DataType::DateTime64(scale, _), false) = (&to, exact) {
            let factor = power(*scale) as f64;
            let seconds = floats(array)?;
            let ticks = seconds
                .as_primitive::<Float64Type>()
                .unary::<_, Int64Type>(|seconds| (seconds * factor) as i64);
            return Ok(Arc::new(ticks));
        }
        let seconds: ArrayRef = match exact {
            true => numbers::wrap(array, &DataType::Int64.arrow())?,
            false => Arc::new(
                floats(array)?
                    .as_primitive::<Float64Type>()
                    .unary::<_, Int64Type>(|value| value as i64),
            ),
        };
        let unsigned = matches!(array.data_type(), arrow::datatypes::DataType::UInt64);
        let seconds = seconds
            .as_primitive::<Int64Type>()
            .unary(|value: i64| if unsigned && value < 0 { i64::MAX } else { value });
        Ok(of_seconds(&seconds, &to, zone))
    }))
}

fn of_seconds(seconds: &PrimitiveArray<Int64Type>, to: &DataType, zone: TimeZone) -> ArrayRef {
    match to {
        DataType::Date => Arc::new(seconds.unary::<_, UInt16Type>(|value| match value {
            ..0 => 0,
            0..=DAY_NUMBER_MAX => value as u16,
            _ => day(i64::from(clamp_seconds(value)), zone),
        })),
        DataType::Date32 => Arc::new(seconds.unary::<_, Int32Type>(|value| match value > *DATE32_DAYS.end() {
            true => clamp_date32(local(value, zone).div_euclid(DAY)),
            false => clamp_date32(value),
        })),
        DataType::DateTime(_) => Arc::new(seconds.unary::<_, UInt32Type>(clamp_seconds)),
        DataType::DateTime64(scale, _) => {
            Arc::new(seconds.unary::<_, Int64Type>(|value| value.saturating_mul(power(*scale))))
        }
        _ => Arc::new(seconds.clone()),
    }
}

fn to_number(from: &DataType, to: &DataType, options: &Options) -> Result<Convert> {
    if *to == DataType::Uuid {
        let message =
            "Conversion between numeric types and UUID is not supported. Probably the passed UUID is unquoted";
        return Err(Error::new(Code::NOT_IMPLEMENTED, message));
    }
    if let DataType::DateTime64(scale, _) = from {
        let scale = *scale;
        let wide = DataType::Decimal(38, scale);
        let rest = if to.is_integer() || *to == DataType::Bool {
            None
        } else {
            Some(super::converter(&wide, to, options)?)
        };
        let arrow = to.arrow();
        return Ok(Box::new(move |array| {
            let ticks = array.as_primitive::<Int64Type>();
            match &rest {
                None => {
                    let seconds: ArrayRef =
                        Arc::new(ticks.unary::<_, Int64Type>(|ticks| ticks.div_euclid(power(scale))));
                    numbers::wrap(&seconds, &arrow)
                }
                Some(rest) => {
                    let values = ticks
                        .unary::<_, Decimal128Type>(i128::from)
                        .with_data_type(wide.arrow());
                    rest(&(Arc::new(values) as ArrayRef))
                }
            }
        }));
    }
    if to.is_decimal() {
        return Err(Error::new(
            Code::ILLEGAL_COLUMN,
            format!("Illegal column {from} of first argument of function to{to}"),
        ));
    }
    let number = match from {
        DataType::Date => DataType::UInt16,
        DataType::Date32 => DataType::Int32,
        _ => DataType::UInt32,
    };
    let convert = super::converter(&number, to, options)?;
    Ok(Box::new(move |array| {
        debug_assert!(array.data_type().is_integer(), "dates are integers in Arrow");
        convert(array)
    }))
}
