//! Nullable(T): a value of T or NULL.

use super::{Arguments, DataType, TypeEntry};
use crate::error::{Code, Error, Result};

/// The family Nullable.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "Nullable",
    aliases: &[],
    case_insensitive: false,
    parse,
};

fn parse(arguments: &Arguments) -> Result<DataType> {
    let inner = arguments.one_type("Nullable", "nested type")?;
    if !inner.can_be_inside_nullable() {
        let message = format!("Nested type {inner} cannot be inside Nullable type");
        return Err(Error::new(Code::ILLEGAL_TYPE_OF_ARGUMENT, message));
    }
    Ok(DataType::Nullable(Box::new(inner)))
}
