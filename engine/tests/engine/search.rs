//! `ORDER BY distance LIMIT n`: with and without an index, filtered, over many parts; its errors.

use super::support::Database;

/// Rows 0…11, vector [n, 0], four granules; `a` is n % 3.
fn table(index: &str) -> Database {
    let mut db = Database::new();
    db.run(&format!(
        "CREATE TABLE t (id UInt32, a UInt8, vec Array(Float32){index}) ENGINE = MergeTree ORDER BY id SETTINGS index_granularity = 3;
         INSERT INTO t VALUES {}",
        values((0..12).map(|id| (id, format!("{}, [{id}, 0]", id % 3))))
    ));
    db
}

/// `(id, rest), …`
fn values(rows: impl Iterator<Item = (u32, String)>) -> String {
    rows.map(|(id, rest)| format!("({id}, {rest})"))
        .collect::<Vec<_>>()
        .join(", ")
}

const L2: &str = ", INDEX idx vec TYPE vector_similarity('hnsw', 'L2Distance', 2)";

/// All shapes with and without an index, in one part and in four.
fn everywhere(check: impl Fn(&mut Database)) {
    for index in ["", L2] {
        let mut db = table(index);
        check(&mut db);
        let mut db = table(index);
        db.run("TRUNCATE TABLE t");
        for part in 0..4 {
            let rows = (part..12).step_by(4).map(|id| (id, format!("{}, [{id}, 0]", id % 3)));
            db.run(&format!("INSERT INTO t VALUES {}", values(rows)));
        }
        check(&mut db);
    }
}

#[test]
fn finds_the_nearest_rows() {
    everywhere(|db| {
        db.check(
            "SELECT id FROM t ORDER BY L2Distance(vec, [2.2, 0.]) LIMIT 3",
            "2\n3\n1",
        );
        db.check(
            "SELECT id FROM t ORDER BY L2Distance([2.2, 0.], vec) ASC LIMIT 1, 2",
            "3\n1",
        );
        db.check(
            "SELECT id, a FROM t ORDER BY L2Distance(vec, [2.2, 0.]) LIMIT 2 OFFSET 3",
            "4\t1\n0\t0",
        );
        db.check(
            "SELECT id, L2Distance(vec, [2., 4.]) AS d FROM t ORDER BY d LIMIT 1",
            "2\t4",
        );
        db.check(
            "SELECT L2Distance(vec, [2., 4.]) * 2 FROM t ORDER BY L2Distance(vec, [2., 4.]) LIMIT 1",
            "8",
        );
        db.check(
            "SELECT id, vec FROM t AS x ORDER BY L2Distance(x.vec, [2.2, 0.]) LIMIT 2",
            "2\t[2,0]\n3\t[3,0]",
        );
        db.check(
            "SELECT count() FROM (SELECT id FROM t ORDER BY L2Distance(vec, [2.2, 0.]) LIMIT 100)",
            "12",
        );
        db.check(
            "WITH [7.1, 0.] AS r SELECT id FROM t ORDER BY distanceL2(vec, r) LIMIT 2",
            "7\n8",
        );
        db.check(
            "SELECT L2Distance(vec, [0, 1]) AS d FROM t WHERE id = 1 ORDER BY d LIMIT 1",
            "1.4142135",
        );
        let wide = "SELECT L2Distance(vec, [0., 1.]) AS d FROM t WHERE id = 1 ORDER BY d LIMIT 1";
        db.check(wide, "1.4142135623730951");
    });
}

#[test]
fn shapes_that_are_no_search_are_right_too() {
    everywhere(|db| {
        db.check(
            "SELECT id FROM t ORDER BY L2Distance(vec, [2.2, 0.]) DESC LIMIT 2",
            "11\n10",
        );
        db.check(
            "SELECT id FROM t ORDER BY a, L2Distance(vec, [2.2, 0.]) LIMIT 2",
            "3\n0",
        );
        db.check(
            "SELECT id FROM t ORDER BY L2Distance(vec, [2.2, 0.]) + 1 LIMIT 2",
            "2\n3",
        );
        db.check("SELECT id FROM t ORDER BY L1Distance(vec, [2.2, 0.]) LIMIT 2", "2\n3");
        db.check("SELECT id FROM t ORDER BY L2Distance(vec, vec), id LIMIT 1", "0");
        db.check(
            "SELECT a, min(L2Distance(vec, [2., 0.])) AS d FROM t GROUP BY a ORDER BY d LIMIT 1",
            "2\t0",
        );
    });
}

