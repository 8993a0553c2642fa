//! Which rows are left when keys are replaced: random blocks, merges and deletions against a plain list.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::UInt16Type;
use gristmill_storage::{
    Error, IndexChoice, InsertOptions, LeftOut, MergeOptions, MergeProgress, MergeTree, PartName, PartSet, Replacement,
    RowTest, TableOptions, choose_all,
};
use proptest::prelude::*;

use crate::fixture::*;

/// `value` is 1 in rows that mark their key as deleted, `day` is the version.
fn rule(with_version: bool, with_marks: bool) -> Replacement {
    Replacement {
        version: with_version.then(|| "day".to_owned()),
        is_deleted: with_marks.then(|| "value".to_owned()),
    }
}

fn open_replacing(dir: &Path, keys: &Keys, rule: &Replacement, index_granularity: u64) -> MergeTree {
    let options = TableOptions {
        index_granularity,
        replacement: Some(rule.clone()),
        ..TableOptions::default()
    };
    MergeTree::open(dir, schema().into(), options, vec![], Arc::new(keys.clone())).unwrap()
}

fn insert_as(table: &MergeTree, rows: &[Row], replace: bool) {
    let options = InsertOptions {
        replace,
        ..InsertOptions::default()
    };
    table.insert(batch(rows), &options).unwrap();
}

fn row(id: u64, version: u16, is_deleted: bool, text: usize) -> Row {
    Row {
        id,
        day: version,
        name: Some(text.to_string().into_bytes()),
        value: if is_deleted { 1.0 } else { 0.0 },
        tags: vec![],
        vec: vec![0.0],
    }
}

/// The rows in the order of parts that have not been deleted.
fn all_rows(parts: &PartSet) -> Vec<Row> {
    parts.parts().iter().flat_map(|part| read_part(part).unwrap()).collect()
}

/// The rule, said once more.
fn winners(rows: Vec<Row>, rule: &Replacement, keeps_marks: bool) -> Vec<Row> {
    let mut left: BTreeMap<u64, Row> = BTreeMap::new();
    for row in rows {
        let is_older = |last: &Row| rule.version.is_some() && row.day < last.day;
        if !left.get(&row.id).is_some_and(is_older) {
            left.insert(row.id, row);
        }
    }
    let is_kept = |row: &Row| keeps_marks || rule.is_deleted.is_none() || row.value == 0.0;
    left.into_values().filter(is_kept).collect()
}

fn shown(table: &MergeTree) -> Vec<Row> {
    let parts = table.snapshot();
    let rows = table
        .final_rows(&parts, None, true, &|| false)
        .unwrap()
        .expect("it replaces");
    let mut shown = Vec::new();
    for (part, rows) in parts.parts().iter().zip(rows) {
        let numbers: Vec<u64> = part.alive().iter().flatten().collect();
        let alive = read_part(part).unwrap().into_iter().zip(numbers);
        shown.extend(alive.filter(|(_, number)| rows.contains(*number)).map(|(row, _)| row));
    }
    shown.sort_by_key(|row| row.id);
    shown
}

fn merge(table: &MergeTree, names: &[PartName], left_out: LeftOut) {
    let options = MergeOptions {
        threads: 1,
        indexes: IndexChoice::All,
        left_out,
        progress: Arc::new(MergeProgress::default()),
        reserved_bytes: 0,
        stopped: &|| false,
    };
    table.merge(names, &options).unwrap();
}

