//! Date: days since 1970-01-01, up to 2149-06-06.

use super::{DataType, TypeEntry};

/// The family Date.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "Date",
    aliases: &[],
    case_insensitive: true,
    parse: |arguments| arguments.none(DataType::Date),
};
