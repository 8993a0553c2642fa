//! [`supertype`]: the least type that holds the values of several types, by ClickHouse's rules.
//!
//! Where ClickHouse answers with Variant, which we have not, this is NO_COMMON_TYPE.

use crate::error::{Code, Error, Result};
use crate::types::{DataType, TupleElement};

/// The least common type of array elements, branches of `if`, columns of a UNION.
pub fn supertype(types: &[DataType]) -> Result<DataType> {
    let Some(first) = types.first() else {
        return Ok(DataType::Nothing);
    };
    if types.iter().all(|other| other == first) {
        return Ok(first.clone());
    }
    if types.iter().all(|each| matches!(each, DataType::LowCardinality(_))) {
        let plain: Vec<DataType> = types.iter().map(DataType::strip_low_cardinality).collect();
        return Ok(DataType::LowCardinality(Box::new(supertype(&plain)?)));
    }
    if types.iter().any(|each| matches!(each, DataType::LowCardinality(_))) {
        let plain: Vec<DataType> = types.iter().map(DataType::strip_low_cardinality).collect();
        return supertype(&plain);
    }
    if types.iter().any(DataType::is_nullable) {
        let plain: Vec<DataType> = types.iter().map(DataType::strip_nullable).collect();
        return Ok(supertype(&plain)?.to_nullable());
    }
    let known: Vec<DataType> = types
        .iter()
        .filter(|each| **each != DataType::Nothing)
        .cloned()
        .collect();
    if known.len() < types.len() {
        return supertype(&known);
    }
    if known.iter().any(|each| matches!(each, DataType::Array(_))) {
        return array_supertype(&known);
    }
    if known.iter().any(|each| matches!(each, DataType::Map(..))) {
        return map_supertype(&known);
    }
    if known.iter().any(|each| matches!(each, DataType::Tuple(_))) {
        return tuple_supertype(&known);
    }
    let is_text = |each: &DataType| each.is_string_or_fixed_string() || each.is_enum();
    if known.iter().any(is_text) {
        return match known.iter().all(is_text) {
            true => Ok(DataType::String),
            false => Err(none(
                types,
                "some of them are String/FixedString/Enum and some of them are not",
            )),
        };
    }
    if known.iter().any(|each| each.is_date_or_date_time() || each.is_time()) {
        return date_supertype(&known);
    }
    if known.iter().any(DataType::is_decimal) {
        return decimal_supertype(&known);
    }
    number_supertype(&known)
}

/// NO_COMMON_TYPE, and why.
pub(super) fn none(types: &[DataType], reason: &str) -> Error {
    let names: Vec<String> = types.iter().map(DataType::to_string).collect();
    Error::new(
        Code::NO_COMMON_TYPE,
        format!("There is no supertype for types {} because {reason}", names.join(", ")),
    )
}

fn array_supertype(types: &[DataType]) -> Result<DataType> {
    let items: Option<Vec<DataType>> = types
        .iter()
        .map(|each| {
            if let DataType::Array(item) = each {
                Some((**item).clone())
            } else {
                None
            }
        })
        .collect();
    let items = items.ok_or_else(|| none(types, "some of them are Array and some of them are not"))?;
    Ok(DataType::Array(Box::new(supertype(&items)?)))
}

fn map_supertype(types: &[DataType]) -> Result<DataType> {
    let (mut keys, mut values) = (Vec::new(), Vec::new());
    for each in types {
        let DataType::Map(key, value) = each else {
            return Err(none(types, "some of them are Maps and some of them are not"));
        };
        keys.push((**key).clone());
        values.push((**value).clone());
    }
    let (key, value) = (supertype(&keys)?, supertype(&values)?);
    Ok(DataType::Map(Box::new(key), Box::new(value)))
}

fn tuple_supertype(types: &[DataType]) -> Result<DataType> {
    let tuples: Option<Vec<&Vec<TupleElement>>> = types
        .iter()
        .map(|each| {
            if let DataType::Tuple(elements) = each {
                Some(elements)
            } else {
                None
            }
        })
        .collect();
    let tuples = tuples.ok_or_else(|| none(types, "some of them are Tuple and some of them are not"))?;
    let size = tuples[0].len();
    if tuples.iter().any(|elements| elements.len() != size) {
        return Err(none(types, "Tuples have different sizes"));
    }
    let element = |index: usize| {
        let column: Vec<DataType> = tuples
            .iter()
            .map(|elements| elements[index].data_type.clone())
            .collect();
        let name = tuples[0][index].name.clone().filter(|name| {
            tuples
                .iter()
                .all(|elements| elements[index].name.as_ref() == Some(name))
        });
        Ok(TupleElement {
            name,
            data_type: supertype(&column)?,
        })
    };
    let mut elements: Vec<TupleElement> = (0..size).map(element).collect::<Result<_>>()?;
    if elements.iter().any(|element| element.name.is_none()) {
        elements.iter_mut().for_each(|element| element.name = None);
    }
    Ok(DataType::Tuple(elements))
}

