//! Partitions as people write and read them: `PARTITION 202401`, `PARTITION ('a', 1)`, `PARTITION ID '…'`.

use arrow::array::ArrayRef;
use gristmill_sql::Code;
use gristmill_sql::parser::PartitionName;
use gristmill_sql::types::{TextOptions, TextStyle, writer};
use gristmill_storage::Part;

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::table::TableDefinition;
use crate::table::key_expressions::elements;
use crate::table::partition_value::partition_value;

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
        partition_value(element, &key.data_type, environment)
    };
    let values = elements.iter().zip(keys).map(value).collect::<Result<Vec<_>>>()?;
    Ok(gristmill_storage::partition_id(
        &values,
        &definition.partition_fields(),
    )?)
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
