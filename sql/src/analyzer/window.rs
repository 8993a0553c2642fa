//! Window functions: `f(x) OVER (PARTITION BY … ORDER BY … frame)`.

use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::functions_window::{lead_lag, nth_value, ntile, rank, row_number};
use datafusion::logical_expr::expr::{WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::{
    Expr, WindowFrame, WindowFrameBound, WindowFrameUnits, WindowFunctionDefinition, WindowUDF, when,
};
use sqlparser::ast;

use super::Analyzer;
use super::scope::{Found, Scope};
use crate::error::{Code, Error, Result};
use crate::functions::{self, TypedExpr};
use crate::parser;
use crate::types::DataType;

/// PARTITION BY, ORDER BY and frame, resolved.
#[derive(Clone)]
struct Over {
    partition_by: Vec<Expr>,
    order_by: Vec<datafusion::logical_expr::SortExpr>,
    frame: WindowFrame,
}

impl Analyzer<'_> {
    /// A call with OVER.
    #[inline(never)]
    pub(super) fn window_function(&self, name: &str, function: &ast::Function, scope: &Scope) -> Result<TypedExpr> {
        let over = match &function.over {
            Some(ast::WindowType::WindowSpec(spec)) => self.over(spec, scope)?,
            Some(ast::WindowType::NamedWindow(window)) => {
                let found = scope.windows.iter().find(|(name, _)| *name == window.value);
                let (_, spec) = found.ok_or_else(|| {
                    Error::new(Code::BAD_ARGUMENTS, format!("Window '{}' does not exist", window.value))
                })?;
                self.over(spec, scope)?
            }
            None => return Err(Error::new(Code::LOGICAL_ERROR, "a window function without OVER")),
        };
        let value = match window_udf(name) {
            Some(udf) => self.ranking(name, udf, function, over, scope)?,
            None if functions::is_aggregate(name) => self.aggregate_over(name, function, over, scope)?,
            None => {
                return Err(Error::new(
                    Code::UNKNOWN_AGGREGATE_FUNCTION,
                    format!("Aggregate function with name '{name}' does not exist. In scope {function}"),
                ));
            }
        };
        let text = parser::column_name(&ast::Expr::Function(function.clone()));
        for call in super::call::aggregate_calls(&value.expr) {
            scope.found.borrow_mut().push(Found {
                call,
                text: text.clone(),
            });
        }
        Ok(value)
    }

    fn over(&self, spec: &ast::WindowSpec, scope: &Scope) -> Result<Over> {
        if let Some(base) = &spec.window_name {
            return Err(Error::not_implemented(format!("Window that extends window {base}")));
        }
        let partition_by = spec
            .partition_by
            .iter()
            .map(|key| self.expression(key, scope).map(|key| key.expr))
            .collect::<Result<Vec<_>>>()?;
        let keys = spec
            .order_by
            .iter()
            .map(|key| self.order_key(key, self.expression(&key.expr, scope)?));
        let order_by: Vec<_> = keys.map(|key| key.map(|key| key.sort())).collect::<Result<_>>()?;
        let frame = match &spec.window_frame {
            Some(frame) => self.frame(frame, scope)?,
            None if order_by.is_empty() => WindowFrame::new(None),
            None => up_to_peers(WindowFrameUnits::Groups),
        };
        Ok(Over {
            partition_by,
            order_by,
            frame,
        })
    }

    fn frame(&self, frame: &ast::WindowFrame, scope: &Scope) -> Result<WindowFrame> {
        let units = match frame.units {
            ast::WindowFrameUnits::Rows => WindowFrameUnits::Rows,
            ast::WindowFrameUnits::Range => WindowFrameUnits::Range,
            ast::WindowFrameUnits::Groups => return Err(Error::not_implemented("Window frame GROUPS")),
        };
        let start = self.bound(&frame.start_bound, scope)?;
        let end = match &frame.end_bound {
            Some(bound) => self.bound(bound, scope)?,
            None => WindowFrameBound::CurrentRow,
        };
        // DataFusion has RANGE for numbers only. Without offsets it is the same as GROUPS, which has no such limit.
        let counted = |bound: &WindowFrameBound| match bound {
            WindowFrameBound::CurrentRow => false,
            WindowFrameBound::Preceding(rows) | WindowFrameBound::Following(rows) => !rows.is_null(),
        };
        let units = match units {
            WindowFrameUnits::Range if !counted(&start) && !counted(&end) => WindowFrameUnits::Groups,
            units => units,
        };
        Ok(WindowFrame::new_bounds(units, start, end))
    }

    fn bound(&self, bound: &ast::WindowFrameBound, scope: &Scope) -> Result<WindowFrameBound> {
        let distance = |expression: &Option<Box<ast::Expr>>| -> Result<ScalarValue> {
            let Some(expression) = expression else {
                return Ok(ScalarValue::UInt64(None));
            };
            let value = self.expression(expression, scope)?;
            let value = functions::cast(value, &DataType::UInt64, self.context.functions)?;
            value
                .constant
                .ok_or_else(|| Error::new(Code::BAD_ARGUMENTS, "Window frame offset must be a constant"))
        };
        Ok(match bound {
            ast::WindowFrameBound::CurrentRow => WindowFrameBound::CurrentRow,
            ast::WindowFrameBound::Preceding(rows) => WindowFrameBound::Preceding(distance(rows)?),
            ast::WindowFrameBound::Following(rows) => WindowFrameBound::Following(distance(rows)?),
        })
    }

    fn ranking(
        &self,
        name: &str,
        udf: Arc<WindowUDF>,
        function: &ast::Function,
        over: Over,
        scope: &Scope,
    ) -> Result<TypedExpr> {
        let list = match &function.args {
            ast::FunctionArguments::List(list) => list.args.as_slice(),
            _ => &[],
        };
        let mut arguments = self.values(list, scope)?;
        check_count(name, arguments.len())?;
        let of_argument = !matches!(name, "row_number" | "rank" | "dense_rank" | "percent_rank" | "ntile");
        let result = match arguments.first() {
            Some(first) if of_argument => first.data_type.clone(),
            _ if name == "percent_rank" => DataType::Float64,
            _ => DataType::UInt64,
        };
        for argument in arguments.iter_mut().skip(1).filter(|_| of_argument) {
            let wanted = if argument.data_type.is_integer() {
                DataType::Int64
            } else {
                result.clone()
            };
            *argument = functions::cast(argument.clone(), &wanted, self.context.functions)?;
        }
        let arguments = arguments.into_iter().map(|argument| argument.expr).collect();
        let over = match name {
            "first_value" | "last_value" | "nth_value" => over,
            _ => Over {
                frame: up_to_peers(WindowFrameUnits::Rows),
                ..over
            },
        };
        let call = window_expr(WindowFunctionDefinition::WindowUDF(udf), arguments, None, false, over);
        if of_argument && !result.is_nullable() {
            let default = Expr::Literal(result.default_scalar(), None);
            let filled = when(call.clone().is_null(), default)
                .otherwise(call)
                .map_err(Error::from_datafusion)?;
            return Ok(TypedExpr::new(filled, result));
        }
        Ok(TypedExpr::new(call, result))
    }

    fn aggregate_over(&self, name: &str, function: &ast::Function, over: Over, scope: &Scope) -> Result<TypedExpr> {
        let value = self.aggregate_value(name, function, scope, true)?;
        let expr = value
            .expr
            .transform_down(|node| {
                Ok(match node {
                    Expr::AggregateFunction(call) => {
                        let fun = WindowFunctionDefinition::AggregateUDF(call.func);
                        let params = call.params;
                        let window = window_expr(fun, params.args, params.filter, params.distinct, over.clone());
                        Transformed::new(window, true, TreeNodeRecursion::Jump)
                    }
                    node => Transformed::no(node),
                })
            })
            .map_err(Error::from_datafusion)?;
        Ok(TypedExpr::new(expr.data, value.data_type))
    }
}

