//! Parts that go from one table to another, or to a backup: as hard links where the file system has them, so that no
//! data is copied. Only where two tables call their columns otherwise in parts, they are written again.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use arrow::datatypes::FieldRef;
use parking_lot::MutexGuard;

use crate::commit::{Change, Committing};
use crate::directory::create_durably;
use crate::manifest::MANIFEST;
use crate::merge::{Inputs, Memory, Sorted};
use crate::part::{Part, StoredPart};
use crate::shape::same_type;
use crate::thread_pools;
use crate::write::{NewPart, PartLayout, PartWriter, Target, TemporaryFolder};
use crate::{Error, MergeTree, PartName, Result};

/// Indexes of parts that are written again are built by as many threads as there are.
const ALL_THREADS: usize = 0;

/// What a transfer did to the parts of the table that took them.
#[derive(Debug, Default)]
pub struct Transferred {
    /// Parts that came.
    pub added: Vec<Arc<Part>>,
    /// Parts of the taking table that went.
    pub replaced: Vec<Arc<Part>>,
    /// Parts of the giving table that went.
    pub moved: Vec<Arc<Part>>,
}

impl MergeTree {
    /// Adds copies of the source's parts of a partition, of all partitions if none is named; with `replace`, in one
    /// step, in the place of all parts of that partition.
    ///
    /// Parts that call columns otherwise than this table does are written again; the columns have to be the same. Fails with
    /// [`Error::Altered`] if one of the two was altered since its form that was looked at.
    pub fn copy_parts(&self, source: &MergeTree, partition: Option<&str>, replace: bool) -> Result<Transferred> {
        let snapshot = source.snapshot();
        let parts = snapshot.parts().iter().filter(|part| is_of(part, partition));
        let add = parts.map(|part| self.taken(part)).collect::<Result<Vec<_>>>()?;
        // No part of the snapshot was written by a newer form if there is none now.
        source.check_unaltered()?;
        let mut committing = self.lock_commits();
        self.check_unaltered()?;
        let now = self.snapshot();
        let replaced: Vec<Arc<Part>> = match replace {
            true => now
                .parts()
                .iter()
                .filter(|part| is_of(part, partition))
                .cloned()
                .collect(),
            false => Vec::new(),
        };
        let remove = names(&replaced);
        let added = self.commit_locked(&mut committing, Change { add, remove })?;
        Ok(Transferred {
            added,
            replaced,
            ..Transferred::default()
        })
    }

    /// Moves the parts of a partition to another table. They are there before they leave this one: a crash between the
    /// two leaves the rows in both. Fails with [`Error::Altered`] as [`copy_parts`](MergeTree::copy_parts) does.
    pub fn move_parts(&self, target: &MergeTree, partition: &str) -> Result<Transferred> {
        if self.path() == target.path() {
            return Ok(Transferred::default());
        }
        // Inserts wait for what is done between the two commits, so parts that are written again are so before.
        let again = |part: &&Arc<Part>| is_of(part, Some(partition)) && !target.holds_as(part);
        let snapshot = self.snapshot();
        let again = snapshot.parts().iter().filter(again);
        let mut again: HashMap<u64, NewPart> = again
            .map(|part| Ok((part.uid(), target.written_otherwise(part)?)))
            .collect::<Result<_>>()?;
        // Nothing may change the parts between the two commits.
        let (mut ours, mut theirs) = lock_both(self, target);
        self.check_unaltered()?;
        target.check_unaltered()?;
        let snapshot = self.snapshot();
        let parts = snapshot.parts().iter().filter(|part| is_of(part, Some(partition)));
        let moved: Vec<Arc<Part>> = parts.cloned().collect();
        let add = moved
            .iter()
            .map(|part| again.remove(&part.uid()).map_or_else(|| target.taken(part), Ok))
            .collect::<Result<Vec<_>>>()?;
        let remove = Vec::new();
        let added = target.commit_locked(&mut theirs, Change { add, remove })?;
        let (add, remove) = (Vec::new(), names(&moved));
        self.commit_locked(&mut ours, Change { add, remove })?;
        Ok(Transferred {
            added,
            moved,
            ..Transferred::default()
        })
    }

    /// Links the parts of a partition, of all if none is named, into a folder outside the table, durably. Refused if one
    /// of them is there already.
    pub fn freeze_parts(&self, to: &Path, partition: Option<&str>) -> Result<Vec<Arc<Part>>> {
        let snapshot = self.snapshot();
        let parts = snapshot.parts().iter().filter(|part| is_of(part, partition));
        let parts: Vec<Arc<Part>> = parts.cloned().collect();
        let directory = &self.table().folder.directory();
        create_durably(&***directory, to)?;
        let there = directory.list(to).map_err(|error| Error::io("list", to, error))?;
        let taken = |part: &&Arc<Part>| there.iter().any(|entry| entry.name == part.name().to_string());
        if let Some(part) = parts.iter().find(taken) {
            return Err(Error::Exists(to.join(part.name().to_string()).display().to_string()));
        }
        for part in &parts {
            let mut folder = self.clone_to(part, &to.join(part.name().to_string()))?;
            folder.keep();
        }
        directory.sync_dir(to).map_err(|error| Error::io("sync", to, error))?;
        Ok(parts)
    }

