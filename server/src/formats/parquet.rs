//! Parquet files in and out.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex};

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType as ArrowType, Field, Schema, SchemaRef};
use gristmill_engine::{HeaderColumn, Statistics};
use gristmill_sql::{Code, Error, Result};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::basic::{Compression, LogicalType, ZstdLevel};
use parquet::file::properties::WriterProperties;
use parquet::schema::types::Type;

use super::arrow_columns::{self, Target, as_uuid, export_batch, export_schema, import_batch, shielded};
use super::row_groups::{self, Job, SharedFile};
use super::row_output::sink_failed;
use super::{Batches, Format, FormatSettings, OutputFormat};

/// Apache Parquet.
pub const FORMAT: Format = Format {
    name: "Parquet",
    aliases: &[],
    content_type: "application/octet-stream",
    input: Some(input),
    output: Some(output),
};

/// Rows of a batch that is read.
const BATCH_ROWS_MAX: usize = 65_536;

/// Bytes of a batch that is read, by the file's own uncompressed sizes.
const BATCH_BYTES_MAX: i64 = 64 << 20;

/// Encoded bytes after which a row group ends, however few its rows: the writer holds it in memory.
const ROW_GROUP_BYTES_MAX: usize = 256 << 20;

fn output(header: &[HeaderColumn], settings: &FormatSettings, sink: Box<dyn Write>) -> Result<Box<dyn OutputFormat>> {
    let schema = export_schema(header, Target::Parquet, settings);
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(settings.parquet_row_group_rows))
        .build();
    let options = ArrowWriterOptions::new()
        .with_properties(properties)
        .with_skip_arrow_metadata(false);
    let encoded = Encoded::default();
    let writer = ArrowWriter::try_new_with_options(encoded.clone(), schema.clone(), options).map_err(failed)?;
    Ok(Box::new(Output {
        header: header.to_vec(),
        schema,
        writer,
        encoded,
        sink,
    }))
}

struct Output {
    header: Vec<HeaderColumn>,
    schema: SchemaRef,
    writer: ArrowWriter<Encoded>,
    encoded: Encoded,
    sink: Box<dyn Write>,
}

/// Bytes that the writer has finished and the sink has not: the writer wants to send its own end to other threads.
#[derive(Clone, Default)]
struct Encoded(Arc<Mutex<Vec<u8>>>);

impl Encoded {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().expect("no holder of the lock panics"))
    }
}

impl Write for Encoded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .expect("no holder of the lock panics")
            .extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl OutputFormat for Output {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let batch = export_batch(batch, &self.header, &self.schema)?;
        self.writer.write(&batch).map_err(failed)?;
        if self.writer.in_progress_size() > ROW_GROUP_BYTES_MAX {
            self.writer.flush().map_err(failed)?;
        }
        self.sink
            .write_all(&self.encoded.take())
            .map_err(|error| sink_failed(&error))
    }

    fn finish(&mut self, _statistics: &Statistics) -> Result<()> {
        self.writer.finish().map_err(failed)?;
        self.sink
            .write_all(&self.encoded.take())
            .map_err(|error| sink_failed(&error))?;
        self.sink.flush().map_err(|error| sink_failed(&error))
    }
}

/// A Parquet file is read from its end, so data that streams in goes to a temporary file first.
fn input(header: &[HeaderColumn], settings: &FormatSettings, mut source: Box<dyn Read + Send>) -> Result<Batches> {
    let spooled = |error: std::io::Error| {
        Error::new(
            Code::CANNOT_WRITE_TO_FILE_DESCRIPTOR,
            format!("Cannot keep the Parquet data: {error}"),
        )
    };
    let mut file = tempfile::tempfile().map_err(spooled)?;
    std::io::copy(&mut source, &mut file).map_err(spooled)?;
    file.seek(SeekFrom::Start(0)).map_err(spooled)?;
    open(file)?.batches(header.to_vec(), settings)
}

/// A file whose footer has been read.
pub struct ParquetFile {
    file: SharedFile,
    metadata: ArrowReaderMetadata,
}

/// Reads a file's footer.
pub fn open(file: File) -> Result<ParquetFile> {
    let file = SharedFile::new(file);
    let metadata = shielded("Parquet data", || {
        ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()).map_err(damaged)
    })?;
    Ok(ParquetFile { file, metadata })
}

impl ParquetFile {
    /// The file's own columns.
    pub fn header(&self) -> Result<Vec<HeaderColumn>> {
        let types = self.metadata.parquet_schema().root_schema().get_fields();
        let fields = self.metadata.schema().fields().iter().zip(types);
        let fields: Vec<Field> = fields.map(|(field, written)| mark_uuids(field, written)).collect();
        arrow_columns::header(&Schema::new(fields))
    }

    /// Reads those columns of the header that the file has.
    pub fn batches(self, header: Vec<HeaderColumn>, settings: &FormatSettings) -> Result<Batches> {
        let fields = self.metadata.schema().fields().iter().enumerate();
        let wanted = fields
            .filter(|(_, field)| header.iter().any(|column| column.name == *field.name()))
            .map(|(index, _)| index);
        let columns = ProjectionMask::roots(self.metadata.parquet_schema(), wanted);
        let groups = self.metadata.metadata().row_groups();
        let bytes: i64 = groups.iter().map(|group| group.total_byte_size()).sum();
        let rows: i64 = groups.iter().map(|group| group.num_rows()).sum();
        let row_bytes = (bytes / rows.max(1)).max(1);
        let batch_rows = ((BATCH_BYTES_MAX / row_bytes) as usize).clamp(1, BATCH_ROWS_MAX);
        let settings = settings.clone();
        let threads = settings.threads;
        let job = Job {
            file: self.file,
            metadata: self.metadata,
            columns,
            batch_rows,
            convert: Arc::new(move |batch| import_batch(&batch, &header, &settings)),
        };
        Ok(Box::new(row_groups::read(&job, threads)?))
    }
}

/// Files of other writers say that 16 bytes are a UUID only in Parquet's own schema.
fn mark_uuids(field: &Field, written: &Type) -> Field {
    if written.get_basic_info().logical_type_ref() == Some(&LogicalType::Uuid) {
        return as_uuid(field.clone());
    }
    if written.is_primitive() {
        return field.clone();
    }
    let children = written.get_fields();
    let data_type = match (field.data_type(), children) {
        (ArrowType::Struct(fields), _) if fields.len() == children.len() => {
            let marked = fields
                .iter()
                .zip(children)
                .map(|(field, written)| mark_uuids(field, written));
            ArrowType::Struct(marked.collect())
        }
        // A list is a group of one repeated group of one element.
        (ArrowType::List(item), [list]) if list.is_group() && list.get_fields().len() == 1 => {
            ArrowType::List(Arc::new(mark_uuids(item, &list.get_fields()[0])))
        }
        _ => return field.clone(),
    };
    field.clone().with_data_type(data_type)
}

pub(super) fn damaged(error: parquet::errors::ParquetError) -> Error {
    Error::new(
        Code::INCORRECT_DATA,
        format!("Error while reading Parquet data: {error}"),
    )
}

fn failed(error: parquet::errors::ParquetError) -> Error {
    Error::new(
        Code::INCORRECT_DATA,
        format!("Error while writing Parquet data: {error}"),
    )
}
