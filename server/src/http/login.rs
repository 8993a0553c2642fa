//! Who asks: how credentials come with a request, in one of ClickHouse's forms and never in two. Whether they are right is
//! for the engine to say.

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use gristmill_sql::{Code, Error, Result};

use super::parameters::text_header;

const USER: &str = "default";

const OWN_HEADERS: &str = "X-ClickHouse HTTP headers";
const AUTHORIZATION: &str = "Authorization HTTP header";
const PARAMETERS: &str = "authentication via parameters";

/// A user's name and what shall prove it.
#[derive(Default, PartialEq)]
pub struct Credentials {
    /// The name.
    pub user: String,
    /// The password; empty if there is none.
    pub password: String,
}

/// The credentials of a request, wherever they are in it.
#[derive(Default)]
pub struct Login {
    in_headers: Option<Credentials>,
    authorization: Option<String>,
    user: Option<String>,
    password: Option<String>,
}

impl Login {
    /// What headers say: `Authorization` and ClickHouse's own.
    pub fn from_headers(headers: &HeaderMap) -> Result<Login> {
        let text = |name: &str| text_header(headers, name);
        if text("x-clickhouse-ssl-certificate-auth")?.is_some_and(|value| value == "on") {
            let message = "Authentication by the certificate of a client is not implemented";
            return Err(Error::new(Code::NOT_IMPLEMENTED, message));
        }
        let (user, password) = (text("x-clickhouse-user")?, text("x-clickhouse-key")?);
        let in_headers = (user.is_some() || password.is_some()).then(|| Credentials {
            user: user.unwrap_or_default(),
            password: password.unwrap_or_default(),
        });
        Ok(Login {
            in_headers,
            authorization: text(header::AUTHORIZATION.as_str())?,
            ..Login::default()
        })
    }

    /// `user` in the URL.
    pub fn user_in_url(&mut self, user: String) {
        self.user = Some(user);
    }

    /// `password` in the URL.
    pub fn password_in_url(&mut self, password: String) {
        self.password = Some(password);
    }

    /// The credentials, if they came in one form alone; without any it is the default user.
    pub fn credentials(self) -> Result<Credentials> {
        let in_url = self.user.is_some() || self.password.is_some();
        if let Some(credentials) = self.in_headers {
            if self.authorization.is_some() {
                return Err(mixed(OWN_HEADERS, AUTHORIZATION));
            }
            if in_url {
                return Err(mixed(OWN_HEADERS, PARAMETERS));
            }
            return credentials.named(OWN_HEADERS);
        }
        if let Some(value) = self.authorization {
            if in_url {
                return Err(mixed(AUTHORIZATION, PARAMETERS));
            }
            return basic(&value)?.named(AUTHORIZATION);
        }
        let credentials = Credentials {
            user: self.user.unwrap_or_else(|| USER.to_string()),
            password: self.password.unwrap_or_default(),
        };
        credentials.named(PARAMETERS)
    }
}

impl Credentials {
    fn named(self, place: &str) -> Result<Credentials> {
        match self.user.is_empty() {
            true => Err(refused(format!("Got an empty user name from {place}"))),
            false => Ok(self),
        }
    }
}

/// What `Authorization` holds.
fn basic(value: &str) -> Result<Credentials> {
    let (scheme, encoded) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("basic") {
        let message = format!("Invalid authentication: '{scheme}' HTTP Authorization scheme is not supported");
        return Err(refused(message));
    }
    let bytes = BASE64_STANDARD
        .decode(encoded.trim())
        .map_err(|_| refused("The header Authorization is not valid base64".to_string()))?;
    let text = String::from_utf8_lossy(&bytes);
    let (user, password) = text.split_once(':').unwrap_or((&text, ""));
    Ok(Credentials {
        user: user.to_string(),
        password: password.to_string(),
    })
}

fn mixed(first: &str, second: &str) -> Error {
    refused(format!(
        "Invalid authentication: it is not allowed to use {first} and {second} simultaneously"
    ))
}

fn refused(message: String) -> Error {
    Error::new(Code::AUTHENTICATION_FAILED, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Headers as `name: value` lines, parameters as `user password`; the credentials as `user password`, or what is wrong.
    #[track_caller]
    fn check(headers: &str, parameters: &str, expected: &str) {
        let mut map = HeaderMap::new();
        for (name, value) in headers.lines().filter_map(|line| line.split_once(": ")) {
            map.insert(
                header::HeaderName::from_bytes(name.as_bytes()).unwrap(),
                value.parse().unwrap(),
            );
        }
        let credentials = Login::from_headers(&map).and_then(|mut login| {
            if let Some((user, password)) = parameters.split_once(' ') {
                login.user_in_url(user.into());
                login.password_in_url(password.into());
            }
            login.credentials()
        });
        let shown = match credentials {
            Ok(Credentials { user, password }) => format!("{user} {password}"),
            Err(error) => error.message,
        };
        assert!(shown.contains(expected), "{headers} {parameters}: {shown}");
    }

    #[test]
    fn credentials_come_in_one_form() {
        check("", "", "default ");
        check("", "ann a b", "ann a b");
        check("x-clickhouse-user: ann\nx-clickhouse-key: key", "", "ann key");
        check("authorization: Basic YW5uOmE6Yg==", "", "ann a:b");
        check("authorization: basic YW5u", "", "ann ");
    }

    #[test]
    fn two_forms_and_broken_ones_are_refused() {
        let basic = "authorization: Basic YW5uOmE=";
        check(
            &format!("x-clickhouse-key: k\n{basic}"),
            "",
            "headers and Authorization",
        );
        check(
            "x-clickhouse-user: ann",
            "ann a",
            "headers and authentication via parameters",
        );
        check(basic, "ann a", "header and authentication via parameters");
        check("x-clickhouse-key: k", "", "Got an empty user name from X-ClickHouse");
        check("", " a", "Got an empty user name from authentication via parameters");
        check(
            "authorization: Basic OmE=",
            "",
            "Got an empty user name from Authorization",
        );
        check(
            "authorization: Bearer abc",
            "",
            "'Bearer' HTTP Authorization scheme is not supported",
        );
        check("authorization: Negotiate", "", "'Negotiate' HTTP");
        check("authorization: Basic ???", "", "not valid base64");
        check("x-clickhouse-ssl-certificate-auth: on", "", "is not implemented");
    }
}
