//! [`Target`]: which server, who logs in and with what settings: command line over connection string over environment
//! over configuration file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use gristmill_sql::{Code, Error, Result};

use super::config::Stored;
use super::connection::{Asked, Connection};
use super::connection_string::ConnectionString;
use super::interrupt::Interrupt;
use super::link::{Endpoint, Patience, Security};
use super::request::Login;
use super::terminal;
use crate::cli::client::{ConnectionOptions, boolean};

/// The ports of the native protocol.
const PORT: u16 = 9000;
const SECURE_PORT: u16 = 9440;

/// Settings that say how long is waited, and their values in seconds where they are not given.
const CONNECT_TIMEOUT: (&str, u64) = ("connect_timeout", 10);
const RECEIVE_TIMEOUT: (&str, u64) = ("receive_timeout", 300);
const SEND_TIMEOUT: (&str, u64) = ("send_timeout", 300);

/// A server and who logs in.
#[derive(Clone, Debug)]
pub struct Target {
    /// Where it listens; the first that answers is taken.
    pub endpoints: Vec<Endpoint>,
    /// Whether it is spoken to under TLS.
    pub security: Option<Security>,
    /// Who logs in.
    pub login: Login,
    /// How long is waited for it.
    pub patience: Patience,
    /// Whether data is compressed.
    pub is_compressed: bool,
    /// Settings of the connection string and the configuration; those of the command line are laid over them.
    pub settings: Vec<(String, String)>,
    /// What else the configuration says.
    pub stored: Stored,
}

/// What a command line says about a server.
pub struct Asking<'a> {
    /// Hosts; none for the default.
    pub hosts: Vec<String>,
    /// A connection string.
    pub connection_string: Option<&'a str>,
    /// The options.
    pub options: &'a ConnectionOptions,
    /// Settings in the order given.
    pub settings: &'a [(String, String)],
    /// The configuration file and the name of a connection in it.
    pub config: (Option<&'a Path>, Option<&'a str>),
}

impl Target {
    /// Resolves what was given; asks for the password if it has to.
    pub fn resolve(asking: Asking<'_>) -> Result<Target> {
        let Asking {
            hosts,
            connection_string,
            options,
            settings,
            config: (file, connection),
        } = asking;
        let mut string = connection_string
            .map(ConnectionString::parse)
            .transpose()?
            .unwrap_or_default();
        let has_own = !hosts.is_empty() || !options.port.is_empty();
        if has_own && !string.hosts.is_empty() {
            let message = "--host and --port cannot be given beside a connection string that has them";
            return Err(Error::new(Code::BAD_ARGUMENTS, message));
        }
        let mut stored = Stored::load(file)?;
        let first_host = hosts.first().or(string.hosts.first().map(|(host, _)| host));
        let is_chosen = stored.choose(connection, first_host.map(String::as_str))?;
        let hosts = if is_chosen && connection.is_none() {
            Vec::new()
        } else {
            hosts
        };
        let wants_secure = take_switch(&mut string.parameters, "secure")?;
        let takes_any = take_switch(&mut string.parameters, "accept-invalid-certificate")?;
        let is_secure = (options.secure || wants_secure || stored.secure.unwrap_or(false)) && !options.no_secure;
        let security = is_secure.then(|| Security {
            takes_any_certificate: options.accept_invalid_certificate || takes_any || stored.accept_invalid_certificate,
            authorities: stored.authorities.clone(),
        });
        let endpoints = endpoints(&hosts, &options.port, &string.hosts, &stored, is_secure);
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let user = options
            .user
            .clone()
            .or(string.user)
            .or_else(|| variable("CLICKHOUSE_USER"));
        let user = user.or(stored.user.clone()).unwrap_or_else(|| "default".into());
        let given = options.password.clone().or(string.password);
        let given = given
            .or_else(|| variable("CLICKHOUSE_PASSWORD"))
            .or(stored.password.clone());
        let password = match given.as_deref() {
            Some("\n") => terminal::ask_password(&user)?,
            _ if options.ask_password => terminal::ask_password(&user)?,
            _ => given.unwrap_or_default(),
        };
        let database = options.database.clone().or(string.database).or(stored.database.clone());
        let mut all_settings = stored.settings.clone();
        all_settings.extend(string.parameters);
        Ok(Target {
            is_compressed: options.compression.unwrap_or(!endpoints.iter().all(is_near)),
            endpoints,
            security,
            login: Login {
                user,
                password,
                database: database.unwrap_or_default(),
                quota_key: options.quota_key.clone().unwrap_or_default(),
            },
            patience: patience(&all_settings, settings)?,
            settings: all_settings,
            stored,
        })
    }

