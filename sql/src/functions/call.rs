//! From a name and typed arguments to a typed expression: what is the same for every function.
//!
//! [`call`] checks the number of arguments, takes LowCardinality and Nullable off, lets the function bind,
//! casts the arguments, builds the expression and folds it if it is constant.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::Schema;
use datafusion::common::tree_node::TreeNode;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::logical_expr::execution_props::ExecutionProps;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, ScalarUDF, Volatility};
use datafusion::physical_expr::create_physical_expr;

use super::function::{Argument, Bound, Eval, Function, Nulls, Stability};
use super::typed_expr::shown;
use super::udf::Call;
use super::{Context, TypedExpr, casts, find_or_error, internal};
use crate::error::{Error, Result};
use crate::types::{DataType, TimeZone};

/// Calls the scalar function `name`.
pub fn call(name: &str, arguments: Vec<TypedExpr>, context: &Context) -> Result<TypedExpr> {
    call_function(find_or_error(name)?, arguments, context)
}

/// Calls a scalar function that was found before.
pub fn call_function(function: &'static Function, arguments: Vec<TypedExpr>, context: &Context) -> Result<TypedExpr> {
    function.check_count(arguments.len())?;
    let dictionary = yields_low_cardinality(function, &arguments);
    let plain: Vec<Argument> = arguments.iter().map(|argument| seen(function, argument)).collect();
    let propagate = function.nulls == Nulls::Propagate;
    if propagate && plain.iter().any(|argument| argument.data_type == DataType::Nothing) {
        let nothing = DataType::Nothing.to_nullable();
        return Ok(TypedExpr::constant(ScalarValue::Null, nothing));
    }
    let bound = (function.bind)(&plain, context)?;
    if let Eval::Compose(build) = bound.eval {
        return build(arguments, context);
    }
    let nullable = propagate && arguments.iter().any(|argument| argument.data_type.is_nullable());
    let result = match nullable && bound.result.can_be_inside_nullable() {
        true => bound.result.to_nullable(),
        false => bound.result.clone(),
    };
    let result = match dictionary && result.can_be_inside_low_cardinality() {
        true => DataType::LowCardinality(Box::new(result)),
        false => result,
    };
    if let Eval::Constant(value) = &bound.eval {
        return Ok(constant_over(function.name, arguments, value.clone(), result));
    }
    let arguments = cast_arguments(arguments, &bound.arguments, propagate, context)?;
    let types = arguments.iter().map(|argument| &argument.data_type);
    let zone = zone_seen(types.chain([&result]), context.time_zone);
    let unseen = hidden_by_casts(&plain, &bound.arguments) + &zone;
    build(function, arguments, bound, result, unseen)
}

/// The zone in which a function takes times that name none, for [`Call::detail`]: a key of a table means the server's,
/// a query its session's.
pub fn zone_seen<'a>(types: impl Iterator<Item = &'a DataType>, zone: TimeZone) -> String {
    match types.into_iter().any(DataType::depends_on_zone) {
        true => format!(" in {}", zone.name()),
        false => String::new(),
    }
}

/// What `bind` saw of arguments that are cast afterwards, for [`Call::detail`]: the unit of an interval that becomes a
/// number, the value of a constant that loses its fraction. `bind` is a function of this and of what is not cast, so
/// no kernel can hold anything that two different calls share. The values of arrays are left to the literals: a
/// vector is exchanged in a cached plan.
fn hidden_by_casts(seen: &[Argument], wanted: &[DataType]) -> String {
    let mut text = String::new();
    let kept = wanted.iter().map(Some).chain(std::iter::repeat(None));
    for (index, (argument, wanted)) in seen.iter().zip(kept).enumerate() {
        if wanted == Some(&argument.data_type) {
            continue;
        }
        text += &format!(" {index}:{}", argument.data_type);
        match &argument.constant {
            Some(value) if !value.data_type().is_nested() => text += &format!("={value:?}"),
            _ => {}
        }
    }
    text
}

/// An argument as the function sees it.
fn seen(function: &Function, argument: &TypedExpr) -> Argument {
    let plain = argument.data_type.strip_low_cardinality();
    let data_type = match function.nulls {
        Nulls::Propagate => plain.strip_nullable().clone(),
        Nulls::Own => plain.clone(),
    };
    Argument {
        data_type,
        constant: argument.constant.clone(),
    }
}

/// A function of one LowCardinality column and constants gives LowCardinality: ClickHouse evaluates it on the dictionary.
fn yields_low_cardinality(function: &Function, arguments: &[TypedExpr]) -> bool {
    let is_dictionary = |argument: &&TypedExpr| matches!(argument.data_type, DataType::LowCardinality(_));
    let dictionaries = arguments.iter().filter(is_dictionary);
    let columns = arguments.iter().filter(|argument| argument.constant.is_none());
    function.nulls == Nulls::Propagate
        && function.stability.folds()
        && dictionaries.clone().count() > 0
        && columns.clone().count() <= 1
        && columns.clone().all(|column| is_dictionary(&column))
}

