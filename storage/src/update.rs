//! Changing rows: some columns of a part get other values. Keys stay, so rows stay where they are.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Field, FieldRef};

use crate::gaps::Gaps;
use crate::manifest::VectorShape;
use crate::rewrite::forget_unused;
use crate::some_columns::SomeColumns;
use crate::table::{vector_element, vector_shape};
use crate::write::{NewPart, VectorLengths};
use crate::{BoxError, Error, IndexJob, MergeTree, Part, Result};

/// About as many bytes of rows are read at a time, and how many rows at most.
const BATCH_BYTES: u64 = 32 << 20;
const BATCH_ROWS_MAX: u64 = 8192;

/// How rows are changed.
pub struct UpdateJob<'a> {
    /// Columns whose values may change; none that a key is made of.
    pub columns: &'a [String],
    /// What the new values are made of: all that `change` needs, and the changed columns.
    pub reads: &'a [String],
    /// The rows of a batch with their new values: the same columns and as many rows. The batch has at least the columns
    /// that are read, in any order.
    pub change: &'a (dyn Fn(&RecordBatch) -> std::result::Result<RecordBatch, BoxError> + Sync),
    /// Threads that build indexes; 0 = as many as the machine has.
    pub threads: usize,
    /// Asked between batches; nothing is changed then.
    pub stopped: &'a (dyn Fn() -> bool + Sync),
}

impl MergeTree {
    /// The part with other values in some columns, not yet committed.
    pub(crate) fn updated(&self, part: &Arc<Part>, job: &UpdateJob<'_>) -> Result<NewPart> {
        let lengths = self.new_lengths(part, job)?;
        let rebuilt = self.dependent_indexes(part, job.columns);
        let mut manifest = self.without_indexes(part, job.columns);
        let stored: Vec<FieldRef> = job
            .columns
            .iter()
            .map(|column| self.stored_field(column))
            .collect::<Result<_>>()?;
        manifest
            .columns
            .retain(|entry| stored.iter().all(|field| *field.name() != entry.name));
        forget_unused(&mut manifest);
        let folder = self.folder_like(part, &manifest)?;
        let mut writer = SomeColumns::create(self, &folder, &manifest, &stored, &lengths)?;
        self.each_changed(part, job, |batch| writer.write(batch))?;
        writer.finish(&mut manifest, part.manifest())?;
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        manifest.created = since_1970.as_millis() as u64;
        self.write_primary_of(part, &folder, &mut manifest, &stored)?;
        let mut new = self.finish(part, folder, manifest)?;
        for position in rebuilt {
            new = self.rebuilt(part, new, position, job)?;
        }
        Ok(new)
    }

    /// The same new part with an index over its new values.
    fn rebuilt(&self, part: &Arc<Part>, new: NewPart, position: usize, job: &UpdateJob<'_>) -> Result<NewPart> {
        let NewPart {
            part: stored, folder, ..
        } = new;
        let source = Part::new(Arc::new(stored), self.table().shape.clone());
        let columns = self.table().evaluator().index_columns(position);
        let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
        let index_job = IndexJob {
            stopped: job.stopped,
            ..IndexJob::new(&columns, job.threads)
        };
        let built = self.index_into(&source, part, position, &index_job);
        drop(folder); // its files are linked where the index is
        built
    }

    /// How the changed vectors look, which only their values can tell.
    fn new_lengths(&self, part: &Arc<Part>, job: &UpdateJob<'_>) -> Result<Vec<Option<VectorShape>>> {
        let schema = self.table().schema().arrow().clone();
        let fields: Vec<&Field> = job
            .columns
            .iter()
            .map(|column| schema.field_with_name(column))
            .collect::<std::result::Result<_, _>>()?;
        if fields.iter().all(|field| vector_element(field).is_none()) {
            return Ok(vec![None; fields.len()]);
        }
        let mut lengths = vec![VectorLengths::default(); fields.len()];
        self.each_changed(part, job, |batch| {
            for (lengths, column) in lengths.iter_mut().zip(batch) {
                lengths.add(column);
            }
            Ok(())
        })?;
        let shape = |(field, lengths): (&&Field, &VectorLengths)| vector_shape(field, lengths.one());
        Ok(fields.iter().zip(&lengths).map(shape).collect())
    }

    /// The new values of the changed columns, batch by batch. Nothing is computed from rows that were deleted: they get
    /// values of another row.
    fn each_changed(
        &self,
        part: &Arc<Part>,
        job: &UpdateJob<'_>,
        mut take: impl FnMut(&[ArrayRef]) -> Result<()>,
    ) -> Result<()> {
        let reads: Vec<&str> = job.reads.iter().map(String::as_str).collect();
        let alive = part.alive();
        let mut gaps = match (part.alive_set(), alive.iter().next()) {
            (Some(_), Some(first)) => {
                let row = part.read_rows(&reads, &[first.start as u32])?;
                Some(Gaps::new(changed(job, &row)?, &alive, part.rows()))
            }
            _ => None,
        };
        let row_bytes = (part.bytes_uncompressed() / part.rows()).max(1);
        let batch_rows = (BATCH_BYTES / row_bytes).clamp(16, BATCH_ROWS_MAX) as usize;
        for batch in part.read(&reads, &alive, batch_rows)? {
            if (job.stopped)() {
                return Err(Error::Stopped);
            }
            self.check_active(std::slice::from_ref(part))?;
            let columns = changed(job, &batch?)?;
            match &mut gaps {
                Some(gaps) => gaps.fill(&columns, &mut take)?,
                None => take(&columns)?,
            }
        }
        gaps.map_or(Ok(()), |mut gaps| gaps.fill_end(&mut take))
    }
}

/// The changed columns of the rows of a batch.
fn changed(job: &UpdateJob<'_>, batch: &RecordBatch) -> Result<Vec<ArrayRef>> {
    let changed = (job.change)(batch).map_err(Error::Evaluate)?;
    let column = |name: &String| {
        let column = changed.column_by_name(name).cloned();
        column.ok_or_else(|| Error::Invalid(format!("column {name} was to be changed and is not there")))
    };
    job.columns.iter().map(column).collect()
}
