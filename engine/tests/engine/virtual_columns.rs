//! Virtual columns: what they leave out of a table, and that searches keep their index.

use super::support::Database;

fn table(db: &mut Database) {
    db.run(
        "CREATE TABLE t (a UInt32, p UInt8) ENGINE = MergeTree PARTITION BY p ORDER BY a SETTINGS index_granularity = 2;
         INSERT INTO t SELECT number, number % 2 FROM numbers(12);
         INSERT INTO t SELECT number + 100, 1 FROM numbers(3)",
    );
}

/// Parts and granules after each step of pruning, as ClickHouse's EXPLAIN tells them.
#[track_caller]
fn check_pruning(db: &mut Database, condition: &str, expected: &str) {
    let plan = db.rows(&format!("EXPLAIN indexes = 1 SELECT a FROM t WHERE {condition}"));
    let figures = plan.lines().map(str::trim);
    let figures = figures.filter_map(|line| line.strip_prefix("Parts: ").or(line.strip_prefix("Granules: ")));
    assert_eq!(figures.collect::<Vec<_>>().join(" "), expected, "{plan}");
}

#[test]
fn parts_and_granules_are_left_out() {
    let mut db = Database::new();
    table(&mut db);
    check_pruning(&mut db, "_part_index = 1", "3/3 8/8 3/3 8/8 3/3 8/8");
    check_pruning(&mut db, "_part = '1_2_2_0'", "1/1 3/3 1/1 3/3 1/1 3/3");
    check_pruning(&mut db, "_partition_id = '1' AND a > 1", "2/2 5/5 2/2 5/5 2/2 5/5");
    check_pruning(&mut db, "_partition_value.1 = 1", "2/2 5/5 2/2 5/5 2/2 5/5");
    check_pruning(&mut db, "_part_offset = 1", "3/3 8/8 3/3 8/8 3/3 3/8");
    check_pruning(&mut db, "_part_offset < 3 AND a > 3", "3/3 8/8 3/3 8/8 3/3 6/8");
    check_pruning(
        &mut db,
        "(_part_offset = 1 AND _part = '1_3_3_0') OR (_part = '0_1_1_0' AND a = 2)",
        "2/2 5/5 2/2 5/5 2/2 5/5",
    );
    check_pruning(
        &mut db,
        "_part_offset = 1 OR _part = '1_3_3_0'",
        "3/3 8/8 3/3 8/8 3/3 8/8",
    );
}

#[test]
fn searches_keep_their_index() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE s (id UInt32, g UInt8, vec Array(Float32),
             INDEX i vec TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id;
         INSERT INTO s SELECT number, number % 3, [number, 0] FROM numbers(100)",
    );
    let nearest = "ORDER BY L2Distance(vec, [7.1, 0.]) LIMIT 2";
    for query in [
        format!("SELECT id, _part, _part_offset, _part_index FROM s {nearest}"),
        format!(
            "SELECT id FROM s WHERE _part_offset != 7 {nearest} SETTINGS vector_search_filter_strategy = 'postfilter'"
        ),
        format!("SELECT _part_offset, count() FROM (SELECT _part_offset FROM s {nearest}) GROUP BY _part_offset"),
    ] {
        let plan = db.rows(&format!("EXPLAIN indexes = 1 {query}"));
        assert!(plan.contains("Name: i"), "{plan}");
    }
    let plan = db.rows(&format!(
        "EXPLAIN header = 1 SELECT _part, _part_offset FROM s {nearest}"
    ));
    assert!(plan.contains("_part_offset UInt64"), "{plan}");
    // What is remembered of a filter does not outlive the places of parts.
    let query = format!("SELECT id, _part_index FROM s WHERE _part_index = 1 {nearest}");
    db.run("INSERT INTO s SELECT number + 1000, number % 3, [number, 0] FROM numbers(100)");
    db.check(&query, "1007\t1\n1008\t1");
    db.check(&query, "1007\t1\n1008\t1");
    db.run("INSERT INTO s SELECT number + 2000, number % 3, [number, 0] FROM numbers(100)");
    db.check(&query, "1007\t1\n1008\t1");
    db.run("ALTER TABLE s DROP PART 'all_1_1_0'");
    db.check(&query, "2007\t1\n2008\t1");
    db.check(&query, "2007\t1\n2008\t1");
    let query = format!("SELECT id FROM s WHERE _part = 'all_3_3_0' AND g = 1 {nearest}");
    db.check(&query, "2007\n2010");
    db.check(&query, "2007\n2010");
}
