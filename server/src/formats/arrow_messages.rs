//! The messages of an Arrow stream, checked before Arrow's own reader sees them.
//!
//! That reader takes the lengths in a message as they come and asks for so much memory at once; a flipped bit must not
//! end the process. Here a message is read as far as there is data, and only whole ones are handed on.

use std::io::{Error, ErrorKind, Read, Result};

use arrow::ipc::{MessageHeader, RecordBatch, root_as_message};

/// Metadata of a message: a schema, or offsets of buffers.
const METADATA_BYTES_MAX: u64 = 64 << 20;

/// Data of a message, as it is in the stream and decompressed.
const BODY_BYTES_MAX: u64 = 2 << 30;

/// Bytes before the metadata: the mark of a message and the metadata's length.
const PREFIX_BYTES: usize = 8;

/// Stands before the length in all streams since Arrow 0.15.
const CONTINUATION: [u8; 4] = [0xff; 4];

/// Gives a stream message by message.
pub struct Messages<R> {
    source: R,
    message: Vec<u8>,
    /// Bytes of the message that were given.
    given: usize,
}

impl<R: Read> Messages<R> {
    /// Starts at the first message.
    pub fn new(source: R) -> Messages<R> {
        Messages {
            source,
            message: Vec::new(),
            given: 0,
        }
    }

    /// Reads the next message; nothing is left of it at the end of the stream.
    fn fill(&mut self) -> Result<()> {
        self.message.clear();
        self.given = 0;
        self.append(PREFIX_BYTES as u64)?;
        let Some((mark, length)) = self.message.split_first_chunk::<4>() else {
            return Ok(());
        };
        let Ok(length) = <[u8; 4]>::try_from(length) else {
            return Err(damaged("the stream ends inside a message"));
        };
        if *mark != CONTINUATION {
            return Err(damaged("a message does not begin with its mark"));
        }
        let length = u64::from(u32::from_le_bytes(length));
        if length > METADATA_BYTES_MAX {
            return Err(damaged("a message's metadata is too long"));
        }
        self.append(length)?;
        if length == 0 {
            return Ok(());
        }
        let metadata = &self.message[PREFIX_BYTES..];
        let message = root_as_message(metadata).map_err(|error| damaged(&error.to_string()))?;
        let body = message.bodyLength() as u64;
        if body > BODY_BYTES_MAX {
            return Err(damaged("a message's body is too long"));
        }
        let start = self.message.len();
        self.append(body)?;
        self.check_compressed(start)
    }

    /// Appends this many bytes, which must be there unless the stream ends between messages.
    fn append(&mut self, count: u64) -> Result<()> {
        let before = self.message.len();
        let read = self.source.by_ref().take(count).read_to_end(&mut self.message)?;
        if (read as u64) < count && before + read > 0 {
            return Err(damaged("the stream ends inside a message"));
        }
        Ok(())
    }

    /// Each compressed buffer begins with its length before compression.
    fn check_compressed(&self, start: usize) -> Result<()> {
        let message = root_as_message(&self.message[PREFIX_BYTES..start]).map_err(|it| damaged(&it.to_string()))?;
        let batch: Option<RecordBatch<'_>> = match message.header_type() {
            MessageHeader::RecordBatch => message.header_as_record_batch(),
            MessageHeader::DictionaryBatch => message.header_as_dictionary_batch().and_then(|it| it.data()),
            _ => None,
        };
        let Some(buffers) = batch
            .filter(|it| it.compression().is_some())
            .and_then(|it| it.buffers())
        else {
            return Ok(());
        };
        let body = &self.message[start..];
        let mut total = 0u64;
        for buffer in buffers {
            let offset = usize::try_from(buffer.offset()).unwrap_or(usize::MAX);
            let Some(prefix) = body.get(offset..).and_then(|rest| rest.first_chunk::<8>()) else {
                continue;
            };
            // -1 says that the buffer is not compressed after all.
            let length = i64::from_le_bytes(*prefix);
            total = total.saturating_add(u64::try_from(length).unwrap_or(0));
        }
        if total > BODY_BYTES_MAX {
            return Err(damaged("a message is too long when it is decompressed"));
        }
        Ok(())
    }
}

fn damaged(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, what.to_string())
}

impl<R: Read> Read for Messages<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        if self.given == self.message.len() {
            self.fill()?;
        }
        let rest = &self.message[self.given..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.given += count;
        Ok(count)
    }
}
