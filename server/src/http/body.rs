//! A request's body on its way from the connection to the thread that runs the query, with bounded memory.
//!
//! The connection's task calls [`Transfer::pump`]; the query's thread reads from [`BodyReader`]. A body that breaks
//! off is an error for the reader, never an end, so that half an INSERT is not taken for a whole one.

use std::io::{self, BufReader, Read};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use bytes::{Buf, Bytes};
use gristmill_sql::{Code, Error, Result};
use http_body_util::BodyExt;
use tokio::sync::mpsc;

use super::coding::{Coding, Decoder};
use crate::native::frames::FrameReader;

/// Pieces that wait between the connection and the query. hyper reads at most some 400 KiB at once.
const PIECES_WAITING_MAX: usize = 4;
/// Bodies announced shorter than this are read before the query's thread is woken.
const WHOLE_BYTES_MAX: u64 = 256 * 1024;

/// Bytes that are decompressed at once.
const PIECE_BYTES_MAX: u64 = 64 * 1024;

/// What a server allows a body.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// Bytes in all; 0: no limit.
    pub bytes_max: u64,
    /// The longest pause between two pieces.
    pub pause_max: Duration,
}

enum Piece {
    Data(Bytes),
    End,
    Broken(Error),
}

/// The connection's end of a body that is still arriving.
pub struct Transfer {
    body: Body,
    limits: BodyLimits,
    pieces: mpsc::Sender<Piece>,
}

/// The query's end: blocks until bytes are there.
pub struct BodyReader {
    pieces: Option<mpsc::Receiver<Piece>>,
    current: Bytes,
    failure: BodyFailure,
    /// Reads what the pieces hold, if they are compressed.
    content: Content,
}

/// What a body's bytes are.
enum Content {
    Plain,
    Frames(Box<FrameReader<BufReader<BodyReader>>>),
    Coded(Coding, Box<Decoder>),
}

/// Why a body broke off, kept for the one who answers: readers above only see an I/O error.
#[derive(Clone, Default)]
pub struct BodyFailure(Arc<Mutex<Option<Error>>>);

impl BodyFailure {
    /// The error, if the body broke off.
    pub fn take(&self) -> Option<Error> {
        self.0.lock().expect("nothing panics while holding the lock").take()
    }

    fn put(&self, error: &Error) {
        *self.0.lock().expect("nothing panics while holding the lock") = Some(error.clone());
    }
}

/// Splits a body into its two ends. A short one is read here at once and needs no transfer.
pub async fn receive(body: Body, limits: BodyLimits) -> Result<(BodyReader, Option<Transfer>)> {
    let announced = http_body::Body::size_hint(&body).exact();
    if let Some(bytes) = announced {
        limits.check(bytes)?;
    }
    if announced.is_some_and(|bytes| bytes <= WHOLE_BYTES_MAX) {
        let whole = tokio::time::timeout(limits.pause_max, body.collect()).await;
        let whole = whole
            .map_err(|_| limits.timed_out(0))?
            .map_err(|error| broken(0, &error))?;
        return Ok((BodyReader::new(None, whole.to_bytes()), None));
    }
    let (sender, receiver) = mpsc::channel(PIECES_WAITING_MAX);
    Ok((
        BodyReader::new(Some(receiver), Bytes::new()),
        Some(Transfer {
            body,
            limits,
            pieces: sender,
        }),
    ))
}

impl Transfer {
    /// Moves the body to the reader until it ends, breaks or nobody reads it any more.
    pub async fn pump(mut self) {
        let mut received = 0;
        loop {
            let last = match self.next(&mut received).await {
                Ok(Some(data)) => Piece::Data(data),
                Ok(None) => Piece::End,
                Err(error) => Piece::Broken(error),
            };
            let is_last = !matches!(last, Piece::Data(_));
            if self.pieces.send(last).await.is_err() || is_last {
                return;
            }
        }
    }

    async fn next(&mut self, received: &mut u64) -> Result<Option<Bytes>> {
        loop {
            let frame = tokio::time::timeout(self.limits.pause_max, self.body.frame())
                .await
                .map_err(|_| self.limits.timed_out(*received))?;
            let Some(frame) = frame else { return Ok(None) };
            let frame = frame.map_err(|error| broken(*received, &error))?;
            if let Ok(data) = frame.into_data() {
                *received += data.len() as u64;
                self.limits.check(*received)?;
                return Ok(Some(data));
            }
        }
    }
}

impl BodyLimits {
    fn check(&self, bytes: u64) -> Result<()> {
        if self.bytes_max != 0 && bytes > self.bytes_max {
            let message = format!(
                "The request's body is larger than the server allows: {bytes} bytes, maximum {}",
                self.bytes_max
            );
            return Err(Error::new(Code::QUERY_IS_TOO_LARGE, message));
        }
        Ok(())
    }

    fn timed_out(&self, received: u64) -> Error {
        let message = format!(
            "Timeout exceeded while reading the request's body: nothing for {} seconds after {received} bytes",
            self.pause_max.as_secs()
        );
        Error::new(Code::SOCKET_TIMEOUT, message)
    }
}

fn broken(received: u64, error: &dyn std::fmt::Display) -> Error {
    Error::new(
        Code::CANNOT_READ_ALL_DATA,
        format!("The request's body broke off after {received} bytes: {error}"),
    )
}

impl BodyReader {
    fn new(pieces: Option<mpsc::Receiver<Piece>>, current: Bytes) -> Self {
        BodyReader {
            pieces,
            current,
            failure: BodyFailure::default(),
            content: Content::Plain,
        }
    }

    /// A body without bytes.
    pub fn empty() -> BodyReader {
        BodyReader::new(None, Bytes::new())
    }

