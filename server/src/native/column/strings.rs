//! Strings: each behind its length.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BinaryArray};
use arrow::buffer::{Buffer, OffsetBuffer, ScalarBuffer};
use gristmill_sql::types::write_var_uint;
use gristmill_sql::{Code, Error, Result};

use super::super::wire::Wire;

/// Offsets that are reserved before the strings have arrived.
const RESERVED_ROWS_MAX: usize = 1 << 16;

/// Bytes that one column of a block can hold; Arrow counts them in i32.
const COLUMN_BYTES_MAX: usize = i32::MAX as usize;

/// Reads so many strings.
pub(super) fn read(rows: usize, wire: &mut Wire<'_>) -> Result<ArrayRef> {
    let mut offsets = Vec::with_capacity(rows.min(RESERVED_ROWS_MAX) + 1);
    offsets.push(0i32);
    let mut bytes = Vec::new();
    while offsets.len() <= rows {
        let taken = whole(wire.available()?, rows, &mut offsets, &mut bytes)?;
        wire.consume(taken);
        // What is cut by the buffer's end is read across it.
        if offsets.len() <= rows {
            let length = wire.var_uint()?;
            check(bytes.len(), length)?;
            wire.append(length as usize, &mut bytes)?;
            offsets.push(bytes.len() as i32);
        }
    }
    let offsets = OffsetBuffer::new(ScalarBuffer::from(offsets));
    Ok(Arc::new(BinaryArray::try_new(offsets, Buffer::from_vec(bytes), None)?))
}

/// Takes the strings that are whole in the buffer; returns how many bytes they are with their lengths.
fn whole(buffer: &[u8], rows: usize, offsets: &mut Vec<i32>, bytes: &mut Vec<u8>) -> Result<usize> {
    let mut at = 0;
    while offsets.len() <= rows {
        let Some((length, width)) = short_length(&buffer[at..]) else {
            break;
        };
        let start = at + width;
        let Some(string) = buffer.get(start..start + length) else {
            break;
        };
        check(bytes.len(), length as u64)?;
        bytes.extend_from_slice(string);
        offsets.push(bytes.len() as i32);
        at = start + length;
    }
    Ok(at)
}

/// A length of one to three bytes and how many those are.
fn short_length(buffer: &[u8]) -> Option<(usize, usize)> {
    let mut length = 0;
    for (index, byte) in buffer.iter().take(3).enumerate() {
        length |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((length, index + 1));
        }
    }
    None
}

fn check(before: usize, length: u64) -> Result<()> {
    if length > (COLUMN_BYTES_MAX - before) as u64 {
        let message = format!("A column of a block has more than {COLUMN_BYTES_MAX} bytes of strings");
        return Err(Error::new(Code::TOO_LARGE_STRING_SIZE, message));
    }
    Ok(())
}

/// Writes strings; NULLs are empty.
pub(super) fn write(array: &BinaryArray, out: &mut Vec<u8>) {
    let offsets = array.value_offsets();
    let bytes = array.value_data();
    out.reserve(bytes.len() + 2 * array.len());
    for (row, ends) in offsets.windows(2).enumerate() {
        if array.is_null(row) {
            out.push(0);
            continue;
        }
        let string = &bytes[ends[0] as usize..ends[1] as usize];
        write_var_uint(string.len() as u64, out);
        out.extend_from_slice(string);
    }
}
