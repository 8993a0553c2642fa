//! ALTER TABLE … COLUMN in the definition: what is added, dropped, renamed and modified, with ClickHouse's errors.

use gristmill_sql::Code;
use gristmill_sql::analyzer::substitute_parameters;
use gristmill_sql::parser::{AlterCommand, ColumnDefault, ColumnDefinition, Position};
use gristmill_sql::types::{DataType, maybe_you_meant};

use super::super::suspicious_types::refuse_suspicious;
use super::draft::Draft;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::table::nested;
use crate::table::{default_of, is_reserved, names_in, rename_in};

/// ADD COLUMN: one column, or those that a Nested one is made of.
pub fn add(
    draft: &mut Draft<'_>,
    column: ColumnDefinition,
    position: &Position,
    if_not_exists: bool,
    environment: &Environment,
) -> Result<()> {
    let is_flat = environment.settings.flag("flatten_nested");
    let elements = nested::flattened(&column)?.filter(|_| is_flat);
    if is_taken(draft, &column.name) && if_not_exists {
        return Ok(());
    }
    let Some(elements) = elements.filter(|_| !is_taken(draft, &column.name)) else {
        return add_one(draft, column, position, environment);
    };
    let mut position = position.clone();
    for element in elements {
        let name = element.name.clone();
        add_one(draft, element, &position, environment)?;
        if position != Position::Last {
            position = Position::After(name);
        }
    }
    Ok(())
}

/// Whether a column or a Nested structure is called so.
fn is_taken(draft: &Draft<'_>, name: &str) -> bool {
    find(draft, name).is_some() || !elements_of(draft, name).is_empty()
}

/// The columns of a Nested structure.
fn elements_of(draft: &Draft<'_>, structure: &str) -> Vec<String> {
    let names = draft.create.columns.iter().map(|column| column.name.as_str());
    nested::elements_of(structure, names)
}

/// Parts are left as they are, they give the column's default.
fn add_one(
    draft: &mut Draft<'_>,
    mut column: ColumnDefinition,
    position: &Position,
    environment: &Environment,
) -> Result<()> {
    let name = column.name.clone();
    if is_taken(draft, &name) {
        let message = format!("Cannot add column `{name}`: column with this name already exists.");
        return Err(Error::new(Code::DUPLICATE_COLUMN, message));
    }
    refuse_reserved(&name, &format!("add column `{name}`"))?;
    if column.data_type.is_none() {
        let message = format!("Data type have to be specified for column `{name}` to add.");
        return Err(Error::new(Code::BAD_ARGUMENTS, message));
    }
    if column.primary_key {
        return Err(Error::not_implemented("ADD COLUMN … PRIMARY KEY"));
    }
    for expression in column.expressions_mut() {
        substitute_parameters(expression, &environment.context())?;
    }
    refuse_suspicious_type(&column, environment)?;
    insert(draft, column, position)?;
    draft.stored_names.add(&name);
    draft.added.insert(name);
    Ok(())
}

fn refuse_suspicious_type(column: &ColumnDefinition, environment: &Environment) -> Result<()> {
    match &column.data_type {
        Some(text) => refuse_suspicious(&DataType::parse(text)?, environment),
        None => Ok(()),
    }
}

fn refuse_reserved(name: &str, what: &str) -> Result<()> {
    if !is_reserved(name) {
        return Ok(());
    }
    let message = format!("Cannot {what}: this column name is reserved for persistent virtual column.");
    Err(Error::new(Code::ILLEGAL_COLUMN, message))
}

