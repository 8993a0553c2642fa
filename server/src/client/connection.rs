//! [`Connection`]: a server that was greeted, asked queries one after the other.

use std::io::{BufRead, BufReader, ErrorKind};

use arrow::array::ArrayRef;
use gristmill_engine::HeaderColumn;
use gristmill_sql::{Code, Error, Result};

use super::failure::{Failure, ServerError};
use super::interrupt::Interrupt;
use super::link::{self, Endpoint, Link, Patience, Security, Socket};
use super::packet::{self, Exception, Packet};
use super::request::{self, Login, Query};
use super::tls;
use crate::native::frames::Method;
use crate::native::packets::{client, server};
use crate::native::revision;
use crate::native::wire::Wire;

/// Bytes read at once.
const READ_BYTES: usize = 256 << 10;

/// Bytes of a name in the server's greeting.
const NAME_BYTES_MAX: usize = 4096;

/// Rules for passwords, and settings, that a greeting may have.
const LIST_LENGTH_MAX: u64 = 10_000;

/// The result of asking a server.
pub type Asked<T> = std::result::Result<T, Failure>;

/// What a server says of itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Server {
    /// The program's name.
    pub name: String,
    /// The name for prompts.
    pub display_name: String,
    /// The version.
    pub version: [u64; 3],
    /// Its revision of the protocol.
    pub revision: u64,
    /// Its time zone.
    pub time_zone: String,
}

impl Server {
    /// `26.9.2`.
    pub fn version_text(&self) -> String {
        let [major, minor, patch] = self.version;
        format!("{major}.{minor}.{patch}")
    }
}

/// A connection.
pub struct Connection {
    reader: BufReader<Link>,
    revision: u64,
    server: Server,
    address: String,
    /// How the running query's blocks are compressed.
    method: Option<Method>,
}

impl Connection {
    /// Connects and logs in.
    pub fn open(
        endpoint: &Endpoint,
        security: Option<&Security>,
        login: &Login,
        patience: &Patience,
        interrupt: Interrupt,
    ) -> Asked<Connection> {
        let tcp = link::connect(endpoint, patience).map_err(Failure::Lost)?;
        let socket: Box<dyn Socket> = match security {
            Some(security) => Box::new(tls::connect(tcp, endpoint, security, patience).map_err(Failure::Lost)?),
            None => Box::new(tcp),
        };
        let link = Link::new(socket, patience.receive, interrupt);
        let mut connection = Connection {
            reader: BufReader::with_capacity(READ_BYTES, link),
            revision: revision::OURS,
            server: Server::default(),
            address: endpoint.address(),
            method: None,
        };
        connection.greet(login)?;
        Ok(connection)
    }

    fn greet(&mut self, login: &Login) -> Asked<()> {
        self.send(&request::hello(login))?;
        match self.read_greeting().map_err(|error| self.lost(error))? {
            Ok(server) => {
                self.revision = server.revision.min(revision::OURS);
                self.server = server;
            }
            Err(exception) => return Err(Failure::Server(self.server_error(exception))),
        }
        self.send(&request::addendum(login, self.revision))
    }

    /// The greeting, or the error in its place.
    fn read_greeting(&mut self) -> Result<std::result::Result<Server, Exception>> {
        let mut wire = Wire::new(&mut self.reader);
        match wire.var_uint()? {
            server::HELLO => read_hello(&mut wire).map(Ok),
            server::EXCEPTION => packet::exception(&mut wire).map(Err),
            other => {
                let hint = match u8::try_from(other) {
                    Ok(b'H') => ". It seems to speak HTTP: the native protocol has a port of its own, 9000 by default",
                    _ => "",
                };
                let message = format!("Unexpected packet from server (expected Hello or Exception, got {other}){hint}");
                Err(Error::new(Code::UNEXPECTED_PACKET_FROM_SERVER, message))
            }
        }
    }

    /// What the server says of itself.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Asks a query. Its tables are sent next, and then [`Connection::end_data`].
    pub fn ask(&mut self, query: &Query<'_>) -> Asked<()> {
        let bytes = request::query(query, self.revision)?;
        self.method = query.method;
        self.reader.get_mut().begin_query();
        self.send(&bytes)
    }

    /// Sends rows: of the table with this name, or for the INSERT where it is empty.
    pub fn send_data(&mut self, name: &str, header: &[HeaderColumn], columns: &[ArrayRef], rows: usize) -> Asked<()> {
        let bytes = request::data(name, header, columns, rows, self.revision, self.method)?;
        self.send(&bytes)
    }

    /// Says that no more data comes.
    pub fn end_data(&mut self) -> Asked<()> {
        self.send_data("", &[], &[], 0)
    }

    /// Asks the server to stop the query, which it answers all the same.
    pub fn cancel(&mut self) -> Asked<()> {
        self.reader.get_mut().cancel().map_err(|error| self.lost(error))
    }

    /// Whether the server was asked to stop the query.
    pub fn has_cancelled(&self) -> bool {
        self.reader.get_ref().has_cancelled()
    }

