//! CREATE, DROP, RENAME, SHOW, DESCRIBE.

use std::collections::BTreeMap;

use gristmill_engine::Outcome;

use super::support::{Database, write_values};

const FULL: &str =
    "CREATE TABLE n (a UInt32, b default a+1, c alias a+2, d UInt8 materialized 5 comment 'x', g UInt32 NULL,
    constraint cc check a<10, index i g2 type vector_similarity('hnsw', 'L2Distance', 2), g2 Array(Float32))
    engine=MergeTree() partition by a%3 order by (a, b) primary key a settings index_granularity=100 comment 'tt'";

#[test]
fn show_create_prints_what_was_filled_in() {
    let mut db = Database::new();
    db.run(FULL);
    let shown = db.rows("SHOW CREATE TABLE n").replace("\\n", "\n").replace("\\'", "'");
    assert_eq!(
        shown,
        "CREATE TABLE default.n
(
    `a` UInt32,
    `b` UInt64 DEFAULT a + 1,
    `c` UInt64 ALIAS a + 2,
    `d` UInt8 MATERIALIZED 5 COMMENT 'x',
    `g` Nullable(UInt32),
    `g2` Array(Float32),
    INDEX i g2 TYPE vector_similarity('hnsw', 'L2Distance', 2) GRANULARITY 100000000,
    CONSTRAINT cc CHECK a < 10
)
ENGINE = MergeTree
PARTITION BY a % 3
PRIMARY KEY a
ORDER BY (a, b)
SETTINGS index_granularity = 100
COMMENT 'tt'"
    );
}

#[test]
fn describe_may_list_virtual_columns() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (a UInt8, _part UInt8, x UInt8) ENGINE = ReplacingMergeTree PARTITION BY (a, x) ORDER BY a;
         CREATE VIEW v AS SELECT a FROM t;
         SET describe_include_virtual_columns = 1",
    );
    let of_all = "_table\tLowCardinality(String)\t\t\t\t\t\t1\n_database\tLowCardinality(String)\t\t\t\t\t\t1";
    db.check("DESCRIBE v", &format!("a\tUInt8\t\t\t\t\t\t0\n{of_all}"));
    db.check("DESCRIBE system.one", &format!("dummy\tUInt8\t\t\t\t\t\t0\n{of_all}"));
    db.check("DESCRIBE (SELECT 1 AS x)", "x\tUInt8\t\t\t\t\t\t0");
    db.check(
        "DESCRIBE t SETTINGS describe_compact_output = 1",
        "a\tUInt8\t0\n_part\tUInt8\t0\nx\tUInt8\t0\n_part_index\tUInt64\t1\n_part_starting_offset\tUInt64\t1\n_part_uuid\tUUID\t1\n\
         _partition_id\tLowCardinality(String)\t1\n_sample_factor\tFloat64\t1\n_part_offset\tUInt64\t1\n_part_granule_offset\tUInt64\t1\n\
         _part_data_version\tUInt64\t1\n_disk_name\tLowCardinality(String)\t1\n_distance\tFloat32\t1\n_table\tLowCardinality(String)\t1\n\
         _database\tLowCardinality(String)\t1\n_partition_value\tTuple(UInt8, UInt8)\t1\n_row_exists\tUInt8\t1",
    );
    let rows = db.rows("DESCRIBE t");
    assert!(
        rows.contains("\n_distance\tFloat32\t\t\tPre-computed distance for vector search queries\t\t\t1\n"),
        "{rows}"
    );
    db.check(
        "DESCRIBE v SETTINGS describe_include_virtual_columns = 0, describe_compact_output = 1",
        "a\tUInt8",
    );
}

