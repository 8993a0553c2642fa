//! UUID: 16 bytes, held in the order in which they are written, so that bytewise order is numeric order.

use super::arrow::UUID_BYTES;
use super::date::{in_quotes_of, write_in_quotes};
use super::fixed_bytes::FixedBytes;
use super::{Cursor, DataType, TextStyle, TypeEntry};
use crate::error::{Code, Error, Result};

/// The family UUID.
pub(super) const TYPE: TypeEntry = TypeEntry {
    name: "UUID",
    aliases: &[],
    case_insensitive: false,
    parse: |arguments| arguments.none(DataType::Uuid),
};

/// Text without and with dashes.
const DIGITS: usize = 32;
const DIGITS_AND_DASHES: usize = 36;

/// Where the dashes stand.
const DASHES: [usize; 4] = [8, 13, 18, 23];

/// Values of UUID.
pub(super) struct Uuid;

impl FixedBytes<UUID_BYTES> for Uuid {
    fn read_text(&self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<[u8; UUID_BYTES]> {
        in_quotes_of(cursor, style, read_uuid)
    }

    fn write_text(&self, value: &[u8; UUID_BYTES], style: TextStyle, out: &mut Vec<u8>) {
        write_in_quotes(style, out, |out| {
            for (index, byte) in value.iter().enumerate() {
                if matches!(index, 4 | 6 | 8 | 10) {
                    out.push(b'-');
                }
                for digit in [byte >> 4, byte & 15] {
                    out.push(b"0123456789abcdef"[usize::from(digit)]);
                }
            }
        });
    }

    fn exchange_out(value: [u8; UUID_BYTES]) -> [u8; UUID_BYTES] {
        swap_halves(value)
    }

    fn exchange_in(value: [u8; UUID_BYTES]) -> [u8; UUID_BYTES] {
        swap_halves(value)
    }
}

fn read_uuid(cursor: &mut Cursor<'_>) -> Result<[u8; UUID_BYTES]> {
    let wrong = |message: String| Error::new(Code::CANNOT_PARSE_UUID, message);
    let rest = cursor.rest();
    if rest.len() < DIGITS {
        return Err(wrong(format!(
            "Cannot parse uuid {}",
            cursor.context().unwrap_or_default()
        )));
    }
    let dashed = rest.len() >= DIGITS_AND_DASHES && rest[DASHES[0]] == b'-';
    let mut uuid = [0u8; UUID_BYTES];
    let mut digits = 0;
    let length = if dashed { DIGITS_AND_DASHES } else { DIGITS };
    for (index, byte) in rest[..length].iter().enumerate() {
        let value = (*byte as char).to_digit(16);
        match value {
            None if dashed && *byte == b'-' && DASHES.contains(&index) => {}
            Some(value) if digits < DIGITS && !(dashed && DASHES.contains(&index)) => {
                uuid[digits / 2] = uuid[digits / 2] << 4 | value as u8;
                digits += 1;
            }
            _ => {
                let expected = if dashed {
                    "32 or 36 hexadecimal digits with dashes at positions 8, 13, 18, 23"
                } else {
                    "32 hexadecimal digits"
                };
                return Err(wrong(format!(
                    "Cannot parse UUID from String: invalid format, expected {expected}"
                )));
            }
        }
    }
    cursor.advance(length);
    Ok(uuid)
}

/// On the wire a UUID is two 64-bit numbers, the high one first, each with its lowest byte first.
fn swap_halves(mut bytes: [u8; UUID_BYTES]) -> [u8; UUID_BYTES] {
    bytes[..UUID_BYTES / 2].reverse();
    bytes[UUID_BYTES / 2..].reverse();
    bytes
}
