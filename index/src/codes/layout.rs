//! Where the bytes of a sub-index's codes lie; the head of `mod.rs` is the specification.

use crate::SUB_INDEX_ROWS_MAX;
use crate::kernels::{BLOCK_ROWS, FACTOR_BYTES};

/// Dimensions are filled up to a multiple of this.
const DIMENSIONS_STEP: usize = 64;
/// Sums of table entries are 32 bits wide; nobody has such vectors.
const DIMENSIONS_MAX: usize = 1 << 20;

/// The layout of the codes of so many rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    pub rows: usize,
    pub dimensions: usize,
    /// The dimensions, filled up.
    pub padded: usize,
    /// Bytes of the whole.
    pub bytes: usize,
}

impl Layout {
    /// None for more rows or dimensions than codes can have.
    pub fn new(rows: usize, dimensions: usize) -> Option<Self> {
        if rows as u64 > SUB_INDEX_ROWS_MAX || dimensions == 0 || dimensions > DIMENSIONS_MAX {
            return None;
        }
        let padded = dimensions.next_multiple_of(DIMENSIONS_STEP);
        let blocks = rows.div_ceil(BLOCK_ROWS);
        let bytes = blocks.checked_mul(padded * 4 + FACTOR_BYTES)?.checked_add(padded * 4)?;
        Some(Self {
            rows,
            dimensions,
            padded,
            bytes,
        })
    }

    /// Bytes of the centre, of the codes of a block, and of a reference vector's table.
    pub fn code_bytes(&self) -> usize {
        self.padded * 4
    }

    /// Bytes from block to block.
    pub fn block_bytes(&self) -> usize {
        self.code_bytes() + FACTOR_BYTES
    }
}

/// Bytes of the codes of so many rows; None if there can be no codes of them.
pub(crate) fn encoded_length(rows: usize, dimensions: usize) -> Option<usize> {
    Layout::new(rows, dimensions).map(|layout| layout.bytes)
}
