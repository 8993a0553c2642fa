//! Skip indexes: what is known of the values of each block of rows, so that a query need not read blocks without a match.
//!
//! Start at [`SkipDefinition`]. [`SkipIndexBuilder`] turns arrays into the bytes of an index, [`SkipIndex`] opens them;
//! `FORMAT.md` specifies them. What an index can be asked depends on its kind:
//!
//! - [`BlockBounds`]: the smallest and the largest value of a block, for whoever knows ranges;
//! - [`BlockValues`]: all values of a block, for whoever can evaluate a condition on them;
//! - [`BlockFilters`]: Bloom filters of values, elements of arrays, or words of texts, asked by a [`Probe`].
//!
//! Every answer is conservative: a block that is left out holds no match, one that is kept may hold none either.

mod bloom;
mod bounds;
mod build;
mod definition;
mod filters;
mod open;
mod probe;
#[cfg(test)]
mod tests;
mod values;
mod words;

pub use bounds::BlockBounds;
pub use build::SkipIndexBuilder;
pub use definition::{FILTER_BYTES_MAX, HASHES_MAX, SkipDefinition, Split};
pub use filters::BlockFilters;
pub use open::SkipIndex;
pub use probe::{Probe, TextPart};
pub use values::BlockValues;
