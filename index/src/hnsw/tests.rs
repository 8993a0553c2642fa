//! Graphs against brute force, and files against every kind of damage.

use crate::exact::{self, ExactQuery};
use crate::*;
use proptest::prelude::*;

/// A small generator of its own, so that data and failures repeat.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 40) as f32) / (1u64 << 24) as f32 - 0.5
    }

    /// Rows around a few centres, as real vectors are.
    fn rows(&mut self, rows: usize, dimensions: usize) -> Vec<f32> {
        let centres: Vec<f32> = (0..16 * dimensions).map(|_| self.next() * 4.0).collect();
        (0..rows * dimensions)
            .map(|at| centres[at / dimensions % 16 * dimensions + at % dimensions] + self.next())
            .collect()
    }
}

fn definition(metric: Metric, quantization: Quantization, dimensions: usize) -> VectorIndexDefinition {
    VectorIndexDefinition {
        metric,
        dimensions,
        quantization,
        m: 16,
        ef_construction: 64,
    }
}

fn build(definition: &VectorIndexDefinition, rows: &[f32]) -> Vec<u8> {
    let mut builder = SubIndexBuilder::new(definition, 10).unwrap();
    for chunk in rows.chunks(definition.dimensions * 700) {
        builder.add(Vectors::from_f32(definition.dimensions, chunk)).unwrap();
    }
    assert_eq!(builder.rows(), rows.len() / definition.dimensions);
    builder.finish().unwrap()
}

fn truth(
    metric: Metric,
    dimensions: usize,
    rows: &[f32],
    query: &[f32],
    k: usize,
    allowed: Option<&RowSet>,
) -> Vec<u32> {
    let query: Vec<f64> = query.iter().map(|number| f64::from(*number)).collect();
    let query = ExactQuery {
        metric,
        vector: &query,
        k,
        wide: true,
    };
    let blocks = [(0, Vectors::from_f32(dimensions, rows))];
    exact::nearest(&query, &blocks, allowed, &Workers::unbounded())
        .unwrap()
        .iter()
        .map(|hit| hit.row)
        .collect()
}

/// Share of the true neighbours that are found with a good effort.
fn recall(metric: Metric, quantization: Quantization, allowed: Option<&RowSet>) -> f64 {
    const ROWS: usize = 2000;
    const DIMENSIONS: usize = 40;
    let mut numbers = Numbers(7);
    let rows = numbers.rows(ROWS, DIMENSIONS);
    // One thread always builds the same graph: with several, one in a hundred is worse than this test allows.
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let bytes = one_thread.install(|| build(&definition(metric, quantization, DIMENSIONS), &rows));
    let index = SubIndex::open(bytes.into()).unwrap();
    let queries = numbers.rows(20, DIMENSIONS);
    let mut found = 0;
    for vector in queries.chunks(DIMENSIONS) {
        let wanted = truth(metric, DIMENSIONS, &rows, vector, 10, allowed);
        let query = VectorQuery {
            vector,
            k: 10,
            effort: 128,
            bound: None,
        };
        let hits = index.search(&query, allowed).unwrap().hits;
        assert!(hits.is_sorted_by(|left, right| (left.distance, left.row) < (right.distance, right.row)));
        assert_eq!(hits, index.search(&query, allowed).unwrap().hits, "a search repeats");
        found += hits.iter().filter(|hit| wanted.contains(&hit.row)).count();
    }
    found as f64 / 200.0
}

#[test]
fn finds_the_neighbours_with_every_metric_and_quantization() {
    use Quantization::{BF16, F16, F32, F64, I8};
    for metric in [Metric::L2, Metric::Cosine, Metric::Dot] {
        for (quantization, least) in [(F64, 0.97), (F32, 0.97), (F16, 0.95), (BF16, 0.92), (I8, 0.88)] {
            // Products of vectors of any length are no distance: graphs cannot follow them as well.
            let least = if metric == Metric::Dot { 0.75 } else { least };
            let recall = recall(metric, quantization, None);
            assert!(recall >= least, "{metric:?} {quantization:?}: {recall}");
        }
    }
}

