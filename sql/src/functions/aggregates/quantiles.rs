//! `quantile`, `quantiles`, `median` and their exact forms.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, UInt64Array};
use arrow::compute::{concat, sort, take};
use arrow::datatypes::{Float64Type, UInt64Type};
use datafusion::common::ScalarValue;

use super::group_array::list;
use super::own::{self, State};
use super::{AggregateFunction, Binding, Plan, illegal, not_a_number, number, unary};
use crate::error::{Code, Error, Result};
use crate::functions::internal;
use crate::types::DataType;

pub const FUNCTIONS: &[AggregateFunction] = &[
    AggregateFunction::new(
        "quantile",
        "A quantile, interpolated, of a sample of the values",
        |binding| sampled(binding, false),
    )
    .aliases(&["median"]),
    AggregateFunction::new(
        "quantiles",
        "Several quantiles, interpolated, of a sample of the values",
        |binding| sampled(binding, true),
    ),
    AggregateFunction::new("quantileExact", "A quantile that is one of the values", |binding| {
        exact(binding, false)
    })
    .aliases(&["medianExact", "quantileExactHigh", "medianExactHigh"]),
    AggregateFunction::new("quantilesExact", "Several quantiles that are values", |binding| {
        exact(binding, true)
    }),
    AggregateFunction::new(
        "quantileExactLow",
        "A quantile that is one of the values, the lower of two",
        |binding| exact(binding, false),
    )
    .aliases(&["medianExactLow"]),
];

/// Values that `quantile` keeps at most; beyond, each has the same chance to be kept.
const SAMPLE_VALUES_MAX: usize = 8192;

/// The level if none is given.
const MEDIAN: f64 = 0.5;

fn levels(binding: &Binding, several: bool) -> Result<Vec<f64>> {
    let levels: Vec<f64> = (0..binding.parameters.len())
        .map(|index| Ok(number(binding, index)?.unwrap_or(MEDIAN)))
        .collect::<Result<_>>()?;
    if let Some(level) = levels.iter().find(|level| !(0.0..=1.0).contains(*level)) {
        debug_assert!(level.is_nan() || *level < 0.0 || *level > 1.0, "it is out of range");
        return Err(Error::new(
            Code::PARAMETER_OUT_OF_BOUND,
            "Quantile level is out of range [0..1]",
        ));
    }
    match (levels.len(), several) {
        (0, true) => Err(Error::new(
            Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH,
            format!("Aggregate function {} requires at least one parameter", binding.name),
        )),
        (0, false) => Ok(vec![MEDIAN]),
        (1, _) | (_, true) => Ok(levels),
        _ => Err(Error::new(
            Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH,
            format!("Aggregate function {} requires at most one parameter", binding.name),
        )),
    }
}

fn is_ordered(data_type: &DataType) -> bool {
    let number = data_type.is_number()
        || *data_type == DataType::Bool
        || data_type.is_date_or_date_time() && *data_type != DataType::Date32;
    number && *data_type != DataType::BFloat16
}

/// The argument; the deterministic form has a second one, which does not matter here.
fn argument<'a>(binding: &'a Binding) -> Result<&'a DataType> {
    let argument = unary(binding)?;
    if is_ordered(argument) {
        Ok(argument)
    } else {
        Err(illegal(binding, argument))
    }
}

fn sampled(binding: &Binding, several: bool) -> Result<Plan> {
    let argument = argument(binding)?;
    let levels = levels(binding, several)?;
    let keeps_type = argument.is_date_or_date_time() || argument.is_decimal();
    let one = if keeps_type {
        argument.clone()
    } else {
        DataType::Float64
    };
    let of_floats = |item: DataType| if several { DataType::Array(Box::new(item)) } else { item };
    let raw = of_floats(DataType::Float64);
    let new = Arc::new(move || {
        Box::new(Sample {
            levels: levels.clone(),
            several,
            seen: 0,
            values: Vec::new(),
        }) as Box<dyn State>
    });
    let saved = vec![
        DataType::Array(Box::new(DataType::Float64)).arrow(),
        DataType::UInt64.arrow(),
    ];
    let udaf = own::aggregate(binding, &raw, saved, new);
    let empty = if one == DataType::Float64 && !several {
        not_a_number()
    } else {
        None
    };
    Ok(Plan {
        raw,
        empty,
        nullable: !several,
        ..Plan::new(udaf, vec![DataType::Float64], of_floats(one))
    })
}

/// A uniform sample, as ClickHouse's ReservoirSampler.
#[derive(Debug)]
struct Sample {
    levels: Vec<f64>,
    several: bool,
    seen: u64,
    values: Vec<f64>,
}

impl Sample {
    fn push(&mut self, value: f64) {
        self.seen += 1;
        if self.values.len() < SAMPLE_VALUES_MAX {
            self.values.push(value);
            return;
        }
        let place = scrambled(self.seen) % self.seen;
        if let Some(slot) = usize::try_from(place).ok().and_then(|place| self.values.get_mut(place)) {
            *slot = value;
        }
    }

    fn quantile(&self, level: f64) -> f64 {
        let last = self.values.len() - 1;
        let index = (level * last as f64).clamp(0.0, last as f64);
        let left = index as usize;
        if left >= last {
            return self.values[last];
        }
        let right = (left + 1) as f64;
        self.values[left] * (right - index) + self.values[left + 1] * (index - left as f64)
    }
}

