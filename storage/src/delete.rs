//! Deleting rows: a part is replaced by one of the same files and a list of the rows that are left.

use std::sync::Arc;

use gristmill_index::RowSet;

use crate::alive_rows::{ALIVE_ROWS, AliveRows};
use crate::checked_file::CheckedFile;
use crate::write::NewPart;
use crate::{MergeTree, Part, Result};

/// Rows of a part that are to go.
pub(crate) struct Doomed {
    /// The part, out of the set that was looked at.
    pub part: Arc<Part>,
    /// Its rows, those that are gone already included or not.
    pub rows: RowSet,
}

impl MergeTree {
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
