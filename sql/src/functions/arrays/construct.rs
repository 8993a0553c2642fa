//! Arrays out of nothing: `array`, `range`, `emptyArrayT`, `arrayWithConstant`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, PrimitiveArray, UInt32Array};
use arrow::compute::{concat, take};
use arrow::datatypes::Int64Type;

use super::lists::{ELEMENTS_MAX, build};
use crate::error::{Code, Error, Result};
use crate::functions::casts::numbers::wrap;
use crate::functions::function::{ANY, Argument, Bound, Function, illegal_type};
use crate::functions::{internal, supertype};
use crate::types::DataType;

pub const ARRAY: Function = Function::new("array", (0, ANY), "An array of the arguments", |arguments, _| {
    let types: Vec<DataType> = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    let item = supertype(&types)?;
    let field = item.item_field();
    let count = arguments.len();
    Ok(Bound::kernel(
        DataType::Array(Box::new(item.clone())),
        vec![item; count],
        move |arrays, rows| {
            let columns: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
            if columns.is_empty() {
                return build(arrow::array::new_empty_array(field.data_type()), &field, vec![0; rows]);
            }
            let joined = concat(&columns).map_err(internal)?;
            // Column by column lies there; row by row is wanted.
            let indices: UInt32Array = (0..rows)
                .flat_map(|row| (0..count).map(move |column| (column * rows + row) as u32))
                .collect();
            build(
                take(&joined, &indices, None).map_err(internal)?,
                &field,
                vec![count; rows],
            )
        },
    ))
})
.own_nulls();

pub const RANGE: Function = Function::new(
    "range",
    (1, 3),
    "Numbers from a start (0) to an end, in steps",
    |arguments, _| range(arguments),
);

pub const WITH_CONSTANT: Function = Function::new(
    "arrayWithConstant",
    (2, 2),
    "An array of so many equal values",
    |arguments, _| with_constant(arguments),
)
.own_nulls();

macro_rules! empty {
    ($constant:ident, $name:literal, $item:expr) => {
        pub const $constant: Function = Function::new($name, (0, 0), "An array without elements", |arguments, _| {
            let result = DataType::Array(Box::new($item));
            let value = result.default_scalar();
            Ok(Bound::constant(result, arguments, value))
        });
    };
}
empty!(EMPTY_UINT8, "emptyArrayUInt8", DataType::UInt8);
empty!(EMPTY_UINT16, "emptyArrayUInt16", DataType::UInt16);
empty!(EMPTY_UINT32, "emptyArrayUInt32", DataType::UInt32);
empty!(EMPTY_UINT64, "emptyArrayUInt64", DataType::UInt64);
empty!(EMPTY_INT8, "emptyArrayInt8", DataType::Int8);
empty!(EMPTY_INT16, "emptyArrayInt16", DataType::Int16);
empty!(EMPTY_INT32, "emptyArrayInt32", DataType::Int32);
empty!(EMPTY_INT64, "emptyArrayInt64", DataType::Int64);
empty!(EMPTY_FLOAT32, "emptyArrayFloat32", DataType::Float32);
empty!(EMPTY_FLOAT64, "emptyArrayFloat64", DataType::Float64);
empty!(EMPTY_STRING, "emptyArrayString", DataType::String);
empty!(EMPTY_DATE, "emptyArrayDate", DataType::Date);
empty!(EMPTY_DATE_TIME, "emptyArrayDateTime", DataType::DateTime(None));

/// ClickHouse's setting `function_range_max_elements_in_block`.
const RANGE_ELEMENTS_MAX: usize = 500_000_000;
/// Rows of a full block here, and how many of them one of ClickHouse's has: a full block may have that much less.
const BLOCK_ROWS: usize = 8_192;
const BLOCKS_OF_CLICKHOUSE: usize = 8;
/// ClickHouse's limit on the bytes of the elements that arrayWithConstant repeats.
const REPEATED_BYTES_MAX: usize = 1_000_000_000;

