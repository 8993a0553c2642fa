//! Plans that ask for the first rows in the order of a distance: what bounds the rows, what happens to them below that,
//! and the table at the bottom.
//!
//! Rows are bounded by `Sort(fetch)`, or by `rank() <= n` for WITH TIES. Between that and the table there may be LIMIT
//! BY (`row_number() <= k` for each group) and DISTINCT (an Aggregate without aggregates). [`Shape::of`] carries the sort
//! keys and what rows are grouped by down to the table and says them over its columns.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Aggregate, Expr, Filter, LogicalPlan, Projection, Sort, SortExpr};
use gristmill_index::Metric;
use gristmill_sql::analyzer::sorted_value;
use gristmill_sql::functions::as_call;
use gristmill_sql::functions::distance::as_distance;

use super::distance::Distance;
use super::form::Form;
use super::input::{Input, has_subquery, over};
use super::monotone::{Slope, slope};
use super::numbered::{Numbered, numbering_of};

/// Rows of a group that are kept: those with the numbers `skip + 1 ..= skip + take` in the order of the sort keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Level {
    /// What rows of one group agree in.
    pub by: Vec<Expr>,
    /// Rows of each group that are left out first.
    pub skip: u64,
    /// Rows of each group that are kept then.
    pub take: u64,
    /// The order in which they are counted; None if it does not matter.
    pub order: Option<Vec<SortExpr>>,
}

/// A query that may be answered by a search. Expressions are over the table's unqualified columns.
pub struct Shape<'a> {
    /// How many rows.
    pub rows: usize,
    /// All rows are wanted that the sort keys cannot tell from the last one, or the first key does not order all.
    pub ties: bool,
    /// Sort keys; the first begins with `key`.
    pub keys: Vec<SortExpr>,
    /// What rises or falls with the distance.
    pub key: Expr,
    /// The distance.
    pub distance: Distance,
    /// What groups of rows are cut to, the innermost first.
    pub levels: Vec<Level>,
    /// The table and what happens to its rows one by one.
    pub input: Input<'a>,
    /// WHERE.
    pub filters: Vec<Expr>,
    /// The plan that `input` is.
    pub bottom: &'a LogicalPlan,
}

impl<'a> Shape<'a> {
    /// None for a plan that does not bound its rows by their order.
    pub fn of(plan: &'a LogicalPlan) -> Option<Result<Self, Form>> {
        match plan {
            LogicalPlan::Sort(sort) => Some(Self::of_sort(sort)),
            LogicalPlan::Filter(filter) => {
                let numbered = Numbered::of(filter, "rank")?;
                if numbered.skip > 0 || !numbered.by.is_empty() {
                    return None;
                }
                let rows = usize::try_from(numbered.take).ok();
                Some(Self::below(numbered.input, numbered.order, rows, true))
            }
            _ => None,
        }
    }

    /// What a Sort asks for.
    pub fn of_sort(sort: &'a Sort) -> Result<Self, Form> {
        Self::below(&sort.input, &sort.expr, sort.fetch, false)
    }

    fn below(plan: &'a LogicalPlan, keys: &[SortExpr], rows: Option<usize>, ties: bool) -> Result<Self, Form> {
        let carried = Carried {
            keys: keys.to_vec(),
            levels: Vec::new(),
        };
        let (carried, input, bottom) = carried.down_to_table(plan)?;
        carried.into_shape(input, bottom, rows, ties)
    }

    /// Whether it is nothing but the nearest rows of a table, in order.
    pub fn is_plain(&self) -> bool {
        self.levels.is_empty() && !self.ties
    }
}

/// What is said over the columns of one plan after the other, from the top down.
struct Carried {
    keys: Vec<SortExpr>,
    /// The outermost first.
    levels: Vec<Level>,
}

impl Carried {
    fn down_to_table(mut self, mut plan: &LogicalPlan) -> Result<(Self, Input<'_>, &LogicalPlan), Form> {
        loop {
            if let Some(input) = Input::of(plan) {
                return Ok((self, input, plan));
            }
            plan = match plan {
                LogicalPlan::Projection(projection) => {
                    self.through(projection)?;
                    projection.input.as_ref()
                }
                LogicalPlan::SubqueryAlias(alias) => {
                    let columns: Vec<Expr> = alias.input.schema().columns().into_iter().map(Expr::Column).collect();
                    self.map(|expr| over(expr, &alias.schema, &columns).ok_or(Form::OtherKey))?;
                    alias.input.as_ref()
                }
                LogicalPlan::Filter(filter) => self.limit_by(filter)?,
                LogicalPlan::Aggregate(aggregate) => self.distinct(aggregate)?,
                other => return Err(Form::of_plan(other)),
            };
        }
    }

    fn map(&mut self, change: impl Fn(&Expr) -> Result<Expr, Form>) -> Result<(), Form> {
        let in_order = |order: &mut Vec<SortExpr>| {
            order.iter_mut().try_for_each(|key| {
                key.expr = change(&key.expr)?;
                Ok(())
            })
        };
        in_order(&mut self.keys)?;
        for level in &mut self.levels {
            level.order.as_mut().map_or(Ok(()), in_order)?;
            for by in &mut level.by {
                *by = change(by)?;
            }
        }
        Ok(())
    }

    fn through(&mut self, projection: &Projection) -> Result<(), Form> {
        if projection.expr.iter().any(Expr::is_volatile) {
            return Err(Form::Volatile);
        }
        if projection.expr.iter().any(has_subquery) {
            return Err(Form::Subquery);
        }
        self.map(|expr| over(expr, &projection.schema, &projection.expr).ok_or(Form::OtherKey))
    }

