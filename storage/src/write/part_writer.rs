//! [`PartWriter`]: a stream of sorted batches becomes a folder that only lacks its name.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{SystemTime, UNIX_EPOCH};

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::compute::concat;
use arrow::datatypes::{Schema, SchemaRef};
use xxhash_rust::xxh3::xxh3_64;

use super::columns::{COLUMNS, ColumnsWriter};
use super::gather::Order;
use super::index::IndexWriter;
use super::temporary_folder::TemporaryFolder;
use super::vectors::{VectorsWriter, constant_length};
use crate::checked_file::{CheckedFile, FileEntry};
use crate::coding::ColumnCoding;
use crate::manifest::{ColumnEntry, IndexEntry, MANIFEST, Manifest, VectorShape};
use crate::part::{ColumnSize, StoredPart};
use crate::primary_index::{PRIMARY_INDEX, PrimaryIndex, PrimaryIndexBuilder};
use crate::sort::min_max;
use crate::table::{TableContext, vector_element, vector_shape};
use crate::{Error, Part, PartName, Result, TYPE_KEY, escape};

/// Parts hold fewer rows than this: row numbers are u32 in indexes.
pub(crate) const PART_ROWS_MAX: u64 = u32::MAX as u64 - 1;
/// Longest column name that is written out in a file name.
const FILE_STEM_BYTES_MAX: usize = 100;

/// Which columns are stored as vectors of equal length; must hold for all rows that will be written.
pub(crate) struct PartLayout {
    shapes: Vec<Option<VectorShape>>,
    rows_expected: u64,
}

impl PartLayout {
    /// The layout for rows picked out of a batch.
    pub fn of_rows(batch: &RecordBatch, order: &Order) -> Result<PartLayout> {
        let mut shapes = Vec::new();
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            let length = match vector_element(field) {
                Some(_) => shape_of_rows(column, order)?,
                None => None,
            };
            shapes.push(vector_shape(field, length));
        }
        Ok(PartLayout {
            shapes,
            rows_expected: order.len(batch.num_rows()) as u64,
        })
    }
}

impl PartLayout {
    /// The layout for the rows of these parts: vectors of equal length stay so where the length is the same in all.
    pub fn of_parts(parts: &[Arc<Part>]) -> PartLayout {
        let shape = |column: usize| {
            let first = parts[0].vector_shape(column)?;
            let same = |part: &Arc<Part>| part.vector_shape(column) == Some(first);
            parts.iter().all(same).then_some(first)
        };
        let columns = parts[0].shape().schema.arrow().fields().len();
        PartLayout {
            shapes: (0..columns).map(shape).collect(),
            rows_expected: parts.iter().map(|part| part.rows_alive()).sum(),
        }
    }
}

impl PartLayout {
    /// So many rows will be written.
    pub fn with_rows(mut self, rows: u64) -> PartLayout {
        self.rows_expected = rows;
        self
    }

    /// Vectors of these columns may be of any length.
    pub fn without_lengths_of(mut self, columns: &[String], schema: &Schema) -> PartLayout {
        for (shape, field) in self.shapes.iter_mut().zip(schema.fields()) {
            if columns.contains(field.name()) {
                *shape = None;
            }
        }
        self
    }
}

/// The length that the vectors of a column have, told from batch after batch.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct VectorLengths {
    seen: bool,
    one: Option<usize>,
}

impl VectorLengths {
    /// Looks at more of the column.
    pub fn add(&mut self, column: &ArrayRef) {
        let length = constant_length(column);
        self.one = if self.seen {
            self.one.filter(|one| length == Some(*one))
        } else {
            length
        };
        self.seen = true;
    }

    /// The length, if all have one.
    pub fn one(&self) -> Option<usize> {
        self.one
    }
}

/// The length that the lists have in all picked rows.
fn shape_of_rows(column: &ArrayRef, order: &Order) -> Result<Option<usize>> {
    let Order::Picked(rows) = order else {
        return Ok(constant_length(column));
    };
    let offsets = arrow::array::AsArray::as_list::<i32>(column).offsets().clone();
    let mut lengths = rows
        .iter()
        .map(|row| offsets[*row as usize + 1] - offsets[*row as usize]);
    let first = lengths.next().filter(|length| *length > 0 && column.null_count() == 0);
    Ok(first
        .filter(|first| lengths.all(|length| length == *first))
        .map(|length| length as usize))
}

/// A part whose files are all written and durable, under a temporary name. Dropping it removes the files.
#[derive(Debug)]
pub struct NewPart {
    pub(crate) part: StoredPart,
    pub(crate) folder: TemporaryFolder,
    pub(crate) target: Target,
}

/// What a new part will be called.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    /// The next block of this partition: the number is given by the commit, so that numbers follow its order.
    NextBlock { partition_id: String, level: u32 },
    /// This name, which covers those of the parts that were merged, or of the part that was mutated.
    Named(PartName),
}

/// An index that is built along with the part.
pub(crate) struct IndexTask {
    /// Position in the table's list.
    pub position: usize,
    writer: IndexWriter,
}

