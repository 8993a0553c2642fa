//! Numbers to numbers, as C++ casts them: integers wrap, floats lose their fraction.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, PrimitiveArray};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{
    DataType as ArrowType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};

use super::Failure;
use crate::error::{Code, Error, Result};
use crate::functions::internal;
use crate::types::DataType;

/// The values of an integer, float or Boolean array as another such Arrow type. UInt16 is an integer here: BFloat16
/// is widened by [`from_bfloat16`] before.
pub fn wrap(array: &ArrayRef, to: &ArrowType) -> Result<ArrayRef> {
    if array.data_type() == to {
        return Ok(array.clone());
    }
    match array.data_type() {
        ArrowType::Float32 | ArrowType::Float64 => {
            let wide = cast(array, &ArrowType::Float64).map_err(internal)?;
            from_floats(wide.as_primitive::<Float64Type>(), to)
        }
        ArrowType::UInt64 => {
            let values = array.as_primitive::<UInt64Type>();
            narrow(values.values(), values.nulls(), to)
        }
        _ => {
            let wide = cast(array, &ArrowType::Int64).map_err(internal)?;
            let values = wide.as_primitive::<Int64Type>();
            narrow(values.values(), values.nulls(), to)
        }
    }
}

/// An integer that can become any other number as C++ does it.
trait Wide: Copy {
    fn int(self) -> i64;
    fn float(self) -> f64;
    fn float32(self) -> f32;
}

impl Wide for i64 {
    fn int(self) -> i64 {
        self
    }
    fn float(self) -> f64 {
        self as f64
    }
    fn float32(self) -> f32 {
        self as f32
    }
}

impl Wide for u64 {
    fn int(self) -> i64 {
        self as i64
    }
    fn float(self) -> f64 {
        self as f64
    }
    fn float32(self) -> f32 {
        self as f32
    }
}

fn narrow<T: Wide>(values: &[T], nulls: Option<&NullBuffer>, to: &ArrowType) -> Result<ArrayRef> {
    Ok(match to {
        ArrowType::Boolean => Arc::new(BooleanArray::new(
            values.iter().map(|value| value.int() != 0).collect(),
            nulls.cloned(),
        )),
        ArrowType::UInt8 => primitive::<_, UInt8Type>(values, nulls, |value| value.int() as u8),
        ArrowType::UInt16 => primitive::<_, UInt16Type>(values, nulls, |value| value.int() as u16),
        ArrowType::UInt32 => primitive::<_, UInt32Type>(values, nulls, |value| value.int() as u32),
        ArrowType::UInt64 => primitive::<_, UInt64Type>(values, nulls, |value| value.int() as u64),
        ArrowType::Int8 => primitive::<_, Int8Type>(values, nulls, |value| value.int() as i8),
        ArrowType::Int16 => primitive::<_, Int16Type>(values, nulls, |value| value.int() as i16),
        ArrowType::Int32 => primitive::<_, Int32Type>(values, nulls, |value| value.int() as i32),
        ArrowType::Int64 => primitive::<_, Int64Type>(values, nulls, Wide::int),
        ArrowType::Float32 => primitive::<_, Float32Type>(values, nulls, Wide::float32),
        ArrowType::Float64 => primitive::<_, Float64Type>(values, nulls, Wide::float),
        other => return Err(Error::new(Code::LOGICAL_ERROR, format!("{other} is not a number"))),
    })
}

fn from_floats(values: &PrimitiveArray<Float64Type>, to: &ArrowType) -> Result<ArrayRef> {
    let nulls = values.nulls();
    match to {
        ArrowType::Float64 => return Ok(Arc::new(values.clone())),
        ArrowType::Float32 => {
            return Ok(primitive::<_, Float32Type>(values.values(), nulls, |value| {
                value as f32
            }));
        }
        ArrowType::Boolean => {
            return Ok(Arc::new(BooleanArray::new(
                values.values().iter().map(|value| *value != 0.0).collect(),
                nulls.cloned(),
            )));
        }
        _ => {}
    }
    let valid = |row: usize| nulls.is_none_or(|nulls| nulls.is_valid(row));
    if values
        .values()
        .iter()
        .enumerate()
        .any(|(row, value)| !value.is_finite() && valid(row))
    {
        return Err(Error::new(
            Code::CANNOT_CONVERT_TYPE,
            "Unexpected inf or nan to integer conversion",
        ));
    }
    // As x86 does: small types go through a signed integer of 32 bits, which has one value for all that is out of range.
    let small = matches!(
        to,
        ArrowType::Int8 | ArrowType::Int16 | ArrowType::Int32 | ArrowType::UInt8 | ArrowType::UInt16
    );
    let bits = |value: f64| match small {
        true if value > -2_147_483_649.0 && value < 2_147_483_648.0 => value as i64,
        true => i64::from(i32::MIN),
        false => float_bits(value),
    };
    let integers: Vec<i64> = values.values().iter().map(|value| bits(*value)).collect();
    narrow(&integers, nulls, to)
}

