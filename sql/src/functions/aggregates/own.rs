//! [`aggregate`]: our own aggregate functions as DataFusion ones.
//!
//! A function is a state of rows seen so far, made afresh for each group. NULL never reaches it: rows with a NULL
//! argument are taken out before.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::mem::size_of_val;
use std::sync::{Arc, OnceLock};

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::buffer::NullBuffer;
use arrow::compute::filter;
use arrow::datatypes::{DataType as ArrowType, Field, FieldRef};
use datafusion::common::{Result as DataFusionResult, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};

use super::Binding;
use crate::types::DataType;

/// What a function knows of the rows it has seen.
pub trait State: Send + Sync + fmt::Debug {
    /// Takes rows without NULL.
    fn update(&mut self, arguments: &[ArrayRef]) -> crate::error::Result<()>;
    /// The state as values of the types that were promised.
    fn save(&mut self) -> crate::error::Result<Vec<ScalarValue>>;
    /// Adds saved states.
    fn merge(&mut self, states: &[ArrayRef]) -> crate::error::Result<()>;
    /// The answer; `None` if no row was seen.
    fn finish(&mut self) -> crate::error::Result<Option<ScalarValue>>;
    /// Bytes in memory.
    fn bytes(&self) -> usize;
}

/// Makes the state of a group.
pub type NewState = Arc<dyn Fn() -> Box<dyn State> + Send + Sync>;

/// The DataFusion function. Two calls that differ in name, parameters or types of arguments are different functions:
/// `new` depends on nothing else.
pub fn aggregate(binding: &Binding, result: &DataType, saved: Vec<ArrowType>, new: NewState) -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::new_from_impl(Own {
        name: binding.name,
        detail: format!("{:?} {:?}", binding.parameters, binding.arguments),
        result: result.arrow(),
        saved,
        new,
    }))
}

struct Own {
    name: &'static str,
    detail: String,
    result: ArrowType,
    saved: Vec<ArrowType>,
    new: NewState,
}

impl fmt::Debug for Own {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{}", self.name, self.detail)
    }
}

impl PartialEq for Own {
    fn eq(&self, other: &Own) -> bool {
        self.name == other.name && self.detail == other.detail && self.result == other.result
    }
}

impl Eq for Own {}

impl Hash for Own {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.name, &self.detail, &self.result).hash(state);
    }
}

impl AggregateUDFImpl for Own {
    /// With the parameters, so that two calls that differ in them have different columns.
    fn name(&self) -> &str {
        self.name
    }

    fn schema_name(
        &self,
        params: &datafusion::logical_expr::expr::AggregateFunctionParams,
    ) -> DataFusionResult<String> {
        let name = datafusion::logical_expr::udaf_default_schema_name(self, params)?;
        Ok(format!("{name}{}", self.detail))
    }

    fn signature(&self) -> &Signature {
        static ANY: OnceLock<Signature> = OnceLock::new();
        ANY.get_or_init(|| Signature::variadic_any(Volatility::Immutable))
    }

    fn return_type(&self, _: &[ArrowType]) -> DataFusionResult<ArrowType> {
        Ok(self.result.clone())
    }

    fn state_fields(&self, args: StateFieldsArgs) -> DataFusionResult<Vec<FieldRef>> {
        let field = |(index, arrow): (usize, &ArrowType)| {
            Arc::new(Field::new(format!("{}[{index}]", args.name), arrow.clone(), true))
        };
        Ok(self.saved.iter().enumerate().map(field).collect())
    }

    fn accumulator(&self, args: AccumulatorArgs) -> DataFusionResult<Box<dyn Accumulator>> {
        if args.is_distinct {
            return Err(crate::error::Error::new(
                crate::error::Code::NOT_IMPLEMENTED,
                format!("DISTINCT in aggregate function {} is not supported yet", self.name),
            )
            .into());
        }
        Ok(Box::new(Running {
            state: (self.new)(),
            result: self.result.clone(),
        }))
    }

    fn default_value(&self, arrow: &ArrowType) -> DataFusionResult<ScalarValue> {
        ScalarValue::try_from(arrow)
    }
}

#[derive(Debug)]
struct Running {
    state: Box<dyn State>,
    result: ArrowType,
}

/// The rows in which no argument is NULL.
pub fn without_nulls(arguments: &[ArrayRef]) -> DataFusionResult<Vec<ArrayRef>> {
    let mut nulls: Option<NullBuffer> = None;
    for argument in arguments {
        nulls = NullBuffer::union(nulls.as_ref(), argument.logical_nulls().as_ref());
    }
    match nulls.filter(|nulls| nulls.null_count() > 0) {
        None => Ok(arguments.to_vec()),
        Some(nulls) => {
            let keep = BooleanArray::new(nulls.into_inner(), None);
            Ok(arguments
                .iter()
                .map(|argument| filter(argument, &keep))
                .collect::<Result<_, _>>()?)
        }
    }
}

impl Accumulator for Running {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        Ok(self.state.update(&without_nulls(values)?)?)
    }

    fn evaluate(&mut self) -> DataFusionResult<ScalarValue> {
        match self.state.finish()? {
            Some(value) => Ok(value),
            None => ScalarValue::try_from(&self.result),
        }
    }

    fn size(&self) -> usize {
        size_of_val(self) + self.state.bytes()
    }

    fn state(&mut self) -> DataFusionResult<Vec<ScalarValue>> {
        Ok(self.state.save()?)
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DataFusionResult<()> {
        Ok(self.state.merge(states)?)
    }
}