/// Never fewer rows than match.
#[test]
fn filters_leave_no_row_out() {
    everywhere(|db| {
        db.check(
            "SELECT id FROM t WHERE a = 1 ORDER BY L2Distance(vec, [11., 0.]) LIMIT 3",
            "10\n7\n4",
        );
        db.check(
            "SELECT id FROM t WHERE a = 1 ORDER BY L2Distance(vec, [11., 0.]) LIMIT 9",
            "10\n7\n4\n1",
        );
        db.check(
            "SELECT id FROM t PREWHERE id >= 5 WHERE a != 0 ORDER BY L2Distance(vec, [0., 0.]) LIMIT 3",
            "5\n7\n8",
        );
        db.check(
            "SELECT id FROM t WHERE id = 100 ORDER BY L2Distance(vec, [0., 0.]) LIMIT 3",
            "",
        );
        db.check(
            "SELECT id FROM t WHERE L2Distance(vec, [0., 0.]) > 4.5 ORDER BY L2Distance(vec, [0., 0.]) LIMIT 2",
            "5\n6",
        );
        for strategy in ["auto", "prefilter"] {
            let query = "SELECT id FROM t WHERE id > 7 ORDER BY L2Distance(vec, [0., 0.]) LIMIT 2";
            db.check(
                &format!("{query} SETTINGS vector_search_filter_strategy = '{strategy}'"),
                "8\n9",
            );
        }
    });
}

#[test]
fn every_metric_orders_as_sql_does() {
    for metric in ["L2Distance", "cosineDistance", "dotProduct"] {
        let index = format!(", INDEX idx vec TYPE vector_similarity('hnsw', '{metric}', 2)");
        for index in ["", index.as_str()] {
            let mut db = table(index);
            let rows = values((0..12).map(|id| (id, format!("0, [{}, 1]", id + 1))));
            db.run(&format!("TRUNCATE TABLE t;\nINSERT INTO t VALUES {rows}"));
            db.check(
                "SELECT id, dotProduct(vec, [1., 0.]) AS d FROM t ORDER BY d DESC LIMIT 2",
                "11\t12\n10\t11",
            );
            // DESC over floats is wrapped to put NaN last; the search must see through that.
            let plan = db.rows("EXPLAIN indexes = 1 SELECT id FROM t ORDER BY dotProduct(vec, [1., 0.]) DESC LIMIT 2");
            assert!(plan.contains("Distance: dotProduct"), "{plan}");
            db.check(
                "SELECT id FROM t ORDER BY dotProduct(vec, [1., 0.]) ASC LIMIT 2",
                "0\n1",
            );
            db.check(
                "SELECT id FROM t ORDER BY cosineDistance([1., 0.], vec) LIMIT 2",
                "11\n10",
            );
            db.check("SELECT id, abs(cosineDistance(vec, [2., 2.])) < 1e-6 FROM t ORDER BY cosineDistance(vec, [2., 2.]) LIMIT 1", "0\t1");
            db.check("SELECT id, L2SquaredDistance(vec, [3.1, 1.]) < 0.02 FROM t ORDER BY L2SquaredDistance(vec, [3.1, 1.]) LIMIT 1", "2\t1");
        }
    }
}

#[test]
fn settings_choose_the_way() {
    let mut db = table(L2);
    let query = "SELECT id FROM t ORDER BY L2Distance(vec, [2.2, 0.]) LIMIT 3";
    for setting in [
        "use_skip_indexes = 0",
        "max_limit_for_vector_search_queries = 2",
        "ignore_data_skipping_indices = 'idx'",
        "vector_search_with_rescoring = 1",
        "vector_search_index_fetch_multiplier = 3",
        "hnsw_candidate_list_size_for_search = 1",
        "force_data_skipping_indices = 'idx'",
    ] {
        db.check(&format!("{query} SETTINGS {setting}"), "2\n3\n1");
    }
    // As in ClickHouse, which forces nothing where indexes are not used at all.
    let unused = "SETTINGS force_data_skipping_indices = 'idx', use_skip_indexes = 0";
    db.check(&format!("{query} {unused}"), "2\n3\n1");
    let forced = "SETTINGS force_data_skipping_indices = 'idx', query_plan_try_use_vector_search = 0";
    db.check_error(
        &format!("{query} {forced}"),
        "Code: 277. DB::Exception: Index `idx` is not used",
    );
    db.check_error(
        &format!("{query} SETTINGS hnsw_candidate_list_size_for_search = 0"),
        "Setting 'hnsw_candidate_list_size_for_search' must not be 0.",
    );
    db.check_error(
        &format!("{query} SETTINGS vector_search_index_fetch_multiplier = 0.5"),
        "Setting 'vector_search_index_fetch_multiplier' must be greater or equal to 1 and less or equal to 1000.",
    );
    let postfilter = "SETTINGS vector_search_filter_strategy = 'postfilter'";
    db.check(
        &format!("SELECT id FROM t WHERE id > 7 ORDER BY L2Distance(vec, [0., 0.]) LIMIT 2 {postfilter}"),
        "",
    );
    let more = format!("{postfilter}, vector_search_index_fetch_multiplier = 5");
    db.check(
        &format!("SELECT id FROM t WHERE id > 7 ORDER BY L2Distance(vec, [0., 0.]) LIMIT 2 {more}"),
        "8\n9",
    );
}

