//! IPv4: the address as a number. IPv6: 16 bytes in network order, so that bytewise order is the order of addresses.

use std::fmt::Write as _;

use arrow::datatypes::UInt32Type;

use super::date::{in_quotes_of, write_in_quotes};
use super::fixed_bytes::FixedBytes;
use super::primitive::{Primitive, native_binary};
use super::{Cursor, DataType, TextStyle, TypeEntry};
use crate::error::{Code, Error, Result};

/// The family IPv4.
pub(super) const TYPE4: TypeEntry = TypeEntry {
    name: "IPv4",
    aliases: &["INET4"],
    case_insensitive: false,
    parse: |arguments| arguments.none(DataType::Ipv4),
};

/// The family IPv6.
pub(super) const TYPE6: TypeEntry = TypeEntry {
    name: "IPv6",
    aliases: &["INET6"],
    case_insensitive: false,
    parse: |arguments| arguments.none(DataType::Ipv6),
};

/// Bytes of an IPv6 address.
pub const IPV6_BYTES: usize = 16;

/// Numbers of 16 bits in an IPv6 address.
const GROUPS: usize = IPV6_BYTES / 2;

/// Decimal digits that are read of one byte of an IPv4 address, zeros in front included.
const OCTET_DIGITS_MAX: usize = 4;

/// What stands before an IPv4 address that is written as an IPv6 one.
const MAPPED: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/// The IPv6 address that an IPv4 address is mapped to.
pub fn ipv4_to_ipv6(address: u32) -> [u8; IPV6_BYTES] {
    let mut bytes = [0; IPV6_BYTES];
    bytes[..MAPPED.len()].copy_from_slice(&MAPPED);
    bytes[MAPPED.len()..].copy_from_slice(&address.to_be_bytes());
    bytes
}

/// The IPv4 address that is mapped to this one.
pub fn ipv6_to_ipv4(address: &[u8]) -> Option<u32> {
    let rest = address.strip_prefix(&MAPPED)?;
    Some(u32::from_be_bytes(rest.try_into().ok()?))
}

/// The IPv4 address at the start of a text, and its length.
fn parse_ipv4(text: &[u8]) -> Option<(u32, usize)> {
    let (mut address, mut pos) = (0u32, 0);
    for octet in 0..4 {
        if octet > 0 {
            (text.get(pos) == Some(&b'.')).then_some(())?;
            pos += 1;
        }
        let digits = text[pos..].iter().take(OCTET_DIGITS_MAX);
        let digits = digits.take_while(|byte| byte.is_ascii_digit()).count();
        let value = text[pos..pos + digits]
            .iter()
            .fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
        if digits == 0 || value > u32::from(u8::MAX) {
            return None;
        }
        address = address << 8 | value;
        pos += digits;
    }
    Some((address, pos))
}

/// The IPv6 address at the start of a text, and its length. An IPv4 address is one, too.
fn parse_ipv6(text: &[u8]) -> Option<([u8; IPV6_BYTES], usize)> {
    if let Some((address, length)) = parse_ipv4(text) {
        return Some((ipv4_to_ipv6(address), length));
    }
    let mut groups: Vec<u16> = Vec::with_capacity(GROUPS);
    let mut zeros = None;
    let mut pos = 0;
    if text.starts_with(b"::") {
        (zeros, pos) = (Some(0), 2);
    }
    while groups.len() < GROUPS {
        let digits = text[pos..].iter().take(4).take_while(|byte| byte.is_ascii_hexdigit());
        let digits = digits.count();
        if digits == 0 {
            break;
        }
        if text.get(pos + digits) == Some(&b'.') {
            let (address, length) = parse_ipv4(&text[pos..])?;
            groups.extend([(address >> 16) as u16, address as u16]);
            pos += length;
            break;
        }
        let value = text[pos..pos + digits].iter().fold(0, |value, digit| {
            value << 4 | char::from(*digit).to_digit(16).unwrap_or_default() as u16
        });
        groups.push(value);
        pos += digits;
        if text.get(pos).is_some_and(u8::is_ascii_hexdigit) {
            return None;
        }
        if text[pos..].starts_with(b"::") && zeros.is_none() {
            zeros = Some(groups.len());
            pos += 2;
        } else if groups.len() < GROUPS && text.get(pos) == Some(&b':') {
            pos += 1;
            text.get(pos).filter(|byte| byte.is_ascii_hexdigit())?;
        }
    }
    let missing = GROUPS.checked_sub(groups.len())?;
    match zeros {
        Some(at) => drop(groups.splice(at..at, std::iter::repeat_n(0, missing))),
        None if missing > 0 => return None,
        None => {}
    }
    let mut bytes = [0; IPV6_BYTES];
    let pairs = bytes.chunks_exact_mut(2).zip(groups);
    pairs.for_each(|(pair, group)| pair.copy_from_slice(&group.to_be_bytes()));
    Some((bytes, pos))
}

