//! Which path is answered by what.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;

use super::query::{self, Service};

/// The paths of the server.
pub fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/", any(query::handle))
        .route("/ping", any(|| async { text(StatusCode::OK, "Ok.\n") }))
        .route("/replicas_status", any(|| async { text(StatusCode::OK, "Ok.\n") }))
        .fallback(|| async { text(StatusCode::NOT_FOUND, NOT_FOUND) })
        .with_state(service)
}

const NOT_FOUND: &str = "\
There is no handle for this path. Use / or /ping for health checks. Or /replicas_status for more sophisticated health checks.
Send queries from your program with POST method or GET /?query=...
";

/// A short answer in plain text.
pub fn text(status: StatusCode, body: &'static str) -> Response {
    let kind = (
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=UTF-8"),
    );
    (status, [kind], body).into_response()
}