fn cast_arguments(
    arguments: Vec<TypedExpr>,
    wanted: &[DataType],
    propagate: bool,
    context: &Context,
) -> Result<Vec<TypedExpr>> {
    let pairs = arguments.into_iter().zip(wanted);
    pairs
        .map(|(argument, wanted)| {
            if propagate && argument.data_type.is_nullable() {
                return casts::cast(argument, &wanted.to_nullable(), context);
            }
            casts::cast(argument, wanted, context)
        })
        .collect()
}

/// The expression of a bound function, folded where possible. `result` is the type to show.
fn build(
    function: &'static Function,
    arguments: Vec<TypedExpr>,
    bound: Bound,
    result: DataType,
    unseen: String,
) -> Result<TypedExpr> {
    let fold = function.stability.folds() && arguments.iter().all(|argument| argument.constant.is_some());
    let kernel = match &bound.eval {
        Eval::Native(native) => return finish_native(native(expressions(arguments))?, result, fold),
        Eval::Predicate(native) => return finish_native(shown(native(expressions(arguments))?), result, fold),
        Eval::Kernel(kernel) | Eval::Compact(kernel) => kernel.clone(),
        Eval::Constant(_) | Eval::Compose(_) => unreachable!("the caller has answered these"),
    };
    let types = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    let call = Call {
        name: function.name,
        argument_types: types,
        arrow: result.arrow(),
        result: result.clone(),
        kernel,
        compact: matches!(bound.eval, Eval::Compact(_)),
        propagate_nulls: function.nulls == Nulls::Propagate,
        volatility: if function.stability == Stability::Volatile {
            Volatility::Volatile
        } else {
            Volatility::Immutable
        },
        detail: unseen,
    };
    if fold {
        let constants = arguments.iter().filter_map(|argument| argument.constant.as_ref());
        let arrays: Vec<ArrayRef> = constants
            .map(ScalarValue::to_array)
            .collect::<Result<_, _>>()
            .map_err(internal)?;
        let value = ScalarValue::try_from_array(&call.evaluate(&arrays, 1)?, 0).map_err(internal)?;
        return Ok(TypedExpr::constant(value, result));
    }
    let udf = Arc::new(ScalarUDF::new_from_impl(call));
    Ok(TypedExpr::new(udf.call(expressions(arguments)), result))
}

/// A constant that is known from the arguments' types. An aggregate function among them must stay in the expression:
/// it makes the query an aggregation.
pub fn constant_over(
    name: &'static str,
    arguments: Vec<TypedExpr>,
    value: ScalarValue,
    data_type: DataType,
) -> TypedExpr {
    let over_rows = |node: &Expr| Ok(matches!(node, Expr::AggregateFunction(_) | Expr::WindowFunction(_)));
    if !arguments
        .iter()
        .any(|argument| argument.expr.exists(over_rows).unwrap_or(false))
    {
        return TypedExpr::constant(value, data_type);
    }
    let call = Call {
        name,
        argument_types: arguments.iter().map(|argument| argument.data_type.clone()).collect(),
        arrow: data_type.arrow(),
        result: data_type.clone(),
        detail: format!(" = {value:?}"),
        kernel: Arc::new(move |_, rows| value.to_array_of_size(rows).map_err(internal)),
        compact: true,
        propagate_nulls: false,
        volatility: Volatility::Immutable,
    };
    let expr = Arc::new(ScalarUDF::new_from_impl(call)).call(expressions(arguments));
    TypedExpr::new(expr, data_type)
}

fn expressions(arguments: Vec<TypedExpr>) -> Vec<Expr> {
    arguments.into_iter().map(|argument| argument.expr).collect()
}

fn finish_native(expr: Expr, result: DataType, fold: bool) -> Result<TypedExpr> {
    match fold {
        true => Ok(TypedExpr::constant(evaluate_constant(&expr)?, result)),
        false => Ok(TypedExpr::new(expr, result)),
    }
}

/// A native Boolean expression as a value of type UInt8 or Nullable(UInt8), folded if its operands are constant.
pub fn from_predicate(predicate: Expr, result: DataType, fold: bool) -> Result<TypedExpr> {
    finish_native(shown(predicate), result, fold)
}

/// The value of an expression without columns.
pub fn evaluate_constant(expr: &Expr) -> Result<ScalarValue> {
    if let Expr::Literal(value, _) = expr {
        return Ok(value.clone());
    }
    let physical = create_physical_expr(
        expr,
        &DFSchema::empty(),
        &ExecutionProps::new(),
        &PhysicalPlanningContext::default(),
    )
    .map_err(internal)?;
    let options = RecordBatchOptions::new().with_row_count(Some(1));
    let one_row = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), vec![], &options)
        .map_err(|error| Error::from_datafusion(error.into()))?;
    let value = physical
        .evaluate(&one_row)
        .and_then(|value| value.into_array(1))
        .map_err(internal)?;
    ScalarValue::try_from_array(&value, 0).map_err(internal)
}
