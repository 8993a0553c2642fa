//! `detached/`: parts that are not of the table, set aside by DETACH or because they were broken.
//!
//! They are never read and never removed unless somebody asks for it by name. A folder there is called after the part,
//! with `broken_` before it if that is why it is there, and `_try<n>` behind it if the name was taken.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::SystemTime;

use crate::commit::Change;
use crate::directory::create_durably;
use crate::part::{Part, StoredPart};
use crate::partition_id::partition_id;
use crate::shape::Place;
use crate::table::TableFolder;
use crate::write::{NewPart, Target, TemporaryFolder};
use crate::{Error, MergeTree, PartName, Result};

/// The folder.
pub(crate) const DETACHED: &str = "detached";
/// Before the names of parts that a start could not open.
pub(crate) const BROKEN: &str = "broken";
/// Before the names of parts whose rows other parts in `detached/` hold, too.
const INACTIVE: &str = "inactive";
/// Folders in `detached/` that are being written or removed.
const TEMPORARY_PREFIX: &str = "tmp_";

/// A folder in `detached/`.
#[derive(Clone, Debug)]
pub struct DetachedPart {
    /// Name of the folder.
    pub folder: String,
    /// The part's name when it was set aside; None if the folder is not called after a part.
    pub name: Option<PartName>,
    /// `broken`, `inactive`, or nothing: then ATTACH takes it.
    pub reason: String,
    /// Bytes of the files that it lists, if it can be opened.
    pub bytes: u64,
    /// When the part was written, if it can be opened.
    pub modified: Option<SystemTime>,
}

impl DetachedPart {
    fn of(table: &Arc<TableFolder>, folder: String) -> DetachedPart {
        let (reason, name) = parse(&folder);
        let opened = StoredPart::open(
            table.clone(),
            &format!("{DETACHED}/{folder}"),
            PartName::inserted(String::new(), 0),
        );
        DetachedPart {
            bytes: opened.as_ref().map_or(0, StoredPart::bytes_on_disk),
            modified: opened.as_ref().ok().map(StoredPart::modification_time),
            reason: reason.to_owned(),
            folder,
            name,
        }
    }
}

/// Why a folder is in `detached/`, and the part's name.
fn parse(folder: &str) -> (&str, Option<PartName>) {
    let is_reason = |reason: &&&str| folder.starts_with(**reason) && folder[reason.len()..].starts_with('_');
    let reason = [BROKEN, INACTIVE].iter().find(is_reason).copied().unwrap_or_default();
    let name = folder[reason.len()..].trim_start_matches('_');
    let name = match name.rsplit_once("_try") {
        Some((name, number)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => name,
    };
    (reason, name.parse().ok())
}

/// Names of the folders.
fn folders(table: &TableFolder) -> Result<Vec<String>> {
    let path = table.path().join(DETACHED);
    let entries = match table.directory().list(&path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("list", &path, error)),
    };
    let mut names: Vec<String> = entries
        .into_iter()
        .filter(|entry| entry.is_dir)
        .map(|entry| entry.name)
        .collect();
    names.sort();
    Ok(names)
}

/// Names of the parts: their numbers are not given again.
pub(crate) fn names(table: &TableFolder) -> Result<Vec<PartName>> {
    let folders = folders(table)?;
    Ok(folders.iter().filter_map(|folder| parse(folder).1).collect())
}

/// Removes what an interrupted DETACH or DROP DETACHED left.
pub(crate) fn sweep(table: &TableFolder) -> Result<()> {
    for folder in folders(table)? {
        if folder.starts_with(TEMPORARY_PREFIX) {
            let path = table.path().join(DETACHED).join(folder);
            let removed = table.directory().remove_dir(&path);
            removed.map_err(|error| Error::io("remove", &path, error))?;
        }
    }
    Ok(())
}

/// Moves a folder of the table to `detached/`, durably.
pub(crate) fn set_aside(table: &TableFolder, folder: &str, reason: &str) -> Result<()> {
    create_durably(&**table.directory(), &table.path().join(DETACHED))?;
    let to = free_name(table, folder, reason)?;
    rename(table, folder, &format!("{DETACHED}/{to}"))?;
    sync(table, "")
}

