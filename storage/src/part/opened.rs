//! [`StoredPart`]: what lies in a part's folder. Metadata in memory, files mapped when they are first needed.
//!
//! Columns go by their position in the part here; [`Part`](super::Part) knows what the table calls them.

use std::any::Any;
use std::collections::{BTreeMap, HashSet};
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use gristmill_index::RowSet;
use gristmill_index::skip::{SkipDefinition, SkipIndex};
use parking_lot::Mutex;

use super::columns_file::ColumnsFile;
use super::mapped_file::{MappedFile, Verify, once};
use super::page_cache::PageKey;
use super::reader::{Source, StoredReader, project};
use super::scattered::SCATTERED_ROWS_MAX;
use super::vector_column::VectorColumn;
use crate::alive_rows::{ALIVE_ROWS, AliveRows};
use crate::manifest::{ColumnEntry, MANIFEST, Manifest};
use crate::primary_index::{GranuleBounds, PRIMARY_INDEX, PrimaryIndex, granule_bounds};
use crate::table::TableFolder;
use crate::vector_index_file::sub_indexes;
use crate::{Error, PartName, Result, RowRanges};

/// Prefix of folders that are on their way out.
pub(crate) const DELETE_PREFIX: &str = "delete_";

/// Sizes of one column in the part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ColumnSize {
    /// Bytes on disk.
    pub compressed: u64,
    /// Bytes of the values in memory, before they were encoded and compressed.
    pub uncompressed: u64,
}

/// An index that a part holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartIndex<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it was built for, see [`IndexSpec`](crate::IndexSpec).
    pub built_for: &'a str,
    /// Bytes on disk.
    pub bytes: u64,
}

/// A sub-index: the rows it covers and its bytes, mapped.
pub type SubIndexBytes = (Range<u64>, Bytes);

/// A part as it is on disk: immutable, whatever becomes of the table's columns.
#[derive(Debug)]
pub struct StoredPart {
    table: Arc<TableFolder>,
    name: PartName,
    path: PathBuf,
    uid: u64,
    manifest: Manifest,
    manifest_bytes: u64,
    primary: PrimaryIndex,
    bounds: Vec<GranuleBounds>,
    alive: Option<AliveRows>,
    files: BTreeMap<String, MappedFile>,
    /// What the page cache was given.
    cached_pages: Mutex<HashSet<PageKey>>,
    /// Set once the part left the table: its files go with the last snapshot that holds it.
    removed: AtomicBool,
    companion: OnceLock<Box<dyn Any + Send + Sync>>,
}

