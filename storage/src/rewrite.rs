//! Writing some columns of a part again: it is replaced by one of the same rows with new files for these columns, and links
//! to the files of all others.

use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::concat;
use arrow::datatypes::{Field, FieldRef, Schema, SchemaRef};

use crate::alive_rows::ALIVE_ROWS;
use crate::checked_file::CheckedFile;
use crate::coding::ColumnCoding;
use crate::manifest::{ColumnEntry, IndexEntry, Manifest, VectorShape};
use crate::part::{ColumnSize, StoredPart};
use crate::primary_index::{PRIMARY_INDEX, PrimaryIndex};
use crate::shape::Place;
use crate::table::{vector_element, vector_shape};
use crate::write::{
    ColumnsWriter, NewPart, TemporaryFolder, VectorLengths, VectorsWriter, free_columns_file, vectors_file,
};
use crate::{Error, IndexJob, MergeTree, Part, Result, RowRanges, TYPE_KEY, UpdateJob};

/// About as many bytes of rows are read at a time, and how many rows at most.
const BATCH_BYTES: u64 = 32 << 20;
const BATCH_ROWS_MAX: u64 = 8192;

/// Asked between batches; the part that is worked on then stays as it is.
type Stopped<'a> = &'a (dyn Fn() -> bool + Sync);

impl MergeTree {
    /// The part with the columns that it holds in an older type in the table's type; None if there are none.
    pub(crate) fn converted(&self, part: &Arc<Part>, threads: usize, stopped: Stopped<'_>) -> Result<Option<NewPart>> {
        let older = part.columns_at(|place| matches!(place, Place::Older(_)));
        match older.is_empty() {
            true => Ok(None),
            false => self.as_it_reads(part, &older, threads, stopped).map(Some),
        }
    }

    /// The part with a column that it lacks: its values stay what they are now. None if it has it.
    pub(crate) fn materialized(
        &self,
        part: &Arc<Part>,
        column: &str,
        threads: usize,
        stopped: Stopped<'_>,
    ) -> Result<Option<NewPart>> {
        match part.column_size(column) {
            Some(_) => Ok(None),
            None => self.as_it_reads(part, &[column.to_owned()], threads, stopped).map(Some),
        }
    }

    /// The part without a column, so that it gives its default, and without indexes over it. None if it lacks it anyway.
    pub(crate) fn cleared(&self, part: &Arc<Part>, column: &str) -> Result<Option<NewPart>> {
        if part.column_size(column).is_none() {
            return Ok(None);
        }
        let mut manifest = self.without_indexes(part, &[column.to_owned()]);
        let stored = self.stored_field(column)?;
        manifest.columns.retain(|entry| entry.name != *stored.name());
        if manifest.columns.is_empty() {
            let message = format!("part {} has no other column than {column}", part.name());
            return Err(Error::Invalid(message));
        }
        forget_unused(&mut manifest);
        let folder = self.folder_like(part, &manifest)?;
        self.write_primary_of(part, &folder, &mut manifest, &[])?;
        self.finish(part, folder, manifest).map(Some)
    }

    fn as_it_reads(
        &self,
        part: &Arc<Part>,
        columns: &[String],
        threads: usize,
        stopped: Stopped<'_>,
    ) -> Result<NewPart> {
        let update = UpdateJob {
            columns,
            reads: columns,
            change: &|batch| Ok(batch.clone()),
            threads,
            stopped,
        };
        self.updated(part, &update)
    }

    /// The part with other values in some columns, not yet committed.
    pub(crate) fn updated(&self, part: &Arc<Part>, job: &UpdateJob<'_>) -> Result<NewPart> {
        let lengths = self.new_lengths(part, job)?;
        let rebuilt = self.dependent_indexes(part, job.columns);
        let mut manifest = self.without_indexes(part, job.columns);
        let stored: Vec<FieldRef> = job
            .columns
            .iter()
            .map(|column| self.stored_field(column))
            .collect::<Result<_>>()?;
        manifest
            .columns
            .retain(|entry| stored.iter().all(|field| *field.name() != entry.name));
        forget_unused(&mut manifest);
        let folder = self.folder_like(part, &manifest)?;
        let mut writer = SomeColumns::create(self, &folder, &manifest, &stored, &lengths)?;
        self.each_changed(part, job, |batch| writer.write(batch))?;
        writer.finish(&mut manifest, part.manifest())?;
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        manifest.created = since_1970.as_millis() as u64;
        self.write_primary_of(part, &folder, &mut manifest, &stored)?;
        let mut new = self.finish(part, folder, manifest)?;
        for position in rebuilt {
            new = self.rebuilt(part, new, position, job)?;
        }
        Ok(new)
    }

