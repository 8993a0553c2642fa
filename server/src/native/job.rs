//! The work of one query, on a thread that may block: its data in, its answer out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use arrow::array::ArrayRef;
use gristmill_engine::{Canceller, Client, HeaderColumn, Insert, Origin, Outcome, Progress, Rows, Session};
use gristmill_sql::types::{back_quote_if_needed, write_var_uint};
use gristmill_sql::{Code, Error, Result};
use tokio::sync::oneshot;

use super::block::{self, Block};
use super::convert::to_header;
use super::external::ExternalTables;
use super::frames::{self, FrameReader, Method};
use super::inbound::Inbound;
use super::outbound::{Outbound, SEND_BYTES};
use super::packets::{self, Sent, Told, client, server};
use super::request::Query;
use super::text_log::Priority;
use super::wire::{Wire, write_string};
use super::{profile_events, revision, text_log};
use crate::http::query::Service;
use crate::statement;

/// Bytes of an external table's name.
const NAME_BYTES_MAX: usize = 1 << 16;

/// A client that waits for rows hears this often how far its query has come.
const PROGRESS_EVERY: Duration = Duration::from_millis(100);

/// Ends a query from outside.
#[derive(Clone, Default)]
pub struct Stop {
    canceller: Canceller,
    is_asked: Arc<AtomicBool>,
}

impl Stop {
    /// The client wants no more; it waits for the end of the answer all the same.
    pub fn cancel(&self) {
        self.is_asked.store(true, Ordering::Release);
        self.canceller.cancel();
    }

    /// Nobody waits for the answer.
    pub fn abandon(&self) {
        self.canceller.cancel();
    }
}

/// A query to run.
pub struct Job {
    pub service: Arc<Service>,
    pub session: Session,
    pub client: Arc<Client>,
    pub revision: u64,
    pub inbound: Inbound,
    pub outbound: Outbound,
    pub query: Query,
    pub stop: Stop,
}

/// What is left of a job.
pub struct Ended {
    /// The session.
    pub session: Session,
    /// The writing half; all was sent.
    pub outbound: Outbound,
    /// Whether both sides know where the next packet begins.
    pub goes_on: bool,
}

/// Why a query ended early.
enum Failure {
    /// The client is told, then it may go on.
    Query(Error),
    /// The client is told, and the connection ends: where the next packet begins is not known.
    Stream(Error),
    /// The client was told, and has sent the rest of its data.
    Told,
    /// There is nobody to tell.
    Gone,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Query(error)
    }
}

impl From<gristmill_engine::Error> for Failure {
    fn from(error: gristmill_engine::Error) -> Failure {
        Failure::Query(error.into())
    }
}

/// What a client sends while its data is awaited.
enum Sending {
    Block(String, Block),
    Nothing,
    Cancel,
}

impl Job {
    /// Runs the query. The reading half goes `back` as soon as all data was read.
    pub fn run(mut self, back: oneshot::Sender<Inbound>) -> Ended {
        let place = self.service.place();
        let mut tables = ExternalTables::default();
        let mut failure = match self.read_tables(&mut tables) {
            Ok(Ok(())) => place.as_ref().err().cloned().map(Failure::Query),
            Ok(Err(error)) => Some(Failure::Query(error)),
            Err(failure) => Some(failure),
        };
        let Job {
            session,
            client,
            revision,
            inbound,
            outbound,
            query,
            stop,
            ..
        } = self;
        let mut answer = Answer {
            progress: session.progress(),
            told: Told::default(),
            events: Default::default(),
            started: Instant::now(),
            method: None,
            least: None,
            has_taken_data: false,
            query_id: query.id.clone(),
            revision,
            outbound,
        };
        let mut run = Run {
            inbound: Some(inbound),
            back: Some(back),
            session,
            query,
            stop,
        };
        if failure.is_none() {
            failure = run.run(&mut answer, client).err();
        }
        run.session.end_request();
        tables.drop_from(&mut run.session);
        drop(place);
        let goes_on = answer.end(failure, &run.stop);
        run.return_inbound();
        Ended {
            session: run.session,
            outbound: answer.outbound,
            goes_on,
        }
    }

