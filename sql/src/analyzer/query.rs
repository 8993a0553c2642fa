//! A query: WITH around a SELECT or around a UNION, INTERSECT or EXCEPT of queries.

use std::sync::Arc;

use datafusion::common::{Column, Result as DataFusionResult};
use datafusion::functions_window::row_number;
use datafusion::logical_expr::expr::{WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::{
    Distinct, Expr, LogicalPlan, LogicalPlanBuilder, Projection, Union, WindowFrameUnits, WindowFunctionDefinition,
};
use sqlparser::ast::{self, SetExpr, SetOperator, SetQuantifier};

use super::scope::Scope;
use super::select::Tail;
use super::window::up_to_peers;
use super::{Analyzer, HeaderColumn, Planned};
use crate::error::{Code, Error, Result};
use crate::functions::{self, TypedExpr};

impl Analyzer<'_> {
    /// Plans a query inside `parent`.
    pub(super) fn query(&self, query: &ast::Query, parent: Option<&Scope>) -> Result<Planned> {
        let _deeper = self.deeper()?;
        if query.fetch.is_some() || !query.locks.is_empty() || !query.pipe_operators.is_empty() {
            return Err(Error::not_implemented("FETCH, FOR UPDATE or |>"));
        }
        let tail = Tail {
            query: Some(query),
            with: query.with.as_ref(),
            order_by: query.order_by.as_ref(),
            limit: query.limit_clause.as_ref(),
        };
        self.set_expression(&query.body, tail, parent)
    }

    fn set_expression(&self, body: &SetExpr, tail: Tail, parent: Option<&Scope>) -> Result<Planned> {
        match body {
            SetExpr::Select(select) => self.select(select, tail, parent),
            SetExpr::Query(query) => self.parenthesized(query, tail, parent),
            SetExpr::SetOperation { .. } => self.set_operation(body, tail, parent),
            other => Err(Error::not_implemented(format!("Query {other}"))),
        }
    }

    /// `(SELECT …)` as a part of a UNION or alone.
    fn parenthesized(&self, query: &ast::Query, tail: Tail, parent: Option<&Scope>) -> Result<Planned> {
        if tail.order_by.is_some() || tail.limit.is_some() {
            return Err(Error::not_implemented(
                "ORDER BY and LIMIT after a query in parentheses",
            ));
        }
        let mut scope = Scope::inside(parent);
        if let Some(with) = tail.with {
            self.declare_with(with, &mut scope)?;
        }
        self.query(query, Some(&scope))
    }

    fn set_operation(&self, body: &SetExpr, tail: Tail, parent: Option<&Scope>) -> Result<Planned> {
        // WITH of the first SELECT holds for all; ORDER BY and LIMIT belong to the last.
        let mut scope = Scope::inside(parent);
        if let Some(with) = tail.with {
            self.declare_with(with, &mut scope)?;
        }
        let SetExpr::SetOperation {
            left,
            op,
            set_quantifier,
            right,
        } = body
        else {
            return Err(Error::new(Code::LOGICAL_ERROR, "not a set operation"));
        };
        let quantifier = self.quantifier(*op, *set_quantifier)?;
        let mut parts = vec![self.set_expression(
            right,
            Tail {
                with: None,
                query: None,
                ..tail
            },
            Some(&scope),
        )?];
        // Long chains of the same UNION lean to the left: one node for all, without recursion.
        let mut rest = &**left;
        while let SetExpr::SetOperation {
            left,
            op: inner,
            set_quantifier,
            right,
        } = rest
        {
            if *op != SetOperator::Union || inner != op || self.quantifier(*inner, *set_quantifier)? != quantifier {
                break;
            }
            parts.push(self.set_expression(right, Tail::default(), Some(&scope))?);
            rest = left;
        }
        parts.push(self.set_expression(rest, Tail::default(), Some(&scope))?);
        parts.reverse();
        self.combine(*op, quantifier, parts)
    }

    /// ALL or DISTINCT, also where it is not written.
    fn quantifier(&self, op: SetOperator, written: SetQuantifier) -> Result<SetQuantifier> {
        let (setting, name) = match op {
            SetOperator::Union => ("union_default_mode", "UNION"),
            SetOperator::Intersect => ("intersect_default_mode", "INTERSECT"),
            SetOperator::Except => ("except_default_mode", "EXCEPT"),
            SetOperator::Minus => return Err(Error::not_implemented("MINUS")),
        };
        match written {
            SetQuantifier::All | SetQuantifier::Distinct => Ok(written),
            SetQuantifier::None => match self.context.catalog.setting(setting).as_deref() {
                Some("ALL") => Ok(SetQuantifier::All),
                Some("DISTINCT") => Ok(SetQuantifier::Distinct),
                _ if op != SetOperator::Union => Ok(SetQuantifier::All),
                _ => Err(Error::new(
                    Code::EXPECTED_ALL_OR_DISTINCT,
                    "Expected ALL or DISTINCT after UNION. Write `UNION ALL` to keep duplicate rows or \
                     `UNION DISTINCT` to remove them, or set `union_default_mode` to choose what a bare UNION means",
                )),
            },
            other => Err(Error::not_implemented(format!("{name} {other}"))),
        }
    }

    fn combine(&self, op: SetOperator, quantifier: SetQuantifier, parts: Vec<Planned>) -> Result<Planned> {
        let width = parts[0].header.len();
        if let Some(other) = parts.iter().find(|part| part.header.len() != width) {
            let text = if op == SetOperator::Union {
                "UNION_ALL"
            } else {
                "INTERSECT or EXCEPT"
            };
            return Err(Error::new(
                Code::UNION_ALL_RESULT_STRUCTURES_MISMATCH,
                format!(
                    "Different number of columns in {text} elements: {width} and {}",
                    other.header.len()
                ),
            ));
        }
        let types = (0..width)
            .map(|index| {
                let types: Vec<_> = parts.iter().map(|part| part.header[index].data_type.clone()).collect();
                functions::supertype(&types)
            })
            .collect::<Result<Vec<_>>>()?;
        let names: Vec<String> = parts[0]
            .plan
            .schema()
            .fields()
            .iter()
            .map(|field| field.name().to_string())
            .collect();
        let shown = parts[0].header.iter().zip(&types);
        let header = shown
            .map(|(column, data_type)| HeaderColumn {
                name: column.name.clone(),
                data_type: data_type.clone(),
            })
            .collect();
        let plans = parts
            .into_iter()
            .map(|part| self.in_types(part, &names, &types))
            .collect::<Result<Vec<_>>>()?;
        let plan = join_sets(op, quantifier, plans)?;
        Ok(Planned {
            plan,
            totals: None,
            header,
            cacheable: self.cacheable.get(),
        })
    }

    /// The plan with the first part's names and the common types.
    fn in_types(&self, part: Planned, names: &[String], types: &[crate::types::DataType]) -> Result<LogicalPlan> {
        let fields = part.plan.schema().columns();
        let columns = fields
            .into_iter()
            .zip(&part.header)
            .zip(names.iter().zip(types))
            .map(|((column, shown), (name, data_type))| {
                let value = TypedExpr::new(Expr::Column(column), shown.data_type.clone());
                Ok(functions::cast(value, data_type, self.context.functions)?
                    .expr
                    .alias(name))
            })
            .collect::<Result<Vec<_>>>()?;
        Projection::try_new(columns, Arc::new(part.plan))
            .map(LogicalPlan::Projection)
            .map_err(Error::from_datafusion)
    }
}

