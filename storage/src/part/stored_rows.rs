//! Reading columns of a part as it is on disk: all rows of ranges, or a few scattered ones.

use std::collections::BTreeMap;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::compute::concat_batches;

use super::StoredPart;
use super::columns_file::ColumnsFile;
use super::mapped_file::{Verify, once};
use super::page_cache::PageKey;
use super::reader::{Source, StoredReader, project};
use super::scattered::SCATTERED_ROWS_MAX;
use super::vector_column::VectorColumn;
use crate::manifest::ColumnEntry;
use crate::{Error, Result, RowRanges};

impl StoredPart {
    /// Reads the columns at these positions for the given rows, in batches of `batch_rows` rows (the last one shorter).
    ///
    /// With no columns the batches carry row counts only.
    pub(crate) fn read_at(&self, positions: &[usize], rows: &RowRanges, batch_rows: usize) -> Result<StoredReader> {
        if rows.end() > self.rows() || batch_rows == 0 {
            return Err(Error::Invalid(format!(
                "part {} has {} rows, not {}",
                self.name,
                self.rows(),
                rows.end()
            )));
        }
        let mut batch_rows = batch_rows.min(self.rows() as usize);
        let mut sources = Vec::new();
        let mut places = vec![(0, 0); positions.len()];
        // Which of the asked columns lie in which plain Parquet file.
        let mut by_file: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (asked, position) in positions.iter().enumerate() {
            let entry = &self.manifest.columns[*position];
            if entry.vectors.is_none() {
                by_file.entry(&entry.file).or_default().push(asked);
                continue;
            }
            let column = self.vector_column(entry)?.clone();
            batch_rows = batch_rows.min((i32::MAX as usize / column.dimensions()).max(1)); // list offsets are i32
            places[asked] = (sources.len(), 0);
            sources.push(Source::Vectors {
                column,
                field: self.schema().fields()[*position].clone(),
            });
        }
        for (file, asked) in by_file {
            let columns_file = self.columns_file(file)?;
            let place = |asked: &usize| self.place_in(columns_file, &self.manifest.columns[positions[*asked]]);
            let in_file = asked.iter().map(place).collect::<Result<Vec<usize>>>()?;
            let mut read = in_file.clone();
            read.sort_unstable();
            read.dedup();
            for (asked, place) in asked.iter().zip(in_file) {
                places[*asked] = (sources.len(), read.binary_search(&place).expect("all places are read"));
            }
            sources.push(Source::Columns {
                file: file.to_owned(),
                reader: columns_file.read(read, rows, batch_rows)?,
            });
        }
        let schema = project(self.schema(), positions);
        Ok(StoredReader::new(
            self.name.to_string(),
            schema,
            rows,
            batch_rows,
            sources,
            places,
        ))
    }

    /// Reads a few scattered rows, strictly ascending, as one batch.
    pub(crate) fn read_rows_at(&self, positions: &[usize], rows: &[u32]) -> Result<RecordBatch> {
        if !rows.is_sorted_by(|left, right| left < right) {
            return Err(Error::Invalid("rows to read must be ascending".to_owned()));
        }
        match rows.last() {
            Some(last) if u64::from(*last) < self.rows() && rows.len() <= SCATTERED_ROWS_MAX => {}
            _ => return self.read_ranges(positions, rows),
        }
        let mut arrays = Vec::with_capacity(positions.len());
        for position in positions {
            let entry = &self.manifest.columns[*position];
            if entry.vectors.is_some() {
                let ranges = RowRanges::from_rows(rows.iter().map(|row| u64::from(*row)));
                arrays.push(
                    self.vector_column(entry)?
                        .list(&ranges, &self.schema().fields()[*position]),
                );
                continue;
            }
            let file = self.columns_file(&entry.file)?;
            match self.scattered(*position, &entry.file, file, self.place_in(file, entry)?, rows)? {
                Some(array) => arrays.push(array),
                None => return self.read_ranges(positions, rows),
            }
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
        Ok(RecordBatch::try_new_with_options(
            project(self.schema(), positions),
            arrays,
            &options,
        )?)
    }

    /// Reads rows as a scan does, into one batch.
    fn read_ranges(&self, positions: &[usize], rows: &[u32]) -> Result<RecordBatch> {
        let ranges = RowRanges::from_rows(rows.iter().map(|row| u64::from(*row)));
        let reader = self.read_at(positions, &ranges, rows.len().max(1))?;
        let schema = reader.schema().clone();
        let batches = reader.collect::<Result<Vec<RecordBatch>>>()?;
        Ok(match batches.as_slice() {
            [batch] => batch.clone(),
            batches => concat_batches(&schema, batches)?, // none, or more than list offsets can count in one
        })
    }

    /// A decoded page, if it is in the cache.
    pub(crate) fn cached_page(&self, key: &PageKey) -> Option<ArrayRef> {
        self.table.page_cache().get(key)
    }

    /// How many pages the cache was given.
    #[cfg(test)]
    pub(crate) fn cached_pages(&self) -> usize {
        self.cached_pages.lock().len()
    }

    /// Puts a decoded page into the cache, for as long as the part is there.
    pub(crate) fn cache_page(&self, key: PageKey, page: ArrayRef) {
        self.cached_pages.lock().insert(key);
        self.table.page_cache().insert(key, page);
    }

    /// The raw vectors of a column, if all its rows have the same length; zero-copy.
    pub(crate) fn vectors_at(&self, position: usize) -> Result<Option<VectorColumn>> {
        let entry = &self.manifest.columns[position];
        if entry.vectors.is_none() {
            return Ok(None);
        }
        Ok(Some(self.vector_column(entry)?.clone()))
    }

    fn columns_file(&self, file: &str) -> Result<&ColumnsFile> {
        once(&self.files[file].columns, || {
            let bytes = self.file_bytes(file, Verify::Whole)?;
            ColumnsFile::open(bytes.clone(), &self.name.to_string(), file, self.rows())
        })
    }

    fn vector_column(&self, entry: &ColumnEntry) -> Result<&VectorColumn> {
        let shape = entry.vectors.expect("the caller asked for a vector column");
        once(&self.files[&entry.file].vectors, || {
            let bytes = self.file_bytes(&entry.file, Verify::Whole)?;
            VectorColumn::open(bytes.clone(), shape, self.rows(), &self.name.to_string(), &entry.file)
        })
    }

    /// Position of the column in a file.
    fn place_in(&self, file: &ColumnsFile, column: &ColumnEntry) -> Result<usize> {
        let place = file
            .schema()
            .fields()
            .iter()
            .position(|field| *field.name() == column.name);
        place.ok_or_else(|| Error::corrupt(&self.name, format!("{}: no column {}", column.file, column.name)))
    }
}