#[test]
fn wrong_reference_vectors_are_refused() {
    let mut db = table(L2);
    let order = |vector: &str| format!("SELECT id FROM t ORDER BY L2Distance(vec, {vector}) LIMIT 3");
    db.check_error(
        &order("[1., 2., 3.]"),
        "Code: 80. DB::Exception: The dimension of the reference vector in the query (3) does not match the dimension in the index (2).",
    );
    db.check_error(
        &order("[nan, 1.]"),
        "(reference vector in the SELECT query) must not contain non-finite values (NaN or Inf).",
    );
    let off = "SETTINGS use_skip_indexes = 0";
    db.check_error(
        &format!("{} {off}", order("[1., 2., 3.]")),
        "Code: 190. DB::Exception: Array arguments for function arrayL2Distance must have equal sizes",
    );
    db.run("TRUNCATE TABLE t");
    db.check(&order("[1., 2., 3.]"), "");
}

#[test]
fn vectors_of_different_lengths_are_compared_one_by_one() {
    let mut db = table("");
    db.run("INSERT INTO t VALUES (100, 1, [1, 2, 3])");
    db.check(
        "SELECT id FROM t WHERE id < 100 ORDER BY L2Distance(vec, [2.2, 0.]) LIMIT 2",
        "2\n3",
    );
    db.check_error(
        "SELECT id FROM t ORDER BY L2Distance(vec, [2.2, 0.]) LIMIT 2",
        "Code: 190",
    );
}

/// Twenty rows of nine numbers: long enough for the literal to be taken out of the text and the plan to be kept.
#[test]
fn plans_are_kept_for_any_vector() {
    let mut db = Database::new();
    let vector = |number: f32| format!("[{}]", vec![number.to_string(); 9].join(", "));
    db.run(&format!(
        "CREATE TABLE t (id UInt32, vec Array(Float32), INDEX idx vec TYPE vector_similarity('hnsw', 'L2Distance', 9)) ENGINE = MergeTree ORDER BY id;
         INSERT INTO t VALUES {}",
        values((0..20).map(|id| (id, vector(id as f32))))
    ));
    let query = |number| {
        format!(
            "SELECT id, L2Distance(vec, {}) FROM t ORDER BY L2Distance(vec, {}) LIMIT 2",
            vector(number),
            vector(number)
        )
    };
    let one = |number| {
        format!(
            "WITH {} AS r SELECT id, L2Distance(vec, r) AS d FROM t WHERE id != 7 ORDER BY d LIMIT 1 OFFSET 1",
            vector(number)
        )
    };
    let plain = |number| format!("SELECT id FROM t ORDER BY L2Distance(vec, {}) LIMIT 1", vector(number));
    for _ in 0..2 {
        db.check(&query(3.5), "3\t1.5\n4\t1.5");
        db.check(&plain(3.1), "3");
        db.check(&plain(17.9), "18");
        db.check(&one(6.25), "5\t3.75");
        db.check(&one(8.25), "9\t2.25");
    }
    db.run(&format!("INSERT INTO t VALUES (100, {})", vector(17.9)));
    db.check(&plain(17.9), "100");
    db.run("DROP TABLE t;\nCREATE TABLE t (id String, vec Array(Float32)) ENGINE = MergeTree ORDER BY id;\nINSERT INTO t VALUES ('new', [1,1,1,1,1,1,1,1,1])");
    db.check(&plain(17.9), "new");
    db.check_error(&plain(17.9).replace("17.9]", "17.9, 1]"), "Code: 190");
    db.run("SET max_threads = 1");
    db.check(&plain(17.9), "new");
}