/// Like [`wrap`], but a number that is not exactly one of the target's is a failure.
pub fn exact(array: &ArrayRef, to: &ArrowType, failure: Failure, name: &DataType) -> Result<ArrayRef> {
    let finite = |value: f64| value.is_finite();
    let source: Vec<Option<f64>> = match array.data_type() {
        ArrowType::Float32 | ArrowType::Float64 if to.is_integer() => {
            let wide = cast(array, &ArrowType::Float64).map_err(internal)?;
            wide.as_primitive::<Float64Type>().iter().collect()
        }
        _ => Vec::new(),
    };
    let safe = match source.is_empty() {
        true => array.clone(),
        false => Arc::new(
            source
                .iter()
                .map(|value| value.filter(|value| finite(*value)))
                .collect::<PrimitiveArray<Float64Type>>(),
        ),
    };
    let there = wrap(&safe, to)?;
    let back = wrap(&there, array.data_type())?;
    let mut valid: Vec<bool> = (0..array.len())
        .map(|row| array.is_null(row) || there.is_valid(row))
        .collect();
    let same = arrow::compute::kernels::cmp::not_distinct(&back, array).map_err(internal)?;
    let negative = |array: &ArrayRef| -> Result<Vec<bool>> {
        let floats = cast(array, &ArrowType::Float64).map_err(internal)?;
        Ok(floats
            .as_primitive::<Float64Type>()
            .values()
            .iter()
            .map(|value| *value < 0.0)
            .collect())
    };
    let (before, after) = (negative(array)?, negative(&there)?);
    for (row, valid) in valid.iter_mut().enumerate() {
        *valid &= same.value(row) && (array.is_null(row) || before[row] == after[row]);
    }
    if valid.iter().all(|valid| *valid) {
        return Ok(there);
    }
    failed(there, &valid, failure, name)
}

/// What becomes of an array of which some values failed.
fn failed(array: ArrayRef, valid: &[bool], failure: Failure, name: &DataType) -> Result<ArrayRef> {
    let valid = BooleanArray::from(valid.to_vec());
    match failure {
        Failure::Error => {
            let message = format!("Value cannot be safely converted into type {name}");
            Err(Error::new(Code::CANNOT_CONVERT_TYPE, message))
        }
        Failure::Null => {
            let failed = arrow::compute::not(&valid).map_err(internal)?;
            arrow::compute::nullif(&array, &failed).map_err(internal)
        }
        Failure::Default => {
            let zero = name.default_scalar().to_scalar().map_err(internal)?;
            arrow::compute::kernels::zip::zip(&valid, &array, &zero).map_err(internal)
        }
    }
}

/// The 64 bits of a float's whole part: out of i64's range but in u64's they are those of the unsigned number,
/// further out those that x86 answers with.
fn float_bits(value: f64) -> i64 {
    const I64_END: f64 = 9_223_372_036_854_775_808.0;
    if value >= I64_END {
        return if value < 2.0 * I64_END {
            value as u64 as i64
        } else {
            i64::MIN
        };
    }
    if value < -I64_END { i64::MIN } else { value as i64 }
}

/// Applies a conversion to all values, valid or not.
fn primitive<S: Copy, T: ArrowPrimitiveType>(
    values: &[S],
    nulls: Option<&NullBuffer>,
    convert: impl Fn(S) -> T::Native,
) -> ArrayRef {
    let values: Vec<T::Native> = values.iter().map(|value| convert(*value)).collect();
    Arc::new(PrimitiveArray::<T>::new(values.into(), nulls.cloned()))
}

/// Widens BFloat16 bits to Float32.
pub fn from_bfloat16(array: &ArrayRef) -> ArrayRef {
    let bits = array.as_primitive::<UInt16Type>();
    primitive::<_, Float32Type>(bits.values(), bits.nulls(), |bits| half::bf16::from_bits(bits).to_f32())
}

/// Rounds Float32 or Float64 to BFloat16 bits: ClickHouse cuts the lower half off.
pub fn to_bfloat16(array: &ArrayRef) -> Result<ArrayRef> {
    let floats = wrap(array, &ArrowType::Float32)?;
    let floats = floats.as_primitive::<Float32Type>();
    Ok(primitive::<_, UInt16Type>(floats.values(), floats.nulls(), |value| {
        half::bf16::from_f32(value).to_bits()
    }))
}
