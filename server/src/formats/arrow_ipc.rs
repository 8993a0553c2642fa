//! ArrowStream: Arrow's own messages, one after another; and Arrow, the file that has the same messages between a mark
//! and a list of where they are. The list is not needed: files are read from their beginning, as streams are.

use std::io::{Read, Write};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::CompressionType;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use gristmill_engine::{HeaderColumn, Statistics};
use gristmill_sql::{Code, Error, Result};

use super::arrow_columns::{self, Target, export_batch, export_schema, import_batch, shielded};
use super::arrow_messages::Messages;
use super::{Batches, Format, FormatSettings, OutputFormat};

/// Arrow's stream format.
pub const STREAM: Format = Format {
    name: "ArrowStream",
    aliases: &[],
    content_type: "application/octet-stream",
    input: Some(|header, settings, source| input(Container::Stream, header, settings, source)),
    output: Some(|header, settings, sink| output(Container::Stream, header, settings, sink)),
};

/// Arrow's file format.
pub const FILE: Format = Format {
    name: "Arrow",
    input: Some(|header, settings, source| input(Container::File, header, settings, source)),
    output: Some(|header, settings, sink| output(Container::File, header, settings, sink)),
    ..STREAM
};

/// What a file begins with; it ends with the first six of these bytes.
const FILE_MARK: [u8; 8] = *b"ARROW1\0\0";

/// Zeros behind the mark, in units of its length; the largest alignment that anybody uses is 64 bytes.
const PADDING_WORDS_MAX: usize = 64;

/// What stands around the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// Nothing.
    Stream,
    /// A mark before and a list behind.
    File,
}

impl Container {
    /// That of a format with this name.
    pub fn of(format: &str) -> Option<Container> {
        match format {
            _ if format == STREAM.name => Some(Container::Stream),
            _ if format == FILE.name => Some(Container::File),
            _ => None,
        }
    }
}

fn output(
    container: Container,
    header: &[HeaderColumn],
    settings: &FormatSettings,
    sink: Box<dyn Write>,
) -> Result<Box<dyn OutputFormat>> {
    let schema = export_schema(header, Target::Arrow, settings);
    let options = IpcWriteOptions::default().try_with_compression(compression(&settings.arrow_compression)?)?;
    let writer = match container {
        Container::Stream => Writer::Stream(Box::new(StreamWriter::try_new_with_options(sink, &schema, options)?)),
        Container::File => Writer::File(Box::new(FileWriter::try_new_with_options(sink, &schema, options)?)),
    };
    Ok(Box::new(Output {
        header: header.to_vec(),
        schema,
        writer,
    }))
}

fn compression(name: &str) -> Result<Option<CompressionType>> {
    match name {
        "none" => Ok(None),
        "lz4_frame" => Ok(Some(CompressionType::LZ4_FRAME)),
        "zstd" => Ok(Some(CompressionType::ZSTD)),
        other => {
            let message = format!(
                "Unexpected value of ArrowCompression: '{other}'. Must be one of ['none', 'lz4_frame', 'zstd']"
            );
            Err(Error::new(Code::BAD_ARGUMENTS, message))
        }
    }
}

enum Writer {
    Stream(Box<StreamWriter<Box<dyn Write>>>),
    File(Box<FileWriter<Box<dyn Write>>>),
}

struct Output {
    header: Vec<HeaderColumn>,
    schema: SchemaRef,
    writer: Writer,
}

impl OutputFormat for Output {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let batch = export_batch(batch, &self.header, &self.schema)?;
        match &mut self.writer {
            Writer::Stream(writer) => Ok(writer.write(&batch)?),
            Writer::File(writer) => Ok(writer.write(&batch)?),
        }
    }

    fn finish(&mut self, _statistics: &Statistics) -> Result<()> {
        let sink = match &mut self.writer {
            Writer::Stream(writer) => {
                writer.finish()?;
                writer.get_mut()
            }
            Writer::File(writer) => {
                writer.finish()?;
                writer.get_mut()
            }
        };
        sink.flush().map_err(|error| super::row_output::sink_failed(&error))
    }
}

fn input(
    container: Container,
    header: &[HeaderColumn],
    settings: &FormatSettings,
    source: Box<dyn Read + Send>,
) -> Result<Batches> {
    let (_, batches) = open(container, source)?;
    let (header, settings) = (header.to_vec(), settings.clone());
    let import = move |batch: Result<RecordBatch>| {
        let batch = batch?;
        shielded("an Arrow stream", || import_batch(&batch, &header, &settings))
    };
    Ok(Box::new(batches.map(import)))
}

/// The columns of a stream or file and its batches as they are.
pub fn open(container: Container, mut source: Box<dyn Read + Send>) -> Result<(Vec<HeaderColumn>, Batches)> {
    if container == Container::File {
        source = behind_mark(source)?;
    }
    let mut reader = shielded("an Arrow stream", || {
        StreamReader::try_new(Messages::new(source), None).map_err(damaged)
    })?;
    let header = arrow_columns::header(&reader.schema())?;
    let mut ended = false;
    let batches = std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let batch = shielded("an Arrow stream", || reader.next().transpose().map_err(damaged));
        ended = !matches!(batch, Ok(Some(_)));
        batch.transpose()
    });
    Ok((header, Box::new(batches)))
}

/// The messages of a file, which begin behind its mark and zeros up to some alignment.
fn behind_mark(mut source: Box<dyn Read + Send>) -> Result<Box<dyn Read + Send>> {
    let not_a_file = || Error::new(Code::INCORRECT_DATA, "Error while opening a table: Not an Arrow file");
    let mut word = [0; FILE_MARK.len()];
    let mut next = |word: &mut [u8]| source.read_exact(word).map_err(|_| not_a_file());
    next(&mut word)?;
    if word != FILE_MARK {
        return Err(not_a_file());
    }
    for _ in 0..PADDING_WORDS_MAX {
        next(&mut word)?;
        if word != [0; FILE_MARK.len()] {
            return Ok(Box::new(std::io::Cursor::new(word).chain(source)));
        }
    }
    Err(not_a_file())
}

fn damaged(error: arrow::error::ArrowError) -> Error {
    Error::new(
        Code::INCORRECT_DATA,
        format!("Error while reading an Arrow stream: {error}"),
    )
}
