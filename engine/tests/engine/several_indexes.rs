//! Several vector indexes in one table, and indexes of several sub-indexes.

use gristmill_engine::Event;

use super::support::Database;

/// 40 rows in four parts of two and a half granules, `vec` = [id, 1, …] and `other` = [-id, 1, …], of 8 numbers.
fn table(indexes: &str) -> Database {
    let mut db = Database::quiet();
    db.run(&format!(
        "CREATE TABLE t (id UInt32, vec Array(Float32), other Array(Float32){indexes}) ENGINE = MergeTree ORDER BY id \
         SETTINGS index_granularity = 4"
    ));
    for part in 0..4 {
        insert(&mut db, part * 10, 10);
    }
    db
}

fn insert(db: &mut Database, from: u32, rows: u32) {
    let vector = |sign: &str| format!("arrayConcat([{sign}number], arrayWithConstant(7, 1))");
    db.run(&format!(
        "INSERT INTO t SELECT number, {}, {} FROM numbers({from}, {rows})",
        vector(""),
        vector("-")
    ));
}

fn index(name: &str, column: &str, arguments: &str) -> String {
    format!(", INDEX {name} {column} TYPE vector_similarity('hnsw', {arguments})")
}

/// `ORDER BY … LIMIT` of the rows near `at`.
fn near(function: &str, column: &str, at: f32) -> String {
    format!("ORDER BY {function}({column}, [{at}, 1, 1, 1, 1, 1, 1, 1]) LIMIT 3")
}

/// The names of the indexes that a query searches.
#[track_caller]
fn searched(db: &mut Database, query: &str) -> Vec<String> {
    let plan = db.rows(&format!("EXPLAIN indexes = 1 {query}"));
    let names = plan.lines().filter_map(|line| line.trim().strip_prefix("Name: "));
    names.map(str::to_owned).collect()
}

#[test]
fn the_distance_function_chooses_the_index() {
    let all = ["'L2Distance', 8", "'cosineDistance', 8", "'dotProduct', 8"];
    let all: String = all
        .iter()
        .zip(["l2", "cos", "dot"])
        .map(|(arguments, name)| index(name, "vec", arguments))
        .collect();
    let mut db = table(&all);
    for (function, name, expected) in [
        ("L2Distance", "l2", "20\n21\n19"),
        ("cosineDistance", "cos", "20\n21\n19"),
    ] {
        let query = format!("SELECT id FROM t {}", near(function, "vec", 20.2));
        assert_eq!(searched(&mut db, &query), [name]);
        db.check(&format!("{query} SETTINGS vector_search_with_rescoring = 1"), expected);
    }
    let query = "SELECT id FROM t ORDER BY dotProduct(vec, [2., 1., 1., 1., 1., 1., 1., 1.]) DESC LIMIT 3";
    assert_eq!(searched(&mut db, query), ["dot"]);
    db.check(query, "39\n38\n37");
    assert!(
        searched(
            &mut db,
            &format!("SELECT id FROM t {}", near("L1Distance", "vec", 20.2))
        )
        .is_empty()
    );
}

/// Column, index and distance belong together: ClickHouse once searched the index of one column for the other.
#[test]
fn an_index_is_not_taken_for_another_column() {
    let mut db = table(&index("i", "vec", "'L2Distance', 8"));
    let query = |column: &str, at: f32| format!("SELECT id FROM t {}", near("L2Distance", column, at));
    assert_eq!(searched(&mut db, &query("vec", 20.2)), ["i"]);
    assert!(searched(&mut db, &query("other", 20.2)).is_empty());
    db.check(&query("vec", 20.2), "20\n21\n19");
    db.check(&query("other", -5.2), "5\n6\n4");
    let mut db = table(
        &[
            index("i", "vec", "'L2Distance', 8"),
            index("j", "other", "'cosineDistance', 8"),
        ]
        .concat(),
    );
    assert!(searched(&mut db, &query("other", -5.2)).is_empty());
    db.check(&query("other", -5.2), "5\n6\n4");
    db.check(&query("vec", 5.2), "5\n6\n4");
    let both = "SELECT id FROM t ORDER BY L2Distance(vec, other) LIMIT 2";
    assert!(searched(&mut db, both).is_empty());
    db.check(both, "0\n1");
}

