//! Rows that were deleted, in columns that are written again: nothing is computed from them, so they get values of another
//! row.

use std::collections::VecDeque;
use std::ops::Range;

use arrow::array::{ArrayRef, UInt32Array};
use arrow::compute::concat;

use crate::{Result, RowRanges};

/// Rows that are handed on together at most.
const BATCH_ROWS_MAX: u64 = 8192;

/// Puts values between those of the rows that are left, where rows were deleted.
pub(crate) struct Gaps {
    /// One row.
    filler: Vec<ArrayRef>,
    /// The rows that are left and have not come yet.
    alive: VecDeque<Range<u64>>,
    /// The row that is next in the part, and the end of the part.
    rows: Range<u64>,
}

impl Gaps {
    pub fn new(filler: Vec<ArrayRef>, alive: &RowRanges, rows: u64) -> Gaps {
        Gaps {
            filler,
            alive: alive.iter().collect(),
            rows: 0..rows,
        }
    }

    /// Hands on the next rows that are left, and those that were deleted before them.
    pub fn fill(&mut self, columns: &[ArrayRef], take: &mut impl FnMut(&[ArrayRef]) -> Result<()>) -> Result<()> {
        let count = columns.first().map_or(0, |column| column.len()) as u32;
        let mut places: Vec<u32> = Vec::new();
        for place in 0..count {
            let range = self.alive.front_mut().expect("as many rows are read as are left");
            let row = range.start;
            range.start += 1;
            if range.is_empty() {
                self.alive.pop_front();
            }
            while self.rows.start < row {
                places.push(count);
                self.rows.start += 1;
                self.hand_on(columns, &mut places, BATCH_ROWS_MAX, take)?;
            }
            places.push(place);
            self.rows.start += 1;
        }
        self.hand_on(columns, &mut places, 1, take)
    }

    /// Hands on what was deleted behind the last row that is left.
    pub fn fill_end(&mut self, take: &mut impl FnMut(&[ArrayRef]) -> Result<()>) -> Result<()> {
        let none: Vec<ArrayRef> = self.filler.iter().map(|filler| filler.slice(0, 0)).collect();
        let mut places = Vec::new();
        while !self.rows.is_empty() {
            places.push(0);
            self.rows.start += 1;
            self.hand_on(&none, &mut places, BATCH_ROWS_MAX, take)?;
        }
        self.hand_on(&none, &mut places, 1, take)
    }

    /// Rows by their place in the columns, where the filler is the last; if there are so many.
    fn hand_on(
        &self,
        columns: &[ArrayRef],
        places: &mut Vec<u32>,
        rows_min: u64,
        take: &mut impl FnMut(&[ArrayRef]) -> Result<()>,
    ) -> Result<()> {
        if (places.len() as u64) < rows_min {
            return Ok(());
        }
        let places = UInt32Array::from(std::mem::take(places));
        let column = |(column, filler): (&ArrayRef, &ArrayRef)| {
            let values = concat(&[column.as_ref(), filler.as_ref()])?;
            Ok(arrow::compute::take(&values, &places, None)?)
        };
        let columns = columns.iter().zip(&self.filler).map(column);
        take(&columns.collect::<Result<Vec<_>>>()?)
    }
}
