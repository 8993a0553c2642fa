//! `plus`, `minus`, `multiply`.

use datafusion::logical_expr::{Expr, Operator, binary_expr};

use super::{big_integers, dates, decimals};
use crate::error::Result;
use crate::functions::Context;
use crate::functions::function::{Argument, Bound, Function, illegal};
use crate::functions::supertype::{bits, integer};
use crate::types::DataType;

pub const PLUS: Function = Function::new("plus", (2, 2), "Sum of two values", |arguments, context| {
    of_numbers!(arguments, "plus");
    if let Some(bound) = dates::plus(arguments, context)? {
        return Ok(bound);
    }
    bind(arguments, "plus", Operator::Plus)
});
pub const MINUS: Function = Function::new("minus", (2, 2), "Difference of two values", |arguments, context| {
    of_numbers!(arguments, "minus");
    if let Some(bound) = dates::minus(arguments, context)? {
        return Ok(bound);
    }
    bind(arguments, "minus", Operator::Minus)
});
pub const MULTIPLY: Function = Function::new("multiply", (2, 2), "Product of two values", |arguments, _: &Context| {
    of_numbers!(arguments, "multiply");
    bind(arguments, "multiply", Operator::Multiply)
});

fn bind(arguments: &[Argument], name: &str, operator: Operator) -> Result<Bound> {
    let (left, right) = (&arguments[0].data_type, &arguments[1].data_type);
    if big_integers::is_big(arguments) {
        return big_integers::bind(arguments, name, operator);
    }
    if let Some(bound) = decimals::bind(left, right, operator)? {
        return Ok(bound);
    }
    let result = result_type(left, right, operator == Operator::Minus).ok_or_else(|| illegal_types(arguments, name))?;
    Ok(native(result, operator))
}

/// Both sides cast to the result's type, then DataFusion's own operator, which wraps.
pub fn native(result: DataType, operator: Operator) -> Bound {
    Bound::native(result.clone(), vec![result; 2], move |expressions| {
        let [left, right] = <[Expr; 2]>::try_from(expressions).expect("the number of arguments is checked");
        Ok(binary_expr(left, operator, right))
    })
}

/// ClickHouse's error for operands that do not go together.
pub fn illegal_types(arguments: &[Argument], name: &str) -> crate::error::Error {
    let (left, right) = (&arguments[0].data_type, &arguments[1].data_type);
    illegal(format!(
        "Illegal types {left} and {right} of arguments of function {name}"
    ))
}

/// Whether arithmetic works on it directly: integers, floats, Bool.
pub fn is_operand(data_type: &DataType) -> bool {
    data_type.is_integer() || data_type.is_float() || *data_type == DataType::Bool
}

/// The type of a sum or product: the next wider one.
pub fn result_type(left: &DataType, right: &DataType, signed: bool) -> Option<DataType> {
    if !is_operand(left) || !is_operand(right) {
        return None;
    }
    let widest = bits(left).max(bits(right));
    if left.is_float() || right.is_float() {
        let narrow = |each: &DataType| *each == DataType::BFloat16 || (!each.is_float() && bits(each) <= 16);
        return Some(if narrow(left) && narrow(right) {
            DataType::Float32
        } else {
            DataType::Float64
        });
    }
    let signed = signed || left.is_signed_integer() || right.is_signed_integer();
    Some(integer(signed, (widest * 2).min(64)))
}
