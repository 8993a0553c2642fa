//! Sums of table entries chosen by codes of half a byte, for 32 rows at a time, and lower bounds of keys from them.
//!
//! `codes/mod.rs` says what codes, factors and terms are. 16 bytes of codes hold one choice of each row: byte i that of
//! row i in its lower four bits and that of row 16 + i in its upper four, as instructions that shuffle 16 bytes want
//! them; the 16 bytes of a table at the same place are what is chosen from.

/// Rows of a block.
pub const BLOCK_ROWS: usize = 32;
/// Bytes of the factors of a block: A, R and E of all rows, f32 each.
pub const FACTOR_BYTES: usize = 3 * 4 * BLOCK_ROWS;
/// How far a key in f32 may be off, of the size of the numbers that it is the sum of: some tens of roundings.
pub const ROUNDING: f32 = 4e-6;

/// What makes a key of a sum, for one reference vector and the rows of one sub-index.
#[derive(Debug, Clone, Copy)]
pub struct KeyTerms {
    /// Times A.
    pub scale: f32,
    /// G.
    pub plus: f32,
    /// `base + step * sum` is S.
    pub step: f32,
    pub base: f32,
    /// g, times the error factor.
    pub error: f32,
}

/// What a key is at least, but for improbable errors; NaN if a factor is.
#[inline(always)]
pub fn lower_bound(sum: u32, [a, r, e]: [f32; 3], terms: &KeyTerms) -> f32 {
    // Sums stay far below 2^31, and many machines convert signed numbers only.
    let product = r * (terms.base + terms.step * sum as i32 as f32);
    let known = a * terms.scale;
    known + product + terms.plus - e * terms.error - ROUNDING * (known.abs() + product.abs())
}

/// Bit i is set unless the lower bound of row i is above `bound`. Of any instructions: it is compiled for each level.
#[inline(always)]
pub fn passing(sums: &[u32; BLOCK_ROWS], factors: &[u8], terms: &KeyTerms, bound: f32) -> u32 {
    let (factors, _) = factors.as_chunks::<{ 4 * BLOCK_ROWS }>();
    let [a, r, e] = factors else {
        panic!("a block has three factors a row")
    };
    let number = |bytes: &[u8; 4 * BLOCK_ROWS], row: usize| f32::from_le_bytes(bytes.as_chunks::<4>().0[row]);
    let mut above = 0;
    for (row, sum) in sums.iter().enumerate() {
        let lower = lower_bound(*sum, [number(a, row), number(r, row), number(e, row)], terms);
        above |= u32::from(lower > bound) << row;
    }
    !above
}

fn check(codes: &[u8], table: &[u8]) {
    assert!(
        codes.len() == table.len() && codes.len().is_multiple_of(64),
        "16 bytes of each for every choice, four choices at a time"
    );
}

/// The sums of 32 rows, on any machine.
pub fn sums_portable(codes: &[u8], table: &[u8], sums: &mut [u32; BLOCK_ROWS]) {
    check(codes, table);
    *sums = [0; BLOCK_ROWS];
    let (low, high) = sums.split_at_mut(16);
    for (codes, table) in codes.as_chunks::<16>().0.iter().zip(table.as_chunks::<16>().0) {
        for (at, code) in codes.iter().enumerate() {
            low[at] += u32::from(table[usize::from(code & 15)]);
            high[at] += u32::from(table[usize::from(code >> 4)]);
        }
    }
}

