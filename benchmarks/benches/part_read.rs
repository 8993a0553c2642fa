//! Reading a part: whole columns, scattered rows, and vectors in place.
//!
//! `cargo bench -p gristmill-benchmarks --bench part_read`

use std::hint::black_box;
use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryArray, Float32Array, ListArray, RecordBatch, UInt64Array};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use gristmill_index::exact::{ExactQuery, nearest};
use gristmill_index::{Metric, Vectors, Workers};
use gristmill_storage::{InsertOptions, MergeTree, NoKeys, PageCache, Part, RowRanges, TableOptions};

const ROWS: usize = 500_000;
const DIMENSIONS: usize = 128;
/// As DataFusion asks for them.
const BATCH_ROWS: usize = 8192;
const SCATTERED_ROWS: usize = 100;

fn schema() -> SchemaRef {
    let vectors = DataType::List(Arc::new(Field::new("item", DataType::Float32, false)));
    Arc::new(Schema::new(vec![
        Field::new("id", DataType::UInt64, false),
        Field::new("title", DataType::Binary, false),
        Field::new("vec", vectors, false),
    ]))
}

/// A number that follows from another one without a pattern.
fn mix(number: usize) -> u64 {
    (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn batch() -> RecordBatch {
    let schema = schema();
    let titles = (0..ROWS).map(|row| format!("title number {}", mix(row) % 1_000_000).into_bytes());
    let numbers = Float32Array::from_iter_values((0..ROWS * DIMENSIONS).map(|i| (mix(i) >> 40) as f32));
    let DataType::List(item) = schema.field(2).data_type() else {
        unreachable!("the third column is a list")
    };
    let offsets = OffsetBuffer::from_repeated_length(DIMENSIONS, ROWS);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(UInt64Array::from_iter_values((0..ROWS).map(|row| row as u64))),
        Arc::new(BinaryArray::from_iter_values(titles)),
        Arc::new(ListArray::new(item.clone(), offsets, Arc::new(numbers), None)),
    ];
    RecordBatch::try_new(schema, columns).expect("columns fit the schema")
}

/// The table's only part, with a page cache of that many bytes.
fn open(dir: &std::path::Path, cache_bytes: u64) -> Arc<Part> {
    let options = TableOptions {
        page_cache: Arc::new(PageCache::new(cache_bytes)),
        ..TableOptions::default()
    };
    let table =
        MergeTree::open(dir, schema().into(), options, vec![], Arc::new(NoKeys)).expect("the folder is a table");
    if table.snapshot().parts().is_empty() {
        table
            .insert(batch(), &InsertOptions::default())
            .expect("the disk has room");
    }
    table.snapshot().parts()[0].clone()
}

fn scan(criterion: &mut Criterion, part: &Part) {
    let mut group = criterion.benchmark_group("scan");
    for columns in [&["id"][..], &["title"], &["vec"], &["id", "title", "vec"]] {
        let bytes = columns
            .iter()
            .map(|column| part.column_size(column).expect("a column").uncompressed)
            .sum();
        group.throughput(Throughput::Bytes(bytes));
        group.bench_function(columns.join("+"), |bencher| {
            bencher.iter(|| {
                let reader = part
                    .read(columns, &RowRanges::all(part.rows()), BATCH_ROWS)
                    .expect("the columns exist");
                reader
                    .map(|batch| black_box(batch.expect("a sound part")).num_rows())
                    .sum::<usize>()
            });
        });
    }
    group.finish();
}

fn scattered(criterion: &mut Criterion, name: &str, part: &Part) {
    let mut group = criterion.benchmark_group(name);
    let rows = |seed: usize| {
        let mut rows: Vec<u32> = (0..SCATTERED_ROWS)
            .map(|i| (mix(seed * SCATTERED_ROWS + i) % ROWS as u64) as u32)
            .collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    };
    for columns in [&["id"][..], &["title"], &["vec"], &["id", "title", "vec"]] {
        let mut seed = 0;
        group.bench_function(columns.join("+"), |bencher| {
            let next = || {
                seed += 1;
                rows(seed)
            };
            bencher.iter_batched(
                next,
                |rows| part.read_rows(columns, &rows).expect("the rows exist"),
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

fn vector_blocks(criterion: &mut Criterion, part: &Part) {
    let column = part
        .vectors("vec")
        .expect("a sound part")
        .expect("vectors of one length");
    let mut group = criterion.benchmark_group("vector blocks");
    group.throughput(Throughput::Bytes(part.rows() * column.row_bytes() as u64));
    let vector: Vec<f64> = (0..DIMENSIONS).map(|i| i as f64).collect();
    let query = ExactQuery {
        metric: Metric::L2,
        vector: &vector,
        k: 10,
        wide: false,
    };
    let one_thread = Workers::new(1, &|| false);
    group.bench_function("nearest 10, one thread", |bencher| {
        bencher.iter(|| {
            let blocks = column.blocks(0..column.rows());
            let blocks: Vec<(u32, Vectors)> = blocks
                .map(|(row, bytes)| (row as u32, Vectors::from_bytes(column.element(), DIMENSIONS, bytes)))
                .collect();
            nearest(&query, &blocks, None, &one_thread)
        });
    });
    group.finish();
}

fn part_read(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let part = open(dir.path(), 0);
    scan(criterion, &part);
    vector_blocks(criterion, &part);
    scattered(criterion, "100 rows, pages not cached", &part);
    scattered(criterion, "100 rows, pages cached", &open(dir.path(), 256 << 20));
}

criterion_group!(benches, part_read);
criterion_main!(benches);
