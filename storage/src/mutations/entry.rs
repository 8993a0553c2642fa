//! An entry and its file. FORMAT.md, section 13.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::checked_file::{CheckedFile, Kind, seal, unseal};
use crate::table::TableFolder;
use crate::{Error, Result};

const KIND: Kind = Kind {
    name: "mutation",
    version: 1,
};
const PREFIX: &str = "mutation_";
const SUFFIX: &str = ".txt";
/// Before the name of a file that is being written.
const TEMPORARY: &str = "tmp_";

/// What is to be done to the rows that the table has when the entry is made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MutationOrder {
    /// The commands, one after the other, as the caller reads them.
    pub commands: Vec<String>,
    /// Database of names without one.
    pub database: String,
    /// Settings that the commands were given under.
    pub settings: BTreeMap<String, String>,
}

/// A mutation: an order with a place among the table's changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mutation {
    /// Rows of blocks with lower numbers are meant; parts that it was applied to carry it in their name.
    pub version: u64,
    /// Milliseconds since 1970.
    created: u64,
    /// The same, once no part is left to be changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    finished: Option<u64>,
    /// What is done.
    #[serde(flatten)]
    pub order: MutationOrder,
}

impl Mutation {
    pub(super) fn new(version: u64, order: MutationOrder) -> Mutation {
        Mutation {
            version,
            created: now(),
            finished: None,
            order,
        }
    }

    /// When it was ordered.
    pub fn created(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.created)
    }

    /// When it was done, if it is.
    pub fn finished(&self) -> Option<SystemTime> {
        self.finished.map(|millis| UNIX_EPOCH + Duration::from_millis(millis))
    }

    /// ClickHouse's name of it.
    pub fn id(&self) -> String {
        format!("{PREFIX}{}{SUFFIX}", self.version)
    }

    /// The same, done now.
    pub(super) fn done(&self) -> Mutation {
        Mutation {
            finished: Some(now()),
            ..self.clone()
        }
    }

    /// Writes the file, or replaces it at once; durable when it returns.
    pub(super) fn write(&self, table: &TableFolder) -> Result<()> {
        let (directory, folder) = (&**table.directory(), table.path());
        let temporary = format!("{TEMPORARY}{}", self.id());
        let mut file = CheckedFile::create(directory, folder, &temporary)?;
        file.append(&seal(KIND, self))?;
        file.finish()?;
        let path = folder.join(self.id());
        let renamed = directory.rename(&folder.join(temporary), &path);
        renamed
            .and_then(|()| directory.sync_dir(folder))
            .map_err(|error| Error::io("write", &path, error))
    }

    /// Removes the file if it is there; durable when it returns.
    pub(super) fn withdraw(&self, table: &TableFolder) -> Result<()> {
        match files(table)?.contains(&self.id()) {
            true => self.remove(table, true),
            false => Ok(()),
        }
    }

    /// Removes the file; durably, unless it does not matter whether it comes back.
    pub(super) fn remove(&self, table: &TableFolder, durably: bool) -> Result<()> {
        let (directory, path) = (table.directory(), table.path().join(self.id()));
        let removed = directory.remove_file(&path);
        let synced = removed.and_then(|()| match durably {
            true => directory.sync_dir(table.path()),
            false => Ok(()),
        });
        synced.map_err(|error| Error::io("remove", &path, error))
    }
}

/// All entries of a table's folder.
pub(crate) fn read_all(table: &TableFolder) -> Result<Vec<Mutation>> {
    let (directory, folder) = (table.directory(), table.path());
    let mut mutations = Vec::new();
    for name in files(table)?.into_iter().filter(|name| version_of(name).is_some()) {
        let path = folder.join(&name);
        let bytes = directory.map(&path);
        let bytes = bytes.map_err(|error| Error::io("read", &path, error))?;
        mutations.push(unseal(KIND, &bytes, &folder.display().to_string(), &name)?);
    }
    Ok(mutations)
}

/// Removes what an interrupted process left of writing an entry.
pub(crate) fn sweep(table: &TableFolder) -> Result<()> {
    let is_temporary = |name: &&String| name.strip_prefix(TEMPORARY).and_then(version_of).is_some();
    for name in files(table)?.iter().filter(is_temporary) {
        let path = table.path().join(name);
        let removed = table.directory().remove_file(&path);
        removed.map_err(|error| Error::io("remove", &path, error))?;
    }
    Ok(())
}

fn files(table: &TableFolder) -> Result<Vec<String>> {
    let listed = table.directory().list(table.path());
    let listed = listed.map_err(|error| Error::io("list", table.path(), error))?;
    Ok(listed
        .into_iter()
        .filter(|entry| !entry.is_dir)
        .map(|entry| entry.name)
        .collect())
}

fn version_of(file: &str) -> Option<u64> {
    file.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?.parse().ok()
}

fn now() -> u64 {
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since_1970.as_millis() as u64
}
