//! Blocks to batches of a table's columns: found by name, converted where their types differ, with masks for those that
//! are not there.

use std::collections::HashMap;

use arrow::array::{Array, ArrayRef, BooleanArray, RecordBatch, make_array};
use gristmill_engine::HeaderColumn;
use gristmill_sql::types::{DataType, default_column};
use gristmill_sql::{Code, Error, Result, functions};

use super::block::Block;
use crate::formats::{FormatSettings, with_masks};

/// The block's rows as the columns of `header`, and behind them the masks that
/// [`gristmill_engine::OMITTED_KEY`] describes.
pub fn to_header(block: &Block, header: &[HeaderColumn], settings: &FormatSettings) -> Result<RecordBatch> {
    let mut given: HashMap<&str, usize> = HashMap::new();
    for (index, column) in block.header.iter().enumerate() {
        given.entry(&column.name).or_insert(index); // of a name that comes twice the first counts
        if !settings.skip_unknown_fields && !header.iter().any(|it| it.name == column.name) {
            let message = format!(
                "Unknown column with name {} found while reading data in Native format",
                column.name
            );
            return Err(Error::new(Code::INCORRECT_DATA, message));
        }
    }
    let mut fields = Vec::with_capacity(header.len());
    let mut arrays = Vec::with_capacity(header.len());
    let mut masks = Vec::new();
    for column in header {
        fields.push(column.data_type.field(&column.name));
        let Some(index) = given.get(column.name.as_str()).copied() else {
            arrays.push(default_column(&column.data_type, block.rows));
            masks.push((column.name.as_str(), BooleanArray::from(vec![true; block.rows])));
            continue;
        };
        let from = &block.header[index].data_type;
        let array = convert(&block.columns[index], from, &column.data_type, settings).map_err(|error| {
            let message = format!(
                "{}: while converting column {} from type {from} to type {}",
                error.message, column.name, column.data_type
            );
            Error::new(error.code, message)
        })?;
        let nulls = array
            .logical_nulls()
            .filter(|nulls| nulls.null_count() > 0 && !column.data_type.is_nullable());
        let Some(nulls) = nulls else {
            arrays.push(array);
            continue;
        };
        if !settings.text.null_as_default {
            let message = format!(
                "Cannot convert NULL value to non-Nullable type: while converting column {}",
                column.name
            );
            return Err(Error::new(Code::CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN, message));
        }
        arrays.push(without_nulls(&array, &column.data_type)?);
        masks.push((column.name.as_str(), BooleanArray::new(!nulls.inner(), None)));
    }
    with_masks(fields, arrays, masks, block.rows)
}

fn convert(array: &ArrayRef, from: &DataType, to: &DataType, settings: &FormatSettings) -> Result<ArrayRef> {
    let (from, to) = (from.strip_low_cardinality_deep(), to.strip_low_cardinality_deep());
    if from.strip_nullable() == to.strip_nullable() {
        return Ok(array.clone());
    }
    if *from.bare() == DataType::Nothing {
        return Ok(arrow::array::new_null_array(&to.arrow(), array.len()));
    }
    let context = functions::Context {
        time_zone: settings.text.time_zone,
        ..functions::Context::default()
    };
    functions::cast_array(array, &from, &to, &context)
}

/// The type's default for each NULL.
fn without_nulls(array: &ArrayRef, data_type: &DataType) -> Result<ArrayRef> {
    let default = arrow::array::Scalar::new(default_column(data_type, 1));
    let present = arrow::compute::is_not_null(array)?;
    let filled = arrow::compute::kernels::zip::zip(&present, array, &default)?;
    // The kernel keeps a buffer of NULLs that are none any more.
    Ok(make_array(filled.to_data().into_builder().nulls(None).build()?))
}
