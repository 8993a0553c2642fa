//! One SELECT: its clauses resolved in ClickHouse's order, then put together as a plan.
//!
//! The plan is, from the bottom: FROM, arrayJoin, PREWHERE and WHERE, Aggregate, HAVING, Window, one Projection of
//! everything that is shown or sorted by, DISTINCT, Sort, LIMIT BY, Limit, and a Projection that drops what was only
//! sorted by. A distance that is both shown and sorted by is one column of that Projection.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::common::Column;
use datafusion::logical_expr::{
    Distinct, DistinctOn, Expr, Filter, LogicalPlan, LogicalPlanBuilder, Projection, Sort, SortExpr,
};
use sqlparser::ast::{self, SelectItem};

use super::aggregation::{Aggregation, Grouping, holds_aggregate};
use super::array_join::unnest;
use super::call::aggregate_calls;
use super::clause::Clause;
use super::limit::{Limits, limited, limited_by, limited_with_ties};
use super::matcher::Item;
use super::scope::{ArrayJoinCall, Scope};
use super::sorting::SortKey;
use super::totals::Totals;
use super::{Analyzer, HeaderColumn, Planned};
use crate::error::{Code, Error, Result};
use crate::functions::TypedExpr;

/// ORDER BY and LIMIT, which sqlparser keeps beside the SELECT.
#[derive(Clone, Copy, Default)]
pub(super) struct Tail<'s> {
    /// The whole query, where the SELECT is all of it.
    pub query: Option<&'s ast::Query>,
    pub with: Option<&'s ast::With>,
    pub order_by: Option<&'s ast::OrderBy>,
    pub limit: Option<&'s ast::LimitClause>,
}

impl<'s> Tail<'s> {
    fn order_keys(&self) -> &'s [ast::OrderByExpr] {
        match self.order_by.map(|order_by| &order_by.kind) {
            Some(ast::OrderByKind::Expressions(keys)) => keys,
            _ => &[],
        }
    }
}

/// The clauses above WHERE, resolved.
struct Resolved {
    items: Vec<Item>,
    having: Option<TypedExpr>,
    qualify: Option<TypedExpr>,
    order: Vec<SortKey>,
    limits: Limits,
    distinct: bool,
}

impl Resolved {
    /// Every expression that is computed above WHERE.
    fn expressions(&self) -> impl Iterator<Item = &Expr> {
        let items = self.items.iter().map(|item| &item.value);
        let order = self.order.iter().map(|key| &key.value);
        let by = self.limits.by.iter().flat_map(|by| &by.keys);
        items
            .chain(&self.having)
            .chain(&self.qualify)
            .chain(order)
            .chain(by)
            .map(|value| &value.expr)
    }

    /// Changes every expression above HAVING, and HAVING's too.
    fn rewrite(&mut self, rewrite: impl Fn(Expr) -> Result<Expr>) -> Result<()> {
        let items = self.items.iter_mut().map(|item| &mut item.value);
        let order = self.order.iter_mut().map(|key| &mut key.value);
        let by = self.limits.by.iter_mut().flat_map(|by| &mut by.keys);
        for value in items
            .chain(&mut self.having)
            .chain(&mut self.qualify)
            .chain(order)
            .chain(by)
        {
            // A known value may still have an expression: that of `toTypeName(sum(x))`.
            if !matches!(value.expr, Expr::Literal(_, None)) {
                value.expr = rewrite(std::mem::take(&mut value.expr))?;
            }
        }
        Ok(())
    }
}

