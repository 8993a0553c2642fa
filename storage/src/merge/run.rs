//! Running a merge: from the inputs to one committed part.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::LeftOut;
use super::inputs::{Inputs, Memory, Sorted};
use crate::thread_pools;
use crate::write::{NewPart, PART_ROWS_MAX, PartLayout, PartWriter, Target};
use crate::{Change, Error, IndexChoice, MergeTree, Part, PartName, Result, RowRanges};

/// How far a merge is; others look at it while it runs.
#[derive(Debug, Default)]
pub struct MergeProgress {
    /// Rows of all inputs.
    pub rows_total: AtomicU64,
    /// Rows written so far.
    pub rows_written: AtomicU64,
    /// Rows added to indexes so far.
    pub rows_indexed: Arc<AtomicU64>,
}

/// How one merge works.
pub struct MergeOptions<'a> {
    /// Threads that build indexes; 0 = as many as the machine has.
    pub threads: usize,
    /// Which indexes the new part gets.
    pub indexes: IndexChoice,
    /// Rows that go, beside those that the table replaces anyway.
    pub left_out: LeftOut,
    /// Told of rows as they are written.
    pub progress: Arc<MergeProgress>,
    /// Bytes on the disk that are not for this merge: others run.
    pub reserved_bytes: u64,
    /// Asked between batches; a merge that should stop leaves the parts as they are.
    pub stopped: &'a (dyn Fn() -> bool + Sync),
}

impl MergeTree {
    /// Merges parts that follow one another in one partition; the new part is durable and visible when it returns. None if
    /// no row is left.
    ///
    /// Fails with [`Error::Full`] if the disk has no room for the new part beside the old ones,
    /// with [`Error::PartGone`] if one of them is no longer active, or is worked on by another job, with
    /// [`Error::Altered`] if this is not how the table's columns are when it begins, or if a column has another type when
    /// it ends, or rows that it leaves out expire by another rule, with [`Error::Dropped`] if the table is no longer
    /// there, and with [`Error::Stopped`] if the caller said so; also while it works, between two batches.
    pub fn merge(&self, names: &[PartName], options: &MergeOptions<'_>) -> Result<Option<Arc<Part>>> {
        let reserved = self.reserve(names)?;
        let parts = reserved.parts();
        self.check_unaltered()?;
        let target = merged_name(names)?;
        self.check_neighbours(names, &target)?;
        self.check_same_mutations(names)?;
        self.check_space(parts, options.reserved_bytes)?;
        let rows = parts.iter().map(|part| part.rows_alive()).sum();
        if rows > PART_ROWS_MAX {
            let message = format!("a part cannot hold more than {PART_ROWS_MAX} rows, these parts have {rows}");
            return Err(Error::Invalid(message));
        }
        options.progress.rows_total.store(rows, Ordering::Relaxed);
        let rows = self.merged_rows(parts, options)?;
        let change = Change {
            add: match rows.iter().all(RowRanges::is_empty) {
                true => Vec::new(),
                false => vec![self.write_merged(parts, &rows, &target, options)?],
            },
            remove: names.to_vec(),
        };
        let left_out = &options.left_out;
        let drops_expired = left_out.expired.is_some() || left_out.expired_values.is_some();
        if drops_expired && (options.stopped)() {
            return Err(Error::Stopped);
        }
        let mut committing = self.lock_commits();
        // What a part lacked has got values.
        self.check_types()?;
        if drops_expired {
            self.check_expiry()?;
        }
        Ok(self.commit_locked(&mut committing, change)?.pop())
    }

