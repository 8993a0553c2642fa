//! The SQL files of `tests/queries`, against the embedded engine and over HTTP.
//!
//! The references are ClickHouse's own answers: `tests/reference.py` writes them. `GRISTMILL_SQL=types` runs only the
//! files whose names contain this word.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use gristmill_engine::Session;
use gristmill_server::statement::{Run, Step};
use gristmill_tests::TestEngine;
use gristmill_tests::http::Server;
use gristmill_tests::sql_file::{Answer, check, files};

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

/// Bytes that a format writes, read when it is done.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// One statement as `gristmill local` runs it.
fn ask(session: &mut Session, text: &[u8]) -> Answer {
    let run = Run {
        parameters: &BTreeMap::new(),
        default_format: "TabSeparated",
        text,
    };
    let sink = Sink::default();
    let done = match run.execute(session) {
        Ok(Step::Done) => Ok(()),
        Ok(Step::Rows(rows)) => rows.write(Box::new(sink.clone())).map(drop),
        Ok(Step::Insert(insert)) => insert.read(Box::new(std::io::empty())).map(drop),
        Err(error) => Err(error),
    };
    let printed = std::mem::take(&mut *sink.0.lock().unwrap());
    done.map(|()| printed).map_err(|error| error.to_string())
}

#[test]
fn embedded() {
    let mut wrong = Vec::new();
    for path in queries() {
        let engine = TestEngine::new();
        let mut session = engine.session();
        wrong.extend(check(&path, |statement| ask(&mut session, statement)));
    }
    report(wrong);
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
