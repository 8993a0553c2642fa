//! [`Part`]: metadata in memory, files mapped when they are first needed.

use std::ops::Range;
use std::time::SystemTime;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use arrow::datatypes::SchemaRef;
use bytes::Bytes;

use crate::{PartName, PartReader, Result, RowRanges, VectorColumn};

/// Smallest and largest value of one key column per granule, NULL where unknown. Fits DataFusion's `PruningStatistics`.
#[derive(Clone, Debug)]
pub struct GranuleBounds {
    /// Lower bounds, one per granule.
    pub min: ArrayRef,
    /// Upper bounds, one per granule.
    pub max: ArrayRef,
}

/// Sizes of one column in the part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ColumnSize {
    /// Bytes on disk.
    pub compressed: u64,
    /// Bytes before compression.
    pub uncompressed: u64,
}

/// An opened, immutable part.
#[derive(Debug)]
pub struct Part {}

impl Part {
    /// Name of the part and its folder.
    pub fn name(&self) -> &PartName {
        todo!()
    }

    /// Unique in this process, never reused: the key for caches.
    pub fn uid(&self) -> u64 {
        todo!()
    }

    /// Rows.
    pub fn rows(&self) -> u64 {
        todo!()
    }

    /// Granules.
    pub fn marks(&self) -> u64 {
        todo!()
    }

    /// Rows of a granule.
    pub fn index_granularity(&self) -> u64 {
        todo!()
    }

    /// Bytes of all files.
    pub fn bytes_on_disk(&self) -> u64 {
        todo!()
    }

    /// When the part was written.
    pub fn modification_time(&self) -> SystemTime {
        todo!()
    }

    /// Where its files lie.
    pub fn path(&self) -> &std::path::Path {
        todo!()
    }

    /// The columns that the part holds; an old part may lack columns that the table has today.
    pub fn schema(&self) -> &SchemaRef {
        todo!()
    }

    /// Whether the part holds the column.
    pub fn has_column(&self, name: &str) -> bool {
        self.schema().index_of(name).is_ok()
    }

    /// Sizes of the column's data.
    pub fn column_size(&self, name: &str) -> Result<ColumnSize> {
        let _ = name;
        todo!()
    }

    /// Value of each partition expression: arrays of one row.
    pub fn partition_values(&self) -> &[ArrayRef] {
        todo!()
    }

    /// Minimum and maximum (an array of two rows) of a source column of the partition key.
    pub fn partition_min_max(&self, column: &str) -> Option<&ArrayRef> {
        let _ = column;
        todo!()
    }

    /// Primary key values at the first row of each granule, then of the last row: one array of `marks + 1` per key column.
    pub fn primary_index(&self) -> &[ArrayRef] {
        todo!()
    }

    /// Per primary key column the bounds of each granule, for pruning.
    pub fn granule_bounds(&self) -> &[GranuleBounds] {
        todo!()
    }

    /// Rows of the chosen granules.
    pub fn granule_rows(&self, chosen: &BooleanArray) -> RowRanges {
        RowRanges::from_granules(chosen, self.index_granularity(), self.rows())
    }

    /// Reads the columns for the given rows, in batches of `batch_rows` rows (the last one shorter).
    ///
    /// Columns come out in the order asked for. A column that the part lacks is an error: see [`has_column`](Part::has_column).
    /// With no columns the batches carry row counts only.
    pub fn read(&self, columns: &[&str], rows: &RowRanges, batch_rows: usize) -> Result<PartReader> {
        let _ = (columns, rows, batch_rows);
        todo!()
    }

    /// Reads a few scattered rows, strictly ascending, as one batch.
    pub fn read_rows(&self, columns: &[&str], rows: &[u32]) -> Result<RecordBatch> {
        let _ = (columns, rows);
        todo!()
    }

    /// The raw vectors of the column, if all its rows have the same length; zero-copy.
    pub fn vectors(&self, column: &str) -> Result<Option<VectorColumn>> {
        let _ = column;
        todo!()
    }

    /// Whether the part holds that index.
    pub fn has_index(&self, name: &str) -> bool {
        let _ = name;
        todo!()
    }

    /// Names and sizes in bytes of the indexes in the part.
    pub fn indexes(&self) -> Vec<(&str, u64)> {
        todo!()
    }

    /// The sub-indexes of an index in row order, mapped: row range and bytes. `None` if the part was written without it.
    pub fn vector_index(&self, name: &str) -> Result<Option<Vec<(Range<u64>, Bytes)>>> {
        let _ = name;
        todo!()
    }

    /// Verifies the checksum of every file.
    pub fn check(&self) -> Result<()> {
        todo!()
    }
}
