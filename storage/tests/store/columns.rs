//! Columns that come, go, and are called otherwise: parts stay as they are and are read as the table is now.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, AsArray, RecordBatch, UInt64Array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef, UInt64Type};
use gristmill_storage::{
    BoxError, Conversion, Error, IndexChoice, InsertOptions, KeyEvaluator, LeftOut, MergeOptions, MergeTree,
    MissingColumn, MutationJob, MutationOrder, MutationStep, PartName, PartSet, TableOptions, TableSchema, UpdateJob,
};

use crate::fault::{Fault, FaultyDirectory};

/// Ordered by `id`; a column that a part lacks is ten times its source, or 7.
struct Rules {
    source: Option<&'static str>,
}

impl KeyEvaluator for Rules {
    fn sorting_key(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>, BoxError> {
        Ok(vec![batch.column_by_name("id").unwrap().clone()])
    }

    fn sorting_columns(&self) -> &[String] {
        static COLUMNS: LazyLock<[String; 1]> = LazyLock::new(|| ["id".to_owned()]);
        &*COLUMNS
    }

    fn primary_key_len(&self) -> usize {
        1
    }

    fn partition_key(&self, _: &RecordBatch) -> Result<Vec<ArrayRef>, BoxError> {
        Ok(Vec::new())
    }

    fn partition_fields(&self) -> &[FieldRef] {
        &[]
    }

    fn partition_columns(&self) -> &[String] {
        &[]
    }

    fn index_input(&self, _: usize, _: &RecordBatch) -> Result<Vec<ArrayRef>, BoxError> {
        Err("there are no indexes here".into())
    }

    fn index_columns(&self, _: usize) -> &[String] {
        &[]
    }

    fn missing_column(&self, column: &str, _: &dyn Fn(&str) -> bool) -> Result<MissingColumn, BoxError> {
        let source = self.source.filter(|source| *source != column);
        Ok(MissingColumn {
            sources: source.into_iter().map(str::to_owned).collect(),
            values: Box::new(move |rows, lookup| match source {
                None => Ok(Arc::new(UInt64Array::from_value(7, rows))),
                Some(source) => {
                    let source = lookup(source).ok_or("the source was asked for")?;
                    let source = source.as_primitive::<UInt64Type>();
                    Ok(Arc::new(source.unary::<_, UInt64Type>(|value| value * 10)))
                }
            }),
        })
    }

    fn conversion(&self, _: &str, _: &Field) -> Result<Conversion, BoxError> {
        Ok(Box::new(|values| Ok(cast(values, &DataType::UInt64)?)))
    }
}

fn rules(source: Option<&'static str>) -> Arc<Rules> {
    Arc::new(Rules { source })
}

/// `id b=stored c:u8`: columns of 64 bits, or of 8.
fn shape(columns: &str) -> TableSchema {
    let (mut fields, mut names) = (Vec::new(), Vec::new());
    for column in columns.split_whitespace() {
        let (column, data_type) = match column.strip_suffix(":u8") {
            Some(column) => (column, DataType::UInt8),
            None => (column, DataType::UInt64),
        };
        let (name, stored) = column.split_once('=').unwrap_or((column, column));
        fields.push(Field::new(name, data_type, false));
        names.push(stored.to_owned());
    }
    TableSchema::with_stored_names(Arc::new(Schema::new(fields)), names)
}

fn open(dir: &std::path::Path, columns: &str) -> MergeTree {
    MergeTree::open(dir, shape(columns), TableOptions::default(), vec![], rules(None)).unwrap()
}

/// The same parts with other columns, from now on.
fn alter(table: &MergeTree, columns: &str, source: Option<&'static str>) -> MergeTree {
    let altered = table.altered(shape(columns), vec![], rules(source));
    altered.adopt(|_| Ok::<(), Error>(())).unwrap();
    altered
}

fn insert(table: &MergeTree, rows: &[&[u64]]) -> Result<(), Error> {
    let schema: SchemaRef = table.schema().arrow().clone();
    let column = |position: usize| {
        let values = UInt64Array::from_iter_values(rows.iter().map(|row| row[position]));
        cast(&values, schema.field(position).data_type()).unwrap()
    };
    let columns = (0..schema.fields().len()).map(column).collect();
    let batch = RecordBatch::try_new(schema.clone(), columns).unwrap();
    table.insert(batch, &InsertOptions::default()).map(drop)
}

fn read(table: &MergeTree, columns: &[&str]) -> Vec<Vec<u64>> {
    let mut all = Vec::new();
    for part in table.snapshot().parts() {
        let rows: Vec<u32> = (0..part.rows() as u32).collect();
        let few = part.read_rows(columns, &rows).unwrap();
        let batches: Vec<RecordBatch> = part
            .read(columns, &part.alive(), 2)
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(arrow::compute::concat_batches(&few.schema(), &batches).unwrap(), few);
        for row in 0..few.num_rows() {
            let value = |column: &ArrayRef| {
                cast(column, &DataType::UInt64)
                    .unwrap()
                    .as_primitive::<UInt64Type>()
                    .value(row)
            };
            all.push(few.columns().iter().map(value).collect());
        }
    }
    all.sort();
    all
}

fn merge(table: &MergeTree) -> Result<(), Error> {
    let parts = table.snapshot();
    let names: Vec<PartName> = parts.parts().iter().map(|part| part.name().clone()).collect();
    let options = MergeOptions {
        threads: 1,
        indexes: IndexChoice::All,
        left_out: LeftOut::default(),
        progress: Arc::default(),
        reserved_bytes: 0,
        stopped: &|| false,
    };
    table.merge(&names, &options).map(drop)
}

#[test]
fn parts_are_read_as_the_table_is_now() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), "id b");
    insert(&table, &[&[2, 20], &[1, 10]]).unwrap();
    let wider = alter(&table, "id b c d", Some("c"));
    // `c` is 7 and `d` ten times that.
    assert_eq!(read(&wider, &["d", "id"]), [[70, 1], [70, 2]]);
    assert_eq!(read(&wider, &["c", "d", "b"]), [[7, 70, 10], [7, 70, 20]]);
    assert_eq!(read(&table, &["id", "b"]), [[1, 10], [2, 20]]);
}

