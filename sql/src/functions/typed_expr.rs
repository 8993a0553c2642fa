//! [`TypedExpr`]: a DataFusion expression with its ClickHouse type.

use arrow::datatypes::DataType as ArrowType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Cast, Expr, lit};

use crate::error::{Code, Error, Result};
use crate::types::DataType;

/// An expression whose ClickHouse type is known. The Arrow type of `expr` is `data_type.arrow()`.
#[derive(Clone, Debug)]
pub struct TypedExpr {
    /// Evaluates to `data_type.arrow()`.
    pub expr: Expr,
    /// The ClickHouse type.
    pub data_type: DataType,
    /// The value, where it is constant.
    pub constant: Option<ScalarValue>,
}

impl TypedExpr {
    /// A column or any other expression that is not constant.
    pub fn new(expr: Expr, data_type: DataType) -> TypedExpr {
        TypedExpr {
            expr,
            data_type,
            constant: None,
        }
    }

    /// A constant. The value's Arrow type must be `data_type.arrow()`.
    pub fn constant(value: ScalarValue, data_type: DataType) -> TypedExpr {
        TypedExpr {
            expr: Expr::Literal(value.clone(), None),
            data_type,
            constant: Some(value),
        }
    }

    /// The expression as a Boolean, for WHERE, HAVING, JOIN ON and FILTER. Comparisons and logic give their
    /// native Boolean, which optimizer and part pruning understand; numbers give `expr <> 0`.
    pub fn predicate(&self) -> Result<Expr> {
        let plain = self.data_type.strip_low_cardinality();
        let plain = plain.strip_nullable();
        if let Some(value) = &self.constant
            && !plain.is_ip_address()
        {
            return Ok(lit(ScalarValue::Boolean(is_true(value))));
        }
        match plain {
            DataType::Bool => Ok(self.expr.clone()),
            DataType::Nothing => Ok(lit(ScalarValue::Boolean(None))),
            _ if plain.is_number() => Ok(boolean(self.expr.clone(), &plain)),
            _ => Err(Error::new(
                Code::ILLEGAL_TYPE_OF_COLUMN_FOR_FILTER,
                format!(
                    "Illegal type {} of column for filter. Must be UInt8 or Nullable(UInt8) or one of other number types",
                    self.data_type
                ),
            )),
        }
    }
}

/// The Boolean of a numeric or Bool expression of this (plain) type.
pub(super) fn boolean(expr: Expr, data_type: &DataType) -> Expr {
    match expr {
        Expr::Cast(Cast { expr, field }) if *field.data_type() == ArrowType::UInt8 && yields_boolean(&expr) => *expr,
        expr if *data_type == DataType::Bool => expr,
        expr => expr.not_eq(Expr::Literal(data_type.default_scalar(), None)),
    }
}

/// `CAST(boolean AS UInt8)`: what [`boolean`] takes off again.
pub(super) fn shown(predicate: Expr) -> Expr {
    Expr::Cast(Cast::new(Box::new(predicate), ArrowType::UInt8))
}

/// Only what [`shown`] wraps: no column or function of a number type passes.
fn yields_boolean(expr: &Expr) -> bool {
    match expr {
        Expr::BinaryExpr(binary) => binary.op.supports_propagation() || binary.op.is_logic_operator(),
        Expr::Not(_) | Expr::IsNull(_) | Expr::IsNotNull(_) | Expr::IsTrue(_) | Expr::IsNotTrue(_) => true,
        Expr::IsFalse(_) | Expr::IsNotFalse(_) | Expr::Like(_) | Expr::Between(_) | Expr::InList(_) => true,
        Expr::InSubquery(_) | Expr::Exists(_) => true,
        Expr::Literal(ScalarValue::Boolean(_), _) => true,
        _ => false,
    }
}

fn is_true(value: &ScalarValue) -> Option<bool> {
    if value.is_null() {
        return None;
    }
    let zero = ScalarValue::new_zero(&value.data_type()).ok();
    match value {
        ScalarValue::Boolean(value) => *value,
        // A NaN is not zero, hence true; minus zero is zero.
        ScalarValue::Float32(Some(value)) => Some(*value != 0.0),
        ScalarValue::Float64(Some(value)) => Some(*value != 0.0),
        value => Some(zero.is_none_or(|zero| *value != zero)),
    }
}
