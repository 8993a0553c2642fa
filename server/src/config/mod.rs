//! What a server is told at start: configuration files, under them the defaults, over them the command line.
//!
//! Files are TOML, YAML or ClickHouse's XML ([`tree`]), one with those that add to it ([`files`]); [`keys`] says what of
//! them becomes which field of [`Config`], and [`users`] who may come. An unknown key of TOML is an error; those of
//! ClickHouse's files, which have many more, are told in the log, so a misspelled one is never silently without effect.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gristmill_engine::ConfiguredUsers;
use gristmill_engine::server_settings::ServerSettings;
use gristmill_sql::{Code, Error, Result};
use serde::{Deserialize, Deserializer};

use self::keys::Sorted;
use crate::cli::ServerOptions;
use crate::log::LogConfig;
use crate::tls::TlsConfig;

mod files;
mod keys;
pub mod tree;
mod users;

/// Files that may have keys of ClickHouse's that say nothing here.
const OTHERS: [&str; 4] = ["xml", "conf", "yaml", "yml"];

/// Most threads that merge in the background: each of them holds a merge's memory.
const BACKGROUND_POOL_SIZE_MAX: usize = 256;

/// The configuration of a server; the keys of the file are the names of these fields.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Folder of the database; created where it is missing.
    pub path: PathBuf,
    /// Port for HTTP; 0 takes a free one.
    pub http_port: u16,
    /// Port for the native protocol; 0 takes a free one. If it is not given, 9000 is taken where it is free.
    pub tcp_port: Option<u16>,
    /// Port for HTTPS; 0 takes a free one. None is opened if it is not given.
    pub https_port: Option<u16>,
    /// Port for the native protocol under TLS, likewise.
    pub tcp_port_secure: Option<u16>,
    /// What the secure ports present.
    #[serde(rename = "openSSL")]
    pub open_ssl: TlsConfig,
    /// Addresses to listen on.
    #[serde(deserialize_with = "one_or_more")]
    pub listen_host: Vec<String>,
    /// An address that cannot be listened on is passed over.
    #[serde(deserialize_with = "number_or_switch")]
    pub listen_try: bool,
    /// The log.
    pub logger: LogConfig,
    /// Folder that the table function `file` may read; `user_files` in the database's folder if it is not given.
    pub user_files_path: Option<PathBuf>,
    /// Connections served at once; the next one waits until one closes.
    pub max_connections: usize,
    /// Queries run at once; the next one is refused with TOO_MANY_SIMULTANEOUS_QUERIES.
    pub max_concurrent_queries: usize,
    /// Bytes of one request's body, data of an INSERT included; 0: no limit.
    pub max_body_bytes: u64,
    /// An idle connection is closed after this long.
    pub keep_alive_timeout_seconds: u64,
    /// The same for the native protocol, if it is another.
    pub idle_connection_timeout_seconds: Option<u64>,
    /// Nothing arriving in the middle of a request for this long ends it.
    pub receive_timeout_seconds: u64,
    /// A client that takes nothing of an answer for this long is given up.
    pub send_timeout_seconds: u64,
    /// Running queries may go on for this long after SIGTERM.
    pub shutdown_wait_seconds: u64,
    /// Bytes of vector indexes kept in memory.
    pub vector_similarity_index_cache_size: Option<u64>,
    /// How many of them.
    pub vector_similarity_index_cache_max_entries: Option<u64>,
    /// Which go first: SLRU or LRU.
    pub vector_similarity_index_cache_policy: Option<String>,
    /// The share of SLRU that is protected.
    pub vector_similarity_index_cache_size_ratio: Option<f64>,
    /// Whether vector indexes of all tables are opened before they are searched.
    #[serde(deserialize_with = "switch")]
    pub enable_global_vector_index_preload: Option<String>,
    /// Threads that build vector indexes, of all statements and merges together.
    pub max_build_vector_similarity_index_thread_pool_size: Option<usize>,
    /// Threads that merge parts in the background; 0: parts are merged by OPTIMIZE only.
    pub background_pool_size: Option<usize>,
    /// Values of settings that every session starts with.
    pub settings: BTreeMap<String, toml::Value>,
    /// Who may come.
    #[serde(skip)]
    pub users: ConfiguredUsers,
    /// Names of ports that stay closed although they have a default.
    #[serde(skip)]
    pub closed_ports: Vec<String>,
    /// Keys of the files that say nothing here.
    #[serde(skip)]
    pub unknown_keys: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            path: PathBuf::from("gristmill-data"),
            http_port: 8123,
            tcp_port: None,
            https_port: None,
            tcp_port_secure: None,
            open_ssl: TlsConfig::default(),
            listen_host: vec!["127.0.0.1".to_string()],
            listen_try: false,
            logger: LogConfig::default(),
            user_files_path: None,
            max_connections: 4096,
            max_concurrent_queries: 1000,
            max_body_bytes: 0,
            keep_alive_timeout_seconds: 3600, // drivers keep pools of idle connections for that long
            idle_connection_timeout_seconds: None,
            receive_timeout_seconds: 300,
            send_timeout_seconds: 300,
            shutdown_wait_seconds: 5,
            vector_similarity_index_cache_size: None,
            vector_similarity_index_cache_max_entries: None,
            vector_similarity_index_cache_policy: None,
            vector_similarity_index_cache_size_ratio: None,
            enable_global_vector_index_preload: None,
            max_build_vector_similarity_index_thread_pool_size: None,
            background_pool_size: None,
            settings: BTreeMap::new(),
            users: ConfiguredUsers::default(),
            closed_ports: Vec::new(),
            unknown_keys: Vec::new(),
        }
    }
}

