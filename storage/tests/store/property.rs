//! Random inserts, ranges and rows against a plain vector.

use arrow::array::AsArray;
use arrow::datatypes::UInt64Type;
use gristmill_storage::RowRanges;
use proptest::prelude::*;

use crate::fixture::*;

fn row() -> impl Strategy<Value = Row> {
    let name = proptest::option::of(proptest::collection::vec(any::<u8>(), 0..12));
    let value = prop_oneof![
        any::<f64>(),
        Just(f64::NAN),
        Just(0.0),
        Just(-0.0),
        (0..5).prop_map(f64::from)
    ];
    let tags = proptest::collection::vec(any::<u64>(), 0..4);
    (
        any::<u64>(),
        0..3_u16,
        name,
        value,
        tags,
        proptest::collection::vec(any::<f32>(), 2..4),
    )
        .prop_map(|(id, day, name, value, tags, vec)| Row {
            id,
            day,
            name,
            value,
            tags,
            vec,
        })
}

/// Rows as ClickHouse orders them by `(name, value)`.
fn in_order(mut rows: Vec<Row>) -> Vec<Row> {
    let name = |row: &Row| (row.name.is_none(), row.name.clone());
    let value = |row: &Row| if row.value.is_nan() { f64::NAN } else { row.value + 0.0 };
    rows.sort_by(|left, right| name(left).cmp(&name(right)).then(value(left).total_cmp(&value(right))));
    rows
}

/// NaN is not equal to itself, so rows are compared by what they print.
fn text(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| format!("{row:?}")).collect()
}

fn ranges(cuts: &[usize], rows: usize) -> (RowRanges, Vec<usize>) {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut % (rows + 1)).collect();
    cuts.sort_unstable();
    let mut ranges = RowRanges::none();
    cuts.chunks_exact(2)
        .for_each(|pair| ranges.push(pair[0] as u64..pair[1] as u64));
    let chosen = ranges.iter().flatten().map(|row| row as usize).collect();
    (ranges, chosen)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parts_hold_what_was_inserted(
        blocks in proptest::collection::vec(proptest::collection::vec(row(), 1..200), 1..4),
        cuts in proptest::collection::vec(any::<usize>(), 0..10),
        picks in proptest::collection::vec(any::<usize>(), 0..20),
        batch_rows in 1..300_usize,
    ) {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::new(&["name", "value"], &["day"]);
        let table = open(dir.path(), &keys, vec![]);
        for block in &blocks {
            insert(&table, block);
        }
        drop(table);
        let table = open(dir.path(), &keys, vec![]);
        prop_assert!(table.broken_parts().is_empty());
        for part in table.snapshot().parts() {
            let day = part.partition_values()[0].as_primitive::<arrow::datatypes::UInt16Type>().value(0);
            let of_part = |block: &&Vec<Row>| block.iter().any(|row| row.day == day);
            // Block numbers follow the inserts: each insert gave one to each of its partitions.
            let earlier = table.snapshot().parts().iter().filter(|other| other.name().partition_id == part.name().partition_id && other.name() < part.name()).count();
            let block = blocks.iter().filter(of_part).nth(earlier).unwrap();
            let expected = in_order(block.iter().filter(|row| row.day == day).cloned().collect());
            prop_assert_eq!(text(&read_part(part).unwrap()), text(&expected));

            let (ranges, chosen) = ranges(&cuts, expected.len());
            let mut found = Vec::new();
            for batch in part.read(&COLUMNS, &ranges, batch_rows).unwrap() {
                found.extend(rows(&batch.unwrap()));
            }
            let chosen: Vec<Row> = chosen.into_iter().map(|row| expected[row].clone()).collect();
            prop_assert_eq!(text(&found), text(&chosen));

            let mut picks: Vec<u32> = picks.iter().map(|pick| (pick % expected.len()) as u32).collect();
            picks.sort_unstable();
            picks.dedup();
            let picked = part.read_rows(&["id"], &picks).unwrap();
            let ids: Vec<u64> = picks.iter().map(|row| expected[*row as usize].id).collect();
            prop_assert_eq!(&picked.column(0).as_primitive::<UInt64Type>().values()[..], &ids[..]);
        }
    }
}