/// Fewest bytes for a distance, but nothing too coarse for what is asked.
#[test]
fn quantization_chooses_among_indexes_of_one_distance() {
    let all: String = ["b1", "i8", "f64", "f32", "bf16", "f16"]
        .iter()
        .map(|name| index(name, "vec", &format!("'cosineDistance', 8, '{name}', 8, 64")))
        .collect();
    let mut db = table(&all);
    let query = format!("SELECT id FROM t {}", near("cosineDistance", "vec", 20.2));
    let mut check = |settings: &str, columns: &str, expected: &str| {
        let query = query.replace("SELECT id", &format!("SELECT {columns}"));
        assert_eq!(
            searched(&mut db, &format!("{query} SETTINGS {settings}")),
            [expected],
            "{settings}"
        );
    };
    let plain = "vector_search_with_rescoring = 0";
    let rescored = "vector_search_with_rescoring = 1";
    check(plain, "id", "bf16");
    check(rescored, "id", "i8");
    check(plain, "vec", "i8");
    let without = |names: &str| format!("{plain}, ignore_data_skipping_indices = '{names}'");
    check(&without("bf16"), "id", "f16");
    check(&without("bf16, f16"), "id", "f32");
    check(&without("bf16, f16, f32"), "id", "f64");
    check(&without("bf16, f16, f32, f64"), "id", "i8");
    check(&without("bf16, f16, f32, f64, i8"), "id", "b1");
    check(
        &format!("{rescored}, ignore_data_skipping_indices = 'i8'"),
        "id",
        "bf16",
    );
    check("force_data_skipping_indices = 'f64'", "id", "f64");
    check("force_data_skipping_indices = 'b1'", "id", "b1");
}

#[test]
fn equal_indexes_are_taken_in_the_order_of_their_definition() {
    let all = [
        index("small", "vec", "'L2Distance', 8, 'bf16', 4, 16"),
        index("large", "vec", "'L2Distance', 8"),
    ];
    let mut db = table(&all.concat());
    let query = format!("SELECT id FROM t {}", near("L2Distance", "vec", 20.2));
    assert_eq!(searched(&mut db, &query), ["small"]);
    db.check(&query, "20\n21\n19");
}

/// Each part is searched by the best index that it has.
#[test]
fn parts_have_different_indexes() {
    let mut db = table(&index("wide", "vec", "'L2Distance', 8, 'f32', 8, 64"));
    db.run("ALTER TABLE t ADD INDEX narrow vec TYPE vector_similarity('hnsw', 'L2Distance', 8)");
    insert(&mut db, 40, 10);
    db.run("SET materialize_skip_indexes_on_insert = 0");
    insert(&mut db, 50, 10);
    let query = |at: f32| format!("SELECT id FROM t {}", near("L2Distance", "vec", at));
    for (at, expected) in [
        (20.2, "20\n21\n19"),
        (45.2, "45\n46\n44"),
        (50.0, "50\n49\n51"),
        (39.9, "40\n39\n41"),
    ] {
        let at_most = db.rows(&query(at));
        assert_eq!(at_most.lines().count(), 3);
        db.check(&query(at), expected);
    }
    let plan = db.rows(&format!("EXPLAIN indexes = 1 {}", query(20.2)));
    let expected = "
          Skip
            Name: narrow
            Description: vector_similarity GRANULARITY 100000000
            Parts: 5/6
            Granules: 15/18
          Skip
            Name: wide
            Description: vector_similarity GRANULARITY 100000000
            Parts: 3/5
            Granules: 5/15
";
    assert!(plan.contains(expected), "{plan}");
    assert!(
        plan.contains("not used: 1 of 6 parts (10 rows) have no index narrow or wide, MATERIALIZE"),
        "{plan}"
    );
    db.run("OPTIMIZE TABLE t FINAL");
    assert_eq!(searched(&mut db, &query(20.2)), ["narrow"]);
    db.run("ALTER TABLE t CLEAR INDEX narrow");
    assert_eq!(searched(&mut db, &query(20.2)), ["wide"]);
    db.run("ALTER TABLE t DROP INDEX wide");
    assert!(searched(&mut db, &query(20.2)).is_empty());
    db.check(&query(20.2), "20\n21\n19");
}

