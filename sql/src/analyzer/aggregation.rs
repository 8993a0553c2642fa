//! GROUP BY: the plan's Aggregate node, and expressions over its result.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, ScalarValue};
use datafusion::functions_aggregate::count::count_all;
use datafusion::logical_expr::{Aggregate, Expr, GroupingSet, LogicalPlan, Projection};
use sqlparser::ast::{self, GroupByWithModifier};

use super::Analyzer;
use super::call::aggregate_calls;
use super::clause::Clause;
use super::join::or_else;
use super::matcher::Item;
use super::scope::Scope;
use super::totals::Totals;
use super::virtual_column::constant_column;
use crate::error::{Code, Error, Result};
use crate::functions::TypedExpr;

/// CUBE makes a set of every choice of keys.
const CUBED_KEYS_MAX: usize = 10;

/// GROUP BY, resolved.
pub(super) struct Grouping {
    keys: Vec<TypedExpr>,
    /// ROLLUP, CUBE, GROUPING SETS: each set as positions in `keys`.
    sets: Option<Vec<Vec<usize>>>,
    /// WITH TOTALS.
    pub has_totals: bool,
}

/// What stands for keys and aggregate functions above the Aggregate node.
pub(super) struct Aggregation {
    values: HashMap<Expr, Expr>,
    /// The node's columns.
    columns: Vec<Column>,
    /// Defaults of the group expressions; none where sets choose them.
    defaults: Vec<ScalarValue>,
}

