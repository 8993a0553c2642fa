//! Functions of a lambda and arrays.

use super::super::lambda::Lambda;
use super::super::{Context, TypedExpr};
use crate::error::{Code, Error, Result};

/// A function that takes a lambda and arrays.
pub struct HigherOrder {
    pub name: &'static str,
    pub description: &'static str,
}

/// All of them.
pub const FUNCTIONS: &[HigherOrder] = &[];

/// The function of this name.
pub fn find(name: &str) -> Option<&'static HigherOrder> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

/// Calls it.
pub fn call(function: &'static HigherOrder, _: &Lambda, _: Vec<TypedExpr>, _: &Context) -> Result<TypedExpr> {
    Err(Error::new(Code::NOT_IMPLEMENTED, function.name))
}
