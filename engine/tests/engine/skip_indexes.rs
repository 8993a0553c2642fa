//! What skip indexes leave out, what EXPLAIN says of it, and what happens to their files.

use super::support::Database;

/// 1,000 rows in granules of 10, in an order that says nothing about the other columns.
fn table(indexes: &str) -> Database {
    let mut db = Database::new();
    db.run(&format!(
        "CREATE TABLE t (id UInt64, a UInt64, s String, v Array(Float32), {indexes}) ENGINE = MergeTree ORDER BY id
         SETTINGS index_granularity = 10;
         INSERT INTO t SELECT number, number * 2, concat('word', toString(number)), [number, 1] FROM numbers(1000)"
    ));
    db
}

#[track_caller]
fn check(db: &mut Database, condition: &str, rows: u64, read: u64) {
    let query = format!("SELECT count() FROM t WHERE {condition}");
    db.check(&query, &rows.to_string());
    assert_eq!(db.session.progress().read_rows(), read, "{condition}");
}

#[test]
fn granules_without_a_match_are_not_read() {
    let mut db = table("INDEX i a TYPE minmax, INDEX j a + 1 TYPE minmax GRANULARITY 2");
    check(&mut db, "a = 400", 1, 10);
    check(&mut db, "a BETWEEN 400 AND 420", 11, 20);
    check(&mut db, "a + 1 = 401", 1, 10);
    check(&mut db, "a = 401", 0, 10);
    check(&mut db, "a > 5000", 0, 0);
    check(&mut db, "a IN (SELECT number FROM numbers(200, 1500))", 750, 750 + 1500);
    let mut db = table("INDEX j a + 1 TYPE minmax GRANULARITY 2");
    check(&mut db, "a + 1 = 401", 1, 20);
    check(&mut db, "a = 400", 1, 20);
    let mut db = table("INDEX i s TYPE bloom_filter(0.0001), INDEX j lower(s) TYPE set(10)");
    check(&mut db, "s = 'word123'", 1, 10);
    check(&mut db, "s IN ('word123', 'word456')", 2, 20);
    check(&mut db, "lower(s) LIKE '%d77'", 1, 10);
    let mut db = table("INDEX i s TYPE tokenbf_v1(1024, 3, 0), INDEX j v TYPE bloom_filter(0.0001)");
    check(&mut db, "hasToken(s, 'word9')", 1, 10);
    check(&mut db, "has(v, toFloat32(977))", 1, 10);
}

/// Long lists are compared with the bounds of granules, too.
#[test]
fn long_lists_prune_by_the_primary_key() {
    let mut db = table("INDEX i a TYPE minmax");
    check(
        &mut db,
        "id IN (SELECT number FROM numbers(2000) WHERE number < 5 OR number > 995)",
        9,
        20 + 2000,
    );
    let list: Vec<String> = (0..30).map(|number| number.to_string()).collect();
    check(&mut db, &format!("id IN ({})", list.join(", ")), 30, 30);
}

#[test]
fn deleted_rows_and_parts_without_the_index_count() {
    let mut db = table("INDEX i a TYPE minmax");
    db.run("DELETE FROM t WHERE id < 5");
    check(&mut db, "a = 10", 1, 5);
    db.run(
        "INSERT INTO t SETTINGS materialize_skip_indexes_on_insert = 0 SELECT number, number, '', [] FROM numbers(20)",
    );
    check(&mut db, "a = 1900", 1, 30);
    db.run("ALTER TABLE t MATERIALIZE INDEX i");
    check(&mut db, "a = 1900", 1, 10);
    db.run("ALTER TABLE t CLEAR INDEX i");
    check(&mut db, "a = 1900", 1, 1015);
}

const PLAN: &str = "Expression ((Project names + Projection))
  Filter (WHERE)
    ReadFromMergeTree (default.t)
    Indexes:
      PrimaryKey
        Keys:
          id
        Condition: (id in (-Inf, 499])
        Parts: 1/1
        Granules: 50/100
      Skip
        Name: i
        Description: minmax GRANULARITY 1
        Condition: (a in [40, 40])
        Parts: 1/1
        Granules: 1/50
      Skip
        Name: j
        Description: bloom_filter GRANULARITY 4
        Parts: 1/1
        Granules: 1/1";

#[test]
fn explain_shows_each_index() {
    let mut db = table("INDEX i a TYPE minmax, INDEX j s TYPE bloom_filter GRANULARITY 4, INDEX k s TYPE set(0)");
    let query =
        "SELECT * FROM t WHERE id < 500 AND a = 40 AND s = 'word20' SETTINGS ignore_data_skipping_indices = 'k'";
    db.check(&format!("EXPLAIN indexes = 1 {query}"), PLAN);
    let plan = db.rows(&format!("EXPLAIN indexes = 1 {query}, use_skip_indexes = 0"));
    assert!(!plan.contains("Skip"), "{plan}");
    db.check("EXPLAIN ESTIMATE SELECT * FROM t WHERE a = 40", "default\tt\t1\t10\t1");
}

