//! Compressed frames: how data is compressed on the wire, over TCP and with `compress=1` and `decompress=1` of HTTP.
//!
//! | offset | bytes | field                                                   |
//! |-------:|------:|---------------------------------------------------------|
//! |      0 |    16 | CityHash128 (1.0.2) of all that follows                 |
//! |     16 |     1 | method                                                  |
//! |     17 |     4 | size of what is compressed, with the 9 bytes before it  |
//! |     21 |     4 | size when it is decompressed                            |
//! |     25 |       | what is compressed                                      |

use std::io::{self, BufRead, Read, Write};

use gristmill_sql::{Code, Error, Result};

use super::wire::Wire;

/// Bytes of a checksum.
const CHECKSUM_BYTES: usize = 16;

/// Bytes of method and sizes.
const HEAD_BYTES: usize = 9;

/// Bytes that a frame of ours holds, as ClickHouse's do.
const FRAME_BYTES: usize = 1 << 20;

/// A frame is no larger than this, compressed or not: it is in memory whole. Clients cut theirs at 1 MiB, those that do
/// not refuse more than half of this themselves.
const FRAME_BYTES_MAX: usize = 256 << 20;

/// No LZ4 data becomes larger than this many times its size.
const LZ4_RATIO_MAX: usize = 256;

/// The level at which ClickHouse compresses for the network.
const ZSTD_LEVEL: i32 = 1;

/// How a frame is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Not at all.
    None,
    /// LZ4; what LZ4HC makes looks the same.
    Lz4,
    /// Zstandard.
    Zstd,
}

impl Method {
    fn byte(self) -> u8 {
        match self {
            Method::None => 0x02,
            Method::Lz4 => 0x82,
            Method::Zstd => 0x90,
        }
    }

    fn from_byte(byte: u8) -> Result<Method> {
        let methods = [Method::None, Method::Lz4, Method::Zstd];
        let found = methods.into_iter().find(|method| method.byte() == byte);
        found.ok_or_else(|| {
            let message = format!("Unknown compression method: {byte}");
            Error::new(Code::UNKNOWN_COMPRESSION_METHOD, message)
        })
    }

    /// The method that the setting `network_compression_method` names.
    pub fn named(name: &str) -> Result<Method> {
        match name.to_ascii_uppercase().as_str() {
            "NONE" => Ok(Method::None),
            "LZ4" | "LZ4HC" => Ok(Method::Lz4),
            "ZSTD" => Ok(Method::Zstd),
            _ => Err(Error::new(
                Code::BAD_ARGUMENTS,
                format!("Invalid value of setting network_compression_method: {name}"),
            )),
        }
    }
}

/// Appends frames that hold `bytes`.
pub fn compress(bytes: &[u8], method: Method, out: &mut Vec<u8>) -> Result<()> {
    bytes
        .chunks(FRAME_BYTES)
        .try_for_each(|chunk| compress_one(chunk, method, out))
}

fn compress_one(bytes: &[u8], method: Method, out: &mut Vec<u8>) -> Result<()> {
    let start = out.len();
    let body = start + CHECKSUM_BYTES + HEAD_BYTES;
    out.resize(body, 0);
    match method {
        Method::None => out.extend_from_slice(bytes),
        Method::Lz4 => {
            out.resize(body + lz4_flex::block::get_maximum_output_size(bytes.len()), 0);
            let size = lz4_flex::block::compress_into(bytes, &mut out[body..])
                .map_err(|error| Error::new(Code::CANNOT_COMPRESS, format!("Cannot compress with LZ4: {error}")))?;
            out.truncate(body + size);
        }
        Method::Zstd => {
            let compressed = zstd::bulk::compress(bytes, ZSTD_LEVEL)
                .map_err(|error| Error::new(Code::CANNOT_COMPRESS, format!("Cannot compress with ZSTD: {error}")))?;
            out.extend_from_slice(&compressed);
        }
    }
    let compressed = (out.len() - start - CHECKSUM_BYTES) as u32;
    let head = &mut out[start + CHECKSUM_BYTES..body];
    head[0] = method.byte();
    head[1..5].copy_from_slice(&compressed.to_le_bytes());
    head[5..9].copy_from_slice(&(bytes.len() as u32).to_le_bytes());
    let checksum = checksum(&out[start + CHECKSUM_BYTES..]);
    out[start..start + CHECKSUM_BYTES].copy_from_slice(&checksum);
    Ok(())
}

