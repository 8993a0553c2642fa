//! The process ends, or the disk is full, at every single operation: nothing acknowledged is lost, nothing half-done stays.

use std::path::Path;
use std::sync::Arc;

use gristmill_storage::{Error, IndexChoice, InsertOptions, MergeTree};

use crate::fault::{Fault, FaultyDirectory};
use crate::fixture::*;
use crate::merge::merge_all;

/// One step of the story that is interrupted.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Rows of one partition, or of several.
    Insert {
        first: u64,
        days: u64,
    },
    Truncate,
    /// All parts of each partition.
    Merge,
}

/// What mutations do has a story of its own.
const STORIES: [&[Step]; 2] = [
    &[
        Step::Insert { first: 0, days: 1 },
        Step::Insert { first: 100, days: 3 },
        Step::Merge,
        Step::Truncate,
        Step::Insert { first: 200, days: 2 },
        Step::Truncate,
        Step::Insert { first: 300, days: 1 },
    ],
    &[
        Step::Insert { first: 0, days: 1 },
        Step::Insert { first: 100, days: 2 },
        Step::Merge,
        Step::Insert { first: 200, days: 2 },
        Step::Insert { first: 300, days: 1 },
        Step::Merge,
    ],
];

fn new_rows(first: u64, days: u64) -> Vec<Row> {
    (first..first + 30)
        .map(|id| Row {
            day: (id % days) as u16,
            ..Row::numbered(id)
        })
        .collect()
}

fn keys() -> Keys {
    Keys::new(&["id"], &["day"])
}

/// Inserts of one day build the index, others do not.
fn apply(table: &MergeTree, step: Step) -> Result<(), Error> {
    match step {
        Step::Insert { first, days } => {
            let indexes = if days == 1 { IndexChoice::All } else { IndexChoice::None };
            let options = InsertOptions {
                indexes,
                ..InsertOptions::default()
            };
            table.insert(batch(&new_rows(first, days)), &options).map(drop)
        }
        Step::Truncate => table.truncate(),
        Step::Merge => merge_all(table).map(drop),
    }
}

/// The rows after a step.
fn after(rows: &[Row], step: Step) -> Vec<Row> {
    match step {
        Step::Insert { first, days } => [rows, &new_rows(first, days)].concat(),
        Step::Truncate => Vec::new(),
        Step::Merge => rows.to_vec(),
    }
}

fn open_faulty(directory: &FaultyDirectory, dir: &Path) -> Result<MergeTree, Error> {
    MergeTree::open_in(
        Arc::new(directory.clone()),
        dir,
        schema().into(),
        options(),
        vec![index("by_vec", 2)],
        Arc::new(keys()),
    )
}

fn highest_block(table: &MergeTree) -> u64 {
    table
        .snapshot()
        .parts()
        .iter()
        .map(|part| part.name().max_block)
        .max()
        .unwrap_or(0)
}

/// No folder but parts and what is kept on purpose.
fn assert_no_garbage(dir: &Path) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            !name.starts_with("tmp_insert")
                && !name.starts_with("tmp_merge")
                && !name.starts_with("delete_")
                && name != "detached",
            "{name}"
        );
    }
}

/// Tells the story until the process ends at operation `stop`; false if it came to its end.
fn stop_at(story: &[Step], stop: usize, lose: bool) -> bool {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("table");
    let directory = FaultyDirectory::new(Fault::Stop, stop);
    let mut acknowledged: Vec<Row> = Vec::new();
    let mut unfinished = None;
    let mut highest = 0;
    if let Ok(table) = open_faulty(&directory, &dir) {
        for &step in story {
            if let Err(error) = apply(&table, step) {
                assert!(directory.struck(), "stop {stop}: {step:?} failed by itself: {error}");
                unfinished = Some(step);
                break;
            }
            acknowledged = after(&acknowledged, step);
            highest = highest.max(highest_block(&table));
        }
    }
    if lose {
        directory.lose_unsynced();
    }
    let table = open_faulty(&FaultyDirectory::sound(), &dir).unwrap();
    assert!(
        table.broken_parts().is_empty(),
        "stop {stop}: {:?}",
        table.broken_parts()
    );
    let found = read_all(&table.snapshot());
    let whole = unfinished.map(|step| after(&acknowledged, step));
    assert!(
        found == acknowledged || Some(&found) == whole.as_ref(),
        "stop {stop}, lose {lose}: {} rows",
        found.len()
    );
    assert_no_garbage(&dir);
    insert(&table, &new_rows(900, 1));
    assert!(
        highest_block(&table) > highest,
        "stop {stop}: block numbers start again"
    );
    let expected = [found, new_rows(900, 1)].concat();
    drop(table);
    assert_eq!(
        read_all(&open_faulty(&FaultyDirectory::sound(), &dir).unwrap().snapshot()),
        expected,
        "stop {stop}"
    );
    directory.struck()
}

