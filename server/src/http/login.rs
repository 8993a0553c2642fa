//! Who asks. There is one user yet, `default`, with no password set: as in ClickHouse, any password then fits.

use axum::http::{HeaderMap, header};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use gristmill_sql::{Code, Error, Result};

const USER: &str = "default";

/// The credentials of a request, from whichever single place they came.
#[derive(Default)]
pub struct Login {
    user: Option<String>,
    in_headers: bool,
    in_url: bool,
}

impl Login {
    /// Credentials in `Authorization` or in ClickHouse's own headers.
    pub fn from_headers(headers: &HeaderMap) -> Result<Login> {
        let own = headers.contains_key("x-clickhouse-user") || headers.contains_key("x-clickhouse-key");
        let authorization = headers.get(header::AUTHORIZATION);
        if own && authorization.is_some() {
            return Err(mixed());
        }
        if let Some(value) = authorization {
            return Ok(Login {
                user: Some(basic_user(value.as_bytes())?),
                in_headers: true,
                in_url: false,
            });
        }
        let user = headers
            .get("x-clickhouse-user")
            .map(|user| String::from_utf8_lossy(user.as_bytes()).into_owned());
        Ok(Login {
            user,
            in_headers: own,
            in_url: false,
        })
    }

    /// `user` in the URL.
    pub fn user_in_url(&mut self, user: String) {
        self.user = Some(user);
        self.in_url = true;
    }

    /// `password` in the URL; any is right.
    pub fn password_in_url(&mut self) {
        self.in_url = true;
    }

    /// Refuses mixed forms and users that do not exist.
    pub fn check(self) -> Result<()> {
        if self.in_headers && self.in_url {
            return Err(mixed());
        }
        check_user(&self.user.unwrap_or_default())
    }
}

/// Refuses users that do not exist; no name is the only one there is.
pub fn check_user(user: &str) -> Result<()> {
    match user {
        "" | USER => Ok(()),
        user => Err(failed(user)),
    }
}

fn basic_user(value: &[u8]) -> Result<String> {
    let text = String::from_utf8_lossy(value);
    let encoded = match text.split_once(' ') {
        Some((scheme, encoded)) if scheme.eq_ignore_ascii_case("basic") => encoded,
        _ => {
            let message = "Only the Basic scheme is supported in the header Authorization";
            return Err(Error::new(Code::AUTHENTICATION_FAILED, message.to_string()));
        }
    };
    let bytes = BASE64_STANDARD.decode(encoded.trim()).map_err(|_| {
        Error::new(
            Code::AUTHENTICATION_FAILED,
            "The header Authorization is not valid base64".to_string(),
        )
    })?;
    let credentials = String::from_utf8_lossy(&bytes);
    Ok(credentials.split(':').next().unwrap_or_default().to_string())
}

fn mixed() -> Error {
    let message = "Invalid authentication: it is not allowed to use several forms of credentials at once";
    Error::new(Code::AUTHENTICATION_FAILED, message.to_string())
}

fn failed(user: &str) -> Error {
    let message = format!("{user}: Authentication failed: password is incorrect, or there is no user with such name");
    Error::new(Code::AUTHENTICATION_FAILED, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basic_credentials_name_the_user() {
        assert_eq!(basic_user(b"Basic ZGVmYXVsdDpwdw==").unwrap(), "default");
        assert!(basic_user(b"Bearer abc").is_err());
        assert!(basic_user(b"Basic ???").is_err());
    }
}
