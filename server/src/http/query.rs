//! One query over HTTP: from the request to the answer.
//!
//! The connection's task parses the head and moves the body; the query itself is a [`Job`] for a blocking thread,
//! because the engine's API is synchronous. When the client goes away the task ends, both channels close, and the query
//! stops at its next read or write.
//!
//! A search that takes no longer than waking that thread runs on the connection's own: see [`Job::is_brief`].

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gristmill_engine::{Canceller, Credentials, Engine, Gauge, Login, Session};
use gristmill_sql::{Code, Error, Result};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::abandon::Abandon;
use super::body::{self, BodyLimits, Transfer};
use super::head::Head;
use super::job::Job;
use super::listen::Peer;
use super::progress::{Counters, ProgressLines};
use super::reply::Reply;
use super::reply_settings::ReplySettings;
use super::request::Request;
use super::router::text;
use super::sessions::Sessions;
use crate::config::Config;
use crate::connection_threads::ConnectionThreads;
use crate::statement;

/// What all connections share.
pub struct Service {
    /// What every session begins as.
    pattern: Session,
    /// Sessions that clients have named.
    pub sessions: Sessions<Session>,
    /// Whose blocking threads run queries.
    runtime: Handle,
    running: Arc<Semaphore>,
    running_max: usize,
    body_limits: BodyLimits,
    /// Bytes of a body that is a form.
    pub form_bytes_max: u64,
    /// How answers are sent, unless the request says more.
    reply_settings: ReplySettings,
    /// How long an idle connection stays, as a header.
    keep_alive: HeaderValue,
    /// Which serve connections of HTTP.
    pub threads: ConnectionThreads,
    /// Places for connections, of all ports together.
    pub places: Arc<Semaphore>,
    /// Connections that are open.
    pub connections: Arc<Gauge>,
    /// Connections of the native protocol that are open.
    pub native_connections: Arc<Gauge>,
    engine: Arc<Engine>,
}

impl Service {
    /// Checks the configuration's settings, so that a bad one stops the server and not its first query. Queries run on
    /// blocking threads of `runtime`.
    pub fn new(config: &Config, engine: Arc<Engine>, runtime: Handle) -> Result<Service> {
        let connections = engine.http_connections().clone();
        let native_connections = engine.native_connections().clone();
        let mut pattern = engine.session();
        for (name, value) in &config.setting_values()? {
            pattern.set(name, value)?;
        }
        let form_bytes_max = pattern.setting("http_max_multipart_form_data_size");
        let form_bytes_max = form_bytes_max.and_then(|text| text.parse().ok()).unwrap_or(u64::MAX);
        let keep_alive = format!("timeout={}", config.keep_alive_timeout_seconds);
        Ok(Service {
            reply_settings: ReplySettings::of(|name| pattern.setting(name)),
            keep_alive: HeaderValue::try_from(keep_alive).expect("numbers can be sent"),
            pattern,
            form_bytes_max,
            sessions: Sessions::default(),
            runtime,
            running: Arc::new(Semaphore::new(config.max_concurrent_queries)),
            running_max: config.max_concurrent_queries,
            threads: ConnectionThreads::start()?,
            places: Arc::new(Semaphore::new(config.max_connections)),
            connections,
            native_connections,
            engine,
            body_limits: BodyLimits {
                bytes_max: config.max_body_bytes,
                pause_max: Duration::from_secs(config.receive_timeout_seconds),
            },
        })
    }

    /// How the answer to a request is sent.
    fn reply_settings(&self, request: &Request) -> ReplySettings {
        self.reply_settings
            .for_request(request, |name| self.pattern.setting(name))
    }

    /// The server's metrics for Prometheus. They take a look at all tables, so another thread collects them.
    pub async fn metrics(&self) -> String {
        let engine = self.engine.clone();
        let collected = self.runtime.spawn_blocking(move || engine.prometheus_text());
        collected.await.unwrap_or_default()
    }

    /// A new session of a user; of one who may do all if there is no login.
    pub fn session_for(&self, login: Option<&Login>) -> Result<Session> {
        let mut session = self.pattern.another();
        if let Some(login) = login {
            session.log_in(login)?;
        }
        Ok(session)
    }

    /// A new session of the user that somebody is. It blocks, for a quarter of a second where a password is kept by bcrypt.
    pub fn session_of(&self, credentials: &Credentials<'_>) -> Result<Session> {
        Ok(self.pattern.another_for(credentials)?)
    }

    /// A place among the queries that run at once.
    pub fn place(&self) -> Result<OwnedSemaphorePermit> {
        self.running.clone().try_acquire_owned().map_err(|_| {
            let message = format!("Too many simultaneous queries. Maximum: {}", self.running_max);
            Error::new(Code::TOO_MANY_SIMULTANEOUS_QUERIES, message)
        })
    }
}

