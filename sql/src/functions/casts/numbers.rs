//! Numbers to numbers, as C++ casts them: integers wrap, floats lose their fraction.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, PrimitiveArray};
use arrow::buffer::NullBuffer;
use arrow::compute::cast;
use arrow::datatypes::{
    DataType as ArrowType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};

use crate::error::{Code, Error, Result};
use crate::functions::internal;

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
        ArrowType::Boolean => Arc::new(BooleanArray::new(values.iter().map(|value| value.int() != 0).collect(), nulls.cloned())),
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
        ArrowType::Float32 => return Ok(primitive::<_, Float32Type>(values.values(), nulls, |value| value as f32)),
        ArrowType::Boolean => {
            return Ok(Arc::new(BooleanArray::new(values.values().iter().map(|value| *value != 0.0).collect(), nulls.cloned())));
        }
        _ => {}
    }
    let valid = |row: usize| nulls.is_none_or(|nulls| nulls.is_valid(row));
    if values.values().iter().enumerate().any(|(row, value)| !value.is_finite() && valid(row)) {
        return Err(Error::new(Code::CANNOT_CONVERT_TYPE, "Unexpected inf or nan to integer conversion"));
    }
    let integers: Vec<i64> = values.values().iter().map(|value| float_bits(*value)).collect();
    narrow(&integers, nulls, to)
}

/// The 64 bits of a float's whole part: out of i64's range but in u64's they are those of the unsigned number,
/// further out those that x86 answers with.
fn float_bits(value: f64) -> i64 {
    const I64_END: f64 = 9_223_372_036_854_775_808.0;
    if value >= I64_END {
        return if value < 2.0 * I64_END { value as u64 as i64 } else { i64::MIN };
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
    Ok(primitive::<_, UInt16Type>(floats.values(), floats.nulls(), |value| half::bf16::from_f32(value).to_bits()))
}
