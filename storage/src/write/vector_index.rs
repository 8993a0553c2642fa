//! A vector index of a part: a file of sub-indexes. FORMAT.md, section 8.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use arrow::array::{Array, ArrayRef};
use gristmill_index::{SubIndexBuilder, VectorIndexDefinition, Vectors};
use xxhash_rust::xxh3::xxh3_64;

use crate::checked_file::{CheckedFile, FileEntry};
use crate::vector_index_file::{ALIGNMENT, HEADER_LEN, MAGIC, TRAILER_LEN, TableEntry, VERSION};
use crate::{Error, Result};

/// Builds and writes one index; holds one sub-index in memory.
pub(crate) struct VectorIndexWriter {
    file: CheckedFile,
    name: String,
    definition: VectorIndexDefinition,
    /// Rows of one sub-index.
    sub_index_rows: u64,
    /// Rows that the part will have at most, to make room.
    rows_expected: u64,
    builder: Option<SubIndexBuilder>,
    first_row: u64,
    rows: u64,
    table: Vec<TableEntry>,
    counter: Option<Arc<AtomicU64>>,
}

impl VectorIndexWriter {
    pub fn create(
        mut file: CheckedFile,
        name: &str,
        definition: &VectorIndexDefinition,
        sub_index_rows: u64,
        rows_expected: u64,
    ) -> Result<VectorIndexWriter> {
        let mut header = [0; HEADER_LEN];
        header[..4].copy_from_slice(MAGIC);
        header[4..6].copy_from_slice(&VERSION.to_le_bytes());
        file.append(&header)?;
        Ok(VectorIndexWriter {
            file,
            name: name.to_owned(),
            definition: definition.clone(),
            sub_index_rows: sub_index_rows.clamp(1, gristmill_index::SUB_INDEX_ROWS_MAX),
            rows_expected,
            builder: None,
            first_row: 0,
            rows: 0,
            table: Vec::new(),
            counter: None,
        })
    }

    /// Counts the rows added from now on.
    pub fn count(&mut self, counter: Arc<AtomicU64>) {
        self.counter = Some(counter);
    }

    /// Adds the next rows: a list array.
    pub fn write(&mut self, input: &ArrayRef) -> Result<()> {
        let mut start = 0;
        while start < input.len() {
            let room = self.sub_index_rows - (self.rows - self.first_row);
            let rows = room.min((input.len() - start) as u64) as usize;
            self.add(&input.slice(start, rows)).map_err(|source| Error::Index {
                index: self.name.clone(),
                source,
            })?;
            start += rows;
            self.rows += rows as u64;
            if self.rows - self.first_row == self.sub_index_rows {
                self.end_sub_index()?;
            }
        }
        Ok(())
    }

    fn add(&mut self, input: &ArrayRef) -> gristmill_index::Result<()> {
        let vectors = Vectors::from_array(input, self.definition.dimensions)?;
        let builder = match &mut self.builder {
            Some(builder) => builder,
            None => {
                let rows = self
                    .rows_expected
                    .saturating_sub(self.first_row)
                    .min(self.sub_index_rows);
                let builder = SubIndexBuilder::new(&self.definition, rows as usize)?;
                self.builder.insert(builder.counting(self.counter.clone()))
            }
        };
        builder.add(vectors)
    }

    fn end_sub_index(&mut self) -> Result<()> {
        let Some(builder) = self.builder.take() else {
            return Ok(());
        };
        let payload = builder.finish().map_err(|source| Error::Index {
            index: self.name.clone(),
            source,
        })?;
        let gap = self.file.position().next_multiple_of(ALIGNMENT) - self.file.position();
        self.file.append(&[0; ALIGNMENT as usize][..gap as usize])?;
        let offset = self.file.position();
        self.file.append(&payload)?;
        self.table.push(TableEntry {
            rows: self.first_row..self.rows,
            offset,
            length: payload.len() as u64,
        });
        self.first_row = self.rows;
        Ok(())
    }

    pub fn finish(mut self) -> Result<FileEntry> {
        self.end_sub_index()?;
        let table: Vec<u8> = self.table.iter().flat_map(TableEntry::to_bytes).collect();
        let mut trailer = [0; TRAILER_LEN];
        trailer[..4].copy_from_slice(MAGIC);
        trailer[4..6].copy_from_slice(&VERSION.to_le_bytes());
        trailer[8..16].copy_from_slice(&(self.table.len() as u64).to_le_bytes());
        trailer[16..24].copy_from_slice(&xxh3_64(&table).to_le_bytes());
        self.file.append(&table)?;
        self.file.append(&trailer)?;
        self.file.finish()
    }
}
