//! Tuple(T1, T2, …), with names for all its elements or for none.

use std::collections::HashSet;

use arrow::array::{ArrayRef, StructArray};
use arrow::datatypes::Fields;

use super::{Arguments, DataType, TupleElement, TypeEntry};
use crate::error::{Code, Error, Result};

/// The family Tuple.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "Tuple",
    aliases: &[],
    case_insensitive: false,
    parse,
};

fn parse(arguments: &Arguments) -> Result<DataType> {
    let elements: Vec<TupleElement> = arguments
        .list
        .iter()
        .map(|it| it.tuple_element())
        .collect::<Result<_>>()?;
    let named = elements.iter().filter(|element| element.name.is_some()).count();
    if named != 0 && named != elements.len() {
        let message = "Names are specified not for all elements of Tuple type";
        return Err(Error::new(Code::BAD_ARGUMENTS, message.to_string()));
    }
    let mut seen = HashSet::new();
    for name in elements.iter().filter_map(|element| element.name.as_deref()) {
        if !seen.insert(name) {
            let message = format!("Names of tuple elements must be unique. Duplicate name: {name}");
            return Err(Error::new(Code::DUPLICATE_COLUMN, message));
        }
    }
    Ok(DataType::Tuple(elements))
}

/// A struct array without NULLs; `rows` counts where there are no columns to count.
pub(super) fn struct_array(fields: &Fields, columns: Vec<ArrayRef>, rows: usize) -> StructArray {
    StructArray::try_new_with_length(fields.clone(), columns, None, rows)
        .expect("the columns were made for the same types as the fields")
}
