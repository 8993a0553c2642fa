//! MODIFY COLUMN with another type: whether the values that are there can be converted.

use std::collections::HashSet;

use gristmill_sql::Code;
use gristmill_sql::analyzer::Column;
use gristmill_sql::parser::{AlterCommand, ColumnDefinition, Position};
use gristmill_sql::types::DataType;
use gristmill_storage::{Part, PartSet};

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::table::{MergeTreeTable, TableDefinition, TableExpression, convert, is_stored};

/// Rows that are converted at a time.
const BATCH_ROWS: usize = 8192;

/// Columns whose type changes.
pub struct Conversions<'a> {
    table: &'a MergeTreeTable,
    columns: Vec<Conversion>,
    /// Columns whose values in parts that hold them in an older type would be others by the new definition.
    reread: Vec<String>,
}

struct Conversion {
    /// The column's name as it was.
    from: String,
    /// And as it will be.
    to: String,
    expression: TableExpression,
}

impl<'a> Conversions<'a> {
    /// What a new definition changes about the types of a table's columns.
    pub fn new(table: &'a MergeTreeTable, after: &TableDefinition) -> Result<Self> {
        let before = &table.definition;
        let (mut columns, mut reread) = (Vec::new(), Vec::new());
        for old in before.columns.iter().filter(|column| is_stored(column)) {
            let stored = before.stored_names.of(&old.name);
            let mut found = after.columns.iter().filter(|column| is_stored(column));
            let Some(new) = found.find(|column| after.stored_names.of(&column.name) == stored) else {
                continue;
            };
            if new.data_type != old.data_type || new.expression != old.expression {
                reread.push(old.name.clone());
            }
            if new.data_type == old.data_type {
                continue;
            }
            check_null(old, new)?;
            columns.push(Conversion {
                from: old.name.clone(),
                to: new.name.clone(),
                expression: convert(&old.data_type, new)?,
            });
        }
        Ok(Self { table, columns, reread })
    }

    /// A column that a part holds in a type older than the one that it has before the change, where that matters.
    pub fn behind(&self, parts: &PartSet) -> Option<&str> {
        let is_behind = |name: &&String| {
            let mut parts = parts.parts().iter();
            parts.any(|part| part.column_size(name).is_some() && !part.holds(name))
        };
        self.reread.iter().find(is_behind).map(String::as_str)
    }

    /// The command that gives the column's values the type that it has before the change.
    pub fn command_of(&self, name: &str) -> Option<AlterCommand> {
        let column = self.table.definition.column(name)?;
        Some(modify(name, &column.data_type))
    }

    /// How many rows have not been looked at.
    pub fn rows_left(&self, parts: &PartSet, seen: &HashSet<u64>) -> u64 {
        if self.columns.is_empty() {
            return 0;
        }
        let left = parts.parts().iter().filter(|part| !seen.contains(&part.uid()));
        left.map(|part| part.rows_alive()).sum()
    }

    /// Whether the type of a column of that name changes.
    pub fn include(&self, name: &str) -> bool {
        self.columns.iter().any(|column| column.from == name)
    }

    /// The commands that write the columns again.
    pub fn commands(&self) -> Vec<AlterCommand> {
        let command = |column: &Conversion| modify(&column.to, &column.expression.data_type);
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

fn modify(name: &str, data_type: &DataType) -> AlterCommand {
    AlterCommand::ModifyColumn {
        column: ColumnDefinition {
            name: name.to_owned(),
            data_type: Some(data_type.to_string()),
            ..ColumnDefinition::default()
        },
        position: Position::Last,
        if_exists: false,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::DEFAULT;
    use crate::merges::tests::Fixture;

    /// They are not looked at while INSERTs wait, if there are many.
    #[test]
    fn rows_that_came_meanwhile_are_counted() {
        let mut fixture = Fixture::new();
        fixture.table("t", 1, "");
        fixture.run("ALTER TABLE t ADD COLUMN b UInt64");
        let table = fixture.engine.catalog().table(DEFAULT, "t").unwrap();
        fixture.run("ALTER TABLE t MODIFY COLUMN b String");
        let after = fixture.engine.catalog().table(DEFAULT, "t").unwrap();
        let conversions = Conversions::new(&table, &after.definition).unwrap();
        let (environment, mut seen) = (fixture.environment(), HashSet::new());
        assert_eq!(conversions.rows_left(&table.snapshot(), &seen), 1);
        conversions.check(&table.snapshot(), &mut seen, &environment).unwrap();
        assert_eq!(conversions.rows_left(&table.snapshot(), &seen), 0);
        fixture.run("INSERT INTO t SELECT number, '1' FROM numbers(10)");
        assert_eq!(conversions.rows_left(&table.snapshot(), &seen), 10);
    }
}
