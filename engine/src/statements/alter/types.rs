//! MODIFY COLUMN with another type: which changes keys allow, and whether the values that are there can be converted.

use std::collections::HashSet;

use gristmill_sql::Code;
use gristmill_sql::analyzer::Column;
use gristmill_sql::parser::{AlterCommand, ColumnDefinition, Position};
use gristmill_sql::types::DataType;
use gristmill_storage::{Part, PartSet};

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::table::{MergeTreeTable, TableDefinition, TableExpression, convert, is_stored, keeps_numbers};

/// Rows that are converted at a time.
const BATCH_ROWS: usize = 8192;

/// Columns whose type changes.
pub struct Conversions<'a> {
    table: &'a MergeTreeTable,
    columns: Vec<Conversion>,
}

struct Conversion {
    /// The column's name as it was.
    from: String,
    /// And as it will be.
    to: String,
    expression: TableExpression,
}

impl<'a> Conversions<'a> {
    /// What a new definition changes about the types of a table's columns. Refused where rows would have to be sorted,
    /// or parted, again.
    pub fn new(table: &'a MergeTreeTable, after: &TableDefinition) -> Result<Self> {
        let before = &table.definition;
        let mut columns = Vec::new();
        for old in before.columns.iter().filter(|column| is_stored(column)) {
            let stored = before.stored_names.of(&old.name);
            let mut found = after.columns.iter().filter(|column| is_stored(column));
            let Some(new) = found.find(|column| after.stored_names.of(&column.name) == stored) else {
                continue;
            };
            if new.data_type == old.data_type {
                continue;
            }
            check_key(before, old, new)?;
            check_null(old, new)?;
            columns.push(Conversion {
                from: old.name.clone(),
                to: new.name.clone(),
                expression: convert(&old.data_type, new)?,
            });
        }
        Ok(Self { table, columns })
    }

    /// Whether the type of a column of that name changes.
    pub fn include(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.from == name)
    }

    /// The commands that write the columns again.
    pub fn commands(&self) -> Vec<AlterCommand> {
        let command = |column: &Conversion| AlterCommand::ModifyColumn {
            column: ColumnDefinition {
                name: column.to.clone(),
                data_type: Some(column.expression.data_type.to_string()),
                ..ColumnDefinition::default()
            },
            position: Position::Last,
            if_exists: false,
        };
        self.columns.iter().map(command).collect()
    }

    /// Converts the values of all parts that were not looked at before; the first that cannot be converted is an error.
    pub fn check(&self, parts: &PartSet, seen: &mut HashSet<u64>, environment: &Environment) -> Result<()> {
        if self.columns.is_empty() {
            return Ok(());
        }
        for part in parts.parts() {
            if seen.insert(part.uid()) {
                self.check_part(part, environment)?;
            }
        }
        Ok(())
    }

    /// `part` is seen with the columns as they were.
    fn check_part(&self, part: &Part, environment: &Environment) -> Result<()> {
        // What a part lacks follows from the new definition alone.
        let held = self
            .columns
            .iter()
            .filter(|column| part.column_size(&column.from).is_some());
        let held: Vec<&Conversion> = held.collect();
        if held.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = held.iter().map(|column| column.from.as_str()).collect();
        for batch in part.read(&names, &part.alive(), BATCH_ROWS)? {
            let batch = batch?;
            environment.stop.check()?;
            for (column, values) in held.iter().zip(batch.columns()) {
                let value = |_: &str| Some(values.clone());
                let converted = column.expression.evaluate_with(values.len(), value);
                converted.map_err(|error| failed(self.table, column, &error))?;
            }
        }
        Ok(())
    }
}

fn failed(table: &MergeTreeTable, column: &Conversion, reason: &Error) -> Error {
    let (database, name) = table.name();
    let message = format!(
        "Cannot convert column `{}` of table {database}.{name}: {}",
        column.from,
        reason.message()
    );
    Error::new(reason.code(), message)
}

/// Only changes that leave order and partition of all rows as they are.
fn check_key(before: &TableDefinition, old: &Column, new: &Column) -> Result<()> {
    let name = &old.name;
    if !before.is_in_key(name) {
        return Ok(());
    }
    let is_inside = |key: &TableExpression| key.column.is_none() && key.sources.contains(name);
    if before.sorting_key.iter().chain(&before.partition_key).any(is_inside) {
        let message = format!("ALTER of key column {name} is forbidden.");
        return Err(Error::new(Code::ALTER_OF_COLUMN_IS_FORBIDDEN, message));
    }
    if same_representation(&old.data_type, &new.data_type) {
        return Ok(());
    }
    let is_partition = before.partition_columns.contains(name);
    let what = if is_partition { "partition key" } else { "primary key" };
    let message = format!(
        "ALTER of key column {name} from type {} to type {} is not safe because it can change the representation of \
         {what}.",
        old.data_type, new.data_type
    );
    Err(Error::new(Code::ALTER_OF_COLUMN_IS_FORBIDDEN, message))
}

/// Whether each value stays what it is: LowCardinality or not, more names in an enumeration, its numbers.
fn same_representation(from: &DataType, to: &DataType) -> bool {
    match (from.strip_low_cardinality(), to.strip_low_cardinality()) {
        (from, to) if keeps_numbers(&from, &to) => true,
        (DataType::Enum8(_), DataType::Int8) | (DataType::Enum16(_), DataType::Int16) => true,
        (from, to) => from == to,
    }
}

fn check_null(old: &Column, new: &Column) -> Result<()> {
    if !old.data_type.is_nullable() || new.data_type.is_nullable() {
        return Ok(());
    }
    if new.expression.is_none() {
        let message = format!(
            "Cannot convert column '{}' from nullable type {} to non-nullable type {}. Please specify `DEFAULT` \
             expression in ALTER MODIFY COLUMN statement.",
            old.name, old.data_type, new.data_type
        );
        return Err(Error::new(Code::BAD_ARGUMENTS, message));
    }
    Ok(())
}
