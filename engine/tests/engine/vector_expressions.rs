//! Vector indexes over what is no plain column: MATERIALIZED and ALIAS columns, and expressions.

use super::support::Database;

/// The definitions: what is indexed, what queries compare, and the reference for row 7.
const INDEXED: &[(&str, &str, &str)] = &[
    ("vec", "vec", "[7.2, 1, 2, 3]"),
    ("m", "m", "[14.2, 2, 4, 6]"),
    ("a", "a", "[3.6, 0.5, 1, 1.5]"),
    // What an ALIAS stands for is indexed, under whatever name.
    ("a", "arrayMap(y -> y / 2, vec)", "[3.6, 0.5, 1, 1.5]"),
    ("same", "vec", "[7.2, 1, 2, 3]"),
    ("vec", "same", "[7.2, 1, 2, 3]"),
    (
        "arrayMap(x -> x / 2, vec)",
        "arrayMap(v -> v / 2, vec)",
        "[3.6, 0.5, 1, 1.5]",
    ),
    ("arrayMap(x -> x / 2, vec)", "a", "[3.6, 0.5, 1, 1.5]"),
    ("arraySlice(vec, 1, 2)", "arraySlice(vec, 1, 2)", "[7.2, 1]"),
    ("CAST(vec AS Array(Float64))", "vec::Array(Float64)", "[7.2, 1, 2, 3]"),
    (
        "(vec::Array(BFloat16))",
        "CAST(vec, 'Array(BFloat16)')",
        "[7.2, 1, 2, 3]",
    ),
    ("arrayConcat(vec, [w])", "arrayConcat(vec, [w])", "[7.2, 1, 2, 3, 7]"),
];

fn dimensions(reference: &str) -> usize {
    reference.split(',').count()
}

fn table(indexed: &str, reference: &str) -> Database {
    let mut db = Database::quiet();
    db.run(&format!(
        "CREATE TABLE t (id UInt32, w Float32, vec Array(Float32), m Array(Float32) MATERIALIZED arrayMap(x -> x * 2, vec), \
         a Array(Float64) ALIAS arrayMap(x -> x / 2, vec), same Array(Float32) ALIAS vec, \
         INDEX idx {indexed} TYPE vector_similarity('hnsw', 'L2Distance', {})) \
         ENGINE = MergeTree ORDER BY id SETTINGS index_granularity = 3",
        dimensions(reference)
    ));
    db
}

/// Whether the plan shows that the index was searched in all parts.
#[track_caller]
fn uses_index(db: &mut Database, query: &str) {
    let plan = db.rows(&format!("EXPLAIN indexes = 1 {query}"));
    assert!(plan.contains("Name: idx\n"), "{query}\n{plan}");
    assert!(!plan.contains("Vector index not used"), "{query}\n{plan}");
}

#[test]
fn an_index_over_an_expression_answers_what_compares_it() {
    for (indexed, compared, reference) in INDEXED {
        let mut db = table(indexed, reference);
        db.run("INSERT INTO t (id, w, vec) SELECT number, number, [number, 1, 2, 3] FROM numbers(20)");
        let order = format!("ORDER BY L2Distance({compared}, {reference}) LIMIT 3");
        let query = format!("SELECT id FROM t {order}");
        uses_index(&mut db, &query);
        db.check(&query, "7\n8\n6");
        db.check(&format!("{query} SETTINGS use_skip_indexes = 0"), "7\n8\n6");
        let near = format!("SELECT id, round(L2Distance({compared}, {reference}), 1) < 3, vec[1] FROM t {order}");
        db.check(&near, "7\t1\t7\n8\t1\t8\n6\t1\t6");
        uses_index(&mut db, &near);
        let rescored = format!("SELECT id, L2Distance({compared}, {reference}) AS d FROM t ORDER BY d LIMIT 3");
        let exact = db.rows(&format!("{rescored} SETTINGS use_skip_indexes = 0"));
        db.check(&format!("{rescored} SETTINGS vector_search_with_rescoring = 1"), &exact);
    }
}

