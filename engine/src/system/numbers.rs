//! system.numbers and system.numbers_mt: all of them.

use super::{Content, SystemTable};

const COLUMNS: &[(&str, &str, &str)] = &[("number", "UInt64", "")];

pub const TABLE: SystemTable = SystemTable {
    name: "numbers",
    columns: COLUMNS,
    content: Content::Numbers,
};

pub const PARALLEL: SystemTable = SystemTable {
    name: "numbers_mt",
    columns: COLUMNS,
    content: Content::Numbers,
};
