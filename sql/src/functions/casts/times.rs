//! Time and Time64 from and to each other, dates and times, and numbers.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, PrimitiveArray};
use arrow::datatypes::{Decimal128Type, Float64Type, Int32Type, Int64Type, UInt16Type, UInt32Type};

use super::convert::{Convert, Options, no_conversion};
use super::dates::{clamp_seconds, power};
use super::{decimals, numbers};
use crate::error::{Code, Error, Result};
use crate::functions::dates::calendar::{DAY, local};
use crate::types::{DataType, TIME_SECONDS_MAX, TimeZone, time_ticks_max};

/// The conversion, if one of the types is a time and the other one no text.
pub fn converter(from: &DataType, to: &DataType, options: &Options) -> Result<Option<Convert>> {
    if !from.is_time() && !to.is_time() {
        return Ok(None);
    }
    let unsupported = || {
        Err(Error::new(
            Code::CANNOT_CONVERT_TYPE,
            "Unsupported data type in conversion function",
        ))
    };
    match (from, to) {
        (DataType::Time, DataType::Time64(scale)) => Ok(Some(to_ticks(*scale))),
        (DataType::Time64(from), DataType::Time64(to)) => Ok(Some(rescaled(*from, *to))),
        (DataType::Time, DataType::DateTime64(scale, _)) => Ok(Some(to_ticks(*scale))),
        (DataType::Time64(from), DataType::DateTime64(to, _)) => Ok(Some(rescaled(*from, *to))),
        (DataType::Time, DataType::DateTime(_)) => Ok(Some(Box::new(|array| {
            let seconds = array.as_primitive::<Int32Type>();
            Ok(Arc::new(
                seconds.unary::<_, UInt32Type>(|value| clamp_seconds(value.into())),
            ))
        }))),
        // A time of any number of hours is the first day.
        (DataType::Time, DataType::Date) => Ok(Some(Box::new(|array| {
            Ok(Arc::new(
                array.as_primitive::<Int32Type>().unary::<_, UInt16Type>(|_| 0),
            ))
        }))),
        (DataType::Time, DataType::Date32) => Ok(Some(Box::new(|array| {
            Ok(Arc::new(array.as_primitive::<Int32Type>().unary::<_, Int32Type>(|_| 0)))
        }))),
        (DataType::Time64(_), other) if other.is_time() || other.is_date_or_date_time() => unsupported(),
        (moment, _) if moment.is_date_or_date_time() => Ok(Some(of_moment(moment, to, options.time_zone))),
        (_, DataType::Time | DataType::Time64(_)) => from_number(from, to, options).map(Some),
        _ => to_number(from, to, options).map(Some),
    }
}

fn clamp(seconds: i64) -> i32 {
    seconds.clamp(-TIME_SECONDS_MAX, TIME_SECONDS_MAX) as i32
}

fn to_ticks(scale: u8) -> Convert {
    Box::new(move |array| {
        let seconds = array.as_primitive::<Int32Type>();
        Ok(Arc::new(
            seconds.unary::<_, Int64Type>(|value| i64::from(value) * power(scale)),
        ))
    })
}

fn rescaled(from: u8, to: u8) -> Convert {
    Box::new(move |array| {
        let ticks = array.as_primitive::<Int64Type>();
        Ok(Arc::new(
            ticks.unary::<_, Int64Type>(|value| super::rescale_ticks(value, from, to)),
        ))
    })
}

/// What the clock shows at a moment; a day begins at midnight.
fn of_moment(from: &DataType, to: &DataType, default: TimeZone) -> Convert {
    let zone = from.time_zone().unwrap_or(default);
    let (from, to) = (from.clone(), to.clone());
    Box::new(move |array| {
        let of_day = |seconds: i64| local(seconds, zone).rem_euclid(DAY);
        let (ticks, scale): (PrimitiveArray<Int64Type>, u8) = match &from {
            DataType::DateTime(_) => {
                let seconds = array.as_primitive::<UInt32Type>();
                (seconds.unary(|seconds| of_day(i64::from(seconds))), 0)
            }
            DataType::DateTime64(scale, _) => {
                let unit = power(*scale);
                let of_day = |ticks: i64| of_day(ticks.div_euclid(unit)) * unit + ticks.rem_euclid(unit);
                (array.as_primitive::<Int64Type>().unary(of_day), *scale)
            }
            DataType::Date32 => (array.as_primitive::<Int32Type>().unary(|_| 0), 0),
            _ => (array.as_primitive::<UInt16Type>().unary(|_| 0), 0),
        };
        Ok(match to {
            DataType::Time64(wanted) => {
                Arc::new(ticks.unary::<_, Int64Type>(|value| super::rescale_ticks(value, scale, wanted)))
            }
            _ => Arc::new(ticks.unary::<_, Int32Type>(|value| clamp(value / power(scale)))),
        })
    })
}