    /// The next packet. An error of the server is a failure, and ends the query as its end does.
    pub fn receive(&mut self) -> Asked<Packet> {
        let (revision, is_compressed) = (self.revision, self.method.is_some());
        let packet = Packet::read(&mut self.reader, revision, is_compressed).map_err(|error| self.lost(error))?;
        match packet {
            Packet::Exception(exception) => {
                self.reader.get_mut().end_query();
                Err(Failure::Server(self.server_error(exception)))
            }
            Packet::EndOfStream => {
                self.reader.get_mut().end_query();
                Ok(packet)
            }
            packet => Ok(packet),
        }
    }

    /// Whether a packet has begun to arrive.
    pub fn has_packet(&mut self) -> Asked<bool> {
        if !self.reader.buffer().is_empty() {
            return Ok(true);
        }
        let failed =
            |error: std::io::Error| Error::new(Code::NETWORK_ERROR, format!("Cannot read from socket: {error}"));
        let looked = self.reader.get_mut().set_waiting(false).and_then(|()| {
            let looked = self.reader.fill_buf().map(|bytes| !bytes.is_empty());
            self.reader.get_mut().set_waiting(true)?;
            looked
        });
        match looked {
            Ok(true) => Ok(true),
            Ok(false) => Err(self.lost(Error::new(Code::ATTEMPT_TO_READ_AFTER_EOF, "Attempt to read after eof"))),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(self.lost(failed(error))),
        }
    }

    /// Whether the server still answers.
    pub fn is_alive(&mut self) -> bool {
        if self.send(&packet::bare(client::PING)).is_err() {
            return false;
        }
        loop {
            match self.receive() {
                Ok(Packet::Pong) => return true,
                Ok(Packet::Log(_) | Packet::ProfileEvents(_) | Packet::Progress(_)) => {}
                _ => return false,
            }
        }
    }

    fn send(&mut self, bytes: &[u8]) -> Asked<()> {
        self.reader.get_mut().send(bytes).map_err(|error| self.lost(error))
    }

    fn lost(&self, error: Error) -> Failure {
        let address = &self.address;
        let message = match error.message.contains(address) {
            true => error.message,
            false => format!("{} (while talking to {address})", error.message),
        };
        Failure::Lost(Error::new(error.code, message))
    }

    fn server_error(&self, exception: Exception) -> ServerError {
        let Exception {
            code,
            message,
            stack_trace,
        } = exception;
        ServerError {
            code,
            message,
            stack_trace,
            address: self.address.clone(),
            version: self.server.version_text(),
        }
    }
}

/// Reads the server's greeting; the packet's number was read.
fn read_hello(wire: &mut Wire<'_>) -> Result<Server> {
    let mut server = Server {
        name: wire.text(NAME_BYTES_MAX)?,
        ..Server::default()
    };
    server.version[0] = wire.var_uint()?;
    server.version[1] = wire.var_uint()?;
    server.revision = wire.var_uint()?;
    let revision = server.revision.min(revision::OURS);
    if revision >= revision::REPLICAS_VERSION {
        wire.var_uint()?;
    }
    if revision >= revision::TIME_ZONE {
        server.time_zone = wire.text(NAME_BYTES_MAX)?;
    }
    if revision >= revision::DISPLAY_NAME {
        server.display_name = wire.text(NAME_BYTES_MAX)?;
    }
    server.version[2] = match revision >= revision::VERSION_PATCH {
        true => wire.var_uint()?,
        false => revision,
    };
    if revision >= revision::CHUNKS {
        for _ in 0..2 {
            let mode = wire.text(NAME_BYTES_MAX)?;
            if mode == "chunked" {
                let message = "The server wants packets in chunks, which are not supported";
                return Err(Error::new(Code::NOT_IMPLEMENTED, message));
            }
        }
    }
    if revision >= revision::PASSWORD_RULES {
        for _ in 0..checked_length(wire.var_uint()?)? {
            wire.string(NAME_BYTES_MAX)?;
            wire.string(NAME_BYTES_MAX)?;
        }
    }
    if revision >= revision::NONCE {
        wire.array::<8>()?;
    }
    if revision >= revision::SERVER_SETTINGS {
        skip_settings(wire)?;
    }
    if revision >= revision::PLAN_VERSION {
        wire.var_uint()?;
    }
    if revision >= revision::CLUSTER_VERSION {
        wire.var_uint()?;
    }
    Ok(server)
}

fn skip_settings(wire: &mut Wire<'_>) -> Result<()> {
    for _ in 0..LIST_LENGTH_MAX {
        if wire.string(NAME_BYTES_MAX)?.is_empty() {
            return Ok(());
        }
        wire.var_uint()?;
        wire.string(NAME_BYTES_MAX)?;
    }
    checked_length(u64::MAX).map(drop)
}

fn checked_length(length: u64) -> Result<u64> {
    match length <= LIST_LENGTH_MAX {
        true => Ok(length),
        false => Err(Error::new(
            Code::TOO_LARGE_ARRAY_SIZE,
            format!("The greeting of the server lists more than {LIST_LENGTH_MAX} things"),
        )),
    }
}
