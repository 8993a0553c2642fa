//! What a request asks for: its URL parameters and headers sorted into query, settings, parameters and the rest.
//!
//! The names in [`Request`] are ClickHouse's reserved ones; every other parameter of the URL is a setting.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use gristmill_engine::{Client, HttpMethod, Interface};
use gristmill_sql::{Code, Error, Result};
use percent_encoding::percent_decode;

use super::coding::Coding;
use super::listen::Peer;
use super::login;

/// A session may stay idle no longer than this, whatever `session_timeout` asks.
pub const SESSION_TIMEOUT_SECONDS_MAX: u64 = 3600;
const SESSION_TIMEOUT_SECONDS_DEFAULT: u64 = 60;
/// A URL with more parameters than this is refused.
const PARAMETERS_MAX: usize = 10_000;

/// A query over HTTP, before its body.
#[derive(Debug, Default)]
pub struct Request {
    /// Text in the URL; the body follows it after a line break.
    pub query: Vec<u8>,
    /// Given by the client, else made here.
    pub query_id: String,
    /// Database that names without one refer to.
    pub database: Option<String>,
    /// Format of a result whose query names none.
    pub default_format: Option<String>,
    /// `client_protocol_version`: the revision of the native protocol that results in Native are written for.
    pub revision: u64,
    /// `compress`: the answer goes in the frames of the native protocol.
    pub wants_compression: bool,
    /// `decompress`: the body is in such frames.
    pub is_compressed: bool,
    /// `Content-Encoding`: how the body is compressed besides.
    pub coding: Option<Coding>,
    /// The best of `Accept-Encoding`.
    pub accepted_coding: Option<Coding>,
    /// Settings in the order of the URL.
    pub settings: Vec<(String, String)>,
    /// Values of `{name:Type}`.
    pub parameters: BTreeMap<String, String>,
    /// Who asks.
    pub client: Client,
    /// The session to go on with.
    pub session: Option<NamedSession>,
    /// GET and HEAD only read.
    pub is_readonly: bool,
    /// `wait_end_of_query`: nothing is sent before the query has succeeded.
    pub waits_for_end: bool,
    /// `buffer_size`: bytes to hold back, so that an early error still gets its status.
    pub buffer_bytes: Option<usize>,
}

/// `session_id` and what belongs to it.
#[derive(Debug, Default, PartialEq)]
pub struct NamedSession {
    /// The client's name for it.
    pub id: String,
    /// It ends when unused for this long.
    pub timeout: Duration,
    /// `session_check`: it must exist already.
    pub must_exist: bool,
    /// `close_session`: it ends with this request.
    pub closes: bool,
}

impl Request {
    /// Sorts the head of a request; checks the user on the way.
    pub fn parse(head: &Parts) -> Result<Request> {
        let mut request = Request {
            is_readonly: matches!(head.method, Method::GET | Method::HEAD),
            ..Request::default()
        };
        let mut login = login::Login::from_headers(&head.headers)?;
        let mut session = SessionParameters::default();
        for (name, value) in parameters(head.uri.query().unwrap_or_default())? {
            request.take(&name, value, &mut login, &mut session)?;
        }
        login.check()?;
        request.session = session.named()?;
        request.take_headers(&head.headers)?;
        request.client = client_of(head);
        if request.query_id.is_empty() {
            request.query_id = uuid::Uuid::new_v4().to_string();
        }
        Ok(request)
    }

