//! ArrowStream: Arrow's own messages, one after another.

use std::io::{Read, Write};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::CompressionType;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::{IpcWriteOptions, StreamWriter};
use gristmill_engine::{HeaderColumn, Statistics};
use gristmill_sql::{Code, Error, Result};

use super::arrow_columns::{self, Target, export_batch, export_schema, import_batch, shielded};
use super::arrow_messages::Messages;
use super::{Batches, Format, FormatSettings, OutputFormat};

/// Arrow's stream format.
pub const FORMAT: Format = Format {
    name: "ArrowStream",
    aliases: &[],
    content_type: "application/octet-stream",
    input: Some(input),
    output: Some(output),
};

fn output(header: &[HeaderColumn], settings: &FormatSettings, sink: Box<dyn Write>) -> Result<Box<dyn OutputFormat>> {
    let schema = export_schema(header, Target::Arrow, settings);
    let options = IpcWriteOptions::default().try_with_compression(Some(CompressionType::LZ4_FRAME))?;
    let writer = StreamWriter::try_new_with_options(sink, &schema, options)?;
    Ok(Box::new(Stream {
        header: header.to_vec(),
        schema,
        writer,
    }))
}

struct Stream {
    header: Vec<HeaderColumn>,
    schema: SchemaRef,
    writer: StreamWriter<Box<dyn Write>>,
}

impl OutputFormat for Stream {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let batch = export_batch(batch, &self.header, &self.schema)?;
        Ok(self.writer.write(&batch)?)
    }

    fn finish(&mut self, _statistics: &Statistics) -> Result<()> {
        self.writer.finish()?;
        self.writer
            .get_mut()
            .flush()
            .map_err(|error| super::row_output::sink_failed(&error))
    }
}

fn input(header: &[HeaderColumn], settings: &FormatSettings, source: Box<dyn Read + Send>) -> Result<Batches> {
    let (_, batches) = open(source)?;
    let (header, settings) = (header.to_vec(), settings.clone());
    let import = move |batch: Result<RecordBatch>| {
        let batch = batch?;
        shielded("an Arrow stream", || import_batch(&batch, &header, &settings))
    };
    Ok(Box::new(batches.map(import)))
}

/// The columns of a stream and its batches as they are.
pub fn open(source: Box<dyn Read + Send>) -> Result<(Vec<HeaderColumn>, Batches)> {
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

fn damaged(error: arrow::error::ArrowError) -> Error {
    Error::new(
        Code::INCORRECT_DATA,
        format!("Error while reading an Arrow stream: {error}"),
    )
}