    /// Connects to the first server that answers.
    pub fn connect(&self, interrupt: &Interrupt) -> Asked<Connection> {
        let mut last = None;
        for endpoint in &self.endpoints {
            let security = self.security.as_ref();
            match Connection::open(endpoint, security, &self.login, &self.patience, interrupt.clone()) {
                Ok(connection) => return Ok(connection),
                Err(failure) => last = Some(failure),
            }
        }
        Err(last.expect("there is an endpoint by default"))
    }
}

fn endpoints(
    hosts: &[String],
    ports: &[u16],
    string: &[(String, Option<u16>)],
    stored: &Stored,
    is_secure: bool,
) -> Vec<Endpoint> {
    let usual = stored.port.unwrap_or(if is_secure { SECURE_PORT } else { PORT });
    let port = ports.last().copied().unwrap_or(usual);
    if !string.is_empty() {
        let endpoint = |(host, own): &(String, Option<u16>)| Endpoint {
            host: host.clone(),
            port: own.unwrap_or(port),
        };
        return string.iter().map(endpoint).collect();
    }
    let from_environment = std::env::var("CLICKHOUSE_HOST").ok().filter(|host| !host.is_empty());
    let host = hosts.first().cloned().or(from_environment).or(stored.host.clone());
    vec![Endpoint {
        host: host.unwrap_or_else(|| "localhost".into()),
        port,
    }]
}

fn is_near(endpoint: &Endpoint) -> bool {
    matches!(endpoint.host.as_str(), "localhost" | "::1") || endpoint.host.starts_with("127.")
}

/// Takes a switch out of the parameters of a connection string.
fn take_switch(parameters: &mut Vec<(String, String)>, name: &str) -> Result<bool> {
    let is_named = |given: &str| given.replace('_', "-") == name;
    let mut value = false;
    for (given, text) in parameters.iter().filter(|(given, _)| is_named(given)) {
        value = text.is_empty()
            || boolean(text).map_err(|why| {
                let message = format!("Invalid connection string: parameter {given}: {why}");
                Error::new(Code::BAD_ARGUMENTS, message)
            })?;
    }
    parameters.retain(|(given, _)| !is_named(given));
    Ok(value)
}

fn patience(stored: &[(String, String)], given: &[(String, String)]) -> Result<Patience> {
    let seconds = |(name, usual): (&str, u64)| -> Result<Duration> {
        let mut all = stored.iter().chain(given);
        let Some((_, text)) = all.rfind(|(known, _)| known == name) else {
            return Ok(Duration::from_secs(usual));
        };
        let seconds: Option<f64> = text.parse().ok();
        let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        duration.filter(|duration| !duration.is_zero()).ok_or_else(|| {
            let message = format!("Setting {name} = {text} is no number of seconds");
            Error::new(Code::BAD_ARGUMENTS, message)
        })
    };
    Ok(Patience {
        connect: seconds(CONNECT_TIMEOUT)?,
        receive: seconds(RECEIVE_TIMEOUT)?,
        send: seconds(SEND_TIMEOUT)?,
    })
}

/// A path below the user's home, if there is one.
pub fn in_home(name: &str) -> Option<PathBuf> {
    std::env::var_os("HOME").map(|home| PathBuf::from(home).join(name))
}
