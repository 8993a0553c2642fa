//! Files of columns that a part gets beside those that it has.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{FieldRef, Schema, SchemaRef};

use crate::checked_file::CheckedFile;
use crate::coding::ColumnCoding;
use crate::manifest::{ColumnEntry, Manifest, VectorShape};
use crate::part::ColumnSize;
use crate::write::{ColumnsWriter, TemporaryFolder, VectorsWriter, free_columns_file, vectors_file};
use crate::{MergeTree, Result, TYPE_KEY};

/// Writers of the new columns.
pub(crate) struct SomeColumns {
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
    pub fn create(
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

    pub fn write(&mut self, columns: &[ArrayRef]) -> Result<()> {
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
    pub fn finish(self, manifest: &mut Manifest, before: &Manifest) -> Result<()> {
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
