//! Decimal arithmetic.

use datafusion::logical_expr::Operator;

use crate::error::Result;
use crate::functions::function::Bound;
use crate::types::DataType;

pub fn bind(_left: &DataType, _right: &DataType, _operator: Operator) -> Result<Option<Bound>> {
    Ok(None)
}

pub fn int_div(_left: &DataType, _right: &DataType, _or_zero: bool) -> Result<Option<Bound>> {
    Ok(None)
}

pub fn modulo(_left: &DataType, _right: &DataType) -> Result<Option<Bound>> {
    Ok(None)
}