#[test]
fn a_dropped_column_does_not_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), "id b");
    insert(&table, &[&[1, 10], &[2, 20]]).unwrap();
    let again = alter(&alter(&table, "id", None), "id b=b~1", None);
    assert_eq!(read(&again, &["id", "b"]), [[1, 7], [2, 7]]);
    insert(&again, &[&[3, 30]]).unwrap();
    // An INSERT that began before the column went away.
    insert(&table, &[&[4, 40]]).unwrap();
    let expected = [[1, 7], [2, 7], [3, 30], [4, 7]];
    assert_eq!(read(&again, &["id", "b"]), expected);
    assert_eq!(
        read(&table, &["id", "b"])[..2],
        [[1, 10], [2, 20]],
        "who began before reads what was there"
    );
    merge(&again).unwrap();
    assert_eq!(read(&again, &["id", "b"]), expected);
    drop((table, again));
    assert_eq!(read(&open(dir.path(), "id b=b~1"), &["id", "b"]), expected);
}

#[test]
fn a_renamed_column_keeps_its_values() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), "id a b");
    insert(&table, &[&[1, 10, 100]]).unwrap();
    let swapped = alter(&table, "id b=a a=b", None);
    insert(&swapped, &[&[2, 20, 200]]).unwrap();
    let expected = [[1, 10, 100], [2, 20, 200]];
    assert_eq!(read(&swapped, &["id", "b", "a"]), expected);
    merge(&swapped).unwrap();
    assert_eq!(read(&swapped, &["id", "b", "a"]), expected);
    let size = swapped.snapshot().parts()[0].column_size("b").unwrap();
    assert!(size.compressed > 0);
}

#[test]
fn an_older_type_is_converted() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), "id b:u8");
    insert(&table, &[&[1, 10], &[2, 20]]).unwrap();
    let wide = alter(&table, "id b", None);
    assert!(!wide.snapshot().parts()[0].holds("b"));
    insert(&wide, &[&[3, 3000]]).unwrap();
    let expected = [[1, 10], [2, 20], [3, 3000]];
    assert_eq!(read(&wide, &["id", "b"]), expected);
    let refused = insert(&table, &[&[4, 40]]);
    assert!(
        matches!(refused, Err(Error::Altered)),
        "its values were not looked at: {refused:?}"
    );
    merge(&wide).unwrap();
    assert_eq!(read(&wide, &["id", "b"]), expected);
    assert!(wide.snapshot().parts()[0].holds("b"));
}

