//! Merges that meet other jobs. What merges do is tested through SQL, in `tests/engine/merges.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use gristmill_storage::{IndexChoice, LeftOut, MergeOptions, MergeProgress, PartName};

use crate::catalog::DEFAULT;
use crate::table::MergeTreeTable;
use crate::{Engine, EngineOptions, Session};

/// A database in which nothing is merged by itself.
pub struct Fixture {
    pub engine: Arc<Engine>,
    session: Session,
}

impl Fixture {
    pub fn new() -> Self {
        let options = EngineOptions {
            merge_threads: 0,
            ..EngineOptions::default()
        };
        let engine = Engine::open(options).unwrap();
        let session = engine.session();
        Self { engine, session }
    }

    fn run(&mut self, statement: &str) {
        self.session.execute(statement.as_bytes(), &BTreeMap::new()).unwrap();
    }

    /// A table of so many parts of one row.
    pub fn table(&mut self, name: &str, parts: usize, clauses: &str) -> MergeTreeTable {
        self.run(&format!(
            "CREATE TABLE {name} (a UInt64) ENGINE = MergeTree ORDER BY a {clauses}"
        ));
        for _ in 0..parts {
            self.run(&format!("INSERT INTO {name} SELECT 1"));
        }
        self.engine.catalog().table(DEFAULT, name).unwrap()
    }

    pub fn parts(&self, name: &str) -> usize {
        let table = self.engine.catalog().table(DEFAULT, name).unwrap();
        table.snapshot().parts().len()
    }
}

/// A statement that begins while a merge runs waits for it, and no other merge may begin before it.
fn check_waits(statement: &'static str, expected: &str) {
    let mut fixture = Fixture::new();
    let table = fixture.table("t", 3, "");
    let names: Vec<PartName> = table
        .snapshot()
        .parts()
        .iter()
        .map(|part| part.name().clone())
        .collect();
    let ((begun, wait_for_begin), (go_on, wait_to_go_on)) = (channel(), channel());
    let wait_to_go_on = parking_lot::Mutex::new(wait_to_go_on);
    let merge = std::thread::spawn(move || {
        let stopped = || {
            begun.send(()).unwrap();
            wait_to_go_on.lock().recv().unwrap();
            false
        };
        let options = MergeOptions {
            threads: 1,
            indexes: IndexChoice::All,
            left_out: LeftOut::default(),
            progress: Arc::new(MergeProgress::default()),
            reserved_bytes: 0,
            stopped: &stopped,
        };
        table.store.merge(&names[..2], &options).unwrap();
    });
    wait_for_begin.recv().unwrap();
    let uuid = fixture.engine.catalog().table(DEFAULT, "t").unwrap().uuid;
    let engine = fixture.engine.clone();
    let waiting = std::thread::spawn(move || fixture.run(statement));
    while engine.merger().may_begin(uuid) {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(!waiting.is_finished());
    go_on.send(()).unwrap();
    merge.join().unwrap();
    waiting.join().unwrap();
    let table = engine.catalog().table(DEFAULT, "t").unwrap();
    let snapshot = table.snapshot();
    let names: Vec<String> = snapshot.parts().iter().map(|part| part.name().to_string()).collect();
    assert_eq!(names.join(" "), expected);
    assert!(engine.merger().may_begin(uuid), "the background goes on");
}

#[test]
fn statements_wait_for_other_jobs() {
    check_waits("OPTIMIZE TABLE t FINAL", "all_1_3_2");
    check_waits("DELETE FROM t WHERE a = 1", "");
}

#[test]
fn waiting_ends_with_the_statement() {
    let mut fixture = Fixture::new();
    let table = fixture.table("t", 2, "");
    let names: Vec<PartName> = table
        .snapshot()
        .parts()
        .iter()
        .map(|part| part.name().clone())
        .collect();
    let session = parking_lot::Mutex::new(&mut fixture.session);
    let stopped = || {
        let statement = "OPTIMIZE TABLE t FINAL SETTINGS max_execution_time = 0.05";
        let error = session
            .lock()
            .execute(statement.as_bytes(), &BTreeMap::new())
            .err()
            .unwrap();
        assert_eq!(error.code(), gristmill_sql::Code::TIMEOUT_EXCEEDED);
        true
    };
    let options = MergeOptions {
        threads: 1,
        indexes: IndexChoice::All,
        left_out: LeftOut::default(),
        progress: Arc::new(MergeProgress::default()),
        reserved_bytes: 0,
        stopped: &stopped,
    };
    assert!(table.store.merge(&names, &options).is_err());
}
