//! Settings of the whole server, which configuration file and command line give: which there are and what was given.
//!
//! Those that sockets and threads are about are read by whoever opens the database; here they are for
//! `system.server_settings`. Adding one is a line in [`SERVER_SETTINGS`], and the place that reads it.

use std::collections::BTreeMap;

use gristmill_index::{CacheLimits, CachePolicy};
use gristmill_sql::Code;

use crate::error::{Error, Result};
use crate::settings::value;

/// One server setting.
#[derive(Debug)]
pub struct ServerSetting {
    /// ClickHouse's name, or ours.
    pub name: &'static str,
    /// ClickHouse's name of the type.
    pub value_type: &'static str,
    /// Default as text.
    pub default: &'static str,
    /// What it does.
    pub description: &'static str,
}

/// Most threads that merge in the background: each of them holds a merge's memory.
const BACKGROUND_POOL_SIZE_MAX: u64 = 256;

const fn setting(
    name: &'static str,
    value_type: &'static str,
    default: &'static str,
    description: &'static str,
) -> ServerSetting {
    ServerSetting {
        name,
        value_type,
        default,
        description,
    }
}

/// All of them, by name.
pub const SERVER_SETTINGS: &[ServerSetting] = &[
    setting(
        "background_pool_size",
        "UInt64",
        "2",
        "Threads that do merges and mutations in the background; 0: only OPTIMIZE and whoever waits for a mutation do.",
    ),
    setting(
        "enable_global_vector_index_preload",
        "Bool",
        "0",
        "Vector indexes of all tables are opened in the background when the server starts, and whenever parts are \
         written, as far as the cache has room.",
    ),
    setting(
        "max_build_vector_similarity_index_thread_pool_size",
        "UInt64",
        "16",
        "The maximum number of threads to use for building vector indexes.",
    ),
    setting("max_concurrent_queries", "UInt64", "1000", "Queries run at once."),
    setting("max_connections", "Int32", "4096", "Max server connections."),
    setting(
        "vector_similarity_index_cache_max_entries",
        "UInt64",
        "10000000",
        "Size of cache for vector similarity index in entries. Zero means disabled.",
    ),
    setting(
        "vector_similarity_index_cache_policy",
        "String",
        "SLRU",
        "Vector similarity index cache policy name: SLRU or LRU.",
    ),
    setting(
        "vector_similarity_index_cache_size",
        "UInt64",
        "5368709120",
        "Size of cache for vector similarity indexes, bytes. An index that is larger is searched in its mapped file, whose \
         pages the system may take back; zero means that of all indexes.",
    ),
    setting(
        "vector_similarity_index_cache_size_ratio",
        "Double",
        "0.5",
        "The size of the protected queue (in case of SLRU policy) in the vector similarity index cache relative to the \
         cache's total size.",
    ),
];

/// The setting of that name.
pub fn find(name: &str) -> Option<&'static ServerSetting> {
    SERVER_SETTINGS.iter().find(|setting| setting.name == name)
}

/// What was given, over the defaults.
#[derive(Clone, Debug, Default)]
pub struct ServerSettings {
    given: BTreeMap<&'static str, String>,
}

