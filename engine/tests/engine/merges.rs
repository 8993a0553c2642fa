//! Merging parts: OPTIMIZE, and in the background.

use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::support::Database;

const PARTS: &str = "SELECT name FROM system.parts WHERE table = 't' ORDER BY name";

fn table(definition: &str, inserts: &[&str]) -> Database {
    let mut db = Database::new();
    db.run("SYSTEM STOP MERGES");
    db.run(&format!("CREATE TABLE t {definition}"));
    for values in inserts {
        db.run(&format!("INSERT INTO t VALUES {values}"));
    }
    db.run("SYSTEM START MERGES");
    db
}

#[test]
fn optimize_final_makes_one_part_of_each_partition() {
    let mut db = table(
        "(p UInt8, a UInt32, s String) ENGINE = MergeTree PARTITION BY p ORDER BY a",
        &["(1, 5, 'x')", "(1, 3, 'y'), (2, 9, 'z')", "(1, 4, 'w'), (1, 5, 'v')"],
    );
    let rows = "SELECT p, a, s FROM t ORDER BY p, a, s";
    let before = db.rows(rows);
    db.run("OPTIMIZE TABLE t FINAL");
    db.check(PARTS, "1_1_4_1\n2_3_3_1");
    db.check(rows, &before);
    // Rows of one part come in stored order, equal keys in the order in which they were inserted.
    db.check(
        "SELECT a, s FROM t WHERE p = 1 SETTINGS max_threads = 1",
        "3\ty\n4\tw\n5\tx\n5\tv",
    );
    db.check("SELECT count() FROM t WHERE a > 4", "3");
}

#[test]
fn optimize_merges_of_one_partition_only_if_asked() {
    let inserts = ["(1, 'a')", "(1, 'b')", "(2, 'c')", "(2, 'd')"];
    let mut db = table(
        "(p UInt8, s String) ENGINE = MergeTree PARTITION BY p ORDER BY s",
        &inserts,
    );
    db.run("OPTIMIZE TABLE t PARTITION 1 FINAL");
    db.check(PARTS, "1_1_2_1\n2_3_3_0\n2_4_4_0");
    db.run("OPTIMIZE TABLE t PARTITION ID '2'");
    db.check(PARTS, "1_1_2_1\n2_3_4_1");
    db.run("OPTIMIZE TABLE t PARTITION '7' FINAL");
    db.check_error("OPTIMIZE TABLE t PARTITION (1, 2)", "Code: 248");
    db.check_error("OPTIMIZE TABLE t PARTITION 'x'", "Code: ");
    db.check_error("OPTIMIZE TABLE t PARTITION ALL", "Code: 344");
    db.check_error("OPTIMIZE TABLE t FINAL DEDUPLICATE BY s", "Code: 8");
    db.check_error("OPTIMIZE TABLE nope", "Code: 60");
    db.run("OPTIMIZE TABLE t");
    db.check_error("OPTIMIZE TABLE t SETTINGS optimize_throw_if_noop = 1", "Code: 388");
}

#[test]
fn the_only_partition_has_a_name() {
    let mut db = table("(a UInt8) ENGINE = MergeTree ORDER BY a", &["(1)", "(2)"]);
    db.run("OPTIMIZE TABLE t PARTITION tuple() FINAL");
    db.check(PARTS, "all_1_2_1");
}

#[test]
fn stopped_merges_are_refused() {
    let mut db = table("(a UInt8) ENGINE = MergeTree ORDER BY a", &["(1)", "(2)"]);
    db.run("SYSTEM STOP MERGES t");
    db.check_error("OPTIMIZE TABLE t FINAL", "Code: 236");
    db.check(PARTS, "all_1_1_0\nall_2_2_0");
    db.run("SYSTEM START MERGES t;\nOPTIMIZE TABLE t FINAL");
    db.check(PARTS, "all_1_2_1");
}

#[test]
fn merged_parts_have_the_vector_index() {
    const QUERY: &str = "SELECT id FROM t ORDER BY L2Distance(v, [7.2, 0.]) LIMIT 3";
    for (settings, built) in [
        ("", true),
        ("SETTINGS materialize_skip_indexes_on_merge = 0", false),
        (
            "SETTINGS exclude_materialize_skip_indexes_on_merge = 'other, idx'",
            false,
        ),
    ] {
        let mut db = Database::new();
        db.run(&format!(
            "CREATE TABLE t (id UInt32, v Array(Float32), INDEX idx v TYPE vector_similarity('hnsw', 'L2Distance', 2)) \
             ENGINE = MergeTree ORDER BY id {settings}"
        ));
        db.run("INSERT INTO t SELECT number * 2, [number * 2, 0] FROM numbers(500)");
        db.run("INSERT INTO t SELECT number * 2 + 1, [number * 2 + 1, 0] FROM numbers(500)");
        db.check(QUERY, "7\n8\n6");
        db.run("OPTIMIZE TABLE t FINAL");
        db.check(QUERY, "7\n8\n6");
        let plan = db.rows(&format!("EXPLAIN indexes = 1 {QUERY}"));
        assert_eq!(plan.contains("Name: idx"), built, "{plan}");
        db.check("SELECT count(), sum(id) FROM t", "1000\t499500");
    }
}

