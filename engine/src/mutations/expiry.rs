//! What has expired by a TTL, as commands: those of MATERIALIZE TTL, and what follows an UPDATE of the columns that a TTL
//! reads.

use std::collections::HashSet;

use gristmill_sql::Code;
use gristmill_sql::parser::{
    AlterCommand, ColumnDefault, ColumnDefinition, PartitionName, parse_expression, quote_string,
};

use crate::error::{Error, Result};
use crate::merges::now;
use crate::table::{TableDefinition, expired_condition};

/// MATERIALIZE TTL deletes what has expired by now.
pub fn materialize_ttl(definition: &TableDefinition, partition: Option<PartitionName>) -> Result<Vec<AlterCommand>> {
    if definition.has_ttl() || definition.create.columns.iter().any(|column| column.ttl.is_some()) {
        return expired(definition, partition.as_ref());
    }
    let name = &definition.create.table.name;
    let message = format!("Cannot MATERIALIZE TTL as there is no TTL set for table {name}");
    Err(Error::new(Code::INCORRECT_QUERY, message))
}

/// What follows new values of these columns: none, unless a TTL reads one of them.
pub fn behind_update(
    definition: &TableDefinition,
    changed: &[String],
    partition: Option<&PartitionName>,
) -> Result<Vec<AlterCommand>> {
    let read: HashSet<&String> = definition.ttl_sources().collect();
    match changed.iter().any(|name| read.contains(name)) {
        true => expired(definition, partition),
        false => Ok(Vec::new()),
    }
}

fn expired(definition: &TableDefinition, partition: Option<&PartitionName>) -> Result<Vec<AlterCommand>> {
    let mut commands = Vec::new();
    if !definition.ttl.is_empty() {
        commands.push(AlterCommand::Delete {
            partition: partition.cloned(),
            condition: expired_condition(&definition.ttl, now())?,
        });
    }
    for column in &definition.create.columns {
        commands.extend(expired_values(definition, column, partition)?);
    }
    Ok(commands)
}

/// The default in the place of a column's values that have expired by now. MATERIALIZED columns have it, and columns that
/// say which row of a key stays cannot be updated: a merge does it.
fn expired_values(
    definition: &TableDefinition,
    column: &ColumnDefinition,
    partition: Option<&PartitionName>,
) -> Result<Option<AlterCommand>> {
    let mut rules = definition.column_ttl.iter();
    let Some(ttl) = rules.find(|rule| rule.column == column.name) else {
        return Ok(None);
    };
    let rule = definition.replacement.as_ref();
    let mut roles = rule.into_iter().flat_map(|rule| [&rule.version, &rule.is_deleted]);
    let default = match &column.default {
        _ if roles.any(|role| role.as_ref() == Some(&column.name)) => return Ok(None),
        Some(ColumnDefault::Default(expression)) => expression.clone(),
        Some(_) => return Ok(None),
        None => {
            let data_type = column.data_type.as_deref().expect("a table's columns have types");
            parse_expression(&format!("defaultValueOfTypeName({})", quote_string(data_type)))?
        }
    };
    Ok(Some(AlterCommand::Update {
        partition: partition.cloned(),
        assignments: vec![(column.name.clone(), default)],
        condition: ttl.expired_condition(now())?,
    }))
}
