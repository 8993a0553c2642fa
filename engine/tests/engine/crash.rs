//! The process ends at every single operation on disk while statements run; or one operation fails. Afterwards the
//! database is as before the statement or as after it, and nothing superfluous is left.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use gristmill_engine::{Engine, EngineOptions};

use crate::fault::{Fault, FaultyDirectory};
use crate::support::{Database, text};

/// Statements that make, fill, change and remove tables. What takes several steps by itself (a partition that moves to
/// another table, databases with tables in them) is not here: ClickHouse does not promise it in one.
const STORIES: [&[&str]; 4] = [
    &[
        "CREATE DATABASE d",
        "CREATE TABLE d.t (id UInt64, name String) ENGINE = MergeTree ORDER BY id SETTINGS max_bytes_to_merge_at_max_space_in_pool = 1",
        "INSERT INTO d.t SELECT number, toString(number) FROM numbers(10)",
        "INSERT INTO d.t SELECT number, 'more' FROM numbers(20, 5)",
        "CREATE TABLE d.u (id UInt64, name String) ENGINE = MergeTree ORDER BY id",
        "EXCHANGE TABLES d.t AND d.u",
        "RENAME TABLE d.u TO default.v",
        "ALTER TABLE v MODIFY COMMENT 'commented'",
        "OPTIMIZE TABLE v FINAL",
        "DROP TABLE v",
        "DROP TABLE d.t",
        "DROP DATABASE d",
    ],
    &[
        "CREATE TABLE t (p UInt8, id UInt64, vec Array(Float32)) ENGINE = MergeTree PARTITION BY p ORDER BY id",
        "INSERT INTO t SELECT number % 2, number, [number, 1] FROM numbers(10)",
        "ALTER TABLE t ADD INDEX i vec TYPE vector_similarity('hnsw', 'L2Distance', 2)",
        "ALTER TABLE t MATERIALIZE INDEX i SETTINGS mutations_sync = 2",
        "DELETE FROM t WHERE id = 3",
        "ALTER TABLE t DETACH PARTITION 1",
        "ALTER TABLE t ATTACH PARTITION 1",
        "ALTER TABLE t DROP PARTITION 0",
        "ALTER TABLE t DROP INDEX i SETTINGS mutations_sync = 2",
        "TRUNCATE TABLE t",
    ],
    &[
        "CREATE TABLE a (id UInt64) ENGINE = MergeTree ORDER BY id AS SELECT number AS id FROM numbers(5)",
        "CREATE OR REPLACE TABLE a (id UInt64, b UInt8) ENGINE = MergeTree ORDER BY id AS SELECT number AS id, 1 AS b FROM numbers(7)",
        "CREATE TABLE b AS a",
        "INSERT INTO b SELECT * FROM a",
        "ALTER TABLE b FREEZE",
        "DROP TABLE a",
    ],
    // Parts that are written again: under other names of columns, and in other types.
    &[
        "CREATE TABLE a (id UInt64, x String, vec Array(Float32)) ENGINE = MergeTree ORDER BY id",
        "INSERT INTO a SELECT number, toString(number), [number, 1] FROM numbers(5)",
        "ALTER TABLE a RENAME COLUMN x TO y",
        "CREATE TABLE b (id UInt64, vec Array(Float32), y String, INDEX i vec TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY id",
        "INSERT INTO b VALUES (9, [9, 9], 'b')",
        "ALTER TABLE b ATTACH PARTITION tuple() FROM a",
        "INSERT INTO a VALUES (10, 'more', [1, 2])",
        "ALTER TABLE b REPLACE PARTITION tuple() FROM a",
        "ALTER TABLE b DETACH PART 'all_4_4_0'",
        "ALTER TABLE b MODIFY COLUMN y LowCardinality(String)",
        "ALTER TABLE b ATTACH PART 'all_4_4_0'",
    ],
];

fn open(directory: &FaultyDirectory, path: &Path) -> gristmill_engine::Result<Arc<Engine>> {
    Engine::open(EngineOptions {
        path: Some(path.to_owned()),
        directory: Arc::new(directory.clone()),
        threads: 1,
        merge_threads: 0,
        ..EngineOptions::default()
    })
}

/// Opens a database that this process has just let go of: a thread of a statement that failed may still be ending.
fn reopen(path: &Path) -> gristmill_engine::Result<Arc<Engine>> {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        match open(&FaultyDirectory::sound(), path) {
            Err(error) if error.to_string().contains("is in use by another process") && Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(1));
            }
            opened => return opened,
        }
    }
}

/// All databases and tables with what is in them.
fn state(engine: &Arc<Engine>) -> String {
    let mut session = engine.session();
    let mut ask = |query: &str| text(&mut session, query).unwrap_or_else(|error| panic!("{query}: {error}"));
    let mut state = ask(
        "SELECT name FROM system.databases WHERE lower(name) NOT IN ('system', 'information_schema') ORDER BY name",
    );
    let tables = ask(
        "SELECT concat(database, '.', name) FROM system.tables WHERE lower(database) NOT IN ('system', 'information_schema') ORDER BY 1",
    );
    for table in tables.lines() {
        let create = ask(&format!("SHOW CREATE TABLE {table}"));
        let rows = ask(&format!("SELECT * FROM {table}"));
        let mut rows: Vec<&str> = rows.lines().collect();
        rows.sort();
        state += &format!("\n{create}\n{}", rows.join("\n"));
    }
    state
}