fn is_number(data_type: &DataType) -> bool {
    data_type.is_number() || data_type.is_enum() || matches!(data_type, DataType::Bool | DataType::Interval(_))
}

/// A number of seconds.
fn from_number(from: &DataType, to: &DataType, options: &Options) -> Result<Convert> {
    if !is_number(from) {
        return Err(no_conversion(from, to));
    }
    if options.accurate {
        return accurate(from, to, options);
    }
    let to = to.clone();
    match (from, &to) {
        (DataType::Decimal(precision, _), DataType::Time64(scale)) if *precision <= 38 => {
            let (own, scale) = (from.clone(), *scale);
            Ok(Box::new(move |array| {
                let DataType::Decimal(_, own) = own else {
                    unreachable!("it is a decimal")
                };
                let values = array.as_primitive::<Decimal128Type>();
                let most = i128::from(time_ticks_max(scale));
                let ticks = |value| decimals::rescale(value, own, scale).clamp(-most, most) as i64;
                Ok(Arc::new(values.unary::<_, Int64Type>(ticks)))
            }))
        }
        (DataType::Decimal(..), _) => Err(Error::new(
            Code::ILLEGAL_COLUMN,
            format!("Illegal column {from} of first argument of function to{}", to.family()),
        )),
        _ => {
            let floats = super::converter(from, &DataType::Float64, options)?;
            // All integers that are not cut at the ends of the range are floats.
            Ok(Box::new(move |array| {
                let seconds = floats(array)?;
                let seconds = seconds.as_primitive::<Float64Type>();
                Ok(match &to {
                    DataType::Time64(scale) => {
                        let (unit, most) = (power(*scale) as f64, time_ticks_max(*scale));
                        let ticks = |value: f64| ((value * unit) as i64).clamp(-most, most);
                        Arc::new(seconds.unary::<_, Int64Type>(ticks)) as ArrayRef
                    }
                    _ => Arc::new(seconds.unary::<_, Int32Type>(|value| clamp(value as i64))),
                })
            }))
        }
    }
}

/// Numbers that are beyond the range are failures.
fn accurate(from: &DataType, to: &DataType, options: &Options) -> Result<Convert> {
    let plain = Options {
        accurate: false,
        ..options.clone()
    };
    let (convert, floats) = (
        from_number(from, to, &plain)?,
        super::converter(from, &DataType::Float64, &plain)?,
    );
    let (failure, to) = (options.failure, to.clone());
    Ok(Box::new(move |array| {
        let (times, seconds) = (convert(array)?, floats(array)?);
        let fits = seconds
            .as_primitive::<Float64Type>()
            .iter()
            .map(|value| value.map(|value| value.abs() > TIME_SECONDS_MAX as f64));
        let beyond: arrow::array::BooleanArray = fits.collect();
        let checked = arrow::compute::nullif(&times, &beyond).map_err(crate::functions::internal)?;
        super::with_failures(array, checked, failure, &to, |_| {
            let message = format!("Value cannot be safely converted into type {to}");
            Error::new(Code::CANNOT_CONVERT_TYPE, message)
        })
    }))
}

/// The number of seconds.
fn to_number(from: &DataType, to: &DataType, options: &Options) -> Result<Convert> {
    if !is_number(to) || to.is_enum() {
        return Err(no_conversion(from, to));
    }
    match from {
        DataType::Time64(scale) if to.is_integer() || *to == DataType::Bool => {
            let (unit, arrow) = (power(*scale), to.arrow());
            Ok(Box::new(move |array| {
                let ticks = array.as_primitive::<Int64Type>();
                let seconds: ArrayRef = Arc::new(ticks.unary::<_, Int64Type>(|ticks| ticks / unit));
                numbers::wrap(&seconds, &arrow)
            }))
        }
        DataType::Time64(scale) => {
            let wide = DataType::Decimal(38, *scale);
            let rest = super::converter(&wide, to, options)?;
            Ok(Box::new(move |array| {
                let ticks = array.as_primitive::<Int64Type>();
                let values = ticks
                    .unary::<_, Decimal128Type>(i128::from)
                    .with_data_type(wide.arrow());
                rest(&(Arc::new(values) as ArrayRef))
            }))
        }
        _ if to.is_decimal() => Err(Error::new(
            Code::ILLEGAL_COLUMN,
            format!("Illegal column Int32 of first argument of function to{}", to.family()),
        )),
        _ => super::converter(&DataType::Int32, to, options),
    }
}
