//! [`Inbound`]: what a client sends, read by the connection's task while packets are short and by a query's thread while
//! data arrives.

use std::io::{self, BufRead, Read};
use std::time::Duration;

use bytes::BufMut;
use gristmill_sql::{Code, Error};
use tokio::io::AsyncReadExt;
use tokio::runtime::Handle;

use crate::socket::{Either, ReadHalf};

/// Bytes read at once while only a packet's head is awaited.
pub const HEAD_CHUNK_BYTES: usize = 4 << 10;

/// Bytes read at once while data is awaited.
const DATA_CHUNK_BYTES: usize = 256 << 10;

/// Bytes of the length before each chunk.
const CHUNK_HEAD_BYTES: usize = 4;

/// The reading half of a connection.
pub struct Inbound {
    socket: ReadHalf,
    /// Bytes of packets, without lengths of chunks.
    buffer: Vec<u8>,
    at: usize,
    chunks: Option<Chunks>,
    pause_max: Duration,
}

/// Where in a chunk the next byte is.
#[derive(Default)]
struct Chunks {
    left: usize,
    head: Vec<u8>,
}

impl Chunks {
    /// Appends what is data to `out`; lengths, those of 0 that end packets among them, are passed over.
    fn feed(&mut self, mut raw: &[u8], out: &mut Vec<u8>) {
        while !raw.is_empty() {
            if self.left == 0 {
                let (head, rest) = raw.split_at(raw.len().min(CHUNK_HEAD_BYTES - self.head.len()));
                self.head.extend_from_slice(head);
                raw = rest;
                if let Ok(length) = <[u8; CHUNK_HEAD_BYTES]>::try_from(self.head.as_slice()) {
                    self.left = u32::from_le_bytes(length) as usize;
                    self.head.clear();
                }
                continue;
            }
            let (data, rest) = raw.split_at(raw.len().min(self.left));
            out.extend_from_slice(data);
            self.left -= data.len();
            raw = rest;
        }
    }
}

impl Inbound {
    /// Reads from `socket`; in the middle of data a client may pause for `pause_max`.
    pub fn new(socket: ReadHalf, pause_max: Duration) -> Inbound {
        Inbound {
            socket,
            buffer: Vec::new(),
            at: 0,
            chunks: None,
            pause_max,
        }
    }

    /// From here on packets come in chunks.
    pub fn begin_chunks(&mut self) {
        let mut chunks = Chunks::default();
        let rest = self.buffer.split_off(self.at);
        chunks.feed(&rest, &mut self.buffer);
        self.chunks = Some(chunks);
    }

    /// The bytes that have arrived and were not taken yet.
    pub fn rest(&self) -> &[u8] {
        &self.buffer[self.at..]
    }

    /// Takes so many of them.
    pub fn take(&mut self, count: usize) {
        self.at += count;
    }

    /// Waits for bytes without holding memory for them. Some may be there afterwards.
    pub async fn readable(&mut self) -> io::Result<()> {
        if self.rest().is_empty() {
            self.buffer = Vec::new();
            self.at = 0;
        }
        match &self.socket {
            Either::Plain(socket) => socket.readable().await,
            // That bytes have arrived does not say that any can be decrypted: the first one tells.
            Either::Secure(_) => self.read(1).await.map(drop),
        }
    }

    /// Reads what there is, `chunk` bytes at most; false at the end. A client in the middle of something may pause only
    /// so long.
    pub async fn fill(&mut self, chunk: usize) -> io::Result<bool> {
        let pause_max = self.pause_max;
        let read = tokio::time::timeout(pause_max, self.read(chunk)).await;
        read.unwrap_or_else(|_| {
            let message = format!(
                "Timeout exceeded while reading from socket: nothing for {} seconds",
                pause_max.as_secs()
            );
            Err(io::Error::other(Error::new(Code::SOCKET_TIMEOUT, message)))
        })
    }

    async fn read(&mut self, chunk: usize) -> io::Result<bool> {
        self.buffer.drain(..self.at);
        self.at = 0;
        let Some(chunks) = &mut self.chunks else {
            self.buffer.reserve_exact(chunk);
            let mut target = (&mut self.buffer).limit(chunk);
            return Ok(self.socket.read_buf(&mut target).await? > 0);
        };
        let mut raw = Vec::with_capacity(chunk);
        let read = self.socket.read_buf(&mut raw).await?;
        chunks.feed(&raw, &mut self.buffer);
        Ok(read > 0)
    }
}

/// For a thread that may block.
impl BufRead for Inbound {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.rest().is_empty() {
            if !Handle::current().block_on(self.fill(DATA_CHUNK_BYTES))? {
                break;
            }
        }
        Ok(self.rest())
    }

    fn consume(&mut self, count: usize) {
        self.take(count);
    }
}

impl Read for Inbound {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let count = Read::read(&mut self.fill_buf()?, target)?;
        self.consume(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined_wherever_they_are_cut() {
        let raw = b"\x03\0\0\0abc\x01\0\0\0d\0\0\0\0\x02\0\0\0ef\0\0\0\0";
        for size in 1..raw.len() {
            let (mut chunks, mut out) = (Chunks::default(), Vec::new());
            raw.chunks(size).for_each(|piece| chunks.feed(piece, &mut out));
            assert_eq!(out, b"abcdef");
        }
    }
}
