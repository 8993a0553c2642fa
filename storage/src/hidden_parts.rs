//! `hidden_parts`: the folders that are not (or no longer) part of the table. FORMAT.md, section 2.

use std::collections::BTreeSet;
use std::io;

use serde::{Deserialize, Serialize};

use crate::checked_file::{CheckedFile, Kind, seal, unseal};
use crate::table::TableFolder;
use crate::{Error, Result};

const HIDDEN_PARTS: &str = "hidden_parts";
const KIND: Kind = Kind {
    name: "hidden",
    version: 1,
};

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HiddenParts {
    /// No block number below this is given again.
    pub next_block: u64,
    /// Names of folders.
    pub parts: BTreeSet<String>,
}

impl HiddenParts {
    /// What is on disk; nothing is hidden if there is no file.
    pub fn read(table: &TableFolder) -> Result<HiddenParts> {
        let path = table.path().join(HIDDEN_PARTS);
        match table.directory().map(&path) {
            Ok(bytes) => unseal(KIND, &bytes, &table.path().display().to_string(), HIDDEN_PARTS),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(HiddenParts::default()),
            Err(error) => Err(Error::io("read", &path, error)),
        }
    }

    /// Replaces the file at once; durable when it returns.
    pub fn write(&self, table: &TableFolder) -> Result<()> {
        let temporary = format!("tmp_{HIDDEN_PARTS}");
        let mut file = CheckedFile::create(&**table.directory(), table.path(), &temporary)?;
        file.append(&seal(KIND, self))?;
        file.finish()?;
        let path = table.path().join(HIDDEN_PARTS);
        let renamed = table.directory().rename(&table.path().join(temporary), &path);
        renamed
            .and_then(|()| table.directory().sync_dir(table.path()))
            .map_err(|error| Error::io("replace", &path, error))
    }
}
