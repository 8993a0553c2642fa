//! [`converter`]: the conversion from one type to another, built once per call from both types.
//!
//! Each case is a leaf that maps an array to an array and keeps its NULLs, or a composite of such leaves.

use std::cmp::Ordering;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, ListArray, StructArray, new_null_array};
use arrow::datatypes::{DataType as ArrowType, Int8Type, Int16Type};

use super::{big_integers, dates, decimals, ip_addresses, maps, numbers, text, times};
use crate::error::{Code, Error, Result};
use crate::functions::{Context, internal};
use crate::types::{DataType, TextOptions, TimeZone, TupleElement};

/// Maps an array of one type to an array of another.
pub type Convert = Box<dyn Fn(&ArrayRef) -> Result<ArrayRef> + Send + Sync>;

/// What becomes of a value that has no conversion.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// The query fails.
    Error,
    /// It becomes NULL; the result type is Nullable.
    Null,
    /// It becomes the type's default.
    Default,
}

/// How to convert.
#[derive(Clone, Debug)]
pub struct Options {
    /// Values without a conversion.
    pub failure: Failure,
    /// Numbers out of range are such values, too; else they wrap.
    pub accurate: bool,
    /// The zone of DateTime types that name none.
    pub time_zone: TimeZone,
    /// `cast_ipv4_ipv6_default_on_conversion_error`: what is no address is the default.
    pub addresses_default: bool,
    /// The function's name, for messages.
    pub function: &'static str,
}

impl Options {
    /// Wrapping numbers, the context's zone.
    pub fn new(failure: Failure, context: &Context) -> Options {
        Options {
            failure,
            accurate: false,
            time_zone: context.time_zone,
            addresses_default: context.flag("cast_ipv4_ipv6_default_on_conversion_error"),
            function: "CAST",
        }
    }

    /// For readers and writers of text.
    pub fn text(&self) -> TextOptions {
        TextOptions {
            time_zone: self.time_zone,
            ..TextOptions::default()
        }
    }
}

/// The conversion, or ClickHouse's error if there is none between these types.
pub fn converter(from: &DataType, to: &DataType, options: &Options) -> Result<Convert> {
    if super::is_relabel(from, to) && !matches!(to, DataType::Array(_) | DataType::Tuple(_)) {
        return Ok(Box::new(|array| Ok(array.clone())));
    }
    match (from, to) {
        (DataType::LowCardinality(inner), _) => converter(inner, to, options),
        (_, DataType::LowCardinality(inner)) => converter(from, inner, options),
        (DataType::Nullable(inner), _) if **inner == DataType::Nothing => Ok(from_null(to.clone())),
        (DataType::Nothing, _) => Ok(from_nothing(to.clone())),
        (DataType::Nullable(inner), DataType::Nullable(to)) => converter(inner, to, options),
        (DataType::Nullable(inner), DataType::String) if options.function == "toString" => {
            converter(inner, to, options)
        }
        (DataType::Nullable(inner), _) => {
            let convert = converter(inner, to, options)?;
            Ok(Box::new(move |array| match array.logical_null_count() {
                0 => convert(array),
                _ => Err(null_in_ordinary()),
            }))
        }
        (_, DataType::Nullable(inner)) => converter(from, inner, options),
        (_, DataType::Map(..)) | (DataType::Map(..), DataType::Array(_)) => maps::converter(from, to, options),
        (DataType::Array(inner), DataType::Array(item)) => list(converter(inner, item, options)?, to),
        (DataType::Tuple(elements), DataType::Tuple(wanted)) => tuple(elements, wanted, to, options),
        (&ip_addresses::IPV6_STRING, DataType::Ipv6) => Ok(Box::new(|array| Ok(array.clone()))),
        (DataType::String | DataType::FixedString(_), _) => text::from_text(from, to, options),
        (_, DataType::String | DataType::FixedString(_)) => text::to_text(from, to, options),
        _ => scalar(from, to, options),
    }
}

fn null_in_ordinary() -> Error {
    Error::new(
        Code::CANNOT_INSERT_NULL_IN_ORDINARY_COLUMN,
        "Cannot convert NULL value to non-Nullable type",
    )
}

