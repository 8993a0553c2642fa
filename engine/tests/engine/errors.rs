//! Bad statements: ClickHouse's code and text, and the engine goes on.

use gristmill_sql::Code;

use super::support::Database;

#[track_caller]
fn check(query: &str, expected: &str) {
    Database::new().check_error(query, expected);
}

#[test]
fn what_does_not_exist() {
    check("SELECT * FROM nosuch", "Code: 60");
    check("SELECT * FROM nosuch.t", "Code: 81");
    check("SELECT nosuch", "Code: 47");
    check("SELECT nosuch(1)", "Code: 46");
    check("SELECT 1 FORMAT", "Code: 62");
    check("SELEC 1", "Code: 62");
    check("SELECT * FROM nosuch(1)", "Code: 46");
    check("INSERT INTO nosuch VALUES (1)", "Table default.nosuch does not exist");
    check(
        "INSERT INTO system.one VALUES (1)",
        "Method write is not supported by storage SystemOne",
    );
    check("SET nosuch = 1", "Code: 115");
    check("USE nosuch", "Code: 81");
}

#[test]
fn tables_that_cannot_be() {
    check("CREATE TABLE t (a Foo) ENGINE = MergeTree ORDER BY a", "Code: 50");
    check(
        "CREATE TABLE t (a UInt8) ENGINE = Foo",
        "Unknown table engine Foo. (UNKNOWN_STORAGE)",
    );
    check(
        "CREATE TABLE t (a UInt8) ENGINE = SummingMergeTree ORDER BY a",
        "Table engine SummingMergeTree is not implemented",
    );
    check("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY b", "Code: 47");
    check(
        "CREATE TABLE t (a UInt8, a UInt8) ENGINE = MergeTree ORDER BY a",
        "Cannot add column a: column with this name already exists",
    );
    check(
        "CREATE TABLE t (a Nullable(UInt8)) ENGINE = MergeTree ORDER BY a",
        "Sorting key contains nullable columns",
    );
    check(
        "CREATE TABLE t (a UInt8, b UInt8) ENGINE = MergeTree ORDER BY a PRIMARY KEY b",
        "position 0 is a, not b",
    );
    check(
        "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a SETTINGS foo = 1",
        "Unknown setting 'foo': for storage MergeTree",
    );
    check(
        "CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a SETTINGS index_granularity = 0",
        "makes no sense",
    );
    check(
        "CREATE TABLE t (a Float32) ENGINE = MergeTree PARTITION BY a ORDER BY a",
        "Floating point partition key is not supported",
    );
    check("CREATE TABLE t ENGINE = MergeTree ORDER BY a", "Code: 80");
    check(
        "CREATE TABLE t (a UInt8, b UInt8 DEFAULT c) ENGINE = MergeTree ORDER BY a",
        "Code: 47",
    );
    check(
        "CREATE TABLE nosuch.t (a UInt8) ENGINE = MergeTree ORDER BY a",
        "Code: 81",
    );
}

#[track_caller]
fn check_index(column: &str, index: &str, expected: &str) {
    let create = format!("CREATE TABLE t (id UInt32, v {column}, INDEX idx {index}) ENGINE = MergeTree ORDER BY id");
    check(&create, expected);
    if !expected.contains("Code: 48") {
        check(&create, ": When validating secondary index `idx`. (");
    }
}

