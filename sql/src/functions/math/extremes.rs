//! `greatest` and `least`.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array, make_comparator};
use arrow::compute::{SortOptions, concat, take};
use arrow::datatypes::{DataType as ArrowType, Float32Type, Float64Type};

use crate::error::Result;
use crate::functions::floats::{Nan, ordered};
use crate::functions::function::{ANY, Argument, Bound, Function};
use crate::functions::{internal, supertype};
use crate::types::DataType;

pub const GREATEST: Function = Function::new(
    "greatest",
    (1, ANY),
    "The greatest argument; NULL does not count",
    |arguments, _| bind(arguments, Ordering::Greater),
)
.any_case()
.own_nulls();
pub const LEAST: Function = Function::new(
    "least",
    (1, ANY),
    "The least argument; NULL does not count",
    |arguments, _| bind(arguments, Ordering::Less),
)
.any_case()
.own_nulls();

fn bind(arguments: &[Argument], better: Ordering) -> Result<Bound> {
    let types: Vec<DataType> = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    let common = supertype(&types)?;
    Ok(Bound::kernel(
        common.clone(),
        vec![common; types.len()],
        move |arrays, rows| best(arrays, rows, better),
    ))
}

fn best(arrays: &[ArrayRef], rows: usize, better: Ordering) -> Result<ArrayRef> {
    let columns: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
    let all = concat(&columns).map_err(internal)?;
    let nan = if better == Ordering::Greater {
        Nan::Least
    } else {
        Nan::Greatest
    };
    let keys = ordered(&all, nan);
    let compare = make_comparator(&keys, &keys, SortOptions::default()).map_err(internal)?;
    // Of two arguments the second is the answer unless the first is better, which NaN is not.
    let second_of_two = |row: usize| match (arrays, all.data_type()) {
        ([_, _], ArrowType::Float32 | ArrowType::Float64) => {
            compare(row, rows + row) != better || is_nan(&all, rows + row)
        }
        _ => false,
    };
    let nulls = all.logical_nulls();
    let present = |index: &usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(*index));
    let choice = |row: usize| {
        if second_of_two(row) && present(&row) && present(&(rows + row)) {
            return (rows + row) as u32;
        }
        let candidates = (0..arrays.len()).map(|column| column * rows + row).filter(present);
        candidates
            .reduce(|best, index| if compare(index, best) == better { index } else { best })
            .unwrap_or(row) as u32
    };
    take(&all, &UInt32Array::from_iter_values((0..rows).map(choice)), None).map_err(internal)
}

fn is_nan(floats: &ArrayRef, index: usize) -> bool {
    match floats.as_primitive_opt::<Float64Type>() {
        Some(values) => values.value(index).is_nan(),
        None => floats.as_primitive::<Float32Type>().value(index).is_nan(),
    }
}
