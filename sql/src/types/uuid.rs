//! UUID: 16 bytes, held in the order in which they are written, so that bytewise order is numeric order.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, FixedSizeBinaryArray};
use arrow::buffer::Buffer;

use super::arrow::{UUID_BYTES, arrow_size};
use super::primitive::wrong_array;
use super::{ColumnReader, ColumnWriter, Cursor, DataType, TextStyle, TypeEntry};
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

/// Collects values of UUID.
#[derive(Default)]
pub(super) struct UuidReader {
    bytes: Vec<u8>,
}

impl ColumnReader for UuidReader {
    fn read_text(&mut self, cursor: &mut Cursor<'_>, style: TextStyle) -> Result<()> {
        let uuid = match style {
            TextStyle::Quoted | TextStyle::Json => {
                let quote = if style == TextStyle::Json { b'"' } else { b'\'' };
                cursor.expect(quote)?;
                let uuid = read_uuid(cursor)?;
                cursor.expect(quote)?;
                uuid
            }
            TextStyle::Csv => super::integer::in_csv_quotes(cursor, read_uuid)?,
            _ => read_uuid(cursor)?,
        };
        self.bytes.extend_from_slice(&uuid);
        Ok(())
    }

    fn read_binary(&mut self, cursor: &mut Cursor<'_>) -> Result<()> {
        let wire: [u8; UUID_BYTES] = cursor.take_array()?;
        self.bytes.extend_from_slice(&swap_halves(wire));
        Ok(())
    }

    fn push_default(&mut self) {
        self.bytes.extend_from_slice(&[0; UUID_BYTES]);
    }

    fn len(&self) -> usize {
        self.bytes.len() / UUID_BYTES
    }

    fn truncate(&mut self, len: usize) {
        self.bytes.truncate(len * UUID_BYTES);
    }

    fn bytes(&self) -> usize {
        self.bytes.len()
    }

    fn finish(&mut self) -> ArrayRef {
        let bytes = Buffer::from_vec(std::mem::take(&mut self.bytes));
        Arc::new(FixedSizeBinaryArray::new(arrow_size(UUID_BYTES), bytes, None))
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

/// Writes values of UUID.
pub(super) struct UuidWriter {
    array: FixedSizeBinaryArray,
}

impl UuidWriter {
    pub(super) fn new(array: &ArrayRef) -> Result<UuidWriter> {
        let expected = DataType::Uuid.arrow();
        match array.as_fixed_size_binary_opt() {
            Some(values) if *array.data_type() == expected => Ok(UuidWriter { array: values.clone() }),
            _ => Err(wrong_array(array, &expected)),
        }
    }
}

impl ColumnWriter for UuidWriter {
    fn write_text(&self, row: usize, style: TextStyle, out: &mut Vec<u8>) {
        let quote: &[u8] = match style {
            TextStyle::Quoted => b"'",
            TextStyle::Csv | TextStyle::Json => b"\"",
            _ => b"",
        };
        out.extend_from_slice(quote);
        for (index, byte) in self.array.value(row).iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                out.push(b'-');
            }
            for digit in [byte >> 4, byte & 15] {
                out.push(b"0123456789abcdef"[usize::from(digit)]);
            }
        }
        out.extend_from_slice(quote);
    }

    fn write_binary(&self, row: usize, out: &mut Vec<u8>) {
        let value = self
            .array
            .value(row)
            .try_into()
            .expect("the constructor checked the size");
        out.extend_from_slice(&swap_halves(value));
    }
}
