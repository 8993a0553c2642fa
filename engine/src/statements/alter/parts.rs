//! CLEAR and MATERIALIZE COLUMN: what ClickHouse refuses. The work on parts is a mutation.

use std::sync::Arc;

use gristmill_sql::Code;
use gristmill_sql::parser::PartitionName;
use gristmill_storage::Part;

use super::columns::refuse_key;
use super::draft::Draft;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::table::{MergeTreeTable, is_stored, partition_id};

/// Whether there is anything to do for CLEAR COLUMN.
pub fn check_clear(
    table: &MergeTreeTable,
    column: &str,
    partition: Option<&PartitionName>,
    if_exists: bool,
    environment: &Environment,
) -> Result<bool> {
    let definition = &table.definition;
    let Some(found) = definition.column(column) else {
        let message = format!("Wrong column name. Cannot find column `{column}` to drop");
        return match if_exists {
            true => Ok(false),
            false => Err(Error::new(Code::NOT_FOUND_COLUMN_IN_BLOCK, message)),
        };
    };
    refuse_key(&Draft::new(definition), column, "CLEAR")?;
    let id = |partition| partition_id(definition, partition, environment);
    let partition = partition.map(id).transpose()?;
    let snapshot = table.snapshot();
    let is_last = |part: &&Arc<Part>| {
        let mut others = definition.stored.fields().iter().filter(|field| field.name() != column);
        let is_meant = partition.as_ref().is_none_or(|id| part.name().partition_id == *id);
        is_meant && others.all(|field| part.column_size(field.name()).is_none())
    };
    match snapshot.parts().iter().find(is_last) {
        Some(part) => {
            let message = format!(
                "Cannot drop or clear column '{column}', because all columns in part '{}' will be removed from disk. \
                 Empty parts are not allowed.",
                part.name()
            );
            Err(Error::new(Code::BAD_ARGUMENTS, message))
        }
        None => Ok(is_stored(found)),
    }
}

/// Fails where a column cannot be materialized.
pub fn check_materialize(table: &MergeTreeTable, column: &str) -> Result<()> {
    let definition = &table.definition;
    let found = definition.column(column);
    let found = found.ok_or_else(|| {
        let message = format!("There is no column {column} in table.");
        Error::new(Code::NO_SUCH_COLUMN_IN_TABLE, message)
    })?;
    if !is_stored(found) {
        return Err(Error::not_implemented(
            "MATERIALIZE COLUMN of an ALIAS or EPHEMERAL column",
        ));
    }
    let (code, message) = if definition.is_in_key(column) {
        let message = format!(
            "Refused to materialize column `{column}` because it's in the sort key. Doing so could break the sort order."
        );
        (Code::CANNOT_UPDATE_COLUMN, message)
    } else if found.expression.is_none() {
        let message = format!("Cannot materialize column `{column}` because it doesn't have default expression.");
        (Code::BAD_ARGUMENTS, message)
    } else {
        return Ok(());
    };
    Err(Error::new(code, message))
}
