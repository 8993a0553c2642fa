//! IPv4 and IPv6 from and to each other, numbers and bytes.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeBinaryBuilder, PrimitiveArray};
use arrow::datatypes::{DataType as ArrowType, UInt32Type, UInt64Type};

use super::convert::{Convert, Failure, Options, no_conversion};
use super::{numbers, with_failures};
use crate::error::{Code, Error, Result};
use crate::functions::internal;
use crate::types::{DataType, IPV6_BYTES, ipv4_to_ipv6, ipv6_to_ipv4, write_ipv6};

/// Bytes of a FixedString that is an IPv6 address as it is.
pub const IPV6_STRING: DataType = DataType::FixedString(IPV6_BYTES);

/// The conversion, if one of the types is an address and the other one no text.
pub fn converter(from: &DataType, to: &DataType, options: &Options) -> Result<Option<Convert>> {
    if !from.is_ip_address() && !to.is_ip_address() {
        return Ok(None);
    }
    if options.accurate && !(from.is_ip_address() && to.is_ip_address()) {
        return inaccurate(from, to, options.failure).map(Some);
    }
    match (from, to) {
        (DataType::Ipv4, DataType::Ipv6) => Ok(Some(Box::new(to_ipv6))),
        (DataType::Ipv6, DataType::Ipv4) => Ok(Some(to_ipv4(options.failure))),
        (DataType::Ipv4, DataType::UInt32 | DataType::UInt64 | DataType::Bool) => {
            let arrow = to.arrow();
            Ok(Some(Box::new(move |array| numbers::wrap(array, &arrow))))
        }
        (DataType::Ipv4, DataType::UInt128 | DataType::UInt256) => {
            super::converter(&DataType::UInt32, to, options).map(Some)
        }
        (DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::Bool, DataType::Ipv4) => {
            Ok(Some(Box::new(|array| numbers::wrap(array, &ArrowType::UInt32))))
        }
        (DataType::UInt64, DataType::Ipv4) => Ok(Some(from_uint64(options.failure))),
        (_, DataType::Decimal(..)) => Err(Error::new(
            Code::ILLEGAL_COLUMN,
            format!("Illegal column {from} of first argument of function to{}", to.family()),
        )),
        (DataType::Ipv6, number) | (number, DataType::Ipv6) if number.is_number() => Err(Error::new(
            Code::NOT_IMPLEMENTED,
            "Conversion between numeric types and IPv6 is not supported. Probably the passed IPv6 is unquoted",
        )),
        _ if is_composite(from) || is_composite(to) => Err(no_conversion(from, to)),
        _ => Err(unsupported(Code::NOT_IMPLEMENTED, from, to)),
    }
}

fn is_composite(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Array(_) | DataType::Tuple(_) | DataType::Map(..) | DataType::Uuid
    )
}

fn unsupported(code: Code, from: &DataType, to: &DataType) -> Error {
    Error::new(code, format!("Conversion from {from} to {to} is not supported"))
}

/// `accurateCast` knows no conversion between addresses and numbers.
fn inaccurate(from: &DataType, to: &DataType, failure: Failure) -> Result<Convert> {
    if failure == Failure::Error {
        return Err(unsupported(Code::CANNOT_CONVERT_TYPE, from, to));
    }
    let arrow = to.arrow();
    Ok(Box::new(move |array| {
        Ok(arrow::array::new_null_array(&arrow, array.len()))
    }))
}

fn to_ipv6(array: &ArrayRef) -> Result<ArrayRef> {
    let addresses = array.as_primitive::<UInt32Type>();
    let mut builder = FixedSizeBinaryBuilder::with_capacity(addresses.len(), IPV6_BYTES as i32);
    for address in addresses {
        match address {
            Some(address) => builder.append_value(ipv4_to_ipv6(address)).map_err(internal)?,
            None => builder.append_null(),
        }
    }
    Ok(Arc::new(builder.finish()))
}

fn to_ipv4(failure: Failure) -> Convert {
    Box::new(move |array| {
        let addresses = array.as_fixed_size_binary();
        let mapped = addresses.iter().map(|address| address.and_then(ipv6_to_ipv4));
        let mapped: PrimitiveArray<UInt32Type> = mapped.collect();
        with_failures(array, Arc::new(mapped), failure, &DataType::Ipv4, |row| {
            let mut text = Vec::new();
            write_ipv6(addresses.value(row).try_into().unwrap_or(&[0; IPV6_BYTES]), &mut text);
            Error::new(
                Code::CANNOT_CONVERT_TYPE,
                format!("IPv6 {} is not in IPv4 mapping block", String::from_utf8_lossy(&text)),
            )
        })
    })
}

fn from_uint64(failure: Failure) -> Convert {
    Box::new(move |array| {
        let numbers = array.as_primitive::<UInt64Type>();
        let addresses = numbers
            .iter()
            .map(|number| number.and_then(|number| u32::try_from(number).ok()));
        let addresses: PrimitiveArray<UInt32Type> = addresses.collect();
        with_failures(array, Arc::new(addresses), failure, &DataType::Ipv4, |_| {
            Error::new(Code::CANNOT_PARSE_IPV4, "Invalid IPv4 value")
        })
    })
}
