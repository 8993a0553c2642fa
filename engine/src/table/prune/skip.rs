//! Which blocks of a part the table's skip indexes leave: each index is asked by itself, in the table's order.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::datatypes::SchemaRef;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::conjunction;
use datafusion::physical_expr::PhysicalExpr;
use gristmill_index::skip::{SkipDefinition, SkipIndex};
use gristmill_storage::{Part, RowRanges};

use super::PartRows;
use super::bounds::Bounds;
use super::condition::{BoundsCondition, mentions, physical, schema_of};
use super::filters::Wanted;
use super::indexed::Indexed;
use super::text;
use crate::error::{Error, Result};
use crate::table::{TableExpression, TableIndex, TableIndexKind};

/// A question to one index that some filters make.
pub struct SkipQuestion<'a> {
    /// The index.
    pub index: &'a TableIndex,
    definition: &'a SkipDefinition,
    question: Question,
}

enum Question {
    Bounds(BoundsCondition),
    Values(Arc<dyn PhysicalExpr>, SchemaRef, String),
    Filters(Vec<Wanted>),
}

impl<'a> SkipQuestion<'a> {
    /// What conjuncts over the table's columns (without qualifiers) ask of an index; None if they say nothing that it
    /// knows about, or it is no skip index.
    pub fn of(index: &'a TableIndex, filters: &[Expr]) -> Option<Self> {
        let TableIndexKind::Skip(definition) = &index.kind else {
            return None;
        };
        if !mentions(filters, &index.expressions) {
            return None;
        }
        if *definition == SkipDefinition::MinMax {
            let question = BoundsCondition::of(&index.expressions, filters).map(Question::Bounds)?;
            return Some(Self {
                index,
                definition,
                question,
            });
        }
        let indexed = Indexed::new(&index.expressions).ok()?;
        // What cannot be said of the index is said of rows, where it fails only if a query sees such rows.
        let about: Vec<Expr> = filters
            .iter()
            .filter_map(|filter| indexed.about(filter).ok().flatten())
            .collect();
        let question = match definition {
            SkipDefinition::Set { .. } => values_question(index, about),
            SkipDefinition::MinMax | SkipDefinition::Bloom { .. } | SkipDefinition::Words { .. } => {
                let wanted = Wanted::all(index, definition, &about).ok().flatten();
                wanted.map(Question::Filters)
            }
        };
        question.map(|question| Self {
            index,
            definition,
            question,
        })
    }

    /// The condition as EXPLAIN shows it; none for filters of values.
    pub fn condition(&self) -> Option<&str> {
        match &self.question {
            Question::Bounds(condition) => Some(&condition.text),
            Question::Values(.., text) => Some(text),
            Question::Filters(_) => None,
        }
    }

    /// The rows of a part, of those that are left, in blocks that may match. All of them if the part lacks the index.
    pub fn rows_left(&self, part: &PartRows) -> Result<RowRanges> {
        let index = self.index;
        if !index.is_in(&part.part) {
            return Ok(part.rows.clone());
        }
        let opened = part
            .part
            .skip_index(&index.name, &index.built_for, self.definition, index.granularity)?;
        let Some(opened) = opened else {
            return Ok(part.rows.clone());
        };
        let rows = part.part.rows();
        let block_rows = block_rows(index, &part.part);
        let held = match (&self.question, opened) {
            (Question::Bounds(condition), SkipIndex::Bounds(bounds)) => {
                match condition.may_hold(Bounds::of_blocks(bounds, index.expressions.len())) {
                    Some(held) => held,
                    None => return Ok(part.rows.clone()),
                }
            }
            (Question::Values(condition, schema, _), SkipIndex::Values(values)) => {
                values.may_hold(|columns| Ok::<_, Error>(may_be_true(condition, schema, columns)))?
            }
            (Question::Filters(wanted), SkipIndex::Filters(filters)) => {
                let mut held = blocks_of(&part.rows, block_rows, filters.blocks());
                wanted.iter().for_each(|wanted| wanted.narrow(filters, &mut held));
                held
            }
            _ => return Ok(part.rows.clone()),
        };
        let chosen = RowRanges::from_granules(&BooleanArray::from(held), block_rows, rows);
        Ok(part.rows.intersect(&chosen))
    }
}

fn block_rows(index: &TableIndex, part: &Part) -> u64 {
    index.granularity.saturating_mul(part.index_granularity())
}

/// The blocks that hold at least one of the rows.
fn blocks_of(rows: &RowRanges, block_rows: u64, blocks: usize) -> Vec<bool> {
    let mut held = vec![false; blocks];
    for range in rows.iter() {
        let (first, last) = (range.start / block_rows, (range.end - 1) / block_rows);
        held[first as usize..=last as usize].fill(true);
    }
    held
}

fn values_question(index: &TableIndex, about: Vec<Expr>) -> Option<Question> {
    let schema = Arc::new(schema_of(&index.expressions));
    let text = text::condition(&about, &index.expressions);
    let condition = physical(&conjunction(about)?, &schema).ok()?;
    Some(Question::Values(condition, schema, text))
}

/// What filters say about the values of a key's expressions, of which something knows all.
pub struct KeyCondition {
    condition: Arc<dyn PhysicalExpr>,
    schema: SchemaRef,
    /// As EXPLAIN shows it.
    pub text: String,
}

impl KeyCondition {
    /// None if they say nothing.
    pub fn of(key: &[TableExpression], filters: &[Expr]) -> Option<Self> {
        if !mentions(filters, key) {
            return None;
        }
        let indexed = Indexed::new(key).ok()?;
        let about = filters
            .iter()
            .filter_map(|filter| indexed.follows(filter).ok().flatten());
        let about: Vec<Expr> = about.collect();
        let schema = Arc::new(schema_of(key));
        let text = text::condition(&about, key);
        Some(Self {
            condition: physical(&conjunction(about)?, &schema).ok()?,
            schema,
            text,
        })
    }

    /// Whether it can be true where the expressions have these values: arrays of one row.
    pub fn may_be_true(&self, values: &[ArrayRef]) -> bool {
        let types = self.schema.fields().iter().map(|field| field.data_type());
        match types.eq(values.iter().map(|value| value.data_type())) {
            true => may_be_true(&self.condition, &self.schema, values).contains(&true),
            false => true, // not as the key is now
        }
    }
}

/// For which of these rows a condition may be true: for all of them if it fails, since the query may see none of the
/// rows for which it does.
fn may_be_true(condition: &Arc<dyn PhysicalExpr>, schema: &SchemaRef, columns: &[ArrayRef]) -> Vec<bool> {
    let rows = columns.first().map_or(0, |column| column.len());
    holds(condition, schema, columns).unwrap_or_else(|_| vec![true; rows])
}

/// For which of these rows a condition is true.
fn holds(condition: &Arc<dyn PhysicalExpr>, schema: &SchemaRef, columns: &[ArrayRef]) -> Result<Vec<bool>> {
    let batch = RecordBatch::try_new(schema.clone(), columns.to_vec())?;
    let answer = condition.evaluate(&batch)?.into_array(batch.num_rows())?;
    let is_true = |answer: Option<bool>| answer == Some(true); // NULL is not true
    Ok(answer.as_boolean().iter().map(is_true).collect())
}
