//! Where the rows of a result go: standard output, or the file of INTO OUTFILE.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};

use gristmill_sql::parser::{ExistingFile, Outfile};
use gristmill_sql::{Code, Error, Result};

/// Bytes gathered before they are handed to the system.
const BUFFER_BYTES: usize = 256 * 1024;
/// What an error says of a reader that has gone; formats pass the text on.
const BROKEN_PIPE: &str = "standard output was closed by its reader";

/// Endings of files that ClickHouse compresses.
const COMPRESSED_ENDINGS: &[&str] = &[
    ".gz", ".br", ".xz", ".zst", ".zstd", ".lz4", ".bz2", ".snappy", ".deflate", ".lzma",
];

/// A buffered sink.
pub enum Destination {
    /// Standard output.
    Stdout(BufWriter<io::Stdout>),
    /// A file.
    File(BufWriter<File>),
}

impl Destination {
    /// Standard output.
    pub fn stdout() -> Destination {
        Destination::Stdout(BufWriter::with_capacity(BUFFER_BYTES, io::stdout()))
    }

    /// The file of INTO OUTFILE. One that is there already is an error unless the statement says what to do with it.
    pub fn file(outfile: &Outfile) -> Result<Destination> {
        let path = outfile.path.as_str();
        if let Some(ending) = COMPRESSED_ENDINGS.iter().find(|ending| path.ends_with(*ending)) {
            return Err(Error::not_implemented(format!(
                "Compression of INTO OUTFILE ('{ending}')"
            )));
        }
        let mut options = OpenOptions::new();
        match outfile.existing {
            ExistingFile::Refuse => options.write(true).create_new(true),
            ExistingFile::Append => options.append(true).create(true),
            ExistingFile::Truncate => options.write(true).create(true).truncate(true),
        };
        let file = options.open(path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                let message = format!("File {path} exists, consider INTO OUTFILE … APPEND or TRUNCATE");
                Error::new(Code::FILE_ALREADY_EXISTS, message)
            }
            _ => Error::new(Code::CANNOT_OPEN_FILE, format!("Cannot create file {path}: {error}")),
        })?;
        Ok(Destination::File(BufWriter::with_capacity(BUFFER_BYTES, file)))
    }

    /// Writes some text at once.
    pub fn line(mut self, text: &[u8]) -> Result<()> {
        self.write_all(text)
            .and_then(|()| self.flush())
            .map_err(|error| Error::new(Code::CANNOT_WRITE_TO_FILE_DESCRIPTOR, error.to_string()))
    }
}

/// Whether the error only says that nobody reads the output any more.
pub fn is_broken_pipe(error: &Error) -> bool {
    error.message.contains(BROKEN_PIPE)
}

fn named(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::BrokenPipe => io::Error::new(io::ErrorKind::BrokenPipe, BROKEN_PIPE),
        _ => error,
    }
}

impl Write for Destination {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Destination::Stdout(out) => out.write(bytes).map_err(named),
            Destination::File(file) => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Destination::Stdout(out) => out.flush().map_err(named),
            Destination::File(file) => file.flush(),
        }
    }
}
