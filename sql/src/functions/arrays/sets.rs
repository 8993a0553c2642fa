//! Arrays as sets: different elements, their numbers, their intersection.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use arrow::row::{RowConverter, SortField};

use super::lists::{build, check_sizes, compacted, elements, item, select};
use super::search::keys;
use crate::error::Result;
use crate::functions::function::{ANY, Argument, Bound, Function, illegal};
use crate::functions::{internal, supertype};
use crate::types::DataType;

pub const DISTINCT: Function = Function::new(
    "arrayDistinct",
    (1, 1),
    "The different elements, without NULL",
    |arguments, _| {
        let own = item(&arguments[0], "arrayDistinct", 0)?.clone();
        let plain = own.strip_nullable();
        let field = plain.item_field();
        Ok(Bound::compact(
            DataType::Array(Box::new(plain)),
            vec![arguments[0].data_type.clone()],
            move |arrays, rows| {
                let list = arrays[0].as_list::<i32>();
                let keys = keys(list.values())?;
                let nulls = list.values().logical_nulls();
                select(list.values(), &field, rows, |row, indices| {
                    let mut seen = HashSet::new();
                    let present = |index: &usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(*index));
                    let new = elements(list, row)
                        .filter(present)
                        .filter(|index| seen.insert(keys.row(*index)));
                    indices.extend(new.map(|index| Some(index as u32)));
                    Ok(())
                })
            },
        ))
    },
);

pub const UNIQ: Function = Function::new(
    "arrayUniq",
    (1, ANY),
    "Number of different elements, or of different combinations",
    |arguments, _| {
        numbered(arguments, "arrayUniq", true, |keys, out| {
            let mut seen = HashSet::new();
            out.push(keys.iter().filter(|key| seen.insert(**key)).count() as u32);
        })
    },
);
pub const ENUMERATE_UNIQ: Function = Function::new(
    "arrayEnumerateUniq",
    (1, ANY),
    "For each element, how often it has been met so far",
    |arguments, _| {
        numbered(arguments, "arrayEnumerateUniq", false, |keys, out| {
            let mut counts: HashMap<_, u32> = HashMap::new();
            out.extend(keys.iter().map(|key| {
                let count = counts.entry(*key).or_default();
                *count += 1;
                *count
            }));
        })
    },
);
pub const ENUMERATE_DENSE: Function = Function::new(
    "arrayEnumerateDense",
    (1, ANY),
    "For each element, the number of its value in order of appearance",
    |arguments, _| {
        numbered(arguments, "arrayEnumerateDense", false, |keys, out| {
            let mut numbers: HashMap<_, u32> = HashMap::new();
            for key in keys {
                let next = numbers.len() as u32 + 1;
                out.push(*numbers.entry(*key).or_insert(next));
            }
        })
    },
);