    /// What a body of compressed frames holds.
    pub fn decompressed(self) -> BodyReader {
        let failure = self.failure();
        let content = Content::Frames(Box::new(FrameReader::new(BufReader::new(self))));
        BodyReader {
            pieces: None,
            current: Bytes::new(),
            failure,
            content,
        }
    }

    /// What a body holds that has this content coding. One without any bytes holds none.
    pub fn decoded(self, coding: Coding) -> BodyReader {
        if self.pieces.is_none() && self.current.is_empty() {
            return self;
        }
        let failure = self.failure();
        BodyReader {
            pieces: None,
            current: Bytes::new(),
            failure,
            content: Content::Coded(coding, Box::new(coding.decoder(self))),
        }
    }

    /// A body in these pieces.
    #[cfg(test)]
    pub fn of(pieces: &[&[u8]]) -> BodyReader {
        let (sender, receiver) = mpsc::channel(pieces.len() + 1);
        let data = pieces.iter().map(|piece| Piece::Data(Bytes::copy_from_slice(piece)));
        for piece in data.chain([Piece::End]) {
            assert!(sender.try_send(piece).is_ok(), "the channel has room for all");
        }
        BodyReader::new(Some(receiver), Bytes::new())
    }

    /// Where the reason is found when a read fails.
    pub fn failure(&self) -> BodyFailure {
        self.failure.clone()
    }

    /// The next bytes as they came; `None` at the end.
    pub fn next_piece(&mut self) -> Result<Option<Bytes>> {
        if !self.current.is_empty() {
            return Ok(Some(std::mem::take(&mut self.current)));
        }
        match &mut self.content {
            Content::Plain => {}
            Content::Frames(frames) => {
                let frame = frames.next_frame().inspect_err(|error| self.failure.put(error))?;
                return Ok(frame.map(Bytes::from));
            }
            Content::Coded(coding, decoder) => {
                let piece = read_piece(decoder).map_err(|error| {
                    // The decoder's source may have failed, and has then said why.
                    let error = self.failure.take().unwrap_or_else(|| undecodable(*coding, &error));
                    self.failure.put(&error);
                    error
                })?;
                return Ok(Some(piece).filter(|piece| !piece.is_empty()));
            }
        }
        let Some(pieces) = &mut self.pieces else {
            return Ok(None);
        };
        let error = match pieces.blocking_recv() {
            Some(Piece::Data(data)) => return Ok(Some(data)),
            Some(Piece::End) => {
                self.pieces = None;
                return Ok(None);
            }
            Some(Piece::Broken(error)) => error,
            None => broken_connection(),
        };
        self.failure.put(&error);
        Err(error)
    }
}

/// The next bytes of a decoder; none at the end.
fn read_piece(decoder: &mut dyn Read) -> io::Result<Bytes> {
    let mut piece = Vec::new();
    decoder.take(PIECE_BYTES_MAX).read_to_end(&mut piece)?;
    Ok(piece.into())
}

fn undecodable(coding: Coding, error: &io::Error) -> Error {
    let name = coding.name();
    Error::new(
        coding.decoder_failed(),
        format!("Cannot decompress the request's body, whose Content-Encoding is {name}: {error}"),
    )
}

/// The connection's task is gone, and with it whoever would read the answer.
fn broken_connection() -> Error {
    Error::new(
        Code::CANNOT_READ_ALL_DATA,
        "The client closed the connection before the end of the request's body".to_string(),
    )
}

impl Read for BodyReader {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            match self.next_piece().map_err(io::Error::other)? {
                Some(piece) => self.current = piece,
                None => return Ok(0),
            }
        }
        let bytes = target.len().min(self.current.len());
        self.current.copy_to_slice(&mut target[..bytes]);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: BodyLimits = BodyLimits {
        bytes_max: 10,
        pause_max: Duration::from_millis(50),
    };

    fn streamed(pieces: Vec<io::Result<Bytes>>) -> Body {
        Body::from_stream(futures::stream::iter(pieces))
    }

    fn read(body: Body, limits: BodyLimits) -> (io::Result<String>, Option<Error>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let (mut reader, transfer) = runtime.block_on(receive(body, limits)).unwrap();
        let failure = reader.failure();
        let thread = std::thread::spawn(move || {
            let mut text = String::new();
            reader.read_to_string(&mut text).map(|_| text)
        });
        if let Some(transfer) = transfer {
            runtime.block_on(transfer.pump());
        }
        (thread.join().unwrap(), failure.take())
    }

    #[test]
    fn pieces_arrive_in_order() {
        let (text, failure) = read(streamed(vec![Ok("ab".into()), Ok("".into()), Ok("cd".into())]), LIMITS);
        assert_eq!((text.unwrap().as_str(), failure.is_none()), ("abcd", true));
    }

    #[test]
    fn a_break_is_no_end() {
        let (text, failure) = read(streamed(vec![Ok("ab".into()), Err(io::Error::other("reset"))]), LIMITS);
        assert!(text.is_err());
        let failure = failure.unwrap();
        assert_eq!(failure.code, Code::CANNOT_READ_ALL_DATA);
        assert!(failure.message.contains("after 2 bytes"), "{}", failure.message);
    }

    #[test]
    fn the_limit_counts_all_pieces() {
        let (_, failure) = read(streamed(vec![Ok("abcdef".into()), Ok("ghijkl".into())]), LIMITS);
        assert_eq!(failure.unwrap().code, Code::QUERY_IS_TOO_LARGE);
    }

    #[test]
    fn a_silent_client_is_given_up() {
        let (_, failure) = read(
            Body::from_stream(futures::stream::pending::<io::Result<Bytes>>()),
            LIMITS,
        );
        assert_eq!(failure.unwrap().code, Code::SOCKET_TIMEOUT);
    }
}
