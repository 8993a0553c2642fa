//! Codes of one bit a dimension, and lower bounds of keys from them: most rows are ruled out without their vectors.
//!
//! The method is RaBitQ (Gao, Long: "Quantizing High-Dimensional Vectors with a Theoretical Error Bound for Approximate
//! Nearest Neighbor Search", SIGMOD 2024), the scan by tables in registers is from André, Kermarrec, Le Scouarnec
//! ("Cache locality is not enough", VLDB 2015). [`encode`] makes the bytes of a sub-index, [`Lookup`] is a reference
//! vector made ready once for all sub-indexes of all parts, [`Codes::scan`] brings the two together. The loops are in
//! `kernels/lookups.rs`.
//!
//! # Arithmetic
//!
//! c is the mean of the rows, P a fixed orthogonal transform of D' numbers (`rotation.rs`), D' the dimensions rounded up
//! to a multiple of 64, the new ones being zeros. Of a row x are kept b, the signs of P(x − c) as ±1, and what follows
//! from r = |x − c| and l = the sum of the magnitudes of the numbers of P(x − c). For any vector v,
//!
//! ```text
//! <x − c, v>  ≈  k <b, P v>   where k = r² / l,
//!     with an error of about   k |v| sqrt(D' − l² / r²) / sqrt(D' − 1)
//! ```
//!
//! as its standard deviation, if v has no part along x − c. (For vectors v near x − c the error is smaller by the sine of
//! the angle between them: near rows are lost more seldom than far rows pass.) With S = <b, P q> the key of a row is about
//! `A scale + G + R S`, its error about `E g`: A, R and E are kept for each row, scale, G and g belong to a reference
//! vector q and a sub-index.
//!
//! | | L2: \|x − q\|² | dot product: −<x, q> |
//! |---|---|---|
//! | A | r² + 2 k <b, P c> | k <b, P c> − <x − c, c> |
//! | R | −2 k | −k |
//! | E | 2 k sqrt((D' − l² / r²) / (D' − 1)) | k sqrt((D' − l² / r²) / (D' − 1)) |
//! | scale | 1 | s = <q, c> / \|c\|², 0 for a tiny c |
//! | G | \|q − c\|² | −<c, q> |
//! | g | \|q − c\| | \|q − s c\| |
//!
//! A product's scale is free because <x − c, c> is known: s takes all of q out of the estimate that has c's direction.
//! Cosine is the dot product of unit vectors, with G greater by 1; a zero vector stays zero, its key is 1.
//!
//! # Bytes
//!
//! For n rows of D dimensions, D' being D rounded up to a multiple of 64. Numbers are little-endian.
//!
//! | bytes | content |
//! |------:|---------|
//! | 4 D' | the centre c: D f32, then zeros |
//! | ceil(n / 32) × (4 D' + 384) | blocks of 32 rows, the last one filled up with zeros |
//!
//! A block, 64 (D' / 16 + 6) bytes:
//!
//! | offset | bytes | content |
//! |-------:|------:|---------|
//! | 16 j, for j < D' / 4 | 16 | numbers 4 j to 4 j + 3 of b: byte i has row i in its lower four bits and row 16 + i in its upper four; the lowest of the four is number 4 j; a bit is set where the number is +1 |
//! | 4 D' | 128 | A: 32 f32 |
//! | 4 D' + 128 | 128 | R: 32 f32, never positive |
//! | 4 D' + 256 | 128 | E: 32 f32, never negative |
//!
//! A row that cannot be coded (numbers that are not finite, a length above 2^50, cosine of a vector shorter than 2^-50 that
//! is not zero) has the quiet NaN 7FC00000 as A and zeros as R, E and code: it always passes, and counts as zero in c.
//! Cosine: c, r and all others are those of the unit vectors.
//!
//! P is four rounds, t = 0 to 3. Number i is negated if bit i mod 64 of the output t 2^32 + floor(i / 64) of SplitMix64
//! with the seed 0 is set, the first output being number 0. Then the first (t even) or last (t odd) 2^floor(log2 D')
//! numbers go through the orthonormal Walsh–Hadamard transform in natural order. After t = 1, unless D' is a power of two,
//! the numbers u at i and v at D' / 2 + i become (u + v) / sqrt(2) and (u − v) / sqrt(2), for all i < D' / 2.

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
