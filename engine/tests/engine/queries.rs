//! Statements as others see them: system.processes, KILL QUERY, system.query_log, SHOW WARNINGS.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gristmill_engine::{Client, Interface, Origin, Outcome};

use super::support::{Database, rows_text, text};

/// Rows of the log whose text contains a word, in order.
fn logged(db: &mut Database, columns: &str, word: &str) -> String {
    // The word is put together, so that the question does not find itself.
    let (first, rest) = word.split_at(1);
    db.rows(&format!(
        "SELECT {columns} FROM system.query_log WHERE position(query, concat('{first}', '{rest}')) > 0 ORDER BY event_time_microseconds"
    ))
}

fn table(db: &mut Database) {
    db.run(
        "CREATE TABLE t (id UInt32, a UInt8, vec Array(Float32), INDEX idx vec TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id;
         INSERT INTO t SELECT number, number % 3, [number, 0] FROM numbers(100)",
    );
}

#[test]
fn the_log_has_the_beginning_and_the_end_of_a_query() {
    let mut db = Database::new();
    table(&mut db);
    db.rows(
        "SELECT max(lower(toString(id))) AS marked FROM t WHERE a = 1 SETTINGS log_comment = 'why', max_threads = 1",
    );
    db.run("SYSTEM FLUSH LOGS");
    db.run("SYSTEM FLUSH LOGS query_log, part_log");
    db.check_error("SYSTEM FLUSH LOGS nosuch_log", "Code: 36");
    assert_eq!(
        logged(
            &mut db,
            "type, read_rows, result_rows, query_kind, exception_code, log_comment",
            "marked"
        ),
        "QueryStart\t0\t0\tSelect\t0\twhy\nQueryFinish\t100\t1\tSelect\t0\twhy"
    );
    assert_eq!(
        logged(
            &mut db,
            "DISTINCT databases, tables, columns, used_functions, used_aggregate_functions",
            "marked"
        ),
        "['default']\t['default.t']\t['default.t.a','default.t.id']\t['lower','toString']\t['max']"
    );
    assert_eq!(
        logged(
            &mut db,
            "ProfileEvents['SelectQuery'], ProfileEvents['SelectedRows'], ProfileEvents['NoSuch'], Settings['max_threads'], mapContains(Settings, 'x')",
            "marked"
        ),
        "0\t0\t0\t1\t0\n1\t100\t0\t1\t0"
    );
    assert_eq!(
        logged(
            &mut db,
            "DISTINCT user, current_database, interface, address, is_initial_query, query_id = initial_query_id, length(query_id)",
            "marked"
        ),
        "default\tdefault\tLocal\t::ffff:127.0.0.1\t1\t1\t36"
    );
}

#[test]
fn the_log_has_errors_by_when_they_happened() {
    let mut db = Database::new();
    db.error("SELECT nosuch AS before_start");
    db.error("SELECT broken syntax (");
    db.error("SELECT throwIf(number = 99999, 'later_on') FROM numbers(100000)");
    let seen = |db: &mut Database, word: &str| logged(db, "type, exception_code, query_kind, exception != ''", word);
    assert_eq!(seen(&mut db, "before_start"), "ExceptionBeforeStart\t47\tSelect\t1");
    assert_eq!(seen(&mut db, "broken syntax"), "ExceptionBeforeStart\t62\t\t1");
    assert_eq!(
        seen(&mut db, "later_on"),
        "QueryStart\t0\tSelect\t0\nExceptionWhileProcessing\t395\tSelect\t1"
    );
}

#[test]
fn the_log_has_inserts_without_their_data() {
    let mut db = Database::new();
    table(&mut db);
    db.run("INSERT INTO t VALUES (1000, 1, [1, 2]), (1001, 1, [1, 2])");
    assert_eq!(
        logged(
            &mut db,
            "type, query, written_rows, result_rows, tables",
            "INSERT INTO t VALUES"
        ),
        "QueryStart\tINSERT INTO t VALUES\t0\t0\t['default.t']\nQueryFinish\tINSERT INTO t VALUES\t2\t2\t['default.t']"
    );
}

