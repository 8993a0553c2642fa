//! `alive.rows`: which rows of a part are left after DELETE. FORMAT.md, section 10.

use std::ops::Range;

use gristmill_index::RowSet;

use crate::{Error, Result, RowRanges};

/// Name of the file.
pub(crate) const ALIVE_ROWS: &str = "alive.rows";
const MAGIC: &[u8; 4] = b"GMAR";
const VERSION: u16 = 1;
const HEADER_LEN: usize = 16;

/// The rows that are left, in the two forms that readers need.
#[derive(Debug)]
pub(crate) struct AliveRows {
    pub set: RowSet,
    pub ranges: RowRanges,
}

impl AliveRows {
    pub fn new(set: RowSet) -> AliveRows {
        let ranges = RowRanges::from_rows(set.iter().map(u64::from));
        AliveRows { set, ranges }
    }

    /// The file's bytes.
    pub fn to_bytes(set: &RowSet) -> Vec<u8> {
        let mut bytes = vec![0; HEADER_LEN];
        bytes[..4].copy_from_slice(MAGIC);
        bytes[4..6].copy_from_slice(&VERSION.to_le_bytes());
        bytes[8..16].copy_from_slice(&u64::from(set.rows()).to_le_bytes());
        bytes.extend(set.to_bits());
        bytes
    }

    /// Reads the file of a part with so many rows. Its checksum has been verified.
    pub fn parse(bytes: &[u8], part: &str, rows: u64) -> Result<AliveRows> {
        let corrupt = |why: &str| Error::corrupt(part, format!("{ALIVE_ROWS}: {why}"));
        let field = |range: Range<usize>| bytes.get(range).ok_or_else(|| corrupt("it is too short"));
        if field(0..4)? != MAGIC {
            return Err(corrupt("it is no such file"));
        }
        let version = u16::from_le_bytes(field(4..6)?.try_into().expect("two bytes"));
        if version != VERSION {
            return Err(Error::UnknownVersion {
                what: format!("part {part}: {ALIVE_ROWS}"),
                found: version.into(),
                supported: VERSION.into(),
            });
        }
        let found = u64::from_le_bytes(field(8..16)?.try_into().expect("eight bytes"));
        let bits = &bytes[HEADER_LEN..];
        let (Ok(count), true) = (u32::try_from(rows), found == rows) else {
            return Err(corrupt("it is about another number of rows"));
        };
        if field(6..8)? != [0, 0] || bits.len() as u64 != rows.div_ceil(8) {
            return Err(corrupt("its length or its zeros are wrong"));
        }
        let set = RowSet::from_bits(bits, 0, count);
        if set.to_bits() != bits {
            return Err(corrupt("bits behind the last row"));
        }
        Ok(AliveRows::new(set))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_survive_their_bytes() {
        for rows in [1, 7, 8, 9, 64, 65, 1000] {
            let mut set = RowSet::new(rows);
            (0..rows).filter(|row| row % 3 != 1).for_each(|row| set.insert(row));
            let bytes = AliveRows::to_bytes(&set);
            let read = AliveRows::parse(&bytes, "p", rows.into()).unwrap();
            assert_eq!(read.set, set);
            assert_eq!(read.ranges.count(), u64::from(set.count()));
            assert!(AliveRows::parse(&bytes, "p", u64::from(rows) + 1).is_err());
            assert!(AliveRows::parse(&bytes[..bytes.len() - 1], "p", rows.into()).is_err());
        }
        assert!(AliveRows::parse(b"", "p", 1).is_err());
        assert!(AliveRows::parse(&[0; 17], "p", 1).is_err());
    }
}
