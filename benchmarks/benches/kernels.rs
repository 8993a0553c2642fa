//! Distance kernels: time per pair of vectors that are in the cache, and of a run over memory that is not.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use gristmill_index::exact::{self, ExactQuery};
use gristmill_index::{Metric, Vectors, Workers, kernels};

const DIMENSIONS: [usize; 4] = [100, 128, 384, 1536];
/// More than the caches hold.
const SCANNED_BYTES: usize = 256 << 20;

fn vector(dimensions: usize, seed: usize) -> Vec<f32> {
    (0..dimensions)
        .map(|at| ((at * 7919 + seed * 104_729) % 1000) as f32 / 500.0 - 1.0)
        .collect()
}

fn pairs(criterion: &mut Criterion) {
    for dimensions in DIMENSIONS {
        let mut group = criterion.benchmark_group(format!("{} dimensions, {}", dimensions, kernels::instructions()));
        let (left, right) = (vector(dimensions, 1), vector(dimensions, 2));
        let wide = |narrow: &[f32]| narrow.iter().map(|number| f64::from(*number)).collect::<Vec<f64>>();
        let (wide_left, wide_right) = (wide(&left), wide(&right));
        group.throughput(Throughput::Elements(dimensions as u64));
        group.bench_function("dot f32", |bencher| {
            bencher.iter(|| kernels::dot(black_box(&left), black_box(&right)))
        });
        group.bench_function("l2 f32", |bencher| {
            bencher.iter(|| kernels::l2_squared(black_box(&left), black_box(&right)))
        });
        group.bench_function("cosine f32", |bencher| {
            bencher.iter(|| kernels::cosine_distance(black_box(&left), black_box(&right)));
        });
        group.bench_function("l2 f64", |bencher| {
            bencher.iter(|| kernels::l2_squared(black_box(&wide_left), black_box(&wide_right)));
        });
        group.finish();
    }
}

fn scans(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("exact search");
    group.throughput(Throughput::Bytes(SCANNED_BYTES as u64));
    group.sample_size(20).measurement_time(Duration::from_secs(5));
    for dimensions in [128, 384] {
        let rows = vector(SCANNED_BYTES / 4 / dimensions * dimensions, 3);
        let query: Vec<f64> = vector(dimensions, 4).into_iter().map(f64::from).collect();
        let blocks = [(0, Vectors::from_f32(dimensions, &rows))];
        for metric in [Metric::L2, Metric::Cosine] {
            let query = ExactQuery {
                metric,
                vector: &query,
                k: 10,
                wide: false,
            };
            let name = BenchmarkId::new(metric.name(), dimensions);
            group.bench_function(name, |bencher| {
                bencher.iter(|| exact::nearest(&query, &blocks, None, &Workers::unbounded()))
            });
        }
    }
    group.finish();
}

criterion_group!(benches, pairs, scans);
criterion_main!(benches);
