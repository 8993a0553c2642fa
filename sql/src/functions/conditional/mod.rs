//! `if`, `multiIf`, CASE and what is done about NULL. All native: only the branch that is taken is evaluated.

mod nulls;

use datafusion::logical_expr::{Case, Expr};

use super::function::{ANY, Argument, Bound, Function, illegal};
use super::logical::{is_logical, truth};
use super::{Context, TypedExpr, call, supertype};
use crate::error::{Code, Error, Result};
use crate::types::DataType;

/// See [`super::FOLDERS`].
pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "if",
        (3, 3),
        "The second argument if the first is true, else the third",
        |arguments, _| {
            let condition = arguments[0].data_type.bare();
            if !is_logical(condition) {
                let shown = &arguments[0].data_type;
                return Err(illegal(format!(
                    "Illegal type {shown} of first argument (condition) of function if. Must be UInt8"
                )));
            }
            branches(arguments)
        },
    )
    .any_case()
    .own_nulls(),
    Function::new(
        "multiIf",
        (1, ANY),
        "The value after the first true condition, else the last",
        |arguments, _| multi_if(arguments),
    )
    .aliases(&["caseWithoutExpression"])
    .any_case()
    .own_nulls(),
    Function::new(
        "caseWithExpression",
        (3, ANY),
        "The value after the first constant that equals the first argument",
        |_, _| Ok(Bound::compose(case_with_expression)),
    )
    .aliases(&["caseWithExpr"])
    .own_nulls(),
    nulls::IS_NULL,
    nulls::IS_NOT_NULL,
    nulls::IS_NULLABLE,
    nulls::IS_ZERO_OR_NULL,
    nulls::IF_NULL,
    nulls::COALESCE,
    nulls::NULL_IF,
    nulls::ASSUME_NOT_NULL,
    nulls::TO_NULLABLE,
];

fn multi_if(arguments: &[Argument]) -> Result<Bound> {
    if arguments.len() < 3 || arguments.len().is_multiple_of(2) {
        return Err(Error::new(
            Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH,
            "Invalid number of arguments for function multiIf",
        ));
    }
    for pair in arguments.chunks_exact(2) {
        if !is_logical(pair[0].data_type.bare()) {
            let shown = &pair[0].data_type;
            return Err(illegal(format!(
                "Illegal type {shown} of argument (condition) of function multiIf. Must be UInt8"
            )));
        }
    }
    branches(arguments)
}

/// Conditions at even places with a value after each, and a last value.
fn branches(arguments: &[Argument]) -> Result<Bound> {
    let last = arguments.len() - 1;
    let is_condition = |index: usize| index.is_multiple_of(2) && index != last;
    let indexed = arguments.iter().enumerate();
    let values: Vec<DataType> = indexed
        .clone()
        .filter(|(index, _)| !is_condition(*index))
        .map(|(_, each)| each.data_type.clone())
        .collect();
    let result = supertype(&values)?;
    let types: Vec<DataType> = indexed
        .map(|(index, each)| {
            if is_condition(index) {
                each.data_type.clone()
            } else {
                result.clone()
            }
        })
        .collect();
    let inner = types.clone();
    Ok(Bound::native(result, types, move |mut expressions| {
        let otherwise = expressions.pop().expect("the number of arguments is checked");
        let mut pairs = Vec::with_capacity(expressions.len() / 2);
        let mut conditions = inner.iter().step_by(2);
        let mut expressions = expressions.into_iter();
        while let (Some(condition), Some(value), Some(data_type)) =
            (expressions.next(), expressions.next(), conditions.next())
        {
            pairs.push((Box::new(truth(condition, data_type)), Box::new(value)));
        }
        Ok(Expr::Case(Case::new(None, pairs, Some(Box::new(otherwise)))))
    }))
}

/// `CASE x WHEN a THEN b … ELSE c END` as `multiIf(x = a, b, …, c)`.
fn case_with_expression(mut arguments: Vec<TypedExpr>, context: &Context) -> Result<TypedExpr> {
    if !arguments.len().is_multiple_of(2) {
        return Err(Error::new(
            Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH,
            "Invalid number of arguments for function caseWithExpression",
        ));
    }
    let subject = arguments.remove(0);
    let mut branches = Vec::with_capacity(arguments.len());
    let last = arguments.len() - 1;
    for (index, argument) in arguments.into_iter().enumerate() {
        branches.push(match index % 2 == 0 && index != last {
            true => call("equals", vec![subject.clone(), argument], context)?,
            false => argument,
        });
    }
    call("multiIf", branches, context)
}
