//! Functions of maps, and `map[key]`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, StructArray, UInt8Array, UInt32Array, make_comparator};
use arrow::compute::{SortOptions, concat, take};
use arrow::datatypes::DataType as ArrowType;

use super::arrays::lists::{elements, select};
use super::casts;
use super::function::{ANY, Argument, Bound, Function, illegal, row_of};
use super::{internal, supertype};
use crate::error::{Code, Error, Result};
use crate::types::{DataType, check_key};

/// See [`super::FOLDERS`].
pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("map", (0, ANY), "A map of keys and values in turn", |arguments, _| {
        map(arguments)
    })
    .own_nulls(),
    Function::new(
        "mapFromArrays",
        (2, 2),
        "A map of an array of keys and one of values",
        |arguments, _| from_arrays(arguments),
    )
    .aliases(&["MAP_FROM_ARRAYS"]),
    Function::new("mapKeys", (1, 1), "The keys of a map", |arguments, _| {
        column(arguments, "mapKeys", 0)
    }),
    Function::new("mapValues", (1, 1), "The values of a map", |arguments, _| {
        column(arguments, "mapValues", 1)
    }),
    Function::new("mapContainsKey", (2, 2), "Whether a map has a key", |arguments, _| {
        contains(arguments, "mapContainsKey", 0)
    })
    .aliases(&["mapContains"]),
    Function::new(
        "mapContainsValue",
        (2, 2),
        "Whether a map has a value",
        |arguments, _| contains(arguments, "mapContainsValue", 1),
    ),
    Function::new("mapConcat", (1, ANY), "One map of the pairs of all", |arguments, _| {
        merged(arguments, "mapConcat", false)
    }),
    Function::new(
        "mapUpdate",
        (2, 2),
        "The first map with the values of the second for its keys",
        |arguments, _| merged(arguments, "mapUpdate", true),
    ),
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

/// The field of a map's pairs.
fn pair_field(map: &DataType) -> arrow::datatypes::FieldRef {
    match map.arrow() {
        ArrowType::List(field) => field,
        _ => unreachable!("a map is a list of pairs"),
    }
}

fn map(arguments: &[Argument]) -> Result<Bound> {
    if arguments.len() % 2 == 1 {
        let count = arguments.len();
        let message = format!("Function map requires even number of arguments, but {count} given");
        return Err(Error::new(Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH, message));
    }
    let every_other = |first: usize| -> Vec<DataType> {
        let chosen = arguments.iter().skip(first).step_by(2);
        chosen.map(|argument| argument.data_type.clone()).collect()
    };
    let (key, value) = (supertype(&every_other(0))?, supertype(&every_other(1))?);
    check_key(&key)?;
    let types = (0..arguments.len()).map(|index| if index % 2 == 0 { key.clone() } else { value.clone() });
    let types: Vec<DataType> = types.collect();
    let result = DataType::Map(Box::new(key), Box::new(value));
    let shown = result.clone();
    Ok(Bound::kernel(result, types, move |arrays, rows| {
        let field = pair_field(&shown);
        let ArrowType::Struct(fields) = field.data_type() else {
            unreachable!("a pair is a struct")
        };
        let width = arrays.len() / 2;
        let order = (0..rows).flat_map(|row| (0..width).map(move |pair| (pair * rows + row) as u32));
        let order: UInt32Array = order.collect();
        let column = |first: usize| -> Result<ArrayRef> {
            let chosen: Vec<&dyn Array> = arrays.iter().skip(first).step_by(2).map(AsRef::as_ref).collect();
            match chosen.is_empty() {
                true => Ok(arrow::array::new_empty_array(fields[first].data_type())),
                false => take(&concat(&chosen).map_err(internal)?, &order, None).map_err(internal),
            }
        };
        let columns = vec![column(0)?, column(1)?];
        let pairs = StructArray::try_new(fields.clone(), columns, None).map_err(internal)?;
        let offsets = arrow::buffer::OffsetBuffer::from_lengths(std::iter::repeat_n(width, rows));
        let list = ListArray::try_new(field.clone(), offsets, Arc::new(pairs), None);
        Ok(Arc::new(list.map_err(internal)?) as ArrayRef)
    }))
}

