//! Functions of maps, and `map['key']`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, StructArray, UInt8Array, UInt32Array};
use arrow::compute::{concat, take};

use super::arrays::lists::elements;
use super::function::{Argument, Bound, Function, illegal};
use super::internal;
use crate::error::Result;
use crate::types::DataType;

/// See [`super::FOLDERS`].
pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("mapKeys", (1, 1), "The keys of a map", |arguments, _| {
        column(arguments, "mapKeys", 0)
    }),
    Function::new("mapValues", (1, 1), "The values of a map", |arguments, _| {
        column(arguments, "mapValues", 1)
    }),
    Function::new("mapContainsKey", (2, 2), "Whether a map has a key", |arguments, _| {
        contains(arguments)
    })
    .aliases(&["mapContains"]),
];

fn map_of<'a>(argument: &'a Argument, name: &str) -> Result<(&'a DataType, &'a DataType)> {
    match &argument.data_type {
        DataType::Map(key, value) => Ok((key, value)),
        other => Err(illegal(format!(
            "First argument for function {name} must be a map, got {other} instead"
        ))),
    }
}

fn pairs(list: &ListArray) -> &StructArray {
    list.values().as_struct()
}

/// All keys, or all values.
fn column(arguments: &[Argument], name: &str, place: usize) -> Result<Bound> {
    let (key, value) = map_of(&arguments[0], name)?;
    let item = [key, value][place].strip_low_cardinality();
    let field = item.item_field();
    let result = DataType::Array(Box::new(item));
    Ok(Bound::kernel(
        result,
        vec![arguments[0].data_type.clone()],
        move |arrays, _| {
            let list = arrays[0].as_list::<i32>();
            let column = pairs(list).column(place).clone();
            let lists = ListArray::try_new(field.clone(), list.offsets().clone(), column, None);
            Ok(Arc::new(lists.map_err(internal)?) as ArrayRef)
        },
    ))
}

/// Where the key of a row is among all pairs.
fn find(list: &ListArray, keys: &ArrayRef, row: usize) -> Option<usize> {
    let keys = keys.as_binary::<i32>();
    let wanted = keys.value(if keys.len() == 1 { 0 } else { row });
    let known = pairs(list).column(0).as_binary::<i32>();
    elements(list, row).find(|at| known.value(*at) == wanted)
}

fn contains(arguments: &[Argument]) -> Result<Bound> {
    map_of(&arguments[0], "mapContainsKey")?;
    Ok(Bound::compact(
        DataType::UInt8,
        vec![arguments[0].data_type.clone(), DataType::String],
        |arrays, rows| {
            let list = arrays[0].as_list::<i32>();
            let found = (0..rows).map(|row| u8::from(find(list, &arrays[1], row).is_some()));
            Ok(Arc::new(UInt8Array::from_iter_values(found)) as ArrayRef)
        },
    ))
}

/// `map[key]`: the key's value, or the default of its type.
pub(super) fn element(arguments: &[Argument], name: &str) -> Result<Bound> {
    let (_, value) = map_of(&arguments[0], name)?;
    if !arguments[1].data_type.is_string_or_fixed_string() {
        return Err(illegal(format!(
            "Illegal type of key for function {name}: {}, a map with keys of type String was given",
            arguments[1].data_type
        )));
    }
    let default = value.default_scalar();
    Ok(Bound::compact(
        value.strip_low_cardinality(),
        vec![arguments[0].data_type.clone(), DataType::String],
        move |arrays, rows| {
            let list = arrays[0].as_list::<i32>();
            let values = pairs(list).column(1);
            let outside = values.len();
            let places = (0..rows).map(|row| find(list, &arrays[1], row).unwrap_or(outside) as u32);
            let default = default.to_array().map_err(internal)?;
            let all = concat(&[values.as_ref(), default.as_ref()]).map_err(internal)?;
            take(&all, &UInt32Array::from_iter_values(places), None).map_err(internal)
        },
    ))
}
