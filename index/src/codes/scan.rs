//! The scan over the codes of a sub-index.

use super::Lookup;
use super::layout::Layout;
use super::lookup::Tables;
use crate::RowSet;
use crate::kernels::{BLOCK_ROWS, KeyTerms, Level, level};
use std::ops::Range;

/// Rows that are worth a visit: their vectors can be asked for together.
const ROWS_PER_VISIT: usize = 8;

/// The codes of a sub-index, in bytes as [`super::encode()`] makes them; they may lie in a mapped file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Codes<'a> {
    layout: Layout,
    centre: &'a [u8],
    blocks: &'a [u8],
}

impl<'a> Codes<'a> {
    /// None if the bytes are not of the length that codes of so many rows have. Their values are not looked at: wrong ones
    /// make a scan pass the wrong rows, no more.
    pub(crate) fn new(bytes: &'a [u8], rows: usize, dimensions: usize) -> Option<Self> {
        let layout = Layout::new(rows, dimensions)?;
        if bytes.len() != layout.bytes {
            return None;
        }
        let (centre, blocks) = bytes.split_at(layout.code_bytes());
        Some(Self { layout, centre, blocks })
    }

    /// Visits the allowed rows of a range whose lower bound is not above a bound, or not a number: ascending, each once.
    ///
    /// `visit` takes the next of them, one to 39, and gives the bound for rows to come: best the key of the last of the
    /// nearest so far. `bound` is for the rows before its first answer. Rows of several blocks are gathered, so that all
    /// their vectors can be asked for before the first is compared. Gives how many rows' codes were looked at. Panics if the lookup has other dimensions.
    pub(crate) fn scan(
        &self,
        lookup: &Lookup,
        rows: Range<u32>,
        allowed: Option<&RowSet>,
        bound: f32,
        mut visit: impl FnMut(&[u32]) -> f32,
    ) -> u64 {
        assert_eq!(
            lookup.dimensions(),
            self.layout.dimensions,
            "the reference vector has the dimensions of the rows"
        );
        let rows = rows.start..rows.end.min(self.layout.rows as u32);
        let blocks = rows.start as usize / BLOCK_ROWS..(rows.end as usize).div_ceil(BLOCK_ROWS);
        let (level, (tables, terms)) = (level(), lookup.prepare(self.centre));
        let mut bound = bound;
        let mut passed = [0; ROWS_PER_VISIT + BLOCK_ROWS];
        let (mut count, mut looked_at) = (0, 0);
        for at in blocks {
            let wanted = within(&rows, at) & allowed.map_or(u32::MAX, |allowed| allowed.word(at));
            if wanted == 0 {
                continue;
            }
            looked_at += BLOCK_ROWS as u64;
            let mut passing = wanted & self.passing(level, &tables, &terms, at, bound);
            while passing != 0 {
                passed[count] = (at * BLOCK_ROWS) as u32 + passing.trailing_zeros();
                count += 1;
                passing &= passing - 1;
            }
            if count >= ROWS_PER_VISIT {
                bound = visit(&passed[..count]);
                count = 0;
            }
        }
        if count > 0 {
            visit(&passed[..count]);
        }
        looked_at
    }

    /// Which rows of a block have a lower bound that is not above `bound`: bit i for row i.
    #[inline]
    fn passing(&self, level: &Level, tables: &Tables<'_>, terms: &KeyTerms, at: usize, bound: f32) -> u32 {
        let (codes, factors) = self.block(at);
        let sums = tables.sums(level, codes);
        // SAFETY: `level()` gives out what this machine can run.
        unsafe { (level.passing)(&sums, factors, terms, bound) }
    }

    /// Codes and factors of a block.
    #[inline]
    fn block(&self, at: usize) -> (&'a [u8], &'a [u8]) {
        let from = at * self.layout.block_bytes();
        self.blocks[from..from + self.layout.block_bytes()].split_at(self.layout.code_bytes())
    }
}

/// The rows of a block that fall into a range that it meets, as bits.
fn within(rows: &Range<u32>, block: usize) -> u32 {
    let first = (block * BLOCK_ROWS) as u32;
    let from = rows.start.saturating_sub(first);
    let until = (rows.end - first).min(BLOCK_ROWS as u32);
    u32::MAX << from & u32::MAX >> (BLOCK_ROWS as u32 - until)
}
