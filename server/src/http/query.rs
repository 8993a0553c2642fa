//! One query over HTTP: from the request to the answer.
//!
//! The connection's task parses the head and moves the body; the query itself runs on a blocking thread, because the
//! engine's API is synchronous, and answers through a [`ReplyWriter`]. When the client goes away the task ends, both
//! channels close, and the query stops at its next read or write.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use gristmill_engine::{Canceller, Engine, Session};
use gristmill_sql::{Code, Error, Result};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::abandon::Abandon;
use super::body::{self, BodyLimits, BodyReader, Transfer};
use super::head::Head;
use super::reply::{HOLD_BYTES, Reply, ReplyWriter};
use super::request::Request;
use super::router::text;
use super::sessions::{Lease, Sessions};
use super::text::read_text;
use crate::config::Config;
use crate::statement::{self, Run, Summary};

/// What all connections share.
pub struct Service {
    engine: Arc<Engine>,
    /// Settings that every session starts with.
    settings: Vec<(String, String)>,
    sessions: Sessions<Session>,
    running: Arc<Semaphore>,
    running_max: usize,
    body_limits: BodyLimits,
}

impl Service {
    /// Checks the configuration's settings, so that a bad one stops the server and not its first query.
    pub fn new(config: &Config, engine: Arc<Engine>) -> Result<Service> {
        let service = Service {
            settings: config.setting_values()?,
            sessions: Sessions::default(),
            running: Arc::new(Semaphore::new(config.max_concurrent_queries)),
            running_max: config.max_concurrent_queries,
            body_limits: BodyLimits {
                bytes_max: config.max_body_bytes,
                pause_max: Duration::from_secs(config.receive_timeout_seconds),
            },
            engine,
        };
        service.session()?;
        Ok(service)
    }

    fn session(&self) -> Result<Session> {
        let mut session = self.engine.session();
        for (name, value) in &self.settings {
            session.set(name, value)?;
        }
        Ok(session)
    }

    fn place(&self) -> Result<OwnedSemaphorePermit> {
        self.running.clone().try_acquire_owned().map_err(|_| {
            let message = format!("Too many simultaneous queries. Maximum: {}", self.running_max);
            Error::new(Code::TOO_MANY_SIMULTANEOUS_QUERIES, message)
        })
    }
}

/// Answers a request to `/`.
pub async fn handle(State(service): State<Arc<Service>>, request: axum::extract::Request) -> Response {
    let (head, body) = request.into_parts();
    match head.method {
        Method::OPTIONS => (StatusCode::NO_CONTENT, [(header::ALLOW, ALLOWED)]).into_response(),
        Method::GET | Method::HEAD if head.uri.query().unwrap_or_default().is_empty() => text(StatusCode::OK, "Ok.\n"),
        Method::GET | Method::HEAD | Method::POST => {
            let answer = match Request::parse(&head) {
                Ok(request) => answer(service, request, body).await,
                Err(error) => Err((String::new(), error)),
            };
            answer.unwrap_or_else(|(query_id, error)| {
                Head::failed(query_id, &error).response(Body::from(statement::error_text(&error)))
            })
        }
        _ => (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, ALLOWED)]).into_response(),
    }
}

const ALLOWED: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, OPTIONS");

async fn answer(service: Arc<Service>, request: Request, body: Body) -> Result<Response, (String, Error)> {
    let query_id = request.query_id.clone();
    let named = |error| (query_id.clone(), error);
    let place = service.place().map_err(named)?;
    let (reader, transfer) = body::receive(body, service.body_limits).await.map_err(named)?;
    let (to, from) = oneshot::channel();
    let canceller = Canceller::default();
    let mut abandon = Abandon::of(canceller.clone());
    tokio::task::spawn_blocking(move || {
        run(&service, request, reader, canceller, to);
        drop(place);
    });
    let reply = wait(from, transfer).await.map_err(|_| {
        named(Error::new(
            Code::LOGICAL_ERROR,
            "The query's thread ended without an answer; the server's log says why",
        ))
    })?;
    Ok(match reply {
        Reply::Whole(head, body) => {
            abandon.disarm();
            head.response(Body::from(body))
        }
        Reply::Stream(head, tag, mut chunks) => {
            chunks.watch(abandon);
            head.streamed(&tag, Body::new(chunks))
        }
    })
}

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

