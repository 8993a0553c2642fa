//! Opening the bytes of an index. `FORMAT.md` specifies them.

use arrow::array::{Array, ArrayRef, RecordBatch, new_empty_array};
use arrow::buffer::Buffer;
use arrow::compute::concat;
use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::StreamDecoder;
use bytes::Bytes;

use super::bounds::BlockBounds;
use super::definition::SkipDefinition;
use super::filters::BlockFilters;
use super::values::BlockValues;
use crate::error::{Error, Result};

const MAGIC: &[u8; 8] = b"GRISTSKP";
const VERSION: u32 = 1;

/// Bytes before the Arrow stream.
///
/// | offset | bytes | field             |
/// |-------:|------:|-------------------|
/// |      0 |     8 | magic `GRISTSKP`  |
/// |      8 |     4 | version           |
/// |     12 |     4 | kind              |
/// |     16 |     8 | rows of a block   |
/// |     24 |    40 | zero              |
const HEADER_LEN: usize = 64;

/// An opened index: one variant per question that it can answer.
#[derive(Debug)]
pub enum SkipIndex {
    /// Ranges of values.
    Bounds(BlockBounds),
    /// All values.
    Values(BlockValues),
    /// Bloom filters.
    Filters(BlockFilters),
}

impl SkipIndex {
    /// Opens an index that was built by this definition. Whether the bytes are those that were written is for the
    /// caller to check: they carry no checksum. What they are made of is used in place.
    pub fn open(definition: &SkipDefinition, block_rows: u64, bytes: Bytes) -> Result<Self> {
        check_header(&bytes, definition, block_rows)?;
        let mut rest = Buffer::from(bytes.slice(HEADER_LEN..));
        let mut decoder = StreamDecoder::new();
        let mut batches: Vec<RecordBatch> = Vec::new();
        while !rest.is_empty() {
            match decoder.decode(&mut rest).map_err(corrupt)? {
                Some(batch) => batches.push(batch),
                None => break,
            }
        }
        decoder.finish().map_err(corrupt)?;
        let schema = decoder.schema().ok_or_else(|| Error::Corrupt("no schema".into()))?;
        Ok(match definition {
            SkipDefinition::MinMax => Self::Bounds(BlockBounds::new(&batches, &schema)?),
            SkipDefinition::Set { .. } => Self::Values(BlockValues::new(&batches)?),
            SkipDefinition::Bloom { .. } | SkipDefinition::Words { .. } => {
                Self::Filters(BlockFilters::new(definition, &batches)?)
            }
        })
    }

    /// How many blocks it knows.
    pub fn blocks(&self) -> usize {
        match self {
            Self::Bounds(bounds) => bounds.blocks(),
            Self::Values(values) => values.blocks(),
            Self::Filters(filters) => filters.blocks(),
        }
    }
}

/// The first bytes of an index.
pub(super) fn header(definition: &SkipDefinition, block_rows: u64) -> [u8; HEADER_LEN] {
    let mut header = [0; HEADER_LEN];
    header[..8].copy_from_slice(MAGIC);
    header[8..12].copy_from_slice(&VERSION.to_le_bytes());
    header[12..16].copy_from_slice(&definition.kind().to_le_bytes());
    header[16..24].copy_from_slice(&block_rows.to_le_bytes());
    header
}

fn check_header(bytes: &[u8], definition: &SkipDefinition, block_rows: u64) -> Result<()> {
    let found = bytes
        .get(..HEADER_LEN)
        .filter(|found| found.starts_with(MAGIC))
        .ok_or_else(|| Error::Corrupt("no header".into()))?;
    let version = u32::from_le_bytes(found[8..12].try_into().expect("four bytes"));
    if version != VERSION {
        return Err(Error::UnknownVersion {
            found: version,
            supported: VERSION,
        });
    }
    match found == header(definition, block_rows) {
        true => Ok(()),
        false => Err(Error::Corrupt("it is of another kind".into())),
    }
}

fn corrupt(error: arrow::error::ArrowError) -> Error {
    Error::Corrupt(error.to_string())
}

/// A column of all batches.
pub(super) fn column(batches: &[RecordBatch], schema: &SchemaRef, position: usize) -> Result<ArrayRef> {
    match batches {
        [] => Ok(new_empty_array(schema.field(position).data_type())),
        [batch] => Ok(batch.column(position).clone()),
        batches => {
            let arrays: Vec<&dyn Array> = batches.iter().map(|batch| batch.column(position).as_ref()).collect();
            concat(&arrays).map_err(corrupt)
        }
    }
}