#[test]
fn indexes_that_cannot_be() {
    let vector = "Array(Float32)";
    check_index(
        vector,
        "v TYPE vector_similarity('hnsw', 'L2Distance')",
        "Code: 80. DB::Exception: Vector similarity index must have three or six arguments",
    );
    check_index(vector, "v TYPE vector_similarity", "must have three or six arguments");
    check_index(
        vector,
        "v TYPE vector_similarity(1, 'L2Distance', 2)",
        "First argument of vector similarity index (method) must be of type String",
    );
    check_index(
        vector,
        "v TYPE vector_similarity('hnsw', 'L2Distance', -1)",
        "Third argument of vector similarity index (dimensions) must be of type UInt64",
    );
    check_index(
        vector,
        "v TYPE vector_similarity('hnsw', 'L2Distance', 2.5)",
        "must be of type UInt64",
    );
    check_index(vector, "v TYPE vector_similarity('flat', 'L2Distance', 2)", "Code: 117");
    check_index(
        vector,
        "v TYPE vector_similarity('hnsw', 'distanceL2', 2)",
        "Supported distance function are: cosineDistance, dotProduct, L2Distance",
    );
    check_index(
        vector,
        "v TYPE vector_similarity('hnsw', 'L2Distance', 0)",
        "must be > 0",
    );
    check_index(
        vector,
        "(v, id) TYPE vector_similarity('hnsw', 'L2Distance', 2)",
        "Code: 7",
    );
    check_index(
        "Array(Int8)",
        "v TYPE vector_similarity('hnsw', 'L2Distance', 2)",
        "Code: 44",
    );
    check_index(vector, "id TYPE vector_similarity('hnsw', 'L2Distance', 2)", "Code: 44");
    check_index(vector, "v TYPE text(tokenizer = 'splitByNonAlpha')", "Code: 48");
}

#[test]
fn read_only_sessions_read() {
    let mut db = Database::new();
    db.run("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a");
    db.session.begin_request(&[], None, true).unwrap();
    db.check("SELECT count() FROM t", "0");
    db.check_error("INSERT INTO t VALUES (1)", "Code: 164");
    db.check_error("DROP TABLE t", "Cannot execute query in readonly mode");
    db.check_error("SET readonly = 0", "Cannot modify 'readonly'");
    db.session.end_request();
    db.run("INSERT INTO t VALUES (1)");
}

#[test]
fn a_statement_cannot_free_itself_from_readonly() {
    let mut db = Database::new();
    db.run("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a");
    for readonly in ["1", "2"] {
        let mut session = db.engine.session();
        session.set("readonly", readonly).unwrap();
        let changes = [("readonly".to_string(), "0".to_string())];
        assert_eq!(
            session.begin_request(&changes, None, false).unwrap_err().code(),
            Code::READONLY
        );
        let mut check_error = |query: &str| {
            let error = super::support::text(&mut session, query).unwrap_err();
            assert!(error.contains("Code: 164"), "{query}: {error}");
        };
        check_error("INSERT INTO t SETTINGS readonly = 0 VALUES (1)");
        check_error("INSERT INTO t SELECT 1 SETTINGS readonly = 0");
        check_error("DROP TABLE t SETTINGS readonly = 0");
        check_error("SELECT 1 SETTINGS readonly = 0");
        check_error("SET readonly = 0");
        check_error("SET readonly = DEFAULT");
        check_error("SET max_threads = DEFAULT, readonly = 0");
        let other = super::support::text(&mut session, "SELECT 1 SETTINGS max_threads = 7");
        assert_eq!(other.is_ok(), readonly == "2");
    }
    db.check("SELECT count() FROM t", "0");
}

#[test]
fn a_request_leaves_nothing_but_set_and_use() {
    let mut db = Database::new();
    db.run("CREATE DATABASE d;\nCREATE DATABASE e");
    let changes = [("max_threads".to_string(), "3".to_string())];
    let shown = "SELECT currentDatabase(), getSetting('max_threads')";
    db.run("SET max_threads = 2");
    db.session.begin_request(&changes, Some("d"), false).unwrap();
    db.check(shown, "d\t3");
    db.session.end_request();
    db.check(shown, "default\t2");
    assert!(db.session.begin_request(&changes, Some("nowhere"), false).is_err());
    db.check(shown, "default\t2");
    db.session.begin_request(&changes, Some("d"), false).unwrap();
    db.run("SET max_threads = 5;\nUSE e");
    db.check(shown, "e\t5");
    db.session.end_request();
    db.check(shown, "e\t5");
}

#[test]
fn cancelling_ends_one_statement() {
    let mut db = Database::new();
    let canceller = gristmill_engine::Canceller::default();
    canceller.cancel(); // before the statement runs: it must not be lost
    db.session.stop_next_with(canceller.clone());
    db.check_error("SELECT count() FROM numbers(1000000000)", "Code: 394");
    db.check("SELECT count() FROM numbers(10)", "10");
    db.session.stop_next_with(gristmill_engine::Canceller::default());
    canceller.cancel(); // late: its statement is over
    db.check("SELECT count() FROM numbers(10)", "10");
}