impl Analyzer<'_> {
    /// Plans a SELECT inside `parent`.
    pub(super) fn select(&self, select: &ast::Select, tail: Tail, parent: Option<&Scope>) -> Result<Planned> {
        refuse(select)?;
        let mut scope = Scope::inside(parent);
        scope.query = tail.query;
        if let Some(with) = tail.with {
            self.declare_with(with, &mut scope)?;
        }
        self.declare_aliases(select, tail.order_keys(), &mut scope)?;
        for window in &select.named_window {
            match window {
                ast::NamedWindowDefinition(name, ast::NamedWindowExpr::WindowSpec(spec)) => {
                    scope.windows.push((&name.value, spec));
                }
                other => return Err(Error::not_implemented(format!("WINDOW {other}"))),
            }
        }
        let plan = self.from(&select.from, &mut scope)?;
        let resolved = self.resolve(select, tail, &scope)?;
        let grouping = self.grouping(&select.group_by, &resolved.items, &scope)?;
        let filters = [
            self.filter(select.prewhere.as_ref(), Clause::Prewhere, &scope)?,
            self.filter(select.selection.as_ref(), Clause::Where, &scope)?,
        ];
        let (below, above) = self.split_array_joins(&scope);
        // `toTypeName(sum(x))` is a constant, yet one of an aggregation.
        let met = scope.found.borrow().iter().any(|found| holds_aggregate(&found.call));
        let aggregated = grouping.is_some() || met;
        let mut plan = unroll(plan, &below)?;
        for filter in filters.into_iter().flatten() {
            plan = filtered(plan, filter)?;
        }
        let mut resolved = resolved;
        let mut above = above;
        let mut totals = None;
        if aggregated {
            (plan, totals) = aggregate(plan, grouping, &mut resolved, &mut above, &scope)?;
        }
        let having = resolved.having.take().map(|having| having.predicate()).transpose()?;
        let totals = match totals {
            Some(_) if parent.is_some() => return Err(Error::not_implemented("WITH TOTALS in a subquery or UNION")),
            Some(_) if !above.is_empty() => {
                return Err(Error::not_implemented("WITH TOTALS and arrayJoin of aggregates"));
            }
            Some(_)
                if resolved.qualify.is_some() || resolved.expressions().any(|it| !aggregate_calls(it).is_empty()) =>
            {
                return Err(Error::not_implemented("WITH TOTALS and window functions"));
            }
            Some(totals) => Some(totals.plan(having.as_ref(), self)?),
            None => None,
        };
        if let Some(having) = having {
            plan = filtered(plan, having)?;
        }
        plan = unroll(plan, &above)?;
        plan = windows(plan, &mut resolved)?;
        if let Some(qualify) = resolved.qualify.take() {
            plan = filtered(plan, qualify.predicate()?)?;
        }
        let totals = totals
            .map(|totals| project(totals, Columns::of_items(&resolved.items).exprs))
            .transpose()?;
        Ok(Planned {
            totals,
            ..self.shown(plan, resolved)?
        })
    }

    fn resolve(&self, select: &ast::Select, tail: Tail, scope: &Scope) -> Result<Resolved> {
        let items = self.items(select, scope)?;
        let having = select
            .having
            .as_ref()
            .map(|having| self.expression(having, scope))
            .transpose()?;
        let qualify = select
            .qualify
            .as_ref()
            .map(|qualify| self.expression(qualify, scope))
            .transpose()?;
        let order = self.order_keys(tail.order_by, &items, scope)?;
        let mut limits = self.limits(tail.limit, &items, scope)?;
        let distinct = match &select.distinct {
            None | Some(ast::Distinct::All) => false,
            Some(ast::Distinct::Distinct) => true,
            Some(ast::Distinct::On(keys)) => {
                // ClickHouse makes it LIMIT 1 BY, too.
                if limits.by.is_some() {
                    return Err(Error::not_implemented("DISTINCT ON and LIMIT BY in the same query"));
                }
                let keys = keys
                    .iter()
                    .map(|key| self.expression(key, scope))
                    .collect::<Result<_>>()?;
                limits.by = Some(super::limit::LimitBy {
                    limit: 1,
                    offset: 0,
                    keys,
                });
                false
            }
        };
        Ok(Resolved {
            items,
            having,
            qualify,
            order,
            limits,
            distinct,
        })
    }

    /// The select list.
    fn items(&self, select: &ast::Select, scope: &Scope) -> Result<Vec<Item>> {
        let mut items = Vec::with_capacity(select.projection.len());
        for item in &select.projection {
            match item {
                SelectItem::UnnamedExpr(ast::Expr::Named { expr, name })
                | SelectItem::ExprWithAlias {
                    expr: ast::Expr::Named { expr, name },
                    ..
                } => {
                    let value = self.alias(&name.value, expr, scope)?;
                    items.push(Item {
                        name: name.value.clone(),
                        value,
                    });
                }
                SelectItem::ExprWithAlias { expr, alias } => {
                    let value = self.alias(&alias.value, expr, scope)?;
                    items.push(Item {
                        name: alias.value.clone(),
                        value,
                    });
                }
                SelectItem::UnnamedExpr(expression) => {
                    let value = self.expression(expression, scope)?;
                    let name = self.shown_name(expression, scope);
                    items.push(Item { name, value });
                }
                SelectItem::Wildcard(options) => items.extend(self.transform(self.star(scope)?, options, scope)?),
                SelectItem::QualifiedWildcard(kind, options) => {
                    items.extend(self.transform(self.qualified_star(kind, scope)?, options, scope)?);
                }
                other => return Err(Error::not_implemented(format!("Select item {other}"))),
            }
        }
        match items.is_empty() {
            true => Err(Error::new(
                Code::EMPTY_LIST_OF_COLUMNS_QUERIED,
                format!("Empty list of columns in projection{}", scope.in_scope()),
            )),
            false => Ok(items),
        }
    }

    /// WHERE or PREWHERE as a Boolean.
    fn filter(&self, condition: Option<&ast::Expr>, clause: Clause, scope: &Scope) -> Result<Option<Expr>> {
        let Some(condition) = condition else { return Ok(None) };
        let value = self.expression(condition, scope)?;
        self.refuse_aggregates(scope, clause, &value.expr)?;
        match value.predicate() {
            Ok(predicate) => Ok(Some(predicate)),
            Err(_) => Err(Error::new(
                Code::ILLEGAL_TYPE_OF_COLUMN_FOR_FILTER,
                format!("Invalid type for filter in {}: {}", clause.name(), value.data_type),
            )),
        }
    }

    /// arrayJoin calls that are unrolled before WHERE, and those over aggregates, which come after.
    fn split_array_joins(&self, scope: &Scope) -> (Vec<ArrayJoinCall>, Vec<ArrayJoinCall>) {
        let mut above: Vec<ArrayJoinCall> = Vec::new();
        let mut below = Vec::new();
        for call in scope.array_join_calls.take() {
            let of_above = |column: &&Column| above.iter().any(|call| call.column == column.name);
            let depends = call.array.column_refs().into_iter().any(|column| of_above(&column));
            match depends || !aggregate_calls(&call.array).is_empty() {
                true => above.push(call),
                false => below.push(call),
            }
        }
        (below, above)
    }

    /// A query that shows these columns of a plan and does nothing else.
    pub(super) fn finish(&self, plan: LogicalPlan, items: Vec<Item>) -> Result<Planned> {
        let resolved = Resolved {
            items,
            having: None,
            qualify: None,
            order: Vec::new(),
            limits: Limits::default(),
            distinct: false,
        };
        self.shown(plan, resolved)
    }

    /// Everything from the Projection upwards.
    fn shown(&self, plan: LogicalPlan, resolved: Resolved) -> Result<Planned> {
        let Resolved {
            items,
            order,
            limits,
            distinct,
            ..
        } = resolved;
        let mut columns = Columns::of_items(&items);
        let order: Vec<SortExpr> = order
            .into_iter()
            .map(|mut key| {
                key.value.expr = columns.of(&key.value.expr);
                key.sort()
            })
            .collect();
        let by = limits.by.map(|by| {
            let keys: Vec<Expr> = by.keys.iter().map(|key| columns.of(&key.expr)).collect();
            (keys, by.offset, by.limit)
        });
        let count = items.len();
        let names = columns.names.clone();
        let extra = columns.exprs.len() > count;
        let mut plan = project(plan, columns.exprs)?;
        if distinct {
            plan = distinct_rows(plan, &names[..count], extra)?;
        }
        let mut drop_columns = extra;
        if let Some((keys, offset, limit)) = by {
            plan = limited_by(plan, keys, order.clone(), offset, limit)?;
            drop_columns = true;
        }
        plan = match limits.limit {
            Some(limit) if limits.with_ties => {
                if order.is_empty() {
                    return Err(Error::new(Code::LOGICAL_ERROR, "LIMIT WITH TIES without ORDER BY"));
                }
                drop_columns = true;
                let rows = limit.saturating_add(limits.offset);
                let sorted = sorted(limited_with_ties(plan, order.clone(), rows)?, order, None);
                limited(sorted, limits.offset, None)?
            }
            limit => {
                let rows = limit.and_then(|limit| usize::try_from(limit.saturating_add(limits.offset)).ok());
                limited(sorted(plan, order, rows), limits.offset, limit)?
            }
        };
        if drop_columns {
            plan = project(plan, names[..count].iter().map(column).collect())?;
        }
        let header = items
            .into_iter()
            .map(|item| HeaderColumn {
                name: item.name,
                data_type: item.value.data_type,
            })
            .collect();
        Ok(Planned {
            plan,
            totals: None,
            header,
            cacheable: self.cacheable.get(),
        })
    }
}

