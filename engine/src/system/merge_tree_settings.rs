//! system.merge_tree_settings

use super::{Content, SystemTable};
use crate::settings::merge_tree;

pub const TABLE: SystemTable = SystemTable {
    name: "merge_tree_settings",
    columns: &[
        ("name", "String", "Setting name."),
        ("value", "String", "Value of a table that does not say."),
        ("changed", "UInt8", "Always 0."),
        ("type", "String", "Type of the value."),
        ("is_obsolete", "UInt8", "Whether ClickHouse calls it obsolete."),
    ],
    content: Content::Rows(|_, cells| {
        for (name, value_type, value, is_obsolete) in merge_tree() {
            let row = [
                name.into(),
                value.into(),
                false.into(),
                value_type.into(),
                is_obsolete.into(),
            ];
            cells.push(row);
        }
        Ok(())
    }),
};
