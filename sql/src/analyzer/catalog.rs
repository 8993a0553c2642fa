//! What the analyzer asks of its surroundings, and what it hands back.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{LogicalPlan, TableSource};

use crate::error::Result;
use crate::functions;
use crate::parser::Lifted;
use crate::types::DataType;

/// How a column gets its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Stored, without a default expression.
    Ordinary,
    /// Stored; the expression fills it when an INSERT leaves it out.
    Default,
    /// Stored, always computed; not part of `*`.
    Materialized,
    /// Computed on read; not part of `*`.
    Alias,
    /// Only an input of other columns' defaults; cannot be read.
    Ephemeral,
}

/// A column of a table as its CREATE statement declares it.
#[derive(Clone, Debug)]
pub struct Column {
    /// Case-sensitive name.
    pub name: String,
    /// ClickHouse type.
    pub data_type: DataType,
    /// Ordinary, DEFAULT, MATERIALIZED, ALIAS or EPHEMERAL.
    pub kind: ColumnKind,
    /// Text of the expression after the kind's keyword.
    pub expression: Option<String>,
    /// COMMENT, empty if none.
    pub comment: String,
    /// Text of the CODEC clause, empty if none.
    pub codec: String,
}

impl Column {
    /// A stored column without default, comment and codec.
    pub fn ordinary(name: impl Into<String>, data_type: DataType) -> Self {
        Self {
            name: name.into(),
            data_type,
            kind: ColumnKind::Ordinary,
            expression: None,
            comment: String::new(),
            codec: String::new(),
        }
    }
}

/// A table, view or table function's result as a query sees it.
#[derive(Clone)]
pub struct Table {
    /// Database name; empty for table functions.
    pub database: String,
    /// Table name, or the table function's.
    pub name: String,
    /// All columns; those that are stored are in `source`'s schema under the same name.
    pub columns: Vec<Column>,
    /// What the plan's scan reads.
    pub source: Arc<dyn TableSource>,
    /// A view's query, planned: its header are the columns. It is read in place of the source.
    pub view: Option<Planned>,
    /// Columns that only their names find, no `*` and no COLUMNS; those of `columns` come first.
    pub virtual_columns: Vec<VirtualColumn>,
}

/// A column that a table has without its being declared.
#[derive(Clone, Debug)]
pub struct VirtualColumn {
    /// Case-sensitive name.
    pub name: String,
    /// Type of its values.
    pub data_type: DataType,
    /// Where they come from.
    pub source: VirtualSource,
}

/// Where the values of a virtual column come from.
#[derive(Clone, Debug)]
pub enum VirtualSource {
    /// The table's source has a column of that name.
    Table,
    /// All rows have this one.
    Constant(ScalarValue),
    /// It is [`super::DISTANCE_COLUMN`].
    Distance,
}

/// One argument of a table function.
#[derive(Clone, Debug)]
pub enum TableFunctionArgument {
    /// A constant expression, already evaluated.
    Value(ScalarValue, DataType),
    /// A bare identifier (`file(data.parquet, Parquet)`), as written, parts joined by dots.
    Name(String),
}

/// Tables and other facts of the session that a query is planned in.
pub trait Catalog {
    /// Finds a table; `None` means the current database. UNKNOWN_TABLE or UNKNOWN_DATABASE if absent, ILLEGAL_FINAL if
    /// it cannot be read with FINAL.
    fn table(&self, database: Option<&str>, name: &str, is_final: bool) -> Result<Table>;
    /// Finds a table function and asks it for its columns.
    fn table_function(&self, name: &str, arguments: &[TableFunctionArgument]) -> Result<Table>;
    /// Runs a scalar subquery of one column now: its value, NULL if it has no row, an error
    /// (INCORRECT_RESULT_OF_SCALAR_SUBQUERY) if it has several.
    fn run_scalar(&self, plan: &Planned) -> Result<ScalarValue>;
    /// A setting's value as text; `None` if it does not exist.
    fn setting(&self, name: &str) -> Option<String>;
    /// The database that unqualified table names are looked up in.
    fn current_database(&self) -> &str;
}

/// What a query is planned with.
pub struct Context<'a> {
    /// Tables and settings.
    pub catalog: &'a dyn Catalog,
    /// Vector literals that the parser took out of the text.
    pub lifted: &'a [Lifted],
    /// Values of `{name:Type}` parameters, as text.
    pub parameters: &'a BTreeMap<String, String>,
    /// Facts that functions depend on: time zone, version, user and so on.
    pub functions: &'a functions::Context,
}

/// A result column's name and type as ClickHouse shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderColumn {
    /// Shown name; may repeat.
    pub name: String,
    /// Exact type.
    pub data_type: DataType,
}

/// A planned query. The plan's top schema has one field per header column, in order; its names are
/// the header's, made unique where they repeat.
#[derive(Clone, Debug)]
pub struct Planned {
    /// Complete plan: explicit casts, no wildcards.
    pub plan: LogicalPlan,
    /// The row of WITH TOTALS, of the same columns; only of a whole query.
    pub totals: Option<LogicalPlan>,
    /// Names and types to show.
    pub header: Vec<HeaderColumn>,
    /// The plan and header hold for every query of the same template, the same types of lifted literals and the same
    /// parameters: lifted literals and parameters that are vectors stand in the plan as literals with
    /// [`super::LIFTED_KEY`] metadata, of their own type or cast to another array of numbers, and nowhere else, and
    /// nothing was taken from the clock or data.
    pub cacheable: bool,
}
