//! `TYPE vector_similarity(…)`: its expression and arguments.

use gristmill_index::{Literal, VectorIndexDefinition};
use gristmill_sql::Code;
use gristmill_sql::parser::IndexDefinition;
use gristmill_sql::types::DataType;
use sqlparser::ast;

use crate::error::{Error, Result};
use crate::table::expression::TableExpression;
use crate::table::index::TableIndexKind;

/// Checks arguments, then what is indexed.
pub fn parse(
    definition: &IndexDefinition,
    expressions: &[TableExpression],
    arguments: &[Literal],
) -> Result<TableIndexKind> {
    let parsed = VectorIndexDefinition::parse(arguments)?;
    let [typed] = expressions else {
        return Err(several());
    };
    if matches!(definition.expression, ast::Expr::Tuple(_)) {
        return Err(several());
    }
    let is_vector = match &typed.data_type {
        DataType::Array(element) => {
            matches!(**element, DataType::Float32 | DataType::Float64 | DataType::BFloat16)
        }
        _ => false,
    };
    if !is_vector {
        let message = "Vector similarity index can only be created on columns of type \
                       Array(Float32|Float64|BFloat16)";
        return Err(Error::new(Code::ILLEGAL_COLUMN, message));
    }
    Ok(TableIndexKind::Vector(parsed))
}

fn several() -> Error {
    let message = "Vector similarity index must be created on a single column";
    Error::new(Code::INCORRECT_NUMBER_OF_COLUMNS, message)
}
