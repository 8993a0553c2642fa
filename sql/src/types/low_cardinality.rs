//! LowCardinality(T): T with a dictionary on disk and on the wire; in memory and in text it is T.

use super::{Arguments, DataType, TypeEntry};
use crate::error::{Code, Error, Result};

/// The family LowCardinality.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "LowCardinality",
    aliases: &[],
    case_insensitive: false,
    parse,
};

fn parse(arguments: &Arguments) -> Result<DataType> {
    let inner = arguments.one_type("LowCardinality", "type of elements")?;
    if !inner.can_be_inside_low_cardinality() {
        let message = format!(
            "DataTypeLowCardinality is supported only for numbers, strings, Date or DateTime, but got {}",
            inner.strip_nullable()
        );
        return Err(Error::new(Code::ILLEGAL_TYPE_OF_ARGUMENT, message));
    }
    Ok(DataType::LowCardinality(Box::new(inner)))
}
