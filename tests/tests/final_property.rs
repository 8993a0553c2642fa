//! `SELECT … FINAL` against a plain list: random blocks, versions, deletion marks, partitions, merges and filters, by
//! scans and by vector searches.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float32Array, ListArray, RecordBatch, UInt8Array, UInt32Array};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Schema};
use gristmill_engine::Session;
use gristmill_tests::{TestEngine, insert, numbers, run};
use proptest::prelude::*;

const DIMENSIONS: usize = 4;

#[derive(Clone, Debug)]
struct Row {
    id: u32,
    part: u32,
    version: u32,
    is_deleted: bool,
    vector: Vec<f32>,
}

fn row() -> impl Strategy<Value = Row> {
    let number = (0..200_u32).prop_map(|number| number as f32 / 10.0);
    (
        0..60_u32,
        0..3_u32,
        0..6_u32,
        prop::bool::weighted(0.2),
        prop::collection::vec(number, DIMENSIONS),
    )
        .prop_map(|(id, part, version, is_deleted, vector)| Row {
            id,
            part,
            version,
            is_deleted,
            vector,
        })
}

fn block(rows: &[Row]) -> RecordBatch {
    let item = Arc::new(Field::new("item", DataType::Float32, false));
    let values: ArrayRef = Arc::new(Float32Array::from_iter_values(
        rows.iter().flat_map(|row| row.vector.clone()),
    ));
    let offsets = OffsetBuffer::from_lengths(rows.iter().map(|row| row.vector.len()));
    let number = |of: fn(&Row) -> u32| Arc::new(UInt32Array::from_iter_values(rows.iter().map(of))) as ArrayRef;
    let marks = rows.iter().map(|row| u8::from(row.is_deleted));
    let columns: Vec<ArrayRef> = vec![
        number(|row| row.id),
        number(|row| row.part),
        number(|row| row.version),
        Arc::new(UInt8Array::from_iter_values(marks)),
        Arc::new(ListArray::new(item.clone(), offsets, values, None)),
    ];
    let schema = Schema::new(vec![
        Field::new("id", DataType::UInt32, false),
        Field::new("part", DataType::UInt32, false),
        Field::new("version", DataType::UInt32, false),
        Field::new("gone", DataType::UInt8, false),
        Field::new("vec", DataType::List(item), false),
    ]);
    RecordBatch::try_new(Arc::new(schema), columns).expect("the columns fit the schema")
}

#[derive(Clone, Copy, Debug)]
enum Filter {
    None,
    Id(u32),
    IdBelow(u32),
    VersionBelow(u32),
    Part(u32),
}

impl Filter {
    fn sql(self) -> String {
        match self {
            Filter::None => String::new(),
            Filter::Id(id) => format!("WHERE id = {id}"),
            Filter::IdBelow(id) => format!("WHERE id < {id}"),
            Filter::VersionBelow(version) => format!("PREWHERE version < {version}"),
            Filter::Part(part) => format!("WHERE part = {part}"),
        }
    }

    fn passes(self, row: &Row) -> bool {
        match self {
            Filter::None => true,
            Filter::Id(id) => row.id == id,
            Filter::IdBelow(id) => row.id < id,
            Filter::VersionBelow(version) => row.version < version,
            Filter::Part(part) => row.part == part,
        }
    }
}

fn filter() -> impl Strategy<Value = Filter> {
    prop_oneof![
        Just(Filter::None),
        (0..60_u32).prop_map(Filter::Id),
        (0..60_u32).prop_map(Filter::IdBelow),
        (0..6_u32).prop_map(Filter::VersionBelow),
        (0..3_u32).prop_map(Filter::Part),
    ]
}

/// What is left of the rows, which are in the order of parts.
fn winners(rows: &[&Row], across_partitions: bool) -> Vec<Row> {
    let mut left: BTreeMap<(u32, u32), &Row> = BTreeMap::new();
    for row in rows {
        let key = (if across_partitions { 0 } else { row.part }, row.id);
        if left.get(&key).is_none_or(|last| last.version <= row.version) {
            left.insert(key, row);
        }
    }
    left.into_values().filter(|row| !row.is_deleted).cloned().collect()
}

