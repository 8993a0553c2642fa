//! Changing rows: a part is written again with other values in some columns. Keys stay, so rows stay where they are.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::RecordBatch;

use crate::merge::{Inputs, Memory, Sorted};
use crate::table::vector_element;
use crate::thread_pools;
use crate::write::{NewPart, PartLayout, PartWriter, Target, VectorLengths};
use crate::{BoxError, Change, Error, MergeTree, Part, PartName, PartSet, Replaced, Result};

/// How rows are changed.
pub struct UpdateJob<'a> {
    /// Columns whose values may change; none that a key is made of.
    pub columns: &'a [String],
    /// The rows of a batch with their new values: the same columns and as many rows.
    pub change: &'a (dyn Fn(&RecordBatch) -> std::result::Result<RecordBatch, BoxError> + Sync),
    /// Threads that build indexes; 0 = as many as the machine has.
    pub threads: usize,
    /// Asked between batches; nothing is changed then.
    pub stopped: &'a (dyn Fn() -> bool + Sync),
}

impl MergeTree {
    /// Changes rows of all parts that `find` names, at once: all of them or, after a crash, none. Durable and visible
    /// when it returns. Rows that were deleted are left out; indexes that the parts have are built again.
    ///
    /// `find` is asked again if a merge was faster. Fails with [`Error::Altered`] if this is not how the table's columns
    /// are when it begins.
    pub fn update(
        &self,
        find: impl Fn(&PartSet) -> std::result::Result<Vec<Arc<Part>>, BoxError>,
        job: &UpdateJob<'_>,
        replaced: Replaced<'_>,
    ) -> Result<()> {
        loop {
            let begun = Instant::now();
            let parts = find(&self.snapshot()).map_err(Error::Evaluate)?;
            if parts.is_empty() {
                return Ok(());
            }
            let names: Vec<PartName> = parts.iter().map(|part| part.name().clone()).collect();
            let done = self.reserve(&names).and_then(|_reserved| {
                self.check_unaltered()?;
                let add = parts.iter().map(|part| self.updated(part, job));
                self.commit(Change {
                    add: add.collect::<Result<_>>()?,
                    remove: names.clone(),
                })
            });
            match done {
                Ok(added) => {
                    for (part, new) in parts.iter().zip(&added) {
                        replaced(part, Some(new), begun.elapsed());
                    }
                    return Ok(());
                }
                Err(Error::PartGone(_)) => self.wait_for(&names),
                Err(error) => return Err(error),
            }
        }
    }

    pub(crate) fn updated(&self, part: &Arc<Part>, job: &UpdateJob<'_>) -> Result<NewPart> {
        let table = self.table();
        let schema = table.schema().arrow();
        let mut layout = PartLayout::of_parts(std::slice::from_ref(part));
        let changed_vectors = schema
            .fields()
            .iter()
            .enumerate()
            .filter(|(_, field)| vector_element(field).is_some() && job.columns.contains(field.name()));
        let changed_vectors: Vec<usize> = changed_vectors.map(|(position, _)| position).collect();
        if !changed_vectors.is_empty() {
            // How they are stored depends on whether all have one length, which only the new values can tell.
            let mut lengths = vec![VectorLengths::default(); changed_vectors.len()];
            self.each_batch(part, job, |sorted| {
                for (lengths, position) in lengths.iter_mut().zip(&changed_vectors) {
                    lengths.add(sorted.rows.column(*position));
                }
                Ok(())
            })?;
            for (lengths, position) in lengths.iter().zip(&changed_vectors) {
                layout.set_length(*position, schema.field(*position), lengths.one());
            }
        }
        let folder = format!("tmp_mutate_{}_{}", part.name(), self.next_folder());
        let has_index = |name: &str| {
            let spec = table.indexes.iter().find(|spec| spec.name == name);
            spec.is_some_and(|spec| part.has_index(name, &spec.built_for))
        };
        let mut writer = PartWriter::create(table, &folder, layout, has_index)?;
        if part.has_unique_keys() {
            writer.set_unique_keys();
        }
        self.each_batch(part, job, |Sorted { rows, keys }| match writer.is_parallel() {
            true => thread_pools::build(job.threads, || writer.write(rows, keys)),
            false => writer.write(rows, keys),
        })?;
        writer.finish(part.partition_values().to_vec(), Target::Mutated(part.name().clone()))
    }

    /// The part's rows with their new values.
    fn each_batch(
        &self,
        part: &Arc<Part>,
        job: &UpdateJob<'_>,
        mut take: impl FnMut(&Sorted) -> Result<()>,
    ) -> Result<()> {
        let table = self.table();
        let (schema, evaluator) = (table.schema().arrow().clone(), table.evaluator().clone());
        let mut input = Inputs::new(
            std::slice::from_ref(part),
            &[part.alive()],
            schema.clone(),
            evaluator,
            Memory::default(),
        )?;
        while let Some(mut sorted) = input.next()? {
            if (job.stopped)() {
                return Err(Error::Stopped);
            }
            self.check_active(std::slice::from_ref(part))?;
            let changed = (job.change)(&sorted.rows).map_err(Error::Evaluate)?;
            sorted.rows = RecordBatch::try_new(schema.clone(), changed.columns().to_vec())?;
            take(&sorted)?;
        }
        Ok(())
    }
}
