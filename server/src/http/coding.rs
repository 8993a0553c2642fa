//! Content codings: how a body is compressed for HTTP alone, as `Content-Encoding` and `Accept-Encoding` name it.
//!
//! The frames of the native protocol (`compress=1`, `decompress=1`) are in [`crate::native::frames`].

use std::io::{self, BufReader, Read, Write};

use brotli::enc::BrotliEncoderParams;
use flate2::write::{GzEncoder, ZlibEncoder};
use gristmill_sql::{Code, Error, Result};

/// The level of gzip and deflate, the default of `http_zlib_compression_level`.
const ZLIB_LEVEL: u32 = 3;
/// The level of zstd.
const ZSTD_LEVEL: i32 = 1;
/// The level of br: higher ones take longer than the network does.
const BROTLI_LEVEL: i32 = 1;
/// Bytes that the br coder takes at once.
const BROTLI_BYTES: usize = 4096;
/// A zstd frame whose window is larger than 2 to this power is refused: the window is in memory.
const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// One content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// `zstd`.
    Zstd,
    /// `br`.
    Brotli,
    /// `lz4`: the frame format.
    Lz4,
    /// `gzip`.
    Gzip,
    /// `deflate`: zlib's format.
    Deflate,
}

/// The codings in the order in which an answer's is chosen.
const CODINGS: [Coding; 5] = [Coding::Zstd, Coding::Brotli, Coding::Lz4, Coding::Gzip, Coding::Deflate];

impl Coding {
    /// The coding's name in HTTP.
    pub fn name(self) -> &'static str {
        match self {
            Coding::Zstd => "zstd",
            Coding::Brotli => "br",
            Coding::Lz4 => "lz4",
            Coding::Gzip => "gzip",
            Coding::Deflate => "deflate",
        }
    }

    /// The coding of a request's body.
    pub fn of_body(name: &str) -> Result<Coding> {
        let found = CODINGS
            .into_iter()
            .find(|coding| coding.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            Error::new(
                Code::NOT_IMPLEMENTED,
                format!("Content-Encoding '{name}' of a request's body is not implemented"),
            )
        })
    }

    /// The coding of an answer to a client that takes these; `None`: uncompressed.
    pub fn accepted(list: &str) -> Option<Coding> {
        let is_refused = |parameter: &str| {
            let weight = parameter.trim().strip_prefix("q=");
            weight.is_some_and(|weight| weight.parse() == Ok(0.0))
        };
        let names = |coding: &Coding| {
            list.split(',').any(|item| {
                let mut parts = item.split(';');
                let name = parts.next().unwrap_or_default().trim();
                name.eq_ignore_ascii_case(coding.name()) && !parts.any(is_refused)
            })
        };
        CODINGS.into_iter().find(names)
    }

    /// What compressed bytes hold. Nothing is read of them before the decoder is.
    pub fn decoder(self, bytes: impl Read + Send + 'static) -> Decoder {
        Decoder {
            coding: self,
            bytes: Some(Box::new(bytes)),
            started: None,
        }
    }

    fn start(self, bytes: Box<dyn Read + Send>) -> io::Result<Box<dyn Read + Send>> {
        let bytes = BufReader::new(bytes);
        Ok(match self {
            Coding::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(bytes)),
            Coding::Deflate => Box::new(flate2::bufread::ZlibDecoder::new(bytes)),
            Coding::Brotli => Box::new(brotli::Decompressor::new(bytes, BROTLI_BYTES)),
            Coding::Lz4 => Box::new(Lz4Frames::new(bytes)),
            Coding::Zstd => {
                let mut decoder = zstd::Decoder::with_buffer(bytes)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG_MAX)?;
                Box::new(decoder)
            }
        })
    }

    /// The code of an error in compressed bytes.
    pub fn decoder_failed(self) -> Code {
        match self {
            Coding::Gzip | Coding::Deflate => Code::ZLIB_INFLATE_FAILED,
            Coding::Brotli => Code::BROTLI_READ_FAILED,
            Coding::Lz4 => Code::LZ4_DECODER_FAILED,
            Coding::Zstd => Code::ZSTD_DECODER_FAILED,
        }
    }

    /// A coder for an answer.
    pub fn encoder(self) -> io::Result<Encoder> {
        self.encoder_at(None)
    }

    /// A coder of this level, where the coding has levels.
    pub fn encoder_at(self, level: Option<u32>) -> io::Result<Encoder> {
        let out = Vec::new();
        let zlib_level = flate2::Compression::new(level.unwrap_or(ZLIB_LEVEL));
        Ok(match self {
            Coding::Gzip => Encoder::Gzip(GzEncoder::new(out, zlib_level)),
            Coding::Deflate => Encoder::Deflate(ZlibEncoder::new(out, zlib_level)),
            Coding::Brotli => {
                let parameters = BrotliEncoderParams {
                    quality: level.map_or(BROTLI_LEVEL, |level| level as i32),
                    ..BrotliEncoderParams::default()
                };
                let coder = brotli::CompressorWriter::with_params(out, BROTLI_BYTES, &parameters);
                Encoder::Brotli(Box::new(coder))
            }
            Coding::Lz4 => Encoder::Lz4(Box::new(lz4_flex::frame::FrameEncoder::new(out))),
            Coding::Zstd => {
                let level = level.map_or(ZSTD_LEVEL, |level| level as i32);
                Encoder::Zstd(zstd::Encoder::new(out, level)?)
            }
        })
    }
}

/// Decompresses a body.
pub struct Decoder {
    coding: Coding,
    bytes: Option<Box<dyn Read + Send>>,
    started: Option<Box<dyn Read + Send>>,
}

