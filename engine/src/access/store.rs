//! Entities on disk: `access/<id>.sql`, each written whole beside its place, synced and renamed.
//!
//! The first line is the format's version and a checksum of what follows; then ATTACH statements, each ended by `;` and
//! a line break. storage/FORMAT.md describes it.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gristmill_sql::Code;
use gristmill_sql::parser::access::{AccessStatement, Subject, format_statement};
use gristmill_sql::parser::{Statement, parse};
use gristmill_storage::directory::{Directory, create_durably};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::entity::{Stored, Writing};
use crate::error::{Error, Result};

/// Begins every file.
const HEAD: &str = "gristmill access 1: ";
/// Digits of the checksum.
const CHECKSUM_DIGITS: usize = 16;
const ENDING: &str = "sql";
const TEMPORARY: &str = "tmp";

/// The folder of entities.
#[derive(Debug)]
pub struct Store {
    dir: PathBuf,
    directory: Arc<dyn Directory>,
}

impl Store {
    /// The folder below a database's.
    pub fn new(root: &Path, directory: Arc<dyn Directory>) -> Self {
        Self {
            dir: root.join("access"),
            directory,
        }
    }

    fn file(&self, id: Uuid) -> PathBuf {
        self.dir.join(format!("{id}.{ENDING}"))
    }

    /// The statements of all files. One that cannot be read is an error: without it somebody might do what he must not.
    pub fn load(&self) -> Result<Vec<(Uuid, Vec<AccessStatement>)>> {
        let entries = match self.directory.list(&self.dir) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(|error| failed("read", &self.dir, error))?,
        };
        let mut all = Vec::new();
        for entry in entries {
            let path = self.dir.join(&entry.name);
            if entry.name.ends_with(&format!(".{TEMPORARY}")) {
                self.directory
                    .remove_file(&path)
                    .map_err(|error| failed("remove", &path, error))?;
                continue;
            }
            let id = entry
                .name
                .strip_suffix(&format!(".{ENDING}"))
                .and_then(|id| id.parse().ok());
            let Some(id) = id else { continue }; // it is not ours
            let text = self
                .directory
                .map(&path)
                .map_err(|error| failed("read", &path, error))?;
            all.push((id, read(&text).map_err(|why| broken(&path, &why))?));
        }
        Ok(all)
    }

    /// An error about a file.
    pub fn broken(&self, id: Uuid, why: &str) -> Error {
        broken(&self.file(id), why)
    }

    /// Writes an entity, over what it was. It is durable when this returns.
    pub fn write(&self, stored: &Stored) -> Result<()> {
        create_durably(&*self.directory, &self.dir)?;
        let path = self.file(stored.id);
        let temporary = path.with_extension(TEMPORARY);
        let text = text_of(stored);
        let write = || -> io::Result<()> {
            let mut file = self.directory.create(&temporary)?;
            file.write_all(text.as_bytes())?;
            file.sync()?;
            self.directory.rename(&temporary, &path)?;
            self.directory.sync_dir(&self.dir)
        };
        write().map_err(|error| failed("write", &path, error))
    }

    /// Removes an entity for good.
    pub fn remove(&self, id: Uuid) -> Result<()> {
        let path = self.file(id);
        match self.directory.remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed("remove", &path, error)),
            _ => {}
        }
        self.directory
            .sync_dir(&self.dir)
            .map_err(|error| failed("sync", &self.dir, error))
    }
}

fn text_of(stored: &Stored) -> String {
    let by_id = |id: Uuid| Some(Subject::Id(id.to_string()));
    let writing = Writing {
        for_file: true,
        name: &by_id,
    };
    let mut body = format!("{};\n", format_statement(&stored.entity.statement(&writing)));
    for grant in stored
        .entity
        .grant_statements(Subject::Id(stored.id.to_string()), &writing)
    {
        body.push_str(&format!("{};\n", format_statement(&AccessStatement::Grant(grant))));
    }
    format!("{HEAD}{}\n{body}", checksum(body.as_bytes()))
}

fn checksum(body: &[u8]) -> String {
    let digest = Sha256::digest(body);
    let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    digits[..CHECKSUM_DIGITS].to_owned()
}

fn read(text: &[u8]) -> Result<Vec<AccessStatement>, String> {
    let rest = text
        .strip_prefix(HEAD.as_bytes())
        .ok_or("it does not begin as such a file does")?;
    let (sum, body) = rest.split_at_checked(CHECKSUM_DIGITS).ok_or("it is cut off")?;
    let body = body.strip_prefix(b"\n").ok_or("its first line cannot be read")?;
    if checksum(body).as_bytes() != sum {
        return Err("its checksum is wrong".into());
    }
    let mut statements = Vec::new();
    let mut rest = body;
    while !rest.trim_ascii().is_empty() {
        let (parsed, consumed) = parse(rest, &BTreeMap::new()).map_err(|_| "a statement in it cannot be read")?;
        let Statement::Access(statement) = parsed.statement else {
            return Err("a statement in it is of another kind".into());
        };
        statements.push(*statement);
        let after = rest[consumed..].trim_ascii_start();
        rest = after.strip_prefix(b";").unwrap_or(after);
    }
    Ok(statements)
}

fn broken(path: &Path, why: &str) -> Error {
    let message = format!("File {} of users and roles is broken: {why}", path.display());
    Error::new(Code::CORRUPTED_DATA, message)
}

fn failed(action: &str, path: &Path, error: io::Error) -> Error {
    let code = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Code::NOT_ENOUGH_SPACE,
        _ => Code::CANNOT_OPEN_FILE,
    };
    Error::new(code, format!("Cannot {action} {}: {error}", path.display()))
}
