//! The combinator `-Array`: a function over the elements of arrays.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType as ArrowType, Field, FieldRef, Schema};
use datafusion::common::{Result as DataFusionResult, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::{Accumulator, AggregateUDF, AggregateUDFImpl, Signature, Volatility};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::PhysicalExpr;

use super::Plan;
use crate::error::Result;
use crate::functions::TypedExpr;
use crate::types::DataType;

/// The function over elements, and the array types its arguments are cast to.
pub fn flatten(plan: &Plan, arguments: &[TypedExpr]) -> Result<(Arc<AggregateUDF>, Vec<DataType>)> {
    let array = |(wanted, argument): (&DataType, &TypedExpr)| {
        let nullable = matches!(argument.data_type.bare(), DataType::Array(item) if item.is_nullable());
        let item = if nullable { wanted.to_nullable() } else { wanted.clone() };
        DataType::Array(Box::new(item))
    };
    let arrays: Vec<DataType> = plan.arguments.iter().zip(arguments).map(array).collect();
    let items = plan
        .arguments
        .iter()
        .map(|item| Arc::new(Field::new("item", item.arrow(), true)))
        .collect();
    let name = format!("{}Array", plan.udaf.name());
    let inner = Flatten {
        name,
        inner: plan.udaf.clone(),
        items,
        distinct: plan.distinct,
        ignore_nulls: plan.ignore_nulls,
    };
    Ok((Arc::new(AggregateUDF::new_from_impl(inner)), arrays))
}

struct Flatten {
    name: String,
    inner: Arc<AggregateUDF>,
    items: Vec<FieldRef>,
    distinct: bool,
    ignore_nulls: bool,
}

impl Flatten {
    fn types(&self) -> Vec<ArrowType> {
        self.items.iter().map(|item| item.data_type().clone()).collect()
    }
}

impl fmt::Debug for Flatten {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.name)
    }
}

impl PartialEq for Flatten {
    fn eq(&self, other: &Flatten) -> bool {
        self.inner == other.inner && self.items == other.items && self.distinct == other.distinct
    }
}

impl Eq for Flatten {}

impl Hash for Flatten {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (&self.inner, &self.items, self.distinct).hash(state);
    }
}

impl AggregateUDFImpl for Flatten {
    fn name(&self) -> &str {
        &self.name
    }

    fn schema_name(
        &self,
        params: &datafusion::logical_expr::expr::AggregateFunctionParams,
    ) -> DataFusionResult<String> {
        let mut hasher = std::hash::DefaultHasher::new();
        self.hash(&mut hasher);
        let name = datafusion::logical_expr::udaf_default_schema_name(self, params)?;
        Ok(format!("{name} {:x}", hasher.finish()))
    }

    fn signature(&self) -> &Signature {
        static ANY: OnceLock<Signature> = OnceLock::new();
        ANY.get_or_init(|| Signature::variadic_any(Volatility::Immutable))
    }

    fn return_type(&self, _: &[ArrowType]) -> DataFusionResult<ArrowType> {
        self.inner.return_type(&self.types())
    }

    fn state_fields(&self, args: StateFieldsArgs) -> DataFusionResult<Vec<FieldRef>> {
        self.inner.state_fields(StateFieldsArgs {
            input_fields: &self.items,
            is_distinct: self.distinct,
            ..args
        })
    }

    fn accumulator(&self, args: AccumulatorArgs) -> DataFusionResult<Box<dyn Accumulator>> {
        let schema = Schema::new(self.items.clone());
        let columns: Vec<Arc<dyn PhysicalExpr>> = (0..self.items.len())
            .map(|index| Arc::new(Column::new("item", index)) as Arc<dyn PhysicalExpr>)
            .collect();
        let inner = self.inner.accumulator(AccumulatorArgs {
            schema: &schema,
            exprs: &columns,
            expr_fields: &self.items,
            is_distinct: self.distinct,
            ignore_nulls: self.ignore_nulls,
            ..args
        })?;
        Ok(Box::new(Elements { inner }))
    }
}

#[derive(Debug)]
struct Elements {
    inner: Box<dyn Accumulator>,
}

/// The elements of all arrays, one after another.
fn elements(array: &ArrayRef) -> ArrayRef {
    let list = array.as_list::<i32>();
    let (first, last) = (list.offsets()[0] as usize, list.offsets()[list.len()] as usize);
    list.values().slice(first, last - first)
}

impl Accumulator for Elements {
    fn update_batch(&mut self, values: &[ArrayRef]) -> DataFusionResult<()> {
        let values: Vec<ArrayRef> = values.iter().map(elements).collect();
        let same = values.windows(2).all(|pair| pair[0].len() == pair[1].len());
        if !same {
            return Err(crate::error::Error::new(
                crate::error::Code::SIZES_OF_ARRAYS_DONT_MATCH,
                "All arrays must have equal sizes in an aggregate function with the Array suffix",
            )
            .into());
        }
        self.inner.update_batch(&values)
    }

    fn evaluate(&mut self) -> DataFusionResult<ScalarValue> {
        self.inner.evaluate()
    }

    fn size(&self) -> usize {
        self.inner.size()
    }

    fn state(&mut self) -> DataFusionResult<Vec<ScalarValue>> {
        self.inner.state()
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> DataFusionResult<()> {
        self.inner.merge_batch(states)
    }
}