fn window_expr(
    fun: WindowFunctionDefinition,
    args: Vec<Expr>,
    filter: Option<Box<Expr>>,
    distinct: bool,
    over: Over,
) -> Expr {
    let params = WindowFunctionParams {
        args,
        partition_by: over.partition_by,
        order_by: over.order_by,
        window_frame: over.frame,
        filter,
        null_treatment: None,
        distinct,
    };
    Expr::WindowFunction(Box::new(WindowFunction { fun, params }))
}

/// From the first row of the partition to the current one.
pub(super) fn up_to_peers(units: WindowFrameUnits) -> WindowFrame {
    let start = WindowFrameBound::Preceding(ScalarValue::UInt64(None));
    WindowFrame::new_bounds(units, start, WindowFrameBound::CurrentRow)
}

fn check_count(name: &str, passed: usize) -> Result<()> {
    let (least, most) = match name {
        "ntile" | "first_value" | "last_value" => (1, 1),
        "nth_value" => (2, 2),
        "lag" | "lead" => (1, 3),
        _ => (0, 0),
    };
    match passed >= least && passed <= most {
        true => Ok(()),
        false => Err(Error::new(
            Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH,
            format!(
                "Number of arguments for function {name} doesn't match: passed {passed}, should be {least} to {most}"
            ),
        )),
    }
}

/// Window functions that are not aggregate functions.
fn window_udf(name: &str) -> Option<Arc<WindowUDF>> {
    Some(match name {
        "row_number" => row_number::row_number_udwf(),
        "rank" => rank::rank_udwf(),
        "dense_rank" | "denseRank" => rank::dense_rank_udwf(),
        "percent_rank" | "percentRank" => rank::percent_rank_udwf(),
        "ntile" => ntile::ntile_udwf(),
        "lag" => lead_lag::lag_udwf(),
        "lead" => lead_lag::lead_udwf(),
        "first_value" => nth_value::first_value_udwf(),
        "last_value" => nth_value::last_value_udwf(),
        "nth_value" => nth_value::nth_value_udwf(),
        _ => return None,
    })
}