/// A name in `detached/` that is not taken.
fn free_name(table: &TableFolder, part: &str, reason: &str) -> Result<String> {
    let taken = folders(table)?;
    let plain = match reason {
        "" => part.to_owned(),
        reason => format!("{reason}_{part}"),
    };
    let numbered = (1..).map(|number| format!("{plain}_try{number}"));
    let mut names = std::iter::once(plain.clone()).chain(numbered);
    Ok(names.find(|name| !taken.contains(name)).expect("numbers do not end"))
}

/// Renames a folder, and makes `detached/` durable.
fn rename(table: &TableFolder, from: &str, to: &str) -> Result<()> {
    let from = table.path().join(from);
    let renamed = table.directory().rename(&from, &table.path().join(to));
    renamed.map_err(|error| Error::io("rename", &from, error))?;
    sync(table, DETACHED)
}

fn sync(table: &TableFolder, folder: &str) -> Result<()> {
    let path = table.path().join(folder);
    let synced = table.directory().sync_dir(&path);
    synced.map_err(|error| Error::io("sync", &path, error))
}

impl MergeTree {
    /// What is in `detached/`, by name.
    pub fn detached_parts(&self) -> Result<Vec<DetachedPart>> {
        let table = &self.table().folder;
        let folders = folders(table)?.into_iter();
        Ok(folders.map(|folder| DetachedPart::of(table, folder)).collect())
    }

    /// Takes the chosen parts out of the table and keeps them in `detached/`. The files are there before the parts leave
    /// the table, so a crash between the two leaves both.
    pub fn detach_parts(&self, chosen: impl Fn(&Part) -> bool) -> Result<Vec<Arc<Part>>> {
        let mut committing = self.lock_commits();
        let snapshot = self.snapshot();
        let parts: Vec<Arc<Part>> = snapshot.parts().iter().filter(|part| chosen(part)).cloned().collect();
        if parts.is_empty() {
            return Ok(parts);
        }
        let table = &self.table().folder;
        create_durably(&**table.directory(), &table.path().join(DETACHED))?;
        for part in &parts {
            let name = part.name().to_string();
            let temporary = format!("{DETACHED}/{TEMPORARY_PREFIX}{name}_{}", self.next_folder());
            let mut folder = self.clone_of(part, &temporary)?;
            rename(
                table,
                &temporary,
                &format!("{DETACHED}/{}", free_name(table, &name, "")?),
            )?;
            folder.keep();
        }
        let change = Change {
            add: Vec::new(),
            remove: parts.iter().map(|part| part.name().clone()).collect(),
        };
        self.commit_locked(&mut committing, change)?;
        Ok(parts)
    }

    /// Makes a folder of `detached/` a part of the table again, under the next block number: one rename decides. All its
    /// files are verified first. A part with columns in an older type is written again in the present one; a crash right
    /// after that leaves the rows in both places.
    pub fn attach_part(&self, folder: &str) -> Result<Arc<Part>> {
        let table = &self.table().folder;
        let name = self.detached_folder(folder)?;
        let path = table.path().join(DETACHED).join(folder);
        let part = StoredPart::open(table.clone(), &format!("{DETACHED}/{folder}"), name.clone())?;
        part.check()?;
        if !self.check_fits(&part)? {
            return self.attach_again(folder, part);
        }
        let new = NewPart {
            part,
            folder: TemporaryFolder::adopt(table.directory().clone(), path),
            target: Target::NextBlock {
                partition_id: name.partition_id,
                level: 0,
            },
        };
        let added = self.commit(Change {
            add: vec![new],
            remove: Vec::new(),
        })?;
        sync(table, DETACHED)?;
        let [part] = added.try_into().expect("one part was added");
        Ok(part)
    }

    fn attach_again(&self, folder: &str, part: StoredPart) -> Result<Arc<Part>> {
        let part = Arc::new(Part::new(Arc::new(part), self.table().shape.clone()));
        let add = vec![self.written_again(&part)?];
        let mut committing = self.lock_commits();
        self.check_unaltered()?;
        let remove = Vec::new();
        let added = self.commit_locked(&mut committing, Change { add, remove })?;
        drop(committing);
        self.drop_detached_part(folder)?;
        let [part] = added.try_into().expect("one part was added");
        Ok(part)
    }