impl ServerSettings {
    /// Takes a value after checking it; UNKNOWN_SETTING, or what is wrong with it.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let Some(setting) = find(name) else {
            let message = format!("Unknown server setting '{name}'");
            return Err(Error::new(Code::UNKNOWN_SETTING, message));
        };
        let value = checked(setting, value.trim())?;
        self.given.insert(setting.name, value);
        Ok(())
    }

    /// A value as text. Panics on a name that is not in [`SERVER_SETTINGS`].
    pub fn text(&self, name: &str) -> &str {
        match self.given.get(name) {
            Some(value) => value,
            None => find(name).expect("the engine asks for settings that exist").default,
        }
    }

    /// Whether a value was given, and another one than the default.
    pub fn is_changed(&self, name: &str) -> bool {
        find(name).is_some_and(|setting| self.text(name) != setting.default)
    }

    /// A setting's number.
    pub fn integer(&self, name: &str) -> u64 {
        self.text(name).parse().expect("it was checked")
    }

    /// A Bool setting's value.
    pub fn flag(&self, name: &str) -> bool {
        self.text(name) == "1"
    }

    /// How much the cache of vector indexes holds.
    pub(crate) fn index_cache(&self) -> CacheLimits {
        let share = self.text("vector_similarity_index_cache_size_ratio");
        CacheLimits {
            bytes_max: self.integer("vector_similarity_index_cache_size"),
            entries_max: self.integer("vector_similarity_index_cache_max_entries"),
            policy: match self.text("vector_similarity_index_cache_policy") {
                "LRU" => CachePolicy::Lru,
                _ => CachePolicy::Slru {
                    protected_share: share.parse().expect("it was checked"),
                },
            },
        }
    }
}

/// The value in the form in which it is shown.
fn checked(setting: &ServerSetting, value: &str) -> Result<String> {
    let wrong = |what: &str| {
        let message = format!("Server setting {} cannot be '{value}': {what}", setting.name);
        Err(Error::new(Code::INVALID_CONFIG_PARAMETER, message))
    };
    match (setting.name, setting.value_type) {
        ("vector_similarity_index_cache_policy", _) => match value {
            "SLRU" | "LRU" => Ok(value.into()),
            _ => {
                let message = format!("Unknown cache policy name: {value}. SLRU and LRU are known");
                Err(Error::new(Code::BAD_ARGUMENTS, message))
            }
        },
        ("background_pool_size", _) => match value.parse::<u64>() {
            Ok(threads) if threads <= BACKGROUND_POOL_SIZE_MAX => Ok(threads.to_string()),
            _ => wrong("it is a number up to 256"),
        },
        (_, "Double") => match value.parse::<f64>() {
            Ok(share) if (0.0..=1.0).contains(&share) => Ok(share.to_string()),
            _ => wrong("it is a number from 0 to 1"),
        },
        (_, "Bool") => value::boolean(value),
        _ => match value.parse::<u64>() {
            Ok(number) => Ok(number.to_string()),
            Err(_) => wrong("it is a whole number"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, value: &str, expected: &str) {
        let mut settings = ServerSettings::default();
        let shown = match settings.set(name, value) {
            Ok(()) => settings.text(name).to_string(),
            Err(error) => error.to_string(),
        };
        assert!(shown.contains(expected), "{name} = {value}: {shown}");
    }

    #[test]
    fn values_are_checked() {
        check("vector_similarity_index_cache_size", "1000", "1000");
        check("vector_similarity_index_cache_size", "-1", "a whole number");
        check("vector_similarity_index_cache_policy", "LRU", "LRU");
        check(
            "vector_similarity_index_cache_policy",
            "FIFO",
            "Unknown cache policy name: FIFO",
        );
        check("vector_similarity_index_cache_size_ratio", "0.25", "0.25");
        check("vector_similarity_index_cache_size_ratio", "1.5", "from 0 to 1");
        check("enable_global_vector_index_preload", "true", "1");
        check("enable_global_vector_index_preload", "False", "0");
        check("enable_global_vector_index_preload", "2", "CANNOT_PARSE_BOOL");
        check("enable_global_vector_index_preload", "yes", "CANNOT_PARSE_BOOL");
        check("background_pool_size", "257", "up to 256");
        check("nosuch", "1", "UNKNOWN_SETTING");
    }

    #[test]
    fn defaults_are_values() {
        for setting in SERVER_SETTINGS {
            check(setting.name, setting.default, setting.default);
            assert!(!ServerSettings::default().is_changed(setting.name));
        }
        assert!(SERVER_SETTINGS.is_sorted_by_key(|setting| setting.name));
    }
}