/// The higher half goes first, each half with its lowest byte first.
fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    cityhash_rs::cityhash_102_128(bytes).rotate_left(64).to_le_bytes()
}

/// Reads what frames hold.
pub struct FrameReader<R> {
    source: R,
    frame: Vec<u8>,
    at: usize,
}

impl<R: BufRead> FrameReader<R> {
    /// Reads frames from here on; of `source` nothing is read beyond the last one.
    pub fn new(source: R) -> FrameReader<R> {
        FrameReader {
            source,
            frame: Vec::new(),
            at: 0,
        }
    }

    /// What the next frame holds; `None` at the end.
    pub fn next_frame(&mut self) -> Result<Option<Vec<u8>>> {
        let mut wire = Wire::new(&mut self.source);
        if wire.at_end()? {
            return Ok(None);
        }
        let expected: [u8; CHECKSUM_BYTES] = wire.array()?;
        let mut frame = Vec::new();
        wire.append(HEAD_BYTES, &mut frame)?;
        let method = Method::from_byte(frame[0])?;
        let (compressed, plain) = (size(&frame[1..5]), size(&frame[5..9]));
        check_sizes(method, compressed, plain)?;
        wire.append(compressed - HEAD_BYTES, &mut frame)?;
        if checksum(&frame) != expected {
            let message = "Checksum doesn't match: corrupted data of a compressed frame";
            return Err(Error::new(Code::CHECKSUM_DOESNT_MATCH, message));
        }
        decompress(method, frame, plain).map(Some)
    }
}

fn size(bytes: &[u8]) -> usize {
    u32::from_le_bytes(bytes.try_into().expect("a size has four bytes")) as usize
}

fn check_sizes(method: Method, compressed: usize, plain: usize) -> Result<()> {
    let body = compressed.checked_sub(HEAD_BYTES);
    let fits = match (body, method) {
        (None, _) => false,
        (Some(body), Method::None) => body == plain,
        (Some(body), Method::Lz4) => plain <= body.saturating_mul(LZ4_RATIO_MAX),
        (Some(_), Method::Zstd) => true,
    };
    if fits && compressed <= FRAME_BYTES_MAX && plain <= FRAME_BYTES_MAX {
        return Ok(());
    }
    let message =
        format!("Wrong sizes of a compressed frame: {compressed} bytes that become {plain}, maximum {FRAME_BYTES_MAX}");
    Err(Error::new(Code::TOO_LARGE_SIZE_COMPRESSED, message))
}

fn decompress(method: Method, mut frame: Vec<u8>, plain: usize) -> Result<Vec<u8>> {
    let failed = |why: &str| Error::new(Code::CANNOT_DECOMPRESS, format!("Cannot decompress a frame: {why}"));
    let decompressed = match method {
        Method::None => {
            frame.drain(..HEAD_BYTES);
            frame
        }
        Method::Lz4 => {
            let mut out = vec![0; plain];
            let size = lz4_flex::block::decompress_into(&frame[HEAD_BYTES..], &mut out);
            let size = size.map_err(|error| failed(&error.to_string()))?;
            out.truncate(size);
            out
        }
        Method::Zstd => {
            zstd::bulk::decompress(&frame[HEAD_BYTES..], plain).map_err(|error| failed(&error.to_string()))?
        }
    };
    if decompressed.len() != plain {
        return Err(failed(&format!("it has {} bytes, not {plain}", decompressed.len())));
    }
    Ok(decompressed)
}

impl<R: BufRead> BufRead for FrameReader<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.at == self.frame.len() {
            match self.next_frame().map_err(io::Error::other)? {
                Some(frame) => {
                    self.frame = frame;
                    self.at = 0;
                }
                None => return Ok(&[]),
            }
        }
        Ok(&self.frame[self.at..])
    }

    fn consume(&mut self, count: usize) {
        self.at += count;
    }
}

impl<R: BufRead> Read for FrameReader<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(target)?;
        self.consume(count);
        Ok(count)
    }
}

/// Writes frames; what is not yet a whole one goes out with `flush`.
pub struct FrameWriter<W> {
    sink: W,
    method: Method,
    plain: Vec<u8>,
}

