//! Which rows of which parts a filter can be true for, told from partition bounds, primary keys and skip indexes.
//!
//! Conservative: a row that is left out cannot match; a row that stays may not match either, so the
//! filter is applied again above the scan. Scans, searches and EXPLAIN use the same [`prune`].

mod blocks;
mod filters;
mod indexed;
mod sets;
mod skip;
mod zeros;

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::datatypes::SchemaRef;
use datafusion::common::pruning::PruningStatistics;
use datafusion::common::{Column, DFSchema, ScalarValue};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::execution_props::ExecutionProps;
use datafusion::logical_expr::expr_rewriter::unnormalize_cols;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::utils::{conjunction, split_conjunction};
use datafusion::physical_expr::create_physical_expr;
use datafusion::physical_optimizer::pruning::{PruningPredicate, PruningPredicateBuilder};
use gristmill_index::RowSet;
use gristmill_storage::{GranuleBounds, Part, PartSet, RowRanges};

use crate::error::Result;
use crate::table::{FinalRows, MergeTreeTable};
use sets::{none_between, without_sets};
use skip::{KeyCondition, SkipQuestion};
use zeros::without_float_bits;

/// A part and the rows of it that may match.
#[derive(Clone, Debug)]
pub struct PartRows {
    /// The part.
    pub part: Arc<Part>,
    /// Rows that were not deleted (nor replaced, with FINAL), in granules that may match.
    pub rows: RowRanges,
    /// With FINAL what replacement has left of the part.
    pub left: Option<Arc<FinalRows>>,
}

impl PartRows {
    /// The rows that a query may see, whatever it asks for; None if it is all of the part.
    pub fn visible(&self) -> Option<&RowSet> {
        match &self.left {
            Some(left) => Some(&left.set),
            None => self.part.alive_set(),
        }
    }

    /// Granules that hold the rows.
    pub fn granules(&self) -> u64 {
        self.rows.granules(self.part.index_granularity())
    }
}

/// What left parts or granules out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PruneKind {
    /// Bounds of the columns that the partition key is made of.
    MinMax,
    /// The partition key itself.
    Partition,
    /// The sparse primary index.
    PrimaryKey,
    /// A skip index.
    Skip {
        /// Its name.
        name: String,
        /// Its type and granularity.
        description: String,
    },
}

/// One step's figures, for EXPLAIN.
#[derive(Clone, Debug)]
pub struct PruneStep {
    /// Which step.
    pub kind: PruneKind,
    /// Key columns that the condition uses; empty if it uses none.
    pub keys: Vec<String>,
    /// The filters that could be used, as text; `true` if none. Of a skip index it is not told.
    pub condition: String,
    /// Parts and granules before.
    pub before: (u64, u64),
    /// Parts and granules after.
    pub after: (u64, u64),
}

/// Rows left, and how each step came to it.
#[derive(Clone, Debug)]
pub struct Pruning {
    /// Parts with at least one row left, in the snapshot's order.
    pub parts: Vec<PartRows>,
    /// The steps in order: Min-Max and Partition only for partitioned tables.
    pub steps: Vec<PruneStep>,
}

impl Pruning {
    /// Whether a step could use the filters.
    pub fn uses(&self, kind: &PruneKind) -> bool {
        self.steps
            .iter()
            .any(|step| step.kind == *kind && !step.keys.is_empty())
    }

    /// Names of the skip indexes that were asked.
    pub fn skip_indexes(&self) -> Vec<&str> {
        let steps = self.steps.iter().filter_map(|step| match &step.kind {
            PruneKind::Skip { name, .. } => Some(name.as_str()),
            _ => None,
        });
        steps.collect()
    }

    /// Parts and granules that are left.
    fn counts(&self) -> (u64, u64) {
        let granules = self.parts.iter().map(PartRows::granules).sum();
        (self.parts.len() as u64, granules)
    }

    /// Keeps some rows of each part, and the parts of which some are left.
    fn keep(&mut self, rows: impl Fn(&PartRows) -> RowRanges) {
        for part in &mut self.parts {
            part.rows = rows(part);
        }
        self.parts.retain(|part| !part.rows.is_empty());
    }

    /// The same, where a file must be read for it.
    fn try_keep(&mut self, rows: impl Fn(&PartRows) -> Result<RowRanges>) -> Result<()> {
        for part in &mut self.parts {
            part.rows = rows(part)?;
        }
        self.parts.retain(|part| !part.rows.is_empty());
        Ok(())
    }

