//! Opening a table's folder: which parts count, which are garbage, which are broken.

use std::sync::Arc;

use crate::detached::{self, BROKEN, DETACHED};
use crate::directory::{Entry, create_durably};
use crate::hidden_parts::HiddenParts;
use crate::mutations::{self, Mutation};
use crate::part::{DELETE_PREFIX, StoredPart};
use crate::table::TableFolder;
use crate::{Error, PartName, Result};

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
    pub parts: Vec<Arc<StoredPart>>,
    pub broken: Vec<BrokenPart>,
    /// Above every block number ever seen.
    pub next_block: u64,
    /// Orders to change rows.
    pub mutations: Vec<Mutation>,
}

/// Reads the folder, creating it if it is missing, and removes what an interrupted process left: once everything could
/// be read, so that a part of another release, or a disk that fails, leaves all as it was.
pub(crate) fn load(table: &Arc<TableFolder>) -> Result<Loaded> {
    create_durably(&**table.directory(), table.path())?;
    let hidden = HiddenParts::read(table)?;
    let mut names = part_folders(table)?;
    let detached_blocks = detached::names(table)?;
    let detached_blocks = detached_blocks.iter().map(highest_number);
    let mutations = mutations::read_all(table)?;
    let versions = mutations.iter().map(|mutation| mutation.version);
    let seen = names
        .iter()
        .map(highest_number)
        .chain(detached_blocks)
        .chain(versions)
        .max();
    let next_block = seen.map_or(1, |block| block + 1).max(hidden.next_block);
    let is_hidden = |name: &mut PartName| hidden.parts.contains(&name.to_string());
    let hidden: Vec<PartName> = names.extract_if(.., is_hidden).collect();
    let Opened { parts, stale, broken } = open_parts(table, names)?;
    for Entry { name, is_dir } in list(table)? {
        if is_dir && (name.starts_with(TEMPORARY_PREFIX) || name.starts_with(DELETE_PREFIX)) {
            remove(table, &name)?;
        }
    }
    detached::sweep(table)?;
    mutations::sweep(table)?;
    for name in hidden.iter().chain(&stale) {
        remove_part(table, &name.to_string())?;
    }
    for BrokenPart { name, reason } in &broken {
        tracing::error!("{reason}; set aside in {DETACHED}");
        detached::set_aside(table, name, BROKEN)?;
    }
    Ok(Loaded {
        parts,
        broken,
        next_block,
        mutations,
    })
}

/// What became of the folders that look like parts of the table.
struct Opened {
    parts: Vec<Arc<StoredPart>>,
    /// Covered by a part that is whole.
    stale: Vec<PartName>,
    broken: Vec<BrokenPart>,
}

/// Opens parts, bigger ones first: what they cover is stale, unless they turn out to be broken. Changes nothing.
fn open_parts(table: &Arc<TableFolder>, mut names: Vec<PartName>) -> Result<Opened> {
    names.sort_by(|left, right| {
        let order = |name: &PartName| (name.min_block, u64::MAX - name.max_block, u32::MAX - name.level);
        left.partition_id
            .cmp(&right.partition_id)
            .then(order(left).cmp(&order(right)))
            .then(right.mutation.cmp(&left.mutation))
    });
    let mut opened = Opened {
        parts: Vec::new(),
        stale: Vec::new(),
        broken: Vec::new(),
    };
    for name in names {
        // Parts of a partition come in block order, so only the one before can cover this one.
        if opened.parts.last().is_some_and(|part| part.name().covers(&name)) {
            opened.stale.push(name);
            continue;
        }
        match StoredPart::open(table.clone(), &name.to_string(), name.clone()) {
            Ok(part) => opened.parts.push(Arc::new(part)),
            Err(error @ Error::Corrupt { .. }) => opened.broken.push(BrokenPart {
                name: name.to_string(),
                reason: error.to_string(),
            }),
            Err(error) => return Err(error),
        }
    }
    Ok(opened)
}

/// Folders that have the name of a part, whether it counts or not.
pub(crate) fn part_folders(table: &TableFolder) -> Result<Vec<PartName>> {
    // `delete_1_5_5_0` would be a name, too: of a partition `delete`.
    let is_garbage = |name: &str| name.starts_with(TEMPORARY_PREFIX) || name.starts_with(DELETE_PREFIX);
    let folders = list(table)?
        .into_iter()
        .filter(|entry| entry.is_dir && !is_garbage(&entry.name));
    Ok(folders.filter_map(|entry| entry.name.parse().ok()).collect())
}

fn list(table: &TableFolder) -> Result<Vec<Entry>> {
    table
        .directory()
        .list(table.path())
        .map_err(|error| Error::io("list", table.path(), error))
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

/// Blocks and versions of mutations are numbered together.
fn highest_number(name: &PartName) -> u64 {
    name.max_block.max(name.mutation.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use arrow::array::{ArrayRef, RecordBatch, UInt64Array};

    use super::*;
    use crate::checked_file::{Kind, seal};
    use crate::{InsertOptions, MergeTree, NoKeys, TableOptions};

    fn open(dir: &Path) -> Result<MergeTree> {
        let column: ArrayRef = Arc::new(UInt64Array::from(vec![1]));
        let schema = RecordBatch::try_from_iter([("a", column)]).unwrap().schema();
        MergeTree::open(dir, schema.into(), TableOptions::default(), vec![], Arc::new(NoKeys))
    }

    fn folders(dir: &Path) -> BTreeSet<String> {
        let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
        fs::read_dir(dir).unwrap().map(name).collect()
    }

    #[test]
    fn a_part_of_another_release_leaves_the_folder_as_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let table = open(dir.path()).unwrap();
        for value in [1, 2, 3] {
            let column: ArrayRef = Arc::new(UInt64Array::from(vec![value]));
            let batch = RecordBatch::try_new(table.schema().arrow().clone(), vec![column]).unwrap();
            table.insert(batch, &InsertOptions::default()).unwrap();
        }
        drop(table);
        for garbage in ["tmp_insert_all_7", "delete_all_1_1_0", "all_1_1_0_9", "all_9_9_0"] {
            fs::create_dir(dir.path().join(garbage)).unwrap();
        }
        fs::rename(dir.path().join("all_2_2_0"), dir.path().join("all_1_2_1")).unwrap(); // covers all_1_1_0
        let hidden = HiddenParts {
            next_block: 10,
            parts: ["all_9_9_0".to_owned()].into(),
        };
        let folder = TableFolder::new(
            Arc::new(crate::directory::LocalDirectory),
            dir.path().into(),
            crate::PageCache::shared(),
        );
        hidden.write(&folder).unwrap();
        let manifest = dir.path().join("all_3_3_0/manifest");
        let sound = fs::read(&manifest).unwrap();
        let newer = Kind {
            name: "part",
            version: 1000,
        };
        fs::write(&manifest, seal(newer, &"what no one knows")).unwrap();

        let before = folders(dir.path());
        let error = open(dir.path()).err().expect("the part is of another release");
        assert!(matches!(error, Error::UnknownVersion { found: 1000, .. }), "{error}");
        assert_eq!(folders(dir.path()), before);

        fs::write(&manifest, sound).unwrap();
        let table = open(dir.path()).unwrap();
        assert_eq!(table.snapshot().rows(), 2);
        assert_eq!(table.broken_parts().len(), 1);
        let after: BTreeSet<String> = ["all_1_2_1", "all_3_3_0", "detached", "hidden_parts"]
            .map(String::from)
            .into();
        assert_eq!(folders(dir.path()), after);
    }
}
