//! What INSERT fills in, checks and refuses.

use std::time::{Duration, Instant};

use super::support::Database;

#[test]
fn defaults_follow_what_they_depend_on() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (a UInt32, b UInt64 DEFAULT c + 1, c UInt32 DEFAULT a * 2, m String MATERIALIZED concat('m', toString(b)),
                         x UInt64 ALIAS b + 100, e UInt8 EPHEMERAL 4, f UInt8 DEFAULT e + 1) ENGINE = MergeTree ORDER BY a;
         INSERT INTO t (a) VALUES (1);
         INSERT INTO t (a, c) VALUES (2, 10);
         INSERT INTO t (a, e) VALUES (3, 9)",
    );
    db.check(
        "SELECT a, b, c, m, x, f FROM t ORDER BY a",
        "1\t3\t2\tm3\t103\t5\n2\t11\t10\tm11\t111\t5\n3\t7\t6\tm7\t107\t10",
    );
    db.check("SELECT * FROM t WHERE a = 1", "1\t3\t2\t5");
    db.check_error(
        "INSERT INTO t (m) VALUES ('x')",
        "Cannot insert column m, because it is MATERIALIZED column",
    );
    db.check_error("INSERT INTO t (x) VALUES (1)", "No such column x in table default.t");
    db.check_error(
        "INSERT INTO t (nosuch) VALUES (1)",
        "No such column nosuch in table default.t",
    );
    db.check_error("INSERT INTO t (a, a) VALUES (1, 1)", "specified more than once");
}

#[test]
fn insert_select_casts_by_position() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (a String, b UInt8) ENGINE = MergeTree ORDER BY a;
         INSERT INTO t SELECT number, number + 1 FROM numbers(3)",
    );
    db.check("SELECT a, b FROM t ORDER BY a", "0\t1\n1\t2\n2\t3");
    db.run(
        "CREATE TABLE u (a UInt8, b UInt8 DEFAULT 7) ENGINE = MergeTree ORDER BY a;
         INSERT INTO u SELECT NULL, NULL",
    );
    db.check("SELECT a, b FROM u", "0\t7");
    db.check_error(
        "INSERT INTO u SELECT if(number = 1, NULL, number), 1 FROM numbers(2) SETTINGS insert_null_as_default = 0",
        "Code: 349",
    );
    db.check_error(
        "INSERT INTO t SELECT 1",
        "Number of columns doesn't match (source: 1 and result: 2)",
    );
}

#[test]
fn blocks_become_parts() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a;
         INSERT INTO t SELECT number FROM numbers(1000) SETTINGS max_insert_block_size = 300, min_insert_block_size_rows = 0, min_insert_block_size_bytes = 0",
    );
    db.check(
        "SELECT rows FROM system.parts WHERE table = 't' ORDER BY min_block_number",
        "300\n300\n300\n100",
    );
    db.run(
        "CREATE TABLE u (a UInt64) ENGINE = MergeTree ORDER BY a;\nINSERT INTO u SELECT number FROM numbers(100000)",
    );
    db.check(
        "SELECT name, rows, marks FROM system.parts WHERE table = 'u'",
        "all_1_1_0\t100000\t14",
    );
}

#[test]
fn constraints_hold() {
    let mut db = Database::new();
    db.run("CREATE TABLE t (a UInt32, CONSTRAINT small CHECK a < 10) ENGINE = MergeTree ORDER BY a");
    db.check_error(
        "INSERT INTO t VALUES (1), (20)",
        "Constraint `small` for table default.t is violated at row 2. Expression: (a < 10). Column values: a = 20",
    );
    db.check("SELECT count() FROM t", "0");
}

#[test]
fn vectors_are_checked_when_they_are_indexed() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (id UInt32, v Array(Float32), INDEX idx v TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id;
         INSERT INTO t VALUES (1, [1, 2]), (2, [3, 4])",
    );
    db.check_error("INSERT INTO t VALUES (1, [1, 2]), (2, [1])", "must have equal length");
    db.check_error(
        "INSERT INTO t VALUES (1, [1, 2, 3])",
        "have 3 elements, expects 2 elements",
    );
    db.check_error("INSERT INTO t (id) VALUES (1)", "Code: 117");
    db.check_error("INSERT INTO t VALUES (1, [nan, 1])", "non-finite values");
    db.check("SELECT count() FROM t", "2");
    db.check(
        "SELECT data_compressed_bytes > 0 FROM system.data_skipping_indices WHERE table = 't'",
        "1",
    );
    db.run("SET materialize_skip_indexes_on_insert = 0;\nINSERT INTO t VALUES (3, [1])");
    db.check("SELECT count() FROM t", "3");
}