/// Runs the query on this thread and answers through `to`.
fn run(service: &Service, request: Request, body: BodyReader, canceller: Canceller, to: oneshot::Sender<Reply<Head>>) {
    let began = Instant::now();
    let hold = match (request.waits_for_end, request.buffer_bytes) {
        (true, _) => usize::MAX,
        (false, bytes) => bytes.unwrap_or(HOLD_BYTES),
    };
    let writer = SharedWriter::new(ReplyWriter::new(to, hold, request.waits_for_end));
    let query_id = request.query_id.clone();
    let failure = body.failure();
    let outcome = execute(service, request, body, canceller, began, &writer);
    let Some(reply) = writer.take() else { return };
    match outcome {
        Ok(head) => reply.finish(|| head),
        Err(error) => {
            // A body that broke off reaches the format as an I/O error; the reason is kept here.
            let error = failure.take().unwrap_or(error);
            reply.fail(&statement::error_text(&error), || Head::failed(query_id, &error));
        }
    }
}

fn execute(
    service: &Service,
    mut request: Request,
    mut body: BodyReader,
    canceller: Canceller,
    began: Instant,
    writer: &SharedWriter,
) -> Result<Head> {
    let mut lease = Used::take(service, &mut request)?;
    let overlay = Overlay::new(lease.session(), &request)?;
    let session = &mut *overlay.session;
    let text = read_text(std::mem::take(&mut request.query), &mut body, &request.parameters)?;
    let progress = session.progress();
    session.stop_next_with(canceller);
    let run = Run {
        parameters: &request.parameters,
        default_format: request.default_format.as_deref().unwrap_or("TabSeparated"),
        text: &text,
    };
    let mut head = Head::good(request.query_id.clone(), statement::time_zone(session));
    let mut result = statement::Counts::default();
    match run.execute(session)? {
        statement::Step::Done => {}
        statement::Step::Insert(insert) => drop(insert.read(Box::new(body))?),
        statement::Step::Rows(rows) => {
            if rows.outfile().is_some() {
                return Err(Error::new(
                    Code::INTO_OUTFILE_NOT_ALLOWED,
                    "INTO OUTFILE is not allowed",
                ));
            }
            head.set_format(rows.format());
            writer.with(|reply| reply.set_head(head.clone()));
            result = rows.write(Box::new(writer.clone()))?;
        }
    }
    head.set_summary(&Summary {
        progress: &progress,
        result,
        elapsed: began.elapsed(),
    });
    Ok(head)
}

/// A session with the settings and the database of one request over its own; they go when the request is done.
struct Overlay<'a> {
    session: &'a mut Session,
}

impl<'a> Overlay<'a> {
    fn new(session: &'a mut Session, request: &Request) -> Result<Self> {
        session.begin_request(&request.settings, request.database.as_deref(), request.is_readonly)?;
        Ok(Overlay { session })
    }
}

impl Drop for Overlay<'_> {
    fn drop(&mut self) {
        self.session.end_request();
    }
}

/// The session of a request: its own, or a named one on loan.
enum Used {
    Own(Session),
    Named(Lease<Session>),
}

impl Used {
    fn take(service: &Service, request: &mut Request) -> Result<Used> {
        match request.session.take() {
            None => service.session().map(Used::Own),
            Some(asked) => service.sessions.take(asked, || service.session()).map(Used::Named),
        }
    }

    fn session(&mut self) -> &mut Session {
        match self {
            Used::Own(session) => session,
            Used::Named(lease) => lease.session(),
        }
    }
}

/// The writer as two owners need it: the format writes, the query ends it.
#[derive(Clone)]
struct SharedWriter(Arc<Mutex<Option<ReplyWriter<Head>>>>);

impl SharedWriter {
    fn new(writer: ReplyWriter<Head>) -> Self {
        SharedWriter(Arc::new(Mutex::new(Some(writer))))
    }

    fn with<T>(&self, action: impl FnOnce(&mut ReplyWriter<Head>) -> T) -> Option<T> {
        self.0
            .lock()
            .expect("nothing panics while holding the lock")
            .as_mut()
            .map(action)
    }

    fn take(&self) -> Option<ReplyWriter<Head>> {
        self.0.lock().expect("nothing panics while holding the lock").take()
    }
}

impl Write for SharedWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.with(|reply| reply.write(bytes))
            .unwrap_or_else(|| Err(io::ErrorKind::BrokenPipe.into()))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
