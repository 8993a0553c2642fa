//! Changing rows: some columns of a part get other values. Keys stay, so rows stay where they are.

use std::sync::Arc;
use std::time::Instant;

use arrow::array::RecordBatch;

use crate::{BoxError, Change, Error, MergeTree, Part, PartName, PartSet, Replaced, Result};

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
    /// Changes rows of all parts that `find` names, at once: all of them or, after a crash, none. Durable and visible
    /// when it returns. Other columns are linked, indexes over changed ones are built again. Rows that were deleted stay so.
    ///
    /// `find` is asked again if a merge was faster. Fails with [`Error::Altered`] if this is not how the table's columns
    /// are when it begins, or if a column has another type when it ends.
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
                self.commit_values(Change {
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
}
