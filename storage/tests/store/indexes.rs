//! Vector indexes of parts: built on insert, found again, checked.

use std::fs;
use std::sync::Arc;

use gristmill_index::{SubIndex, VectorQuery};
use gristmill_storage::{Error, IndexChoice, InsertOptions, Part};

use crate::fixture::*;

fn numbered(count: u64) -> Vec<Row> {
    (0..count).map(Row::numbered).collect()
}

#[test]
fn sub_indexes_cover_their_granules_and_find_their_rows() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Keys::new(&["id"], &[]);
    insert(
        &open(dir.path(), &keys, vec![index("by_vec", 2), index("whole", 100_000_000)]),
        &numbered(70),
    );
    let table = open(dir.path(), &keys, vec![]);
    let part = table.snapshot().parts()[0].clone();
    assert!(has_index(&part, "by_vec", 2) && !has_index(&part, "other", 2));
    assert!(vector_index(&part, "other", 2).unwrap().is_none());
    assert_eq!(vector_index(&part, "whole", 100_000_000).unwrap().unwrap().len(), 1);
    let sub_indexes = vector_index(&part, "by_vec", 2).unwrap().unwrap();
    let ranges: Vec<_> = sub_indexes.iter().map(|(rows, _)| rows.clone()).collect();
    assert_eq!(ranges, [0..32, 32..64, 64..70]);
    for (rows, bytes) in sub_indexes {
        assert!(
            bytes.as_ptr().addr().is_multiple_of(64),
            "payloads start at cache lines"
        );
        let index = SubIndex::open(bytes).unwrap();
        let row = rows.end - 1;
        let vector = Row::numbered(row).vec;
        let query = VectorQuery {
            vector: &vector,
            k: 1,
            effort: 32,
            bound: None,
        };
        assert_eq!(
            u64::from(index.search(&query, None).unwrap().hits[0].row),
            row - rows.start
        );
    }
    part.check().unwrap();
}

#[test]
fn rows_that_do_not_fit_the_index_are_refused_and_leave_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), &Keys::new(&["id"], &[]), vec![index("by_vec", 1)]);
    let with = |vec: Vec<f32>| Row {
        vec,
        ..Row::numbered(7)
    };
    for wrong in [vec![], vec![1.0; 3], vec![f32::NAN, 0.0, 0.0, 0.0]] {
        let rows = vec![with(wrong.clone()); 40];
        let error = table.insert(batch(&rows), &InsertOptions::default()).unwrap_err();
        assert!(
            matches!(&error, Error::Index { index, .. } if index == "by_vec"),
            "{error}"
        );
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0, "{wrong:?}");
        let without = InsertOptions {
            indexes: IndexChoice::None,
            ..InsertOptions::default()
        };
        table.insert(batch(&rows), &without).unwrap();
        table.truncate().unwrap();
        fs::remove_file(dir.path().join("hidden_parts")).unwrap();
    }
}

#[test]
fn excluded_indexes_are_not_built() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(
        dir.path(),
        &Keys::new(&["id"], &[]),
        vec![index("one", 1), index("two", 1)],
    );
    let options = InsertOptions {
        indexes: IndexChoice::Except(vec!["one".into(), "unknown".into()]),
        ..Default::default()
    };
    let part = table.insert(batch(&numbered(20)), &options).unwrap().remove(0);
    let names: Vec<&str> = part.indexes().iter().map(|index| index.name).collect();
    assert_eq!(names, ["two"]);
}

#[test]
fn every_flipped_byte_of_an_index_file_is_noticed_or_harmless() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Keys::new(&["id"], &[]);
    let path = insert(&open(dir.path(), &keys, vec![index("by_vec", 1)]), &numbered(20))[0]
        .path()
        .join("by_vec.vidx");
    let sound = fs::read(&path).unwrap();
    for position in 0..sound.len() {
        let mut damaged = sound.clone();
        damaged[position] ^= 1 << (position % 8);
        fs::write(&path, &damaged).unwrap();
        let part = open(dir.path(), &keys, vec![]).snapshot().parts()[0].clone();
        assert!(part.check().is_err(), "byte {position}");
        match vector_index(&part, "by_vec", 1) {
            Ok(sub_indexes) => {
                let inside = 64..sound.len() - 64;
                assert!(inside.contains(&position), "byte {position} of header or trailer");
                // Each payload is as it was written, or says that it is not.
                for (rows, bytes) in sub_indexes.unwrap() {
                    if let Ok(index) = SubIndex::open(bytes) {
                        assert_eq!(u64::from(index.rows()), rows.end - rows.start, "byte {position}");
                    }
                }
            }
            Err(Error::Corrupt { part, detail }) => {
                assert_eq!(part, "all_1_1_0");
                assert!(detail.starts_with("by_vec.vidx"), "{detail}");
            }
            Err(Error::UnknownVersion { .. }) => {}
            Err(error) => panic!("byte {position}: {error}"),
        }
    }
}