impl Analyzer<'_> {
    /// GROUP BY; `None` without the clause.
    pub(super) fn grouping(
        &self,
        group_by: &ast::GroupByExpr,
        items: &[Item],
        scope: &Scope,
    ) -> Result<Option<Grouping>> {
        let (mut keys, modifiers) = match group_by {
            ast::GroupByExpr::All(modifiers) => {
                let plain = items.iter().filter(|item| aggregate_calls(&item.value.expr).is_empty());
                (plain.map(|item| item.value.clone()).collect(), modifiers)
            }
            ast::GroupByExpr::Expressions(keys, modifiers) if keys.is_empty() && modifiers.is_empty() => {
                return Ok(None);
            }
            ast::GroupByExpr::Expressions(keys, modifiers) => (self.keys(keys, items, scope)?, modifiers),
        };
        let (modifiers, has_totals) = match modifiers.split_last() {
            Some((GroupByWithModifier::Totals, before)) => (before, true),
            _ => (modifiers.as_slice(), false),
        };
        let sets = match modifiers {
            [] => None,
            [GroupByWithModifier::Rollup] => Some((0..=keys.len()).rev().map(|count| (0..count).collect()).collect()),
            [GroupByWithModifier::Cube] if keys.len() <= CUBED_KEYS_MAX => {
                let chosen = |choice: usize| (0..keys.len()).filter(|key| choice >> key & 1 == 1).collect();
                Some((0..1 << keys.len()).rev().map(chosen).collect())
            }
            [GroupByWithModifier::GroupingSets(ast::Expr::GroupingSets(sets))] => {
                let mut positions = Vec::with_capacity(sets.len());
                for set in sets {
                    let first = keys.len();
                    keys.extend(self.keys(set, items, scope)?);
                    positions.push((first..keys.len()).collect());
                }
                Some(positions)
            }
            [modifier, ..] => return Err(Error::not_implemented(format!("GROUP BY … {modifier}"))),
        };
        for key in &keys {
            self.refuse_aggregates(scope, Clause::GroupBy, &key.expr)?;
        }
        Ok(Some(Grouping { keys, sets, has_totals }))
    }

    fn keys(&self, keys: &[ast::Expr], items: &[Item], scope: &Scope) -> Result<Vec<TypedExpr>> {
        let mut resolved = Vec::with_capacity(keys.len());
        for key in keys {
            match key {
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
        Ok(resolved)
    }
}

impl Aggregation {
    /// Puts an Aggregate node on the plan for these keys and all aggregate calls in `uses`; gives what WITH TOTALS needs,
    /// if the clause is there.
    pub fn plan<'e>(
        input: LogicalPlan,
        grouping: Option<Grouping>,
        uses: impl Iterator<Item = &'e Expr>,
    ) -> Result<(LogicalPlan, Aggregation, Option<Totals>)> {
        let mut aggregation = Aggregation {
            values: HashMap::new(),
            columns: Vec::new(),
            defaults: Vec::new(),
        };
        let (mut has_totals, mut has_sets) = (false, false);
        let (input, group) = match grouping {
            None => (input, Vec::new()),
            Some(grouping) => {
                has_totals = grouping.has_totals;
                has_sets = grouping.sets.is_some();
                match grouping.sets {
                    None => (input, aggregation.group(&grouping.keys)),
                    Some(sets) => aggregation.group_by_sets(input, &grouping.keys, &sets)?,
                }
            }
        };
        let mut aggregates = Vec::new();
        for call in uses.flat_map(calls) {
            if aggregation.values.contains_key(&call) {
                continue;
            }
            let name = format!("__aggregate{}", aggregates.len());
            aggregation.add(&call, Column::new_unqualified(&name));
            aggregates.push(call.alias(name));
        }
        // `SELECT 1 … GROUP BY ()` is one row.
        if group.is_empty() && aggregates.is_empty() {
            aggregates.push(count_all().alias("__aggregate0"));
        }
        let plan = Aggregate::try_new(Arc::new(input), group, aggregates).map_err(Error::from_datafusion)?;
        let plan = LogicalPlan::Aggregate(plan);
        let totals = match has_totals {
            true => Some(Totals::new(&plan, std::mem::take(&mut aggregation.defaults), has_sets)?),
            false => None,
        };
        Ok((plan, aggregation, totals))
    }

    fn add(&mut self, value: &Expr, column: Column) {
        self.values.insert(value.clone(), Expr::Column(column.clone()));
        self.columns.push(column);
    }

    /// The group expressions of plain keys.
    fn group(&mut self, keys: &[TypedExpr]) -> Vec<Expr> {
        let mut group = Vec::new();
        for key in keys.iter().filter(|key| key.constant.is_none()) {
            if self.values.contains_key(&key.expr) {
                continue;
            }
            match &key.expr {
                Expr::Column(column) => {
                    self.add(&key.expr, column.clone());
                    self.defaults.push(key.data_type.default_scalar());
                    group.push(key.expr.clone());
                }
                other => {
                    let name = format!("__key{}", group.len());
                    group.push(other.clone().alias(&name));
                    self.defaults.push(key.data_type.default_scalar());
                    self.add(&key.expr, Column::new_unqualified(name));
                }
            }
        }
        // Keys that are all constant still make a group only where there are rows.
        if group.is_empty() && !keys.is_empty() {
            self.defaults.push(ScalarValue::UInt8(Some(1)));
            group.push(Expr::Literal(ScalarValue::UInt8(Some(1)), None).alias("__key0"));
        }
        group
    }

    /// ROLLUP and its like: keys become columns below, and those that a set leaves out read as their default.
    fn group_by_sets(
        &mut self,
        input: LogicalPlan,
        keys: &[TypedExpr],
        sets: &[Vec<usize>],
    ) -> Result<(LogicalPlan, Vec<Expr>)> {
        let mut columns: Vec<Expr> = input.schema().columns().into_iter().map(Expr::Column).collect();
        let mut names: Vec<Option<Column>> = Vec::with_capacity(keys.len());
        for (index, key) in keys.iter().enumerate() {
            let known = keys[..index].iter().position(|other| other.expr == key.expr);
            let name = match known {
                _ if key.constant.is_some() => None,
                Some(known) => names[known].clone(),
                None => {
                    let name = format!("__key{index}");
                    columns.push(key.expr.clone().alias(&name));
                    Some(Column::new_unqualified(name))
                }
            };
            if let Some(column) = name.clone().filter(|_| known.is_none()) {
                let value = Expr::Column(column.clone());
                let value = match key.data_type.is_nullable() {
                    true => value,
                    false => or_else(&value, Expr::Literal(key.data_type.default_scalar(), None))?,
                };
                self.values.insert(key.expr.clone(), value);
                self.columns.push(column);
            }
            names.push(name);
        }
        let columns_of = |set: &Vec<usize>| {
            set.iter()
                .filter_map(|key| names[*key].clone().map(Expr::Column))
                .collect()
        };
        let sets = GroupingSet::GroupingSets(sets.iter().map(columns_of).collect());
        let plan = Projection::try_new(columns, Arc::new(input)).map_err(Error::from_datafusion)?;
        Ok((LogicalPlan::Projection(plan), vec![Expr::GroupingSet(sets)]))
    }

    /// The expression over the Aggregate's result; columns that are neither keys nor inside aggregates are refused,
    /// except those named in `known`.
    pub fn above(&self, expr: Expr, known: &[String], scope: &Scope) -> Result<Expr> {
        let above = expr
            .transform_down(|node| {
                Ok(match self.values.get(&node) {
                    Some(value) => Transformed::new(value.clone(), true, TreeNodeRecursion::Jump),
                    None => Transformed::no(node),
                })
            })
            .map_err(Error::from_datafusion)?
            .data;
        let stray = above
            .column_refs()
            .into_iter()
            .find(|column| !self.columns.contains(column) && !known.contains(&column.name))
            .map(|column| column.name.clone())
            .or_else(|| constant_column(&above));
        match stray {
            None => Ok(above),
            Some(column) => Err(Error::new(
                Code::NOT_AN_AGGREGATE,
                format!(
                    "Column '{column}' is not under aggregate function and not in GROUP BY keys{}",
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
