//! Finds queries for the nearest rows of a MergeTree table and lets a search answer them.
//!
//! Runs after DataFusion's own rules: limits have reached the Sort then, constants are folded and columns pruned.
//! `Sort(fetch)` over projections, aliases and filters becomes `Projection ← Sort ← SelectWithSearch`: the projection
//! that was below or above the Sort is computed for the few rows of the answer, the filter is part of the search. Where
//! LIMIT BY, DISTINCT or WITH TIES come between, they stay, and what is below them becomes `Projection ←
//! SelectWithSearch`.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, DFSchemaRef, Result};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, Extension, Filter, Limit, LogicalPlan, Projection, Sort, SortExpr};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};
use gristmill_index::Metric;

use super::distance::qualify;
use super::mask;
use super::node::{DISTANCE, SelectWithSearch};
use super::refill::Refill;
use super::shape::{Level, Shape};
use super::{Search, input::Input};

/// The rule; it knows no settings, as the node answers with and without an index.
#[derive(Debug)]
pub struct SearchRule;

impl OptimizerRule for SearchRule {
    fn name(&self) -> &str {
        "select_with_search"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        let rewritten = match &plan {
            LogicalPlan::Projection(projection) => match below(&projection.input, Vec::new()) {
                Some(sorted) => sorted.rewrite(Some(projection))?,
                None => None,
            },
            LogicalPlan::Sort(sort) => match Sorted::of(sort, Vec::new()) {
                Some(sorted) => sorted.rewrite(None)?,
                None => rewrite_bottom(&plan)?,
            },
            LogicalPlan::Filter(_) => rewrite_bottom(&plan)?,
            _ => None,
        };
        Ok(match rewritten {
            Some(rewritten) => Transformed::yes(rewritten),
            None => Transformed::no(plan),
        })
    }
}

/// A Sort below a projection, perhaps with limits between, which are given outermost first.
fn below<'a>(plan: &'a LogicalPlan, mut limits: Vec<&'a Limit>) -> Option<Sorted<'a>> {
    match plan {
        LogicalPlan::Sort(sort) => Sorted::of(sort, limits),
        LogicalPlan::Limit(limit) => {
            limits.push(limit);
            below(&limit.input, limits)
        }
        _ => None,
    }
}

/// A Sort of a table's rows.
struct Sorted<'a> {
    /// Limits above the Sort, outermost first.
    limits: Vec<&'a Limit>,
    sort: &'a Sort,
    shape: Shape<'a>,
}

impl<'a> Sorted<'a> {
    fn of(sort: &'a Sort, limits: Vec<&'a Limit>) -> Option<Self> {
        let shape = Shape::of_sort(sort).ok().filter(|shape| shape.levels.is_empty())?;
        Some(Self { limits, sort, shape })
    }

    /// The new plan with the schema of the projection, or of the Sort if there is none above it.
    fn rewrite(&self, above: Option<&Projection>) -> Result<Option<LogicalPlan>> {
        let input = &self.shape.input;
        let schema = above.map_or(self.sort.input.schema(), |projection| &projection.schema);
        let outputs: Option<Vec<Expr>> = match above {
            Some(projection) => projection.expr.iter().map(|expr| input.resolve(expr)).collect(),
            None => Some(input.outputs.clone()),
        };
        let Some(outputs) = outputs else {
            return Ok(None);
        };
        let distance = &self.shape.distance;
        let outputs = replaced(&self.shape, outputs)?;
        let keys = self.shape.keys.iter().map(|key| {
            let key_value = qualify(distance.replace(key.expr.clone())?, &input.scan.table_name)?;
            Ok(key.with_expr(key_value))
        });
        let keys: Vec<SortExpr> = keys.collect::<Result<_>>()?;
        let used = outputs.iter().chain(keys.iter().map(|key| &key.expr));
        let node = search_node(&self.shape, used)?;
        let mut plan = LogicalPlan::Sort(Sort {
            expr: keys,
            input: Arc::new(node),
            fetch: self.sort.fetch,
        });
        for limit in self.limits.iter().rev() {
            plan = LogicalPlan::Limit(Limit {
                input: Arc::new(plan),
                ..Limit::clone(limit)
            });
        }
        named(outputs, input, plan, schema).map(Some)
    }
}

