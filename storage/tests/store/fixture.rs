//! A small table with every kind of column, and rows to put in it.

use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, Float64Array, ListArray, RecordBatch, UInt16Array, UInt64Array,
};
use arrow::datatypes::{
    DataType, Field, FieldRef, Float32Type, Float64Type, Schema, SchemaRef, UInt16Type, UInt64Type,
};
use gristmill_index::{Literal, RowSet, VectorIndexDefinition};
use gristmill_storage::{
    BoxError, Error, IndexJob, IndexKind, IndexSpec, InsertOptions, KeyEvaluator, MergeTree, MutationJob,
    MutationOrder, MutationStep, Part, PartSet, Replaced, RowRanges, SharedEvaluator, SubIndexBytes, TYPE_KEY,
    TableOptions,
};

/// Keys that are plain columns.
#[derive(Clone, Default)]
pub struct Keys {
    pub sorting: Vec<String>,
    pub primary_len: usize,
    pub partition: Vec<FieldRef>,
    pub partition_names: Vec<String>,
}

impl Keys {
    /// `ORDER BY sorting PARTITION BY partition`
    pub fn new(sorting: &[&str], partition: &[&str]) -> Keys {
        let schema = schema();
        let field = |name: &&str| Arc::new(schema.field_with_name(name).unwrap().clone());
        Keys {
            sorting: sorting.iter().map(|name| name.to_string()).collect(),
            primary_len: sorting.len(),
            partition: partition.iter().map(field).collect(),
            partition_names: partition.iter().map(|name| name.to_string()).collect(),
        }
    }
}

fn columns(batch: &RecordBatch, names: &[String]) -> Result<Vec<ArrayRef>, BoxError> {
    Ok(names
        .iter()
        .map(|name| batch.column_by_name(name).unwrap().clone())
        .collect())
}

impl KeyEvaluator for Keys {
    fn sorting_key(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>, BoxError> {
        columns(batch, &self.sorting)
    }

    fn sorting_columns(&self) -> &[String] {
        &self.sorting
    }

    fn primary_key_len(&self) -> usize {
        self.primary_len
    }

    fn partition_key(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>, BoxError> {
        columns(batch, &self.partition_names)
    }

    fn partition_fields(&self) -> &[FieldRef] {
        &self.partition
    }

    fn partition_columns(&self) -> &[String] {
        &self.partition_names
    }

    fn index_input(&self, _: usize, batch: &RecordBatch) -> Result<Vec<ArrayRef>, BoxError> {
        Ok(vec![batch.column_by_name("vec").unwrap().clone()])
    }

    fn index_columns(&self, _: usize) -> &[String] {
        static VEC: std::sync::LazyLock<Vec<String>> = std::sync::LazyLock::new(|| vec!["vec".to_owned()]);
        &VEC
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub id: u64,
    pub day: u16,
    pub name: Option<Vec<u8>>,
    pub value: f64,
    pub tags: Vec<u64>,
    pub vec: Vec<f32>,
}

impl Row {
    /// A row that follows from its number.
    pub fn numbered(id: u64) -> Row {
        let mixed = id.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Row {
            id,
            day: 18_000 + (mixed >> 60) as u16 % 3,
            name: (!mixed.is_multiple_of(7)).then(|| format!("name {}", mixed % 50).into_bytes()),
            value: (mixed % 1000) as f64 / 8.0,
            tags: (0..mixed % 4).collect(),
            vec: (0..4).map(|i| ((mixed >> (8 * i)) & 0xff) as f32).collect(),
        }
    }
}

fn field(name: &str, data_type: DataType, nullable: bool, clickhouse: &str) -> Field {
    Field::new(name, data_type, nullable).with_metadata([(TYPE_KEY.to_owned(), clickhouse.to_owned())].into())
}

fn list_of(data_type: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("item", data_type, false)))
}

pub fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        field("id", DataType::UInt64, false, "UInt64"),
        field("day", DataType::UInt16, false, "Date"),
        field("name", DataType::Binary, true, "Nullable(String)"),
        field("value", DataType::Float64, false, "Float64"),
        field("tags", list_of(DataType::UInt64), false, "Array(UInt64)"),
        field("vec", list_of(DataType::Float32), false, "Array(Float32)"),
    ]))
}

fn lists<T: arrow::datatypes::ArrowPrimitiveType>(
    values: impl Iterator<Item = Vec<T::Native>>,
    field: &Field,
) -> ArrayRef {
    let values = values.map(|list| Some(list.into_iter().map(Some).collect::<Vec<_>>()));
    let list = ListArray::from_iter_primitive::<T, _, _>(values);
    let DataType::List(item) = field.data_type() else {
        panic!("not a list")
    };
    Arc::new(ListArray::new(
        item.clone(),
        list.offsets().clone(),
        list.values().clone(),
        None,
    ))
}

pub fn batch(rows: &[Row]) -> RecordBatch {
    let schema = schema();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(UInt64Array::from_iter_values(rows.iter().map(|row| row.id))),
        Arc::new(UInt16Array::from_iter_values(rows.iter().map(|row| row.day))),
        Arc::new(BinaryArray::from_iter(rows.iter().map(|row| row.name.as_deref()))),
        Arc::new(Float64Array::from_iter_values(rows.iter().map(|row| row.value))),
        lists::<UInt64Type>(rows.iter().map(|row| row.tags.clone()), schema.field(4)),
        lists::<Float32Type>(rows.iter().map(|row| row.vec.clone()), schema.field(5)),
    ];
    RecordBatch::try_new(schema, columns).unwrap()
}

