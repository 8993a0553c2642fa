//! `min` and `max` of floats: NaN is the answer only where there is nothing else.
//!
//! [`apart`] wraps DataFusion's function, whose accumulators see NULL for NaN. A state is a value, as before: NaN if
//! only NaN was seen.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::compute::kernels::zip::zip;
use arrow::datatypes::{DataType as ArrowType, FieldRef};
use datafusion::common::{Result as DataFusionResult, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, ReversedUDAF, Signature,
};

use crate::functions::floats::without_nan;

/// The function without NaN among numbers.
pub fn apart(inner: Arc<AggregateUDF>) -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::new_from_impl(Apart { inner }))
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Apart {
    inner: Arc<AggregateUDF>,
}

impl AggregateUDFImpl for Apart {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, types: &[ArrowType]) -> DataFusionResult<ArrowType> {
        self.inner.return_type(types)
    }

    fn coerce_types(&self, types: &[ArrowType]) -> DataFusionResult<Vec<ArrowType>> {
        self.inner.coerce_types(types)
    }

    fn state_fields(&self, args: StateFieldsArgs) -> DataFusionResult<Vec<FieldRef>> {
        self.inner.state_fields(args)
    }

    fn accumulator(&self, args: AccumulatorArgs) -> DataFusionResult<Box<dyn Accumulator>> {
        Ok(Box::new(One {
            inner: self.inner.accumulator(args)?,
            nans: 0,
        }))
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> DataFusionResult<Box<dyn Accumulator>> {
        Ok(Box::new(One {
            inner: self.inner.create_sliding_accumulator(args)?,
            nans: 0,
        }))
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        self.inner.groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> DataFusionResult<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Groups {
            inner: self.inner.create_groups_accumulator(args)?,
            nans: Vec::new(),
        }))
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }
}

/// NaN of the value's type.
fn nan(arrow: &ArrowType) -> ScalarValue {
    match arrow {
        ArrowType::Float32 => ScalarValue::Float32(Some(f32::NAN)),
        _ => ScalarValue::Float64(Some(f64::NAN)),
    }
}

#[derive(Debug)]
struct One {
    inner: Box<dyn Accumulator>,
    /// Number of NaN in the group or in the frame.
    nans: usize,
}

fn count(nans: &[bool]) -> usize {
    nans.iter().filter(|nan| **nan).count()
}

impl Accumulator for One {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        match without_nan(&values[0]) {
            None => self.inner.update_batch(values),
            Some((kept, nans)) => {
                self.nans += count(&nans);
                self.inner.update_batch(&[kept])
            }
        }
    }

    fn evaluate(&mut self) -> DataFusionResult<ScalarValue> {
        let value = self.inner.evaluate()?;
        match value.is_null() && self.nans > 0 {
            true => Ok(nan(&value.data_type())),
            false => Ok(value),
        }
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.inner.size()
    }

    fn state(&mut self) -> DataFusionResult<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DataFusionResult<()> {
        self.update_batch(states)
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        match without_nan(&values[0]) {
            None => self.inner.retract_batch(values),
            Some((kept, nans)) => {
                self.nans -= count(&nans);
                self.inner.retract_batch(&[kept])
            }
        }
    }

    fn supports_retract_batch(&self) -> bool {
        self.inner.supports_retract_batch()
    }
}

struct Groups {
    inner: Box<dyn GroupsAccumulator>,
    /// Groups that have seen NaN; shorter than the number of groups if the last have not.
    nans: Vec<bool>,
}

impl Groups {
    /// NaN where the groups that are emitted have nothing else.
    fn filled(&mut self, values: ArrayRef, emit_to: EmitTo) -> DataFusionResult<ArrayRef> {
        let emitted = match emit_to {
            EmitTo::First(count) => {
                let rest = self.nans.split_off(count.min(self.nans.len()));
                std::mem::replace(&mut self.nans, rest)
            }
            EmitTo::All => std::mem::take(&mut self.nans),
        };
        if !emitted.contains(&true) {
            return Ok(values);
        }
        let only: BooleanArray = (0..values.len())
            .map(|group| Some(emitted.get(group) == Some(&true) && values.is_null(group)))
            .collect();
        let nan = nan(values.data_type()).to_scalar()?;
        Ok(zip(&only, &nan, &values)?)
    }
}

impl GroupsAccumulator for Groups {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        filter: Option<&BooleanArray>,
        groups: usize,
    ) -> DataFusionResult<()> {
        let Some((kept, nans)) = without_nan(&values[0]) else {
            return self.inner.update_batch(values, group_indices, filter, groups);
        };
        self.nans.resize(groups, false);
        for (row, group) in group_indices.iter().enumerate() {
            let chosen = filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row));
            self.nans[*group] |= nans[row] && chosen;
        }
        self.inner.update_batch(&[kept], group_indices, filter, groups)
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> DataFusionResult<ArrayRef> {
        let values = self.inner.evaluate(emit_to)?;
        self.filled(values, emit_to)
    }

    fn state(&mut self, emit_to: EmitTo) -> DataFusionResult<Vec<ArrayRef>> {
        Ok(vec![self.evaluate(emit_to)?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef], group_indices: &[usize], groups: usize) -> DataFusionResult<()> {
        self.update_batch(states, group_indices, None, groups)
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> DataFusionResult<Vec<ArrayRef>> {
        self.inner.convert_to_state(values, filter)
    }

    fn size(&self) -> usize {
        self.inner.size() + self.nans.capacity()
    }
}
