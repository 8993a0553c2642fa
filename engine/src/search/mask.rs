//! WHERE as a set of rows of one part.

use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray};
use arrow::datatypes::SchemaRef;
use datafusion::common::DFSchema;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::execution_props::ExecutionProps;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::utils::conjunction;
use datafusion::physical_expr::{PhysicalExpr, create_physical_expr};
use gristmill_index::RowSet;
use gristmill_storage::{Part, RowRanges};

use crate::error::Result;
use crate::progress::Progress;
use crate::table::prune::PartRows;

/// Rows that are filtered at a time.
const BATCH_ROWS: usize = 65_536;

/// A condition over some columns of a table, ready to be evaluated.
#[derive(Debug)]
pub struct Filter {
    columns: Vec<String>,
    condition: Arc<dyn PhysicalExpr>,
}

impl Filter {
    /// All conditions together; None if there is none.
    pub fn new(filters: &[Expr], stored: &SchemaRef) -> Result<Option<Self>> {
        let Some(condition) = conjunction(filters.iter().cloned()) else {
            return Ok(None);
        };
        let used = condition.column_refs();
        let positions: Vec<usize> = (0..stored.fields().len())
            .filter(|position| used.iter().any(|column| column.name == *stored.field(*position).name()))
            .collect();
        let input = stored.project(&positions)?;
        let columns = input.fields().iter().map(|field| field.name().clone()).collect();
        let schema = DFSchema::try_from(input)?;
        let planning = PhysicalPlanningContext::default();
        let condition = create_physical_expr(&condition, &schema, &ExecutionProps::new(), &planning)?;
        Ok(Some(Self { columns, condition }))
    }

    /// The rows of a part, of those that pruning left, for which the condition is true.
    pub fn mask(&self, part: &PartRows, progress: &Progress) -> Result<RowSet> {
        let columns: Vec<&str> = self.columns.iter().map(String::as_str).collect();
        let mut mask = RowSet::new(rows_of(&part.part));
        for range in part.rows.iter() {
            let mut first = range.start as u32;
            for batch in part.part.read(&columns, &RowRanges::from(range), BATCH_ROWS)? {
                let batch = batch?;
                progress.add_read(batch.num_rows() as u64, batch.get_array_memory_size() as u64);
                let rows = batch.num_rows() as u32;
                let passes = self.condition.evaluate(&batch)?.into_array(batch.num_rows())?;
                insert(passes.as_boolean(), first, &mut mask);
                first += rows;
            }
        }
        Ok(mask)
    }
}

/// Rows of a part, which storage keeps below 2^32.
pub fn rows_of(part: &Part) -> u32 {
    u32::try_from(part.rows()).expect("storage bounds the rows of a part")
}

fn insert(passes: &BooleanArray, first: u32, mask: &mut RowSet) {
    let passes = match passes.nulls() {
        // NULL is not true.
        Some(nulls) => &(passes.values() & nulls.inner()),
        None => passes.values(),
    };
    for (from, until) in passes.set_slices() {
        mask.insert_range(first + from as u32..first + until as u32);
    }
}
