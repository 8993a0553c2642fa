//! Every level of instructions against sums in f64, over lengths around the lane counts and unaligned rows.

use super::level::{Level, all};
use super::lookups::{BLOCK_ROWS, FACTOR_BYTES, KeyTerms, lower_bound};
use proptest::prelude::*;

/// Two vectors of one length with numbers that f16 and bf16 hold without overflow.
fn pairs() -> impl Strategy<Value = (Vec<f32>, Vec<f32>)> {
    (0usize..200).prop_flat_map(|length| {
        (
            proptest::collection::vec(-8f32..8.0, length),
            proptest::collection::vec(-8f32..8.0, length),
        )
    })
}

/// Rows start one byte off, so that no alignment can be relied on.
fn unaligned(bytes: &[u8]) -> Vec<u8> {
    std::iter::once(0).chain(bytes.iter().copied()).collect()
}

#[track_caller]
fn close(level: &Level, what: &str, found: f64, wanted: f64, size: f64) {
    let slack = 1e-5 * (1.0 + size);
    assert!(
        (found - wanted).abs() <= slack,
        "{} {what}: {found} for {wanted}",
        level.name
    );
}

fn check_row(level: &Level, rows: &super::Rows<f32>, query: &[f32], row: &[f64], bytes: &[u8]) {
    let bytes = &unaligned(bytes)[1..];
    let pairs = || query.iter().map(|q| f64::from(*q)).zip(row.iter().copied());
    let dot: f64 = pairs().map(|(q, r)| q * r).sum();
    let size: f64 = pairs().map(|(q, r)| q * q + r * r).sum();
    let square: f64 = row.iter().map(|r| r * r).sum();
    let l2: f64 = pairs().map(|(q, r)| (q - r) * (q - r)).sum();
    let l1: f64 = pairs().map(|(q, r)| (q - r).abs()).sum();
    let linf: f64 = pairs().map(|(q, r)| (q - r).abs()).fold(0.0, f64::max);
    // SAFETY: `all` lists levels that this machine can run.
    unsafe {
        close(level, "dot", (rows.dot)(query, bytes).into(), dot, size);
        close(level, "l2", (rows.l2_squared)(query, bytes).into(), l2, size);
        close(level, "l1", (rows.l1)(query, bytes).into(), l1, size);
        close(level, "linf", (rows.linf)(query, bytes).into(), linf, size);
        let (found_dot, found_square) = (rows.dot_and_square)(query, bytes);
        close(level, "dot", found_dot.into(), dot, size);
        close(level, "square", found_square.into(), square, size);
    }
}

proptest! {
    #[test]
    fn levels_agree_with_f64((query, row) in pairs()) {
        let wide: Vec<f64> = row.iter().map(|r| f64::from(*r)).collect();
        let bf16: Vec<half::bf16> = row.iter().map(|r| half::bf16::from_f32(*r)).collect();
        let f16: Vec<half::f16> = row.iter().map(|r| half::f16::from_f32(*r)).collect();
        let i8s: Vec<i8> = row.iter().map(|r| (*r * 15.0) as i8).collect();
        for level in all() {
            let bytes: Vec<u8> = row.iter().flat_map(|r| r.to_le_bytes()).collect();
            check_row(level, &level.f32, &query, &wide, &bytes);
            let bytes: Vec<u8> = wide.iter().flat_map(|r| r.to_le_bytes()).collect();
            check_row(level, &level.f64_narrow, &query, &wide, &bytes);
            let bytes: Vec<u8> = bf16.iter().flat_map(|r| r.to_le_bytes()).collect();
            check_row(level, &level.bf16, &query, &bf16.iter().map(|r| r.to_f64()).collect::<Vec<_>>(), &bytes);
            let bytes: Vec<u8> = f16.iter().flat_map(|r| r.to_le_bytes()).collect();
            check_row(level, &level.f16, &query, &f16.iter().map(|r| r.to_f64()).collect::<Vec<_>>(), &bytes);
            let bytes: Vec<u8> = i8s.iter().map(|r| *r as u8).collect();
            check_row(level, &level.i8, &query, &i8s.iter().map(|r| f64::from(*r)).collect::<Vec<_>>(), &bytes);
            let scaled: Vec<f64> = i8s.iter().map(|r| f64::from(*r) * 0.25).collect();
            let wanted: f64 = query.iter().zip(&scaled).map(|(q, r)| (f64::from(*q) - r).powi(2)).sum();
            // SAFETY: `all` lists levels that this machine can run.
            let found = unsafe { (level.l2_squared_i8)(&query, &bytes, 0.25) };
            close(level, "l2 of i8", found.into(), wanted, wanted + 1000.0);
        }
    }

    #[test]
    fn f64_keeps_its_precision((left, right) in pairs()) {
        let left: Vec<f64> = left.iter().map(|l| f64::from(*l) / 3.0).collect();
        let right: Vec<f64> = right.iter().map(|r| f64::from(*r) / 7.0).collect();
        let wanted: f64 = left.iter().zip(&right).map(|(l, r)| l * r).sum();
        prop_assert!((super::dot(&left, &right) - wanted).abs() < 1e-11);
        let wanted: f64 = left.iter().zip(&right).map(|(l, r)| (l - r).powi(2)).sum();
        prop_assert!((super::l2_squared(&left, &right) - wanted).abs() < 1e-10);
    }

    #[test]
    fn hamming_counts_bits((left, right) in (0usize..40).prop_flat_map(|n| (
        proptest::collection::vec(any::<u8>(), n), proptest::collection::vec(any::<u8>(), n)
    ))) {
        let wanted: u32 = left.iter().zip(&right).map(|(l, r)| (l ^ r).count_ones()).sum();
        for level in all() {
            // SAFETY: `all` lists levels that this machine can run.
            prop_assert_eq!(unsafe { (level.hamming)(&left, &right) }, wanted);
        }
    }
}

