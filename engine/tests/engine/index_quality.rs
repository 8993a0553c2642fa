//! What people ask of an index: how good it is (SYSTEM CHECK VECTOR INDEX RECALL), how large it will be.

use super::support::Database;

const CHECK: &str = "SYSTEM CHECK VECTOR INDEX RECALL t idx";
/// Queries are answered by graphs, whatever would cost less.
const BY_GRAPHS: &str = "SETTINGS vector_search_filter_strategy = 'postfilter'";

/// `rows` rows of 8 numbers that look random, in parts of 500.
fn table(arguments: &str, rows: u32) -> Database {
    let mut db = Database::quiet();
    db.run(&format!(
        "CREATE TABLE t (id UInt32, vec Array(Float32), INDEX idx vec TYPE vector_similarity('hnsw', {arguments}), INDEX m id TYPE minmax) \
         ENGINE = MergeTree ORDER BY id SETTINGS index_granularity = 64"
    ));
    for from in (0..rows).step_by(500) {
        insert(&mut db, from, 500.min(rows - from));
    }
    db
}

fn insert(db: &mut Database, from: u32, rows: u32) {
    db.run(&format!(
        "INSERT INTO t SELECT number, arrayMap(x -> cityHash64(number, x) % 1000 / 1000, range(8)) FROM numbers({from}, {rows})"
    ));
}

/// The rows of a check, as numbers.
#[track_caller]
fn checked(db: &mut Database, query: &str) -> Vec<Vec<f64>> {
    let rows = db.rows(query);
    let numbers = |line: &str| line.split('\t').map(|field| field.parse().unwrap()).collect();
    rows.lines().map(numbers).collect()
}

#[test]
fn recall_rises_with_effort() {
    let mut db = table("'L2Distance', 8, 'f32', 4, 16", 1000);
    let rows = checked(&mut db, &format!("{CHECK} {BY_GRAPHS}"));
    let efforts: Vec<f64> = rows.iter().map(|row| row[0]).collect();
    assert_eq!(efforts, [16., 32., 64., 128., 256., 512.]);
    let (first, last) = (&rows[0], &rows[5]);
    assert!(first[1] > 0.3 && first[1] <= last[1] && last[1] >= 0.99, "{rows:?}");
    assert!(rows.iter().all(|row| row[1] == row[2]), "{rows:?}");
    for (index, what) in [(3, "visited nodes"), (4, "distances")] {
        assert!(0.0 < first[index] && first[index] < last[index], "{what}: {rows:?}");
    }
    assert!(rows.iter().all(|row| row[5] > 0.0), "{rows:?}");
    assert_eq!(first[6..], [10., 100., 2., 0.]);
    // The same rows are asked for again.
    let again = checked(&mut db, &format!("{CHECK} {BY_GRAPHS}"));
    let recalls = |rows: &[Vec<f64>]| rows.iter().map(|row| row[1]).collect::<Vec<_>>();
    assert_eq!(recalls(&rows), recalls(&again));
    // The session's effort is one of the lines.
    let own = checked(
        &mut db,
        &format!("{CHECK} SAMPLE 7 LIMIT 3 SETTINGS hnsw_candidate_list_size_for_search = 17"),
    );
    assert_eq!(
        own.iter().map(|row| row[0]).collect::<Vec<_>>(),
        [16., 17., 32., 64., 128., 256., 512.]
    );
    assert_eq!(own[0][6..], [3., 7., 2., 0.]);
}

/// What a query finds, which compares all rows of a small table and takes codes in a larger one; and what graphs find.
#[test]
fn recall_is_that_of_queries() {
    let mut db = table("'L2Distance', 8, 'f32', 2, 4", 500);
    let rows = checked(&mut db, CHECK);
    assert!(rows[0][1] == 1.0 && rows[0][2] < 0.9 && rows[0][3] == 0.0, "{rows:?}");
    assert_eq!(rows[0][4], 500.0, "{rows:?}");
    db.run(
        "CREATE TABLE c (id UInt32, vec Array(Float32), INDEX idx vec TYPE vector_similarity('hnsw', 'L2Distance', 64, 'f32', 2, 4)) \
         ENGINE = MergeTree ORDER BY id;
         INSERT INTO c SELECT number, arrayMap(x -> cityHash64(number, x) % 1000 / 1000, range(64)) FROM numbers(3000)",
    );
    let query = "SELECT id FROM c ORDER BY L2Distance(vec, arrayWithConstant(64, 0.5)) LIMIT 2";
    let explained = db.rows(&format!(
        "EXPLAIN ANALYZE {query} SETTINGS hnsw_candidate_list_size_for_search = 512"
    ));
    assert!(explained.contains("codes"), "{explained}");
    let rows = checked(
        &mut db,
        &format!("{} LIMIT 1 SAMPLE 20", CHECK.replace("t idx", "c idx")),
    );
    let last = &rows[5];
    assert!(last[1] >= 0.95 && last[1] > last[2] && last[3] == 0.0, "{rows:?}");
    assert!(last[4] < 3000.0, "{rows:?}");
}

