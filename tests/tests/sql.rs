//! The SQL files of `tests/queries`, against the embedded engine and over HTTP.
//!
//! The references are ClickHouse's own answers: `tests/reference.py` writes them. `GRISTMILL_SQL=types` runs only the
//! files whose names contain this word.

use std::path::{Path, PathBuf};

use gristmill_engine::Session;
use gristmill_tests::TestEngine;
use gristmill_tests::embedded::ask;
use gristmill_tests::http::Server;
use gristmill_tests::sql_file::{check, files};

fn queries() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries");
    let wanted = std::env::var("GRISTMILL_SQL").unwrap_or_default();
    let mut files = files(&folder);
    files.retain(|path| path.to_string_lossy().contains(&wanted));
    assert!(!files.is_empty(), "no query file matches {wanted}");
    files
}

fn report(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn embedded() {
    let mut wrong = Vec::new();
    for path in queries() {
        let engine = TestEngine::new();
        let mut session = engine.session();
        wrong.extend(check(&path, |statement| ask(&mut session, statement)));
        let name = path.file_name().unwrap().to_string_lossy();
        wrong.extend(shown_differently(&mut session).map(|table| format!("{name}: {table}")));
    }
    report(wrong);
}

/// Tables that SHOW CREATE prints in a way that makes another table: all that a file leaves behind are made again.
fn shown_differently(session: &mut Session) -> impl Iterator<Item = String> {
    let mut ask = |query: &str| {
        let answer = ask(session, query.as_bytes()).unwrap_or_else(|error| panic!("{query}: {error}"));
        String::from_utf8_lossy(&answer).into_owned()
    };
    let names = "SELECT concat('`', replaceAll(database, '`', '\\\\`'), '`.`', replaceAll(name, '`', '\\\\`'), '`') \
                 FROM system.tables WHERE NOT is_temporary AND lower(database) NOT IN ('system', 'information_schema') FORMAT TSVRaw";
    let mut wrong = Vec::new();
    for table in ask(names).lines() {
        let show = format!("SHOW CREATE TABLE {table} FORMAT TSVRaw");
        let shown = ask(&show);
        ask(&format!("RENAME TABLE {table} TO default.`set aside`"));
        ask(&shown);
        let again = ask(&show);
        ask(&format!("DROP TABLE {table}"));
        ask(&format!("RENAME TABLE default.`set aside` TO {table}"));
        if again != shown {
            wrong.push(format!("{table} was shown as\n{shown}and became\n{again}"));
        }
    }
    wrong.into_iter()
}

#[test]
fn over_http() {
    let mut wrong = Vec::new();
    for path in queries() {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(folder.path());
        wrong.extend(check(&path, |statement| server.ask("sql-test", statement)));
    }
    report(wrong);
}
