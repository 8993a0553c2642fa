//! [`Wire`]: numbers, strings and runs of bytes as they arrive. What a length promises is never believed: memory grows
//! only with the bytes that are there.

use std::io::BufRead;

use gristmill_sql::{Code, Error, Result};

/// Memory that is reserved for a run of bytes before they have arrived.
const RESERVED_BYTES_MAX: usize = 1 << 20;

/// The longest VarUInt of 64 bits.
const VAR_UINT_BYTES_MAX: u32 = 10;

/// Reads the protocol's primitives.
pub struct Wire<'a> {
    source: &'a mut dyn BufRead,
}

impl<'a> Wire<'a> {
    /// Reads from `source`, which is left right behind what was read.
    pub fn new(source: &'a mut dyn BufRead) -> Wire<'a> {
        Wire { source }
    }

    /// The bytes that are there; none at the end.
    pub fn available(&mut self) -> Result<&[u8]> {
        self.source.fill_buf().map_err(|error| broken(&error))
    }

    /// Takes some of the bytes that are [`Wire::available`].
    pub fn consume(&mut self, count: usize) {
        self.source.consume(count);
    }

    /// Whether the data ends here.
    pub fn at_end(&mut self) -> Result<bool> {
        Ok(self.available()?.is_empty())
    }

    /// One byte.
    pub fn byte(&mut self) -> Result<u8> {
        let Some(byte) = self.available()?.first().copied() else {
            return Err(Error::new(Code::ATTEMPT_TO_READ_AFTER_EOF, "Attempt to read after eof"));
        };
        self.consume(1);
        Ok(byte)
    }

    /// A number of seven bits a byte, lowest first.
    pub fn var_uint(&mut self) -> Result<u64> {
        let mut value = 0u64;
        for index in 0..VAR_UINT_BYTES_MAX {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).wrapping_shl(7 * index);
            if byte & 0x80 == 0 {
                break;
            }
        }
        Ok(value)
    }

    /// A length or count that has to fit into memory.
    pub fn length(&mut self, what: &str, max: usize) -> Result<usize> {
        let length = self.var_uint()?;
        match usize::try_from(length) {
            Ok(length) if length <= max => Ok(length),
            _ => Err(Error::new(
                Code::TOO_LARGE_ARRAY_SIZE,
                format!("Suspiciously {what} in Native format: {length}"),
            )),
        }
    }

    /// A string of at most `max` bytes.
    pub fn string(&mut self, max: usize) -> Result<Vec<u8>> {
        let length = self.var_uint()?;
        if length > max as u64 {
            let message = format!("Too large string size: {length}, maximum: {max}");
            return Err(Error::new(Code::TOO_LARGE_STRING_SIZE, message));
        }
        let mut string = Vec::new();
        self.append(length as usize, &mut string)?;
        Ok(string)
    }

    /// A [`Wire::string`] that is shown or parsed.
    pub fn text(&mut self, max: usize) -> Result<String> {
        let bytes = self.string(max)?;
        Ok(String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// Some bytes as an array.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut array = [0; N];
        let mut filled = 0;
        self.chunks(N, |chunk| {
            array[filled..filled + chunk.len()].copy_from_slice(chunk);
            filled += chunk.len();
        })?;
        Ok(array)
    }

    /// Appends `count` bytes.
    pub fn append(&mut self, count: usize, out: &mut Vec<u8>) -> Result<()> {
        out.reserve(count.min(RESERVED_BYTES_MAX));
        self.chunks(count, |chunk| out.extend_from_slice(chunk))
    }

    /// Passes over `count` bytes.
    pub fn skip(&mut self, count: usize) -> Result<()> {
        self.chunks(count, |_| {})
    }

    /// Hands on `count` bytes as they are there.
    pub fn chunks(&mut self, count: usize, mut take: impl FnMut(&[u8])) -> Result<()> {
        let mut left = count;
        while left > 0 {
            let available = self.available()?;
            if available.is_empty() {
                return Err(too_short(count - left, count));
            }
            let chunk = &available[..left.min(available.len())];
            take(chunk);
            let taken = chunk.len();
            self.consume(taken);
            left -= taken;
        }
        Ok(())
    }
}

fn too_short(read: usize, expected: usize) -> Error {
    let message = format!("Cannot read all data. Bytes read: {read}. Bytes expected: {expected}");
    Error::new(Code::CANNOT_READ_ALL_DATA, message)
}

/// An error of a source; one of ours may be inside, as decompression has them.
fn broken(error: &std::io::Error) -> Error {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(inner) => inner.clone(),
        None => Error::new(Code::CANNOT_READ_ALL_DATA, format!("Cannot read the data: {error}")),
    }
}

/// Appends a string.
pub fn write_string(text: &[u8], out: &mut Vec<u8>) {
    gristmill_sql::types::write_var_uint(text.len() as u64, out);
    out.extend_from_slice(text);
}