    /// Reads the data that follows every query up to an empty block: tables that it uses. What is wrong with one is
    /// told when all were read.
    fn read_tables(&mut self, tables: &mut ExternalTables) -> std::result::Result<Result<()>, Failure> {
        let mut failed = Ok(());
        loop {
            match read_sent(&mut self.inbound, self.revision, self.query.is_compressed)? {
                Sending::Block(_, block) if block.is_end() => return Ok(failed.and_then(|()| tables.finish())),
                Sending::Block(name, block) if failed.is_ok() => failed = tables.add(name, block, &mut self.session),
                Sending::Block(..) | Sending::Nothing => {}
                Sending::Cancel => self.stop.cancel(),
            }
        }
    }
}

/// Reads a packet of data.
fn read_sent(inbound: &mut Inbound, revision: u64, is_compressed: bool) -> std::result::Result<Sending, Failure> {
    if Wire::new(inbound).at_end().map_err(Failure::Stream)? {
        return Err(Failure::Gone);
    }
    read_packet(inbound, revision, is_compressed).map_err(Failure::Stream)
}

fn read_packet(inbound: &mut Inbound, revision: u64, is_compressed: bool) -> Result<Sending> {
    let mut wire = Wire::new(inbound);
    let packet = wire.var_uint()?;
    match packet {
        client::DATA | client::SCALAR => {}
        client::CANCEL => return Ok(Sending::Cancel),
        other => {
            let message = format!("Unexpected packet {other} received from client, where data is awaited");
            return Err(Error::new(Code::UNEXPECTED_PACKET_FROM_CLIENT, message));
        }
    }
    let name = wire.text(NAME_BYTES_MAX)?;
    let block = match is_compressed {
        true => {
            let mut frames = FrameReader::new(inbound);
            block::read(&mut Wire::new(&mut frames), revision)?
        }
        false => block::read(&mut wire, revision)?,
    };
    Ok(match packet {
        client::DATA => Sending::Block(name, block),
        _ => Sending::Nothing,
    })
}

/// The query while it runs.
struct Run {
    inbound: Option<Inbound>,
    back: Option<oneshot::Sender<Inbound>>,
    session: Session,
    query: Query,
    stop: Stop,
}

impl Run {
    fn run(&mut self, answer: &mut Answer, client: Arc<Client>) -> std::result::Result<(), Failure> {
        let session = &mut self.session;
        session.begin_request(&self.query.settings, None, false)?;
        answer.method = match self.query.is_compressed {
            true => Some(method(session)?),
            false => None,
        };
        answer.least = text_log::least(&session.setting("send_logs_level").unwrap_or_default());
        answer.log(Priority::Debug, &self.query.text);
        session.stop_next_with(self.stop.canceller.clone());
        session.identify_next(Origin {
            query_id: Some(self.query.id.clone()).filter(|id| !id.is_empty()),
            client,
        });
        if answer.revision >= revision::TIME_ZONE_UPDATE
            && let Some(zone) = session.setting("session_timezone").filter(|zone| !zone.is_empty())
        {
            answer.outbound.packet(|out| {
                write_var_uint(server::TIME_ZONE_UPDATE, out);
                write_string(zone.as_bytes(), out);
            });
        }
        match session.execute(&self.query.text, &self.query.parameters)? {
            Outcome::Done => Ok(()),
            Outcome::Rows(rows) => {
                self.return_inbound();
                answer.select(rows)
            }
            Outcome::Insert(insert) if has_data(&insert, &self.query.text) => {
                self.return_inbound();
                statement::InsertStep::new(insert, &self.query.text).read(Box::new(std::io::empty()))?;
                Ok(())
            }
            Outcome::Insert(insert) => self.insert(insert, answer),
        }
    }

    /// From here on the connection's task listens.
    fn return_inbound(&mut self) {
        if let (Some(back), Some(inbound)) = (self.back.take(), self.inbound.take()) {
            let _ = back.send(inbound);
        }
    }

