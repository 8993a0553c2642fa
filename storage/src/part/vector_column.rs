//! Vectors of equal length, read in place from the mapped Parquet file.

use std::ops::Range;

use gristmill_index::Element;

/// The vectors of one column of one part. Bytes are little-endian and may be unaligned.
#[derive(Clone, Debug)]
pub struct VectorColumn {}

impl VectorColumn {
    /// Kind of number.
    pub fn element(&self) -> Element {
        todo!()
    }

    /// Numbers per row.
    pub fn dimensions(&self) -> usize {
        todo!()
    }

    /// Rows of the part.
    pub fn rows(&self) -> u64 {
        todo!()
    }

    /// One vector.
    ///
    /// # Panics
    /// When there is no such row.
    pub fn row(&self, row: u64) -> &[u8] {
        let _ = row;
        todo!()
    }

    /// The rows of a range as contiguous runs: first row, and the bytes of whole rows.
    pub fn blocks(&self, rows: Range<u64>) -> impl Iterator<Item = (u64, &[u8])> {
        let _ = rows;
        std::iter::empty()
    }
}
