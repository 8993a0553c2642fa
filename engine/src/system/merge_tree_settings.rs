//! system.merge_tree_settings

use super::settings::TIER;
use super::{Content, SystemTable};
use crate::cells::Cell;
use crate::settings::merge_tree;

pub const TABLE: SystemTable = SystemTable {
    name: "merge_tree_settings",
    columns: &[
        ("name", "String", "Setting name."),
        ("value", "String", "Value of a table that does not say."),
        ("default", "String", "The same."),
        ("changed", "UInt8", "Always 0."),
        ("description", "String", "Always empty."),
        ("min", "Nullable(String)", "Always NULL."),
        ("max", "Nullable(String)", "Always NULL."),
        ("disallowed_values", "Array(String)", "Always empty."),
        (
            "readonly",
            "UInt8",
            "Whether it is said when a table is created, or not at all.",
        ),
        ("type", "String", "Type of the value."),
        ("is_obsolete", "UInt8", "Whether ClickHouse calls it obsolete."),
        ("tier", TIER, "ClickHouse's support level."),
    ],
    content: Content::Rows(|_, cells| {
        for setting in merge_tree() {
            cells.push([
                setting.name.into(),
                setting.default.into(),
                setting.default.into(),
                false.into(),
                "".into(),
                Cell::Null,
                Cell::Null,
                Cell::Texts(Vec::new()),
                setting.is_readonly.into(),
                setting.value_type.into(),
                (setting.tier == "Obsolete").into(),
                setting.tier.into(),
            ]);
        }
        Ok(())
    }),
};
