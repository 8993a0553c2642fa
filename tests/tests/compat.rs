//! Databases that earlier releases have written, kept in `compat/<number>/`: they open for ever, and hold what they held
//! (`read.sql`), whatever is done to them then (`later.sql`).
//!
//! A new format gets a folder of its own, with a `write.sql` and a `read.sql`:
//! `cargo test -p gristmill-tests --test compat -- --ignored` writes its database and what is read of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gristmill_engine::{Engine, EngineOptions, Session};
use gristmill_tests::embedded::ask;
use gristmill_tests::sql_file::{check, statements};

/// The folder for the database of the present format.
const PRESENT: &str = "2";
/// What EXPLAIN ANALYZE tells of how old index files are searched: release, what comes first, query, words.
const SEARCHED: [(&str, &str, &str, &str); 2] = [
    (
        "1",
        // Of so many rows those of the old part are too many to be compared in the column.
        "INSERT INTO near (id, vec, wide, halves) SELECT number, arrayWithConstant(8, number), range(8), range(8) FROM numbers(5000) \
         SETTINGS materialize_skip_indexes_on_insert = 0",
        "SELECT id FROM near ORDER BY L2Distance(vec, [1, 2, 3, 4, 5, 6, 7, 8]), id LIMIT 5",
        "Vector index not used: index by_vec was written by an earlier release and does not say how far it rounds",
    ),
    (
        "2",
        "SELECT 1",
        "SELECT id FROM coded ORDER BY L2Distance(vec, arrayWithConstant(64, 3.)) LIMIT 1",
        "Codes of the index compared",
    ),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("compat")
}

fn open(path: &Path) -> Arc<Engine> {
    let options = EngineOptions {
        path: Some(path.to_owned()),
        ..EngineOptions::default()
    };
    Engine::open(options).unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap() {
            kind if kind.is_dir() => copy(&entry.path(), &target),
            _ => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// What differs from the reference of a script.
fn differences(script: &Path, engine: &Arc<Engine>) -> Vec<String> {
    let mut session = engine.session();
    check(script, |statement| ask(&mut session, statement))
}

fn answer(session: &mut Session, statement: &str) -> String {
    let answer = ask(session, statement.as_bytes()).unwrap_or_else(|error| panic!("{statement}: {error}"));
    String::from_utf8(answer).unwrap()
}

#[test]
fn databases_of_earlier_releases_hold_what_they_held() {
    let mut seen = 0;
    for release in fs::read_dir(folder()).unwrap() {
        let release = release.unwrap().path();
        assert!(release.join("database").is_dir(), "{}", release.display());
        check_release(&release);
        seen += 1;
    }
    assert!(seen > 0, "there are databases");
}

fn check_release(release: &Path) {
    let dir = tempfile::tempdir().unwrap();
    copy(&release.join("database"), dir.path());
    let engine = open(dir.path());
    let name = release.display();
    let read = release.join("read.sql");
    assert_eq!(engine.load_failures(), Vec::<String>::new(), "{name}");
    assert_eq!(differences(&read, &engine), Vec::<String>::new(), "{name}");
    let mut session = engine.session();
    // Parts written anew from the old ones hold the same.
    let tables = "SELECT concat('`', database, '`.`', name, '`') FROM system.tables WHERE engine LIKE '%MergeTree'";
    for table in answer(&mut session, tables).lines() {
        answer(&mut session, &format!("SYSTEM START MERGES {table}"));
        answer(&mut session, &format!("OPTIMIZE TABLE {table} FINAL"));
    }
    assert_eq!(differences(&read, &engine), Vec::<String>::new(), "{name}, merged");
    let later = release.join("later.sql");
    if later.exists() {
        assert_eq!(differences(&later, &engine), Vec::<String>::new(), "{name}, later");
    }
    drop(session);
    drop(engine);
    let engine = open(dir.path());
    assert_eq!(engine.load_failures(), Vec::<String>::new(), "{name}, again");
}

#[test]
fn old_index_files_are_searched_as_they_can_be() {
    for (release, first, query, words) in SEARCHED {
        let dir = tempfile::tempdir().unwrap();
        copy(&folder().join(release).join("database"), dir.path());
        let engine = open(dir.path());
        let mut session = engine.session();
        answer(&mut session, first);
        let explained = answer(&mut session, &format!("EXPLAIN ANALYZE {query}"));
        assert!(explained.contains(words), "{release}: {explained}");
    }
}

/// Writes the database of this release, and what is to be read of it.
#[test]
#[ignore = "writes into the source tree"]
fn write_the_present_database() {
    let release = folder().join(PRESENT);
    let database = release.join("database");
    let _ = fs::remove_dir_all(&database);
    let engine = open(&database);
    run(&engine, &release.join("write.sql"));
    drop(engine);
    fs::remove_dir_all(database.join("data")).unwrap(); // links, for people
    let dir = tempfile::tempdir().unwrap();
    copy(&database, dir.path());
    let printed = run(&open(dir.path()), &release.join("read.sql"));
    fs::write(release.join("read.reference"), printed).unwrap();
}

/// Runs a script; what it prints.
fn run(engine: &Arc<Engine>, script: &Path) -> Vec<u8> {
    let mut session = engine.session();
    let mut printed = Vec::new();
    for statement in statements(&fs::read(script).unwrap()) {
        let text = String::from_utf8_lossy(&statement.text).into_owned();
        printed.extend(ask(&mut session, &statement.text).unwrap_or_else(|error| panic!("{text}: {error}")));
    }
    printed
}
