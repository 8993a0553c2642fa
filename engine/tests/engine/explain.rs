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

/// Checks the whole text of an EXPLAIN.
#[track_caller]
fn check_text(db: &mut Database, query: &str, expected: &str) {
    let text = db.rows(query).replace("\\'", "'");
    assert_eq!(text, expected.trim_start_matches('\n').trim_end(), "{query}");
}

#[test]
fn other_questions_and_options_of_explain() {
    let mut db = table(L2);
    db.check("EXPLAIN ESTIMATE SELECT id FROM t WHERE id > 5", "default\tt\t1\t9\t3");
    for (rest, expected) in [
        (NEAREST.to_string(), "default\tt\t1\t3\t1"),
        (format!("WHERE id > 5 {NEAREST}"), "default\tt\t1\t9\t3"),
        (
            "ORDER BY cosineDistance(vec, [0., 2.]) LIMIT 3".into(),
            "default\tt\t1\t12\t4",
        ),
    ] {
        db.check(&format!("EXPLAIN ESTIMATE SELECT id FROM t {rest}"), expected);
    }
    for refused in [
        "PIPELINE",
        "AST",
        "QUERY TREE",
        "optimize = 0",
        "sorting = 1",
        "ANALYZE json = 1",
    ] {
        db.check_error(&format!("EXPLAIN {refused} SELECT 1"), "Code: 48");
    }
    db.check_error("EXPLAIN nosuch = 1 SELECT 1", "Unknown setting \"nosuch\"");
    db.check_error("EXPLAIN header = 2 SELECT 1", "Code: 471");
    db.check_error("EXPLAIN header = 'a' SELECT 1", "Code: 471");
    db.check_error(
        "SET explain_query_plan_default = 'foo'",
        "Must be one of ['pretty', 'legacy']",
    );
}

/// The texts are ClickHouse's without lazy materialization, but for the names of inner columns.
#[test]
fn headers_show_what_is_read_in_place_of_vectors() {
    let mut db = table(L2);
    check_text(
        &mut db,
        &format!("EXPLAIN header = 1 SELECT id FROM t {NEAREST}"),
        "
Expression (Project names)
Header: id UInt32
  Limit (preliminary LIMIT (without OFFSET))
  Header: id UInt32
          L2Distance(vec, [0., 2.]) Float64
    Sorting (Sorting for ORDER BY)
    Header: id UInt32
            L2Distance(vec, [0., 2.]) Float64
      Expression ((Before ORDER BY + (Projection + Change column names to column identifiers)))
      Header: id UInt32
              L2Distance(vec, [0., 2.]) Float64
        ReadFromMergeTree (default.t)
        Header: id UInt32
                _distance Float32",
    );
    for (query, read) in [
        (
            format!("SELECT id FROM t {NEAREST} SETTINGS vector_search_with_rescoring = 1"),
            "id UInt32|vec Array(Float32)",
        ),
        (
            format!("SELECT id, vec FROM t {NEAREST}"),
            "id UInt32|vec Array(Float32)",
        ),
        (
            format!("SELECT 1 FROM t WHERE a = 1 {NEAREST} SETTINGS vector_search_filter_strategy = 'postfilter'"),
            "a UInt8|_distance Float32",
        ),
        (
            format!("SELECT id FROM t WHERE a = 1 {NEAREST}"),
            "id UInt32|a UInt8|vec Array(Float32)",
        ),
        ("SELECT id, a + 1 AS b FROM t WHERE id > 3".into(), "id UInt32|a UInt8"),
    ] {
        let plan = db.rows(&format!("EXPLAIN header = 1 {query}"));
        let (_, header) = plan.split_once("ReadFromMergeTree").unwrap();
        let (_, header) = header.split_once("Header: ").unwrap();
        let names: Vec<&str> = header.lines().map(str::trim).collect();
        assert_eq!(names.join("|"), read, "{plan}");
    }
    let plan = db.rows("EXPLAIN header = 1 SELECT id, a + 1 AS b FROM t");
    assert!(plan.contains("\nHeader: id UInt32\n        b UInt16\n"), "{plan}");
}

#[test]
fn actions_and_descriptions() {
    let mut db = table(L2);
    check_text(
        &mut db,
        &format!("EXPLAIN actions = 1 SELECT id FROM t {NEAREST} OFFSET 1"),
        "
Expression (Project names)
  Limit (preliminary LIMIT (without OFFSET))
  Limit 3
  Offset 1
    Sorting (Sorting for ORDER BY)
    Sort description: sqrt(_distance) ASC
    Limit 4
      Expression ((Before ORDER BY + (Projection + Change column names to column identifiers)))
        ReadFromMergeTree (default.t)
        ReadType: Default
        Parts: 1
        Granules: 2",
    );
    check_text(
        &mut db,
        &format!("EXPLAIN description = 0 SELECT id FROM t {NEAREST}"),
        "
Expression
  Limit
    Sorting
      Expression
        ReadFromMergeTree",
    );
}

