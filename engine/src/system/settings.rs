//! system.settings: clients look here before they send a setting.

use super::{Content, SystemTable};
use crate::cells::{Cell, Cells};
use crate::environment::Environment;
use crate::error::Result;
use crate::settings::all;

/// ClickHouse's support levels.
pub const TIER: &str =
    "Enum8('Production' = 0, 'Obsolete' = 4, 'Experimental' = 8, 'Beta' = 12, 'PrivatePreview' = 16)";

pub const TABLE: SystemTable = SystemTable {
    name: "settings",
    columns: &[
        ("name", "String", "Setting name."),
        ("value", "String", "Setting value."),
        ("changed", "UInt8", "Whether the session changed it."),
        (
            "description",
            "String",
            "What it does here; empty if it changes nothing.",
        ),
        ("min", "Nullable(String)", "Always NULL."),
        ("max", "Nullable(String)", "Always NULL."),
        ("disallowed_values", "Array(String)", "Always empty."),
        ("readonly", "UInt8", "Whether it cannot be changed."),
        ("type", "String", "Type of the value."),
        ("default", "String", "Default value."),
        ("alias_for", "String", "The setting this is another name of."),
        ("is_obsolete", "UInt8", "Whether ClickHouse calls it obsolete."),
        ("tier", TIER, "ClickHouse's support level."),
    ],
    content: Content::Rows(fill),
};

fn fill(environment: &Environment, cells: &mut Cells) -> Result<()> {
    let settings = &environment.settings;
    for setting in all() {
        let changed = settings.is_changed(match setting.alias_for {
            "" => setting.name,
            original => original,
        });
        cells.push([
            setting.name.into(),
            settings.text(setting.name).into(),
            changed.into(),
            setting.description.into(),
            Cell::Null,
            Cell::Null,
            Cell::Texts(Vec::new()),
            (settings.integer("readonly") == 1).into(),
            setting.value_type.into(),
            setting.default.into(),
            setting.alias_for.into(),
            (setting.tier == "Obsolete").into(),
            setting.tier.into(),
        ]);
    }
    Ok(())
}
