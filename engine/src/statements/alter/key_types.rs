//! MODIFY COLUMN of the columns that say where rows lie and which of them stay: the types that they may get.

use gristmill_sql::Code;
use gristmill_sql::analyzer::Column;
use gristmill_sql::parser::{ColumnDefault, ColumnDefinition};
use gristmill_sql::types::{DataType, TimeZone};

use super::draft::Draft;
use crate::error::{Error, Result};
use crate::table::{TableDefinition, TableExpression, declared_type};

/// Refuses types by which rows would be sorted or parted otherwise, or others of equal keys would stay.
pub fn check(draft: &Draft<'_>) -> Result<()> {
    let before = draft.before;
    let rule = before.replacement.as_ref();
    let roles = rule.map(|rule| [("version", &rule.version), ("is_deleted", &rule.is_deleted)]);
    for (role, name) in roles.into_iter().flatten() {
        let Some((old, new)) = name.as_deref().and_then(|name| find(draft, name)) else {
            continue;
        };
        let kind = match new.default {
            Some(ColumnDefault::Alias(_)) => "ALIAS",
            Some(ColumnDefault::Ephemeral(_)) => "EPHEMERAL",
            _ => {
                check_role(role, old, &type_of(old, new)?)?;
                continue;
            }
        };
        return Err(forbidden(format!(
            "Cannot modify {role} column ({}) to {kind}.",
            old.name
        )));
    }
    for old in before.columns.iter().filter(|old| before.is_in_key(&old.name)) {
        if let Some((_, new)) = find(draft, &old.name) {
            check_key(before, old, &type_of(old, new)?)?;
        }
    }
    Ok(())
}

/// A column as it was and as it will be.
fn find<'a>(draft: &'a Draft<'_>, name: &str) -> Option<(&'a Column, &'a ColumnDefinition)> {
    let old = draft.before.columns.iter().find(|column| column.name == name)?;
    let new = draft.create.columns.iter().find(|column| column.name == name)?;
    Some((old, new))
}

fn type_of(old: &Column, new: &ColumnDefinition) -> Result<DataType> {
    Ok(declared_type(new)?.unwrap_or_else(|| old.data_type.clone()))
}

fn check_role(role: &str, old: &Column, to: &DataType) -> Result<()> {
    let (name, from) = (&old.name, &old.data_type);
    if from == to {
        return Ok(());
    }
    if role == "is_deleted" {
        return match to {
            DataType::UInt8 | DataType::Bool => Ok(()),
            _ => Err(forbidden(format!(
                "Cannot alter is_deleted column ({name}) to type {to}, because it must have type UInt8."
            ))),
        };
    }
    let is_number =
        to.strip_low_cardinality().is_integer() || to.is_big_integer() || to.is_float() || *to == DataType::Bool;
    if !is_number && !to.is_date_or_date_time() {
        return Err(forbidden(format!(
            "Cannot alter version column {name} to type {to} because version column must be of an integer type or of \
             type Date or DateTime."
        )));
    }
    let why = match width(to) < width(from) {
        _ if !keeps_order(from, to) => "new type will change sort order of version column",
        true => "new type is smaller than current in the number of bytes",
        false => return Ok(()),
    };
    Err(forbidden(format!(
        "Cannot alter version column {name} from type {from} to type {to} because {why}. The only possible conversion is \
         expansion of the number of bytes of the current type."
    )))
}

/// Whether versions in another type are of the same kind. Bool keeps less of UInt8 than ClickHouse's does.
fn keeps_order(from: &DataType, to: &DataType) -> bool {
    match from {
        DataType::Bool => to.is_unsigned_integer(),
        DataType::Date | DataType::Date32 | DataType::Time | DataType::Time64(_) => from == to,
        DataType::DateTime(_) => matches!(to, DataType::DateTime(_)),
        _ if from.is_signed_integer() => to.is_signed_integer(),
        _ if from.is_unsigned_integer() => to.is_unsigned_integer(),
        _ if from.is_float() => to.is_float(),
        _ => true,
    }
}

