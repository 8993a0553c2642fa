//! Forms of vector queries beyond `ORDER BY distance LIMIT n`, with an index and by an ordinary plan: random sort keys,
//! ties, LIMIT BY, DISTINCT, OFFSET, filters, deletes, parts and quantizations.
//!
//! Vectors are of small whole numbers, so that every quantization of the test holds them exactly and many distances are
//! equal. What a query leaves open (which of equal rows come) is not compared.

use gristmill_engine::Session;
use gristmill_tests::TestEngine;
use gristmill_tests::embedded::ask;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

const CASES: u32 = 30;

/// A sort key over the distance `D`, and whether it is a falling one.
const WRAPPINGS: &[(&str, bool)] = &[
    ("D", false),
    ("1 - D", true),
    ("D * 2 + 1", false),
    ("D / 2", false),
    ("-D", true),
    ("negate(D)", true),
    ("toFloat32(D)", false),
    ("toFloat64(D) - 3", false),
    ("tuple(D)", false),
    ("round(D)", false),
    ("3 - D / 4", true),
    ("exp(-D / 100)", true),
];

/// More of them for distances that are never negative.
const WRAPPINGS_OF_LENGTHS: &[(&str, bool)] = &[
    ("sqrt(D)", false),
    ("pow(D, 2)", false),
    ("D * D", false),
    ("log1p(D)", false),
    ("1 / (1 + D)", true),
    ("1 / D", true),
    ("exp(-D)", true),
];

/// What bounds the rows.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Tail {
    Limit,
    Ties,
    LimitBy,
    LimitOffsetBy,
    LimitByTies,
    Distinct,
    DistinctOn,
}

#[derive(Clone, Debug)]
struct Case {
    metric: &'static str,
    index: &'static str,
    quantization: &'static str,
    granularity: u32,
    parts: Vec<u32>,
    numbers: u32,
    seed: u64,
    deleted: bool,
    queries: Vec<Query>,
}

#[derive(Clone, Debug)]
struct Query {
    reference: u64,
    wrapping: usize,
    second_key: &'static str,
    filter: &'static str,
    tail: Tail,
    limit: u32,
    offset: u32,
    by: &'static str,
    settings: &'static str,
}

fn query() -> impl Strategy<Value = Query> {
    let second_key = prop_oneof![Just(""), Just(", id"), Just(", a DESC, id"), Just(", s, id DESC")];
    let filter = prop_oneof![
        3 => Just(""),
        1 => Just("WHERE a = 1"),
        1 => Just("PREWHERE id % 2 = 0"),
        1 => Just("WHERE id > 40 AND s != '2'"),
        1 => Just("WHERE a > 100"),
    ];
    let tail = prop_oneof![
        Just(Tail::Limit),
        Just(Tail::Ties),
        Just(Tail::LimitBy),
        Just(Tail::LimitOffsetBy),
        Just(Tail::LimitByTies),
        Just(Tail::Distinct),
        Just(Tail::DistinctOn),
    ];
    let by = prop_oneof![Just("a"), Just("s"), Just("id % 7"), Just("a, s")];
    let settings = prop_oneof![
        3 => Just("hnsw_candidate_list_size_for_search = 1000"),
        1 => Just("hnsw_candidate_list_size_for_search = 1000, vector_search_with_rescoring = 1"),
        1 => Just("hnsw_candidate_list_size_for_search = 1000, max_limit_for_vector_search_queries = 40"),
        1 => Just("hnsw_candidate_list_size_for_search = 1000, vector_search_filter_strategy = 'prefilter'"),
        // All rows are fetched: the filter may leave too few of fewer, as in ClickHouse.
        1 => Just("vector_search_filter_strategy = 'postfilter', vector_search_index_fetch_multiplier = 1000"),
        1 => Just("use_skip_indexes = 0"),
    ];
    (
        any::<u64>(),
        0usize..100,
        second_key,
        filter,
        tail,
        1u32..30,
        0u32..4,
        by,
        settings,
    )
        .prop_map(
            |(reference, wrapping, second_key, filter, tail, limit, offset, by, settings)| Query {
                reference,
                wrapping,
                second_key,
                filter,
                tail,
                limit,
                offset,
                by,
                settings,
            },
        )
}

fn case() -> impl Strategy<Value = Case> {
    let metrics = prop_oneof![
        Just(("L2Distance", "L2Distance")),
        Just(("L2SquaredDistance", "L2Distance")),
        Just(("dotProduct", "dotProduct")),
        Just(("cosineDistance", "cosineDistance")),
        Just(("L1Distance", "L2Distance")),
    ];
    (
        metrics,
        prop_oneof![Just("f32"), Just("bf16"), Just("f16")],
        1u32..4,
        prop::collection::vec(1u32..130, 1..4),
        2u32..8,
        any::<u64>(),
        any::<bool>(),
        prop::collection::vec(query(), 6),
    )
        .prop_map(
            |((metric, index), quantization, granularity, parts, numbers, seed, deleted, queries)| Case {
                metric,
                index,
                quantization,
                granularity,
                parts,
                numbers,
                seed,
                deleted,
                queries,
            },
        )
}

fn run(session: &mut Session, statement: &str) -> String {
    let answer = ask(session, statement.as_bytes()).unwrap_or_else(|error| panic!("{statement}: {error}"));
    String::from_utf8(answer).expect("the columns are ASCII")
}

/// Two whole numbers from 1 to `numbers`, made from an expression.
fn vector(seed: &str, numbers: u32) -> String {
    format!("[toFloat32(intHash64({seed}) % {numbers} + 1), toFloat32(intHash64({seed} + 1000003) % {numbers} + 1)]")
}

