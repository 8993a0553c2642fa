//! Whatever was put into a block is found in it again.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BinaryArray, Float64Array, Int32Array, ListArray};
use arrow::datatypes::{DataType, Int32Type};
use bytes::Bytes;
use proptest::prelude::*;

use super::*;

const BLOCK_ROWS: u64 = 7;

fn build(definition: &SkipDefinition, batches: &[Vec<ArrayRef>]) -> SkipIndex {
    let types: Vec<DataType> = batches[0].iter().map(|array| array.data_type().clone()).collect();
    let mut builder = SkipIndexBuilder::new(definition, &types, BLOCK_ROWS).unwrap();
    let mut bytes = Vec::new();
    for batch in batches {
        builder.add(batch).unwrap();
        bytes.extend(builder.ready());
    }
    bytes.extend(builder.finish().unwrap());
    SkipIndex::open(definition, BLOCK_ROWS, Bytes::from(bytes)).unwrap()
}

/// Which blocks may hold it.
fn held(filters: &BlockFilters, probe: &Probe) -> Vec<bool> {
    let mut held = vec![true; filters.blocks()];
    filters.narrow(0, probe, &mut held);
    held
}

fn ints(values: &[Option<i32>]) -> Vec<Vec<ArrayRef>> {
    let array = |chunk: &[Option<i32>]| -> Vec<ArrayRef> { vec![Arc::new(Int32Array::from(chunk.to_vec()))] };
    values.chunks(5).map(array).collect()
}

fn bloom() -> SkipDefinition {
    SkipDefinition::Bloom {
        false_positive_rate: 0.025,
    }
}

fn words(split: Split) -> SkipDefinition {
    SkipDefinition::Words {
        split,
        bytes: 64,
        hashes: 3,
        seed: 5,
    }
}

proptest! {
    #[test]
    fn bounds_are_those_of_the_values(values in prop::collection::vec(prop::option::weighted(0.8, -9..9), 1..100)) {
        let SkipIndex::Bounds(bounds) = build(&SkipDefinition::MinMax, &ints(&values)) else { panic!() };
        let blocks = values.chunks(BLOCK_ROWS as usize);
        prop_assert_eq!(bounds.blocks(), blocks.len());
        for (block, values) in blocks.enumerate() {
            let of = |array: &ArrayRef| array.is_valid(block).then(|| array.as_primitive::<Int32Type>().value(block));
            prop_assert_eq!(of(bounds.min(0)), values.iter().flatten().min().copied());
            prop_assert_eq!(of(bounds.max(0)), values.iter().flatten().max().copied());
            let nulls = values.iter().filter(|value| value.is_none()).count();
            prop_assert_eq!(bounds.null_counts(0).value(block), nulls as u64);
            prop_assert_eq!(bounds.row_counts().value(block), values.len() as u64);
        }
    }

    #[test]
    fn values_are_those_of_the_block_unless_too_many(
        values in prop::collection::vec(prop::option::weighted(0.8, 0..6), 1..100),
        asked in 0..6,
        rows_max in 0..5_u64,
    ) {
        let SkipIndex::Values(index) = build(&SkipDefinition::Set { rows_max }, &ints(&values)) else { panic!() };
        let is_asked = |columns: &[ArrayRef]| -> crate::Result<Vec<bool>> {
            Ok(columns[0].as_primitive::<Int32Type>().iter().map(|value| value == Some(asked)).collect())
        };
        let held = index.may_hold(is_asked).unwrap();
        for (block, values) in values.chunks(BLOCK_ROWS as usize).enumerate() {
            let mut different = values.to_vec();
            different.sort();
            different.dedup();
            let unknown = rows_max > 0 && different.len() as u64 > rows_max;
            prop_assert_eq!(held[block], unknown || values.contains(&Some(asked)));
        }
    }

    #[test]
    fn filters_hold_what_is_there(values in prop::collection::vec(prop::option::weighted(0.8, any::<i32>()), 1..100)) {
        let SkipIndex::Filters(filters) = build(&bloom(), &ints(&values)) else { panic!() };
        for (row, value) in values.iter().enumerate() {
            let one: ArrayRef = Arc::new(Int32Array::from(vec![*value]));
            let held = held(&filters, &Probe::any_value(&bloom(), &one).unwrap());
            prop_assert!(value.is_none() || held[row / BLOCK_ROWS as usize]);
        }
    }

    #[test]
    fn words_of_any_part_of_a_text_are_there(
        text in prop::collection::vec(prop::sample::select(vec![b'a', b'b', b' ', 0xC3, 0xA9, 0xE2, 0x82, b'1']), 0..30),
        start in 0..30_usize,
        end in 0..30_usize,
    ) {
        let (start, end) = (start.min(text.len()), end.min(text.len()));
        let range = start.min(end)..start.max(end);
        let part = TextPart { text: &text[range.clone()], starts: range.start == 0, ends: range.end == text.len() };
        for split in [Split::Tokens, Split::Ngrams(1), Split::Ngrams(3)] {
            let definition = words(split);
            let column: ArrayRef = Arc::new(BinaryArray::from_iter_values([&text]));
            let SkipIndex::Filters(filters) = build(&definition, &[vec![column.clone()]]) else { panic!() };
            prop_assert!(held(&filters, &Probe::text_with_parts(&definition, split, &[part]))[0]);
            prop_assert!(held(&filters, &Probe::any_text(&definition, split, &column).unwrap())[0]);
        }
    }
}