    fn limit_by<'p>(&mut self, filter: &'p Filter) -> Result<&'p LogicalPlan, Form> {
        let Some(numbered) = Numbered::of(filter, "row_number") else {
            return Err(match numbering_of(filter) {
                Some(_) => Form::Window,
                None => Form::Filter,
            });
        };
        for projection in &numbered.projections {
            self.through(projection)?;
        }
        self.levels.push(Level {
            by: numbered.by.to_vec(),
            skip: numbered.skip,
            take: numbered.take,
            order: Some(numbered.order.to_vec()),
        });
        Ok(numbered.input)
    }

    /// An Aggregate that does nothing but leave equal rows out. Columns that are only sorted by take the value of some
    /// row.
    fn distinct<'p>(&mut self, aggregate: &'p Aggregate) -> Result<&'p LogicalPlan, Form> {
        if !self.levels.is_empty() {
            return Err(Form::LimitByOfDistinct);
        }
        let mut outputs = Vec::new();
        for group in &aggregate.group_expr {
            match group {
                Expr::GroupingSet(_) => return Err(Form::Group),
                group => outputs.push(group.clone()),
            }
        }
        for value in &aggregate.aggr_expr {
            outputs.push(any_value(value).ok_or(Form::Group)?.clone());
        }
        self.map(|expr| over(expr, &aggregate.schema, &outputs).ok_or(Form::Group))?;
        self.levels.push(Level {
            by: aggregate.group_expr.clone(),
            skip: 0,
            take: 1,
            order: None,
        });
        Ok(&aggregate.input)
    }

    fn into_shape<'a>(
        mut self,
        input: Input<'a>,
        bottom: &'a LogicalPlan,
        rows: Option<usize>,
        ties: bool,
    ) -> Result<Shape<'a>, Form> {
        self.map(|expr| input.resolve(expr).ok_or(Form::Volatile))?;
        let first = self.keys.first().ok_or(Form::NoOrder)?;
        let (key, is_all) = leading(sorted_value(&first.expr));
        let distance = distance_in(key, &input, &self.keys)?;
        let slope = slope(key, &distance.expr, distance.metric).ok_or(Form::OtherKey)?;
        let is_smallest = distance.metric.nearest_is_smallest();
        if first.asc != (is_smallest == (slope == Slope::Rises)) {
            return Err(Form::Farthest);
        }
        // An index holds finite vectors only, but a vector of zeros has no angle.
        let may_be_nan =
            distance.metric == Metric::Cosine || distance.table.definition.vector_indexes().next().is_none();
        if first.nulls_first && may_be_nan {
            return Err(Form::NanFirst);
        }
        for level in &self.levels {
            match &level.order {
                Some(order) if *order != self.keys => return Err(Form::LimitByOrder),
                None if !follows_from(key, &level.by) => return Err(Form::Distinct),
                _ => {}
            }
        }
        let filters = input.filters.clone().ok_or(Form::Volatile)?;
        self.levels.reverse();
        Ok(Shape {
            rows: rows.ok_or(Form::NoLimit)?,
            ties: ties || !is_all || self.keys.len() > 1,
            key: key.clone(),
            keys: self.keys,
            distance,
            levels: self.levels,
            input,
            filters,
            bottom,
        })
    }
}

/// The expression of which `first_value(expression)` takes some row's value.
fn any_value(expr: &Expr) -> Option<&Expr> {
    let expr = match expr {
        Expr::Alias(alias) => &alias.expr,
        expr => expr,
    };
    let Expr::AggregateFunction(call) = expr else {
        return None;
    };
    let params = &call.params;
    let is_plain =
        !params.distinct && params.filter.is_none() && params.order_by.is_empty() && params.null_treatment.is_none();
    match params.args.as_slice() {
        [value] if is_plain && call.func.name() == "first_value" => Some(value),
        _ => None,
    }
}

/// The part of a sort key that decides first, and whether it is all of it: tuples are compared element by element.
fn leading(key: &Expr) -> (&Expr, bool) {
    if let Expr::ScalarFunction(call) = key
        && as_call(call).is_some_and(|call| call.function() == "tuple")
        && let [first, rest @ ..] = call.args.as_slice()
    {
        let (key, is_all) = leading(first);
        return (key, is_all && rest.is_empty());
    }
    (key, true)
}

/// The distance that the first key is about, or why there is none.
fn distance_in(key: &Expr, input: &Input<'_>, keys: &[SortExpr]) -> Result<Distance, Form> {
    let found = |expr: &Expr| part_of(expr, |part| Distance::of(part, input.scan));
    let is_distance = |expr: &Expr| part_of(expr, |part| as_distance(part).map(|_| ())).is_some();
    if let Some(distance) = found(key) {
        return Ok(distance);
    }
    Err(match keys.iter().skip(1).any(|key| is_distance(&key.expr)) {
        _ if is_distance(key) => Form::NoConstant,
        true => Form::LaterKey,
        false => Form::NoOrder,
    })
}

/// The first part of an expression for which `find` finds something.
fn part_of<T>(expr: &Expr, find: impl Fn(&Expr) -> Option<T>) -> Option<T> {
    let mut found = None;
    let walked = expr.apply(|part| {
        found = find(part);
        Ok(match found {
            Some(_) => TreeNodeRecursion::Stop,
            None => TreeNodeRecursion::Continue,
        })
    });
    walked.ok().and(found)
}

/// Whether rows that agree in `by` agree in `key`.
fn follows_from(key: &Expr, by: &[Expr]) -> bool {
    let is_in = |expr: &Expr| by.contains(expr);
    is_in(key)
        || key
            .column_refs()
            .into_iter()
            .all(|column| is_in(&Expr::Column(column.clone())))
}