proptest! {
    #[test]
    fn lookups_are_summed_in_row_order(sixteens in 1usize..70, seed in any::<u64>(), most in any::<bool>()) {
        let mut state = seed;
        let mut bytes = |fill: bool| -> Vec<u8> {
            let mut next = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 56) as u8
            };
            let bytes: Vec<u8> = (0..sixteens * 64).map(|_| next()).collect();
            // The largest sums there can be: nothing may overflow.
            unaligned(&if fill { vec![255; bytes.len()] } else { bytes })
        };
        let (codes, table) = (bytes(false), bytes(most));
        let (codes, table) = (&codes[1..], &table[1..]);
        let mut wanted = [0; BLOCK_ROWS];
        for (row, wanted) in wanted.iter_mut().enumerate() {
            for choice in 0..sixteens * 4 {
                let code = codes[choice * 16 + row % 16] >> (row / 16 * 4) & 15;
                *wanted += u32::from(table[choice * 16 + usize::from(code)]);
            }
        }
        for level in all() {
            let mut sums = [u32::MAX; BLOCK_ROWS];
            // SAFETY: `all` lists levels that this machine can run.
            unsafe { (level.lookup_sums)(codes, table, &mut sums) };
            prop_assert_eq!(sums, wanted, "{}", level.name);
        }
    }

    #[test]
    fn levels_pass_the_same_rows(
        sums in proptest::array::uniform32(0u32..100_000),
        factors in proptest::array::uniform3(proptest::array::uniform32(prop_oneof![9 => -2f32..2.0, 1 => Just(f32::NAN)])),
        bound in -10f32..10.0,
    ) {
        let terms = KeyTerms { scale: 0.5, plus: 1.0, step: 0.0001, base: -5.0, error: 0.75 };
        let bytes: Vec<u8> = factors.iter().flatten().flat_map(|factor| factor.to_le_bytes()).collect();
        prop_assert_eq!(bytes.len(), FACTOR_BYTES);
        let bytes = unaligned(&bytes);
        for level in all() {
            // SAFETY: `all` lists levels that this machine can run.
            let mask = unsafe { (level.passing)(&sums, &bytes[1..], &terms, bound) };
            for row in 0..BLOCK_ROWS {
                let lower = lower_bound(sums[row], [factors[0][row], factors[1][row], factors[2][row]], &terms);
                prop_assert_eq!(mask >> row & 1 == 1, lower <= bound || lower.is_nan(), "{} {}", level.name, lower);
            }
        }
    }
}

#[test]
fn nan_is_never_lost() {
    for length in [1, 16, 70] {
        let mut vector = vec![1f32; length];
        vector[length - 1] = f32::NAN;
        let ones = vec![1f32; length];
        assert!(super::linf(&vector, &ones).is_nan() && super::linf(&ones, &vector).is_nan());
        assert!(super::l1(&vector, &ones).is_nan() && super::dot(&vector, &ones).is_nan());
    }
    assert!(super::cosine_distance(&[0f32, 0.0], &[1.0, 2.0]).is_nan());
}

#[test]
fn half_precision_is_read_exactly() {
    for bits in 0..=u16::MAX {
        let half = half::f16::from_bits(bits);
        if half.is_finite() {
            let bytes = bits.to_le_bytes();
            for level in all() {
                // SAFETY: `all` lists levels that this machine can run.
                let found = unsafe { (level.f16.dot)(&[1.0], &bytes) };
                assert_eq!(found, half.to_f32(), "{bits:x}");
            }
        }
    }
}
