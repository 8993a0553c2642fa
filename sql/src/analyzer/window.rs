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
use super::sorting::SortKey;
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
            Some((name, udf)) => self.ranking(name, udf, function, over, scope)?,
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
        let mut keys = keys.collect::<Result<Vec<_>>>()?;
        let frame = match &spec.window_frame {
            Some(frame) => self.frame(frame, &mut keys, scope)?,
            None if keys.is_empty() => WindowFrame::new(None),
            None => up_to_peers(WindowFrameUnits::Groups),
        };
        Ok(Over {
            partition_by,
            order_by: keys.iter().map(SortKey::sort).collect(),
            frame,
        })
    }

    /// The frame. RANGE with an offset changes the key: DataFusion adds in the key's type, so that must hold the sum.
    fn frame(&self, frame: &ast::WindowFrame, keys: &mut [SortKey], scope: &Scope) -> Result<WindowFrame> {
        let start = self.bound(&frame.start_bound, scope)?;
        let end = match &frame.end_bound {
            Some(bound) => self.bound(bound, scope)?,
            None => Bound::CurrentRow,
        };
        if start.place() > end.place() {
            return Err(Error::new(
                Code::BAD_ARGUMENTS,
                format!("Frame start {start:?} is after the frame's end {end:?}"),
            ));
        }
        let counted = [start, end].iter().any(|bound| bound.offset().is_some());
        match frame.units {
            ast::WindowFrameUnits::Rows => Ok(bounds(WindowFrameUnits::Rows, start, end, &DataType::UInt64)),
            ast::WindowFrameUnits::Groups => Err(Error::not_implemented("Window frame GROUPS")),
            // Without offsets it is the same as GROUPS, which takes keys of all types.
            ast::WindowFrameUnits::Range if !counted => {
                Ok(bounds(WindowFrameUnits::Groups, start, end, &DataType::UInt64))
            }
            ast::WindowFrameUnits::Range => {
                let [key] = keys else {
                    let message = "The RANGE OFFSET frame requires exactly one ORDER BY column";
                    return Err(Error::new(Code::BAD_ARGUMENTS, message));
                };
                let own = key.value.data_type.strip_nullable().clone();
                let wide = range_key(&own)?;
                let too_far = |bound: &Bound| bound.offset().is_some_and(|offset| offset > offset_max(&own));
                if too_far(&start) || too_far(&end) {
                    return Err(Error::new(
                        Code::ARGUMENT_OUT_OF_BOUND,
                        format!("Window frame offset does not fit the ORDER BY column's type {own}"),
                    ));
                }
                let to = match key.value.data_type.is_nullable() {
                    true => wide.to_nullable(),
                    false => wide.clone(),
                };
                key.value = functions::cast(key.value.clone(), &to, self.context.functions)?;
                Ok(bounds(WindowFrameUnits::Range, start, end, &wide))
            }
        }
    }

    fn bound(&self, bound: &ast::WindowFrameBound, scope: &Scope) -> Result<Bound> {
        let offset = |expression: &ast::Expr| -> Result<u64> {
            let value = self.expression(expression, scope)?;
            let number = value.constant.filter(|_| value.data_type.is_integer());
            let number = number.and_then(|number| number.cast_to(&DataType::UInt64.arrow()).ok());
            match number {
                Some(ScalarValue::UInt64(Some(number))) => Ok(number),
                _ => Err(Error::new(
                    Code::BAD_ARGUMENTS,
                    "Window frame offset must be a constant integer that is not negative",
                )),
            }
        };
        Ok(match bound {
            ast::WindowFrameBound::CurrentRow => Bound::CurrentRow,
            ast::WindowFrameBound::Preceding(None) => Bound::First,
            ast::WindowFrameBound::Following(None) => Bound::Last,
            ast::WindowFrameBound::Preceding(Some(rows)) => Bound::Preceding(offset(rows)?),
            ast::WindowFrameBound::Following(Some(rows)) => Bound::Following(offset(rows)?),
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
            if argument.data_type.is_nullable() && !wanted.is_nullable() {
                return Err(Error::new(
                    Code::BAD_ARGUMENTS,
                    format!(
                        "Function {name} of {result} cannot have a default of type {}",
                        argument.data_type
                    ),
                ));
            }
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

/// Where a frame begins or ends.
#[derive(Clone, Copy, Debug)]
enum Bound {
    First,
    Preceding(u64),
    CurrentRow,
    Following(u64),
    Last,
}

impl Bound {
    /// Its place relative to the current row.
    fn place(self) -> i128 {
        match self {
            Bound::First => i128::MIN,
            Bound::Preceding(offset) => -i128::from(offset),
            Bound::CurrentRow => 0,
            Bound::Following(offset) => i128::from(offset),
            Bound::Last => i128::MAX,
        }
    }

    fn offset(&self) -> Option<u64> {
        match self {
            Bound::Preceding(offset) | Bound::Following(offset) => Some(*offset),
            _ => None,
        }
    }
}

/// The frame with offsets as values of the key's type.
fn bounds(units: WindowFrameUnits, start: Bound, end: Bound, key: &DataType) -> WindowFrame {
    let value = |offset: u64| match key {
        DataType::Int64 => ScalarValue::Int64(Some(offset as i64)),
        DataType::Float32 => ScalarValue::Float32(Some(offset as f32)),
        DataType::Float64 => ScalarValue::Float64(Some(offset as f64)),
        DataType::Decimal(precision, _) => ScalarValue::Decimal128(Some(i128::from(offset)), *precision, 0),
        _ => ScalarValue::UInt64(Some(offset)),
    };
    let bound = |bound| match bound {
        Bound::First => WindowFrameBound::Preceding(ScalarValue::UInt64(None)),
        Bound::Preceding(offset) => WindowFrameBound::Preceding(value(offset)),
        Bound::CurrentRow => WindowFrameBound::CurrentRow,
        Bound::Following(offset) => WindowFrameBound::Following(value(offset)),
        Bound::Last => WindowFrameBound::Following(ScalarValue::UInt64(None)),
    };
    WindowFrame::new_bounds(units, bound(start), bound(end))
}

/// The type in which a RANGE offset is added to a key: no unsigned one, which would stop at zero.
fn range_key(own: &DataType) -> Result<DataType> {
    match own {
        DataType::UInt64 => Ok(DataType::Decimal(38, 0)),
        DataType::Float32 | DataType::Float64 => Ok(own.clone()),
        DataType::Bool | DataType::Date | DataType::Date32 | DataType::Time | DataType::DateTime(_) => {
            Ok(DataType::Int64)
        }
        own if own.is_integer() || own.is_enum() => Ok(DataType::Int64),
        _ => Err(Error::not_implemented(format!(
            "The RANGE OFFSET frame for the ORDER BY column's type {own}"
        ))),
    }
}

/// The largest offset that the key's own type holds.
fn offset_max(own: &DataType) -> u64 {
    match own {
        DataType::Bool | DataType::UInt8 => u64::from(u8::MAX),
        DataType::Int8 | DataType::Enum8(_) => i8::MAX as u64,
        DataType::UInt16 | DataType::Date => u64::from(u16::MAX),
        DataType::Int16 | DataType::Enum16(_) => i16::MAX as u64,
        DataType::UInt32 | DataType::DateTime(_) => u64::from(u32::MAX),
        DataType::Int32 | DataType::Date32 | DataType::Time => i32::MAX as u64,
        DataType::Int64 => i64::MAX as u64,
        _ => u64::MAX,
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

/// Window functions that are not aggregate functions, by names in any case, with the names that they have here.
fn window_udf(name: &str) -> Option<(&'static str, Arc<WindowUDF>)> {
    let lower = match name {
        "denseRank" => "dense_rank",
        "percentRank" => "percent_rank",
        other => &other.to_ascii_lowercase(),
    };
    Some(match lower {
        "row_number" => ("row_number", row_number::row_number_udwf()),
        "rank" => ("rank", rank::rank_udwf()),
        "dense_rank" => ("dense_rank", rank::dense_rank_udwf()),
        "percent_rank" => ("percent_rank", rank::percent_rank_udwf()),
        "ntile" => ("ntile", ntile::ntile_udwf()),
        "lag" => ("lag", lead_lag::lag_udwf()),
        "lead" => ("lead", lead_lag::lead_udwf()),
        "first_value" => ("first_value", nth_value::first_value_udwf()),
        "last_value" => ("last_value", nth_value::last_value_udwf()),
        "nth_value" => ("nth_value", nth_value::nth_value_udwf()),
        _ => return None,
    })
}
