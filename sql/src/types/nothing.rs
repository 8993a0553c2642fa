//! Nothing: the type without values; `NULL` is a `Nullable(Nothing)`.

use super::{DataType, TypeEntry};

/// The family Nothing.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "Nothing",
    aliases: &[],
    case_insensitive: false,
    parse: |arguments| arguments.none(DataType::Nothing),
};