impl Config {
    /// Reads the file that `options` names, if it names one, and lays the options and `settings` of the server over it.
    pub fn load(options: &ServerOptions, settings: &[(String, String)]) -> Result<Config> {
        let (mut sorted, users) = match &options.config_file {
            Some(file) => Config::read(file)?,
            None => Default::default(),
        };
        for (name, value) in settings {
            sorted.table.insert(name.clone(), plain(value));
        }
        let mut config: Config = sorted.table.try_into().map_err(|error| bad(options, &error))?;
        config.closed_ports = sorted.closed;
        config.unknown_keys = sorted.unknown;
        config.take_users(users);
        config.overlay(options);
        config.check()
    }

    /// The server's keys of a file and those that belong to it, and its users.
    fn read(file: &Path) -> Result<(Sorted, ConfiguredUsers)> {
        let mut tree = files::read(file)?;
        let sorted = Sorted::of(&tree)?;
        let is_own = file
            .extension()
            .is_none_or(|extension| !OTHERS.iter().any(|other| extension == *other));
        if let Some(key) = sorted.unknown.first().filter(|_| is_own) {
            let message = format!("Bad configuration file {}: unknown key {key}", file.display());
            return Err(Error::new(Code::BAD_ARGUMENTS, message));
        }
        if let Some(users) = files::read_users(file, &tree)? {
            tree.merge(users);
        }
        Ok((sorted, users::of(&tree)?))
    }

    /// What the profile `default` says holds for all sessions, unless the configuration's own settings say more.
    fn take_users(&mut self, users: ConfiguredUsers) {
        let default = users.profiles.iter().filter(|profile| profile.name == "default");
        for (name, value) in default.flat_map(|profile| &profile.settings) {
            let value = toml::Value::String(value.clone());
            self.settings.entry(name.clone()).or_insert(value);
        }
        self.users = users;
    }

    fn overlay(&mut self, options: &ServerOptions) {
        let ServerOptions {
            path,
            config_file: _,
            http_port,
            tcp_port,
            https_port,
            tcp_port_secure,
            listen_host,
            user_files_path,
        } = options;
        overlay(&mut self.path, path);
        overlay(&mut self.http_port, http_port);
        self.tcp_port = tcp_port.or(self.tcp_port);
        self.https_port = https_port.or(self.https_port);
        self.tcp_port_secure = tcp_port_secure.or(self.tcp_port_secure);
        let given = [("http_port", http_port), ("tcp_port", tcp_port)];
        self.closed_ports
            .retain(|closed| !given.iter().any(|(name, port)| name == closed && port.is_some()));
        if let Some(host) = listen_host {
            self.listen_host = vec![host.clone()];
        }
        if user_files_path.is_some() {
            self.user_files_path.clone_from(user_files_path);
        }
    }

    /// Whether the port of this name stays closed.
    pub fn is_closed(&self, port: &str) -> bool {
        self.closed_ports.iter().any(|closed| closed == port)
    }