/// Elements of a row, as bytes.
type Keys<'a> = &'a [arrow::row::Row<'a>];

/// Numbers from the elements of one row: one if `single`, else one for each element.
fn numbered(
    arguments: &[Argument],
    name: &'static str,
    single: bool,
    number: fn(Keys, &mut Vec<u32>),
) -> Result<Bound> {
    for (index, argument) in arguments.iter().enumerate() {
        item(argument, name, index)?;
    }
    let result = if single {
        DataType::UInt32
    } else {
        DataType::Array(Box::new(DataType::UInt32))
    };
    let field = DataType::UInt32.item_field();
    let types = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    Ok(Bound::kernel(result, types, move |arrays, rows| {
        let lists: Vec<_> = arrays.iter().map(compacted).collect();
        check_sizes(&lists, name)?;
        let columns: Vec<ArrayRef> = lists.iter().map(|list| list.values().clone()).collect();
        let fields = columns
            .iter()
            .map(|column| SortField::new(column.data_type().clone()))
            .collect();
        let converter = RowConverter::new(fields).map_err(internal)?;
        let keys = converter.convert_columns(&columns).map_err(internal)?;
        let (mut numbers, mut lengths) = (Vec::new(), Vec::with_capacity(rows));
        for row in 0..rows {
            let range = elements(&lists[0], row);
            lengths.push(range.len());
            let of_row: Vec<_> = range.map(|index| keys.row(index)).collect();
            number(&of_row, &mut numbers);
        }
        let numbers: ArrayRef = Arc::new(UInt32Array::from(numbers));
        if single {
            Ok(numbers)
        } else {
            build(numbers, &field, lengths)
        }
    }))
}

pub const COMPACT: Function = Function::new(
    "arrayCompact",
    (1, 1),
    "The array without repetitions next to each other",
    |arguments, _| {
        let field = item(&arguments[0], "arrayCompact", 0)?.item_field();
        let result = arguments[0].data_type.clone();
        Ok(Bound::compact(result.clone(), vec![result], move |arrays, rows| {
            let list = arrays[0].as_list::<i32>();
            let keys = keys(list.values())?;
            select(list.values(), &field, rows, |row, indices| {
                let range = elements(list, row);
                let first = range.start;
                let kept = range.filter(|index| *index == first || keys.row(*index) != keys.row(*index - 1));
                indices.extend(kept.map(|index| Some(index as u32)));
                Ok(())
            })
        }))
    },
);

pub const ENUMERATE: Function = Function::new(
    "arrayEnumerate",
    (1, 1),
    "The numbers 1, 2, 3, …, as many as there are elements",
    |arguments, _| {
        let DataType::Array(_) = &arguments[0].data_type else {
            let shown = &arguments[0].data_type;
            return Err(illegal(format!(
                "First argument for function arrayEnumerate must be an array but it has type {shown}"
            )));
        };
        let field = DataType::UInt32.item_field();
        let result = DataType::Array(Box::new(DataType::UInt32));
        Ok(Bound::compact(
            result,
            vec![arguments[0].data_type.clone()],
            move |arrays, rows| {
                let list = arrays[0].as_list::<i32>();
                let lengths: Vec<usize> = (0..rows).map(|row| elements(list, row).len()).collect();
                let numbers = lengths.iter().flat_map(|length| 1..=*length as u32);
                build(Arc::new(UInt32Array::from_iter_values(numbers)), &field, lengths)
            },
        ))
    },
);

pub const INTERSECT: Function = Function::new(
    "arrayIntersect",
    (1, ANY),
    "The elements that are in all arrays",
    |arguments, _| {
        let items: Vec<DataType> = arguments
            .iter()
            .enumerate()
            .map(|(index, argument)| item(argument, "arrayIntersect", index).cloned())
            .collect::<Result<_>>()?;
        let common = supertype(&items)?;
        let field = common.item_field();
        let result = DataType::Array(Box::new(common));
        Ok(Bound::compact(
            result.clone(),
            vec![result; arguments.len()],
            move |arrays, rows| {
                let lists: Vec<_> = arrays.iter().map(|array| array.as_list::<i32>()).collect();
                let converter =
                    RowConverter::new(vec![SortField::new(lists[0].values().data_type().clone())]).map_err(internal)?;
                let keys: Vec<_> = lists
                    .iter()
                    .map(|list| {
                        converter
                            .convert_columns(std::slice::from_ref(list.values()))
                            .map_err(internal)
                    })
                    .collect::<Result<_>>()?;
                select(lists[0].values(), &field, rows, |row, indices| {
                    let others: Vec<HashSet<_>> = (1..lists.len())
                        .map(|list| elements(lists[list], row).map(|index| keys[list].row(index)).collect())
                        .collect();
                    let mut seen = HashSet::new();
                    let common = elements(lists[0], row).filter(|index| {
                        let key = keys[0].row(*index);
                        others.iter().all(|other| other.contains(&key)) && seen.insert(key)
                    });
                    indices.extend(common.map(|index| Some(index as u32)));
                    Ok(())
                })
            },
        ))
    },
);
