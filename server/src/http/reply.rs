//! An answer on its way from the thread that runs the query to the connection.
//!
//! Output is held back until [`HOLD_BYTES`] are there: an error before that gets its proper status, and a short
//! answer goes out whole, with its length. After that it is streamed; an error then can only be told inside the
//! body, in ClickHouse's form: `\r\n__exception__\r\n<tag>\r\n<message>\n<length> <tag>\r\n__exception__\r\n`.

use std::io::{self, Write};
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::Frame;
use tokio::sync::{mpsc, oneshot};

use super::abandon::Abandon;
use super::coding::Encoder;

/// Bytes of output held back by default.
pub const HOLD_BYTES: usize = 1024 * 1024;
/// More than this is not held back, whatever `buffer_size` and `wait_end_of_query` ask.
pub const HOLD_BYTES_MAX: usize = 256 * 1024 * 1024;
/// Bytes collected before they are handed to the connection, once the answer is streamed.
const CHUNK_BYTES: usize = 64 * 1024;
/// Chunks that wait for a slow client before the query waits too.
const CHUNKS_WAITING_MAX: usize = 4;
/// Length of the tag that marks an error inside a body.
const TAG_LENGTH: usize = 16;

/// What the connection gets to send.
pub enum Reply<H> {
    /// The whole answer.
    Whole(H, Vec<u8>),
    /// The head, the tag of a later error, and the chunks to come.
    Stream(H, String, ChunkBody),
}

/// Collects the output of one query.
pub struct ReplyWriter<H> {
    head: Option<H>,
    to: Option<oneshot::Sender<Reply<H>>>,
    hold: usize,
    is_strict: bool,
    buffer: Vec<u8>,
    encoder: Option<Encoder>,
    stream: Option<(mpsc::Sender<Chunk>, String)>,
}

enum Chunk {
    Data(Bytes),
    End,
}

impl<H> ReplyWriter<H> {
    /// A writer that answers through `to` and holds back `hold` bytes; a strict one refuses to stream at all.
    pub fn new(to: oneshot::Sender<Reply<H>>, hold: usize, is_strict: bool) -> Self {
        let hold = hold.min(HOLD_BYTES_MAX);
        ReplyWriter {
            head: None,
            to: Some(to),
            hold,
            is_strict,
            buffer: Vec::new(),
            encoder: None,
            stream: None,
        }
    }

    /// A writer that never streams, for results that are in memory already.
    pub fn whole(to: oneshot::Sender<Reply<H>>) -> Self {
        ReplyWriter {
            hold: usize::MAX,
            ..ReplyWriter::new(to, 0, false)
        }
    }

    /// What is sent before the body. Known before the first byte is written.
    pub fn set_head(&mut self, head: H) {
        self.head = Some(head);
    }

    /// Compresses the body. Known before the first byte is written; the head must say so.
    pub fn set_encoder(&mut self, encoder: Encoder) {
        self.encoder = Some(encoder);
    }

    /// What has been collected, compressed if it is to be.
    fn take_buffer(&mut self, is_last: bool) -> io::Result<Vec<u8>> {
        let bytes = std::mem::take(&mut self.buffer);
        match &mut self.encoder {
            None => Ok(bytes),
            Some(encoder) if !is_last => encoder.encode(&bytes),
            Some(_) => self.encoder.take().expect("it is there").finish(&bytes),
        }
    }

    /// Ends a good answer; `head` is what is sent if nothing has been sent yet.
    pub fn finish(mut self, head: impl FnOnce() -> H) {
        match self.stream.take() {
            None => {
                // If compressing fails the one who waits for an answer is told that there is none.
                let Ok(body) = self.take_buffer(true) else { return };
                self.answer(Reply::Whole(head(), body));
            }
            Some((chunks, _)) => {
                let Ok(rest) = self.take_buffer(true) else { return };
                // A client that has gone needs no end.
                let _ = chunks.blocking_send(Chunk::Data(rest.into()));
                let _ = chunks.blocking_send(Chunk::End);
            }
        }
    }

    /// Ends an answer with an error: `alone` as its own answer, or `message` inside the body that is already on its way.
    pub fn fail(mut self, message: &[u8], alone: Vec<u8>, head: impl FnOnce() -> H) {
        match self.stream.take() {
            None => self.answer(Reply::Whole(head(), alone)),
            Some((chunks, tag)) => {
                self.buffer.extend_from_slice(&exception_block(message, &tag));
                let Ok(rest) = self.take_buffer(true) else { return };
                let _ = chunks.blocking_send(Chunk::Data(rest.into()));
                // The sender goes without an end: the body is cut off, so that no client takes it for whole.
            }
        }
    }

    fn answer(&mut self, reply: Reply<H>) {
        if let Some(to) = self.to.take() {
            let _ = to.send(reply); // fails only when the client has gone
        }
    }

    fn start_stream(&mut self) -> io::Result<()> {
        if self.is_strict {
            let message = format!("The result is larger than wait_end_of_query can hold back: {HOLD_BYTES_MAX} bytes");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
        }
        let head = self.head.take().expect("the head is set before the format writes");
        let (chunks, receiver) = mpsc::channel(CHUNKS_WAITING_MAX);
        let tag = random_tag();
        self.answer(Reply::Stream(
            head,
            tag.clone(),
            ChunkBody {
                chunks: receiver,
                state: State::Open,
                query: None,
            },
        ));
        self.stream = Some((chunks, tag));
        Ok(())
    }
}

