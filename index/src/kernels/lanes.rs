//! Registers of several numbers: AVX-512, AVX2, and plain arrays for any machine.
//!
//! Every function is `inline(always)` so that it disappears into a caller compiled for the instructions it
//! needs (`level.rs`); that caller is the only safe place for it, hence `unsafe`.

/// A register of numbers.
pub trait Lanes: Copy {
    /// One number.
    type Number: Copy + Default;
    /// How many a register holds.
    const COUNT: usize;
    unsafe fn zero() -> Self;
    unsafe fn load(at: *const Self::Number) -> Self;
    unsafe fn fill(value: Self::Number) -> Self;
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    /// `self * by + plus`
    unsafe fn multiply_add(self, by: Self, plus: Self) -> Self;
    unsafe fn abs(self) -> Self;
    /// The larger of two registers without negative numbers; NaN counts as the largest.
    unsafe fn larger(self, other: Self) -> Self;
    unsafe fn sum(self) -> Self::Number;
    unsafe fn largest(self) -> Self::Number;
}

/// Reads a register of `V` from numbers as a row keeps them.
pub trait Stored<V: Lanes> {
    /// Bytes per number in the row.
    const WIDTH: usize;
    /// `at` points at `V::COUNT` numbers.
    unsafe fn read(at: *const u8) -> V;
}

/// How rows keep numbers.
pub struct F32;
pub struct F64;
pub struct BF16;
pub struct F16;
pub struct I8;

/// Numbers in a register of the portable level.
pub const PORTABLE_LANES: usize = 8;

/// 2^112: the difference between the exponent biases of f32 and f16.
const F16_REBIAS: f32 = f32::from_bits(0x7780_0000);

macro_rules! portable {
    ($type:ty) => {
        impl Lanes for [$type; PORTABLE_LANES] {
            type Number = $type;
            const COUNT: usize = PORTABLE_LANES;
            #[inline(always)]
            unsafe fn zero() -> Self {
                [0.0; PORTABLE_LANES]
            }
            #[inline(always)]
            unsafe fn load(at: *const $type) -> Self {
                unsafe { at.cast::<Self>().read_unaligned() }
            }
            #[inline(always)]
            unsafe fn fill(value: $type) -> Self {
                [value; PORTABLE_LANES]
            }
            #[inline(always)]
            unsafe fn add(mut self, other: Self) -> Self {
                self.iter_mut()
                    .zip(other)
                    .for_each(|(lane, other)| *lane += other);
                self
            }
            #[inline(always)]
            unsafe fn sub(mut self, other: Self) -> Self {
                self.iter_mut()
                    .zip(other)
                    .for_each(|(lane, other)| *lane -= other);
                self
            }
            #[inline(always)]
            unsafe fn multiply_add(mut self, by: Self, plus: Self) -> Self {
                // `mul_add` would be a call into libm here.
                self.iter_mut()
                    .zip(by)
                    .zip(plus)
                    .for_each(|((lane, by), plus)| *lane = *lane * by + plus);
                self
            }
            #[inline(always)]
            unsafe fn abs(self) -> Self {
                self.map(|lane| lane.abs())
            }
            #[inline(always)]
            unsafe fn larger(mut self, other: Self) -> Self {
                self.iter_mut().zip(other).for_each(|(lane, other)| {
                    *lane = if other.is_nan() || other > *lane {
                        other
                    } else {
                        *lane
                    };
                });
                self
            }
            #[inline(always)]
            unsafe fn sum(self) -> $type {
                self.iter().sum()
            }
            #[inline(always)]
            unsafe fn largest(self) -> $type {
                self.into_iter().fold(
                    0.0,
                    |most, lane| if lane.is_nan() || lane > most { lane } else { most },
                )
            }
        }
    };
}
portable!(f32);
portable!(f64);

