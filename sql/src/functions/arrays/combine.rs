//! Arrays made of arrays: `arrayConcat`, `arrayPushBack`, `arrayZip`, `arrayFlatten`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StructArray};
use arrow::compute::concat;
use arrow::datatypes::DataType as ArrowType;

use super::lists::{build, compacted, elements, item, select};
use crate::error::{Code, Error, Result};
use crate::functions::call::call_function;
use crate::functions::function::{ANY, Argument, Bound, Function, illegal, row_of};
use crate::functions::{call, internal, supertype};
use crate::types::{DataType, TupleElement};

pub const CONCAT: Function = Function::new("arrayConcat", (1, ANY), "One array after another", |arguments, _| {
    let items: Vec<DataType> = arguments
        .iter()
        .enumerate()
        .map(|(index, argument)| item(argument, "arrayConcat", index).cloned())
        .collect::<Result<_>>()?;
    let common = supertype(&items)?;
    let field = common.item_field();
    let result = DataType::Array(Box::new(common));
    Ok(Bound::compact(
        result.clone(),
        vec![result; arguments.len()],
        move |arrays, rows| {
            let lists: Vec<_> = arrays.iter().map(|array| array.as_list::<i32>()).collect();
            let values: Vec<&dyn Array> = lists.iter().map(|list| list.values().as_ref()).collect();
            let joined = concat(&values).map_err(internal)?;
            select(&joined, &field, rows, |row, indices| {
                let mut base = 0;
                for list in &lists {
                    indices.extend(elements(list, row).map(|index| Some((base + index) as u32)));
                    base += list.values().len();
                }
                Ok(())
            })
        },
    ))
});

pub const PUSH_BACK: Function = Function::new(
    "arrayPushBack",
    (2, 2),
    "The array with an element after it",
    |arguments, _| push(arguments, "arrayPushBack", false),
)
.own_nulls();
pub const PUSH_FRONT: Function = Function::new(
    "arrayPushFront",
    (2, 2),
    "The array with an element before it",
    |arguments, _| push(arguments, "arrayPushFront", true),
)
.own_nulls();

fn push(arguments: &[Argument], name: &str, front: bool) -> Result<Bound> {
    let common = supertype(&[item(&arguments[0], name, 0)?.clone(), arguments[1].data_type.clone()])?;
    let field = common.item_field();
    let result = DataType::Array(Box::new(common.clone()));
    Ok(Bound::compact(
        result.clone(),
        vec![result, common],
        move |arrays, rows| {
            let list = arrays[0].as_list::<i32>();
            let joined = concat(&[list.values().as_ref(), arrays[1].as_ref()]).map_err(internal)?;
            select(&joined, &field, rows, |row, indices| {
                let pushed = Some((list.values().len() + row_of(&arrays[1], row)) as u32);
                let kept = elements(list, row).map(|index| Some(index as u32));
                match front {
                    true => indices.extend(std::iter::once(pushed).chain(kept)),
                    false => indices.extend(kept.chain(std::iter::once(pushed))),
                }
                Ok(())
            })
        },
    ))
}

pub const ZIP: Function = Function::new(
    "arrayZip",
    (1, ANY),
    "An array of tuples of the elements at the same place",
    |arguments, _| {
        let element = |(index, argument): (usize, &Argument)| {
            Ok(TupleElement {
                name: None,
                data_type: item(argument, "arrayZip", index)?.clone(),
            })
        };
        let tuple = DataType::Tuple(arguments.iter().enumerate().map(element).collect::<Result<_>>()?);
        let field = tuple.item_field();
        let types = arguments.iter().map(|argument| argument.data_type.clone()).collect();
        Ok(Bound::kernel(
            DataType::Array(Box::new(tuple)),
            types,
            move |arrays, _| {
                let lists: Vec<_> = arrays.iter().map(compacted).collect();
                for (index, list) in lists.iter().enumerate().skip(1) {
                    if !lists[0].offsets().lengths().eq(list.offsets().lengths()) {
                        let message = format!(
                            "The argument 1 and argument {} of function arrayZip have different array sizes",
                            index + 1
                        );
                        return Err(Error::new(Code::SIZES_OF_ARRAYS_DONT_MATCH, message));
                    }
                }
                let ArrowType::Struct(fields) = field.data_type() else {
                    return Err(illegal("a tuple is a struct"));
                };
                let columns = lists.iter().map(|list| list.values().clone()).collect();
                let length = lists[0].values().len();
                let tuples =
                    StructArray::try_new_with_length(fields.clone(), columns, None, length).map_err(internal)?;
                build(
                    Arc::new(tuples) as ArrayRef,
                    &field,
                    lists[0].offsets().lengths().collect(),
                )
            },
        ))
    },
);

pub const FLATTEN: Function = Function::new(
    "arrayFlatten",
    (1, 1),
    "The innermost elements of nested arrays in one array",
    |arguments, _| {
        let inner = item(&arguments[0], "arrayFlatten", 0)?.clone();
        let DataType::Array(innermost) = inner.clone() else {
            return Ok(Bound::compose(|mut arguments, _| Ok(arguments.remove(0))));
        };
        if matches!(*innermost, DataType::Array(_)) {
            return Ok(Bound::compose(|arguments, context| {
                let once = call_function(&FLATTEN_ONCE, arguments, context)?;
                call("arrayFlatten", vec![once], context)
            }));
        }
        once(arguments)
    },
)
.aliases(&["flatten"]);

/// Not in the registry: a step of `arrayFlatten`.
static FLATTEN_ONCE: Function = Function::new(
    "arrayFlattenOnce",
    (1, 1),
    "One level of nesting less",
    |arguments, _| once(arguments),
);

fn once(arguments: &[Argument]) -> Result<Bound> {
    let inner = item(&arguments[0], "arrayFlatten", 0)?.clone();
    let DataType::Array(innermost) = &inner else {
        return Err(illegal("arrayFlatten needs nested arrays"));
    };
    let field = innermost.item_field();
    Ok(Bound::kernel(
        inner.clone(),
        vec![arguments[0].data_type.clone()],
        move |arrays, rows| {
            let outer = compacted(&arrays[0]);
            let inner = compacted(outer.values());
            let lengths = (0..rows)
                .map(|row| elements(&outer, row).map(|index| elements_of(&inner, index)).sum())
                .collect();
            build(inner.values().clone(), &field, lengths)
        },
    ))
}

/// The number of elements in a row; unlike [`elements`], a list of one row is no constant.
fn elements_of(list: &arrow::array::ListArray, row: usize) -> usize {
    (list.offsets()[row + 1] - list.offsets()[row]) as usize
}
