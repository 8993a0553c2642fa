//! Merged parts hold the rows of their inputs, in order, once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use gristmill_storage::{
    Error, IndexChoice, InsertOptions, LeftOut, MergeOptions, MergeProgress, MergeTree, MutationOrder, Part, PartName,
    TableOptions, choose_all, merge_space,
};
use proptest::prelude::*;

use crate::fault::FaultyDirectory;
use crate::fixture::*;

pub fn options(stopped: &(dyn Fn() -> bool + Sync)) -> MergeOptions<'_> {
    MergeOptions {
        threads: 0,
        indexes: IndexChoice::All,
        left_out: LeftOut::default(),
        progress: Arc::new(MergeProgress::default()),
        reserved_bytes: 0,
        stopped,
    }
}

fn names(table: &MergeTree) -> Vec<PartName> {
    table
        .snapshot()
        .parts()
        .iter()
        .map(|part| part.name().clone())
        .collect()
}

/// Merges each partition into one part.
pub fn merge_all(table: &MergeTree) -> Result<Vec<Arc<Part>>, Error> {
    let candidates = table.merge_candidates();
    let chosen = choose_all(&candidates).into_iter();
    chosen
        .map(|range| {
            let names: Vec<PartName> = candidates[range].iter().map(|part| part.name.clone()).collect();
            let merged = table.merge(&names, &options(&|| false))?;
            Ok(merged.expect("rows are left"))
        })
        .collect()
}

#[test]
fn names_levels_and_files() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), &Keys::new(&["id"], &[]), vec![index("by_vec", 2)]);
    let blocks: Vec<Vec<Row>> = (0..3)
        .map(|block| (0..40).map(|row| Row::numbered(row * 3 + block)).collect())
        .collect();
    blocks.iter().for_each(|block| drop(insert(&table, block)));
    let before = table.snapshot();
    let merged = merge_all(&table).unwrap().remove(0);
    assert_eq!(merged.name().to_string(), "all_1_3_1");
    assert_eq!(
        read_part(&merged).unwrap(),
        (0..120).map(Row::numbered).collect::<Vec<_>>()
    );
    assert!(merged.has_index("by_vec", &index("by_vec", 2).built_for));
    assert_eq!(before.rows(), 120, "readers keep what they had");
    drop(before);
    assert!(!dir.path().join("all_1_1_0").exists());
    insert(&table, &blocks[0]);
    let merged = merge_all(&table).unwrap().remove(0);
    assert_eq!(merged.name().to_string(), "all_1_4_2");
    drop(table);
    let table = open(dir.path(), &Keys::new(&["id"], &[]), vec![]);
    assert_eq!(names(&table), [merged.name().clone()]);
    assert_eq!(table.snapshot().rows(), 160);
}

#[test]
fn parts_without_a_key_follow_one_another() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), &Keys::default(), vec![]);
    for first in [50, 0, 20] {
        insert(&table, &(first..first + 10).map(Row::numbered).collect::<Vec<_>>());
    }
    let merged = merge_all(&table).unwrap().remove(0);
    let ids: Vec<u64> = read_part(&merged).unwrap().iter().map(|row| row.id).collect();
    assert_eq!(ids, [50..60, 0..10, 20..30].into_iter().flatten().collect::<Vec<u64>>());
}

#[test]
fn only_free_neighbours_are_merged() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), &Keys::new(&["id"], &["day"]), vec![]);
    insert(&table, &(0..20).map(Row::numbered).collect::<Vec<_>>());
    insert(&table, &(0..20).map(Row::numbered).collect::<Vec<_>>());
    let names = names(&table);
    let check = |names: &[PartName]| {
        let error = table.merge(names, &options(&|| false)).unwrap_err();
        assert!(matches!(error, Error::Invalid(_) | Error::PartGone(_)), "{error}");
    };
    check(&[]);
    check(&[names[0].clone(), names[2].clone()]);
    check(&[names[1].clone(), names[0].clone()]);
    check(&["20200101_7_7_0".parse().unwrap(), names[0].clone()]);
    let asked = AtomicUsize::new(0);
    let stopped = || {
        // While it runs no other merge may have its parts.
        asked.fetch_add(1, Ordering::Relaxed);
        assert!(table.is_busy(&names[0]) && table.is_busy(&names[1]));
        check(&names[..2]);
        true
    };
    let error = table.merge(&names[..2], &options(&stopped)).unwrap_err();
    assert!(matches!(error, Error::Stopped) && asked.into_inner() == 1);
    assert!(!table.is_busy(&names[0]));
    table.merge(&names[..2], &options(&|| false)).unwrap();
}

