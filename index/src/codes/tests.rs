//! Lower bounds against keys computed from their definition, over vectors of many shapes.

use super::lookup::ERROR_FACTOR;
use super::{Codes, Lookup, encode, encoded_length};
use crate::kernels::{BLOCK_ROWS, lower_bound};
use crate::{Metric, RowSet};
use std::ops::Range;

/// Numbers that are the same in every run.
pub struct Random(pub u64);

impl Random {
    /// From 0 to 1.
    pub fn uniform(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let (square, angle) = (-2.0 * self.uniform().max(1e-300).ln(), self.uniform());
        square.sqrt() * (std::f64::consts::TAU * angle).cos()
    }

    /// Normal numbers.
    pub fn vector(&mut self, count: usize) -> Vec<f64> {
        (0..count).map(|_| self.normal()).collect()
    }
}

const METRICS: [Metric; 3] = [Metric::L2, Metric::Cosine, Metric::Dot];
const DIMENSIONS: [usize; 7] = [3, 8, 64, 100, 384, 1000, 3000];

/// Normal vectors around some centres, which are `apart` times as far from each other, around `origin` in every number.
fn clusters(random: &mut Random, rows: usize, dimensions: usize, apart: f64, origin: f64) -> Vec<Vec<f32>> {
    let centres: Vec<Vec<f64>> = (0..10).map(|_| random.vector(dimensions)).collect();
    let row = |row: usize| {
        let near = random.vector(dimensions);
        let pairs = near.iter().zip(&centres[row % 10]);
        pairs
            .map(|(near, centre)| (origin + near + apart * centre) as f32)
            .collect()
    };
    (0..rows).map(row).collect()
}

/// The key as its definition says; a zero vector has the cosine distance 1.
fn key(metric: Metric, query: &[f32], row: &[f32]) -> f64 {
    let pairs = || query.iter().zip(row).map(|(q, r)| (f64::from(*q), f64::from(*r)));
    let dot: f64 = pairs().map(|(q, r)| q * r).sum();
    match metric {
        Metric::Dot => -dot,
        Metric::Cosine if dot == 0.0 => 1.0,
        Metric::Cosine => {
            let (q, r) = pairs().fold((0.0, 0.0), |(left, right), (q, r)| (left + q * q, right + r * r));
            1.0 - dot / (q * r).sqrt()
        }
        _ => pairs().map(|(q, r)| (q - r) * (q - r)).sum(),
    }
}

fn encoded(metric: Metric, rows: &[Vec<f32>]) -> Vec<u8> {
    let dimensions = rows[0].len();
    let bytes = encode(metric, rows.len(), dimensions, |row, into| {
        into.copy_from_slice(&rows[row])
    })
    .unwrap();
    assert_eq!(Some(bytes.len()), encoded_length(rows.len(), dimensions));
    bytes
}

/// The number at a place of the bytes.
fn float(bytes: &[u8], at: usize) -> f32 {
    f32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

/// Lower bound and E g of a row, read from the bytes as the head of `mod.rs` says.
fn bound_of(bytes: &[u8], lookup: &Lookup, dimensions: usize, row: usize) -> (f64, f64) {
    let padded = dimensions.next_multiple_of(64);
    let block = &bytes[4 * padded + row / BLOCK_ROWS * (4 * padded + 384)..];
    let (half, at) = (row % BLOCK_ROWS / 16, row % 16);
    let choice = |j: usize| usize::from(block[16 * j + at] >> (4 * half) & 15);
    let (tables, terms) = lookup.prepare(&bytes[..4 * padded]);
    let sum_of = |table: &[u8]| -> u32 { (0..padded / 4).map(|j| u32::from(table[16 * j + choice(j)])).sum() };
    let sum = match tables.fine {
        None => sum_of(tables.coarse),
        Some(fine) => 255 * sum_of(tables.coarse) + sum_of(fine),
    };
    let factor = |kind: usize| float(block, 4 * padded + 128 * kind + 4 * (row % BLOCK_ROWS));
    let lower = lower_bound(sum, [factor(0), factor(1), factor(2)], &terms);
    (lower.into(), f64::from(factor(2)) * f64::from(terms.error))
}

/// Of all pairs of `rows` and `queries`, how many have a lower bound above their key; of the ten nearest of each query too.
fn exceeded(metric: Metric, rows: &[Vec<f32>], queries: &[Vec<f32>], factor: f32) -> (f64, f64) {
    let bytes = encoded(metric, rows);
    let (mut all, mut near) = (0, 0);
    for query in queries {
        let lookup = Lookup::new(metric, query, factor).unwrap();
        let mut exceeded: Vec<(f64, bool)> = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            let key = key(metric, query, row);
            exceeded.push((key, bound_of(&bytes, &lookup, query.len(), at).0 > key));
        }
        exceeded.sort_by(|left, right| left.0.total_cmp(&right.0));
        all += exceeded.iter().filter(|(_, exceeded)| *exceeded).count();
        near += exceeded.iter().take(10).filter(|(_, exceeded)| *exceeded).count();
    }
    let pairs = |rows: usize| (rows * queries.len()) as f64;
    (all as f64 / pairs(rows.len()), near as f64 / pairs(rows.len().min(10)))
}

