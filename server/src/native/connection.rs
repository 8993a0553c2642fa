//! One connection: the greeting, then requests until the client goes.
//!
//! The connection's task waits and understands requests; a query runs on a blocking thread ([`super::job`]), which reads
//! its data and writes its answer itself. Meanwhile the task listens for the client's word to stop.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use gristmill_engine::{Client, Credentials, Interface, Session};
use gristmill_sql::types::{Cursor, write_var_uint};
use gristmill_sql::{Code, Error};
use tokio::sync::{oneshot, watch};

use super::hello::{self, Addendum, Hello};
use super::inbound::{HEAD_CHUNK_BYTES, Inbound};
use super::job::{Job, Stop};
use super::outbound::Outbound;
use super::packets::{self, client, server};
use super::request::{Query, REQUEST_BYTES_MAX, Request};
use super::wire::write_string;
use crate::http::query::Service;
use crate::socket::Socket;

/// Bytes of a greeting with all its names.
const HELLO_BYTES_MAX: usize = 64 << 10;

/// A greeting takes two round trips: who has not sent it after this long does not want to.
const GREETING_MAX: Duration = Duration::from_secs(30);

/// What all connections share.
pub struct Shared {
    /// Sessions and places for queries.
    pub service: Arc<Service>,
    /// The port that clients of HTTP should have used.
    pub http_port: u16,
    /// An idle connection is closed after this long.
    pub idle_max: Duration,
    /// Nothing arriving in the middle of a request for this long ends the connection.
    pub receive_pause_max: Duration,
    /// A client that takes nothing of an answer for this long is given up.
    pub send_pause_max: Duration,
}

/// A connection after its greeting.
struct Connection {
    shared: Arc<Shared>,
    inbound: Inbound,
    outbound: Outbound,
    session: Option<Session>,
    client: Arc<Client>,
    revision: u64,
}

/// Serves a connection to its end.
pub async fn serve(
    socket: Socket,
    peer: SocketAddr,
    shared: Arc<Shared>,
    mut stopped: watch::Receiver<bool>,
) -> io::Result<()> {
    let (reader, writer) = socket.into_split();
    let mut inbound = Inbound::new(reader, shared.receive_pause_max);
    let mut outbound = Outbound::new(writer, shared.send_pause_max);
    let greeting_max = shared.receive_pause_max.min(GREETING_MAX);
    let greeted = tokio::select! {
        greeted = tokio::time::timeout(greeting_max, greet(&mut inbound, &mut outbound, &shared, peer)) => match greeted {
            Ok(greeted) => greeted?,
            Err(_) => return Err(io::Error::new(io::ErrorKind::TimedOut, "the greeting does not end")),
        },
        _ = stopped.wait_for(|stopped| *stopped) => return Ok(()),
    };
    let Some((hello, session)) = greeted else {
        outbound.close().await;
        return Ok(());
    };
    let mut connection = Connection {
        client: Arc::new(Client {
            interface: Interface::Tcp,
            address: Some(peer),
            name: hello.client_name,
            ..Client::default()
        }),
        revision: hello.revision,
        session: Some(session),
        shared,
        inbound,
        outbound,
    };
    while let Some(request) = connection.request(&mut stopped).await? {
        match request {
            Request::Ping => connection.outbound.packet(|out| write_var_uint(server::PONG, out)),
            Request::Cancel => continue,
            Request::TablesStatus(tables) => connection.answer_status(&tables),
            Request::Query(query) => match connection.query(*query).await? {
                Some(next) => connection = next,
                None => return Ok(()),
            },
        }
        connection.outbound.send().await?;
        connection.outbound.rest();
    }
    Ok(())
}

/// Exchanges greetings; `None` if the client was sent away, with what is to be told it.
async fn greet(
    inbound: &mut Inbound,
    outbound: &mut Outbound,
    shared: &Arc<Shared>,
    peer: SocketAddr,
) -> io::Result<Option<(Hello, Session)>> {
    let refused = |outbound: &mut Outbound, error: &Error| {
        outbound.packet(|out| packets::exception(error, out));
        Ok(None)
    };
    let hello = loop {
        if matches!(inbound.rest().first(), Some(b'G' | b'P')) {
            outbound.packet(|out| out.extend_from_slice(wrong_port(shared).as_bytes()));
            return Ok(None);
        }
        let mut cursor = Cursor::new(inbound.rest());
        match Hello::parse(&mut cursor) {
            Ok(hello) => {
                let bytes = cursor.pos();
                inbound.take(bytes);
                break hello;
            }
            Err(error) => {
                if !is_more_needed(&error, inbound, HELLO_BYTES_MAX) {
                    return refused(outbound, &error);
                }
            }
        }
        if !inbound.fill(HEAD_CHUNK_BYTES).await? {
            return Ok(None);
        }
    };
    let (hello, session) = begin_elsewhere(hello, shared.clone(), peer).await;
    let session = match session {
        Ok(session) => session,
        Err(error) => return refused(outbound, &error),
    };
    let time_zone = crate::statement::time_zone(&session);
    outbound.packet(|out| hello::write(hello.revision, &time_zone, out));
    outbound.send().await?;
    if hello.has_addendum() {
        let addendum = loop {
            let mut cursor = Cursor::new(inbound.rest());
            match Addendum::parse(&mut cursor, hello.revision) {
                Ok(addendum) => {
                    let bytes = cursor.pos();
                    inbound.take(bytes);
                    break addendum;
                }
                Err(error) => {
                    if !is_more_needed(&error, inbound, HELLO_BYTES_MAX) {
                        return refused(outbound, &error);
                    }
                }
            }
            if !inbound.fill(HEAD_CHUNK_BYTES).await? {
                return Ok(None);
            }
        };
        if addendum.sends_chunks {
            inbound.begin_chunks();
        }
        if addendum.receives_chunks {
            outbound.begin_chunks();
        }
    }
    Ok(Some((hello, session)))
}

