//! Tuples and their elements.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StructArray};
use arrow::datatypes::DataType as ArrowType;
use datafusion::common::ScalarValue;

use super::casts::{integer_value, text_value};
use super::function::{ANY, Argument, Bound, Function, illegal};
use super::{Context, TypedExpr, call, internal};
use crate::error::{Code, Error, Result};
use crate::types::{DataType, TupleElement};

/// See [`super::FOLDERS`].
pub(super) const FUNCTIONS: &[Function] = &[
    Function::new("tuple", (0, ANY), "A tuple of the arguments", |arguments, _| {
        tuple(arguments, None)
    })
    .own_nulls(),
    Function::new(
        "tupleElement",
        (2, 3),
        "An element by number or name",
        |arguments, _| tuple_element(arguments),
    )
    .own_nulls(),
    Function::new("tupleConcat", (1, ANY), "One tuple of the elements of all", |_, _| {
        Ok(Bound::compose(|arguments, context| {
            let mut elements = Vec::new();
            for argument in arguments {
                elements.extend(super::distance::elements(&argument, context)?);
            }
            call("tuple", elements, context)
        }))
    })
    .own_nulls(),
];

/// The 1-based element of a tuple expression.
pub(super) fn element(tuple: TypedExpr, index: usize, context: &Context) -> Result<TypedExpr> {
    let index = TypedExpr::constant(ScalarValue::UInt64(Some(index as u64)), DataType::UInt64);
    call("tupleElement", vec![tuple, index], context)
}

fn tuple(arguments: &[Argument], names: Option<Vec<String>>) -> Result<Bound> {
    let name = |index: usize| names.as_ref().map(|names| names[index].clone());
    let elements = arguments.iter().enumerate();
    let elements = elements
        .map(|(index, argument)| TupleElement {
            name: name(index),
            data_type: argument.data_type.clone(),
        })
        .collect();
    let result = DataType::Tuple(elements);
    let ArrowType::Struct(fields) = result.arrow() else {
        return Err(illegal("a tuple is a struct"));
    };
    let types = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    Ok(Bound::kernel(result, types, move |arrays, rows| {
        let columns = arrays
            .iter()
            .zip(&fields)
            .map(|(array, field)| super::udf::conform(array.clone(), field.data_type()));
        StructArray::try_new_with_length(fields.clone(), columns.collect(), None, rows)
            .map(|tuple| Arc::new(tuple) as ArrayRef)
            .map_err(internal)
    }))
}

fn tuple_element(arguments: &[Argument]) -> Result<Bound> {
    let plain = arguments[0].data_type.strip_nullable();
    if let DataType::Array(item) = &plain {
        return array_of_tuples(arguments, item);
    }
    let DataType::Tuple(elements) = &plain else {
        return Err(illegal(format!(
            "First argument for function tupleElement must be tuple or array of tuple. Actual {}",
            arguments[0].data_type
        )));
    };
    let index = position(elements, &arguments[1])?;
    let element = elements[index].data_type.clone();
    let nullable = arguments[0].data_type.is_nullable();
    let result = if nullable { element.to_nullable() } else { element };
    let types = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    Ok(Bound::compact(result, types, move |arrays, rows| {
        let column = column(&arrays[0], index)?;
        super::udf::repeat(&column, rows)
    }))
}

/// One element of a struct array, NULL where the tuple is.
fn column(tuples: &ArrayRef, index: usize) -> Result<ArrayRef> {
    let tuples = tuples.as_struct();
    let column = tuples.column(index).clone();
    match tuples.nulls().filter(|nulls| nulls.null_count() > 0) {
        None => Ok(column),
        Some(nulls) => {
            let missing = arrow::array::BooleanArray::new(!nulls.inner(), None);
            arrow::compute::nullif(&column, &missing).map_err(internal)
        }
    }
}

/// `array.1` of an array of tuples: the array of that element.
fn array_of_tuples(arguments: &[Argument], item: &DataType) -> Result<Bound> {
    let DataType::Tuple(elements) = item else {
        return Err(illegal(format!(
            "First argument for function tupleElement must be tuple or array of tuple. Actual {}",
            arguments[0].data_type
        )));
    };
    let index = position(elements, &arguments[1])?;
    let element = elements[index].data_type.clone();
    let field = element.item_field();
    let types = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    Ok(Bound::kernel(
        DataType::Array(Box::new(element)),
        types,
        move |arrays, _| {
            let list = arrays[0].as_list::<i32>();
            let values = column(list.values(), index)?;
            arrow::array::ListArray::try_new(field.clone(), list.offsets().clone(), values, list.nulls().cloned())
                .map(|list| Arc::new(list) as ArrayRef)
                .map_err(internal)
        },
    ))
}

/// The 0-based place of the element that a constant names or numbers.
fn position(elements: &[TupleElement], argument: &Argument) -> Result<usize> {
    let constant = argument.constant.as_ref();
    if let Some(name) = constant.and_then(text_value) {
        let name = String::from_utf8_lossy(name);
        let found = elements
            .iter()
            .position(|element| element.name.as_deref() == Some(&name));
        let numbered = || {
            name.parse::<usize>()
                .ok()
                .and_then(|number| number.checked_sub(1))
                .filter(|index| *index < elements.len())
        };
        return found.or_else(numbered).ok_or_else(|| {
            Error::new(
                Code::BAD_ARGUMENTS,
                format!("Tuple doesn't have element with name '{name}'"),
            )
        });
    }
    let Some(number) = constant.and_then(integer_value) else {
        return Err(illegal(
            "Second argument to tupleElement must be a constant UInt or String",
        ));
    };
    let size = elements.len();
    let index = match number {
        1.. => number - 1,
        _ => number + size as i128,
    };
    match usize::try_from(index) {
        Ok(index) if index < size && number != 0 => Ok(index),
        _ => Err(Error::new(
            Code::ARGUMENT_OUT_OF_BOUND,
            format!("Tuple doesn't have element with index '{number}'"),
        )),
    }
}