#[test]
fn dropping_an_insert_drops_its_rows() {
    use gristmill_engine::Outcome;
    let mut db = Database::new();
    db.run("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a");
    let outcome = db.session.execute(b"INSERT INTO t FORMAT Native", &Default::default());
    let Ok(Outcome::Insert(insert)) = outcome else {
        panic!("an INSERT waits for its data")
    };
    assert_eq!(insert.format.as_deref(), Some("Native"));
    assert_eq!(insert.header[0].data_type.to_string(), "UInt8");
    drop(insert);
    db.check("SELECT count() FROM t", "0");
}

#[test]
fn parts_are_limited() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (a UInt32) ENGINE = MergeTree PARTITION BY a % 3 ORDER BY a SETTINGS parts_to_throw_insert = 2;
         INSERT INTO t VALUES (0);
         INSERT INTO t VALUES (1);
         INSERT INTO t VALUES (0)",
    );
    // In any partition, as in ClickHouse.
    db.check_error(
        "INSERT INTO t VALUES (2)",
        "Code: 252. DB::Exception: Too many parts (2 with average size of ",
    );
    db.run("INSERT INTO t SELECT number FROM numbers(3) SETTINGS parts_to_throw_insert = 10");
    db.check("SELECT count() FROM t", "6");
    db.run("TRUNCATE TABLE t;\nINSERT INTO t VALUES (2)");
    db.run(
        "CREATE TABLE u (a UInt32) ENGINE = MergeTree PARTITION BY a ORDER BY a SETTINGS max_parts_in_total = '2';
         INSERT INTO u VALUES (1), (2)",
    );
    db.check_error(
        "INSERT INTO u VALUES (3)",
        "Code: 252. DB::Exception: Too many parts (2) in all partitions in total in table 'default.u (",
    );
    db.run("ALTER TABLE u MODIFY COMMENT 'still limited'");
    db.check_error("INSERT INTO u VALUES (3)", "Code: 252");
    let create = "CREATE TABLE v (a UInt32) ENGINE = MergeTree ORDER BY a SETTINGS parts_to_throw_insert = ";
    db.check_error(&format!("{create}'many'"), "Code: 27");
    db.check_error(&format!("{create}-1"), "Code: 70");
    db.run(&format!("{create}'1K', max_avg_part_size_for_too_many_parts = 1"));
    db.run(
        "CREATE TABLE big (a UInt32) ENGINE = MergeTree ORDER BY a
         SETTINGS parts_to_throw_insert = 1, max_avg_part_size_for_too_many_parts = 10;
         INSERT INTO big VALUES (1);
         INSERT INTO big VALUES (2)",
    );
}

#[test]
fn inserts_are_delayed_where_parts_are_many() {
    let mut db = Database::new();
    db.run(
        "SYSTEM STOP MERGES;
         CREATE TABLE t (a UInt32) ENGINE = MergeTree ORDER BY a
         SETTINGS parts_to_delay_insert = 2, parts_to_throw_insert = 4, max_delay_to_insert = 3600;
         INSERT INTO t VALUES (1);
         INSERT INTO t VALUES (2)",
    );
    let late = "INSERT INTO t SELECT 3 SETTINGS max_execution_time = 0.1";
    db.check_error(late, "Code: 159");
    db.run("INSERT INTO t SELECT 3 SETTINGS parts_to_delay_insert = 3");
    db.check("SELECT count() FROM t", "3");
    let mut create = String::from("CREATE TABLE u (a UInt32) ENGINE = MergeTree ORDER BY a SETTINGS ");
    create += "parts_to_delay_insert = 1, min_delay_to_insert_ms = 200, max_delay_to_insert = 1";
    db.run(&format!("{create};\nINSERT INTO u VALUES (1)"));
    let begun = Instant::now();
    db.run("INSERT INTO u VALUES (2)");
    assert!(begun.elapsed() >= Duration::from_millis(200));
}

