//! Commands of mutations as text: what entries keep, and what system.mutations shows.

use std::collections::{BTreeMap, BTreeSet};

use gristmill_sql::Code;
use gristmill_sql::analyzer::substitute_parameters;
use gristmill_sql::parser::{AlterCommand, Delete, PartitionName, Statement, format_expression, parse, quote_string};
use gristmill_sql::types::back_quote_if_needed;
use sqlparser::ast;

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::table::names_in;

/// The column that ClickHouse's DELETE FROM sets to 0.
const ROW_EXISTS: &str = "_row_exists";

/// DELETE FROM as the command that ClickHouse makes of it.
pub fn of_delete(delete: Delete) -> AlterCommand {
    let zero = ast::Expr::Value(ast::Value::Number("0".into(), false).into());
    AlterCommand::Update {
        assignments: vec![(ROW_EXISTS.into(), zero)],
        partition: delete.partition,
        condition: delete.condition,
    }
}

/// Whether an UPDATE only says which rows there are.
pub fn only_marks(assignments: &[(String, ast::Expr)]) -> bool {
    match assignments {
        [(name, value)] => name == ROW_EXISTS && format_expression(value) == "0",
        _ => false,
    }
}

/// Puts the values of query parameters into a command.
pub fn without_parameters(command: &mut AlterCommand, environment: &Environment) -> Result<()> {
    let context = environment.context();
    let in_partition = |partition: &mut Option<PartitionName>| match partition {
        Some(PartitionName::Value(value)) => substitute_parameters(value, &context),
        _ => Ok(()),
    };
    match command {
        AlterCommand::Update {
            assignments,
            partition,
            condition,
        } => {
            for (_, value) in assignments {
                substitute_parameters(value, &context)?;
            }
            in_partition(partition)?;
            substitute_parameters(condition, &context)?;
        }
        AlterCommand::Delete { partition, condition } => {
            in_partition(partition)?;
            substitute_parameters(condition, &context)?;
        }
        AlterCommand::MaterializeIndex { partition, .. }
        | AlterCommand::ClearIndex { partition, .. }
        | AlterCommand::ClearColumn { partition, .. }
        | AlterCommand::MaterializeColumn { partition, .. }
        | AlterCommand::ApplyDeletedMask { partition } => in_partition(partition)?,
        _ => {}
    }
    Ok(())
}

/// The text of a command that is a mutation; None for others.
pub fn text(command: &AlterCommand) -> Option<String> {
    Some(match command {
        AlterCommand::Update {
            assignments,
            partition,
            condition,
        } => {
            let assignment = |(name, value): &(String, ast::Expr)| {
                format!("{} = {}", back_quote_if_needed(name), format_expression(value))
            };
            let assignments: Vec<String> = assignments.iter().map(assignment).collect();
            let (place, condition) = (in_partition(partition), format_expression(condition));
            format!("UPDATE {}{place} WHERE {condition}", assignments.join(", "))
        }
        AlterCommand::Delete { partition, condition } => {
            format!(
                "DELETE{} WHERE {}",
                in_partition(partition),
                format_expression(condition)
            )
        }
        AlterCommand::MaterializeIndex { name, partition, .. } => {
            format!(
                "MATERIALIZE INDEX {}{}",
                back_quote_if_needed(name),
                in_partition(partition)
            )
        }
        AlterCommand::ClearIndex { name, partition, .. } => {
            format!("CLEAR INDEX {}{}", back_quote_if_needed(name), in_partition(partition))
        }
        AlterCommand::ModifyColumn { column, .. } => {
            let data_type = column.data_type.as_deref()?;
            format!("MODIFY COLUMN {} {data_type}", back_quote(&column.name))
        }
        AlterCommand::ClearColumn { name, partition, .. } => {
            format!("CLEAR COLUMN {}{}", back_quote_if_needed(name), in_partition(partition))
        }
        AlterCommand::MaterializeColumn { name, partition } => {
            format!(
                "MATERIALIZE COLUMN {}{}",
                back_quote_if_needed(name),
                in_partition(partition)
            )
        }
        AlterCommand::DropIndex { name, .. } => format!("DROP INDEX {}", back_quote_if_needed(name)),
        AlterCommand::ApplyDeletedMask { partition } => format!("APPLY DELETED MASK{}", in_partition(partition)),
        _ => return None,
    })
}

