//! system.one: one row, for queries without a table.

use super::{Content, SystemTable};

pub const TABLE: SystemTable = SystemTable {
    name: "one",
    columns: &[("dummy", "UInt8", "")],
    content: Content::Rows(|_, cells| {
        cells.push([0_u64.into()]);
        Ok(())
    }),
};
