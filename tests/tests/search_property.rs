//! Vector search against brute force: random dimensions, metrics, quantizations, parts, deletes, filters, limits and
//! offsets, over columns and expressions.
//!
//! What must hold with an index, whatever the data: exactly min(limit, matches − offset) rows, each passing the
//! filter, in order, with true distances. Without an index the rows are the nearest themselves. How many of the
//! nearest the index finds is checked over all cases together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arrow::array::{ArrayRef, Float32Array, ListArray, RecordBatch, UInt32Array};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Schema};
use gristmill_tests::{TestEngine, insert, numbers, run};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

const CASES: u32 = 100;
/// Share of the true nearest rows that the index must find over all cases; ef exceeds the rows of every part.
const RECALL_MIN: f64 = 0.99;

#[derive(Clone, Copy, Debug)]
enum Metric {
    L2,
    Cosine,
    Dot,
}

impl Metric {
    fn function(self) -> &'static str {
        match self {
            Metric::L2 => "L2Distance",
            Metric::Cosine => "cosineDistance",
            Metric::Dot => "dotProduct",
        }
    }

    fn order(self) -> &'static str {
        if matches!(self, Metric::Dot) { "DESC" } else { "ASC" }
    }

    fn value(self, left: &[f32], right: &[f32]) -> f64 {
        let sum = |f: fn(f64, f64) -> f64| {
            left.iter()
                .zip(right)
                .map(|(l, r)| f(f64::from(*l), f64::from(*r)))
                .sum::<f64>()
        };
        match self {
            Metric::L2 => sum(|l, r| (l - r) * (l - r)).sqrt(),
            Metric::Dot => sum(|l, r| l * r),
            Metric::Cosine => 1.0 - sum(|l, r| l * r) / (sum(|l, _| l * l).sqrt() * sum(|_, r| r * r).sqrt()),
        }
    }

    /// Smaller is nearer.
    fn key(self, value: f64) -> f64 {
        if matches!(self, Metric::Dot) { -value } else { value }
    }
}

/// What is indexed and compared.
#[derive(Clone, Copy, Debug)]
enum Compared {
    Column,
    Materialized,
    Alias,
    Slice,
    Mapped,
}

impl Compared {
    /// As the index's definition says it, and as the query does.
    fn sql(self) -> [&'static str; 2] {
        match self {
            Compared::Column => ["vec", "vec"],
            Compared::Materialized => ["m", "m"],
            Compared::Alias => ["arrayMap(y -> y / 2, vec)", "al"],
            Compared::Slice => ["arraySlice(vec, 1, 5)"; 2],
            Compared::Mapped => ["arrayMap(x -> x * 4, vec)", "arrayMap(v -> v * 4, vec)"],
        }
    }

    fn of(self, vector: &[f32]) -> Vec<f32> {
        let times = |factor: f32| vector.iter().map(|number| number * factor).collect();
        match self {
            Compared::Column => vector.to_vec(),
            Compared::Materialized => times(2.0),
            Compared::Alias => times(0.5),
            Compared::Slice => vector.iter().take(5).copied().collect(),
            Compared::Mapped => times(4.0),
        }
    }
}

const QUANTIZATIONS: [&str; 6] = ["f64", "f32", "f16", "bf16", "i8", "b1"];

#[derive(Clone, Debug)]
struct Row {
    id: u32,
    a: u32,
    vector: Vec<f32>,
}

#[derive(Clone, Debug)]
enum Filter {
    None,
    IdFrom(u32),
    ABelow(u32),
    AIs(u32),
    IdOdd,
    Nothing,
}

impl Case {
    fn is_coarse(&self) -> bool {
        matches!(self.quantization, "i8" | "b1")
    }

    fn is_there(&self, row: &Row) -> bool {
        self.deleted.is_none_or(|deleted| !row.id.is_multiple_of(deleted))
    }
}

impl Filter {
    fn sql(&self) -> String {
        match self {
            Filter::None => String::new(),
            Filter::IdFrom(id) => format!("WHERE id >= {id}"),
            Filter::ABelow(a) => format!("WHERE a < {a}"),
            Filter::AIs(a) => format!("PREWHERE a = {a}"),
            Filter::IdOdd => "WHERE id % 2 = 1".to_owned(),
            Filter::Nothing => "WHERE a > 1000000".to_owned(),
        }
    }

    fn passes(&self, row: &Row) -> bool {
        match self {
            Filter::None => true,
            Filter::IdFrom(id) => row.id >= *id,
            Filter::ABelow(a) => row.a < *a,
            Filter::AIs(a) => row.a == *a,
            Filter::IdOdd => row.id % 2 == 1,
            Filter::Nothing => false,
        }
    }
}