/// Names that a command reads columns by, and that it writes them by.
fn columns(command: &AlterCommand) -> BTreeSet<String> {
    match command {
        AlterCommand::Update {
            assignments, condition, ..
        } => {
            let mut names = names_in(condition);
            for (name, value) in assignments {
                names.insert(name.clone());
                names.extend(names_in(value));
            }
            names
        }
        AlterCommand::Delete { condition, .. } => names_in(condition),
        AlterCommand::ClearColumn { name, .. } | AlterCommand::MaterializeColumn { name, .. } => [name.clone()].into(),
        _ => BTreeSet::new(),
    }
}

/// The same of a command's text.
pub fn columns_of_text(text: &str) -> Result<BTreeSet<String>> {
    Ok(columns(&of_text(text)?))
}

fn back_quote(name: &str) -> String {
    match back_quote_if_needed(name) {
        quoted if quoted.starts_with('`') => quoted.into_owned(),
        plain => format!("`{plain}`"),
    }
}

fn in_partition(partition: &Option<PartitionName>) -> String {
    match partition {
        None => String::new(),
        Some(PartitionName::Value(value)) => format!(" IN PARTITION {}", format_expression(value)),
        Some(PartitionName::Id(id)) => format!(" IN PARTITION ID {}", quote_string(id)),
        Some(PartitionName::All) => " IN PARTITION ALL".into(),
        Some(PartitionName::Part(name)) => format!(" IN PART {}", quote_string(name)),
    }
}

/// The command whose text it is.
pub fn of_text(text: &str) -> Result<AlterCommand> {
    let statement = format!("ALTER TABLE t {text}");
    let (parsed, _) = parse(statement.as_bytes(), &BTreeMap::new())?;
    let not_one = || Error::new(Code::LOGICAL_ERROR, format!("'{text}' is not a command of a mutation"));
    match parsed.statement {
        Statement::Alter(mut alter) if alter.commands.len() == 1 => alter.commands.pop().ok_or_else(not_one),
        _ => Err(not_one()),
    }
}

/// A command as system.mutations shows it.
pub fn listed_text(text: &str) -> String {
    format!("({text})")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(command: &str) {
        let parsed = of_text(command).unwrap();
        assert_eq!(text(&parsed).as_deref(), Some(command));
    }

    #[test]
    fn texts_read_back() {
        check("UPDATE b = b + 1 WHERE a > 3");
        check("UPDATE `b c` = 'it\\'s', d = [1, 2] IN PARTITION ('a', 1) WHERE s LIKE '%\\'%'");
        check("UPDATE b = 1 IN PARTITION ID '2024' WHERE a IN (SELECT x FROM u WHERE x = (SELECT 1))");
        check("DELETE WHERE a = 4");
        check("DELETE IN PARTITION 1 WHERE a = 4");
        check("MATERIALIZE INDEX i1 IN PARTITION 1");
        check("CLEAR INDEX `a b`");
        check("DROP INDEX i1");
        check("MODIFY COLUMN `b c` LowCardinality(String)");
        check("CLEAR COLUMN b IN PARTITION 1");
        check("MATERIALIZE COLUMN `b c`");
        check("APPLY DELETED MASK");
    }

    #[test]
    fn delete_from_is_an_update() {
        let command = of_text("UPDATE _row_exists = 0 WHERE a = 5").unwrap();
        let AlterCommand::Update { assignments, .. } = command else {
            panic!("{command:?}");
        };
        assert!(only_marks(&assignments));
    }
}
