//! IP addresses: as text and back, their networks.
//!
//! Numbers and bytes of addresses are those of the types IPv4 and IPv6. Conversions to these types are casts.

mod networks;
mod texts;

use arrow::array::{ArrayRef, AsArray};
use arrow::datatypes::UInt32Type;

use super::Function;
use super::function::{Argument, illegal};
use crate::error::{Error, Result};
use crate::types::{DataType, IPV6_BYTES, ipv4_to_ipv6};

/// See [`super::FOLDERS`].
pub(super) const FUNCTIONS: &[Function] = &[
    texts::IPV4_NUM_TO_STRING,
    texts::IPV4_NUM_TO_STRING_CLASS_C,
    texts::IPV4_STRING_TO_NUM,
    texts::IPV4_STRING_TO_NUM_OR_NULL,
    texts::IPV4_STRING_TO_NUM_OR_DEFAULT,
    texts::IPV6_NUM_TO_STRING,
    texts::IPV6_STRING_TO_NUM,
    texts::IPV6_STRING_TO_NUM_OR_NULL,
    texts::IPV6_STRING_TO_NUM_OR_DEFAULT,
    texts::IS_IPV4_STRING,
    texts::IS_IPV6_STRING,
    texts::IPV4_TO_IPV6,
    texts::CUT_IPV6,
    networks::IS_IN_RANGE,
    networks::IPV4_RANGE,
    networks::IPV6_RANGE,
];

/// An IPv6 address, or the bytes of one.
fn is_ipv6(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Ipv6 | DataType::FixedString(IPV6_BYTES))
}

/// An IPv4 address, or the number of one.
fn is_ipv4(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Ipv4 | DataType::UInt8 | DataType::UInt16 | DataType::UInt32
    )
}

/// The IPv4 address of a row.
fn ipv4_at(array: &ArrayRef, row: usize) -> u32 {
    array.as_primitive::<UInt32Type>().value(row)
}

/// The IPv6 address of a row, which may be an IPv4 one.
fn ipv6_at(array: &ArrayRef, row: usize) -> [u8; IPV6_BYTES] {
    match array.as_fixed_size_binary_opt() {
        Some(addresses) => addresses.value(row).try_into().unwrap_or_default(),
        None => ipv4_to_ipv6(ipv4_at(array, row)),
    }
}

/// "Illegal type T of argument …, expected …".
fn unexpected(argument: &Argument, place: &str, function: &str, expected: &str) -> Error {
    illegal(format!(
        "Illegal type {} of {place} of function {function}, expected {expected}",
        argument.data_type
    ))
}

/// Refuses what is no IPv4 address.
fn check_ipv4(argument: &Argument, function: &str) -> Result<()> {
    match is_ipv4(&argument.data_type) {
        true => Ok(()),
        false => Err(unexpected(
            argument,
            "first argument",
            function,
            "IPv4 or UInt8 or UInt16 or UInt32",
        )),
    }
}
