//! Which columns an INSERT's data has.

use std::collections::HashSet;

use gristmill_sql::Code;
use gristmill_sql::analyzer::{Column, ColumnKind};
use gristmill_sql::parser::InsertColumns;
use gristmill_sql::types::maybe_you_meant;

use crate::error::{Error, Result};
use crate::formats::HeaderColumn;
use crate::table::TableDefinition;

/// The data's columns in order. Without a list: all that are neither computed nor EPHEMERAL.
pub fn choose(definition: &TableDefinition, columns: &InsertColumns) -> Result<Vec<HeaderColumn>> {
    let insertable = |column: &&Column| matches!(column.kind, ColumnKind::Ordinary | ColumnKind::Default);
    let all = definition.columns.iter().filter(insertable);
    let chosen: Vec<&Column> = match columns {
        InsertColumns::All => all.collect(),
        InsertColumns::Except(names) => {
            names.iter().try_for_each(|name| find(definition, name).map(drop))?;
            all.filter(|column| !names.contains(&column.name)).collect()
        }
        InsertColumns::Named(names) => named(definition, names)?,
    };
    let header = |column: &&Column| HeaderColumn {
        name: column.name.clone(),
        data_type: column.data_type.clone(),
    };
    Ok(chosen.iter().map(header).collect())
}

fn named<'a>(definition: &'a TableDefinition, names: &[String]) -> Result<Vec<&'a Column>> {
    let mut seen = HashSet::new();
    let mut chosen = Vec::with_capacity(names.len());
    for name in names {
        let column = find(definition, name)?;
        if column.kind == ColumnKind::Alias {
            return Err(no_such_column(definition, name));
        }
        if column.kind == ColumnKind::Materialized {
            let message = format!("Cannot insert column {name}, because it is MATERIALIZED column");
            return Err(Error::new(Code::ILLEGAL_COLUMN, message));
        }
        if !seen.insert(name) {
            let message = format!("Column {name} in table {} specified more than once", shown(definition));
            return Err(Error::new(Code::DUPLICATE_COLUMN, message));
        }
        chosen.push(column);
    }
    Ok(chosen)
}

fn find<'a>(definition: &'a TableDefinition, name: &str) -> Result<&'a Column> {
    definition.column(name).ok_or_else(|| no_such_column(definition, name))
}

fn no_such_column(definition: &TableDefinition, name: &str) -> Error {
    let columns = definition
        .columns
        .iter()
        .filter(|column| column.kind != ColumnKind::Alias);
    let known: Vec<&str> = columns.map(|column| column.name.as_str()).collect();
    let hint = maybe_you_meant(name, &known);
    let message = format!("No such column {name} in table {}{hint}", shown(definition));
    Error::new(Code::NO_SUCH_COLUMN_IN_TABLE, message)
}

fn shown(definition: &TableDefinition) -> String {
    let table = &definition.create.table;
    format!("{}.{}", table.database.as_deref().unwrap_or_default(), table.name)
}
