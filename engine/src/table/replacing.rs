//! `ENGINE = ReplacingMergeTree([version [, is_deleted]])`: its arguments, checked with ClickHouse's texts.

use gristmill_sql::Code;
use gristmill_sql::analyzer::Column;
use gristmill_sql::parser::CreateTable;
use gristmill_sql::types::DataType;
use gristmill_storage::Replacement;
use sqlparser::ast;

use crate::error::{Error, Result};
use crate::table::is_stored;

/// The engine's name.
pub const REPLACING_MERGE_TREE: &str = "ReplacingMergeTree";

/// Most arguments.
const ARGUMENTS_MAX: usize = 2;

/// Which rows of equal keys stay; None for other engines.
pub fn replacement(create: &CreateTable, columns: &[Column]) -> Result<Option<Replacement>> {
    let Some(engine) = create
        .engine
        .as_ref()
        .filter(|engine| engine.name == REPLACING_MERGE_TREE)
    else {
        return Ok(None);
    };
    let arguments = engine.arguments.as_deref().unwrap_or_default();
    if arguments.len() > ARGUMENTS_MAX {
        let message = "With extended storage definition syntax storage ReplacingMergeTree requires 0 to 2 parameters: \
                       \n[is_deleted column],\n[version]";
        return Err(Error::new(Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH, message));
    }
    let names = arguments.iter().map(column_name).collect::<Result<Vec<_>>>()?;
    let version = names.first().map(|name| version(name, columns)).transpose()?;
    let is_deleted = names.get(1).map(|name| is_deleted(name, columns)).transpose()?;
    match (version, is_deleted) {
        (Some(version), Some(is_deleted)) if version == is_deleted => {
            let message = format!("The version and is_deleted column cannot be the same column ({version}).");
            Err(Error::new(Code::BAD_ARGUMENTS, message))
        }
        (version, is_deleted) => Ok(Some(Replacement { version, is_deleted })),
    }
}

fn column_name(argument: &ast::Expr) -> Result<String> {
    match argument {
        ast::Expr::Identifier(name) => Ok(name.value.clone()),
        ast::Expr::Nested(inner) => column_name(inner),
        _ => Err(Error::new(Code::BAD_ARGUMENTS, "Wrong number of engine arguments.")),
    }
}

fn find<'a>(what: &str, name: &str, columns: &'a [Column]) -> Result<&'a Column> {
    let mut stored = columns.iter().filter(|column| is_stored(column));
    stored.find(|column| column.name == name).ok_or_else(|| {
        let message = format!("{what} column {name} does not exist in table declaration.");
        Error::new(Code::NO_SUCH_COLUMN_IN_TABLE, message)
    })
}

fn version(name: &str, columns: &[Column]) -> Result<String> {
    let column = find("Version", name, columns)?;
    let data_type = &column.data_type;
    let is_number =
        data_type.is_integer() || data_type.is_big_integer() || data_type.is_float() || *data_type == DataType::Bool;
    if is_number || data_type.is_date_or_date_time() || data_type.is_time() {
        return Ok(name.into());
    }
    let message = format!(
        "The column {name} cannot be used as a version column for storage ReplacingMergeTree because it is of type \
         {data_type} (must be of an integer type or of type Date/DateTime/DateTime64)."
    );
    Err(Error::new(Code::BAD_TYPE_OF_FIELD, message))
}

fn is_deleted(name: &str, columns: &[Column]) -> Result<String> {
    let column = find("is_deleted", name, columns)?;
    if matches!(column.data_type, DataType::UInt8 | DataType::Bool) {
        return Ok(name.into());
    }
    let message = format!(
        "is_deleted column ({name}) for storage ReplacingMergeTree must have type UInt8. Provided column of type {}.",
        column.data_type
    );
    Err(Error::new(Code::BAD_TYPE_OF_FIELD, message))
}
