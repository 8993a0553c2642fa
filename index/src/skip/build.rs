//! Arrays in, bytes of an index out. `FORMAT.md` specifies them.

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef};
use arrow::ipc::writer::StreamWriter;

use super::bounds::{BoundsBuilder, arrow_error};
use super::definition::SkipDefinition;
use super::filters::FiltersBuilder;
use super::open::header;
use super::values::ValuesBuilder;
use crate::error::Result;

/// Bytes after which the blocks so far are written.
const CHUNK_BYTES: usize = 1 << 20;
/// Blocks after which they are written anyway.
const CHUNK_BLOCKS: usize = 8192;

/// Builds a skip index from rows in order.
pub struct SkipIndexBuilder {
    blocks: Blocks,
    schema: SchemaRef,
    writer: StreamWriter<Vec<u8>>,
    block_rows: u64,
    /// Rows of the block that is being filled.
    rows: u64,
    /// Blocks that are ended but not written.
    ended: usize,
    /// What was written and not taken yet begins with the header.
    head: Vec<u8>,
}

enum Blocks {
    Bounds(BoundsBuilder),
    Values(ValuesBuilder),
    Filters(FiltersBuilder),
}

impl SkipIndexBuilder {
    /// An index over expressions of these types, with blocks of so many rows.
    ///
    /// # Panics
    /// When blocks shall have no rows.
    pub fn new(definition: &SkipDefinition, types: &[DataType], block_rows: u64) -> Result<Self> {
        assert!(block_rows > 0, "the caller gives blocks rows");
        let (blocks, schema) = match definition {
            SkipDefinition::MinMax => (
                Blocks::Bounds(BoundsBuilder::new(types.len())),
                BoundsBuilder::schema(types),
            ),
            SkipDefinition::Set { rows_max } => (
                Blocks::Values(ValuesBuilder::new(types, *rows_max)?),
                ValuesBuilder::schema(types),
            ),
            SkipDefinition::Bloom { .. } | SkipDefinition::Words { .. } => (
                Blocks::Filters(FiltersBuilder::new(definition, types.len())),
                FiltersBuilder::schema(types.len()),
            ),
        };
        Ok(Self {
            blocks,
            writer: StreamWriter::try_new(Vec::new(), &schema).map_err(arrow_error)?,
            schema,
            block_rows,
            rows: 0,
            ended: 0,
            head: header(definition, block_rows).to_vec(),
        })
    }

    /// Adds rows: one array per expression, all of one length.
    pub fn add(&mut self, arrays: &[ArrayRef]) -> Result<()> {
        let rows = arrays.first().map_or(0, |array| array.len());
        let mut start = 0;
        while start < rows {
            let room = (self.block_rows - self.rows).min((rows - start) as u64) as usize;
            let piece: Vec<ArrayRef> = arrays.iter().map(|array| array.slice(start, room)).collect();
            match &mut self.blocks {
                Blocks::Bounds(bounds) => bounds.add(&piece)?,
                Blocks::Values(values) => values.add(&piece)?,
                Blocks::Filters(filters) => filters.add(&piece)?,
            }
            start += room;
            self.rows += room as u64;
            if self.rows == self.block_rows {
                self.end_block()?;
            }
        }
        Ok(())
    }

    fn end_block(&mut self) -> Result<()> {
        self.rows = 0;
        self.ended += 1;
        let bytes = match &mut self.blocks {
            Blocks::Bounds(bounds) => {
                bounds.end_block();
                bounds.bytes()
            }
            Blocks::Values(values) => {
                values.end_block();
                values.bytes()
            }
            Blocks::Filters(filters) => {
                filters.end_block();
                filters.bytes()
            }
        };
        match bytes >= CHUNK_BYTES || self.ended >= CHUNK_BLOCKS {
            true => self.write(),
            false => Ok(()),
        }
    }

    fn write(&mut self) -> Result<()> {
        if self.ended == 0 {
            return Ok(());
        }
        self.ended = 0;
        let batch: RecordBatch = match &mut self.blocks {
            Blocks::Bounds(bounds) => bounds.take(&self.schema)?,
            Blocks::Values(values) => values.take(&self.schema)?,
            Blocks::Filters(filters) => filters.take(&self.schema)?,
        };
        self.writer.write(&batch).map_err(arrow_error)
    }

    /// The bytes that are ready: they follow those taken before.
    pub fn ready(&mut self) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.head);
        bytes.append(self.writer.get_mut());
        bytes
    }

    /// Ends the index: the bytes that follow those taken before.
    pub fn finish(mut self) -> Result<Vec<u8>> {
        if self.rows > 0 {
            self.end_block()?;
        }
        self.write()?;
        self.writer.finish().map_err(arrow_error)?;
        Ok(self.ready())
    }
}
