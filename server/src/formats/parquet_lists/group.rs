//! The batches of one row group: lists of numbers decoded here, other columns by the parquet crate.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use parquet::errors::{ParquetError, Result};
use parquet::file::serialized_reader::SerializedPageReader;

use super::super::row_groups::Job;
use super::column::ListColumn;
use super::reader::ListReader;

/// Reads a row group.
pub struct Group {
    batch_rows: usize,
    schema: SchemaRef,
    /// The columns that are read here and their places in the schema, from the first on.
    lists: Vec<(usize, ListReader)>,
    /// All others, if there are any or no column is read here.
    others: Option<ParquetRecordBatchReader>,
}

impl Group {
    /// Reads what the job wants of a row group.
    pub fn open(job: &Job, group: usize) -> Result<Self> {
        let columns = wanted(job);
        let mut lists = Vec::new();
        let mut rest = Vec::new();
        for (place, (root, field, leaves)) in columns.iter().enumerate() {
            match ListColumn::of(job.metadata.metadata(), group, field, leaves) {
                Some(column) => lists.push((place, reader(job, group, column)?)),
                None => rest.push(*root),
            }
        }
        let rest = if lists.is_empty() {
            Some(job.columns.clone())
        } else {
            let schema = job.metadata.parquet_schema();
            (!rest.is_empty()).then(|| ProjectionMask::roots(schema, rest))
        };
        let read_by_crate = |columns| {
            ParquetRecordBatchReaderBuilder::new_with_metadata(job.file.clone(), job.metadata.clone())
                .with_projection(columns)
                .with_batch_size(job.batch_rows)
                .with_row_groups(vec![group])
                .build()
        };
        let others = rest.map(read_by_crate).transpose()?;
        let fields: Vec<FieldRef> = columns.into_iter().map(|(_, field, _)| field).collect();
        Ok(Self {
            batch_rows: job.batch_rows,
            schema: Arc::new(Schema::new(fields)),
            lists,
            others,
        })
    }

    /// The next rows, if there are any.
    pub fn next(&mut self) -> Result<Option<RecordBatch>> {
        let others = match &mut self.others {
            Some(others) => others.next().transpose()?,
            None => None,
        };
        if self.lists.is_empty() {
            return Ok(others);
        }
        let mut rows = match (&self.others, &others) {
            (None, _) => None,
            (Some(_), others) => Some(others.as_ref().map_or(0, RecordBatch::num_rows)),
        };
        let rows_max = match rows {
            None => self.batch_rows,
            Some(0) => 1, // which would be too many
            Some(rows) => rows,
        };
        let mut columns = others.map_or_else(Vec::new, |others| others.columns().to_vec());
        for (place, reader) in &mut self.lists {
            let column: ArrayRef = reader.next(rows_max)?;
            if *rows.get_or_insert(column.len()) != column.len() {
                let message = "the columns of a row group have different numbers of rows";
                return Err(ParquetError::General(message.into()));
            }
            columns.insert((*place).min(columns.len()), column);
        }
        if rows == Some(0) {
            return Ok(None);
        }
        Ok(Some(RecordBatch::try_new(self.schema.clone(), columns)?))
    }
}

/// The columns that the job wants: their places in the file's schema, their fields, and the leaves under them.
fn wanted(job: &Job) -> Vec<(usize, FieldRef, Range<usize>)> {
    let schema = job.metadata.parquet_schema();
    let fields = job.metadata.schema().fields();
    if fields.len() != schema.root_schema().get_fields().len() {
        return Vec::new(); // columns that Arrow does not have: places mean nothing
    }
    let mut columns: Vec<(usize, FieldRef, Range<usize>)> = Vec::new();
    for leaf in (0..schema.num_columns()).filter(|leaf| job.columns.leaf_included(*leaf)) {
        let root = schema.get_column_root_idx(leaf);
        match columns.last_mut() {
            Some((last, _, leaves)) if *last == root => leaves.end = leaf + 1,
            _ => columns.push((root, fields[root].clone(), leaf..leaf + 1)),
        }
    }
    columns
}

fn reader(job: &Job, group: usize, column: ListColumn) -> Result<ListReader> {
    let group = job.metadata.metadata().row_group(group);
    let rows = usize::try_from(group.num_rows())?;
    let chunk = group.column(column.leaf);
    let pages = SerializedPageReader::new(Arc::new(job.file.clone()), chunk, rows, None)?;
    Ok(ListReader::new(column, Box::new(pages)))
}