#[test]
fn a_search_has_a_time_limit() {
    let mut db = table(L2);
    let indexed = "SELECT id FROM t ORDER BY L2Distance(vec, [1., 2.]) LIMIT 3";
    let filtered = "SELECT id FROM t WHERE id % 2 = 0 ORDER BY L2Distance(vec, [1., 2.]) LIMIT 3";
    let exact = "SELECT id FROM t ORDER BY cosineDistance(vec, [1., 2.]) LIMIT 3";
    for query in [indexed, filtered, exact] {
        db.check_error(&format!("{query} SETTINGS max_execution_time = 0.000001"), "Code: 159");
        db.run(&format!("{query} SETTINGS max_execution_time = 100"));
    }
}

#[track_caller]
fn check_plan(db: &mut Database, query: &str, expected: &str) {
    let plan = db.rows(&format!("EXPLAIN indexes = 1 {query}"));
    let expected = expected.trim_start_matches('\n').trim_end();
    assert_eq!(plan, expected, "{query}");
}

#[test]
fn explain_shows_clickhouses_tree_and_what_the_search_does() {
    let mut db = table(L2);
    check_plan(
        &mut db,
        "SELECT id FROM t ORDER BY L2Distance(vec, [0., 2.]) LIMIT 3",
        "
Expression (Project names)
  Limit (preliminary LIMIT (without OFFSET))
    Sorting (Sorting for ORDER BY)
      Expression ((Before ORDER BY + (Projection + Change column names to column identifiers)))
        ReadFromMergeTree (default.t)
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
    let plan = db.rows("EXPLAIN indexes = 1 SELECT id FROM t WHERE a = 1 ORDER BY L2Distance(vec, [0., 2.]) LIMIT 3");
    assert!(
        plan.contains(
            "\n        Filter ((WHERE + Change column names to column identifiers))\n          ReadFromMergeTree"
        ),
        "{plan}"
    );
    assert!(plan.contains("Filter strategy: auto\n"), "{plan}");
    assert!(
        plan.contains("Vector index not used: in 1 of 1 parts, comparing 4 matching rows costs less"),
        "{plan}"
    );
    let plan = db.rows("EXPLAIN SELECT id FROM t ORDER BY L2Distance(vec, [0., 2.]) LIMIT 3");
    assert!(plan.ends_with("ReadFromMergeTree (default.t)"), "{plan}");
    let plan = db.rows("EXPLAIN ANALYZE SELECT id FROM t ORDER BY L2Distance(vec, [0., 2.]) LIMIT 3");
    assert!(plan.contains("Part all_1_1_0: 12 rows\n"), "{plan}");
    assert!(plan.contains("Index: idx, from cache\n"), "{plan}");
}

/// Numbers that look random and repeat.
fn number(seed: u32) -> f32 {
    (seed.wrapping_mul(2_654_435_761) >> 16) as f32 / 65536.0
}

/// With an index and without one: nearly the same rows, whatever the filter and the number of parts.
#[test]
fn an_index_finds_what_comparing_all_finds() {
    const ROWS: u32 = 3000;
    for parts in [1, 12] {
        let mut db = Database::new();
        db.run("CREATE TABLE t (id UInt32, a UInt8, vec Array(Float32), INDEX idx vec TYPE vector_similarity('hnsw', 'L2Distance', 10, 'f32', 16, 64)) ENGINE = MergeTree ORDER BY id");
        let vector = |seed: u32| {
            let numbers: Vec<String> = (0..10).map(|at| number(seed * 10 + at).to_string()).collect();
            format!("[{}]", numbers.join(", "))
        };
        for part in 0..parts {
            let rows = (part..ROWS).step_by(parts as usize);
            let rows = rows.map(|id| (id, format!("{}, {}", id % 4, vector(id))));
            db.run(&format!("INSERT INTO t VALUES {}", values(rows)));
        }
        for filter in [
            "",
            "WHERE a = 1",
            "WHERE a != 1",
            "WHERE id < 100",
            "WHERE id % 2 = 0 AND a < 3",
        ] {
            let (mut found, mut wanted) = (0, 0);
            for query in 0..20 {
                let query = format!(
                    "SELECT id FROM t {filter} ORDER BY L2Distance(vec, {}) LIMIT 10",
                    vector(5000 + query)
                );
                let near = db.rows(&format!("{query} SETTINGS hnsw_candidate_list_size_for_search = 48"));
                let exact = db.rows(&format!("{query} SETTINGS use_skip_indexes = 0"));
                let exact: Vec<&str> = exact.lines().collect();
                assert_eq!((near.lines().count(), exact.len()), (10, 10), "{query}");
                found += near.lines().filter(|id| exact.contains(id)).count();
                wanted += exact.len();
            }
            assert!(
                found * 100 >= wanted * 95,
                "{parts} parts, {filter}: {found} of {wanted}"
            );
        }
    }
}

#[test]
fn columns_and_references_of_every_type() {
    for column in ["Float32", "Float64", "BFloat16"] {
        for index in ["", ", INDEX idx vec TYPE vector_similarity('hnsw', 'L2Distance', 2)"] {
            let mut db = Database::new();
            db.run(&format!(
                "CREATE TABLE t (id UInt32, vec Array({column}){index}) ENGINE = MergeTree ORDER BY id;
                 INSERT INTO t VALUES {}",
                values((0..12).map(|id| (id, format!("[{id}, 300]"))))
            ));
            for reference in [
                "[5, 300]",
                "[5., 300.]",
                "[toFloat32(5), 300]",
                "CAST([5, 300] AS Array(BFloat16))",
                "[5, 300]::Array(Float32)",
                "[-5 + 10, 300]",
                "arrayMap(x -> x + 1, [4, 299])",
            ] {
                let order = format!("ORDER BY L2Distance(vec, {reference}) LIMIT 1");
                db.check(
                    &format!("SELECT id, L2Distance(vec, {reference}) < 1 FROM t {order}"),
                    "5\t1",
                );
                let plan = db.rows(&format!("EXPLAIN indexes = 1 SELECT id FROM t {order}"));
                assert!(plan.contains("SelectWithSearch"), "{column} {reference}\n{plan}");
            }
        }
    }
}

#[test]
fn a_column_may_have_any_name() {
    let mut db = Database::new();
    db.run("CREATE TABLE t (id UInt8, _distance UInt8, __distance_of_search UInt8, v Array(Float32)) ENGINE = MergeTree ORDER BY id");
    db.run("INSERT INTO t SELECT number, number + 10, number + 20, [number, 0] FROM numbers(5)");
    db.check(
        "SELECT _distance, __distance_of_search, L2Distance(v, [3., 0.]) FROM t ORDER BY L2Distance(v, [3., 0.]) LIMIT 1",
        "13\t23\t0",
    );
}

#[test]
fn very_many_candidates_are_an_exact_search() {
    let mut db = Database::new();
    db.run(&format!(
        "CREATE TABLE t (id UInt32, vec Array(Float32){L2}) ENGINE = MergeTree ORDER BY id"
    ));
    db.run("INSERT INTO t SELECT number, [number, 0] FROM numbers(20000)");
    let query =
        "SELECT id FROM t ORDER BY L2Distance(vec, [7.2, 0.]) LIMIT 1 SETTINGS hnsw_candidate_list_size_for_search";
    for effort in ["16384", "16385", "18446744073709551615"] {
        db.check(&format!("{query} = {effort}"), "7");
    }
    db.check(
        &format!("{query} = 18446744073709551615").replace("ORDER", "WHERE id > 10 ORDER"),
        "11",
    );
    let plan = db.rows(&format!("EXPLAIN indexes = 1 {query} = 16385"));
    assert!(plan.contains("Vector index not used: "), "{plan}");
    let plan = db.rows(&format!("EXPLAIN indexes = 1 {query} = 16384"));
    assert!(!plan.contains("Vector index not used: "), "{plan}");
}

#[test]
fn opened_indexes_go_with_their_parts() {
    let mut db = Database::new();
    let create =
        format!("CREATE OR REPLACE TABLE t (id UInt32, vec Array(Float32){L2}) ENGINE = MergeTree ORDER BY id");
    for way in [
        "DROP TABLE t",
        "TRUNCATE TABLE t",
        "DROP INDEX idx ON t",
        "ALTER TABLE t CLEAR INDEX idx",
        create.as_str(),
    ] {
        db.run(&create);
        db.run("INSERT INTO t SELECT number, [number, 0] FROM numbers(10)");
        db.check("SELECT id FROM t ORDER BY L2Distance(vec, [7.2, 0.]) LIMIT 1", "7");
        let held = "SELECT value FROM system.metrics WHERE metric = 'VectorSimilarityIndexCacheCells'";
        db.check(held, "1");
        db.run(way);
        db.check(held, "0");
    }
}
