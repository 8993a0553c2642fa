//! The data set: base vectors, query vectors and the exact nearest ids, read from two Parquet files.

use std::fs::File;
use std::path::Path;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::{cast, concat_batches};
use arrow::datatypes::{DataType, Float32Type, UInt32Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::K;

/// Anything that stops a benchmark; it is shown to a person and nothing else is done with it.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Vectors of one length, row-major.
pub struct Vectors {
    /// Numbers in each vector.
    pub dimensions: usize,
    /// `rows * dimensions` numbers.
    pub values: Vec<f32>,
}

impl Vectors {
    /// How many vectors there are.
    pub fn rows(&self) -> usize {
        self.values.len() / self.dimensions
    }

    /// Vector number `row`.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.dimensions..][..self.dimensions]
    }
}

/// Base rows, queries, and for each query the ids of its exact nearest rows, nearest first.
pub struct DataSet {
    /// One id a base row.
    pub ids: Vec<u32>,
    /// The vectors that are indexed.
    pub base: Vectors,
    /// The vectors that are asked for.
    pub queries: Vectors,
    /// `nearest[query]` holds at least [`K`] ids.
    pub nearest: Vec<Vec<u32>>,
    /// Columns of small numbers beside the vectors, for filters: name and one value a base row.
    pub labels: Vec<(String, Vec<u32>)>,
}

impl DataSet {
    /// Reads `base` (columns id, embedding) and `queries` (embedding, nearest).
    pub fn read(base: &Path, queries: &Path) -> Result<DataSet, Failure> {
        let rows = read_parquet(base)?;
        let asked = read_parquet(queries)?;
        let nearest = lists_u32(&asked, "nearest")?;
        if nearest.iter().any(|ids| ids.len() < K) {
            return Err(format!("{}: fewer than {K} nearest ids in a row", queries.display()).into());
        }
        let ids = cast(column(&rows, "id")?, &DataType::UInt32)?;
        Ok(DataSet {
            ids: ids.as_primitive::<UInt32Type>().values().to_vec(),
            base: vectors(&rows, "embedding")?,
            queries: vectors(&asked, "embedding")?,
            nearest,
            labels: labels(&rows)?,
        })
    }

    /// Share of the exact [`K`] nearest that `answers` hold, over the first `answers.len()` queries.
    pub fn recall(&self, answers: &[Vec<u32>]) -> f64 {
        let found: usize = answers
            .iter()
            .zip(&self.nearest)
            .map(|(got, want)| want[..K].iter().filter(|id| got.contains(id)).count())
            .sum();
        found as f64 / (answers.len() * K) as f64
    }
}

fn read_parquet(path: &Path) -> Result<RecordBatch, Failure> {
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let reader = ParquetRecordBatchReaderBuilder::try_new(file)?.build()?;
    let batches = reader.collect::<Result<Vec<_>, _>>()?;
    let schema = batches.first().ok_or("the file holds no rows")?.schema();
    Ok(concat_batches(&schema, &batches)?)
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a dyn Array, Failure> {
    Ok(batch
        .column_by_name(name)
        .ok_or_else(|| format!("no column {name}"))?
        .as_ref())
}

/// All columns of integers but the id.
fn labels(batch: &RecordBatch) -> Result<Vec<(String, Vec<u32>)>, Failure> {
    let schema = batch.schema();
    let fields = schema.fields().iter().zip(batch.columns());
    fields
        .filter(|(field, _)| field.data_type().is_integer() && field.name() != "id")
        .map(|(field, values)| {
            let values = cast(values, &DataType::UInt32)?;
            Ok((
                field.name().clone(),
                values.as_primitive::<UInt32Type>().values().to_vec(),
            ))
        })
        .collect()
}

fn vectors(batch: &RecordBatch, name: &str) -> Result<Vectors, Failure> {
    let list = column(batch, name)?
        .as_list_opt::<i32>()
        .ok_or("the vectors are not a list")?;
    let values = cast(list.values(), &DataType::Float32)?;
    let dimensions = list.value_length(0) as usize;
    if (0..list.len()).any(|row| list.value_length(row) as usize != dimensions) {
        return Err(format!("the vectors of {name} differ in length").into());
    }
    Ok(Vectors {
        dimensions,
        values: values.as_primitive::<Float32Type>().values().to_vec(),
    })
}

fn lists_u32(batch: &RecordBatch, name: &str) -> Result<Vec<Vec<u32>>, Failure> {
    let list = column(batch, name)?
        .as_list_opt::<i32>()
        .ok_or("the nearest ids are not a list")?;
    (0..list.len())
        .map(|row| {
            let ids = cast(&list.value(row), &DataType::UInt32)?;
            Ok(ids.as_primitive::<UInt32Type>().values().to_vec())
        })
        .collect()
}
