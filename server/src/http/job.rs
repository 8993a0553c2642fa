//! The work of one request: from its session and text to the answer.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use gristmill_engine::{Canceller, Origin, Prepared, Session};
use gristmill_sql::{Code, Error, Result};
use tokio::sync::oneshot;

use super::body::BodyReader;
use super::form::Form;
use super::head::Head;
use super::progress::Counters;
use super::query::Service;
use super::reply::{HOLD_BYTES, Reply, ReplyWriter};
use super::reply_settings::ReplySettings;
use super::request::Request;
use super::sessions::Lease;
use super::text::read_text;
use crate::native::frames::{self, FrameWriter, Method};
use crate::statement::{self, Run, Summary};

/// A query to run.
pub struct Job {
    service: Arc<Service>,
    request: Request,
    body: BodyReader,
    canceller: Canceller,
    began: Instant,
    /// What [`Job::is_brief`] has found out already.
    statement: Option<Result<Statement>>,
    brief: bool,
    /// Where the query's counters are shown.
    pub counters: Counters,
    /// How the answer is sent.
    pub settings: ReplySettings,
}

/// A session that is set up for the request, and the text it is to run.
struct Statement {
    session: Used,
    text: Vec<u8>,
    prepared: Prepared,
}

impl Job {
    /// A request whose body can be read; `canceller` will stop it.
    pub fn new(
        service: Arc<Service>,
        request: Request,
        settings: ReplySettings,
        body: BodyReader,
        canceller: Canceller,
    ) -> Job {
        Job {
            settings,
            counters: Counters::default(),
            service,
            request,
            body,
            canceller,
            began: Instant::now(),
            statement: None,
            brief: false,
        }
    }

    /// Whether the query is so short that it is not worth another thread. The body must be there already.
    pub fn is_brief(&mut self) -> bool {
        let mut statement = Statement::new(&self.service, &mut self.request, &mut self.body);
        self.brief = statement.as_mut().is_ok_and(Statement::is_brief);
        self.statement = Some(statement);
        self.brief
    }

    /// Runs the query on this thread and answers through `to`.
    pub fn run(mut self, to: oneshot::Sender<Reply<Head>>) {
        let failure = self.body.failure(); // of the body as it came: a form takes it over
        let statement = match self.statement.take() {
            Some(statement) => statement,
            None => Statement::new(&self.service, &mut self.request, &mut self.body),
        };
        // A form may say it as well as the URL.
        let waits_for_end = self.settings.waits_for_end || self.request.waits_for_end;
        let buffer_bytes = self.request.buffer_bytes.or(self.settings.buffer_bytes);
        let hold = match waits_for_end {
            true => usize::MAX,
            false => buffer_bytes.unwrap_or(HOLD_BYTES),
        };
        let writer = SharedWriter::new(match self.brief {
            // This may be the thread that would have to send what is streamed.
            true => ReplyWriter::whole(to),
            false => ReplyWriter::new(to, hold, waits_for_end),
        });
        let query_id = self.request.query_id.clone();
        let wants_compression = self.request.wants_compression;
        let outcome = statement.and_then(|statement| self.execute(statement, &writer));
        let Some(reply) = writer.take() else { return };
        match outcome {
            Ok(head) => reply.finish(|| head),
            Err(error) => {
                // A body that broke off reaches the format as an I/O error; the reason is kept here.
                let error = failure.take().unwrap_or(error);
                let text = statement::error_text(&error);
                let alone = if wants_compression { framed(&text) } else { text.clone() };
                reply.fail(&text, alone, || Head::failed(query_id, &error));
            }
        }
    }

