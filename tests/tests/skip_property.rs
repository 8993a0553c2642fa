//! Skip indexes and partitions against reading everything: random rows, parts, deletes and conditions give the same rows with and
//! without them.

use std::sync::atomic::{AtomicU64, Ordering};

use gristmill_engine::Session;
use gristmill_tests::{TestEngine, numbers, run};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

const CASES: u32 = 15;
/// Conditions asked of each table.
const CONDITIONS: usize = 15;

/// Every kind of index over columns of every kind, NULL and NaN among their values, in small blocks.
const TABLE: &str = "CREATE TABLE t (id UInt32, i Int32, n Nullable(Int16), f Float64, s String, fs FixedString(3), \
    l LowCardinality(Nullable(String)), a Array(String), d Date, \
    INDEX i_min i TYPE minmax, INDEX i_set i TYPE set(3) GRANULARITY 2, INDEX i_bloom i TYPE bloom_filter(0.01), \
    INDEX n_min n TYPE minmax GRANULARITY 3, INDEX n_set n TYPE set(0), INDEX n_bloom n TYPE bloom_filter, \
    INDEX f_min f TYPE minmax, INDEX f_set f TYPE set(5), INDEX f_bloom f TYPE bloom_filter, \
    INDEX s_min s TYPE minmax, INDEX s_bloom s TYPE bloom_filter, INDEX s_token s TYPE tokenbf_v1(32, 2, 1), \
    INDEX s_gram s TYPE ngrambf_v1(2, 32, 2, 1), INDEX s_lower lower(s) TYPE bloom_filter, \
    INDEX fs_gram fs TYPE ngrambf_v1(2, 32, 2, 1), INDEX l_set l TYPE set(4), INDEX l_bloom l TYPE bloom_filter, \
    INDEX a_bloom a TYPE bloom_filter, INDEX a_token a TYPE tokenbf_v1(32, 2, 1), INDEX d_min d TYPE minmax, \
    INDEX sum (i + n) TYPE minmax, INDEX both (i, s) TYPE set(6), INDEX three (i, d, f) TYPE minmax) \
    ENGINE = MergeTree PARTITION BY (i % 2, empty(s)) ORDER BY id SETTINGS index_granularity = 3, max_bytes_to_merge_at_max_space_in_pool = 1";

const WORDS: [&str; 6] = ["one", "two", "Two", "thrée", "a", "b-c"];

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(WORDS.to_vec()).prop_map(str::to_owned)
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(word(), 0..3).prop_map(|words| words.join(" "))
}

fn quoted(text: &str) -> String {
    format!("'{text}'")
}

fn maybe(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    prop::option::weighted(0.7, value).prop_map(|value| value.unwrap_or_else(|| "NULL".to_owned()))
}

fn float() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["nan", "-nan", "inf", "-inf", "0.", "-0.", "1.5", "-2.5", "3."]).prop_map(str::to_owned)
}

/// The values of a row behind its id.
fn row() -> impl Strategy<Value = String> {
    let arrays = prop::collection::vec(text().prop_map(|text| quoted(&text)), 0..3);
    let short = prop::sample::select(vec!["a", "ab", "abc", "bc", ""]);
    let low = maybe(word().prop_map(|word| quoted(&word)));
    (
        -4..5_i32,
        maybe((-3..4_i32).prop_map(|it| it.to_string())),
        float(),
        text(),
        short,
        low,
        arrays,
        0..9_u32,
    )
        .prop_map(|(i, n, f, s, fs, l, a, d)| {
            format!(
                "{i}, {n}, {f}, '{s}', '{fs}', {l}, [{}], toDate('2024-01-01') + {d}",
                a.join(", ")
            )
        })
}

fn comparison() -> impl Strategy<Value = String> {
    let operator = || prop::sample::select(vec!["=", "!=", "<", "<=", ">", ">="]);
    let number = || (-5..6_i32).prop_map(|it| it.to_string());
    let compare = |left: &'static str, right: BoxedStrategy<String>| {
        (operator(), right).prop_map(move |(operator, right)| format!("{left} {operator} {right}"))
    };
    let list = |left: &'static str, item: BoxedStrategy<String>| {
        (any::<bool>(), prop::collection::vec(item, 1..30))
            .prop_map(move |(not, items)| {
                let not = if not { "NOT " } else { "" };
                format!("{left} {not}IN ({})", items.join(", "))
            })
            .boxed()
    };
    let texts = || text().prop_map(|text| quoted(&text)).boxed();
    prop_oneof![
        compare("i", number().boxed()),
        compare("n", number().boxed()),
        compare("i + n", number().boxed()),
        compare("f", float().boxed()),
        compare("f", number().boxed()),
        compare("s", texts()),
        compare("lower(s)", texts()),
        compare("l", word().prop_map(|word| quoted(&word)).boxed()),
        compare(
            "fs",
            prop::sample::select(vec!["'ab'", "'abc'", "''"])
                .prop_map(str::to_owned)
                .boxed()
        ),
        compare("d", (0..10).prop_map(|day| format!("'2024-01-{:02}'", day + 1)).boxed()),
        compare("i", Just("n".to_owned()).boxed()),
        list("i", number().boxed()),
        list("n", number().boxed()),
        list("s", texts()),
        list("l", texts()),
        list("i", (0..4).prop_map(|it| format!("{it}")).boxed()),
        (0..3_i32, 1..4_i32)
            .prop_map(|(from, step)| format!("i IN (SELECT number * {step} - {from} FROM numbers(1200))")),
    ]
}

