//! The search without the graph: the vectors as the sub-index keeps them, one row after the other, or those of them that
//! their codes do not rule out.

use super::file::Opened;
use super::rows::{Comparison, Reference, RowLayout};
use super::{Counters, Found, Hit};
use crate::codes::{Codes, ERROR_FACTOR, Lookup};
use crate::top::{SharedKeys, Top, ahead};
use crate::{Error, Quantization, Result, RowSet, SubIndex, VectorIndexDefinition};
use std::ops::Range;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;

/// Below this number of dimensions a code and its factors are hardly smaller than the vector.
const CODED_DIMENSIONS_MIN: usize = 64;

/// Codes are judged by what they leave of so many rows, and of so many for each that is wanted.
const JUDGED_ROWS_MIN: u64 = 1024;
const JUDGED_ROWS_OF_EACH: u64 = 100;

/// A question to all sub-indexes of one definition: what was found in one rules rows of others out.
#[derive(Debug)]
pub struct Scan {
    definition: VectorIndexDefinition,
    vector: Vec<f32>,
    is_finite: bool,
    kept: usize,
    nearest: SharedKeys,
    // Made by the first who needs them.
    reference: OnceLock<Reference>,
    /// None where codes say nothing.
    lookup: OnceLock<Option<Lookup>>,
}

impl Scan {
    /// For the `k` nearest rows, k > 0, of all sub-indexes together.
    pub fn new(definition: &VectorIndexDefinition, vector: Vec<f32>, k: usize) -> Self {
        Self {
            definition: definition.clone(),
            is_finite: vector.iter().all(|number| number.is_finite()),
            vector,
            kept: k,
            nearest: SharedKeys::new(k),
            reference: OnceLock::new(),
            lookup: OnceLock::new(),
        }
    }

    /// Rows that were left out have no smaller key than this; None if none was.
    pub fn left_out(&self) -> Option<f32> {
        self.nearest.bound()
    }

    fn reference(&self, layout: &RowLayout) -> &Reference {
        self.reference.get_or_init(|| {
            let mut reference = Reference::default();
            reference.set(&self.vector, layout);
            reference
        })
    }

    fn lookup(&self) -> Option<&Lookup> {
        let lookup = || Lookup::new(self.definition.metric, &self.vector, ERROR_FACTOR);
        self.lookup.get_or_init(lookup).as_ref()
    }

    /// Refuses a sub-index whose rows are kept in another way.
    fn check(&self, layout: &RowLayout) -> Result<()> {
        let expected = RowLayout::new(&self.definition);
        if *layout == expected {
            return Ok(());
        }
        Err(Error::Corrupt(format!(
            "it is one of {:?} with {:?}, not of {:?} with {:?}",
            layout.metric, layout.quantization, expected.metric, expected.quantization
        )))
    }
}

impl VectorIndexDefinition {
    /// Whether sub-indexes keep codes of one bit a dimension beside the vectors.
    pub fn has_codes(&self) -> bool {
        self.quantization != Quantization::B1 && self.dimensions >= CODED_DIMENSIONS_MIN
    }
}

impl SubIndex {
    /// Whether rows have codes that are worth looking at: they have none where their definition has none, nor in files of
    /// version 1, and those of rows that lie far from their mean for their distances say little, as scans find out.
    pub fn has_codes(&self) -> bool {
        !self.file.codes().is_empty() && !self.codes_are_poor.load(Ordering::Relaxed)
    }

    /// Those of the allowed rows in a range that are among the nearest of the scan so far. Without `by_codes` every row is
    /// compared, so that none is missing; with it those that their codes rule out are not, if there are codes, though now and
    /// then (see `ERROR_FACTOR`) one of them is among the nearest. In any case there are k rows if k are allowed. Every
    /// row may be scanned once. The range must lie inside the index.
    pub fn scan(&self, scan: &Scan, rows: Range<u32>, allowed: Option<&RowSet>, by_codes: bool) -> Result<Found> {
        self.check(scan.vector.len(), scan.is_finite, allowed)?;
        let index = &self.file;
        assert!(rows.end <= index.rows, "rows to {} of {}", rows.end, index.rows);
        scan.check(&index.layout)?;
        let reference = scan.reference(&index.layout);
        let comparison = Comparison::new(&index.layout, index.vectors(), index.scales(), reference);
        let mut found = Comparing {
            comparison,
            nearest: &scan.nearest,
            top: Top::new(scan.kept),
            counters: Counters::default(),
        };
        let coded = codes(index).filter(|_| by_codes);
        match coded.and_then(|codes| Some((codes, scan.lookup()?))) {
            Some((codes, lookup)) => found.compare_passing(&codes, lookup, rows, allowed),
            None => found.compare_all(rows, allowed),
        }
        let Counters { computed, coded, .. } = found.counters;
        if coded >= JUDGED_ROWS_MIN && computed * 2 > coded && (scan.kept as u64) < coded / JUDGED_ROWS_OF_EACH {
            self.codes_are_poor.store(true, Ordering::Relaxed);
        }
        Ok(found.finish())
    }
}

