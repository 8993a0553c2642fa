//! Networks in CIDR notation: whether an address is in one, its first and last address.

use std::net::IpAddr;
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, FixedSizeBinaryBuilder, StructArray, UInt8Array, UInt32Array};
use arrow::datatypes::{DataType as ArrowType, UInt8Type};

use super::{check_ipv4, ipv4_at, ipv6_at, is_ipv6, unexpected};
use crate::error::{Code, Error, Result};
use crate::functions::function::{Argument, Bound, Function, illegal, row_of};
use crate::functions::internal;
use crate::types::{DataType, IPV6_BYTES, TupleElement};

/// Bits of an IPv4 address.
const IPV4_BITS: u8 = 32;
/// Bits of an IPv6 address.
const IPV6_BITS: u8 = 128;

pub const IS_IN_RANGE: Function = Function::new(
    "isIPAddressInRange",
    (2, 2),
    "Whether an address is in a network",
    |arguments, _| {
        let address = arguments[0].data_type.bare().clone();
        let network = &arguments[1].data_type;
        if !(address == DataType::String || address.is_ip_address()) || *network != DataType::String {
            let shown = &arguments[0].data_type;
            return Err(illegal(format!(
                "The first argument of function isIPAddressInRange must be one of: String, IPv4, IPv6, \
                 Nullable(String), Nullable(IPv4), or Nullable(IPv6) and the second argument must be String. Type of \
                 the first argument: {shown}. Type of the second argument: {network}"
            )));
        }
        let kept = arguments[0].data_type.clone();
        Ok(Bound::compact(
            DataType::UInt8,
            vec![kept, DataType::String],
            move |arrays, rows| {
                let networks = arrays[1].as_binary::<i32>();
                let one = |row: usize| -> Result<u8> {
                    let network = Network::parse(networks.value(row_of(&arrays[1], row)))?;
                    let row = row_of(&arrays[0], row);
                    match arrays[0].is_null(row) {
                        true => Ok(0),
                        false => Ok(u8::from(network.contains(address_at(&arrays[0], &address, row)?))),
                    }
                };
                let answers: Vec<u8> = (0..rows).map(one).collect::<Result<_>>()?;
                Ok(Arc::new(UInt8Array::from(answers)) as ArrayRef)
            },
        ))
    },
)
.own_nulls();

fn address_at(array: &ArrayRef, data_type: &DataType, row: usize) -> Result<IpAddr> {
    match data_type {
        DataType::Ipv4 => Ok(IpAddr::V4(ipv4_at(array, row).into())),
        DataType::Ipv6 => Ok(IpAddr::V6(ipv6_at(array, row).into())),
        _ => parse(array.as_binary::<i32>().value(row)),
    }
}

fn malformed(message: String) -> Error {
    Error::new(Code::CANNOT_PARSE_TEXT, message)
}

fn parse(text: &[u8]) -> Result<IpAddr> {
    let shown = String::from_utf8_lossy(text);
    shown
        .parse()
        .map_err(|_| malformed(format!("Neither IPv4 nor IPv6 address: '{shown}'")))
}

/// `address/bits`
struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    fn parse(text: &[u8]) -> Result<Network> {
        let shown = String::from_utf8_lossy(text);
        let Some((address, bits)) = shown.rsplit_once('/') else {
            return Err(malformed(format!("The text does not contain '/': {shown}")));
        };
        if address.is_empty() {
            return Err(malformed(format!("Error parsing IP address with prefix: {shown}")));
        }
        let address = parse(address.as_bytes())?;
        let most = if address.is_ipv4() { IPV4_BITS } else { IPV6_BITS };
        let digits = !bits.is_empty() && bits.bytes().all(|byte| byte.is_ascii_digit());
        match bits.parse::<u8>() {
            Ok(bits) if digits && bits <= most => Ok(Network { address, bits }),
            _ => Err(malformed(format!("The CIDR has a malformed prefix bits: {shown}"))),
        }
    }

    fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                (u32::from(network) ^ u32::from(address)) & ipv4_mask(self.bits) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                (u128::from(network) ^ u128::from(address)) & ipv6_mask(self.bits) == 0
            }
            _ => false,
        }
    }
}

