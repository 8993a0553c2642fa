//! Parts that leave the table's set and come back, also when the process ends in between: no row is lost, and none is
//! there twice where ATTACH can see it.

use std::path::Path;
use std::sync::Arc;

use gristmill_storage::{Error, InsertOptions, MergeTree};

use crate::fault::{Fault, FaultyDirectory};
use crate::fixture::*;

/// Partitions of days 1 and 2.
const DAY: &str = "19700102";
const NEXT_DAY: &str = "19700103";

fn keys() -> Keys {
    Keys::new(&["id"], &["day"])
}

/// Thirty rows, ten of each of three days.
fn all_rows() -> Vec<Row> {
    let row = |id| Row {
        day: (id % 3) as u16,
        ..Row::numbered(id)
    };
    (0..30).map(row).collect()
}

fn of_day(day: u16) -> Vec<Row> {
    all_rows().into_iter().filter(|row| row.day == day).collect()
}

fn but_day(day: u16) -> Vec<Row> {
    all_rows().into_iter().filter(|row| row.day != day).collect()
}

fn open_in(directory: &FaultyDirectory, dir: &Path) -> Result<MergeTree, Error> {
    let directory = Arc::new(directory.clone());
    MergeTree::open_in(directory, dir, schema().into(), options(), vec![], Arc::new(keys()))
}

fn attach_all(table: &MergeTree) -> Result<(), Error> {
    for part in table.detached_parts()? {
        table.attach_part(&part.folder)?;
    }
    Ok(())
}

fn detach_day(table: &MergeTree) -> Result<(), Error> {
    let detached = table.detach_parts(|part| part.name().partition_id == DAY)?;
    assert_eq!(detached.len(), 1);
    Ok(())
}

#[test]
fn a_detached_part_comes_back_under_a_new_number() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), &keys(), vec![]);
    insert(&table, &all_rows());
    let reader = table.snapshot();
    detach_day(&table).unwrap();
    assert_eq!(read_all(&table.snapshot()), but_day(1));
    assert_eq!(read_all(&reader), all_rows(), "opened only now");
    drop(reader);
    drop(table);
    let table = open(dir.path(), &keys(), vec![]);
    assert_eq!(read_all(&table.snapshot()), but_day(1));
    let [detached] = table.detached_parts().unwrap().try_into().unwrap();
    assert_eq!(
        (detached.reason.as_str(), detached.folder.as_str()),
        ("", "19700102_2_2_0")
    );
    let part = table.attach_part("19700102_2_2_0").unwrap();
    assert_eq!(part.name().to_string(), "19700102_4_4_0");
    assert_eq!(read_all(&table.snapshot()), all_rows());
    assert!(table.detached_parts().unwrap().is_empty());
    assert!(matches!(
        table.attach_part("19700102_2_2_0"),
        Err(Error::NotDetached(_))
    ));
}

#[test]
fn what_does_not_fit_is_not_attached() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(&dir.path().join("table"), &keys(), vec![]);
    insert(&table, &all_rows());
    detach_day(&table).unwrap();
    let detached = dir.path().join("table/detached");
    // A name that says another partition than the part holds.
    std::fs::rename(detached.join("19700102_2_2_0"), detached.join("19700103_2_2_0")).unwrap();
    let error = table.attach_part("19700103_2_2_0").unwrap_err();
    assert!(error.to_string().contains("of another partition"), "{error}");
    // A part of a table with another key.
    let other = open(&dir.path().join("other"), &Keys::new(&["name"], &["day"]), vec![]);
    insert(&other, &all_rows());
    other.detach_parts(|part| part.name().partition_id == NEXT_DAY).unwrap();
    std::fs::rename(
        dir.path().join("other/detached/19700103_3_3_0"),
        detached.join("19700103_3_3_0"),
    )
    .unwrap();
    let error = table.attach_part("19700103_3_3_0").unwrap_err();
    assert!(error.to_string().contains("its primary key"), "{error}");
    // A flipped bit in a file that opening a part does not read.
    std::fs::rename(detached.join("19700103_2_2_0"), detached.join("19700102_2_2_0")).unwrap();
    let file = detached.join("19700102_2_2_0/columns.parquet");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[20] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    assert!(matches!(
        table.attach_part("19700102_2_2_0"),
        Err(Error::Corrupt { .. })
    ));
    assert_eq!(
        table.detached_parts().unwrap().len(),
        2,
        "what is refused stays where it is"
    );
    assert_eq!(read_all(&table.snapshot()), but_day(1));
    table.drop_detached_part("19700102_2_2_0").unwrap();
    assert!(table.drop_detached_part("../19700102_3_3_0").is_err());
    assert_eq!(table.detached_parts().unwrap().len(), 1);
}