fn range(arguments: &[Argument]) -> Result<Bound> {
    for argument in arguments {
        if !argument.data_type.is_integer() && argument.data_type != DataType::Bool {
            return Err(illegal_type(argument, "range"));
        }
    }
    let types: Vec<DataType> = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    let item = supertype(&types)?;
    let field = item.item_field();
    let single = arguments.len() == 1;
    Ok(Bound::kernel(
        DataType::Array(Box::new(item)),
        vec![DataType::Int64; arguments.len()],
        move |arrays, rows| {
            let column = |index: usize| {
                arrays
                    .get(index)
                    .map(|array| array.as_primitive::<Int64Type>().values())
            };
            let at = |index: usize, row: usize, otherwise: i64| column(index).map_or(otherwise, |values| values[row]);
            let steps = |row: usize| match single {
                true => (0, at(0, row, 0), 1),
                false => (at(0, row, 0), at(1, row, 0), at(2, row, 1)),
            };
            let lengths = lengths(rows, single, steps)?;
            let mut values: Vec<i64> = Vec::with_capacity(lengths.iter().sum());
            for (row, length) in lengths.iter().enumerate() {
                let (start, _, step) = steps(row);
                let item = |index: usize| (i128::from(start) + index as i128 * i128::from(step)) as i64;
                values.extend((0..*length).map(item));
            }
            let values: ArrayRef = Arc::new(PrimitiveArray::<Int64Type>::from(values));
            build(wrap(&values, field.data_type())?, &field, lengths)
        },
    ))
}

fn out_of_bound(message: impl Into<String>) -> Error {
    Error::new(Code::ARGUMENT_OUT_OF_BOUND, message)
}

/// The lengths of all ranges, before any of them takes memory.
fn lengths(rows: usize, single: bool, steps: impl Fn(usize) -> (i64, i64, i64)) -> Result<Vec<usize>> {
    let elements_max = if rows < BLOCK_ROWS {
        RANGE_ELEMENTS_MAX
    } else {
        RANGE_ELEMENTS_MAX / BLOCKS_OF_CLICKHOUSE
    };
    let mut total = 0;
    let mut lengths = Vec::with_capacity(rows);
    for row in 0..rows {
        let (start, end, step) = steps(row);
        let length = length(start, end, step, single)?;
        total += length;
        if total > elements_max as i128 {
            return Err(out_of_bound(format!(
                "A call to function range would produce {total} array elements, which is greater than the allowed maximum of {elements_max}"
            )));
        }
        lengths.push(length as usize);
    }
    Ok(lengths)
}

fn length(start: i64, end: i64, step: i64, single: bool) -> Result<i128> {
    if single && end < 0 {
        return Err(out_of_bound(
            "A call to function range overflows, only support positive values when only end is provided",
        ));
    }
    if step == 0 {
        return Err(out_of_bound(
            "A call to function range underflows, the 3rd argument step can't be less or equal to zero",
        ));
    }
    let distance = i128::from(end) - i128::from(start);
    let step_wide = i128::from(step);
    Ok(match (distance > 0) == (step > 0) {
        true => (distance.abs() + step_wide.abs() - 1) / step_wide.abs(),
        false => 0,
    })
}

fn with_constant(arguments: &[Argument]) -> Result<Bound> {
    if !arguments[0].data_type.is_integer() {
        return Err(illegal_type(&arguments[0], "arrayWithConstant"));
    }
    let item = arguments[1].data_type.clone();
    let field = item.item_field();
    Ok(Bound::kernel(
        DataType::Array(Box::new(item.clone())),
        vec![DataType::Int64, item],
        move |arrays, rows| {
            let lengths = arrays[0].as_primitive::<Int64Type>();
            let mut indices: Vec<u32> = Vec::new();
            let mut sizes = Vec::with_capacity(rows);
            let each = arrays[1].get_array_memory_size() / arrays[1].len().max(1);
            for row in 0..rows {
                let fits = |length: &usize| {
                    let total = indices.len().saturating_add(*length);
                    total <= ELEMENTS_MAX && total.saturating_mul(each) <= REPEATED_BYTES_MAX
                };
                let length = usize::try_from(lengths.value(row)).ok().filter(fits);
                let Some(length) = length else {
                    let message = format!(
                        "Array size {} must be non-negative and not too large: in function arrayWithConstant",
                        lengths.value(row)
                    );
                    return Err(Error::new(Code::TOO_LARGE_ARRAY_SIZE, message));
                };
                indices.extend(std::iter::repeat_n(row as u32, length));
                sizes.push(length);
            }
            build(
                take(&arrays[1], &UInt32Array::from(indices), None).map_err(internal)?,
                &field,
                sizes,
            )
        },
    ))
}