    /// The same new part with an index over its new values.
    fn rebuilt(&self, part: &Arc<Part>, new: NewPart, position: usize, job: &UpdateJob<'_>) -> Result<NewPart> {
        let NewPart {
            part: stored, folder, ..
        } = new;
        let source = Part::new(Arc::new(stored), self.table().shape.clone());
        let columns = self.table().evaluator().index_columns(position);
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let index_job = IndexJob {
            stopped: job.stopped,
            ..IndexJob::new(&columns, job.threads)
        };
        let built = self.index_into(&source, part, position, &index_job);
        drop(folder); // its files are linked where the index is
        built
    }

    /// How the changed vectors look, which only their values can tell.
    fn new_lengths(&self, part: &Arc<Part>, job: &UpdateJob<'_>) -> Result<Vec<Option<VectorShape>>> {
        let schema = self.table().schema().arrow().clone();
        let fields: Vec<&Field> = job
            .columns
            .iter()
            .map(|column| schema.field_with_name(column))
            .collect::<std::result::Result<_, _>>()?;
        if fields.iter().all(|field| vector_element(field).is_none()) {
            return Ok(vec![None; fields.len()]);
        }
        let mut lengths = vec![VectorLengths::default(); fields.len()];
        self.each_changed(part, job, |batch| {
            for (lengths, column) in lengths.iter_mut().zip(batch) {
                lengths.add(column);
            }
            Ok(())
        })?;
        let shape = |(field, lengths): (&&Field, &VectorLengths)| vector_shape(field, lengths.one());
        Ok(fields.iter().zip(&lengths).map(shape).collect())
    }

    /// The new values of the changed columns, batch by batch. Nothing is computed from rows that were deleted: they get
    /// values of another row.
    fn each_changed(
        &self,
        part: &Arc<Part>,
        job: &UpdateJob<'_>,
        mut take: impl FnMut(&[ArrayRef]) -> Result<()>,
    ) -> Result<()> {
        let reads: Vec<&str> = job.reads.iter().map(String::as_str).collect();
        let alive = part.alive();
        let mut gaps = match (part.alive_set(), alive.iter().next()) {
            (Some(_), Some(first)) => {
                let row = part.read_rows(&reads, &[first.start as u32])?;
                Some(Gaps::new(changed(job, &row)?, &alive, part.rows()))
            }
            _ => None,
        };
        let row_bytes = (part.bytes_uncompressed() / part.rows()).max(1);
        let batch_rows = (BATCH_BYTES / row_bytes).clamp(16, BATCH_ROWS_MAX) as usize;
        for batch in part.read(&reads, &alive, batch_rows)? {
            if (job.stopped)() {
                return Err(Error::Stopped);
            }
            self.check_active(std::slice::from_ref(part))?;
            let columns = changed(job, &batch?)?;
            match &mut gaps {
                Some(gaps) => gaps.fill(&columns, &mut take)?,
                None => take(&columns)?,
            }
        }
        gaps.map_or(Ok(()), |mut gaps| gaps.fill_end(&mut take))
    }

    fn stored_field(&self, column: &str) -> Result<FieldRef> {
        let position = self.table().shape.position(column);
        let position = position.ok_or_else(|| Error::Invalid(format!("there is no column {column}")))?;
        Ok(self.table().schema().stored().fields()[position].clone())
    }

    /// Positions of the table's indexes that the part has and that depend on columns.
    fn dependent_indexes(&self, part: &Part, columns: &[String]) -> Vec<usize> {
        let table = self.table();
        let depends = |position: &usize| {
            let spec = &table.indexes[*position];
            let sources = table.evaluator().index_columns(*position);
            part.has_index(&spec.name, &spec.built_for) && sources.iter().any(|source| columns.contains(source))
        };
        (0..table.indexes.len()).filter(depends).collect()
    }

    /// What the part consists of but for indexes that depend on columns, or that are not the table's: nobody knows what
    /// those depend on.
    fn without_indexes(&self, part: &Part, columns: &[String]) -> Manifest {
        let table = self.table();
        let dependent = self.dependent_indexes(part, columns);
        let stays = |index: &IndexEntry| {
            let mut specs = table.indexes.iter().enumerate();
            let spec = specs.find(|(_, spec)| spec.name == index.name && spec.built_for == index.built_for);
            spec.is_some_and(|(position, _)| !dependent.contains(&position))
        };
        let mut manifest = part.manifest().clone();
        manifest.indexes.retain(stays);
        manifest
    }