macro_rules! portable_stored {
    ($stored:ty, $number:ty, $width:literal, $read:expr) => {
        impl Stored<[$number; PORTABLE_LANES]> for $stored {
            const WIDTH: usize = $width;
            #[inline(always)]
            unsafe fn read(at: *const u8) -> [$number; PORTABLE_LANES] {
                let bytes = unsafe { at.cast::<[[u8; $width]; PORTABLE_LANES]>().read_unaligned() };
                bytes.map($read)
            }
        }
    };
}
portable_stored!(F32, f32, 4, f32::from_le_bytes);
portable_stored!(F64, f64, 8, f64::from_le_bytes);
portable_stored!(F64, f32, 8, |bytes| f64::from_le_bytes(bytes) as f32);
portable_stored!(BF16, f32, 2, |bytes| f32::from_bits(
    u32::from(u16::from_le_bytes(bytes)) << 16
));
portable_stored!(F16, f32, 2, |bytes| {
    let half = u32::from(u16::from_le_bytes(bytes));
    let magnitude = f32::from_bits((half & 0x7fff) << 13) * F16_REBIAS;
    f32::from_bits(magnitude.to_bits() | (half & 0x8000) << 16)
});
portable_stored!(I8, f32, 1, |bytes| f32::from(bytes[0] as i8));

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{BF16, F16, F32, F64, I8, Lanes, Stored};
    use std::arch::x86_64::*;

    macro_rules! lanes {
        ($register:ty, $number:ty, $count:literal, $zero:ident, $load:ident, $fill:ident, $add:ident, $sub:ident,
         $fma:ident, $abs:expr, $larger:expr, $sum:expr, $largest:expr) => {
            impl Lanes for $register {
                type Number = $number;
                const COUNT: usize = $count;
                #[inline(always)]
                unsafe fn zero() -> Self {
                    unsafe { $zero() }
                }
                #[inline(always)]
                unsafe fn load(at: *const $number) -> Self {
                    unsafe { $load(at) }
                }
                #[inline(always)]
                unsafe fn fill(value: $number) -> Self {
                    unsafe { $fill(value) }
                }
                #[inline(always)]
                unsafe fn add(self, other: Self) -> Self {
                    unsafe { $add(self, other) }
                }
                #[inline(always)]
                unsafe fn sub(self, other: Self) -> Self {
                    unsafe { $sub(self, other) }
                }
                #[inline(always)]
                unsafe fn multiply_add(self, by: Self, plus: Self) -> Self {
                    unsafe { $fma(self, by, plus) }
                }
                #[inline(always)]
                unsafe fn abs(self) -> Self {
                    unsafe { $abs(self) }
                }
                #[inline(always)]
                unsafe fn larger(self, other: Self) -> Self {
                    unsafe { $larger(self, other) }
                }
                #[inline(always)]
                unsafe fn sum(self) -> $number {
                    unsafe { $sum(self) }
                }
                #[inline(always)]
                unsafe fn largest(self) -> $number {
                    unsafe { $largest(self) }
                }
            }
        };
    }

    // The bits of numbers without a sign order as integers, NaN last: `larger` and `largest` rely on it.
    lanes!(
        __m512,
        f32,
        16,
        _mm512_setzero_ps,
        _mm512_loadu_ps,
        _mm512_set1_ps,
        _mm512_add_ps,
        _mm512_sub_ps,
        _mm512_fmadd_ps,
        |a| _mm512_abs_ps(a),
        |a, b| _mm512_castsi512_ps(_mm512_max_epu32(_mm512_castps_si512(a), _mm512_castps_si512(b))),
        |a| _mm512_reduce_add_ps(a),
        |a| f32::from_bits(_mm512_reduce_max_epu32(_mm512_castps_si512(a)))
    );
    lanes!(
        __m512d,
        f64,
        8,
        _mm512_setzero_pd,
        _mm512_loadu_pd,
        _mm512_set1_pd,
        _mm512_add_pd,
        _mm512_sub_pd,
        _mm512_fmadd_pd,
        |a| _mm512_abs_pd(a),
        |a, b| _mm512_castsi512_pd(_mm512_max_epu64(_mm512_castpd_si512(a), _mm512_castpd_si512(b))),
        |a| _mm512_reduce_add_pd(a),
        |a| f64::from_bits(_mm512_reduce_max_epu64(_mm512_castpd_si512(a)))
    );
    lanes!(
        __m256,
        f32,
        8,
        _mm256_setzero_ps,
        _mm256_loadu_ps,
        _mm256_set1_ps,
        _mm256_add_ps,
        _mm256_sub_ps,
        _mm256_fmadd_ps,
        |a| _mm256_andnot_ps(_mm256_set1_ps(-0.0), a),
        |a, b| _mm256_castsi256_ps(_mm256_max_epu32(_mm256_castps_si256(a), _mm256_castps_si256(b))),
        |a| {
            let four = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps::<1>(a));
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
        },
        |a| std::mem::transmute::<__m256, [u32; 8]>(a)
            .into_iter()
            .max()
            .map_or(0.0, f32::from_bits)
    );
    lanes!(
        __m256d,
        f64,
        4,
        _mm256_setzero_pd,
        _mm256_loadu_pd,
        _mm256_set1_pd,
        _mm256_add_pd,
        _mm256_sub_pd,
        _mm256_fmadd_pd,
        |a| _mm256_andnot_pd(_mm256_set1_pd(-0.0), a),
        |a, b| {
            let greater = _mm256_cmpgt_epi64(_mm256_castpd_si256(a), _mm256_castpd_si256(b));
            _mm256_blendv_pd(b, a, _mm256_castsi256_pd(greater))
        },
        |a| {
            let two = _mm_add_pd(_mm256_castpd256_pd128(a), _mm256_extractf128_pd::<1>(a));
            _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)))
        },
        |a| std::mem::transmute::<__m256d, [u64; 4]>(a)
            .into_iter()
            .max()
            .map_or(0.0, f64::from_bits)
    );

    macro_rules! stored {
        ($stored:ty, $register:ty, $width:literal, $read:expr) => {
            impl Stored<$register> for $stored {
                const WIDTH: usize = $width;
                #[inline(always)]
                unsafe fn read(at: *const u8) -> $register {
                    unsafe { $read(at) }
                }
            }
        };
    }
    stored!(F32, __m512, 4, |at: *const u8| _mm512_loadu_ps(at.cast()));
    stored!(F32, __m256, 4, |at: *const u8| _mm256_loadu_ps(at.cast()));
    stored!(F64, __m512d, 8, |at: *const u8| _mm512_loadu_pd(at.cast()));
    stored!(F64, __m256d, 8, |at: *const u8| _mm256_loadu_pd(at.cast()));
    stored!(F64, __m512, 8, |at: *const u8| {
        let low = _mm512_cvtpd_ps(_mm512_loadu_pd(at.cast()));
        let high = _mm512_cvtpd_ps(_mm512_loadu_pd(at.add(64).cast()));
        _mm512_insertf32x8::<1>(_mm512_castps256_ps512(low), high)
    });
    stored!(F64, __m256, 8, |at: *const u8| {
        let low = _mm256_cvtpd_ps(_mm256_loadu_pd(at.cast()));
        let high = _mm256_cvtpd_ps(_mm256_loadu_pd(at.add(32).cast()));
        _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(low), high)
    });
    stored!(BF16, __m512, 2, |at: *const u8| {
        let bits = _mm512_cvtepu16_epi32(_mm256_loadu_si256(at.cast()));
        _mm512_castsi512_ps(_mm512_slli_epi32::<16>(bits))
    });
    stored!(BF16, __m256, 2, |at: *const u8| {
        let bits = _mm256_cvtepu16_epi32(_mm_loadu_si128(at.cast()));
        _mm256_castsi256_ps(_mm256_slli_epi32::<16>(bits))
    });
    stored!(F16, __m512, 2, |at: *const u8| _mm512_cvtph_ps(_mm256_loadu_si256(
        at.cast()
    )));
    stored!(F16, __m256, 2, |at: *const u8| _mm256_cvtph_ps(_mm_loadu_si128(
        at.cast()
    )));
    stored!(I8, __m512, 1, |at: *const u8| _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(
        _mm_loadu_si128(at.cast())
    )));
    stored!(I8, __m256, 1, |at: *const u8| _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(
        _mm_loadl_epi64(at.cast())
    )));
}
