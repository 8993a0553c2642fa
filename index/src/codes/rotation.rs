//! A fixed orthogonal transform that spreads every vector evenly over all dimensions.
//!
//! Four rounds of random signs and a Walsh–Hadamard transform of the largest power of two, at the front and at the end in
//! turn, as in the RaBitQ authors' library. Where that leaves numbers out, a step of Kac's walk mixes the halves after the
//! second round; the library does so after each, which leaves a vector of one number less evenly spread. Codes on disk are
//! signs of its results: it must stay as it is, on all machines.

use std::f64::consts::FRAC_1_SQRT_2;

const ROUNDS: u64 = 4;
/// The round that the walk follows.
const WALK_AFTER: u64 = 1;

/// Transforms as many numbers as a multiple of 64, in place.
pub fn rotate(numbers: &mut [f64]) {
    let count = numbers.len();
    assert!(
        count > 0 && count.is_multiple_of(64),
        "dimensions are filled up to a multiple of 64"
    );
    let stretch = 1 << count.ilog2();
    for round in 0..ROUNDS {
        flip_signs(numbers, round);
        let from = if round % 2 == 0 { 0 } else { count - stretch };
        hadamard(&mut numbers[from..from + stretch]);
        if stretch < count && round == WALK_AFTER {
            walk(numbers);
        }
    }
}

/// Negates the numbers whose bit in the stream of signs is set: bit i % 64 of word i / 64 for number i.
fn flip_signs(numbers: &mut [f64], round: u64) {
    for (word, numbers) in numbers.as_chunks_mut::<64>().0.iter_mut().enumerate() {
        let signs = random_word(round << 32 | word as u64);
        for (bit, number) in numbers.iter_mut().enumerate() {
            *number = f64::from_bits(number.to_bits() ^ (signs >> bit) << 63);
        }
    }
}

/// The numbers of SplitMix64 (Steele, Lea, Flood 2014) from the seed 0, by their place.
fn random_word(at: u64) -> u64 {
    let mut word = (at + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ word >> 31
}

/// The Walsh–Hadamard transform of a power of two, at least 4 numbers; it keeps lengths.
fn hadamard(numbers: &mut [f64]) {
    let scale = 1.0 / (numbers.len() as f64).sqrt();
    for four in numbers.as_chunks_mut::<4>().0 {
        let [a, b, c, d] = four.map(|number| number * scale);
        let (sums, differences) = ((a + b, c + d), (a - b, c - d));
        *four = [
            sums.0 + sums.1,
            differences.0 + differences.1,
            sums.0 - sums.1,
            differences.0 - differences.1,
        ];
    }
    let mut half = 4;
    while half < numbers.len() {
        for pair in numbers.chunks_exact_mut(2 * half) {
            let (low, high) = pair.split_at_mut(half);
            for (low, high) in low.iter_mut().zip(high) {
                (*low, *high) = (*low + *high, *low - *high);
            }
        }
        half *= 2;
    }
}

/// Turns each pair of a number and the one half the vector away by 45 degrees.
fn walk(numbers: &mut [f64]) {
    let (low, high) = numbers.split_at_mut(numbers.len() / 2);
    for (low, high) in low.iter_mut().zip(high) {
        (*low, *high) = ((*low + *high) * FRAC_1_SQRT_2, (*low - *high) * FRAC_1_SQRT_2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::tests::Random;

    const COUNTS: [usize; 9] = [64, 128, 192, 384, 448, 960, 1024, 1536, 3008];

    fn dot(left: &[f64], right: &[f64]) -> f64 {
        left.iter().zip(right).map(|(left, right)| left * right).sum()
    }

    #[test]
    fn keeps_products() {
        let mut random = Random(1);
        for count in COUNTS {
            let (mut left, mut right) = (random.vector(count), random.vector(count));
            let before = (dot(&left, &right), dot(&left, &left));
            rotate(&mut left);
            rotate(&mut right);
            assert!((dot(&left, &right) - before.0).abs() < 1e-9);
            assert!((dot(&left, &left) - before.1).abs() < 1e-9);
        }
    }

    /// Of vectors spread evenly, the sum of magnitudes is sqrt(2 / pi) of the most it can be.
    #[test]
    fn spreads_all_vectors() {
        let mut random = Random(2);
        let spread = |mut numbers: Vec<f64>| {
            let length = dot(&numbers, &numbers).sqrt();
            rotate(&mut numbers);
            let sum: f64 = numbers.iter().map(|number| number.abs()).sum();
            sum / length / (numbers.len() as f64).sqrt()
        };
        for count in COUNTS {
            let slack = 0.6 / (count as f64).sqrt();
            let mut mean = 0.0;
            let tries = 64;
            for one in 0..tries {
                let mut hot = vec![0.0; count];
                hot[one * count / tries] = 1.0;
                for spread in [spread(hot), spread(random.vector(count))] {
                    mean += spread / (2 * tries) as f64;
                    assert!((spread - 0.798).abs() < 4.0 * slack, "{count}: {spread}");
                }
            }
            assert!((mean - 0.798).abs() < 0.02, "{count}: {mean}");
        }
    }

    /// Codes on disk depend on it. The numbers come from matrices in numpy.
    #[test]
    fn stays_as_it_is() {
        assert_eq!(random_word(0), 0xe220_a839_7b1d_cdaf, "the first number of SplitMix64");
        let wanted = [
            (64, [-15.125, -10.1875, 43.609375, -21.78125]),
            (
                192,
                [
                    5.449456560356488,
                    -34.032221750521494,
                    -20.182001235812166,
                    37.84724467392942,
                ],
            ),
        ];
        for (count, wanted) in wanted {
            let mut numbers: Vec<f64> = (0..count).map(|number| number as f64).collect();
            rotate(&mut numbers);
            for (at, wanted) in [0, 1, count / 2, count - 1].into_iter().zip(wanted) {
                assert!((numbers[at] - wanted).abs() < 1e-9, "{count}, {at}: {}", numbers[at]);
            }
        }
    }
}
