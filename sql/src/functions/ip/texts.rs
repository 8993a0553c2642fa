//! Addresses as text and back, and what of them.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, FixedSizeBinaryBuilder, PrimitiveBuilder, UInt8Array};
use arrow::datatypes::UInt32Type;

use super::{check_ipv4, ipv4_at, ipv6_at, is_ipv6, unexpected};
use crate::error::{Code, Error, Result};
use crate::functions::casts::{Failure, integer_value};
use crate::functions::function::{Argument, Bound, Function, illegal, illegal_type};
use crate::functions::strings::strings;
use crate::functions::{Context, internal};
use crate::types::{DataType, IPV6_BYTES, ipv4_to_ipv6, ipv6_to_ipv4, write_ipv4, write_ipv6};

pub const IPV4_NUM_TO_STRING: Function = Function::new(
    "IPv4NumToString",
    (1, 1),
    "The text of an IPv4 address",
    |arguments, _| {
        check_ipv4(&arguments[0], "IPv4NumToString")?;
        Ok(shown_ipv4(write_ipv4))
    },
)
.aliases_any_case(&["INET_NTOA"]);

pub const IPV4_NUM_TO_STRING_CLASS_C: Function = Function::new(
    "IPv4NumToStringClassC",
    (1, 1),
    "The text of an IPv4 address without its last byte",
    |arguments, _| {
        check_ipv4(&arguments[0], "IPv4NumToStringClassC")?;
        Ok(shown_ipv4(|address, out| {
            let mut text = Vec::new();
            write_ipv4(address & !0xff, &mut text);
            out.extend_from_slice(text.strip_suffix(b"0").unwrap_or(&text));
            out.extend_from_slice(b"xxx");
        }))
    },
);

fn shown_ipv4(write: fn(u32, &mut Vec<u8>)) -> Bound {
    Bound::kernel(DataType::String, vec![DataType::UInt32], move |arrays, rows| {
        strings(rows, |row, out| {
            write(ipv4_at(&arrays[0], row), out);
            Ok(())
        })
    })
}

pub const IPV6_NUM_TO_STRING: Function = Function::new(
    "IPv6NumToString",
    (1, 1),
    "The text of an IPv6 address",
    |arguments, _| {
        if !is_ipv6(&arguments[0].data_type) {
            let expected = "IPv6 or FixedString(16)";
            return Err(unexpected(&arguments[0], "argument", "IPv6NumToString", expected));
        }
        Ok(Bound::kernel(DataType::String, vec![DataType::Ipv6], |arrays, rows| {
            strings(rows, |row, out| {
                write_ipv6(&ipv6_at(&arrays[0], row), out);
                Ok(())
            })
        }))
    },
)
.aliases_any_case(&["INET6_NTOA"]);

pub const IPV4_STRING_TO_NUM: Function = Function::new(
    "IPv4StringToNum",
    (1, 1),
    "The number of an IPv4 address",
    |arguments, context| ipv4_number(&arguments[0], "IPv4StringToNum", Failure::Error, context),
)
.aliases_any_case(&["INET_ATON"]);
pub const IPV4_STRING_TO_NUM_OR_NULL: Function = Function::new(
    "IPv4StringToNumOrNull",
    (1, 1),
    "The number of an IPv4 address; NULL if it is none",
    |arguments, context| ipv4_number(&arguments[0], "IPv4StringToNumOrNull", Failure::Null, context),
);
pub const IPV4_STRING_TO_NUM_OR_DEFAULT: Function = Function::new(
    "IPv4StringToNumOrDefault",
    (1, 1),
    "The number of an IPv4 address; 0 if it is none",
    |arguments, context| ipv4_number(&arguments[0], "IPv4StringToNumOrDefault", Failure::Default, context),
);
pub const IPV6_STRING_TO_NUM: Function = Function::new(
    "IPv6StringToNum",
    (1, 1),
    "The bytes of an IPv6 or IPv4 address",
    |arguments, context| ipv6_bytes(&arguments[0], "IPv6StringToNum", Failure::Error, context),
)
.aliases_any_case(&["INET6_ATON"]);
pub const IPV6_STRING_TO_NUM_OR_NULL: Function = Function::new(
    "IPv6StringToNumOrNull",
    (1, 1),
    "The bytes of an IPv6 or IPv4 address; NULL if it is none",
    |arguments, context| ipv6_bytes(&arguments[0], "IPv6StringToNumOrNull", Failure::Null, context),
);
pub const IPV6_STRING_TO_NUM_OR_DEFAULT: Function = Function::new(
    "IPv6StringToNumOrDefault",
    (1, 1),
    "The bytes of an IPv6 or IPv4 address; zeros if it is none",
    |arguments, context| ipv6_bytes(&arguments[0], "IPv6StringToNumOrDefault", Failure::Default, context),
);

