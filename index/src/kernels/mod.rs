//! Distances between vectors, in the widest instructions the machine has.
//!
//! `loops.rs` holds the arithmetic over the registers of `lanes.rs`, `lookups.rs` that of the codes of one bit, `level.rs`
//! their compilations; this file is what the rest of the program calls.

mod lanes;
mod level;
mod lookups;
mod loops;

pub(crate) use level::{Level, Rows, level};
#[cfg(test)]
pub(crate) use lookups::lower_bound;
pub(crate) use lookups::{BLOCK_ROWS, FACTOR_BYTES, KeyTerms, ROUNDING};

use arrow::datatypes::ToByteSlice;
use level::Rows as RowLoops;

/// A number type distances are computed in: f32 and f64.
pub trait Float: Copy + private::Loops + 'static {}
impl Float for f32 {}
impl Float for f64 {}

mod private {
    use super::{Level, RowLoops};

    /// Keeps [`super::Float`] to the types that have loops.
    pub trait Loops: Sized + 'static {
        fn loops(level: &'static Level) -> &'static RowLoops<Self>;
        fn bytes(values: &[Self]) -> &[u8];
        fn cosine(dot: Self, left: Self, right: Self) -> Self;
    }
}

macro_rules! loops_of {
    ($type:ident) => {
        impl private::Loops for $type {
            fn loops(level: &'static Level) -> &'static RowLoops<Self> {
                &level.$type
            }
            fn bytes(values: &[Self]) -> &[u8] {
                values.to_byte_slice()
            }
            fn cosine(dot: Self, left: Self, right: Self) -> Self {
                let distance = 1.0 - dot / (left.sqrt() * right.sqrt());
                // 0 / 0 gives a NaN with its sign set on x86, which the total order puts below all numbers
                if distance.is_nan() { $type::NAN } else { distance }
            }
        }
    };
}
loops_of!(f32);
loops_of!(f64);

/// Name of the instruction level in use: `avx512`, `avx2` or `portable`.
pub fn instructions() -> &'static str {
    level().name
}

fn loops<T: Float>(a: &[T], b: &[T]) -> &'static Rows<T> {
    assert_eq!(a.len(), b.len(), "vectors of different lengths have no distance");
    T::loops(level())
}

/// Sum of squared differences. Panics if the lengths differ, as all functions here.
pub fn l2_squared<T: Float>(a: &[T], b: &[T]) -> T {
    // SAFETY: `level` gives out what this machine can run; so in all functions here.
    unsafe { (loops(a, b).l2_squared)(a, T::bytes(b)) }
}

/// Sum of products.
pub fn dot<T: Float>(a: &[T], b: &[T]) -> T {
    // SAFETY: as above.
    unsafe { (loops(a, b).dot)(a, T::bytes(b)) }
}

/// Sum of absolute differences.
pub fn l1<T: Float>(a: &[T], b: &[T]) -> T {
    // SAFETY: as above.
    unsafe { (loops(a, b).l1)(a, T::bytes(b)) }
}

/// Largest absolute difference; 0 for empty vectors.
pub fn linf<T: Float>(a: &[T], b: &[T]) -> T {
    // SAFETY: as above.
    unsafe { (loops(a, b).linf)(a, T::bytes(b)) }
}

/// `1 - dot(a, b) / sqrt(dot(a, a) * dot(b, b))`: NaN if one of them is zero.
pub fn cosine_distance<T: Float>(a: &[T], b: &[T]) -> T {
    // SAFETY: as above.
    let (dot, square) = unsafe { (loops(a, b).dot_and_square)(a, T::bytes(b)) };
    T::cosine(dot, self::dot(a, a), square)
}

/// Bytes of a cache line.
const LINE: usize = 64;

/// Asks for memory before it is needed.
#[inline(always)]
pub(crate) fn prefetch(bytes: &[u8]) {
    #[cfg(target_arch = "x86_64")]
    for line in bytes.chunks(LINE) {
        // SAFETY: a prefetch never faults, and the address is inside a slice anyway.
        unsafe { std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(line.as_ptr().cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = bytes;
}

#[cfg(test)]
mod tests;
