//! UInt8 to UInt64 and Int8 to Int64.

use super::{DataType, TypeEntry};

/// Arguments such as the width of `INT(11)` are accepted and mean nothing, as in ClickHouse.
macro_rules! entry {
    ($constant:ident, $variant:ident, $aliases:expr) => {
        #[doc = concat!("The family ", stringify!($variant), ".")]
        pub(super) const $constant: TypeEntry = TypeEntry {
            name: stringify!($variant),
            aliases: $aliases,
            case_insensitive: false,
            parse: |_| Ok(DataType::$variant),
        };
    };
}

entry!(
    INT8,
    Int8,
    &["TINYINT", "TINYINT SIGNED", "INT1", "INT1 SIGNED", "BYTE"]
);
entry!(INT16, Int16, &["SMALLINT", "SMALLINT SIGNED"]);
entry!(
    INT32,
    Int32,
    &[
        "INT",
        "INT SIGNED",
        "INTEGER",
        "INTEGER SIGNED",
        "MEDIUMINT",
        "MEDIUMINT SIGNED"
    ]
);
entry!(INT64, Int64, &["BIGINT", "BIGINT SIGNED", "SIGNED"]);
entry!(UINT8, UInt8, &["TINYINT UNSIGNED", "INT1 UNSIGNED"]);
entry!(UINT16, UInt16, &["SMALLINT UNSIGNED", "YEAR"]);
entry!(
    UINT32,
    UInt32,
    &["INT UNSIGNED", "INTEGER UNSIGNED", "MEDIUMINT UNSIGNED"]
);
entry!(UINT64, UInt64, &["BIGINT UNSIGNED", "UNSIGNED", "BIT", "SET"]);