impl Read for Decoder {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        if let Some(bytes) = self.bytes.take() {
            self.started = Some(self.coding.start(bytes)?);
        }
        match &mut self.started {
            Some(decoder) => decoder.read(target),
            None => Err(io::ErrorKind::InvalidData.into()), // it could not begin
        }
    }
}

/// Follows the last LZ4 frame in [`Lz4Frames`]: no frame and no block can begin like this.
const AFTER_FRAMES: [u8; 16] = [0xff; 16];
/// Bytes of which the decoder sees that no frame begins with them.
const FRAME_HEAD_BYTES: usize = 7;

/// LZ4 frames, one after the other.
///
/// The decoder of `lz4_flex` takes bytes that break off between two blocks for the end of a frame. Here the end is only
/// where the decoder looks for another frame and meets [`AFTER_FRAMES`].
struct Lz4Frames<R: Read> {
    decoder: lz4_flex::frame::FrameDecoder<io::Chain<R, &'static [u8]>>,
    has_ended: bool,
}

impl<R: Read> Lz4Frames<R> {
    fn new(bytes: R) -> Self {
        Lz4Frames {
            decoder: lz4_flex::frame::FrameDecoder::new(bytes.chain(&AFTER_FRAMES[..])),
            has_ended: false,
        }
    }

    /// Bytes of [`AFTER_FRAMES`] that the decoder has taken.
    fn taken_after(&mut self) -> usize {
        AFTER_FRAMES.len() - self.decoder.get_ref().get_ref().1.len()
    }
}

impl<R: Read> Read for Lz4Frames<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        if target.is_empty() || self.has_ended {
            return Ok(0);
        }
        loop {
            match self.decoder.read(target) {
                Ok(0) if self.taken_after() > 0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(0) => {} // between two frames
                Err(error) if is_no_frame(&error) && self.taken_after() == FRAME_HEAD_BYTES => {
                    self.has_ended = true;
                    return Ok(0);
                }
                outcome => return outcome,
            }
        }
    }
}

fn is_no_frame(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    matches!(inner, Some(lz4_flex::frame::Error::WrongMagicNumber))
}

/// Compresses an answer piece by piece.
pub enum Encoder {
    /// `gzip`.
    Gzip(GzEncoder<Vec<u8>>),
    /// `deflate`.
    Deflate(ZlibEncoder<Vec<u8>>),
    /// `br`.
    Brotli(Box<brotli::CompressorWriter<Vec<u8>>>),
    /// `lz4`.
    Lz4(Box<lz4_flex::frame::FrameEncoder<Vec<u8>>>),
    /// `zstd`.
    Zstd(zstd::Encoder<'static, Vec<u8>>),
}

impl Encoder {
    /// Takes a piece; gives what is compressed by now.
    pub fn encode(&mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Encoder::Gzip(coder) => coder.write_all(bytes)?,
            Encoder::Deflate(coder) => coder.write_all(bytes)?,
            Encoder::Brotli(coder) => coder.write_all(bytes)?,
            Encoder::Lz4(coder) => coder.write_all(bytes)?,
            Encoder::Zstd(coder) => coder.write_all(bytes)?,
        }
        Ok(std::mem::take(match self {
            Encoder::Gzip(coder) => coder.get_mut(),
            Encoder::Deflate(coder) => coder.get_mut(),
            Encoder::Brotli(coder) => coder.get_mut(),
            Encoder::Lz4(coder) => coder.get_mut(),
            Encoder::Zstd(coder) => coder.get_mut(),
        }))
    }

    /// Takes the last piece; gives the rest.
    pub fn finish(mut self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = self.encode(bytes)?;
        out.extend(match self {
            Encoder::Gzip(coder) => coder.finish()?,
            Encoder::Deflate(coder) => coder.finish()?,
            Encoder::Brotli(coder) => coder.into_inner(),
            Encoder::Lz4(coder) => coder.finish().map_err(io::Error::other)?,
            Encoder::Zstd(coder) => coder.finish()?,
        });
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(coding: Coding, pieces: &[&[u8]]) -> Vec<u8> {
        let mut encoder = coding.encoder().unwrap();
        let mut out = Vec::new();
        pieces
            .iter()
            .for_each(|piece| out.extend(encoder.encode(piece).unwrap()));
        out.extend(encoder.finish(b"end").unwrap());
        out
    }

    fn decoded(coding: Coding, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        coding.decoder(io::Cursor::new(bytes.to_vec())).read_to_end(&mut out)?;
        Ok(out)
    }

    #[test]
    fn what_is_compressed_is_read_again() {
        let long: Vec<u8> = (0..300_000u32).flat_map(u32::to_le_bytes).collect();
        for coding in CODINGS {
            for pieces in [&[][..], &[&b"some "[..], b"more "], &[&long, &long]] {
                let expected = [pieces.concat(), b"end".to_vec()].concat();
                assert!(
                    decoded(coding, &encoded(coding, pieces)).unwrap() == expected,
                    "{coding:?}"
                );
            }
        }
    }

    #[test]
    fn bytes_that_break_off_are_an_error() {
        for coding in CODINGS {
            let whole = encoded(coding, &[b"some bytes, some bytes, more bytes"]);
            for length in 1..whole.len() {
                let outcome = decoded(coding, &whole[..length]);
                assert!(outcome.is_err(), "{coding:?}: {length} of {} bytes", whole.len());
            }
        }
    }

    #[test]
    fn the_best_coding_is_chosen() {
        let check = |list, expected: Option<&str>| assert_eq!(Coding::accepted(list).map(Coding::name), expected);
        check("gzip, deflate, br", Some("br"));
        check("lz4,br;q=0, zstd;q=0.0", Some("lz4"));
        check("GZIP;q=0.5", Some("gzip"));
        check("identity, snappy, brotli", None);
        check("", None);
    }
}
