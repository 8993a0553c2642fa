//! The head of an answer: status and ClickHouse's headers.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use gristmill_sql::{Code, Error};

use super::coding::Coding;
use super::status::status;
use crate::formats::Format;
use crate::statement::Summary;

/// What is known of an answer before its body.
#[derive(Clone, Debug)]
pub struct Head {
    status: StatusCode,
    content_type: &'static str,
    query_id: String,
    time_zone: Option<String>,
    format: Option<&'static str>,
    coding: Option<Coding>,
    exception: Option<Code>,
    summary: Option<String>,
}

const PLAIN: &str = "text/plain; charset=UTF-8";

impl Head {
    /// The head of an answer that is good so far.
    pub fn good(query_id: String, time_zone: String) -> Head {
        Head {
            status: StatusCode::OK,
            content_type: PLAIN,
            query_id,
            time_zone: Some(time_zone),
            format: None,
            coding: None,
            exception: None,
            summary: None,
        }
    }

    /// The head of an answer that consists of an error.
    pub fn failed(query_id: String, error: &Error) -> Head {
        Head {
            status: status(error.code),
            content_type: PLAIN,
            query_id,
            time_zone: None,
            format: None,
            coding: None,
            exception: Some(error.code),
            summary: None,
        }
    }

    /// Names the format of a result set; a statement without one has no such header.
    pub fn set_format(&mut self, format: &'static Format) {
        self.format = Some(format.name);
        self.content_type = format.content_type;
    }

    /// Says how the body is compressed.
    pub fn set_coding(&mut self, coding: Coding) {
        self.coding = Some(coding);
    }

    /// Tells what the query read, wrote and took.
    pub fn set_summary(&mut self, summary: &Summary<'_>) {
        self.summary = Some(summary.json());
    }

    /// An answer whose body is whole.
    pub fn response(self, body: Body) -> Response {
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        let mut put = |name: &'static str, value: &str| {
            // A query_id may hold characters that a header cannot; then it is left out.
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(HeaderName::from_static(name), value);
            }
        };
        put("content-type", self.content_type);
        put("x-clickhouse-server-display-name", SERVER_NAME);
        if !self.query_id.is_empty() {
            put("x-clickhouse-query-id", &self.query_id);
        }
        if let Some(time_zone) = &self.time_zone {
            put("x-clickhouse-timezone", time_zone);
        }
        if let Some(format) = self.format {
            put("x-clickhouse-format", format);
        }
        if let Some(coding) = self.coding {
            put("content-encoding", coding.name());
        }
        if let Some(code) = self.exception {
            put("x-clickhouse-exception-code", &code.number().to_string());
        }
        if self.status == StatusCode::UNAUTHORIZED {
            put("www-authenticate", "Basic realm=\"ClickHouse server HTTP API\"");
        }
        if let Some(summary) = &self.summary {
            put("x-clickhouse-summary", summary);
        }
        response
    }

    /// An answer whose body is still being made; `tag` marks an error in it.
    pub fn streamed(self, tag: &str, body: Body) -> Response {
        let mut response = self.response(body);
        let tag = HeaderValue::from_str(tag).expect("tags are hexadecimal digits");
        response
            .headers_mut()
            .insert(HeaderName::from_static("x-clickhouse-exception-tag"), tag);
        response
    }
}

/// How the server names itself.
const SERVER_NAME: &str = "gristmill";
