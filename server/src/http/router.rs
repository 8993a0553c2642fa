//! Which path is answered by what.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;

use super::query::{self, Service};

/// The paths of the server.
pub fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/", any(query::handle))
        .route("/metrics", any(metrics))
        .route("/ping", any(|| async { text(StatusCode::OK, "Ok.\n") }))
        .route("/replicas_status", any(|| async { text(StatusCode::OK, "Ok.\n") }))
        .fallback(|| async { text(StatusCode::NOT_FOUND, NOT_FOUND) })
        .with_state(service)
}

async fn metrics(State(service): State<Arc<Service>>) -> Response {
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=UTF-8");
    ([(header::CONTENT_TYPE, kind)], service.metrics().await).into_response()
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
