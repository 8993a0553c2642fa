//! Row policies: the rows of a table that a user may see, as one more thing that leaves rows of parts out.
//!
//! What a policy hides is gone for whatever reads the table afterwards: scans, counts, pruning, searches. It is found
//! part by part and remembered, since parts do not change.

use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::DFSchema;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::execution_props::ExecutionProps;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::physical_expr::{PhysicalExpr, create_physical_expr};
use gristmill_index::RowSet;
use gristmill_storage::RowRanges;
use moka::sync::Cache;
use uuid::Uuid;

use crate::error::Result;
use crate::stop::StopSign;
use crate::table::{FinalRows, PartRows, TableDefinition};

/// Rows that are looked at together.
const BATCH_ROWS: usize = 65_536;
/// Bytes of answers that all policies together remember.
const MEMORY_BYTES_MAX: u64 = 64 << 20;
/// Bytes that an answer takes beside its rows.
const ANSWER_BYTES: usize = 256;

/// What tells answers apart: table, condition, part.
type Key = (Uuid, Arc<Condition>, u64);

/// What tells conditions apart. Their texts do not: functions look alike in them whose time zones differ.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Condition {
    expr: Expr,
    /// Those of the columns that it uses.
    types: Vec<DataType>,
    /// What parts call the table's columns, and what is in the place of those that a part has not got.
    columns: Vec<(String, Option<String>)>,
    /// As long as the text that shows it, for the memory that it takes.
    bytes: usize,
}

/// What is known of parts.
#[derive(Clone, Debug)]
pub struct PolicyMemory {
    answers: Cache<Key, Arc<FinalRows>>,
}

impl Default for PolicyMemory {
    fn default() -> Self {
        let weigh = |key: &Key, rows: &Arc<FinalRows>| {
            let bytes = rows.set.rows() as usize / 8 + rows.rows.iter().len() * 16;
            (bytes + key.1.bytes + ANSWER_BYTES) as u32
        };
        Self {
            answers: Cache::builder().max_capacity(MEMORY_BYTES_MAX).weigher(weigh).build(),
        }
    }
}

/// A condition that rows have to fulfil to be seen.
#[derive(Clone)]
pub struct RowPolicy {
    table: Uuid,
    condition: Arc<Condition>,
    input: SchemaRef,
    evaluated: Arc<dyn PhysicalExpr>,
    memory: PolicyMemory,
    stop: StopSign,
}

impl std::fmt::Debug for RowPolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RowPolicy").finish_non_exhaustive()
    }
}

impl RowPolicy {
    /// A condition over columns of `stored`, which are a table's.
    pub fn new(
        table: Uuid,
        condition: &Expr,
        definition: &TableDefinition,
        stored: &SchemaRef,
        memory: &PolicyMemory,
        stop: &StopSign,
    ) -> Result<Self> {
        let used = condition.column_refs();
        let positions: Vec<usize> = (0..stored.fields().len())
            .filter(|position| used.iter().any(|column| column.name == *stored.field(*position).name()))
            .collect();
        // A condition over nothing reads the first column, for there is no reading of rows without any.
        let positions = if positions.is_empty() { vec![0] } else { positions };
        let input = Arc::new(stored.project(&positions)?);
        let types = input.fields().iter().map(|field| field.data_type().clone());
        let columns = definition.columns.iter();
        let columns = columns.map(|it| (definition.stored_names.of(&it.name).to_owned(), it.expression.clone()));
        let schema = DFSchema::try_from(input.clone())?;
        let planning = PhysicalPlanningContext::default();
        Ok(Self {
            table,
            condition: Arc::new(Condition {
                types: types.collect(),
                columns: columns.collect(),
                bytes: format!("{condition:?}").len(),
                expr: condition.clone(),
            }),
            evaluated: create_physical_expr(condition, &schema, &ExecutionProps::new(), &planning)?,
            input,
            memory: memory.clone(),
            stop: stop.clone(),
        })
    }

    /// What tells it from others.
    pub fn condition(&self) -> &Condition {
        &self.condition
    }

    /// The same for another statement.
    pub fn for_statement(&self, stop: &StopSign) -> Self {
        Self {
            stop: stop.clone(),
            ..self.clone()
        }
    }

    /// The rows of parts that may be seen. With FINAL they are of those that are left.
    pub fn keep(&self, parts: Vec<PartRows>) -> Result<Vec<PartRows>> {
        parts.into_iter().map(|part| self.keep_of(part)).collect()
    }

    fn keep_of(&self, part: PartRows) -> Result<PartRows> {
        let allowed = self.allowed(&part)?;
        let rows = part.rows.intersect(&allowed.rows);
        let left = match &part.left {
            None => allowed,
            Some(_) => Arc::new(FinalRows {
                set: set_of(&rows, part.part.rows()),
                rows: rows.clone(),
            }),
        };
        Ok(PartRows {
            rows,
            left: Some(left),
            ..part
        })
    }

    /// The rows of a part that were not deleted and may be seen.
    fn allowed(&self, part: &PartRows) -> Result<Arc<FinalRows>> {
        let key = (self.table, self.condition.clone(), part.part.uid());
        if let Some(known) = self.memory.answers.get(&key) {
            return Ok(known);
        }
        let mut set = RowSet::new(u32::try_from(part.part.rows()).expect("storage bounds the rows of a part"));
        let mut found = RowRanges::none();
        let alive = part.part.alive();
        let all = PartRows {
            rows: alive.clone(),
            left: None,
            ..part.clone()
        };
        let mut ranges = alive.iter();
        let mut range = 0..0;
        for batch in all.read(&self.input, BATCH_ROWS)? {
            self.stop.check()?;
            let passes = self.passes(&batch?)?;
            let mut done = 0;
            while done < passes.len() {
                if range.is_empty() {
                    range = ranges.next().expect("as many rows are read as were asked for");
                }
                let rows = (passes.len() - done).min((range.end - range.start) as usize);
                for (from, until) in passes.values().slice(done, rows).set_slices() {
                    let (from, until) = (range.start + from as u64, range.start + until as u64);
                    set.insert_range(from as u32..until as u32);
                    found.push(from..until);
                }
                range.start += rows as u64;
                done += rows;
            }
        }
        let answer = Arc::new(FinalRows { rows: found, set });
        self.memory.answers.insert(key, answer.clone());
        Ok(answer)
    }

    /// For which rows the condition is true, NULL being false.
    fn passes(&self, batch: &RecordBatch) -> Result<BooleanArray> {
        let passes = self.evaluated.evaluate(batch)?.into_array(batch.num_rows())?;
        let passes = passes.as_boolean();
        Ok(match passes.nulls() {
            Some(nulls) => BooleanArray::new(passes.values() & nulls.inner(), None),
            None => passes.clone(),
        })
    }

    /// The rows of a block of the table's columns that may be seen.
    pub fn filter(&self, block: &RecordBatch) -> Result<RecordBatch> {
        let positions = self
            .input
            .fields()
            .iter()
            .map(|field| block.schema_ref().index_of(field.name()));
        let input = block.project(&positions.collect::<Result<Vec<_>, _>>()?)?;
        Ok(filter_record_batch(block, &self.passes(&input)?)?)
    }
}

fn set_of(rows: &RowRanges, count: u64) -> RowSet {
    let mut set = RowSet::new(u32::try_from(count).expect("storage bounds the rows of a part"));
    rows.iter()
        .for_each(|range| set.insert_range(range.start as u32..range.end as u32));
    set
}
