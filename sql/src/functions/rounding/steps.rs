//! Rounding down to fixed steps.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::{Float64Type, Int64Type, UInt8Type, UInt16Type};

use crate::error::Result;
use crate::functions::casts::numbers::wrap;
use crate::functions::function::{Argument, Bound, Function, illegal_type};
use crate::types::DataType;

pub const TO_EXP2: Function = Function::new(
    "roundToExp2",
    (1, 1),
    "The greatest power of two that is not above",
    |arguments, _| {
        let from = number(arguments, "roundToExp2")?;
        let arrow = from.arrow();
        if from.is_float() {
            return Ok(Bound::kernel(from, vec![DataType::Float64], move |arrays, _| {
                let powers = arrays[0]
                    .as_primitive::<Float64Type>()
                    .unary::<_, Float64Type>(|value| match value {
                        value if value == 0.0 || !value.is_finite() => value,
                        value => value.abs().log2().floor().exp2().copysign(value),
                    });
                wrap(&(Arc::new(powers) as ArrayRef), &arrow)
            }));
        }
        Ok(Bound::kernel(from, vec![DataType::Int64], move |arrays, _| {
            let powers =
                arrays[0]
                    .as_primitive::<Int64Type>()
                    .unary::<_, Int64Type>(|value| match value.checked_ilog2() {
                        Some(log) => 1 << log,
                        None => 0,
                    });
            wrap(&(Arc::new(powers) as ArrayRef), &arrow)
        }))
    },
);
pub const AGE: Function = Function::new("roundAge", (1, 1), "The lower end of an age group", |arguments, _| {
    number(arguments, "roundAge")?;
    Ok(Bound::kernel(DataType::UInt8, vec![DataType::Int64], |arrays, _| {
        Ok(Arc::new(arrays[0].as_primitive::<Int64Type>().unary::<_, UInt8Type>(
            |age| match age {
                ..1 => 0,
                1..18 => 17,
                18..25 => 18,
                25..35 => 25,
                35..45 => 35,
                45..55 => 45,
                _ => 55,
            },
        )))
    }))
});
/// Lengths of time, in seconds, that `roundDuration` answers with.
const DURATIONS: [u16; 14] = [1, 10, 30, 60, 120, 180, 240, 300, 600, 1200, 1800, 3600, 7200, 18_000];
/// The last of them.
const DURATION_MAX: u16 = 36_000;
pub const DURATION: Function = Function::new(
    "roundDuration",
    (1, 1),
    "The lower end of a group of durations",
    |arguments, _| {
        number(arguments, "roundDuration")?;
        Ok(Bound::kernel(DataType::UInt16, vec![DataType::Int64], |arrays, _| {
            Ok(Arc::new(arrays[0].as_primitive::<Int64Type>().unary::<_, UInt16Type>(
                |seconds| {
                    if seconds >= i64::from(DURATION_MAX) {
                        return DURATION_MAX;
                    }
                    DURATIONS
                        .iter()
                        .rev()
                        .find(|step| i64::from(**step) <= seconds)
                        .copied()
                        .unwrap_or(0)
                },
            )))
        }))
    },
);

fn number(arguments: &[Argument], name: &str) -> Result<DataType> {
    let from = &arguments[0].data_type;
    match from.is_integer() || matches!(from, DataType::Float32 | DataType::Float64) {
        true => Ok(from.clone()),
        false => Err(illegal_type(&arguments[0], name)),
    }
}