/// Estimates err as normal numbers do: 2.9 % of them by more than 1.9 deviations to one side, 0.003 % by more than 4.
#[track_caller]
fn check(rows: &[Vec<f32>], queries: &[Vec<f32>]) {
    for metric in METRICS {
        let what = format!("{metric:?}, {} dimensions", rows[0].len());
        let (all, near) = exceeded(metric, rows, queries, ERROR_FACTOR);
        assert!(all < 0.035, "{what}: {all} of all");
        assert!(near < 0.06, "{what}: {near} of the nearest");
        let (all, near) = exceeded(metric, rows, queries, 4.0);
        assert!(all < 0.001, "{what}: {all} of all, with four deviations");
        assert!(near == 0.0, "{what}: {near} of the nearest, with four deviations");
    }
}

#[test]
fn bounds_are_below_the_keys() {
    let mut random = Random(1);
    for dimensions in DIMENSIONS {
        let mut rows = clusters(&mut random, 1020, dimensions, 0.7, 0.0);
        let queries = rows.split_off(1000);
        check(&rows, &queries);
    }
}

#[test]
fn bounds_are_below_the_keys_far_from_the_origin() {
    let mut random = Random(2);
    for (dimensions, origin) in [(64, 10.0), (384, 1.0), (384, 1000.0), (384, -1e6)] {
        let mut rows = clusters(&mut random, 520, dimensions, 0.7, origin);
        let queries = rows.split_off(500);
        check(&rows, &queries);
    }
}

/// The errors are as large as is said: smaller bounds would lose rows, larger ones would pass too many.
#[test]
fn errors_have_the_size_that_is_kept() {
    let mut random = Random(3);
    for dimensions in [64, 100, 384, 1000] {
        let mut rows = clusters(&mut random, 1020, dimensions, 0.3, 0.2);
        let queries = rows.split_off(1000);
        for metric in METRICS {
            let bytes = encoded(metric, &rows);
            let mut squares = 0.0;
            for query in &queries {
                let lookup = Lookup::new(metric, query, 1.0).unwrap();
                for (at, row) in rows.iter().enumerate() {
                    let (lower, deviation) = bound_of(&bytes, &lookup, dimensions, at);
                    let error = (lower + deviation - key(metric, query, row)) / deviation;
                    squares += error * error / (rows.len() * queries.len()) as f64;
                }
            }
            assert!((0.8..1.15).contains(&squares), "{metric:?}, {dimensions}: {squares}");
        }
    }
}

/// All rows that a scan visits while its bound stays the same.
fn visited(codes: &Codes, lookup: &Lookup, rows: Range<u32>, allowed: Option<&RowSet>, bound: f32) -> Vec<u32> {
    let mut visited = Vec::new();
    codes.scan(lookup, rows, allowed, bound, |rows| {
        assert!(!rows.is_empty());
        visited.extend_from_slice(rows);
        bound
    });
    visited
}