    /// Removes a folder of `detached/`.
    pub fn drop_detached_part(&self, folder: &str) -> Result<()> {
        self.detached_exists(folder)?;
        let table = &self.table().folder;
        // Half-removed under its own name it would look broken.
        let doomed = format!("{DETACHED}/{TEMPORARY_PREFIX}drop_{folder}_{}", self.next_folder());
        rename(table, &format!("{DETACHED}/{folder}"), &doomed)?;
        let path = table.path().join(doomed);
        let removed = table.directory().remove_dir(&path);
        removed.map_err(|error| Error::io("remove", &path, error))
    }

    /// Sets a folder of `detached/` aside as one whose rows another one there holds.
    pub fn set_inactive(&self, folder: &str) -> Result<()> {
        self.detached_exists(folder)?;
        let table = &self.table().folder;
        let to = free_name(table, folder, INACTIVE)?;
        rename(table, &format!("{DETACHED}/{folder}"), &format!("{DETACHED}/{to}"))
    }

    fn detached_exists(&self, folder: &str) -> Result<()> {
        match folders(&self.table().folder)?.iter().any(|name| name == folder) {
            true => Ok(()),
            false => Err(Error::NotDetached(folder.to_owned())),
        }
    }

    fn detached_folder(&self, folder: &str) -> Result<PartName> {
        self.detached_exists(folder)?;
        match parse(folder) {
            ("", Some(name)) => Ok(name),
            _ => Err(Error::Invalid(format!("'{folder}' is not the name of a part"))),
        }
    }

    /// Checks that a part that comes from elsewhere can be one of this table. It may lack columns, as a part may that is
    /// older than they are. False if it has columns in an older type: nobody has looked whether these can be converted.
    pub(crate) fn check_fits(&self, part: &StoredPart) -> Result<bool> {
        let table = self.table();
        let places = table.shape.places(part);
        if places.iter().all(|place| *place == Place::Nowhere) {
            return Err(does_not_fit(part, "it has no column of it"));
        }
        self.check_partition(part, &part.name().partition_id)?;
        let none = arrow::array::RecordBatch::new_empty(table.schema().arrow().clone());
        let keys = table.evaluator().sorting_key(&none).map_err(Error::Evaluate)?;
        let keys = &keys[..table.evaluator().primary_key_len()];
        let found = part.primary_index();
        let same_keys = keys.len() == found.len()
            && keys
                .iter()
                .zip(found)
                .all(|(key, found)| key.data_type() == found.data_type());
        match same_keys {
            true => Ok(!places.iter().any(|place| matches!(place, Place::Older(_)))),
            false => Err(does_not_fit(part, "its primary key is another one")),
        }
    }

    /// Whether a part is of this partition of the table.
    pub(crate) fn check_partition(&self, part: &StoredPart, id: &str) -> Result<()> {
        let fields = self.table().evaluator().partition_fields();
        let values = part.partition_values();
        let same_types = values.len() == fields.len()
            && values
                .iter()
                .zip(fields)
                .all(|(value, field)| value.data_type() == field.data_type());
        match same_types && partition_id(values, fields)? == id {
            true => Ok(()),
            false => Err(does_not_fit(part, "it is of another partition")),
        }
    }
}

fn does_not_fit(part: &StoredPart, why: &str) -> Error {
    Error::Invalid(format!("part {} does not fit the table: {why}", part.name()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_say_what_they_hold() {
        let check = |folder: &str, reason: &str, name: Option<&str>| {
            let (found, part) = parse(folder);
            assert_eq!(
                (found, part.map(|part| part.to_string()).as_deref()),
                (reason, name),
                "{folder}"
            );
        };
        check("all_1_1_0", "", Some("all_1_1_0"));
        check("all_1_1_0_try1", "", Some("all_1_1_0"));
        check("broken_all_1_4_1_7", "broken", Some("all_1_4_1_7"));
        check("inactive_all_1_4_1_try12", "inactive", Some("all_1_4_1"));
        check("broken_1_1_0", "broken", None);
        check("all_1_1_0_tryx", "", None);
        check("somebody's", "", None);
    }
}
