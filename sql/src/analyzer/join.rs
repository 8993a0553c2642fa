//! JOIN: kinds, strictness, ON and USING, and default values instead of NULL (`join_use_nulls = 0`).

use std::sync::Arc;

use datafusion::common::{NullEquality, TableReference};
use datafusion::logical_expr::utils::{conjunction, split_conjunction_owned};
use datafusion::logical_expr::{
    BinaryExpr, Distinct, DistinctOn, Expr, Join, JoinConstraint, JoinType, LogicalPlan, Operator, when,
};
use sqlparser::ast::{self, TableFactor};

use super::Analyzer;
use super::clause::Clause;
use super::from::{add_table, object_name};
use super::scope::{ColumnSource, MergedColumn, Scope, TableExpression};
use super::virtual_column::constant_column;
use crate::error::{Code, Error, Result};
use crate::functions::{self, TypedExpr};

/// Which side's rows are kept without a match.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Side {
    Inner,
    Left,
    Right,
    Full,
    Cross,
}

/// What is done with several matches.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Strictness {
    All,
    Any,
    Semi,
    Anti,
}

/// A join condition: pairs of keys of the left and the right side, and whatever else must hold.
#[derive(Default)]
struct Condition {
    keys: Vec<(Expr, Expr)>,
    filter: Option<Expr>,
    /// Columns that USING merges: name, left and right value, cast to their common type.
    using: Vec<(String, TypedExpr, TypedExpr)>,
}