/// The share of rows that are not ruled out by the tenth nearest.
fn share_passing(metric: Metric, rows: &[Vec<f32>], queries: &[Vec<f32>]) -> f64 {
    let bytes = encoded(metric, rows);
    let codes = Codes::new(&bytes, rows.len(), rows[0].len()).unwrap();
    let passed = queries.iter().map(|query| {
        let bound = nearest(metric, query, rows)[9].0 as f32;
        let lookup = Lookup::new(metric, query, ERROR_FACTOR).unwrap();
        visited(&codes, &lookup, 0..rows.len() as u32, None, bound).len()
    });
    passed.sum::<usize>() as f64 / (rows.len() * queries.len()) as f64
}

/// All rows and their keys, the nearest first.
fn nearest(metric: Metric, query: &[f32], rows: &[Vec<f32>]) -> Vec<(f64, u32)> {
    let keys = rows.iter().map(|row| key(metric, query, row));
    let mut nearest: Vec<(f64, u32)> = keys.zip(0..).collect();
    nearest.sort_by(|left, right| left.0.total_cmp(&right.0));
    nearest
}

#[test]
fn few_rows_pass() {
    let mut random = Random(4);
    let mut rows = clusters(&mut random, 10_010, 384, 0.7, 0.1);
    let queries = rows.split_off(10_000);
    for metric in METRICS {
        let share = share_passing(metric, &rows, &queries);
        assert!(share < 0.2, "{metric:?}: {share}");
    }
}

/// What rounding adds to bounds grows with the distance from the origin unless something is done about it.
#[test]
fn few_rows_pass_far_from_the_origin() {
    for (origin, metrics) in [
        (100.0, &METRICS[..]),
        (1000.0, &METRICS[..1]),
        (-10_000.0, &METRICS[..1]),
    ] {
        let mut rows = clusters(&mut Random(12), 2010, 384, 0.7, origin);
        let queries = rows.split_off(2000);
        for metric in metrics {
            let share = share_passing(*metric, &rows, &queries);
            assert!(share < 0.25, "{metric:?} {origin}: {share}");
        }
    }
}

/// Scans with the bound of the nearest so far, as searches do.
#[test]
fn the_nearest_are_found() {
    let mut random = Random(5);
    let mut rows = clusters(&mut random, 3020, 128, 1.5, 0.0);
    let queries = rows.split_off(3000);
    for metric in METRICS {
        let bytes = encoded(metric, &rows);
        let codes = Codes::new(&bytes, rows.len(), 128).unwrap();
        let mut found = 0;
        for query in &queries {
            let lookup = Lookup::new(metric, query, ERROR_FACTOR).unwrap();
            let mut best: Vec<(f64, u32)> = Vec::new();
            codes.scan(&lookup, 0..3000, None, f32::INFINITY, |rows_passed| {
                best.extend(
                    rows_passed
                        .iter()
                        .map(|row| (key(metric, query, &rows[*row as usize]), *row)),
                );
                best.sort_by(|left, right| left.0.total_cmp(&right.0));
                best.truncate(10);
                best.get(9).map_or(f32::INFINITY, |last| last.0 as f32)
            });
            let wanted = nearest(metric, query, &rows);
            found += best.iter().filter(|hit| wanted[..10].contains(hit)).count();
        }
        assert!(found >= 197, "{metric:?}: {found} of 200");
    }
}