/// It would leave out what it does not know.
#[test]
fn a_merge_by_an_older_form_does_not_begin() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), "id");
    insert(&table, &[&[1]]).unwrap();
    let wider = alter(&table, "id b", None);
    insert(&wider, &[&[2, 20]]).unwrap();
    assert!(matches!(merge(&table), Err(Error::Altered)));
    merge(&wider).unwrap();
    assert_eq!(read(&wider, &["id", "b"]), [[1, 7], [2, 20]]);
    assert_eq!(read(&table, &["id"]), [[1], [2]]);
}

/// Their columns were compared as they were then: values would get another column's name.
#[test]
fn parts_do_not_go_from_or_to_a_table_that_is_altered_meanwhile() {
    let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let [left, right] = dirs.each_ref().map(|dir| open(dir.path(), "id b"));
    insert(&left, &[&[1, 10]]).unwrap();
    let renamed = alter(&right, "id b=b~1 c=b", None);
    insert(&right, &[&[2, 20]]).unwrap();
    for replace in [false, true] {
        let refused = [
            right.copy_parts(&left, None, replace),
            left.copy_parts(&right, None, replace),
        ];
        assert!(
            refused.iter().all(|done| matches!(done, Err(Error::Altered))),
            "{refused:?}"
        );
    }
    let id = left.snapshot().parts()[0].name().partition_id.clone();
    let refused = [left.move_parts(&right, &id), right.move_parts(&left, &id)];
    assert!(
        refused.iter().all(|done| matches!(done, Err(Error::Altered))),
        "{refused:?}"
    );
    assert_eq!(read(&left, &["id", "b"]), [[1, 10]]);
    assert_eq!(read(&renamed, &["id", "b", "c"]), [[2, 7, 20]]);
}

#[test]
fn a_change_that_is_not_published_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), "id b");
    insert(&table, &[&[1, 10]]).unwrap();
    let altered = table.altered(shape("id"), vec![], rules(None));
    let refused = altered.adopt(|parts: &PartSet| {
        assert_eq!(parts.rows(), 1);
        Err("no")
    });
    assert_eq!(refused, Err("no"));
    merge(&table).unwrap();
    assert_eq!(read(&table, &["id", "b"]), [[1, 10]]);
}

#[test]
fn what_a_part_lacks_is_no_error_and_what_the_table_lacks_is() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), "id");
    insert(&table, &[&[1]]).unwrap();
    let wider = alter(&table, "id b", None);
    let part = wider.snapshot().parts()[0].clone();
    assert!(part.read_rows(&["nowhere"], &[0]).is_err());
    assert!(part.vectors("nowhere").is_err());
    assert!(part.vectors("b").unwrap().is_none());
    assert_eq!(part.column_size("b"), None);
}

/// Does one step on all parts.
fn mutate(table: &MergeTree, step: MutationStep<'_>) -> Result<(), Error> {
    let version = table.order_mutation(MutationOrder::default())?;
    while let Some((run, part)) = table.next_mutations(version, true) {
        let job = MutationJob {
            steps: std::slice::from_ref(&step),
            threads: 1,
            stopped: &|| false,
            replaced: &|_, _, _| {},
        };
        table.mutate(&run[0], part.name(), &job)?;
    }
    table.settle_mutations(0).map(drop)
}

/// Nobody has looked whether what it made can be converted: the part would not be readable any more.
#[test]
fn new_values_of_a_type_that_is_gone_do_not_come_in() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), "id b");
    insert(&table, &[&[1, 10], &[2, 20]]).unwrap();
    let columns = ["b".to_owned()];
    let change = |batch: &RecordBatch| -> Result<RecordBatch, BoxError> {
        // The table is altered meanwhile.
        alter(&table, "id b:u8", None);
        let big = Arc::new(UInt64Array::from_value(3000, batch.num_rows())) as ArrayRef;
        let big_b = |field: &FieldRef| match field.name() == "b" {
            true => big.clone(),
            false => batch.column_by_name(field.name()).unwrap().clone(),
        };
        let columns = batch.schema().fields().iter().map(big_b).collect();
        Ok(RecordBatch::try_new(batch.schema(), columns)?)
    };
    let job = UpdateJob {
        columns: &columns,
        reads: &columns,
        change: &change,
        threads: 1,
        stopped: &|| false,
    };
    let refused = mutate(&table, MutationStep::ComputeColumns(job));
    assert!(matches!(refused, Err(Error::Altered)), "{refused:?}");
    let again = open(dir.path(), "id b");
    assert_eq!(read(&again, &["id", "b"]), [[1, 10], [2, 20]]);
}