/// DROP COLUMN: parts keep its values until they are written again, under a name that no column gets any more. A Nested
/// structure goes with all its columns.
pub fn drop_one(draft: &mut Draft<'_>, name: &str, if_exists: bool) -> Result<()> {
    let Some(at) = find(draft, name) else {
        let elements = elements_of(draft, name);
        if !elements.is_empty() {
            return elements
                .iter()
                .try_for_each(|element| drop_one(draft, element, if_exists));
        }
        return unless(
            if_exists,
            draft,
            &format!("Wrong column name. Cannot find column `{name}` to drop"),
            name,
        );
    };
    let mut others = draft.create.columns.iter().filter(|other| other.name != name);
    let reads_it = |other: &&ColumnDefinition| default_of(other).is_some_and(|it| names_in(it).contains(name));
    if let Some(other) = others.find(reads_it) {
        let message = format!(
            "Cannot drop column `{name}`, because column `{}` depends on it.",
            other.name
        );
        return Err(Error::new(Code::ILLEGAL_COLUMN, message));
    }
    refuse_key(draft, name, "DROP")?;
    let names: Vec<String> = draft.create.columns.iter().map(|column| column.name.clone()).collect();
    draft.stored_names.drop(name, names.iter().map(String::as_str));
    draft.create.columns.remove(at);
    draft.added.remove(name);
    if draft.create.columns.is_empty() {
        return Err(Error::new(Code::BAD_ARGUMENTS, "Cannot DROP or CLEAR all columns."));
    }
    Ok(())
}

/// Refuses to rename a column twice, before anything else is asked.
pub fn check_renames(commands: &[AlterCommand]) -> Result<()> {
    let renames = commands.iter().filter_map(|command| match command {
        AlterCommand::RenameColumn { from, to, .. } => Some((from, to)),
        _ => None,
    });
    let renames: Vec<(&String, &String)> = renames.collect();
    for (position, (from, to)) in renames.iter().enumerate() {
        for (next, _) in &renames[position + 1..] {
            if next == to {
                let message = "Transitive renames in a single ALTER query are not allowed (don't make sense).";
                return Err(Error::new(Code::NOT_IMPLEMENTED, message));
            }
            if next == from {
                let message = format!("Cannot rename column `{from}` to two different names in a single ALTER query.");
                return Err(Error::new(Code::BAD_ARGUMENTS, message));
            }
        }
    }
    Ok(())
}

/// RENAME COLUMN: expressions, constraints and indexes follow.
pub fn rename(draft: &mut Draft<'_>, from: &str, to: &str, if_exists: bool) -> Result<()> {
    let Some(at) = find(draft, from) else {
        if !elements_of(draft, from).is_empty() {
            return Err(Error::new(Code::NOT_IMPLEMENTED, "Cannot rename whole Nested struct."));
        }
        return unless(
            if_exists,
            draft,
            &format!("Wrong column name. Cannot find column `{from}` to rename"),
            from,
        );
    };
    if find(draft, to).is_some() {
        let message = format!("Cannot rename to `{to}`: column with this name already exists.");
        return Err(Error::new(Code::DUPLICATE_COLUMN, message));
    }
    refuse_reserved(to, &format!("rename to `{to}`"))?;
    let message = match (nested::structure_of(from), nested::structure_of(to)) {
        (Some(one), Some(other)) if one != other => "Cannot rename column from one nested name to another.",
        (Some(_), None) | (None, Some(_)) => "Cannot rename column from nested struct to normal column and vice versa.",
        _ => "",
    };
    if !message.is_empty() {
        return Err(Error::new(Code::BAD_ARGUMENTS, message));
    }
    if draft.modified.contains(from) {
        return Err(renamed_and_modified(from));
    }
    refuse_key(draft, from, "RENAME")?;
    // ClickHouse looks for the names that the statement's own DEFAULT expressions use among those that will be.
    let is_new =
        |column: &&ColumnDefinition| draft.added.contains(&column.name) || draft.modified.contains(&column.name);
    let mut new = draft.create.columns.iter().filter(is_new);
    if new.any(|column| default_of(column).is_some_and(|it| names_in(it).contains(from))) {
        let message = format!(
            "Unknown expression or function identifier `{from}`: default expression and column type are incompatible"
        );
        return Err(Error::new(Code::UNKNOWN_IDENTIFIER, message));
    }
    let names: Vec<String> = draft.create.columns.iter().map(|column| column.name.clone()).collect();
    draft.stored_names.rename(from, to, names.iter().map(String::as_str));
    draft.create.columns[at].name = to.to_owned();
    rename_in(&mut draft.create, from, to);
    if draft.added.remove(from) {
        draft.added.insert(to.to_owned());
    }
    draft.renamed.insert(to.to_owned());
    Ok(())
}

