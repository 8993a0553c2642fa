//! What functions may know about the query around them.

use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::types::TimeZone;

/// Facts that stay the same during one query.
#[derive(Clone, Debug)]
pub struct Context {
    /// Seconds since 1970-01-01 UTC when the query began, and nanoseconds within the second.
    pub now: (i64, u32),
    /// The time zone of DateTime values that name none.
    pub time_zone: TimeZone,
    /// `currentDatabase()`.
    pub database: String,
    /// `currentUser()`.
    pub user: String,
    /// `currentRoles()`.
    pub current_roles: Vec<String>,
    /// `enabledRoles()`.
    pub enabled_roles: Vec<String>,
    /// `defaultRoles()`.
    pub default_roles: Vec<String>,
    /// `hostName()`.
    pub host_name: String,
    /// `version()`.
    pub version: String,
    /// `queryID()`.
    pub query_id: String,
    /// `uptime()`, in seconds.
    pub uptime: u32,
    /// `serverUUID()`.
    pub server_uuid: [u8; 16],
    /// `connectionId()`.
    pub connection_id: u64,
    /// Open ports by their names in the configuration, such as `http_port`.
    pub ports: Vec<(String, u16)>,
    /// Finds a setting for `getSetting`, through aliases.
    pub known_setting: fn(&str) -> Option<KnownSetting>,
    /// Settings of the query that functions look at, and those asked for by `getSetting`.
    pub settings: BTreeMap<String, String>,
}

/// What functions may know of a setting.
#[derive(Clone, Copy, Debug)]
pub struct KnownSetting {
    /// Its own name, not an alias.
    pub name: &'static str,
    /// ClickHouse's name of the type.
    pub value_type: &'static str,
    /// Default as text.
    pub default: &'static str,
}

impl Context {
    /// Whether a setting is on in the query; those that are not changed are off.
    pub fn flag(&self, setting: &str) -> bool {
        let value = self.settings.get(setting);
        value.is_some_and(|value| !matches!(value.as_str(), "0" | "false" | ""))
    }
}

impl Default for Context {
    fn default() -> Context {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Context {
            now: (now.as_secs() as i64, now.subsec_nanos()),
            time_zone: TimeZone::UTC,
            database: "default".into(),
            user: "default".into(),
            current_roles: Vec::new(),
            enabled_roles: Vec::new(),
            default_roles: Vec::new(),
            host_name: "localhost".into(),
            version: env!("CARGO_PKG_VERSION").into(),
            query_id: String::new(),
            uptime: 0,
            server_uuid: [0; 16],
            connection_id: 0,
            ports: Vec::new(),
            known_setting: |_| None,
            settings: BTreeMap::new(),
        }
    }
}
