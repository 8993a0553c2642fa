//! The loops compiled for each level of vector instructions, and the level this machine has.

use super::lanes::{BF16, F16, F32, F64, I8, PORTABLE_LANES};
use super::lookups::{self, BLOCK_ROWS, KeyTerms};
use super::loops::{self, Dot, L1, L2Squared, Linf};
#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{__m256, __m256d, __m512, __m512d};
use std::sync::LazyLock;

/// The loops over rows of one number type.
pub struct Rows<T> {
    pub dot: unsafe fn(&[T], &[u8]) -> T,
    pub l2_squared: unsafe fn(&[T], &[u8]) -> T,
    pub l1: unsafe fn(&[T], &[u8]) -> T,
    pub linf: unsafe fn(&[T], &[u8]) -> T,
    pub dot_and_square: unsafe fn(&[T], &[u8]) -> (T, T),
}

/// All loops, compiled for one set of instructions.
///
/// The functions are unsafe for one reason: they may only be called on a machine with those instructions, which
/// holds for the one table that [`level`] gives out.
pub struct Level {
    pub name: &'static str,
    pub f32: Rows<f32>,
    pub f64: Rows<f64>,
    pub bf16: Rows<f32>,
    pub f16: Rows<f32>,
    pub i8: Rows<f32>,
    /// f64 rows against an f32 query.
    pub f64_narrow: Rows<f32>,
    pub l2_squared_i8: unsafe fn(&[f32], &[u8], f32) -> f32,
    pub hamming: unsafe fn(&[u8], &[u8]) -> u32,
    /// Sums of a table's entries by the codes of a block.
    pub lookup_sums: unsafe fn(&[u8], &[u8], &mut [u32; BLOCK_ROWS]),
    /// Which rows of a block pass a bound, by their sums and factors.
    pub passing: unsafe fn(&[u32; BLOCK_ROWS], &[u8], &KeyTerms, f32) -> u32,
}

// The functions below are compiled for the features their registers need, which is what `loops` asks for.
macro_rules! rows {
    ($stored:ty, $number:ty, $lanes:ty, $($feature:literal)?) => {{
        $(#[target_feature(enable = $feature)])?
        unsafe fn dot(query: &[$number], row: &[u8]) -> $number {
            unsafe { loops::one::<$lanes, Dot, $stored>(query, row) }
        }
        $(#[target_feature(enable = $feature)])?
        unsafe fn l2_squared(query: &[$number], row: &[u8]) -> $number {
            unsafe { loops::one::<$lanes, L2Squared, $stored>(query, row) }
        }
        $(#[target_feature(enable = $feature)])?
        unsafe fn l1(query: &[$number], row: &[u8]) -> $number {
            unsafe { loops::one::<$lanes, L1, $stored>(query, row) }
        }
        $(#[target_feature(enable = $feature)])?
        unsafe fn linf(query: &[$number], row: &[u8]) -> $number {
            unsafe { loops::one::<$lanes, Linf, $stored>(query, row) }
        }
        $(#[target_feature(enable = $feature)])?
        unsafe fn dot_and_square(query: &[$number], row: &[u8]) -> ($number, $number) {
            unsafe { loops::dot_and_square::<$lanes, $stored>(query, row) }
        }
        Rows { dot, l2_squared, l1, linf, dot_and_square }
    }};
}

macro_rules! level {
    ($static:ident, $name:literal, $narrow:ty, $wide:ty, $lookup_sums:path, $($feature:literal)?) => {
        static $static: Level = {
            $(#[target_feature(enable = $feature)])?
            unsafe fn l2_squared_i8(query: &[f32], row: &[u8], scale: f32) -> f32 {
                unsafe { loops::l2_squared_scaled::<$narrow>(query, row, scale) }
            }
            $(#[target_feature(enable = $feature)])?
            unsafe fn hamming(query: &[u8], row: &[u8]) -> u32 {
                loops::hamming(query, row)
            }
            $(#[target_feature(enable = $feature)])?
            unsafe fn passing(sums: &[u32; BLOCK_ROWS], factors: &[u8], terms: &KeyTerms, bound: f32) -> u32 {
                lookups::passing(sums, factors, terms, bound)
            }
            Level {
                name: $name,
                f32: rows!(F32, f32, $narrow, $($feature)?),
                f64: rows!(F64, f64, $wide, $($feature)?),
                bf16: rows!(BF16, f32, $narrow, $($feature)?),
                f16: rows!(F16, f32, $narrow, $($feature)?),
                i8: rows!(I8, f32, $narrow, $($feature)?),
                f64_narrow: rows!(F64, f32, $narrow, $($feature)?),
                l2_squared_i8,
                hamming,
                lookup_sums: $lookup_sums,
                passing,
            }
        };
    };
}

level!(
    PORTABLE,
    "portable",
    [f32; PORTABLE_LANES],
    [f64; PORTABLE_LANES],
    lookups::sums_portable,
);
#[cfg(target_arch = "x86_64")]
level!(
    AVX2,
    "avx2",
    __m256,
    __m256d,
    lookups::sums_avx2,
    "avx2,fma,f16c,popcnt"
);
#[cfg(target_arch = "x86_64")]
level!(
    AVX512,
    "avx512",
    __m512,
    __m512d,
    lookups::sums_avx512,
    "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c,popcnt"
);

static BEST: LazyLock<&'static Level> = LazyLock::new(|| all().pop().expect("the portable level is always there"));

/// The best level of this machine.
#[inline]
pub fn level() -> &'static Level {
    &BEST
}

/// Every level that this machine can run, the best last.
pub fn all() -> Vec<&'static Level> {
    let mut levels = vec![&PORTABLE];
    #[cfg(target_arch = "x86_64")]
    {
        let avx2 = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("f16c")
            && is_x86_feature_detected!("popcnt");
        if avx2 {
            levels.push(&AVX2);
        }
        if avx2
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
        {
            levels.push(&AVX512);
        }
    }
    levels
}
