//! Maps from and to other maps and arrays.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, StructArray};
use arrow::datatypes::DataType as ArrowType;

use super::convert::{Convert, Options, converter as convert, list};
use crate::error::{Code, Error, Result};
use crate::functions::internal;
use crate::types::{DataType, map_pair};

/// The conversion; one of the types is a Map.
pub fn converter(from: &DataType, to: &DataType, options: &Options) -> Result<Convert> {
    // In memory a map is the array of its pairs.
    let pairs = |data_type: &DataType| match data_type {
        DataType::Map(key, value) => Some(map_pair(key, value)),
        _ => None,
    };
    match (from, to) {
        (DataType::Map(..), DataType::Map(..)) | (DataType::Map(..), DataType::Array(_)) => {
            let (from, wanted) = (pairs(from), pairs(to).or_else(|| item(to)));
            let (Some(from), Some(wanted)) = (from, wanted) else {
                return Err(unsupported(&DataType::Nothing, to));
            };
            list(by_place(&from, &wanted, options)?, &DataType::Array(Box::new(wanted)))
        }
        (DataType::Array(own), DataType::Map(..)) if is_pair(own) => {
            let wanted = pairs(to).ok_or_else(|| unsupported(from, to))?;
            list(by_place(own, &wanted, options)?, &DataType::Array(Box::new(wanted)))
        }
        (DataType::Tuple(elements), DataType::Map(key, value)) if elements.len() == 2 => {
            let column = |index: usize, item: &DataType| {
                let wanted = DataType::Array(Box::new(item.clone()));
                convert(&elements[index].data_type, &wanted, options)
            };
            let (keys, values) = (column(0, key)?, column(1, value)?);
            let map = to.clone();
            Ok(Box::new(move |array| {
                let tuple = array.as_struct();
                zipped(&keys(tuple.column(0))?, &values(tuple.column(1))?, &map)
            }))
        }
        _ => Err(unsupported(from, to)),
    }
}

fn item(data_type: &DataType) -> Option<DataType> {
    match data_type {
        DataType::Array(item) if is_pair(item) => Some((**item).clone()),
        _ => None,
    }
}

fn is_pair(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Tuple(elements) if elements.len() == 2)
}

/// Pairs to pairs; the names of their elements do not matter.
fn by_place(from: &DataType, to: &DataType, options: &Options) -> Result<Convert> {
    let unnamed = |data_type: &DataType| match data_type {
        DataType::Tuple(elements) => {
            let mut elements = elements.clone();
            elements.iter_mut().for_each(|element| element.name = None);
            DataType::Tuple(elements)
        }
        other => other.clone(),
    };
    let inner = convert(&unnamed(from), &unnamed(to), options)?;
    let arrow = to.arrow();
    Ok(Box::new(move |array| {
        Ok(crate::functions::udf::conform(inner(array)?, &arrow))
    }))
}

/// A map of an array of keys and one of values.
pub fn zipped(keys: &ArrayRef, values: &ArrayRef, map: &DataType) -> Result<ArrayRef> {
    let (keys, values) = (keys.as_list::<i32>(), values.as_list::<i32>());
    if !keys.offsets().lengths().eq(values.offsets().lengths()) {
        let message = "Keys and values of a Map must be arrays of the same size";
        return Err(Error::new(Code::SIZES_OF_ARRAYS_DONT_MATCH, message));
    }
    let (ArrowType::List(pair), ArrowType::List(_)) = (map.arrow(), keys.data_type()) else {
        unreachable!("a map is a list of pairs")
    };
    let ArrowType::Struct(fields) = pair.data_type().clone() else {
        unreachable!("a pair is a struct")
    };
    let inside = |list: &ListArray| {
        let (first, last) = (list.offsets()[0] as usize, list.offsets()[list.len()] as usize);
        list.values().slice(first, last - first)
    };
    let columns = [inside(keys), inside(values)].into_iter().zip(&fields);
    let columns = columns.map(|(column, field)| crate::functions::udf::conform(column, field.data_type()));
    let pairs = StructArray::try_new(fields.clone(), columns.collect(), None).map_err(internal)?;
    let offsets = arrow::buffer::OffsetBuffer::from_lengths(keys.offsets().lengths());
    let list = ListArray::try_new(pair, offsets, Arc::new(pairs), None).map_err(internal)?;
    Ok(Arc::new(list))
}

fn unsupported(from: &DataType, to: &DataType) -> Error {
    let message = format!("Unsupported types to CAST AS Map. Left type: {from}, right type: {to}");
    Error::new(Code::TYPE_MISMATCH, message)
}