/// Answers a request to `/`.
pub async fn handle(State(service): State<Arc<Service>>, request: axum::extract::Request) -> Response {
    let (head, body) = request.into_parts();
    let keep_alive = service.keep_alive.clone();
    let mut response = match head.method {
        Method::OPTIONS => preflight(&service, &head),
        Method::GET | Method::HEAD if head.uri.query().unwrap_or_default().is_empty() => text(StatusCode::OK, "Ok.\n"),
        Method::GET | Method::HEAD | Method::POST => query(service, &head, body).await,
        _ => (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, ALLOWED)]).into_response(),
    };
    response.headers_mut().insert(KEEP_ALIVE, keep_alive);
    response
}

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");

/// Answers what a browser asks before it sends a page's request.
fn preflight(service: &Service, head: &Parts) -> Response {
    let mut response = (StatusCode::NO_CONTENT, [(header::ALLOW, ALLOWED)]).into_response();
    let asked = Request::of_url(head);
    if asked.is_ok_and(|request| request.has_origin && service.reply_settings(&request).allows_origins) {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANY_ORIGIN);
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, ALLOWED);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    }
    response
}

async fn query(service: Arc<Service>, head: &Parts, body: Body) -> Response {
    let mut allows_origin = false;
    let answer = match Request::parse(head) {
        Ok(mut request) => {
            let settings = service.reply_settings(&request);
            allows_origin = request.has_origin && settings.allows_origins;
            match prove(&service, head, &mut request).await {
                Ok(()) => answer(service, request, settings, body).await,
                Err(error) => Err((request.query_id, error)),
            }
        }
        Err(error) => Err((String::new(), error)),
    };
    let mut response = answer.unwrap_or_else(|(query_id, error)| {
        Head::failed(query_id, &error).response(Body::from(statement::error_text(&error)))
    });
    if allows_origin {
        let headers = response.headers_mut();
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANY_ORIGIN);
    }
    response
}

/// Finds out who asks. Who is served in this process, without a connection, may do all.
async fn prove(service: &Service, head: &Parts, request: &mut Request) -> Result<()> {
    let Some(peer) = head.extensions.get::<Peer>() else {
        return Ok(());
    };
    let credentials = std::mem::take(&mut request.credentials);
    let address = Some(peer.address.ip());
    let proving = peer
        .login
        .log_in(&service.engine, &service.runtime, credentials, address);
    request.login = Some(proving.await?);
    Ok(())
}

const ANY_ORIGIN: HeaderValue = HeaderValue::from_static("*");

/// What a page may send, as ClickHouse's configuration has it.
const ALLOWED_HEADERS: HeaderValue = HeaderValue::from_static(
    "origin, x-requested-with, x-clickhouse-format, x-clickhouse-user, x-clickhouse-key, authorization, content-type",
);

const ALLOWED: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, OPTIONS");

async fn answer(
    service: Arc<Service>,
    request: Request,
    settings: ReplySettings,
    body: Body,
) -> Result<Response, (String, Error)> {
    let query_id = request.query_id.clone();
    let named = |error| (query_id.clone(), error);
    let place = service.place().map_err(named)?;
    let (reader, transfer) = body::receive(body, service.body_limits).await.map_err(named)?;
    let reader = match request.coding {
        Some(coding) => reader.decoded(coding),
        None => reader,
    };
    let reader = match request.is_compressed {
        true => reader.decompressed(),
        false => reader,
    };
    let (to, from) = oneshot::channel();
    let canceller = Canceller::default();
    let mut abandon = Abandon::of(canceller.clone());
    let runtime = service.runtime.clone();
    let counters = Counters::default();
    let lines = settings
        .progress
        .map(|interval| ProgressLines::new(counters.clone(), interval));
    let mut job = Job::new(service, request, settings, reader, canceller);
    job.counters = counters;
    if transfer.is_none() && job.is_brief() {
        job.run(to);
        drop(place);
    } else {
        runtime.spawn_blocking(move || {
            job.run(to);
            drop(place);
        });
    }
    let waiting = wait(from, transfer);
    let (reply, lines) = match lines {
        Some(lines) => lines.until(waiting).await,
        None => (waiting.await, Vec::new()),
    };
    let reply = reply.map_err(|_| {
        named(Error::new(
            Code::LOGICAL_ERROR,
            "The query's thread ended without an answer; the server's log says why",
        ))
    })?;
    let mut response = match reply {
        Reply::Whole(head, body) => {
            abandon.disarm();
            head.response(Body::from(body))
        }
        Reply::Stream(head, tag, mut chunks) => {
            chunks.watch(abandon);
            head.streamed(&tag, Body::new(chunks))
        }
    };
    for line in lines {
        let value = HeaderValue::try_from(line).expect("JSON of numbers can be sent");
        response.headers_mut().append(PROGRESS, value);
    }
    Ok(response)
}

const PROGRESS: HeaderName = HeaderName::from_static("x-clickhouse-progress");

/// Waits for the answer, and keeps the body moving until it is there.
async fn wait(
    mut from: oneshot::Receiver<Reply<Head>>,
    transfer: Option<Transfer>,
) -> Result<Reply<Head>, oneshot::error::RecvError> {
    if let Some(transfer) = transfer {
        tokio::select! {
            reply = &mut from => return reply,
            () = transfer.pump() => {}
        }
    }
    from.await
}
