//! An index that is written along with a part, or for one that is there: of which kind it is, is decided here.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use arrow::array::ArrayRef;

use super::part_writer::file_stem;
use super::skip_index::SkipIndexWriter;
use super::vector_index::VectorIndexWriter;
use crate::checked_file::{CheckedFile, FileEntry};
use crate::directory::Directory;
use crate::{IndexKind, IndexSpec, Result};

/// Builds and writes one index.
pub(crate) enum IndexWriter {
    Vector(Box<VectorIndexWriter>),
    Skip(Box<SkipIndexWriter>),
}

impl IndexWriter {
    /// Starts the file of an index in the folder of a part of these granules. The part will have at most `rows_expected`
    /// rows.
    pub fn create(
        directory: &dyn Directory,
        folder: &Path,
        spec: &IndexSpec,
        index_granularity: u64,
        rows_expected: u64,
    ) -> Result<IndexWriter> {
        let file = CheckedFile::create(directory, folder, &index_file(spec))?;
        let block_rows = spec.block_rows(index_granularity);
        Ok(match &spec.kind {
            IndexKind::Vector(definition) => {
                let writer = VectorIndexWriter::create(file, &spec.name, definition, block_rows, rows_expected)?;
                Self::Vector(Box::new(writer))
            }
            IndexKind::Skip { definition, types } => {
                let writer = SkipIndexWriter::create(file, &spec.name, definition, types, block_rows)?;
                Self::Skip(Box::new(writer))
            }
        })
    }

    /// Counts the rows that are added from now on, if that takes long enough to be watched.
    pub fn count(&mut self, counter: Arc<AtomicU64>) {
        if let Self::Vector(writer) = self {
            writer.count(counter);
        }
    }

    /// Whether building it is work for more than one thread.
    pub fn is_parallel(&self) -> bool {
        matches!(self, Self::Vector(_))
    }

    /// Adds the next rows: one array per expression.
    pub fn write(&mut self, input: &[ArrayRef]) -> Result<()> {
        match self {
            Self::Vector(writer) => writer.write(&input[0]),
            Self::Skip(writer) => writer.write(input),
        }
    }

    pub fn finish(self) -> Result<FileEntry> {
        match self {
            Self::Vector(writer) => writer.finish(),
            Self::Skip(writer) => writer.finish(),
        }
    }
}

/// File of an index.
fn index_file(spec: &IndexSpec) -> String {
    let extension = match spec.kind {
        IndexKind::Vector(_) => "vidx",
        IndexKind::Skip { .. } => "skip",
    };
    format!("{}.{extension}", file_stem(&spec.name))
}