    fn execute(self, mut statement: Statement, writer: &SharedWriter) -> Result<Head> {
        let session = statement.session.session();
        let progress = session.progress();
        let _ = self.counters.set(progress.clone()); // it is set here alone
        session.stop_next_with(self.canceller);
        session.identify_next(Origin {
            query_id: Some(self.request.query_id.clone()),
            client: Arc::new(self.request.client),
        });
        let run = Run {
            parameters: &self.request.parameters,
            default_format: self.request.default_format.as_deref().unwrap_or("TabSeparated"),
            revision: self.request.revision,
            text: &statement.text,
        };
        let mut head = Head::good(self.request.query_id, statement::time_zone(session));
        let mut result = statement::Counts::default();
        let is_off = session.setting("enable_http_compression").as_deref() == Some("0");
        let coding = self.request.accepted_coding.filter(|_| !is_off);
        match run.execute_prepared(session, statement.prepared)? {
            statement::Step::Done => {}
            statement::Step::Insert(insert) => drop(insert.read(Box::new(self.body))?),
            statement::Step::Rows(rows) => {
                if rows.outfile().is_some() {
                    return Err(Error::new(
                        Code::INTO_OUTFILE_NOT_ALLOWED,
                        "INTO OUTFILE is not allowed",
                    ));
                }
                head.set_format(rows.format());
                if let Some(coding) = coding {
                    let encoder = coding.encoder().map_err(cannot_compress)?;
                    writer.with(|reply| reply.set_encoder(encoder));
                    head.set_coding(coding);
                }
                writer.with(|reply| reply.set_head(head.clone()));
                result = rows.write(match self.request.wants_compression {
                    true => Box::new(FrameWriter::new(writer.clone(), Method::Lz4)),
                    false => Box::new(writer.clone()),
                })?;
            }
        }
        head.set_summary(&Summary {
            progress: &progress,
            result,
            elapsed: self.began.elapsed(),
        });
        Ok(head)
    }
}

fn cannot_compress(error: io::Error) -> Error {
    Error::new(Code::CANNOT_COMPRESS, format!("Cannot compress the answer: {error}"))
}

/// A text in compressed frames.
fn framed(text: &[u8]) -> Vec<u8> {
    let mut frames = Vec::new();
    match frames::compress(text, Method::Lz4, &mut frames) {
        Ok(()) => frames,
        Err(_) => text.to_vec(),
    }
}

impl Statement {
    fn is_brief(&mut self) -> bool {
        self.prepared.is_brief(self.session.session())
    }

    fn new(service: &Service, request: &mut Request, body: &mut BodyReader) -> Result<Statement> {
        let mut session = Used::take(service, request)?;
        let mut form = request.boundary.clone().map(|boundary| {
            let body = std::mem::replace(body, BodyReader::empty());
            Form::new(body, &boundary, service.form_bytes_max)
        });
        if let Some(form) = &mut form {
            form.read_fields(request)?;
        }
        let current = session.session();
        current.begin_request(&request.settings, request.database.as_deref(), request.is_readonly)?;
        if let Some(mut form) = form {
            let read = form.read_tables(request, current);
            session.tables = form.tables();
            read?;
        }
        let current = session.session();
        let text = read_text(std::mem::take(&mut request.query), body, &request.parameters)?;
        let prepared = current.prepare(&text, &request.parameters);
        Ok(Statement {
            session,
            text,
            prepared,
        })
    }
}

/// The session of a request. The request's settings and database and its external tables go with it.
struct Used {
    session: OwnOrNamed,
    /// Names of external tables.
    tables: Vec<String>,
}

/// A session of its own, or a named one on loan.
enum OwnOrNamed {
    Own(Session),
    Named(Lease<Session>),
}

impl Used {
    fn take(service: &Service, request: &mut Request) -> Result<Used> {
        let new = || service.session_for(request.login.as_ref());
        let session = match request.session.take() {
            None => OwnOrNamed::Own(new()?),
            Some(asked) => OwnOrNamed::Named(service.sessions.take(asked, new)?),
        };
        let tables = Vec::new();
        Ok(Used { session, tables })
    }

    fn session(&mut self) -> &mut Session {
        match &mut self.session {
            OwnOrNamed::Own(session) => session,
            OwnOrNamed::Named(lease) => lease.session(),
        }
    }
}

impl Drop for Used {
    fn drop(&mut self) {
        self.session().end_request();
        for name in std::mem::take(&mut self.tables) {
            if let Err(error) = self.session().drop_external_table(&name) {
                tracing::warn!("Cannot drop the external table {name}: {error}");
            }
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