/// Refuses what is no String.
fn check_string(argument: &Argument, function: &str) -> Result<()> {
    match argument.data_type == DataType::String {
        true => Ok(()),
        false => Err(illegal_type(argument, function)),
    }
}

/// What is done with text that is no address: a setting makes it the default.
fn failure_of(failure: Failure, context: &Context) -> Failure {
    match context.flag("cast_ipv4_ipv6_default_on_conversion_error") && failure == Failure::Error {
        true => Failure::Default,
        false => failure,
    }
}

/// `data_type`, Nullable if failures are NULL.
fn result_type(data_type: DataType, failure: Failure) -> DataType {
    match failure {
        Failure::Null => data_type.to_nullable(),
        _ => data_type,
    }
}

fn parse_ipv4(text: &[u8]) -> Option<u32> {
    let address: Ipv4Addr = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(u32::from(address))
}

fn parse_ipv6(text: &[u8]) -> Option<[u8; IPV6_BYTES]> {
    let address: Ipv6Addr = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(address.octets())
}

fn ipv4_number(argument: &Argument, name: &str, failure: Failure, context: &Context) -> Result<Bound> {
    check_string(argument, name)?;
    let failure = failure_of(failure, context);
    let result = result_type(DataType::UInt32, failure);
    Ok(Bound::kernel(result, vec![DataType::String], move |arrays, rows| {
        let texts = arrays[0].as_binary::<i32>();
        let mut builder = PrimitiveBuilder::<UInt32Type>::with_capacity(rows);
        for row in 0..rows {
            match (parse_ipv4(texts.value(row)), failure) {
                (Some(address), _) => builder.append_value(address),
                (None, Failure::Null) => builder.append_null(),
                (None, Failure::Default) => builder.append_value(0),
                (None, Failure::Error) => return Err(Error::new(Code::CANNOT_PARSE_IPV4, "Invalid IPv4 value")),
            }
        }
        Ok(Arc::new(builder.finish()) as ArrayRef)
    }))
}

fn ipv6_bytes(argument: &Argument, name: &str, failure: Failure, context: &Context) -> Result<Bound> {
    check_string(argument, name)?;
    let failure = failure_of(failure, context);
    let result = result_type(DataType::FixedString(IPV6_BYTES), failure);
    Ok(Bound::kernel(result, vec![DataType::String], move |arrays, rows| {
        let texts = arrays[0].as_binary::<i32>();
        let mut builder = FixedSizeBinaryBuilder::with_capacity(rows, IPV6_BYTES as i32);
        for row in 0..rows {
            let text = texts.value(row);
            let address = parse_ipv6(text).or_else(|| parse_ipv4(text).map(ipv4_to_ipv6));
            match (address, failure) {
                (Some(address), _) => builder.append_value(address).map_err(internal)?,
                (None, Failure::Null) => builder.append_null(),
                (None, Failure::Default) => builder.append_value([0; IPV6_BYTES]).map_err(internal)?,
                (None, Failure::Error) => return Err(Error::new(Code::CANNOT_PARSE_IPV6, "Invalid IPv6 value")),
            }
        }
        Ok(Arc::new(builder.finish()) as ArrayRef)
    }))
}