    /// Writes the part's primary index for the columns that it has now; `new` are those that were written.
    fn write_primary_of(
        &self,
        part: &StoredPart,
        folder: &TemporaryFolder,
        manifest: &mut Manifest,
        new: &[FieldRef],
    ) -> Result<()> {
        let old = part.primary();
        let field = |entry: &ColumnEntry| {
            let mut fields = new.iter().chain(old.schema.fields());
            let field = fields.find(|field| *field.name() == entry.name);
            field.expect("each column was there or was written").clone()
        };
        let fields: Vec<FieldRef> = manifest.columns.iter().map(field).collect();
        let primary = PrimaryIndex {
            schema: Arc::new(Schema::new(fields)),
            ..old.clone()
        };
        let directory = self.table().folder.directory();
        let mut file = CheckedFile::create(&**directory, folder.path(), PRIMARY_INDEX)?;
        file.append(&primary.to_bytes()?)?;
        manifest.files.push(file.finish()?);
        Ok(())
    }
}

/// The changed columns of the rows of a batch.
fn changed(job: &UpdateJob<'_>, batch: &RecordBatch) -> Result<Vec<ArrayRef>> {
    let changed = (job.change)(batch).map_err(Error::Evaluate)?;
    let column = |name: &String| {
        let column = changed.column_by_name(name).cloned();
        column.ok_or_else(|| Error::Invalid(format!("column {name} was to be changed and is not there")))
    };
    job.columns.iter().map(column).collect()
}

/// Puts values between those of the rows that are left, where rows were deleted.
struct Gaps {
    /// One row.
    filler: Vec<ArrayRef>,
    /// The rows that are left and have not come yet.
    alive: VecDeque<Range<u64>>,
    /// The row that is next in the part, and the end of the part.
    rows: Range<u64>,
}

impl Gaps {
    fn new(filler: Vec<ArrayRef>, alive: &RowRanges, rows: u64) -> Gaps {
        Gaps {
            filler,
            alive: alive.iter().collect(),
            rows: 0..rows,
        }
    }

    /// Hands on the next rows that are left, and those that were deleted before them.
    fn fill(&mut self, columns: &[ArrayRef], take: &mut impl FnMut(&[ArrayRef]) -> Result<()>) -> Result<()> {
        let count = columns.first().map_or(0, |column| column.len()) as u32;
        let mut places: Vec<u32> = Vec::new();
        for place in 0..count {
            let range = self.alive.front_mut().expect("as many rows are read as are left");
            let row = range.start;
            range.start += 1;
            if range.is_empty() {
                self.alive.pop_front();
            }
            while self.rows.start < row {
                places.push(count);
                self.rows.start += 1;
                self.hand_on(columns, &mut places, BATCH_ROWS_MAX, take)?;
            }
            places.push(place);
            self.rows.start += 1;
        }
        self.hand_on(columns, &mut places, 1, take)
    }

    /// Hands on what was deleted behind the last row that is left.
    fn fill_end(&mut self, take: &mut impl FnMut(&[ArrayRef]) -> Result<()>) -> Result<()> {
        let none: Vec<ArrayRef> = self.filler.iter().map(|filler| filler.slice(0, 0)).collect();
        let mut places = Vec::new();
        while !self.rows.is_empty() {
            places.push(0);
            self.rows.start += 1;
            self.hand_on(&none, &mut places, BATCH_ROWS_MAX, take)?;
        }
        self.hand_on(&none, &mut places, 1, take)
    }

    /// Rows by their place in the columns, where the filler is the last; if there are so many.
    fn hand_on(
        &self,
        columns: &[ArrayRef],
        places: &mut Vec<u32>,
        rows_min: u64,
        take: &mut impl FnMut(&[ArrayRef]) -> Result<()>,
    ) -> Result<()> {
        if (places.len() as u64) < rows_min {
            return Ok(());
        }
        let places = UInt32Array::from(std::mem::take(places));
        let column = |(column, filler): (&ArrayRef, &ArrayRef)| {
            let values = concat(&[column.as_ref(), filler.as_ref()])?;
            Ok(arrow::compute::take(&values, &places, None)?)
        };
        let columns = columns.iter().zip(&self.filler).map(column);
        take(&columns.collect::<Result<Vec<_>>>()?)
    }
}

/// Drops the files that nothing in the manifest names any more, and the primary index, which is written anew.
fn forget_unused(manifest: &mut Manifest) {
    let columns = manifest.columns.iter().map(|column| column.file.clone());
    let indexes = manifest.indexes.iter().map(|index| index.file.clone());
    let used: BTreeSet<String> = columns.chain(indexes).collect();
    let stays = |name: &str| used.contains(name) || name == ALIVE_ROWS;
    manifest.files.retain(|file| stays(&file.name));
}