pub fn rows(batch: &RecordBatch) -> Vec<Row> {
    let id = batch.column(0).as_primitive::<UInt64Type>();
    let day = batch.column(1).as_primitive::<UInt16Type>();
    let name = batch.column(2).as_binary::<i32>();
    let value = batch.column(3).as_primitive::<Float64Type>();
    let tags = batch.column(4).as_list::<i32>();
    let vec = batch.column(5).as_list::<i32>();
    let row = |i: usize| Row {
        id: id.value(i),
        day: day.value(i),
        name: name.is_valid(i).then(|| name.value(i).to_vec()),
        value: value.value(i),
        tags: tags.value(i).as_primitive::<UInt64Type>().values().to_vec(),
        vec: vec.value(i).as_primitive::<Float32Type>().values().to_vec(),
    };
    (0..batch.num_rows()).map(row).collect()
}

pub const COLUMNS: [&str; 6] = ["id", "day", "name", "value", "tags", "vec"];

pub fn read_part(part: &Part) -> Result<Vec<Row>, Error> {
    let mut result = Vec::new();
    for batch in part.read(&COLUMNS, &part.alive(), 100)? {
        result.extend(rows(&batch?));
    }
    Ok(result)
}

/// Nobody is told which parts were replaced.
pub const UNHEARD: Replaced<'static> = &|_, _, _| {};

/// Orders a mutation of one step and does it on all parts; returns how many rows the parts had that it changed.
pub fn mutate(table: &MergeTree, step: MutationStep<'_>) -> Result<u64, Error> {
    let version = table.order_mutation(MutationOrder::default())?;
    let changed = AtomicU64::new(0);
    let job = MutationJob {
        steps: std::slice::from_ref(&step),
        threads: 0,
        stopped: &|| false,
        replaced: &|part, _, _| {
            changed.fetch_add(part.rows(), Ordering::Relaxed);
        },
    };
    while let Some((run, part)) = table.next_mutations(version, true) {
        match table.mutate(&run[0], part.name(), &job) {
            // What came in its place is next.
            Ok(()) | Err(Error::PartGone(_)) => {}
            Err(error) => return Err(error),
        }
    }
    table.settle_mutations(0)?;
    Ok(changed.load(Ordering::Relaxed))
}

/// Builds an index over `vec` in parts that lack it; returns how many rows these have.
pub fn build_index(table: &MergeTree, name: &str) -> u64 {
    mutate(table, MutationStep::BuildIndex(name, IndexJob::new(&["vec"], 0))).unwrap()
}

pub fn remove_index(table: &MergeTree, name: &str) {
    mutate(table, MutationStep::RemoveIndex(name)).unwrap();
}

/// Marks the rows of these ids as deleted; returns how many there were.
pub fn delete(table: &MergeTree, ids: Range<u64>) -> Result<u64, Error> {
    let rows = |part: &Arc<Part>| {
        let mut rows = RowSet::new(part.rows() as u32);
        for batch in part.read(&["id"], &RowRanges::all(part.rows()), part.rows() as usize)? {
            let found = batch?.column(0).as_primitive::<UInt64Type>().clone();
            let hit = (0..found.len()).filter(|row| ids.contains(&found.value(*row)));
            hit.for_each(|row| rows.insert(row as u32));
        }
        Ok(rows)
    };
    let alive = || -> u64 { table.snapshot().parts().iter().map(|part| part.rows_alive()).sum() };
    let before = alive();
    let step = MutationStep::Delete {
        rows: &rows,
        rewrite: false,
    };
    mutate(table, step)?;
    Ok(before - alive())
}

/// The same table with other indexes.
pub fn with_indexes(table: &MergeTree, indexes: Vec<IndexSpec>, evaluator: SharedEvaluator) -> MergeTree {
    let altered = table.altered(table.schema().clone(), indexes, evaluator);
    altered.adopt(|_| Ok::<(), Error>(())).unwrap();
    altered
}

/// All rows, by id.
pub fn read_all(parts: &PartSet) -> Vec<Row> {
    let mut all: Vec<Row> = parts.parts().iter().flat_map(|part| read_part(part).unwrap()).collect();
    all.sort_by_key(|row| row.id);
    all
}

pub fn options() -> TableOptions {
    TableOptions {
        index_granularity: 16,
        ..TableOptions::default()
    }
}

pub fn open(dir: &Path, keys: &Keys, indexes: Vec<IndexSpec>) -> MergeTree {
    MergeTree::open(dir, schema().into(), options(), indexes, Arc::new(keys.clone())).unwrap()
}

pub fn insert(table: &MergeTree, rows: &[Row]) -> Vec<Arc<Part>> {
    table.insert(batch(rows), &InsertOptions::default()).unwrap()
}

/// An index over `vec`.
pub fn index(name: &str, granularity: u64) -> IndexSpec {
    index_of(name, "L2Distance", granularity)
}

/// An index over `vec` with another metric.
pub fn index_of(name: &str, metric: &str, granularity: u64) -> IndexSpec {
    let text = |text: &str| Literal::Text(text.to_owned());
    let definition = VectorIndexDefinition::parse(&[text("hnsw"), text(metric), Literal::UInt(4)]).unwrap();
    IndexSpec {
        name: name.to_owned(),
        built_for: built_for(metric, granularity),
        kind: IndexKind::Vector(definition),
        granularity,
    }
}

/// What the indexes here say they were built for.
pub fn built_for(metric: &str, granularity: u64) -> String {
    format!("vec {metric} {granularity}")
}

/// Whether the part has the index that [`index`] makes.
pub fn has_index(part: &Part, name: &str, granularity: u64) -> bool {
    part.has_index(name, &built_for("L2Distance", granularity))
}

/// Its sub-indexes.
pub fn vector_index(part: &Part, name: &str, granularity: u64) -> Result<Option<Vec<SubIndexBytes>>, Error> {
    part.vector_index(name, &built_for("L2Distance", granularity))
}
