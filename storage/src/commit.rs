//! The one way to change the set of a table's parts: all of a [`Change`] or nothing, also after a crash.

use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::MutexGuard;

use crate::hidden_parts::HiddenParts;
use crate::load::part_folders;
use crate::write::{NewPart, Target};
use crate::{Error, MergeTree, Part, PartName, PartSet, Result};

/// Parts that appear and parts that disappear, at once.
#[derive(Debug, Default)]
pub struct Change {
    /// Written under temporary names, not yet visible.
    pub add: Vec<NewPart>,
    /// Active parts that go.
    pub remove: Vec<PartName>,
}

/// What only a commit changes.
pub(crate) struct Committing {
    next_block: u64,
    /// Set when it is not known what is on disk: no commit may build on that.
    poisoned: bool,
}

impl MergeTree {
    /// The only way parts appear or disappear: insert, merge and mutation all end here.
    ///
    /// All of the change or nothing, also after a crash; durable when it returns. Refused with
    /// [`Error::PartGone`] if a part to remove is no longer active, and with [`Error::Altered`] if rows come in under a
    /// form of the table in which a column has another type.
    pub fn commit(&self, change: Change) -> Result<Vec<Arc<Part>>> {
        let mut committing = self.committing.lock();
        self.commit_locked(&mut committing, change)
    }

    /// Fails if a column has another type by now: nobody has looked whether values of this form can be converted.
    pub(crate) fn check_types(&self) -> Result<()> {
        match self.active().shape().changes_type_of(&self.table().shape) {
            true => Err(Error::Altered),
            false => Ok(()),
        }
    }

    /// Fails if rows expire by another rule by now, or do not expire any more.
    pub(crate) fn check_expiry(&self) -> Result<()> {
        match self.active().shape().evaluator.expiry() == self.table().evaluator().expiry() {
            true => Ok(()),
            false => Err(Error::Altered),
        }
    }

    /// Removes all rows. Block numbers go on.
    pub fn truncate(&self) -> Result<()> {
        self.remove_parts(|_| true).map(drop)
    }

    /// Removes the chosen parts, at once. Block numbers go on.
    pub fn remove_parts(&self, chosen: impl Fn(&Part) -> bool) -> Result<Vec<Arc<Part>>> {
        let mut committing = self.committing.lock();
        let snapshot = self.active();
        let parts: Vec<Arc<Part>> = snapshot.parts().iter().filter(|part| chosen(part)).cloned().collect();
        let remove = parts.iter().map(|part| part.name().clone()).collect();
        let add = Vec::new();
        self.commit_locked(&mut committing, Change { add, remove })?;
        Ok(parts)
    }

    /// Drops the table. Its folder goes with this value and the last part that somebody still reads.
    pub fn drop_all(&self) -> Result<()> {
        let _turn = self.committing.lock();
        self.table().folder.set_dropped();
        let none = PartSet::new(self.table().shape.clone(), Vec::new());
        let last = std::mem::replace(&mut *self.parts.write(), Arc::new(none));
        drop(last); // outside the lock: this may remove files
        Ok(())
    }

