//! A vector column as a Parquet file that can be read in place. FORMAT.md, section 7.
//!
//! The pages are written by hand: they are the rows' bytes behind a header of some twenty bytes, which streams
//! at the speed of the disk and holds one page in memory, where a Parquet writer would hold a row group.

use std::io::{self, Write};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, ToByteSlice};
use arrow::datatypes::{Float32Type, Float64Type, UInt16Type};
use gristmill_index::Element;
use parking_lot::Mutex;
use parquet::arrow::{ARROW_SCHEMA_META_KEY, ArrowSchemaConverter, encode_arrow_schema};
use parquet::basic::{Compression, Encoding};
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    ColumnChunkMetaData, FileMetaData, KeyValue, OffsetIndexBuilder, ParquetMetaData, ParquetMetaDataBuilder,
    ParquetMetaDataWriter, RowGroupMetaData,
};
use parquet::file::writer::TrackedWrite;
use parquet::schema::types::SchemaDescriptor;

use crate::checked_file::{CheckedFile, FileEntry};
use crate::manifest::VectorShape;
use crate::{Error, Result, TYPE_KEY};

/// Pages hold as many rows as fit in this, at least one.
const PAGE_BYTES: usize = 1 << 20;
const PARQUET_MAGIC: &[u8; 4] = b"PAR1";
/// What the metadata key of the field says beside ClickHouse's type: element and dimensions.
const VECTORS_KEY: &str = "gristmill.vectors";

/// Writes one vector column.
pub(crate) struct VectorsWriter {
    file: SharedFile,
    output: TrackedWrite<SharedFile>,
    field: FieldRef,
    shape: VectorShape,
    page: Vec<u8>,
    page_rows: usize,
    rows: u64,
    offsets: OffsetIndexBuilder,
}

impl VectorsWriter {
    pub fn create(file: CheckedFile, field: FieldRef, shape: VectorShape) -> Result<VectorsWriter> {
        let file = SharedFile(Arc::new(Mutex::new(file)));
        let mut output = TrackedWrite::new(file.clone());
        write(&mut output, PARQUET_MAGIC)?;
        let page_rows = (PAGE_BYTES / shape.row_bytes()).max(1);
        let page = Vec::with_capacity(page_rows * shape.row_bytes());
        Ok(VectorsWriter {
            file,
            output,
            field,
            shape,
            page,
            page_rows,
            rows: 0,
            offsets: OffsetIndexBuilder::new(),
        })
    }

    /// Adds the rows of a list array, all of the column's length.
    pub fn write(&mut self, column: &ArrayRef) -> Result<()> {
        let mut bytes = list_bytes(column, self.shape)?;
        let page_bytes = self.page_rows * self.shape.row_bytes();
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(page_bytes - self.page.len()));
            self.page.extend_from_slice(now);
            bytes = later;
            if self.page.len() == page_bytes {
                self.end_page()?;
            }
        }
        Ok(())
    }

    fn end_page(&mut self) -> Result<()> {
        let rows = self.page.len() / self.shape.row_bytes();
        let too_big = |_| Error::Invalid(format!("vectors of {} bytes are too long", self.shape.row_bytes()));
        let length = i32::try_from(self.page.len()).map_err(too_big)?;
        let header = page_header(length, rows as i32);
        self.offsets
            .append_offset_and_size(self.output.bytes_written() as i64, length + header.len() as i32);
        self.offsets.append_row_count(rows as i64);
        write(&mut self.output, &header)?;
        write(&mut self.output, &self.page)?;
        self.page.clear();
        self.rows += rows as u64;
        Ok(())
    }

    pub fn finish(mut self) -> Result<FileEntry> {
        if !self.page.is_empty() {
            self.end_page()?;
        }
        let schema = self.stored_schema();
        let descriptor = Arc::new(ArrowSchemaConverter::new().convert(&schema)?);
        let page_bytes = self.output.bytes_written() as i64 - PARQUET_MAGIC.len() as i64;
        let metadata = file_metadata(self.rows as i64, page_bytes, &schema, descriptor, self.offsets)?;
        ParquetMetaDataWriter::new_with_tracked(self.output, &metadata).finish()?;
        let file = Arc::into_inner(self.file.0).expect("the output was consumed by the footer");
        file.into_inner().finish()
    }

    /// The column as Parquet sees it: bytes of fixed length.
    fn stored_schema(&self) -> Schema {
        let element = match Element::from(self.shape.element) {
            Element::F32 => "f32",
            Element::F64 => "f64",
            Element::BF16 => "bf16",
        };
        let mut metadata = self.field.metadata().clone();
        metadata.retain(|key, _| key == TYPE_KEY);
        metadata.insert(VECTORS_KEY.to_owned(), format!("{element} {}", self.shape.dimensions));
        let data_type = DataType::FixedSizeBinary(self.shape.row_bytes() as i32);
        Schema::new(vec![
            Field::new(self.field.name(), data_type, false).with_metadata(metadata),
        ])
    }
}

