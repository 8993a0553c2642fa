//! Filters in a form that bounds understand, where it means the same for all values that are not NULL.

use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::logical_expr::expr::{InList, ScalarFunction};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, binary_expr};
use gristmill_sql::functions::{Call, as_call};
use gristmill_sql::types::DataType;

use crate::error::Result;

/// The same filter with comparisons of a column's own type in the place of those of an integer with another type of
/// number, of elements of tuples that are written out, and of `has`.
pub fn simpler(filter: Expr) -> Result<Expr> {
    let simpler = filter.transform_up(|part| {
        Ok(match of_part(&part) {
            Some(simpler) => Transformed::yes(simpler),
            None => Transformed::no(part),
        })
    });
    Ok(simpler?.data)
}

fn of_part(part: &Expr) -> Option<Expr> {
    match part {
        Expr::ScalarFunction(function) => tuple_element(function),
        // The number that a condition is.
        Expr::BinaryExpr(BinaryExpr {
            left,
            op: Operator::NotEq,
            right,
        }) => match (&**left, right.as_literal()) {
            (Expr::ScalarFunction(function), Some(ScalarValue::UInt8(Some(0)))) => condition(function),
            _ => None,
        },
        _ => None,
    }
}

fn tuple_element(function: &ScalarFunction) -> Option<Expr> {
    let ("tupleElement", [tuple, position]) = (as_call(function)?.function(), &function.args[..]) else {
        return None;
    };
    let Expr::ScalarFunction(tuple) = tuple else {
        return None;
    };
    if as_call(tuple)?.function() != "tuple" {
        return None;
    }
    let position = usize::try_from(whole(position.as_literal()?)?).ok()?;
    tuple.args.get(position.checked_sub(1)?).cloned()
}

fn condition(function: &ScalarFunction) -> Option<Expr> {
    let call = as_call(function)?;
    let [left, right] = &function.args[..] else {
        return None;
    };
    let operator = match call.function() {
        "equals" => Operator::Eq,
        "notEquals" => Operator::NotEq,
        "less" => Operator::Lt,
        "lessOrEquals" => Operator::LtEq,
        "greater" => Operator::Gt,
        "greaterOrEquals" => Operator::GtEq,
        "has" => return in_list(call, left, right),
        _ => return None,
    };
    let [left_type, right_type] = call.argument_types() else {
        return None;
    };
    match (left.as_literal(), right.as_literal()) {
        (None, Some(constant)) => compare(left, left_type, operator, constant),
        (Some(constant), None) => compare(right, right_type, operator.swap()?, constant),
        _ => None,
    }
}

/// `has([…], value)` with elements of the value's type. NULL is not unknown to it: it is in an array or not.
fn in_list(call: &Call, array: &Expr, value: &Expr) -> Option<Expr> {
    let [DataType::Array(item), value_type] = call.argument_types() else {
        return None;
    };
    if **item != *value_type || value_type.is_nullable() || value.as_literal().is_some() {
        return None;
    }
    let Some(ScalarValue::List(list)) = array.as_literal() else {
        return None;
    };
    let items = list.value(0);
    let item = |row| ScalarValue::try_from_array(&items, row).map(|item| Expr::Literal(item, None));
    let items = (0..items.len()).map(item).collect::<Result<Vec<_>, _>>().ok()?;
    (!items.is_empty()).then(|| Expr::InList(InList::new(Box::new(value.clone()), items, false)))
}

/// An integer beside a number of another type, as a comparison with an integer of its own.
fn compare(value: &Expr, data_type: &DataType, operator: Operator, constant: &ScalarValue) -> Option<Expr> {
    if !data_type.is_integer() {
        return None;
    }
    let limits = (limit(data_type, true)?, limit(data_type, false)?);
    // The greatest whole number that is not above the constant, and whether it is the constant.
    let (floor, exact) = match constant {
        ScalarValue::Float64(Some(float)) => (float.floor(), float.floor() == *float),
        ScalarValue::Float32(Some(float)) => (f64::from(float.floor()), float.floor() == *float),
        other => {
            let number = whole(other)?;
            return Some(against(value, data_type, operator, number, true, limits));
        }
    };
    // Beyond any integer of 64 bits, and far from where i128 ends.
    (floor.abs() < 1e30).then(|| against(value, data_type, operator, floor as i128, exact, limits))
}

