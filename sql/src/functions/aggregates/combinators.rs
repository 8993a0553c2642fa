//! Suffixes of aggregate function names: `sumIf`, `uniqArray`, `avgOrNull`.

use datafusion::common::ScalarValue;

use super::{AggregateArguments, AggregateFunction, find};
use crate::error::{Code, Error, Result};
use crate::functions::function::illegal;
use crate::functions::logical::is_logical;
use crate::functions::{Context, TypedExpr, call};

/// What the suffixes of a name ask for.
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub struct Combinators {
    pub condition: bool,
    /// Arguments are arrays whose elements are aggregated.
    pub array: bool,
    pub distinct: bool,
    pub or_null: bool,
    pub or_default: bool,
    /// A suffix that ClickHouse has and we have not.
    pub unsupported: Option<&'static str>,
}

/// ClickHouse's other combinators.
const UNSUPPORTED: &[&str] = &[
    "SimpleState",
    "State",
    "Merge",
    "MergeState",
    "ForEach",
    "Resample",
    "Map",
    "ArgMin",
    "ArgMax",
    "Tuple",
];

/// The function and the combinators that a name stands for.
pub fn split(name: &str) -> Option<(&'static AggregateFunction, Combinators)> {
    let mut rest = name;
    let mut combinators = Combinators::default();
    loop {
        if let Some(function) = find(rest) {
            return Some((function, combinators));
        }
        let suffix = |suffix: &str| rest.strip_suffix(suffix).filter(|rest| !rest.is_empty());
        if let Some(shorter) = suffix("OrNull") {
            combinators.or_null = true;
            rest = shorter;
        } else if let Some(shorter) = suffix("OrDefault") {
            combinators.or_default = true;
            rest = shorter;
        } else if let Some(shorter) = suffix("If") {
            // Inside of -Array (`sumIfArray`) there would be a condition for each element.
            combinators.unsupported = combinators.unsupported.or(combinators.array.then_some("Array"));
            combinators.condition = true;
            rest = shorter;
        } else if let Some(shorter) = suffix("Distinct") {
            combinators.distinct = true;
            rest = shorter;
        } else if let Some(shorter) = suffix("Array") {
            combinators.unsupported = combinators.unsupported.or(combinators.array.then_some("Array"));
            combinators.array = true;
            rest = shorter;
        } else if let Some((known, shorter)) = UNSUPPORTED
            .iter()
            .find_map(|known| suffix(known).map(|rest| (*known, rest)))
        {
            combinators.unsupported = Some(known);
            rest = shorter;
        } else {
            return None;
        }
    }
}

/// Takes the condition off the arguments and sets DISTINCT.
pub fn apply(
    function: &AggregateFunction,
    mut arguments: AggregateArguments,
    combinators: Combinators,
) -> Result<(AggregateArguments, Combinators)> {
    if let Some(suffix) = combinators.unsupported {
        let message = format!("Aggregate function combinator -{suffix} is not supported yet");
        return Err(Error::new(Code::NOT_IMPLEMENTED, message));
    }
    arguments.distinct |= combinators.distinct;
    if combinators.condition {
        let condition = arguments.arguments.pop().ok_or_else(|| {
            let message = format!("Aggregate function {}If requires at least one argument", function.name);
            Error::new(Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH, message)
        })?;
        if !is_logical(condition.data_type.bare()) {
            return Err(illegal(format!(
                "Illegal type {} of the last argument of an aggregate function with the If suffix: the last argument is \
                 the condition and must be UInt8. If the condition is missing, it goes after the arguments of the \
                 aggregate function",
                condition.data_type
            )));
        }
        arguments.filter = Some(match arguments.filter.take() {
            Some(filter) => both(filter, condition)?,
            None => condition,
        });
    }
    Ok((arguments, combinators))
}

fn both(left: TypedExpr, right: TypedExpr) -> Result<TypedExpr> {
    debug_assert!(
        left.constant.as_ref().is_none_or(|value| *value != ScalarValue::Null),
        "conditions have a type"
    );
    call("and", vec![left, right], &Context::default())
}