fn merge_all(table: &MergeTree, left_out: &LeftOut) {
    let candidates = table.merge_candidates();
    for range in choose_all(&candidates) {
        let names: Vec<PartName> = candidates[range].iter().map(|part| part.name.clone()).collect();
        merge(table, &names, left_out.clone());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_greatest_version_is_left(
        blocks in proptest::collection::vec(
            (proptest::collection::vec((0..60_u64, 0..4_u16, any::<bool>()), 1..80), any::<bool>(), 0..200_u64),
            1..6,
        ),
        with_version in any::<bool>(),
        with_marks in any::<bool>(),
        primary_len in 0..2_usize,
        granularity in 1..20_u64,
        merged_after in 0..6_usize,
        deleted in proptest::option::of(0..60_u64),
        cleanup in any::<bool>(),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys { primary_len, ..Keys::new(&["id"], &[]) };
        let rule = rule(with_version, with_marks);
        let table = open_replacing(dir.path(), &keys, &rule, granularity);
        let mut inserted = 0;
        for (at, (block, replace, shift)) in blocks.iter().enumerate() {
            let rows: Vec<Row> = block
                .iter()
                .map(|(id, version, is_deleted)| {
                    inserted += 1;
                    row(id + shift, *version, *is_deleted, inserted)
                })
                .collect();
            insert_as(&table, &rows, *replace);
            if at == merged_after {
                merge_all(&table, &LeftOut::default());
            }
        }
        if let Some(id) = deleted {
            delete(&table, id..id + 1).unwrap();
        }
        let rows = all_rows(&table.snapshot());
        prop_assert_eq!(shown(&table), winners(rows.clone(), &rule, false));
        let left_out = LeftOut { deletion_marks: cleanup, ..LeftOut::default() };
        merge_all(&table, &left_out);
        drop(table);
        let table = open_replacing(dir.path(), &keys, &rule, granularity);
        prop_assert_eq!(all_rows(&table.snapshot()), winners(rows.clone(), &rule, !cleanup));
        prop_assert_eq!(shown(&table), winners(rows, &rule, false));
    }

    #[test]
    fn expired_rows_are_left_out(
        blocks in proptest::collection::vec(proptest::collection::vec((0..20_u64, 0..10_u16), 1..40), 1..5),
        replaces in any::<bool>(),
        limit in 0..11_u16,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::new(&["id"], &[]);
        let rule = rule(true, false);
        let table = match replaces {
            true => open_replacing(dir.path(), &keys, &rule, 16),
            false => open(dir.path(), &keys, vec![]),
        };
        for block in &blocks {
            let rows: Vec<Row> = block.iter().enumerate().map(|(at, (id, day))| row(*id, *day, false, at)).collect();
            insert_as(&table, &rows, true);
        }
        // A part of which all rows have expired replaces nothing.
        let parts = table.snapshot();
        let parts = parts.parts().iter().map(|part| read_part(part).unwrap());
        let lasting = parts.filter(|rows| rows.iter().any(|row| row.day >= limit));
        let mut expected: Vec<Row> = lasting.flatten().collect();
        if replaces {
            expected = winners(expected, &rule, true);
        }
        expected.retain(|row| row.day >= limit);
        let expired = RowTest {
            columns: vec!["day".into()],
            test: Arc::new(move |batch| {
                let days = batch.column_by_name("day").unwrap().as_primitive::<UInt16Type>().clone();
                Ok(days.iter().map(|day| day.map(|day| day < limit)).collect())
            }),
        };
        let left_out = LeftOut { expired: Some(expired), ..LeftOut::default() };
        merge_all(&table, &left_out);
        let key = |row: &Row| (row.id, row.day, row.name.clone());
        let mut left = all_rows(&table.snapshot());
        left.sort_by_key(key);
        expected.sort_by_key(key);
        prop_assert_eq!(left, expected);
    }

    #[test]
    fn the_first_of_equal_rows_is_left(
        blocks in proptest::collection::vec(proptest::collection::vec((0..10_u64, 0..3_u16), 1..60), 1..5),
        is_sorted in any::<bool>(),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let sorting: &[&str] = if is_sorted { &["id"] } else { &[] };
        let table = open(dir.path(), &Keys::new(sorting, &[]), vec![]);
        let rows = |block: &Vec<(u64, u16)>| -> Vec<Row> {
            block.iter().enumerate().map(|(at, (id, day))| row(*id, *day, false, at)).collect()
        };
        blocks.iter().for_each(|block| drop(insert(&table, &rows(block))));
        let mut first: BTreeMap<(u64, u16), Row> = BTreeMap::new();
        for row in all_rows(&table.snapshot()) {
            first.entry((row.id, row.day)).or_insert(row);
        }
        let left_out = LeftOut { equal_in: Some(vec!["id".into(), "day".into()]), ..LeftOut::default() };
        merge_all(&table, &left_out);
        let mut left = all_rows(&table.snapshot());
        left.sort_by_key(|row| (row.id, row.day));
        prop_assert_eq!(left, first.into_values().collect::<Vec<Row>>());
    }
}

#[test]
fn a_merge_that_leaves_no_row_leaves_no_part() {
    let dir = tempfile::tempdir().unwrap();
    let table = open_replacing(dir.path(), &Keys::new(&["id"], &[]), &rule(true, true), 16);
    insert_as(&table, &[row(1, 1, false, 0)], true);
    insert_as(&table, &[row(1, 2, true, 1)], true);
    let left_out = LeftOut {
        deletion_marks: true,
        ..LeftOut::default()
    };
    merge_all(&table, &left_out);
    assert!(table.snapshot().parts().is_empty());
    drop(table);
    let table = open_replacing(dir.path(), &Keys::new(&["id"], &[]), &rule(true, true), 16);
    assert!(table.snapshot().parts().is_empty());
}

#[test]
fn marks_are_0_or_1() {
    let dir = tempfile::tempdir().unwrap();
    let table = open_replacing(dir.path(), &Keys::new(&["id"], &[]), &rule(true, true), 16);
    let wrong = Row {
        value: 2.0,
        ..row(1, 1, false, 0)
    };
    let error = table
        .insert(batch(std::slice::from_ref(&wrong)), &InsertOptions::default())
        .unwrap_err();
    assert!(matches!(error, Error::Incorrect(_)), "{error}");
    insert_as(&table, &[wrong], false);
    let parts = table.snapshot();
    assert!(matches!(
        table.final_rows(&parts, None, true, &|| false),
        Err(Error::Incorrect(_))
    ));
}

#[test]
fn parts_without_common_keys_are_not_read() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Keys::new(&["id"], &[]);
    let table = open_replacing(dir.path(), &keys, &rule(true, false), 16);
    for block in 0..3 {
        let rows: Vec<Row> = (0..100).map(|id| row(block * 100 + id, 1, false, 0)).collect();
        insert_as(&table, &rows, true);
    }
    let names: Vec<String> = table
        .snapshot()
        .parts()
        .iter()
        .map(|part| part.name().to_string())
        .collect();
    drop(table);
    // Whoever reads this file finds it broken.
    for name in names {
        let file = dir.path().join(name).join("columns.parquet");
        let bytes = vec![0; std::fs::metadata(&file).unwrap().len() as usize];
        std::fs::write(&file, bytes).unwrap();
    }
    let table = open_replacing(dir.path(), &keys, &rule(true, false), 16);
    let parts = table.snapshot();
    let rows = table.final_rows(&parts, None, true, &|| false).unwrap().unwrap();
    assert_eq!(rows.iter().map(|rows| rows.count()).sum::<u64>(), 300);
    insert_as(&table, &[row(150, 2, false, 0)], true);
    assert!(table.final_rows(&table.snapshot(), None, true, &|| false).is_err());
}