/// MODIFY COLUMN: what is said takes the place of what was, the rest stays.
pub fn modify(
    draft: &mut Draft<'_>,
    mut column: ColumnDefinition,
    position: &Position,
    if_exists: bool,
    environment: &Environment,
) -> Result<()> {
    let name = column.name.clone();
    let Some(at) = find(draft, &name) else {
        return unless(
            if_exists,
            draft,
            &format!("Wrong column. Cannot find column `{name}` to modify"),
            &name,
        );
    };
    if draft.renamed.contains(&name) {
        return Err(renamed_and_modified(&name));
    }
    if column.null.is_some() && column.data_type.is_none() {
        let message = "NULL / NOT NULL modifier requires an explicit column type.";
        return Err(Error::new(Code::SYNTAX_ERROR, message));
    }
    if column.primary_key || column.statistics.is_some() || !column.settings.is_empty() {
        return Err(Error::not_implemented(
            "MODIFY COLUMN … PRIMARY KEY, STATISTICS or SETTINGS",
        ));
    }
    for expression in column.expressions_mut() {
        substitute_parameters(expression, &environment.context())?;
    }
    if column.data_type.is_none() {
        refuse_flag(draft, &name, column.default.as_ref())?;
    }
    refuse_suspicious_type(&column, environment)?;
    draft.modified.insert(name.clone());
    let known = &mut draft.create.columns[at];
    if column.data_type.is_some() {
        (known.data_type, known.null) = (column.data_type, column.null);
    }
    known.default = column.default.or(known.default.take());
    known.comment = column
        .comment
        .or(known.comment.take())
        .filter(|comment| !comment.is_empty());
    known.codec = column.codec.or(known.codec.take());
    known.ttl = column.ttl.or(known.ttl.take());
    if known.codec.is_some() && matches!(known.default, Some(ColumnDefault::Alias(_))) {
        let message = "Cannot specify codec for column type ALIAS.";
        return Err(Error::new(Code::BAD_ARGUMENTS, message));
    }
    let is_in_place = match position {
        Position::Last => true,
        Position::First => at == 0,
        Position::After(other) => *other == name,
    };
    if is_in_place {
        return Ok(());
    }
    let column = draft.create.columns.remove(at);
    insert(draft, column, position)
}

/// MODIFY COLUMN … REMOVE.
pub fn remove_property(draft: &mut Draft<'_>, name: &str, property: &str, if_exists: bool) -> Result<()> {
    let Some(at) = find(draft, name) else {
        return unless(
            if_exists,
            draft,
            &format!("Wrong column. Cannot find column `{name}` to modify"),
            name,
        );
    };
    refuse_flag(draft, name, None)?;
    draft.modified.insert(name.to_owned());
    let column = &mut draft.create.columns[at];
    let kind = match &column.default {
        None => None,
        Some(ColumnDefault::Default(_)) => Some("DEFAULT"),
        Some(ColumnDefault::Materialized(_)) => Some("MATERIALIZED"),
        Some(ColumnDefault::Alias(_)) => Some("ALIAS"),
        Some(ColumnDefault::Ephemeral(_)) => Some("EPHEMERAL"),
    };
    let had_it = match (property, kind) {
        ("DEFAULT" | "MATERIALIZED" | "ALIAS" | "EPHEMERAL", Some(kind)) if kind == property => {
            column.default.take().is_some()
        }
        ("DEFAULT" | "MATERIALIZED" | "ALIAS" | "EPHEMERAL", Some(kind)) => {
            let message = format!(
                "Cannot remove {property} from column `{name}`, because column default type is {kind}. Use REMOVE \
                 {kind} to delete it."
            );
            return Err(Error::new(Code::BAD_ARGUMENTS, message));
        }
        ("COMMENT", _) => column.comment.take().is_some(),
        // No column has any; no error, as in ClickHouse.
        ("SETTINGS", _) => true,
        ("CODEC", _) => column.codec.take().is_some(),
        ("TTL", _) => column.ttl.take().is_some(),
        _ => false,
    };
    match had_it {
        true => Ok(()),
        false => {
            let message = format!("Column `{name}` doesn't have {property}, cannot remove it.");
            Err(Error::new(Code::BAD_ARGUMENTS, message))
        }
    }
}