fn from_null(to: DataType) -> Convert {
    Box::new(move |array| match to.is_nullable() {
        true => Ok(new_null_array(&to.arrow(), array.len())),
        false if array.is_empty() => to.default_scalar().to_array_of_size(0).map_err(internal),
        false => Err(Error::new(
            Code::CANNOT_CONVERT_TYPE,
            "Cannot convert NULL to a non-nullable type",
        )),
    })
}

fn from_nothing(to: DataType) -> Convert {
    Box::new(move |array| to.default_scalar().to_array_of_size(array.len()).map_err(internal))
}

/// Converts between types that are neither text nor composite.
fn scalar(from: &DataType, to: &DataType, options: &Options) -> Result<Convert> {
    let is_address = from.is_ip_address() || to.is_ip_address();
    if !is_address && let Some(convert) = big_integers::converter(from, to, options)? {
        return Ok(convert);
    }
    if let Some(convert) = ip_addresses::converter(from, to, options)? {
        return Ok(convert);
    }
    if let Some(convert) = times::converter(from, to, options)? {
        return Ok(convert);
    }
    if let Some(convert) = dates::converter(from, to, options)? {
        return Ok(convert);
    }
    if (from.is_decimal() || to.is_decimal())
        && let Some(convert) = decimals::converter(from, to, options)?
    {
        return Ok(convert);
    }
    if !is_numeric(from) || !is_numeric(to) {
        return Err(no_conversion(from, to));
    }
    if to.is_enum() {
        if from.is_float() || *from == DataType::BFloat16 {
            return Err(no_conversion(from, to));
        }
        check_names(from, to)?;
        return Ok(to_enum(to.clone()));
    }
    let (narrow_in, narrow_out) = (*from == DataType::BFloat16, *to == DataType::BFloat16);
    let (arrow, checked) = (to.arrow(), options.accurate);
    let (failure, name) = (options.failure, to.clone());
    Ok(Box::new(move |array| {
        let array = if narrow_in {
            numbers::from_bfloat16(array)
        } else {
            array.clone()
        };
        if narrow_out {
            return numbers::to_bfloat16(&array);
        }
        match checked {
            true => numbers::exact(&array, &arrow, failure, &name),
            false => numbers::wrap(&array, &arrow),
        }
    }))
}

/// Types whose Arrow form is a number (or Boolean) with the value itself.
fn is_numeric(data_type: &DataType) -> bool {
    data_type.is_integer()
        || data_type.is_float()
        || data_type.is_enum()
        || matches!(data_type, DataType::Bool | DataType::Interval(_))
}

/// ClickHouse's error for types that do not convert.
pub fn no_conversion(from: &DataType, to: &DataType) -> Error {
    if matches!(from, DataType::Array(_) | DataType::Tuple(_)) {
        let message = format!("Illegal type {from} of argument of function to{}", to.family());
        return Error::new(Code::ILLEGAL_TYPE_OF_ARGUMENT, message);
    }
    if matches!(to, DataType::Array(_)) {
        let message = "CAST AS Array can only be performed between same-dimensional Array, Map or String types";
        return Error::new(Code::TYPE_MISMATCH, message);
    }
    Error::new(
        Code::TYPE_MISMATCH,
        format!("Conversion from {from} to {to} is not supported"),
    )
}

/// An enum becomes another one by its numbers; refused where ClickHouse sees that a name would get another number.
fn check_names(from: &DataType, to: &DataType) -> Result<()> {
    let (DataType::Enum8(from) | DataType::Enum16(from), DataType::Enum8(to) | DataType::Enum16(to)) = (from, to)
    else {
        return Ok(());
    };
    // It intersects the names as if they were sorted, but the numbers are: it does not see all.
    let (mut old, mut new) = (from.values().iter().peekable(), to.values().iter().peekable());
    while let (Some((name, before)), Some((other, number))) = (old.peek(), new.peek()) {
        match name.cmp(other) {
            Ordering::Less => old.next(),
            Ordering::Greater => new.next(),
            Ordering::Equal if before == number => old.next().and(new.next()),
            Ordering::Equal => {
                let message = format!("Enum conversion changes value for element '{name}' from {before} to {number}");
                return Err(Error::new(Code::CANNOT_CONVERT_TYPE, message));
            }
        };
    }
    Ok(())
}

