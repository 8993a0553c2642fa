//! GROUP BY: the plan's Aggregate node, and expressions over its result.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, ScalarValue};
use datafusion::logical_expr::{Aggregate, Expr, LogicalPlan};
use sqlparser::ast;

use super::Analyzer;
use super::call::aggregate_calls;
use super::clause::Clause;
use super::matcher::Item;
use super::scope::Scope;
use crate::error::{Code, Error, Result};
use crate::functions::TypedExpr;

/// What stands for keys and aggregate functions above the Aggregate node.
pub(super) struct Aggregation {
    columns: HashMap<Expr, Column>,
}

impl Analyzer<'_> {
    /// The keys of GROUP BY; `None` without the clause.
    pub(super) fn group_keys(
        &self,
        group_by: &ast::GroupByExpr,
        items: &[Item],
        scope: &Scope,
    ) -> Result<Option<Vec<TypedExpr>>> {
        let (keys, modifiers) = match group_by {
            ast::GroupByExpr::All(modifiers) => {
                let plain = items.iter().filter(|item| aggregate_calls(&item.value.expr).is_empty());
                (plain.map(|item| item.value.clone()).collect(), modifiers)
            }
            ast::GroupByExpr::Expressions(keys, modifiers) if keys.is_empty() && modifiers.is_empty() => {
                return Ok(None);
            }
            ast::GroupByExpr::Expressions(keys, modifiers) => {
                let mut resolved = Vec::with_capacity(keys.len());
                for key in keys {
                    match key {
                        ast::Expr::Rollup(_) | ast::Expr::Cube(_) | ast::Expr::GroupingSets(_) => {
                            return Err(Error::not_implemented(format!("GROUP BY {key}")));
                        }
                        // `GROUP BY (a, b)` and `GROUP BY ()` are lists.
                        ast::Expr::Tuple(parts) => {
                            for part in parts {
                                resolved.push(self.expression(part, scope)?);
                            }
                        }
                        key => resolved.push(match self.positional(key, items, scope)? {
                            Some(value) => value,
                            None => self.expression(key, scope)?,
                        }),
                    }
                }
                (resolved, modifiers)
            }
        };
        if let Some(modifier) = modifiers.first() {
            return Err(Error::not_implemented(format!("GROUP BY … {modifier}")));
        }
        for key in &keys {
            self.refuse_aggregates(scope, Clause::GroupBy, &key.expr)?;
        }
        Ok(Some(keys))
    }
}

impl Aggregation {
    /// Puts an Aggregate node on the plan for these keys and all aggregate calls in `uses`.
    pub fn plan<'e>(
        input: LogicalPlan,
        keys: Option<Vec<TypedExpr>>,
        uses: impl Iterator<Item = &'e Expr>,
    ) -> Result<(LogicalPlan, Aggregation)> {
        let mut columns = HashMap::new();
        let mut group = Vec::new();
        for key in keys.iter().flatten().filter(|key| key.constant.is_none()) {
            if columns.contains_key(&key.expr) {
                continue;
            }
            let (expr, column) = match &key.expr {
                Expr::Column(column) => (key.expr.clone(), column.clone()),
                other => {
                    let name = format!("__key{}", group.len());
                    (other.clone().alias(&name), Column::new_unqualified(name))
                }
            };
            group.push(expr);
            columns.insert(key.expr.clone(), column);
        }
        // Keys that are all constant still make a group only where there are rows.
        if group.is_empty() && keys.is_some_and(|keys| !keys.is_empty()) {
            group.push(Expr::Literal(ScalarValue::UInt8(Some(1)), None).alias("__key0"));
        }
        let mut aggregates = Vec::new();
        for call in uses.flat_map(calls) {
            if columns.contains_key(&call) {
                continue;
            }
            let name = format!("__aggregate{}", aggregates.len());
            columns.insert(call.clone(), Column::new_unqualified(&name));
            aggregates.push(call.alias(name));
        }
        let plan = match (group.is_empty(), aggregates.is_empty()) {
            // `SELECT 1 … GROUP BY ()`: one row.
            (true, true) => {
                aggregates.push(datafusion::functions_aggregate::count::count_all().alias("__aggregate0"));
                Aggregate::try_new(Arc::new(input), group, aggregates)
            }
            _ => Aggregate::try_new(Arc::new(input), group, aggregates),
        };
        let plan = plan.map_err(Error::from_datafusion)?;
        Ok((LogicalPlan::Aggregate(plan), Aggregation { columns }))
    }

    /// The expression over the Aggregate's result; columns that are neither keys nor inside aggregates are refused,
    /// except those named in `known`.
    pub fn above(&self, expr: Expr, known: &[String], scope: &Scope) -> Result<Expr> {
        let above = expr
            .transform_down(|node| {
                Ok(match self.columns.get(&node) {
                    Some(column) => Transformed::new(Expr::Column(column.clone()), true, TreeNodeRecursion::Jump),
                    None => Transformed::no(node),
                })
            })
            .map_err(Error::from_datafusion)?
            .data;
        let results: Vec<&Column> = self.columns.values().collect();
        let stray = above
            .column_refs()
            .into_iter()
            .find(|column| !results.contains(column) && !known.contains(&column.name))
            .cloned();
        match stray {
            None => Ok(above),
            Some(column) => Err(Error::new(
                Code::NOT_AN_AGGREGATE,
                format!(
                    "Column '{}' is not under aggregate function and not in GROUP BY keys{}",
                    column.name,
                    scope.in_scope().replacen(". In scope", ". In query", 1)
                ),
            )),
        }
    }
}

/// The aggregate calls in an expression, also those inside of window functions.
fn calls(expr: &Expr) -> Vec<Expr> {
    let mut calls = Vec::new();
    let visited = expr.apply(|node| {
        Ok(match node {
            Expr::AggregateFunction(_) => {
                calls.push(node.clone());
                TreeNodeRecursion::Jump
            }
            _ => TreeNodeRecursion::Continue,
        })
    });
    debug_assert!(visited.is_ok(), "the visitor does not fail");
    calls
}

/// Whether an expression holds an aggregate function (a window function alone is none).
pub(super) fn holds_aggregate(expr: &Expr) -> bool {
    expr.exists(|node| Ok(matches!(node, Expr::AggregateFunction(_))))
        .unwrap_or(false)
}