#[test]
fn settings_say_what_is_logged() {
    let mut db = Database::new();
    let mut types = |query: &str, settings: &str| {
        let _ = text(&mut db.session, &format!("{query} SETTINGS {settings}"));
        logged(&mut db, "type", query.rsplit(' ').next().unwrap())
    };
    assert_eq!(types("SELECT 1 AS off", "log_queries = 0"), "");
    assert_eq!(
        types("SELECT 1 AS finished_alone", "log_queries_min_type = 'QUERY_FINISH'"),
        "QueryFinish"
    );
    assert_eq!(types("SELECT 1 AS improbable", "log_queries_probability = 0"), "");
    let errors = "log_queries_min_type = 'EXCEPTION_WHILE_PROCESSING'";
    assert_eq!(types("SELECT 1 AS no_error", errors), "");
    assert_eq!(
        types("SELECT 1 AS short", "log_queries_min_query_duration_ms = 60000"),
        ""
    );
    assert_eq!(
        types(
            "SELECT sum(number) FROM numbers(5000000) AS slow",
            "log_queries_min_query_duration_ms = 1"
        ),
        "QueryFinish"
    );
    db.rows("SELECT 1 AS cut_here SETTINGS log_queries_cut_to_length = 20");
    assert_eq!(logged(&mut db, "DISTINCT query", "cut_here"), "SELECT 1 AS cut_here");
    db.rows("SELECT   1 AS laid_out,2 SETTINGS log_formatted_queries = 1");
    let formatted = logged(&mut db, "DISTINCT formatted_query", "laid_out");
    assert!(formatted.starts_with("SELECT 1 AS laid_out, 2"), "{formatted}");
}

