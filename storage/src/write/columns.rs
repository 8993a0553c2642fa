//! The columns that are not vectors, in one Parquet file. FORMAT.md, section 6.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef};
use parquet::arrow::{ArrowSchemaConverter, ArrowWriter};
use parquet::file::metadata::RowGroupMetaData;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use std::collections::HashSet;

use crate::Result;
use crate::checked_file::{CheckedFile, FileEntry};
use crate::coding::ColumnCoding;
use crate::part::{ColumnSize, PAGE_ROWS};

/// Name of the file.
pub(crate) const COLUMNS: &str = "columns.parquet";

/// Encoded bytes that are held before they go to the file as a row group.
const ROW_GROUP_BYTES: usize = 64 << 20;
/// A dictionary is read whole to fetch one row: it must stay small.
const DICTIONARY_BYTES_MAX: usize = 64 << 10;
/// Rows looked at to decide whether a dictionary pays.
const DICTIONARY_SAMPLE_ROWS: usize = 4096;

/// Writes the columns file.
pub(crate) struct ColumnsWriter {
    writer: ArrowWriter<CheckedFile>,
    /// Bytes of each column's values so far.
    uncompressed: Vec<u64>,
}

impl ColumnsWriter {
    /// `sample` holds the first rows: they decide which columns get a dictionary.
    pub fn create(
        file: CheckedFile,
        schema: SchemaRef,
        sample: &RecordBatch,
        codings: &[ColumnCoding],
    ) -> Result<ColumnsWriter> {
        let mut properties = WriterProperties::builder()
            .set_created_by(concat!("gristmill ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_dictionary_enabled(false)
            .set_dictionary_page_size_limit(DICTIONARY_BYTES_MAX)
            .set_statistics_enabled(EnabledStatistics::None) // pruning is the primary index's and skip indexes' work
            .set_data_page_row_count_limit(PAGE_ROWS as usize)
            .set_write_batch_size(PAGE_ROWS as usize)
            .set_max_row_group_row_count(None);
        for (field, column) in schema.fields().iter().zip(sample.columns()) {
            if dictionary_pays(column) {
                properties =
                    properties.set_column_dictionary_enabled(ColumnPath::new(vec![field.name().clone()]), true);
            }
        }
        let descriptor = ArrowSchemaConverter::new().convert(&schema)?;
        for (leaf, column) in descriptor.columns().iter().enumerate() {
            let coding = codings[descriptor.get_column_root_idx(leaf)];
            let path = column.path().clone();
            properties = properties.set_column_compression(path.clone(), coding.compression());
            if let Some(encoding) = coding.encoding(column.physical_type()) {
                properties = properties.set_column_encoding(path, encoding);
            }
        }
        let uncompressed = vec![0; schema.fields().len()];
        Ok(ColumnsWriter {
            writer: ArrowWriter::try_new(file, schema, Some(properties.build()))?,
            uncompressed,
        })
    }

    pub fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        for (bytes, column) in self.uncompressed.iter_mut().zip(batch.columns()) {
            *bytes += column.to_data().get_slice_memory_size()? as u64;
        }
        self.writer.write(batch)?;
        if self.writer.in_progress_size() >= ROW_GROUP_BYTES {
            self.writer.flush()?;
        }
        Ok(())
    }

    /// Ends the file; also says how big each column became.
    pub fn finish(mut self) -> Result<(FileEntry, Vec<ColumnSize>)> {
        self.writer.flush()?;
        let sizes = column_sizes(self.writer.flushed_row_groups(), &self.uncompressed);
        Ok((self.writer.into_inner()?.finish()?, sizes))
    }
}

fn column_sizes(row_groups: &[RowGroupMetaData], uncompressed: &[u64]) -> Vec<ColumnSize> {
    let size = |uncompressed: &u64| ColumnSize {
        compressed: 0,
        uncompressed: *uncompressed,
    };
    let mut sizes: Vec<ColumnSize> = uncompressed.iter().map(size).collect();
    for row_group in row_groups {
        for (leaf, chunk) in row_group.columns().iter().enumerate() {
            let size = &mut sizes[row_group.schema_descr().get_column_root_idx(leaf)];
            size.compressed += chunk.compressed_size() as u64;
        }
    }
    sizes
}

/// Whether a column of strings repeats itself enough. Numbers are left to the compression: dictionaries cost more reading than they save.
fn dictionary_pays(column: &ArrayRef) -> bool {
    let rows = column.len().min(DICTIONARY_SAMPLE_ROWS);
    let distinct = match column.data_type() {
        DataType::Binary => column
            .as_binary::<i32>()
            .iter()
            .take(rows)
            .collect::<HashSet<_>>()
            .len(),
        DataType::FixedSizeBinary(_) => column
            .as_fixed_size_binary()
            .iter()
            .take(rows)
            .collect::<HashSet<_>>()
            .len(),
        _ => return false,
    };
    distinct * 4 <= rows
}