/// COMMENT COLUMN.
pub fn comment(draft: &mut Draft<'_>, name: &str, comment: String, if_exists: bool) -> Result<()> {
    let Some(at) = find(draft, name) else {
        return unless(
            if_exists,
            draft,
            &format!("Wrong column name. Cannot find column `{name}` to comment"),
            name,
        );
    };
    draft.create.columns[at].comment = Some(comment).filter(|comment| !comment.is_empty());
    Ok(())
}

/// The column that says which rows are deleted takes no property without its type, as in ClickHouse.
fn refuse_flag(draft: &Draft<'_>, name: &str, default: Option<&ColumnDefault>) -> Result<()> {
    let flag = draft
        .before
        .replacement
        .as_ref()
        .and_then(|rule| rule.is_deleted.as_deref());
    if flag != Some(name) || matches!(default, Some(ColumnDefault::Alias(_) | ColumnDefault::Ephemeral(_))) {
        return Ok(());
    }
    let message = format!("Trying to modify settings for column is_deleted ({name}).");
    Err(Error::new(Code::ALTER_OF_COLUMN_IS_FORBIDDEN, message))
}

fn find(draft: &Draft<'_>, name: &str) -> Option<usize> {
    draft.create.columns.iter().position(|column| column.name == name)
}

fn insert(draft: &mut Draft<'_>, column: ColumnDefinition, position: &Position) -> Result<()> {
    let at = match position {
        Position::Last => draft.create.columns.len(),
        Position::First => 0,
        Position::After(other) => match find(draft, other) {
            Some(at) => at + 1,
            None => {
                let message = format!("Wrong column name. Cannot find column {other} to insert after.");
                return Err(Error::new(Code::NO_SUCH_COLUMN_IN_TABLE, message));
            }
        },
    };
    draft.create.columns.insert(at, column);
    Ok(())
}

/// NOT_FOUND_COLUMN_IN_BLOCK, unless the statement says `IF EXISTS`.
fn unless(if_exists: bool, draft: &Draft<'_>, message: &str, name: &str) -> Result<()> {
    if if_exists {
        return Ok(());
    }
    let known: Vec<&str> = draft.create.columns.iter().map(|column| column.name.as_str()).collect();
    let hint = maybe_you_meant(name, &known);
    Err(Error::new(Code::NOT_FOUND_COLUMN_IN_BLOCK, format!("{message}{hint}")))
}

fn renamed_and_modified(name: &str) -> Error {
    let message = format!("Cannot rename and modify the same column `{name}` in a single ALTER query.");
    Error::new(Code::NOT_IMPLEMENTED, message)
}

/// ALTER_OF_COLUMN_IS_FORBIDDEN: parts are sorted and named by the values of key columns, and merged by those of others.
pub fn refuse_key(draft: &Draft<'_>, name: &str, action: &str) -> Result<()> {
    let rule = draft.before.replacement.as_ref();
    let columns = rule.map(|rule| [("version", &rule.version), ("is_deleted", &rule.is_deleted)]);
    for (role, column) in columns.into_iter().flatten() {
        if column.as_deref() == Some(name) {
            let message = format!("Trying to ALTER {action} {role} ({name}) column.");
            return Err(Error::new(Code::ALTER_OF_COLUMN_IS_FORBIDDEN, message));
        }
    }
    if !draft.before.is_in_key(name) {
        return Ok(());
    }
    let message = format!("Trying to ALTER {action} key {name} column which is a part of key expression.");
    Err(Error::new(Code::ALTER_OF_COLUMN_IS_FORBIDDEN, message))
}