    fn take(
        &mut self,
        name: &str,
        value: Cow<'_, [u8]>,
        login: &mut login::Login,
        session: &mut SessionParameters,
    ) -> Result<()> {
        if name == "query" {
            self.query = value.into_owned();
            return Ok(());
        }
        let text = utf8(name, value)?;
        match name {
            "" | "quota_key" | "stacktrace" => {}
            "client_protocol_version" => self.revision = number(name, &text)? as u64,
            "query_id" => self.query_id = text,
            "database" => self.database = Some(text).filter(|text| !text.is_empty()),
            "default_format" => self.default_format = Some(text).filter(|text| !text.is_empty()),
            "user" => login.user_in_url(text),
            "password" => login.password_in_url(),
            "session_id" => session.id = Some(text),
            "session_timeout" => session.timeout = Some(text),
            "session_check" => session.must_exist = switch(name, &text)?,
            "close_session" => session.closes = switch(name, &text)?,
            "wait_end_of_query" => self.waits_for_end = switch(name, &text)?,
            "buffer_size" => self.buffer_bytes = Some(number(name, &text)?),
            "compress" => self.wants_compression = switch(name, &text)?,
            "decompress" => self.is_compressed = switch(name, &text)?,
            "role" => return Err(not_implemented("The URL parameter role".to_string())),
            _ => match name.strip_prefix("param_") {
                Some(parameter) => drop(self.parameters.insert(parameter.to_string(), text)),
                None => self.settings.push((name.to_string(), text)),
            },
        }
        Ok(())
    }

    fn take_headers(&mut self, headers: &HeaderMap) -> Result<()> {
        if let Some(database) = text_header(headers, "x-clickhouse-database")? {
            self.database = Some(database);
        }
        if let Some(format) = text_header(headers, "x-clickhouse-format")? {
            self.default_format = Some(format);
        }
        if let Some(encoding) = text_header(headers, header::CONTENT_ENCODING.as_str())?
            && !encoding.eq_ignore_ascii_case("identity")
        {
            self.coding = Some(Coding::of_body(&encoding)?);
        }
        if let Some(list) = text_header(headers, header::ACCEPT_ENCODING.as_str())? {
            self.accepted_coding = Coding::accepted(&list);
        }
        match text_header(headers, header::CONTENT_TYPE.as_str())? {
            Some(kind) if kind.to_ascii_lowercase().starts_with("multipart/") => {
                Err(not_implemented(format!("A body of type {kind}")))
            }
            _ => Ok(()),
        }
    }
}

fn client_of(head: &Parts) -> Client {
    let text = |name: header::HeaderName| -> String {
        let value = head.headers.get(name).map(|value| value.as_bytes());
        String::from_utf8_lossy(value.unwrap_or_default()).into_owned()
    };
    Client {
        interface: Interface::Http,
        address: head.extensions.get::<Peer>().map(|peer| peer.0),
        name: String::new(),
        http_method: match head.method {
            Method::GET => HttpMethod::Get,
            Method::POST => HttpMethod::Post,
            Method::HEAD => HttpMethod::Head,
            _ => HttpMethod::Unknown,
        },
        http_user_agent: text(header::USER_AGENT),
        http_referer: text(header::REFERER),
        forwarded_for: text(header::HeaderName::from_static("x-forwarded-for")),
    }
}

#[derive(Default)]
struct SessionParameters {
    id: Option<String>,
    timeout: Option<String>,
    must_exist: bool,
    closes: bool,
}

impl SessionParameters {
    fn named(self) -> Result<Option<NamedSession>> {
        let Some(id) = self.id.filter(|id| !id.is_empty()) else {
            return Ok(None);
        };
        let seconds = match &self.timeout {
            None => SESSION_TIMEOUT_SECONDS_DEFAULT,
            Some(text) => text
                .parse()
                .ok()
                .filter(|seconds| *seconds <= SESSION_TIMEOUT_SECONDS_MAX)
                .ok_or_else(|| {
                    let message = format!(
                        "Invalid session timeout: '{text}', it must be a number of seconds up to {SESSION_TIMEOUT_SECONDS_MAX}"
                    );
                    Error::new(Code::INVALID_SESSION_TIMEOUT, message)
                })?,
        };
        let timeout = Duration::from_secs(seconds);
        Ok(Some(NamedSession {
            id,
            timeout,
            must_exist: self.must_exist,
            closes: self.closes,
        }))
    }
}

