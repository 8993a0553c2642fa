//! Constants written in the query: numbers, strings, lifted vectors, `{name:Type}` parameters.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int8Array, Int16Array, Int32Array, Int64Array};
use arrow::array::{ListArray, UInt8Array, UInt16Array, UInt32Array, UInt64Array};
use arrow::buffer::OffsetBuffer;
use datafusion::common::ScalarValue;
use datafusion::common::metadata::FieldMetadata;
use datafusion::logical_expr::Expr;
use sqlparser::ast;

use super::Analyzer;
use crate::error::{Code, Error, Result};
use crate::functions::TypedExpr;
use crate::parser::{self, Lifted, LiftedValues};
use crate::types::{Cursor, DataType, TextOptions, TextStyle, reader};

/// Metadata key of a literal that came from a lifted slot; the value is the slot's number. Parameters that are vectors
/// have the slots behind those of the text, in the order of their names.
pub const LIFTED_KEY: &str = "lifted";

/// A String value.
pub(super) fn string_scalar(text: &str) -> ScalarValue {
    ScalarValue::Binary(Some(parser::string_bytes(text)))
}

/// A literal with ClickHouse's type for it.
pub(super) fn literal(value: &ast::Value) -> Result<TypedExpr> {
    match value {
        ast::Value::Number(text, _) => number(text),
        ast::Value::SingleQuotedString(text) => Ok(TypedExpr::constant(string_scalar(text), DataType::String)),
        ast::Value::Boolean(value) => Ok(TypedExpr::constant(ScalarValue::Boolean(Some(*value)), DataType::Bool)),
        ast::Value::Null => Ok(null()),
        other => Err(Error::not_implemented(format!("Literal {other}"))),
    }
}

/// NULL, which is `Nullable(Nothing)`.
pub(super) fn null() -> TypedExpr {
    TypedExpr::constant(ScalarValue::Null, DataType::Nothing.to_nullable())
}

fn number(text: &str) -> Result<TypedExpr> {
    let digits = text.replace('_', "");
    let (negative, digits) = match digits.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, digits.as_str()),
    };
    let magnitude = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hexadecimal) => u64::from_str_radix(hexadecimal, 16).ok(),
        None => match digits.strip_prefix("0b") {
            Some(binary) => u64::from_str_radix(binary, 2).ok(),
            None => digits.parse::<u64>().ok(),
        },
    };
    match (magnitude, negative) {
        (Some(value), false) => return Ok(unsigned(value)),
        (Some(0), true) => return Ok(unsigned(0)),
        (Some(value), true) if value <= i64::MIN.unsigned_abs() => return Ok(signed(value.wrapping_neg() as i64)),
        _ => {}
    }
    let value = digits
        .parse::<f64>()
        .map_err(|_| Error::new(Code::SYNTAX_ERROR, format!("Cannot parse number {text}")))?;
    let value = if negative { -value } else { value };
    Ok(TypedExpr::constant(
        ScalarValue::Float64(Some(value)),
        DataType::Float64,
    ))
}

/// A constant of the smallest UIntN.
pub(super) fn unsigned(value: u64) -> TypedExpr {
    let (scalar, data_type) = match value {
        0..=0xFF => (ScalarValue::UInt8(Some(value as u8)), DataType::UInt8),
        0x100..=0xFFFF => (ScalarValue::UInt16(Some(value as u16)), DataType::UInt16),
        0x1_0000..=0xFFFF_FFFF => (ScalarValue::UInt32(Some(value as u32)), DataType::UInt32),
        _ => (ScalarValue::UInt64(Some(value)), DataType::UInt64),
    };
    TypedExpr::constant(scalar, data_type)
}

/// A negative constant of the smallest IntN.
fn signed(value: i64) -> TypedExpr {
    let (scalar, data_type) = if let Ok(value) = i8::try_from(value) {
        (ScalarValue::Int8(Some(value)), DataType::Int8)
    } else if let Ok(value) = i16::try_from(value) {
        (ScalarValue::Int16(Some(value)), DataType::Int16)
    } else if let Ok(value) = i32::try_from(value) {
        (ScalarValue::Int32(Some(value)), DataType::Int32)
    } else {
        (ScalarValue::Int64(Some(value)), DataType::Int64)
    };
    TypedExpr::constant(scalar, data_type)
}

