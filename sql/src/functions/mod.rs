//! Every SQL function: one registry, one obvious place per function.
//!
//! Start at [`call()`] (a scalar function over typed expressions), [`aggregate`] (an aggregate function)
//! and [`lambda::call_lambda`] (functions that take `x -> …`). A scalar function is one entry in its
//! folder's `FUNCTIONS` slice: a name, a line of description and a `bind` that looks at the argument types
//! and answers with the result type and how to evaluate it ([`Bound`]). What is the same for all
//! functions (argument counts, Nullable, LowCardinality, casts of arguments, constant folding) is done
//! once, in `call.rs`.
//!
//! Not here: names, aliases and scopes (the analyzer), text and binary forms of values (`types`).

pub mod aggregates;
mod arithmetic;
mod arrays;
mod call;
pub mod casts;
mod comparison;
mod conditional;
mod context;
mod dates;
pub mod distance;
mod floats;
mod function;
mod hash;
mod ip;
mod json;
pub mod lambda;
mod listing;
mod logical;
mod maps;
mod math;
mod other;
mod rounding;
mod strings;
mod supertype;
#[cfg(test)]
mod tests;
mod tuples;
mod typed_expr;
mod udf;

use std::collections::HashMap;
use std::sync::OnceLock;

pub use aggregates::{AggregateArguments, aggregate, is_aggregate};
pub use call::{call, from_predicate};
pub use casts::{cast, cast_array, explicit_cast};
pub use comparison::{check_addresses, check_date, in_list};
pub use context::{Context, KnownSetting};
pub use function::{Argument, Bound, Eval, Function, Stability};
pub use listing::{Listed, list};
pub use strings::{RequiredPart, like_parts, regexp_parts};
pub use supertype::supertype;
pub use typed_expr::TypedExpr;
pub use udf::{Call, as_call};

use crate::error::{Code, Error, Result};
use crate::types::edit_distance;

/// Every scalar function that is not an aggregate and takes no lambda.
const FOLDERS: &[&[Function]] = &[
    arithmetic::FUNCTIONS,
    arrays::FUNCTIONS,
    casts::FUNCTIONS,
    comparison::FUNCTIONS,
    conditional::FUNCTIONS,
    dates::FUNCTIONS,
    distance::FUNCTIONS,
    hash::FUNCTIONS,
    ip::FUNCTIONS,
    json::FUNCTIONS[0],
    json::FUNCTIONS[1],
    json::FUNCTIONS[2],
    logical::FUNCTIONS,
    maps::FUNCTIONS,
    math::FUNCTIONS,
    other::FUNCTIONS,
    rounding::FUNCTIONS,
    strings::FUNCTIONS,
    tuples::FUNCTIONS,
];

/// The function of this name or alias, as ClickHouse compares names: with case, unless the function says otherwise.
pub fn find(name: &str) -> Option<&'static Function> {
    static EXACT: OnceLock<HashMap<&'static str, &'static Function>> = OnceLock::new();
    static LOWER: OnceLock<HashMap<String, &'static Function>> = OnceLock::new();
    let all = || FOLDERS.iter().flat_map(|folder| folder.iter());
    let exact = EXACT.get_or_init(|| {
        all()
            .flat_map(|function| function.names().map(move |name| (name, function)))
            .collect()
    });
    if let Some(function) = exact.get(name) {
        return Some(function);
    }
    let lower = LOWER.get_or_init(|| {
        let names = all().flat_map(|function| function.case_insensitive_names().map(move |name| (name, function)));
        names
            .map(|(name, function)| (name.to_ascii_lowercase(), function))
            .collect()
    });
    lower.get(&name.to_ascii_lowercase()).copied()
}

/// Whether a function gives the same value for the same arguments in every query. Names that no function has do.
pub fn is_deterministic(name: &str) -> bool {
    find(name).is_none_or(|function| matches!(function.stability, Stability::Constant | Stability::Unfolded))
}

/// ClickHouse's answer to a name that no function has, with near names.
pub fn unknown_function(name: &str) -> Error {
    let mut near: Vec<(usize, String)> = list()
        .into_iter()
        .map(|listed| (edit_distance(name, &listed.name), listed.name))
        .filter(|(distance, _)| *distance <= HINT_DISTANCE_MAX)
        .collect();
    near.sort();
    near.truncate(HINTS_MAX);
    let hint = match near.is_empty() {
        true => String::new(),
        false => {
            let names: Vec<String> = near.into_iter().map(|(_, name)| format!("'{name}'")).collect();
            format!(". Maybe you meant: [{}]", names.join(","))
        }
    };
    Error::new(
        Code::UNKNOWN_FUNCTION,
        format!("Function with name `{name}` does not exist{hint}"),
    )
}

/// Names further away than this are no hint.
const HINT_DISTANCE_MAX: usize = 2;
/// No more hints than this.
const HINTS_MAX: usize = 2;

/// An error of DataFusion or Arrow inside a kernel.
fn internal(error: impl Into<datafusion::common::DataFusionError>) -> Error {
    Error::from_datafusion(error.into())
}

/// `Ok(find(name))` or ClickHouse's error.
fn find_or_error(name: &str) -> Result<&'static Function> {
    find(name).ok_or_else(|| unknown_function(name))
}
