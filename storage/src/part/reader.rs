//! Streaming batches out of a part, as they are stored.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::compute::concat_batches;
use arrow::datatypes::{FieldRef, SchemaRef};
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;

use super::vector_column::VectorColumn;
use crate::{Error, Result, RowRanges};

/// Where some of the columns come from.
pub(crate) enum Source {
    /// Columns of a Parquet file, in its order.
    Columns {
        file: String,
        reader: ParquetRecordBatchReader,
    },
    /// One column of vectors.
    Vectors { column: VectorColumn, field: FieldRef },
}

/// Batches of the asked columns and rows, in row order.
pub(crate) struct StoredReader {
    part: String,
    schema: SchemaRef,
    batch_rows: usize,
    rows: Vec<Range<u64>>,
    /// Position in `rows` of the range that is read next.
    next_range: usize,
    sources: Vec<Source>,
    /// For each column of the schema its source and its position there.
    places: Vec<(usize, usize)>,
}

impl StoredReader {
    pub(crate) fn new(
        part: String,
        schema: SchemaRef,
        rows: &RowRanges,
        batch_rows: usize,
        sources: Vec<Source>,
        places: Vec<(usize, usize)>,
    ) -> StoredReader {
        StoredReader {
            part,
            schema,
            batch_rows,
            rows: rows.iter().collect(),
            next_range: 0,
            sources,
            places,
        }
    }

    /// Schema of the batches.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Cuts the rows of the next batch off the rows that are left.
    fn next_rows(&mut self) -> RowRanges {
        let mut room = self.batch_rows as u64;
        let mut result = RowRanges::none();
        while let Some(range) = self.rows.get_mut(self.next_range).filter(|_| room > 0) {
            let end = range.end.min(range.start + room);
            result.push(range.start..end);
            room -= end - range.start;
            range.start = end;
            if range.is_empty() {
                self.next_range += 1;
            }
        }
        result
    }

    fn read(&mut self, rows: &RowRanges) -> Result<RecordBatch> {
        let count = rows.count() as usize;
        let mut columns: Vec<Vec<ArrayRef>> = Vec::with_capacity(self.sources.len());
        for source in &mut self.sources {
            columns.push(match source {
                Source::Columns { file, reader } => {
                    decode(reader, count).map_err(|why| Error::corrupt(&self.part, format!("{file}: {why}")))?
                }
                Source::Vectors { column, field } => vec![column.list(rows, field)],
            });
        }
        let arrays = self
            .places
            .iter()
            .map(|(source, position)| columns[*source][*position].clone())
            .collect();
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        Ok(RecordBatch::try_new_with_options(
            self.schema.clone(),
            arrays,
            &options,
        )?)
    }
}

impl Iterator for StoredReader {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Result<RecordBatch>> {
        let rows = self.next_rows();
        if rows.is_empty() {
            return None;
        }
        let batch = self.read(&rows);
        if batch.is_err() {
            self.next_range = self.rows.len(); // the sources are out of step now
        }
        Some(batch)
    }
}

/// Exactly `rows` rows.
fn decode(reader: &mut ParquetRecordBatchReader, rows: usize) -> std::result::Result<Vec<ArrayRef>, String> {
    let mut batches: Vec<RecordBatch> = Vec::with_capacity(1);
    let mut found = 0;
    while found < rows {
        let batch = reader
            .next()
            .ok_or("fewer rows than the part has")?
            .map_err(|error| error.to_string())?;
        found += batch.num_rows();
        batches.push(batch);
    }
    if found > rows {
        return Err("more rows than asked for".to_owned());
    }
    if batches.len() > 1 {
        let schema = batches[0].schema();
        batches = vec![concat_batches(&schema, &batches).map_err(|error| error.to_string())?];
    }
    Ok(batches.remove(0).columns().to_vec())
}

/// The asked columns of a schema, in the order asked for.
pub(crate) fn project(schema: &SchemaRef, positions: &[usize]) -> SchemaRef {
    let fields: Vec<FieldRef> = positions
        .iter()
        .map(|position| schema.fields()[*position].clone())
        .collect();
    Arc::new(arrow::datatypes::Schema::new(fields))
}
