//! ARRAY JOIN and `arrayJoin(x)`: arrays unrolled into rows, by DataFusion's Unnest.

use std::sync::Arc;

use datafusion::common::{Column, NullHandling, UnnestOptions};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Projection};
use sqlparser::ast::{self, TableFactor};

use super::Analyzer;
use super::clause::Clause;
use super::identifier::plan_column;
use super::scope::{ArrayJoinCall, Scope};
use crate::error::{Code, Error, Result};
use crate::functions::TypedExpr;
use crate::parser;
use crate::types::DataType;

impl Analyzer<'_> {
    /// `ARRAY JOIN a, f(b) AS c`: the arrays advance together; `keep_empty` is LEFT ARRAY JOIN.
    pub(super) fn array_join<'s>(
        &self,
        input: LogicalPlan,
        relation: &'s TableFactor,
        keep_empty: bool,
        scope: &mut Scope<'s>,
    ) -> Result<LogicalPlan> {
        let elements = match relation {
            TableFactor::TableFunction {
                expr: ast::Expr::Tuple(elements),
                ..
            } => elements.as_slice(),
            TableFactor::TableFunction { expr, .. } => std::slice::from_ref(expr),
            other => return Err(Error::not_implemented(format!("ARRAY JOIN {other}"))),
        };
        let mut names = Vec::with_capacity(elements.len());
        let mut arrays = Vec::with_capacity(elements.len());
        for element in elements {
            let (name, expression) = match element {
                ast::Expr::Named { expr, name } => (name.value.clone(), &**expr),
                ast::Expr::Identifier(ident) => (ident.value.clone(), element),
                ast::Expr::CompoundIdentifier(idents) => (
                    idents.last().map(|ident| ident.value.clone()).unwrap_or_default(),
                    element,
                ),
                other => (parser::column_name(other), element),
            };
            // Inside its own expression the name means the column, not the element.
            scope.resolving.borrow_mut().push(name.clone());
            let array = self.expression(expression, scope);
            scope.resolving.borrow_mut().pop();
            let array = array?;
            self.refuse_aggregates(scope, Clause::ArrayJoin, &array.expr)?;
            if keep_empty && element_type(&array)? == DataType::Nothing {
                return Err(Error::new(
                    Code::ILLEGAL_TYPE_OF_ARGUMENT,
                    "Invalid projection column with type Nothing: LEFT ARRAY JOIN of an array without a type",
                ));
            }
            element_type(&array)?;
            names.push(name);
            arrays.push(if keep_empty { self.or_one_default(array)? } else { array });
        }
        for name in &names {
            // `expr AS name` here is an element of the array, not an alias for the array.
            scope.aliases.remove(name.as_str());
        }
        let (plan, elements) = self.unroll_together(input, arrays)?;
        for (name, element) in names.into_iter().zip(elements) {
            scope.array_joined.retain(|(other, _)| *other != name);
            scope.array_joined.push((name, element));
        }
        Ok(plan)
    }

    /// Unrolls arrays of equal lengths; what stands for their elements afterwards.
    fn unroll_together(&self, input: LogicalPlan, mut arrays: Vec<TypedExpr>) -> Result<(LogicalPlan, Vec<TypedExpr>)> {
        if arrays.len() == 1 {
            let array = arrays.remove(0);
            let (plan, element) = self.unroll(input, array)?;
            return Ok((plan, vec![element]));
        }
        // arrayZip refuses arrays of different lengths, as ARRAY JOIN must.
        let count = arrays.len();
        let (plan, zipped) = self.unroll(input, self.call("arrayZip", arrays)?)?;
        let elements = (1..=count)
            .map(|index| {
                self.call(
                    "tupleElement",
                    vec![zipped.clone(), super::literal::unsigned(index as u64)],
                )
            })
            .collect::<Result<_>>()?;
        Ok((plan, elements))
    }

    fn unroll(&self, input: LogicalPlan, array: TypedExpr) -> Result<(LogicalPlan, TypedExpr)> {
        let data_type = element_type(&array)?;
        let column = self.unique("__array_join");
        let plan = unnest(input, array.expr, &column)?;
        Ok((plan, plan_column(None, column, data_type)))
    }

    /// LEFT ARRAY JOIN gives a row with the default for an empty array.
    fn or_one_default(&self, array: TypedExpr) -> Result<TypedExpr> {
        let element = element_type(&array)?;
        let default = TypedExpr::constant(element.default_scalar(), element);
        let default = self.call("array", vec![default])?;
        let empty = self.call("empty", vec![array.clone()])?;
        self.call("if", vec![empty, default, array])
    }

    /// `arrayJoin(x)`: notes the call; the plan unrolls it before the expression is computed.
    pub(super) fn array_join_call(&self, array: TypedExpr, scope: &Scope) -> Result<TypedExpr> {
        let data_type = element_type(&array)?;
        let mut calls = scope.array_join_calls.borrow_mut();
        if let Some(known) = calls.iter().find(|call| call.array == array.expr) {
            return Ok(plan_column(None, &known.column, data_type));
        }
        let column = self.unique("__array_join");
        calls.push(ArrayJoinCall {
            array: array.expr,
            column: column.clone(),
        });
        Ok(plan_column(None, column, data_type))
    }
}

/// The plan with one more column: the elements of `array`, one row each.
pub(super) fn unnest(input: LogicalPlan, array: Expr, column: &str) -> Result<LogicalPlan> {
    let mut columns: Vec<Expr> = input.schema().columns().into_iter().map(Expr::Column).collect();
    columns.push(array.alias(column));
    let projection = Projection::try_new(columns, Arc::new(input)).map_err(Error::from_datafusion)?;
    let options = UnnestOptions::new().with_null_handling(NullHandling::Drop);
    LogicalPlanBuilder::new(LogicalPlan::Projection(projection))
        .unnest_columns_with_options(vec![Column::new_unqualified(column)], options)
        .and_then(LogicalPlanBuilder::build)
        .map_err(Error::from_datafusion)
}

fn element_type(array: &TypedExpr) -> Result<DataType> {
    match array.data_type.strip_low_cardinality() {
        DataType::Array(element) => Ok(*element),
        other => Err(Error::new(
            Code::TYPE_MISMATCH,
            format!("ARRAY JOIN requires array argument, got {other}"),
        )),
    }
}
