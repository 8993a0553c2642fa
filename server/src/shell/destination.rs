//! Where the rows of a result go: standard output, the file of INTO OUTFILE, or both.

use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::rc::Rc;

use gristmill_sql::parser::{ExistingFile, Outfile};
use gristmill_sql::{Code, Error, Result};

use super::compression;
use crate::http::coding::Encoder;

/// Bytes gathered before they are handed to the system.
const BUFFER_BYTES: usize = 256 * 1024;
/// What an error says of a reader that has gone; formats pass the text on.
const BROKEN_PIPE: &str = "standard output was closed by its reader";

/// A buffered sink. Its clones write to the same place; [`Destination::finish`] ends it for all.
#[derive(Clone)]
pub struct Destination(Rc<RefCell<Sinks>>);

#[derive(Default)]
struct Sinks {
    stdout: Option<BufWriter<io::Stdout>>,
    file: Option<BufWriter<File>>,
    encoder: Option<Encoder>,
}

impl Destination {
    /// Standard output.
    pub fn stdout() -> Destination {
        Destination::of(Sinks {
            stdout: Some(stdout()),
            ..Sinks::default()
        })
    }

    /// The file of INTO OUTFILE. One that is there already is an error unless the statement says what to do with it.
    pub fn file(outfile: &Outfile) -> Result<Destination> {
        let path = outfile.path.as_str();
        let coding = compression::of_file(path, outfile.compression.as_deref())?;
        let level = outfile
            .level
            .map_or(Ok(None), |level| compression::check_level(coding, level))?;
        if coding.is_some()
            && outfile.existing == ExistingFile::Append
            && std::fs::metadata(path).is_ok_and(|it| it.len() > 0)
        {
            let message = "Cannot append to compressed file. Please use uncompressed file or TRUNCATE keyword";
            return Err(Error::new(Code::BAD_ARGUMENTS, message));
        }
        let failed =
            |error: io::Error| Error::new(Code::CANNOT_OPEN_FILE, format!("Cannot create file {path}: {error}"));
        let encoder = coding
            .map(|coding| coding.encoder_at(level))
            .transpose()
            .map_err(failed)?;
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
            _ => failed(error),
        })?;
        Ok(Destination::of(Sinks {
            stdout: outfile.and_stdout.then(stdout),
            file: Some(BufWriter::with_capacity(BUFFER_BYTES, file)),
            encoder,
        }))
    }

    fn of(sinks: Sinks) -> Destination {
        Destination(Rc::new(RefCell::new(sinks)))
    }

    /// Writes some text at once.
    pub fn line(mut self, text: &[u8]) -> Result<()> {
        self.write_all(text).and_then(|()| self.flush()).map_err(failed)
    }

    /// Writes what is still held back. Without it a compressed file has no end.
    pub fn finish(mut self) -> Result<()> {
        let encoder = self.0.borrow_mut().encoder.take();
        if let Some(encoder) = encoder {
            let rest = encoder.finish(b"").map_err(failed)?;
            if let Some(file) = &mut self.0.borrow_mut().file {
                file.write_all(&rest).map_err(failed)?;
            }
        }
        self.flush().map_err(failed)
    }
}

fn stdout() -> BufWriter<io::Stdout> {
    BufWriter::with_capacity(BUFFER_BYTES, io::stdout())
}

fn failed(error: io::Error) -> Error {
    Error::new(Code::CANNOT_WRITE_TO_FILE_DESCRIPTOR, error.to_string())
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
        let Sinks { stdout, file, encoder } = &mut *self.0.borrow_mut();
        if let Some(file) = file {
            match encoder {
                Some(encoder) => file.write_all(&encoder.encode(bytes)?)?,
                None => file.write_all(bytes)?,
            }
        }
        if let Some(out) = stdout {
            out.write_all(bytes).map_err(named)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let Sinks { stdout, file, .. } = &mut *self.0.borrow_mut();
        if let Some(file) = file {
            file.flush()?;
        }
        stdout.as_mut().map_or(Ok(()), |out| out.flush().map_err(named))
    }
}
