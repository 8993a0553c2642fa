//! values('a UInt32, b String', (1, 'x'), …), and without a structure: c1, c2, … of the values' types.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use datafusion::common::ScalarValue;
use datafusion::datasource::MemTable;
use datafusion::logical_expr::Expr;
use gristmill_sql::Code;
use gristmill_sql::analyzer::TableFunctionArgument;
use gristmill_sql::functions::{self, TypedExpr};
use gristmill_sql::types::DataType;

use super::{Called, structure, wrong_count};
use crate::cells::schema_of;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::formats::HeaderColumn;

type Typed = (ScalarValue, DataType);

/// values(…)
pub fn call(arguments: &[TableFunctionArgument], environment: &Environment) -> Result<Called> {
    let mut rows = Vec::with_capacity(arguments.len());
    let mut header = None;
    for (position, argument) in arguments.iter().enumerate() {
        let TableFunctionArgument::Value(value, data_type) = argument else {
            let message = "Arguments of table function values must be constants";
            return Err(Error::new(Code::BAD_ARGUMENTS, message));
        };
        match (position, value) {
            // A first string before other arguments is the structure, unless it cannot be one.
            (0, ScalarValue::Binary(Some(text))) if arguments.len() > 1 => {
                match structure::parse(&String::from_utf8_lossy(text)) {
                    Ok(columns) => header = Some(columns),
                    Err(_) => rows.push(vec![(value.clone(), data_type.clone())]),
                }
            }
            _ => rows.push(elements(value, data_type)?),
        }
    }
    if rows.is_empty() {
        return Err(wrong_count("values", "at least one row"));
    }
    let header = match header {
        Some(header) => header,
        None => common_types(&rows)?,
    };
    let batch = batch(&header, &rows, environment)?;
    let table = MemTable::try_new(batch.schema(), vec![vec![batch]])?;
    Ok((header, Arc::new(table)))
}

/// A tuple is a row, anything else a row of one column.
fn elements(value: &ScalarValue, data_type: &DataType) -> Result<Vec<Typed>> {
    let (ScalarValue::Struct(row), DataType::Tuple(types)) = (value, data_type) else {
        return Ok(vec![(value.clone(), data_type.clone())]);
    };
    let element = |(column, element): (&ArrayRef, &gristmill_sql::types::TupleElement)| {
        Ok((ScalarValue::try_from_array(column, 0)?, element.data_type.clone()))
    };
    row.columns().iter().zip(types).map(element).collect()
}

fn common_types(rows: &[Vec<Typed>]) -> Result<Vec<HeaderColumn>> {
    let width = rows[0].len();
    check_widths(rows, width)?;
    let column = |column: usize| {
        let mut types: Vec<DataType> = rows.iter().map(|row| row[column].1.clone()).collect();
        types.dedup();
        let data_type = functions::supertype(&types)?;
        Ok(HeaderColumn {
            name: format!("c{}", column + 1),
            data_type,
        })
    };
    (0..width).map(column).collect()
}

fn check_widths(rows: &[Vec<Typed>], width: usize) -> Result<()> {
    match rows.iter().find(|row| row.len() != width) {
        None => Ok(()),
        Some(row) => {
            let message = format!(
                "Values table function requires all rows amount of elements equal to number of columns \
                 in structure ({width}), but one has {}",
                row.len()
            );
            Err(Error::new(Code::BAD_ARGUMENTS, message))
        }
    }
}

fn batch(header: &[HeaderColumn], rows: &[Vec<Typed>], environment: &Environment) -> Result<RecordBatch> {
    check_widths(rows, header.len())?;
    let mut columns = Vec::with_capacity(header.len());
    for (position, column) in header.iter().enumerate() {
        let values = rows
            .iter()
            .map(|row| cast(&row[position], &column.data_type, environment));
        let array = ScalarValue::iter_to_array(values.collect::<Result<Vec<_>>>()?)?;
        let arrow = column.data_type.arrow();
        columns.push(match array.data_type() == &arrow {
            true => array,
            false => arrow::compute::cast(&array, &arrow)?,
        });
    }
    Ok(RecordBatch::try_new(schema_of(header), columns)?)
}

fn cast(value: &Typed, target: &DataType, environment: &Environment) -> Result<ScalarValue> {
    let (value, data_type) = value.clone();
    let expr = Expr::Literal(value.clone(), None);
    let typed = TypedExpr {
        expr,
        data_type,
        constant: Some(value),
    };
    let cast = functions::cast(typed, target, environment.functions())?;
    cast.constant.ok_or_else(|| {
        Error::new(
            Code::BAD_ARGUMENTS,
            "Arguments of table function values must be constants",
        )
    })
}