    /// A part of another table as one of this table, that no one sees yet: as links to its files, or written again.
    fn taken(&self, part: &Arc<Part>) -> Result<NewPart> {
        match self.holds_as(part) {
            true => self.cloned(part),
            false => self.written_otherwise(part),
        }
    }

    /// A part of a table of the same columns, which calls them otherwise in its parts, written again. What the part lacks
    /// follows from this table's definition.
    fn written_otherwise(&self, part: &Part) -> Result<NewPart> {
        let shape = self.table().shape.called_as_in(part.shape());
        self.written_again(&Arc::new(part.in_shape(&Arc::new(shape))))
    }

    /// Whether all that a part of another table holds means the same here: columns of the same names and types, called the
    /// same by parts. What parts still hold of dropped columns means nothing.
    fn holds_as(&self, part: &Part) -> bool {
        let (ours, theirs) = (self.table().schema(), &part.shape().schema);
        let means_the_same = |held: &FieldRef| {
            let column = theirs.position_of_stored(held.name())?;
            let field = ours.arrow().field(ours.position_of_stored(held.name())?);
            Some(theirs.arrow().field(column).name() == field.name() && same_type(held, field))
        };
        let mut held = part.schema().fields().iter();
        held.all(|held| means_the_same(held).unwrap_or_default())
    }

    /// A part that is read with the columns of this table, written again as one of its own.
    pub(crate) fn written_again(&self, part: &Arc<Part>) -> Result<NewPart> {
        let table = self.table();
        let name = format!("tmp_clone_{}_{}", part.name(), self.next_folder());
        let (rows, schema) = (part.alive(), table.schema().arrow().clone());
        let mut writer = PartWriter::create(table, &name, PartLayout::of_parts(std::slice::from_ref(part)), |_| true)?;
        if part.has_unique_keys() {
            writer.set_unique_keys();
        }
        let (parts, rows) = (std::slice::from_ref(part), std::slice::from_ref(&rows));
        let mut inputs = Inputs::new(parts, rows, schema, table.evaluator().clone(), Memory::default())?;
        while let Some(Sorted { rows, keys }) = inputs.next()? {
            match writer.is_parallel() {
                true => thread_pools::build(ALL_THREADS, || writer.write(&rows, &keys))?,
                false => writer.write(&rows, &keys)?,
            }
        }
        let target = Target::NextBlock {
            partition_id: part.name().partition_id.clone(),
            level: 0,
        };
        let new = writer.finish(part.partition_values().to_vec(), target)?;
        self.check_partition(&new.part, &part.name().partition_id)?;
        Ok(new)
    }

    fn cloned(&self, part: &Part) -> Result<NewPart> {
        let name = format!("tmp_clone_{}_{}", part.name(), self.next_folder());
        let folder = self.clone_of(part, &name)?;
        let clone = StoredPart::open(self.table().folder.clone(), &name, part.name().clone())?;
        self.check_fits(&clone)?;
        Ok(NewPart {
            part: clone,
            folder,
            target: Target::NextBlock {
                partition_id: part.name().partition_id.clone(),
                level: 0,
            },
        })
    }

    /// A folder of this table with all files of a part, synced.
    pub(crate) fn clone_of(&self, part: &Part, folder: &str) -> Result<TemporaryFolder> {
        self.clone_to(part, &self.path().join(folder))
    }

    fn clone_to(&self, part: &Part, path: &Path) -> Result<TemporaryFolder> {
        let directory = self.table().folder.directory();
        let folder = TemporaryFolder::create(directory.clone(), path.to_owned())?;
        let files = part.manifest().files.iter().map(|file| file.name.as_str());
        for name in files.chain([MANIFEST]) {
            let from = part.path().join(name);
            let linked = directory.link(&from, &path.join(name));
            linked.map_err(|error| Error::io("link", &from, error))?;
        }
        let synced = directory.sync_dir(path);
        synced.map_err(|error| Error::io("sync", path, error))?;
        Ok(folder)
    }
}

fn is_of(part: &Part, partition: Option<&str>) -> bool {
    partition.is_none_or(|id| part.name().partition_id == id)
}

fn names(parts: &[Arc<Part>]) -> Vec<PartName> {
    parts.iter().map(|part| part.name().clone()).collect()
}

/// The turns of both tables, always taken in the same order, so that two moves cannot wait for each other.
fn lock_both<'a>(
    first: &'a MergeTree,
    second: &'a MergeTree,
) -> (MutexGuard<'a, Committing>, MutexGuard<'a, Committing>) {
    if first.path() < second.path() {
        let ours = first.lock_commits();
        (ours, second.lock_commits())
    } else {
        let theirs = second.lock_commits();
        (first.lock_commits(), theirs)
    }
}