/// The parameters of a URL in their order, names as text, values as bytes (a query may hold any).
fn parameters(query: &str) -> Result<Vec<(String, Cow<'_, [u8]>)>> {
    let pairs: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
    if pairs.len() > PARAMETERS_MAX {
        return Err(Error::new(
            Code::BAD_ARGUMENTS,
            format!("Too many parameters in the URL, maximum: {PARAMETERS_MAX}"),
        ));
    }
    let decoded = pairs.into_iter().map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Ok((utf8("a URL parameter's name", form_decode(name))?, form_decode(value)))
    });
    decoded.collect()
}

/// Percent decoding after `+` has become a space.
fn form_decode(text: &str) -> Cow<'_, [u8]> {
    if text.contains('+') {
        let spaced = text.replace('+', " ");
        Cow::Owned(percent_decode(spaced.as_bytes()).collect())
    } else {
        percent_decode(text.as_bytes()).into()
    }
}

fn utf8(name: &str, value: Cow<'_, [u8]>) -> Result<String> {
    String::from_utf8(value.into_owned())
        .map_err(|_| Error::new(Code::BAD_ARGUMENTS, format!("The value of {name} is not valid UTF-8")))
}

fn text_header(headers: &HeaderMap, name: &str) -> Result<Option<String>> {
    let Some(value) = headers.get(name) else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| {
        Error::new(
            Code::BAD_ARGUMENTS,
            format!("The value of the header {name} is not valid text"),
        )
    })?;
    Ok(Some(text.to_string()).filter(|text| !text.is_empty()))
}

fn switch(name: &str, text: &str) -> Result<bool> {
    match text {
        "1" | "true" => Ok(true),
        "0" | "false" | "" => Ok(false),
        _ => Err(Error::new(
            Code::BAD_ARGUMENTS,
            format!("The URL parameter {name} must be 0 or 1, not '{text}'"),
        )),
    }
}

fn number(name: &str, text: &str) -> Result<usize> {
    text.parse().map_err(|_| {
        Error::new(
            Code::BAD_ARGUMENTS,
            format!("The URL parameter {name} must be a number, not '{text}'"),
        )
    })
}

fn not_implemented(what: String) -> Error {
    Error::new(Code::NOT_IMPLEMENTED, format!("{what} is not implemented"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(uri: &str) -> Result<Request> {
        let (head, ()) = axum::http::Request::get(uri).body(()).unwrap().into_parts();
        Request::parse(&head)
    }

    #[test]
    fn parameters_are_sorted() {
        let request =
            parse("/?query=SELECT+%7Bx%3AUInt8%7D%00%ff&param_x=1%2B1&max_threads=2&&a&database=d&query_id=").unwrap();
        assert_eq!(request.query, b"SELECT {x:UInt8}\0\xff");
        assert_eq!(request.parameters["x"], "1+1");
        assert_eq!(
            request.settings,
            [("max_threads".into(), "2".into()), ("a".into(), String::new())]
        );
        assert_eq!(request.database.as_deref(), Some("d"));
        assert_eq!(request.query_id.len(), 36);
        assert!(request.is_readonly);
    }

    #[test]
    fn what_is_not_there_is_refused_by_name() {
        let error = parse("/?role=r").unwrap_err();
        assert_eq!(error.code, Code::NOT_IMPLEMENTED);
        assert!(error.message.contains("role"));
    }

    #[test]
    fn only_the_default_user_may_enter() {
        assert!(parse("/?user=default&password=anything").is_ok());
        assert_eq!(parse("/?user=root").unwrap_err().code, Code::AUTHENTICATION_FAILED);
    }

    #[test]
    fn session_timeouts_are_checked() {
        assert_eq!(
            parse("/?session_id=s").unwrap().session.unwrap().timeout,
            Duration::from_secs(60)
        );
        for bad in ["x", "3601", "-1"] {
            let error = parse(&format!("/?session_id=s&session_timeout={bad}")).unwrap_err();
            assert_eq!(error.code, Code::INVALID_SESSION_TIMEOUT, "{bad}");
        }
    }
}