#[test]
fn other_expressions_are_compared_exactly() {
    let mut db = table("arraySlice(vec, 1, 2)", "[1, 2]");
    db.run("INSERT INTO t (id, vec) SELECT number, [number, 1, 2, 3] FROM numbers(20)");
    for (compared, reference) in [
        ("arraySlice(vec, 1, 3)", "[7.2, 1, 2]"),
        ("arraySlice(vec, 2, 2)", "[1, 2]"),
        ("vec", "[7.2, 1, 2, 3]"),
        ("arraySlice(m, 1, 2)", "[14.2, 2]"),
    ] {
        let query = format!("SELECT id FROM t ORDER BY L2Distance({compared}, {reference}), id LIMIT 1");
        let plan = db.rows(&format!("EXPLAIN indexes = 1 {query}"));
        assert!(!plan.contains("Name: idx"), "{plan}");
        db.check(&query, if compared.contains("2, 2") { "0" } else { "7" });
    }
    // The index's distance is another one.
    let query = "SELECT id FROM t ORDER BY cosineDistance(arraySlice(vec, 1, 2), [19., 1.]) LIMIT 1";
    db.check(query, "19");
    let plan = db.rows(&format!("EXPLAIN indexes = 1 {query}"));
    assert!(
        plan.contains("Vector index not used: index idx is built for L2Distance, not cosineDistance"),
        "{plan}"
    );
}

#[test]
fn filters_deletes_and_parts_without_the_index() {
    for (indexed, compared, reference) in INDEXED {
        let mut db = table(indexed, reference);
        let insert = |from: u32| {
            format!("INSERT INTO t (id, w, vec) SELECT number, number, [number, 1, 2, 3] FROM numbers({from}, 10)")
        };
        db.run(&insert(0));
        db.run("SET materialize_skip_indexes_on_insert = 0");
        db.run(&insert(10));
        db.run("SET materialize_skip_indexes_on_insert = 1");
        db.run(&insert(20));
        let query =
            |filter: &str| format!("SELECT id FROM t {filter} ORDER BY L2Distance({compared}, {reference}) LIMIT 3");
        db.check(&query(""), "7\n8\n6");
        db.check(&query("WHERE id > 8"), "9\n10\n11");
        db.check(&query("WHERE id % 2 = 1"), "7\n9\n5");
        db.check(&query("WHERE id IN (3, 15)"), "3\n15");
        db.check(&query("PREWHERE id >= 10"), "10\n11\n12");
        let plan = db.rows(&format!("EXPLAIN indexes = 1 {}", query("")));
        assert!(
            plan.contains("Vector index not used: 1 of 3 parts (10 rows) have no index"),
            "{plan}"
        );
        db.run("DELETE FROM t WHERE id IN (7, 8)");
        db.check(&query(""), "6\n9\n5");
        db.run("ALTER TABLE t UPDATE vec = [7, 1, 2, 3], w = 7 WHERE id = 25");
        db.check(&query(""), "25\n6\n9");
        db.run("ALTER TABLE t MATERIALIZE INDEX idx");
        let plan = db.rows(&format!("EXPLAIN indexes = 1 {}", query("")));
        assert!(
            plan.contains("Name: idx\n") && !plan.contains("have no index"),
            "{plan}"
        );
        db.check(&query(""), "25\n6\n9");
        db.run("OPTIMIZE TABLE t FINAL");
        uses_index(&mut db, &query(""));
        db.check(&query(""), "25\n6\n9");
        db.check(&query("WHERE id > 9 AND id < 20"), "10\n11\n12");
    }
}

#[test]
fn final_sees_the_last_version_of_an_expression() {
    let mut db = Database::quiet();
    db.run(
        "CREATE TABLE t (id UInt32, vec Array(Float32), INDEX idx arraySlice(vec, 1, 1) TYPE vector_similarity('hnsw', 'L2Distance', 1)) \
         ENGINE = ReplacingMergeTree ORDER BY id;
         INSERT INTO t SELECT number, [number, 1] FROM numbers(10);
         INSERT INTO t SELECT number, [100 + number, 1] FROM numbers(2)",
    );
    let query = "SELECT id FROM t FINAL ORDER BY L2Distance(arraySlice(vec, 1, 1), [0.]) LIMIT 3";
    db.check(query, "2\n3\n4");
    db.check(&query.replace("FINAL ", ""), "0\n1\n2");
}

