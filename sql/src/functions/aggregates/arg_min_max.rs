//! `argMin`, `argMax`; `min` and `max` of types that DataFusion has no order for.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, make_comparator};
use arrow::compute::SortOptions;
use arrow::datatypes::DataType as ArrowType;
use datafusion::common::ScalarValue;

use super::own::{self, NewState, State};
use super::{AggregateFunction, Binding, Plan, binary, no_parameters};
use crate::error::Result;
use crate::functions::floats::{Nan, ordered};
use crate::functions::internal;
use crate::types::DataType;

pub const FUNCTIONS: &[AggregateFunction] = &[
    AggregateFunction::new("argMin", "The first argument where the second is least", |binding| {
        arg(binding, false)
    })
    .aliases(&["min_by"]),
    AggregateFunction::new("argMax", "The first argument where the second is greatest", |binding| {
        arg(binding, true)
    })
    .aliases(&["max_by"]),
];

fn arg(binding: &Binding, greatest: bool) -> Result<Plan> {
    let (value, key) = binary(binding)?;
    no_parameters(binding)?;
    let saved = vec![value.arrow(), key.arrow()];
    let new = new_best(greatest, saved.clone());
    let udaf = own::aggregate(binding, value, saved, new);
    Ok(Plan::new(udaf, vec![value.clone(), key.clone()], value.clone()))
}

/// `min` or `max` by comparing values as Arrow orders them.
pub fn extreme(binding: &Binding, data_type: &DataType) -> Result<Plan> {
    let greatest = binding.name == "max";
    let saved = vec![data_type.arrow()];
    let udaf = own::aggregate(binding, data_type, saved.clone(), new_best(greatest, saved));
    Ok(Plan::new(udaf, vec![data_type.clone()], data_type.clone()))
}

fn new_best(greatest: bool, saved: Vec<ArrowType>) -> NewState {
    Arc::new(move || {
        Box::new(Best {
            greatest,
            saved: saved.clone(),
            best: None,
        })
    })
}

/// The best row so far, as arrays of one row: the value first, the key last (they are one for `min` and `max`).
#[derive(Debug)]
struct Best {
    greatest: bool,
    /// The types of a row.
    saved: Vec<ArrowType>,
    best: Option<Vec<ArrayRef>>,
}

impl Best {
    /// The keys with NaN where it is never the best.
    fn in_order(&self, key: &ArrayRef) -> ArrayRef {
        ordered(key, if self.greatest { Nan::Least } else { Nan::Greatest })
    }

    /// The first best row of a batch.
    fn best_row(&self, key: &ArrayRef) -> Result<Option<usize>> {
        let key = &self.in_order(key);
        let compare = make_comparator(key, key, SortOptions::default()).map_err(internal)?;
        let better = if self.greatest {
            Ordering::Greater
        } else {
            Ordering::Less
        };
        Ok((0..key.len()).reduce(|best, row| if compare(row, best) == better { row } else { best }))
    }

    fn consider(&mut self, row: Vec<ArrayRef>) -> Result<()> {
        let better = if self.greatest {
            Ordering::Greater
        } else {
            Ordering::Less
        };
        let replace = match (&self.best, row.last()) {
            (Some(best), Some(key)) => {
                let old = self.in_order(best.last().expect("a row has a key"));
                make_comparator(&self.in_order(key), &old, SortOptions::default()).map_err(internal)?(0, 0) == better
            }
            _ => true,
        };
        if replace {
            self.best = Some(row);
        }
        Ok(())
    }
}

impl State for Best {
    fn update(&mut self, arguments: &[ArrayRef]) -> Result<()> {
        let key = arguments.last().expect("the function has arguments");
        let Some(row) = self.best_row(key)? else { return Ok(()) };
        // A copy, so that the batch does not stay in memory.
        let index = arrow::array::UInt64Array::from(vec![row as u64]);
        let row = arguments
            .iter()
            .map(|argument| arrow::compute::take(argument, &index, None));
        self.consider(row.collect::<Result<_, _>>().map_err(internal)?)
    }

    fn save(&mut self) -> Result<Vec<ScalarValue>> {
        match &self.best {
            Some(best) => best
                .iter()
                .map(|array| ScalarValue::try_from_array(array, 0).map_err(internal))
                .collect(),
            None => self
                .saved
                .iter()
                .map(|arrow| ScalarValue::try_from(arrow).map_err(internal))
                .collect(),
        }
    }

    fn merge(&mut self, states: &[ArrayRef]) -> Result<()> {
        let states = own::without_nulls(states).map_err(internal)?;
        for row in 0..states[0].len() {
            self.consider(states.iter().map(|array| array.slice(row, 1)).collect())?;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Option<ScalarValue>> {
        let first = self.best.as_ref().and_then(|best| best.first());
        first
            .map(|array| ScalarValue::try_from_array(array, 0).map_err(internal))
            .transpose()
    }

    fn bytes(&self) -> usize {
        self.best
            .iter()
            .flatten()
            .map(|array| array.get_array_memory_size())
            .sum()
    }
}