#[test]
fn a_truncate_meanwhile_wins() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), &Keys::new(&["id"], &[]), vec![]);
    insert(&table, &[Row::numbered(1)]);
    insert(&table, &[Row::numbered(2)]);
    let stopped = || {
        table.truncate().unwrap();
        false
    };
    let error = table.merge(&names(&table), &options(&stopped)).unwrap_err();
    assert!(matches!(error, Error::PartGone(_)), "{error}");
    assert_eq!(table.snapshot().rows(), 0);
    drop(table);
    assert_eq!(open(dir.path(), &Keys::new(&["id"], &[]), vec![]).snapshot().rows(), 0);
}

/// Inserts use the same threads as merges do; a merge may take hours and must not keep them that long.
#[test]
fn inserts_go_on_while_a_merge_runs() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), &Keys::new(&["id"], &[]), vec![index("by_vec", 2)]);
    let table = Arc::new(table);
    insert(&table, &[Row::numbered(1)]);
    insert(&table, &[Row::numbered(2)]);
    let stopped = || {
        let (table, (done, wait)) = (table.clone(), std::sync::mpsc::channel());
        std::thread::spawn(move || {
            let options = InsertOptions {
                threads: 1,
                ..InsertOptions::default()
            };
            table.insert(batch(&[Row::numbered(3)]), &options).unwrap();
            done.send(()).unwrap();
        });
        wait.recv_timeout(Duration::from_secs(30)).expect("the insert is done");
        false
    };
    let options = MergeOptions {
        threads: 1,
        ..options(&stopped)
    };
    table.merge(&names(&table), &options).unwrap();
    assert_eq!(table.snapshot().rows(), 3);
}

#[test]
fn parts_between_those_to_merge_are_not_lost() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), &Keys::new(&["id"], &[]), vec![]);
    (0..3).for_each(|row| drop(insert(&table, &[Row::numbered(row)])));
    let names = names(&table);
    for wrong in [[0, 2], [1, 1]] {
        let wrong = wrong.map(|at: usize| names[at].clone());
        let error = table.merge(&wrong, &options(&|| false)).unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{error}");
        assert!(wrong.iter().all(|name| !table.is_busy(name)));
    }
    assert_eq!(table.snapshot().rows(), 3);
}

/// A merge ends soon after nobody needs it.
#[test]
fn a_drop_ends_merges() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), &Keys::default(), vec![]);
    let rows: Vec<Row> = (0..20_000).map(Row::numbered).collect();
    insert(&table, &rows);
    insert(&table, &rows);
    let stopped = || {
        table.drop_all().unwrap();
        false
    };
    let options = options(&stopped);
    let error = table.merge(&names(&table), &options).unwrap_err();
    assert!(matches!(error, Error::Dropped), "{error}");
    assert_eq!(options.progress.rows_written.load(Ordering::Relaxed), 0);
}

/// While a merge has the parts, mutations wait; then they are about what was merged.
#[test]
fn a_mutation_waits_for_a_merge() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), &Keys::new(&["id"], &[]), vec![]);
    insert(&table, &[Row::numbered(1)]);
    insert(&table, &[Row::numbered(2)]);
    let waits = AtomicBool::new(false);
    let stopped = || {
        table.order_mutation(MutationOrder::default()).unwrap();
        waits.store(table.next_mutations(u64::MAX, true).is_none(), Ordering::Relaxed);
        false
    };
    table.merge(&names(&table), &options(&stopped)).unwrap();
    assert!(waits.into_inner());
    let (_, part) = table.next_mutations(u64::MAX, true).unwrap();
    assert_eq!(part.name().to_string(), "all_1_2_1");
}