#[test]
fn a_process_that_ends_anywhere_loses_nothing() {
    for story in STORIES {
        for lose in [false, true] {
            let stops = (1..).take_while(|stop| stop_at(story, *stop, lose)).count();
            assert!(stops > 100, "the story has only {stops} operations");
        }
    }
}

/// The folder of a part that is being removed looks like a part of a partition called `delete`.
#[test]
fn a_part_that_was_being_removed_does_not_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Keys::new(&["id"], &["day"]);
    let row = Row {
        day: 1,
        ..Row::numbered(1)
    };
    let parts = insert(&open(dir.path(), &keys, vec![]), std::slice::from_ref(&row));
    let mut name = parts[0].name().clone();
    drop(parts);
    let from = dir.path().join(name.to_string());
    (name.partition_id, name.min_block, name.max_block) = ("1".into(), 5, 5);
    for whole in [true, false] {
        let doomed = dir.path().join(format!("delete_{name}"));
        std::fs::create_dir(&doomed).unwrap();
        if whole {
            for file in std::fs::read_dir(&from).unwrap() {
                let file = file.unwrap();
                std::fs::copy(file.path(), doomed.join(file.file_name())).unwrap();
            }
        }
        let table = open(dir.path(), &keys, vec![]);
        assert_eq!(read_all(&table.snapshot()), std::slice::from_ref(&row));
        assert!(table.broken_parts().is_empty() && !doomed.exists());
    }
}

/// Tells the story with a disk that is full at operation `stop` only.
fn full_at(story: &[Step], stop: usize) -> bool {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("table");
    let directory = FaultyDirectory::new(Fault::DiskFull, stop);
    let Ok(mut table) = open_faulty(&directory, &dir) else {
        return true;
    };
    let mut expected: Vec<Row> = Vec::new();
    for &step in story {
        let before = directory.struck();
        let result = apply(&table, step);
        if let Err(error) = &result {
            assert!(!before && directory.struck(), "stop {stop}: {error}");
            assert!(matches!(error, Error::Full(_)), "stop {stop}: {error}");
            assert_eq!(
                read_all(&table.snapshot()),
                expected,
                "stop {stop}: visible before it is durable"
            );
            if let Err(Error::Invalid(_)) = apply(&table, step) {
                // Not known what is on disk: the table must be opened again, and is whole then.
                table = open_faulty(&directory, &dir).unwrap();
                let found = read_all(&table.snapshot());
                assert!(found == expected || found == after(&expected, step), "stop {stop}");
                if found == expected {
                    apply(&table, step).unwrap();
                }
            }
        }
        expected = after(&expected, step);
        assert_eq!(read_all(&table.snapshot()), expected, "stop {stop}");
    }
    drop(table);
    assert_eq!(
        read_all(&open_faulty(&FaultyDirectory::sound(), &dir).unwrap().snapshot()),
        expected,
        "stop {stop}"
    );
    assert_no_garbage(&dir);
    directory.struck()
}

#[test]
fn a_full_disk_fails_one_insert_and_nothing_else() {
    for story in STORIES {
        let stops = (1..).take_while(|stop| full_at(story, *stop)).count();
        assert!(stops > 100, "the story has only {stops} operations");
    }
}
