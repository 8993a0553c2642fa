//! Partitions as people write and read them: `PARTITION 202401`, `PARTITION ('a', 1)`, `PARTITION ID '…'`.

use arrow::array::ArrayRef;
use datafusion::common::ScalarValue;
use gristmill_sql::Code;
use gristmill_sql::analyzer::evaluate_constant;
use gristmill_sql::parser::{PartitionName, format_expression, quote_string};
use gristmill_sql::types::{DataType, TextOptions, TextStyle, writer};
use gristmill_storage::Part;
use sqlparser::ast;

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::table::TableDefinition;
use crate::table::key_expressions::elements;

/// Storage's name of the partition that a statement means, whether it has parts or not.
pub fn partition_id(
    definition: &TableDefinition,
    partition: &PartitionName,
    environment: &Environment,
) -> Result<String> {
    let expression = match partition {
        PartitionName::Id(id) => return checked_id(id),
        PartitionName::Value(expression) => expression,
        PartitionName::All => {
            let message = "Only Support DROP/DETACH/ATTACH PARTITION ALL currently";
            return Err(Error::new(Code::SUPPORT_IS_DISABLED, message));
        }
        PartitionName::Part(_) => return Err(Error::not_implemented("PART in the place of PARTITION")),
    };
    let (elements, keys) = (elements(expression), &definition.partition_key);
    if elements.len() != keys.len() {
        let message = format!(
            "Wrong number of fields in the partition expression: {}, must be: {}",
            elements.len(),
            keys.len()
        );
        return Err(Error::new(Code::INVALID_PARTITION_VALUE, message));
    }
    let value = |(element, key): (&_, &crate::table::TableExpression)| -> Result<ArrayRef> {
        Ok(value_of(element, &key.data_type, environment)?.to_array()?)
    };
    let values = elements.iter().zip(keys).map(value).collect::<Result<Vec<_>>>()?;
    Ok(gristmill_storage::partition_id(
        &values,
        &definition.partition_fields(),
    )?)
}

/// The value of a partition's expression that is written so: as it is, not the nearest that the type has.
fn value_of(element: &ast::Expr, data_type: &DataType, environment: &Environment) -> Result<ScalarValue> {
    let text = format_expression(element);
    let (written, from) = evaluate_constant(&text, None, &environment.context())?;
    let is_exact = |each: &DataType| each.is_integer();
    let number = match (&from, is_exact(data_type)) {
        (from, true) if from.is_number() => format!("accurateCast({text}, {})", quote_string(&data_type.to_string())),
        _ => text.clone(),
    };
    let value = evaluate_constant(&number, Some(data_type), &environment.context());
    let (value, _) = value.map_err(|error| match (&from, error.code) {
        (DataType::String, Code::CANNOT_PARSE_TEXT) => {
            let message = format!("Cannot convert string {text} to type {data_type}");
            Error::new(Code::TYPE_MISMATCH, message)
        }
        (from, _) if from.is_number() && is_exact(data_type) => {
            let message = format!("Cannot convert value '{written}': it cannot be represented as {data_type}");
            Error::new(Code::ARGUMENT_OUT_OF_BOUND, message)
        }
        _ => error.into(),
    })?;
    Ok(value)
}

/// An id as somebody wrote it: no partition has one with other characters than these.
fn checked_id(id: &str) -> Result<String> {
    let message = match id {
        "" => "Partition id is empty".to_owned(),
        _ if id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') => return Ok(id.to_owned()),
        _ => format!("Invalid partition format: {id}"),
    };
    Err(Error::new(Code::INVALID_PARTITION_VALUE, message))
}

/// `2024`, `(2024,'a')`, or `tuple()` without PARTITION BY.
pub fn partition_text(definition: &TableDefinition, part: &Part) -> Result<String> {
    let values = part.partition_values();
    if values.is_empty() {
        return Ok("tuple()".into());
    }
    let style = if values.len() == 1 {
        TextStyle::Plain
    } else {
        TextStyle::Quoted
    };
    let mut texts = Vec::with_capacity(values.len());
    for (value, key) in values.iter().zip(&definition.partition_key) {
        let mut text = Vec::new();
        writer(&key.data_type, value, &TextOptions::default())?.write_text(0, style, &mut text);
        texts.push(String::from_utf8_lossy(&text).into_owned());
    }
    Ok(match texts.as_slice() {
        [one] => one.clone(),
        several => format!("({})", several.join(",")),
    })
}
