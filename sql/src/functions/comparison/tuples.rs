//! Tuples compared as ClickHouse does: by comparisons of their elements, with the logic of NULL and the order of NaN
//! that these have.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, Operator};

use super::function_name;
use crate::error::{Code, Error, Result};
use crate::functions::function::Bound;
use crate::functions::{Context, TypedExpr, call, casts};
use crate::types::DataType;

/// Two tuples, or a tuple and a constant string that is read as one.
pub fn bind(operator: Operator) -> Bound {
    Bound::compose(match operator {
        Operator::Eq => |pair, context| compare(pair, Operator::Eq, context),
        Operator::NotEq => |pair, context| compare(pair, Operator::NotEq, context),
        Operator::Lt => |pair, context| compare(pair, Operator::Lt, context),
        Operator::LtEq => |pair, context| compare(pair, Operator::LtEq, context),
        Operator::Gt => |pair, context| compare(pair, Operator::Gt, context),
        _ => |pair, context| compare(pair, Operator::GtEq, context),
    })
}

fn compare(pair: Vec<TypedExpr>, operator: Operator, context: &Context) -> Result<TypedExpr> {
    let tuple = pair
        .iter()
        .map(|side| side.data_type.bare())
        .find(|data_type| matches!(data_type, DataType::Tuple(_)))
        .cloned();
    let tuple = tuple.ok_or_else(|| Error::new(Code::LOGICAL_ERROR, "a comparison of tuples has no tuple"))?;
    let mut sides = Vec::with_capacity(pair.len());
    for side in pair {
        sides.push(match side.data_type.bare() {
            DataType::Tuple(_) => elements(side, context)?,
            _ => elements(casts::cast(side, &tuple, context)?, context)?,
        });
    }
    let right = sides.pop().unwrap_or_default();
    let left = sides.pop().unwrap_or_default();
    if left.len() != right.len() {
        return Err(super::illegal("Cannot compare tuples of different sizes"));
    }
    if left.is_empty() {
        return Err(Error::not_implemented("Comparison of zero-sized tuples"));
    }
    let mut elements = left.iter().chain(&right);
    let only_null = |each: &TypedExpr| *each.data_type.bare() == DataType::Nothing;
    let is_equality = matches!(operator, Operator::Eq | Operator::NotEq);
    // One pair decides whether tuples are equal, unless all is constant: then NULL is nothing to compare with.
    let unknown = elements.clone().any(only_null) && !(is_equality && elements.any(|each| each.constant.is_none()));
    let value = match operator {
        Operator::Eq => each("equals", "and", &left, &right, context)?,
        Operator::NotEq => each("notEquals", "or", &left, &right, context)?,
        operator => ordered(operator, &left, &right, context)?,
    };
    Ok(match unknown {
        true => TypedExpr::constant(ScalarValue::UInt8(None), DataType::UInt8.to_nullable()),
        false => value,
    })
}

fn elements(tuple: TypedExpr, context: &Context) -> Result<Vec<TypedExpr>> {
    let DataType::Tuple(elements) = tuple.data_type.bare() else {
        return Ok(Vec::new());
    };
    // The elements of `(a, b)` are there already.
    if let Expr::ScalarFunction(written) = &tuple.expr
        && written.name() == "tuple"
        && written.args.len() == elements.len()
    {
        let pairs = written.args.iter().zip(elements);
        return Ok(pairs
            .map(|(expr, element)| match expr {
                Expr::Literal(value, None) => TypedExpr::constant(value.clone(), element.data_type.clone()),
                expr => TypedExpr::new(expr.clone(), element.data_type.clone()),
            })
            .collect());
    }
    (1..=elements.len() as u64)
        .map(|index| {
            let index = TypedExpr::constant(ScalarValue::UInt64(Some(index)), DataType::UInt64);
            call("tupleElement", vec![tuple.clone(), index], context)
        })
        .collect()
}

/// The comparison of every pair, joined.
fn each(comparison: &str, join: &str, left: &[TypedExpr], right: &[TypedExpr], context: &Context) -> Result<TypedExpr> {
    let pairs = left.iter().zip(right);
    let mut values = pairs
        .map(|(left, right)| call(comparison, vec![left.clone(), right.clone()], context))
        .collect::<Result<Vec<_>>>()?;
    match values.len() {
        1 => Ok(values.swap_remove(0)),
        _ => call(join, values, context),
    }
}

/// The first pair decides, or is equal and the rest decides.
fn ordered(operator: Operator, left: &[TypedExpr], right: &[TypedExpr], context: &Context) -> Result<TypedExpr> {
    let strict = match operator {
        Operator::Lt | Operator::LtEq => "less",
        _ => "greater",
    };
    let compare = |name: &str, index: usize| call(name, vec![left[index].clone(), right[index].clone()], context);
    let last = left.len() - 1;
    let mut rest = compare(function_name(operator), last)?;
    for index in (0..last).rev() {
        let equal = call("and", vec![compare("equals", index)?, rest], context)?;
        rest = call("or", vec![compare(strict, index)?, equal], context)?;
    }
    Ok(rest)
}