#[derive(Clone, Debug)]
struct Case {
    metric: Metric,
    compared: Compared,
    quantization: &'static str,
    granularity: Option<u32>,
    parts: Vec<Vec<Row>>,
    /// Which of them have the index.
    indexed: Vec<bool>,
    /// Rows whose id is a multiple of this are deleted.
    deleted: Option<u32>,
    query: Vec<f32>,
    filter: Filter,
    limit: usize,
    offset: usize,
}

fn case() -> impl Strategy<Value = Case> {
    let metric = prop_oneof![Just(Metric::L2), Just(Metric::Cosine), Just(Metric::Dot)];
    let filter = prop_oneof![
        Just(Filter::None),
        (0u32..600).prop_map(Filter::IdFrom),
        (0u32..100).prop_map(Filter::ABelow),
        (0u32..100).prop_map(Filter::AIs),
        Just(Filter::IdOdd),
        Just(Filter::Nothing),
    ];
    let sizes = prop::collection::vec(1usize..250, 1..4);
    let compared = prop_oneof![
        2 => Just(Compared::Column),
        1 => Just(Compared::Materialized),
        1 => Just(Compared::Alias),
        1 => Just(Compared::Slice),
        1 => Just(Compared::Mapped),
    ];
    let index = (compared, 0usize..6, prop::collection::vec(prop::bool::weighted(0.8), 4));
    // From 64 dimensions on an index keeps codes.
    let dimensions = prop_oneof![3 => 1usize..33, 1 => 64usize..130];
    (
        dimensions,
        metric,
        (index, prop::option::of(1u32..3), prop::option::of(2u32..9)),
        sizes,
        filter,
        1usize..40,
        0usize..20,
        any::<u64>(),
    )
        .prop_map(
            |(dimensions, metric, (index, granularity, deleted), sizes, filter, limit, offset, seed)| {
                let (compared, quantization, indexed) = index;
                let mut random = Random(seed | 1);
                let mut next_id = 0;
                let parts = sizes
                    .iter()
                    .map(|&rows| {
                        (0..rows)
                            .map(|_| {
                                next_id += 1;
                                Row {
                                    id: next_id,
                                    a: random.below(100),
                                    vector: random.vector(dimensions),
                                }
                            })
                            .collect()
                    })
                    .collect();
                let query = compared.of(&random.vector(dimensions));
                let is_binary = matches!(metric, Metric::Cosine) && query.len().is_multiple_of(8);
                Case {
                    metric,
                    compared,
                    quantization: QUANTIZATIONS[if is_binary { quantization } else { quantization.min(4) }],
                    granularity,
                    parts,
                    indexed,
                    deleted,
                    query,
                    filter,
                    limit,
                    offset,
                }
            },
        )
}

/// xorshift64: the same data for the same seed, so that a failing case can be replayed.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u32) -> u32 {
        (self.next() % u64::from(limit)) as u32
    }

    /// Numbers of −1 … 1, never all zero.
    fn vector(&mut self, dimensions: usize) -> Vec<f32> {
        let mut vector: Vec<f32> = (0..dimensions)
            .map(|_| self.below(2001) as f32 / 1000.0 - 1.0)
            .collect();
        vector[0] += 2.5;
        vector
    }
}

fn block(rows: &[Row]) -> RecordBatch {
    let item = Arc::new(Field::new("item", DataType::Float32, false));
    let values: ArrayRef = Arc::new(Float32Array::from_iter_values(
        rows.iter().flat_map(|row| row.vector.clone()),
    ));
    let offsets = OffsetBuffer::from_lengths(rows.iter().map(|row| row.vector.len()));
    let columns: Vec<ArrayRef> = vec![
        Arc::new(UInt32Array::from_iter_values(rows.iter().map(|row| row.id))),
        Arc::new(UInt32Array::from_iter_values(rows.iter().map(|row| row.a))),
        Arc::new(ListArray::new(item.clone(), offsets, values, None)),
    ];
    let schema = Schema::new(vec![
        Field::new("id", DataType::UInt32, false),
        Field::new("a", DataType::UInt32, false),
        Field::new("vec", DataType::List(item), false),
    ]);
    RecordBatch::try_new(Arc::new(schema), columns).expect("the columns fit the schema")
}

/// How many of the true nearest were found, out of how many.
#[derive(Default)]
struct Recall {
    found: AtomicUsize,
    asked: AtomicUsize,
}