#[test]
fn what_is_not_there_is_mostly_noticed() {
    let values: Vec<Option<i32>> = (0..7000).map(Some).collect();
    let SkipIndex::Filters(filters) = build(&bloom(), &ints(&values)) else {
        panic!()
    };
    let asked: ArrayRef = Arc::new(Int32Array::from(vec![1_000_000]));
    let held = held(&filters, &Probe::any_value(&bloom(), &asked).unwrap());
    let wrong = held.iter().filter(|held| **held).count();
    assert!(wrong < 100, "{wrong} of {} blocks", held.len());
}

#[test]
fn elements_of_arrays_are_values() {
    let lists: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>([
        Some(vec![Some(1), Some(2)]),
        Some(vec![]),
        Some(vec![Some(3)]),
    ]));
    let SkipIndex::Filters(filters) = build(&bloom(), &[vec![lists.slice(1, 2)]]) else {
        panic!()
    };
    let all = |values: &[i32]| {
        let values: ArrayRef = Arc::new(Int32Array::from(values.to_vec()));
        held(&filters, &Probe::all_values(&bloom(), &values).unwrap())[0]
    };
    assert!(all(&[3]) && !all(&[1, 3]), "a slice has only its own elements");
}

#[test]
fn equal_floats_are_one_value() {
    let definition = bloom();
    let column: ArrayRef = Arc::new(Float64Array::from(vec![-0.0, -f64::NAN]));
    let SkipIndex::Filters(filters) = build(&definition, &[vec![column]]) else {
        panic!()
    };
    for value in [0.0, f64::NAN] {
        let one: ArrayRef = Arc::new(Float64Array::from(vec![value]));
        assert!(held(&filters, &Probe::any_value(&definition, &one).unwrap())[0]);
    }
}

#[test]
fn other_bytes_are_refused() {
    let mut builder = SkipIndexBuilder::new(&bloom(), &[DataType::Int32], BLOCK_ROWS).unwrap();
    builder.add(&[Arc::new(Int32Array::from(vec![1]))]).unwrap();
    let bytes = builder.finish().unwrap();
    let open = |definition: &SkipDefinition, rows: u64, bytes: &[u8]| {
        SkipIndex::open(definition, rows, Bytes::copy_from_slice(bytes)).map(drop)
    };
    open(&bloom(), BLOCK_ROWS, &bytes).unwrap();
    open(&SkipDefinition::MinMax, BLOCK_ROWS, &bytes).unwrap_err();
    open(&bloom(), BLOCK_ROWS + 1, &bytes).unwrap_err();
    open(&bloom(), BLOCK_ROWS, &bytes[..30]).unwrap_err();
    open(&bloom(), BLOCK_ROWS, &bytes[..100]).unwrap_err();
    let mut newer = bytes.clone();
    newer[8] = 2;
    let refused = open(&bloom(), BLOCK_ROWS, &newer);
    assert!(matches!(refused, Err(crate::Error::UnknownVersion { found: 2, .. })));
}