/// Ones in front, so many.
fn ipv4_mask(bits: u8) -> u32 {
    !u32::MAX.checked_shr(bits.into()).unwrap_or(0)
}

/// Ones in front, so many.
fn ipv6_mask(bits: u8) -> u128 {
    !u128::MAX.checked_shr(bits.into()).unwrap_or(0)
}

/// `Tuple(T, T)`
fn pair(data_type: DataType) -> DataType {
    let element = TupleElement { name: None, data_type };
    DataType::Tuple(vec![element.clone(), element])
}

fn tuple(data_type: &DataType, columns: Vec<ArrayRef>) -> Result<ArrayRef> {
    let ArrowType::Struct(fields) = data_type.arrow() else {
        unreachable!("a tuple is a struct")
    };
    let tuple = StructArray::try_new(fields, columns, None).map_err(internal)?;
    Ok(Arc::new(tuple))
}

fn check_bits(arguments: &[Argument], name: &str) -> Result<()> {
    match arguments[1].data_type {
        DataType::UInt8 => Ok(()),
        _ => Err(unexpected(&arguments[1], "second argument", name, "UInt8")),
    }
}

pub const IPV4_RANGE: Function = Function::new(
    "IPv4CIDRToRange",
    (2, 2),
    "The first and the last address of an IPv4 network",
    |arguments, _| {
        check_ipv4(&arguments[0], "IPv4CIDRToRange")?;
        check_bits(arguments, "IPv4CIDRToRange")?;
        let result = pair(DataType::Ipv4);
        let types = vec![DataType::UInt32, DataType::UInt8];
        Ok(Bound::kernel(result.clone(), types, move |arrays, rows| {
            let bits = arrays[1].as_primitive::<UInt8Type>();
            let ends = (0..rows).map(|row| {
                let mask = ipv4_mask(bits.value(row).min(IPV4_BITS));
                let address = ipv4_at(&arrays[0], row);
                (address & mask, address | !mask)
            });
            let (first, last): (Vec<u32>, Vec<u32>) = ends.unzip();
            let columns: Vec<ArrayRef> = vec![Arc::new(UInt32Array::from(first)), Arc::new(UInt32Array::from(last))];
            tuple(&result, columns)
        }))
    },
);

pub const IPV6_RANGE: Function = Function::new(
    "IPv6CIDRToRange",
    (2, 2),
    "The first and the last address of an IPv6 network",
    |arguments, _| {
        if !is_ipv6(&arguments[0].data_type) {
            let expected = "IPv6 or FixedString(16)";
            return Err(unexpected(&arguments[0], "first argument", "IPv6CIDRToRange", expected));
        }
        check_bits(arguments, "IPv6CIDRToRange")?;
        let result = pair(DataType::Ipv6);
        let types = vec![DataType::Ipv6, DataType::UInt8];
        Ok(Bound::kernel(result.clone(), types, move |arrays, rows| {
            let bits = arrays[1].as_primitive::<UInt8Type>();
            let mut columns = Vec::with_capacity(2);
            for last in [false, true] {
                let mut builder = FixedSizeBinaryBuilder::with_capacity(rows, IPV6_BYTES as i32);
                for row in 0..rows {
                    let mask = ipv6_mask(bits.value(row).min(IPV6_BITS));
                    let address = u128::from_be_bytes(ipv6_at(&arrays[0], row));
                    let end = if last { address | !mask } else { address & mask };
                    builder.append_value(end.to_be_bytes()).map_err(internal)?;
                }
                columns.push(Arc::new(builder.finish()) as ArrayRef);
            }
            tuple(&result, columns)
        }))
    },
);