/// Word by word ClickHouse's without lazy materialization.
#[test]
fn the_pretty_form_is_a_tree() {
    let mut db = table(L2);
    db.run("SET explain_query_plan_default = 'pretty'");
    check_text(
        &mut db,
        &format!("EXPLAIN SELECT id FROM t {NEAREST}"),
        "
Output: id

Limit (preliminary LIMIT)
│  Limit 3
│  Offset 0
└──Sorting (Sorting for ORDER BY)
   │  Sort description: sqrt(_distance) ASC
   │  Limit 3
   └──ReadFromMergeTree (default.t)
         Read type: Default
         Parts: 1 | Granules: 1
         Output: id, _distance",
    );
    let filtered = "SELECT id, L2Distance(vec, [0., 2.]) AS d FROM t WHERE a = 1 ORDER BY d LIMIT 3 SETTINGS vector_search_filter_strategy = 'postfilter'";
    check_text(
        &mut db,
        &format!("EXPLAIN {filtered}"),
        "
Output: id, sqrt(_distance)

Limit (preliminary LIMIT)
│  Limit 3
│  Offset 0
└──Sorting (Sorting for ORDER BY)
   │  Sort description: sqrt(_distance) ASC
   │  Limit 3
   └──Filter ((WHERE + Change column names to column identifiers))
      │  Filter column: a = 1
      └──ReadFromMergeTree (default.t)
            Read type: Default
            Parts: 1 | Granules: 1
            Output: id, a, _distance",
    );
    check_text(
        &mut db,
        "EXPLAIN pretty = 0 SELECT id + 1 FROM t",
        "ReadFromMergeTree (default.t)\nReadType: Default\nParts: 1\nGranules: 4",
    );
    check_text(
        &mut db,
        "EXPLAIN pretty = 0, actions = 0 SELECT id + 1 FROM t",
        "Expression ((Project names + Projection))\n  ReadFromMergeTree (default.t)",
    );
    db.run("SET explain_query_plan_default = 'legacy'");
    check_text(
        &mut db,
        &format!("EXPLAIN pretty = 1, indexes = 1 SELECT id FROM t {NEAREST}"),
        "
Output: id

Expression (Project names)
└──Limit (preliminary LIMIT)
   └──Sorting (Sorting for ORDER BY)
      └──Expression ((Before ORDER BY + (Projection + Change column names to column identifiers)))
         └──ReadFromMergeTree (default.t)
               Indexes:
                 PrimaryKey
                   Condition: true
                   Parts: 1/1
                   Granules: 4/4
                 Skip
                   Name: idx
                   Description: vector_similarity GRANULARITY 100000000
                   Parts: 1/1
                   Granules: 1/4
               SelectWithSearch
                 Distance: L2Distance(vec, [2 numbers])
                 Rows: 3",
    );
}

#[test]
fn the_tree_of_other_queries() {
    let mut db = table("");
    db.run("SET explain_query_plan_default = 'pretty'");
    check_text(
        &mut db,
        "EXPLAIN SELECT a, count() AS c, max(id) FROM t WHERE id > 2 AND a < 2 GROUP BY a HAVING c > 1 ORDER BY c DESC, a LIMIT 3 OFFSET 1",
        "
Output: a, c, max(id)

Limit (preliminary LIMIT)
│  Limit 3
│  Offset 1
└──Sorting (Sorting for ORDER BY)
   │  Sort description: c DESC, a ASC
   │  Limit 4
   └──Filter (HAVING)
      │  Filter column: count() > 1
      └──Aggregating
         │  Keys: a
         │  Aggregates: count(), max(id)
         └──Filter (WHERE)
            │  Filter column: id > 2 AND a < 2
            └──ReadFromMergeTree (default.t)
                  Read type: Default
                  Parts: 1 | Granules: 4
                  Output: id, a",
    );
    check_text(
        &mut db,
        "EXPLAIN SELECT id FROM t UNION ALL SELECT 1",
        "
Output: id

Union
├──ReadFromMergeTree (default.t)
│     Read type: Default
│     Parts: 1 | Granules: 4
│     Output: id
└──ReadFromStorage (SystemOne)",
    );
}