fn distance(row: &Row, query: &[f32]) -> f64 {
    let squares = row
        .vector
        .iter()
        .zip(query)
        .map(|(left, right)| f64::from(left - right).powi(2));
    squares.sum::<f64>().sqrt()
}

fn check_scan(session: &mut Session, expected: &[Row], filter: Filter, settings: &str) {
    let mut expected: Vec<Vec<f64>> = expected
        .iter()
        .filter(|row| filter.passes(row))
        .map(|row| [row.id, row.part, row.version].map(f64::from).to_vec())
        .collect();
    expected.sort_by(|left, right| left.partial_cmp(right).expect("they are numbers"));
    let statement = format!(
        "SELECT id, part, version FROM t FINAL {} ORDER BY ALL {settings}",
        filter.sql()
    );
    let answer = run(session, &statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    let columns = [0, 1, 2].map(|column| numbers(&answer, column));
    let found: Vec<Vec<f64>> = (0..columns[0].len())
        .map(|at| columns.iter().map(|column| column[at]).collect())
        .collect();
    assert_eq!(found, expected, "{statement}");
}

fn check_search(session: &mut Session, expected: &[Row], filter: Filter, query: &[f32], limit: usize, settings: &str) {
    let mut expected: Vec<f64> = expected
        .iter()
        .filter(|row| filter.passes(row))
        .map(|row| distance(row, query))
        .collect();
    expected.sort_by(f64::total_cmp);
    expected.truncate(limit);
    let vector: Vec<String> = query.iter().map(f32::to_string).collect();
    let statement = format!(
        "SELECT id, L2Distance(vec, [{}]) AS d FROM t FINAL {} ORDER BY d LIMIT {limit} \
         SETTINGS hnsw_candidate_list_size_for_search = 1000{settings}",
        vector.join(", "),
        filter.sql(),
    );
    let answer = run(session, &statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    let found = numbers(&answer, 1);
    assert_eq!(found.len(), expected.len(), "{statement}");
    for (found, expected) in found.iter().zip(&expected) {
        assert!(
            (found - expected).abs() < 1e-3,
            "{statement}: {found} is not {expected}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn final_agrees_with_a_list(
        blocks in prop::collection::vec(prop::collection::vec(row(), 1..60), 1..6),
        is_partitioned in any::<bool>(),
        merged_after in 0..6_usize,
        filters in prop::collection::vec(filter(), 3),
        query in prop::collection::vec((0..200_u32).prop_map(|number| number as f32 / 10.0), DIMENSIONS),
        limit in 1..20_usize,
    ) {
        let engine = TestEngine::new();
        let session = &mut engine.session();
        let partition = if is_partitioned { "PARTITION BY part" } else { "" };
        let create = format!(
            "CREATE TABLE t (id UInt32, part UInt32, version UInt32, gone UInt8, vec Array(Float32), \
             INDEX ix vec TYPE vector_similarity('hnsw', 'L2Distance', {DIMENSIONS}, 'f32', 16, 64)) \
             ENGINE = ReplacingMergeTree(version, gone) ORDER BY id {partition} SETTINGS index_granularity = 8"
        );
        run(session, &create).expect("the table is valid");
        for (at, rows) in blocks.iter().enumerate() {
            insert(session, "t", block(rows)).expect("the rows are valid");
            if at == merged_after {
                run(session, "OPTIMIZE TABLE t FINAL").expect("parts can be merged");
            }
        }
        let mut rows: Vec<&Row> = blocks.iter().flatten().collect();
        if is_partitioned {
            rows.sort_by_key(|row| row.part); // parts lie by partition, then in the order of inserts
        }
        let (across, within) = (winners(&rows, true), winners(&rows, !is_partitioned));
        for filter in filters.into_iter().chain([Filter::None]) {
            check_scan(session, &across, filter, "");
            check_scan(session, &within, filter, "SETTINGS do_not_merge_across_partitions_select_final = 1");
            check_search(session, &across, filter, &query, limit, "");
            check_search(session, &within, filter, &query, limit, ", do_not_merge_across_partitions_select_final = 1");
        }
        run(session, "OPTIMIZE TABLE t FINAL").expect("parts can be merged");
        check_scan(session, &across, Filter::None, "");
        check_search(session, &across, Filter::None, &query, limit, "");
    }
}
