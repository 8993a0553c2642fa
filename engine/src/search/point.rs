//! Queries that are one search and nothing but projections and limits above it: answered on the calling thread,
//! without DataFusion's executor.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::execution_props::ExecutionProps;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, FetchType, LogicalPlan, SkipType};
use datafusion::physical_expr::{PhysicalExpr, create_physical_expr};
use gristmill_sql::analyzer::{LIFTED_KEY, Planned};
use gristmill_sql::functions::distance::as_distance;

use super::plan_cache::CachedPlan;
use super::refill::run_filled;
use super::run::Surroundings;
use super::{Search, SelectWithSearch};
use crate::environment::Environment;
use crate::error::Result;
use crate::outcome::Rows;

/// What happens to the rows of a search.
#[derive(Debug)]
enum Step {
    Project(Vec<Arc<dyn PhysicalExpr>>, SchemaRef),
    Limit { skip: usize, fetch: Option<usize> },
}

/// A whole query around one search. Holds for any reference vector of the same type.
#[derive(Debug)]
pub struct PointQuery {
    search: Arc<Search>,
    schema: SchemaRef,
    /// Innermost first.
    steps: Vec<Step>,
}

impl PointQuery {
    /// The optimized plan as such a query, if it is one.
    pub fn of(plan: &LogicalPlan) -> Result<Option<Self>> {
        let mut steps = Vec::new();
        let mut plan = plan;
        loop {
            plan = match plan {
                LogicalPlan::Projection(projection) => {
                    let input = projection.input.schema();
                    let expressions = projection.expr.iter().map(|expr| {
                        let planning = PhysicalPlanningContext::default();
                        create_physical_expr(expr, input, &ExecutionProps::new(), &planning)
                    });
                    let expressions = expressions.collect::<Result<Vec<_>, _>>()?;
                    steps.push(Step::Project(expressions, projection.schema.inner().clone()));
                    &projection.input
                }
                LogicalPlan::Limit(limit) => {
                    let (SkipType::Literal(skip), FetchType::Literal(fetch)) =
                        (limit.get_skip_type()?, limit.get_fetch_type()?)
                    else {
                        return Ok(None);
                    };
                    steps.push(Step::Limit { skip, fetch });
                    &limit.input
                }
                // The search gives its rows in the order that this Sort asks for, if there is no second key.
                LogicalPlan::Sort(sort) if is_search(&sort.input) => {
                    steps.push(Step::Limit {
                        skip: 0,
                        fetch: sort.fetch,
                    });
                    &sort.input
                }
                LogicalPlan::Extension(extension) => {
                    let Some(node) = extension.node.as_any().downcast_ref::<SelectWithSearch>() else {
                        return Ok(None);
                    };
                    if node.search.refill.is_some() {
                        return Ok(None);
                    }
                    let schema = node.schema_of_answer();
                    steps.reverse();
                    return Ok(Some(Self {
                        search: node.search.clone(),
                        schema,
                        steps,
                    }));
                }
                _ => return Ok(None),
            };
        }
    }

    /// The search.
    pub fn search(&self) -> &Search {
        &self.search
    }

    /// Answers for a vector.
    pub fn run(&self, numbers: &[f64], around: &Surroundings<'_>) -> Result<RecordBatch> {
        let parts = self.search.table.parts_to_read()?;
        let answer = run_filled(&self.search, &parts, numbers, &self.schema, around)?;
        let mut batch = answer.expect("only a search with a plain plan gives up").batch;
        for step in &self.steps {
            batch = match step {
                Step::Project(expressions, schema) => {
                    let rows = batch.num_rows();
                    let arrays = expressions
                        .iter()
                        .map(|expression| expression.evaluate(&batch)?.into_array(rows));
                    let arrays = arrays.collect::<Result<Vec<_>, _>>()?;
                    let options = RecordBatchOptions::new().with_row_count(Some(rows));
                    RecordBatch::try_new_with_options(schema.clone(), arrays, &options)?
                }
                Step::Limit { skip, fetch } => {
                    let skip = (*skip).min(batch.num_rows());
                    batch.slice(skip, fetch.unwrap_or(usize::MAX).min(batch.num_rows() - skip))
                }
            };
        }
        Ok(batch)
    }
}

fn is_search(plan: &LogicalPlan) -> bool {
    matches!(plan, LogicalPlan::Extension(extension) if extension.node.as_any().is::<SelectWithSearch>())
}

/// Runs such a query, and keeps its plan for the next one of its kind.
pub fn answer(
    point: PointQuery,
    optimized: &LogicalPlan,
    planned: Planned,
    environment: &Environment,
    started: Instant,
) -> Result<Rows> {
    let engine = &environment.engine;
    let batch = point.run(&point.search.reference.numbers, &Surroundings::of(environment))?;
    if let Some((key, format)) = &environment.plan_place
        && planned.cacheable
        // What a policy says may depend on the moment.
        && point.search.table.policy.is_none()
        && lifts_only_references(&planned.plan)
        && !has_lifted(optimized)
        && !point.search.filters.iter().any(is_of_vector)
    {
        let (header, format) = (planned.header.clone(), format.clone());
        let settings = environment.settings.clone();
        let process = environment.process.as_ref();
        let accessed = process.map(|process| process.details().accessed).unwrap_or_default();
        engine.plans().insert(
            key.clone(),
            CachedPlan {
                point,
                header,
                format,
                settings,
                accessed,
            },
            engine.catalog(),
        );
    }
    Ok(Rows::ready(
        planned.header,
        vec![batch],
        engine.clone(),
        environment.progress.clone(),
        started,
    ))
}

/// Whether every lifted literal of a plan that is not optimized yet is the constant of a distance to something that is
/// not constant: nothing can be computed from it before the search runs.
fn lifts_only_references(plan: &LogicalPlan) -> bool {
    let mut only = true;
    let walked = plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            only &= is_fine(expr);
            Ok(TreeNodeRecursion::Continue)
        })
    });
    walked.is_ok() && only
}

fn is_fine(expr: &Expr) -> bool {
    if is_lifted(expr) {
        return false;
    }
    if let Some((_, left, right)) = as_distance(expr) {
        let sides = [left, right];
        if sides.iter().any(|side| is_lifted(side)) && sides.iter().any(|side| !side.column_refs().is_empty()) {
            return sides.iter().all(|side| is_lifted(side) || is_fine(side));
        }
    }
    let mut fine = true;
    let walked = expr.apply_children(|child| {
        fine &= is_fine(child);
        Ok(TreeNodeRecursion::Continue)
    });
    walked.is_ok() && fine
}

fn is_lifted(expr: &Expr) -> bool {
    matches!(expr, Expr::Literal(_, Some(metadata)) if metadata.inner().contains_key(LIFTED_KEY))
}

/// Whether a condition may depend on the query's vector: its plan answers no other one.
fn is_of_vector(condition: &Expr) -> bool {
    condition
        .exists(|expr| Ok(is_lifted(expr) || as_distance(expr).is_some()))
        .unwrap_or(true)
}

/// Lifted literals that are left in an optimized plan, outside of its search.
fn has_lifted(plan: &LogicalPlan) -> bool {
    plan.exists(|node| {
        let mut found = false;
        node.apply_expressions(|expr| {
            found |= expr.exists(|expr| Ok(is_lifted(expr)))?;
            Ok(TreeNodeRecursion::Continue)
        })?;
        Ok(found)
    })
    .unwrap_or(true)
}
