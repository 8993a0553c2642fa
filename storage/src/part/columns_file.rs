//! A Parquet file with columns: its footer and offset index, parsed once and kept.

use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::file::metadata::PageIndexPolicy;

use super::opened::ColumnSize;
use crate::{Error, Result, RowRanges};

/// An opened columns file.
#[derive(Debug)]
pub(crate) struct ColumnsFile {
    bytes: Bytes,
    metadata: ArrowReaderMetadata,
    rows: u64,
    sizes: Vec<ColumnSize>,
}

impl ColumnsFile {
    /// Parses the footer of a file whose checksum was verified.
    pub fn open(bytes: Bytes, part: &str, file: &str, rows: u64) -> Result<ColumnsFile> {
        let corrupt = |why: String| Error::corrupt(part, format!("{file}: {why}"));
        let options = ArrowReaderOptions::new().with_offset_index_policy(PageIndexPolicy::Required);
        let metadata = ArrowReaderMetadata::load(&bytes, options).map_err(|error| corrupt(error.to_string()))?;
        let found = metadata.metadata().file_metadata().num_rows();
        if u64::try_from(found) != Ok(rows) {
            return Err(corrupt(format!("{found} rows, not {rows}")));
        }
        Ok(ColumnsFile {
            sizes: column_sizes(&metadata),
            bytes,
            metadata,
            rows,
        })
    }

    /// Columns of the file in its order.
    pub fn schema(&self) -> &SchemaRef {
        self.metadata.schema()
    }

    /// Reads the columns at these positions, in the order of the file.
    pub fn read(&self, positions: Vec<usize>, rows: &RowRanges, batch_rows: usize) -> Result<ParquetRecordBatchReader> {
        let mask = ProjectionMask::roots(self.metadata.parquet_schema(), positions);
        let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(self.bytes.clone(), self.metadata.clone());
        let builder = builder.with_projection(mask).with_batch_size(batch_rows);
        if rows.count() == self.rows {
            return Ok(builder.build()?);
        }
        let ranges = rows.iter().map(|range| range.start as usize..range.end as usize);
        let selection = RowSelection::from_consecutive_ranges(ranges, self.rows as usize);
        Ok(builder.with_row_selection(selection).build()?)
    }

    /// Sizes of the column at this position.
    pub fn column_size(&self, position: usize) -> ColumnSize {
        self.sizes[position]
    }
}

fn column_sizes(metadata: &ArrowReaderMetadata) -> Vec<ColumnSize> {
    let schema = metadata.parquet_schema();
    let mut sizes = vec![ColumnSize::default(); metadata.schema().fields().len()];
    for row_group in metadata.metadata().row_groups() {
        for (leaf, chunk) in row_group.columns().iter().enumerate() {
            let size = &mut sizes[schema.get_column_root_idx(leaf)];
            size.compressed += chunk.compressed_size() as u64;
            size.uncompressed += chunk.uncompressed_size() as u64;
        }
    }
    sizes
}