#[test]
fn plans_as_json() {
    let mut db = table(L2);
    let text = db.rows(&format!(
        "EXPLAIN json = 1, indexes = 1, header = 1 SELECT id FROM t {NEAREST}"
    ));
    for expected in [
        "[\n  {\n    \"Plan\": {\n      \"Node Type\": \"Expression\",\n      \"Node Id\": \"Expression_4\",\n      \"Description\": \"Project names\",\n      \"Header\": [\n        {\n          \"Name\": \"id\",\n          \"Type\": \"UInt32\"\n        }\n      ],\n      \"Plans\": [",
        "\"Type\": \"Skip\",",
        "\"Initial Granules\": 4,",
        "\"Selected Granules\": 1",
        "\"SelectWithSearch\": [\"Distance: L2Distance(vec, [2 numbers])\", \"Rows: 3\"]",
    ] {
        assert!(text.contains(expected), "{expected}\n{text}");
    }
    let text = db.rows("EXPLAIN json = 1, indexes = 1, actions = 1 SELECT id FROM t WHERE id > 3");
    assert!(text.contains("\"Keys\": [\"id\"]"), "{text}");
    assert!(text.contains("\"Filter Column\": \"id > 3\""), "{text}");
}

/// The lines of EXPLAIN ANALYZE about the parts, without those of time.
fn analyzed(db: &mut Database, query: &str) -> String {
    let text = db.rows(&format!("EXPLAIN ANALYZE {query}"));
    let times = text.lines().filter(|line| line.contains("Time:")).count();
    assert!(times >= 3, "of the query, of the search, of each part: {text}");
    let (_, search) = text.split_once("SelectWithSearch").unwrap();
    let lines = search.lines().map(str::trim).filter(|line| !line.starts_with("Time:"));
    lines.skip(3).collect::<Vec<_>>().join("|")
}

#[test]
fn explain_analyze_says_what_was_done_in_each_part() {
    let mut db = table(L2);
    let nearest = format!("SELECT id FROM t {NEAREST}");
    let text = analyzed(&mut db, &nearest);
    assert!(
        text.starts_with(
            "Part all_1_1_0: 12 rows|Strategy: vectors of the index, one by one|Rows allowed: 12 of 12|Index: idx, from "
        ),
        "{text}"
    );
    assert!(text.contains("|Vectors of the index compared: 12|"), "{text}");
    let by_graph = format!("{nearest} SETTINGS vector_search_filter_strategy = 'postfilter'");
    let text = analyzed(&mut db, &by_graph);
    assert!(
        text.starts_with("Part all_1_1_0: 12 rows|Strategy: graph|Rows allowed: 12 of 12|Index: idx, from "),
        "{text}"
    );
    assert!(text.contains("|Walk: 256 candidates, 12 nodes visited, "), "{text}");
    assert!(text.ends_with("|Rounds: 1"), "{text}");
    db.run("SYSTEM DROP VECTOR SIMILARITY INDEX CACHE");
    assert!(analyzed(&mut db, &nearest).contains("|Index: idx, from disk, opened in "));
    assert!(analyzed(&mut db, &nearest).contains("|Index: idx, from cache|"));
    let filtered = format!("SELECT id FROM t WHERE a = 1 {NEAREST}");
    let text = analyzed(&mut db, &filtered);
    assert!(
        text.ends_with(
            "Part all_1_1_0: 12 rows|Strategy: exact|Rows allowed: 4 of 12|Rows compared exactly: 4|Rounds: 1"
        ),
        "{text}"
    );
    let text = analyzed(
        &mut db,
        &format!("{filtered} SETTINGS vector_search_filter_strategy = 'postfilter'"),
    );
    assert!(text.contains("Strategy: post-filter|Rows allowed: 4 of 12|"), "{text}");
    let text = analyzed(&mut db, &format!("SELECT id FROM t WHERE a = 9 {NEAREST}"));
    assert!(
        text.contains("Strategy: none: no row matches|Rows allowed: 0 of 12"),
        "{text}"
    );
    db.run("DELETE FROM t WHERE id = 0");
    assert!(analyzed(&mut db, &nearest).contains("|Rows allowed: 11 of 12|"));
}

#[test]
fn explain_analyze_runs_any_query() {
    let mut db = table("");
    let text = db.rows("EXPLAIN ANALYZE SELECT id FROM t WHERE a = 1");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "Query summary:");
    assert!(
        lines[1].starts_with("  Time:        ") && lines[1].contains("(planning "),
        "{text}"
    );
    assert!(lines[2].starts_with("  Read:        12 rows, "), "{text}");
    assert_eq!(lines[3], "  Result:      4 rows");
    assert!(text.contains("    Indexes:\n"), "{text}");
    db.check_error("EXPLAIN ANALYZE SELECT throwIf(id = 3) FROM t", "Code: 395");
}