fn check(case: &Case, recall: &Recall) {
    let engine = TestEngine::new();
    let session = &mut engine.session();
    let function = case.metric.function();
    let dimensions = case.query.len();
    let granularity = case
        .granularity
        .map_or(String::new(), |granules| format!(" GRANULARITY {granules}"));
    let ([indexed, _], quantization) = (case.compared.sql(), case.quantization);
    let create = format!(
        "CREATE TABLE t (id UInt32, a UInt32, vec Array(Float32), \
         m Array(Float32) MATERIALIZED arrayMap(x -> x * 2, vec), al Array(Float64) ALIAS arrayMap(x -> x / 2, vec), \
         INDEX ix {indexed} TYPE vector_similarity('hnsw', '{function}', {dimensions}, '{quantization}', 16, 64){granularity}) \
         ENGINE = MergeTree ORDER BY id SETTINGS index_granularity = 64"
    );
    run(session, &create).expect("the table is valid");
    for (part, indexed) in case.parts.iter().zip(&case.indexed) {
        let set = format!("SET materialize_skip_indexes_on_insert = {}", u8::from(*indexed));
        run(session, &set).expect("the setting is known");
        insert(session, "t", block(part)).expect("the rows are valid");
    }
    if let Some(deleted) = case.deleted {
        run(session, &format!("DELETE FROM t WHERE id % {deleted} = 0")).expect("rows can be deleted");
    }
    for way in [Way::Walk, Way::Cheapest, Way::Exact] {
        check_answer(case, session, way, recall);
    }
}

/// How a search is to be answered.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    /// By the graph, unless there is a filter.
    Walk,
    /// As it comes: few rows need no graph.
    Cheapest,
    /// Without the index.
    Exact,
}

fn check_answer(case: &Case, session: &mut gristmill_engine::Session, way: Way, recall: &Recall) {
    let Case {
        metric,
        filter,
        limit,
        offset,
        ..
    } = case;
    let query = case.query.iter().map(f32::to_string).collect::<Vec<_>>().join(", ");
    let filter_sql = filter.sql();
    let settings = match (way, filter_sql.is_empty()) {
        (Way::Exact, _) => "use_skip_indexes = 0",
        (Way::Walk, true) => {
            "hnsw_candidate_list_size_for_search = 1000, vector_search_with_rescoring = 1, \
             vector_search_filter_strategy = 'postfilter'"
        }
        _ => "hnsw_candidate_list_size_for_search = 1000, vector_search_with_rescoring = 1",
    };
    let statement = format!(
        "SELECT id, {}({}, [{query}]) AS d FROM t {} ORDER BY d {} LIMIT {limit} OFFSET {offset} SETTINGS {settings}",
        metric.function(),
        case.compared.sql()[1],
        filter_sql,
        metric.order(),
    );
    let answer = run(session, &statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
    let (ids, distances) = (numbers(&answer, 0), numbers(&answer, 1));

    let rows: Vec<&Row> = case.parts.iter().flatten().collect();
    let mut keys: Vec<f64> = rows
        .iter()
        .filter(|row| filter.passes(row) && case.is_there(row))
        .map(|row| metric.key(metric.value(&case.compared.of(&row.vector), &case.query)))
        .collect();
    keys.sort_by(f64::total_cmp);
    let expected = &keys[(*offset).min(keys.len())..(offset + limit).min(keys.len())];

    assert_eq!(ids.len(), expected.len(), "rows of {statement}");
    let mut last = f64::NEG_INFINITY;
    for (position, (id, distance)) in ids.iter().zip(&distances).enumerate() {
        let row = rows
            .iter()
            .find(|row| f64::from(row.id) == *id)
            .expect("an id that was inserted");
        let passes = filter.passes(row) && case.is_there(row);
        assert!(passes, "row {id} does not pass in {statement}");
        let truth = metric.value(&case.compared.of(&row.vector), &case.query);
        let (shown, truth) = (metric.key(*distance), metric.key(truth));
        assert!(
            (shown - truth).abs() <= 1e-3,
            "distance {shown} of row {id} should be {truth} in {statement}"
        );
        assert!(shown >= last, "row {id} is out of order in {statement}");
        last = shown;
        if way == Way::Exact {
            assert!(
                (truth - expected[position]).abs() <= 1e-4,
                "row {id} at {position} is not nearest in {statement}"
            );
        } else if !case.is_coarse() && expected.last().is_some_and(|furthest| truth <= furthest + 1e-4) {
            recall.found.fetch_add(1, Ordering::Relaxed);
        }
    }
    if way != Way::Exact && !case.is_coarse() {
        recall.asked.fetch_add(expected.len(), Ordering::Relaxed);
    }
}

#[test]
fn search_agrees_with_brute_force() {
    let recall = Recall::default();
    let mut runner = TestRunner::new(Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    });
    runner
        .run(&case(), |case| {
            check(&case, &recall);
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
    let (found, asked) = (
        recall.found.load(Ordering::Relaxed),
        recall.asked.load(Ordering::Relaxed),
    );
    assert!(asked > 0, "some case had rows to find");
    assert!(
        found as f64 >= RECALL_MIN * asked as f64,
        "the index found {found} of {asked} nearest rows"
    );
}
