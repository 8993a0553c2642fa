//! `sum` of integers of more than 64 bits: of their own type, wrapping around.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::datatypes::i256;
use datafusion::common::ScalarValue;

use super::own::{self, State};
use super::{Binding, Plan};
use crate::error::Result;
use crate::functions::casts::big_integers::{load, store};
use crate::functions::internal;
use crate::types::DataType;

/// The sum of values of this type.
pub fn sum(binding: &Binding, data_type: &DataType) -> Plan {
    let own_type = data_type.clone();
    let new = Arc::new(move || {
        Box::new(Sum {
            data_type: own_type.clone(),
            total: None,
        }) as Box<dyn State>
    });
    let udaf = own::aggregate(binding, data_type, vec![data_type.arrow()], new);
    Plan::new(udaf, vec![data_type.clone()], data_type.clone())
}

#[derive(Debug)]
struct Sum {
    data_type: DataType,
    total: Option<i256>,
}

impl Sum {
    fn scalar(&self) -> Result<Option<ScalarValue>> {
        let Some(total) = self.total else { return Ok(None) };
        let array = store(std::iter::once(total), None, &self.data_type)?;
        ScalarValue::try_from_array(&array, 0).map(Some).map_err(internal)
    }
}

impl State for Sum {
    fn update(&mut self, arguments: &[ArrayRef]) -> Result<()> {
        for value in load(&arguments[0], &self.data_type)? {
            self.total = Some(self.total.unwrap_or(i256::ZERO).wrapping_add(value));
        }
        Ok(())
    }

    fn save(&mut self) -> Result<Vec<ScalarValue>> {
        let nothing = || ScalarValue::try_from(&self.data_type.arrow()).map_err(internal);
        Ok(vec![self.scalar()?.map_or_else(nothing, Ok)?])
    }

    fn merge(&mut self, states: &[ArrayRef]) -> Result<()> {
        let present = own::without_nulls(states).map_err(internal)?;
        self.update(&present)
    }

    fn finish(&mut self) -> Result<Option<ScalarValue>> {
        self.scalar()
    }

    fn bytes(&self) -> usize {
        0
    }
}