#[test]
fn tables_describe_themselves() {
    let mut db = Database::new();
    db.run(FULL);
    db.check(
        "DESCRIBE n",
        "a\tUInt32\t\t\t\t\t\nb\tUInt64\tDEFAULT\ta + 1\t\t\t\nc\tUInt64\tALIAS\ta + 2\t\t\t\n\
         d\tUInt8\tMATERIALIZED\t5\tx\t\t\ng\tNullable(UInt32)\t\t\t\t\t\ng2\tArray(Float32)\t\t\t\t\t",
    );
    db.check("DESCRIBE (SELECT 1 AS x)", "x\tUInt8\t\t\t\t\t");
    db.check("DESCRIBE numbers(1)", "number\tUInt64\t\t\t\t\t");
    db.check(
        "SELECT partition_key, sorting_key, primary_key, engine_full FROM system.tables WHERE name = 'n'",
        "a % 3\ta, b\ta\tMergeTree PARTITION BY a % 3 PRIMARY KEY a ORDER BY (a, b) SETTINGS index_granularity = 100",
    );
    db.check(
        "SELECT name, default_kind, is_in_partition_key, is_in_sorting_key, is_in_primary_key, numeric_precision FROM system.columns WHERE table = 'n' AND position < 3",
        "a\t\t1\t1\t1\t32\nb\tDEFAULT\t0\t1\t0\t64",
    );
    db.check("SHOW INDEXES FROM n", "n\t1\tPRIMARY\t1\ta\tA\t0\t\\N\t\\N\t\\N\tPRIMARY\t\t\tYES\t\nn\t1\ti\t1\t\t\\N\t0\t\\N\t\\N\t\\N\tVECTOR_SIMILARITY\t\t\tYES\tg2");
    db.check(
        "SELECT name, type, type_full, expr, creation, granularity FROM system.data_skipping_indices",
        "i\tvector_similarity\tvector_similarity(\\'hnsw\\', \\'L2Distance\\', 2)\tg2\tExplicit\t100000000",
    );
}

#[test]
fn create_table_as() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE a ENGINE = MergeTree ORDER BY n AS SELECT number AS n, toString(number) AS s FROM numbers(3);
         CREATE TABLE b AS a;
         CREATE TABLE c EMPTY AS SELECT 1 AS x",
    );
    db.check("SELECT n, s FROM a ORDER BY n", "0\t0\n1\t1\n2\t2");
    db.check("SELECT count() FROM b", "0");
    db.check("SELECT sorting_key FROM system.tables WHERE name = 'b'", "n");
    db.check("SELECT count() FROM c", "0");
    db.check_error(
        "CREATE TABLE d ENGINE = MergeTree ORDER BY tuple() AS SELECT throwIf(number = 2) AS x FROM numbers(3)",
        "Code: ",
    );
    db.check("EXISTS TABLE d", "0");
}

#[test]
fn names_come_and_go() {
    let mut db = Database::new();
    db.run(
        "CREATE DATABASE other COMMENT 'it''s';
         CREATE DATABASE IF NOT EXISTS other;
         CREATE TABLE other.`odd name/../x` (a UInt8) ENGINE = MergeTree ORDER BY a;
         INSERT INTO other.`odd name/../x` VALUES (7);
         RENAME TABLE other.`odd name/../x` TO t",
    );
    db.check("SELECT a FROM default.t", "7");
    db.check("SHOW TABLES", "t");
    db.check("SHOW TABLES FROM other", "");
    db.check(
        "SHOW DATABASES LIKE '%e%'",
        "default\ninformation_schema\nother\nsystem",
    );
    db.check("SELECT comment FROM system.databases WHERE name = 'other'", "it\\'s");
    db.run("USE other");
    db.check("EXISTS t", "0");
    db.run("USE default;\nTRUNCATE TABLE t");
    db.check("SELECT count() FROM t", "0");
    db.run("DROP TABLE t;\nDROP TABLE IF EXISTS t;\nDROP DATABASE other");
    db.check_error("USE other", "Database other does not exist");
    db.check_error("DROP TABLE t", "Code: 60");
    db.check_error("CREATE DATABASE system", "already exists");
}

#[test]
fn or_replace_replaces() {
    let mut db = Database::new();
    db.run("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a;\nINSERT INTO t VALUES (1)");
    db.check_error(
        "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a",
        "Table default.t already exists",
    );
    db.run("CREATE TABLE IF NOT EXISTS t (b UInt8) ENGINE = MergeTree ORDER BY b");
    db.check("SELECT a FROM t", "1");
    db.run("CREATE OR REPLACE TABLE t (b String) ENGINE = MergeTree ORDER BY b");
    db.check("SELECT count() FROM t", "0");
}

#[test]
fn system_commands() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a;
         INSERT INTO t VALUES (1);
         SYSTEM STOP MERGES;
         SYSTEM STOP MERGES t;
         SYSTEM START MERGES;
         SYSTEM DROP VECTOR SIMILARITY INDEX CACHE",
    );
    db.run("SYSTEM STOP MERGES nope");
    db.check_error("SYSTEM STOP MERGES nope.nope", "Code: 81");
    db.check_error("SYSTEM RELOAD DICTIONARIES", "Code: 48");
}