/// The same pseudo-random number for the same row, so that a query has one answer (SplitMix64).
fn scrambled(seed: u64) -> u64 {
    let mut bits = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

impl State for Sample {
    fn update(&mut self, arguments: &[ArrayRef]) -> Result<()> {
        let values = arguments[0].as_primitive::<Float64Type>();
        values
            .values()
            .iter()
            .filter(|value| !value.is_nan())
            .for_each(|value| self.push(*value));
        Ok(())
    }

    fn save(&mut self) -> Result<Vec<ScalarValue>> {
        let values: ArrayRef = Arc::new(Float64Array::from(self.values.clone()));
        Ok(vec![
            list(values, &DataType::Float64),
            ScalarValue::UInt64(Some(self.seen)),
        ])
    }

    fn merge(&mut self, states: &[ArrayRef]) -> Result<()> {
        let (lists, seen) = (states[0].as_list::<i32>(), states[1].as_primitive::<UInt64Type>());
        for row in 0..lists.len() {
            let values = lists.value(row);
            let values = values.as_primitive::<Float64Type>().values().clone();
            // Each value of a full sample stands for several that were seen.
            let stands_for = seen.value(row).saturating_sub(values.len() as u64);
            values.iter().for_each(|value| self.push(*value));
            self.seen += stands_for;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Option<ScalarValue>> {
        self.values.sort_by(f64::total_cmp);
        if self.several {
            let quantiles = self.levels.iter().map(|level| {
                if self.values.is_empty() {
                    f64::NAN
                } else {
                    self.quantile(*level)
                }
            });
            let quantiles: ArrayRef = Arc::new(quantiles.collect::<Float64Array>());
            return Ok(Some(list(quantiles, &DataType::Float64)));
        }
        Ok((!self.values.is_empty()).then(|| ScalarValue::Float64(Some(self.quantile(self.levels[0])))))
    }

    fn bytes(&self) -> usize {
        self.values.capacity() * size_of::<f64>()
    }
}

fn exact(binding: &Binding, several: bool) -> Result<Plan> {
    let item = argument(binding)?.clone();
    let levels = levels(binding, several)?;
    let result = if several {
        DataType::Array(Box::new(item.clone()))
    } else {
        item.clone()
    };
    let low = binding.name == "quantileExactLow";
    let element = item.clone();
    let new = Arc::new(move || -> Box<dyn State> {
        Box::new(All {
            item: element.clone(),
            levels: levels.clone(),
            several,
            low,
            chunks: Vec::new(),
        })
    });
    let saved = vec![DataType::Array(Box::new(item.clone())).arrow()];
    let udaf = own::aggregate(binding, &result, saved, new);
    let empty = (item == DataType::Float64 || item == DataType::Float32).then(|| match item {
        DataType::Float32 => ScalarValue::Float32(Some(f32::NAN)),
        _ => ScalarValue::Float64(Some(f64::NAN)),
    });
    Ok(Plan {
        empty: empty.filter(|_| !several),
        nullable: !several,
        ..Plan::new(udaf, vec![item], result)
    })
}

/// All values.
#[derive(Debug)]
struct All {
    item: DataType,
    levels: Vec<f64>,
    several: bool,
    low: bool,
    chunks: Vec<ArrayRef>,
}

impl All {
    fn joined(&self) -> Result<ArrayRef> {
        let chunks: Vec<&dyn Array> = self.chunks.iter().map(AsRef::as_ref).collect();
        match chunks.is_empty() {
            true => Ok(arrow::array::new_empty_array(&self.item.arrow())),
            false => concat(&chunks).map_err(internal),
        }
    }

    fn index(&self, level: f64, len: usize) -> u64 {
        let index = match self.low && level == MEDIAN && len.is_multiple_of(2) {
            true => len / 2 - 1,
            false => (level * len as f64) as usize,
        };
        index.min(len - 1) as u64
    }
}

impl State for All {
    fn update(&mut self, arguments: &[ArrayRef]) -> Result<()> {
        self.chunks.push(arguments[0].clone());
        Ok(())
    }

    fn save(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![list(self.joined()?, &self.item)])
    }

    fn merge(&mut self, states: &[ArrayRef]) -> Result<()> {
        let lists = states[0].as_list::<i32>();
        self.chunks.extend((0..lists.len()).map(|row| lists.value(row)));
        Ok(())
    }

    fn finish(&mut self) -> Result<Option<ScalarValue>> {
        let sorted = sort(&self.joined()?, None).map_err(internal)?;
        if sorted.is_empty() {
            let nothing = self.several.then(|| {
                let default = self.item.default_scalar();
                super::scalars_to_array(vec![default; self.levels.len()], &self.item)
                    .map(|values| list(values, &self.item))
            });
            return nothing.transpose().map_err(internal);
        }
        let indices: UInt64Array = self
            .levels
            .iter()
            .map(|level| self.index(*level, sorted.len()))
            .collect();
        let values = take(&sorted, &indices, None).map_err(internal)?;
        match self.several {
            true => Ok(Some(list(values, &self.item))),
            false => ScalarValue::try_from_array(&values, 0).map(Some).map_err(internal),
        }
    }

    fn bytes(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.get_array_memory_size()).sum()
    }
}
