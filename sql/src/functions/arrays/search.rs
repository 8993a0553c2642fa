//! Elements looked for in arrays.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, UInt8Array, UInt64Array, make_comparator};
use arrow::compute::SortOptions;
use arrow::row::{RowConverter, Rows, SortField};

use super::lists::{elements, item};
use crate::error::Result;
use crate::functions::function::{Argument, Bound, Function, illegal, row_of};
use crate::functions::{internal, supertype};
use crate::types::DataType;

pub const HAS: Function = Function::new("has", (2, 2), "Whether the array has the element", |arguments, _| {
    find(arguments, "has", DataType::UInt8, |found| {
        u64::from(found.next().is_some())
    })
})
.own_nulls();
pub const INDEX_OF: Function = Function::new(
    "indexOf",
    (2, 2),
    "The place of the first equal element; 0 if there is none",
    |arguments, _| {
        find(arguments, "indexOf", DataType::UInt64, |found| {
            found.next().map_or(0, |index| index as u64 + 1)
        })
    },
)
.own_nulls();
pub const COUNT_EQUAL: Function = Function::new("countEqual", (2, 2), "Number of equal elements", |arguments, _| {
    find(arguments, "countEqual", DataType::UInt64, |found| found.count() as u64)
})
.own_nulls();
pub const HAS_ALL: Function = Function::new(
    "hasAll",
    (2, 2),
    "Whether the first array has all elements of the second",
    |arguments, _| compare(arguments, "hasAll", all),
);
pub const HAS_ANY: Function = Function::new(
    "hasAny",
    (2, 2),
    "Whether the arrays have a common element",
    |arguments, _| compare(arguments, "hasAny", any),
);
pub const HAS_SUBSTR: Function = Function::new(
    "hasSubstr",
    (2, 2),
    "Whether the second array stands in the first in one piece",
    |arguments, _| compare(arguments, "hasSubstr", within),
);

/// The places of equal elements in a row.
type Found<'a> = &'a mut dyn Iterator<Item = usize>;

fn find(arguments: &[Argument], name: &str, result: DataType, answer: fn(Found) -> u64) -> Result<Bound> {
    let DataType::Array(element) = &arguments[0].data_type else {
        return Err(illegal(format!(
            "First argument for function {name} must be an array. Actual {}",
            arguments[0].data_type
        )));
    };
    let common = supertype(&[(**element).clone(), arguments[1].data_type.clone()])?;
    let narrow = result == DataType::UInt8;
    let types = vec![DataType::Array(Box::new(common.clone())), common];
    Ok(Bound::compact(result, types, move |arrays, rows| {
        let list = arrays[0].as_list::<i32>();
        let equal =
            make_comparator(list.values().as_ref(), arrays[1].as_ref(), SortOptions::default()).map_err(internal)?;
        let answers = (0..rows).map(|row| {
            let range = elements(list, row);
            let (start, wanted) = (range.start, row_of(&arrays[1], row));
            answer(
                &mut range
                    .filter(|index| equal(*index, wanted).is_eq())
                    .map(|index| index - start),
            )
        });
        Ok(match narrow {
            true => Arc::new(UInt8Array::from_iter_values(answers.map(|answer| answer as u8))) as ArrayRef,
            false => Arc::new(UInt64Array::from_iter_values(answers)),
        })
    }))
}

/// Elements as bytes that are equal exactly if the elements are.
pub fn keys(values: &ArrayRef) -> Result<Rows> {
    let converter = RowConverter::new(vec![SortField::new(values.data_type().clone())]).map_err(internal)?;
    converter
        .convert_columns(std::slice::from_ref(values))
        .map_err(internal)
}

/// Two rows' elements as bytes.
type Elements<'a> = &'a [arrow::row::Row<'a>];

fn compare(arguments: &[Argument], name: &str, holds: fn(Elements, Elements) -> bool) -> Result<Bound> {
    let types = [
        item(&arguments[0], name, 0)?.clone(),
        item(&arguments[1], name, 1)?.clone(),
    ];
    let common = DataType::Array(Box::new(supertype(&types)?));
    Ok(Bound::compact(DataType::UInt8, vec![common; 2], move |arrays, rows| {
        let lists = [arrays[0].as_list::<i32>(), arrays[1].as_list::<i32>()];
        let converter =
            RowConverter::new(vec![SortField::new(lists[0].values().data_type().clone())]).map_err(internal)?;
        let convert = |side: usize| {
            converter
                .convert_columns(std::slice::from_ref(lists[side].values()))
                .map_err(internal)
        };
        let (left, right) = (convert(0)?, convert(1)?);
        let answers = (0..rows).map(|row| {
            let left: Vec<_> = elements(lists[0], row).map(|index| left.row(index)).collect();
            let right: Vec<_> = elements(lists[1], row).map(|index| right.row(index)).collect();
            u8::from(holds(&left, &right))
        });
        Ok(Arc::new(UInt8Array::from_iter_values(answers)))
    }))
}

fn all(left: Elements, right: Elements) -> bool {
    let left: HashSet<_> = left.iter().collect();
    right.iter().all(|element| left.contains(element))
}

fn any(left: Elements, right: Elements) -> bool {
    let left: HashSet<_> = left.iter().collect();
    right.iter().any(|element| left.contains(element))
}

fn within(left: Elements, right: Elements) -> bool {
    right.is_empty() || left.windows(right.len()).any(|window| window == right)
}
