//! Readers and writers at once: a snapshot is one consistent set of parts, for as long as it is held.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::FieldRef;
use gristmill_storage::{BoxError, Change, Error, InsertOptions, KeyEvaluator, MergeTree};

use crate::fixture::*;

/// Each insert brings these many rows, split over three partitions.
const BLOCK_ROWS: u64 = 60;

fn block(number: u64) -> Vec<Row> {
    (0..BLOCK_ROWS)
        .map(|row| Row {
            day: (row % 3) as u16,
            ..Row::numbered(number * BLOCK_ROWS + row)
        })
        .collect()
}

#[test]
fn readers_see_whole_inserts_while_writers_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Keys::new(&["id"], &["day"]);
    let table = open(dir.path(), &keys, vec![]);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..3)
            .map(|writer| {
                let table = &table;
                scope.spawn(move || (0..8).for_each(|number| drop(insert(table, &block(writer * 8 + number)))))
            })
            .collect();
        for _ in 0..2 {
            scope.spawn(|| {
                let mut seen = 0;
                while !done.load(Ordering::Relaxed) {
                    let snapshot = table.snapshot();
                    let rows = read_all(&snapshot).len() as u64;
                    assert_eq!(rows % BLOCK_ROWS, 0, "half an insert is visible");
                    assert!(rows >= seen, "rows went away");
                    seen = rows;
                }
            });
        }
        // Readers are told before a failure is reported, or they would go on for ever.
        let results: Vec<_> = writers.into_iter().map(|writer| writer.join()).collect();
        done.store(true, Ordering::Relaxed);
        results.into_iter().for_each(|result| result.unwrap());
    });
    let expected: Vec<Row> = (0..24).flat_map(block).collect();
    assert_eq!(read_all(&table.snapshot()), expected);
    drop(table);
    assert_eq!(read_all(&open(dir.path(), &keys, vec![]).snapshot()), expected);
}

#[test]
fn a_snapshot_outlives_truncate_and_drop() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("table");
    let keys = Keys::new(&["id"], &[]);
    let table = open(&path, &keys, vec![]);
    insert(&table, &block(0));
    let old = table.snapshot();
    table.truncate().unwrap();
    assert_eq!(table.snapshot().rows(), 0);
    assert_eq!(read_all(&old), block(0), "opened only now");
    drop(old);
    assert!(!path.join("all_1_1_0").exists(), "files go with the last snapshot");
    assert_eq!(insert(&table, &block(1))[0].name().to_string(), "all_2_2_0");

    let old = table.snapshot();
    table.drop_all().unwrap();
    assert!(matches!(
        table.insert(batch(&block(2)), &InsertOptions::default()),
        Err(Error::Dropped)
    ));
    drop(table);
    assert_eq!(read_all(&old), block(1));
    drop(old);
    assert!(!path.exists(), "the folder goes with the last snapshot");
}

#[test]
fn a_commit_is_refused_when_its_input_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), &Keys::new(&["id"], &[]), vec![]);
    let name = insert(&table, &block(0))[0].name().clone();
    let remove = || Change {
        add: vec![],
        remove: vec![name.clone()],
    };
    table.commit(remove()).unwrap();
    assert!(matches!(table.commit(remove()), Err(Error::PartGone(gone)) if gone == "all_1_1_0"));
}

#[test]
fn an_insert_into_too_many_partitions_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), &Keys::new(&["id"], &["day"]), vec![]);
    let options = InsertOptions {
        partitions_max: 2,
        ..InsertOptions::default()
    };
    let error = table.insert(batch(&block(0)), &options).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Too many partitions for single INSERT block (more than 2). The limit is controlled by \
         'max_partitions_per_insert_block' setting."
    );
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

/// Found by the crash tests: the removal of a replaced part had failed, its successor was truncated, and it came back.
#[test]
fn a_replaced_part_that_is_still_read_does_not_come_back_after_truncate() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Keys::new(&["id"], &[]);
    let table = open(dir.path(), &keys, vec![index("by_vec", 1)]);
    insert(&table, &block(0));
    let held = table.snapshot();
    remove_index(&table, "by_vec");
    table.truncate().unwrap();
    assert!(dir.path().join("all_1_1_0").is_dir(), "still read");
    std::mem::forget(held); // the process ends while it is
    drop(table);
    assert_eq!(open(dir.path(), &keys, vec![]).snapshot().rows(), 0);
}

/// Keys that let something else happen, once, when a vector index is built.
struct Interrupted {
    keys: Keys,
    interruption: Mutex<Option<Box<dyn FnOnce() + Send>>>,
}

impl KeyEvaluator for Interrupted {
    fn sorting_key(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>, BoxError> {
        self.keys.sorting_key(batch)
    }

    fn sorting_columns(&self) -> &[String] {
        self.keys.sorting_columns()
    }

    fn primary_key_len(&self) -> usize {
        self.keys.primary_key_len()
    }

    fn partition_key(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>, BoxError> {
        self.keys.partition_key(batch)
    }

    fn partition_fields(&self) -> &[FieldRef] {
        self.keys.partition_fields()
    }

    fn partition_columns(&self) -> &[String] {
        self.keys.partition_columns()
    }

    fn index_input(&self, index: usize, batch: &RecordBatch) -> Result<Vec<ArrayRef>, BoxError> {
        let interruption = self.interruption.lock().unwrap().take();
        interruption.into_iter().for_each(|happens| happens());
        self.keys.index_input(index, batch)
    }

    fn index_columns(&self, index: usize) -> &[String] {
        self.keys.index_columns(index)
    }
}

/// Rows that MATERIALIZE of an index has indexed, and in how many parts it is then.
fn check_interrupted(interruption: impl FnOnce(&MergeTree) + Send + 'static, rows: u64, parts: usize) {
    let dir = tempfile::tempdir().unwrap();
    let keys = Keys::new(&["id"], &[]);
    let plain = open(dir.path(), &keys, vec![]);
    insert(&plain, &block(0));
    let indexes = vec![index("one", 1)];
    let other = with_indexes(&plain, indexes.clone(), Arc::new(keys.clone()));
    let evaluator = Interrupted {
        keys,
        interruption: Mutex::new(Some(Box::new(move || interruption(&other)))),
    };
    let table = with_indexes(&plain, indexes, Arc::new(evaluator));
    assert_eq!(build_index(&table, "one"), rows);
    let snapshot = table.snapshot();
    let built = snapshot.parts().iter().filter(|part| has_index(part, "one", 1));
    assert_eq!(built.count(), parts);
}

#[test]
fn an_index_is_built_beside_other_changes() {
    let rows = block(0).len() as u64;
    check_interrupted(|_| {}, rows, 1);
    check_interrupted(|table| table.truncate().unwrap(), 0, 0);
}
