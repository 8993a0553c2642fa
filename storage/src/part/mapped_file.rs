//! A file of a part, mapped and verified when it is first needed.

use std::path::Path;
use std::sync::OnceLock;

use bytes::Bytes;
use gristmill_index::skip::SkipIndex;
use xxhash_rust::xxh3::xxh3_64;

use super::columns_file::ColumnsFile;
use super::vector_column::VectorColumn;
use crate::checked_file::FileEntry;
use crate::directory::Directory;
use crate::{Error, Result};

/// Whether all bytes of a file are hashed when it is first used.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verify {
    Whole,
    /// The file's sections carry checksums of their own, checked where they are used.
    SizeOnly,
}

/// A file, and what was made of it so far.
#[derive(Debug)]
pub(crate) struct MappedFile {
    pub entry: FileEntry,
    bytes: OnceLock<Bytes>,
    pub columns: OnceLock<ColumnsFile>,
    pub vectors: OnceLock<VectorColumn>,
    pub skip_index: OnceLock<SkipIndex>,
}

impl MappedFile {
    pub fn new(entry: FileEntry) -> MappedFile {
        MappedFile {
            entry,
            bytes: OnceLock::new(),
            columns: OnceLock::new(),
            vectors: OnceLock::new(),
            skip_index: OnceLock::new(),
        }
    }

    /// The file's bytes. A failure is not remembered: the next call tries again.
    pub fn bytes(&self, directory: &dyn Directory, folder: &Path, part: &str, verify: Verify) -> Result<&Bytes> {
        once(&self.bytes, || self.map(directory, folder, part, verify))
    }

    /// Maps the file anew, for a check of what is on disk now.
    pub fn map(&self, directory: &dyn Directory, folder: &Path, part: &str, verify: Verify) -> Result<Bytes> {
        let name = &self.entry.name;
        let path = folder.join(name);
        let bytes = match directory.map(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Error::corrupt(part, format!("{name} is missing")));
            }
            Err(error) => return Err(Error::io("map", &path, error)),
        };
        if bytes.len() as u64 != self.entry.size {
            let why = format!("{name} has {} bytes, not {}", bytes.len(), self.entry.size);
            return Err(Error::corrupt(part, why));
        }
        if verify == Verify::Whole && xxh3_64(&bytes) != self.entry.xxh3 {
            return Err(Error::corrupt(part, format!("{name}: checksum mismatch")));
        }
        Ok(bytes)
    }
}

/// The value of a cell that is filled once; two threads may both compute it, one value stays.
pub(crate) fn once<T>(cell: &OnceLock<T>, compute: impl FnOnce() -> Result<T>) -> Result<&T> {
    if let Some(value) = cell.get() {
        return Ok(value);
    }
    let value = compute()?;
    Ok(cell.get_or_init(|| value))
}
