//! Native: blocks of columns as the native protocol sends them.

use std::io::{BufReader, Read, Write};

use arrow::array::RecordBatch;
use gristmill_engine::{HeaderColumn, Statistics};
use gristmill_sql::Result;

use super::row_output::sink_failed;
use super::{Batches, Format, FormatSettings, OutputFormat};
use crate::native::block::{self, Block};
use crate::native::convert::to_header;
use crate::native::wire::Wire;

/// Bytes read at once.
const CHUNK_BYTES: usize = 1 << 18;

/// Data is always read as of the oldest revision: clients write it so, whatever they ask for in results.
const INPUT_REVISION: u64 = 0;

/// Blocks of columns.
pub const FORMAT: Format = Format {
    name: "Native",
    aliases: &[],
    content_type: "application/octet-stream",
    input: Some(input),
    output: Some(output),
};

fn output(header: &[HeaderColumn], settings: &FormatSettings, sink: Box<dyn Write>) -> Result<Box<dyn OutputFormat>> {
    Ok(Box::new(Output {
        header: header.to_vec(),
        revision: settings.native_revision,
        sink,
        buffer: Vec::new(),
    }))
}

struct Output {
    header: Vec<HeaderColumn>,
    revision: u64,
    sink: Box<dyn Write>,
    buffer: Vec<u8>,
}

impl OutputFormat for Output {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.buffer.clear();
        let rows = batch.num_rows();
        block::write(&self.header, batch.columns(), rows, self.revision, &mut self.buffer)?;
        self.sink.write_all(&self.buffer).map_err(|error| sink_failed(&error))
    }

    fn finish(&mut self, _statistics: &Statistics) -> Result<()> {
        self.sink.flush().map_err(|error| sink_failed(&error))
    }
}

fn input(header: &[HeaderColumn], settings: &FormatSettings, source: Box<dyn Read + Send>) -> Result<Batches> {
    let (header, settings) = (header.to_vec(), settings.clone());
    Ok(Box::new(
        blocks(source).map(move |block| to_header(&block?, &header, &settings)),
    ))
}

/// The columns of some data, which its first block names.
pub fn infer(source: Box<dyn Read + Send>) -> Result<Vec<HeaderColumn>> {
    let first = blocks(source).next().transpose()?;
    Ok(first.map_or(Vec::new(), |block| block.header))
}

/// The blocks with rows, up to the end of the data or an empty block.
fn blocks(source: Box<dyn Read + Send>) -> impl Iterator<Item = Result<Block>> + Send {
    let mut source = BufReader::with_capacity(CHUNK_BYTES, source);
    let mut ended = false;
    std::iter::from_fn(move || {
        while !ended {
            let mut wire = Wire::new(&mut source);
            let block = wire.at_end().and_then(|ended| match ended {
                true => Ok(None),
                false => block::read(&mut wire, INPUT_REVISION).map(Some),
            });
            match block {
                Ok(Some(block)) if block.rows > 0 => return Some(Ok(block)),
                Ok(Some(block)) if !block.is_end() => {}
                other => {
                    ended = true;
                    return other.err().map(Err);
                }
            }
        }
        None
    })
}