fn date_supertype(types: &[DataType]) -> Result<DataType> {
    let (mut scale, mut zone) = (None, None);
    let (mut time, mut wide, mut of_day) = (false, false, false);
    for each in types {
        match each {
            DataType::Date => {}
            DataType::Date32 => wide = true,
            DataType::DateTime(of) => {
                time = true;
                zone = zone.or(*of);
            }
            DataType::DateTime64(digits, of) => {
                time = true;
                scale = scale.max(Some(*digits));
                zone = zone.or(*of);
            }
            DataType::Time => of_day = true,
            DataType::Time64(digits) => {
                of_day = true;
                scale = scale.max(Some(*digits));
            }
            _ => {
                return Err(none(
                    types,
                    "some of them are Date/Date32/DateTime/DateTime64/Time/Time64 and some of them are not",
                ));
            }
        }
    }
    if of_day && types.iter().any(DataType::is_date) {
        return Err(none(types, "some of them are times of a day and some of them are days"));
    }
    Ok(match scale {
        Some(scale) if of_day && !time => DataType::Time64(scale),
        None if of_day && !time => DataType::Time,
        None if time && (wide || of_day) => DataType::DateTime64(0, zone),
        Some(scale) => DataType::DateTime64(scale, zone),
        None if time => DataType::DateTime(zone),
        None if wide => DataType::Date32,
        None => DataType::Date,
    })
}

/// Decimal digits that an integer of this many bits may need.
fn integer_digits(bits: u32) -> u8 {
    match bits {
        8 => 3,
        16 => 5,
        32 => 10,
        _ => 20,
    }
}

fn decimal_supertype(types: &[DataType]) -> Result<DataType> {
    let (mut whole, mut scale) = (0, 0);
    for each in types {
        match each {
            DataType::Decimal(precision, digits) => {
                scale = scale.max(*digits);
                whole = whole.max(precision - digits);
            }
            each if each.is_integer() => whole = whole.max(integer_digits(bits(each))),
            each if each.is_float() => return Ok(DataType::Float64),
            _ => return Err(none(types, "some of them have no lossless conversion to Decimal")),
        }
    }
    match whole + scale {
        precision @ 0..=9 => Ok(DataType::Decimal(precision.max(9), scale)),
        10..=18 => Ok(DataType::Decimal(18, scale)),
        19..=38 => Ok(DataType::Decimal(38, scale)),
        39..=76 => Ok(DataType::Decimal(76, scale)),
        _ => Err(none(types, "some of them have no lossless conversion to Decimal")),
    }
}

/// Bits of a number type; Bool counts as UInt8.
pub(super) fn bits(data_type: &DataType) -> u32 {
    match data_type {
        DataType::UInt8 | DataType::Int8 | DataType::Bool => 8,
        DataType::UInt16 | DataType::Int16 | DataType::BFloat16 => 16,
        DataType::UInt32 | DataType::Int32 | DataType::Float32 | DataType::Ipv4 => 32,
        DataType::Int128 | DataType::UInt128 => 128,
        DataType::Int256 | DataType::UInt256 => 256,
        _ => 64,
    }
}

/// Bits of the next wider integer type; from 64 bits on there is none.
pub(super) fn next_bits(bits: u32) -> u32 {
    if bits < 64 { bits * 2 } else { bits }
}

/// The integer type of this many bits.
pub(super) fn integer(signed: bool, bits: u32) -> DataType {
    match (signed, bits) {
        (false, 8) => DataType::UInt8,
        (false, 16) => DataType::UInt16,
        (false, 32) => DataType::UInt32,
        (false, 128) => DataType::UInt128,
        (false, 256) => DataType::UInt256,
        (false, _) => DataType::UInt64,
        (true, 8) => DataType::Int8,
        (true, 16) => DataType::Int16,
        (true, 32) => DataType::Int32,
        (true, 128) => DataType::Int128,
        (true, 256) => DataType::Int256,
        (true, _) => DataType::Int64,
    }
}

/// Why there is no type for a signed integer and an unsigned one as wide.
const NO_SIGNED: &str = "some of them are signed integers and some are unsigned integers, but there is no \
                                 signed integer type, that can exactly represent all required unsigned integer values";

fn number_supertype(types: &[DataType]) -> Result<DataType> {
    let (mut unsigned, mut signed, mut mantissa) = (0, 0, 0);
    for each in types {
        match each {
            DataType::Bool => unsigned = unsigned.max(8),
            DataType::Ipv4 => unsigned = unsigned.max(32),
            each if each.has_sign() => signed = signed.max(bits(each)),
            each if each.is_unsigned_integer() || each.is_big_integer() => unsigned = unsigned.max(bits(each)),
            each if each.is_signed_integer() => signed = signed.max(bits(each)),
            DataType::BFloat16 => mantissa = mantissa.max(8),
            DataType::Float32 => mantissa = mantissa.max(24),
            DataType::Float64 => mantissa = mantissa.max(53),
            _ => return Err(none(types, "some of them are numbers and some of them are not")),
        }
    }
    let mut integers = unsigned.max(signed);
    if signed > 0 && unsigned >= signed {
        integers *= 2;
    }
    if mantissa > 0 {
        let exact = if signed > 0 && unsigned >= signed {
            integers / 2
        } else {
            unsigned.max(signed)
        };
        return match mantissa.max(exact) {
            0..=8 => Ok(DataType::BFloat16),
            9..=24 => Ok(DataType::Float32),
            25..=53 => Ok(DataType::Float64),
            _ => Err(none(
                types,
                "some of them are integers and some are floating point, but there is no floating point type, \
                 that can exactly represent all required integers",
            )),
        };
    }
    match integers {
        // Twice 64 bits make no big integer, twice 128 do.
        128 if unsigned.max(signed) == 64 => Err(none(types, NO_SIGNED)),
        257.. => Err(none(types, NO_SIGNED)),
        integers => Ok(integer(signed > 0, integers)),
    }
}