    /// What the engine is told of it.
    pub fn server_settings(&self) -> Result<ServerSettings> {
        let given = [
            (
                "background_pool_size",
                self.background_pool_size.map(|it| it.to_string()),
            ),
            (
                "enable_global_vector_index_preload",
                self.enable_global_vector_index_preload.clone(),
            ),
            (
                "max_build_vector_similarity_index_thread_pool_size",
                self.max_build_vector_similarity_index_thread_pool_size
                    .map(|it| it.to_string()),
            ),
            ("max_concurrent_queries", Some(self.max_concurrent_queries.to_string())),
            ("max_connections", Some(self.max_connections.to_string())),
            (
                "vector_similarity_index_cache_max_entries",
                self.vector_similarity_index_cache_max_entries.map(|it| it.to_string()),
            ),
            (
                "vector_similarity_index_cache_policy",
                self.vector_similarity_index_cache_policy.clone(),
            ),
            (
                "vector_similarity_index_cache_size",
                self.vector_similarity_index_cache_size.map(|it| it.to_string()),
            ),
            (
                "vector_similarity_index_cache_size_ratio",
                self.vector_similarity_index_cache_size_ratio.map(|it| it.to_string()),
            ),
        ];
        let mut settings = ServerSettings::default();
        for (name, value) in given {
            if let Some(value) = value {
                settings.set(name, &value)?;
            }
        }
        Ok(settings)
    }

    fn check(self) -> Result<Config> {
        for (name, value) in [
            ("max_connections", self.max_connections),
            ("max_concurrent_queries", self.max_concurrent_queries),
        ] {
            if value == 0 {
                return Err(Error::new(Code::BAD_ARGUMENTS, format!("{name} must be at least 1")));
            }
        }
        if self
            .background_pool_size
            .is_some_and(|threads| threads > BACKGROUND_POOL_SIZE_MAX)
        {
            let message = format!("background_pool_size must be at most {BACKGROUND_POOL_SIZE_MAX}");
            return Err(Error::new(Code::BAD_ARGUMENTS, message));
        }
        Ok(self)
    }

    /// The settings of the file as text, the form in which sessions take them.
    pub fn setting_values(&self) -> Result<Vec<(String, String)>> {
        let text = |(name, value): (&String, &toml::Value)| match value {
            toml::Value::String(text) => Ok((name.clone(), text.clone())),
            toml::Value::Integer(_) | toml::Value::Float(_) | toml::Value::Boolean(_) => {
                Ok((name.clone(), value.to_string()))
            }
            _ => Err(Error::new(
                Code::BAD_ARGUMENTS,
                format!("The value of setting {name} must be text, a number or a boolean"),
            )),
        };
        self.settings.iter().map(text).collect()
    }

    /// The folder that the table function `file` may read.
    pub fn user_files(&self) -> PathBuf {
        self.user_files_path
            .clone()
            .unwrap_or_else(|| self.path.join("user_files"))
    }
}

/// The text of a Bool setting, which a file may give as a boolean, a number or a string, as ClickHouse's XML and YAML
/// do. Whether it is one is for [`ServerSettings`] to say.
fn switch<'de, D: Deserializer<'de>>(value: D) -> std::result::Result<Option<String>, D::Error> {
    Ok(Some(match toml::Value::deserialize(value)? {
        toml::Value::String(text) => text,
        other => other.to_string(),
    }))
}

/// One text or several.
fn one_or_more<'de, D: Deserializer<'de>>(value: D) -> std::result::Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMore {
        One(String),
        More(Vec<String>),
    }
    Ok(match OneOrMore::deserialize(value)? {
        OneOrMore::One(text) => vec![text],
        OneOrMore::More(texts) => texts,
    })
}

/// A switch as ClickHouse's files have it: a number or a word.
pub(crate) fn number_or_switch<'de, D: Deserializer<'de>>(value: D) -> std::result::Result<bool, D::Error> {
    Ok(match toml::Value::deserialize(value)? {
        toml::Value::Boolean(value) => value,
        toml::Value::Integer(value) => value != 0,
        other => return Err(serde::de::Error::custom(format!("{other} is neither true nor false"))),
    })
}

/// A value of the command line as the file would have it.
fn plain(value: &str) -> toml::Value {
    let number = value.parse().map(toml::Value::Integer);
    let number = number.or_else(|_| value.parse().map(toml::Value::Float));
    match (number, value) {
        (Ok(number), _) => number,
        (_, "true" | "false") => toml::Value::Boolean(value == "true"),
        _ => toml::Value::String(value.into()),
    }
}