/// The same operators over a search in place of what is below them.
fn rewrite_bottom(plan: &LogicalPlan) -> Result<Option<LogicalPlan>> {
    let Some(Ok(shape)) = Shape::of(plan) else {
        return Ok(None);
    };
    let outputs = replaced(&shape, shape.input.outputs.clone())?;
    let node = search_node(&shape, outputs.iter())?;
    let bottom = named(outputs, &shape.input, node, shape.bottom.schema())?;
    with_bottom(plan, shape.bottom, bottom).map(Some)
}

/// A plan in which each operator has one input, with another one at its end.
fn with_bottom(plan: &LogicalPlan, old: &LogicalPlan, new: LogicalPlan) -> Result<LogicalPlan> {
    if std::ptr::eq(plan, old) {
        return Ok(new);
    }
    let [input] = plan.inputs()[..] else {
        unreachable!("a shape has one table below operators of one input");
    };
    plan.with_new_exprs(plan.expressions(), vec![with_bottom(input, old, new)?])
}

/// Expressions over the search's answer in place of those over the table.
fn replaced(shape: &Shape<'_>, outputs: Vec<Expr>) -> Result<Vec<Expr>> {
    outputs
        .into_iter()
        .map(|output| shape.distance.replace(output))
        .collect()
}

/// Expressions over a search as columns of a schema.
fn named(outputs: Vec<Expr>, input: &Input<'_>, below: LogicalPlan, schema: &DFSchemaRef) -> Result<LogicalPlan> {
    let named = outputs
        .into_iter()
        .zip(schema.iter())
        .map(|(output, (qualifier, field))| {
            let output = qualify(output, &input.scan.table_name)?;
            Ok(output.alias_qualified(qualifier.cloned(), field.name()))
        });
    let named = named.collect::<Result<Vec<_>>>()?;
    Projection::try_new_with_schema(named, Arc::new(below), schema.clone()).map(LogicalPlan::Projection)
}

/// The search of a shape; its answer has the columns that some expressions use.
fn search_node<'e>(shape: &Shape<'_>, used: impl Iterator<Item = &'e Expr>) -> Result<LogicalPlan> {
    let used: BTreeSet<&str> = used
        .flat_map(Expr::column_refs)
        .map(|column| column.name.as_str())
        .collect();
    let distance = &shape.distance;
    let scanned = &distance.table.definition.scanned;
    let fields = scanned.fields().iter().map(|field| field.name());
    let columns: Vec<String> = fields.filter(|name| used.contains(name.as_str())).cloned().collect();
    let refill = match shape.is_plain() {
        true => None,
        false => Some(Arc::new(refill(shape, &columns)?)),
    };
    let filter = mask::Filter::new(&shape.filters, scanned)?;
    let search = Search {
        table: distance.table.clone(),
        column: distance.column.clone(),
        expression: distance.expression.clone(),
        metric: distance.metric,
        reference: distance.reference.clone(),
        wide: distance.wide,
        rows: shape.rows,
        rescored: !shape.is_plain() || shape.key != distance.expr || distance.metric == Metric::L2Squared,
        refill,
        filters: shape.filters.clone(),
        filter: filter.map(Arc::new),
        columns,
    };
    let node = SelectWithSearch::new(search, &shape.input.scan.table_name)?;
    Ok(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
}

fn refill(shape: &Shape<'_>, columns: &[String]) -> Result<Refill> {
    let (scan, distance) = (shape.input.scan, &shape.distance);
    let level = |level: &Level| {
        Ok(Level {
            by: replaced(shape, level.by.clone())?,
            ..level.clone()
        })
    };
    let mut plain = LogicalPlan::TableScan(scan.clone());
    if let Some(condition) = conjunction(shape.filters.iter().cloned()) {
        let condition = qualify(condition, &scan.table_name)?;
        plain = LogicalPlan::Filter(Filter::try_new(condition, Arc::new(plain))?);
    }
    let mut outputs: Vec<Expr> = columns
        .iter()
        .map(|name| Expr::Column(Column::new(Some(scan.table_name.clone()), name)))
        .collect();
    outputs.push(qualify(distance.expr.clone(), &scan.table_name)?.alias(DISTANCE));
    Ok(Refill {
        key: distance.replace(shape.key.clone())?,
        ties: shape.ties,
        levels: shape.levels.iter().map(level).collect::<Result<_>>()?,
        plain: Arc::new(LogicalPlan::Projection(Projection::try_new(outputs, Arc::new(plain))?)),
    })
}
