//! Bodies of type `multipart/form-data`: their parts one after another, each read as it arrives.
//!
//! What the parts mean is in [`super::form`].

use std::io::{self, BufRead, Read};

use gristmill_sql::{Code, Error, Result};
use memchr::memmem::Finder;

/// Bytes of the headers of one part.
const HEAD_BYTES_MAX: usize = 16 << 10;
/// Parts of one body.
const PARTS_MAX: usize = 10_000;
/// Bytes that are looked through for a boundary at once.
const READ_BYTES: usize = 64 << 10;
/// RFC 2046 allows 70 characters.
const BOUNDARY_BYTES_MAX: usize = 70;

/// What separates the parts of a body with this Content-Type; `None` for other types.
pub fn boundary(content_type: &str) -> Result<Option<String>> {
    let (kind, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return Ok(None);
    }
    let found = parameter(parameters, "boundary").filter(|it| (1..=BOUNDARY_BYTES_MAX).contains(&it.len()));
    found
        .map(Some)
        .ok_or_else(|| broken("its Content-Type has no usable boundary"))
}

/// A body whose parts are read in their order.
pub struct Multipart<R> {
    body: R,
    /// Bytes that have arrived and belong to nothing yet.
    buffer: Vec<u8>,
    /// `\r\n--` and the boundary: what ends a part.
    delimiter: Vec<u8>,
    finder: Finder<'static>,
    parts: usize,
    /// Bytes that the body may still have.
    left: u64,
    /// Where in the body the next byte is.
    place: Place,
}

#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// Before the first boundary.
    Preamble,
    /// In what a part holds.
    Content,
    /// Behind a part's boundary.
    Between,
    /// Behind the last boundary.
    End,
}

/// A part; its content is read from the [`Multipart`].
#[derive(Debug, PartialEq)]
pub struct Part {
    /// The field's name.
    pub name: String,
    /// Whether it is a file.
    pub is_file: bool,
}

impl<R: Read> Multipart<R> {
    /// The parts of `body`, which `boundary` separates and which may have so many bytes.
    pub fn new(body: R, boundary: &str, bytes_max: u64) -> Self {
        let delimiter = format!("\r\n--{boundary}").into_bytes();
        Multipart {
            body,
            // The first boundary has no line break before it.
            buffer: b"\r\n".to_vec(),
            finder: Finder::new(&delimiter).into_owned(),
            delimiter,
            parts: 0,
            left: bytes_max,
            place: Place::Preamble,
        }
    }

    /// The next part. What was not read of the last one is passed over.
    pub fn next_part(&mut self) -> Result<Option<Part>> {
        while matches!(self.place, Place::Preamble | Place::Content) {
            let there = self.content().map_err(|error| unreadable(&error))?.len();
            self.consume(there);
        }
        if self.place == Place::End {
            return Ok(None);
        }
        self.parts += 1;
        if self.parts > PARTS_MAX {
            return Err(broken(&format!("it has more than {PARTS_MAX} parts")));
        }
        match self.line()?.trim_ascii_end() {
            b"" => {}
            b"--" => {
                self.place = Place::End;
                return Ok(None);
            }
            _ => return Err(broken("something follows a boundary")),
        }
        let part = self.head()?;
        self.place = Place::Content;
        Ok(Some(part))
    }

    fn head(&mut self) -> Result<Part> {
        let mut part = None;
        let mut bytes = 0;
        loop {
            let line = self.line()?;
            bytes += line.len();
            if bytes > HEAD_BYTES_MAX {
                return Err(broken("the head of a part is too long"));
            }
            if line.is_empty() {
                return part.ok_or_else(|| broken("a part has no name"));
            }
            let line = String::from_utf8_lossy(&line);
            let (name, value) = line
                .split_once(':')
                .ok_or_else(|| broken("a header of a part has no colon"))?;
            if !name.trim().eq_ignore_ascii_case("content-disposition") {
                continue;
            }
            let (_, parameters) = value.split_once(';').unwrap_or_default();
            let is_file = parameter(parameters, "filename").is_some() || parameter(parameters, "filename*").is_some();
            part = parameter(parameters, "name").map(|name| Part { name, is_file });
        }
    }

    /// The bytes up to the next line break.
    fn line(&mut self) -> Result<Vec<u8>> {
        loop {
            if let Some(at) = memchr::memmem::find(&self.buffer, b"\r\n") {
                let line = self.buffer[..at].to_vec();
                self.buffer.drain(..at + 2);
                return Ok(line);
            }
            if self.buffer.len() > HEAD_BYTES_MAX {
                return Err(broken("a line between two parts is too long"));
            }
            if !self.fill().map_err(|error| unreadable(&error))? {
                // Nothing has to follow the end.
                return match self.buffer.as_slice() {
                    b"--" => Ok(std::mem::take(&mut self.buffer)),
                    _ => Err(broken("it ends in the middle")),
                };
            }
        }
    }

