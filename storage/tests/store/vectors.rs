//! Vector columns: stored raw, read in place.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Float32Array, Float64Array, ListArray, RecordBatch, UInt16Array, UInt64Array,
};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, ToByteSlice, UInt64Type};
use gristmill_index::Element;
use gristmill_storage::{InsertOptions, MergeTree, NoKeys, RowRanges, TYPE_KEY, TableOptions};

use crate::fixture::{self, Keys, Row, read_part};

fn vectors_schema(number: DataType, clickhouse: &str) -> SchemaRef {
    let list = DataType::List(Arc::new(Field::new("item", number, false)));
    let field = Field::new("vec", list, false).with_metadata([(TYPE_KEY.to_owned(), clickhouse.to_owned())].into());
    Arc::new(Schema::new(vec![field]))
}

fn lists(schema: &SchemaRef, dimensions: usize, values: ArrayRef) -> RecordBatch {
    let DataType::List(item) = schema.field(0).data_type() else {
        panic!()
    };
    let offsets = OffsetBuffer::from_repeated_length(dimensions, values.len() / dimensions);
    RecordBatch::try_new(
        schema.clone(),
        vec![Arc::new(ListArray::new(item.clone(), offsets, values, None))],
    )
    .unwrap()
}

/// Writes `values` as vectors and compares what is read, in place and as lists, with their bytes.
#[track_caller]
fn check(element: Element, clickhouse: &str, dimensions: usize, values: ArrayRef, bytes: &[u8]) {
    let dir = tempfile::tempdir().unwrap();
    let schema = vectors_schema(values.data_type().clone(), clickhouse);
    let batch = lists(&schema, dimensions, values);
    let open = || {
        MergeTree::open(
            dir.path(),
            schema.clone().into(),
            TableOptions::default(),
            vec![],
            Arc::new(NoKeys),
        )
        .unwrap()
    };
    open().insert(batch.clone(), &InsertOptions::default()).unwrap();
    let part = open().snapshot().parts()[0].clone();
    assert!(
        !part.path().join("columns.parquet").exists(),
        "there is no other column"
    );
    let column = part.vectors("vec").unwrap().expect("a vector column");
    assert_eq!(
        (column.element(), column.dimensions(), column.rows()),
        (element, dimensions, batch.num_rows() as u64)
    );
    let row_bytes = dimensions * element.width();
    for row in 0..column.rows() {
        assert_eq!(column.row(row), &bytes[row as usize * row_bytes..][..row_bytes]);
    }
    let range = column.rows() / 3..column.rows() - 1;
    let mut next = range.start;
    for (first, block) in column.blocks(range.clone()) {
        assert_eq!(first, next);
        assert_eq!(block, &bytes[first as usize * row_bytes..][..block.len()]);
        next += (block.len() / row_bytes) as u64;
    }
    assert_eq!(next, range.end.max(range.start));
    let read: Vec<RecordBatch> = part
        .read(&["vec"], &RowRanges::all(part.rows()), 777)
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(arrow::compute::concat_batches(&schema, &read).unwrap(), batch);
}

#[test]
fn ten_thousand_f32_vectors_equal_what_was_written() {
    let values: Vec<f32> = (0..10_000 * 96).map(|i| (i as f32).sin()).collect();
    check(
        Element::F32,
        "Array(Float32)",
        96,
        Arc::new(Float32Array::from(values.clone())),
        values.to_byte_slice(),
    );
}

#[test]
fn f64_and_bf16_vectors_equal_what_was_written() {
    let values: Vec<f64> = (0..999 * 7).map(f64::from).collect();
    check(
        Element::F64,
        "Array(Float64)",
        7,
        Arc::new(Float64Array::from(values.clone())),
        values.to_byte_slice(),
    );
    let values: Vec<u16> = (0..3000 * 5).map(|i| i as u16).collect();
    check(
        Element::BF16,
        "Array(BFloat16)",
        5,
        Arc::new(UInt16Array::from(values.clone())),
        values.to_byte_slice(),
    );
}

#[test]
fn vectors_longer_than_a_page_have_one_each() {
    let values: Vec<f32> = (0..3 * 400_000).map(|i| i as f32).collect();
    check(
        Element::F32,
        "Array(Float32)",
        400_000,
        Arc::new(Float32Array::from(values.clone())),
        values.to_byte_slice(),
    );
}

#[test]
fn uint16_lists_are_no_vectors() {
    let dir = tempfile::tempdir().unwrap();
    let schema = vectors_schema(DataType::UInt16, "Array(UInt16)");
    let table = MergeTree::open(
        dir.path(),
        schema.clone().into(),
        TableOptions::default(),
        vec![],
        Arc::new(NoKeys),
    )
    .unwrap();
    let batch = lists(&schema, 2, Arc::new(UInt16Array::from(vec![1, 2, 3, 4])));
    let part = table.insert(batch, &InsertOptions::default()).unwrap().remove(0);
    assert!(part.vectors("vec").unwrap().is_none());
}

#[test]
fn lists_of_varying_length_stay_lists() {
    for lengths in [[1, 2, 1], [0, 0, 0], [2, 2, 0]] {
        let dir = tempfile::tempdir().unwrap();
        let table = fixture::open(dir.path(), &Keys::new(&["id"], &[]), vec![]);
        let row = |id: usize| Row {
            vec: vec![1.5; lengths[id]],
            ..Row::numbered(id as u64)
        };
        let rows: Vec<Row> = (0..3).map(row).collect();
        let part = fixture::insert(&table, &rows).remove(0);
        assert!(part.vectors("vec").unwrap().is_none());
        assert_eq!(read_part(&part).unwrap(), rows);
    }
}

#[test]
fn a_partition_can_have_vectors_where_the_block_has_not() {
    let dir = tempfile::tempdir().unwrap();
    let table = fixture::open(dir.path(), &Keys::new(&["value"], &["day"]), vec![]);
    let row = |id: u64| Row {
        day: (id % 2) as u16,
        vec: vec![id as f32; 3 + id as usize % 2],
        ..Row::numbered(id)
    };
    let rows: Vec<Row> = (0..50).map(row).collect();
    let parts = fixture::insert(&table, &rows);
    let dimensions: Vec<usize> = parts
        .iter()
        .map(|part| part.vectors("vec").unwrap().unwrap().dimensions())
        .collect();
    assert_eq!(dimensions, [3, 4]);
    assert_eq!(fixture::read_all(&table.snapshot()), rows);
}

#[test]
fn picked_rows_bring_their_vectors() {
    let dir = tempfile::tempdir().unwrap();
    let table = fixture::open(dir.path(), &Keys::new(&["id"], &[]), vec![]);
    let rows: Vec<Row> = (0..3000).rev().map(Row::numbered).collect();
    let part = fixture::insert(&table, &rows).remove(0);
    let batch = part.read_rows(&["vec", "id"], &[0, 17, 2999]).unwrap();
    let ids = batch.column(1).as_primitive::<UInt64Type>();
    assert_eq!(ids, &UInt64Array::from(vec![0, 17, 2999]));
    for (row, id) in ids.values().iter().enumerate() {
        let vector = batch.column(0).as_list::<i32>().value(row);
        assert_eq!(
            vector.as_ref(),
            &Float32Array::from(Row::numbered(*id).vec) as &dyn Array
        );
    }
}
