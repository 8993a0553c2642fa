//! The least and greatest value of each column of a result, for `extremes = 1`.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, make_comparator};
use arrow::compute::{SortOptions, concat};
use arrow::datatypes::{DataType, Float32Type, Float64Type};

use crate::error::Result;

/// What was seen so far.
#[derive(Default)]
pub struct Extremes {
    /// For each column its least and greatest value, as arrays of one row.
    columns: Vec<[ArrayRef; 2]>,
}

impl Extremes {
    /// Looks at a block that has rows.
    pub fn see(&mut self, batch: &RecordBatch) -> Result<()> {
        let first = self.columns.is_empty();
        for (place, column) in batch.columns().iter().enumerate() {
            let mut ends = [false, true].map(|is_greatest| (is_greatest, column.clone()));
            if !first {
                for (end, known) in ends.iter_mut().zip(&self.columns[place]) {
                    end.1 = concat(&[known, column])?;
                }
            }
            let [least, greatest] = ends.map(|(is_greatest, values)| end(&values, is_greatest));
            let ends = [least?, greatest?];
            match first {
                true => self.columns.push(ends),
                false => self.columns[place] = ends,
            }
        }
        Ok(())
    }

    /// A row of the least values and one of the greatest; `None` if there was no row.
    pub fn rows(&self) -> Result<Option<Vec<ArrayRef>>> {
        if self.columns.is_empty() {
            return Ok(None);
        }
        let both = |[least, greatest]: &[ArrayRef; 2]| Ok(concat(&[least, greatest])?);
        self.columns.iter().map(both).collect::<Result<_>>().map(Some)
    }
}

/// The least or greatest value that is neither NULL nor NaN, else NaN, else NULL.
fn end(values: &ArrayRef, is_greatest: bool) -> Result<ArrayRef> {
    let options = SortOptions {
        descending: is_greatest,
        nulls_first: false,
    };
    let order = make_comparator(values, values, options)?;
    let known = (0..values.len()).filter(|row| values.is_valid(*row));
    let numbers = known.clone().filter(|row| !is_nan(values, *row));
    let best = numbers.min_by(|left, right| order(*left, *right));
    let best = best.or_else(|| known.clone().next()).unwrap_or(0);
    Ok(values.slice(best, 1))
}

fn is_nan(values: &ArrayRef, row: usize) -> bool {
    match values.data_type() {
        DataType::Float32 => values.as_primitive::<Float32Type>().value(row).is_nan(),
        DataType::Float64 => values.as_primitive::<Float64Type>().value(row).is_nan(),
        _ => false,
    }
}