#[test]
fn a_scan_visits_allowed_rows_of_its_range() {
    let mut random = Random(6);
    for (count, keep) in [
        (1000u32, 2u32),
        (1000, 37),
        (999, 1),
        (65, 3),
        (64, 1),
        (33, 1),
        (31, 2),
        (1, 1),
    ] {
        let mut rows = clusters(&mut random, count as usize + 1, 70, 1.0, 0.0);
        let query = rows.pop().unwrap();
        let bytes = encoded(Metric::L2, &rows);
        let codes = Codes::new(&bytes, rows.len(), 70).unwrap();
        let lookup = Lookup::new(Metric::L2, &query, ERROR_FACTOR).unwrap();
        let mut allowed = RowSet::new(count);
        (0..count)
            .filter(|_| random.uniform() * f64::from(keep) < 1.0)
            .for_each(|row| allowed.insert(row));
        let mut lowers: Vec<f64> = (0..rows.len())
            .map(|row| bound_of(&bytes, &lookup, 70, row).0)
            .collect();
        lowers.sort_by(f64::total_cmp);
        for bound in [lowers[rows.len() / 2] as f32, f32::INFINITY] {
            let all = visited(&codes, &lookup, 0..u32::MAX, None, bound);
            assert!(all.len() >= rows.len().div_ceil(2) && all.is_sorted() && all.iter().all(|row| *row < count));
            let some: Vec<u32> = all.iter().copied().filter(|row| allowed.contains(*row)).collect();
            assert_eq!(visited(&codes, &lookup, 0..count, Some(&allowed), bound), some);
            for _ in 0..20 {
                let mut ends = [0, 1].map(|_| (random.uniform() * f64::from(count + 1)) as u32);
                ends.sort_unstable();
                let inside = |rows: &[u32]| {
                    rows.iter()
                        .copied()
                        .filter(|row| (ends[0]..ends[1]).contains(row))
                        .collect::<Vec<_>>()
                };
                assert_eq!(visited(&codes, &lookup, ends[0]..ends[1], None, bound), inside(&all));
                assert_eq!(
                    visited(&codes, &lookup, ends[0]..ends[1], Some(&allowed), bound),
                    inside(&some)
                );
            }
        }
    }
}

#[test]
fn rows_without_a_direction_keep_their_keys() {
    let row = [0.5f32, -1.0, 2.0].map(|number| number * 3.7).to_vec();
    let query = [0.25f32, 1.0, 1.5];
    for metric in METRICS {
        for rows in [vec![row.clone()], vec![row.clone(); 100], vec![vec![0.0; 3]; 40]] {
            let bytes = encoded(metric, &rows);
            let lookup = Lookup::new(metric, &query, ERROR_FACTOR).unwrap();
            let key = key(metric, &query, &rows[0]);
            for at in 0..rows.len() {
                let (lower, _) = bound_of(&bytes, &lookup, 3, at);
                assert!(
                    lower <= key && lower > key - 1e-3 * (1.0 + key.abs()),
                    "{metric:?}: {lower} {key}"
                );
            }
        }
        let mut random = Random(7);
        let mut rows = clusters(&mut random, 100, 3, 1.0, 0.0);
        rows.iter_mut().step_by(5).for_each(|row| row.fill(0.0));
        let (bytes, lookup) = (encoded(metric, &rows), Lookup::new(metric, &query, 4.0).unwrap());
        for (at, row) in rows.iter().enumerate() {
            assert!(bound_of(&bytes, &lookup, 3, at).0 <= key(metric, &query, row));
        }
    }
}

#[test]
fn rows_that_cannot_be_coded_always_pass() {
    let mut random = Random(8);
    let mut rows = clusters(&mut random, 300, 100, 1.0, 0.0);
    let query = rows.pop().unwrap();
    let odd = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, 1e30, -1e30, 1e16];
    for (at, number) in odd.into_iter().enumerate() {
        rows[at * 30][at] = number;
    }
    for metric in METRICS {
        let bytes = encoded(metric, &rows);
        let codes = Codes::new(&bytes, rows.len(), 100).unwrap();
        let lookup = Lookup::new(metric, &query, ERROR_FACTOR).unwrap();
        let always = visited(&codes, &lookup, 0..300, None, f32::NEG_INFINITY);
        let finite = |row: u32| metric == Metric::Cosine && rows[row as usize].iter().all(|number| number.is_finite());
        let wanted: Vec<u32> = (0..odd.len() as u32 * 30)
            .step_by(30)
            .filter(|row| !finite(*row))
            .collect();
        assert_eq!(always, wanted, "{metric:?}");
        for (at, row) in rows
            .iter()
            .enumerate()
            .filter(|(at, _)| !wanted.contains(&(*at as u32)))
        {
            let lower = bound_of(&bytes, &lookup, 100, at).0;
            assert!(lower.is_finite() && lower < key(metric, &query, row) + key(metric, &query, row).abs() + 1.0);
        }
        assert_eq!(
            visited(&codes, &lookup, 0..300, None, f32::NAN).len(),
            rows.len(),
            "no bound at all"
        );
    }
}

