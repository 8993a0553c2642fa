//! Table functions. Adding one is a file and a line in [`TABLE_FUNCTIONS`].

mod file;
mod numbers;
pub(crate) mod structure;
mod values;

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::datasource::provider_as_source;
use gristmill_sql::Code;
use gristmill_sql::analyzer::{Column, Table, TableFunctionArgument};
use gristmill_sql::types::maybe_you_meant;

pub use file::allowed_path;
pub use numbers::Numbers;

use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::formats::HeaderColumn;

/// Columns and the way to read them.
type Called = (Vec<HeaderColumn>, Arc<dyn TableProvider>);
type Call = fn(&[TableFunctionArgument], &Environment) -> Result<Called>;

/// All table functions, by name.
pub const TABLE_FUNCTIONS: &[(&str, Call)] = &[
    ("file", file::call),
    ("numbers", numbers::call),
    ("numbers_mt", numbers::call_parallel),
    ("values", values::call),
];

/// Calls a table function.
pub fn call(name: &str, arguments: &[TableFunctionArgument], environment: &Environment) -> Result<Table> {
    let Some((name, call)) = TABLE_FUNCTIONS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
    else {
        let known: Vec<&str> = TABLE_FUNCTIONS.iter().map(|(name, _)| *name).collect();
        let hint = maybe_you_meant(name, &known);
        let message = format!("Unknown table function {name}{hint}");
        return Err(Error::new(Code::UNKNOWN_FUNCTION, message));
    };
    let (header, provider) = call(arguments, environment)?;
    let column = |it: HeaderColumn| Column::ordinary(it.name, it.data_type);
    let columns = header.into_iter().map(column).collect();
    let source = provider_as_source(provider);
    Ok(Table {
        view: None,
        virtual_columns: Vec::new(),
        database: String::new(),
        name: name.to_string(),
        columns,
        source,
    })
}

/// A String argument.
fn text(function: &str, argument: &TableFunctionArgument) -> Result<String> {
    use datafusion::common::ScalarValue;
    match argument {
        TableFunctionArgument::Name(name) => Ok(name.clone()),
        TableFunctionArgument::Value(ScalarValue::Binary(Some(bytes)), _) => {
            Ok(String::from_utf8_lossy(bytes).into_owned())
        }
        TableFunctionArgument::Value(_, data_type) => {
            let message = format!("Argument of table function {function} must be a String, got {data_type}");
            Err(Error::new(Code::BAD_ARGUMENTS, message))
        }
    }
}

/// NUMBER_OF_ARGUMENTS_DOESNT_MATCH.
fn wrong_count(function: &str, expected: &str) -> Error {
    let message = format!("Table function '{function}' requires {expected}");
    Error::new(Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH, message)
}