impl Analyzer<'_> {
    /// `left, right`.
    pub(super) fn cross_join<'s>(
        &self,
        left: LogicalPlan,
        right: &'s TableFactor,
        scope: &mut Scope<'s>,
    ) -> Result<LogicalPlan> {
        let (right, table) = self.table_factor(right, scope)?;
        add_table(scope, table)?;
        join_plans(left, right, JoinType::Inner, Condition::default())
    }

    /// One JOIN of a FROM item; also ARRAY JOIN.
    pub(super) fn join<'s>(
        &self,
        left: LogicalPlan,
        join: &'s ast::Join,
        scope: &mut Scope<'s>,
    ) -> Result<LogicalPlan> {
        use ast::JoinOperator as Kind;
        let (side, strictness, constraint) = match &join.join_operator {
            Kind::ArrayJoin | Kind::InnerArrayJoin => return self.array_join(left, &join.relation, false, scope),
            Kind::LeftArrayJoin => return self.array_join(left, &join.relation, true, scope),
            Kind::Join(on) | Kind::Inner(on) => (Side::Inner, Strictness::All, on),
            Kind::Left(on) | Kind::LeftOuter(on) => (Side::Left, Strictness::All, on),
            Kind::Right(on) | Kind::RightOuter(on) => (Side::Right, Strictness::All, on),
            Kind::FullOuter(on) => (Side::Full, Strictness::All, on),
            Kind::CrossJoin(on) => (Side::Cross, Strictness::All, on),
            Kind::Semi(on) | Kind::LeftSemi(on) => (Side::Left, Strictness::Semi, on),
            Kind::RightSemi(on) => (Side::Right, Strictness::Semi, on),
            Kind::Anti(on) | Kind::LeftAnti(on) => (Side::Left, Strictness::Anti, on),
            Kind::RightAnti(on) => (Side::Right, Strictness::Anti, on),
            Kind::AsOf {
                match_condition,
                constraint,
            } => {
                let (side, strictness) = marked_kind(match_condition)?;
                (side, strictness, constraint)
            }
            other => return Err(Error::not_implemented(format!("Join {other:?}"))),
        };
        let left_tables = scope.tables.len();
        let (right, table) = self.table_factor(&join.relation, scope)?;
        let right_qualifier = table.qualifier.clone();
        add_table(scope, table)?;
        let condition = match constraint {
            ast::JoinConstraint::On(on) => self.join_on(on, &right_qualifier, scope)?,
            ast::JoinConstraint::Using(names) => self.join_using(names, left_tables, scope)?,
            ast::JoinConstraint::None if side == Side::Cross => Condition::default(),
            ast::JoinConstraint::None => {
                return Err(Error::new(
                    Code::INVALID_JOIN_ON_EXPRESSION,
                    "JOIN without ON and USING",
                ));
            }
            ast::JoinConstraint::Natural => return Err(Error::not_implemented("NATURAL JOIN")),
        };
        let using = condition.using.clone();
        let plan = strict_join(left, right, side, strictness, condition)?;
        fill_missing(scope, left_tables, side, strictness, self.join_use_nulls)?;
        for (name, left, right) in using {
            let value = merged_value(side, left, right)?;
            scope.merged.retain(|merged| merged.name != name);
            scope.merged.push(MergedColumn { name, value });
        }
        Ok(plan)
    }

    fn join_on(&self, on: &ast::Expr, right: &TableReference, scope: &Scope) -> Result<Condition> {
        let condition = self.expression(on, scope)?;
        self.refuse_aggregates(scope, Clause::JoinOn, &condition.expr)?;
        let mut result = Condition::default();
        let mut rest = Vec::new();
        for part in split_conjunction_owned(condition.predicate()?) {
            match key_pair(part, right) {
                Ok(pair) => result.keys.push(pair),
                Err(part) => rest.push(part),
            }
        }
        result.filter = conjunction(rest);
        Ok(result)
    }

    fn join_using(&self, names: &[ast::ObjectName], left_tables: usize, scope: &mut Scope) -> Result<Condition> {
        let mut result = Condition::default();
        let right_table = scope.tables.split_off(left_tables);
        let left: Vec<Result<TypedExpr>> = names
            .iter()
            .map(|name| self.using_column(&object_name(name)?, scope, "left"))
            .collect();
        let merged = std::mem::take(&mut scope.merged);
        let left_side = std::mem::replace(&mut scope.tables, right_table);
        let right: Vec<Result<TypedExpr>> = names
            .iter()
            .map(|name| self.using_column(&object_name(name)?, scope, "right"))
            .collect();
        let right_table = std::mem::replace(&mut scope.tables, left_side);
        scope.tables.extend(right_table);
        scope.merged = merged;
        for ((name, left), right) in names.iter().zip(left).zip(right) {
            let (left, right) = (left?, right?);
            let common = functions::supertype(&[left.data_type.clone(), right.data_type.clone()])?;
            let left = functions::cast(left, &common, self.context.functions)?;
            let right = functions::cast(right, &common, self.context.functions)?;
            result.keys.push((left.expr.clone(), right.expr.clone()));
            result.using.push((object_name(name)?.join("."), left, right));
        }
        Ok(result)
    }

    fn using_column(&self, name: &[&str], scope: &Scope, side: &str) -> Result<TypedExpr> {
        match self.find_column(name, scope)? {
            Some(value) => Ok(value),
            None => {
                let name = name.join(".");
                Err(Error::new(
                    Code::UNKNOWN_IDENTIFIER,
                    format!(
                        "JOIN using identifier '{name}' cannot be resolved from {side} table expression{}",
                        scope.in_scope()
                    ),
                ))
            }
        }
    }
}

/// The parser's `'ANY LEFT'`: strictness, then kind.
fn marked_kind(marker: &ast::Expr) -> Result<(Side, Strictness)> {
    let text = match marker {
        ast::Expr::Value(value) => match &value.value {
            ast::Value::SingleQuotedString(text) => text.as_str(),
            _ => "",
        },
        _ => "",
    };
    let mut words = text.split_whitespace();
    let strictness = match words.next() {
        Some("ANY") => Strictness::Any,
        Some("ALL") => Strictness::All,
        _ => return Err(Error::not_implemented(format!("{text} JOIN"))),
    };
    let side = match words.next() {
        None | Some("INNER") => Side::Inner,
        Some("LEFT") => Side::Left,
        Some("RIGHT") => Side::Right,
        Some("FULL") if strictness == Strictness::All => Side::Full,
        _ => return Err(Error::not_implemented(format!("{text} JOIN"))),
    };
    Ok((side, strictness))
}