#[test]
fn partitions_of_a_block_are_limited() {
    let mut db = Database::new();
    db.run("CREATE TABLE t (a UInt32) ENGINE = MergeTree PARTITION BY a ORDER BY a");
    let insert = "INSERT INTO t SELECT number FROM numbers";
    db.check_error(
        &format!("{insert}(101)"),
        "Code: 252. DB::Exception: Too many partitions for single INSERT block (more than 100)",
    );
    let few = "SETTINGS max_partitions_per_insert_block = 3";
    db.check_error(&format!("{insert}(4) {few}"), "(more than 3)");
    db.run(&format!(
        "{insert}(4) {few}, throw_on_max_partitions_per_insert_block = 0"
    ));
    db.run(&format!("{insert}(101) SETTINGS max_partitions_per_insert_block = 0"));
    db.check("SELECT count() FROM t", "105");
}

#[test]
fn constraints_see_the_time_of_the_insert() {
    let dir = tempfile::TempDir::new().unwrap();
    let mut db = Database::open(dir.path());
    db.run(
        "CREATE TABLE t (id UInt64, CONSTRAINT not_later CHECK id <= toUnixTimestamp(now()),
            CONSTRAINT zone CHECK timezone() != 'Asia/Tokyo') ENGINE = MergeTree ORDER BY id",
    );
    drop(db);
    let mut db = Database::open(dir.path());
    std::thread::sleep(std::time::Duration::from_millis(1100));
    db.run("INSERT INTO t SELECT toUnixTimestamp(now())");
    db.check_error("INSERT INTO t SELECT toUnixTimestamp(now()) + 5", "Code: 469");
    db.run("SET session_timezone = 'Asia/Tokyo'");
    db.check_error("INSERT INTO t SELECT 1", "Constraint `zone`");
}

#[test]
fn keys_do_not_depend_on_the_session() {
    let dir = tempfile::TempDir::new().unwrap();
    let mut db = Database::open(dir.path());
    db.run(
        "SET session_timezone = 'Asia/Tokyo';
         CREATE TABLE t (t DateTime) ENGINE = MergeTree PARTITION BY toYYYYMM(t) ORDER BY toHour(t);
         INSERT INTO t SELECT toDateTime('2020-01-31 20:00:00', 'UTC')",
    );
    let partition = "SELECT partition FROM system.parts WHERE table = 't' AND active";
    db.check(partition, "202001");
    drop(db);
    let mut db = Database::open(dir.path());
    db.run("INSERT INTO t SELECT toDateTime('2020-01-31 20:00:00', 'UTC')");
    db.check(partition, "202001\n202001");
}

/// Blocks are written one after the other, each while the next one is gathered.
#[test]
fn blocks_become_parts_in_their_order() {
    let mut db = Database::quiet();
    db.run("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a");
    let settings = "SETTINGS min_insert_block_size_rows = 100, min_insert_block_size_bytes = 0, max_block_size = 70";
    db.run(&format!("INSERT INTO t SELECT number FROM numbers(950) {settings}"));
    let parts: Vec<String> = (1..=10)
        .map(|block| format!("all_{block}_{block}_0\t{}", if block == 10 { 50 } else { 100 }))
        .collect();
    db.check(
        "SELECT name, rows FROM system.parts WHERE table = 't' ORDER BY min_block_number",
        &parts.join("\n"),
    );
    db.check("SELECT sum(a) FROM t", "450775");
}

/// What was written before a block that fails stays, as in ClickHouse; nothing comes after it.
#[test]
fn a_block_that_fails_ends_the_insert() {
    let mut db = Database::quiet();
    db.run("CREATE TABLE t (a UInt64) ENGINE = MergeTree PARTITION BY intDiv(a, 350) ORDER BY a");
    let settings = "SETTINGS min_insert_block_size_rows = 100, min_insert_block_size_bytes = 0, max_block_size = 100,
                    max_partitions_per_insert_block = 1";
    let error = db.error(&format!("INSERT INTO t SELECT number FROM numbers(1000) {settings}"));
    assert!(error.contains("Code: 252"), "{error}");
    db.check("SELECT count(), max(a) FROM t", "300\t299");
}
