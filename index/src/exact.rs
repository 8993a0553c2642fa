//! The nearest rows by looking at every row: no graph, no approximation, at the speed of memory.

use crate::kernels::{self, Level, Rows, level, prefetch};
use crate::top::{Top, ahead, last_if_nan};
use crate::{Element, Metric, Result, RowSet, Vectors, Workers};
use std::cell::RefCell;

pub use crate::top::ExactHit;

/// Bytes of rows that are worth a task of their own.
const BYTES_PER_TASK: usize = 2 << 20;
/// A row anywhere in memory takes so many times as long as one that follows another.
const SPARSE_FACTOR: usize = 4;
/// Rows kept beyond `k` where keys are computed twice, first in f32: rows that f32 cannot tell apart change places.
const SPARE_ROWS: usize = 16;

/// How far a sum in f32 may be off, of its size: some tens of roundings.
const F32_ERROR: f64 = 4e-6;

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub struct ExactQuery<'a> {
    /// How rows are compared with the vector.
    pub metric: Metric,
    /// The reference vector, of the rows' dimension.
    pub vector: &'a [f64],
    /// How many rows to find.
    pub k: usize,
    /// The SQL value is a Float64: keys of the answer are computed in f64 whatever the rows' type.
    pub wide: bool,
}

/// The `k` nearest rows, nearest first, ties by row number; fewer only if there are fewer allowed rows.
///
/// Each block is a run of rows and the number of its first row. `workers` share large inputs; it fails when they are
/// stopped.
pub fn nearest(
    query: &ExactQuery<'_>,
    blocks: &[(u32, Vectors<'_>)],
    allowed: Option<&RowSet>,
    workers: &Workers<'_>,
) -> Result<Vec<ExactHit>> {
    if query.k == 0 {
        return Ok(Vec::new());
    }
    let scan = Scan::new(query);
    let tasks: Vec<(u32, Vectors<'_>)> = blocks.iter().flat_map(|(first, rows)| split(*first, rows)).collect();
    let each = tasks_of_a_piece(&tasks, allowed);
    let on_all = |hits_of: &(dyn Fn(u32, &Vectors<'_>) -> Vec<ExactHit> + Sync)| {
        let pieces: Vec<&[(u32, Vectors<'_>)]> = tasks.chunks(each).collect();
        let of_piece = |piece: usize| pieces[piece].iter().flat_map(|(first, rows)| hits_of(*first, rows));
        let hits = workers.map(pieces.len(), |piece| of_piece(piece).collect::<Vec<_>>())?;
        Ok(kept(hits.concat(), scan.kept))
    };
    let mut hits = on_all(&|first, rows| scan.nearest(first, rows, allowed))?;
    let narrow = blocks.iter().any(|(_, rows)| rows.element() != Element::F64);
    if query.wide && narrow && !scan.tells_apart(&hits) {
        hits = on_all(&|first, rows| scan.wide(first, rows, allowed))?;
    } else if query.wide {
        widen(query, blocks, &mut hits);
    }
    hits.truncate(query.k);
    Ok(hits)
}

/// The key of one row at full precision.
pub fn key(query: &ExactQuery<'_>, rows: &Vectors<'_>, row: usize) -> f64 {
    if query.wide || rows.element() == Element::F64 {
        let mut numbers = vec![0.0; rows.dimensions()];
        rows.row_f64(row, &mut numbers);
        return wide_key(query, &numbers);
    }
    Scan::new(query).narrow_key(rows, row)
}

/// How many tasks one thread takes at a time: all of them where few rows are allowed, wherever these are.
fn tasks_of_a_piece(tasks: &[(u32, Vectors<'_>)], allowed: Option<&RowSet>) -> usize {
    let (Some(allowed), Some((_, rows))) = (allowed, tasks.first()) else {
        return 1;
    };
    let bytes = allowed.count() as usize * rows.stride() * SPARSE_FACTOR;
    tasks.len().div_ceil(bytes.div_ceil(BYTES_PER_TASK).max(1))
}

/// Cuts a run of rows into pieces that are worth a task.
fn split<'a>(first: u32, rows: &Vectors<'a>) -> impl Iterator<Item = (u32, Vectors<'a>)> {
    let (element, dimensions, stride) = (rows.element(), rows.dimensions(), rows.stride());
    let rows_per_task = (BYTES_PER_TASK / stride).max(1);
    rows.bytes()
        .chunks(rows_per_task * stride)
        .enumerate()
        .map(move |(task, bytes)| {
            (
                first + (task * rows_per_task) as u32,
                Vectors::from_bytes(element, dimensions, bytes),
            )
        })
}

/// The first `count` hits in order.
fn kept(mut hits: Vec<ExactHit>, count: usize) -> Vec<ExactHit> {
    hits.sort_unstable();
    hits.truncate(count);
    hits
}

/// Computes the keys of hits again, in f64.
fn widen(query: &ExactQuery<'_>, blocks: &[(u32, Vectors<'_>)], hits: &mut [ExactHit]) {
    let mut numbers = vec![0.0; query.vector.len()];
    for hit in hits.iter_mut() {
        let holds = |(first, rows): &&(u32, Vectors<'_>)| (*first..*first + rows.rows() as u32).contains(&hit.row);
        let (first, rows) = blocks.iter().find(holds).expect("a hit comes from one of the blocks");
        rows.row_f64((hit.row - first) as usize, &mut numbers);
        hit.key = wide_key(query, &numbers);
    }
    hits.sort_unstable();
}

fn wide_key(query: &ExactQuery<'_>, row: &[f64]) -> f64 {
    let key = match query.metric {
        Metric::L2 | Metric::L2Squared => kernels::l2_squared(query.vector, row),
        Metric::Cosine => kernels::cosine_distance(query.vector, row),
        Metric::Dot => -kernels::dot(query.vector, row),
        Metric::L1 => kernels::l1(query.vector, row),
        Metric::Linf => kernels::linf(query.vector, row),
    };
    last_if_nan(key)
}

/// A query made ready for a run over rows.
struct Scan<'a> {
    query: &'a ExactQuery<'a>,
    narrow: Vec<f32>,
    narrow_length: f32,
    level: &'static Level,
    kept: usize,
}

impl<'a> Scan<'a> {
    fn new(query: &'a ExactQuery<'a>) -> Self {
        let narrow: Vec<f32> = query.vector.iter().map(|number| *number as f32).collect();
        let narrow_length = kernels::dot(&narrow, &narrow).sqrt();
        let kept = if query.wide {
            query.k.saturating_add(SPARE_ROWS)
        } else {
            query.k
        };
        Self {
            query,
            narrow,
            narrow_length,
            level: level(),
            kept,
        }
    }

    fn nearest(&self, first: u32, rows: &Vectors<'_>, allowed: Option<&RowSet>) -> Vec<ExactHit> {
        match rows.element() {
            Element::F32 => self.narrow(&self.level.f32, first, rows, allowed),
            Element::BF16 => self.narrow(&self.level.bf16, first, rows, allowed),
            Element::F64 => {
                let loops = &self.level.f64;
                let query = self.query.vector;
                let length = kernels::dot(query, query).sqrt();
                // SAFETY: `level()` gives out what this machine can run.
                unsafe {
                    match self.query.metric {
                        Metric::L2 | Metric::L2Squared => {
                            self.scan(first, rows, allowed, |row| (loops.l2_squared)(query, row))
                        }
                        Metric::Dot => self.scan(first, rows, allowed, |row| -(loops.dot)(query, row)),
                        Metric::L1 => self.scan(first, rows, allowed, |row| (loops.l1)(query, row)),
                        Metric::Linf => self.scan(first, rows, allowed, |row| (loops.linf)(query, row)),
                        Metric::Cosine => self.scan(first, rows, allowed, |row| {
                            let (dot, square) = (loops.dot_and_square)(query, row);
                            1.0 - dot / (length * square.sqrt())
                        }),
                    }
                }
            }
        }
    }

    fn narrow(&self, loops: &Rows<f32>, first: u32, rows: &Vectors<'_>, allowed: Option<&RowSet>) -> Vec<ExactHit> {
        let query = self.narrow.as_slice();
        // SAFETY: `level()` gives out what this machine can run.
        unsafe {
            match self.query.metric {
                Metric::L2 | Metric::L2Squared => {
                    self.scan(first, rows, allowed, |row| (loops.l2_squared)(query, row).into())
                }
                Metric::Dot => self.scan(first, rows, allowed, |row| (-(loops.dot)(query, row)).into()),
                Metric::L1 => self.scan(first, rows, allowed, |row| (loops.l1)(query, row).into()),
                Metric::Linf => self.scan(first, rows, allowed, |row| (loops.linf)(query, row).into()),
                Metric::Cosine => self.scan(first, rows, allowed, |row| {
                    let (dot, square) = (loops.dot_and_square)(query, row);
                    (1.0 - dot / (self.narrow_length * square.sqrt())).into()
                }),
            }
        }
    }

    /// Whether rows that were left out of the best by keys in f32 are farther in f64, too: the last of the best is farther
    /// than the last of the answer by more than f32 errs.
    fn tells_apart(&self, hits: &[ExactHit]) -> bool {
        if hits.len() < self.kept {
            return true;
        }
        let (answer, last) = (hits[self.query.k - 1].key, hits[hits.len() - 1].key);
        let length = kernels::dot(self.query.vector, self.query.vector).sqrt();
        let error = match self.query.metric {
            // A reference that is rounded moves by its length times the error.
            Metric::L2 | Metric::L2Squared => F32_ERROR * (last + last.sqrt() * length) + (F32_ERROR * length).powi(2),
            Metric::Cosine => F32_ERROR,
            Metric::Dot => F32_ERROR * (last.abs() + length),
            Metric::L1 | Metric::Linf => F32_ERROR * (last + self.query.vector.iter().map(|it| it.abs()).sum::<f64>()),
        };
        last.is_finite() && last - answer > error
    }

    /// The nearest rows of one run, in f64.
    fn wide(&self, first: u32, rows: &Vectors<'_>, allowed: Option<&RowSet>) -> Vec<ExactHit> {
        let numbers = RefCell::new(vec![0.0; rows.dimensions()]);
        self.scan(first, rows, allowed, |row| {
            let mut numbers = numbers.borrow_mut();
            Vectors::from_bytes(rows.element(), rows.dimensions(), row).row_f64(0, &mut numbers);
            wide_key(self.query, &numbers)
        })
    }

    fn narrow_key(&self, rows: &Vectors<'_>, row: usize) -> f64 {
        let one = Vectors::from_bytes(rows.element(), rows.dimensions(), rows.row(row));
        self.nearest(0, &one, None).first().expect("one row gives one hit").key
    }

    /// The nearest rows of one run.
    fn scan(
        &self,
        first: u32,
        rows: &Vectors<'_>,
        allowed: Option<&RowSet>,
        key: impl Fn(&[u8]) -> f64,
    ) -> Vec<ExactHit> {
        let mut top = Top::new(self.kept);
        match allowed {
            None => {
                for (at, row) in rows.bytes().chunks_exact(rows.stride()).enumerate() {
                    top.offer(first + at as u32, key(row));
                }
            }
            Some(allowed) => {
                let range = first..first + rows.rows() as u32;
                let bytes = |row: u32| rows.row((row - first) as usize);
                for row in ahead(allowed.iter_range(range), |row| prefetch(bytes(row))) {
                    top.offer(row, key(bytes(row)));
                }
            }
        }
        top.into_hits()
    }
}

#[cfg(test)]
mod tests {
    use super::{ExactQuery, key, nearest};
    use crate::{Element, Metric, RowSet, Vectors, Workers};
    use proptest::prelude::*;

    const METRICS: [Metric; 6] = [
        Metric::L2,
        Metric::Cosine,
        Metric::Dot,
        Metric::L2Squared,
        Metric::L1,
        Metric::Linf,
    ];

    /// The SQL value, computed as its definition says.
    fn value(metric: Metric, query: &[f64], row: &[f64]) -> f64 {
        let pairs = || query.iter().zip(row);
        let dot: f64 = pairs().map(|(q, r)| q * r).sum();
        let length = |v: &[f64]| v.iter().map(|n| n * n).sum::<f64>().sqrt();
        match metric {
            Metric::L2 => pairs().map(|(q, r)| (q - r).powi(2)).sum::<f64>().sqrt(),
            Metric::L2Squared => pairs().map(|(q, r)| (q - r).powi(2)).sum(),
            Metric::Dot => dot,
            Metric::Cosine => 1.0 - dot / (length(query) * length(row)),
            Metric::L1 => pairs().map(|(q, r)| (q - r).abs()).sum(),
            Metric::Linf => pairs().map(|(q, r)| (q - r).abs()).fold(0.0, f64::max),
        }
    }

    proptest! {
        #[test]
        fn agrees_with_a_full_sort(
            numbers in proptest::collection::vec(-4i8..5, 0..300),
            query in proptest::collection::vec(-4i8..5, 3),
            k in 1usize..20,
            wide in any::<bool>(),
            keep in 1u32..4,
        ) {
            let rows = numbers.len() / 3;
            let wide_numbers: Vec<f64> = numbers[..rows * 3].iter().map(|n| f64::from(*n)).collect();
            let query: Vec<f64> = query.iter().map(|n| f64::from(*n)).collect();
            let mut allowed = RowSet::new(rows as u32);
            (0..rows as u32).filter(|row| row % keep == 0).for_each(|row| allowed.insert(row));
            for element in [Element::F32, Element::F64, Element::BF16] {
                // One byte off, as in a mapped file.
                let bytes: Vec<u8> = std::iter::once(0).chain(wide_numbers.iter().flat_map(|n| match element {
                    Element::F32 => (*n as f32).to_le_bytes().to_vec(),
                    Element::F64 => n.to_le_bytes().to_vec(),
                    Element::BF16 => half::bf16::from_f64(*n).to_le_bytes().to_vec(),
                })).collect();
                let all = Vectors::from_bytes(element, 3, &bytes[1..]);
                let cut = rows / 2 * all.stride();
                let blocks = [
                    (0, Vectors::from_bytes(element, 3, &bytes[1..1 + cut])),
                    (rows as u32 / 2, Vectors::from_bytes(element, 3, &bytes[1 + cut..])),
                ];
                for metric in METRICS {
                    let question = ExactQuery { metric, vector: &query, k, wide };
                    let found = nearest(&question, &blocks, Some(&allowed), &Workers::unbounded()).unwrap();
                    prop_assert_eq!(found.len(), k.min(allowed.count() as usize), "never short");
                    let mut wanted: Vec<f64> = allowed.iter().map(|row| value(metric, &query, &wide_numbers[row as usize * 3..][..3])).collect();
                    wanted.sort_by(|a, b| a.is_nan().cmp(&b.is_nan()).then(if metric == Metric::Dot { b.total_cmp(a) } else { a.total_cmp(b) }));
                    for (hit, wanted) in found.iter().zip(wanted) {
                        let sql = metric.to_sql(hit.key);
                        prop_assert!((sql - wanted).abs() < 1e-5 || (sql.is_nan() && wanted.is_nan()), "{metric:?} {sql} {wanted}");
                        let again = key(&question, &all, hit.row as usize);
                        prop_assert!(again == hit.key || again.is_nan(), "{metric:?} {again} {}", hit.key);
                    }
                }
            }
        }
    }

    /// Rows that differ by less than f32 can tell, far more of them than are spared, and sums that f32 does not hold.
    #[test]
    fn rows_that_f32_cannot_tell_apart() {
        fn step(row: u32) -> f32 {
            (row * 7919 % 10_007) as f32
        }
        type Row = fn(u32) -> [f32; 2];
        let cases: [(Metric, Row, [f64; 2]); 3] = [
            (Metric::Cosine, |row| [1.0, step(row) * 1e-5], [1.0, 0.003]),
            (Metric::L2, |row| [16_777_216.0, step(row) * 1e-4], [16_777_316.0, 0.0]),
            (Metric::L2, |row| [1e30, step(row) * 1e28], [1e30, 0.0]),
        ];
        for (metric, row, vector) in cases {
            let numbers: Vec<f32> = (0..10_007).flat_map(row).collect();
            let rows = Vectors::from_f32(2, &numbers);
            let query = ExactQuery {
                metric,
                vector: &vector,
                k: 5,
                wide: true,
            };
            let mut expected: Vec<(f64, u32)> =
                (0..10_007).map(|row| (key(&query, &rows, row as usize), row)).collect();
            expected.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
            let found = nearest(&query, &[(0, rows)], None, &Workers::unbounded()).unwrap();
            let found: Vec<u32> = found.iter().map(|hit| hit.row).collect();
            let expected: Vec<u32> = expected[..5].iter().map(|(_, row)| *row).collect();
            assert_eq!(found, expected, "{metric:?} to {vector:?}");
        }
    }
}
