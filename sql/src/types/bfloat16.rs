//! BFloat16: the upper half of a Float32, held as its 16 bits.

use super::{DataType, TypeEntry};

/// The family BFloat16.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "BFloat16",
    aliases: &[],
    case_insensitive: false,
    parse: |_| Ok(DataType::BFloat16),
};
