//! Rows of lists: which elements belong to a row, and lists made by choosing elements.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, UInt32Array};
use arrow::buffer::OffsetBuffer;
use arrow::compute::take;
use arrow::datatypes::FieldRef;

use crate::error::{Code, Error, Result};
use crate::functions::function::{Argument, illegal};
use crate::functions::internal;
use crate::types::DataType;

/// The elements of a row, as a range of the list's values. A constant list has one row.
pub fn elements(list: &ListArray, row: usize) -> Range<usize> {
    let row = if list.len() == 1 { 0 } else { row };
    list.offsets()[row] as usize..list.offsets()[row + 1] as usize
}

/// The list whose values begin with its first row and end with its last.
pub fn compacted(array: &ArrayRef) -> ListArray {
    let list = array.as_list::<i32>();
    let (first, last) = (list.offsets()[0] as usize, list.offsets()[list.len()] as usize);
    let arrow::datatypes::DataType::List(field) = list.data_type() else {
        unreachable!("it is a list")
    };
    let offsets = OffsetBuffer::from_lengths(list.offsets().lengths());
    ListArray::new(
        field.clone(),
        offsets,
        list.values().slice(first, last - first),
        list.nulls().cloned(),
    )
}

/// A list of chosen elements of `values`: `choose` appends the indices of each row, `None` for NULL.
pub fn select(
    values: &ArrayRef,
    field: &FieldRef,
    rows: usize,
    mut choose: impl FnMut(usize, &mut Vec<Option<u32>>) -> Result<()>,
) -> Result<ArrayRef> {
    let mut indices = Vec::with_capacity(values.len());
    let mut lengths = Vec::with_capacity(rows);
    for row in 0..rows {
        let before = indices.len();
        choose(row, &mut indices)?;
        lengths.push(indices.len() - before);
        if indices.len() > ELEMENTS_MAX {
            return Err(Error::new(
                Code::TOO_LARGE_ARRAY_SIZE,
                format!("More than {ELEMENTS_MAX} array elements in one block"),
            ));
        }
    }
    let values = take(values, &UInt32Array::from(indices), None).map_err(internal)?;
    build(values, field, lengths)
}

/// More elements in one block of rows than this are refused: offsets are 32 bits wide.
pub const ELEMENTS_MAX: usize = 1 << 30;

/// A list of these values with so many in each row.
pub fn build(values: ArrayRef, field: &FieldRef, lengths: Vec<usize>) -> Result<ArrayRef> {
    let values = crate::functions::udf::conform(values, field.data_type());
    ListArray::try_new(field.clone(), OffsetBuffer::from_lengths(lengths), values, None)
        .map(|list| Arc::new(list) as ArrayRef)
        .map_err(internal)
}

/// The element type of an argument that must be an array.
pub fn item<'a>(argument: &'a Argument, name: &str, position: usize) -> Result<&'a DataType> {
    match &argument.data_type {
        DataType::Array(item) => Ok(item),
        other => Err(illegal(format!(
            "Argument {position} for function {name} must be an array but it has type {other}"
        ))),
    }
}

/// Whether all lists of a row have the same number of elements.
pub fn check_sizes(lists: &[ListArray], name: &str) -> Result<()> {
    for (index, list) in lists.iter().enumerate().skip(1) {
        let pairs = lists[0].offsets().lengths().zip(list.offsets().lengths());
        if let Some((first, other)) = pairs.into_iter().find(|(first, other)| first != other) {
            return Err(Error::new(
                Code::SIZES_OF_ARRAYS_DONT_MATCH,
                format!(
                    "Arrays passed to {name} must have equal size. Argument {} has size {other} which differs with the size \
                     of another argument, {first}",
                    index + 2
                ),
            ));
        }
    }
    Ok(())
}
