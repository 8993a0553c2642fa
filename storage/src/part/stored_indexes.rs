//! The indexes of a part, mapped and opened when they are asked for.

use std::ops::Range;

use bytes::Bytes;
use gristmill_index::skip::{SkipDefinition, SkipIndex};

use super::StoredPart;
use super::mapped_file::{Verify, once};
use crate::vector_index_file::sub_indexes;
use crate::{Error, Result};

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

impl StoredPart {
    /// Whether the part holds the index of that name, built for that (see [`IndexSpec`](crate::IndexSpec)).
    pub fn has_index(&self, name: &str, built_for: &str) -> bool {
        self.manifest.index(name, built_for).is_some()
    }

    /// Whether the part holds the same index as another one, rather than one of its own.
    pub fn shares_index(&self, other: &StoredPart, name: &str, built_for: &str) -> bool {
        let file = |part: &StoredPart| {
            let index = part.manifest.index(name, built_for)?;
            let entry = &part.files[&index.file].entry;
            Some((entry.size, entry.xxh3))
        };
        file(self).is_some_and(|own| file(other) == Some(own))
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

    /// The sub-indexes of an index in row order, mapped anew, so that the memory they take goes with them: row range and bytes. `None` if the part does not
    /// [have](StoredPart::has_index) it.
    pub fn vector_index(&self, name: &str, built_for: &str) -> Result<Option<Vec<SubIndexBytes>>> {
        let Some(index) = self.manifest.index(name, built_for) else {
            return Ok(None);
        };
        let (file, part) = (&self.files[&index.file], self.name.to_string());
        let bytes = file.map(&**self.table.directory(), self.path(), &part, Verify::SizeOnly)?;
        sub_indexes(&bytes, &self.name.to_string(), &index.file, self.rows()).map(Some)
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
}