/// The columns of the Projection: the select list, then what is only sorted or grouped by.
struct Columns {
    /// Aliased expressions.
    exprs: Vec<Expr>,
    /// What each of them computes.
    values: Vec<Expr>,
    /// Their names, unique.
    names: Vec<String>,
}

impl Columns {
    fn of_items(items: &[Item]) -> Columns {
        let mut taken = HashSet::with_capacity(items.len());
        let mut columns = Columns {
            exprs: Vec::new(),
            values: Vec::new(),
            names: Vec::new(),
        };
        for (index, item) in items.iter().enumerate() {
            let mut name = item.name.clone();
            if !taken.insert(name.clone()) {
                name = format!("{name}__{index}");
                taken.insert(name.clone());
            }
            columns.push(item.value.expr.clone(), name);
        }
        columns
    }

    fn push(&mut self, value: Expr, name: String) {
        self.exprs.push(value.clone().alias(&name));
        self.values.push(value);
        self.names.push(name);
    }

    /// The column that holds this value; adds one if there is none.
    fn of(&mut self, value: &Expr) -> Expr {
        let index = match self.values.iter().position(|known| known == value) {
            Some(index) => index,
            None => {
                self.push(value.clone(), format!("__extra{}", self.names.len()));
                self.names.len() - 1
            }
        };
        column(&self.names[index])
    }
}

