//! UUID: 16 bytes, held in the order in which they are written, so that bytewise order is numeric order.

use super::{DataType, TypeEntry};

/// The family UUID.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "UUID",
    aliases: &[],
    case_insensitive: false,
    parse: |arguments| arguments.none(DataType::Uuid),
};