/// `left.x = right.y` as (left, right); gives back what is no such pair.
fn key_pair(part: Expr, right: &TableReference) -> std::result::Result<(Expr, Expr), Expr> {
    let Expr::BinaryExpr(BinaryExpr {
        left: a,
        op: Operator::Eq,
        right: b,
    }) = part
    else {
        return Err(part);
    };
    let side = |expr: &Expr| {
        let columns = expr.column_refs();
        let on_right = columns
            .iter()
            .filter(|column| column.relation.as_ref() == Some(right))
            .count();
        match (columns.len(), on_right) {
            (0, _) => None,
            (_, 0) => Some(false),
            (all, on_right) if all == on_right => Some(true),
            _ => None,
        }
    };
    match (side(&a), side(&b)) {
        (Some(false), Some(true)) => Ok((*a, *b)),
        (Some(true), Some(false)) => Ok((*b, *a)),
        _ => Err(Expr::BinaryExpr(BinaryExpr {
            left: a,
            op: Operator::Eq,
            right: b,
        })),
    }
}

/// Joins with ClickHouse's strictness: ANY and SEMI take one row per key of the side that is searched.
fn strict_join(
    left: LogicalPlan,
    right: LogicalPlan,
    side: Side,
    strictness: Strictness,
    condition: Condition,
) -> Result<LogicalPlan> {
    let (left_keys, right_keys): (Vec<Expr>, Vec<Expr>) = condition.keys.iter().cloned().unzip();
    let one_per_key = strictness == Strictness::Any || strictness == Strictness::Semi;
    if one_per_key && (condition.filter.is_some() || left_keys.is_empty()) {
        return Err(Error::not_implemented(format!(
            "{strictness:?} JOIN on other conditions than equality of both sides"
        )));
    }
    let (left, right) = match (strictness, side) {
        (Strictness::Any, Side::Inner) => (one_row_per_key(left, left_keys)?, one_row_per_key(right, right_keys)?),
        (Strictness::Any | Strictness::Semi, Side::Left) => (left, one_row_per_key(right, right_keys)?),
        (Strictness::Any | Strictness::Semi, Side::Right) => (one_row_per_key(left, left_keys)?, right),
        _ => (left, right),
    };
    let join_type = match (strictness, side) {
        (Strictness::Semi, _) | (_, Side::Inner | Side::Cross) => JoinType::Inner,
        (Strictness::Anti, Side::Right) => JoinType::RightAnti,
        (Strictness::Anti, _) => JoinType::LeftAnti,
        (_, Side::Left) => JoinType::Left,
        (_, Side::Right) => JoinType::Right,
        (_, Side::Full) => JoinType::Full,
    };
    join_plans(left, right, join_type, condition)
}

fn join_plans(left: LogicalPlan, right: LogicalPlan, join_type: JoinType, condition: Condition) -> Result<LogicalPlan> {
    let join = Join::try_new(
        Arc::new(left),
        Arc::new(right),
        condition.keys,
        condition.filter,
        join_type,
        JoinConstraint::On,
        NullEquality::NullEqualsNothing,
        false,
    );
    join.map(LogicalPlan::Join).map_err(Error::from_datafusion)
}

/// Keeps one row for each distinct key.
fn one_row_per_key(plan: LogicalPlan, keys: Vec<Expr>) -> Result<LogicalPlan> {
    let all = plan.schema().columns().into_iter().map(Expr::Column).collect();
    let distinct = DistinctOn::try_new(keys, all, None, Arc::new(plan)).map_err(Error::from_datafusion)?;
    Ok(LogicalPlan::Distinct(Distinct::On(distinct)))
}

/// What a column reads as in a row that found no match.
#[derive(Clone, Copy)]
struct Missing {
    /// The side is not in the plan at all (ANTI): no row has a match.
    always: bool,
    /// `join_use_nulls = 1`: NULL instead of the type's default.
    nulls: bool,
}

