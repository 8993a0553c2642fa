//! Bytes of one type read as another.

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeBinaryArray};
use arrow::datatypes::DataType as ArrowType;

use crate::error::{Code, Error, Result};
use crate::functions::casts::text_value;
use crate::functions::function::{Argument, Bound, Function, illegal};
use crate::functions::strings::strings;
use crate::types::{Cursor, DataType, TextOptions, reader, writer};

pub const REINTERPRET: Function = Function::new(
    "reinterpret",
    (2, 2),
    "The bytes as a value of the type that the second argument names",
    |arguments, _| {
        let name = arguments[1]
            .constant
            .as_ref()
            .and_then(text_value)
            .map(|name| String::from_utf8_lossy(name).into_owned());
        let Some(name) = name else {
            return Err(illegal(
                "Second argument to reinterpret must be a constant string describing type",
            ));
        };
        bind(arguments, DataType::parse(&name)?)
    },
);

macro_rules! reinterpret {
    ($constant:ident, $name:literal, $data_type:expr) => {
        pub const $constant: Function = Function::new(
            $name,
            (1, 1),
            "The bytes as a value of this type",
            |arguments, _| bind(arguments, $data_type),
        );
    };
}
reinterpret!(AS_UINT8, "reinterpretAsUInt8", DataType::UInt8);
reinterpret!(AS_UINT16, "reinterpretAsUInt16", DataType::UInt16);
reinterpret!(AS_UINT32, "reinterpretAsUInt32", DataType::UInt32);
reinterpret!(AS_UINT64, "reinterpretAsUInt64", DataType::UInt64);
reinterpret!(AS_INT8, "reinterpretAsInt8", DataType::Int8);
reinterpret!(AS_INT16, "reinterpretAsInt16", DataType::Int16);
reinterpret!(AS_INT32, "reinterpretAsInt32", DataType::Int32);
reinterpret!(AS_INT64, "reinterpretAsInt64", DataType::Int64);
reinterpret!(AS_INT128, "reinterpretAsInt128", DataType::Int128);
reinterpret!(AS_INT256, "reinterpretAsInt256", DataType::Int256);
reinterpret!(AS_UINT128, "reinterpretAsUInt128", DataType::UInt128);
reinterpret!(AS_UINT256, "reinterpretAsUInt256", DataType::UInt256);
reinterpret!(AS_FLOAT32, "reinterpretAsFloat32", DataType::Float32);
reinterpret!(AS_FLOAT64, "reinterpretAsFloat64", DataType::Float64);
reinterpret!(AS_DATE, "reinterpretAsDate", DataType::Date);
reinterpret!(AS_DATE_TIME, "reinterpretAsDateTime", DataType::DateTime(None));
reinterpret!(AS_UUID, "reinterpretAsUUID", DataType::Uuid);
reinterpret!(AS_STRING, "reinterpretAsString", DataType::String);

/// Bytes of a value of fixed size; nothing for other types.
fn width(data_type: &DataType) -> Option<usize> {
    match (data_type, data_type.arrow()) {
        (DataType::Bool, _) => Some(1),
        (DataType::Decimal(precision, _), _) => Some(match precision {
            0..=9 => 4,
            10..=18 => 8,
            19..=38 => 16,
            _ => 32,
        }),
        (_, ArrowType::FixedSizeBinary(size)) => usize::try_from(size).ok(),
        (_, arrow) => arrow.primitive_width(),
    }
}

fn bind(arguments: &[Argument], to: DataType) -> Result<Bound> {
    let from = arguments[0].data_type.clone();
    let readable = from == DataType::String || width(&from).is_some();
    let array = matches!(&to, DataType::Array(item) if width(item).is_some());
    if !readable || !(array || to == DataType::String || width(&to).is_some()) {
        return Err(illegal(format!("Cannot reinterpret {from} as {to}")));
    }
    let types = arguments.iter().map(|argument| argument.data_type.clone()).collect();
    Ok(Bound::kernel(to.clone(), types, move |arrays, rows| {
        let bytes = bytes(&arrays[0], &from)?;
        match &to {
            // Zeros at the end are no part of the string.
            DataType::String => strings(rows, |row, out| {
                let value = &bytes[row];
                let len = match from {
                    DataType::String => value.len(),
                    _ => value.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1),
                };
                out.extend_from_slice(&value[..len]);
                Ok(())
            }),
            DataType::Array(item) => lists(&bytes, item, &to),
            to => values(&bytes, to),
        }
    }))
}

/// Each value's bytes, lowest first.
fn bytes(array: &ArrayRef, from: &DataType) -> Result<Vec<Vec<u8>>> {
    if let Some(strings) = array.as_binary_opt::<i32>() {
        return Ok(strings.iter().map(|value| value.unwrap_or_default().to_vec()).collect());
    }
    let writer = writer(from, array, &TextOptions::default())?;
    let value = |row: usize| {
        let mut bytes = Vec::new();
        writer.write_binary(row, &mut bytes);
        bytes
    };
    Ok((0..array.len()).map(value).collect())
}

/// Values of fixed size; missing bytes are zeros, further ones do not count.
fn values(bytes: &[Vec<u8>], to: &DataType) -> Result<ArrayRef> {
    let width = width(to).expect("bind has checked it");
    if let DataType::FixedString(size) = to {
        let padded: Vec<u8> = bytes.iter().flat_map(|value| padded(value, width)).collect();
        let array = FixedSizeBinaryArray::new(*size as i32, padded.into(), None);
        return Ok(std::sync::Arc::new(array));
    }
    let mut column = reader(to, &TextOptions::default());
    for value in bytes {
        column.read_binary(&mut Cursor::new(&padded(value, width)))?;
    }
    Ok(column.finish())
}

fn padded(value: &[u8], width: usize) -> Vec<u8> {
    let mut padded = value[..value.len().min(width)].to_vec();
    padded.resize(width, 0);
    padded
}

/// Arrays of values of fixed size: the form in which drivers send vectors.
fn lists(bytes: &[Vec<u8>], item: &DataType, to: &DataType) -> Result<ArrayRef> {
    let width = width(item).expect("bind has checked it");
    let mut column = reader(item, &TextOptions::default());
    let mut lengths = Vec::with_capacity(bytes.len());
    for value in bytes {
        if value.len() % width != 0 {
            return Err(Error::new(
                Code::BAD_ARGUMENTS,
                format!(
                    "Cannot reinterpret {} bytes as {to}: not a multiple of {width}",
                    value.len()
                ),
            ));
        }
        let mut cursor = Cursor::new(value);
        while !cursor.at_end() {
            column.read_binary(&mut cursor)?;
        }
        lengths.push(value.len() / width);
    }
    crate::functions::arrays::lists::build(column.finish(), &item.item_field(), lengths)
}