/// An INSERT that began before an index was replaced by another of its name builds the old one.
#[test]
fn an_index_of_the_old_definition_does_not_answer_for_the_new_one() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (id UInt32, v Array(Float32), INDEX idx v TYPE vector_similarity('hnsw', 'L2Distance', 2)) \
         ENGINE = MergeTree ORDER BY id",
    );
    let values = "INSERT INTO t VALUES (1, [100, 100]), (2, [2, 1])";
    let started = db.session.execute(values.as_bytes(), &BTreeMap::new());
    let Ok(Outcome::Insert(mut insert)) = started else {
        panic!("an INSERT takes rows");
    };
    db.run(
        "ALTER TABLE t DROP INDEX idx;
         ALTER TABLE t ADD INDEX idx v TYPE vector_similarity('hnsw', 'cosineDistance', 2)",
    );
    write_values(&mut insert, &values["INSERT INTO t VALUES ".len()..]).unwrap();
    insert.finish().unwrap();
    let nearest = "SELECT id, round(cosineDistance(v, [1, 1]), 4) FROM t \
                   ORDER BY cosineDistance(v, [1, 1]) LIMIT 2";
    db.check(nearest, "1\t0\n2\t0.0513");
    let size = "SELECT data_compressed_bytes > 0 FROM system.data_skipping_indices";
    db.check(size, "0");
    db.run("ALTER TABLE t MATERIALIZE INDEX idx");
    db.check(size, "1");
    db.check(nearest, "1\t0\n2\t0.0513");
    let explained = db.rows(&format!("EXPLAIN indexes = 1 {nearest}"));
    assert!(explained.contains("Name: idx"), "{explained}");
}

#[test]
fn indexes_come_and_go() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (id UInt32, v Array(Float32)) ENGINE = MergeTree ORDER BY id;
         INSERT INTO t VALUES (1, [1, 2]), (2, [3, 4]);
         ALTER TABLE t ADD INDEX idx v TYPE vector_similarity('hnsw', 'L2Distance', 2);
         ALTER TABLE t ADD INDEX IF NOT EXISTS idx v TYPE vector_similarity('hnsw', 'L2Distance', 2)",
    );
    let built = "SELECT data_compressed_bytes > 0 FROM system.data_skipping_indices WHERE name = 'idx'";
    db.check(built, "0");
    db.run("ALTER TABLE t MATERIALIZE INDEX idx SETTINGS mutations_sync = 2;\nOPTIMIZE TABLE t FINAL");
    db.check(built, "1");
    db.check("SELECT name FROM system.parts WHERE table = 't'", "all_1_1_1_2");
    db.check("SELECT id FROM t ORDER BY id", "1\n2");
    db.check_error(
        "CREATE INDEX idx ON t (v) TYPE vector_similarity('hnsw', 'L2Distance', 2)",
        "index with this name already exists",
    );
    db.check_error(
        "ALTER TABLE t DROP INDEX nope",
        "Wrong index name. Cannot find index `nope` to drop.",
    );
    db.check_error(
        "ALTER TABLE t ADD INDEX bad id TYPE vector_similarity('hnsw', 'L2Distance', 2)",
        "When validating secondary index `bad`",
    );
    db.check_error(
        "ALTER TABLE t MODIFY SAMPLE BY id",
        "ALTER TABLE … SAMPLE BY is not implemented",
    );
    db.run("ALTER TABLE t MATERIALIZE INDEX nope;\nALTER TABLE t CLEAR INDEX idx");
    db.check(built, "0");
    db.run("ALTER TABLE t DROP INDEX idx;\nALTER TABLE t DROP INDEX IF EXISTS idx");
    db.check("SELECT count() FROM system.data_skipping_indices", "0");
    db.run("ALTER TABLE t ADD INDEX three v TYPE vector_similarity('hnsw', 'L2Distance', 3)");
    db.check_error("ALTER TABLE t MATERIALIZE INDEX three", "Code: 341");
    db.run("ALTER TABLE t MODIFY COMMENT 'vectors'");
    db.check("SELECT comment FROM system.tables WHERE name = 't'", "vectors");
}