    pub(crate) fn write_merged(
        &self,
        parts: &[Arc<Part>],
        rows: &[RowRanges],
        target: &PartName,
        options: &MergeOptions<'_>,
    ) -> Result<NewPart> {
        let table = self.table();
        let folder = format!("tmp_merge_{target}_{}", self.next_folder());
        let rows_expected = rows.iter().map(RowRanges::count).sum();
        options.progress.rows_total.store(rows_expected, Ordering::Relaxed);
        let changed = options.left_out.expired_values.as_ref();
        let new_lengths = changed.map_or(&[] as &[String], |changed| &changed.columns);
        let layout = PartLayout::of_parts(parts)
            .with_rows(rows_expected)
            .without_lengths_of(new_lengths, table.schema().arrow());
        let mut writer = PartWriter::create(table, &folder, layout, |index| options.indexes.includes(index))?;
        writer.count_indexed(&options.progress.rows_indexed);
        if table.options.replacement.is_some() {
            writer.set_unique_keys();
        }
        let (schema, evaluator) = (table.schema().arrow().clone(), table.evaluator().clone());
        let mut inputs = Inputs::new(parts, rows, schema, evaluator, Memory::default())?;
        while let Some(Sorted { rows, keys }) = inputs.next()? {
            if (options.stopped)() {
                return Err(Error::Stopped);
            }
            self.check_active(parts)?;
            let rows = match changed {
                Some(changed) => (changed.change)(&rows).map_err(Error::Evaluate)?,
                None => rows,
            };
            // Only for a batch: inserts wait for the same threads, and a merge may take hours.
            match writer.is_parallel() {
                true => thread_pools::build(options.threads, || writer.write(&rows, &keys))?,
                false => writer.write(&rows, &keys)?,
            }
            let written = &options.progress.rows_written;
            written.fetch_add(rows.num_rows() as u64, Ordering::Relaxed);
        }
        writer.finish(parts[0].partition_values().to_vec(), Target::Named(target.clone()))
    }

    /// Bytes that may still be written to the table's disk.
    pub fn free_bytes(&self) -> u64 {
        let free = self.table().folder.directory().free_bytes(self.path());
        // A merge that fails on a full disk does no harm; none at all because nobody knows would.
        free.unwrap_or(u64::MAX)
    }

    fn check_space(&self, parts: &[Arc<Part>], reserved: u64) -> Result<()> {
        let bytes = parts.iter().map(|part| part.bytes_on_disk()).sum();
        let (free, needed) = (self.free_bytes().saturating_sub(reserved), merge_space(bytes));
        if needed <= free {
            return Ok(());
        }
        let message = format!("merging these parts takes {needed} bytes, and {free} are free");
        Err(Error::Full(io::Error::new(io::ErrorKind::StorageFull, message)))
    }

    /// The new part covers whatever lies between its inputs, so there must be nothing.
    fn check_neighbours(&self, names: &[PartName], target: &PartName) -> Result<()> {
        let snapshot = self.active();
        let mut covered = snapshot.parts().iter().map(|part| part.name());
        match covered.find(|name| target.covers(name) && !names.contains(name)) {
            Some(name) => Err(Error::Invalid(format!("part {name} lies between those to merge"))),
            None => Ok(()),
        }
    }

    /// The name of the new part could not tell which of its rows a mutation has reached.
    fn check_same_mutations(&self, names: &[PartName]) -> Result<()> {
        let first = self.journal().first_open(&names[0]);
        match names.iter().find(|name| self.journal().first_open(name) != first) {
            Some(name) => Err(Error::Invalid(format!("part {name} has other mutations before it"))),
            None => Ok(()),
        }
    }

    /// Fails as the commit would: nobody needs the rest of the work.
    pub(crate) fn check_active(&self, parts: &[Arc<Part>]) -> Result<()> {
        if self.table().folder.is_dropped() {
            return Err(Error::Dropped);
        }
        let snapshot = self.active();
        match parts.iter().find(|part| snapshot.get(part.name()).is_none()) {
            Some(part) => Err(Error::PartGone(part.name().to_string())),
            None => Ok(()),
        }
    }
}

/// Bytes that a merge of so many bytes may take, as ClickHouse reserves them: a tenth more, as compression may be worse.
pub fn merge_space(bytes: u64) -> u64 {
    bytes.saturating_add(bytes / 10)
}

/// The name of the part that covers all of these. They must be neighbours: whatever lies between would be covered too.
pub fn merged_name(parts: &[PartName]) -> Result<PartName> {
    let names = || parts.iter();
    let first = parts
        .first()
        .ok_or_else(|| Error::Invalid("there is nothing to merge".into()))?;
    if !names().is_sorted_by(|name, next| name < next) || names().any(|name| name.partition_id != first.partition_id) {
        return Err(Error::Invalid(
            "only parts of one partition are merged, in their order".into(),
        ));
    }
    Ok(PartName {
        partition_id: first.partition_id.clone(),
        min_block: first.min_block,
        max_block: names().map(|name| name.max_block).max().expect("there is one"),
        level: names().map(|name| name.level).max().expect("there is one") + 1,
        mutation: names().filter_map(|name| name.mutation).max(),
    })
}
