//! ALTER TABLE … FREEZE and UNFREEZE: hard links of parts in `shadow/<name>/store/<uuid>/`.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use gristmill_sql::Code;
use gristmill_storage::{PartName, escape};

use super::report::{Backup, Line};
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::table::MergeTreeTable;

/// Holds the number of the last backup that was given no name.
const INCREMENT: &str = "increment.txt";

/// Links the parts of a partition, or all, into a backup. Without a name it gets the next number.
pub fn freeze(
    table: &MergeTreeTable,
    partition: Option<&str>,
    name: Option<&str>,
    environment: &Environment,
) -> Result<Vec<Line>> {
    let shadow = shadow(environment);
    let name = match name {
        Some(name) => name.to_owned(),
        None => next_number(&shadow, environment)?.to_string(),
    };
    let path = backup_path(&shadow, &name, table);
    let frozen = table.store.freeze_parts(&path, partition)?;
    let word = if partition.is_some() { "PARTITION" } else { "ALL" };
    let line = |part: &PartName| line(&format!("FREEZE {word}"), part, &name, &path);
    Ok(frozen.iter().map(|part| line(part.name())).collect())
}

/// Removes a table's parts of a partition, or all, from a backup.
pub fn unfreeze(
    table: &MergeTreeTable,
    partition: Option<&str>,
    name: &str,
    environment: &Environment,
) -> Result<Vec<Line>> {
    let path = backup_path(&shadow(environment), name, table);
    let entries = match fs::read_dir(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| failed("read", &path, &error))?,
    };
    let word = if partition.is_some() { "PARTITION" } else { "ALL" };
    let mut lines = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| failed("read", &path, &error))?;
        let parsed = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<PartName>().ok());
        let Some(part) = parsed else { continue };
        if partition.is_some_and(|id| id != part.partition_id) {
            continue;
        }
        fs::remove_dir_all(entry.path()).map_err(|error| failed("remove", &entry.path(), &error))?;
        lines.push(line(&format!("UNFREEZE {word}"), &part, name, &path));
    }
    // The folders above, once they are empty: store/<uuid>, store, the backup itself.
    let mut above = Some(path.as_path());
    while let Some(folder) = above.filter(|folder| *folder != shadow(environment)) {
        if fs::remove_dir(folder).is_err() {
            break;
        }
        above = folder.parent();
    }
    lines.sort_by(|left, right| left.part.cmp(&right.part));
    Ok(lines)
}

fn shadow(environment: &Environment) -> PathBuf {
    environment.engine.path().join("shadow")
}

fn backup_path(shadow: &Path, name: &str, table: &MergeTreeTable) -> PathBuf {
    shadow.join(escape(name)).join("store").join(table.uuid.to_string())
}

fn line(command: &str, part: &PartName, name: &str, path: &Path) -> Line {
    Line {
        command: command.into(),
        partition: part.partition_id.clone(),
        part: part.to_string(),
        old_part: None,
        backup: Some(Backup {
            name: name.into(),
            path: format!("{}/", path.display()),
            part_path: format!("{}/", path.join(part.to_string()).display()),
        }),
    }
}

/// The number after the last one, which is kept in a file beside the backups.
fn next_number(shadow: &Path, environment: &Environment) -> Result<u64> {
    let _turn = environment.engine.catalog().change();
    let path = shadow.join(INCREMENT);
    let last = match fs::read_to_string(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => 0,
        text => {
            let text = text.map_err(|error| failed("read", &path, &error))?;
            let number = text.trim().parse::<u64>().ok();
            number.ok_or_else(|| {
                let message = format!("{} does not hold a number", path.display());
                Error::new(Code::CORRUPTED_DATA, message)
            })?
        }
    };
    let next = last + 1;
    fs::create_dir_all(shadow)
        .and_then(|()| fs::write(&path, next.to_string()))
        .map_err(|error| failed("write", &path, &error))?;
    Ok(next)
}

fn failed(action: &str, path: &Path, error: &std::io::Error) -> Error {
    let message = format!("Cannot {action} {}: {error}", path.display());
    Error::new(Code::CANNOT_OPEN_FILE, message)
}