/// Together with indexes of other types, which leave out granules first.
#[test]
fn other_indexes_leave_out_granules_before() {
    let mut db = table(
        ", INDEX m vec[1] TYPE minmax, INDEX i vec TYPE vector_similarity('hnsw', 'L2Distance', 8), INDEX s id % 7 TYPE set(10)",
    );
    let query = format!(
        "SELECT id FROM t WHERE vec[1] >= 30 {}",
        near("L2Distance", "vec", 20.2)
    );
    db.check(&query, "30\n31\n32");
    assert_eq!(searched(&mut db, &query)[0], "m");
    let query = format!("SELECT id FROM t WHERE id % 7 = 3 {}", near("L2Distance", "vec", 20.2));
    db.check(&query, "17\n24\n10");
    db.check(&format!("{query} SETTINGS use_skip_indexes = 0"), "17\n24\n10");
}

/// Sub-indexes of GRANULARITY granules: searched together they are one index, whatever the rows of a part.
#[test]
fn sub_indexes_are_searched_together() {
    for granularity in [1, 2, 3] {
        for rows in [1, 4, 5, 11, 12, 24, 25] {
            let definition = format!("{} GRANULARITY {granularity}", index("i", "vec", "'L2Distance', 8"));
            let mut db = table(&definition);
            db.run("TRUNCATE TABLE t");
            insert(&mut db, 0, rows);
            let query = |at: f32| format!("SELECT id FROM t {}", near("L2Distance", "vec", at));
            for at in [0.0, rows as f32 / 2.0 + 0.1, rows as f32] {
                let exact = db.rows(&format!("{} SETTINGS use_skip_indexes = 0", query(at)));
                db.check(&query(at), &exact);
                let searched = db.session.progress().events().own().get(Event::USearchSearchCount);
                assert_eq!(
                    searched,
                    u64::from(rows.div_ceil(4 * granularity)),
                    "each sub-index once"
                );
                let filtered = query(at).replace("ORDER", "WHERE id % 3 != 1 ORDER");
                let exact = db.rows(&format!("{filtered} SETTINGS use_skip_indexes = 0"));
                db.check(&filtered, &exact);
            }
            // The nearest three lie in one granule or two: at the end of the last ones.
            let granules = u64::from(rows.div_ceil(4));
            let held = 1 + u64::from(rows > 4 && rows % 4 != 0 && rows % 4 < 3);
            let plan = db.rows(&format!("EXPLAIN indexes = 1 {}", query(rows as f32)));
            let expected = format!(
                "Description: vector_similarity GRANULARITY {granularity}\n            Parts: 1/1\n            Granules: {held}/{granules}\n"
            );
            assert!(plan.contains(&expected), "{rows} rows, {expected}\n{plan}");
            // A merge cuts them anew.
            insert(&mut db, 100, rows + 2);
            db.run("OPTIMIZE TABLE t FINAL");
            for at in [rows as f32 / 2.0, 100.1, 101.0 + rows as f32] {
                let exact = db.rows(&format!("{} SETTINGS use_skip_indexes = 0", query(at)));
                db.check(&query(at), &exact);
            }
            db.check(
                "SELECT sum(rows_indexed), sum(rows_not_indexed) FROM system.vector_indexes WHERE table = 't'",
                &format!("{}\t0", 2 * rows + 2),
            );
            db.run("DELETE FROM t WHERE id % 2 = 0");
            let exact = db.rows(&format!("{} SETTINGS use_skip_indexes = 0", query(100.1)));
            db.check(&query(100.1), &exact);
        }
    }
}