#[test]
fn what_an_index_follows_may_be_renamed_and_kept_in_plans() {
    let mut db = table("arraySlice(vec, 1, 2)", "[1, 2]");
    db.run("INSERT INTO t (id, vec) SELECT number, [number, 1, 2, 3] FROM numbers(20)");
    let query = |name: &str, at: f32| {
        format!("SELECT id FROM t ORDER BY L2Distance(arraySlice({name}, 1, 2), [{at}, 1]) LIMIT 2")
    };
    for at in [3.2, 5.2] {
        db.check(&query("vec", at), &format!("{}\n{}", at as u32, at as u32 + 1));
    }
    db.run("ALTER TABLE t DROP COLUMN a");
    db.run("ALTER TABLE t DROP COLUMN same");
    db.run("ALTER TABLE t DROP COLUMN m");
    db.run("ALTER TABLE t RENAME COLUMN vec TO v");
    uses_index(&mut db, &query("v", 3.2));
    db.check(&query("v", 3.2), "3\n4");
    db.check_error("ALTER TABLE t DROP COLUMN v", "Code: 47");
}

#[test]
fn wrong_vectors_of_an_expression_are_refused() {
    let mut db = table("arrayMap(x -> x / w, vec)", "[1, 2]");
    let insert = |w: &str, vec: &str| format!("INSERT INTO t (id, w, vec) SELECT 1, {w}, {vec}::Array(Float32)");
    db.check_error(&insert("1", "[1, 2, 3]"), "Code: 117. DB::Exception: Array values in column with vector similarity index have 3 elements, expects 2 elements.");
    db.check_error(
        "INSERT INTO t (id, w, vec) SELECT number, 1, arrayWithConstant(number + 1, 1) FROM numbers(2)",
        "All arrays in column with vector similarity index must have equal length.",
    );
    db.check_error(
        &insert("0", "[1, 2]"),
        "Vector for vector similarity index (indexed vector) must not contain non-finite values (NaN or Inf).",
    );
    db.check("SELECT count() FROM t", "0");
    db.run(&insert("2", "[1, 2]"));
    db.check_error(
        "SELECT id FROM t ORDER BY L2Distance(arrayMap(x -> x / w, vec), [1., 2., 3.]) LIMIT 1",
        "Code: 80. DB::Exception: The dimension of the reference vector in the query (3) does not match the dimension in the index (2).",
    );
    db.check_error(
        "SELECT id FROM t ORDER BY L2Distance(arrayMap(x -> x / w, vec), [1., 2., 3.]) LIMIT 1 SETTINGS use_skip_indexes = 0",
        "Code: 190",
    );
}

#[test]
fn definitions_of_indexes_over_expressions_are_checked() {
    let mut db = Database::new();
    let create = |indexed: &str| {
        format!(
            "CREATE TABLE c (id UInt32, vec Array(Float32), n Array(Int32), s Array(Float32) ALIAS vec, e Array(Float32) EPHEMERAL, \
             INDEX i {indexed} TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id"
        )
    };
    let illegal = "Code: 44. DB::Exception: Vector similarity index can only be created on columns of type Array(Float32|Float64|BFloat16): When validating secondary index `i`";
    for indexed in [
        "n",
        "arrayMap(x -> x + 1, n)",
        "vec[1]",
        "toString(vec)",
        "arrayMap(x -> toNullable(x), vec)",
        "array(vec)",
    ] {
        db.check_error(&create(indexed), illegal);
    }
    db.check_error(
        &create("(vec, s)"),
        "Code: 7. DB::Exception: Vector similarity index must be created on a single column",
    );
    db.check_error(&create("arrayMap(x -> x + rand(), vec)"), "Code: 36");
    db.check_error(&create("arrayMap(x -> x + 1, nope)"), "Code: 47");
    db.check_error(&create("array(1., 2.)"), "cannot contain constants");
    db.check_error(&create("e"), "Code: ");
    for indexed in ["s", "arrayMap(x -> x + 1.5, vec)", "CAST(n AS Array(Float32))"] {
        db.run(&create(indexed));
        db.run("DROP TABLE c");
    }
}