/// A search that is answered from the cache of plans is logged like the one before it.
#[test]
fn the_log_has_searches_whose_plan_is_known() {
    let mut db = Database::new();
    db.run(
        "CREATE TABLE v (id UInt32, vec Array(Float32), INDEX idx vec TYPE vector_similarity('hnsw', 'L2Distance', 10)) ENGINE = MergeTree ORDER BY id;
         INSERT INTO v SELECT number, arrayMap(i -> number + i, range(10)) FROM numbers(500)",
    );
    for first in [1, 2, 3] {
        db.rows(&format!(
            "SELECT id FROM v ORDER BY L2Distance(vec, [{first}, 2, 3, 4, 5, 6, 7, 8, 9, 10]) LIMIT 2"
        ));
    }
    let columns = "type, query_kind, result_rows, tables, columns, ProfileEvents['USearchSearchCount']";
    let row = "Select\t2\t['default.v']\t['default.v.id','default.v.vec']\t1";
    let start = "QueryStart\tSelect\t0\t['default.v']\t['default.v.id','default.v.vec']\t0";
    let finished: Vec<String> = logged(&mut db, columns, "L2Distance(vec, [")
        .lines()
        .map(str::to_owned)
        .collect();
    assert_eq!(
        finished
            .iter()
            .filter(|it| **it == format!("QueryFinish\t{row}"))
            .count(),
        3,
        "{finished:?}"
    );
    assert_eq!(finished.iter().filter(|it| *it == start).count(), 3, "{finished:?}");
    let mut distinct = |column: &str| {
        let values = logged(&mut db, &format!("{column}, type = 'QueryFinish'"), "L2Distance(vec, [");
        let finished = values.lines().filter_map(|line| line.strip_suffix("\t1"));
        finished.collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!(distinct("normalized_query_hash"), 1);
    assert_eq!(distinct("query_id"), 3);
}

#[test]
fn queries_that_run_are_listed_and_can_be_killed() {
    let mut db = Database::new();
    let mut other = db.engine.session();
    other.identify_next(Origin {
        query_id: Some("slow one".into()),
        client: Arc::new(Client {
            interface: Interface::Http,
            http_user_agent: "agent".into(),
            ..Client::default()
        }),
    });
    let thread = std::thread::spawn(move || {
        text(
            &mut other,
            "SELECT count() FROM numbers(1000000000000) WHERE number % 7 = 8",
        )
    });
    let seen = "SELECT query_id, user, interface, http_user_agent, query_kind, read_rows < 1000000000000, elapsed < 100 FROM system.processes WHERE query_id = 'slow one'";
    wait_until(|| !db.rows(seen).is_empty());
    db.check(seen, "slow one\tdefault\tHTTP\tagent\tSelect\t1\t1");
    assert!(db.rows("SHOW PROCESSLIST").contains("slow one"));
    let kill = "KILL QUERY WHERE query_id = 'slow one'";
    let row = "slow one\tdefault\tSELECT count() FROM numbers(1000000000000) WHERE number % 7 = 8";
    db.check(&format!("{kill} TEST"), &format!("unknown_status\t{row}"));
    db.check(&format!("{kill} SYNC"), &format!("finished\t{row}"));
    assert!(thread.join().unwrap().unwrap_err().contains("Code: 394"));
    db.check(kill, "");
    db.check("SELECT count() FROM system.processes", "1");
    db.check("KILL QUERY WHERE 1", "");
}

#[test]
fn an_insert_that_waits_for_data_can_be_killed() {
    let mut db = Database::new();
    table(&mut db);
    let mut other = db.engine.session();
    let begun = other.execute(b"INSERT INTO t VALUES", &BTreeMap::new());
    let Ok(Outcome::Insert(insert)) = begun else {
        panic!("an INSERT waits for its data");
    };
    let killed = db.rows("KILL QUERY WHERE query_kind = 'Insert' ASYNC");
    assert!(killed.starts_with("waiting\t"), "{killed}");
    db.check(
        "SELECT is_cancelled FROM system.processes WHERE query_kind = 'Insert'",
        "1",
    );
    assert!(insert.finish().unwrap_err().to_string().contains("Code: 394"));
    db.check("SELECT count() FROM t", "100");
}

#[test]
fn a_name_is_used_by_one_running_query() {
    let mut db = Database::new();
    let named = |session: &mut gristmill_engine::Session| {
        session.identify_next(Origin {
            query_id: Some("same".into()),
            ..Origin::default()
        });
    };
    let mut other = db.engine.session();
    named(&mut other);
    let Ok(Outcome::Rows(rows)) = other.execute(b"SELECT queryID()", &BTreeMap::new()) else {
        panic!("it has rows");
    };
    named(&mut db.session);
    db.check_error("SELECT 1", "Code: 216");
    assert_eq!(rows_text(rows).unwrap(), "same");
    named(&mut db.session);
    db.check("SELECT query_id()", "same");
    db.check("SELECT length(queryID())", "36");
}

#[test]
fn a_result_that_nobody_reads_to_its_end_is_logged_as_cancelled() {
    let mut db = Database::new();
    let mut other = db.engine.session();
    let Ok(Outcome::Rows(rows)) = other.execute(b"SELECT number AS given_up FROM numbers(10)", &BTreeMap::new()) else {
        panic!("it has rows");
    };
    drop(rows);
    assert_eq!(
        logged(&mut db, "type, exception_code", "given_up"),
        "QueryStart\t0\nExceptionWhileProcessing\t394"
    );
}

#[test]
fn warnings_say_why_a_vector_index_was_not_used() {
    let mut db = Database::new();
    table(&mut db);
    let warning = "Vector index of default.t not used: index idx is built for L2Distance, not cosineDistance";
    db.rows("SELECT id FROM t ORDER BY cosineDistance(vec, [1., 2.]) LIMIT 1");
    db.check("SHOW WARNINGS", &format!("Warning\t1105\t{warning}"));
    db.check("SELECT message FROM system.warnings", warning);
    db.check("SHOW WARNINGS", &format!("Warning\t1105\t{warning}"));
    db.rows("SELECT id FROM t ORDER BY L2Distance(vec, [1., 2.]) LIMIT 1");
    db.check("SHOW WARNINGS", "");
    db.rows("SELECT id FROM t ORDER BY L2Distance(vec, [1., 2.]) LIMIT 1 SETTINGS use_skip_indexes = 0");
    let mut other = db.engine.session();
    assert_eq!(text(&mut other, "SHOW WARNINGS").unwrap(), "");
    db.check(
        "SHOW WARNINGS",
        "Warning\t1105\tVector index of default.t not used: use_skip_indexes is 0",
    );
    db.run("SELECT 1");
    db.check("SHOW WARNINGS", "");
}

#[test]
fn maps_of_system_tables_are_kept_in_tables() {
    let mut db = Database::new();
    db.run("CREATE TABLE m ENGINE = MergeTree ORDER BY () AS SELECT ProfileEvents FROM system.processes");
    db.check(
        "SELECT toTypeName(ProfileEvents), length(ProfileEvents) > 0 FROM m",
        "Map(LowCardinality(String), UInt64)\t1",
    );
    db.check(
        "SELECT toTypeName(ProfileEvents) FROM system.processes",
        "Map(LowCardinality(String), UInt64)",
    );
    db.check(
        "SELECT length(mapKeys(ProfileEvents)) > 0, mapValues(Settings) FROM system.processes SETTINGS max_threads = 3",
        "1\t['3']",
    );
}

fn wait_until(mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it takes too long");
        std::thread::sleep(Duration::from_millis(5));
    }
}
