//! What filters say about virtual columns: which parts, and which rows by their numbers.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, UInt64Array};
use datafusion::logical_expr::Expr;
use gristmill_sql::analyzer::Column;
use gristmill_storage::{GranuleBounds, RowRanges};

use super::bounds::Bounds;
use super::condition::BoundsCondition;
use super::skip::KeyCondition;
use crate::error::Result;
use crate::table::{PartRows, TableDefinition, TableExpression, Tells, partition_value, tells, virtual_columns};

/// A question that some filters make.
pub struct Places {
    /// The columns that a part's name and its partition tell.
    of_part: Vec<TableExpression>,
    parts: Option<KeyCondition>,
    rows: Option<BoundsCondition>,
}

impl Places {
    /// What conjuncts over the table's columns (without qualifiers) ask; None if they speak of no virtual column.
    pub fn of(definition: &TableDefinition, filters: &[Expr]) -> Result<Option<Self>> {
        let columns = virtual_columns(&definition.columns, &definition.partition_key);
        let is_used = |name: &str| {
            let mut used = filters.iter().flat_map(Expr::column_refs);
            used.any(|column| column.name == name)
        };
        let (mut of_part, mut number) = (Vec::new(), Vec::new());
        for (name, data_type) in columns.into_iter().filter(|(name, _)| is_used(name)) {
            let column = Column::ordinary(name, data_type);
            let column = TableExpression::of_column(&column, &definition.scanned)?;
            match (name, tells(name)) {
                (_, Some(Tells::Name(_) | Tells::Partition)) => of_part.push(column),
                ("_part_offset", _) => number.push(column),
                _ => {}
            }
        }
        if of_part.is_empty() && number.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self {
            parts: KeyCondition::of(&of_part, filters),
            rows: BoundsCondition::of(&number, filters),
            of_part,
        }))
    }

    /// The rows of a part if it may match, or none.
    pub fn rows_of_part(&self, part: &PartRows) -> Result<RowRanges> {
        let Some(condition) = &self.parts else {
            return Ok(part.rows.clone());
        };
        let value = |column: &TableExpression| -> Result<ArrayRef> {
            let value = match column.column.as_deref().and_then(tells) {
                Some(Tells::Name(value)) => value(part.part.name()),
                _ => partition_value(&part.part, &column.data_type.arrow())?,
            };
            Ok(value.to_array()?)
        };
        let values: Vec<ArrayRef> = self.of_part.iter().map(value).collect::<Result<_>>()?;
        Ok(match condition.may_be_true(&values) {
            true => part.rows.clone(),
            false => RowRanges::none(),
        })
    }

    /// The rows of a part in granules in which a number may match.
    pub fn rows_by_number(&self, part: &PartRows) -> RowRanges {
        let Some(condition) = &self.rows else {
            return part.rows.clone();
        };
        let (rows, granularity) = (part.part.rows(), part.part.index_granularity());
        let granules = rows.div_ceil(granularity);
        let first = |granule: u64| granule * granularity;
        let bounds = GranuleBounds {
            min: Arc::new(UInt64Array::from_iter_values((0..granules).map(first))),
            max: Arc::new(UInt64Array::from_iter_values(
                (1..=granules).map(|next| first(next).min(rows) - 1),
            )),
        };
        match condition.may_hold(Bounds::of_granules(&[bounds])) {
            Some(held) => part.rows.intersect(&part.part.granule_rows(&BooleanArray::from(held))),
            None => part.rows.clone(),
        }
    }
}