/// The codes of an index, if it has any.
fn codes(index: &Opened) -> Option<Codes<'_>> {
    let bytes = index.codes();
    Codes::new(bytes, index.rows as usize, index.definition.dimensions).filter(|_| !bytes.is_empty())
}

struct Comparing<'a> {
    comparison: Comparison<'a>,
    nearest: &'a SharedKeys,
    top: Top,
    counters: Counters,
}

impl Comparing<'_> {
    fn compare(&mut self, row: u32) {
        self.counters.computed += 1;
        let key = self.comparison.key(row);
        if self.nearest.offer(key) {
            self.top.offer(row, key.into());
        }
    }

    fn compare_all(&mut self, rows: Range<u32>, allowed: Option<&RowSet>) {
        match allowed {
            None => rows.for_each(|row| self.compare(row)),
            Some(allowed) => {
                let comparison = self.comparison;
                let rows = ahead(allowed.iter_range(rows), |row| comparison.prefetch(row));
                rows.for_each(|row| self.compare(row));
            }
        }
    }

    fn compare_passing(&mut self, codes: &Codes<'_>, lookup: &Lookup, rows: Range<u32>, allowed: Option<&RowSet>) {
        let looked_at = codes.scan(lookup, rows, allowed, self.bound(), |passing| {
            passing.iter().for_each(|row| self.comparison.prefetch(*row));
            passing.iter().for_each(|row| self.compare(*row));
            self.bound()
        });
        self.counters.coded += looked_at;
    }

    /// What lower bounds are compared with.
    fn bound(&self) -> f32 {
        self.nearest
            .bound()
            .filter(|key| !key.is_nan())
            .unwrap_or(f32::INFINITY)
    }

    fn finish(self) -> Found {
        let mut hits = self.top.into_hits();
        hits.sort_unstable();
        let hit = |hit: crate::exact::ExactHit| Hit {
            row: hit.row,
            distance: hit.key as f32,
        };
        Found {
            hits: hits.into_iter().map(hit).collect(),
            counters: self.counters,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hnsw::SubIndexBuilder;
    use crate::{Metric, Vectors};

    const DIMENSIONS: usize = 96;

    fn definition(metric: Metric, quantization: Quantization) -> VectorIndexDefinition {
        VectorIndexDefinition {
            metric,
            dimensions: DIMENSIONS,
            quantization,
            m: 4,
            ef_construction: 8,
        }
    }

    /// Rows around some centres.
    fn vectors(rows: usize, seed: u64) -> Vec<f32> {
        let number = |at: u64| {
            let mixed = (at ^ seed << 40).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            ((mixed ^ mixed >> 29).wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 40) as f32 / (1 << 24) as f32 - 0.5
        };
        let centre = |row: usize, at: usize| 2.0 * number(((row % 20) * DIMENSIONS + at) as u64 ^ 7 << 50);
        (0..rows * DIMENSIONS)
            .map(|at| centre(at / DIMENSIONS, at % DIMENSIONS) + number(at as u64))
            .collect()
    }

    fn open(definition: &VectorIndexDefinition, rows: &[f32]) -> SubIndex {
        let mut builder = SubIndexBuilder::new(definition, rows.len() / DIMENSIONS).unwrap();
        builder.add(Vectors::from_f32(DIMENSIONS, rows)).unwrap();
        SubIndex::open(builder.finish().unwrap().into()).unwrap()
    }

    /// The nearest of several sub-indexes, as (key, sub-index, row), and what they cost.
    fn nearest(
        indexes: &[SubIndex],
        vector: &[f32],
        allowed: Option<&RowSet>,
        by_codes: bool,
    ) -> (Vec<(f32, usize, u32)>, Counters) {
        let scan = Scan::new(indexes[0].definition(), vector.to_vec(), 10);
        let (mut hits, mut sum) = (Vec::new(), Counters::default());
        for (place, index) in indexes.iter().enumerate() {
            // In two ranges, as threads take them.
            for rows in [0..416, 416..index.rows()] {
                let found = index.scan(&scan, rows, allowed, by_codes).unwrap();
                sum.computed += found.counters.computed;
                sum.coded += found.counters.coded;
                hits.extend(found.hits.iter().map(|hit| (hit.distance, place, hit.row)));
            }
        }
        hits.sort_by(|one, other| one.0.total_cmp(&other.0).then((one.1, one.2).cmp(&(other.1, other.2))));
        hits.truncate(10);
        if let Some(last) = hits.get(9) {
            assert_eq!(scan.left_out(), Some(last.0));
        }
        (hits, sum)
    }

    #[test]
    fn codes_rule_out_most_rows_and_hardly_any_near_one() {
        let rows = vectors(3000, 1);
        let thirds: Vec<u8> = (0..125)
            .map(|byte| (0..8).filter(|bit| (byte * 8 + bit) % 3 == 0).map(|bit| 1 << bit).sum())
            .collect();
        let allowed = RowSet::from_bits(&thirds, 0, 1000);
        for metric in [Metric::L2, Metric::Cosine, Metric::Dot] {
            for quantization in [Quantization::F32, Quantization::BF16, Quantization::I8] {
                let definition = definition(metric, quantization);
                let indexes: Vec<SubIndex> = rows
                    .chunks(1000 * DIMENSIONS)
                    .map(|rows| open(&definition, rows))
                    .collect();
                let (mut met, mut all, mut computed, mut compared) = (0, 0, 0, 0);
                for vector in vectors(20, 2).chunks(DIMENSIONS) {
                    for allowed in [None, Some(&allowed)] {
                        let (expected, plain) = nearest(&indexes, vector, allowed, false);
                        let (found, coded) = nearest(&indexes, vector, allowed, true);
                        assert_eq!(found.len(), 10);
                        // Whole blocks of 32 rows.
                        assert_eq!((plain.coded, coded.coded), (0, 3072));
                        met += expected.iter().filter(|row| found.contains(row)).count();
                        all += expected.len();
                        computed += coded.computed;
                        compared += plain.computed;
                    }
                }
                let recall = met as f64 / all as f64;
                assert!(recall >= 0.97, "{metric:?} {quantization:?}: {recall}");
                assert!(
                    computed * 2 < compared,
                    "{metric:?} {quantization:?}: {computed} of {compared}"
                );
            }
        }
    }

    #[test]
    fn equal_rows_are_as_many_as_are_asked_for() {
        let rows = [1.0; 500 * DIMENSIONS];
        for metric in [Metric::L2, Metric::Cosine, Metric::Dot] {
            let index = open(&definition(metric, Quantization::BF16), &rows);
            for vector in [[1.0; DIMENSIONS], [-3.0; DIMENSIONS], [0.0; DIMENSIONS]] {
                assert_eq!(nearest(std::slice::from_ref(&index), &vector, None, true).0.len(), 10);
            }
        }
    }

    /// One row so long that the mean lies far from all others: codes say nothing of these, and are not asked any more.
    #[test]
    fn codes_that_say_nothing_are_found_out() {
        let mut rows = vectors(2000, 1);
        let definition = definition(Metric::L2, Quantization::F32);
        let good = open(&definition, &rows);
        rows[..DIMENSIONS].iter_mut().for_each(|number| *number *= 1e6);
        let poor = open(&definition, &rows);
        let vector = vectors(1, 2);
        for (index, is_good) in [(good, true), (poor, false)] {
            assert!(index.has_codes());
            let found = nearest(std::slice::from_ref(&index), &vector, None, true).0;
            assert_eq!(found, nearest(std::slice::from_ref(&index), &vector, None, false).0);
            assert_eq!(index.has_codes(), is_good);
        }
    }

    #[test]
    fn an_index_of_another_kind_is_refused() {
        let index = open(&definition(Metric::L2, Quantization::BF16), &vectors(500, 1));
        for other in [
            definition(Metric::L2, Quantization::I8),
            definition(Metric::Cosine, Quantization::BF16),
        ] {
            let scan = Scan::new(&other, vec![0.5; DIMENSIONS], 10);
            assert!(matches!(index.scan(&scan, 0..500, None, true), Err(Error::Corrupt(_))));
        }
    }
}
