//! Writing some columns of a part again: it is replaced by one of the same rows with new files for these columns, and links
//! to the files of all others.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::{FieldRef, Schema};

use crate::alive_rows::ALIVE_ROWS;
use crate::checked_file::CheckedFile;
use crate::manifest::{ColumnEntry, IndexEntry, Manifest};
use crate::part::StoredPart;
use crate::primary_index::{PRIMARY_INDEX, PrimaryIndex};
use crate::shape::Place;
use crate::write::{NewPart, TemporaryFolder};
use crate::{Error, MergeTree, Part, Result, UpdateJob};

/// Asked between batches; the part that is worked on then stays as it is.
type Stopped<'a> = &'a (dyn Fn() -> bool + Sync);

impl MergeTree {
    /// The part with the columns that it holds in an older type in the table's type; None if there are none.
    pub(crate) fn converted(&self, part: &Arc<Part>, threads: usize, stopped: Stopped<'_>) -> Result<Option<NewPart>> {
        let older = part.columns_at(|place| matches!(place, Place::Older(_)));
        match older.is_empty() {
            true => Ok(None),
            false => self.as_it_reads(part, &older, threads, stopped).map(Some),
        }
    }

    /// The part with a column that it lacks: its values stay what they are now. None if it has it.
    pub(crate) fn materialized(
        &self,
        part: &Arc<Part>,
        column: &str,
        threads: usize,
        stopped: Stopped<'_>,
    ) -> Result<Option<NewPart>> {
        match part.column_size(column) {
            Some(_) => Ok(None),
            None => self.as_it_reads(part, &[column.to_owned()], threads, stopped).map(Some),
        }
    }

    /// The part without a column, so that it gives its default, and without indexes over it. None if it lacks it anyway.
    pub(crate) fn cleared(&self, part: &Arc<Part>, column: &str) -> Result<Option<NewPart>> {
        if part.column_size(column).is_none() {
            return Ok(None);
        }
        let mut manifest = self.without_indexes(part, &[column.to_owned()]);
        let stored = self.stored_field(column)?;
        manifest.columns.retain(|entry| entry.name != *stored.name());
        if manifest.columns.is_empty() {
            let message = format!("part {} has no other column than {column}", part.name());
            return Err(Error::Invalid(message));
        }
        forget_unused(&mut manifest);
        let folder = self.folder_like(part, &manifest)?;
        self.write_primary_of(part, &folder, &mut manifest, &[])?;
        self.finish(part, folder, manifest).map(Some)
    }

    fn as_it_reads(
        &self,
        part: &Arc<Part>,
        columns: &[String],
        threads: usize,
        stopped: Stopped<'_>,
    ) -> Result<NewPart> {
        let update = UpdateJob {
            columns,
            reads: columns,
            change: &|batch| Ok(batch.clone()),
            threads,
            stopped,
        };
        self.updated(part, &update)
    }

    pub(crate) fn stored_field(&self, column: &str) -> Result<FieldRef> {
        let position = self.table().shape.position(column);
        let position = position.ok_or_else(|| Error::Invalid(format!("there is no column {column}")))?;
        Ok(self.table().schema().stored().fields()[position].clone())
    }

    /// Positions of the table's indexes that the part has and that depend on columns.
    pub(crate) fn dependent_indexes(&self, part: &Part, columns: &[String]) -> Vec<usize> {
        let table = self.table();
        let depends = |position: &usize| {
            let spec = &table.indexes[*position];
            let sources = table.evaluator().index_columns(*position);
            part.has_index(&spec.name, &spec.built_for) && sources.iter().any(|source| columns.contains(source))
        };
        (0..table.indexes.len()).filter(depends).collect()
    }

    /// What the part consists of but for indexes that depend on columns, or that are not the table's: nobody knows what
    /// those depend on.
    pub(crate) fn without_indexes(&self, part: &Part, columns: &[String]) -> Manifest {
        let table = self.table();
        let dependent = self.dependent_indexes(part, columns);
        let stays = |index: &IndexEntry| {
            let mut specs = table.indexes.iter().enumerate();
            let spec = specs.find(|(_, spec)| spec.name == index.name && spec.built_for == index.built_for);
            spec.is_some_and(|(position, _)| !dependent.contains(&position))
        };
        let mut manifest = part.manifest().clone();
        manifest.indexes.retain(stays);
        manifest
    }

    /// Writes the part's primary index for the columns that it has now; `new` are those that were written.
    pub(crate) fn write_primary_of(
        &self,
        part: &StoredPart,
        folder: &TemporaryFolder,
        manifest: &mut Manifest,
        new: &[FieldRef],
    ) -> Result<()> {
        let old = part.primary();
        let field = |entry: &ColumnEntry| {
            let mut fields = new.iter().chain(old.schema.fields());
            let field = fields.find(|field| *field.name() == entry.name);
            field.expect("each column was there or was written").clone()
        };
        let fields: Vec<FieldRef> = manifest.columns.iter().map(field).collect();
        let primary = PrimaryIndex {
            schema: Arc::new(Schema::new(fields)),
            ..old.clone()
        };
        let directory = self.table().folder.directory();
        let mut file = CheckedFile::create(&**directory, folder.path(), PRIMARY_INDEX)?;
        file.append(&primary.to_bytes()?)?;
        manifest.files.push(file.finish()?);
        Ok(())
    }
}

/// Drops the files that nothing in the manifest names any more, and the primary index, which is written anew.
pub(crate) fn forget_unused(manifest: &mut Manifest) {
    let columns = manifest.columns.iter().map(|column| column.file.clone());
    let indexes = manifest.indexes.iter().map(|index| index.file.clone());
    let used: BTreeSet<String> = columns.chain(indexes).collect();
    let stays = |name: &str| used.contains(name) || name == ALIVE_ROWS;
    manifest.files.retain(|file| stays(&file.name));
}