    /// Rows left in all parts.
    pub fn rows(&self) -> u64 {
        self.parts.iter().map(|part| part.rows.count()).sum()
    }
}

/// Leaves out what no row can match of. `filters` are conjuncts over the table's columns, qualified or not.
pub fn prune(table: &MergeTreeTable, parts: &PartSet, filters: &[Expr]) -> Result<Pruning> {
    let filters = unnormalize_cols(filters.iter().cloned()).into_iter();
    let filters = filters.map(|filter| Ok(without_float_bits(without_sets(filter)?)));
    let filters = &filters.collect::<Result<Vec<Expr>>>()?;
    let mut pruning = Pruning {
        parts: table.readable(parts, || Ok(rows_by_key(table, parts, filters)))?,
        steps: Vec::new(),
    };
    let reading = &table.reading;
    let definition = &table.definition;
    let schema = &definition.stored;
    if !definition.partition_key.is_empty() {
        let condition = Condition::new(schema, &definition.partition_columns, filters);
        step(&mut pruning, PruneKind::MinMax, &condition, |predicate, part| {
            let bounds = PartBounds { part: &part.part };
            match predicate.prune(&bounds).is_ok_and(|held| held == [false]) {
                true => RowRanges::none(),
                false => part.rows.clone(),
            }
        });
        by_partition(table, &mut pruning, filters);
    }
    let keys = definition.primary_key_columns();
    let condition = Condition::of_keys(table, filters);
    step(&mut pruning, PruneKind::PrimaryKey, &condition, |predicate, part| {
        part.rows.intersect(&rows_of_keys(&keys, predicate, &part.part))
    });
    if reading.use_skip_indexes && !parts.parts().is_empty() {
        by_skip_indexes(table, &mut pruning, filters)?;
    }
    Ok(pruning)
}

/// What the primary key alone leaves, per part: all rows of a sorting key or none, as far as they can match.
fn rows_by_key(table: &MergeTreeTable, parts: &PartSet, filters: &[Expr]) -> Vec<RowRanges> {
    let keys = table.definition.primary_key_columns();
    let condition = Condition::of_keys(table, filters);
    let rows = parts.parts().iter().map(|part| match &condition.predicate {
        Some(predicate) => rows_of_keys(&keys, predicate, part),
        None => RowRanges::all(part.rows()),
    });
    rows.collect()
}

fn rows_of_keys(keys: &[Option<String>], predicate: &PruningPredicate, part: &Part) -> RowRanges {
    let bounds = KeyBounds {
        keys,
        bounds: part.granule_bounds(),
    };
    match predicate.prune(&bounds) {
        Ok(held) => part.granule_rows(&BooleanArray::from(held)),
        Err(_) => RowRanges::all(part.rows()), // the filter will tell, if it fails for a row that is seen
    }
}

/// All rows of a part have the same values of the partition key.
fn by_partition(table: &MergeTreeTable, pruning: &mut Pruning, filters: &[Expr]) {
    let key = &table.definition.partition_key;
    let before = pruning.counts();
    let condition = KeyCondition::of(key, filters);
    if let Some(condition) = &condition {
        pruning.keep(|part| match condition.may_be_true(part.part.partition_values()) {
            true => part.rows.clone(),
            false => RowRanges::none(),
        });
    }
    let text = condition.and_then(|condition| conjunction(condition.filters));
    pruning.steps.push(PruneStep {
        kind: PruneKind::Partition,
        keys: match text {
            Some(_) => key.iter().map(|expression| expression.text.clone()).collect(),
            None => Vec::new(),
        },
        condition: text.map_or_else(|| "true".to_owned(), |text| text.to_string()),
        before,
        after: pruning.counts(),
    });
}

fn by_skip_indexes(table: &MergeTreeTable, pruning: &mut Pruning, filters: &[Expr]) -> Result<()> {
    let ignored = table.reading.ignored()?;
    for index in &table.definition.indexes {
        if ignored.contains(&index.name) {
            continue;
        }
        let Some(question) = SkipQuestion::of(index, filters) else {
            continue;
        };
        let before = pruning.counts();
        pruning.try_keep(|part| question.rows_left(part))?;
        pruning.steps.push(PruneStep {
            kind: PruneKind::Skip {
                name: index.name.clone(),
                description: format!("{} GRANULARITY {}", index.type_name, index.granularity),
            },
            keys: Vec::new(),
            condition: String::new(),
            before,
            after: pruning.counts(),
        });
    }
    Ok(())
}