pub const IS_IPV4_STRING: Function = Function::new(
    "isIPv4String",
    (1, 1),
    "Whether a text is an IPv4 address",
    |arguments, _| is_address(&arguments[0], "isIPv4String", |text| parse_ipv4(text).is_some()),
);
pub const IS_IPV6_STRING: Function = Function::new(
    "isIPv6String",
    (1, 1),
    "Whether a text is an IPv6 address",
    |arguments, _| is_address(&arguments[0], "isIPv6String", |text| parse_ipv6(text).is_some()),
);

fn is_address(argument: &Argument, name: &str, is_address: fn(&[u8]) -> bool) -> Result<Bound> {
    check_string(argument, name)?;
    Ok(Bound::kernel(
        DataType::UInt8,
        vec![DataType::String],
        move |arrays, rows| {
            let texts = arrays[0].as_binary::<i32>();
            let answers = (0..rows).map(|row| u8::from(is_address(texts.value(row))));
            Ok(Arc::new(UInt8Array::from_iter_values(answers)) as ArrayRef)
        },
    ))
}

pub const IPV4_TO_IPV6: Function = Function::new(
    "IPv4ToIPv6",
    (1, 1),
    "The IPv6 address that an IPv4 address is mapped to",
    |arguments, _| {
        let result = match arguments[0].data_type {
            DataType::Ipv4 => DataType::Ipv6,
            DataType::UInt32 => DataType::FixedString(IPV6_BYTES),
            _ => return Err(illegal_type(&arguments[0], "IPv4ToIPv6")),
        };
        Ok(Bound::kernel(result, vec![DataType::UInt32], |arrays, rows| {
            let mut builder = FixedSizeBinaryBuilder::with_capacity(rows, IPV6_BYTES as i32);
            for row in 0..rows {
                let address = ipv4_to_ipv6(ipv4_at(&arrays[0], row));
                builder.append_value(address).map_err(internal)?;
            }
            Ok(Arc::new(builder.finish()) as ArrayRef)
        }))
    },
);

pub const CUT_IPV6: Function = Function::new(
    "cutIPv6",
    (3, 3),
    "The text of an address with so many zero bytes at its end: of an IPv6 one the second argument, of a mapped IPv4 one the third",
    |arguments, _| {
        if !is_ipv6(&arguments[0].data_type) {
            return Err(unexpected(&arguments[0], "argument 1", "cutIPv6", "FixedString(16)"));
        }
        let cuts = [cut(arguments, 1)?, cut(arguments, 2)?];
        let types = vec![DataType::Ipv6, DataType::UInt8, DataType::UInt8];
        Ok(Bound::kernel(DataType::String, types, move |arrays, rows| {
            strings(rows, |row, out| {
                let mut address = ipv6_at(&arrays[0], row);
                let cut = cuts[usize::from(ipv6_to_ipv4(&address).is_some())];
                address[IPV6_BYTES - cut..].fill(0);
                write_ipv6(&address, out);
                Ok(())
            })
        }))
    },
);

/// How many bytes an argument of `cutIPv6` cuts.
fn cut(arguments: &[Argument], index: usize) -> Result<usize> {
    let (argument, place) = (&arguments[index], index + 1);
    if argument.data_type != DataType::UInt8 {
        let shown = &argument.data_type;
        return Err(illegal(format!(
            "Illegal type {shown} of argument {place} of function cutIPv6"
        )));
    }
    let Some(bytes) = argument.constant.as_ref().and_then(integer_value) else {
        let message = format!("Argument at index {index} for function cutIPv6 must be constant");
        return Err(Error::new(Code::ILLEGAL_COLUMN, message));
    };
    match usize::try_from(bytes) {
        Ok(bytes) if bytes <= IPV6_BYTES => Ok(bytes),
        _ => Err(illegal(format!(
            "Illegal value for argument {place} UInt8 of function cutIPv6"
        ))),
    }
}
