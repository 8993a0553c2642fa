//! `x IN (1, 2, …)`.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::InList;
use datafusion::logical_expr::{Expr, lit};

use super::super::typed_expr::shown;
use super::super::{Context, TypedExpr, call, casts};
use super::fits;
use crate::error::{Code, Error, Result};
use crate::types::DataType;

/// `left IN (list)`, or NOT IN. Constants of the list are taken to the left side's type; those that are none of its
/// values cannot match and are left out, and so is NULL.
pub fn in_list(left: TypedExpr, list: Vec<TypedExpr>, negated: bool, context: &Context) -> Result<TypedExpr> {
    let plain = left.data_type.bare().clone();
    let result = if left.data_type.is_nullable() {
        DataType::UInt8.to_nullable()
    } else {
        DataType::UInt8
    };
    if plain.is_float()
        || matches!(plain, DataType::Array(_) | DataType::Tuple(_))
        || list.iter().any(|item| item.constant.is_none())
    {
        return chain(left, list, negated, context);
    }
    let mut values = Vec::with_capacity(list.len());
    for item in list {
        if let Some(value) = element(item, &plain, context)? {
            values.push(Expr::Literal(value, None));
        }
    }
    let constant = left.constant.clone();
    let target = if left.data_type.is_nullable() {
        plain.to_nullable()
    } else {
        plain
    };
    let left = casts::cast(left, &target, context)?;
    if values.is_empty() && !left.data_type.is_nullable() {
        return Ok(TypedExpr::constant(ScalarValue::UInt8(Some(u8::from(negated))), result));
    }
    let predicate = match values.is_empty() {
        true => Expr::IsNull(Box::new(left.expr.clone()))
            .and(lit(ScalarValue::Boolean(None)))
            .or(lit(negated)),
        false => Expr::InList(InList::new(Box::new(left.expr), values, negated)),
    };
    let expr = shown(predicate);
    match constant {
        Some(_) => Ok(TypedExpr::constant(
            super::super::call::evaluate_constant(&expr)?,
            result,
        )),
        None => Ok(TypedExpr::new(expr, result)),
    }
}

/// A constant of the list as a value of `target`; nothing if it is none.
fn element(item: TypedExpr, target: &DataType, context: &Context) -> Result<Option<ScalarValue>> {
    let Some(value) = &item.constant else { return Ok(None) };
    if value.is_null() {
        return Ok(None);
    }
    let integer = |each: &DataType| each.is_integer() || *each == DataType::Bool;
    if integer(target) && integer(item.data_type.bare()) && !fits(value, target) {
        return Ok(None);
    }
    let big = target.is_big_integer() || item.data_type.bare().is_big_integer();
    check_addresses(item.data_type.bare(), target)?;
    if target.is_enum()
        && let ScalarValue::Binary(Some(name)) = value
    {
        return Ok(casts::enum_value(target, name));
    }
    if (integer(target) && item.data_type.bare().is_float()) || big || item.data_type.bare().is_decimal() {
        let equal = call(
            "equals",
            vec![casts::cast(item.clone(), target, context)?, item.clone()],
            context,
        )?;
        if equal.constant != Some(ScalarValue::UInt8(Some(1))) {
            return Ok(None);
        }
    }
    Ok(casts::cast(item, target, context)?.constant)
}

/// Refuses addresses of one kind in a list of the other.
pub fn check_addresses(written: &DataType, target: &DataType) -> Result<()> {
    if target.is_ip_address() && written.is_ip_address() && target != written {
        let message = format!("Type mismatch in IN or VALUES section. Expected: {target}. Got: {written}.");
        return Err(Error::new(Code::TYPE_MISMATCH, message));
    }
    Ok(())
}

/// Where no native list does: equalities joined by OR.
fn chain(left: TypedExpr, list: Vec<TypedExpr>, negated: bool, context: &Context) -> Result<TypedExpr> {
    let mut any: Option<TypedExpr> = None;
    for item in list {
        if item.constant.as_ref().is_some_and(ScalarValue::is_null) {
            continue;
        }
        let equal = call("equals", vec![left.clone(), item], context)?;
        any = Some(match any {
            Some(before) => call("or", vec![before, equal], context)?,
            None => equal,
        });
    }
    let any = any.unwrap_or_else(|| TypedExpr::constant(ScalarValue::UInt8(Some(0)), DataType::UInt8));
    if negated {
        call("not", vec![any], context)
    } else {
        Ok(any)
    }
}
