//! The columns that a CREATE TABLE statement declares: their types, kinds, defaults and codecs, checked.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use gristmill_sql::analyzer::{Column, ColumnKind};
use gristmill_sql::parser::{
    ColumnDefault, ColumnDefinition, CreateTable, format_expression, parse_expression, quote_string,
};
use gristmill_sql::types::DataType;
use gristmill_sql::{Code, functions};
use gristmill_storage::ColumnCoding;
use sqlparser::ast;

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::table::codec::coding;
use crate::table::column_names::{default_of, names_in};

/// All columns of a statement, in order. Writes into it which types they have.
pub fn columns(create: &mut CreateTable, environment: &Environment) -> Result<Vec<Column>> {
    if create.columns.is_empty() {
        let message = "Incorrect CREATE query: required list of column descriptions or AS section or SELECT";
        return Err(Error::new(Code::INCORRECT_QUERY, message));
    }
    let mut seen = HashSet::new();
    for column in &create.columns {
        if !seen.insert(column.name.clone()) {
            let message = format!(
                "Cannot add column {}: column with this name already exists",
                column.name
            );
            return Err(Error::new(Code::ILLEGAL_COLUMN, message));
        }
    }
    refuse_cycles(create)?;
    // Types that are written come first: expressions of columns without one may use any of them.
    let mut columns = Vec::with_capacity(create.columns.len());
    for definition in &create.columns {
        columns.push(Column {
            name: definition.name.clone(),
            data_type: declared_type(definition)?.unwrap_or(DataType::Nothing),
            kind: kind(definition),
            expression: default_of(definition).map(format_expression),
            comment: definition.comment.clone().unwrap_or_default(),
            codec: codec_text(definition),
        });
    }
    for index in 0..columns.len() {
        let definition = &mut create.columns[index];
        if let Some(ColumnDefault::Ephemeral(value @ None)) = &mut definition.default {
            let name = quote_string(&columns[index].data_type.to_string());
            let default = parse_expression(&format!("defaultValueOfTypeName({name})"))?;
            columns[index].expression = Some(format_expression(&default));
            *value = Some(default);
        }
        if let Some(expression) = default_of(definition) {
            let data_type = check_default(expression, definition, &columns, environment)?;
            columns[index].data_type = data_type;
        }
        definition.data_type = Some(columns[index].data_type.to_string());
        definition.null = None;
    }
    if columns.iter().all(|column| !is_stored(column)) {
        let message = "Cannot CREATE table without physical columns";
        return Err(Error::new(Code::EMPTY_LIST_OF_COLUMNS_PASSED, message));
    }
    Ok(columns)
}

/// Refuses columns whose expressions depend on each other.
fn refuse_cycles(create: &CreateTable) -> Result<()> {
    let sources = |column: &ColumnDefinition| default_of(column).map(names_in).unwrap_or_default();
    let columns = create.columns.iter();
    let mut waiting: Vec<(&str, BTreeSet<String>)> = columns.map(|it| (it.name.as_str(), sources(it))).collect();
    loop {
        let names: HashSet<&str> = waiting.iter().map(|(name, _)| *name).collect();
        let (stuck, ready): (Vec<_>, Vec<_>) = waiting
            .into_iter()
            .partition(|(_, sources)| sources.iter().any(|source| names.contains(source.as_str())));
        if stuck.is_empty() {
            return Ok(());
        }
        if ready.is_empty() {
            let names: Vec<&str> = stuck.iter().map(|(name, _)| *name).collect();
            let message = format!(
                "Cyclic alias detected in column DEFAULT expressions: {}: default expression and column type are \
                 incompatible",
                names.join(", ")
            );
            return Err(Error::new(Code::CYCLIC_ALIASES, message));
        }
        waiting = stuck;
    }
}

/// The type that a column is given, if it is.
pub fn declared_type(definition: &ColumnDefinition) -> Result<Option<DataType>> {
    let Some(text) = &definition.data_type else {
        return match definition.default {
            None => Err(Error::new(
                Code::UNKNOWN_TYPE,
                format!("Column {} has neither a type nor a default expression", definition.name),
            )),
            // A bare EPHEMERAL has no expression to take a type from.
            Some(ColumnDefault::Ephemeral(None)) => Ok(Some(DataType::String)),
            Some(_) => Ok(None),
        };
    };
    let data_type = DataType::parse(text)?;
    if definition.null.is_some() && data_type.is_nullable() {
        let message = "Can't use [NOT] NULL modifier with Nullable type";
        return Err(Error::new(Code::ILLEGAL_SYNTAX_FOR_DATA_TYPE, message));
    }
    Ok(Some(match definition.null {
        Some(true) => data_type.to_nullable(),
        _ => data_type,
    }))
}

/// Plans a DEFAULT, MATERIALIZED or ALIAS expression with the cast to the column's type, which is
/// what an INSERT or a read does later. Returns the column's type.
fn check_default(
    expression: &ast::Expr,
    definition: &ColumnDefinition,
    columns: &[Column],
    environment: &Environment,
) -> Result<DataType> {
    let wrap = |error: gristmill_sql::Error| {
        let message = format!("{}: default expression and column type are incompatible", error.message);
        Error::new(error.code, message)
    };
    let typed = environment
        .plan_expression(expression, &readable(columns))
        .map_err(wrap)?;
    match declared_type(definition)? {
        Some(declared) => {
            functions::cast(typed, &declared, environment.functions()).map_err(wrap)?;
            Ok(declared)
        }
        None => Ok(typed.data_type),
    }
}

/// The columns as a default expression sees them: EPHEMERAL ones have values there.
pub fn readable(columns: &[Column]) -> Vec<Column> {
    let ordinary = |column: &Column| match column.kind {
        ColumnKind::Ephemeral => Column::ordinary(&column.name, column.data_type.clone()),
        _ => column.clone(),
    };
    columns.iter().map(ordinary).collect()
}

fn kind(definition: &ColumnDefinition) -> ColumnKind {
    match &definition.default {
        None => ColumnKind::Ordinary,
        Some(ColumnDefault::Default(_)) => ColumnKind::Default,
        Some(ColumnDefault::Materialized(_)) => ColumnKind::Materialized,
        Some(ColumnDefault::Alias(_)) => ColumnKind::Alias,
        Some(ColumnDefault::Ephemeral(_)) => ColumnKind::Ephemeral,
    }
}

/// Checks codecs, once types are known; the columns with their codecs written out, and how those that are stored are
/// written.
pub fn codings(create: &mut CreateTable, mut columns: Vec<Column>) -> Result<(Vec<Column>, Vec<ColumnCoding>)> {
    let mut codings = Vec::new();
    for (definition, column) in create.columns.iter_mut().zip(&mut columns) {
        let coding = coding(definition, &column.data_type)?;
        column.codec = codec_text(definition);
        if is_stored(column) {
            codings.push(coding);
        }
    }
    Ok((columns, codings))
}

fn codec_text(definition: &ColumnDefinition) -> String {
    let codecs = definition
        .codec
        .iter()
        .flatten()
        .map(format_expression)
        .collect::<Vec<_>>();
    codecs.join(", ")
}

/// Whether parts hold the column.
pub fn is_stored(column: &Column) -> bool {
    !matches!(column.kind, ColumnKind::Alias | ColumnKind::Ephemeral)
}

/// The Arrow schema of the columns that parts hold.
pub fn stored_schema(columns: &[Column]) -> SchemaRef {
    let stored = columns.iter().filter(|column| is_stored(column));
    Arc::new(Schema::new(
        stored
            .map(|column| column.data_type.field(&column.name))
            .collect::<Vec<_>>(),
    ))
}