    /// Takes the client's blocks until an empty one.
    fn insert(&mut self, mut insert: Insert, answer: &mut Answer) -> std::result::Result<(), Failure> {
        let settings = statement::format_settings(&insert.settings);
        answer.sample(&insert.header)?;
        let inbound = self.inbound.as_mut().expect("it goes back after the data alone");
        loop {
            let block = match read_sent(inbound, answer.revision, self.query.is_compressed)? {
                Sending::Block(_, block) => block,
                Sending::Nothing => continue,
                Sending::Cancel => {
                    self.stop.cancel();
                    return Ok(());
                }
            };
            if block.is_end() {
                break;
            }
            if block.rows > 0 {
                let written = to_header(&block, &insert.header, &settings);
                let written = written.and_then(|batch| insert.write(batch).map_err(Error::from));
                if let Err(error) = written {
                    drop(insert);
                    answer.fail(&error)?;
                    return self.skip_data(answer.revision);
                }
            }
            if answer.revision >= revision::PROFILE_EVENTS_IN_INSERT {
                answer.events()?;
                answer.send()?;
            }
        }
        insert.finish()?;
        answer.has_taken_data = true;
        Ok(())
    }

    /// Reads what the client still sends because it does not know yet that the INSERT has failed.
    fn skip_data(&mut self, revision: u64) -> std::result::Result<(), Failure> {
        let inbound = self.inbound.as_mut().expect("it goes back after the data alone");
        loop {
            match read_sent(inbound, revision, self.query.is_compressed)? {
                Sending::Block(_, block) if block.is_end() => return Err(Failure::Told),
                Sending::Block(..) | Sending::Nothing => {}
                Sending::Cancel => return Err(Failure::Told),
            }
        }
    }
}

/// Whether an INSERT brings its data in its text. Old clients leave the blank between VALUES and data that they send apart.
fn has_data(insert: &Insert, text: &[u8]) -> bool {
    let inline = insert.inline.clone().and_then(|range| text.get(range));
    inline.is_some_and(|data| !data.trim_ascii().is_empty())
}

/// A name in back quotes, needed or not.
fn back_quoted(name: &str) -> String {
    let quoted = back_quote_if_needed(name);
    match quoted.starts_with('`') {
        true => quoted.to_string(),
        false => format!("`{quoted}`"),
    }
}

/// LZ4 where the client has not chosen: older ones know nothing else.
fn method(session: &Session) -> Result<Method> {
    match session.changed_setting("network_compression_method") {
        Some(name) => Method::named(&name),
        None => Ok(Method::Lz4),
    }
}

/// What the client is sent.
struct Answer {
    outbound: Outbound,
    revision: u64,
    method: Option<Method>,
    /// The least important lines of the log that the client wants.
    least: Option<Priority>,
    /// An INSERT's data came from the client, which then awaits nothing but counters, and those only if it is new.
    has_taken_data: bool,
    query_id: String,
    progress: Arc<Progress>,
    told: Told,
    events: profile_events::Told,
    started: Instant,
}

impl Answer {
    fn select(&mut self, mut rows: Rows) -> std::result::Result<(), Failure> {
        let mut header = Vec::new();
        block::write_header(&rows.header, self.revision, &mut header)?;
        self.data(header)?;
        let mut sent = Sent::default();
        let columns = rows.header.clone();
        loop {
            let Some(next) = rows.next_within(PROGRESS_EVERY)? else {
                self.progress();
                self.send()?;
                continue;
            };
            let Some(batch) = next else { break };
            sent.rows += batch.num_rows() as u64;
            sent.blocks += 1;
            sent.bytes += batch.get_array_memory_size() as u64;
            self.block(server::DATA, &columns, batch.columns(), batch.num_rows())?;
            self.progress();
            if self.outbound.waiting() > SEND_BYTES {
                self.send()?;
            }
        }
        if let Some(totals) = rows.totals()? {
            self.block(server::TOTALS, &columns, totals.columns(), 1)?;
        }
        if let Some(extremes) = rows.extremes()? {
            self.block(server::EXTREMES, &columns, &extremes, 2)?;
        }
        let statistics = rows.statistics();
        drop(rows);
        let revision = self.revision;
        self.outbound
            .packet(|out| packets::profile_info(&sent, &statistics, revision, out));
        Ok(())
    }

    /// Adds a packet of this kind with a block.
    fn block(&mut self, kind: u64, header: &[HeaderColumn], columns: &[ArrayRef], rows: usize) -> Result<()> {
        let mut bytes = Vec::new();
        block::write(header, columns, rows, self.revision, &mut bytes)?;
        self.framed(kind, bytes)
    }

    /// Adds a block of the result.
    fn data(&mut self, block: Vec<u8>) -> Result<()> {
        self.framed(server::DATA, block)
    }

