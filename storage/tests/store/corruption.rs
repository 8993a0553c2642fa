//! Flipped bytes, truncated and missing files: noticed and named, or harmless; other parts stay readable.

use std::fs;
use std::path::{Path, PathBuf};

use gristmill_storage::{Error, MergeTree, lock_database, lock_database_in};

use crate::fault::FaultyDirectory;
use crate::fixture::*;

fn keys() -> Keys {
    Keys::new(&["id"], &["day"])
}

fn numbered(first: u64, count: u64) -> Vec<Row> {
    (first..first + count)
        .map(|id| Row {
            day: 1,
            ..Row::numbered(id)
        })
        .collect()
}

fn files(part: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(part).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Everything that can be read of the table, or the first error.
fn read_everything(table: &MergeTree) -> Result<Vec<Row>, Error> {
    let mut all = Vec::new();
    for part in table.snapshot().parts() {
        all.extend(read_part(part)?);
    }
    Ok(all)
}

/// Opens and reads a table with one damaged part beside a sound one; then repairs it.
fn check_damage(part: &Path, what: &str, expected: &[Row]) -> &'static str {
    let dir = part.parent().expect("it is in the table's folder");
    let damaged = part.file_name().unwrap().to_str().unwrap();
    let table = match MergeTree::open(dir, schema().into(), options(), vec![], std::sync::Arc::new(keys())) {
        Ok(table) => table,
        Err(Error::UnknownVersion { .. }) => return "refused",
        Err(error) => panic!("{what}: {error}"),
    };
    if let [broken] = table.broken_parts() {
        assert_eq!(broken.name, damaged, "{what}");
        assert!(broken.reason.contains(damaged), "{what}: {}", broken.reason);
        let rest: Vec<Row> = expected.iter().filter(|row| row.id >= 100).cloned().collect();
        assert_eq!(read_everything(&table).unwrap(), rest, "{what}");
        let aside = dir.join("detached").join(format!("broken_{damaged}"));
        assert!(aside.is_dir(), "{what}: kept");
        fs::rename(aside, dir.join(damaged)).unwrap();
        return "set aside";
    }
    let checked = table.snapshot().parts()[0].check();
    match read_everything(&table) {
        Ok(rows) => {
            assert_eq!(rows, expected, "{what}: wrong rows");
            assert!(checked.is_err(), "{what}: not noticed by the check");
            "harmless"
        }
        Err(Error::Corrupt { part, detail }) => {
            assert_eq!(part, damaged, "{what}: {detail}");
            "noticed"
        }
        Err(error) => panic!("{what}: {error}"),
    }
}

#[test]
fn every_flipped_byte_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let expected = numbered(0, 20);
    {
        let table = open(dir.path(), &keys(), vec![]);
        insert(&table, &numbered(0, 25));
        assert_eq!(delete(&table, 20..100).unwrap(), 5);
    }
    let part = dir.path().join("19700102_1_1_0_2");
    let mut outcomes = Vec::new();
    for file in files(&part) {
        let sound = fs::read(&file).unwrap();
        for position in 0..sound.len() {
            let mut damaged = sound.clone();
            damaged[position] ^= 1 << (position % 8);
            fs::write(&file, &damaged).unwrap();
            outcomes.push(check_damage(
                &part,
                &format!("{} byte {position}", file.display()),
                &expected,
            ));
        }
        fs::write(&file, &sound).unwrap();
    }
    assert!(outcomes.contains(&"set aside") && outcomes.contains(&"noticed"));
    assert!(
        !outcomes.contains(&"harmless"),
        "no byte of these files is without a checksum"
    );
}

#[test]
fn truncated_and_missing_files_set_the_part_aside() {
    let dir = tempfile::tempdir().unwrap();
    let expected = [numbered(0, 20), numbered(100, 5)].concat();
    {
        let table = open(dir.path(), &keys(), vec![]);
        insert(&table, &expected[..20]);
        insert(&table, &expected[20..]);
    }
    let part = dir.path().join("19700102_1_1_0");
    for file in files(&part) {
        let sound = fs::read(&file).unwrap();
        fs::write(&file, &sound[..sound.len() / 2]).unwrap();
        assert_eq!(
            check_damage(&part, &format!("{} truncated", file.display()), &expected),
            "set aside"
        );
        fs::remove_file(&file).unwrap();
        assert_eq!(
            check_damage(&part, &format!("{} missing", file.display()), &expected),
            "set aside"
        );
        fs::write(&file, &sound).unwrap();
    }
    let table = open(dir.path(), &keys(), vec![]);
    assert_eq!(read_everything(&table).unwrap(), expected);
}

#[test]
fn a_broken_part_keeps_its_block_number() {
    let dir = tempfile::tempdir().unwrap();
    insert(&open(dir.path(), &keys(), vec![]), &numbered(0, 1));
    for expected in ["19700102_2_2_0", "19700102_3_3_0"] {
        for entry in fs::read_dir(dir.path())
            .unwrap()
            .map(Result::unwrap)
            .filter(|entry| entry.file_name() != "detached")
        {
            fs::write(entry.path().join("manifest"), "nothing").unwrap();
        }
        let table = open(dir.path(), &keys(), vec![]);
        assert_eq!(table.broken_parts().len(), 1);
        assert_eq!(insert(&table, &numbered(0, 1))[0].name().to_string(), expected);
    }
}

#[test]
fn a_database_is_locked_and_known_by_its_version() {
    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("db");
    let lock = lock_database(&database).unwrap();
    assert!(matches!(lock_database(&database), Err(Error::Locked(_))));
    drop(lock);
    drop(lock_database(&database).unwrap());
    fs::write(database.join("gristmill.version"), "gristmill database 2\n").unwrap();
    assert!(matches!(
        lock_database(&database),
        Err(Error::UnknownVersion { found: 2, .. })
    ));
    fs::write(database.join("gristmill.version"), "something").unwrap();
    assert!(matches!(lock_database(&database), Err(Error::Invalid(_))));
    let other = dir.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("letter.txt"), "dear").unwrap();
    let error = lock_database(&other).unwrap_err();
    assert!(error.to_string().contains("is not a Gristmill database"), "{error}");
    assert_eq!(
        fs::read_dir(&other).unwrap().count(),
        1,
        "nothing was added to a folder that is not ours"
    );
}

#[test]
fn a_new_database_survives_a_power_failure() {
    let dir = tempfile::tempdir().unwrap();
    let database = dir.path().join("above").join("db");
    let directory = FaultyDirectory::sound();
    drop(lock_database_in(&directory, &database).unwrap());
    directory.lose_unsynced();
    let version = fs::read_to_string(database.join("gristmill.version")).unwrap();
    assert_eq!(version, "gristmill database 1\n");
}
