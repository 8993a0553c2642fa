//! One process per database folder, and only folders that are databases. FORMAT.md, section 1.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::Path;

use crate::directory::{Directory, LocalDirectory, create_durably};
use crate::{Error, Result};

const VERSION_FILE: &str = "gristmill.version";
const VERSION_MAGIC: &str = "gristmill database ";
const VERSION: u32 = 1;
const LOCK_FILE: &str = "lock";

/// Held for as long as the database is open; the system frees it when the process ends, however it ends.
#[derive(Debug)]
pub struct DatabaseLock {
    _file: File,
}

/// Takes the database folder for this process; creates the database if the folder is empty or missing.
pub fn lock_database(dir: &Path) -> Result<DatabaseLock> {
    lock_database_in(&LocalDirectory, dir)
}

/// The same with another way to create files. The lock itself is this machine's.
pub fn lock_database_in(directory: &dyn Directory, dir: &Path) -> Result<DatabaseLock> {
    create_durably(directory, dir)?;
    let new = check_version(dir)?;
    let path = dir.join(LOCK_FILE);
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|error| Error::io("open", &path, error))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(Error::Locked(format!(
                "the database in {} is in use by another process",
                dir.display()
            )));
        }
        Err(TryLockError::Error(error)) => return Err(Error::io("lock", &path, error)),
    }
    if new {
        create_version(directory, dir).map_err(|error| Error::io("create", &dir.join(VERSION_FILE), error))?;
    }
    Ok(DatabaseLock { _file: file })
}

/// Whether the folder is still to become a database.
fn check_version(dir: &Path) -> Result<bool> {
    let path = dir.join(VERSION_FILE);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return is_new(dir),
        Err(error) => return Err(Error::io("read", &path, error)),
    };
    let version = str::from_utf8(&text)
        .ok()
        .and_then(|text| text.trim_end().strip_prefix(VERSION_MAGIC)?.parse().ok());
    match version {
        Some(VERSION) => Ok(false),
        Some(found) => Err(Error::UnknownVersion {
            what: path.display().to_string(),
            found,
            supported: VERSION,
        }),
        None => Err(Error::Invalid(format!(
            "{} does not say which version the database has",
            path.display()
        ))),
    }
}

/// A folder without a version file: new if it is empty, but for a lock or an unfinished version file.
fn is_new(dir: &Path) -> Result<bool> {
    let entries = fs::read_dir(dir).map_err(|error| Error::io("read", dir, error))?;
    for entry in entries {
        let name = entry.map_err(|error| Error::io("read", dir, error))?.file_name();
        if name != LOCK_FILE && name.to_str() != Some(&unfinished()) && name != "lost+found" {
            return Err(Error::Invalid(format!(
                "{} is not a Gristmill database (and not empty)",
                dir.display()
            )));
        }
    }
    Ok(true)
}

fn unfinished() -> String {
    format!("tmp_{VERSION_FILE}")
}

fn create_version(directory: &dyn Directory, dir: &Path) -> io::Result<()> {
    let path = dir.join(unfinished());
    let mut file = directory.create(&path)?;
    file.write_all(format!("{VERSION_MAGIC}{VERSION}\n").as_bytes())?;
    file.sync()?;
    directory.rename(&path, &dir.join(VERSION_FILE))?;
    directory.sync_dir(dir)
}
