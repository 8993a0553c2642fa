//! Functions against ClickHouse's own answers, and against every odd argument.

mod cases;
mod model;
mod no_panic;

use crate::analyzer::{Catalog, Planned, Table, TableFunctionArgument};
use crate::error::{Code, Error, Result};
use datafusion::common::ScalarValue;

/// No tables: constant expressions need none.
struct Nothing;

impl Catalog for Nothing {
    fn table(&self, _: Option<&str>, name: &str, _: bool) -> Result<Table> {
        Err(Error::new(Code::UNKNOWN_TABLE, name))
    }

    fn table_function(&self, name: &str, _: &[TableFunctionArgument]) -> Result<Table> {
        Err(Error::new(Code::UNKNOWN_FUNCTION, name))
    }

    fn run_scalar(&self, _: &Planned) -> Result<ScalarValue> {
        Err(Error::new(Code::NOT_IMPLEMENTED, "there are no subqueries here"))
    }

    fn setting(&self, _: &str) -> Option<String> {
        None
    }

    fn current_database(&self) -> &str {
        "default"
    }
}