/// Lengths from 2^-50 to 2^50: nothing overflows or vanishes.
#[test]
fn small_and_large_numbers_have_bounds() {
    let mut random = Random(9);
    for (scale, other) in [
        (1e-14, 1e-14),
        (1e-14, 1e13),
        (1e13, 1e-14),
        (1e13, 1e13),
        (1e-30, 1.0),
        (1e-40, 1e-40),
    ] {
        let scaled = |row: Vec<f32>, scale: f64| row.iter().map(|number| (f64::from(*number) * scale) as f32).collect();
        let mut rows = clusters(&mut random, 210, 100, 0.7, 0.0);
        let queries: Vec<Vec<f32>> = rows.split_off(200).into_iter().map(|row| scaled(row, other)).collect();
        let rows: Vec<Vec<f32>> = rows.into_iter().map(|row| scaled(row, scale)).collect();
        for metric in METRICS {
            if Lookup::new(metric, &queries[0], 4.0).is_some() {
                let (all, _) = exceeded(metric, &rows, &queries, 4.0);
                assert!(all < 0.001, "{metric:?} {scale} {other}: {all}");
            }
        }
    }
}

#[test]
fn factors_that_are_no_numbers_pass() {
    let mut random = Random(10);
    let mut rows = clusters(&mut random, 41, 64, 1.0, 0.0);
    let query = rows.pop().unwrap();
    let lookup = Lookup::new(Metric::L2, &query, ERROR_FACTOR).unwrap();
    let bytes = encoded(Metric::L2, &rows);
    for kind in 0..3 {
        let mut bytes = bytes.clone();
        let at = 256 + 256 + 128 * kind + 4 * 5;
        bytes[at..at + 4].copy_from_slice(&f32::NAN.to_le_bytes());
        let codes = Codes::new(&bytes, 40, 64).unwrap();
        assert_eq!(visited(&codes, &lookup, 0..40, None, f32::NEG_INFINITY), [5]);
    }
    let noise: Vec<u8> = bytes.iter().map(|_| (random.uniform() * 256.0) as u8).collect();
    visited(&Codes::new(&noise, 40, 64).unwrap(), &lookup, 0..40, None, 0.0);
}

#[test]
fn threads_do_not_change_the_bytes() {
    let rows = clusters(&mut Random(11), 9000, 5, 1.0, 0.3);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| encoded(Metric::Cosine, &rows))
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn wrong_lengths_and_questions_are_refused() {
    let bytes = encoded(Metric::L2, &[vec![1.0; 64], vec![2.0; 64]]);
    assert_eq!(bytes.len(), 64 * 4 + 64 * 4 + 384);
    assert!(Codes::new(&bytes, 2, 64).is_some());
    assert!(Codes::new(&bytes, 33, 64).is_none() && Codes::new(&bytes, 2, 65).is_none());
    assert!(Codes::new(&bytes[1..], 2, 64).is_none() && Codes::new(&[], 0, 64).is_none());
    assert!(Codes::new(&[], 0, 0).is_none() && Codes::new(&bytes, usize::MAX, usize::MAX).is_none());
    let empty = encode(Metric::L2, 0, 3, |_, _| unreachable!()).unwrap();
    let lookup = Lookup::new(Metric::L2, &[1.0, 2.0, 3.0], ERROR_FACTOR).unwrap();
    assert!(visited(&Codes::new(&empty, 0, 3).unwrap(), &lookup, 0..10, None, 1.0).is_empty());
    assert!(encode(Metric::L1, 1, 3, |_, _| ()).is_none());
    for metric in METRICS {
        let none = |vector: &[f32]| Lookup::new(metric, vector, ERROR_FACTOR).is_none();
        assert!(none(&[f32::NAN, 1.0]) && none(&[f32::INFINITY, 1.0]) && none(&[]));
        assert_eq!(none(&[0.0; 3]), metric == Metric::Cosine);
        assert_eq!(none(&[1e30; 3]), metric != Metric::Cosine);
    }
    assert!(Lookup::new(Metric::Linf, &[1.0], ERROR_FACTOR).is_none());
}
