//! What a request asks for: its URL parameters and headers sorted into query, settings, parameters and the rest.
//!
//! The names in [`Request`] are ClickHouse's reserved ones; every other parameter of the URL is a setting.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use gristmill_engine::{Client, HttpMethod, Interface, Login as Proved};
use gristmill_sql::{Code, Error, Result};

use super::coding::Coding;
use super::form::Declarations;
use super::listen::Peer;
use super::login::{Credentials, Login};
use super::multipart;
use super::parameters::{self, number, switch, text_header, utf8};

/// A session may stay idle no longer than this, whatever `session_timeout` asks.
pub const SESSION_TIMEOUT_SECONDS_MAX: u64 = 3600;
const SESSION_TIMEOUT_SECONDS_DEFAULT: u64 = 60;

/// A query over HTTP, before its body.
#[derive(Default)]
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
    /// What separates the parts of the body, if it is a form.
    pub boundary: Option<String>,
    /// What is said of the files of a form.
    pub declarations: Declarations,
    /// Who asks, as he says.
    pub credentials: Credentials,
    /// Who asks, once that is proved.
    pub login: Option<Proved>,
    /// `Origin`: a page asks.
    pub has_origin: bool,
}

/// `session_id` and what belongs to it.
#[derive(Debug, Default, PartialEq)]
pub struct NamedSession {
    /// The client's name for it.
    pub id: String,
    /// Whose it is: others have their own of that name.
    pub user: String,
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
        let mut login = Login::from_headers(&head.headers)?;
        let mut session = SessionParameters::default();
        request.take_headers(&head.headers)?;
        for (name, value) in parameters::of_url(head.uri.query().unwrap_or_default())? {
            request.take_of_url(&name, value, &mut login, &mut session)?;
        }
        request.credentials = login.credentials()?;
        request.session = session.named(&request.credentials.user)?;
        request.client = client_of(head);
        if request.query_id.is_empty() {
            request.query_id = uuid::Uuid::new_v4().to_string();
        }
        Ok(request)
    }

    /// What the URL says of settings, whoever asks: a browser sends no credentials before it knows that it may.
    pub fn of_url(head: &Parts) -> Result<Request> {
        let mut request = Request::default();
        let (mut login, mut session) = (Login::default(), SessionParameters::default());
        request.take_headers(&head.headers)?;
        for (name, value) in parameters::of_url(head.uri.query().unwrap_or_default())? {
            request.take_of_url(&name, value, &mut login, &mut session)?;
        }
        Ok(request)
    }

    /// What only the URL can say, because it is needed before the body is read; the rest a form can say as well.
    fn take_of_url(
        &mut self,
        name: &str,
        value: Cow<'_, [u8]>,
        login: &mut Login,
        session: &mut SessionParameters,
    ) -> Result<()> {
        if !URL_ONLY.contains(&name) {
            return self.take(name, value);
        }
        let text = utf8(name, value)?;
        match name {
            "query_id" => self.query_id = text,
            "user" => login.user_in_url(text),
            "password" => login.password_in_url(text),
            "session_id" => session.id = Some(text),
            "session_timeout" => session.timeout = Some(text),
            "session_check" => session.must_exist = switch(name, &text)?,
            "close_session" => session.closes = switch(name, &text)?,
            "compress" => self.wants_compression = switch(name, &text)?,
            "decompress" => self.is_compressed = switch(name, &text)?,
            _ => unreachable!("these are all of URL_ONLY"),
        }
        Ok(())
    }

    /// The value that the request gives a setting.
    pub fn setting(&self, name: &str) -> Option<&str> {
        let given = self.settings.iter().rev().find(|(known, _)| known == name);
        given.map(|(_, value)| value.as_str())
    }

    /// A field of a form before its first file.
    pub fn take_field(&mut self, name: &str, value: Vec<u8>) -> Result<()> {
        match URL_ONLY.contains(&name) {
            true => Err(misplaced(name, "must be in the URL and not in the form")),
            false => self.take(name, Cow::Owned(value)),
        }
    }

    /// A field behind a file, which was read with the settings that were known then.
    pub fn take_late_field(&mut self, name: &str, value: Vec<u8>) -> Result<()> {
        match name == "query" || name.starts_with(PARAMETER_PREFIX) || Declarations::is_one(name) {
            true => self.take(name, Cow::Owned(value)),
            false => Err(misplaced(name, "must be before the files of the form")),
        }
    }

    fn take(&mut self, name: &str, value: Cow<'_, [u8]>) -> Result<()> {
        if name == "query" {
            self.query.extend_from_slice(&value);
            return Ok(());
        }
        let text = utf8(name, value)?;
        match name {
            "" | "quota_key" | "stacktrace" => {}
            "client_protocol_version" => self.revision = number(name, &text)? as u64,
            "database" => self.database = self.database.take().or(Some(text).filter(|text| !text.is_empty())),
            "default_format" => {
                self.default_format = self
                    .default_format
                    .take()
                    .or(Some(text).filter(|text| !text.is_empty()));
            }
            "wait_end_of_query" => self.waits_for_end = switch(name, &text)?,
            "buffer_size" => self.buffer_bytes = Some(number(name, &text)?),
            "role" => return Err(not_implemented("The URL parameter role".to_string())),
            _ => match name.strip_prefix(PARAMETER_PREFIX) {
                Some(parameter) => drop(self.parameters.insert(parameter.to_string(), text)),
                None if self.boundary.is_some() && Declarations::is_one(name) => {
                    self.declarations.add(name.to_string(), text);
                }
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
        if let Some(kind) = text_header(headers, header::CONTENT_TYPE.as_str())? {
            self.boundary = multipart::boundary(&kind)?;
        }
        self.has_origin = headers.get(header::ORIGIN).is_some_and(|origin| !origin.is_empty());
        Ok(())
    }
}

/// Names of parameters that are needed before the body is read.
const URL_ONLY: [&str; 9] = [
    "query_id",
    "user",
    "password",
    "session_id",
    "session_timeout",
    "session_check",
    "close_session",
    "compress",
    "decompress",
];

/// Before the name of a query parameter.
const PARAMETER_PREFIX: &str = "param_";

fn misplaced(name: &str, what: &str) -> Error {
    Error::new(Code::BAD_ARGUMENTS, format!("The parameter {name} {what}"))
}

fn client_of(head: &Parts) -> Client {
    let text = |name: header::HeaderName| -> String {
        let value = head.headers.get(name).map(|value| value.as_bytes());
        String::from_utf8_lossy(value.unwrap_or_default()).into_owned()
    };
    Client {
        interface: Interface::Http,
        address: head.extensions.get::<Peer>().map(|peer| peer.address),
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
    fn named(self, user: &str) -> Result<Option<NamedSession>> {
        let Some(id) = self.id else {
            return Ok(None);
        };
        if id.is_empty() {
            let message = "Session id query parameter was provided, but it was empty";
            return Err(Error::new(Code::SESSION_ID_EMPTY, message));
        }
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
            user: user.to_string(),
            timeout,
            must_exist: self.must_exist,
            closes: self.closes,
        }))
    }
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
        let error = parse("/?role=r").err().unwrap();
        assert_eq!(error.code, Code::NOT_IMPLEMENTED);
        assert!(error.message.contains("role"));
    }

    #[test]
    fn users_and_passwords_come_in_the_url() {
        let credentials = parse("/?user=ann&password=secret").unwrap().credentials;
        assert_eq!(
            (credentials.user.as_str(), credentials.password.as_str()),
            ("ann", "secret")
        );
        assert_eq!(parse("/?user=").err().unwrap().code, Code::AUTHENTICATION_FAILED);
    }

    #[test]
    fn session_timeouts_are_checked() {
        assert_eq!(
            parse("/?session_id=s").unwrap().session.unwrap().timeout,
            Duration::from_secs(60)
        );
        for bad in ["x", "3601", "-1"] {
            let error = parse(&format!("/?session_id=s&session_timeout={bad}")).err().unwrap();
            assert_eq!(error.code, Code::INVALID_SESSION_TIMEOUT, "{bad}");
        }
        assert_eq!(parse("/?session_id=").err().unwrap().code, Code::SESSION_ID_EMPTY);
    }
}
