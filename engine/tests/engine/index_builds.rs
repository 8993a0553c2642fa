//! MATERIALIZE INDEX of vector indexes: stopped, out of memory, failed.

use super::support::Database;

fn table() -> Database {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (id UInt64, v Array(Float32)) ENGINE = MergeTree ORDER BY id;
         INSERT INTO t SELECT number, [number, 1] FROM numbers(100);
         ALTER TABLE t ADD INDEX i v TYPE vector_similarity('hnsw', 'L2Distance', 2), ADD INDEX m id TYPE minmax",
    );
    db
}

const INDEXED: &str = "SELECT rows_indexed, error FROM system.vector_indexes";

#[test]
fn builds_can_be_stopped_and_started() {
    let mut db = table();
    for table in ["", " t"] {
        db.run(&format!("SYSTEM STOP VECTOR INDEX BUILDS{table}"));
        // Others go on.
        db.run("ALTER TABLE t MATERIALIZE INDEX m");
        db.run("ALTER TABLE t MATERIALIZE INDEX i SETTINGS mutations_sync = 0");
        db.check_error(
            "ALTER TABLE t MATERIALIZE INDEX i SETTINGS max_execution_time = 0.2",
            "(TIMEOUT_EXCEEDED)",
        );
        db.check(INDEXED, "0\t");
        db.check("SELECT count() FROM system.mutations WHERE NOT is_done", "2");
        db.run(&format!("SYSTEM START VECTOR INDEX BUILDS{table}"));
        db.run("ALTER TABLE t MATERIALIZE INDEX i");
        db.check(INDEXED, "100\t");
        db.run("ALTER TABLE t CLEAR INDEX i");
    }
    db.run("SYSTEM STOP VECTOR INDEX BUILDS t;\nSYSTEM START VECTOR INDEX BUILDS");
    db.run("ALTER TABLE t MATERIALIZE INDEX i");
    db.check(INDEXED, "100\t");
    db.check_error("SYSTEM STOP VECTOR INDEX BUILDS nosuch", "(UNKNOWN_TABLE)");
    // Skip indexes are built too fast to be listed.
    db.check("SELECT DISTINCT index FROM system.vector_index_builds", "i");
}

#[test]
fn a_build_that_failed_says_why() {
    let mut db = table();
    db.run("INSERT INTO t SETTINGS materialize_skip_indexes_on_insert = 0 SELECT 1000, [1, 2, 3]");
    db.check_error("ALTER TABLE t MATERIALIZE INDEX i", "expects 2 elements");
    db.run("KILL MUTATION WHERE table = 't'");
    let failed = "SELECT part, error LIKE '%has 3 elements, expects 2%' OR error LIKE '%have 3 elements, expects 2%' \
                  FROM system.vector_indexes WHERE error != ''";
    db.check(failed, "all_2_2_0\t1");
    db.run("DELETE FROM t WHERE id = 1000");
    db.run("ALTER TABLE t MATERIALIZE INDEX i");
    db.check("SELECT count() FROM system.vector_indexes WHERE error != ''", "0");
}

#[test]
fn builds_that_need_too_much_memory_are_refused() {
    let mut db = table();
    let limit = "max_memory_usage_for_vector_index_build";
    let refused = format!("({limit})");
    let small = format!("ALTER TABLE t MATERIALIZE INDEX i SETTINGS {limit} = 1000");
    db.check_error(&small, &refused);
    db.run("KILL MUTATION WHERE table = 't'");
    db.check(
        "SELECT rows_indexed, error LIKE '%bytes, and 1000 are allowed%' FROM system.vector_indexes",
        "0\t1",
    );
    let insert = format!("INSERT INTO t SETTINGS {limit} = 1000 SELECT number, [number, 1] FROM numbers(100)");
    db.check_error(&insert, "(MEMORY_LIMIT_EXCEEDED)");
    db.check("SELECT count() FROM t", "100");
    db.run(&format!("ALTER TABLE t MATERIALIZE INDEX i SETTINGS {limit} = 1000000"));
    db.check(INDEXED, "100\t");
    // Without the index there is nothing to pay for.
    db.run("SET exclude_materialize_skip_indexes_on_insert = 'i'");
    db.run(&insert);
}
