//! system.table_functions

use super::{Content, SystemTable};
use crate::table_functions::TABLE_FUNCTIONS;

pub const TABLE: SystemTable = SystemTable {
    name: "table_functions",
    columns: &[
        ("name", "String", "Name of the table function."),
        ("description", "String", "Always empty."),
        ("allow_readonly", "UInt8", "Whether read-only sessions may use it."),
    ],
    content: Content::Rows(|_, cells| {
        for (name, _) in TABLE_FUNCTIONS {
            cells.push([(*name).into(), "".into(), true.into()]);
        }
        Ok(())
    }),
};