/// The column of [`numbered_copies`].
const COPY: &str = "__copy";

/// With the number of each row among rows that are equal to it: INTERSECT ALL and EXCEPT ALL match copy by copy.
fn numbered_copies(plan: LogicalPlan) -> DataFusionResult<LogicalPlan> {
    let params = WindowFunctionParams {
        args: Vec::new(),
        partition_by: plan.schema().columns().into_iter().map(Expr::Column).collect(),
        order_by: Vec::new(),
        window_frame: up_to_peers(WindowFrameUnits::Rows),
        filter: None,
        null_treatment: None,
        distinct: false,
    };
    let fun = WindowFunctionDefinition::WindowUDF(row_number::row_number_udwf());
    let copy = Expr::WindowFunction(Box::new(WindowFunction { fun, params })).alias(COPY);
    LogicalPlanBuilder::from(plan).window(vec![copy])?.build()
}

fn join_sets(op: SetOperator, quantifier: SetQuantifier, plans: Vec<LogicalPlan>) -> Result<LogicalPlan> {
    let all = quantifier == SetQuantifier::All;
    let plan = match op {
        SetOperator::Union => {
            let union = Union::try_new_with_loose_types(plans.into_iter().map(Arc::new).collect())
                .map(LogicalPlan::Union)
                .map_err(Error::from_datafusion)?;
            if all {
                union
            } else {
                LogicalPlan::Distinct(Distinct::All(Arc::new(union)))
            }
        }
        SetOperator::Intersect | SetOperator::Except | SetOperator::Minus => {
            let mut plans = plans.into_iter();
            let first = plans
                .next()
                .ok_or_else(|| Error::new(Code::LOGICAL_ERROR, "a set operation of nothing"))?;
            let combine = match op {
                SetOperator::Intersect => LogicalPlanBuilder::intersect,
                _ => LogicalPlanBuilder::except,
            };
            let numbered = |plan| if all { numbered_copies(plan) } else { Ok(plan) };
            plans
                .try_fold(numbered(first)?, |left, right| combine(left, numbered(right)?, all))
                .map_err(Error::from_datafusion)?
        }
    };
    // Columns of a union carry no qualifier; those of the joins behind INTERSECT and EXCEPT may.
    let columns: Vec<Expr> = plan
        .schema()
        .iter()
        .filter(|(_, field)| field.name() != COPY)
        .map(|(qualifier, field)| Expr::Column(Column::new(qualifier.cloned(), field.name())).alias(field.name()))
        .collect();
    let unqualified = plan.schema().iter().all(|(qualifier, _)| qualifier.is_none());
    if unqualified && columns.len() == plan.schema().fields().len() {
        return Ok(plan);
    }
    Projection::try_new(columns, Arc::new(plan))
        .map(LogicalPlan::Projection)
        .map_err(Error::from_datafusion)
}
