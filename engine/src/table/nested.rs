//! Columns called `n.a` and `n.b`: one Nested structure `n`, whose arrays have as many elements as each other in each row.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, RecordBatch, UInt8Array};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::DataType as ArrowType;
use gristmill_sql::Code;
use gristmill_sql::analyzer::Column;
use gristmill_sql::parser::ColumnDefinition;
use gristmill_sql::types::{DataType, default_column};

use crate::error::{Error, Result};

/// The structure that a column of this name is part of.
pub fn structure_of(column: &str) -> Option<&str> {
    let (structure, element) = column.split_once('.')?;
    (!structure.is_empty() && !element.is_empty()).then_some(structure)
}

/// Those of the names that are parts of a structure.
pub fn elements_of<'a>(structure: &str, columns: impl Iterator<Item = &'a str>) -> Vec<String> {
    let elements = columns.filter(|column| structure_of(column) == Some(structure));
    elements.map(str::to_owned).collect()
}

/// `n Nested(a T, b U)` as `n.a Array(T)` and `n.b Array(U)`, each with what else is said of the column; None for a column
/// of another type.
pub fn flattened(column: &ColumnDefinition) -> Result<Option<Vec<ColumnDefinition>>> {
    let Some(text) = &column.data_type else {
        return Ok(None);
    };
    let Some(elements) = DataType::parse_nested(text)? else {
        return Ok(None);
    };
    let element = |(name, data_type): (String, DataType)| ColumnDefinition {
        name: format!("{}.{name}", column.name),
        data_type: Some(DataType::Array(Box::new(data_type)).to_string()),
        ..column.clone()
    };
    Ok(Some(elements.into_iter().map(element).collect()))
}

/// All columns of a statement, those of type Nested as their elements.
pub fn flatten(columns: &[ColumnDefinition]) -> Result<Vec<ColumnDefinition>> {
    let mut all = Vec::with_capacity(columns.len());
    for column in columns {
        match flattened(column)? {
            Some(elements) => all.extend(elements),
            None => all.push(column.clone()),
        }
    }
    Ok(all)
}

/// The arrays of the same structure beside a column that is an array.
pub fn siblings<'a>(column: &'a Column, columns: &'a [Column]) -> impl Iterator<Item = &'a Column> {
    let structure = structure_of(&column.name).filter(|_| is_array(column));
    columns.iter().filter(move |other| {
        let is_of_it = structure.is_some() && structure_of(&other.name) == structure;
        is_of_it && is_array(other) && other.name != column.name
    })
}

fn is_array(column: &Column) -> bool {
    matches!(column.data_type, DataType::Array(_))
}

/// Arrays of default values, of the lengths of those beside them.
pub fn default_like(data_type: &DataType, sibling: &ArrayRef) -> ArrayRef {
    let field = data_type.field("");
    let (DataType::Array(item), ArrowType::List(item_field), Some(sibling)) =
        (data_type, field.data_type(), sibling.as_list_opt::<i32>())
    else {
        return default_column(data_type, sibling.len());
    };
    let offsets = OffsetBuffer::<i32>::from_lengths(sibling.offsets().lengths());
    let values = default_column(item, offsets.last().map_or(0, |end| *end as usize));
    Arc::new(ListArray::new(item_field.clone(), offsets, values, None))
}

/// SIZES_OF_ARRAYS_DONT_MATCH for arrays of one structure that have different lengths in some row; `rows` are those
/// that are looked at, if not all.
pub fn check_sizes(batch: &RecordBatch, rows: Option<&UInt8Array>) -> Result<()> {
    let schema = batch.schema_ref();
    let mut known: Vec<(&str, &str, &ListArray)> = Vec::new();
    for (field, column) in schema.fields().iter().zip(batch.columns()) {
        let (Some(structure), Some(list)) = (structure_of(field.name()), column.as_list_opt::<i32>()) else {
            continue;
        };
        let Some((_, other, first)) = known.iter().find(|(other, ..)| *other == structure) else {
            known.push((structure, field.name(), list));
            continue;
        };
        let lengths = first.offsets().lengths().zip(list.offsets().lengths());
        let is_looked_at = |row: usize| rows.is_none_or(|rows| rows.value(row) != 0);
        if lengths
            .enumerate()
            .any(|(row, (one, two))| one != two && is_looked_at(row))
        {
            let message = format!(
                "Elements '{other}' and '{}' of Nested data structure '{structure}' (Array columns) have different array \
                 sizes",
                field.name()
            );
            return Err(Error::new(Code::SIZES_OF_ARRAYS_DONT_MATCH, message));
        }
    }
    Ok(())
}
