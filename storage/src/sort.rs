//! ClickHouse's order of rows: ascending, NaN after all numbers, NULL after all values, equal keys as they came.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray};
use arrow::compute::SortOptions;
use arrow::datatypes::{ArrowPrimitiveType, DataType, Float32Type, Float64Type};
use arrow::row::{RowConverter, Rows, SortField};
use rayon::slice::ParallelSliceMut;

use crate::Result;

const ASCENDING: SortOptions = SortOptions {
    descending: false,
    nulls_first: false,
};

/// Floating-point keys with one NaN (the positive one, which Arrow orders last) and one zero; other arrays as they are.
pub(crate) fn normalize(key: &ArrayRef) -> ArrayRef {
    match key.data_type() {
        DataType::Float32 => {
            normalize_floats::<Float32Type>(key, |value| if value.is_nan() { f32::NAN } else { value + 0.0 })
        }
        DataType::Float64 => {
            normalize_floats::<Float64Type>(key, |value| if value.is_nan() { f64::NAN } else { value + 0.0 })
        }
        _ => key.clone(),
    }
}

fn normalize_floats<T: ArrowPrimitiveType>(key: &ArrayRef, one: impl Fn(T::Native) -> T::Native) -> ArrayRef {
    let floats: &PrimitiveArray<T> = key.as_primitive();
    Arc::new(floats.unary::<_, T>(one))
}

/// Bytes of a row's key that are compared without looking the row up.
const PREFIX_BYTES: usize = size_of::<u128>();

/// The order in which rows with these (normalized) keys are stored; `None` if they already are in order.
pub(crate) fn permutation(keys: &[ArrayRef]) -> Result<Option<Vec<u32>>> {
    if keys.is_empty() {
        return Ok(None);
    }
    let rows = comparable(keys)?;
    if rows.iter().is_sorted() {
        return Ok(None);
    }
    // Most comparisons end within the first bytes; kept beside the row number they spare a jump through memory.
    let mut order: Vec<(u128, u32)> = rows.iter().map(|row| prefix(row.as_ref())).zip(0..).collect();
    order.par_sort_unstable_by(|left, right| {
        let whole = || rows.row(left.1 as usize).cmp(&rows.row(right.1 as usize));
        left.0.cmp(&right.0).then_with(whole).then(left.1.cmp(&right.1))
    });
    Ok(Some(order.into_iter().map(|(_, row)| row).collect()))
}

/// The first bytes as a number that compares as they do; shorter keys count as zeros.
fn prefix(key: &[u8]) -> u128 {
    let mut bytes = [0; PREFIX_BYTES];
    let length = key.len().min(PREFIX_BYTES);
    bytes[..length].copy_from_slice(&key[..length]);
    u128::from_be_bytes(bytes)
}

/// Brings (normalized) keys of these types into a form whose bytes compare as rows do.
pub(crate) fn converter(keys: &[ArrayRef]) -> Result<RowConverter> {
    let field = |key: &ArrayRef| SortField::new_with_options(key.data_type().clone(), ASCENDING);
    Ok(RowConverter::new(keys.iter().map(field).collect())?)
}

fn comparable(keys: &[ArrayRef]) -> Result<Rows> {
    Ok(converter(keys)?.convert_columns(keys)?)
}

/// The smallest and the largest non-NULL value (two rows, NULL if there is none); NaN is above all numbers.
pub(crate) fn min_max(values: &ArrayRef) -> Result<ArrayRef> {
    let values = normalize(values);
    let rows = comparable(std::slice::from_ref(&values))?;
    let present = || (0..rows.num_rows()).filter(|row| values.is_valid(*row));
    let min = present().min_by_key(|row| rows.row(*row));
    let max = present().max_by_key(|row| rows.row(*row));
    let picked = arrow::array::UInt32Array::from(vec![min.map(|row| row as u32), max.map(|row| row as u32)]);
    Ok(arrow::compute::take(&values, &picked, None)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{BinaryArray, Float64Array, Int32Array};

    fn keys(arrays: Vec<ArrayRef>) -> Vec<ArrayRef> {
        arrays.iter().map(normalize).collect()
    }

    #[test]
    fn nan_comes_after_numbers_and_null_after_nan() {
        let key = Float64Array::from(vec![
            None,
            Some(-f64::NAN),
            Some(1.0),
            Some(f64::INFINITY),
            Some(-1.0),
            Some(f64::NAN),
        ]);
        let order = permutation(&keys(vec![Arc::new(key)])).unwrap().unwrap();
        assert_eq!(order, [4, 2, 3, 1, 5, 0]);
    }

    #[test]
    fn equal_keys_keep_their_order() {
        let first: ArrayRef = Arc::new(Int32Array::from(vec![2, 1, 2, 1, 2]));
        let zeros: ArrayRef = Arc::new(Float64Array::from(vec![0.0, -0.0, -0.0, 0.0, -1.0]));
        assert_eq!(
            permutation(&keys(vec![first, zeros])).unwrap().unwrap(),
            [1, 3, 4, 0, 2]
        );
    }

    #[test]
    fn bytes_compare_unsigned_and_by_prefix() {
        let key: ArrayRef = Arc::new(BinaryArray::from(vec![&b"b"[..], b"\xff", b"", b"ba"]));
        assert_eq!(permutation(&[key]).unwrap().unwrap(), [2, 0, 3, 1]);
    }

    #[test]
    fn rows_in_order_are_left_alone() {
        let key: ArrayRef = Arc::new(Int32Array::from(vec![Some(1), Some(1), Some(5), None]));
        assert!(permutation(&[key]).unwrap().is_none());
    }

    #[test]
    fn min_max_ignores_null() {
        let values: ArrayRef = Arc::new(Int32Array::from(vec![None, Some(3), Some(-1)]));
        assert_eq!(
            min_max(&values).unwrap().as_ref(),
            &Int32Array::from(vec![-1, 3]) as &dyn Array
        );
    }
}
