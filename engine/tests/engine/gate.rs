//! A disk that takes its time: nobody who reads waits for a lock that somebody holds while the disk syncs.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use bytes::Bytes;
use gristmill_engine::{Engine, EngineOptions};
use gristmill_storage::directory::{Directory, Entry, FileSink, LocalDirectory};
use parking_lot::{Condvar, Mutex};
use tempfile::TempDir;

use super::support::text;

/// A reader that waits longer than this waits for the disk.
const PATIENCE: Duration = Duration::from_secs(20);

/// Syncs that may pass, and whether one stands before the gate.
#[derive(Debug)]
struct Gate {
    state: Mutex<(usize, bool)>,
    changed: Condvar,
}

impl Gate {
    fn pass(&self) {
        let mut state = self.state.lock();
        while state.0 == 0 {
            state.1 = true;
            self.changed.notify_all();
            self.changed.wait(&mut state);
        }
        state.0 -= 1;
    }

    fn let_pass(&self, syncs: usize) {
        *self.state.lock() = (syncs, false);
        self.changed.notify_all();
    }

    /// Whether somebody stands before the gate, at once or when `done` has not come yet.
    fn is_reached(&self, is_done: impl Fn() -> bool) -> bool {
        let mut state = self.state.lock();
        while !state.1 && !is_done() {
            self.changed.wait_for(&mut state, Duration::from_millis(5));
        }
        state.1
    }
}

#[derive(Clone, Debug)]
struct GatedDirectory(Arc<Gate>);

struct GatedSink(Arc<Gate>, Box<dyn FileSink>);

impl Write for GatedSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.1.flush()
    }
}

impl FileSink for GatedSink {
    fn sync(&mut self) -> io::Result<()> {
        self.0.pass();
        Ok(())
    }
}

impl Directory for GatedDirectory {
    fn create(&self, path: &Path) -> io::Result<Box<dyn FileSink>> {
        Ok(Box::new(GatedSink(self.0.clone(), LocalDirectory.create(path)?)))
    }

    fn map(&self, path: &Path) -> io::Result<Bytes> {
        LocalDirectory.map(path)
    }

    fn file_size(&self, path: &Path) -> io::Result<u64> {
        LocalDirectory.file_size(path)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        LocalDirectory.list(path)
    }

    fn create_dir(&self, path: &Path) -> io::Result<()> {
        LocalDirectory.create_dir(path)
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        LocalDirectory.link(from, to)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        LocalDirectory.rename(from, to)
    }

    fn exchange(&self, left: &Path, right: &Path) -> io::Result<()> {
        LocalDirectory.exchange(left, right)
    }

    fn sync_dir(&self, _: &Path) -> io::Result<()> {
        self.0.pass();
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        LocalDirectory.remove_file(path)
    }

    fn remove_dir(&self, path: &Path) -> io::Result<()> {
        LocalDirectory.remove_dir(path)
    }
}

const FIRST: [&str; 4] = [
    "CREATE TABLE t (id UInt64, v UInt64, vec Array(Float32), INDEX i vec TYPE vector_similarity('hnsw', 'L2Distance', 2)) \
     ENGINE = MergeTree ORDER BY id",
    "INSERT INTO t SELECT number, 0, [number, 1] FROM numbers(10)",
    "INSERT INTO t SELECT number, 0, [number, 1] FROM numbers(10, 10)",
    "CREATE TABLE other (id UInt64) ENGINE = MergeTree ORDER BY id",
];

/// Statements that sync something.
const STATEMENTS: [&str; 13] = [
    "INSERT INTO t SELECT number, 0, [number, 1] FROM numbers(20, 10)",
    "ALTER TABLE t UPDATE v = 1 WHERE id < 3",
    "DELETE FROM t WHERE id = 4",
    "ALTER TABLE t CLEAR INDEX i",
    "ALTER TABLE t MATERIALIZE INDEX i",
    "OPTIMIZE TABLE t FINAL",
    "ALTER TABLE t ADD COLUMN more UInt8",
    "ALTER TABLE t DETACH PARTITION tuple()",
    "ALTER TABLE t ATTACH PARTITION tuple()",
    "CREATE TABLE new (id UInt64) ENGINE = MergeTree ORDER BY id",
    "RENAME TABLE other TO another",
    "EXCHANGE TABLES new AND another",
    "DROP TABLE new",
];

const READS: [&str; 8] = [
    "SELECT count(), sum(id), max(v) FROM t",
    "SELECT id FROM t ORDER BY L2Distance(vec, [5., 1.]) LIMIT 3",
    "SELECT count() FROM system.parts",
    "SELECT count() FROM system.mutations",
    "SELECT count() FROM system.tables",
    "SELECT count() FROM system.merges",
    "SHOW TABLES",
    "DESCRIBE TABLE t",
];

#[test]
fn nobody_who_reads_waits_for_the_disk() {
    let dir = TempDir::new().unwrap();
    let gate = Arc::new(Gate {
        state: Mutex::new((usize::MAX, false)),
        changed: Condvar::new(),
    });
    let engine = Engine::open(EngineOptions {
        path: Some(dir.path().join("database")),
        directory: Arc::new(GatedDirectory(gate.clone())),
        merge_threads: 0,
        ..EngineOptions::default()
    })
    .unwrap();
    for statement in FIRST {
        text(&mut engine.session(), statement).unwrap();
    }
    for statement in STATEMENTS {
        gate.let_pass(0);
        let writer = {
            let mut session = engine.session();
            std::thread::spawn(move || text(&mut session, statement))
        };
        let mut stops = 0;
        // At each of the statement's syncs.
        while gate.is_reached(|| writer.is_finished()) {
            stops += 1;
            let (done, wait) = channel();
            let mut session = engine.session();
            std::thread::spawn(move || {
                for read in READS {
                    done.send((read, text(&mut session, read))).unwrap();
                }
            });
            for read in READS {
                let answer = wait.recv_timeout(PATIENCE);
                let (_, rows) = answer.unwrap_or_else(|_| panic!("{read} waits for sync {stops} of {statement}"));
                rows.unwrap_or_else(|error| panic!("{read}, at sync {stops} of {statement}: {error}"));
            }
            gate.let_pass(1);
        }
        writer
            .join()
            .unwrap()
            .unwrap_or_else(|error| panic!("{statement}: {error}"));
        assert!(stops > 0, "{statement} syncs nothing");
    }
    gate.let_pass(usize::MAX);
}