/// The expression may come from a subquery or a view, and be used beside the distance.
#[test]
fn the_expression_is_found_wherever_it_was_written() {
    let mut db = table("arraySlice(vec, 1, 2)", "[1, 2]");
    db.run(
        "INSERT INTO t (id, vec) SELECT number, [number, 1, 2, 3] FROM numbers(20);
         CREATE VIEW halves AS SELECT id, arraySlice(vec, 1, 2) AS half, vec FROM t",
    );
    let order = "ORDER BY L2Distance(half, [7.2, 1.]) LIMIT 2";
    for (query, expected) in [
        (format!("SELECT id FROM halves {order}"), "7\n8"),
        (
            format!("SELECT id FROM (SELECT id, arraySlice(vec, 1, 2) AS half FROM t) {order}"),
            "7\n8",
        ),
        (format!("SELECT id, arraySlice(vec, 1, 2) AS half FROM t {order}"), "7\t[7,1]\n8\t[8,1]"),
        (format!("WITH arraySlice(vec, 1, 2) AS half SELECT id FROM t {order}"), "7\n8"),
        (
            "SELECT id, L2Distance(arraySlice(vec, 1, 2), [7.5, 1.]) AS d, arraySlice(vec, 1, 2)[1] FROM t ORDER BY d LIMIT 2".into(),
            "7\t0.5\t7\n8\t0.5\t8",
        ),
        (
            "SELECT x.id FROM t AS x ORDER BY L2Distance([7.2, 1.], arraySlice(x.vec, 1, 2)) LIMIT 2".into(),
            "7\n8",
        ),
    ] {
        uses_index(&mut db, &query);
        db.check(&query, expected);
    }
    let filtered = format!("SELECT id, half FROM halves WHERE half[1] > 10 {order}");
    db.check(&filtered, "11\t[11,1]\n12\t[12,1]");
}

/// A column of another type makes other values of the same text.
#[test]
fn an_index_follows_the_type_of_what_it_is_computed_from() {
    let mut db = Database::quiet();
    db.run(
        "CREATE TABLE t (id UInt32, vec Array(Float64), INDEX idx arrayMap(x -> toFloat32(x) / 2, vec) TYPE vector_similarity('hnsw', 'L2Distance', 1)) \
         ENGINE = MergeTree ORDER BY id;
         INSERT INTO t SELECT number, [number + 0.75] FROM numbers(20);
         ALTER TABLE t MODIFY COLUMN vec Array(Int32)",
    );
    let query = "SELECT id, L2Distance(arrayMap(x -> toFloat32(x) / 2, vec), [3.5]) AS d FROM t ORDER BY d LIMIT 1";
    db.check(query, "7\t0");
    db.run("ALTER TABLE t MATERIALIZE INDEX idx");
    uses_index(&mut db, query);
    db.check(query, "7\t0");
}

/// More rows than one thread takes at a time.
#[test]
fn many_computed_vectors_are_compared_by_all_threads() {
    let mut db = Database::quiet();
    db.run(
        "CREATE TABLE t (id UInt32, vec Array(Float32)) ENGINE = MergeTree ORDER BY id;
         INSERT INTO t SELECT number, [number, 1] FROM numbers(80000);
         ALTER TABLE t ADD INDEX idx arrayMap(x -> x + 1, vec) TYPE vector_similarity('hnsw', 'L2Distance', 2)",
    );
    for threads in [1, 4] {
        for (filter, expected) in [("", "70000\n70001\n69999"), ("WHERE id % 7 = 0", "70000\n70007\n69993")] {
            let order = "ORDER BY L2Distance(arrayMap(x -> x + 1, vec), [70001.2, 2.]) LIMIT 3";
            db.check(
                &format!("SELECT id FROM t {filter} {order} SETTINGS max_threads = {threads}"),
                expected,
            );
        }
    }
}