    /// Bytes of the current part that are there; none at its end.
    fn content(&mut self) -> io::Result<&[u8]> {
        if !matches!(self.place, Place::Preamble | Place::Content) {
            return Ok(&[]);
        }
        loop {
            if let Some(at) = self.finder.find(&self.buffer) {
                if at > 0 {
                    return Ok(&self.buffer[..at]);
                }
                self.buffer.drain(..self.delimiter.len());
                self.place = Place::Between;
                return Ok(&[]);
            }
            // The beginning of a boundary may be there.
            let kept = self.delimiter.len() - 1;
            if self.buffer.len() > kept {
                let end = self.buffer.len() - kept;
                return Ok(&self.buffer[..end]);
            }
            if !self.fill()? {
                return Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    broken("it ends in the middle"),
                ));
            }
        }
    }

    /// Reads more; false at the end of the body.
    fn fill(&mut self) -> io::Result<bool> {
        let there = self.buffer.len();
        self.buffer.resize(there + READ_BYTES, 0);
        let read = self.body.read(&mut self.buffer[there..]);
        self.buffer.truncate(there + read.as_ref().map_or(0, |count| *count));
        let count = read?;
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| {
            let error = broken("it is larger than http_max_multipart_form_data_size allows");
            io::Error::new(io::ErrorKind::FileTooLarge, error)
        })?;
        Ok(count > 0)
    }
}

/// The content of the part that [`Multipart::next_part`] gave last.
impl<R: Read> BufRead for Multipart<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.content()
    }

    fn consume(&mut self, count: usize) {
        self.buffer.drain(..count);
    }
}

impl<R: Read> Read for Multipart<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let count = Read::read(&mut self.fill_buf()?, target)?;
        self.consume(count);
        Ok(count)
    }
}

/// A parameter of a header such as `; name="x"; filename="y"`.
fn parameter(parameters: &str, wanted: &str) -> Option<String> {
    let mut rest = parameters;
    while let Some((name, behind)) = rest.split_once('=') {
        let (value, after) = value(behind.trim_start());
        let name = name.trim_matches(|character: char| character == ';' || character.is_whitespace());
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = after;
    }
    None
}

/// A word or what quotes enclose, and what is behind it.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return (text[..end].trim().to_string(), &text[end..]);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, &quoted[at + 1..]),
            // Browsers leave it alone, others escape with it.
            '\\' if quoted[at + 1..].starts_with(['"', '\\']) => value.extend(characters.next().map(|(_, it)| it)),
            _ => value.push(character),
        }
    }
    (value, "")
}

fn broken(what: &str) -> Error {
    Error::new(Code::BAD_ARGUMENTS, format!("Bad multipart body: {what}"))
}

/// What was wrong with the body is kept in the I/O error.
fn unreadable(error: &io::Error) -> Error {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    inner.cloned().unwrap_or_else(|| broken(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A body that arrives in pieces of this size.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
            let count = target.len().min(self.1).min(self.0.len());
            target[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn parts(body: &[u8], piece: usize) -> Result<Vec<(String, bool, String)>> {
        let mut multipart = Multipart::new(Pieces(body, piece), "b", 1000);
        let mut parts = Vec::new();
        while let Some(part) = multipart.next_part()? {
            let mut content = String::new();
            multipart
                .read_to_string(&mut content)
                .map_err(|error| unreadable(&error))?;
            parts.push((part.name, part.is_file, content));
        }
        Ok(parts)
    }

    const BODY: &str = "preamble\r\n--b\r\nContent-Disposition: form-data; name=\"query\"\r\n\r\nSELECT 1\r\n--b\r\n\
        content-type: text/csv\r\ncontent-disposition: form-data; filename=\"a;\\\"b\"; name=t\r\n\r\n1\r\n--\r\n2\r\n--b \r\n\
        Content-Disposition: form-data; name=empty\r\n\r\n\r\n--b--\r\nepilogue";

    #[test]
    fn parts_are_found_wherever_the_body_is_cut() {
        let expected = [
            ("query".to_string(), false, "SELECT 1".to_string()),
            ("t".into(), true, "1\r\n--\r\n2".into()),
            ("empty".into(), false, String::new()),
        ];
        for piece in (1..40).chain([1000]) {
            assert_eq!(parts(BODY.as_bytes(), piece).unwrap(), expected, "{piece}");
        }
        let end = BODY.find("--b--").unwrap() + "--b--".len();
        assert_eq!(parts(&BODY.as_bytes()[..end], 7).unwrap(), expected);
        assert_eq!(parts(b"--b--", 7).unwrap(), []);
    }

    #[test]
    fn what_is_cut_off_or_no_part_is_refused() {
        let end = BODY.find("--b--").unwrap() + "--b--".len();
        for end in 0..end {
            assert!(parts(&BODY.as_bytes()[..end], 13).is_err(), "{end}");
        }
        let large =
            "--b\r\nContent-Disposition: form-data; name=x\r\n\r\n".to_string() + &"x".repeat(2000) + "\r\n--b--";
        assert!(
            parts(large.as_bytes(), 100)
                .unwrap_err()
                .message
                .contains("http_max_multipart")
        );
        let head = "--b\r\n".to_string() + &"x: y\r\n".repeat(10_000);
        for body in ["--b\r\n\r\nx\r\n--b--", "--b\r\nno colon\r\n\r\n", "--bx\r\n", &head] {
            assert!(parts(body.as_bytes(), 1000).is_err(), "{body}");
        }
    }

    #[test]
    fn the_boundary_is_a_parameter() {
        let of = |text: &str| boundary(text).map_err(|error| error.code);
        assert_eq!(of("multipart/form-data; boundary=abc"), Ok(Some("abc".into())));
        assert_eq!(
            of("Multipart/Form-Data; charset=x; Boundary=\"a b\""),
            Ok(Some("a b".into()))
        );
        assert_eq!(of("text/plain; boundary=abc"), Ok(None));
        assert_eq!(of("multipart/form-data"), Err(Code::BAD_ARGUMENTS));
        assert_eq!(of("multipart/form-data; boundary="), Err(Code::BAD_ARGUMENTS));
    }
}