#[test]
fn indexes_come_and_go_without_the_rows() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Keys::new(&["id"], &[]);
    let before = open(dir.path(), &keys, vec![]);
    insert(&before, &numbered(70));
    let old = before.snapshot();
    let after = with_indexes(&before, vec![index("by_vec", 2)], Arc::new(keys.clone()));
    assert!(
        !has_index(&after.snapshot().parts()[0], "by_vec", 2),
        "parts are as they were"
    );
    assert_eq!(build_index(&after, "by_vec"), 70);
    assert_eq!(build_index(&after, "by_vec"), 0, "it is there already");
    let part = before.snapshot().parts()[0].clone();
    assert_eq!(part.name().to_string(), "all_1_1_0_2", "both see it");
    assert_eq!(vector_index(&part, "by_vec", 2).unwrap().unwrap().len(), 3);
    part.check().unwrap();
    assert_eq!(
        read_part(&old.parts()[0]).unwrap(),
        read_part(&part).unwrap(),
        "old snapshots stay readable"
    );
    drop((old, part, after, before));

    let table = open(dir.path(), &keys, vec![index("by_vec", 2)]);
    insert(&table, &numbered(3));
    remove_index(&table, "by_vec");
    let names: Vec<String> = table
        .snapshot()
        .parts()
        .iter()
        .map(|part| part.name().to_string())
        .collect();
    assert_eq!(names, ["all_1_1_0_4", "all_3_3_0_4"], "versions only grow");
    assert!(table.snapshot().parts().iter().all(|part| part.indexes().is_empty()));
    table.snapshot().parts().iter().for_each(|part| part.check().unwrap());
    drop(table);
    let table = open(dir.path(), &keys, vec![]);
    assert_eq!(table.snapshot().rows(), 73);
    assert_eq!(table.broken_parts().len(), 0);
}

#[test]
fn an_index_comes_and_goes_without_the_rows() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Keys::new(&["id"], &[]);
    let table = open(dir.path(), &keys, vec![index("by_vec", 100)]);
    let options = InsertOptions {
        indexes: IndexChoice::None,
        ..Default::default()
    };
    table.insert(batch(&numbered(50)), &options).unwrap();
    let before = table.snapshot();
    assert_eq!(build_index(&table, "by_vec"), 50);
    assert_eq!(build_index(&table, "by_vec"), 0, "built already");
    assert_eq!(read_all(&before), numbered(50), "opened only now");
    drop(before);
    drop(table);
    let table = open(dir.path(), &keys, vec![index("by_vec", 100)]);
    let part = table.snapshot().parts()[0].clone();
    assert_eq!(part.name().to_string(), "all_1_1_0_2");
    assert_eq!(vector_index(&part, "by_vec", 100).unwrap().unwrap()[0].0, 0..50);
    assert_eq!(read_part(&part).unwrap(), numbered(50));
    remove_index(&table, "by_vec");
    let part = table.snapshot().parts()[0].clone();
    assert!(!has_index(&part, "by_vec", 100) && !part.path().join("by_vec.vidx").exists());
    part.check().unwrap();
}

/// Nearest row to a vector by the one sub-index of a part.
fn nearest(part: &Part, metric: &str) -> u32 {
    let sub_indexes = part.vector_index("by_vec", &built_for(metric, 100)).unwrap().unwrap();
    let query = VectorQuery {
        vector: &[3.0, 3.0, 3.0, 3.0],
        k: 1,
        effort: 32,
        bound: None,
    };
    let index = SubIndex::open(sub_indexes[0].1.clone()).unwrap();
    index.search(&query, None).unwrap().hits[0].row
}

#[test]
fn an_index_built_for_something_else_is_not_taken_for_the_one_of_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Keys::new(&["id"], &[]);
    let with = |id, vec: [f32; 4]| Row {
        vec: vec.to_vec(),
        ..Row::numbered(id)
    };
    let rows = [with(0, [4.0, 3.0, 3.0, 3.0]), with(1, [1e3, 1e3, 1e3, 1e3])];
    let old = open(dir.path(), &keys, vec![index("by_vec", 100)]);
    let new = with_indexes(
        &old,
        vec![index_of("by_vec", "cosineDistance", 100)],
        Arc::new(keys.clone()),
    );
    insert(&old, &rows); // one that was under way when the index changed
    let part = new.snapshot().parts()[0].clone();
    assert_eq!(nearest(&part, "L2Distance"), 0);
    assert!(!part.has_index("by_vec", &built_for("cosineDistance", 100)));
    let other = part.vector_index("by_vec", &built_for("cosineDistance", 100));
    assert!(other.unwrap().is_none());

    drop((part, old, new)); // what it was built for is on disk
    let new = open(dir.path(), &keys, vec![index_of("by_vec", "cosineDistance", 100)]);
    let part = new.snapshot().parts()[0].clone();
    assert!(has_index(&part, "by_vec", 100));
    assert_eq!(build_index(&new, "by_vec"), 2);
    let rebuilt = new.snapshot().parts()[0].clone();
    assert!(!has_index(&rebuilt, "by_vec", 100), "replaced");
    assert_eq!(nearest(&rebuilt, "cosineDistance"), 1);
    rebuilt.check().unwrap();
    part.check().unwrap(); // the files of the old part are its own
    assert_eq!(build_index(&new, "by_vec"), 0);
    remove_index(&new, "by_vec");
    assert!(new.snapshot().parts()[0].indexes().is_empty());
}
