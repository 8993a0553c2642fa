//! Columns of a block: Arrow arrays of any ClickHouse type to bytes ([`write()`]) and back ([`read()`]).
//!
//! A column is a prefix (only LowCardinality has one), then its values: those of a Nullable behind a byte each that
//! says whether it is NULL, those of an Array behind where each array ends, those of a Tuple element by element.

mod decimal;
mod low_cardinality;
mod nulls;
mod read;
mod sparse;
mod strings;
mod write;

pub use read::{Budget, read};
pub use sparse::Kinds;
pub use write::write;

#[cfg(target_endian = "big")]
compile_error!("columns are copied between memory and the wire, which has the lowest byte first");

/// What an empty value, of Nothing or of an empty tuple, is on the wire.
const NO_VALUE: u8 = b'0';

/// Bytes of a UUID.
const UUID_BYTES: usize = 16;

/// The wire has the two halves of a UUID as numbers, lowest byte first; memory has the bytes as they are written.
fn swap_uuid(uuid: &[u8], out: &mut Vec<u8>) {
    out.extend(uuid[..UUID_BYTES / 2].iter().rev());
    out.extend(uuid[UUID_BYTES / 2..].iter().rev());
}