/// A search with WHERE looks only at what skip indexes leave, and still finds all there is.
#[test]
fn searches_are_limited_to_the_granules_left() {
    let vector = "INDEX v v TYPE vector_similarity('hnsw', 'L2Distance', 2)";
    let mut db = table(&format!("{vector}, INDEX i s TYPE bloom_filter(0.0001)"));
    let condition = "s IN ('word3', 'word500', 'word777', 'word999')";
    let query = format!("SELECT id FROM t WHERE {condition} ORDER BY L2Distance(v, [600., 1.]) LIMIT 3");
    db.check(&query, "500\n777\n999");
    assert!(
        db.session.progress().read_rows() <= 50,
        "{}",
        db.session.progress().read_rows()
    );
    let plan = db.rows(&format!("EXPLAIN indexes = 1 {query}"));
    let skip = "            Skip\n              Name: i\n              Description: bloom_filter GRANULARITY 1\n              \
                Parts: 1/1\n              Granules: 4/100";
    assert!(plan.contains(skip), "{plan}");
    db.run("DELETE FROM t WHERE id = 500");
    db.check(&query, "777\n999\n3");
    db.check_error(
        &format!("{query} SETTINGS force_data_skipping_indices = 'nosuch'"),
        "(INDEX_NOT_USED)",
    );
    db.check(
        &format!("{query} SETTINGS force_data_skipping_indices = 'i'"),
        "777\n999\n3",
    );
}

#[test]
fn files_are_verified() {
    let folder = tempfile::tempdir().unwrap();
    let mut db = Database::open(folder.path());
    db.run(
        "CREATE TABLE t (id UInt64, a UInt64, INDEX i a TYPE minmax) ENGINE = MergeTree ORDER BY id;
         INSERT INTO t SELECT number, number FROM numbers(100)",
    );
    let part = db.rows("SELECT path FROM system.parts WHERE table = 't'");
    let file = std::path::Path::new(&part).join("i.skip");
    let mut bytes = std::fs::read(&file).unwrap();
    let last = bytes.len() - 100;
    bytes[last] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    db.check_error("SELECT count() FROM t WHERE a = 5", "i.skip: checksum mismatch");
    db.check("SELECT count() FROM t WHERE a = 5 SETTINGS use_skip_indexes = 0", "1");
}

/// Columns change under their names; an index that was built before says nothing then.
#[test]
fn indexes_are_those_of_the_columns_as_they_are() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (id UInt64, a Int32, b Int32, al Int32 ALIAS a, bl Int32 ALIAS al + 1,
             INDEX i a TYPE minmax, INDEX j al TYPE minmax, INDEX k bl TYPE bloom_filter) ENGINE = MergeTree ORDER BY id;
         INSERT INTO t SELECT number, number, number + 100 FROM numbers(10);
         ALTER TABLE t MODIFY COLUMN al Int32 ALIAS b",
    );
    db.check("SELECT count() FROM t WHERE al = 105", "1");
    db.check("SELECT count() FROM t WHERE bl = 105", "1");
    db.run("ALTER TABLE t MODIFY COLUMN a String");
    db.check("SELECT count() FROM t WHERE a = '5'", "1");
    db.check("SELECT count() FROM t WHERE a > '5'", "4");
    db.run("ALTER TABLE t RENAME COLUMN a TO c;\nALTER TABLE t ADD COLUMN a Int32 DEFAULT 7");
    db.run("ALTER TABLE t ADD INDEX l a TYPE minmax");
    db.run("ALTER TABLE t MATERIALIZE INDEX l");
    db.check("SELECT count() FROM t WHERE a = 7", "10");
    db.check("SELECT count() FROM t WHERE c = '5'", "1");
    db.run("ALTER TABLE t UPDATE a = 8 WHERE id = 3");
    db.check("SELECT id FROM t WHERE a = 8", "3");
    db.run("ALTER TABLE t ADD COLUMN d Int32 DEFAULT b, ADD INDEX m d TYPE minmax, ADD INDEX n d + a TYPE set(0)");
    db.run("ALTER TABLE t MATERIALIZE COLUMN d;\nALTER TABLE t MATERIALIZE INDEX m");
    db.check("SELECT id FROM t WHERE d = 105", "5");
    db.run("ALTER TABLE t UPDATE d = 9 WHERE id = 5;\nALTER TABLE t UPDATE b = 0 WHERE id = 6");
    db.check("SELECT id FROM t WHERE d = 9", "5");
    db.check("SELECT id FROM t WHERE d = 106", "6");
    db.run("ALTER TABLE t CLEAR COLUMN d");
    db.check("SELECT count() FROM t WHERE d = 0", "1");
    db.run("ALTER TABLE t MATERIALIZE INDEX m;\nALTER TABLE t UPDATE b = 77 WHERE id = 7");
    db.check("SELECT id FROM t WHERE d = 77", "7");
    db.check("SELECT id FROM t WHERE d + a = 84", "7");
}

