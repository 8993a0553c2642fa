//! Merges that meet other jobs. What merges do is tested through SQL, in `tests/engine/merges.rs`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use gristmill_sql::Code;
use gristmill_storage::{Error as StorageError, IndexChoice, LeftOut, MergeOptions, MergeProgress, PartName};

use super::merger::Task;
use crate::catalog::DEFAULT;
use crate::environment::Environment;
use crate::stop::StopSign;
use crate::table::{MergeTreeTable, expired_at};
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

    pub fn run(&mut self, statement: &str) {
        self.session.execute(statement.as_bytes(), &BTreeMap::new()).unwrap();
    }

    pub fn environment(&self) -> Environment {
        self.session.environment(&[]).unwrap()
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

/// A merge of the table called t.
pub fn task<'a>(table: &'a MergeTreeTable, stop: &'a StopSign) -> Task<'a> {
    Task {
        database: DEFAULT,
        name: "t",
        table,
        partition: None,
        left_out: LeftOut::default(),
        stop,
    }
}

/// A table of one part of one row, which has expired.
fn expired_table(fixture: &mut Fixture) -> (MergeTreeTable, Vec<PartName>) {
    fixture.run("CREATE TABLE t (a UInt64, d Date) ENGINE = MergeTree ORDER BY a");
    // INSERT would not take it under the rule.
    fixture.run("INSERT INTO t SELECT 1, '2000-01-01'");
    fixture.run("ALTER TABLE t MODIFY TTL d SETTINGS materialize_ttl_after_modify = 0");
    let table = fixture.engine.catalog().table(DEFAULT, "t").unwrap();
    let names = table
        .snapshot()
        .parts()
        .iter()
        .map(|part| part.name().clone())
        .collect();
    (table, names)
}

/// The rows may have got another rule, or none, since the merge chose those that it leaves out.
#[track_caller]
fn check_keeps_rows(statement: &str) {
    let mut fixture = Fixture::new();
    let (table, names) = expired_table(&mut fixture);
    let left_out = LeftOut {
        expired: expired_at(&table.definition.ttl, super::expiring::now()),
        ..LeftOut::default()
    };
    let fixture = parking_lot::Mutex::new(fixture);
    let altered = std::sync::Once::new();
    let stopped = || {
        altered.call_once(|| fixture.lock().run(statement));
        false
    };
    let options = MergeOptions {
        threads: 1,
        indexes: IndexChoice::All,
        left_out,
        progress: Arc::new(MergeProgress::default()),
        reserved_bytes: 0,
        stopped: &stopped,
    };
    let merged = table.store.merge(&names, &options);
    assert!(matches!(merged, Err(StorageError::Altered)), "{merged:?}");
    assert_eq!(fixture.lock().parts("t"), 1);
}

#[test]
fn rows_do_not_go_by_a_rule_that_is_gone() {
    check_keeps_rows("ALTER TABLE t REMOVE TTL");
    check_keeps_rows("ALTER TABLE t MODIFY TTL d + INTERVAL 200 YEAR SETTINGS materialize_ttl_after_modify = 0");
}

/// The table must not rest for it: its mutations would, too.
#[test]
fn an_alter_while_rows_expire_is_no_failure() {
    let mut fixture = Fixture::new();
    let (table, names) = expired_table(&mut fixture);
    fixture.run("ALTER TABLE t ADD COLUMN b UInt8");
    let stop = StopSign::default();
    let task = task(&table, &stop);
    let merger = fixture.engine.merger();
    assert!(!merger.merge_each(&task, &names).unwrap());
    assert_eq!(fixture.parts("t"), 1);
}

/// Who asked for a merge is not told that there was one.
#[test]
fn an_alter_before_a_wanted_merge_is_told() {
    let mut fixture = Fixture::new();
    let table = fixture.table("t", 2, "");
    fixture.run("ALTER TABLE t ADD COLUMN b UInt8");
    let stop = StopSign::default();
    let task = task(&table, &stop);
    let merger = fixture.engine.merger();
    assert_eq!(merger.merge_best(&task).unwrap_err().code(), Code::ABORTED);
    assert!(!merger.merge_some(&task).unwrap());
    assert_eq!(fixture.parts("t"), 2);
}

/// `SYSTEM STOP TTL MERGES` ends those that run, and no others.
#[test]
fn stopping_expiry_ends_merges_that_drop_rows() {
    let mut fixture = Fixture::new();
    let (table, _) = expired_table(&mut fixture);
    fixture.run("SYSTEM STOP TTL MERGES t");
    let stop = StopSign::default();
    let task = task(&table, &stop);
    let merger = fixture.engine.merger();
    let error = merger.check_dropping(&task, true).unwrap_err();
    assert_eq!(error.code(), Code::ABORTED);
    merger.check_dropping(&task, false).unwrap();
}

/// They would hold for a table that is attached again.
#[test]
fn stops_do_not_outlast_detach() {
    let mut fixture = Fixture::new();
    for how in ["", " PERMANENTLY"] {
        fixture.run("DROP TABLE IF EXISTS t");
        let uuid = fixture.table("t", 2, "").uuid;
        for what in ["MERGES", "TTL MERGES", "VECTOR INDEX BUILDS"] {
            fixture.run(&format!("SYSTEM STOP {what} t"));
        }
        fixture.run(&format!("DETACH TABLE t{how}"));
        fixture.run("ATTACH TABLE t");
        let (merger, builds) = (fixture.engine.merger(), fixture.engine.index_builds());
        assert!(merger.is_allowed(uuid) && merger.is_expiry_allowed(uuid) && builds.is_allowed(uuid));
        fixture.run("OPTIMIZE TABLE t FINAL");
        assert_eq!(fixture.parts("t"), 1);
    }
}
