//! Searches whose nearest rows are not the answer yet: rows that tie with the last one belong to it, or LIMIT BY and
//! DISTINCT leave some out. The operators that decide stay above the search; it sees to it that they get rows enough.
//!
//! More and more of the nearest rows are fetched, as many as an index may be asked for. If that does not suffice, the
//! rows come from an ordinary plan, which compares all.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Float32Type, Float64Type, SchemaRef};
use arrow::row::{RowConverter, Rows, SortField};
use datafusion::common::DFSchema;
use datafusion::logical_expr::execution_props::ExecutionProps;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::physical_expr::create_physical_expr;
use gristmill_storage::PartSet;

use super::run::{Answer, Surroundings, run};
use super::shape::Level;
use super::{IndexUse, Note, Options, Reason, Search};
use crate::error::Result;

/// Rows that are fetched beyond those that are wanted, to see where ties end.
const SPARE_ROWS: usize = 4;
/// So many times more rows are fetched each time.
const GROWTH: usize = 4;
/// Rows that are fetched where they are compared exactly: once, as comparing them again would cost as much again.
const EXACT_ROWS_MIN: usize = 1024;
/// Where they are compared exactly and more are wanted, an ordinary plan needs less memory.
const EXACT_ROWS_MAX: usize = 65_536;

/// What a search has to give more rows for. Expressions are over its answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Refill {
    /// What the rows are sorted by first.
    pub key: Expr,
    /// Rows of one key belong together: all of them or none.
    pub ties: bool,
    /// What groups of rows are cut to, the innermost first.
    pub levels: Vec<Level>,
    /// The rows of the answer and more, in any order.
    pub plain: Arc<LogicalPlan>,
}

impl Refill {
    /// Whether the operators above find `wanted` rows in the answer, whatever rows may follow it.
    fn suffices(&self, answer: &RecordBatch, wanted: usize) -> Result<bool> {
        let rows = match self.ties {
            true => self.closed(answer)?,
            false => answer.num_rows(),
        };
        if rows < wanted {
            return Ok(false);
        }
        let mut kept: Vec<usize> = (0..rows).collect();
        for level in &self.levels {
            let groups = encoded(&level.by, answer)?;
            let mut numbers: HashMap<&[u8], u64> = HashMap::new();
            kept.retain(|row| {
                let number = numbers.entry(groups.row(*row).data()).or_default();
                *number += 1;
                *number > level.skip && *number - level.skip <= level.take
            });
        }
        Ok(kept.len() >= wanted)
    }

    /// How many rows there are before those that a row behind the answer could tie with.
    fn closed(&self, answer: &RecordBatch) -> Result<usize> {
        let keys = encoded(std::slice::from_ref(&self.key), answer)?;
        let mut rows = answer.num_rows();
        let last = rows.checked_sub(1).map(|last| keys.row(last));
        while rows > 0 && Some(keys.row(rows - 1)) == last {
            rows -= 1;
        }
        Ok(rows)
    }
}

/// The values of expressions in every row, so that equal ones are equal bytes.
fn encoded(expressions: &[Expr], batch: &RecordBatch) -> Result<Rows> {
    let schema = DFSchema::try_from(batch.schema())?;
    let arrays = expressions.iter().map(|expr| {
        let planning = PhysicalPlanningContext::default();
        let expr = create_physical_expr(expr, &schema, &ExecutionProps::new(), &planning)?;
        Ok(with_one_zero(expr.evaluate(batch)?.into_array(batch.num_rows())?))
    });
    let arrays = arrays.collect::<Result<Vec<ArrayRef>>>()?;
    let fields = arrays.iter().map(|array| SortField::new(array.data_type().clone()));
    Ok(RowConverter::new(fields.collect())?.convert_columns(&arrays)?)
}

/// Zeros are equal to GROUP BY, whatever their sign.
fn with_one_zero(array: ArrayRef) -> ArrayRef {
    match array.data_type() {
        DataType::Float32 => Arc::new(
            array
                .as_primitive::<Float32Type>()
                .unary::<_, Float32Type>(|it| it + 0.0),
        ),
        DataType::Float64 => Arc::new(
            array
                .as_primitive::<Float64Type>()
                .unary::<_, Float64Type>(|it| it + 0.0),
        ),
        _ => array,
    }
}

/// Runs a search until it has rows enough for what is above it, and notes why not by an index. None if it never has
/// enough: then `Refill::plain` answers.
pub fn run_filled(
    search: &Search,
    parts: &Arc<PartSet>,
    numbers: &[f64],
    schema: &SchemaRef,
    around: &Surroundings<'_>,
) -> Result<Option<Answer>> {
    let answer = match &search.refill {
        Some(refill) => fill(search, refill, parts, numbers, schema, around)?,
        None => Some(run(search, parts, numbers, schema, around)?),
    };
    let reason = match &answer {
        Some(answer) => answer.not_used.clone(),
        None => Some(not_enough(search, &Options::new(around.settings)?)?),
    };
    if let Some(reason) = reason {
        let table = search.table.definition.clone();
        around.progress.note(Note { table, reason });
    }
    Ok(answer)
}

/// Why an index does not answer a search that never has rows enough.
pub fn not_enough(search: &Search, options: &Options) -> Result<Reason> {
    let rows_max = options.rows_max;
    Ok(match IndexUse::decide(search, options)? {
        IndexUse::Indexes(_) => Reason::Refill { rows_max },
        IndexUse::None(reason) => reason,
    })
}

fn fill(
    search: &Search,
    refill: &Refill,
    parts: &Arc<PartSet>,
    numbers: &[f64],
    schema: &SchemaRef,
    around: &Surroundings<'_>,
) -> Result<Option<Answer>> {
    let options = Options::new(around.settings)?;
    let indexed = matches!(IndexUse::decide(search, &options)?, IndexUse::Indexes(_));
    if !indexed && search.rows > EXACT_ROWS_MAX {
        return Ok(None);
    }
    let mut asked = match (indexed, refill.levels.is_empty()) {
        (false, _) => search.rows.saturating_mul(GROWTH).max(EXACT_ROWS_MIN),
        (true, true) => search.rows.saturating_add(SPARE_ROWS).min(options.rows_max),
        (true, false) => search.rows.saturating_mul(GROWTH).min(options.rows_max),
    };
    loop {
        let grown = Search {
            rows: asked,
            ..search.clone()
        };
        let answer = run(&grown, parts, numbers, schema, around)?;
        let is_all = answer.batch.num_rows() < asked;
        if is_all || refill.suffices(&answer.batch, search.rows)? {
            return Ok(Some(answer));
        }
        if !indexed || asked >= options.rows_max {
            return Ok(None);
        }
        asked = asked.saturating_mul(GROWTH).min(options.rows_max);
    }
}
