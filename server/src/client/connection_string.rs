//! `clickhouse://user:password@host:port/database?name=value`: all that a connection needs in one word.

use std::borrow::Cow;

use gristmill_sql::{Code, Error, Result};
use percent_encoding::percent_decode_str;

/// What a connection string says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConnectionString {
    /// The user.
    pub user: Option<String>,
    /// The password.
    pub password: Option<String>,
    /// Servers, the first that answers is taken.
    pub hosts: Vec<(String, Option<u16>)>,
    /// The database.
    pub database: Option<String>,
    /// Options and settings.
    pub parameters: Vec<(String, String)>,
}

const SCHEMES: [&str; 2] = ["clickhouse:", "tcp:"];

impl ConnectionString {
    /// Whether a word is meant as one.
    pub fn is_meant(text: &str) -> bool {
        SCHEMES.iter().any(|scheme| text.starts_with(scheme))
    }

    /// Parses a connection string.
    pub fn parse(text: &str) -> Result<ConnectionString> {
        let rest = SCHEMES.iter().find_map(|scheme| text.strip_prefix(scheme));
        let rest = rest.ok_or_else(|| broken("it begins with clickhouse://"))?;
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
        let (rest, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, database) = rest.split_once('/').unwrap_or((rest, ""));
        let (login, hosts) = match authority.rsplit_once('@') {
            Some((login, hosts)) => (Some(login), hosts),
            None => (None, authority),
        };
        let mut parsed = ConnectionString {
            database: Some(decoded(database)?).filter(|database| !database.is_empty()),
            ..ConnectionString::default()
        };
        if let Some(login) = login {
            let (user, password) = match login.split_once(':') {
                Some((user, password)) => (user, Some(password)),
                None => (login, None),
            };
            parsed.user = Some(decoded(user)?).filter(|user| !user.is_empty());
            parsed.password = password.map(decoded).transpose()?;
        }
        for host in hosts.split(',').filter(|host| !host.is_empty()) {
            parsed.hosts.push(host_and_port(host)?);
        }
        for parameter in parameters.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            parsed.parameters.push((decoded(name)?, decoded(value)?));
        }
        Ok(parsed)
    }
}

fn host_and_port(text: &str) -> Result<(String, Option<u16>)> {
    let (host, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']').ok_or_else(|| broken("an address lacks ']'"))?;
            (host, rest.strip_prefix(':').unwrap_or(rest))
        }
        None => text.split_once(':').unwrap_or((text, "")),
    };
    let port = match port {
        "" => None,
        port => Some(port.parse().map_err(|_| broken(&format!("'{port}' is no port")))?),
    };
    Ok((decoded(host)?, port))
}

fn decoded(text: &str) -> Result<String> {
    let decoded = percent_decode_str(text).decode_utf8().map(Cow::into_owned);
    decoded.map_err(|_| broken("it is not UTF-8"))
}

fn broken(why: &str) -> Error {
    Error::new(Code::BAD_ARGUMENTS, format!("Invalid connection string: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_parts_are_optional() {
        let parse = |text: &str| ConnectionString::parse(text).unwrap();
        assert_eq!(parse("clickhouse:"), ConnectionString::default());
        assert_eq!(parse("clickhouse://localhost").hosts, [("localhost".into(), None)]);
        let whole = parse("clickhouse://us%40er:p%3Aw@h1:1,[::1]:2/d%62?secure&max_threads=3#x");
        assert_eq!(
            (
                whole.user.as_deref(),
                whole.password.as_deref(),
                whole.database.as_deref()
            ),
            (Some("us@er"), Some("p:w"), Some("db"))
        );
        assert_eq!(whole.hosts, [("h1".into(), Some(1)), ("::1".into(), Some(2))]);
        let parameters = [("secure".into(), String::new()), ("max_threads".into(), "3".into())];
        assert_eq!(whole.parameters, parameters);
        for wrong in [
            "http://x",
            "clickhouse://h:port",
            "clickhouse://h:70000",
            "clickhouse://[::1/x",
            "clickhouse:%ff",
        ] {
            let found = ConnectionString::parse(wrong).map_err(|error| error.code);
            assert!(found == Err(Code::BAD_ARGUMENTS), "{wrong}: {found:?}");
        }
    }
}
