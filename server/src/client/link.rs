//! [`Link`]: the socket of a connection, which gives up after a while and passes Ctrl-C on to the server.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use gristmill_sql::{Code, Error, Result};

use super::interrupt::Interrupt;
use crate::native::packets::client;

/// How long a read waits before it looks whether Ctrl-C was pressed.
const TICK: Duration = Duration::from_millis(100);

/// Where a server listens.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    /// Name or address.
    pub host: String,
    /// Port of the native protocol.
    pub port: u16,
}

impl Endpoint {
    /// `host:port`.
    pub fn address(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }
}

/// How a server proves under TLS that it is the right one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Security {
    /// Any certificate is taken.
    pub takes_any_certificate: bool,
    /// File with the certificates of authorities; the system's if it is not given.
    pub authorities: Option<PathBuf>,
}

/// How long is waited for a server.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For bytes.
    pub receive: Duration,
    /// Until it takes bytes.
    pub send: Duration,
}

/// A socket of either kind.
pub trait Socket: Read + Write + Send {
    /// The TCP connection below.
    fn tcp(&self) -> &TcpStream;
}

impl Socket for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

/// A connected socket.
pub struct Link {
    socket: Box<dyn Socket>,
    receive: Duration,
    interrupt: Interrupt,
    /// Ctrl-C asks the server to stop.
    can_cancel: bool,
    has_cancelled: bool,
    waits: bool,
}

/// Connects to the first address of an endpoint that answers.
pub fn connect(endpoint: &Endpoint, patience: &Patience) -> Result<TcpStream> {
    let address = endpoint.address();
    let failed = |error: &io::Error| match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => {
            Error::new(Code::SOCKET_TIMEOUT, format!("Timeout: connect timed out ({address})"))
        }
        ErrorKind::ConnectionRefused => Error::new(Code::NETWORK_ERROR, format!("Connection refused ({address})")),
        _ => Error::new(Code::NETWORK_ERROR, format!("{error} ({address})")),
    };
    let unknown = || Error::new(Code::DNS_ERROR, format!("Not found address of host: {}", endpoint.host));
    let found = (endpoint.host.as_str(), endpoint.port)
        .to_socket_addrs()
        .map_err(|_| unknown())?;
    let mut last = unknown();
    for candidate in found {
        match TcpStream::connect_timeout(&candidate, patience.connect) {
            Ok(stream) => {
                stream.set_nodelay(true).map_err(|error| failed(&error))?;
                stream.set_read_timeout(Some(TICK)).map_err(|error| failed(&error))?;
                stream
                    .set_write_timeout(Some(patience.send))
                    .map_err(|error| failed(&error))?;
                return Ok(stream);
            }
            Err(error) => last = failed(&error),
        }
    }
    Err(last)
}

impl Link {
    /// A link over a socket that [`connect`] gave.
    pub fn new(socket: Box<dyn Socket>, receive: Duration, interrupt: Interrupt) -> Link {
        Link {
            socket,
            receive,
            interrupt,
            can_cancel: false,
            has_cancelled: false,
            waits: true,
        }
    }

    /// Sends bytes.
    pub fn send(&mut self, bytes: &[u8]) -> Result<()> {
        let sent = self.socket.write_all(bytes).and_then(|()| self.socket.flush());
        sent.map_err(|error| match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                Error::new(Code::SOCKET_TIMEOUT, "Timeout exceeded while writing to socket")
            }
            _ => Error::new(Code::NETWORK_ERROR, format!("Cannot write to socket: {error}")),
        })
    }

    /// From here on Ctrl-C asks the server to stop.
    pub fn begin_query(&mut self) {
        self.can_cancel = true;
        self.has_cancelled = false;
    }

    /// The server has answered: Ctrl-C is no matter of its any more.
    pub fn end_query(&mut self) {
        self.can_cancel = false;
    }

    /// Asks the server to stop.
    pub fn cancel(&mut self) -> Result<()> {
        self.has_cancelled = true;
        self.send(&[client::CANCEL as u8])
    }

    /// Whether the server was asked to stop the last query.
    pub fn has_cancelled(&self) -> bool {
        self.has_cancelled
    }

    /// Whether reads wait for bytes. Where they do not, they fail with [`ErrorKind::WouldBlock`].
    pub fn set_waiting(&mut self, waits: bool) -> io::Result<()> {
        self.waits = waits;
        self.socket.tcp().set_nonblocking(!waits)
    }

    fn check_interrupt(&mut self) -> io::Result<()> {
        if !self.can_cancel {
            return Ok(());
        }
        match self.interrupt.count() {
            0 => Ok(()),
            1 if self.has_cancelled => Ok(()),
            1 => self.cancel().map_err(io::Error::other),
            _ => {
                let message = "The query was given up while the server was still stopping it";
                Err(io::Error::other(Error::new(Code::QUERY_WAS_CANCELLED, message)))
            }
        }
    }
}

impl Read for Link {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let began = Instant::now();
        loop {
            self.check_interrupt()?;
            match self.socket.read(target) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) && self.waits => {
                    if began.elapsed() >= self.receive {
                        let seconds = self.receive.as_secs();
                        let message = format!("Timeout exceeded while reading from socket ({seconds} seconds)");
                        return Err(io::Error::other(Error::new(Code::SOCKET_TIMEOUT, message)));
                    }
                }
                outcome => return outcome,
            }
        }
    }
}