#[test]
fn finds_the_nearest_bits() {
    let rows = Numbers(5).rows(1000, 64);
    let index = SubIndex::open(build(&definition(Metric::Cosine, Quantization::B1, 64), &rows).into()).unwrap();
    let query = VectorQuery {
        vector: &rows[..64],
        k: 10,
        effort: 128,
        bound: None,
    };
    let bits = |vector: &[f32]| vector.iter().map(|number| *number > 0.0).collect::<Vec<_>>();
    let differing = |row: &[f32]| {
        bits(row)
            .iter()
            .zip(bits(query.vector))
            .filter(|(left, right)| **left != *right)
            .count()
    };
    let mut wanted: Vec<f32> = rows.chunks(64).map(|row| differing(row) as f32).collect();
    wanted.sort_by(f32::total_cmp);
    let found: Vec<f32> = index
        .search(&query, None)
        .unwrap()
        .hits
        .iter()
        .map(|hit| hit.distance)
        .collect();
    assert_eq!(found, wanted[..10]);
}

#[test]
fn finds_the_allowed_neighbours() {
    // Whole clusters are allowed or not, and most queries are near to one that is not.
    for (keep, least) in [(2, 0.95), (4, 0.95), (10, 0.9)] {
        let mut allowed = RowSet::new(2000);
        (0..2000)
            .filter(|row| row * 7919 % 2000 % keep == 0)
            .for_each(|row| allowed.insert(row));
        for metric in [Metric::L2, Metric::Cosine] {
            let recall = recall(metric, Quantization::F32, Some(&allowed));
            assert!(recall >= least, "{metric:?}, one of {keep}: {recall}");
        }
    }
}

#[test]
fn distances_are_those_of_sql() {
    let rows = [3f32, 4.0, 0.0, 0.0, 1.0, 0.0, -6.0, 8.0];
    for quantization in [
        Quantization::F64,
        Quantization::F32,
        Quantization::F16,
        Quantization::BF16,
    ] {
        for (metric, wanted) in [
            (Metric::L2, [(0, 0.0), (2, 20f64.sqrt()), (1, 5.0), (3, 97f64.sqrt())]),
            // The zero vector is one away from all, as in ClickHouse.
            (Metric::Cosine, [(0, 0.0), (2, 0.4), (3, 0.72), (1, 1.0)]),
            (Metric::Dot, [(0, 25.0), (3, 14.0), (2, 3.0), (1, 0.0)]),
        ] {
            let index = SubIndex::open(build(&definition(metric, quantization, 2), &rows).into()).unwrap();
            let query = VectorQuery {
                vector: &[3.0, 4.0],
                k: 9,
                effort: 9,
                bound: None,
            };
            let found = index.search(&query, None).unwrap();
            assert_eq!(found.hits.len(), 4);
            assert!(found.counters.computed >= 4 && found.counters.visited >= 4);
            for (hit, (row, value)) in found.hits.iter().zip(wanted) {
                let distance = metric.to_sql(hit.distance.into());
                assert!(
                    hit.row == row && (distance - value).abs() < 1e-6,
                    "{metric:?} {quantization:?} {found:?}"
                );
            }
            let bounded = VectorQuery {
                bound: Some(found.hits[2].distance),
                ..query
            };
            assert_eq!(index.search(&bounded, None).unwrap().hits, found.hits[..2]);
        }
    }
}

#[test]
fn cosine_of_a_zero_reference() {
    let index = build(
        &definition(Metric::Cosine, Quantization::BF16, 2),
        &[1.0, 0.0, 0.0, 0.0],
    );
    let query = VectorQuery {
        vector: &[0.0, 0.0],
        k: 2,
        effort: 2,
        bound: None,
    };
    let hits = SubIndex::open(index.into()).unwrap().search(&query, None).unwrap().hits;
    assert_eq!(hits, [Hit { row: 1, distance: 0.0 }, Hit { row: 0, distance: 1.0 }]);
}

#[test]
fn binary_distances_are_differing_bits() {
    let rows = [1f32, 1., 1., 1., 1., 1., 1., 1., -1., 1., 1., 1., 1., 1., 1., 1.];
    let index = SubIndex::open(build(&definition(Metric::Cosine, Quantization::B1, 8), &rows).into()).unwrap();
    let query = VectorQuery {
        vector: &rows[..8],
        k: 2,
        effort: 2,
        bound: None,
    };
    let hits = index.search(&query, None).unwrap().hits;
    assert_eq!(hits, [Hit { row: 0, distance: 0.0 }, Hit { row: 1, distance: 1.0 }]);
}