fn from_arrays(arguments: &[Argument]) -> Result<Bound> {
    let (DataType::Array(key), DataType::Array(value)) = (&arguments[0].data_type, &arguments[1].data_type) else {
        return Err(illegal(format!(
            "Arguments of function mapFromArrays must be arrays, got {} and {}",
            arguments[0].data_type, arguments[1].data_type
        )));
    };
    check_key(key)?;
    let result = DataType::Map(key.clone(), value.clone());
    let types = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    Ok(Bound::kernel(result.clone(), types, move |arrays, _| {
        casts::zipped(&arrays[0], &arrays[1], &result)
    }))
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

/// For each row the place among all pairs of the first that has the wanted key, or value.
fn places(list: &ListArray, wanted: &ArrayRef, place: usize, rows: usize) -> Result<Vec<Option<usize>>> {
    let known = pairs(list).column(place);
    let equal = make_comparator(known, wanted, SortOptions::default()).map_err(internal)?;
    let find = |row: usize| {
        let wanted_row = row_of(wanted, row);
        elements(list, row).find(|at| equal(*at, wanted_row).is_eq())
    };
    Ok((0..rows).map(find).collect())
}

/// The type as which a key is looked up, if keys of a map can be equal to it.
fn lookup_type(key: &DataType, wanted: &DataType) -> Option<DataType> {
    let key = key.strip_low_cardinality();
    let is_text = |each: &DataType| each.is_string_or_fixed_string();
    let is_integer = |each: &DataType| each.is_integer() || each.is_big_integer();
    let fits = is_text(&key) && is_text(wanted) || is_integer(&key) && is_integer(wanted);
    (fits || key == *wanted && !key.is_float()).then_some(key)
}

fn contains(arguments: &[Argument], name: &str, place: usize) -> Result<Bound> {
    let (key, value) = map_of(&arguments[0], name)?;
    let wanted = [key, value][place].bare().clone();
    Ok(Bound::compact(
        DataType::UInt8,
        vec![arguments[0].data_type.clone(), wanted],
        move |arrays, rows| {
            let places = places(arrays[0].as_list::<i32>(), &arrays[1], place, rows)?;
            let found = places.into_iter().map(|place| u8::from(place.is_some()));
            Ok(Arc::new(UInt8Array::from_iter_values(found)) as ArrayRef)
        },
    ))
}

/// `map[key]`: the key's value, or the default of its type.
pub(super) fn element(arguments: &[Argument], name: &str) -> Result<Bound> {
    let (key, value) = map_of(&arguments[0], name)?;
    let wanted = lookup_type(key, &arguments[1].data_type).ok_or_else(|| {
        let (map, other) = (&arguments[0].data_type, &arguments[1].data_type);
        illegal(format!(
            "Illegal types of arguments: {map}, {other} for function {name}"
        ))
    })?;
    let default = value.default_scalar();
    Ok(Bound::compact(
        value.strip_low_cardinality(),
        vec![arguments[0].data_type.clone(), wanted],
        move |arrays, rows| {
            let list = arrays[0].as_list::<i32>();
            let values = pairs(list).column(1);
            let outside = values.len();
            let places = places(list, &arrays[1], 0, rows)?.into_iter();
            let places = places.map(|place| place.unwrap_or(outside) as u32);
            let default = default.to_array().map_err(internal)?;
            let default = crate::functions::udf::conform(default, values.data_type());
            let all = concat(&[values.as_ref(), default.as_ref()]).map_err(internal)?;
            take(&all, &UInt32Array::from_iter_values(places), None).map_err(internal)
        },
    ))
}

/// The pairs of several maps; with `replace` a later pair takes the place of an earlier one with its key.
fn merged(arguments: &[Argument], name: &str, replace: bool) -> Result<Bound> {
    for argument in arguments {
        map_of(argument, name)?;
    }
    let types: Vec<DataType> = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    let result = supertype(&types)?;
    let field = pair_field(&result);
    let types = vec![result.clone(); arguments.len()];
    Ok(Bound::kernel(result, types, move |arrays, rows| {
        let lists: Vec<&ListArray> = arrays.iter().map(|array| array.as_list::<i32>()).collect();
        let values: Vec<&dyn Array> = lists.iter().map(|list| list.values().as_ref()).collect();
        let all = concat(&values).map_err(internal)?;
        let starts: Vec<usize> = lists
            .iter()
            .scan(0, |start, list| {
                let own = *start;
                *start += list.values().len();
                Some(own)
            })
            .collect();
        let keys = all.as_struct().column(0).clone();
        let equal = make_comparator(&keys, &keys, SortOptions::default()).map_err(internal)?;
        select(&all, &field, rows, |row, chosen| {
            let first = chosen.len();
            for (list, start) in lists.iter().zip(&starts) {
                for at in elements(list, row).map(|at| at + start) {
                    let known = (first..chosen.len())
                        .find(|place| replace && chosen[*place].is_some_and(|known| equal(known as usize, at).is_eq()));
                    match known {
                        Some(place) => chosen[place] = Some(at as u32),
                        None => chosen.push(Some(at as u32)),
                    }
                }
            }
            Ok(())
        })
    }))
}
