//! The log: lines for whoever runs the program, as text or as JSON, on standard error or in a file.

use std::fmt;
use std::fs::OpenOptions;
use std::path::PathBuf;
use std::sync::Mutex;

use gristmill_sql::{Code, Error, Result};
use serde::Deserialize;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// `logger` of the configuration.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// How much is printed, in ClickHouse's words; `information` if it is not given.
    pub level: Option<String>,
    /// The file that lines are added to.
    pub log: Option<PathBuf>,
    /// Lines go to standard error besides a file, or do not go there without one.
    #[serde(deserialize_with = "switch")]
    pub console: Option<bool>,
    /// How lines look.
    pub formatting: Formatting,
}

impl LogConfig {
    /// Text on standard error.
    pub fn of_level(level: &str) -> LogConfig {
        LogConfig {
            level: Some(level.to_string()),
            ..LogConfig::default()
        }
    }
}

/// `logger.formatting`.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Formatting {
    /// `json`, or text if it is not given.
    #[serde(rename = "type")]
    pub kind: Option<String>,
}

fn switch<'de, D: serde::Deserializer<'de>>(value: D) -> std::result::Result<Option<bool>, D::Error> {
    crate::config::number_or_switch(value).map(Some)
}

/// Starts the log. `RUST_LOG` says how much of it is printed, else the configuration does.
pub fn start(config: &LogConfig) -> Result<()> {
    let level = level(config.level.as_deref().unwrap_or("information"))?;
    let is_json = match config.formatting.kind.as_deref() {
        None | Some("") => false,
        Some("json") => true,
        Some(other) => {
            let message = format!("logger.formatting.type '{other}' is not implemented, only 'json' is");
            return Err(Error::new(Code::NOT_IMPLEMENTED, message));
        }
    };
    let sink = Sink {
        file: config.log.as_ref().map(open).transpose()?,
        console: config.console.unwrap_or(config.log.is_none()),
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_writer(Mutex::new(sink));
    // Fails only where a log has been started before.
    let _ = match is_json {
        true => log.event_format(Json).try_init(),
        false => log.try_init(),
    };
    Ok(())
}

/// The filter for a level of ClickHouse's.
fn level(name: &str) -> Result<&'static str> {
    Ok(match name {
        "none" => "off",
        "fatal" | "critical" | "error" => "error",
        "warning" => "warn",
        "notice" | "information" | "" => "info",
        "debug" => "debug",
        "trace" | "test" => "trace",
        _ => {
            let message = format!("logger.level '{name}' is unknown");
            return Err(Error::new(Code::INVALID_CONFIG_PARAMETER, message));
        }
    })
}

fn open(path: &PathBuf) -> Result<std::fs::File> {
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.map_err(|error| {
        let message = format!("Cannot open the log file {}: {error}", path.display());
        Error::new(Code::CANNOT_OPEN_FILE, message)
    })
}

/// Where lines go.
struct Sink {
    file: Option<std::fs::File>,
    console: bool,
}

impl std::io::Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.console {
            std::io::stderr().write_all(bytes)?;
        }
        if let Some(file) = &mut self.file {
            file.write_all(bytes)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A line as JSON, with the keys that ClickHouse's have.
struct Json;

impl<S, N> FormatEvent<S, N> for Json
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut line: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut message = Message(String::new());
        event.record(&mut message);
        let now = chrono::Utc::now();
        let json = serde_json::json!({
            "date_time": format!("{}.{:06}", now.timestamp(), now.timestamp_subsec_micros()),
            "level": event.metadata().level().as_str(),
            "logger_name": event.metadata().target(),
            "message": message.0,
        });
        writeln!(line, "{json}")
    }
}

/// What an event says.
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        match field.name() {
            "message" => self.0 = format!("{value:?}"),
            name => self.0 += &format!(" {name}={value:?}"),
        }
    }
}
