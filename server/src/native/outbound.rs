//! [`Outbound`]: packets on their way to a client.

use std::io;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::runtime::Handle;

use crate::http::timed::TimedWrites;
use crate::socket::WriteHalf;

/// A buffer that has grown beyond this is given back once it is sent.
const KEPT_BYTES_MAX: usize = 16 << 10;

/// Bytes after which packets do not wait for others any more.
pub const SEND_BYTES: usize = 64 << 10;

/// The writing half of a connection.
pub struct Outbound {
    socket: TimedWrites<WriteHalf>,
    buffer: Vec<u8>,
    is_chunked: bool,
}

impl Outbound {
    /// Writes to `socket`; a client that takes nothing for `pause_max` is given up.
    pub fn new(socket: WriteHalf, pause_max: Duration) -> Outbound {
        Outbound {
            socket: TimedWrites::new(socket, pause_max),
            buffer: Vec::new(),
            is_chunked: false,
        }
    }

    /// From here on packets go in chunks.
    pub fn begin_chunks(&mut self) {
        self.is_chunked = true;
    }

    /// Adds a packet; `write` appends its bytes.
    pub fn packet<T>(&mut self, write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
        if !self.is_chunked {
            return write(&mut self.buffer);
        }
        let start = self.buffer.len();
        self.buffer.extend_from_slice(&[0; 4]);
        let written = write(&mut self.buffer);
        let length = (self.buffer.len() - start - 4) as u32;
        self.buffer[start..start + 4].copy_from_slice(&length.to_le_bytes());
        self.buffer.extend_from_slice(&[0; 4]);
        written
    }

    /// Bytes that were not sent yet.
    pub fn waiting(&self) -> usize {
        self.buffer.len()
    }

    /// Sends what was added.
    pub async fn send(&mut self) -> io::Result<()> {
        let sent = self.socket.write_all(&self.buffer).await;
        let sent = match sent {
            Ok(()) => self.socket.flush().await, // TLS keeps what the network has not taken yet
            Err(error) => Err(error),
        };
        self.buffer.clear();
        self.buffer.shrink_to(KEPT_BYTES_MAX);
        sent
    }

    /// [`Outbound::send`] for a thread that may block.
    pub fn send_blocking(&mut self) -> io::Result<()> {
        Handle::current().block_on(self.send())
    }

    /// Gives back the memory, while nothing is to be sent.
    pub fn rest(&mut self) {
        self.buffer = Vec::new();
    }

    /// Ends the connection; what was sent still arrives.
    pub async fn close(&mut self) {
        let _ = self.send().await;
        let _ = self.socket.shutdown().await;
    }
}
