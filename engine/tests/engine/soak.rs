//! Everything at once, for a while: every read sees whole batches, as one state of the table has them.
//!
//! A batch is one INSERT, so its rows are always in one part, and whatever a mutation does to it is done by one commit.
//! `GRISTMILL_SOAK_SECONDS=600 cargo test -p gristmill-engine --test engine soak` goes on for ten minutes.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::support::{Database, text};

const SECONDS_DEFAULT: u64 = 30;
const BATCH_ROWS: u64 = 100;

struct Soak {
    db: Database,
    end: Instant,
    next_batch: AtomicU64,
    /// Batches that are there and that no one else is about to delete.
    batches: Mutex<BTreeSet<u64>>,
    reads: AtomicUsize,
    statements: AtomicUsize,
}

impl Soak {
    /// Runs statements one after the other until the time is over.
    fn repeat(&self, mut next: impl FnMut(&mut dyn FnMut(&str) -> String)) {
        let mut session = self.db.engine.session();
        let mut run = |statement: &str| {
            self.statements.fetch_add(1, Ordering::Relaxed);
            text(&mut session, statement).unwrap_or_else(|error| panic!("{statement}\n{error}"))
        };
        while Instant::now() < self.end {
            next(&mut run);
        }
    }

    fn insert(&self, settings: &str) {
        self.repeat(|run| {
            let batch = self.next_batch.fetch_add(1, Ordering::Relaxed);
            let rows = (0..BATCH_ROWS).map(|i| format!("({batch}, {i}, 0, [{i}, {batch}])"));
            let rows = rows.collect::<Vec<_>>().join(", ");
            run(&format!(
                "INSERT INTO t (batch, i, epoch, vec) {settings} VALUES {rows}"
            ));
            self.batches.lock().unwrap().insert(batch);
            std::thread::sleep(Duration::from_millis(5));
        });
    }

    /// Updates some batches and deletes others.
    fn mutate(&self) {
        let mut turn = 0;
        self.repeat(|run| {
            turn += 1;
            let mut batches = self.batches.lock().unwrap();
            let keep = batches.len() < 20;
            let batch = batches.iter().nth(turn % batches.len().max(1)).copied();
            let Some(batch) = batch else {
                drop(batches);
                return std::thread::sleep(Duration::from_millis(5));
            };
            let delete = !keep && turn % 3 == 0;
            if delete {
                batches.remove(&batch);
            }
            drop(batches);
            run(&match (delete, turn % 2) {
                (true, 0) => format!("DELETE FROM t WHERE batch = {batch}"),
                (true, _) => format!("ALTER TABLE t DELETE WHERE batch = {batch}"),
                (false, sync) => format!(
                    "ALTER TABLE t UPDATE epoch = epoch + 1 WHERE batch <= {batch} SETTINGS mutations_sync = {sync}"
                ),
            });
        });
    }

    fn define(&self) {
        self.repeat(|run| {
            run("ALTER TABLE t ADD INDEX m batch TYPE minmax GRANULARITY 1");
            run("ALTER TABLE t MATERIALIZE INDEX m");
            run("ALTER TABLE t ADD COLUMN more UInt64 DEFAULT batch + 1");
            std::thread::sleep(Duration::from_millis(20));
            run("ALTER TABLE t DROP COLUMN more");
            run("ALTER TABLE t DROP INDEX m");
        });
    }

    fn read(&self, settings: &str) {
        let halves = format!(
            "SELECT batch, count(), sum(i), uniqExact(epoch) FROM t GROUP BY batch \
             HAVING count() != {BATCH_ROWS} OR sum(i) != 4950 OR uniqExact(epoch) != 1 ORDER BY batch {settings}"
        );
        self.repeat(|run| {
            let known: Vec<u64> = self.batches.lock().unwrap().iter().copied().take(1).collect();
            assert_eq!(run(&halves), "", "a read sees half a batch");
            if let [batch] = known[..] {
                // It may be deleted meanwhile, as a whole.
                let found = run(&format!("SELECT count() FROM t WHERE batch = {batch} {settings}"));
                assert!(
                    found == "0" || found == BATCH_ROWS.to_string(),
                    "{found} rows of batch {batch}"
                );
            }
            run("SELECT batch, i FROM t ORDER BY L2Distance(vec, [50., 7.]) LIMIT 5");
            self.reads.fetch_add(1, Ordering::Relaxed);
        });
    }
}

#[test]
fn reads_see_whole_batches_whatever_happens() {
    let seconds = std::env::var("GRISTMILL_SOAK_SECONDS").map_or(SECONDS_DEFAULT, |seconds| seconds.parse().unwrap());
    let dir = TempDir::new().unwrap();
    let mut db = Database::open(dir.path());
    db.run(
        "CREATE TABLE t (batch UInt64, i UInt64, epoch UInt64, vec Array(Float32), \
         INDEX v vec TYPE vector_similarity('hnsw', 'L2Distance', 2)) ENGINE = MergeTree ORDER BY (batch, i) \
         SETTINGS index_granularity = 64",
    );
    let soak = Soak {
        db,
        end: Instant::now() + Duration::from_secs(seconds),
        next_batch: AtomicU64::new(0),
        batches: Mutex::default(),
        reads: AtomicUsize::new(0),
        statements: AtomicUsize::new(0),
    };
    std::thread::scope(|scope| {
        scope.spawn(|| soak.insert(""));
        scope.spawn(|| soak.insert("SETTINGS async_insert = 1"));
        scope.spawn(|| soak.mutate());
        scope.spawn(|| soak.define());
        scope.spawn(|| soak.repeat(|run| drop(run("OPTIMIZE TABLE t"))));
        scope.spawn(|| soak.read(""));
        scope.spawn(|| soak.read("SETTINGS max_block_size = 7, max_threads = 1"));
    });
    let Soak {
        db,
        batches,
        reads,
        statements,
        ..
    } = soak;
    let (reads, statements) = (reads.into_inner(), statements.into_inner());
    assert!(reads > 3 && statements > 20, "{reads} reads, {statements} statements");
    drop(db);
    let mut db = Database::open(dir.path());
    db.run("ALTER TABLE t UPDATE epoch = 0 WHERE 1;\nOPTIMIZE TABLE t FINAL");
    let batches = batches.into_inner().unwrap();
    let expected = batches
        .iter()
        .map(|batch| format!("{batch}\t{BATCH_ROWS}"))
        .collect::<Vec<_>>();
    db.check(
        "SELECT batch, count() FROM t GROUP BY batch ORDER BY batch",
        &expected.join("\n"),
    );
}
