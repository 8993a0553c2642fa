//! AND, OR, NOT and XOR: ClickHouse's three-valued logic is SQL's, so all of it is native.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, Operator, binary_expr, lit};

use super::function::{ANY, Argument, Bound, Function, illegal};
use super::typed_expr::boolean;
use crate::error::Result;
use crate::types::DataType;

/// See [`super::FOLDERS`].
pub(super) const FUNCTIONS: &[Function] = &[
    Function::new(
        "and",
        (2, ANY),
        "Logical conjunction; NULL if undecided",
        |arguments, _| join(arguments, "and"),
    )
    .any_case()
    .own_nulls(),
    Function::new(
        "or",
        (2, ANY),
        "Logical disjunction; NULL if undecided",
        |arguments, _| join(arguments, "or"),
    )
    .any_case()
    .own_nulls(),
    Function::new("xor", (2, ANY), "Logical exclusive or", |arguments, _| xor(arguments))
        .any_case()
        .own_nulls(),
    Function::new("not", (1, 1), "Logical negation", |arguments, _| not(arguments))
        .any_case()
        .own_nulls(),
];

/// Checks the arguments; answers their types and whether one may be NULL.
fn check(arguments: &[Argument], name: &str) -> Result<(Vec<DataType>, bool)> {
    for (index, argument) in arguments.iter().enumerate() {
        let plain = argument.data_type.bare();
        if !is_logical(plain) {
            let position = if arguments.len() > 1 {
                format!("{} argument", index + 1)
            } else {
                "argument".into()
            };
            return Err(illegal(format!(
                "Illegal type ({}) of {position} of function {name}",
                argument.data_type
            )));
        }
    }
    let types = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    Ok((types, arguments.iter().any(|argument| argument.data_type.is_nullable())))
}

/// Whether values of the type have a truth value.
pub(super) fn is_logical(plain: &DataType) -> bool {
    plain.is_integer() || plain.is_float() || matches!(plain, DataType::Bool | DataType::Nothing)
}

/// Bool if all arguments are, else UInt8; Nullable if an argument is.
fn result(
    types: &[DataType],
    nullable: bool,
    predicate: impl Fn(Vec<Expr>) -> Result<Expr> + Send + Sync + 'static,
) -> Bound {
    let bound = match types.iter().all(|each| *each.bare() == DataType::Bool) {
        true => Bound::native(DataType::Bool, types.to_vec(), predicate),
        false => Bound::predicate(types.to_vec(), predicate),
    };
    match nullable {
        true => Bound {
            result: bound.result.to_nullable(),
            ..bound
        },
        false => bound,
    }
}

/// The truth value of an argument of this type.
pub(super) fn truth(expr: Expr, data_type: &DataType) -> Expr {
    match data_type.bare() {
        DataType::Nothing => lit(ScalarValue::Boolean(None)),
        plain => match expr {
            Expr::Literal(value, _) if value.is_null() => lit(ScalarValue::Boolean(None)),
            expr => boolean(expr, plain),
        },
    }
}

fn join(arguments: &[Argument], name: &'static str) -> Result<Bound> {
    let (types, nullable) = check(arguments, name)?;
    let operator = if name == "and" { Operator::And } else { Operator::Or };
    let inner = types.clone();
    Ok(result(&types, nullable, move |expressions| {
        let truths = expressions
            .into_iter()
            .zip(&inner)
            .map(|(expr, data_type)| truth(expr, data_type));
        Ok(balanced(truths.collect(), operator))
    }))
}

/// Joins by halves: a long chain must not become a tree as deep as it is long.
fn balanced(mut operands: Vec<Expr>, operator: Operator) -> Expr {
    if operands.len() > 2 {
        let right = operands.split_off(operands.len() / 2);
        return binary_expr(balanced(operands, operator), operator, balanced(right, operator));
    }
    let joined = operands
        .into_iter()
        .reduce(|left, right| binary_expr(left, operator, right));
    joined.expect("there are at least two arguments")
}

fn xor(arguments: &[Argument]) -> Result<Bound> {
    let (types, nullable) = check(arguments, "xor")?;
    let inner = types.clone();
    Ok(result(&types, nullable, move |expressions| {
        let truths = expressions
            .into_iter()
            .zip(&inner)
            .map(|(expr, data_type)| truth(expr, data_type));
        Ok(truths
            .reduce(|left, right| left.not_eq(right))
            .expect("there are at least two arguments"))
    }))
}

fn not(arguments: &[Argument]) -> Result<Bound> {
    let (types, nullable) = check(arguments, "not")?;
    let inner = types[0].clone();
    Ok(result(&types, nullable, move |expressions| {
        let [expr] = <[Expr; 1]>::try_from(expressions).expect("the number of arguments is checked");
        Ok(Expr::Not(Box::new(truth(expr, &inner))))
    }))
}
