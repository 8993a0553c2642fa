//! Inserting, sorting, partitioning, re-opening.

use arrow::array::{Array, AsArray, UInt64Array};
use arrow::datatypes::UInt64Type;
use gristmill_storage::RowRanges;

use crate::fixture::*;

fn numbered(range: std::ops::Range<u64>) -> Vec<Row> {
    range.map(Row::numbered).collect()
}

#[test]
fn inserted_rows_come_back_sorted_and_survive_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let keys = Keys::new(&["value", "id"], &[]);
    let mut expected = numbered(0..500);
    expected.reverse();
    {
        let table = open(dir.path(), &keys, vec![]);
        let parts = insert(&table, &expected);
        assert_eq!(parts[0].name().to_string(), "all_1_1_0");
        insert(&table, &numbered(500..510));
    }
    let table = open(dir.path(), &keys, vec![]);
    assert!(table.broken_parts().is_empty());
    let parts = table.snapshot();
    let names: Vec<String> = parts.parts().iter().map(|part| part.name().to_string()).collect();
    assert_eq!(names, ["all_1_1_0", "all_2_2_0"]);
    expected.sort_by(|left, right| left.value.total_cmp(&right.value).then(left.id.cmp(&right.id)));
    assert_eq!(read_part(&parts.parts()[0]).unwrap(), expected);
    assert_eq!(parts.rows(), 510);
    assert_eq!(insert(&table, &numbered(510..511))[0].name().to_string(), "all_3_3_0");
}

#[test]
fn partitions_become_parts_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), &Keys::new(&["id"], &["day"]), vec![]);
    let inserted = numbered(0..300);
    let parts = insert(&table, &inserted);
    assert_eq!(parts.len(), 3);
    for part in &parts {
        let rows = read_part(part).unwrap();
        let day = rows[0].day;
        assert_eq!(
            part.name().partition_id,
            ["20190414", "20190415", "20190416"][day as usize - 18_000]
        );
        let expected: Vec<Row> = inserted.iter().filter(|row| row.day == day).cloned().collect();
        assert_eq!(rows, expected);
        assert_eq!(
            part.partition_values()[0]
                .as_primitive::<arrow::datatypes::UInt16Type>()
                .value(0),
            day
        );
        assert_eq!(part.partition_min_max("day").unwrap().len(), 2);
        assert!(part.partition_min_max("id").is_none());
    }
    assert_eq!(read_all(&table.snapshot()), inserted);
}

#[test]
fn primary_index_and_bounds_follow_the_granules() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), &Keys::new(&["id"], &[]), vec![]);
    let part = insert(&table, &numbered(0..100)).remove(0);
    assert_eq!(part.marks(), 7);
    assert_eq!(
        part.primary_index()[0].as_ref(),
        &UInt64Array::from(vec![0, 16, 32, 48, 64, 80, 96, 99]) as &dyn Array
    );
    let max = part.granule_bounds()[0].max.as_primitive::<UInt64Type>();
    let chosen = max.iter().map(|max| Some(max.unwrap() >= 85)).collect();
    assert_eq!(part.granule_rows(&chosen), RowRanges::from(80..100));
}

#[test]
fn any_columns_and_rows_can_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), &Keys::new(&["id"], &[]), vec![]);
    let part = insert(&table, &numbered(0..5000)).remove(0);
    let picked = part.read_rows(&["vec", "id", "vec"], &[3, 2047, 2048, 4999]).unwrap();
    assert_eq!(
        picked.column(1).as_ref(),
        &UInt64Array::from(vec![3, 2047, 2048, 4999]) as &dyn Array
    );
    assert_eq!(picked.column(0), picked.column(2));
    assert_eq!(part.read_rows(&["id"], &[]).unwrap().num_rows(), 0);
    assert!(part.read_rows(&["id"], &[5000]).is_err());
    assert!(part.read_rows(&["id"], &[5, 4]).is_err());
    assert!(part.read(&["nothing"], &RowRanges::all(1), 1).is_err());
    let counts: Vec<usize> = part
        .read(&[], &RowRanges::all(5000), 2000)
        .unwrap()
        .map(|batch| batch.unwrap().num_rows())
        .collect();
    assert_eq!(counts, [2000, 2000, 1000]);
}
