//! Array(T).

use super::{DataType, TypeEntry};

/// The family Array.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "Array",
    aliases: &[],
    case_insensitive: false,
    parse: |arguments| {
        Ok(DataType::Array(Box::new(
            arguments.one_type("Array", "type of elements")?,
        )))
    },
};
