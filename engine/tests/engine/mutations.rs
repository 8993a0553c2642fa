//! Mutations: durable at once, done part by part, by whoever waits or in the background.

use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::support::{Database, text};

const CREATE: &str = "CREATE TABLE t (p UInt8, a UInt64, b UInt64) ENGINE = MergeTree PARTITION BY p ORDER BY a";

fn fill(db: &mut Database) {
    db.run(CREATE);
    db.run("INSERT INTO t SELECT number % 2, number, 0 FROM numbers(10)");
}

/// The rows of system.mutations.
const LISTED: &str = "SELECT mutation_id, command, parts_to_do_names, is_done FROM system.mutations";

#[track_caller]
fn wait_until(db: &mut Database, query: &str, expected: &str) {
    let begun = Instant::now();
    while db.rows(query) != expected {
        assert!(begun.elapsed() < Duration::from_secs(20), "{query}: {}", db.rows(query));
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn nobody_waits_unless_asked_to() {
    let mut db = Database::quiet();
    fill(&mut db);
    db.run("SET mutations_sync = 0");
    db.run("ALTER TABLE t UPDATE b = b + 1 WHERE a > 3");
    db.run("ALTER TABLE t DELETE WHERE a = 4, UPDATE b = 7 WHERE a = 1");
    db.run("DELETE FROM t IN PARTITION 1 WHERE a = 5 SETTINGS lightweight_deletes_sync = 0");
    // What has come since is not meant.
    db.run("INSERT INTO t VALUES (0, 4, 9), (1, 5, 9)");
    db.check(
        LISTED,
        "mutation_3.txt\t(UPDATE b = b + 1 WHERE a > 3)\t['0_1_1_0','1_2_2_0']\t0\n\
         mutation_4.txt\t(DELETE WHERE a = 4)\t['0_1_1_0','1_2_2_0']\t0\n\
         mutation_4.txt\t(UPDATE b = 7 WHERE a = 1)\t['0_1_1_0','1_2_2_0']\t0\n\
         mutation_5.txt\t(UPDATE _row_exists = 0 IN PARTITION 1 WHERE a = 5)\t['0_1_1_0','1_2_2_0']\t0",
    );
    let rows =
        "SELECT arrayMap(x -> x.1, r), arrayMap(x -> x.2, r) FROM (SELECT arraySort(groupArray((a, b))) AS r FROM t)";
    db.check(rows, "[0,1,2,3,4,4,5,5,6,7,8,9]\t[0,0,0,0,0,9,0,9,0,0,0,0]");
    // Who waits for the last one waits for those before it.
    db.run("ALTER TABLE t UPDATE b = b * 10 WHERE a = 9 SETTINGS mutations_sync = 1");
    db.check(rows, "[0,1,2,3,4,5,6,7,8,9]\t[0,7,0,0,9,9,1,1,1,10]");
    db.check(
        "SELECT sum(is_done), count(), countIf(finish_time > 0) FROM system.mutations",
        "5\t5\t5",
    );
    db.check(
        "SELECT arraySort(groupArray(name)) FROM system.parts WHERE active",
        "['0_1_1_0_8','0_6_6_0','1_2_2_0_8','1_7_7_0']",
    );
}

#[test]
fn the_background_does_what_nobody_waits_for() {
    let mut db = Database::new();
    fill(&mut db);
    db.run("ALTER TABLE t UPDATE b = 5 WHERE 1 SETTINGS mutations_sync = 0");
    wait_until(&mut db, "SELECT sum(b) FROM t", "50");
    wait_until(&mut db, "SELECT is_done FROM system.mutations", "1");
}

#[test]
fn stopped_merges_stop_mutations() {
    let mut db = Database::new();
    fill(&mut db);
    db.run("SYSTEM STOP MERGES t");
    db.run("ALTER TABLE t UPDATE b = 5 WHERE 1 SETTINGS mutations_sync = 0");
    db.check_error(
        "DELETE FROM t WHERE a = 1 SETTINGS max_execution_time = 0.2",
        "Code: 159",
    );
    db.check("SELECT sum(b), count() FROM t", "0\t10");
    db.run("SYSTEM START MERGES t");
    wait_until(&mut db, "SELECT sum(b), count() FROM t", "45\t9");
}

#[test]
fn unfinished_ones_go_on_after_a_restart() {
    let dir = TempDir::new().unwrap();
    let mut db = Database::open_quiet(dir.path());
    fill(&mut db);
    db.run("ALTER TABLE t UPDATE b = 1 WHERE a < 2");
    db.run("ALTER TABLE t UPDATE b = b + 1 WHERE a > 0 SETTINGS mutations_sync = 0");
    db.run("INSERT INTO t VALUES (0, 4, 9)");
    drop(db);
    let mut db = Database::open_quiet(dir.path());
    db.check("SELECT groupArray(is_done) FROM system.mutations", "[1,0]");
    db.check("SELECT sum(b) FROM t", "11");
    drop(db);
    let mut db = Database::open(dir.path());
    wait_until(&mut db, "SELECT sum(b) FROM t", "20");
    wait_until(&mut db, "SELECT groupArray(is_done) FROM system.mutations", "[1,1]");
    db.run("OPTIMIZE TABLE t FINAL");
    drop(db);
    // One that is done is not done again, to parts that were merged since.
    let mut db = Database::open(dir.path());
    db.run("ALTER TABLE t DELETE WHERE a = 1");
    db.check("SELECT sum(b), count() FROM t", "18\t10");
}

#[test]
fn a_failing_one_says_why_until_it_is_killed() {
    let mut db = Database::new();
    fill(&mut db);
    db.check_error(
        "ALTER TABLE t UPDATE b = 1 WHERE throwIf(a = 3)",
        "Code: 341. DB::Exception: Exception happened during execution of mutation 'mutation_3.txt' with part '1_2_2_0' \
         reason: 'Code: 395. DB::Exception: ",
    );
    db.check_error(
        "ALTER TABLE t UPDATE b = 2 WHERE a = 1",
        "Exception happened during execution of mutations 'mutation_3.txt, mutation_4.txt' with part '1_2_2_0'",
    );
    db.check(
        "SELECT latest_failed_part, latest_fail_time > 0, latest_fail_error_code_name, parts_to_do_names FROM system.mutations LIMIT 1",
        "1_2_2_0\t1\tFUNCTION_THROW_IF_VALUE_IS_NON_ZERO\t['1_2_2_0']",
    );
    // The background does not burn time on it.
    let failures = "SELECT latest_fail_reason LIKE 'Code: 395.%' FROM system.mutations LIMIT 1";
    db.check(failures, "1");
    db.check(
        "KILL MUTATION WHERE mutation_id = 'mutation_3.txt' TEST",
        "unknown_status\tdefault\tt\tmutation_3.txt\t(UPDATE b = 1 WHERE throwIf(a = 3))",
    );
    db.check(
        "KILL MUTATION WHERE mutation_id = 'mutation_3.txt' SYNC",
        "waiting\tdefault\tt\tmutation_3.txt\t(UPDATE b = 1 WHERE throwIf(a = 3))",
    );
    wait_until(&mut db, "SELECT b FROM t WHERE a = 1", "2");
    db.check("KILL MUTATION WHERE mutation_id = 'mutation_3.txt'", "");
    db.check_error("KILL MUTATION WHERE nope = 1", "Code: 47");
    db.check("KILL QUERY WHERE 1", "");
}

#[test]
fn killing_ends_those_who_wait() {
    let mut db = Database::new();
    fill(&mut db);
    db.run("SYSTEM STOP MERGES t");
    let engine = db.engine.clone();
    let waiting = std::thread::spawn(move || text(&mut engine.session(), "DELETE FROM t WHERE a = 1"));
    wait_until(&mut db, "SELECT count() FROM system.mutations", "1");
    db.run("KILL MUTATION WHERE table = 't'");
    let error = waiting.join().unwrap().unwrap_err();
    assert!(error.contains("Code: 341") && error.contains("was killed"), "{error}");
    db.check("SELECT count() FROM t", "10");
    db.check("SELECT count() FROM system.mutations", "0");
}

#[test]
fn dropping_the_table_ends_those_who_wait() {
    let mut db = Database::new();
    fill(&mut db);
    db.run("SYSTEM STOP MERGES t");
    let engine = db.engine.clone();
    let waiting = std::thread::spawn(move || text(&mut engine.session(), "DELETE FROM t WHERE a = 1"));
    wait_until(&mut db, "SELECT count() FROM system.mutations", "1");
    db.run("DROP TABLE t");
    let error = waiting.join().unwrap().unwrap_err();
    assert!(error.contains("Code: 218"), "{error}");
}

#[test]
fn too_many_are_refused_and_old_ones_forgotten() {
    let mut db = Database::quiet();
    db.run("CREATE TABLE t (a UInt64, b UInt64) ENGINE = MergeTree ORDER BY a SETTINGS finished_mutations_to_keep = 2, number_of_mutations_to_throw = 3");
    db.run("INSERT INTO t SELECT 1, 1");
    db.run("SET mutations_sync = 0");
    for _ in 0..3 {
        db.run("ALTER TABLE t UPDATE b = b + 1 WHERE 1");
    }
    db.check_error(
        "ALTER TABLE t UPDATE b = b + 1 WHERE 1",
        "Code: 692. DB::Exception: Too many unfinished mutations (3) in table default.t (",
    );
    db.run("ALTER TABLE t UPDATE b = b + 1 WHERE 1 SETTINGS number_of_mutations_to_throw = 100, mutations_sync = 2");
    db.check("SELECT b FROM t", "5");
    db.check(
        "SELECT groupArray(mutation_id) FROM system.mutations",
        "['mutation_4.txt','mutation_5.txt']",
    );
    db.run("TRUNCATE TABLE t;\nALTER TABLE t DELETE WHERE 1");
    db.check("SELECT sum(is_done), count() FROM system.mutations", "1\t1");
}

#[test]
fn parts_of_different_mutations_are_not_merged() {
    let mut db = Database::quiet();
    db.run("CREATE TABLE t (a UInt64, b UInt64) ENGINE = MergeTree ORDER BY a");
    db.run("INSERT INTO t SELECT 1, 1;\nINSERT INTO t SELECT 2, 1");
    db.run("ALTER TABLE t UPDATE b = b + 1 WHERE 1 SETTINGS mutations_sync = 0");
    db.run("INSERT INTO t SELECT 3, 1;\nINSERT INTO t SELECT 4, 1");
    let parts = "SELECT arraySort(groupArray(name)) FROM system.parts WHERE active";
    db.run("OPTIMIZE TABLE t;\nOPTIMIZE TABLE t");
    db.check(parts, "['all_1_2_1','all_4_5_1']");
    db.run("ALTER TABLE t UPDATE b = b * 10 WHERE a > 2");
    db.run("OPTIMIZE TABLE t");
    db.check(
        "SELECT arrayMap(x -> x.2, arraySort(groupArray((a, b)))) FROM t",
        "[2,2,10,10]",
    );
    db.check(parts, "['all_1_5_2_6']");
}

#[test]
fn expressions_are_as_they_were_given() {
    let mut db = Database::quiet();
    db.run("CREATE TABLE t (a UInt64, d DateTime, s String, v Array(Float32)) ENGINE = MergeTree ORDER BY a");
    db.run("INSERT INTO t SELECT number, 0, '', [1] FROM numbers(4)");
    db.run("SET mutations_sync = 0");
    db.run("ALTER TABLE t UPDATE d = toDateTime('2020-01-01 00:00:00') WHERE a = 0 SETTINGS session_timezone = 'Asia/Tokyo'");
    db.run(
        "ALTER TABLE t UPDATE s = 'it''s; \\\\ \"x\"', v = [1,2,3,4,5,6,7,8,9,10.5] WHERE a IN (SELECT max(a) FROM t)",
    );
    db.run("CREATE DATABASE other;\nUSE other;\nALTER TABLE default.t UPDATE s = currentDatabase() WHERE a = 1");
    db.run("DROP DATABASE other;\nUSE default");
    db.check_error(
        "ALTER TABLE t UPDATE s = 'x' WHERE 1 SETTINGS apply_mutations_on_fly = 1",
        "Code: 48",
    );
    db.run("DELETE FROM t WHERE a = 2");
    db.check(
        "SELECT a, toUnixTimestamp(d), s, v[10] FROM t ORDER BY a",
        "0\t1577804400\t\t0\n1\t0\tother\t0\n3\t0\tit\\'s; \\\\ \"x\"\t10.5",
    );
}

#[test]
fn marked_rows_can_be_dropped() {
    let mut db = Database::quiet();
    fill(&mut db);
    db.run("DELETE FROM t WHERE a < 4");
    let parts = "SELECT sum(rows), sum(has_lightweight_delete) FROM system.parts WHERE active";
    db.check(parts, "10\t2");
    db.run("ALTER TABLE t APPLY DELETED MASK IN PARTITION 0");
    db.check(parts, "8\t1");
    db.run("ALTER TABLE t APPLY DELETED MASK");
    db.check(parts, "6\t0");
    db.check("SELECT count() FROM t", "6");
}

/// It was ordered about values of the type that was there.
#[test]
fn a_type_changes_after_the_mutations_that_speak_of_the_column() {
    let mut db = Database::quiet();
    fill(&mut db);
    db.run("SET mutations_sync = 0");
    db.run("ALTER TABLE t UPDATE b = b + 1000 WHERE a > 3");
    let modify = "ALTER TABLE t MODIFY COLUMN b String";
    db.check_error(&format!("{modify} SETTINGS alter_sync = 0"), "Code: 36");
    db.run(modify);
    let rows = "SELECT arraySort(groupArray((a, b))), any(toTypeName(b)) FROM t WHERE a IN (3, 4)";
    db.check(rows, "[(3,'0'),(4,'1000')]\tString");
    // One that fails is an error of who waits for it.
    db.run("ALTER TABLE t UPDATE b = toString(toUInt8(b || 'x')) WHERE a = 4");
    db.check_error("ALTER TABLE t MODIFY COLUMN b UInt64", "Code: 341");
    db.run("KILL MUTATION WHERE NOT is_done");
    db.run("ALTER TABLE t MODIFY COLUMN b UInt64");
    db.check("SELECT sum(b) FROM t", "6000");
}

/// Parts that have not got the first type yet do not get the second one from what they hold.
#[test]
fn types_follow_one_another() {
    let mut db = Database::quiet();
    db.run("SET alter_sync = 0");
    let mut check = |values: &str, first: &str, between: &str, second: &str, expected: &str| {
        let [from, value] = values.split('|').collect::<Vec<_>>()[..] else {
            panic!("{values}")
        };
        db.run(&format!(
            "CREATE TABLE t (id UInt64, b {from}) ENGINE = MergeTree ORDER BY id;
             INSERT INTO t SELECT 1, {value};
             ALTER TABLE t MODIFY COLUMN b {first}"
        ));
        db.run(between);
        match text(&mut db.session, &format!("ALTER TABLE t {second}")) {
            Ok(_) => db.check("SELECT * EXCEPT id FROM t", expected),
            Err(error) => assert!(error.contains(expected), "{error}"),
        }
        db.run("SYSTEM START MERGES t;\nDROP TABLE t");
    };
    check("Float64|3.7", "UInt8", "", "MODIFY COLUMN b String", "3");
    check("UInt64|300", "String", "", "MODIFY COLUMN b UInt32", "300");
    check("Float64|3.7", "String", "", "MODIFY COLUMN b UInt8", "Code: 6");
    let renamed = "ALTER TABLE t RENAME COLUMN b TO c";
    check("Float64|3.7", "UInt8", renamed, "MODIFY COLUMN c String", "3");
    let killed = "KILL MUTATION WHERE table = 't'";
    check("Float64|3.7", "UInt8", killed, "MODIFY COLUMN b String", "3");
    let stopped = "SYSTEM STOP MERGES t";
    check("Float64|3.7", "UInt8", stopped, "MODIFY COLUMN b String", "Code: 36");
    let null = "Nullable(UInt8)|NULL";
    check(null, "UInt8 DEFAULT 5", "", "MODIFY COLUMN b DEFAULT 7", "5");
    check(null, "UInt8 DEFAULT 5", "", "MODIFY COLUMN b REMOVE DEFAULT", "5");
}

#[test]
fn optimize_does_not_wait_for_one_that_fails() {
    let mut db = Database::new();
    db.run("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a");
    db.run("INSERT INTO t SELECT 1;\nINSERT INTO t SELECT 3");
    db.check_error("DELETE FROM t WHERE throwIf(a = 3)", "Code: 341");
    db.run("INSERT INTO t SELECT 5;\nINSERT INTO t SELECT 7");
    let begun = Instant::now();
    db.run("OPTIMIZE TABLE t FINAL");
    db.check_error(
        "OPTIMIZE TABLE t FINAL SETTINGS optimize_throw_if_noop = 1",
        "Code: 388",
    );
    assert!(begun.elapsed() < Duration::from_secs(60));
    db.check("SELECT count() FROM t", "4");
    db.run("KILL MUTATION WHERE table = 't';\nOPTIMIZE TABLE t FINAL SETTINGS optimize_throw_if_noop = 1");
    db.check("SELECT count() FROM system.parts WHERE active", "1");
}

/// What one part cannot get, the others do.
#[test]
fn a_part_that_fails_does_not_keep_others_waiting() {
    let mut db = Database::new();
    db.run("CREATE TABLE t (k UInt32, s String) ENGINE = MergeTree ORDER BY k PARTITION BY k % 8");
    db.run("INSERT INTO t SELECT number, if(number % 8 = 0, 'bad', toString(number)) FROM numbers(80)");
    db.run("ALTER TABLE t UPDATE s = toString(toInt64(s) + 1000) WHERE 1 SETTINGS mutations_sync = 0");
    wait_until(&mut db, "SELECT parts_to_do FROM system.mutations", "1");
    db.check("SELECT countIf(length(s) = 4), countIf(s = 'bad') FROM t", "70\t10");
    let failure = "SELECT latest_failed_part, latest_fail_error_code_name FROM system.mutations";
    db.check(failure, "0_1_1_0\tCANNOT_PARSE_TEXT");
    db.run("KILL MUTATION WHERE 1");
    db.run("ALTER TABLE t UPDATE s = '5' WHERE s = 'bad'");
    db.check("SELECT countIf(s = '5') FROM t", "10");
}

/// Rows behind those that a command deletes are counted anew for the next one: it would find others than in ClickHouse.
#[test]
fn places_in_parts_are_not_known_behind_deletions() {
    let mut db = Database::new();
    for behind in [
        "DELETE WHERE a = 0, DELETE WHERE _part_offset = 0",
        "DELETE WHERE a = 0, UPDATE b = 1 WHERE a = 2, DELETE WHERE a = 5 OR _part_granule_offset = 0",
        "DELETE WHERE a = 0, UPDATE _row_exists = 0 WHERE _part_offset = 0",
        "APPLY DELETED MASK, DELETE WHERE _part_offset = 0",
    ] {
        db.run("CREATE TABLE t (a UInt32, b UInt8) ENGINE = MergeTree ORDER BY a");
        db.run("INSERT INTO t SELECT number, 0 FROM numbers(6)");
        db.check_error(&format!("ALTER TABLE t {behind}"), "(NOT_IMPLEMENTED)");
        db.check_error(&format!("ALTER TABLE t {behind}"), "_offset behind");
        db.check("SELECT count() FROM t", "6");
        db.run("DROP TABLE t");
    }
    for (known, left) in [
        ("DELETE WHERE _part_offset = 0, DELETE WHERE a = 3", "[1,2,4,5]"),
        (
            "UPDATE _row_exists = 0 WHERE a = 0, DELETE WHERE _part_offset = 0",
            "[1,2,3,4,5]",
        ),
        (
            "DELETE WHERE a = 0, DELETE WHERE _part = 'all_1_1_0' AND a = 1",
            "[2,3,4,5]",
        ),
    ] {
        db.run("CREATE TABLE t (a UInt32, b UInt8) ENGINE = MergeTree ORDER BY a");
        db.run("INSERT INTO t SELECT number, 0 FROM numbers(6)");
        db.run(&format!("ALTER TABLE t {known}"));
        db.check("SELECT groupArray(a) FROM t", left);
        db.run("DROP TABLE t");
    }
}
