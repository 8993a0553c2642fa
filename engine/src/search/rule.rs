//! Finds `Sort(fetch) by distance(column, constant)` over a MergeTree scan, through projections, aliases and filters.
//!
//! Runs after DataFusion's own rules: limits have reached the Sort then, constants are folded and columns pruned.
//! What is found becomes `Projection ← Sort ← SelectWithSearch`: the projection that was below or above the Sort is
//! computed for the few rows of the answer, the filter is part of the search.

use std::collections::BTreeSet;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, DFSchemaRef, Result, TableReference};
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{Expr, ExprSchemable, Extension, Limit, LogicalPlan, Projection, Sort, TableScan};
use datafusion::optimizer::{ApplyOrder, OptimizerConfig, OptimizerRule};
use gristmill_index::Metric;
use gristmill_sql::analyzer::{sorted_value, with_sorted_value};
use gristmill_sql::functions::distance::{as_distance, vector_types};
use gristmill_sql::types;
use std::sync::Arc;

use super::computed::indexed_expression;
use super::mask::Filter;
use super::node::{DISTANCE, SelectWithSearch};
use super::{Reference, Search};
use crate::table::{MergeTreeTable, TableExpression};

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

/// The table's columns bear its name above the search, the distance bears none.
fn qualify(expr: Expr, table: &TableReference) -> Result<Expr> {
    let qualified = expr.transform(|expr| {
        Ok(match expr {
            Expr::Column(column) if column.name != DISTANCE => {
                Transformed::yes(Expr::Column(Column::new(Some(table.clone()), column.name)))
            }
            other => Transformed::no(other),
        })
    })?;
    Ok(qualified.data)
}

/// What a Sort reads, in terms of one table's columns.
struct Input<'a> {
    scan: &'a TableScan,
    schema: &'a DFSchemaRef,
    /// Per column of the schema what it is over the table's unqualified columns.
    outputs: Vec<Expr>,
    /// Conditions over the same; None if there is one that cannot be said so.
    filters: Option<Vec<Expr>>,
}

impl<'a> Input<'a> {
    fn of(plan: &'a LogicalPlan) -> Option<Self> {
        match plan {
            LogicalPlan::TableScan(scan) if scan.fetch.is_none() => {
                let fields = scan.projected_schema.fields().iter();
                let outputs = fields
                    .map(|field| Expr::Column(Column::new_unqualified(field.name())))
                    .collect();
                let mut input = Self {
                    scan,
                    schema: &scan.projected_schema,
                    outputs,
                    filters: Some(Vec::new()),
                };
                for filter in &scan.filters {
                    input.filter(unqualified(filter));
                }
                Some(input)
            }
            LogicalPlan::Projection(projection) => {
                let input = Self::of(&projection.input)?;
                let outputs: Option<Vec<Expr>> = projection.expr.iter().map(|expr| input.resolve(expr)).collect();
                Some(Self {
                    outputs: outputs?,
                    schema: &projection.schema,
                    ..input
                })
            }
            LogicalPlan::Filter(filter) => {
                let mut input = Self::of(&filter.input)?;
                input.filter(input.resolve(&filter.predicate));
                Some(input)
            }
            LogicalPlan::SubqueryAlias(alias) => Some(Self {
                schema: &alias.schema,
                ..Self::of(&alias.input)?
            }),
            _ => None,
        }
    }

    fn filter(&mut self, condition: Option<Expr>) {
        let (Some(condition), Some(filters)) = (condition, &mut self.filters) else {
            self.filters = None;
            return;
        };
        for part in split_conjunction(&condition) {
            // The scan was told of the same conditions.
            if !filters.contains(part) {
                filters.push(part.clone());
            }
        }
    }