/// Writers of the new columns.
struct SomeColumns {
    /// The columns under their stored names.
    stored: Vec<FieldRef>,
    shapes: Vec<Option<VectorShape>>,
    /// The file for those that are not vectors, and its name.
    plain_file: String,
    plain_schema: SchemaRef,
    codings: Vec<ColumnCoding>,
    /// Before the first rows: they decide how it is written.
    created: Option<CheckedFile>,
    plain: Option<ColumnsWriter>,
    vectors: Vec<Option<VectorsWriter>>,
}

impl SomeColumns {
    fn create(
        table: &MergeTree,
        folder: &TemporaryFolder,
        manifest: &Manifest,
        stored: &[FieldRef],
        shapes: &[Option<VectorShape>],
    ) -> Result<SomeColumns> {
        let directory = &**table.table().folder.directory();
        let mut vectors = Vec::with_capacity(stored.len());
        for (field, shape) in stored.iter().zip(shapes) {
            vectors.push(match shape {
                Some(shape) => {
                    let file = CheckedFile::create(directory, folder.path(), &vectors_file(field.name()))?;
                    Some(VectorsWriter::create(file, field.clone(), *shape)?)
                }
                None => None,
            });
        }
        let fields = stored.iter().zip(shapes).filter(|(_, shape)| shape.is_none());
        let plain_schema = Arc::new(Schema::new(fields.map(|(field, _)| field.clone()).collect::<Vec<_>>()));
        let plain_file = free_columns_file(manifest);
        let schema = table.table().schema();
        let coding = |field: &FieldRef| {
            let position = schema.position_of_stored(field.name());
            position.map_or(ColumnCoding::default(), |position| schema.coding(position))
        };
        let codings = plain_schema.fields().iter().map(coding).collect();
        let created = match plain_schema.fields().is_empty() {
            true => None,
            false => Some(CheckedFile::create(directory, folder.path(), &plain_file)?),
        };
        Ok(SomeColumns {
            stored: stored.to_vec(),
            shapes: shapes.to_vec(),
            plain_file,
            plain_schema,
            codings,
            plain: None,
            vectors,
            created,
        })
    }

    fn write(&mut self, columns: &[ArrayRef]) -> Result<()> {
        let mut plain = Vec::new();
        for (column, vectors) in columns.iter().zip(&mut self.vectors) {
            match vectors {
                Some(writer) => writer.write(column)?,
                None => plain.push(column.clone()),
            }
        }
        if plain.is_empty() {
            return Ok(());
        }
        let batch = RecordBatch::try_new(self.plain_schema.clone(), plain)?;
        if let Some(file) = self.created.take() {
            self.plain = Some(ColumnsWriter::create(
                file,
                self.plain_schema.clone(),
                &batch,
                &self.codings,
            )?);
        }
        self.plain
            .as_mut()
            .expect("it was created for the first rows")
            .write(&batch)
    }

    /// Ends the files and adds the columns to a manifest: in the places that they had, new ones behind all others.
    fn finish(self, manifest: &mut Manifest, before: &Manifest) -> Result<()> {
        let mut plain_sizes = Vec::new();
        if let Some(writer) = self.plain {
            let (file, sizes) = writer.finish()?;
            manifest.files.push(file);
            plain_sizes = sizes;
        }
        let mut plain_sizes = plain_sizes.into_iter();
        for ((field, shape), vectors) in self.stored.iter().zip(self.shapes).zip(self.vectors) {
            let (file, size) = match vectors {
                Some(writer) => {
                    let file = writer.finish()?;
                    let size = ColumnSize {
                        compressed: file.size,
                        uncompressed: file.size,
                    };
                    let name = file.name.clone();
                    manifest.files.push(file);
                    (name, size)
                }
                None => (self.plain_file.clone(), plain_sizes.next().expect("one for each")),
            };
            manifest.columns.push(ColumnEntry {
                name: field.name().clone(),
                data_type: field.metadata().get(TYPE_KEY).cloned().unwrap_or_default(),
                file,
                compressed: size.compressed,
                uncompressed: size.uncompressed,
                vectors: shape,
            });
        }
        let place = |entry: &ColumnEntry| before.columns.iter().position(|old| old.name == entry.name);
        manifest.columns.sort_by_key(|entry| place(entry).unwrap_or(usize::MAX));
        Ok(())
    }
}