#[test]
fn an_error_while_running_ends_the_query_alone() {
    let mut db = Database::new();
    db.check_error("SELECT throwIf(number = 3) FROM numbers(10)", "Code: 395");
    db.check("SELECT 1", "1");
}

#[test]
fn memory_has_a_limit() {
    use gristmill_engine::{Engine, EngineOptions};
    let options = EngineOptions {
        memory_bytes_max: Some(1 << 20),
        ..EngineOptions::default()
    };
    let engine = Engine::open(options).unwrap();
    let mut session = engine.session();
    let mut run = |query: &str| super::support::text(&mut session, query);
    let error = run("SELECT number, count() FROM numbers(1000000) GROUP BY number ORDER BY number LIMIT 1");
    assert!(error.unwrap_err().contains("Code: 241"));
    assert_eq!(run("SELECT 1").unwrap(), "1");
}

#[test]
fn what_is_parsed_is_done_or_refused() {
    let mut db = Database::new();
    db.run("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a");
    for query in [
        "SELECT * FROM (SELECT 1 SETTINGS join_use_nulls = 1)",
        "SELECT (SELECT 1 SETTINGS join_use_nulls = 1)",
        "WITH x AS (SELECT 1 SETTINGS join_use_nulls = 1) SELECT * FROM x",
        "SELECT 1 SETTINGS join_use_nulls = 1 UNION ALL SELECT 2",
        "SELECT 1 AS x SETTINGS union_default_mode = 'ALL' UNION SELECT 1",
        "INSERT INTO t SELECT * FROM (SELECT 1 SETTINGS join_use_nulls = 1)",
        "CREATE TABLE u ENGINE = MergeTree ORDER BY tuple() AS SELECT * FROM (SELECT 1 AS x SETTINGS join_use_nulls = 1)",
        "EXPLAIN SELECT * FROM (SELECT 1 SETTINGS join_use_nulls = 1)",
        "DESCRIBE (SELECT * FROM (SELECT 1 SETTINGS join_use_nulls = 1))",
        "ATTACH TABLE u (a UInt8) ENGINE = MergeTree ORDER BY a",
        "CREATE TABLE u UUID '12345678-1234-1234-1234-123456789012' (a UInt8) ENGINE = MergeTree ORDER BY a",
        "CREATE DATABASE m ENGINE = Memory",
        "INSERT INTO FUNCTION file('x') PARTITION BY a SELECT 1",
    ] {
        db.check_error(query, "Code: 48");
    }
    db.check_error("SELECT * FROM (SELECT 1 SETTINGS nope = 1)", "Code: 115");
    db.check(
        "SELECT * FROM (SELECT 1 SETTINGS join_use_nulls = 1) SETTINGS join_use_nulls = 1",
        "1",
    );
    db.check("SELECT * FROM (SELECT 1 SETTINGS optimize_read_in_order = 0)", "1");
    db.check("EXISTS u", "0");
}

#[test]
fn long_queries_are_refused() {
    let dir = tempfile::TempDir::new().unwrap();
    let mut db = Database::open(dir.path());
    let comment = "x".repeat(300_000);
    let create = format!("CREATE TABLE t (a UInt64) ENGINE = MergeTree ORDER BY a COMMENT '{comment}'");
    db.check_error(&create, "Code: 62. DB::Exception: Max query size exceeded");
    db.run(&format!("SET max_query_size = 1000000;\n{create}"));
    db.run("SET max_query_size = 40");
    db.check("SELECT [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13][13]", "13");
    db.check_error("SELECT 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'", "Code: 62");
    db.run("INSERT INTO t VALUES (1111111111), (2222222222), (3333333333), (4444444444)");
    db.run("SET max_query_size = 0");
    db.check(&format!("SELECT length('{comment}')"), "300000");
    drop(db);
    let mut db = Database::open(dir.path());
    db.check("SELECT count() FROM t", "4");
}