impl<W: Write> FrameWriter<W> {
    /// Writes frames of this method to `sink`.
    pub fn new(sink: W, method: Method) -> FrameWriter<W> {
        FrameWriter {
            sink,
            method,
            plain: Vec::new(),
        }
    }

    fn send(&mut self, bytes: usize) -> io::Result<()> {
        let mut out = Vec::new();
        compress(&self.plain[..bytes], self.method, &mut out).map_err(io::Error::other)?;
        self.plain.drain(..bytes);
        self.sink.write_all(&out)
    }
}

impl<W: Write> Write for FrameWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.plain.extend_from_slice(bytes);
        let whole = self.plain.len() / FRAME_BYTES * FRAME_BYTES;
        if whole > 0 {
            self.send(whole)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.send(self.plain.len())?;
        self.sink.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The empty block.
    const BLOCK: &[u8] = b"\x01\0\x02\xff\xff\xff\xff\0\0\0";

    fn hex(text: &str) -> Vec<u8> {
        let digits = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
        (0..text.len()).step_by(2).map(digits).collect()
    }

    fn read(bytes: &[u8]) -> Result<Vec<u8>> {
        let mut all = Vec::new();
        match FrameReader::new(bytes).read_to_end(&mut all) {
            Ok(_) => Ok(all),
            Err(error) => Err(error.into_inner().unwrap().downcast_ref::<Error>().unwrap().clone()),
        }
    }

    #[track_caller]
    fn check_error(bytes: &[u8], code: Code) {
        assert_eq!(read(bytes).unwrap_err().code, code);
    }

    /// As clients sent it.
    #[test]
    fn frames_look_like_clickhouses() {
        let lz4 = [
            hex("a783ac6cd55c7a7cb5ac46bddb86e214"),
            hex("82140000000a000000a0"),
            BLOCK.to_vec(),
        ]
        .concat();
        let mut ours = Vec::new();
        compress(BLOCK, Method::Lz4, &mut ours).unwrap();
        assert_eq!(ours, lz4);
        assert_eq!(read(&lz4).unwrap(), BLOCK);
    }

    #[test]
    fn all_methods_come_back() {
        let data: Vec<u8> = (0..3_000_000u32).map(|it| (it % 251 * (it >> 16)) as u8).collect();
        for method in [Method::None, Method::Lz4, Method::Zstd] {
            let mut frames = Vec::new();
            let mut writer = FrameWriter::new(&mut frames, method);
            data.chunks(700_001).for_each(|chunk| writer.write_all(chunk).unwrap());
            writer.flush().unwrap();
            assert_eq!(read(&frames).unwrap(), data, "{method:?}");
        }
        assert_eq!(read(b"").unwrap(), b"");
    }

    #[test]
    fn damaged_frames_are_refused() {
        let mut good = Vec::new();
        compress(&[7; 1000], Method::Lz4, &mut good).unwrap();
        for at in 0..good.len() {
            assert!(read(&good[..at]).is_err() || at == 0, "cut at {at}");
            let mut bad = good.clone();
            bad[at] ^= 1;
            assert!(read(&bad).is_err(), "changed at {at}");
        }
        let mut bad = good.clone();
        bad[30] ^= 1;
        check_error(&bad, Code::CHECKSUM_DOESNT_MATCH);
        bad[16] = 0x55;
        check_error(&bad, Code::UNKNOWN_COMPRESSION_METHOD);
        let frame = |head: &str| [vec![0; 16], hex(head), vec![0; 100]].concat();
        check_error(&frame("82ffffffff01000000"), Code::TOO_LARGE_SIZE_COMPRESSED);
        check_error(&frame("820a000000ffffff0f"), Code::TOO_LARGE_SIZE_COMPRESSED);
        check_error(&frame("820800000001000000"), Code::TOO_LARGE_SIZE_COMPRESSED);
    }

    /// A right checksum over wrong data.
    #[test]
    fn frames_with_other_sizes_than_they_say_are_refused() {
        for method in [Method::Lz4, Method::Zstd] {
            let mut frame = Vec::new();
            compress(&[7; 1000], method, &mut frame).unwrap();
            for size in [999u32, 1001] {
                frame[21..25].copy_from_slice(&size.to_le_bytes());
                let right = checksum(&frame[16..]);
                frame[..16].copy_from_slice(&right);
                check_error(&frame, Code::CANNOT_DECOMPRESS);
            }
        }
    }
}
