//! A skip index of a part: its bytes are the index crate's. FORMAT.md, section 12.

use arrow::array::ArrayRef;
use arrow::datatypes::DataType;
use gristmill_index::skip::{SkipDefinition, SkipIndexBuilder};

use crate::checked_file::{CheckedFile, FileEntry};
use crate::{Error, Result};

/// Builds and writes one index; holds a few blocks in memory.
pub(crate) struct SkipIndexWriter {
    file: CheckedFile,
    name: String,
    builder: SkipIndexBuilder,
}

impl SkipIndexWriter {
    pub fn create(
        file: CheckedFile,
        name: &str,
        definition: &SkipDefinition,
        types: &[DataType],
        block_rows: u64,
    ) -> Result<SkipIndexWriter> {
        let builder = SkipIndexBuilder::new(definition, types, block_rows).map_err(|source| failed(name, source))?;
        Ok(SkipIndexWriter {
            file,
            name: name.to_owned(),
            builder,
        })
    }

    /// Adds the next rows: one array per expression.
    pub fn write(&mut self, input: &[ArrayRef]) -> Result<()> {
        let added = self.builder.add(input);
        added.map_err(|source| failed(&self.name, source))?;
        let ready = self.builder.ready();
        self.file.append(&ready)
    }

    pub fn finish(mut self) -> Result<FileEntry> {
        let rest = self.builder.finish().map_err(|source| failed(&self.name, source))?;
        self.file.append(&rest)?;
        self.file.finish()
    }
}

fn failed(index: &str, source: gristmill_index::Error) -> Error {
    Error::Index {
        index: index.to_owned(),
        source,
    }
}
