//! `groupArray`, `groupUniqArray`, `groupConcat`.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::concat;
use datafusion::common::ScalarValue;
use datafusion::common::utils::SingleRowListArrayBuilder;

use super::own::{self, State};
use super::{AggregateFunction, Binding, Plan, number, scalars_to_array, unary};
use crate::error::{Code, Error, Result};
use crate::functions::internal;
use crate::types::DataType;

pub const FUNCTIONS: &[AggregateFunction] = &[
    AggregateFunction::new("groupArray", "All values in an array", |binding| bind(binding, false))
        .aliases(&["array_agg"]),
    AggregateFunction::new("groupUniqArray", "All different values in an array", |binding| {
        bind(binding, true)
    })
    .aliases(&["groupArrayDistinct"]),
];

fn bind(binding: &Binding, unique: bool) -> Result<Plan> {
    let item = unary(binding)?.clone();
    let size_max = match number(binding, 0)? {
        Some(size) if size >= 1.0 => size as usize,
        Some(_) => {
            let message = format!(
                "Parameter for aggregate function {} should be positive number",
                binding.name
            );
            return Err(Error::new(Code::BAD_ARGUMENTS, message));
        }
        None => usize::MAX,
    };
    let result = DataType::Array(Box::new(item.clone()));
    let element = item.clone();
    let new = Arc::new(move || -> Box<dyn State> {
        match unique {
            true => Box::new(Unique {
                item: element.clone(),
                size_max,
                seen: HashSet::new(),
                values: Vec::new(),
            }),
            false => Box::new(Collected {
                item: element.clone(),
                size_max,
                len: 0,
                chunks: Vec::new(),
            }),
        }
    });
    let udaf = own::aggregate(binding, &result, vec![result.arrow()], new);
    Ok(Plan {
        nullable: false,
        ..Plan::new(udaf, vec![item], result)
    })
}

/// A list value of these elements.
pub fn list(values: ArrayRef, item: &DataType) -> ScalarValue {
    let field = item.item_field();
    let values = crate::functions::udf::conform(values, field.data_type());
    SingleRowListArrayBuilder::new(values)
        .with_field(&field)
        .build_list_scalar()
}

/// All values, as the chunks they came in.
#[derive(Debug)]
struct Collected {
    item: DataType,
    size_max: usize,
    len: usize,
    chunks: Vec<ArrayRef>,
}

/// Small chunks are joined once there are so many, so that many small batches cost no more than one large.
const CHUNKS_MAX: usize = 64;

impl Collected {
    fn push(&mut self, chunk: &ArrayRef) -> Result<()> {
        let take = chunk.len().min(self.size_max - self.len);
        if take == 0 {
            return Ok(());
        }
        self.len += take;
        self.chunks.push(chunk.slice(0, take));
        if self.chunks.len() >= CHUNKS_MAX {
            self.chunks = vec![self.joined()?];
        }
        Ok(())
    }

    fn joined(&self) -> Result<ArrayRef> {
        let chunks: Vec<&dyn Array> = self.chunks.iter().map(AsRef::as_ref).collect();
        match chunks.is_empty() {
            true => Ok(arrow::array::new_empty_array(&self.item.arrow())),
            false => concat(&chunks).map_err(internal),
        }
    }
}

impl State for Collected {
    fn update(&mut self, arguments: &[ArrayRef]) -> Result<()> {
        self.push(&arguments[0])
    }

    fn save(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![list(self.joined()?, &self.item)])
    }

    fn merge(&mut self, states: &[ArrayRef]) -> Result<()> {
        let lists = states[0].as_list::<i32>();
        (0..lists.len())
            .filter(|row| lists.is_valid(*row))
            .try_for_each(|row| self.push(&lists.value(row)))
    }

    fn finish(&mut self) -> Result<Option<ScalarValue>> {
        Ok(Some(list(self.joined()?, &self.item)))
    }

    fn bytes(&self) -> usize {
        self.chunks.iter().map(|chunk| chunk.get_array_memory_size()).sum()
    }
}

/// The different values, in the order in which they were met.
#[derive(Debug)]
struct Unique {
    item: DataType,
    size_max: usize,
    seen: HashSet<ScalarValue>,
    values: Vec<ScalarValue>,
}

impl Unique {
    fn push(&mut self, values: &ArrayRef) -> Result<()> {
        for row in 0..values.len() {
            if self.values.len() >= self.size_max {
                return Ok(());
            }
            let value = ScalarValue::try_from_array(values, row).map_err(internal)?;
            if self.seen.insert(value.clone()) {
                self.values.push(value);
            }
        }
        Ok(())
    }

    fn list(&self) -> Result<ScalarValue> {
        let values = scalars_to_array(self.values.clone(), &self.item).map_err(internal)?;
        Ok(list(values, &self.item))
    }
}

impl State for Unique {
    fn update(&mut self, arguments: &[ArrayRef]) -> Result<()> {
        self.push(&arguments[0])
    }

    fn save(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.list()?])
    }

    fn merge(&mut self, states: &[ArrayRef]) -> Result<()> {
        let lists = states[0].as_list::<i32>();
        (0..lists.len())
            .filter(|row| lists.is_valid(*row))
            .try_for_each(|row| self.push(&lists.value(row)))
    }

    fn finish(&mut self) -> Result<Option<ScalarValue>> {
        self.list().map(Some)
    }

    fn bytes(&self) -> usize {
        self.values.iter().map(ScalarValue::size).sum::<usize>() * 2
    }
}