/// Appends an IPv4 address.
pub fn write_ipv4(address: u32, out: &mut Vec<u8>) {
    let [a, b, c, d] = address.to_be_bytes();
    out.extend_from_slice(format!("{a}.{b}.{c}.{d}").as_bytes());
}

/// Appends an IPv6 address: the longest run of zeros is `::`, and what is mapped from an IPv4 address ends as such.
pub fn write_ipv6(address: &[u8; IPV6_BYTES], out: &mut Vec<u8>) {
    let mut groups = [0u16; GROUPS];
    let pairs = groups.iter_mut().zip(address.chunks_exact(2));
    pairs.for_each(|(group, pair)| *group = u16::from_be_bytes([pair[0], pair[1]]));
    let (start, length) = longest_zeros(&groups);
    let mut text = String::new();
    let mut index = 0;
    while index < GROUPS {
        if length > 1 && index == start {
            text.push_str("::");
            index += length;
            continue;
        }
        if index == 6 && start == 0 && (length == 6 || length == 5 && groups[5] == 0xffff) {
            if !text.ends_with(':') {
                text.push(':');
            }
            out.extend_from_slice(text.as_bytes());
            let tail = [address[12], address[13], address[14], address[15]];
            return write_ipv4(u32::from_be_bytes(tail), out);
        }
        if index > 0 && !text.ends_with(':') {
            text.push(':');
        }
        write!(text, "{:x}", groups[index]).expect("a string takes all text");
        index += 1;
    }
    out.extend_from_slice(text.as_bytes());
}

/// The first of the longest runs of zeros, and its length.
fn longest_zeros(groups: &[u16; GROUPS]) -> (usize, usize) {
    let (mut best, mut run) = ((0, 0), 0);
    for (index, group) in groups.iter().enumerate() {
        run = if *group == 0 { run + 1 } else { 0 };
        if run > best.1 {
            best = (index + 1 - run, run);
        }
    }
    best
}

fn failed(code: Code, family: &str, cursor: &Cursor<'_>) -> Error {
    let text = cursor.context().unwrap_or_default();
    Error::new(code, format!("Cannot parse {family} {text}"))
}

/// Values of IPv4.
pub(super) struct Ipv4;

impl Primitive for Ipv4 {
    type Arrow = UInt32Type;

    fn read_text(&self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<u32> {
        in_quotes_of(cursor, style, |cursor| match parse_ipv4(cursor.rest()) {
            Some((address, length)) => {
                cursor.advance(length);
                Ok(address)
            }
            None => Err(failed(Code::CANNOT_PARSE_IPV4, "IPv4", cursor)),
        })
    }

    fn write_text(&self, value: u32, style: TextStyle, out: &mut Vec<u8>) {
        write_in_quotes(style, out, |out| write_ipv4(value, out));
    }

    native_binary!(u32);
}

/// Values of IPv6.
pub(super) struct Ipv6;

impl FixedBytes<IPV6_BYTES> for Ipv6 {
    fn read_text(&self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<[u8; IPV6_BYTES]> {
        in_quotes_of(cursor, style, |cursor| match parse_ipv6(cursor.rest()) {
            Some((address, length)) => {
                cursor.advance(length);
                Ok(address)
            }
            None => Err(failed(Code::CANNOT_PARSE_IPV6, "IPv6", cursor)),
        })
    }

    fn write_text(&self, value: &[u8; IPV6_BYTES], style: TextStyle, out: &mut Vec<u8>) {
        write_in_quotes(style, out, |out| write_ipv6(value, out));
    }

    fn exchange_out(value: [u8; IPV6_BYTES]) -> [u8; IPV6_BYTES] {
        value
    }

    fn exchange_in(value: [u8; IPV6_BYTES]) -> [u8; IPV6_BYTES] {
        value
    }
}