fn against(
    value: &Expr,
    data_type: &DataType,
    operator: Operator,
    floor: i128,
    exact: bool,
    (least, most): (i128, i128),
) -> Expr {
    let number = |number: i128| Expr::Literal(integer(data_type, number), None);
    let never = binary_expr(value.clone(), Operator::Lt, number(least));
    let always = binary_expr(value.clone(), Operator::GtEq, number(least));
    let at_most = |limit: i128| match limit {
        limit if limit < least => never.clone(),
        limit if limit >= most => always.clone(),
        limit => binary_expr(value.clone(), Operator::LtEq, number(limit)),
    };
    let at_least = |limit: i128| match limit {
        limit if limit > most => never.clone(),
        limit if limit <= least => always.clone(),
        limit => binary_expr(value.clone(), Operator::GtEq, number(limit)),
    };
    let is_there = exact && (least..=most).contains(&floor);
    match operator {
        Operator::Eq if is_there => binary_expr(value.clone(), Operator::Eq, number(floor)),
        Operator::Eq => never,
        Operator::NotEq if is_there => binary_expr(value.clone(), Operator::NotEq, number(floor)),
        Operator::NotEq => always,
        Operator::Lt => at_most(if exact { floor - 1 } else { floor }),
        Operator::LtEq => at_most(floor),
        Operator::Gt => at_least(floor + 1),
        _ => at_least(if exact { floor } else { floor + 1 }),
    }
}

/// The least or the greatest value of an integer type.
fn limit(data_type: &DataType, is_least: bool) -> Option<i128> {
    let (least, most) = match data_type {
        DataType::UInt8 => (0, i128::from(u8::MAX)),
        DataType::UInt16 => (0, i128::from(u16::MAX)),
        DataType::UInt32 => (0, i128::from(u32::MAX)),
        DataType::UInt64 => (0, i128::from(u64::MAX)),
        DataType::Int8 => (i128::from(i8::MIN), i128::from(i8::MAX)),
        DataType::Int16 => (i128::from(i16::MIN), i128::from(i16::MAX)),
        DataType::Int32 => (i128::from(i32::MIN), i128::from(i32::MAX)),
        DataType::Int64 => (i128::from(i64::MIN), i128::from(i64::MAX)),
        _ => return None,
    };
    Some(if is_least { least } else { most })
}

/// A number within the limits of an integer type, as a constant of it.
fn integer(data_type: &DataType, number: i128) -> ScalarValue {
    match data_type {
        DataType::UInt8 => ScalarValue::UInt8(Some(number as u8)),
        DataType::UInt16 => ScalarValue::UInt16(Some(number as u16)),
        DataType::UInt32 => ScalarValue::UInt32(Some(number as u32)),
        DataType::UInt64 => ScalarValue::UInt64(Some(number as u64)),
        DataType::Int8 => ScalarValue::Int8(Some(number as i8)),
        DataType::Int16 => ScalarValue::Int16(Some(number as i16)),
        DataType::Int32 => ScalarValue::Int32(Some(number as i32)),
        _ => ScalarValue::Int64(Some(number as i64)),
    }
}

/// The value of an integer constant.
pub fn whole(constant: &ScalarValue) -> Option<i128> {
    Some(match constant {
        ScalarValue::UInt8(Some(number)) => i128::from(*number),
        ScalarValue::UInt16(Some(number)) => i128::from(*number),
        ScalarValue::UInt32(Some(number)) => i128::from(*number),
        ScalarValue::UInt64(Some(number)) => i128::from(*number),
        ScalarValue::Int8(Some(number)) => i128::from(*number),
        ScalarValue::Int16(Some(number)) => i128::from(*number),
        ScalarValue::Int32(Some(number)) => i128::from(*number),
        ScalarValue::Int64(Some(number)) => i128::from(*number),
        _ => return None,
    })
}
