//! [`Stored`]: what the client's configuration file says, `~/.clickhouse-client/config.*` by default.

use std::path::{Path, PathBuf};

use gristmill_sql::{Code, Error, Result};
use serde::Deserialize;

use super::target::in_home;

/// Where a configuration is looked for: here, in the user's home, and for the whole machine.
const NAMES: [&str; 2] = ["clickhouse-client.toml", ".clickhouse-client/config.toml"];

/// The keys of the file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Stored {
    /// Server.
    pub host: Option<String>,
    /// Port.
    pub port: Option<u16>,
    /// User.
    pub user: Option<String>,
    /// Password.
    pub password: Option<String>,
    /// Database.
    pub database: Option<String>,
    /// Connect under TLS.
    pub secure: Option<bool>,
    /// Take any certificate.
    #[serde(alias = "accept-invalid-certificate")]
    pub accept_invalid_certificate: bool,
    /// File with the certificates of authorities, in PEM.
    #[serde(alias = "caConfig")]
    pub authorities: Option<PathBuf>,
    /// What stands before `:)` at the prompt.
    pub prompt: Option<String>,
    /// File that keeps what was typed.
    pub history_file: Option<PathBuf>,
    /// Settings.
    #[serde(deserialize_with = "settings")]
    pub settings: Vec<(String, String)>,
    /// Connections that have names.
    #[serde(alias = "connection")]
    pub connections_credentials: Vec<Named>,
}

/// A connection by name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Named {
    /// The name.
    pub name: String,
    /// Server; the name if it is not given.
    pub hostname: Option<String>,
    /// Port.
    pub port: Option<u16>,
    /// User.
    pub user: Option<String>,
    /// Password.
    pub password: Option<String>,
    /// Database.
    pub database: Option<String>,
    /// Connect under TLS.
    pub secure: Option<bool>,
    /// File that keeps what was typed.
    pub history_file: Option<PathBuf>,
    /// What stands before `:)` at the prompt.
    pub prompt: Option<String>,
}

impl Stored {
    /// Reads the file given, or the first that there is.
    pub fn load(file: Option<&Path>) -> Result<Stored> {
        if let Some(file) = file {
            return Stored::read(file);
        }
        let places = [Some(PathBuf::from(NAMES[0])), in_home(NAMES[1])];
        match places.into_iter().flatten().find(|path| path.is_file()) {
            Some(file) => Stored::read(&file),
            None => Ok(Stored::default()),
        }
    }

    fn read(file: &Path) -> Result<Stored> {
        let shown = file.display();
        let text = std::fs::read_to_string(file)
            .map_err(|error| Error::new(Code::CANNOT_OPEN_FILE, format!("Cannot read {shown}: {error}")))?;
        let table = table(file, &text)?;
        table.try_into().map_err(|error| {
            let message = format!("Configuration {shown}: {}", error.to_string().trim().replace('\n', " "));
            Error::new(Code::BAD_ARGUMENTS, message)
        })
    }

    /// Takes what the connection of this name says. A host may be such a name as well. Whether there is one.
    pub fn choose(&mut self, name: Option<&str>, host: Option<&str>) -> Result<bool> {
        let Some(wanted) = name.or(host) else {
            return Ok(false);
        };
        let found = self
            .connections_credentials
            .iter()
            .find(|it| it.name == wanted)
            .cloned();
        let Some(found) = found else {
            return match name {
                Some(name) => Err(Error::new(
                    Code::NO_ELEMENTS_IN_CONFIG,
                    format!("No such connection '{name}'"),
                )),
                None => Ok(false),
            };
        };
        self.host = Some(found.hostname.unwrap_or(found.name));
        self.port = found.port.or(self.port);
        self.user = found.user.or(self.user.take());
        self.password = found.password.or(self.password.take());
        self.database = found.database.or(self.database.take());
        self.secure = found.secure.or(self.secure);
        self.history_file = found.history_file.or(self.history_file.take());
        self.prompt = found.prompt.or(self.prompt.take());
        Ok(true)
    }
}

fn table(file: &Path, text: &str) -> Result<toml::Table> {
    let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    if ending != "toml" {
        let message = format!(
            "Configuration of the client in '.{ending}' ({}): TOML is",
            file.display()
        );
        return Err(Error::not_implemented(message));
    }
    text.parse().map_err(|error: toml::de::Error| {
        let message = format!(
            "Configuration {}: {}",
            file.display(),
            error.to_string().trim().replace('\n', " ")
        );
        Error::new(Code::BAD_ARGUMENTS, message)
    })
}

/// Values of any plain type.
fn settings<'de, D: serde::Deserializer<'de>>(source: D) -> std::result::Result<Vec<(String, String)>, D::Error> {
    let table = toml::Table::deserialize(source)?;
    let text = |(name, value): (String, toml::Value)| match value {
        toml::Value::String(text) => (name, text),
        toml::Value::Boolean(flag) => (name, if flag { "1" } else { "0" }.into()),
        other => (name, other.to_string()),
    };
    Ok(table.into_iter().map(text).collect())
}