fn width(data_type: &DataType) -> usize {
    data_type.arrow().primitive_width().unwrap_or(1)
}

/// Only changes that leave order and partition of all rows as they are.
fn check_key(before: &TableDefinition, old: &Column, to: &DataType) -> Result<()> {
    let (name, from) = (&old.name, &old.data_type);
    let is_inside = |key: &TableExpression| key.column.is_none() && key.sources.contains(name);
    if before.sorting_key.iter().chain(&before.partition_key).any(is_inside) {
        return match same_values(from, to) {
            true => Ok(()),
            false => Err(forbidden(format!("ALTER of key column {name} is forbidden."))),
        };
    }
    if same_representation(from, to) {
        return Ok(());
    }
    let is_partition = before.partition_columns.contains(name);
    let (role, what) = match is_partition {
        true => ("partition key", "partition key"),
        false => ("key", "primary key"),
    };
    Err(forbidden(format!(
        "ALTER of {role} column {name} from type {from} to type {to} is not safe because it can change the representation \
         of {what}."
    )))
}

/// Whether each value is the same for all functions: more names in an enumeration, or the server's time zone by its name.
fn same_values(from: &DataType, to: &DataType) -> bool {
    // The server's zone is UTC.
    let same_zone = |one: &Option<TimeZone>, other: &Option<TimeZone>| {
        one.unwrap_or(TimeZone::UTC) == other.unwrap_or(TimeZone::UTC)
    };
    match (from, to) {
        (DataType::Enum8(old), DataType::Enum8(new)) | (DataType::Enum16(old), DataType::Enum16(new)) => {
            let mut entries = old.values().iter();
            entries.all(|(name, number)| new.value(name) == Some(*number))
        }
        (DataType::DateTime(one), DataType::DateTime(other)) => same_zone(one, other),
        (DataType::DateTime64(scale, one), DataType::DateTime64(other_scale, other)) => {
            scale == other_scale && same_zone(one, other)
        }
        _ => from == to,
    }
}

/// Whether each value stays what it is on disk.
fn same_representation(from: &DataType, to: &DataType) -> bool {
    match (from, to) {
        (DataType::Nullable(from), DataType::Nullable(to)) | (DataType::Array(from), DataType::Array(to)) => {
            same_representation(from, to)
        }
        (DataType::LowCardinality(from), to) | (to, DataType::LowCardinality(from)) => {
            same_but_zone(from, &to.strip_low_cardinality())
        }
        (DataType::Enum8(_), DataType::Int8) | (DataType::Enum16(_), DataType::Int16) => true,
        (DataType::DateTime(_), DataType::UInt32) | (DataType::UInt32, DataType::DateTime(_)) => true,
        (DataType::Date, DataType::UInt16) | (DataType::UInt16, DataType::Date) => true,
        _ => keeps_numbers(from, to) || same_but_zone(from, to),
    }
}

fn same_but_zone(from: &DataType, to: &DataType) -> bool {
    match (from, to) {
        (DataType::DateTime(_), DataType::DateTime(_)) => true,
        (DataType::DateTime64(scale, _), DataType::DateTime64(other, _)) => scale == other,
        _ => from == to,
    }
}

/// Whether an enumeration becomes another one in which each number still has a name, and no name another number.
fn keeps_numbers(from: &DataType, to: &DataType) -> bool {
    let (old, new) = match (from, to) {
        (DataType::Enum8(old), DataType::Enum8(new)) | (DataType::Enum16(old), DataType::Enum16(new)) => (old, new),
        _ => return false,
    };
    let mut entries = old.values().iter();
    entries.all(|(name, value)| match new.value(name) {
        Some(other) => other == *value,
        None => new.name(*value).is_some(),
    })
}

fn forbidden(message: String) -> Error {
    Error::new(Code::ALTER_OF_COLUMN_IS_FORBIDDEN, message)
}