/// Integers, or another enum's numbers, to an enum: each must be one of its numbers.
fn to_enum(to: DataType) -> Convert {
    Box::new(move |array| {
        let values = numbers::wrap(array, &to.arrow())?;
        let known = |number: i16| match &to {
            DataType::Enum8(values) | DataType::Enum16(values) => values.name(number).is_some(),
            _ => false,
        };
        let numbers: Vec<Option<i16>> = match to.arrow() {
            ArrowType::Int8 => values
                .as_primitive::<Int8Type>()
                .iter()
                .map(|number| number.map(i16::from))
                .collect(),
            _ => values.as_primitive::<Int16Type>().iter().collect(),
        };
        match numbers.iter().flatten().find(|number| !known(**number)) {
            Some(number) => Err(Error::new(
                Code::UNKNOWN_ELEMENT_OF_ENUM,
                format!("Unexpected value {number} in enum {to}"),
            )),
            None => Ok(values),
        }
    })
}

pub(super) fn list(inner: Convert, to: &DataType) -> Result<Convert> {
    let DataType::Array(item) = to else {
        return Err(no_conversion(to, to));
    };
    let field = item.item_field();
    Ok(Box::new(move |array| {
        let list = array.as_list::<i32>();
        let first = list.offsets()[0] as usize;
        let len = list.offsets()[list.len()] as usize - first;
        let offsets = match first {
            0 => list.offsets().clone(),
            _ => arrow::buffer::OffsetBuffer::from_lengths(list.offsets().lengths()),
        };
        let values = inner(&list.values().slice(first, len))?;
        let values = crate::functions::udf::conform(values, field.data_type());
        ListArray::try_new(field.clone(), offsets, values, list.nulls().cloned())
            .map(|list| Arc::new(list) as ArrayRef)
            .map_err(internal)
    }))
}

/// Elements go by name where one of those wanted is there, and those that are not are defaults; else by position.
fn tuple(from: &[TupleElement], wanted: &[TupleElement], to: &DataType, options: &Options) -> Result<Convert> {
    let source = |wanted: &TupleElement| {
        let name = wanted.name.as_ref()?;
        from.iter().position(|element| element.name.as_ref() == Some(name))
    };
    let mut order: Vec<Option<usize>> = wanted.iter().map(source).collect();
    if order.iter().all(Option::is_none) {
        if from.len() != wanted.len() {
            let from = DataType::Tuple(from.to_vec());
            let message = format!(
                "CAST AS Tuple can only be performed between tuple types with the same number of elements or from String.\n\
                 Left type: {from}, right type: {to}"
            );
            return Err(Error::new(Code::TYPE_MISMATCH, message));
        }
        order = (0..wanted.len()).map(Some).collect();
    }
    let element = |(index, wanted): (&Option<usize>, &TupleElement)| -> Result<(usize, Convert)> {
        Ok(match index {
            Some(index) => (*index, converter(&from[*index].data_type, &wanted.data_type, options)?),
            None => (0, from_nothing(wanted.data_type.clone())),
        })
    };
    let inner: Vec<(usize, Convert)> = order.iter().zip(wanted).map(element).collect::<Result<_>>()?;
    let ArrowType::Struct(fields) = to.arrow() else {
        return Err(no_conversion(to, to));
    };
    Ok(Box::new(move |array| {
        let tuple = array.as_struct();
        let columns: Vec<ArrayRef> = inner
            .iter()
            .zip(&fields)
            .map(|((index, convert), field)| {
                Ok(crate::functions::udf::conform(
                    convert(tuple.column(*index))?,
                    field.data_type(),
                ))
            })
            .collect::<Result<_>>()?;
        StructArray::try_new_with_length(fields.clone(), columns, tuple.nulls().cloned(), tuple.len())
            .map(|tuple| Arc::new(tuple) as ArrayRef)
            .map_err(internal)
    }))
}