#[test]
fn background_merges_keep_the_parts_few() {
    let dir = TempDir::new().unwrap();
    let mut db = Database::open(dir.path());
    db.run("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a");
    for number in 0..60 {
        db.run(&format!("INSERT INTO t VALUES ({number})"));
    }
    let patience = Instant::now() + Duration::from_secs(60);
    while db
        .rows("SELECT count() FROM system.parts WHERE table = 't'")
        .parse::<u64>()
        .unwrap()
        > 15
    {
        assert!(Instant::now() < patience, "{}", db.rows(PARTS));
        std::thread::sleep(Duration::from_millis(20));
    }
    db.check("SELECT count(), sum(a) FROM t", "60\t1770");
    drop(db);
    Database::open(dir.path()).check("SELECT count(), sum(a) FROM t", "60\t1770");
}

#[test]
fn nothing_is_merging_when_nothing_is() {
    let mut db = Database::new();
    db.check("SELECT count(), sum(progress) FROM system.merges", "0\t0");
}

#[test]
fn the_part_log_tells_what_happened_to_parts() {
    let mut db = Database::quiet();
    db.run(
        "CREATE TABLE t (a UInt8, v Array(Float32)) ENGINE = MergeTree PARTITION BY a % 2 ORDER BY a;
         INSERT INTO t VALUES (2, [1.]), (1, [1.]);
         INSERT INTO t VALUES (3, [1.]);
         OPTIMIZE TABLE t FINAL;
         ALTER TABLE t ADD INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 1);
         ALTER TABLE t MATERIALIZE INDEX i;
         DELETE FROM t WHERE a != 3;
         RENAME TABLE t TO u;
         TRUNCATE TABLE u;
         INSERT INTO u VALUES (5, [1.]);
         DROP TABLE u",
    );
    let events = "SELECT event_type, table, part_name, rows, merged_from FROM system.part_log";
    let expected = [
        "NewPart\tt\t0_1_1_0\t1\t[]",
        "NewPart\tt\t1_2_2_0\t1\t[]",
        "NewPart\tt\t1_3_3_0\t1\t[]",
        "MergeParts\tt\t0_1_1_1\t1\t['0_1_1_0']",
        "RemovePart\tt\t0_1_1_0\t1\t[]",
        "MergeParts\tt\t1_2_3_1\t2\t['1_2_2_0','1_3_3_0']",
        "RemovePart\tt\t1_2_2_0\t1\t[]",
        "RemovePart\tt\t1_3_3_0\t1\t[]",
        "MutatePart\tt\t0_1_1_1_4\t1\t['0_1_1_1']",
        "RemovePart\tt\t0_1_1_1\t1\t[]",
        "MutatePart\tt\t1_2_3_1_4\t2\t['1_2_3_1']",
        "RemovePart\tt\t1_2_3_1\t2\t[]",
        "RemovePart\tt\t0_1_1_1_4\t1\t[]",
        "MutatePart\tt\t1_2_3_1_5\t2\t['1_2_3_1_4']",
        "RemovePart\tt\t1_2_3_1_4\t2\t[]",
        "RemovePart\tu\t1_2_3_1_5\t2\t[]",
        "NewPart\tu\t1_6_6_0\t1\t[]",
        "RemovePart\tu\t1_6_6_0\t1\t[]",
    ];
    db.check(events, &expected.join("\n"));
    db.check(
        "SELECT count() FROM system.part_log WHERE event_time < now() - 600 OR event_date != toDate(event_time)
         OR error != 0 OR exception != '' OR database != 'default' OR size_in_bytes = 0
         OR partition_id != splitByChar('_', part_name)[1]",
        "0",
    );
}

#[test]
fn the_part_log_tells_of_merges_that_failed() {
    let mut db = table("(a UInt8) ENGINE = MergeTree ORDER BY a", &["(1)", "(2)"]);
    for part in ["all_1_1_0", "all_2_2_0"] {
        let path = db.rows(&format!(
            "SELECT path FROM system.parts WHERE name = '{part}' AND table = 't'"
        ));
        let columns = std::path::Path::new(&path).join("columns.parquet");
        let mut bytes = std::fs::read(&columns).unwrap();
        bytes.iter_mut().for_each(|byte| *byte ^= 1);
        std::fs::write(&columns, bytes).unwrap();
    }
    let error = db.error("OPTIMIZE TABLE t FINAL");
    let logged = db.rows(
        "SELECT event_type, part_name, rows, merged_from, exception FROM system.part_log WHERE error != 0 LIMIT 1",
    );
    assert!(
        logged.starts_with("MergeParts\tall_1_2_1\t0\t['all_1_1_0','all_2_2_0']\tCode: "),
        "{logged}\n{error}"
    );
}
