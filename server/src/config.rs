//! What a server is told at start: the configuration file in TOML, under it the defaults, over it the command line.
//!
//! Every key is listed in [`Config`]; an unknown key is an error, so a misspelled one is never silently without effect.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use gristmill_engine::server_settings::ServerSettings;
use gristmill_sql::{Code, Error, Result};
use serde::{Deserialize, Deserializer};

use crate::cli::ServerOptions;
use crate::tls::TlsConfig;

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
    /// Address to listen on.
    pub listen_host: String,
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
            listen_host: "127.0.0.1".to_string(),
            user_files_path: None,
            max_connections: 4096,
            max_concurrent_queries: 1000,
            max_body_bytes: 0,
            keep_alive_timeout_seconds: 3600, // drivers keep pools of idle connections for that long
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
        }
    }
}

impl Config {
    /// Reads the file that `options` names, if it names one, and lays the options and `settings` of the server over it.
    pub fn load(options: &ServerOptions, settings: &[(String, String)]) -> Result<Config> {
        let mut table = match &options.config_file {
            Some(file) => Config::read(file)?,
            None => toml::Table::new(),
        };
        for (name, value) in settings {
            table.insert(name.clone(), plain(value));
        }
        let mut config: Config = table.try_into().map_err(|error| bad(options, &error))?;
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
        overlay(&mut config.path, path);
        overlay(&mut config.http_port, http_port);
        config.tcp_port = tcp_port.or(config.tcp_port);
        config.https_port = https_port.or(config.https_port);
        config.tcp_port_secure = tcp_port_secure.or(config.tcp_port_secure);
        overlay(&mut config.listen_host, listen_host);
        if user_files_path.is_some() {
            config.user_files_path.clone_from(user_files_path);
        }
        config.check()
    }

    fn read(file: &Path) -> Result<toml::Table> {
        let text = std::fs::read_to_string(file).map_err(|error| {
            Error::new(
                Code::CANNOT_OPEN_FILE,
                format!("Cannot read the configuration file {}: {error}", file.display()),
            )
        })?;
        // As a configuration first: an error then shows the line.
        let config: std::result::Result<Config, _> = toml::from_str(&text);
        let table = config.and_then(|_| toml::from_str(&text));
        table.map_err(|error| {
            let message = format!(
                "Bad configuration file {}: {}",
                file.display(),
                error.to_string().trim()
            );
            Error::new(Code::BAD_ARGUMENTS, message)
        })
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
        assert_eq!((config.http_port, config.listen_host.as_str()), (9001, "::1"));
        assert_eq!(
            config.setting_values().unwrap(),
            [("max_threads".to_string(), "2".to_string())]
        );
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