impl Analyzer<'_> {
    /// The constant of a lifted slot; built once however often the query uses it.
    pub(super) fn lifted(&self, slot: usize) -> Result<TypedExpr> {
        if let Some(built) = self.lifted_constants.borrow().get(&slot) {
            return Ok(built.clone());
        }
        let lifted = self
            .context
            .lifted
            .get(slot)
            .ok_or_else(|| Error::new(Code::LOGICAL_ERROR, format!("there is no lifted literal {slot}")))?;
        let data_type = DataType::parse(lifted.type_name)?;
        let value = list_scalar(elements(lifted, &data_type)?, &data_type);
        let built = TypedExpr {
            expr: Expr::Literal(value.clone(), Some(slot_metadata(slot))),
            data_type,
            constant: Some(value),
        };
        self.lifted_constants.borrow_mut().insert(slot, built.clone());
        Ok(built)
    }

    /// `{name:Type}`: the parameter's text read as the type.
    pub(super) fn parameter(&self, name: &str, type_name: &str) -> Result<TypedExpr> {
        let text = self.context.parameters.get(name).ok_or_else(|| {
            Error::new(
                Code::UNKNOWN_QUERY_PARAMETER,
                format!("Substitution `{name}` is not set"),
            )
        })?;
        let data_type = DataType::parse(type_name)?;
        let bad = |why: String| {
            Error::new(
                Code::BAD_QUERY_PARAMETER,
                format!("Value {text} cannot be parsed as {type_name} for query parameter '{name}' because {why}"),
            )
        };
        let options = TextOptions {
            time_zone: self.context.functions.time_zone,
            ..TextOptions::default()
        };
        let mut column = reader(&data_type, &options);
        let mut cursor = Cursor::new(text.as_bytes());
        column
            .read_text(&mut cursor, TextStyle::Escaped)
            .map_err(|error| bad(error.message))?;
        let rest = cursor.rest().len();
        if rest > 0 {
            let (all, parsed) = (text.len(), text.len() - rest);
            return Err(bad(format!(
                "it isn't parsed completely: only {parsed} of {all} bytes was parsed: {}",
                &text[..parsed]
            )));
        }
        let array = column.finish();
        let value = ScalarValue::try_from_array(&array, 0).map_err(Error::from_datafusion)?;
        let slot = self.context.parameters.keys().position(|other| other == name);
        let metadata = slot
            .filter(|_| is_float_vector(&data_type))
            .map(|slot| slot_metadata(self.context.lifted.len() + slot));
        Ok(TypedExpr {
            expr: Expr::Literal(value.clone(), metadata),
            data_type,
            constant: Some(value),
        })
    }
}

/// Parameters of such types are vectors that another execution of the same text may exchange.
pub(super) fn is_float_vector(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Array(item) if item.is_float())
}

fn slot_metadata(slot: usize) -> FieldMetadata {
    FieldMetadata::from(BTreeMap::from([(LIFTED_KEY.to_string(), slot.to_string())]))
}

/// The numbers of a lifted literal in the element type of `data_type`.
fn elements(lifted: &Lifted, data_type: &DataType) -> Result<ArrayRef> {
    let DataType::Array(element) = data_type else {
        return Err(Error::new(
            Code::LOGICAL_ERROR,
            format!("a lifted literal has type {data_type}"),
        ));
    };
    macro_rules! narrow {
        ($values:expr, $array:ident, $native:ty) => {
            Arc::new($array::from_iter_values(
                $values.iter().map(|value| *value as $native),
            )) as ArrayRef
        };
    }
    Ok(match (&lifted.values, &**element) {
        (LiftedValues::F64(values), _) => Arc::new(Float64Array::from(values.clone())),
        (LiftedValues::U64(values), DataType::UInt8) => narrow!(values, UInt8Array, u8),
        (LiftedValues::U64(values), DataType::UInt16) => narrow!(values, UInt16Array, u16),
        (LiftedValues::U64(values), DataType::UInt32) => narrow!(values, UInt32Array, u32),
        (LiftedValues::U64(values), _) => Arc::new(UInt64Array::from(values.clone())),
        (LiftedValues::I64(values), DataType::Int8) => narrow!(values, Int8Array, i8),
        (LiftedValues::I64(values), DataType::Int16) => narrow!(values, Int16Array, i16),
        (LiftedValues::I64(values), DataType::Int32) => narrow!(values, Int32Array, i32),
        (LiftedValues::I64(values), _) => Arc::new(Int64Array::from(values.clone())),
    })
}

/// One Array value made of `elements`.
fn list_scalar(elements: ArrayRef, data_type: &DataType) -> ScalarValue {
    let field = match data_type {
        DataType::Array(element) => element.item_field(),
        other => other.item_field(),
    };
    let offsets = OffsetBuffer::from_lengths([elements.len()]);
    ScalarValue::List(Arc::new(ListArray::new(field, offsets, elements, None)))
}

/// The slot of a literal that came from a lifted one.
pub fn lifted_slot(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::Literal(_, Some(metadata)) => metadata.inner().get(LIFTED_KEY)?.parse().ok(),
        _ => None,
    }
}
