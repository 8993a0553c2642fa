//! A Parquet file with columns: its footer and offset index, parsed once and kept.

use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder, RowSelection,
};
use parquet::file::metadata::PageIndexPolicy;

use crate::{Error, Result, RowRanges};

/// An opened columns file.
#[derive(Debug)]
pub(crate) struct ColumnsFile {
    bytes: Bytes,
    metadata: ArrowReaderMetadata,
    rows: u64,
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
        Ok(ColumnsFile { bytes, metadata, rows })
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
}