/// The state before the story and after each statement.
fn states(story: &[&str]) -> Vec<String> {
    let mut database = Database::new();
    let mut states = vec![state(&database.engine)];
    for statement in story {
        database.run(statement);
        states.push(state(&database.engine));
    }
    states
}

/// Nothing is left but tables and what is kept on purpose.
fn assert_tidy(engine: &Arc<Engine>, path: &Path, what: &str) {
    let mut session = engine.session();
    let tables = text(
        &mut session,
        "SELECT count() FROM system.tables WHERE lower(database) NOT IN ('system', 'information_schema')",
    )
    .unwrap();
    let names = |folder: &str| -> Vec<String> {
        let entries = fs::read_dir(path.join(folder))
            .into_iter()
            .flatten()
            .map(Result::unwrap);
        let kept = entries.filter(|entry| entry.file_name() != "tmp_hidden_parts"); // the next one replaces it
        kept.map(|entry| entry.file_name().into_string().unwrap()).collect()
    };
    assert_eq!(names("store").len().to_string(), tables, "{what}: {:?}", names("store"));
    assert_eq!(names("dropped"), Vec::<String>::new(), "{what}");
    for table in names("store") {
        let parts = names(&format!("store/{table}"));
        let is_garbage = |name: &&String| name.starts_with("tmp_") || name.starts_with("delete_");
        assert_eq!(parts.iter().find(is_garbage), None, "{what}");
    }
}

/// Tells the story until the process ends at operation `stop`; false if it came to its end.
fn stop_at(story: &[&str], states: &[String], stop: usize, lose: bool) -> bool {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("database");
    let directory = FaultyDirectory::new(Fault::Stop, stop);
    let mut done = 0;
    if let Ok(engine) = open(&directory, &path) {
        let mut session = engine.session();
        done = story.iter().take_while(|it| text(&mut session, it).is_ok()).count();
    }
    if lose {
        directory.lose_unsynced();
    }
    let what = format!(
        "stop {stop}, lose {lose}, after {:?}",
        done.checked_sub(1).map(|last| story[last])
    );
    let engine = reopen(&path).unwrap_or_else(|error| panic!("{what}: {error}"));
    assert_eq!(engine.load_failures(), Vec::<String>::new(), "{what}");
    let found = state(&engine);
    // Of a part that is being detached the copy comes first, and back it comes as it was.
    assert!(
        found == states[done] || Some(&found) == states.get(done + 1),
        "{what}\nfound: {found}\nbefore: {}\nafter: {:?}",
        states[done],
        states.get(done + 1)
    );
    assert_tidy(&engine, &path, &what);
    directory.struck()
}

fn tell(story: &[&str]) {
    let states = states(story);
    for lose in [false, true] {
        let stops = (1..).take_while(|stop| stop_at(story, &states, *stop, lose)).count();
        assert!(stops > 50, "the story has only {stops} operations");
    }
}

#[test]
fn a_process_that_ends_anywhere_leaves_whole_tables() {
    tell(STORIES[0]);
}

#[test]
fn a_process_that_ends_anywhere_leaves_whole_partitions_and_indexes() {
    tell(STORIES[1]);
}

#[test]
fn a_process_that_ends_anywhere_leaves_no_half_made_table() {
    tell(STORIES[2]);
}

#[test]
fn a_process_that_ends_anywhere_leaves_whole_parts_that_are_written_again() {
    tell(STORIES[3]);
}

/// One operation fails; what the engine says then is what the next start finds, and the statement can be repeated.
fn fail_at(story: &[&str], states: &[String], stop: usize) -> bool {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("database");
    let directory = FaultyDirectory::new(Fault::DiskFull, stop);
    let Ok(engine) = open(&directory, &path) else {
        return true;
    };
    let mut session = engine.session();
    let done = story.iter().take_while(|it| text(&mut session, it).is_ok()).count();
    let what = format!("operation {stop}, in {:?}", story.get(done));
    let in_memory = state(&engine);
    assert!(
        in_memory == states[done] || Some(&in_memory) == states.get(done + 1),
        "{what}\nfound: {in_memory}"
    );
    drop(session);
    drop(engine);
    let engine = reopen(&path).unwrap_or_else(|error| panic!("{what}: {error}"));
    let on_disk = state(&engine);
    // A switch that may or may not have happened is told by the next start only.
    let may_differ = Some(&on_disk) == states.get(done + 1);
    assert!(
        in_memory == on_disk || may_differ,
        "{what}\nin memory: {in_memory}\non disk: {on_disk}"
    );
    assert_tidy(&engine, &path, &what);
    directory.struck()
}

#[test]
fn an_operation_that_fails_leaves_memory_and_disk_alike() {
    for story in STORIES {
        let states = states(story);
        let stops = (1..).take_while(|stop| fail_at(story, &states, *stop)).count();
        assert!(stops > 50, "the story has only {stops} operations");
    }
}
