//! `topK`: the most frequent values.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, UInt64Array};
use arrow::datatypes::UInt64Type;
use datafusion::common::ScalarValue;

use super::group_array::list;
use super::own::{self, State};
use super::{AggregateFunction, Binding, Plan, number, scalars_to_array, unary};
use crate::error::{Code, Error, Result};
use crate::functions::internal;
use crate::types::DataType;

pub const FUNCTIONS: &[AggregateFunction] = &[AggregateFunction::new(
    "topK",
    "The most frequent values, exactly counted",
    top_k,
)];

/// Values if no number is given.
const DEFAULT_VALUES: f64 = 10.0;
/// ClickHouse's limit on the number.
const VALUES_MAX: f64 = 65_536.0;

fn top_k(binding: &Binding) -> Result<Plan> {
    let item = unary(binding)?.clone();
    let size = number(binding, 0)?.unwrap_or(DEFAULT_VALUES);
    if !(1.0..=VALUES_MAX).contains(&size) {
        return Err(Error::new(
            Code::ARGUMENT_OUT_OF_BOUND,
            "Parameter 0 is illegal for aggregate function topK",
        ));
    }
    let result = DataType::Array(Box::new(item.clone()));
    let element = item.clone();
    let new = Arc::new(move || {
        Box::new(Counts {
            item: element.clone(),
            size: size as usize,
            counts: HashMap::new(),
        }) as Box<dyn State>
    });
    let saved = vec![result.arrow(), DataType::Array(Box::new(DataType::UInt64)).arrow()];
    let udaf = own::aggregate(binding, &result, saved, new);
    Ok(Plan {
        nullable: false,
        ..Plan::new(udaf, vec![item], result)
    })
}

/// How often each value was met, and when first.
#[derive(Debug)]
struct Counts {
    item: DataType,
    size: usize,
    counts: HashMap<ScalarValue, (u64, usize)>,
}

impl Counts {
    fn push(&mut self, value: ScalarValue, count: u64) {
        let order = self.counts.len();
        self.counts.entry(value).or_insert((0, order)).0 += count;
    }

    /// Values by frequency, the first met first among equals.
    fn ordered(&self) -> Vec<(&ScalarValue, u64)> {
        let mut all: Vec<_> = self.counts.iter().collect();
        all.sort_by_key(|(_, (count, order))| (std::cmp::Reverse(*count), *order));
        all.into_iter().map(|(value, (count, _))| (value, *count)).collect()
    }

    fn list(&self, values: Vec<ScalarValue>) -> Result<ScalarValue> {
        Ok(list(
            scalars_to_array(values, &self.item).map_err(internal)?,
            &self.item,
        ))
    }
}

impl State for Counts {
    fn update(&mut self, arguments: &[ArrayRef]) -> Result<()> {
        for row in 0..arguments[0].len() {
            self.push(ScalarValue::try_from_array(&arguments[0], row).map_err(internal)?, 1);
        }
        Ok(())
    }

    fn save(&mut self) -> Result<Vec<ScalarValue>> {
        let ordered = self.ordered();
        let counts: ArrayRef = Arc::new(ordered.iter().map(|(_, count)| *count).collect::<UInt64Array>());
        let values = self.list(ordered.into_iter().map(|(value, _)| value.clone()).collect())?;
        Ok(vec![values, list(counts, &DataType::UInt64)])
    }

    fn merge(&mut self, states: &[ArrayRef]) -> Result<()> {
        let (values, counts) = (states[0].as_list::<i32>(), states[1].as_list::<i32>());
        for row in 0..values.len() {
            let (values, counts) = (values.value(row), counts.value(row));
            let counts = counts.as_primitive::<UInt64Type>();
            for index in 0..values.len() {
                self.push(
                    ScalarValue::try_from_array(&values, index).map_err(internal)?,
                    counts.value(index),
                );
            }
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Option<ScalarValue>> {
        let top = self
            .ordered()
            .into_iter()
            .take(self.size)
            .map(|(value, _)| value.clone())
            .collect();
        self.list(top).map(Some)
    }

    fn bytes(&self) -> usize {
        self.counts
            .keys()
            .map(|value| value.size() + 2 * size_of::<u64>())
            .sum()
    }
}
