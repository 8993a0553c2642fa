//! Which rows of which parts a filter can be true for, told from partition bounds, primary keys and skip indexes.
//!
//! Conservative: a row that is left out cannot match; a row that stays may not match either, so the
//! filter is applied again above the scan. Scans, searches and EXPLAIN use the same [`prune`].

mod bounds;
mod condition;
mod disjunction;
mod filters;
mod implied;
mod indexed;
mod monotone;
mod places;
mod selected;
mod sets;
mod simpler;
mod skip;
mod text;
mod zeros;

use arrow::array::BooleanArray;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::expr_rewriter::unnormalize_cols;
use gristmill_storage::{Part, PartSet, RowRanges};

use crate::error::Result;
pub use crate::table::PartRows;
use crate::table::{MergeTreeTable, TableExpression, TableIndex};
use bounds::Bounds;
use condition::BoundsCondition;
use disjunction::Disjunction;
use places::Places;
pub use selected::Selected;
use sets::without_sets;
use simpler::simpler;
use skip::{KeyCondition, SkipQuestion};
use zeros::without_float_bits;

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
    /// Several skip indexes, each of which answers an alternative of a condition.
    Skips(Vec<String>),
}

/// One step's figures, for EXPLAIN.
#[derive(Clone, Debug)]
pub struct PruneStep {
    /// Which step.
    pub kind: PruneKind,
    /// Expressions of the key that the condition uses; empty if it uses none.
    pub keys: Vec<String>,
    /// The filters that could be used, as text; `true` if none. Of indexes that are filters of values it is not told.
    pub condition: Option<String>,
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
        let names = self.steps.iter().flat_map(|step| match &step.kind {
            PruneKind::Skip { name, .. } => std::slice::from_ref(name),
            PruneKind::Skips(names) => names,
            _ => &[],
        });
        names.map(String::as_str).collect()
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
    let filters = filters.map(|filter| Ok(without_float_bits(simpler(without_sets(filter)?)?)));
    let filters = &filters.collect::<Result<Vec<Expr>>>()?;
    let mut pruning = Pruning {
        parts: table.readable(parts, || Ok(rows_by_key(table, parts, filters)))?,
        steps: Vec::new(),
    };
    let definition = &table.definition;
    let places = Places::of(definition, filters)?;
    if let Some(places) = &places {
        pruning.try_keep(|part| places.rows_of_part(part))?;
    }
    if !definition.partition_key.is_empty() {
        let columns = definition.partition_column_expressions()?;
        let condition = BoundsCondition::of(&columns, filters);
        step(
            &mut pruning,
            PruneKind::MinMax,
            &columns,
            condition.as_ref(),
            |condition, part| match condition
                .may_hold(Bounds::of_part(&part.part, &columns))
                .is_some_and(|held| held == [false])
            {
                true => RowRanges::none(),
                false => part.rows.clone(),
            },
        );
        by_partition(table, &mut pruning, filters);
    }
    let before = pruning.counts();
    if let Some(places) = &places {
        pruning.keep(|part| places.rows_by_number(part));
    }
    let keys = definition.primary_key();
    let condition = BoundsCondition::of(keys, filters);
    step(
        &mut pruning,
        PruneKind::PrimaryKey,
        keys,
        condition.as_ref(),
        |condition, part| part.rows.intersect(&rows_of_keys(condition, &part.part)),
    );
    if let Some(step) = pruning.steps.last_mut() {
        step.before = before; // ClickHouse counts what the rows' numbers leave out as the key's
    }
    let reading = &table.reading;
    if reading.use_skip_indexes && !parts.parts().is_empty() {
        by_skip_indexes(table, &mut pruning, filters)?;
    }
    Ok(pruning)
}

/// What the primary key alone leaves, per part: all rows of a sorting key or none, as far as they can match.
fn rows_by_key(table: &MergeTreeTable, parts: &PartSet, filters: &[Expr]) -> Vec<RowRanges> {
    let condition = BoundsCondition::of(table.definition.primary_key(), filters);
    let rows = parts.parts().iter().map(|part| match &condition {
        Some(condition) => rows_of_keys(condition, part),
        None => RowRanges::all(part.rows()),
    });
    rows.collect()
}

fn rows_of_keys(condition: &BoundsCondition, part: &Part) -> RowRanges {
    match condition.may_hold(Bounds::of_granules(part.granule_bounds())) {
        Some(held) => part.granule_rows(&BooleanArray::from(held)),
        None => RowRanges::all(part.rows()), // the filter will tell, if it fails for a row that is seen
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
    pruning.steps.push(PruneStep {
        kind: PruneKind::Partition,
        keys: match condition {
            Some(_) => key.iter().map(text::name).collect(),
            None => Vec::new(),
        },
        condition: Some(condition.map_or_else(|| "true".to_owned(), |condition| condition.text)),
        before,
        after: pruning.counts(),
    });
}

fn by_skip_indexes(table: &MergeTreeTable, pruning: &mut Pruning, filters: &[Expr]) -> Result<()> {
    let ignored = table.reading.ignored()?;
    let indexes = table.definition.indexes.iter();
    let indexes: Vec<&TableIndex> = indexes.filter(|index| !ignored.contains(&index.name)).collect();
    for index in &indexes {
        let Some(question) = SkipQuestion::of(index, filters) else {
            continue;
        };
        let kind = PruneKind::Skip {
            name: index.name.clone(),
            description: format!("{} GRANULARITY {}", index.type_name, index.granularity),
        };
        let condition = question.condition().map(str::to_owned);
        by_skip_index(pruning, kind, condition, |part| question.rows_left(part))?;
    }
    if table.reading.use_skip_indexes_for_disjunctions
        && let Some(all) = Disjunction::of(&indexes, filters)
    {
        let names = all.indexes().into_iter().map(str::to_owned).collect();
        by_skip_index(pruning, PruneKind::Skips(names), None, |part| all.rows_left(part))?;
    }
    Ok(())
}

fn by_skip_index(
    pruning: &mut Pruning,
    kind: PruneKind,
    condition: Option<String>,
    rows_left: impl Fn(&PartRows) -> Result<RowRanges>,
) -> Result<()> {
    let before = pruning.counts();
    pruning.try_keep(rows_left)?;
    pruning.steps.push(PruneStep {
        kind,
        keys: Vec::new(),
        condition,
        before,
        after: pruning.counts(),
    });
    Ok(())
}

fn step(
    pruning: &mut Pruning,
    kind: PruneKind,
    expressions: &[TableExpression],
    condition: Option<&BoundsCondition>,
    keep: impl Fn(&BoundsCondition, &PartRows) -> RowRanges,
) {
    let before = pruning.counts();
    if let Some(condition) = condition {
        pruning.keep(|part| keep(condition, part));
    }
    let used = condition.iter().flat_map(|condition| &condition.used);
    pruning.steps.push(PruneStep {
        kind,
        keys: used.map(|number| text::name(&expressions[*number])).collect(),
        condition: Some(condition.map_or_else(|| "true".to_owned(), |condition| condition.text.clone())),
        before,
        after: pruning.counts(),
    });
}