#[test]
fn recall_is_told_of_the_index_that_was_asked_for() {
    let mut db = table("'cosineDistance', 8, 'f32', 16, 64", 500);
    db.run("ALTER TABLE t ADD INDEX coarse vec TYPE vector_similarity('hnsw', 'cosineDistance', 8, 'b1', 16, 64)");
    db.run("ALTER TABLE t MATERIALIZE INDEX coarse");
    let fine = checked(&mut db, CHECK);
    let coarse = checked(&mut db, &CHECK.replace("idx", "coarse"));
    assert!(fine[5][1] > 0.99 && coarse[5][1] < 0.9, "{fine:?} {coarse:?}");
    // What the session forbids or forces for queries is of no matter.
    db.run("SET ignore_data_skipping_indices = 'idx', query_plan_try_use_vector_search = 0, force_primary_key = 1, max_limit_for_vector_search_queries = 1");
    let again = checked(&mut db, CHECK);
    assert_eq!(again[5][1..3], fine[5][1..3]);
    assert!(again[5][4] > 0.0, "{again:?}");
}

#[test]
fn recall_over_deleted_rows_and_parts_without_the_index() {
    let mut db = table("'L2Distance', 8, 'f32', 16, 64", 1000);
    db.run("DELETE FROM t WHERE id % 3 = 0 OR id > 900");
    db.run("SET materialize_skip_indexes_on_insert = 0");
    insert(&mut db, 2000, 30);
    let rows = checked(&mut db, &format!("{CHECK} LIMIT 5 SAMPLE 50"));
    assert_eq!(rows[0][6..], [5., 50., 3., 1.]);
    assert!(rows[5][1] > 0.99 && rows[5][2] > 0.99, "{rows:?}");
    // Vectors that the index does not take are not asked for, and rows of one length are all that can be compared.
    db.run("INSERT INTO t VALUES (3000, [1, 2])");
    db.check_error(CHECK, "Code: 190");
    db.run("ALTER TABLE t DELETE WHERE id = 3000");
    assert_eq!(checked(&mut db, &format!("{CHECK} SAMPLE 100000"))[0][7], 630.);
    db.run("TRUNCATE TABLE t");
    db.check(
        &CHECK.replace("idx", "idx SAMPLE 1"),
        &["16", "32", "64", "128", "256", "512"]
            .map(|ef| format!("{ef}\tnan\tnan\tnan\tnan\tnan\t10\t0\t0\t0"))
            .join("\n"),
    );
}

/// Equal vectors: which of them an index finds is chance, and does not count against it.
#[test]
fn ties_are_found() {
    let mut db = table("'L2Distance', 8, 'f32', 16, 64", 1);
    db.run("INSERT INTO t SELECT number, [number % 4, 1, 1, 1, 1, 1, 1, 1] FROM numbers(10, 200)");
    let rows = checked(&mut db, CHECK);
    assert!(rows.iter().all(|row| row[1] > 0.99 && row[2] > 0.99), "{rows:?}");
}

#[test]
fn recall_of_an_index_over_an_expression() {
    let mut db = table("'L2Distance', 8", 300);
    db.run("ALTER TABLE t ADD INDEX half arraySlice(vec, 1, 4) TYPE vector_similarity('hnsw', 'L2Distance', 4)");
    db.run("ALTER TABLE t MATERIALIZE INDEX half");
    let rows = checked(&mut db, &CHECK.replace("idx", "half"));
    assert!(rows[5][1] > 0.8 && rows[5][2] > 0.8 && rows[5][4] > 0.0, "{rows:?}");
}

#[test]
fn checks_of_recall_that_cannot_be() {
    let mut db = table("'L2Distance', 8", 100);
    db.check_error("SYSTEM CHECK VECTOR INDEX RECALL nope idx", "Code: 60");
    db.check_error("SYSTEM CHECK VECTOR INDEX RECALL nope.t idx", "Code: 81");
    db.check_error(
        "SYSTEM CHECK VECTOR INDEX RECALL t nope",
        "Code: 36. DB::Exception: Wrong index name. Cannot find index `nope` to check.",
    );
    db.check_error(
        "SYSTEM CHECK VECTOR INDEX RECALL t m",
        "Code: 36. DB::Exception: Index `m` is of type minmax, not vector_similarity",
    );
    db.check_error("SYSTEM CHECK VECTOR INDEX RECALL t", "Code: 62");
    db.check_error(&format!("{CHECK} LIMIT 1 LIMIT 2"), "Code: 62");
    for wrong in ["LIMIT 0", "LIMIT 10001", "SAMPLE 0", "SAMPLE 100001"] {
        db.check_error(&format!("{CHECK} {wrong}"), "Code: 36");
    }
    db.check_error(&format!("{CHECK} SETTINGS max_execution_time = 0.000001"), "Code: 159");
    db.run(&format!("SET readonly = 1;\n{CHECK}"));
}