#[test]
fn an_empty_index_answers_nothing() {
    let index = SubIndex::open(build(&definition(Metric::L2, Quantization::BF16, 3), &[]).into()).unwrap();
    let query = VectorQuery {
        vector: &[0.0; 3],
        k: 5,
        effort: 5,
        bound: None,
    };
    assert_eq!((index.rows(), index.search(&query, None).unwrap().hits.len()), (0, 0));
}

#[test]
fn bad_vectors_are_refused_in_clickhouses_words() {
    let definition = definition(Metric::L2, Quantization::BF16, 2);
    let mut builder = SubIndexBuilder::new(&definition, 1).unwrap();
    let error = builder.add(Vectors::from_f32(3, &[0.0; 3])).unwrap_err().to_string();
    assert_eq!(
        error,
        "Array values in column with vector similarity index have 3 elements, expects 2 elements."
    );
    let error = builder
        .add(Vectors::from_f32(2, &[f32::NAN, 0.0]))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("(indexed vector) must not contain non-finite values (NaN or Inf)."),
        "{error}"
    );
    let index = SubIndex::open(build(&definition, &[1.0, 2.0]).into()).unwrap();
    let search = |vector: &[f32]| {
        index
            .search(
                &VectorQuery {
                    vector,
                    k: 1,
                    effort: 1,
                    bound: None,
                },
                None,
            )
            .unwrap_err()
    };
    assert_eq!(
        search(&[0.0; 3]),
        Error::Query(
            "The dimension of the reference vector in the query (3) does not match the dimension in the index (2)."
                .into()
        )
    );
    assert!(matches!(search(&[0.0, f32::INFINITY]), Error::Query(_)));
}

#[test]
fn a_file_takes_little_more_than_its_content() {
    let definition = definition(Metric::L2, Quantization::BF16, 384);
    let rows = Numbers(1).rows(1000, 384);
    let index = SubIndex::open(build(&definition, &rows).into()).unwrap();
    let content = 1000 * (384 * 2 + 32 * 4) + 1000 / 15 * 16 * 4;
    assert!(
        index.memory_bytes() < content * 11 / 10,
        "{} for {content}",
        index.memory_bytes()
    );
    assert_eq!(index.definition(), &definition);
}

#[test]
fn every_flipped_or_missing_byte_is_noticed() {
    use Quantization::{BF16, I8};
    for (quantization, rows, dimensions) in [(BF16, 60, 4), (I8, 60, 4), (I8, 5, 64)] {
        let definition = VectorIndexDefinition {
            m: 2,
            ..definition(Metric::Cosine, quantization, dimensions)
        };
        let bytes = build(&definition, &Numbers(3).rows(rows, dimensions));
        assert!(SubIndex::open(bytes.clone().into()).is_ok());
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            assert!(
                matches!(SubIndex::open(flipped.into()), Err(Error::Corrupt(_))),
                "byte {at} flipped"
            );
            assert!(
                matches!(SubIndex::open(bytes[..at].to_vec().into()), Err(Error::Corrupt(_))),
                "cut at {at}"
            );
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert!(matches!(SubIndex::open(longer.into()), Err(Error::Corrupt(_))));
    }
}