#[cfg(target_arch = "x86_64")]
pub use x86::{sums_avx2, sums_avx512};

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{BLOCK_ROWS, check};
    use std::arch::x86_64::*;

    /// Choices whose entries fit 16 bits when added up, all lanes together: 256 × 255 < 65536.
    const CHOICES_PER_RUN: usize = 256;
    /// Their bytes.
    const RUN_BYTES: usize = CHOICES_PER_RUN * 16;

    /// Sums of 16 rows as 16-bit lanes, of the even rows (with 256 times those of the odd rows, modulo 2^16) and of the odd
    /// rows, become sums of rows 0 to 7 and 8 to 15.
    #[inline(always)]
    unsafe fn in_row_order(even: __m128i, odd: __m128i) -> [__m256i; 2] {
        // SAFETY: the callers are compiled for AVX2.
        unsafe {
            let even = _mm_sub_epi16(even, _mm_slli_epi16::<8>(odd));
            [
                _mm256_cvtepu16_epi32(_mm_unpacklo_epi16(even, odd)),
                _mm256_cvtepu16_epi32(_mm_unpackhi_epi16(even, odd)),
            ]
        }
    }

    /// Sums of 32 rows, eight in each.
    struct Totals([__m256i; 4]);

    impl Totals {
        /// Adds a run of rows 0 to 15 and one of rows 16 to 31, as [`in_row_order`] takes them.
        #[inline(always)]
        unsafe fn add(&mut self, even: [__m128i; 2], odd: [__m128i; 2]) {
            for half in 0..2 {
                // SAFETY: the callers are compiled for AVX2.
                let ordered = unsafe { in_row_order(even[half], odd[half]) };
                for (total, ordered) in self.0[2 * half..].iter_mut().zip(ordered) {
                    // SAFETY: as above.
                    *total = unsafe { _mm256_add_epi32(*total, ordered) };
                }
            }
        }

        #[inline(always)]
        unsafe fn store(&self, sums: &mut [u32; BLOCK_ROWS]) {
            for (sums, total) in sums.as_chunks_mut::<8>().0.iter_mut().zip(self.0) {
                // SAFETY: eight sums are 32 bytes; the callers are compiled for AVX2.
                unsafe { _mm256_storeu_si256(sums.as_mut_ptr().cast(), total) };
            }
        }
    }

    /// The sums of 32 rows.
    #[target_feature(enable = "avx2")]
    pub unsafe fn sums_avx2(codes: &[u8], table: &[u8], sums: &mut [u32; BLOCK_ROWS]) {
        check(codes, table);
        let fold = |sum: __m256i| _mm_add_epi16(_mm256_castsi256_si128(sum), _mm256_extracti128_si256::<1>(sum));
        let nibble = _mm256_set1_epi8(15);
        let mut totals = Totals([_mm256_setzero_si256(); 4]);
        for (codes, table) in codes.chunks(RUN_BYTES).zip(table.chunks(RUN_BYTES)) {
            let (mut even, mut odd) = ([_mm256_setzero_si256(); 2], [_mm256_setzero_si256(); 2]);
            for (codes, table) in codes.as_chunks::<32>().0.iter().zip(table.as_chunks::<32>().0) {
                // SAFETY: both are 32 bytes.
                let (codes, table) = unsafe {
                    (
                        _mm256_loadu_si256(codes.as_ptr().cast()),
                        _mm256_loadu_si256(table.as_ptr().cast()),
                    )
                };
                for (half, shifted) in [codes, _mm256_srli_epi16::<4>(codes)].into_iter().enumerate() {
                    let entries = _mm256_shuffle_epi8(table, _mm256_and_si256(shifted, nibble));
                    even[half] = _mm256_add_epi16(even[half], entries);
                    odd[half] = _mm256_add_epi16(odd[half], _mm256_srli_epi16::<8>(entries));
                }
            }
            // SAFETY: this function is compiled for AVX2.
            unsafe { totals.add(even.map(fold), odd.map(fold)) };
        }
        // SAFETY: this function is compiled for AVX2.
        unsafe { totals.store(sums) };
    }

    /// The sums of 32 rows.
    #[target_feature(enable = "avx512f,avx512bw,avx2")]
    pub unsafe fn sums_avx512(codes: &[u8], table: &[u8], sums: &mut [u32; BLOCK_ROWS]) {
        check(codes, table);
        let fold = |sum: __m512i| {
            let two = _mm256_add_epi16(_mm512_castsi512_si256(sum), _mm512_extracti64x4_epi64::<1>(sum));
            _mm_add_epi16(_mm256_castsi256_si128(two), _mm256_extracti128_si256::<1>(two))
        };
        let nibble = _mm512_set1_epi8(15);
        let mut totals = Totals([_mm256_setzero_si256(); 4]);
        for (codes, table) in codes.chunks(RUN_BYTES).zip(table.chunks(RUN_BYTES)) {
            let (mut even, mut odd) = ([_mm512_setzero_si512(); 2], [_mm512_setzero_si512(); 2]);
            for (codes, table) in codes.as_chunks::<64>().0.iter().zip(table.as_chunks::<64>().0) {
                // SAFETY: both are 64 bytes.
                let (codes, table) = unsafe {
                    (
                        _mm512_loadu_si512(codes.as_ptr().cast()),
                        _mm512_loadu_si512(table.as_ptr().cast()),
                    )
                };
                for (half, shifted) in [codes, _mm512_srli_epi16::<4>(codes)].into_iter().enumerate() {
                    let entries = _mm512_shuffle_epi8(table, _mm512_and_si512(shifted, nibble));
                    even[half] = _mm512_add_epi16(even[half], entries);
                    odd[half] = _mm512_add_epi16(odd[half], _mm512_srli_epi16::<8>(entries));
                }
            }
            // SAFETY: this function is compiled for AVX2.
            unsafe { totals.add(even.map(fold), odd.map(fold)) };
        }
        // SAFETY: this function is compiled for AVX2.
        unsafe { totals.store(sums) };
    }
}
