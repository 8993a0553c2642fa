//! Which blocks of a part the table's skip indexes leave: each index is asked by itself, in the table's order.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::common::{DFSchema, TableReference};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::execution_props::ExecutionProps;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::utils::conjunction;
use datafusion::physical_expr::{PhysicalExpr, create_physical_expr};
use datafusion::physical_optimizer::pruning::{PruningPredicate, PruningPredicateBuilder};
use gristmill_index::skip::{SkipDefinition, SkipIndex};
use gristmill_storage::{Part, RowRanges};

use super::PartRows;
use super::blocks::Blocks;
use super::filters::Wanted;
use super::indexed::Indexed;
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
    Bounds(Arc<PruningPredicate>),
    Values(Arc<dyn PhysicalExpr>, SchemaRef),
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
        let indexed = Indexed::new(&index.expressions).ok()?;
        // What cannot be said of the index is said of rows, where it fails only if a query sees such rows.
        let about: Vec<Expr> = filters
            .iter()
            .filter_map(|filter| indexed.about(filter).ok().flatten())
            .collect();
        let question = match definition {
            SkipDefinition::MinMax => bounds_question(index, about),
            SkipDefinition::Set { .. } => values_question(index, about),
            SkipDefinition::Bloom { .. } | SkipDefinition::Words { .. } => {
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
            (Question::Bounds(predicate), SkipIndex::Bounds(bounds)) => match predicate.prune(&Blocks(bounds)) {
                Ok(held) => held,
                Err(_) => return Ok(part.rows.clone()),
            },
            (Question::Values(condition, schema), SkipIndex::Values(values)) => {
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

fn bounds_question(index: &TableIndex, about: Vec<Expr>) -> Option<Question> {
    let schema = Arc::new(schema_of(&index.expressions));
    let predicate = |filter: Expr| {
        let filter = physical(&filter, &schema).ok()?;
        PruningPredicateBuilder::new()
            .with_file_schema(schema.clone())
            .build(filter)
    };
    let usable = about.into_iter().filter(|filter| predicate(filter.clone()).is_some());
    let predicate = predicate(conjunction(usable)?)?;
    Some(Question::Bounds(predicate))
}

fn values_question(index: &TableIndex, about: Vec<Expr>) -> Option<Question> {
    let schema = Arc::new(schema_of(&index.expressions));
    let condition = physical(&conjunction(about)?, &schema).ok()?;
    Some(Question::Values(condition, schema))
}

/// What filters say about the values of a key's expressions, of which something knows all.
pub struct KeyCondition {
    condition: Arc<dyn PhysicalExpr>,
    schema: SchemaRef,
    /// The filters that say something.
    pub filters: Vec<Expr>,
}

impl KeyCondition {
    /// None if they say nothing.
    pub fn of(key: &[TableExpression], filters: &[Expr]) -> Option<Self> {
        if !mentions(filters, key) {
            return None;
        }
        let indexed = Indexed::new(key).ok()?;
        let (mut about, mut used) = (Vec::new(), Vec::new());
        for filter in filters {
            if let Ok(Some(known)) = indexed.about(filter) {
                about.push(known);
                used.push(filter.clone());
            }
        }
        let schema = Arc::new(schema_of(key));
        Some(Self {
            condition: physical(&conjunction(about)?, &schema).ok()?,
            schema,
            filters: used,
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

/// Whether a filter is about columns that the expressions read: most are not, and that is told soon.
fn mentions(filters: &[Expr], expressions: &[TableExpression]) -> bool {
    let is_source = |name: &String| expressions.iter().any(|expression| expression.sources.contains(name));
    let mentions = |filter: &Expr| filter.column_refs().iter().any(|column| is_source(&column.name));
    filters.iter().any(mentions)
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

/// Expressions as columns of a table called [`Indexed::TABLE`].
fn schema_of(expressions: &[TableExpression]) -> Schema {
    let field = |(number, expression): (usize, &TableExpression)| {
        Field::new(number.to_string(), expression.data_type.arrow(), true)
    };
    Schema::new(expressions.iter().enumerate().map(field).collect::<Vec<_>>())
}

fn physical(filter: &Expr, schema: &SchemaRef) -> Result<Arc<dyn PhysicalExpr>> {
    let table = TableReference::bare(Indexed::TABLE);
    let schema = DFSchema::try_from_qualified_schema(table, schema)?;
    let planning = PhysicalPlanningContext::default();
    create_physical_expr(filter, &schema, &ExecutionProps::new(), &planning).map_err(Error::from)
}