impl<H> Write for ReplyWriter<H> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len();
        self.buffer.extend_from_slice(bytes);
        if self.stream.is_none() && self.buffer.len() > self.hold {
            self.start_stream()?;
        }
        if self.stream.is_some() {
            if self.buffer.len() >= CHUNK_BYTES {
                let bytes = self.take_buffer(false)?;
                if bytes.is_empty() {
                    return Ok(taken); // the coder keeps them for now
                }
                let (chunks, _) = self.stream.as_ref().expect("it was there above");
                chunks.blocking_send(Chunk::Data(bytes.into())).map_err(|_| gone())?;
            }
        } else if self.to.as_ref().is_some_and(oneshot::Sender::is_closed) {
            return Err(gone());
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "the client closed the connection")
}

fn random_tag() -> String {
    let mut tag = uuid::Uuid::new_v4().simple().to_string();
    tag.truncate(TAG_LENGTH);
    tag
}

/// The length counts the message with its line break.
fn exception_block(message: &[u8], tag: &str) -> Vec<u8> {
    let message = message.strip_suffix(b"\n").unwrap_or(message);
    let length = message.len() + 1;
    let before = format!("\r\n__exception__\r\n{tag}\r\n");
    let after = format!("\n{length} {tag}\r\n__exception__\r\n");
    [before.as_bytes(), message, after.as_bytes()].concat()
}

/// A streamed body. It ends in an error, so that the connection is cut, unless the writer said it is whole.
pub struct ChunkBody {
    chunks: mpsc::Receiver<Chunk>,
    state: State,
    query: Option<Abandon>,
}

impl ChunkBody {
    /// Cancels the query if this body is dropped before its end.
    pub fn watch(&mut self, query: Abandon) {
        self.query = Some(query);
    }
}

enum State {
    Open,
    /// The writer has gone without an end; what it wrote is flushed before the connection is cut.
    CutAfterFlush,
    Ended,
}

impl http_body::Body for ChunkBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match self.state {
            State::Ended => return Poll::Ready(None),
            State::CutAfterFlush => {
                self.state = State::Ended;
                return Poll::Ready(Some(Err(io::Error::other("the query failed"))));
            }
            State::Open => {}
        }
        match self.chunks.poll_recv(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(Some(Chunk::Data(data))) => Poll::Ready(Some(Ok(Frame::data(data)))),
            Poll::Ready(Some(Chunk::End)) => {
                self.state = State::Ended;
                self.query.iter_mut().for_each(Abandon::disarm);
                Poll::Ready(None)
            }
            Poll::Ready(None) => {
                self.state = State::CutAfterFlush;
                context.waker().wake_by_ref();
                Poll::Pending // hyper flushes what it has when a body is not ready
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    fn collect(body: ChunkBody) -> (String, bool) {
        let mut body = Box::pin(body);
        let mut text = Vec::new();
        loop {
            match futures::executor::block_on(body.frame()) {
                Some(Ok(frame)) => text.extend_from_slice(&frame.into_data().unwrap()),
                Some(Err(_)) => return (String::from_utf8(text).unwrap(), false),
                None => return (String::from_utf8(text).unwrap(), true),
            }
        }
    }

    #[test]
    fn short_answers_go_out_whole() {
        let (to, from) = oneshot::channel();
        let mut writer = ReplyWriter::new(to, 10, false);
        writer.set_head("head");
        writer.write_all(b"12345").unwrap();
        writer.finish(|| "end");
        assert!(matches!(from.blocking_recv().unwrap(), Reply::Whole("end", body) if body == b"12345"));
    }

    #[test]
    fn an_early_error_replaces_the_output() {
        let (to, from) = oneshot::channel();
        let mut writer = ReplyWriter::new(to, 10, false);
        writer.write_all(b"12345").unwrap();
        writer.fail(b"bad\n", b"bad\n".to_vec(), || "error");
        assert!(matches!(from.blocking_recv().unwrap(), Reply::Whole("error", body) if body == b"bad\n"));
    }

    fn streamed(end: impl FnOnce(ReplyWriter<&str>) + Send + 'static) -> (String, String, bool) {
        let (to, from) = oneshot::channel();
        let mut writer = ReplyWriter::new(to, 4, false);
        writer.set_head("head");
        let thread = std::thread::spawn(move || {
            writer.write_all(b"12345").unwrap();
            end(writer);
        });
        let Reply::Stream(_, tag, body) = from.blocking_recv().unwrap() else {
            panic!("not streamed")
        };
        let (text, is_whole) = collect(body);
        thread.join().unwrap();
        (text, tag, is_whole)
    }

    #[test]
    fn long_answers_are_streamed() {
        let (text, tag, is_whole) = streamed(|writer| writer.finish(|| "end"));
        assert_eq!((text.as_str(), tag.len(), is_whole), ("12345", 16, true));
    }

    #[test]
    fn a_late_error_is_marked_and_cuts_the_body() {
        let (text, tag, is_whole) = streamed(|writer| writer.fail(b"bad\n", b"bad\n".to_vec(), || "error"));
        assert_eq!(
            text,
            format!("12345\r\n__exception__\r\n{tag}\r\nbad\n4 {tag}\r\n__exception__\r\n")
        );
        assert!(!is_whole);
    }

    #[test]
    fn a_strict_writer_never_streams() {
        let (to, _from) = oneshot::channel::<Reply<&str>>();
        let mut writer = ReplyWriter::new(to, 4, true);
        assert!(writer.write_all(b"12345").is_err());
    }
}
