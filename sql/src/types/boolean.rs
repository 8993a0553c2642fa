//! Bool.

use super::{DataType, TypeEntry};

/// The family Bool.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "Bool",
    aliases: &["bool", "boolean"],
    case_insensitive: true,
    parse: |arguments| arguments.none(DataType::Bool),
};