#[test]
fn no_merge_for_which_the_disk_has_no_room() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FaultyDirectory::sound();
    let keys = Arc::new(Keys::new(&["id"], &[]));
    let options_of_table = TableOptions::default();
    let directory = Arc::new(disk.clone());
    let table = MergeTree::open_in(directory, dir.path(), schema().into(), options_of_table, vec![], keys).unwrap();
    let rows: Vec<Row> = (0..1000).map(Row::numbered).collect();
    insert(&table, &rows);
    insert(&table, &rows);
    let bytes: u64 = table.merge_candidates().iter().map(|part| part.bytes).sum();
    let check = |free: u64, reserved_bytes: u64| {
        disk.set_free_bytes(free);
        assert_eq!(table.free_bytes(), free);
        let options = MergeOptions {
            reserved_bytes,
            ..options(&|| false)
        };
        let error = table.merge(&names(&table), &options).unwrap_err();
        assert!(matches!(error, Error::Full(_)), "{error}");
        assert!(names(&table).iter().all(|name| !table.is_busy(name)));
    };
    check(merge_space(bytes) - 1, 0);
    check(u64::MAX, u64::MAX);
    check(1 << 40, 1 << 40);
    disk.set_free_bytes(merge_space(bytes));
    merge_all(&table).unwrap();
}

/// By `(name, value)` as ClickHouse orders them, equal ones as they came.
fn in_order(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_by(|left, right| {
        let name = |row: &Row| (row.name.is_none(), row.name.clone());
        name(left).cmp(&name(right)).then(left.value.total_cmp(&right.value))
    });
    rows
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merging_is_sorting_all_rows(
        blocks in proptest::collection::vec(proptest::collection::vec((0..60_u64, 2..4_usize), 1..120), 1..6),
        partitioned in any::<bool>(),
        sizes in proptest::collection::vec(1..4_usize, 1..4),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::new(&["name", "value"], if partitioned { &["day"] } else { &[] });
        let table = MergeTree::open(dir.path(), schema().into(), TableOptions { index_granularity: 16, ..TableOptions::default() }, vec![], Arc::new(keys.clone())).unwrap();
        let mut inserted: Vec<Row> = Vec::new();
        for (block, ids) in blocks.iter().enumerate() {
            // Few different keys, so that equal ones meet; the tags tell rows apart.
            let rows: Vec<Row> = ids.iter().zip(0..).map(|((id, length), row)| Row {
                tags: vec![block as u64, row],
                vec: vec![*id as f32; *length],
                ..Row::numbered(*id)
            }).collect();
            table.insert(batch(&rows), &InsertOptions::default()).unwrap();
            inserted.extend(rows);
        }
        // Some neighbours first, then the rest.
        for size in sizes {
            let names = names(&table);
            let some: Vec<PartName> = names.iter().take(size).filter(|name| name.partition_id == names[0].partition_id).cloned().collect();
            if some.len() > 1 {
                table.merge(&some, &options(&|| false)).unwrap();
            }
        }
        merge_all(&table).unwrap();
        drop(table);
        let table = open(dir.path(), &keys, vec![]);
        let snapshot = table.snapshot();
        let days: Vec<Option<u16>> = match partitioned {
            true => { let mut days: Vec<_> = inserted.iter().map(|row| Some(row.day)).collect(); days.sort_unstable(); days.dedup(); days }
            false => vec![None],
        };
        prop_assert_eq!(snapshot.parts().len(), days.len());
        for day in days {
            let expected = in_order(inserted.iter().filter(|row| day.is_none_or(|day| row.day == day)).cloned().collect());
            let found = snapshot.parts().iter().map(|part| read_part(part).unwrap()).find(|rows| day.is_none_or(|day| rows[0].day == day));
            prop_assert_eq!(found, Some(expected));
        }
    }
}
