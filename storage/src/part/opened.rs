//! [`StoredPart`]: what lies in a part's folder. Metadata in memory, files mapped when they are first needed.
//!
//! Columns go by their position in the part here; [`Part`](super::Part) knows what the table calls them.

use std::any::Any;
use std::collections::{BTreeMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arrow::array::{ArrayRef, BooleanArray};
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use gristmill_index::RowSet;
use parking_lot::Mutex;

use super::mapped_file::{MappedFile, Verify};
use super::page_cache::PageKey;
use crate::alive_rows::{ALIVE_ROWS, AliveRows};
use crate::manifest::{ColumnEntry, MANIFEST, Manifest};
use crate::primary_index::{GranuleBounds, PRIMARY_INDEX, PrimaryIndex, granule_bounds};
use crate::table::TableFolder;
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

/// A part as it is on disk: immutable, whatever becomes of the table's columns.
#[derive(Debug)]
pub struct StoredPart {
    pub(super) table: Arc<TableFolder>,
    pub(super) name: PartName,
    path: PathBuf,
    uid: u64,
    pub(super) manifest: Manifest,
    manifest_bytes: u64,
    primary: PrimaryIndex,
    bounds: Vec<GranuleBounds>,
    alive: Option<AliveRows>,
    pub(super) files: BTreeMap<String, MappedFile>,
    /// What the page cache was given.
    pub(super) cached_pages: Mutex<HashSet<PageKey>>,
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

    /// A file of the part, mapped and verified as far as that is asked for.
    pub(super) fn file_bytes(&self, file: &str, verify: Verify) -> Result<&Bytes> {
        let part = self.name.to_string();
        self.files[file].bytes(&**self.table.directory(), &self.path, &part, verify)
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
