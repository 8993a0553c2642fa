//! WHERE as a set of rows of one part.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::compute::prep_null_mask_filter;
use arrow::datatypes::SchemaRef;
use datafusion::common::DFSchema;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::execution_props::ExecutionProps;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::utils::conjunction;
use datafusion::physical_expr::{PhysicalExpr, create_physical_expr};
use gristmill_index::RowSet;
use gristmill_storage::{Part, PartSet, RowRanges};
use parking_lot::Mutex;

use super::Surroundings;
use crate::error::Result;
use crate::events::Event;
use crate::table::prune::PartRows;
use crate::table::{PartPlace, Tells, tells};

/// Rows that are filtered at a time.
const BATCH_ROWS: usize = 65_536;

/// Bytes of masks that one filter remembers.
pub const MEMORY_BYTES_MAX: usize = 1 << 20;
/// Bytes that a remembered part takes beside its mask.
const KNOWN_BYTES: usize = 128;

/// A condition over some columns of a table, ready to be evaluated.
///
/// It remembers what it found in a part: parts do not change, so a query that is asked again with another vector need
/// not evaluate it again.
#[derive(Debug)]
pub struct Filter {
    columns: Vec<String>,
    input: SchemaRef,
    condition: Arc<dyn PhysicalExpr>,
    memory: Mutex<Memory>,
}

#[derive(Debug, Default)]
struct Memory {
    parts: HashMap<u64, Known>,
    bytes: usize,
}

/// What is known of a part.
#[derive(Clone, Debug)]
struct Known {
    /// What pruning left; without a row there is no mask.
    rows: RowRanges,
    mask: Option<Arc<RowSet>>,
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
        let input = Arc::new(stored.project(&positions)?);
        let columns = input.fields().iter().map(|field| field.name().clone()).collect();
        let schema = DFSchema::try_from(input.clone())?;
        let planning = PhysicalPlanningContext::default();
        let condition = create_physical_expr(&condition, &schema, &ExecutionProps::new(), &planning)?;
        Ok(Some(Self {
            columns,
            input,
            condition,
            memory: Mutex::default(),
        }))
    }

    /// The columns that the condition is about.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// For which rows of a batch of the table's columns the condition is true.
    pub fn passes(&self, batch: &RecordBatch) -> Result<ArrayRef> {
        let positions = self.columns.iter().map(|name| batch.schema_ref().index_of(name));
        let input = batch.project(&positions.collect::<Result<Vec<_>, _>>()?)?;
        let passes = self.condition.evaluate(&input)?.into_array(batch.num_rows())?;
        let passes = passes.as_boolean();
        // NULL is not true.
        Ok(Arc::new(match passes.null_count() {
            0 => passes.clone(),
            _ => prep_null_mask_filter(passes),
        }))
    }

    /// The parts of a snapshot with a row that may match, if all parts were met before.
    pub fn known_parts(&self, snapshot: &PartSet) -> Option<Vec<PartRows>> {
        let memory = self.memory.lock();
        let known = snapshot.parts().iter().zip(PartPlace::all(snapshot));
        let known = known.map(|(part, place)| {
            let rows = memory.parts.get(&part.uid())?.rows.clone();
            Some(PartRows {
                part: part.clone(),
                place,
                rows,
                left: None,
            })
        });
        let known = known.collect::<Option<Vec<_>>>()?;
        Some(known.into_iter().filter(|part| !part.rows.is_empty()).collect())
    }

    /// Whether it need not be evaluated in any part of a snapshot.
    pub fn knows(&self, snapshot: &PartSet) -> bool {
        let memory = self.memory.lock();
        let mut known = snapshot.parts().iter().map(|part| memory.parts.get(&part.uid()));
        known.all(|known| known.is_some_and(|known| known.mask.is_some() || known.rows.is_empty()))
    }

    /// How many rows of a part match, if that is known.
    pub fn known_matches(&self, part: &Part) -> Option<u64> {
        let memory = self.memory.lock();
        let mask = memory.parts.get(&part.uid())?.mask.as_ref()?;
        Some(u64::from(mask.count()))
    }

    /// Remembers the parts that pruning left out.
    pub fn learn_pruned(&self, snapshot: &PartSet, left: &[PartRows]) {
        let mut memory = self.memory.lock();
        for part in snapshot.parts() {
            if !left.iter().any(|left| left.part.uid() == part.uid()) {
                memory.learn(part.uid(), RowRanges::none(), None);
            }
        }
    }

    /// The rows of a part, of those that pruning left, for which the condition is true.
    pub fn mask(&self, part: &PartRows, around: &Surroundings<'_>) -> Result<Arc<RowSet>> {
        if part.left.is_some() || self.knows_place() {
            // What FINAL leaves of the part depends on others, as its place among them does, and they change.
            return self.evaluate(part, around).map(Arc::new);
        }
        let uid = part.part.uid();
        if let Some(mask) = self.memory.lock().parts.get(&uid).and_then(|known| known.mask.clone()) {
            around.events().add(Event::VectorSearchFilterMaskHits, 1);
            return Ok(mask);
        }
        let mask = Arc::new(self.evaluate(part, around)?);
        self.memory.lock().learn(uid, part.rows.clone(), Some(mask.clone()));
        Ok(mask)
    }

    fn knows_place(&self) -> bool {
        let mut told = self.columns.iter().map(|name| tells(name));
        told.any(|tells| matches!(tells, Some(Tells::Place(_))))
    }

    fn evaluate(&self, part: &PartRows, around: &Surroundings<'_>) -> Result<RowSet> {
        around.events().add(Event::VectorSearchFilterMaskMisses, 1);
        let mut mask = RowSet::new(rows_of(&part.part));
        let mut ranges = part.rows.iter();
        let mut range = 0..0;
        for batch in part.read(&self.input, BATCH_ROWS)? {
            let batch = batch?;
            around.stop.check()?;
            let bytes = batch.get_array_memory_size() as u64;
            around.progress.add_read(batch.num_rows() as u64, bytes);
            let passes = self.condition.evaluate(&batch)?.into_array(batch.num_rows())?;
            let mut done = 0;
            while done < batch.num_rows() {
                if range.is_empty() {
                    range = ranges.next().expect("as many rows are read as were asked for");
                }
                let rows = (batch.num_rows() - done).min((range.end - range.start) as usize);
                insert(passes.slice(done, rows).as_boolean(), range.start as u32, &mut mask);
                range.start += rows as u64;
                done += rows;
            }
        }
        Ok(mask)
    }
}

impl Memory {
    fn learn(&mut self, part: u64, rows: RowRanges, mask: Option<Arc<RowSet>>) {
        let ranges = rows.iter().len() * size_of::<std::ops::Range<u64>>();
        let bytes = KNOWN_BYTES + ranges + mask.as_ref().map_or(0, |mask| mask.rows() as usize / 8);
        if bytes > MEMORY_BYTES_MAX || self.parts.contains_key(&part) {
            return;
        }
        if self.bytes + bytes > MEMORY_BYTES_MAX {
            // Most of it may be of parts that are gone.
            *self = Self::default();
        }
        self.bytes += bytes;
        self.parts.insert(part, Known { rows, mask });
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