#[test]
fn memory_is_estimated_as_it_is_measured() {
    for (quantization, dimensions, m) in [
        ("f64", 24, 16),
        ("f32", 100, 8),
        ("f16", 64, 32),
        ("bf16", 48, 0),
        ("i8", 128, 12),
        ("b1", 256, 2),
    ] {
        let mut db = Database::quiet();
        db.run(&format!(
            "CREATE TABLE t (id UInt32, vec Array(Float32), \
             INDEX i vec TYPE vector_similarity('hnsw', 'cosineDistance', {dimensions}, '{quantization}', {m}, 8) GRANULARITY 10) ENGINE = MergeTree ORDER BY id;
             INSERT INTO t SELECT number, arrayMap(x -> cityHash64(number, x) % 1000 - 500, range({dimensions})) FROM numbers(2000);
             SELECT id FROM t ORDER BY cosineDistance(vec, arrayWithConstant({dimensions}, 1.)) LIMIT 1"
        ));
        let share = format!(
            "SELECT round(estimateVectorIndexMemory('hnsw', sum(rows_indexed), {dimensions}, '{quantization}', {m}) / sum({{}}), 1) FROM system.vector_indexes"
        );
        for measured in ["bytes_on_disk", "bytes_in_memory"] {
            db.check(&share.replace("{}", measured), "1");
        }
    }
}

#[test]
fn estimates_of_memory() {
    let mut db = Database::new();
    let estimate = |arguments: &str| format!("SELECT estimateVectorIndexMemory({arguments})");
    // The example of ClickHouse's documentation: 3584 MB with both directions of 32 links; ours has codes beside them.
    db.check(
        &format!(
            "{} / 1e9 BETWEEN 3.5 AND 3.7",
            estimate("'hnsw', 1000000, 1536, 'bf16', 32")
        ),
        "1",
    );
    db.check(
        &estimate("'hnsw', 1000, 16").replace(")", ") = estimateVectorIndexMemory('hnsw', 1000, 16, 'bf16', 32)"),
        "1",
    );
    db.check(
        &estimate("'hnsw', 1000, 16, 'i8', 0")
            .replace(")", ") = estimateVectorIndexMemory('hnsw', 1000, 16, 'i8', 16)"),
        "1",
    );
    db.check(
        "SELECT toTypeName(estimateVectorIndexMemory('hnsw', number, 8)) FROM numbers(1)",
        "UInt64",
    );
    db.check("SELECT count() FROM (SELECT estimateVectorIndexMemory('hnsw', number * 1000, 8, q, 8) AS bytes FROM numbers(3) ARRAY JOIN ['f32', 'b1'] AS q GROUP BY bytes)", "5");
    db.check("SELECT estimateVectorIndexMemory('hnsw', NULL, 8)", "\\N");
    db.check(
        "SELECT is_aggregate, description != '' FROM system.functions WHERE name = 'estimateVectorIndexMemory'",
        "0\t1",
    );
    for (arguments, error) in [
        (
            "'ivf', 1, 8",
            "Code: 117. DB::Exception: First argument (method) of vector similarity index is not supported. Supported methods are: hnsw",
        ),
        (
            "1, 1, 8",
            "Code: 80. DB::Exception: First argument of vector similarity index (method) must be of type String",
        ),
        ("'hnsw', -1, 8", "Code: 80"),
        ("'hnsw', 'x', 8", "Code: 80"),
        (
            "'hnsw', 1, 0",
            "Code: 117. DB::Exception: Third argument (dimensions) of vector similarity index must be > 0",
        ),
        (
            "'hnsw', 1, -8",
            "Code: 80. DB::Exception: Third argument of vector similarity index (dimensions) must be of type UInt64",
        ),
        ("'hnsw', 1, 2.5", "Code: 80"),
        (
            "'hnsw', 1, 8, 'f8', 1",
            "Code: 117. DB::Exception: Fourth argument (quantization) of vector similarity index is not supported.",
        ),
        (
            "'hnsw', 1, 8, 'f32', 1",
            "Code: 117. DB::Exception: Invalid parameters passed to vector similarity index. Error: Connectivity must be at least 2",
        ),
        (
            "'hnsw', 1, 9, 'b1', 8",
            "requires that the dimension is a multiple of 8",
        ),
        ("'hnsw', 1, 8, 'f32'", "Code: 42"),
        ("'hnsw', 1", "Code: "),
        ("'hnsw', [1], 8", "Code: 43"),
    ] {
        db.check_error(&estimate(arguments), error);
    }
    db.rows(&estimate(
        "'hnsw', 18446744073709551615, 18446744073709551615, 'f64', 100000",
    ));
}
