//! system.server_settings

use super::{Content, SystemTable};
use crate::server_settings::{SERVER_SETTINGS, find};
use crate::settings::server;

pub const TABLE: SystemTable = SystemTable {
    name: "server_settings",
    columns: &[
        ("name", "String", "Server setting name."),
        ("value", "String", "Server setting value."),
        ("default", "String", "Server setting default value."),
        (
            "changed",
            "UInt8",
            "Whether configuration or command line gave it another value.",
        ),
        (
            "description",
            "String",
            "What it does here; empty if it changes nothing.",
        ),
        ("type", "String", "Server setting value type."),
        (
            "changeable_without_restart",
            "Enum8('No' = 0, 'IncreaseOnly' = 1, 'DecreaseOnly' = 2, 'Yes' = 3)",
            "Whether a setting can be changed at runtime: none can.",
        ),
        ("is_obsolete", "UInt8", "Whether ClickHouse calls it obsolete."),
    ],
    content: Content::Rows(|environment, cells| {
        let settings = environment.engine.server_settings();
        for setting in SERVER_SETTINGS {
            cells.push([
                setting.name.into(),
                settings.text(setting.name).into(),
                setting.default.into(),
                settings.is_changed(setting.name).into(),
                setting.description.into(),
                setting.value_type.into(),
                "No".into(),
                false.into(),
            ]);
        }
        for (name, value_type, default, is_obsolete) in server().filter(|(name, ..)| find(name).is_none()) {
            cells.push([
                name.into(),
                default.into(),
                default.into(),
                false.into(),
                "".into(),
                value_type.into(),
                "No".into(),
                is_obsolete.into(),
            ]);
        }
        Ok(())
    }),
};