    /// The turn to commit. Readers do not wait for it.
    pub(crate) fn lock_commits(&self) -> MutexGuard<'_, Committing> {
        self.committing.lock()
    }

    fn check_commits(&self, committing: &Committing) -> Result<()> {
        if self.table().folder.is_dropped() {
            return Err(Error::Dropped);
        }
        match committing.poisoned {
            true => Err(Error::Invalid(format!(
                "the table in {} must be opened again: a commit failed half-way",
                self.path().display()
            ))),
            false => Ok(()),
        }
    }

    pub(crate) fn commit_locked(&self, committing: &mut Committing, change: Change) -> Result<Vec<Arc<Part>>> {
        self.check_commits(committing)?;
        let before = self.active();
        let inserts = change
            .add
            .iter()
            .any(|new| matches!(new.target, Target::NextBlock { .. }));
        if inserts {
            self.check_types()?;
        }
        let find = |name: &PartName| {
            before
                .get(name)
                .cloned()
                .ok_or_else(|| Error::PartGone(name.to_string()))
        };
        let removed = change.remove.iter().map(find).collect::<Result<Vec<_>>>()?;
        let mut add = change.add;
        for part in &mut add {
            let name = committing.name(&part.target);
            if before.get(&name).is_some() {
                return Err(Error::Invalid(format!("part {name} exists already")));
            }
            part.part.set_name(name);
        }
        self.publish(committing, &mut add, &removed)?;
        let shape = before.shape();
        let part = |new: NewPart| Arc::new(Part::new(Arc::new(new.part), shape.clone()));
        let added: Vec<Arc<Part>> = add.into_iter().map(part).collect();
        let after = Arc::new(before.replace(&removed, &added));
        *self.parts.write() = after;
        removed.iter().for_each(|part| part.set_removed());
        Ok(added)
    }

    /// Makes the change durable: with one rename where that is enough, else through `hidden_parts`.
    fn publish(&self, committing: &mut Committing, add: &mut [NewPart], remove: &[Arc<Part>]) -> Result<()> {
        if let [new] = add
            && remove.iter().all(|part| new.part.name().covers(part.name()))
        {
            return self.give_names(committing, add);
        }
        if add.is_empty() && remove.is_empty() {
            return Ok(());
        }
        let stay: Vec<PartName> = self.active().parts().iter().map(|part| part.name().clone()).collect();
        let added: Vec<PartName> = add.iter().map(|new| new.part.name().clone()).collect();
        let next_block = committing.next_block;
        if !added.is_empty() {
            let mut hidden = self.all_but(&stay, next_block)?;
            hidden.parts.extend(added.iter().map(PartName::to_string));
            hidden.write(&self.table().folder)?;
            self.give_names(committing, add)?;
        }
        let stay = stay
            .into_iter()
            .filter(|name| remove.iter().all(|part| part.name() != name));
        let switch = self.all_but(&stay.chain(added).collect::<Vec<_>>(), next_block)?;
        // Whether a failed switch happened is not known; both outcomes are whole, but only a new start can tell.
        switch
            .write(&self.table().folder)
            .inspect_err(|_| committing.poisoned = true)
    }

    /// Hides every part whose folder exists, but for those that are active.
    ///
    /// That includes parts that wait for a reader to let go of them: a part that covers one of those now hides it,
    /// but may be removed before it.
    fn all_but(&self, active: &[PartName], next_block: u64) -> Result<HiddenParts> {
        let mut parts: BTreeSet<String> = part_folders(&self.table().folder)?
            .iter()
            .map(PartName::to_string)
            .collect();
        active.iter().for_each(|name| {
            parts.remove(&name.to_string());
        });
        Ok(HiddenParts { next_block, parts })
    }

    /// Renames the temporary folders to the parts' names; if that fails, the folders go.
    fn give_names(&self, committing: &mut Committing, add: &mut [NewPart]) -> Result<()> {
        let directory = self.table().folder.directory();
        let mut done = 0;
        let mut rename_all = || {
            for new in &*add {
                directory.rename(new.folder.path(), new.part.path())?;
                done += 1;
            }
            directory.sync_dir(self.path())
        };
        let Err(error) = rename_all() else {
            add.iter_mut().for_each(|new| new.folder.keep());
            return Ok(());
        };
        for new in &add[..done] {
            if directory.rename(new.part.path(), new.folder.path()).is_err() {
                committing.poisoned = true;
            }
        }
        Err(Error::io("rename the new parts in", self.path(), error))
    }

    /// The next block number as the version of a mutation.
    pub(crate) fn take_version(&self, committing: &mut Committing) -> Result<u64> {
        self.check_commits(committing)?;
        committing.next_block += 1;
        Ok(committing.next_block - 1)
    }
}

impl Committing {
    /// For a table whose next block gets this number.
    pub(crate) fn new(next_block: u64) -> Committing {
        Committing {
            next_block,
            poisoned: false,
        }
    }

    /// No commit may build on what is on disk now.
    pub(crate) fn poison(&mut self) {
        self.poisoned = true;
    }

    fn name(&mut self, target: &Target) -> PartName {
        match target {
            Target::Named(name) => name.clone(),
            Target::NextBlock { partition_id, level } => {
                let block = self.next_block;
                self.next_block += 1;
                PartName {
                    level: *level,
                    ..PartName::inserted(partition_id.clone(), block)
                }
            }
        }
    }
}
