//! Searches whose nearest rows are not the answer yet: rows that tie with the last one belong to it, or LIMIT BY and
//! DISTINCT leave some out. The operators that decide stay above the search; it sees to it that they get rows enough.
//!
//! More and more of the nearest rows are fetched, as many as an index may be asked for. If that does not suffice, the
//! rows come from an ordinary plan, which compares all.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float32Type, Float64Type, SchemaRef};
use arrow::row::{RowConverter, Rows, SortField};
use datafusion::common::DFSchema;
use datafusion::logical_expr::execution_props::ExecutionProps;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::physical_expr::create_physical_expr;
use gristmill_index::{Metric, Quantization};
use gristmill_storage::PartSet;

use super::run::{Answer, Surroundings, run};
use super::shape::Level;
use super::{IndexUse, Note, Options, Reason, Search};
use crate::error::Result;
use crate::table::TableIndex;

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
    fn suffices(&self, answer: &Answer, metric: Metric, wanted: usize) -> Result<bool> {
        let batch = &answer.batch;
        let rows = match self.ties {
            true => self.closed(batch, answer.left_out.map(|key| metric.to_sql(key)), metric)?,
            false => batch.num_rows(),
        };
        if rows < wanted {
            return Ok(false);
        }
        let mut kept: Vec<usize> = (0..rows).collect();
        for level in &self.levels {
            let groups = encoded(&level.by, batch)?;
            let mut numbers: HashMap<&[u8], u64> = HashMap::new();
            kept.retain(|row| {
                let number = numbers.entry(groups.row(*row).data()).or_default();
                *number += 1;
                *number > level.skip && *number - level.skip <= level.take
            });
        }
        Ok(kept.len() >= wanted)
    }

    /// How many rows there are before those that a row which is not in the answer could tie with: one at the place of the
    /// last or behind it, or one that is as near as `left_out`, as indexes round.
    fn closed(&self, batch: &RecordBatch, left_out: Option<f64>, metric: Metric) -> Result<usize> {
        let Some(last) = batch.num_rows().checked_sub(1) else {
            return Ok(0);
        };
        let key = std::slice::from_ref(&self.key);
        let keys = encoded(key, batch)?;
        let mut rows = last + 1;
        let ties_with = |row: usize, other: &[u8]| keys.row(row).data() == other;
        while rows > 0 && ties_with(rows - 1, keys.row(last).data()) {
            rows -= 1;
        }
        let Some(left_out) = left_out else {
            return Ok(rows);
        };
        let nearest = encoded(key, &with_distance(&batch.slice(0, 1), left_out)?)?;
        let distances = cast(batch.column(batch.num_columns() - 1), &DataType::Float64)?;
        let distances = distances.as_primitive::<Float64Type>().values();
        let is_nearer = |row: usize| match metric.nearest_is_smallest() {
            true => distances[row] < left_out,
            false => distances[row] > left_out,
        };
        while rows > 0 && (!is_nearer(rows - 1) || ties_with(rows - 1, nearest.row(0).data())) {
            rows -= 1;
        }
        Ok(rows)
    }
}

/// The same row with another distance.
fn with_distance(row: &RecordBatch, distance: f64) -> Result<RecordBatch> {
    let mut columns = row.columns().to_vec();
    let place = columns.len() - 1;
    columns[place] = cast(&Float64Array::from(vec![distance]), columns[place].data_type())?;
    Ok(RecordBatch::try_new(row.schema(), columns)?)
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

/// The answer of a search, or why there is none and [`Refill::plain`] answers.
pub type Filled = std::result::Result<Answer, Reason>;

/// Runs a search until it has rows enough for what is above it, and notes why not by an index.
pub fn run_filled(
    search: &Search,
    parts: &Arc<PartSet>,
    numbers: &[f64],
    schema: &SchemaRef,
    around: &Surroundings<'_>,
) -> Result<Filled> {
    let filled = match &search.refill {
        Some(refill) => fill(search, refill, parts, numbers, schema, around)?,
        None => Ok(run(search, parts, numbers, schema, around)?),
    };
    let reason = match &filled {
        Ok(answer) => answer.not_used.clone(),
        Err(reason) => Some(reason.clone()),
    };
    if let Some(reason) = reason {
        let table = search.table.definition.clone();
        around.progress.note(Note { table, reason });
    }
    Ok(filled)
}

/// The first of these indexes, if none tells ties: b1 keeps directions only.
fn too_coarse(search: &Search, indexes: &[&TableIndex]) -> Option<String> {
    let ties = search.refill.as_ref().is_some_and(|refill| refill.ties);
    let is_coarse = |index: &&TableIndex| index.vector().is_some_and(|it| it.quantization == Quantization::B1);
    let index = indexes.first().filter(|_| ties && indexes.iter().all(is_coarse))?;
    Some(index.name.clone())
}

/// The first index that tells nothing of the rows that it left out, and why.
fn untold(answer: &Answer) -> Option<Reason> {
    let mut reports = answer.parts.iter();
    let report = reports.find(|report| report.left_out == Some(f64::NEG_INFINITY))?;
    let index = report.index.clone()?;
    Some(match report.rounding_unknown {
        true => Reason::RoundingUnknown { index },
        false => Reason::Rounded { index },
    })
}

fn fill(
    search: &Search,
    refill: &Refill,
    parts: &Arc<PartSet>,
    numbers: &[f64],
    schema: &SchemaRef,
    around: &Surroundings<'_>,
) -> Result<Filled> {
    let options = Options::new(around.settings)?;
    let rows_max = options.rows_max;
    let not_indexed = match IndexUse::decide(search, &options)? {
        IndexUse::Indexes(indexes) => match too_coarse(search, &indexes) {
            Some(index) => return Ok(Err(Reason::Rounded { index })),
            None => None,
        },
        IndexUse::None(reason) if search.rows > EXACT_ROWS_MAX => return Ok(Err(reason)),
        IndexUse::None(reason) => Some(reason),
    };
    let mut asked = match (&not_indexed, refill.levels.is_empty()) {
        (Some(_), _) => search.rows.saturating_mul(GROWTH).max(EXACT_ROWS_MIN),
        (None, true) => search.rows.saturating_add(SPARE_ROWS).min(rows_max),
        (None, false) => search.rows.saturating_mul(GROWTH).min(rows_max),
    };
    loop {
        let grown = Search {
            rows: asked,
            ..search.clone()
        };
        let answer = run(&grown, parts, numbers, schema, around)?;
        let is_all = answer.batch.num_rows() < asked;
        if is_all || refill.suffices(&answer, search.metric, search.rows)? {
            return Ok(Ok(answer));
        }
        if let Some(reason) = not_indexed {
            return Ok(Err(reason));
        }
        // More rows tell no more of those that are left out.
        if let Some(reason) = untold(&answer).filter(|_| refill.ties) {
            return Ok(Err(reason));
        }
        if asked >= rows_max {
            return Ok(Err(Reason::Refill { rows_max }));
        }
        asked = asked.saturating_mul(GROWTH).min(rows_max);
    }
}
