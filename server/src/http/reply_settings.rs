//! Settings that say how an answer is sent. They are needed before the query is understood, so they come from the request or
//! the server's configuration, not from the query or its session.

use std::time::Duration;

use super::request::Request;

/// How an answer is sent.
#[derive(Clone, Debug)]
pub struct ReplySettings {
    /// Pages of other sites may read it.
    pub allows_origins: bool,
    /// How often a header tells the progress.
    pub progress: Option<Duration>,
    /// Nothing is sent before the query has succeeded.
    pub waits_for_end: bool,
    /// Bytes that are held back, unless the default will do.
    pub buffer_bytes: Option<usize>,
}

impl ReplySettings {
    /// What `value` says of each setting.
    pub fn of(value: impl Fn(&str) -> Option<String>) -> ReplySettings {
        let is_on = |name: &str| value(name).is_some_and(|text| is_on(&text));
        let number = |name: &str| value(name).and_then(|text| text.parse::<usize>().ok());
        let interval = Duration::from_millis(number("http_headers_progress_interval_ms").unwrap_or(0) as u64);
        ReplySettings {
            allows_origins: is_on("add_http_cors_header"),
            progress: is_on("send_progress_in_http_headers").then_some(interval),
            waits_for_end: is_on("http_wait_end_of_query"),
            buffer_bytes: number("http_response_buffer_size").filter(|bytes| *bytes > 0),
        }
    }

    /// The same for a request, whose own settings win.
    pub fn for_request(&self, request: &Request, of_server: impl Fn(&str) -> Option<String>) -> ReplySettings {
        let mut settings = match request.settings.iter().any(|(name, _)| NAMES.contains(&name.as_str())) {
            true => ReplySettings::of(|name| request.setting(name).map(str::to_string).or_else(|| of_server(name))),
            false => self.clone(),
        };
        settings.waits_for_end |= request.waits_for_end;
        settings.buffer_bytes = request.buffer_bytes.or(settings.buffer_bytes);
        settings
    }
}

const NAMES: [&str; 5] = [
    "add_http_cors_header",
    "http_headers_progress_interval_ms",
    "http_response_buffer_size",
    "http_wait_end_of_query",
    "send_progress_in_http_headers",
];

fn is_on(text: &str) -> bool {
    text == "1" || text.eq_ignore_ascii_case("true")
}
