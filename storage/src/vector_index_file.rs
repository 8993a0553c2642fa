//! The file of a vector index: where its sub-indexes lie. FORMAT.md, section 8.

use std::ops::Range;

use bytes::Bytes;
use xxhash_rust::xxh3::xxh3_64;

use crate::{Error, Result, SubIndexBytes};

/// First bytes of the header and of the trailer.
pub(crate) const MAGIC: &[u8; 4] = b"GMVI";
pub(crate) const VERSION: u16 = 1;
pub(crate) const HEADER_LEN: usize = 64;
pub(crate) const TRAILER_LEN: usize = 64;
const TABLE_ENTRY_LEN: usize = 32;
/// Payloads start at multiples of this, the size of a cache line, so that they can be searched in place.
pub(crate) const ALIGNMENT: u64 = 64;

/// One row of the table.
///
/// | offset | bytes | field                 |
/// |-------:|------:|-----------------------|
/// |      0 |     8 | first row             |
/// |      8 |     8 | end row               |
/// |     16 |     8 | offset of the payload |
/// |     24 |     8 | length of the payload |
pub(crate) struct TableEntry {
    pub rows: Range<u64>,
    pub offset: u64,
    pub length: u64,
}

impl TableEntry {
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.rows.start, self.rows.end, self.offset, self.length]
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect()
    }
}

/// The sub-indexes of a file, in row order. Checks everything but the payloads, which carry their own checksums.
pub(crate) fn sub_indexes(bytes: &Bytes, part: &str, file: &str, part_rows: u64) -> Result<Vec<SubIndexBytes>> {
    let corrupt = |why: &str| Error::corrupt(part, format!("{file}: {why}"));
    let trailer_at = bytes
        .len()
        .checked_sub(TRAILER_LEN)
        .filter(|at| *at >= HEADER_LEN)
        .ok_or_else(|| corrupt("too short"))?;
    let trailer = &bytes[trailer_at..];
    if &bytes[..4] != MAGIC || &trailer[..4] != MAGIC || bytes[4..6] != trailer[4..6] {
        return Err(corrupt("no header or trailer"));
    }
    let version = u16::from_le_bytes([trailer[4], trailer[5]]);
    if version != VERSION {
        return Err(Error::UnknownVersion {
            what: format!("{file} of {part}"),
            found: version.into(),
            supported: VERSION.into(),
        });
    }
    let count = word(trailer, 8);
    let table_len = usize::try_from(count)
        .ok()
        .and_then(|count| count.checked_mul(TABLE_ENTRY_LEN));
    let table_at = table_len
        .and_then(|len| trailer_at.checked_sub(len))
        .ok_or_else(|| corrupt("impossible table"))?;
    let table = &bytes[table_at..trailer_at];
    if xxh3_64(table) != word(trailer, 16) {
        return Err(corrupt("checksum mismatch in the table"));
    }
    let mut zeros = bytes[6..HEADER_LEN].iter().chain(&trailer[6..8]).chain(&trailer[24..]);
    if zeros.any(|byte| *byte != 0) {
        return Err(corrupt("header or trailer goes on where it should end"));
    }
    let mut result = Vec::with_capacity(count as usize);
    let mut next_row = 0;
    for entry in table.chunks_exact(TABLE_ENTRY_LEN) {
        let (first, end, offset, length) = (word(entry, 0), word(entry, 8), word(entry, 16), word(entry, 24));
        let inside = offset.checked_add(length).is_some_and(|end| end <= table_at as u64);
        if first != next_row || end <= first || !inside || !offset.is_multiple_of(ALIGNMENT) {
            return Err(corrupt("impossible table entry"));
        }
        next_row = end;
        result.push((first..end, bytes.slice(offset as usize..(offset + length) as usize)));
    }
    if next_row != part_rows {
        return Err(corrupt("does not cover the rows of the part"));
    }
    Ok(result)
}

fn word(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}