fn search() -> impl Strategy<Value = String> {
    let part = || prop::sample::select(vec!["one", "tw", "Two ", " a", "é", "b-c", "-", "one two", ""]);
    let like = (part(), part(), 0..4_u32).prop_map(|(one, other, shape)| match shape {
        0 => format!("{one}%"),
        1 => format!("%{one}"),
        2 => format!("%{one}%{other}%"),
        _ => format!("{one}_{other}%"),
    });
    let columns = || prop::sample::select(vec!["s", "lower(s)", "l"]);
    prop_oneof![
        (columns(), like.clone()).prop_map(|(column, like)| format!("{column} LIKE '{like}'")),
        (columns(), like).prop_map(|(column, like)| format!("{column} NOT LIKE '{like}'")),
        (columns(), part()).prop_map(|(column, part)| format!("startsWith({column}, '{part}')")),
        (columns(), part()).prop_map(|(column, part)| format!("endsWith({column}, '{part}')")),
        (columns(), part()).prop_map(|(column, part)| format!("match({column}, '^{part}.*o?ne')")),
        (columns(), prop::sample::select(vec!["one", "two", "thrée"]))
            .prop_map(|(column, word)| format!("hasToken({column}, '{word}')")),
        (part(), part()).prop_map(|(one, other)| format!("multiSearchAny(s, ['{one}x', '{other}e'])")),
        prop::sample::select(vec!["a", "ab", "b", "bc"]).prop_map(|part| format!("fs LIKE '%{part}%'")),
        text().prop_map(|text| format!("has(a, '{text}')")),
        (text(), text()).prop_map(|(one, other)| format!("hasAny(a, ['{one}', '{other}'])")),
        (text(), text()).prop_map(|(one, other)| format!("hasAll(a, ['{one}', '{other}'])")),
        (text(), text()).prop_map(|(one, other)| format!("has(['{one}', '{other}'], s)")),
        prop::sample::select(vec![
            "n IS NULL",
            "n IS NOT NULL",
            "l IS NULL",
            "isNaN(f)",
            "empty(s)",
            "n % 2 = 1",
            "i % 2 = 1",
            "i % 2 IN (0, -1)",
            "i % 2 < 0"
        ])
        .prop_map(str::to_owned),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    prop_oneof![3 => comparison(), 2 => search()].prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} AND {right})")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left} OR {right})")),
            inner.prop_map(|one| format!("NOT ({one})")),
        ]
    })
}

fn ids(session: &mut Session, condition: &str, settings: &str) -> Vec<f64> {
    let query = format!("SELECT id FROM t WHERE {condition} ORDER BY id SETTINGS {settings}");
    numbers(
        &run(session, &query).unwrap_or_else(|error| panic!("{query}: {error}")),
        0,
    )
}

#[test]
fn no_row_is_lost() {
    let (blocks, skipped) = (AtomicU64::new(0), AtomicU64::new(0));
    let mut runner = TestRunner::new(Config::with_cases(CASES));
    let rows = prop::collection::vec(prop::collection::vec(row(), 1..40), 1..4);
    let conditions = prop::collection::vec(condition(), CONDITIONS);
    let case = (rows, conditions, condition(), any::<bool>(), any::<bool>());
    let ran = runner.run(&case, |(parts, conditions, deleted, merged, late)| {
        let engine = TestEngine::new();
        let mut session = engine.session();
        let mut run_all = |statement: &str| run(&mut session, statement).map(drop).unwrap();
        run_all(TABLE);
        let mut id = 0;
        for (number, part) in parts.iter().enumerate() {
            let selects = part.iter().map(|row| {
                id += 1;
                format!("SELECT {id}, {row}")
            });
            let built = u32::from(!(late && number == 0));
            let selects = selects.collect::<Vec<_>>().join(" UNION ALL ");
            run_all(&format!(
                "INSERT INTO t SETTINGS materialize_skip_indexes_on_insert = {built} {selects}"
            ));
        }
        run_all(&format!("DELETE FROM t WHERE {deleted}"));
        if merged {
            run_all("OPTIMIZE TABLE t FINAL");
        }
        for condition in conditions {
            // What pruning cannot look into.
            let opaque = format!("ignore(materialize(1)) = 0 AND if(materialize(1), {condition}, NULL)");
            let without = ids(&mut session, &opaque, "use_skip_indexes = 0");
            let all = session.progress().read_rows();
            let with = ids(&mut session, &condition, "use_skip_indexes = 1");
            let read = session.progress().read_rows();
            prop_assert_eq!(with, without, "{}", condition);
            blocks.fetch_add(all, Ordering::Relaxed);
            skipped.fetch_add(all.saturating_sub(read), Ordering::Relaxed);
        }
        Ok(())
    });
    ran.unwrap();
    let (all, skipped) = (blocks.into_inner(), skipped.into_inner());
    assert!(
        skipped * 40 > all,
        "of {all} rows only {skipped} were not read: the indexes are not used"
    );
}