    fn framed(&mut self, kind: u64, block: Vec<u8>) -> Result<()> {
        let method = self.method;
        self.outbound.packet(|out| {
            write_var_uint(kind, out);
            write_string(b"", out);
            match method {
                Some(method) => frames::compress(&block, method, out),
                None => {
                    out.extend_from_slice(&block);
                    Ok(())
                }
            }
        })
    }

    /// Says which columns an INSERT wants.
    fn sample(&mut self, header: &[HeaderColumn]) -> std::result::Result<(), Failure> {
        if self.revision >= revision::TABLE_COLUMNS {
            let mut text = format!("columns format version: 1\n{} columns:\n", header.len());
            for column in header {
                text.push_str(&format!("{} {}\n", back_quoted(&column.name), column.data_type));
            }
            self.outbound.packet(|out| {
                write_var_uint(server::TABLE_COLUMNS, out);
                write_string(b"", out);
                write_string(text.as_bytes(), out);
            });
        }
        let mut block = Vec::new();
        block::write_header(header, self.revision, &mut block)?;
        self.data(block)?;
        self.send()
    }

    /// Tells what was read and written since it was told last.
    fn progress(&mut self) {
        let now = Told::of(&self.progress, self.started.elapsed());
        let (last, revision) = (std::mem::replace(&mut self.told, now), self.revision);
        self.outbound
            .packet(|out| packets::progress(&last, &now, revision, out));
    }

    /// Tells the counters that have changed since they were told last.
    fn events(&mut self) -> Result<()> {
        let (header, columns, rows) = self.events.changes(&self.progress);
        let mut block = Vec::new();
        block::write(&header, &columns, rows, self.revision, &mut block)?;
        self.outbound.packet(|out| {
            write_var_uint(server::PROFILE_EVENTS, out);
            write_string(b"", out);
            out.extend_from_slice(&block);
        });
        Ok(())
    }

    /// Adds a line of the log, if the client wants it.
    fn log(&mut self, priority: Priority, text: &[u8]) {
        if self.revision < revision::LOGS || self.least.is_none_or(|least| priority > least) {
            return;
        }
        let (header, columns) = text_log::line(&self.query_id, priority, text);
        let mut block = Vec::new();
        if block::write(&header, &columns, 1, self.revision, &mut block).is_ok() {
            self.outbound.packet(|out| {
                write_var_uint(server::LOG, out);
                write_string(b"", out);
                out.extend_from_slice(&block);
            });
        }
    }

    fn fail(&mut self, error: &Error) -> std::result::Result<(), Failure> {
        self.outbound.packet(|out| packets::exception(error, out));
        self.send()
    }

    fn send(&mut self) -> std::result::Result<(), Failure> {
        self.outbound.send_blocking().map_err(|_| Failure::Gone)
    }

    /// Ends the answer; whether the connection goes on.
    fn end(&mut self, failure: Option<Failure>, stop: &Stop) -> bool {
        let asked = stop.is_asked.load(Ordering::Acquire);
        let goes_on = match failure {
            None => {
                let (rows, bytes) = (self.progress.read_rows(), self.progress.read_bytes());
                let seconds = self.started.elapsed().as_secs_f64();
                let text = format!("Read {rows} rows, {bytes} bytes in {seconds:.6} sec.");
                self.log(Priority::Information, text.as_bytes());
                let counters_since = match self.has_taken_data {
                    true => revision::PROFILE_EVENTS_IN_INSERT,
                    false => revision::PROFILE_EVENTS,
                };
                if !self.has_taken_data {
                    self.progress();
                }
                if self.revision >= counters_since && self.events().is_err() {
                    return false;
                }
                self.outbound.packet(|out| write_var_uint(server::END_OF_STREAM, out));
                true
            }
            // The client that asked for it awaits no error.
            Some(Failure::Query(error)) if asked && error.code == Code::QUERY_WAS_CANCELLED => {
                self.outbound.packet(|out| write_var_uint(server::END_OF_STREAM, out));
                true
            }
            Some(Failure::Query(error)) => {
                self.outbound.packet(|out| packets::exception(&error, out));
                true
            }
            Some(Failure::Stream(error)) => {
                self.outbound.packet(|out| packets::exception(&error, out));
                false
            }
            Some(Failure::Told) => true,
            Some(Failure::Gone) => return false,
        };
        self.outbound.send_blocking().is_ok() && goes_on
    }
}
