//! Databases that earlier releases have written, kept in `compat/<number>/`: they open for ever, and hold what they held.
//!
//! `cargo test -p gristmill-tests --test compat -- --ignored` writes the one of this release, for a new format.

use std::fs;
use std::path::{Path, PathBuf};

use gristmill_engine::{Engine, EngineOptions};
use gristmill_tests::embedded::ask;
use gristmill_tests::sql_file::{check, statements};

/// The folder for the database of the present format.
const PRESENT: &str = "1";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("compat")
}

fn open(path: &Path) -> std::sync::Arc<Engine> {
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

/// What differs from `read.reference`.
fn differences(engine: &std::sync::Arc<Engine>) -> Vec<String> {
    let mut session = engine.session();
    check(&folder().join("read.sql"), |statement| ask(&mut session, statement))
}

#[test]
fn databases_of_earlier_releases_hold_what_they_held() {
    let mut seen = 0;
    for release in fs::read_dir(folder()).unwrap() {
        let database = release.unwrap().path().join("database");
        if !database.is_dir() {
            continue;
        }
        seen += 1;
        let dir = tempfile::tempdir().unwrap();
        copy(&database, dir.path());
        let engine = open(dir.path());
        let name = database.display();
        assert_eq!(engine.load_failures(), Vec::<String>::new(), "{name}");
        assert_eq!(differences(&engine), Vec::<String>::new(), "{name}");
        // Parts written anew from the old ones hold the same.
        let mut session = engine.session();
        for table in [
            "kinds",
            "near",
            "`other one`.`t/1`",
            "changed",
            "skips",
            "replaced",
            "pending",
        ] {
            for statement in [
                format!("SYSTEM START MERGES {table}"),
                format!("OPTIMIZE TABLE {table} FINAL"),
            ] {
                ask(&mut session, statement.as_bytes()).unwrap();
            }
        }
        assert_eq!(differences(&engine), Vec::<String>::new(), "{name}, merged");
        let attach = "ALTER TABLE `other one`.`t/1` ATTACH PARTITION 'y'; SELECT sum(`a b`) FROM `other one`.`t/1`";
        let mut answers = Vec::new();
        for statement in statements(attach.as_bytes()) {
            answers.extend(ask(&mut session, &statement.text).unwrap());
        }
        assert_eq!(answers, b"3\n", "{name}");
        drop(session);
        drop(engine);
        let engine = open(dir.path());
        assert_eq!(engine.load_failures(), Vec::<String>::new(), "{name}, again");
    }
    assert!(seen > 0, "there are databases");
}

/// Writes the database of this release, and what is to be read of it.
#[test]
#[ignore = "writes into the source tree"]
fn write_the_present_database() {
    let database = folder().join(PRESENT).join("database");
    let _ = fs::remove_dir_all(&database);
    let engine = open(&database);
    run(&engine, "write.sql");
    drop(engine);
    fs::remove_dir_all(database.join("data")).unwrap(); // links, for people
    let dir = tempfile::tempdir().unwrap();
    copy(&database, dir.path());
    fs::write(folder().join("read.reference"), run(&open(dir.path()), "read.sql")).unwrap();
}

/// Runs a script; what it prints.
fn run(engine: &std::sync::Arc<Engine>, script: &str) -> Vec<u8> {
    let mut session = engine.session();
    let mut printed = Vec::new();
    for statement in statements(&fs::read(folder().join(script)).unwrap()) {
        let text = String::from_utf8_lossy(&statement.text).into_owned();
        printed.extend(ask(&mut session, &statement.text).unwrap_or_else(|error| panic!("{text}: {error}")));
    }
    printed
}