/// Detaches and attaches until the process ends at operation `stop`; false if it came to its end.
fn stop_at(stop: usize, lose: bool) -> bool {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path().join("table");
    let directory = FaultyDirectory::new(Fault::Stop, stop);
    let mut acknowledged = Vec::new();
    if let Ok(table) = open_in(&directory, &dir)
        && table.insert(batch(&all_rows()), &InsertOptions::default()).is_ok()
    {
        acknowledged.push("insert");
        if detach_day(&table).is_ok() {
            acknowledged.push("detach");
            if attach_all(&table).is_ok() {
                acknowledged.push("attach");
            }
        }
    }
    if lose {
        directory.lose_unsynced();
    }
    let table = open_in(&FaultyDirectory::sound(), &dir).unwrap();
    assert!(table.broken_parts().is_empty(), "stop {stop}");
    let (active, detached) = (read_all(&table.snapshot()), table.detached_parts().unwrap());
    let state = format!(
        "stop {stop}, lose {lose}, {acknowledged:?}, {} detached",
        detached.len()
    );
    match acknowledged.as_slice() {
        [] => assert!(active.is_empty() || active == all_rows(), "{state}"),
        // The copy is there before the part leaves.
        ["insert"] if active == all_rows() => assert!(detached.len() <= 1, "{state}"),
        ["insert"] | ["insert", "detach"] if active == but_day(1) => {
            assert_eq!(detached.len(), 1, "{state}");
            attach_all(&table).unwrap();
            assert_eq!(read_all(&table.snapshot()), all_rows(), "{state}");
        }
        ["insert", "detach", ..] if active == all_rows() => assert!(detached.is_empty(), "{state}"),
        _ => panic!("{state}: {} rows", active.len()),
    }
    directory.struck()
}

#[test]
fn a_process_that_ends_in_detach_or_attach_loses_nothing() {
    for lose in [false, true] {
        let stops = (1..).take_while(|stop| stop_at(*stop, lose)).count();
        assert!(stops > 50, "only {stops} operations");
    }
}

/// Replaces a day of one table by that of another and moves a day back; false if it came to its end.
fn transfer_until(stop: usize, lose: bool) -> bool {
    let dir = tempfile::tempdir().unwrap();
    let (left_dir, right_dir) = (dir.path().join("left"), dir.path().join("right"));
    insert(&open(&left_dir, &keys(), vec![]), &all_rows());
    insert(&open(&right_dir, &keys(), vec![]), &of_day(1)[..3]);
    let directory = FaultyDirectory::new(Fault::Stop, stop);
    let mut replaced = false;
    let mut moved = false;
    if let (Ok(left), Ok(right)) = (open_in(&directory, &left_dir), open_in(&directory, &right_dir)) {
        replaced = right.copy_parts(&left, Some(DAY), true).is_ok();
        moved = replaced && left.move_parts(&right, NEXT_DAY).is_ok();
    }
    if lose {
        directory.lose_unsynced();
    }
    let left = open(&left_dir, &keys(), vec![]);
    let right = open(&right_dir, &keys(), vec![]);
    let (left, right) = (read_all(&left.snapshot()), read_all(&right.snapshot()));
    let state = format!("stop {stop}, lose {lose}: {} and {} rows", left.len(), right.len());
    let both_days = [of_day(1), of_day(2)].concat();
    let both_days = all_rows()
        .into_iter()
        .filter(|row| both_days.contains(row))
        .collect::<Vec<_>>();
    assert!(left == all_rows() || left == but_day(2), "{state}");
    assert!(
        right == of_day(1)[..3] || right == of_day(1) || right == both_days,
        "{state}"
    );
    assert!(!replaced || right != of_day(1)[..3], "{state}: acknowledged");
    assert!(
        !moved || (left == but_day(2) && right == both_days),
        "{state}: acknowledged"
    );
    // Rows of the day that moves are in at least one of the tables.
    assert!(left == all_rows() || right == both_days, "{state}");
    directory.struck()
}

#[test]
fn a_process_that_ends_between_two_tables_loses_nothing() {
    for lose in [false, true] {
        let stops = (1..).take_while(|stop| transfer_until(*stop, lose)).count();
        assert!(stops > 30, "only {stops} operations");
    }
}

#[test]
fn two_tables_may_move_to_each_other_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let left = open(&dir.path().join("left"), &keys(), vec![]);
    let right = open(&dir.path().join("right"), &keys(), vec![]);
    insert(&left, &all_rows());
    std::thread::scope(|scope| {
        for (from, to) in [(&left, &right), (&right, &left)] {
            scope.spawn(move || (0..20).for_each(|_| drop(from.move_parts(to, DAY).unwrap())));
        }
    });
    let both = [read_all(&left.snapshot()), read_all(&right.snapshot())].concat();
    assert_eq!(both.len(), all_rows().len());
}

#[test]
fn a_frozen_part_is_what_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(&dir.path().join("table"), &keys(), vec![]);
    insert(&table, &all_rows());
    let backup = dir.path().join("shadow/1");
    assert_eq!(table.freeze_parts(&backup, None).unwrap().len(), 3);
    assert!(matches!(table.freeze_parts(&backup, Some(DAY)), Err(Error::Exists(_))));
    table.truncate().unwrap();
    drop(table);
    assert_eq!(read_all(&open(&backup, &keys(), vec![]).snapshot()), all_rows());
}
