//! What tells of the program: system.build_options, contributors, licenses, keywords, time_zones.

use gristmill_sql::types::TimeZone;

use super::{Content, SystemTable};
use crate::engine::CLICKHOUSE_VERSION;

pub const BUILD_OPTIONS: SystemTable = SystemTable {
    name: "build_options",
    columns: &[
        ("name", "String", "Name of the build option."),
        ("value", "String", "Its value."),
    ],
    content: Content::Rows(|_, cells| {
        let describe = format!("v{CLICKHOUSE_VERSION}");
        let numbers: Vec<&str> = CLICKHOUSE_VERSION.split('.').collect();
        let mut push = |name: &str, value: &str| cells.push([name.into(), value.into()]);
        push("VERSION_FULL", &format!("Gristmill {}", env!("CARGO_PKG_VERSION")));
        push("VERSION_DESCRIBE", &describe);
        push("VERSION_STRING", CLICKHOUSE_VERSION);
        for (name, number) in ["VERSION_MAJOR", "VERSION_MINOR", "VERSION_PATCH"]
            .into_iter()
            .zip(numbers)
        {
            push(name, number);
        }
        push("SYSTEM", std::env::consts::OS);
        push("SYSTEM_PROCESSOR", std::env::consts::ARCH);
        push("BUILD_TYPE", if cfg!(debug_assertions) { "Debug" } else { "Release" });
        Ok(())
    }),
};

pub const CONTRIBUTORS: SystemTable = SystemTable {
    name: "contributors",
    columns: &[("name", "String", "Who wrote this.")],
    content: Content::Rows(|_, cells| {
        cells.push(["Gristmill's contributors".into()]);
        Ok(())
    }),
};

pub const LICENSES: SystemTable = SystemTable {
    name: "licenses",
    columns: &[
        ("library_name", "String", "Name of the library."),
        ("license_type", "String", "License."),
        ("license_path", "String", "Its file."),
        ("license_text", "String", "Its text."),
    ],
    content: Content::Rows(|_, cells| {
        let text = include_str!("../../../LICENSE");
        cells.push([
            "gristmill".into(),
            env!("CARGO_PKG_LICENSE").into(),
            "/LICENSE".into(),
            text.into(),
        ]);
        Ok(())
    }),
};

pub const KEYWORDS: SystemTable = SystemTable {
    name: "keywords",
    columns: &[("keyword", "String", "A keyword of ClickHouse's parser.")],
    content: Content::Rows(|_, cells| {
        keywords().for_each(|keyword| cells.push([keyword.into()]));
        Ok(())
    }),
};

/// ClickHouse's keywords.
pub fn keywords() -> impl Iterator<Item = &'static str> {
    include_str!("keywords.txt").lines()
}

pub const TIME_ZONES: SystemTable = SystemTable {
    name: "time_zones",
    columns: &[("time_zone", "String", "A time zone that types and functions may name.")],
    content: Content::Rows(|_, cells| {
        TimeZone::names().for_each(|name| cells.push([name.into()]));
        Ok(())
    }),
};
