//! What EXPLAIN says of a search, and why an index does not answer it.

use super::support::Database;

/// Rows 0…11, vector [n, 0], four granules; `a` is n % 3.
fn table(index: &str) -> Database {
    let mut db = Database::quiet();
    db.run(&format!(
        "CREATE TABLE t (id UInt32, a UInt8, vec Array(Float32){index}) ENGINE = MergeTree ORDER BY id SETTINGS index_granularity = 3;
         INSERT INTO t SELECT number, number % 3, [number, 0] FROM numbers(12)"
    ));
    db
}

const L2: &str = ", INDEX idx vec TYPE vector_similarity('hnsw', 'L2Distance', 2)";

/// Checks why `SELECT id FROM t <rest>` uses no index; an empty reason means that it uses it.
#[track_caller]
fn check_reason(db: &mut Database, rest: &str, reason: &str) {
    let plan = db.rows(&format!("EXPLAIN indexes = 1 SELECT id FROM t {rest}"));
    let plan = plan.replace("\\'", "'"); // as TabSeparated writes it
    let said = plan
        .lines()
        .find_map(|line| line.trim().strip_prefix("Vector index not used: "));
    assert_eq!(said.unwrap_or_default(), reason, "{rest}\n{plan}");
}

const NEAREST: &str = "ORDER BY L2Distance(vec, [0., 2.]) LIMIT 3";

#[test]
fn explain_says_why_no_index_is_used() {
    let mut db = table(L2);
    let mut check = |rest: &str, reason: &str| check_reason(&mut db, rest, reason);
    check(NEAREST, "");
    let with = |settings: &str| format!("{NEAREST} SETTINGS {settings}");
    check(&with("use_skip_indexes = 0"), "use_skip_indexes is 0");
    check(
        &with("query_plan_try_use_vector_search = 0"),
        "query_plan_try_use_vector_search is 0",
    );
    check(
        "ORDER BY L2Distance(vec, [0., 2.]) LIMIT 3000",
        "LIMIT and OFFSET ask for 3000 rows, max_limit_for_vector_search_queries is 1000",
    );
    check(
        "ORDER BY L2Distance(vec, [0., 2.]) LIMIT 998, 3",
        "LIMIT and OFFSET ask for 1001 rows, max_limit_for_vector_search_queries is 1000",
    );
    check(
        &with("max_limit_for_vector_search_queries = 0"),
        "max_limit_for_vector_search_queries is 0",
    );
    check(
        "ORDER BY cosineDistance(vec, [0., 2.]) LIMIT 3",
        "index idx is built for L2Distance, not cosineDistance",
    );
    check(
        &with("ignore_data_skipping_indices = 'idx'"),
        "ignore_data_skipping_indices names idx",
    );
    let prefilter = "vector_search_filter_strategy = 'prefilter'";
    check(
        &format!("WHERE a = 1 {}", with(prefilter)),
        "vector_search_filter_strategy is 'prefilter' and there is a filter",
    );
    check(&with(prefilter), "");
    check(
        &format!("WHERE a = 1 {NEAREST}"),
        "in 1 of 1 parts, comparing 4 matching rows costs less than a search with 256 candidates",
    );
    let mut db = table("");
    check_reason(&mut db, NEAREST, "no vector index on column vec");
}

#[test]
fn compatibility_with_a_release_without_vector_search_uses_no_index() {
    let mut db = table(L2);
    let mut check = |settings: &str, reason: &str| {
        check_reason(&mut db, &format!("{NEAREST} SETTINGS {settings}"), reason);
    };
    for release in ["24.8", "25", "25.0"] {
        check(
            &format!("compatibility = '{release}'"),
            &format!("compatibility is '{release}', vector indexes are used since 25.1"),
        );
    }
    check("compatibility = '25.1'", "");
    check("compatibility = '24.8', query_plan_try_use_vector_search = 1", "");
}

#[test]
fn compatibility_decides_whether_distances_are_computed_again() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (id UInt32, vec Array(Float32), INDEX idx vec TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id;
         INSERT INTO t SELECT number, [number + 0.123, 0] FROM numbers(300)",
    );
    let mut distance = |settings: &str| {
        db.rows(&format!(
            "SELECT L2Distance(vec, [200., 0.]) FROM t ORDER BY L2Distance(vec, [200., 0.]) LIMIT 1{settings}"
        ))
    };
    let exact = distance(" SETTINGS vector_search_with_rescoring = 1");
    let of_index = distance("");
    assert_ne!(of_index, exact);
    assert_eq!(distance(" SETTINGS compatibility = '25.7'"), exact);
    assert_eq!(distance(" SETTINGS compatibility = '25.8'"), of_index);
    let given = " SETTINGS compatibility = '25.7', vector_search_with_rescoring = 0";
    assert_eq!(distance(given), of_index);
}

#[test]
fn explain_names_the_parts_without_an_index() {
    let mut db = table("");
    db.run("ALTER TABLE t ADD INDEX idx vec TYPE vector_similarity('hnsw', 'L2Distance', 2)");
    check_reason(
        &mut db,
        NEAREST,
        "index idx is not materialized: none of 1 parts (12 rows) has it, MATERIALIZE INDEX builds it",
    );
    db.run("INSERT INTO t SELECT number, 0, [number, 0] FROM numbers(100, 10)");
    check_reason(
        &mut db,
        NEAREST,
        "1 of 2 parts (12 rows) have no index idx, MATERIALIZE INDEX builds it",
    );
    db.run("ALTER TABLE t MATERIALIZE INDEX idx SETTINGS mutations_sync = 2");
    check_reason(&mut db, NEAREST, "");
}

#[test]
fn other_questions_and_options_of_explain() {
    let mut db = table("");
    db.check("EXPLAIN ESTIMATE SELECT id FROM t WHERE id > 5", "default\tt\t1\t9\t3");
    db.check_error("EXPLAIN header = 1 SELECT 1", "Code: 48");
    db.check_error("EXPLAIN nosuch = 1 SELECT 1", "Unknown setting \"nosuch\"");
}
