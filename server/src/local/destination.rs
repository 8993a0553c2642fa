//! Where the rows of a result go: standard output, or the new file of INTO OUTFILE.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use gristmill_sql::{Code, Error, Result};

/// Bytes gathered before they are handed to the system.
const BUFFER_BYTES: usize = 256 * 1024;
/// What an error says of a reader that has gone; formats pass the text on.
const BROKEN_PIPE: &str = "standard output was closed by its reader";

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

    /// A new file; one that is there already is not overwritten.
    pub fn new_file(path: &str) -> Result<Destination> {
        let file = File::create_new(Path::new(path)).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => {
                let message = format!("File {path} exists, INTO OUTFILE does not overwrite files");
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