fn bad(options: &ServerOptions, error: &toml::de::Error) -> Error {
    let file = options
        .config_file
        .as_deref()
        .map(|file| format!(" with {}", file.display()));
    let message = format!("Bad configuration{}: {}", file.unwrap_or_default(), error.message());
    Error::new(Code::BAD_ARGUMENTS, message)
}

fn overlay<T: Clone>(place: &mut T, given: &Option<T>) {
    if let Some(value) = given {
        place.clone_from(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn load(file: &str, line: &[&str]) -> Result<Config> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("gristmill.toml");
        std::fs::write(&path, file).unwrap();
        let words = ["server", "--config-file", path.to_str().unwrap()]
            .into_iter()
            .chain(line.iter().copied());
        Config::load(&ServerOptions::try_parse_from(words).unwrap(), &[])
    }

    #[test]
    fn the_command_line_wins() {
        let config = load(
            "http_port = 9000\nlisten_host = '::1'\n[settings]\nmax_threads = 2",
            &["--http-port", "9001"],
        )
        .unwrap();
        assert_eq!(
            config.setting_values().unwrap(),
            [("max_threads".to_string(), "2".to_string())]
        );
        assert_eq!((config.http_port, config.listen_host), (9001, vec!["::1".to_string()]));
    }

    #[test]
    fn unknown_keys_are_named() {
        let error = load("htp_port = 1", &[]).unwrap_err();
        assert!(error.message.contains("htp_port"), "{}", error.message);
    }

    #[test]
    fn merging_threads_are_bounded() {
        assert_eq!(
            load("background_pool_size = 0", &[]).unwrap().background_pool_size,
            Some(0)
        );
        let error = load("background_pool_size = 100000", &[]).unwrap_err();
        assert!(error.message.contains("background_pool_size"), "{}", error.message);
    }

    /// In the file and on the command line, as ClickHouse takes them: 0, 1, true and false, in any case.
    #[test]
    fn switches_are_numbers_or_words() {
        let name = "enable_global_vector_index_preload";
        let of_file = |text: &str| load(&format!("{name} = {text}"), &[])?.server_settings();
        let of_line = |text: &str| {
            let options = ServerOptions::try_parse_from(["server"]).unwrap();
            Config::load(&options, &[(name.into(), text.into())])?.server_settings()
        };
        for (text, expected) in [("1", true), ("0", false), ("true", true), ("false", false)] {
            assert_eq!(of_file(text).unwrap().flag(name), expected, "{text}");
            assert_eq!(of_line(text).unwrap().flag(name), expected, "{text}");
        }
        assert!(of_file("'True'").unwrap().flag(name));
        assert!(!of_line("FALSE").unwrap().flag(name));
        for text in ["2", "yes", "on", "1.0", ""] {
            assert_eq!(of_line(text).unwrap_err().code, Code::CANNOT_PARSE_BOOL, "{text}");
        }
        assert_eq!(of_file("'off'").unwrap_err().code, Code::CANNOT_PARSE_BOOL);
    }

    #[test]
    fn the_cache_of_vector_indexes_is_configured() {
        let options = |file: &str| {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("gristmill.toml");
            std::fs::write(&path, file).unwrap();
            let words = ["server", "--config-file", path.to_str().unwrap()];
            let options = ServerOptions::try_parse_from(words).unwrap();
            let line = [
                ("vector_similarity_index_cache_max_entries", "7"),
                ("enable_global_vector_index_preload", "true"),
            ];
            Config::load(&options, &line.map(|(name, value)| (name.into(), value.into())))?.server_settings()
        };
        let file = "vector_similarity_index_cache_size = 1000\nvector_similarity_index_cache_policy = 'LRU'\n\
                    vector_similarity_index_cache_size_ratio = 0.25\nvector_similarity_index_cache_max_entries = 3";
        let settings = options(file).unwrap();
        let text = |name: &str| {
            settings
                .text(&format!("vector_similarity_index_cache_{name}"))
                .to_string()
        };
        assert_eq!((text("size"), text("policy")), ("1000".into(), "LRU".into()));
        assert_eq!((text("size_ratio"), text("max_entries")), ("0.25".into(), "7".into()));
        assert!(settings.flag("enable_global_vector_index_preload"));
        let error = options("vector_similarity_index_cache_policy = 'FIFO'").unwrap_err();
        assert!(
            error.message.contains("Unknown cache policy name: FIFO"),
            "{}",
            error.message
        );
    }
}
