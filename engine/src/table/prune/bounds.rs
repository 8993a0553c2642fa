//! Bounds of the values in granules, blocks or parts, as statistics that predicates are evaluated on.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch};
use arrow::compute::kernels::cmp::gt;
use arrow::compute::{is_null, nullif};
use arrow::datatypes::SchemaRef;
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, ScalarValue};
use datafusion::physical_expr::PhysicalExpr;
use gristmill_index::skip::BlockBounds;
use gristmill_storage::{GranuleBounds, Part};

use super::sets::none_between;
use crate::error::Result;
use crate::table::TableExpression;

/// Smallest and largest value of one expression in each container, NULL where unknown.
#[derive(Clone)]
pub struct MinMax {
    min: ArrayRef,
    max: ArrayRef,
    /// How many values are NULL, if that is known.
    nulls: Option<ArrayRef>,
}

/// Bounds of some expressions, which are columns by their number.
pub struct Bounds {
    expressions: Vec<Option<MinMax>>,
    containers: usize,
    rows: Option<ArrayRef>,
}

impl Bounds {
    /// Of a key's columns in each granule.
    pub fn of_granules(bounds: &[GranuleBounds]) -> Self {
        let min_max = |bounds: &GranuleBounds| {
            Some(MinMax {
                min: bounds.min.clone(),
                max: bounds.max.clone(),
                nulls: None,
            })
        };
        Self {
            containers: bounds.first().map_or(0, |bounds| bounds.min.len()),
            expressions: bounds.iter().map(min_max).collect(),
            rows: None,
        }
    }

    /// Of columns that a partition key is made of, in one part.
    pub fn of_part(part: &Part, columns: &[TableExpression]) -> Self {
        let min_max = |column: &TableExpression| {
            let bounds = part.partition_min_max(column.column.as_ref()?)?;
            Some(MinMax {
                min: bounds.slice(0, 1),
                max: bounds.slice(1, 1),
                nulls: None,
            })
        };
        Self {
            expressions: columns.iter().map(min_max).collect(),
            containers: 1,
            rows: None,
        }
    }

    /// Of a skip index's expressions in each block.
    pub fn of_blocks(bounds: &BlockBounds, expressions: usize) -> Self {
        let min_max = |number: usize| {
            Some(MinMax {
                min: bounds.min(number).clone(),
                max: bounds.max(number).clone(),
                nulls: Some(Arc::new(bounds.null_counts(number).clone())),
            })
        };
        Self {
            expressions: (0..expressions).map(min_max).collect(),
            containers: bounds.blocks(),
            rows: Some(Arc::new(bounds.row_counts().clone())),
        }
    }

    /// Forgets what has another type than the expression has now.
    pub fn check_types(&mut self, schema: &SchemaRef) {
        for (bounds, field) in self.expressions.iter_mut().zip(schema.fields()) {
            bounds.take_if(|bounds| bounds.min.data_type() != field.data_type());
        }
    }

    /// Adds those of an expression that is monotone in another one.
    pub fn derive(&mut self, derived: &Derived) {
        let known = self.expressions.get(derived.base).and_then(Option::as_ref);
        let bounds = known.and_then(|known| derived.bounds(known).ok());
        self.expressions.push(bounds);
    }

    fn of(&self, column: &Column) -> Option<&MinMax> {
        self.expressions.get(column.name.parse::<usize>().ok()?)?.as_ref()
    }
}

impl PruningStatistics for Bounds {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.of(column).map(|bounds| bounds.min.clone())
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.of(column).map(|bounds| bounds.max.clone())
    }

    fn num_containers(&self) -> usize {
        self.containers
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        self.of(column)?.nulls.clone()
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        self.rows.clone()
    }

    fn contained(&self, column: &Column, values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        let bounds = self.of(column)?;
        none_between(&bounds.min, &bounds.max, values)
    }
}

/// A monotone expression over one of the expressions whose bounds are known.
pub struct Derived {
    /// The number of that one.
    pub base: usize,
    /// Whether it falls where the other rises.
    pub falls: bool,
    /// What is evaluated, over a batch of that one alone.
    pub physical: Arc<dyn PhysicalExpr>,
    /// The batch's schema.
    pub input: SchemaRef,
}

impl Derived {
    /// Its values at both bounds. Where they are not in order it has overflowed, and nothing is known.
    fn bounds(&self, known: &MinMax) -> Result<MinMax> {
        let at = |bound: &ArrayRef| -> Result<ArrayRef> {
            let batch = RecordBatch::try_new(self.input.clone(), vec![bound.clone()])?;
            let values = self.physical.evaluate(&batch)?.into_array(batch.num_rows())?;
            Ok(nullif(&values, &is_null(bound)?)?)
        };
        let (low, high) = match self.falls {
            true => (at(&known.max)?, at(&known.min)?),
            false => (at(&known.min)?, at(&known.max)?),
        };
        let overflown = gt(&low, &high)?;
        Ok(MinMax {
            min: nullif(&low, &overflown)?,
            max: nullif(&high, &overflown)?,
            nulls: known.nulls.clone(),
        })
    }
}
