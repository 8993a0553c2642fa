//! Opening a table's folder: which parts count, which are garbage, which are broken.

use std::io::ErrorKind;
use std::sync::Arc;

use crate::directory::{Entry, create_durably};
use crate::hidden_parts::HiddenParts;
use crate::part::{DELETE_PREFIX, Part};
use crate::table::TableFolder;
use crate::{Error, PartName, Result};

/// Folder for parts that were set aside.
const DETACHED: &str = "detached";
const BROKEN_PREFIX: &str = "broken_";
const TEMPORARY_PREFIX: &str = "tmp_";

/// A part that could not be opened and was set aside in `detached/broken_<name>`.
#[derive(Clone, Debug)]
pub struct BrokenPart {
    /// Its name while it was active.
    pub name: String,
    /// What is wrong with it.
    pub reason: String,
}

/// What was found in a table's folder.
pub(crate) struct Loaded {
    pub parts: Vec<Arc<Part>>,
    pub broken: Vec<BrokenPart>,
    /// Above every block number ever seen.
    pub next_block: u64,
}

/// Reads the folder, creating it if it is missing, and removes what an interrupted process left.
pub(crate) fn load(table: &Arc<TableFolder>) -> Result<Loaded> {
    create_durably(&**table.directory(), table.path())?;
    let hidden = HiddenParts::read(table)?;
    for Entry { name, is_dir } in list(table)? {
        if is_dir && (name.starts_with(TEMPORARY_PREFIX) || name.starts_with(DELETE_PREFIX)) {
            remove(table, &name)?;
        }
    }
    let mut names = part_folders(table)?;
    let seen = names.iter().map(highest_number).chain(detached_blocks(table)?).max();
    let next_block = seen.map_or(1, |block| block + 1).max(hidden.next_block);
    for name in names.extract_if(.., |name| hidden.parts.contains(&name.to_string())) {
        remove_part(table, &name.to_string())?;
    }
    let (parts, broken) = open_parts(table, names)?;
    Ok(Loaded {
        parts,
        broken,
        next_block,
    })
}

/// Opens parts, bigger ones first: what they cover is stale, unless they turn out to be broken.
fn open_parts(table: &Arc<TableFolder>, mut names: Vec<PartName>) -> Result<(Vec<Arc<Part>>, Vec<BrokenPart>)> {
    names.sort_by(|left, right| {
        let order = |name: &PartName| (name.min_block, u64::MAX - name.max_block, u32::MAX - name.level);
        left.partition_id
            .cmp(&right.partition_id)
            .then(order(left).cmp(&order(right)))
            .then(right.mutation.cmp(&left.mutation))
    });
    let mut parts: Vec<Arc<Part>> = Vec::new();
    let mut broken = Vec::new();
    for name in names {
        // Parts of a partition come in block order, so only the one before can cover this one.
        if parts.last().is_some_and(|part| part.name().covers(&name)) {
            remove_part(table, &name.to_string())?;
            continue;
        }
        match Part::open(table.clone(), &name.to_string(), name.clone()) {
            Ok(part) => parts.push(Arc::new(part)),
            Err(error @ Error::Corrupt { .. }) => {
                let reason = error.to_string();
                tracing::error!("{reason}; set aside in {DETACHED}");
                detach(table, &name.to_string())?;
                broken.push(BrokenPart {
                    name: name.to_string(),
                    reason,
                });
            }
            Err(error) => return Err(error),
        }
    }
    Ok((parts, broken))
}

/// Folders that have the name of a part, whether it counts or not.
pub(crate) fn part_folders(table: &TableFolder) -> Result<Vec<PartName>> {
    let folders = list(table)?.into_iter().filter(|entry| entry.is_dir);
    Ok(folders.filter_map(|entry| entry.name.parse().ok()).collect())
}

fn list(table: &TableFolder) -> Result<Vec<Entry>> {
    table
        .directory()
        .list(table.path())
        .map_err(|error| Error::io("list", table.path(), error))
}

/// Block numbers of the parts that were set aside: they are not given again.
fn detached_blocks(table: &TableFolder) -> Result<Vec<u64>> {
    let path = table.path().join(DETACHED);
    let entries = match table.directory().list(&path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("list", &path, error)),
    };
    let block = |entry: Entry| {
        let name = entry.name.strip_prefix(BROKEN_PREFIX).unwrap_or(&entry.name);
        Some(highest_number(&name.split('~').next()?.parse().ok()?))
    };
    Ok(entries.into_iter().filter_map(block).collect())
}

fn remove(table: &TableFolder, name: &str) -> Result<()> {
    let path = table.path().join(name);
    table
        .directory()
        .remove_dir(&path)
        .map_err(|error| Error::io("remove", &path, error))
}

/// Removes a part that does not count. Its folder is renamed first: half-removed it would look broken.
fn remove_part(table: &TableFolder, name: &str) -> Result<()> {
    let doomed = format!("{DELETE_PREFIX}{name}");
    let path = table.path().join(name);
    let renamed = table.directory().rename(&path, &table.path().join(&doomed));
    renamed.map_err(|error| Error::io("rename", &path, error))?;
    remove(table, &doomed)
}

/// Sets a broken part aside; never deletes it.
fn detach(table: &TableFolder, name: &str) -> Result<()> {
    let directory = table.directory();
    let detached = table.path().join(DETACHED);
    let from = table.path().join(name);
    let move_away = || {
        directory.create_dir(&detached)?;
        let taken: Vec<String> = directory.list(&detached)?.into_iter().map(|entry| entry.name).collect();
        // A second broken part of the same name gets a number.
        let numbered = (1..).map(|number| format!("{BROKEN_PREFIX}{name}~{number}"));
        let free = std::iter::once(format!("{BROKEN_PREFIX}{name}"))
            .chain(numbered)
            .find(|target| !taken.contains(target));
        directory.rename(&from, &detached.join(free.expect("numbers do not end")))?;
        directory.sync_dir(&detached)?;
        directory.sync_dir(table.path())
    };
    move_away().map_err(|error| Error::io("set aside", &from, error))
}

/// Blocks and versions of mutations are numbered together.
fn highest_number(name: &PartName) -> u64 {
    name.max_block.max(name.mutation.unwrap_or(0))
}