/// After an outer join, columns of rows without a match read as their type's default.
fn fill_missing(scope: &mut Scope, left_tables: usize, side: Side, strictness: Strictness, nulls: bool) -> Result<()> {
    let (left, right) = match (strictness, side) {
        (Strictness::Semi, _) => (false, false),
        (_, Side::Left) => (false, true),
        (_, Side::Right) => (true, false),
        (_, Side::Full) => (true, true),
        (_, Side::Inner | Side::Cross) => (false, false),
    };
    let missing = Missing {
        always: strictness == Strictness::Anti,
        nulls,
    };
    if left {
        for table in &mut scope.tables[..left_tables] {
            fill_table(table, missing)?;
        }
        for merged in &mut scope.merged {
            merged.value = filled(&merged.value, missing)?;
        }
    }
    if right {
        for table in &mut scope.tables[left_tables..] {
            fill_table(table, missing)?;
        }
    }
    Ok(())
}

fn fill_table(table: &mut TableExpression, missing: Missing) -> Result<()> {
    let present = presence(table);
    for column in table.columns.iter_mut().chain(&mut table.unlisted) {
        let ColumnSource::Ready(value) = &column.source else {
            continue;
        };
        let value = match constant_column(&value.expr) {
            None => filled(value, missing)?,
            Some(_) => filled_constant(value, present.as_ref(), missing)?,
        };
        column.source = ColumnSource::Ready(value);
    }
    Ok(())
}

/// A column of a table that is NULL only in rows that found no match; none if there is no such column.
fn presence(table: &TableExpression) -> Option<Expr> {
    let mut columns = table.columns.iter().chain(&table.unlisted);
    columns.find_map(|column| match &column.source {
        ColumnSource::Ready(value) if matches!(value.expr, Expr::Column(_)) && !value.data_type.is_nullable() => {
            Some(value.expr.clone())
        }
        _ => None,
    })
}

/// The same of a virtual column that is the same in all rows of its table.
fn filled_constant(value: &TypedExpr, present: Option<&Expr>, missing: Missing) -> Result<TypedExpr> {
    let data_type = match missing.nulls {
        true => value.data_type.to_nullable(),
        false => value.data_type.clone(),
    };
    let default = Expr::Literal(data_type.default_scalar(), None);
    let expr = match (missing.always, present) {
        (true, _) => default,
        (false, Some(column)) => when(column.clone().is_null(), default)
            .otherwise(value.expr.clone())
            .map_err(Error::from_datafusion)?,
        // It was filled by a join inside of this one.
        (false, None) => value.expr.clone(),
    };
    Ok(TypedExpr::new(expr, data_type))
}

fn filled(value: &TypedExpr, missing: Missing) -> Result<TypedExpr> {
    let data_type = match missing.nulls {
        true => value.data_type.to_nullable(),
        false => value.data_type.clone(),
    };
    let default = Expr::Literal(data_type.default_scalar(), None);
    if missing.always {
        return Ok(TypedExpr::new(default, data_type));
    }
    if data_type.is_nullable() {
        return Ok(TypedExpr::new(value.expr.clone(), data_type));
    }
    or_else(&value.expr, default).map(|expr| TypedExpr::new(expr, data_type))
}

/// `expr`, or `other` where it is NULL.
pub(super) fn or_else(expr: &Expr, other: Expr) -> Result<Expr> {
    when(expr.clone().is_null(), other)
        .otherwise(expr.clone())
        .map_err(Error::from_datafusion)
}

/// The column that USING shows for both sides.
fn merged_value(side: Side, left: TypedExpr, right: TypedExpr) -> Result<TypedExpr> {
    match side {
        Side::Inner | Side::Left | Side::Cross => Ok(left),
        Side::Right => Ok(right),
        Side::Full => Ok(TypedExpr::new(or_else(&left.expr, right.expr)?, left.data_type)),
    }
}
