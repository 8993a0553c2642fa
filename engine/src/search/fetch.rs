//! The columns of the nearest rows: few rows, all over the parts, put in the order of the answer.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, UInt32Array, new_empty_array};
use arrow::compute::{interleave, take};
use arrow::datatypes::{FieldRef, Schema};

use super::part::Near;
use crate::error::Result;
use crate::progress::Progress;
use crate::table::prune::PartRows;

/// One array per column, row by row as in `near`.
pub fn fetch(columns: &[FieldRef], parts: &[PartRows], near: &[Near], progress: &Progress) -> Result<Vec<ArrayRef>> {
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    if near.is_empty() {
        let empty = |field: &FieldRef| new_empty_array(field.data_type());
        return Ok(columns.iter().map(empty).collect());
    }
    let columns = Arc::new(Schema::new(columns.to_vec()));
    let mut batches = Vec::new();
    let mut places = vec![(0, 0); near.len()];
    for (place, part) in parts.iter().enumerate() {
        let mut wanted: Vec<(u32, usize)> = near
            .iter()
            .enumerate()
            .filter(|(_, near)| near.part == place)
            .map(|(at, near)| (near.row, at))
            .collect();
        if wanted.is_empty() {
            continue;
        }
        wanted.sort_unstable();
        let rows: Vec<u32> = wanted.iter().map(|(row, _)| *row).collect();
        let batch = part.read_some(&columns, &rows)?;
        progress.add_read(batch.num_rows() as u64, batch.get_array_memory_size() as u64);
        wanted
            .iter()
            .enumerate()
            .for_each(|(at, (_, to))| places[*to] = (batches.len(), at));
        batches.push(batch);
    }
    (0..columns.fields().len())
        .map(|column| {
            let arrays: Vec<&dyn Array> = batches.iter().map(|batch| batch.column(column).as_ref()).collect();
            Ok(match arrays.as_slice() {
                [one] => {
                    let rows: UInt32Array = places.iter().map(|(_, row)| *row as u32).collect();
                    take(*one, &rows, None)?
                }
                arrays => interleave(arrays, &places)?,
            })
        })
        .collect()
}
