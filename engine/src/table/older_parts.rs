//! Parts that are older than a change of the table's columns: where the values of columns come from that a part lacks
//! or holds in an older type.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::common::ScalarValue;
use gristmill_sql::analyzer::{self, Column, Planned, Table, TableFunctionArgument};
use gristmill_sql::parser::{parse_expression, quote_string};
use gristmill_sql::types::{DataType, absent_column};
use gristmill_sql::{Code, Result as SqlResult, functions};
use gristmill_storage::{BoxError, Conversion, MissingColumn};
use parking_lot::Mutex;
use sqlparser::ast;

use crate::catalog::DEFAULT;
use crate::error::{Error, Result};
use crate::settings::Settings;
use crate::table::declared_columns::readable;
use crate::table::expression::TableExpression;
use crate::table::kept::is_stable;
use crate::table::nested::{default_like, siblings};

/// Plans expressions as a session with default settings would.
pub struct OlderParts {
    columns: Vec<Column>,
    /// The same as expressions see them.
    readable: Vec<Column>,
    /// All columns that an expression may use.
    available: SchemaRef,
    /// Expressions whose values do not change, planned.
    planned: Mutex<HashMap<String, Arc<TableExpression>>>,
}

impl OlderParts {
    /// For a table of these columns.
    pub fn new(columns: &[Column]) -> Self {
        let fields = columns.iter().map(|column| column.data_type.field(&column.name));
        Self {
            available: Arc::new(Schema::new(fields.collect::<Vec<_>>())),
            readable: readable(columns),
            columns: columns.to_vec(),
            planned: Mutex::default(),
        }
    }

    /// The value of DEFAULT, MATERIALIZED or EPHEMERAL, or the type's default: for an array of a Nested structure one of
    /// the length of another array of it that is there.
    pub fn missing_column(&self, name: &str, held: &dyn Fn(&str) -> bool) -> Result<MissingColumn> {
        let column = self.columns.iter().find(|column| column.name == name);
        let column = column.ok_or_else(|| {
            Error::new(
                Code::NO_SUCH_COLUMN_IN_TABLE,
                format!("There is no column `{name}` in table."),
            )
        })?;
        let Some(text) = &column.expression else {
            let data_type = column.data_type.clone();
            let mut siblings = siblings(column, &self.columns);
            let Some(sibling) = siblings.find(|sibling| held(&sibling.name)) else {
                return Ok(MissingColumn {
                    sources: Vec::new(),
                    values: Box::new(move |rows, _| Ok(absent_column(&data_type, rows))),
                });
            };
            let sibling = sibling.name.clone();
            return Ok(MissingColumn {
                sources: vec![sibling.clone()],
                values: Box::new(move |_, column| {
                    let sibling = column(&sibling).ok_or("the array of the same structure was asked for")?;
                    Ok(default_like(&data_type, &sibling))
                }),
            });
        };
        let expression = self.planned(column, text)?;
        Ok(MissingColumn {
            sources: expression.sources.clone(),
            values: Box::new(move |rows, column| expression.evaluate_with(rows, column).map_err(BoxError::from)),
        })
    }

    fn planned(&self, column: &Column, text: &str) -> Result<Arc<TableExpression>> {
        if let Some(expression) = self.planned.lock().get(&column.name) {
            return Ok(expression.clone());
        }
        let ast = parse_expression(text)?;
        let expression = Arc::new(plan(&ast, &column.data_type, &self.readable, &self.available)?);
        // now() is another time for each query.
        if is_stable(&ast) {
            self.planned.lock().insert(column.name.clone(), expression.clone());
        }
        Ok(expression)
    }

    /// The cast from the type that a part holds a column in. Where NULL has become impossible, it becomes what DEFAULT
    /// says, as in ClickHouse.
    pub fn conversion(&self, name: &str, stored: &Field) -> Result<Conversion> {
        let from = DataType::from_field(stored)?;
        let column = self.columns.iter().find(|column| column.name == name);
        let column = column.expect("the store converts columns of the table");
        let expression = convert(&from, column)?;
        Ok(Box::new(move |values| {
            let lookup = |_: &str| Some(values.clone());
            expression.evaluate_with(values.len(), lookup).map_err(BoxError::from)
        }))
    }
}

/// What the value of another type is called in the expression that converts it: no column is called so.
const VALUE: &str = "the value in the part";

/// The expression that gives a column's value for one of another type. Where DEFAULT reads other columns there is none for
/// NULL.
pub fn convert(from: &DataType, column: &Column) -> Result<TableExpression> {
    let to = &column.data_type;
    let input = [Column::ordinary(VALUE, from.clone())];
    let available = Arc::new(Schema::new(vec![from.field(VALUE)]));
    let planned = |text: &str| plan(&parse_expression(text)?, to, &input, &available);
    let loses_null = from.is_nullable() && !to.is_nullable();
    if let Some(default) = column.expression.as_deref().filter(|_| loses_null) {
        let to = quote_string(&to.to_string());
        let text = format!("if(isNull(`{VALUE}`), _CAST(({default}), {to}), _CAST(assumeNotNull(`{VALUE}`), {to}))");
        match planned(&text) {
            Err(error) if error.code() == Code::UNKNOWN_IDENTIFIER => {}
            expression => return expression,
        }
    }
    planned(&format!("`{VALUE}`"))
}

fn plan(ast: &ast::Expr, to: &DataType, columns: &[Column], available: &SchemaRef) -> Result<TableExpression> {
    let (session, parameters) = (Session::default(), BTreeMap::new());
    let context = analyzer::Context {
        catalog: &session,
        lifted: &[],
        parameters: &parameters,
        functions: &session.functions,
    };
    TableExpression::cast_in(ast, to, columns, available, &context)
}

/// A session without tables: what a definition keeps reads none.
#[derive(Default)]
struct Session {
    settings: Settings,
    functions: functions::Context,
}

impl analyzer::Catalog for Session {
    fn table(&self, _: Option<&str>, name: &str, _: bool) -> SqlResult<Table> {
        let message = format!("Table {name} in the definition of a column");
        Err(Error::not_implemented(message).into())
    }

    fn table_function(&self, name: &str, _: &[TableFunctionArgument]) -> SqlResult<Table> {
        let message = format!("Table function {name} in the definition of a column");
        Err(Error::not_implemented(message).into())
    }

    fn run_scalar(&self, _: &Planned) -> SqlResult<ScalarValue> {
        Err(Error::not_implemented("A subquery in the definition of a column").into())
    }

    fn setting(&self, name: &str) -> Option<String> {
        self.settings.get(name).map(str::to_string)
    }

    fn current_database(&self) -> &str {
        DEFAULT
    }
}
