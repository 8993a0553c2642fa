//! Deleting rows: a part is replaced by one of the same files and a list of the rows that are left.

use std::sync::Arc;
use std::time::{Duration, Instant};

use gristmill_index::RowSet;

use crate::alive_rows::{ALIVE_ROWS, AliveRows};
use crate::checked_file::CheckedFile;
use crate::write::NewPart;
use crate::{BoxError, Change, Error, MergeTree, Part, PartName, PartSet, Replaced, Result};

/// How often it is looked whether jobs have let go of parts, and how long before the rows are looked for again: that is
/// where a caller stops a deletion.
const PAUSE: Duration = Duration::from_millis(5);
const WAIT_MAX: Duration = Duration::from_secs(1);

/// Rows of a part that are to go.
pub struct Doomed {
    /// The part, out of the set that was looked at.
    pub part: Arc<Part>,
    /// Its rows, those that are gone already included or not.
    pub rows: RowSet,
}

impl MergeTree {
    /// Deletes rows of all parts at once: all of them or, after a crash, none. Durable and visible when it returns;
    /// returns how many rows went.
    ///
    /// `find` looks at a set of parts. It is asked again if a merge was faster, so it is also where a caller stops this.
    pub fn delete(
        &self,
        find: impl Fn(&PartSet) -> std::result::Result<Vec<Doomed>, BoxError>,
        replaced: Replaced<'_>,
    ) -> Result<u64> {
        loop {
            let begun = Instant::now();
            let mut doomed = find(&self.snapshot()).map_err(Error::Evaluate)?;
            doomed.retain(|doomed| doomed.count() > 0);
            if doomed.is_empty() {
                return Ok(0);
            }
            let names: Vec<PartName> = doomed.iter().map(|doomed| doomed.part.name().clone()).collect();
            let done = self.reserve(&names).and_then(|_reserved| {
                let mut change = Change {
                    add: Vec::new(),
                    remove: names.clone(),
                };
                for doomed in &doomed {
                    change.add.extend(self.without_rows(doomed)?);
                }
                self.commit(change)
            });
            match done {
                Ok(added) => {
                    for part in doomed.iter().map(|doomed| &doomed.part) {
                        let instead = added.iter().find(|new| new.name().covers(part.name()));
                        replaced(part, instead.map(|part| &**part), begun.elapsed());
                    }
                    return Ok(doomed.iter().map(Doomed::count).sum());
                }
                Err(Error::PartGone(_)) => self.wait_for(&names),
                Err(error) => return Err(error),
            }
        }
    }

    /// Waits until no job has one of the parts, but not for ever.
    pub(crate) fn wait_for(&self, names: &[PartName]) {
        let begun = Instant::now();
        loop {
            std::thread::sleep(PAUSE);
            if begun.elapsed() > WAIT_MAX || !names.iter().any(|name| self.is_busy(name)) {
                return;
            }
        }
    }

    /// The part without the rows; None if no row is left.
    pub(crate) fn without_rows(&self, doomed: &Doomed) -> Result<Option<NewPart>> {
        let part = &doomed.part;
        let mut left = doomed.left();
        if let Some(alive) = part.alive_set() {
            left.and(alive);
        }
        if left.count() == 0 {
            return Ok(None);
        }
        let mut manifest = part.manifest().clone();
        manifest.files.retain(|file| file.name != ALIVE_ROWS);
        let folder = self.folder_like(part, &manifest)?;
        let directory = &**self.table().folder.directory();
        let mut file = CheckedFile::create(directory, folder.path(), ALIVE_ROWS)?;
        file.append(&AliveRows::to_bytes(&left))?;
        manifest.files.push(file.finish()?);
        manifest.alive = Some(u64::from(left.count()));
        self.finish(part, folder, manifest).map(Some)
    }
}

impl Doomed {
    /// The rows that are not to go.
    fn left(&self) -> RowSet {
        let mut left = RowSet::full(self.rows.rows());
        left.subtract(&self.rows);
        left
    }

    /// How many rows go that are not gone yet.
    pub(crate) fn count(&self) -> u64 {
        let mut rows = self.rows.clone();
        if let Some(alive) = self.part.alive_set() {
            rows.and(alive);
        }
        rows.count().into()
    }
}
