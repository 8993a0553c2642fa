//! Indexes that come and go without the rows: a part is replaced by one of the same files and other indexes.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use crate::checked_file::CheckedFile;
use crate::manifest::{IndexEntry, MANIFEST, Manifest};
use crate::part::StoredPart;
use crate::thread_pools;
use crate::write::{IndexWriter, NewPart, Target, TemporaryFolder};
use crate::{BoxError, Error, MergeTree, Part, PartName, Result, RowRanges};

/// Rows that are read and added to an index at a time.
const BATCH_ROWS: usize = 8192;

/// Told of a part that was replaced, of the one in its place (none if no row was left), and how long that took.
pub type Replaced<'a> = &'a (dyn Fn(&Part, Option<&Part>, Duration) + Sync);

/// How an index is built in parts that are there.
pub struct IndexJob<'a> {
    /// The columns that the index's expression reads.
    pub columns: &'a [&'a str],
    /// Threads; 0 = as many as the machine has.
    pub threads: usize,
    /// Called when a part begins, which it may refuse: counts its rows as they are added.
    pub watch: &'a (dyn Fn(&Part) -> std::result::Result<Arc<AtomicU64>, BoxError> + Sync),
    /// Asked between batches; the part that is worked on then stays as it is.
    pub stopped: &'a (dyn Fn() -> bool + Sync),
}

impl<'a> IndexJob<'a> {
    /// A job that nobody watches or stops.
    pub fn new(columns: &'a [&'a str], threads: usize) -> IndexJob<'a> {
        IndexJob {
            columns,
            threads,
            watch: &|_| Ok(Arc::default()),
            stopped: &|| false,
        }
    }
}

impl MergeTree {
    /// The part without an index.
    pub(crate) fn without_index(&self, part: &Part, name: &str) -> Result<NewPart> {
        let manifest = without_index(part.manifest(), name);
        let folder = self.folder_like(part, &manifest)?;
        self.finish(part, folder, manifest)
    }

    pub(crate) fn with_index(&self, part: &Arc<Part>, position: usize, job: &IndexJob<'_>) -> Result<NewPart> {
        self.index_into(part, part, position, job)
    }

    /// The part with an index over the rows of `source`: the part itself, or what is to take its place.
    pub(crate) fn index_into(
        &self,
        source: &Part,
        part: &Arc<Part>,
        position: usize,
        job: &IndexJob<'_>,
    ) -> Result<NewPart> {
        let table = self.table();
        let spec = &table.indexes[position];
        let counter = (job.watch)(part).map_err(Error::Evaluate)?;
        let mut manifest = without_index(source.manifest(), &spec.name);
        let folder = self.folder_from(source, part.name(), &manifest)?;
        let directory = &**table.folder.directory();
        let granularity = source.index_granularity();
        let mut writer = IndexWriter::create(directory, folder.path(), spec, granularity, source.rows())?;
        writer.count(counter);
        for batch in source.read(job.columns, &RowRanges::all(source.rows()), BATCH_ROWS)? {
            if (job.stopped)() {
                return Err(Error::Stopped);
            }
            let input = table
                .evaluator()
                .index_input(position, &batch?)
                .map_err(Error::Evaluate)?;
            self.check_active(std::slice::from_ref(part))?;
            // Only for a batch: inserts wait for the same threads, and a build may take hours.
            match writer.is_parallel() {
                true => thread_pools::build(job.threads, || writer.write(&input))?,
                false => writer.write(&input)?,
            }
        }
        let file = writer.finish()?;
        manifest.indexes.push(IndexEntry {
            name: spec.name.clone(),
            built_for: spec.built_for.clone(),
            file: file.name.clone(),
        });
        manifest.files.push(file);
        self.finish(part, folder, manifest)
    }

    /// A temporary folder with the files that a manifest lists, out of the part.
    pub(crate) fn folder_like(&self, part: &Part, manifest: &Manifest) -> Result<TemporaryFolder> {
        self.folder_from(part, part.name(), manifest)
    }

    /// The same for what is to take the place of the part of a name.
    fn folder_from(&self, part: &Part, name: &PartName, manifest: &Manifest) -> Result<TemporaryFolder> {
        let table = self.table();
        let name = format!("tmp_mutate_{name}_{}", self.next_folder());
        let folder = TemporaryFolder::create(table.folder.directory().clone(), table.folder.path().join(name))?;
        for file in &manifest.files {
            let (from, to) = (part.path().join(&file.name), folder.path().join(&file.name));
            let linked = table.folder.directory().link(&from, &to);
            linked.map_err(|error| Error::io("link", &from, error))?;
        }
        Ok(folder)
    }

    pub(crate) fn finish(&self, part: &Part, folder: TemporaryFolder, manifest: Manifest) -> Result<NewPart> {
        let table = self.table();
        let directory = &**table.folder.directory();
        let mut file = CheckedFile::create(directory, folder.path(), MANIFEST)?;
        file.append(&manifest.to_bytes())?;
        file.finish()?;
        let synced = directory.sync_dir(folder.path());
        synced.map_err(|error| Error::io("sync", folder.path(), error))?;
        let name = folder.path().file_name().expect("the folder was given a name");
        let name = name.to_string_lossy().into_owned();
        Ok(NewPart {
            part: StoredPart::open(table.folder.clone(), &name, PartName::inserted(name.clone(), 0))?,
            folder,
            target: Target::Named(part.name().clone()),
        })
    }
}

/// What the part consists of but for indexes of that name.
fn without_index(manifest: &Manifest, name: &str) -> Manifest {
    let mut manifest = manifest.clone();
    let removed: Vec<IndexEntry> = manifest.indexes.extract_if(.., |index| index.name == name).collect();
    manifest
        .files
        .retain(|file| removed.iter().all(|index| index.file != file.name));
    manifest
}
