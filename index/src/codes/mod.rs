//! Codes of one bit a dimension, and lower bounds of keys from them: most rows are ruled out without their vectors.
//!
//! The method is RaBitQ (Gao, Long: "Quantizing High-Dimensional Vectors with a Theoretical Error Bound for Approximate
//! Nearest Neighbor Search", SIGMOD 2024), the scan by tables in registers is from André, Kermarrec, Le Scouarnec
//! ("Cache locality is not enough", VLDB 2015). [`encode()`] makes the bytes of a sub-index, [`Lookup`] is a reference
//! vector made ready once for all sub-indexes of all parts, [`Codes::scan`] brings the two together. The loops are in
//! `kernels/lookups.rs`.
//!
//! `FORMAT.md` says what is kept of a row and how its key is estimated: about `A scale + G + R S`, give or take `E g`, where S
//! is the sum over the row's code and A, R and E are its factors; scale, G and g belong to a reference vector and a
//! sub-index. For vectors near the reference vector the error is smaller than that, by the sine of the angle between them:
//! near rows are lost more seldom than far rows pass.

mod encode;
mod layout;
mod lookup;
mod rotation;
mod scaling;
mod scan;

pub(crate) use encode::encode;
pub(crate) use layout::encoded_length;
pub(crate) use lookup::{ERROR_FACTOR, Lookup};
pub(crate) use scan::Codes;

#[cfg(test)]
mod tests;
