//! The keys that files may have, ClickHouse's and ours, and what each becomes of [`super::Config`].

use gristmill_sql::{Code, Error, Result};

use super::tree::Node;

/// What a key's value is.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    /// One or more of them.
    Texts,
    /// A number, or a switch.
    Number,
    /// A port; empty, `false` or removed: it stays closed.
    Port,
}

use Kind::{Number, Port, Text, Texts};

/// Key in files, key of the configuration, kind. Adding one is a line here and a field there.
const KEYS: &[(&str, &str, Kind)] = &[
    ("path", "path", Text),
    ("http_port", "http_port", Port),
    ("https_port", "https_port", Port),
    ("tcp_port", "tcp_port", Port),
    ("tcp_port_secure", "tcp_port_secure", Port),
    ("listen_host", "listen_host", Texts),
    ("listen_try", "listen_try", Number),
    ("user_files_path", "user_files_path", Text),
    ("max_connections", "max_connections", Number),
    ("max_concurrent_queries", "max_concurrent_queries", Number),
    ("max_body_bytes", "max_body_bytes", Number),
    ("keep_alive_timeout", "keep_alive_timeout_seconds", Number),
    ("keep_alive_timeout_seconds", "keep_alive_timeout_seconds", Number),
    ("idle_connection_timeout", "idle_connection_timeout_seconds", Number),
    (
        "idle_connection_timeout_seconds",
        "idle_connection_timeout_seconds",
        Number,
    ),
    ("receive_timeout_seconds", "receive_timeout_seconds", Number),
    ("send_timeout_seconds", "send_timeout_seconds", Number),
    ("shutdown_wait_unfinished", "shutdown_wait_seconds", Number),
    ("shutdown_wait_seconds", "shutdown_wait_seconds", Number),
    ("openSSL.server.certificateFile", "openSSL.server.certificateFile", Text),
    ("openSSL.server.privateKeyFile", "openSSL.server.privateKeyFile", Text),
    (
        "openSSL.server.verificationMode",
        "openSSL.server.verificationMode",
        Text,
    ),
    (
        "openSSL.server.disableProtocols",
        "openSSL.server.disableProtocols",
        Text,
    ),
    ("logger.level", "logger.level", Text),
    ("logger.log", "logger.log", Text),
    ("logger.console", "logger.console", Number),
    ("logger.formatting.type", "logger.formatting.type", Text),
    (
        "vector_similarity_index_cache_size",
        "vector_similarity_index_cache_size",
        Number,
    ),
    (
        "vector_similarity_index_cache_max_entries",
        "vector_similarity_index_cache_max_entries",
        Number,
    ),
    (
        "vector_similarity_index_cache_policy",
        "vector_similarity_index_cache_policy",
        Text,
    ),
    (
        "vector_similarity_index_cache_size_ratio",
        "vector_similarity_index_cache_size_ratio",
        Number,
    ),
    (
        "enable_global_vector_index_preload",
        "enable_global_vector_index_preload",
        Text,
    ),
    (
        "max_build_vector_similarity_index_thread_pool_size",
        "max_build_vector_similarity_index_thread_pool_size",
        Number,
    ),
    ("background_pool_size", "background_pool_size", Number),
];

/// Where users, and settings of sessions, are said: not here.
const SECTIONS: [&str; 5] = ["users", "profiles", "quotas", "users_config", "user_directories"];

/// What of a tree is configuration of the server.
#[derive(Debug, Default)]
pub struct Sorted {
    /// The configuration, to be read as [`super::Config`].
    pub table: toml::Table,
    /// Ports that stay closed.
    pub closed: Vec<String>,
    /// Keys that say nothing here.
    pub unknown: Vec<String>,
}

impl Sorted {
    /// Sorts the keys of a tree.
    pub fn of(tree: &Node) -> Result<Sorted> {
        let mut sorted = Sorted::default();
        for child in &tree.children {
            if child.name == "settings" {
                sorted.settings(child);
            } else if !SECTIONS.contains(&child.name.as_str()) {
                sorted.take(&child.name, child)?;
            }
        }
        Ok(sorted)
    }

    fn settings(&mut self, node: &Node) {
        for setting in node.present() {
            let value = toml::Value::String(setting.text.clone());
            put(&mut self.table, &format!("settings.{}", setting.name), value);
        }
    }

    fn take(&mut self, path: &str, node: &Node) -> Result<()> {
        if let Some((_, target, kind)) = KEYS.iter().find(|(known, ..)| *known == path) {
            return self.value(target, *kind, node);
        }
        match node.children.is_empty() {
            true if node.is_removed() => {}
            true => self.unknown.push(path.to_string()),
            false => {
                for child in node.present() {
                    self.take(&format!("{path}.{}", child.name), child)?;
                }
            }
        }
        Ok(())
    }

    fn value(&mut self, target: &str, kind: Kind, node: &Node) -> Result<()> {
        let is_off = node.is_removed() || node.text.is_empty() || node.text == "false";
        if kind == Port && is_off {
            self.table.remove(target);
            self.closed.push(target.to_string());
        }
        if node.is_removed() || (kind == Port && is_off) {
            return Ok(());
        }
        if !node.children.is_empty() {
            let message = format!("{target} in the configuration is not one value");
            return Err(Error::new(Code::INVALID_CONFIG_PARAMETER, message));
        }
        let text = toml::Value::String(node.text.clone());
        let value = match kind {
            Text => text,
            Number | Port => match super::plain(&node.text) {
                toml::Value::String(text) => {
                    let message = format!("{target} in the configuration must be a number, not '{text}'");
                    return Err(Error::new(Code::INVALID_CONFIG_PARAMETER, message));
                }
                value => value,
            },
            Texts => {
                let there = self.table.remove(target);
                let mut values = there.and_then(|it| it.as_array().cloned()).unwrap_or_default();
                values.push(text);
                toml::Value::Array(values)
            }
        };
        put(&mut self.table, target, value);
        Ok(())
    }
}

/// Puts a value where a path with dots leads.
fn put(table: &mut toml::Table, path: &str, value: toml::Value) {
    let Some((name, rest)) = path.split_once('.') else {
        table.insert(path.to_string(), value);
        return;
    };
    let inner = table
        .entry(name)
        .or_insert_with(|| toml::Value::Table(toml::Table::new()));
    if let toml::Value::Table(inner) = inner {
        put(inner, rest, value);
    }
}