/// Names of a part's files with their numbers in the file system.
fn files(table: &MergeTree) -> BTreeMap<String, u64> {
    let path = table.snapshot().parts()[0].path().to_owned();
    let file = |entry: std::io::Result<std::fs::DirEntry>| {
        let entry = entry.unwrap();
        (
            entry.file_name().into_string().unwrap(),
            entry.metadata().unwrap().ino(),
        )
    };
    std::fs::read_dir(path).unwrap().map(file).collect()
}

#[test]
fn only_the_columns_that_must_be_are_written() {
    let dir = tempfile::tempdir().unwrap();
    let table = open(dir.path(), "id b:u8");
    insert(&table, &[&[1, 10], &[2, 20]]).unwrap();
    let before = files(&table);
    let wide = alter(&table, "id b=b c", None);
    mutate(&wide, MutationStep::ConvertColumns).unwrap();
    mutate(&wide, MutationStep::MaterializeColumn("c")).unwrap();
    let after = files(&wide);
    assert_eq!(after["columns.parquet"], before["columns.parquet"], "it is linked");
    assert!(
        after.contains_key("columns.2.parquet") && after.contains_key("columns.3.parquet"),
        "{after:?}"
    );
    let part = wide.snapshot().parts()[0].clone();
    assert!(part.holds("b") && part.holds("c"));
    part.check().unwrap();
    let expected = [[1, 10, 7], [2, 20, 7]];
    assert_eq!(read(&wide, &["id", "b", "c"]), expected);
    mutate(&wide, MutationStep::ConvertColumns).unwrap();
    mutate(&wide, MutationStep::MaterializeColumn("c")).unwrap();
    assert_eq!(files(&wide), after, "there is nothing left to do");
    drop(part);
    mutate(&wide, MutationStep::ClearColumn("b")).unwrap();
    assert!(
        !files(&wide).contains_key("columns.2.parquet"),
        "nobody needs it any more"
    );
    assert_eq!(read(&wide, &["id", "b", "c"]), [[1, 7, 7], [2, 7, 7]]);
    drop((table, wide));
    let again = open(dir.path(), "id b c");
    assert_eq!(read(&again, &["id", "b", "c"]), [[1, 7, 7], [2, 7, 7]]);
    merge(&again).unwrap();
    assert_eq!(read(&again, &["id", "b", "c"]), [[1, 7, 7], [2, 7, 7]]);
}

/// A part is given up as the process ends, or the disk is full, at each operation of rewriting columns.
#[test]
fn rewriting_that_is_interrupted_anywhere_changes_nothing_that_is_read() {
    for (fault, lose) in [(Fault::Stop, true), (Fault::DiskFull, false)] {
        let stops = (1..).take_while(|stop| rewriting_stops_at(fault, *stop, lose)).count();
        assert!(stops > 40, "there are only {stops} operations");
    }
}

fn rewriting_stops_at(fault: Fault, stop: usize, lose: bool) -> bool {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("table");
    let table = open(&path, "id b:u8");
    insert(&table, &[&[1, 10], &[2, 20]]).unwrap();
    drop(table);
    let directory = FaultyDirectory::new(fault, stop);
    let opened = |directory: &FaultyDirectory| {
        let (options, shape) = (TableOptions::default(), shape("id b c"));
        MergeTree::open_in(Arc::new(directory.clone()), &path, shape, options, vec![], rules(None))
    };
    if let Ok(table) = opened(&directory) {
        let done = mutate(&table, MutationStep::ConvertColumns)
            .and_then(|()| mutate(&table, MutationStep::MaterializeColumn("c")))
            .and_then(|()| mutate(&table, MutationStep::ClearColumn("b")));
        assert!(done.is_ok() || directory.struck());
    }
    if lose {
        directory.lose_unsynced();
    }
    let table = opened(&FaultyDirectory::sound()).unwrap();
    assert!(
        table.broken_parts().is_empty(),
        "stop {stop}: {:?}",
        table.broken_parts()
    );
    let found = read(&table, &["id", "b", "c"]);
    assert_eq!(found.len(), 2);
    for row in found {
        assert!(
            [row[0] * 10, 7].contains(&row[1]) && row[2] == 7,
            "stop {stop}: {row:?}"
        );
    }
    for part in table.snapshot().parts() {
        part.check().unwrap();
    }
    directory.struck()
}
