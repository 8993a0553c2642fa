//! `estimateVectorIndexMemory`: what a vector index will need, before it is built.

use arrow::array::{ArrayRef, AsArray, UInt64Array};
use arrow::datatypes::{Float64Type, Int64Type, UInt64Type};
use gristmill_index::{Literal, Metric, SubIndex, VectorIndexDefinition};

use crate::error::{Code, Error, Result};
use crate::functions::function::{Argument, Bound, Function, illegal_type};
use crate::types::DataType;

const NAME: &str = "estimateVectorIndexMemory";

/// Not ClickHouse's. `(method, rows, dimensions[, quantization, M])`: three or five arguments, as a definition has three
/// or six.
pub const ESTIMATE: Function = Function::new(
    NAME,
    (3, 5),
    "Bytes of memory that a vector index takes when it is searched: method, rows, dimensions, quantization, M",
    |arguments, _| {
        if arguments.len() == 4 {
            let message = format!("Function {NAME} must have three or five arguments");
            return Err(Error::new(Code::NUMBER_OF_ARGUMENTS_DOESNT_MATCH, message));
        }
        let taken = arguments.iter().map(taken_as).collect::<Result<Vec<_>>>()?;
        let types = taken.clone();
        Ok(Bound::kernel(DataType::UInt64, taken, move |arrays, rows| {
            let bytes = (0..rows).map(|row| {
                let literals = arrays
                    .iter()
                    .zip(&types)
                    .map(|(array, taken)| literal(array, taken, row));
                estimate(&literals.collect::<Vec<_>>())
            });
            Ok(std::sync::Arc::new(UInt64Array::from_iter_values(
                bytes.collect::<Result<Vec<_>>>()?,
            )))
        }))
    },
);

fn taken_as(argument: &Argument) -> Result<DataType> {
    match &argument.data_type {
        DataType::String => Ok(DataType::String),
        number if number.is_unsigned_integer() => Ok(DataType::UInt64),
        number if number.is_integer() => Ok(DataType::Int64),
        number if number.is_float() => Ok(DataType::Float64),
        _ => Err(illegal_type(argument, NAME)),
    }
}

/// A value as a definition would have it.
fn literal(array: &ArrayRef, taken: &DataType, row: usize) -> Literal {
    match taken {
        DataType::String => Literal::Text(String::from_utf8_lossy(array.as_binary::<i32>().value(row)).into_owned()),
        DataType::UInt64 => Literal::UInt(array.as_primitive::<UInt64Type>().value(row)),
        DataType::Int64 => {
            let number = array.as_primitive::<Int64Type>().value(row);
            u64::try_from(number).map_or(Literal::Int(number), Literal::UInt)
        }
        _ => Literal::Float(array.as_primitive::<Float64Type>().value(row)),
    }
}

/// Checked as the definition would be. It takes cosine distance, which all quantizations know.
fn estimate(literals: &[Literal]) -> Result<u64> {
    let [method, rows, rest @ ..] = literals else {
        unreachable!("there are three arguments at least")
    };
    let mut arguments = vec![method.clone(), Literal::Text(Metric::Cosine.name().into())];
    arguments.extend_from_slice(rest);
    if rest.len() > 1 {
        arguments.push(Literal::UInt(0));
    }
    let definition = VectorIndexDefinition::parse(&arguments).map_err(|error| {
        let code = match error {
            gristmill_index::Error::Query(_) => Code::INCORRECT_QUERY,
            _ => Code::INCORRECT_DATA,
        };
        Error::new(code, error.to_string())
    })?;
    match rows {
        Literal::UInt(rows) => Ok(SubIndex::estimated_bytes(&definition, *rows)),
        _ => {
            let message = format!("Second argument of function {NAME} (rows) must be of type UInt64");
            Err(Error::new(Code::INCORRECT_QUERY, message))
        }
    }
}