#[test]
fn statements_about_temporary_tables_leave_others_alone() {
    let mut db = Database::new();
    db.run("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a;\nINSERT INTO t VALUES (1)");
    db.check_error("CREATE TEMPORARY VIEW t AS SELECT 1", "Code: 48");
    db.check_error("ALTER TEMPORARY TABLE t MODIFY COMMENT 'x'", "Code: 48");
    db.check("SHOW TEMPORARY TABLES", "");
    db.check_error("DROP TEMPORARY TABLE t", "Temporary table t doesn't exist");
    db.run("DROP TEMPORARY TABLE IF EXISTS t;\nTRUNCATE TEMPORARY TABLE IF EXISTS t");
    db.check("SELECT a FROM t", "1");
    db.check("SELECT comment FROM system.tables WHERE name = 't'", "");
    db.run("CREATE TEMPORARY TABLE t (a UInt8);\nTRUNCATE TEMPORARY TABLE t;\nDROP TEMPORARY TABLE t");
    db.check("SELECT a FROM t", "1");
}

#[test]
fn indexes_are_built_by_partition_and_the_system_tables_tell() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE t (p UInt8, v Array(Float32)) ENGINE = MergeTree PARTITION BY p ORDER BY tuple();
         INSERT INTO t SELECT number % 2, [number, 1] FROM numbers(100);
         ALTER TABLE t ADD INDEX idx v TYPE vector_similarity('hnsw', 'L2Distance', 2, 'i8', 16, 64)",
    );
    let indexes = "SELECT part, rows_indexed, rows_not_indexed, bytes_on_disk > 0, bytes_in_memory > 0 FROM system.vector_indexes ORDER BY part";
    db.check(indexes, "0_1_1_0\t0\t50\t0\t0\n1_2_2_0\t0\t50\t0\t0");
    db.run("ALTER TABLE t MATERIALIZE INDEX idx IN PARTITION 1");
    db.check(indexes, "0_1_1_0\t0\t50\t0\t0\n1_2_2_0_3\t50\t0\t1\t0");
    db.check(
        "SELECT v[1] FROM t WHERE p = 1 ORDER BY L2Distance(v, [7.1, 1.]) LIMIT 1",
        "7",
    );
    db.check("SELECT v[1] FROM t ORDER BY L2Distance(v, [8.1, 1.]) LIMIT 1", "8");
    db.check("SELECT sum(bytes_in_memory > 0) FROM system.vector_indexes", "1");
    db.check(
        "SELECT DISTINCT index, expression, metric, dimensions, quantization, granularity FROM system.vector_indexes",
        "idx\tv\tL2Distance\t2\ti8\t100000000",
    );
    let builds =
        "SELECT index, part, state, rows_done, rows_total, seconds_left, error FROM system.vector_index_builds";
    db.check(builds, "idx\t1_2_2_0\tdone\t50\t50\t0\t");
    db.run("ALTER TABLE t CLEAR INDEX idx IN PARTITION ID '1'");
    db.check("SELECT sum(rows_indexed) FROM system.vector_indexes", "0");
    db.check_error("ALTER TABLE t MATERIALIZE INDEX idx IN PARTITION (1, 2)", "Code: 248");
    db.run("INSERT INTO t VALUES (2, [1, 2])");
    db.check_error(
        "ALTER TABLE t MATERIALIZE INDEX idx SETTINGS max_execution_time = 0.000001",
        "Code: 159",
    );
    // Others go on with what a statement did not wait for.
    db.run("ALTER TABLE t MATERIALIZE INDEX idx");
    db.check("SELECT sum(rows_not_indexed) FROM system.vector_indexes", "0");
    db.run("INSERT INTO t SELECT 3, [1, 2, 3] SETTINGS materialize_skip_indexes_on_insert = 0");
    db.check_error("ALTER TABLE t MATERIALIZE INDEX idx", "Code: 341");
    db.check(
        "SELECT count() > 0 FROM system.vector_index_builds WHERE state = 'failed' AND error LIKE '%Code: 117%'",
        "1",
    );
    db.run("KILL MUTATION WHERE NOT is_done");
    db.run("ALTER TABLE t DROP PARTITION 3");
    db.run("ALTER TABLE t MATERIALIZE INDEX idx");
    db.check("SELECT sum(rows_not_indexed) FROM system.vector_indexes", "0");
}
