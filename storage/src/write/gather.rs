//! Picking rows of a batch in the order in which they are stored.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, PrimitiveArray, RecordBatch, UInt32Array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::take;
use arrow::datatypes::{ArrowPrimitiveType, DataType, Float32Type, Float64Type, UInt16Type};

use super::vectors::constant_length;
use crate::survivors::replaced_in_block;
use crate::{Replacement, Result};

/// The rows of a batch that go to one part, in stored order.
pub(crate) enum Order {
    /// All of them, as they are.
    AsGiven,
    /// These, in this order.
    Picked(Vec<u32>),
}

impl Order {
    /// How many rows of a batch of `rows` rows.
    pub fn len(&self, rows: usize) -> usize {
        match self {
            Order::AsGiven => rows,
            Order::Picked(picked) => picked.len(),
        }
    }

    /// Those of the rows that stay when keys are replaced.
    pub fn replaced(self, batch: &RecordBatch, keys: &[ArrayRef], rule: &Replacement) -> Result<Order> {
        let rows = match self {
            Order::AsGiven => (0..batch.num_rows() as u32).collect(),
            Order::Picked(rows) => rows,
        };
        let all = rows.len();
        let left = replaced_in_block(batch, keys, rows, rule)?;
        // All of them, as they lie in the batch.
        let as_given = left.len() == all && all == batch.num_rows() && left.is_sorted();
        Ok(if as_given { Order::AsGiven } else { Order::Picked(left) })
    }

    /// `length` rows from `start` on, out of a column.
    pub fn column(&self, column: &ArrayRef, start: usize, length: usize) -> Result<ArrayRef> {
        match self {
            Order::AsGiven => Ok(column.slice(start, length)),
            Order::Picked(picked) => pick(column, &picked[start..start + length]),
        }
    }

    /// `length` rows from `start` on, out of a batch.
    pub fn batch(&self, batch: &RecordBatch, start: usize, length: usize) -> Result<RecordBatch> {
        if let Order::AsGiven = self {
            return Ok(batch.slice(start, length));
        }
        let columns = batch.columns().iter().map(|column| self.column(column, start, length));
        Ok(RecordBatch::try_new(batch.schema(), columns.collect::<Result<_>>()?)?)
    }
}

fn pick(column: &ArrayRef, rows: &[u32]) -> Result<ArrayRef> {
    match constant_length(column).filter(|_| is_vectors(column)) {
        Some(length) => Ok(pick_vectors(column.as_list(), length, rows)),
        None => Ok(take(column, &UInt32Array::from(rows.to_vec()), None)?),
    }
}

fn is_vectors(column: &ArrayRef) -> bool {
    let DataType::List(item) = column.data_type() else {
        return false;
    };
    matches!(
        item.data_type(),
        DataType::Float32 | DataType::Float64 | DataType::UInt16
    ) && column.as_list::<i32>().values().null_count() == 0
}

/// Arrow's `take` gathers lists number by number; vectors are copied whole.
fn pick_vectors(list: &ListArray, length: usize, rows: &[u32]) -> ArrayRef {
    let DataType::List(item) = list.data_type() else {
        unreachable!("a list array has a list type")
    };
    let first = list.offsets()[0] as usize;
    let values: ArrayRef = match item.data_type() {
        DataType::Float32 => pick_numbers::<Float32Type>(list.values(), first, length, rows),
        DataType::Float64 => pick_numbers::<Float64Type>(list.values(), first, length, rows),
        DataType::UInt16 => pick_numbers::<UInt16Type>(list.values(), first, length, rows),
        _ => unreachable!("only lists of floats are taken for vectors"),
    };
    let offsets = OffsetBuffer::from_repeated_length(length, rows.len());
    Arc::new(ListArray::new(item.clone(), offsets, values, None))
}

fn pick_numbers<T: ArrowPrimitiveType>(values: &ArrayRef, first: usize, length: usize, rows: &[u32]) -> ArrayRef {
    let numbers = values.as_primitive::<T>().values();
    let mut picked: Vec<T::Native> = Vec::with_capacity(rows.len() * length);
    for row in rows {
        picked.extend_from_slice(&numbers[first + *row as usize * length..][..length]);
    }
    Arc::new(PrimitiveArray::<T>::new(picked.into(), None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_picked_from_a_slice() {
        let lists = (0..5).map(|row| Some((0..3).map(|i| Some((row * 10 + i) as f32)).collect::<Vec<_>>()));
        let list: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Float32Type, _, _>(lists));
        let sliced = list.slice(1, 4);
        let picked = pick(&sliced, &[3, 0, 0]).unwrap();
        let expected = take(&sliced, &UInt32Array::from(vec![3, 0, 0]), None).unwrap();
        assert_eq!(&picked, &expected);
    }
}