/// The file, kept in hand while Parquet's output owns it too: its footer writer consumes the output.
#[derive(Clone)]
struct SharedFile(Arc<Mutex<CheckedFile>>);

impl Write for SharedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(()) // the file flushes itself when it is finished
    }
}

fn write(output: &mut TrackedWrite<SharedFile>, bytes: &[u8]) -> Result<()> {
    output
        .write_all(bytes)
        .map_err(|error| Error::from(ParquetError::External(Box::new(error))))
}

/// Raw bytes of a list array, after checking that each list has the column's length.
fn list_bytes(column: &ArrayRef, shape: VectorShape) -> Result<&[u8]> {
    let list = column.as_list::<i32>();
    let offsets = list.offsets();
    if !list.is_empty() && constant_length(column) != Some(shape.dimensions) {
        // An expression that gives other values each time it is evaluated.
        let message = format!("the vectors of a column do not all have {} numbers", shape.dimensions);
        return Err(Error::Invalid(message));
    }
    let (start, end) = (offsets[0] as usize, offsets[list.len()] as usize);
    let values = list.values();
    Ok(match Element::from(shape.element) {
        Element::F32 => values.as_primitive::<Float32Type>().values()[start..end].to_byte_slice(),
        Element::F64 => values.as_primitive::<Float64Type>().values()[start..end].to_byte_slice(),
        Element::BF16 => values.as_primitive::<UInt16Type>().values()[start..end].to_byte_slice(),
    })
}

/// The length of all lists of an array, if it is the same and not 0. Nothing for an empty array.
pub(crate) fn constant_length(column: &ArrayRef) -> Option<usize> {
    let list = column.as_list_opt::<i32>()?;
    let mut lengths = list.offsets().windows(2).map(|pair| pair[1] - pair[0]);
    let first = lengths.next()?;
    (first > 0 && list.null_count() == 0 && lengths.all(|length| length == first)).then_some(first as usize)
}

fn file_metadata(
    rows: i64,
    page_bytes: i64,
    schema: &Schema,
    descriptor: Arc<SchemaDescriptor>,
    offsets: OffsetIndexBuilder,
) -> Result<ParquetMetaData> {
    let column = ColumnChunkMetaData::builder(descriptor.column(0))
        .set_encodings(vec![Encoding::PLAIN])
        .set_compression(Compression::UNCOMPRESSED)
        .set_num_values(rows)
        .set_total_compressed_size(page_bytes)
        .set_total_uncompressed_size(page_bytes)
        .set_data_page_offset(PARQUET_MAGIC.len() as i64)
        .build()?;
    let row_group = RowGroupMetaData::builder(descriptor.clone())
        .set_num_rows(rows)
        .set_total_byte_size(page_bytes)
        .set_column_metadata(vec![column])
        .build()?;
    let arrow_schema = KeyValue::new(ARROW_SCHEMA_META_KEY.to_owned(), encode_arrow_schema(schema));
    let created_by = concat!("gristmill ", env!("CARGO_PKG_VERSION")).to_owned();
    let file = FileMetaData::new(1, rows, Some(created_by), Some(vec![arrow_schema]), descriptor, None);
    Ok(ParquetMetaDataBuilder::new(file)
        .add_row_group(row_group)
        .set_offset_index(Some(vec![vec![offsets.build()]]))
        .build())
}

/// Parquet's `PageHeader` of a version-1 data page without levels, in Thrift's compact protocol.
///
/// | field | value |
/// |---|---|
/// | 1 type | 0 = data page |
/// | 2, 3 size, uncompressed and compressed | `length` |
/// | 5.1 number of values | `rows` |
/// | 5.2 encoding | 0 = PLAIN |
/// | 5.3, 5.4 encodings of the (absent) levels | 3 = RLE |
fn page_header(length: i32, rows: i32) -> Vec<u8> {
    const I32: u8 = 5;
    const STRUCT: u8 = 12;
    const STOP: u8 = 0;
    // A field starts with its distance from the field before it and its kind.
    let field = |distance: u8, kind: u8| distance << 4 | kind;
    let mut header = Vec::with_capacity(32);
    for value in [0, length, length] {
        header.push(field(1, I32));
        push_varint(&mut header, value);
    }
    header.push(field(2, STRUCT));
    for value in [rows, 0, 3, 3] {
        header.push(field(1, I32));
        push_varint(&mut header, value);
    }
    header.extend([STOP, STOP]);
    header
}

/// Zigzag, then seven bits at a time, lowest first.
fn push_varint(bytes: &mut Vec<u8>, value: i32) {
    let mut rest = ((value << 1) ^ (value >> 31)) as u32;
    while rest >= 0x80 {
        bytes.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
}
