//! Finds `Sort(fetch) by distance(column, constant)` over a MergeTree scan, through projections, aliases and filters.
//!
//! Runs after DataFusion's own rules: limits have reached the Sort then, constants are folded and columns pruned.
//! What is found becomes `Projection ← Sort ← SelectWithSearch`: the projection that was below or above the Sort is
//! computed for the few rows of the answer, the filter is part of the search.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::common::tree_node::Transformed;
use datafusion::common::{Column, DFSchemaRef, Result};
use datafusion::logical_expr::{Expr, Extension, Limit, LogicalPlan, Projection, Sort};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};
use gristmill_sql::analyzer::{sorted_value, with_sorted_value};

use super::Search;
use super::distance::{Distance, qualify};
use super::input::Input;
use super::mask::Filter;
use super::node::{DISTANCE, SelectWithSearch};

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
            LogicalPlan::Projection(projection) => {
                below(&projection.input).map(|found| found.rewrite(Some(projection)))
            }
            LogicalPlan::Sort(sort) => Found::of(sort, Vec::new()).map(|found| found.rewrite(None)),
            _ => None,
        };
        match rewritten.transpose()?.flatten() {
            Some(rewritten) => Ok(Transformed::yes(rewritten)),
            None => Ok(Transformed::no(plan)),
        }
    }
}

/// A Sort below a projection, perhaps with limits between.
fn below(plan: &LogicalPlan) -> Option<Found<'_>> {
    match plan {
        LogicalPlan::Sort(sort) => Found::of(sort, Vec::new()),
        LogicalPlan::Limit(limit) => {
            let mut found = below(&limit.input)?;
            found.limits.insert(0, limit);
            Some(found)
        }
        _ => None,
    }
}

/// The shape, before it is known whether it is a distance that is sorted by.
struct Found<'a> {
    /// Limits above the Sort, outermost first.
    limits: Vec<&'a Limit>,
    sort: &'a Sort,
    input: Input<'a>,
    fetch: usize,
}

impl<'a> Found<'a> {
    fn of(sort: &'a Sort, limits: Vec<&'a Limit>) -> Option<Self> {
        let fetch = sort.fetch.filter(|_| sort.expr.len() == 1)?;
        Some(Self {
            limits,
            sort,
            input: Input::of(&sort.input)?,
            fetch,
        })
    }

    /// The new plan with the schema of the projection, or of the Sort if there is none above it.
    fn rewrite(&self, above: Option<&Projection>) -> Result<Option<LogicalPlan>> {
        let scan = self.input.scan;
        let key = &self.sort.expr[0];
        let Some(distance) = self
            .input
            .resolve(sorted_value(&key.expr))
            .as_ref()
            .and_then(|key| Distance::of(key, scan))
        else {
            return Ok(None);
        };
        if key.asc != distance.metric.nearest_is_smallest() {
            return Ok(None);
        }
        let schema = above.map_or(self.sort.input.schema(), |projection| &projection.schema);
        let outputs: Option<Vec<Expr>> = match above {
            Some(projection) => projection.expr.iter().map(|expr| self.input.resolve(expr)).collect(),
            None => Some(self.input.outputs.clone()),
        };
        let (Some(outputs), Some(filters)) = (outputs, self.input.filters.clone()) else {
            return Ok(None);
        };
        let outputs = outputs
            .into_iter()
            .map(|output| distance.replace(output))
            .collect::<Result<Vec<_>>>()?;
        let search = self.search(&distance, &outputs, filters)?;
        let node = SelectWithSearch::new(search, &scan.table_name)?;
        self.plan(node, outputs, schema).map(Some)
    }

    fn search(&self, distance: &Distance, outputs: &[Expr], filters: Vec<Expr>) -> Result<Search> {
        let used: BTreeSet<&str> = outputs
            .iter()
            .flat_map(Expr::column_refs)
            .map(|column| column.name.as_str())
            .collect();
        let stored = &distance.table.definition.stored;
        let is_used = |name: &&String| used.contains(name.as_str());
        let columns = stored
            .fields()
            .iter()
            .map(|field| field.name())
            .filter(is_used)
            .cloned()
            .collect();
        let filter = Filter::new(&filters, stored)?;
        Ok(Search {
            table: distance.table.clone(),
            column: distance.column.clone(),
            expression: distance.expression.clone(),
            metric: distance.metric,
            reference: distance.reference.clone(),
            wide: distance.wide,
            rows: self.fetch,
            filters,
            filter: filter.map(Arc::new),
            columns,
        })
    }

    /// Projection over limits over Sort over the search.
    fn plan(&self, node: SelectWithSearch, outputs: Vec<Expr>, schema: &DFSchemaRef) -> Result<LogicalPlan> {
        let table = &self.input.scan.table_name;
        let key = &self.sort.expr[0];
        let key = key.with_expr(with_sorted_value(
            &key.expr,
            Expr::Column(Column::new_unqualified(DISTANCE)),
        ));
        let node = LogicalPlan::Extension(Extension { node: Arc::new(node) });
        let mut plan = LogicalPlan::Sort(Sort {
            expr: vec![key],
            input: Arc::new(node),
            fetch: self.sort.fetch,
        });
        for limit in self.limits.iter().rev() {
            plan = LogicalPlan::Limit(Limit {
                input: Arc::new(plan),
                ..Limit::clone(limit)
            });
        }
        let named = outputs
            .into_iter()
            .zip(schema.iter())
            .map(|(output, (qualifier, field))| {
                Ok(qualify(output, table)?.alias_qualified(qualifier.cloned(), field.name()))
            });
        let named = named.collect::<Result<Vec<_>>>()?;
        Ok(LogicalPlan::Projection(Projection::try_new_with_schema(
            named,
            Arc::new(plan),
            schema.clone(),
        )?))
    }
}