/// `has` finds the NULLs that stand in the array.
#[test]
fn null_in_a_constant_array_is_looked_for() {
    for kind in ["bloom_filter", "set(10)", "minmax"] {
        let mut db = Database::new();
        db.run(&format!(
            "CREATE TABLE t (id UInt64, x Nullable(Int32), v Array(Nullable(Int32)), INDEX i x TYPE {kind})
                 ENGINE = MergeTree ORDER BY id SETTINGS index_granularity = 1;
             INSERT INTO t VALUES (1, NULL, [NULL, 3]), (2, 5, [5]), (3, -1, [])"
        ));
        db.check("SELECT id FROM t WHERE has([NULL, 5], x) ORDER BY id", "1\n2");
        db.check("SELECT id FROM t WHERE has([5, -1], x) ORDER BY id", "2\n3");
        db.check("SELECT id FROM t WHERE hasAny(v, [NULL, 5]) ORDER BY id", "1\n2");
        db.check("SELECT id FROM t WHERE hasAll(v, [NULL, 3]) ORDER BY id", "1");
        db.check("SELECT id FROM t WHERE has(v, NULL) ORDER BY id", "1");
    }
}

/// Keys and indexes know one zero and one NaN: they leave out nothing that a table without them finds.
#[test]
fn zeros_and_nan_in_lists_leave_out_no_match() {
    for float in ["Float64", "Float32"] {
        for kind in ["bloom_filter", "set(10)", "minmax"] {
            let mut db = Database::new();
            db.run(&format!(
                "CREATE TABLE t (id UInt64, k {float}, INDEX i k TYPE {kind})
                     ENGINE = MergeTree ORDER BY k SETTINGS index_granularity = 1;
                 CREATE TABLE u (id UInt64, k {float}, INDEX i k TYPE {kind})
                     ENGINE = MergeTree ORDER BY id SETTINGS index_granularity = 1;
                 CREATE TABLE m (id UInt64, k {float}) ENGINE = Memory;
                 INSERT INTO m VALUES (1, -0.0), (2, 0.0), (3, 7), (4, nan);
                 INSERT INTO t VALUES (1, -0.0), (2, 0.0), (3, 7), (4, nan);
                 INSERT INTO u VALUES (1, -0.0), (2, 0.0), (3, 7), (4, nan)"
            ));
            for table in ["t", "u"] {
                let mut check = |condition: &str| {
                    let query = |table: &str| format!("SELECT id FROM {table} WHERE {condition} ORDER BY id");
                    let ids = db.rows(&query("m"));
                    for pruned in [0, 1] {
                        let setting = format!("SETTINGS use_skip_indexes = {pruned}");
                        db.check(&format!("{} {setting}", query(table)), &ids);
                    }
                    ids
                };
                let long = format!("SELECT to{float}(number + 8) FROM numbers(1100)");
                check("k IN (-0.0, 5)");
                check("k IN (0.0, 5)");
                check("k IN (-0.0)");
                check("k NOT IN (-0.0, 5)");
                check("k NOT IN (0.0)");
                assert_eq!(check("k IN (nan, 7)"), "3\n4");
                assert_eq!(check("k IN (nan)"), "4");
                assert_eq!(check("k NOT IN (nan, 7)"), "1\n2");
                check("(k IN (-0.0, 11) OR id = 3) AND id < 9");
                check("NOT (k IN (-0.0, 7) AND id < 9)");
                let many = (10..50).map(|number| number.to_string()).collect::<Vec<_>>().join(", ");
                check(&format!("k IN (-0.0, {many})"));
                check(&format!("k IN (SELECT to{float}(-0.0))"));
                check(&format!("k IN (SELECT to{float}(-0.0) UNION ALL {long})"));
                check(&format!("k IN (SELECT to{float}(0.0) UNION ALL {long})"));
                check(&format!("k NOT IN (SELECT to{float}(0.0) UNION ALL {long})"));
                assert_eq!(check("k = -0.0"), "1\n2");
            }
        }
    }
}

/// Values of deleted rows are still in the index; that a filter fails for them is no concern of the query.
#[test]
fn errors_of_values_that_are_not_seen_leave_nothing_out() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (id UInt64, x Int32, INDEX st x TYPE set(10)) ENGINE = MergeTree ORDER BY id;
         INSERT INTO t VALUES (1, 0), (2, 5);
         DELETE FROM t WHERE id = 1",
    );
    db.check("SELECT id FROM t WHERE intDiv(10, x) = 2", "2");
    db.run(
        "CREATE TABLE p (id UInt64, x Int32) ENGINE = MergeTree ORDER BY id PARTITION BY x;
         INSERT INTO p VALUES (1, 0), (2, 5)",
    );
    db.check("SELECT id FROM p WHERE id = 2 AND intDiv(10, x) = 2", "2");
}