impl StoredPart {
    /// Opens the part in a folder of the table: manifest and primary index are read and verified, of the other
    /// files only the sizes.
    pub(crate) fn open(table: Arc<TableFolder>, folder: &str, name: PartName) -> Result<StoredPart> {
        static NEXT_UID: AtomicU64 = AtomicU64::new(1);
        let path = table.path().join(folder);
        let manifest_path = path.join(MANIFEST);
        let (manifest, manifest_bytes) = match table.directory().map(&manifest_path) {
            Ok(bytes) => (Manifest::parse(&bytes, folder)?, bytes.len() as u64),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Error::corrupt(folder, format!("{MANIFEST} is missing")));
            }
            Err(error) => return Err(Error::io("map", &manifest_path, error)),
        };
        let files: BTreeMap<String, MappedFile> = manifest
            .files
            .iter()
            .map(|entry| (entry.name.clone(), MappedFile::new(entry.clone())))
            .collect();
        check_sizes(&table, &path, folder, &manifest)?;
        let primary_file = files
            .get(PRIMARY_INDEX)
            .ok_or_else(|| Error::corrupt(folder, "no primary index"))?;
        let bytes = primary_file.map(&**table.directory(), &path, folder, Verify::Whole)?;
        let marks = manifest.rows.div_ceil(manifest.index_granularity);
        let primary = PrimaryIndex::parse(&bytes, folder, marks)?;
        check_columns(&manifest, &primary, folder)?;
        let bounds = granule_bounds(&primary.keys)?;
        let alive = match manifest.alive {
            Some(count) => {
                let file = files.get(ALIVE_ROWS);
                let file = file.ok_or_else(|| Error::corrupt(folder, format!("no {ALIVE_ROWS}")))?;
                let bytes = file.map(&**table.directory(), &path, folder, Verify::Whole)?;
                let alive = AliveRows::parse(&bytes, folder, manifest.rows)?;
                if alive.ranges.count() != count {
                    return Err(Error::corrupt(
                        folder,
                        format!("{ALIVE_ROWS} does not fit the manifest"),
                    ));
                }
                Some(alive)
            }
            None => None,
        };
        let uid = NEXT_UID.fetch_add(1, Ordering::Relaxed);
        Ok(StoredPart {
            table,
            name,
            path,
            uid,
            manifest,
            manifest_bytes,
            primary,
            bounds,
            alive,
            files,
            cached_pages: Mutex::default(),
            removed: AtomicBool::new(false),
            companion: OnceLock::new(),
        })
    }

    /// What is kept of it in memory.
    pub(crate) fn primary(&self) -> &PrimaryIndex {
        &self.primary
    }

    /// What the part consists of.
    pub(crate) fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Gives the part the name that its folder just got.
    pub(crate) fn set_name(&mut self, name: PartName) {
        self.path = self.table.path().join(name.to_string());
        self.name = name;
    }

    /// The part is no longer of the table.
    pub(crate) fn set_removed(&self) {
        self.removed.store(true, Ordering::Release);
    }

    /// Name of the part and its folder.
    pub fn name(&self) -> &PartName {
        &self.name
    }

    /// Unique in this process, never reused: the key for caches.
    pub fn uid(&self) -> u64 {
        self.uid
    }

    /// Keeps a value until the part is dropped, with its last reader: what others know of the part can go with it. Only
    /// the first call makes one.
    pub fn accompany<T: Any + Send + Sync>(&self, make: impl FnOnce() -> T) {
        self.companion.get_or_init(|| Box::new(make()));
    }

    /// Rows, those that were deleted included: row numbers are below this.
    pub fn rows(&self) -> u64 {
        self.manifest.rows
    }

    /// The rows that were not deleted.
    pub fn alive(&self) -> RowRanges {
        match &self.alive {
            Some(alive) => alive.ranges.clone(),
            None => RowRanges::all(self.rows()),
        }
    }

    /// The same as a set; None if no row was deleted.
    pub fn alive_set(&self) -> Option<&RowSet> {
        self.alive.as_ref().map(|alive| &alive.set)
    }

    /// How many rows were not deleted: at least one.
    pub fn rows_alive(&self) -> u64 {
        self.manifest.alive.unwrap_or(self.manifest.rows)
    }

    /// Granules.
    pub fn marks(&self) -> u64 {
        self.manifest.rows.div_ceil(self.manifest.index_granularity)
    }

    /// Rows of a granule.
    pub fn index_granularity(&self) -> u64 {
        self.manifest.index_granularity
    }

    /// Whether it is known that no two rows have the same sorting key.
    pub(crate) fn has_unique_keys(&self) -> bool {
        self.manifest.unique_keys
    }

    /// Bytes of all files.
    pub fn bytes_on_disk(&self) -> u64 {
        self.manifest_bytes + self.manifest.files.iter().map(|file| file.size).sum::<u64>()
    }

    /// Bytes of all columns on disk, those included that the table has no longer.
    pub fn bytes_compressed(&self) -> u64 {
        self.manifest.columns.iter().map(|column| column.compressed).sum()
    }

    /// Bytes of all columns as they are encoded, before compression.
    pub fn bytes_uncompressed(&self) -> u64 {
        self.manifest.columns.iter().map(|column| column.uncompressed).sum()
    }

    /// When the part was written.
    pub fn modification_time(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.manifest.created)
    }

    /// Where its files lie.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The columns that the part holds, under the names that they are stored by.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.primary.schema
    }

    /// Sizes of the column at this position.
    pub(crate) fn size_of(&self, column: usize) -> ColumnSize {
        let ColumnEntry {
            compressed,
            uncompressed,
            ..
        } = self.manifest.columns[column];
        ColumnSize {
            compressed,
            uncompressed,
        }
    }

    /// Value of each partition expression: arrays of one row.
    pub fn partition_values(&self) -> &[ArrayRef] {
        &self.primary.partition
    }

    /// Minimum and maximum (an array of two rows, NULL if there is no value) of a source column of the partition key.
    pub fn partition_min_max(&self, column: &str) -> Option<&ArrayRef> {
        self.primary
            .min_max
            .iter()
            .find(|(name, _)| name == column)
            .map(|(_, range)| range)
    }

    /// Primary key values at the first row of each granule, then of the last row: one array of `marks + 1` per key column.
    pub fn primary_index(&self) -> &[ArrayRef] {
        &self.primary.keys
    }

    /// Per primary key column the bounds of each granule, for pruning.
    pub fn granule_bounds(&self) -> &[GranuleBounds] {
        &self.bounds
    }

    /// Rows of the chosen granules.
    pub fn granule_rows(&self, chosen: &BooleanArray) -> RowRanges {
        RowRanges::from_granules(chosen, self.index_granularity(), self.rows())
    }

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

    /// Whether the part holds the index of that name, built for that (see [`IndexSpec`](crate::IndexSpec)).
    pub fn has_index(&self, name: &str, built_for: &str) -> bool {
        self.manifest.index(name, built_for).is_some()
    }

    /// The indexes in the part, also those that the table does not have, or not so.
    pub fn indexes(&self) -> Vec<PartIndex<'_>> {
        let indexes = self.manifest.indexes.iter().map(|index| PartIndex {
            name: &index.name,
            built_for: &index.built_for,
            bytes: self.files[&index.file].entry.size,
        });
        indexes.collect()
    }

    /// The sub-indexes of an index in row order, mapped: row range and bytes. `None` if the part does not
    /// [have](StoredPart::has_index) it.
    pub fn vector_index(&self, name: &str, built_for: &str) -> Result<Option<Vec<SubIndexBytes>>> {
        let Some(index) = self.manifest.index(name, built_for) else {
            return Ok(None);
        };
        let bytes = self.file_bytes(&index.file, Verify::SizeOnly)?;
        sub_indexes(bytes, &self.name.to_string(), &index.file, self.rows()).map(Some)
    }

    /// A skip index, opened. `None` if the part does not [have](StoredPart::has_index) it.
    pub fn skip_index(
        &self,
        name: &str,
        built_for: &str,
        definition: &SkipDefinition,
        granularity: u64,
    ) -> Result<Option<&SkipIndex>> {
        let Some(index) = self.manifest.index(name, built_for) else {
            return Ok(None);
        };
        let open = || {
            let corrupt = |why: String| Error::corrupt(&self.name, format!("{}: {why}", index.file));
            let bytes = self.file_bytes(&index.file, Verify::Whole)?.clone();
            let block_rows = granularity.saturating_mul(self.index_granularity()).max(1);
            let opened = SkipIndex::open(definition, block_rows, bytes).map_err(|error| match error {
                gristmill_index::Error::UnknownVersion { found, supported } => Error::UnknownVersion {
                    what: format!("{} of {}", index.file, self.name),
                    found,
                    supported,
                },
                other => corrupt(other.to_string()),
            })?;
            match opened.blocks() as u64 == self.rows().div_ceil(block_rows) {
                true => Ok(opened),
                false => Err(corrupt("does not cover the rows of the part".into())),
            }
        };
        once(&self.files[&index.file].skip_index, open).map(Some)
    }

    /// Verifies the checksum of every file as it is on disk now.
    pub fn check(&self) -> Result<()> {
        let part = self.name.to_string();
        let manifest_path = self.path.join(MANIFEST);
        let manifest = self
            .table
            .directory()
            .map(&manifest_path)
            .map_err(|error| Error::io("map", &manifest_path, error))?;
        Manifest::parse(&manifest, &part)?;
        for file in self.files.values() {
            file.map(&**self.table.directory(), &self.path, &part, Verify::Whole)?;
        }
        Ok(())
    }

    fn file_bytes(&self, file: &str, verify: Verify) -> Result<&Bytes> {
        let part = self.name.to_string();
        self.files[file].bytes(&**self.table.directory(), &self.path, &part, verify)
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

impl Drop for StoredPart {
    fn drop(&mut self) {
        for key in std::mem::take(self.cached_pages.get_mut()) {
            self.table.page_cache().remove(&key);
        }
        if !self.removed.load(Ordering::Acquire) || self.table.is_dropped() {
            return; // still of the table, or gone with the whole table
        }
        // Renamed first: a half-removed folder under the part's own name would be taken for a broken part.
        let doomed = self.table.path().join(format!("{DELETE_PREFIX}{}", self.name));
        let directory = self.table.directory();
        if let Err(error) = directory
            .rename(&self.path, &doomed)
            .and_then(|()| directory.remove_dir(&doomed))
        {
            tracing::warn!(
                "cannot remove part {}: {error}; it will be removed at the next start",
                self.name
            );
        }
    }
}

/// Missing and truncated files are found at once, without reading them.
fn check_sizes(table: &TableFolder, path: &Path, part: &str, manifest: &Manifest) -> Result<()> {
    for file in &manifest.files {
        let name = &file.name;
        match table.directory().file_size(&path.join(name)) {
            Ok(size) if size == file.size => {}
            Ok(size) => {
                return Err(Error::corrupt(
                    part,
                    format!("{name} has {size} bytes, not {}", file.size),
                ));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Error::corrupt(part, format!("{name} is missing")));
            }
            Err(error) => return Err(Error::io("read", &path.join(name), error)),
        }
    }
    Ok(())
}

/// Manifest and schema must speak of the same columns.
fn check_columns(manifest: &Manifest, primary: &PrimaryIndex, part: &str) -> Result<()> {
    let listed = manifest.columns.iter().map(|column| &column.name);
    if !listed.eq(primary.schema.fields().iter().map(|field| field.name())) {
        return Err(Error::corrupt(
            part,
            format!("{MANIFEST} and {PRIMARY_INDEX} list different columns"),
        ));
    }
    let row_bytes = manifest
        .columns
        .iter()
        .filter_map(|column| column.vectors)
        .map(|shape| shape.row_bytes());
    if row_bytes.clone().any(|bytes| bytes == 0) {
        return Err(Error::corrupt(
            part,
            format!("{MANIFEST}: a vector column without numbers"),
        ));
    }
    Ok(())
}
