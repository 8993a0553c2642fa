//! `transform(x, [from], [to][, default])`.

use datafusion::common::ScalarValue;

use crate::error::{Code, Error, Result};
use crate::functions::function::{Bound, Function, illegal};
use crate::functions::{Context, TypedExpr, call, internal};
use crate::types::DataType;

pub const TRANSFORM: Function = Function::new(
    "transform",
    (3, 4),
    "Values of the second argument replaced by those of the third",
    |_, _| Ok(Bound::compose(transform)),
)
.own_nulls();

/// More values than this are refused: each is a branch of a CASE.
const VALUES_MAX: usize = 10_000;

/// As `multiIf(x = from1, to1, …, default)`.
fn transform(mut arguments: Vec<TypedExpr>, context: &Context) -> Result<TypedExpr> {
    let default = if arguments.len() == 4 { arguments.pop() } else { None };
    let to = elements(&arguments[2])?;
    let from = elements(&arguments[1])?;
    if from.len() != to.len() || from.len() > VALUES_MAX {
        return Err(Error::new(
            Code::BAD_ARGUMENTS,
            "Second and third arguments of function transform must be arrays of same size",
        ));
    }
    let subject = arguments.swap_remove(0);
    let mut branches = Vec::with_capacity(from.len() * 2 + 1);
    for (from, to) in from.into_iter().zip(to) {
        branches.push(call("equals", vec![subject.clone(), from], context)?);
        branches.push(to);
    }
    let otherwise = default.unwrap_or(subject);
    if branches.is_empty() {
        return Ok(otherwise);
    }
    branches.push(otherwise);
    call("multiIf", branches, context)
}

fn elements(argument: &TypedExpr) -> Result<Vec<TypedExpr>> {
    match (&argument.data_type, &argument.constant) {
        (DataType::Array(item), Some(ScalarValue::List(list))) => {
            let values = list.value(0);
            (0..values.len())
                .map(|index| {
                    let value = ScalarValue::try_from_array(&values, index).map_err(internal)?;
                    Ok(TypedExpr::constant(value, (**item).clone()))
                })
                .collect()
        }
        _ => Err(illegal(
            "Second and third arguments of function transform must be constant arrays",
        )),
    }
}
