//! `add_minmax_index_for_numeric_columns` and its like: indexes that settings of a table make.

use gristmill_sql::Code;
use gristmill_sql::parser::{ColumnDefault, CreateTable};
use gristmill_sql::types::DataType;
use sqlparser::ast;

use crate::error::{Error, Result};
use crate::settings;
use crate::table::expression::TableExpression;
use crate::table::index::TableIndex;
use crate::table::index_types::MINMAX;

/// Their names begin so, and no others' where a setting makes them.
const PREFIX: &str = "auto_minmax_index_";

/// Adds a minmax index for each column of the types that are set, unless it has one.
pub fn add_implicit(
    create: &CreateTable,
    indexes: &mut Vec<TableIndex>,
    expression: impl Fn(&ast::Expr) -> Result<TableExpression>,
) -> Result<()> {
    let on = |name| settings::merge_tree_integer(name, &create.settings) != 0;
    let numeric = on("add_minmax_index_for_numeric_columns");
    let strings = on("add_minmax_index_for_string_columns");
    let temporal = on("add_minmax_index_for_temporal_columns");
    if !numeric && !strings && !temporal {
        return Ok(());
    }
    if let Some(index) = create.indexes.iter().find(|index| index.name.starts_with(PREFIX)) {
        let name = &index.name;
        let message = format!("Cannot create table because index {name} uses a reserved index name.");
        return Err(Error::new(Code::BAD_ARGUMENTS, message));
    }
    let is_meant = |data_type: &DataType| match data_type {
        DataType::String => strings,
        DataType::Bool => numeric,
        other => numeric && (other.is_number() || other.is_big_integer()) || temporal && other.is_date_or_date_time(),
    };
    for column in &create.columns {
        let name = ast::Expr::Identifier(ast::Ident::new(&column.name));
        let stored = match &column.default {
            Some(ColumnDefault::Ephemeral(_)) => continue,
            // What the name stands for, as another column may have the name of this one later.
            Some(ColumnDefault::Alias(alias)) => alias.clone(),
            _ => name.clone(),
        };
        let typed = expression(&name)?;
        if !is_meant(&typed.data_type) || typed.sources.is_empty() {
            continue;
        }
        let index = TableIndex::implicit(format!("{PREFIX}{}", column.name), stored, typed);
        if !indexes
            .iter()
            .any(|other| other.type_name == MINMAX && other.text == index.text)
        {
            indexes.push(index);
        }
    }
    Ok(())
}
