//! NULLs on their way out: a byte for each value says whether it is one, and under it stands a zero or
//! the type's default.

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray, Scalar, make_array};
use gristmill_sql::Result;
use gristmill_sql::types::{DataType, default_column};

/// Calls `take` with each value; a NULL is zero.
pub(super) fn each<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>, mut take: impl FnMut(T::Native)) {
    match array.nulls().filter(|nulls| nulls.null_count() > 0) {
        None => array.values().iter().for_each(|value| take(*value)),
        Some(nulls) => {
            let values = array.values().iter().zip(nulls.iter());
            values.for_each(|(value, present)| take(if present { *value } else { T::Native::default() }));
        }
    }
}

/// A byte for each value: 1 for NULL.
pub(super) fn write_map(array: &ArrayRef, out: &mut Vec<u8>) {
    match array.logical_nulls().filter(|nulls| nulls.null_count() > 0) {
        None => out.resize(out.len() + array.len(), 0),
        Some(nulls) => out.extend(nulls.iter().map(|present| u8::from(!present))),
    }
}

/// The array with the type's default for each NULL.
pub(super) fn filled(array: &ArrayRef, data_type: &DataType) -> Result<ArrayRef> {
    if array.null_count() == 0 || array.data_type().is_null() {
        return Ok(array.clone());
    }
    let default = Scalar::new(default_column(data_type, 1));
    let present = arrow::compute::is_not_null(array)?;
    let filled = arrow::compute::kernels::zip::zip(&present, array, &default)?;
    // The kernel keeps a buffer of NULLs that are none any more.
    Ok(make_array(filled.to_data().into_builder().nulls(None).build()?))
}