/// Clauses of other dialects.
fn refuse(select: &ast::Select) -> Result<()> {
    let refused = [
        (select.top.is_some(), "TOP"),
        (select.into.is_some(), "SELECT INTO"),
        (!select.lateral_views.is_empty(), "LATERAL VIEW"),
        (!select.connect_by.is_empty(), "CONNECT BY"),
        (!select.cluster_by.is_empty(), "CLUSTER BY"),
        (!select.distribute_by.is_empty(), "DISTRIBUTE BY"),
        (!select.sort_by.is_empty(), "SORT BY"),
        (select.exclude.is_some(), "EXCLUDE"),
        (select.value_table_mode.is_some(), "SELECT AS"),
    ];
    match refused.into_iter().find(|(present, _)| *present) {
        Some((_, clause)) => Err(Error::not_implemented(clause)),
        None => Ok(()),
    }
}

fn aggregate(
    plan: LogicalPlan,
    grouping: Option<Grouping>,
    resolved: &mut Resolved,
    above: &mut [ArrayJoinCall],
    scope: &Scope,
) -> Result<(LogicalPlan, Option<Totals>)> {
    let arrays = above.iter().map(|call| &call.array);
    let (plan, aggregation, totals) = Aggregation::plan(plan, grouping, resolved.expressions().chain(arrays))?;
    let known: Vec<String> = above.iter().map(|call| call.column.clone()).collect();
    for call in above.iter_mut() {
        call.array = aggregation.above(std::mem::take(&mut call.array), &known, scope)?;
    }
    resolved.rewrite(|expr| aggregation.above(expr, &known, scope))?;
    Ok((plan, totals))
}

/// Computes window functions; their columns replace them.
fn windows(plan: LogicalPlan, resolved: &mut Resolved) -> Result<LogicalPlan> {
    use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
    let mut calls: Vec<Expr> = Vec::new();
    for call in resolved.expressions().flat_map(aggregate_calls) {
        if !calls.contains(&call) {
            calls.push(call);
        }
    }
    if calls.is_empty() {
        return Ok(plan);
    }
    resolved.rewrite(|expr| {
        let replaced = expr.transform_down(|node| {
            Ok(match node {
                Expr::WindowFunction(_) => {
                    let column = Column::new_unqualified(node.schema_name().to_string());
                    Transformed::new(Expr::Column(column), true, TreeNodeRecursion::Jump)
                }
                node => Transformed::no(node),
            })
        });
        replaced.map(|replaced| replaced.data).map_err(Error::from_datafusion)
    })?;
    LogicalPlanBuilder::window_plan(plan, calls).map_err(Error::from_datafusion)
}

fn unroll(plan: LogicalPlan, calls: &[ArrayJoinCall]) -> Result<LogicalPlan> {
    calls
        .iter()
        .try_fold(plan, |plan, call| unnest(plan, call.array.clone(), &call.column))
}

pub(super) fn filtered(plan: LogicalPlan, predicate: Expr) -> Result<LogicalPlan> {
    Filter::try_new(predicate, Arc::new(plan))
        .map(LogicalPlan::Filter)
        .map_err(Error::from_datafusion)
}

fn project(plan: LogicalPlan, columns: Vec<Expr>) -> Result<LogicalPlan> {
    Projection::try_new(columns, Arc::new(plan))
        .map(LogicalPlan::Projection)
        .map_err(Error::from_datafusion)
}

fn sorted(plan: LogicalPlan, order: Vec<SortExpr>, fetch: Option<usize>) -> LogicalPlan {
    match order.is_empty() {
        true => plan,
        false => LogicalPlan::Sort(Sort {
            expr: order,
            input: Arc::new(plan),
            fetch,
        }),
    }
}

/// DISTINCT over the select list; columns that are only sorted by take the value of some row.
fn distinct_rows(plan: LogicalPlan, names: &[String], extra: bool) -> Result<LogicalPlan> {
    if !extra {
        return Ok(LogicalPlan::Distinct(Distinct::All(Arc::new(plan))));
    }
    let all = plan.schema().columns().into_iter().map(Expr::Column).collect();
    let on = names.iter().map(column).collect();
    DistinctOn::try_new(on, all, None, Arc::new(plan))
        .map(|distinct| LogicalPlan::Distinct(Distinct::On(distinct)))
        .map_err(Error::from_datafusion)
}

fn column(name: &String) -> Expr {
    Expr::Column(Column::new_unqualified(name))
}