/// Whether an error only says that not all bytes are there yet.
fn is_more_needed(error: &Error, inbound: &Inbound, bytes_max: usize) -> bool {
    error.code == Code::CANNOT_READ_ALL_DATA && inbound.rest().len() < bytes_max
}

fn wrong_port(shared: &Shared) -> String {
    format!(
        "HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain; charset=UTF-8\r\nConnection: close\r\n\r\nThis port is \
         for clients of the native protocol.\r\nYou must use port {} for HTTP.\r\n",
        shared.http_port
    )
}

/// A session of the user, in the database that the client asks for.
fn begin(hello: &Hello, shared: &Shared, peer: SocketAddr) -> gristmill_sql::Result<Session> {
    let mut session = shared.service.session_of(&Credentials {
        user: &hello.user,
        password: &hello.password,
        address: Some(peer.ip()),
    })?;
    if !hello.database.is_empty() {
        session.use_database(&hello.database)?;
    }
    Ok(session)
}

/// The same on a thread that may wait: some passwords take their time.
async fn begin_elsewhere(
    hello: Hello,
    shared: Arc<Shared>,
    peer: SocketAddr,
) -> (Hello, gristmill_sql::Result<Session>) {
    let begun = tokio::task::spawn_blocking(move || {
        let session = begin(&hello, &shared, peer);
        (hello, session)
    });
    begun.await.expect("nothing in it panics")
}

impl Connection {
    /// The next request; `None` when the client or the server has had enough.
    async fn request(&mut self, stopped: &mut watch::Receiver<bool>) -> io::Result<Option<Request>> {
        loop {
            if !self.inbound.rest().is_empty() {
                match Request::parse(self.inbound.rest(), self.revision) {
                    Ok(Some((request, bytes))) => {
                        self.inbound.take(bytes);
                        return Ok(Some(request));
                    }
                    Ok(None) if self.inbound.rest().len() < REQUEST_BYTES_MAX => {}
                    Ok(None) => return Ok(None),
                    Err(error) => {
                        self.outbound.packet(|out| packets::exception(&error, out));
                        self.outbound.close().await;
                        return Ok(None);
                    }
                }
            }
            if self.inbound.rest().is_empty() {
                let idle_max = self.shared.idle_max;
                tokio::select! {
                    ready = tokio::time::timeout(idle_max, self.inbound.readable()) => match ready {
                        Ok(ready) => ready?,
                        Err(_) => return Ok(None),
                    },
                    _ = stopped.wait_for(|stopped| *stopped) => return Ok(None),
                }
                if !self.inbound.rest().is_empty() {
                    continue;
                }
            }
            if !self.inbound.fill(HEAD_CHUNK_BYTES).await? {
                return Ok(None);
            }
        }
    }

    /// Of a single server every table is up to date, if it is there.
    fn answer_status(&mut self, tables: &[(String, String)]) {
        self.outbound.packet(|out| {
            write_var_uint(server::TABLES_STATUS, out);
            write_var_uint(tables.len() as u64, out);
            for (database, table) in tables {
                write_string(database.as_bytes(), out);
                write_string(table.as_bytes(), out);
                out.push(0); // not replicated
            }
        });
    }

    /// Runs a query; the connection comes back if it goes on.
    async fn query(mut self, query: Query) -> io::Result<Option<Connection>> {
        let (back, mut returned) = oneshot::channel();
        let stop = Stop::default();
        let job = Job {
            service: self.shared.service.clone(),
            session: self.session.take().expect("the session is here between queries"),
            client: self.client.clone(),
            revision: self.revision,
            inbound: self.inbound,
            outbound: self.outbound,
            query,
            stop: stop.clone(),
        };
        let mut running = tokio::task::spawn_blocking(move || job.run(back));
        // A task that ends before its query, because the server stops, ends the query too.
        let guard = StopWhenDropped(stop);
        let mut inbound = None;
        let ended = loop {
            match &mut inbound {
                None => tokio::select! {
                    biased;
                    ended = &mut running => break ended,
                    Ok(back) = &mut returned => inbound = Some(back),
                },
                Some(inbound) => tokio::select! {
                    biased;
                    ended = &mut running => break ended,
                    watched = watch_for_cancel(inbound, &guard.0) => if watched.is_err() {
                        guard.0.abandon();
                        break running.await;
                    },
                },
            }
        };
        let Ok(ended) = ended else {
            return Ok(None); // it has panicked, which the log tells
        };
        let Some(inbound) = inbound.or_else(|| returned.try_recv().ok()) else {
            return Ok(None);
        };
        if !ended.goes_on {
            return Ok(None);
        }
        Ok(Some(Connection {
            shared: self.shared,
            client: self.client,
            revision: self.revision,
            session: Some(ended.session),
            outbound: ended.outbound,
            inbound,
        }))
    }
}

/// Stops a query that nobody waits for.
struct StopWhenDropped(Stop);

impl Drop for StopWhenDropped {
    fn drop(&mut self) {
        self.0.abandon();
    }
}

/// Waits for the client's word to stop, or for it to go, which is an error. Other requests wait for their turn.
async fn watch_for_cancel(inbound: &mut Inbound, stop: &Stop) -> io::Result<()> {
    loop {
        match inbound.rest().first() {
            Some(first) if u64::from(*first) == client::CANCEL => {
                inbound.take(1);
                stop.cancel();
            }
            Some(_) => std::future::pending::<()>().await,
            None => {
                inbound.readable().await?;
                if inbound.rest().is_empty() && !inbound.fill(HEAD_CHUNK_BYTES).await? {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
        }
    }
}