/// Writes one part. Batches come in stored order; a failure or a drop leaves nothing behind.
pub(crate) struct PartWriter<'a> {
    table: &'a TableContext,
    folder: TemporaryFolder,
    schema: SchemaRef,
    /// The same columns under the names that they are stored by.
    stored: SchemaRef,
    shapes: Vec<Option<VectorShape>>,
    columns: Option<ColumnsWriter>,
    vectors: Vec<(usize, VectorsWriter)>,
    indexes: Vec<IndexTask>,
    primary: PrimaryIndexBuilder,
    min_max: Vec<Option<ArrayRef>>,
    rows: u64,
    unique_keys: bool,
}

impl<'a> PartWriter<'a> {
    /// Starts a part under a temporary folder name. `builds` says which of the table's indexes it gets.
    pub fn create(
        table: &'a TableContext,
        folder: &str,
        layout: PartLayout,
        builds: impl Fn(&str) -> bool,
    ) -> Result<PartWriter<'a>> {
        let folder = TemporaryFolder::create(table.folder.directory().clone(), table.folder.path().join(folder))?;
        let schema = table.schema().arrow().clone();
        let stored = table.schema().stored();
        let granularity = table.options.index_granularity;
        let mut vectors = Vec::new();
        for (position, shape) in layout.shapes.iter().enumerate() {
            if let Some(shape) = shape {
                let field = &stored.fields()[position];
                let file =
                    CheckedFile::create(&**table.folder.directory(), folder.path(), &vectors_file(field.name()))?;
                vectors.push((position, VectorsWriter::create(file, field.clone(), *shape)?));
            }
        }
        let mut indexes = Vec::new();
        for (position, spec) in table.indexes.iter().enumerate().filter(|(_, spec)| builds(&spec.name)) {
            let directory = &**table.folder.directory();
            let writer = IndexWriter::create(directory, folder.path(), spec, granularity, layout.rows_expected)?;
            indexes.push(IndexTask { position, writer });
        }
        Ok(PartWriter {
            primary: PrimaryIndexBuilder::new(table.evaluator().primary_key_len(), granularity),
            min_max: vec![None; table.evaluator().partition_columns().len()],
            shapes: layout.shapes,
            columns: None,
            rows: 0,
            unique_keys: false,
            table,
            folder,
            schema,
            stored,
            vectors,
            indexes,
        })
    }

    /// Counts the rows that are added to indexes in `counter`.
    pub fn count_indexed(&mut self, counter: &Arc<AtomicU64>) {
        for index in &mut self.indexes {
            index.writer.count(counter.clone());
        }
    }

    /// No two of the rows that will be written have the same sorting key.
    pub fn set_unique_keys(&mut self) {
        self.unique_keys = true;
    }

    /// Whether something is built along with the part that is work for more than one thread.
    pub fn is_parallel(&self) -> bool {
        self.indexes.iter().any(|index| index.writer.is_parallel())
    }

    /// Adds rows in stored order, with their (normalized) sorting keys.
    pub fn write(&mut self, batch: &RecordBatch, keys: &[ArrayRef]) -> Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        self.rows += batch.num_rows() as u64;
        if self.rows > PART_ROWS_MAX {
            return Err(Error::Invalid(format!(
                "a part cannot hold more than {PART_ROWS_MAX} rows"
            )));
        }
        self.primary.add(
            &keys[..self.table.evaluator().primary_key_len()],
            batch.num_rows() as u64,
        )?;
        for (range, name) in self.min_max.iter_mut().zip(self.table.evaluator().partition_columns()) {
            let column = batch.column(self.schema.index_of(name)?);
            *range = Some(match range.take() {
                Some(before) => min_max(&concat(&[&before, &min_max(column)?])?)?,
                None => min_max(column)?,
            });
        }
        for (position, writer) in &mut self.vectors {
            writer.write(batch.column(*position))?;
        }
        self.write_columns(batch)?;
        for index in &mut self.indexes {
            let input = self
                .table
                .evaluator()
                .index_input(index.position, batch)
                .map_err(Error::Evaluate)?;
            index.writer.write(&input)?;
        }
        Ok(())
    }

    fn write_columns(&mut self, batch: &RecordBatch) -> Result<()> {
        let plain: Vec<usize> = (0..self.shapes.len())
            .filter(|position| self.shapes[*position].is_none())
            .collect();
        if plain.is_empty() {
            return Ok(());
        }
        let arrays = plain.iter().map(|position| batch.column(*position).clone()).collect();
        let batch = RecordBatch::try_new(Arc::new(self.stored.project(&plain)?), arrays)?;
        if self.columns.is_none() {
            let file = CheckedFile::create(&**self.table.folder.directory(), self.folder.path(), COLUMNS)?;
            let coding = |position: &usize| self.table.schema().coding(*position);
            let codings: Vec<ColumnCoding> = plain.iter().map(coding).collect();
            self.columns = Some(ColumnsWriter::create(file, batch.schema(), &batch, &codings)?);
        }
        self.columns.as_mut().expect("just created").write(&batch)
    }

    /// Ends all files and makes them durable.
    pub fn finish(mut self, partition: Vec<ArrayRef>, target: Target) -> Result<NewPart> {
        assert!(self.rows > 0, "parts are only started for rows");
        let mut files = Vec::new();
        let mut sizes = vec![ColumnSize::default(); self.shapes.len()];
        if let Some(columns) = self.columns.take() {
            let (file, plain_sizes) = columns.finish()?;
            let plain = (0..self.shapes.len()).filter(|position| self.shapes[*position].is_none());
            plain
                .zip(plain_sizes)
                .for_each(|(position, size)| sizes[position] = size);
            files.push(file);
        }
        for (position, writer) in std::mem::take(&mut self.vectors) {
            let file = writer.finish()?;
            sizes[position] = ColumnSize {
                compressed: file.size,
                uncompressed: file.size,
            };
            files.push(file);
        }
        let mut indexes = Vec::new();
        for index in std::mem::take(&mut self.indexes) {
            let file = index.writer.finish()?;
            let spec = &self.table.indexes[index.position];
            indexes.push(IndexEntry {
                name: spec.name.clone(),
                built_for: spec.built_for.clone(),
                file: file.name.clone(),
            });
            files.push(file);
        }
        files.push(self.write_primary(partition)?);
        let manifest = self.manifest(files, indexes, &sizes);
        self.write_file(MANIFEST, &manifest.to_bytes())?;
        let path = self.folder.path();
        self.table
            .folder
            .directory()
            .sync_dir(path)
            .map_err(|error| Error::io("sync", path, error))?;
        let name = self
            .folder
            .path()
            .file_name()
            .expect("the folder was given a name")
            .to_string_lossy()
            .into_owned();
        let part = StoredPart::open(self.table.folder.clone(), &name, PartName::inserted(name.clone(), 0))?;
        Ok(NewPart {
            part,
            folder: self.folder,
            target,
        })
    }

    fn write_primary(&mut self, partition: Vec<ArrayRef>) -> Result<FileEntry> {
        let granularity = self.table.options.index_granularity;
        let builder = std::mem::replace(&mut self.primary, PrimaryIndexBuilder::new(0, granularity));
        let names = self.table.evaluator().partition_columns().iter().cloned();
        let ranges = self
            .min_max
            .iter()
            .map(|range| range.clone().expect("rows were written"));
        let primary = PrimaryIndex {
            schema: self.stored.clone(),
            keys: builder.finish()?,
            partition,
            min_max: names.zip(ranges).collect(),
        };
        self.write_file(PRIMARY_INDEX, &primary.to_bytes()?)
    }

    fn write_file(&self, name: &str, bytes: &[u8]) -> Result<FileEntry> {
        let mut file = CheckedFile::create(&**self.table.folder.directory(), self.folder.path(), name)?;
        file.append(bytes)?;
        file.finish()
    }

    fn manifest(&self, files: Vec<FileEntry>, indexes: Vec<IndexEntry>, sizes: &[ColumnSize]) -> Manifest {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let fields = self.stored.fields().iter().zip(&self.shapes).zip(sizes);
        let columns = fields.map(|((field, shape), size)| ColumnEntry {
            name: field.name().clone(),
            data_type: field.metadata().get(TYPE_KEY).cloned().unwrap_or_default(),
            file: if shape.is_some() {
                vectors_file(field.name())
            } else {
                COLUMNS.to_owned()
            },
            compressed: size.compressed,
            uncompressed: size.uncompressed,
            vectors: *shape,
        });
        Manifest {
            rows: self.rows,
            alive: None,
            index_granularity: self.table.options.index_granularity,
            unique_keys: self.unique_keys,
            created: since_1970.as_millis() as u64,
            columns: columns.collect(),
            indexes,
            files,
        }
    }
}

/// A name for a file of columns beside those that a manifest lists.
pub(crate) fn free_columns_file(manifest: &Manifest) -> String {
    let numbered = (2..).map(|number| format!("columns.{number}.parquet"));
    let mut names = std::iter::once(COLUMNS.to_owned()).chain(numbered);
    names
        .find(|name| manifest.file(name).is_none())
        .expect("numbers do not end")
}

/// File of a column of vectors.
pub(crate) fn vectors_file(column: &str) -> String {
    format!("{}.vectors.parquet", file_stem(column))
}

/// A name escaped; a hash if that gets too long for a file system.
pub(super) fn file_stem(name: &str) -> String {
    let stem = escape(name);
    if stem.len() > FILE_STEM_BYTES_MAX {
        return format!("{:016x}", xxh3_64(name.as_bytes()));
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_safe_file_stems() {
        assert_eq!(file_stem("vec_1"), "vec_1");
        assert_eq!(file_stem("../a b"), "%2E%2E%2Fa%20b");
        assert_eq!(file_stem(&"ж".repeat(50)).len(), 16);
    }
}
