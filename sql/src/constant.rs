//! Constants outside a query: a value of INSERT … VALUES may be any expression that needs no table.

use std::collections::BTreeMap;

use arrow::array::ArrayRef;
use datafusion::common::ScalarValue;

use crate::analyzer::{self, Catalog, Planned, Table, TableFunctionArgument};
use crate::error::{Code, Error, Result};
use crate::functions;
use crate::types::DataType;

/// The expression's value, converted to this type, as an array of one row. Nothing for NULL where the type has none.
pub fn evaluate(text: &str, data_type: &DataType, functions: &functions::Context) -> Result<Option<ArrayRef>> {
    let context = analyzer::Context {
        catalog: &NoTables,
        lifted: &[],
        parameters: &BTreeMap::new(),
        functions,
    };
    let (value, _) = analyzer::evaluate_constant(text, Some(&data_type.to_nullable()), &context)?;
    if value.is_null() && !data_type.is_nullable() {
        return Ok(None);
    }
    Ok(Some(value.to_array()?))
}

/// The surroundings of a constant: nothing that could be read.
struct NoTables;

impl Catalog for NoTables {
    fn table(&self, _database: Option<&str>, name: &str, _is_final: bool) -> Result<Table> {
        Err(Error::new(
            Code::UNKNOWN_TABLE,
            format!("A constant cannot read table {name}"),
        ))
    }

    fn table_function(&self, name: &str, _arguments: &[TableFunctionArgument]) -> Result<Table> {
        Err(Error::new(
            Code::UNKNOWN_FUNCTION,
            format!("A constant cannot call table function {name}"),
        ))
    }

    fn run_scalar(&self, _plan: &Planned) -> Result<ScalarValue> {
        Err(Error::new(
            Code::NOT_IMPLEMENTED,
            "Subqueries in constants are not implemented",
        ))
    }

    fn setting(&self, _name: &str) -> Option<String> {
        None
    }

    fn current_database(&self) -> &str {
        "default"
    }
}
