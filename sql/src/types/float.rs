//! Float32 and Float64.

use super::{DataType, TypeEntry};

/// The family Float32.
pub(super) const TYPE32: TypeEntry = TypeEntry {
    name: "Float32",
    aliases: &["FLOAT", "REAL", "SINGLE"],
    case_insensitive: false,
    parse: |_| Ok(DataType::Float32),
};

/// The family Float64.
pub(super) const TYPE64: TypeEntry = TypeEntry {
    name: "Float64",
    aliases: &["DOUBLE", "DOUBLE PRECISION"],
    case_insensitive: false,
    parse: |_| Ok(DataType::Float64),
};
