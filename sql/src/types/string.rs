//! String: bytes of any length, in no particular encoding.

use super::{DataType, TypeEntry};

/// The family String; a length as in `VARCHAR(255)` is accepted and means nothing, as in ClickHouse.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "String",
    aliases: &[
        "CHAR",
        "CHARACTER",
        "NCHAR",
        "NATIONAL CHAR",
        "NATIONAL CHARACTER",
        "VARCHAR",
        "VARCHAR2",
        "NVARCHAR",
        "CHAR VARYING",
        "CHARACTER VARYING",
        "NCHAR VARYING",
        "NATIONAL CHAR VARYING",
        "NATIONAL CHARACTER VARYING",
        "TEXT",
        "TINYTEXT",
        "MEDIUMTEXT",
        "LONGTEXT",
        "CLOB",
        "CHAR LARGE OBJECT",
        "CHARACTER LARGE OBJECT",
        "NCHAR LARGE OBJECT",
        "NATIONAL CHARACTER LARGE OBJECT",
        "BLOB",
        "TINYBLOB",
        "MEDIUMBLOB",
        "LONGBLOB",
        "BYTEA",
        "BINARY LARGE OBJECT",
        "BINARY VARYING",
        "VARBINARY",
    ],
    case_insensitive: false,
    parse: |_| Ok(DataType::String),
};
