//! `arraySort` and `arrayReverseSort`: NULL comes last, NaN before it.

use std::cmp::Ordering;

use arrow::array::{Array, ArrayRef, AsArray, make_comparator};
use arrow::compute::SortOptions;
use arrow::datatypes::{DataType as ArrowType, Float32Type, Float64Type};

use super::lists::{elements, item, select};
use crate::error::Result;
use crate::functions::floats::{Nan, ordered};
use crate::functions::function::{Argument, Bound, Function};
use crate::functions::internal;

pub const SORT: Function = Function::new("arraySort", (1, 1), "The array in ascending order", |arguments, _| {
    sort(arguments, "arraySort", false)
});
pub const REVERSE_SORT: Function = Function::new(
    "arrayReverseSort",
    (1, 1),
    "The array in descending order",
    |arguments, _| sort(arguments, "arrayReverseSort", true),
);
/// Not in the registry: the first array in the order of the second, for `arraySort(lambda, …)`.
pub static SORT_BY: Function = Function::new("arraySort", (2, 2), "The array in the order of keys", |arguments, _| {
    sort(arguments, "arraySort", false)
})
.own_nulls();
/// See [`SORT_BY`].
pub static REVERSE_SORT_BY: Function = Function::new(
    "arrayReverseSort",
    (2, 2),
    "The array in the descending order of keys",
    |arguments, _| sort(arguments, "arrayReverseSort", true),
)
.own_nulls();

/// Sorts the first argument by the last.
fn sort(arguments: &[Argument], name: &str, descending: bool) -> Result<Bound> {
    let field = item(&arguments[0], name, 0)?.item_field();
    let result = arguments[0].data_type.clone();
    let types = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    Ok(Bound::kernel(result, types, move |arrays, rows| {
        let list = arrays[0].as_list::<i32>();
        let keys = arrays[arrays.len() - 1].as_list::<i32>();
        let options = SortOptions {
            descending,
            nulls_first: false,
        };
        let comparable = ordered(keys.values(), Nan::Greatest);
        let compare = make_comparator(&comparable, &comparable, options).map_err(internal)?;
        let last = last_place(keys.values());
        select(list.values(), &field, rows, |row, indices| {
            let (own, keys) = (elements(list, row), elements(keys, row));
            let mut order: Vec<usize> = (0..own.len()).collect();
            order.sort_by(|a, b| {
                let (a, b) = (keys.start + a, keys.start + b);
                match last(a).cmp(&last(b)) {
                    Ordering::Equal => compare(a, b),
                    different => different,
                }
            });
            indices.extend(order.into_iter().map(|index| Some((own.start + index) as u32)));
            Ok(())
        })
    }))
}

/// 0 for ordinary values, 1 for NaN, 2 for NULL.
fn last_place(values: &ArrayRef) -> impl Fn(usize) -> u8 {
    let nulls = values.logical_nulls();
    let nan: Vec<bool> = match values.data_type() {
        ArrowType::Float32 => values
            .as_primitive::<Float32Type>()
            .values()
            .iter()
            .map(|value| value.is_nan())
            .collect(),
        ArrowType::Float64 => values
            .as_primitive::<Float64Type>()
            .values()
            .iter()
            .map(|value| value.is_nan())
            .collect(),
        _ => Vec::new(),
    };
    move |index| match nulls.as_ref().is_some_and(|nulls| nulls.is_null(index)) {
        true => 2,
        false => u8::from(nan.get(index).copied().unwrap_or(false)),
    }
}