/// Whoever can write right checksums still cannot make the search leave the file.
#[test]
fn wrong_numbers_under_right_checksums_are_noticed() {
    use xxhash_rust::xxh3::xxh3_64;
    let bytes = build(
        &definition(Metric::Cosine, Quantization::I8, 64),
        &Numbers(3).rows(300, 64),
    );
    let field = |bytes: &[u8], at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize;
    let mut refused = 0;
    for at in (8..72).step_by(4).chain((256..bytes.len()).step_by(4)) {
        let mut changed = bytes.clone();
        changed[at..at + 4].copy_from_slice(&0x0100_0000u32.to_le_bytes());
        for section in 0..7 {
            let from = field(&bytes, 72 + section * 24);
            let until = if section == 6 {
                bytes.len()
            } else {
                field(&bytes, 72 + section * 24 + 24)
            };
            let checksum = xxh3_64(&changed[from..until]).to_le_bytes();
            changed[72 + section * 24 + 16..72 + section * 24 + 24].copy_from_slice(&checksum);
        }
        let checksum = xxh3_64(&changed[..248]).to_le_bytes();
        changed[248..256].copy_from_slice(&checksum);
        match SubIndex::open(changed.into()) {
            Err(error) => {
                match at {
                    8 => assert!(matches!(error, Error::UnknownVersion { found: 0x0100_0000, .. })),
                    _ => assert!(matches!(error, Error::Corrupt(_))),
                }
                refused += 1;
            }
            Ok(index) => {
                let vector = vec![0.5; index.definition().dimensions];
                let query = VectorQuery {
                    vector: &vector,
                    k: 9,
                    effort: 20,
                    bound: None,
                };
                index.search(&query, None).unwrap();
                let scan = Scan::new(index.definition(), vector, 9);
                let found = index.scan(&scan, 0..index.rows(), None, true).unwrap();
                assert!(found.hits.len() >= index.rows().min(9) as usize);
            }
        }
    }
    assert!(refused > 300 * 16, "{refused}");
}

/// Rows in a line, cut in two where a link is missing in one direction.
#[test]
fn a_walk_comes_to_the_other_end_of_a_line() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(4).build().unwrap();
    let rows: Vec<f32> = (0..1000).flat_map(|row| [row as f32, 0.0]).collect();
    let definition = VectorIndexDefinition {
        m: 16,
        ..definition(Metric::L2, Quantization::F32, 2)
    };
    for _ in 0..60 {
        let bytes = pool.install(|| build(&definition, &rows));
        let index = SubIndex::open(bytes.into()).unwrap();
        for at in [0.2, 500.2, 999.2] {
            let query = VectorQuery {
                vector: &[at, 0.0],
                k: 1000,
                effort: 1000,
                bound: None,
            };
            assert_eq!(index.search(&query, None).unwrap().hits.len(), 1000);
        }
    }
}

/// Additions by many threads leave nodes that no link leads to, or none leads away from.
#[test]
fn every_row_can_be_found() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(16).build().unwrap();
    for (rows, dimensions, m, seeds) in [(300, 4, 32, 10), (1000, 16, 32, 10), (3000, 8, 16, 5), (500, 8, 8, 5)] {
        for seed in 0..seeds {
            let numbers = Numbers(seed).rows(rows, dimensions);
            let definition = VectorIndexDefinition {
                m,
                ..definition(Metric::L2, Quantization::BF16, dimensions)
            };
            let bytes = pool.install(|| build(&definition, &numbers));
            let index = SubIndex::open(bytes.into()).unwrap();
            for from in numbers.chunks(dimensions).take(20) {
                let query = VectorQuery {
                    vector: from,
                    k: rows,
                    effort: rows,
                    bound: None,
                };
                let found = index.search(&query, None).unwrap().hits.len();
                assert_eq!(found, rows, "{dimensions} dimensions, M = {m}, seed {seed}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// What the caller promises its users: with exact search behind the walk no allowed row is missing.
    #[test]
    fn hits_are_allowed_distinct_and_no_more_than_asked(seed in 0u64..1000, keep in 1u32..50, k in 1usize..40) {
        let rows = Numbers(seed).rows(400, 6);
        let index = SubIndex::open(build(&definition(Metric::L2, Quantization::F32, 6), &rows).into()).unwrap();
        let mut allowed = RowSet::new(400);
        (0..400).filter(|row| row % keep == 0).for_each(|row| allowed.insert(row));
        let query = VectorQuery { vector: &rows[..6], k, effort: 64, bound: None };
        let walked = index.search(&query, Some(&allowed)).unwrap().hits;
        prop_assert!(walked.iter().all(|hit| allowed.contains(hit.row)) && walked.len() <= k);
        let distinct: std::collections::BTreeSet<u32> = walked.iter().map(|hit| hit.row).collect();
        prop_assert_eq!(distinct.len(), walked.len());
        let exact = truth(Metric::L2, 6, &rows, &rows[..6], k, Some(&allowed));
        prop_assert_eq!(exact.len(), k.min(allowed.count() as usize));
    }
}