fn step(
    pruning: &mut Pruning,
    kind: PruneKind,
    condition: &Condition,
    keep: impl Fn(&PruningPredicate, &PartRows) -> RowRanges,
) {
    let before = pruning.counts();
    if let Some(predicate) = &condition.predicate {
        pruning.keep(|part| keep(predicate, part));
    }
    pruning.steps.push(PruneStep {
        kind,
        keys: condition.keys.clone(),
        condition: condition.text.clone(),
        before,
        after: pruning.counts(),
    });
}

/// The filters that speak about nothing but some columns, as a predicate over their bounds.
struct Condition {
    predicate: Option<Arc<PruningPredicate>>,
    keys: Vec<String>,
    text: String,
}

impl Condition {
    fn none() -> Self {
        Self {
            predicate: None,
            keys: Vec::new(),
            text: "true".into(),
        }
    }

    fn of_keys(table: &MergeTreeTable, filters: &[Expr]) -> Self {
        let keys = table.definition.primary_key_columns();
        let names: Vec<String> = keys.into_iter().flatten().collect();
        Self::new(&table.definition.stored, &names, filters)
    }

    fn new(schema: &SchemaRef, columns: &[String], filters: &[Expr]) -> Self {
        let columns: HashSet<&str> = columns.iter().map(String::as_str).collect();
        let about_columns = |filter: &&Expr| {
            let used = filter.column_refs();
            !used.is_empty() && used.iter().all(|column| columns.contains(column.name.as_str()))
        };
        let usable: Vec<Expr> = filters
            .iter()
            .flat_map(split_conjunction)
            .filter(about_columns)
            .filter(|filter| predicate(schema, filter).is_some())
            .cloned()
            .collect();
        let mut keys: Vec<String> = Vec::new();
        for column in usable.iter().flat_map(Expr::column_refs) {
            if !keys.contains(&column.name) {
                keys.push(column.name.clone());
            }
        }
        match conjunction(usable) {
            Some(filter) => Self {
                predicate: predicate(schema, &filter),
                keys,
                text: filter.to_string(),
            },
            None => Self::none(),
        }
    }
}

/// A predicate that can leave something out; `None` if the filter says nothing about bounds.
fn predicate(schema: &SchemaRef, filter: &Expr) -> Option<Arc<PruningPredicate>> {
    let df_schema = DFSchema::try_from(schema.clone()).ok()?;
    let planning = PhysicalPlanningContext::default();
    let filter = create_physical_expr(filter, &df_schema, &ExecutionProps::new(), &planning).ok()?;
    PruningPredicateBuilder::new()
        .with_file_schema(schema.clone())
        .build(filter)
}

/// Bounds of one part's partition columns: one container.
struct PartBounds<'a> {
    part: &'a Part,
}

impl PartBounds<'_> {
    fn bound(&self, column: &Column, row: usize) -> Option<ArrayRef> {
        self.part
            .partition_min_max(&column.name)
            .map(|bounds| bounds.slice(row, 1))
    }
}

impl PruningStatistics for PartBounds<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bound(column, 0)
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.bound(column, 1)
    }

    fn num_containers(&self) -> usize {
        1
    }

    fn null_counts(&self, _: &Column) -> Option<ArrayRef> {
        None
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        None
    }

    fn contained(&self, column: &Column, values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        none_between(&self.bound(column, 0)?, &self.bound(column, 1)?, values)
    }
}

/// Bounds of each granule's key columns: one container per granule.
struct KeyBounds<'a> {
    /// Per key expression the column it is, if it is a plain column.
    keys: &'a [Option<String>],
    bounds: &'a [GranuleBounds],
}

impl KeyBounds<'_> {
    fn of(&self, column: &Column) -> Option<&GranuleBounds> {
        let is_column = |key: &Option<String>| key.as_ref() == Some(&column.name);
        self.bounds.get(self.keys.iter().position(is_column)?)
    }
}

impl PruningStatistics for KeyBounds<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        self.of(column).map(|bounds| bounds.min.clone())
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        self.of(column).map(|bounds| bounds.max.clone())
    }

    fn num_containers(&self) -> usize {
        self.bounds.first().map_or(0, |bounds| bounds.min.len())
    }

    fn null_counts(&self, _: &Column) -> Option<ArrayRef> {
        None
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        None
    }

    fn contained(&self, column: &Column, values: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        let bounds = self.of(column)?;
        none_between(&bounds.min, &bounds.max, values)
    }
}