fn fill(session: &mut Session, case: &Case) {
    let Case {
        index,
        quantization,
        granularity,
        numbers,
        seed,
        ..
    } = case;
    run(
        session,
        &format!(
            "CREATE TABLE t (id UInt32, a UInt8, s String, v Array(Float32), INDEX ix v TYPE vector_similarity('hnsw', \
             '{index}', 2, '{quantization}', 16, 64) GRANULARITY {granularity}) ENGINE = MergeTree ORDER BY id \
             SETTINGS index_granularity = 32"
        ),
    );
    let mut first = 0;
    for rows in &case.parts {
        let (seed, vector) = (
            seed % 1_000_000,
            vector(&format!("number + {}", seed % 1_000_000), *numbers),
        );
        run(
            session,
            &format!(
                "INSERT INTO t SELECT number, intHash64(number * 7 + {seed}) % 5, toString(number % 4), {vector} FROM \
                 numbers({first}, {rows})"
            ),
        );
        first += rows;
    }
    if case.deleted {
        run(session, "DELETE FROM t WHERE id % 5 = 3");
    }
}

/// The query, with its vectors read from `column`.
fn statement(case: &Case, query: &Query, column: &str) -> String {
    let Query {
        reference,
        wrapping,
        second_key,
        filter,
        tail,
        limit,
        offset,
        by,
        settings,
    } = query;
    let reference = [reference % 9, reference / 16 % 9].map(|number| format!("{number}.5"));
    let distance = format!("{}({column}, [{}])", case.metric, reference.join(", "));
    let is_length = case.metric.starts_with('L');
    let nearest_is_smallest = case.metric != "dotProduct";
    let all = WRAPPINGS.len() + if is_length { WRAPPINGS_OF_LENGTHS.len() } else { 0 };
    let (wrapping, falls) = *WRAPPINGS
        .iter()
        .chain(WRAPPINGS_OF_LENGTHS)
        .nth(wrapping % all)
        .expect("it is one of all");
    let key = wrapping.replace('D', &distance);
    let direction = if falls == nearest_is_smallest { "DESC" } else { "ASC" };
    let keys = format!("k {direction}{second_key}");
    let offset = match offset {
        0 => String::new(),
        offset => format!(" OFFSET {offset}"),
    };
    let (distinct, limit) = match tail {
        Tail::Limit => (String::new(), format!("LIMIT {limit}{offset}")),
        Tail::Ties => (String::new(), format!("LIMIT {limit}{offset} WITH TIES")),
        Tail::LimitBy => (String::new(), format!("LIMIT 2 BY {by} LIMIT {limit}{offset}")),
        Tail::LimitOffsetBy => (String::new(), format!("LIMIT 2 OFFSET 1 BY {by} LIMIT {limit}{offset}")),
        Tail::LimitByTies => (
            String::new(),
            format!("LIMIT 2 BY {by} LIMIT {limit}{offset} WITH TIES"),
        ),
        Tail::Distinct => ("DISTINCT ".into(), format!("LIMIT {limit}{offset}")),
        Tail::DistinctOn => (format!("DISTINCT ON ({by}) "), format!("LIMIT {limit}{offset}")),
    };
    // Many rows are equal in these.
    let shown = match *tail == Tail::Distinct && second_key.is_empty() {
        true => "a",
        false => "id, a, s",
    };
    format!("SELECT {distinct}{key} AS k, {shown} FROM t {filter} ORDER BY {keys} {limit} SETTINGS {settings}")
}

/// What of an answer is the same however equal rows are ordered.
fn comparable(query: &Query, answer: &str) -> Vec<String> {
    let mut lines: Vec<String> = answer.lines().map(str::to_owned).collect();
    if !query.second_key.is_empty() {
        return lines;
    }
    match query.tail {
        // Where an offset cuts equal rows is left open.
        Tail::Ties if query.offset == 0 => lines.sort(),
        _ => lines
            .iter_mut()
            .for_each(|line| *line = line.split('\t').next().unwrap_or_default().to_owned()),
    }
    lines
}

/// Whether the keys may be the index's own: in the form that ClickHouse's index answers they are. Those of cosineDistance
/// are of unit vectors, and differ in the last digits.
fn comes_from_index(query: &Query) -> bool {
    query.second_key.is_empty() && query.tail == Tail::Limit
}

/// Whether two keys are the same but for their last digits.
fn are_near(one: &str, other: &str) -> bool {
    let number = |key: &str| -> f64 { key.trim_matches(['(', ')']).parse().expect("a key is a number") };
    (number(one) - number(other)).abs() <= 1e-6 * (1.0 + number(other).abs())
}

fn check(case: &Case) {
    let engine = TestEngine::new();
    let session = &mut engine.session();
    fill(session, case);
    for query in &case.queries {
        let searched = statement(case, query, "v");
        let found = run(session, &searched);
        let plain = statement(case, query, "materialize(v)");
        let expected = run(session, &plain);
        let (found, expected) = (comparable(query, &found), comparable(query, &expected));
        let agree = match case.metric == "cosineDistance" && comes_from_index(query) {
            true => {
                found.len() == expected.len() && found.iter().zip(&expected).all(|(one, other)| are_near(one, other))
            }
            false => found == expected,
        };
        assert!(agree, "{found:?} for {expected:?}: {searched}\nof {case:?}");
    }
}

#[test]
fn forms_agree_with_ordinary_plans() {
    let mut runner = TestRunner::new(Config {
        cases: CASES,
        failure_persistence: None,
        ..Config::default()
    });
    runner
        .run(&case(), |case| {
            check(&case);
            Ok(())
        })
        .unwrap_or_else(|error| panic!("{error}"));
}