    /// The expression over the table's columns. None where that would change it: for what is different each time it
    /// is computed, and for subqueries.
    fn resolve(&self, expr: &Expr) -> Option<Expr> {
        if expr.is_volatile() || has_subquery(expr) {
            return None;
        }
        let resolved = expr.clone().transform(|expr| {
            Ok(match expr {
                Expr::Column(column) => {
                    let output = self.outputs[self.schema.index_of_column(&column)?].clone();
                    Transformed::new(output, true, TreeNodeRecursion::Jump)
                }
                Expr::Alias(alias) => Transformed::yes(*alias.expr),
                other => Transformed::no(other),
            })
        });
        resolved.ok().map(|resolved| resolved.data.unalias_nested().data)
    }
}

fn unqualified(expr: &Expr) -> Option<Expr> {
    if expr.is_volatile() || has_subquery(expr) {
        return None;
    }
    let plain = expr.clone().transform(|expr| {
        Ok(match expr {
            Expr::Column(column) => Transformed::yes(Expr::Column(Column::new_unqualified(column.name))),
            other => Transformed::no(other),
        })
    });
    plain.ok().map(|plain| plain.data.unalias_nested().data)
}

/// Whether a query is part of the expression.
pub fn has_subquery(expr: &Expr) -> bool {
    let is_subquery = |expr: &Expr| {
        matches!(
            expr,
            Expr::ScalarSubquery(_)
                | Expr::Exists(_)
                | Expr::InSubquery(_)
                | Expr::SetComparison(_)
                | Expr::OuterReferenceColumn(..)
        )
    };
    expr.exists(|expr| Ok(is_subquery(expr))).unwrap_or(true)
}

/// A distance between a table's column, or an expression that one of its indexes is over, and a constant.
struct Distance {
    expr: Expr,
    table: MergeTreeTable,
    metric: Metric,
    column: String,
    expression: Option<Arc<TableExpression>>,
    reference: Reference,
    wide: bool,
}

impl Distance {
    /// `expr` is over the unqualified columns of the scan.
    fn of(expr: &Expr, scan: &TableScan) -> Option<Self> {
        let (metric, left, right) = as_distance(expr)?;
        let [left_type, right_type] = vector_types(expr)? else {
            return None;
        };
        let (vectors, vectors_type, constant, constant_type) = match (is_constant(left), is_constant(right)) {
            (false, true) => (left, left_type, right, right_type),
            (true, false) => (right, right_type, left, left_type),
            _ => return None,
        };
        let table = MergeTreeTable::of(&scan.source)?;
        let stored = &table.definition.stored;
        if !is_vector(vectors_type) || stored.field_with_name(DISTANCE).is_ok() {
            return None;
        }
        let (column, expression) = match vectors {
            Expr::Column(column) => (column.name.clone(), None),
            computed => {
                let expression = indexed_expression(computed, &table)?;
                (expression.text.clone(), Some(expression))
            }
        };
        let schema = DFSchema::try_from(stored.clone()).ok()?;
        let wide = match expr.get_type(&schema).ok()? {
            DataType::Float64 => true,
            DataType::Float32 => false,
            _ => return None,
        };
        let reference = Reference::of(constant, constant_type)?;
        Some(Self {
            expr: expr.clone(),
            table,
            metric,
            column,
            expression,
            reference,
            wide,
        })
    }

    /// The same expression with the search's distance in place of the function.
    fn replace(&self, expr: Expr) -> Result<Expr> {
        let replaced = expr.transform_down(|expr| {
            Ok(match expr == self.expr {
                true => {
                    let distance = Expr::Column(Column::new_unqualified(DISTANCE));
                    Transformed::new(distance, true, TreeNodeRecursion::Jump)
                }
                false => Transformed::no(expr),
            })
        })?;
        Ok(replaced.data)
    }
}

fn is_constant(expr: &Expr) -> bool {
    expr.column_refs().is_empty()
}

fn is_vector(data_type: &types::DataType) -> bool {
    use types::DataType::{Array, BFloat16, Float32, Float64};
    matches!(data_type, Array(item) if matches!(**item, Float32 | Float64 | BFloat16))
}
