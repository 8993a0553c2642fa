//! The metadata files: written whole, under a temporary name, synced, renamed.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gristmill_sql::Code;
use gristmill_sql::parser::{CreateTable, Statement, TableName, format_create, parse, quote_string};
use gristmill_sql::types::back_quote_if_needed;
use gristmill_storage::directory::{Directory, create_durably};
use uuid::Uuid;

use super::escape::{escape, unescape};
use crate::error::{Error, Result};
use crate::table::{StoredNames, TableDefinition};

/// Ending of metadata files.
const SQL: &str = "sql";
/// Ending of the files that keep tables from being loaded.
const DETACHED: &str = "detached";
/// Ending of a file that is being written.
const TEMPORARY: &str = "tmp";
/// Longest file name that file systems take.
const FILE_NAME_BYTES_MAX: usize = 255;

/// Begins the line in front of a table's statement that says what parts call its columns. The statement alone would not
/// be the table: a release that knows nothing of the line must not take it for that.
const STORED_NAMES: &str = "gristmill columns 1: ";

/// What a metadata file says of a table.
pub struct TableMetadata {
    /// The CREATE statement.
    pub create: CreateTable,
    /// What parts call the columns.
    pub stored_names: StoredNames,
    /// The name of its data.
    pub uuid: Uuid,
}

/// The folder's metadata, and where data lies.
pub struct Metadata {
    root: PathBuf,
    directory: Arc<dyn Directory>,
}

/// A change that is made: whoever looks sees it. An error says that a power failure might undo it.
///
/// What is in memory has to follow the change whatever the error. What the change replaced must be kept on disk then,
/// because the next start may find either.
#[must_use]
pub struct Made(Result<()>);

impl Made {
    /// The error, once memory has followed.
    pub fn durable(self) -> Result<()> {
        self.0
    }
}

impl Metadata {
    /// Metadata below a database folder.
    pub fn new(root: PathBuf, directory: Arc<dyn Directory>) -> Self {
        Self { root, directory }
    }

    /// Where everything is written.
    pub fn directory(&self) -> &Arc<dyn Directory> {
        &self.directory
    }

    fn dir(&self) -> PathBuf {
        self.root.join("metadata")
    }

    /// Where a table's definition is.
    pub fn table_file(&self, database: &str, table: &str) -> PathBuf {
        self.dir()
            .join(escape(database))
            .join(format!("{}.{SQL}", escape(table)))
    }

    /// Where a table's parts are.
    pub fn data_dir(&self, uuid: Uuid) -> PathBuf {
        self.root.join("store").join(uuid.to_string())
    }

    /// Fails if a table's parts have lost their folder: an empty one in its place would take them for gone.
    pub fn check_data(&self, uuid: Uuid) -> Result<()> {
        let dir = self.data_dir(uuid);
        match dir.is_dir() {
            true => Ok(()),
            false => Err(Error::new(
                Code::CORRUPTED_DATA,
                format!("its data folder {} is missing", dir.display()),
            )),
        }
    }

    fn marker(&self, uuid: Uuid) -> PathBuf {
        self.root.join("dropped").join(uuid.to_string())
    }

    /// A name for people: `data/<database>/<table>`. Nothing depends on it.
    fn link(&self, database: &str, table: &str) -> PathBuf {
        self.root.join("data").join(escape(database)).join(escape(table))
    }

    /// Databases and their comments.
    pub fn databases(&self) -> Result<Vec<(String, String)>> {
        let mut databases = Vec::new();
        for name in self.names_in(&self.dir(), SQL)? {
            let comment = match self.read_statement(&self.dir().join(format!("{}.{SQL}", escape(&name)))) {
                Ok(Statement::CreateDatabase(create)) => create.comment.unwrap_or_default(),
                // The comment is lost, the tables are not.
                _ => String::new(),
            };
            databases.push((name, comment));
        }
        Ok(databases)
    }

    /// Tables of a database.
    pub fn tables(&self, database: &str) -> Result<Vec<String>> {
        self.names_in(&self.dir().join(escape(database)), SQL)
    }

    /// What a table's file says.
    pub fn read_table(&self, database: &str, table: &str) -> Result<TableMetadata> {
        let path = self.table_file(database, table);
        let text = self
            .directory
            .map(&path)
            .map_err(|error| failed("read", &path, error))?;
        let (stored_names, text) = match text.strip_prefix(STORED_NAMES.as_bytes()) {
            Some(rest) => read_stored_names(rest).ok_or_else(|| incorrect(&path, "its first line cannot be read"))?,
            None => (StoredNames::default(), &*text),
        };
        let Statement::CreateTable(mut create) = statement(text, &path)? else {
            return Err(incorrect(&path, "it holds no CREATE TABLE statement"));
        };
        let uuid = create.uuid.take().and_then(|uuid| uuid.parse().ok());
        let uuid = uuid.ok_or_else(|| incorrect(&path, "it names no UUID"))?;
        create.table = TableName {
            database: Some(database.into()),
            name: table.into(),
        };
        Ok(TableMetadata {
            create: *create,
            stored_names,
            uuid,
        })
    }

    fn read_statement(&self, path: &Path) -> Result<Statement> {
        let text = self.directory.map(path).map_err(|error| failed("read", path, error))?;
        statement(&text, path)
    }

    /// Refuses names that no file can have.
    pub fn check_name(&self, name: &str) -> Result<()> {
        if escape(name).len() + SQL.len() + 1 > FILE_NAME_BYTES_MAX {
            let message = format!("Name is too long for a file: {} bytes", name.len());
            return Err(Error::new(Code::ARGUMENT_OUT_OF_BOUND, message));
        }
        Ok(())
    }

    /// Writes a database's metadata.
    pub fn create_database(&self, name: &str, comment: &str) -> Result<()> {
        self.create_dir(&self.dir().join(escape(name)))?;
        let mut text = format!("CREATE DATABASE {}\nENGINE = Atomic", back_quote_if_needed(name));
        if !comment.is_empty() {
            text.push_str(&format!("\nCOMMENT {}", quote_string(comment)));
        }
        let made = self.write_whole(&self.dir().join(format!("{}.{SQL}", escape(name))), &text)?;
        made.durable()
    }

    /// Removes an empty database's metadata and folders.
    pub fn drop_database(&self, name: &str) -> Result<()> {
        self.remove_file(&self.dir().join(format!("{}.{SQL}", escape(name))))?;
        self.sync(&self.dir())?;
        for dir in [self.dir().join(escape(name)), self.root.join("data").join(escape(name))] {
            // What does not belong to a table stays: it is not ours to delete.
            let is_empty = self.directory.list(&dir).is_ok_and(|entries| entries.is_empty());
            if is_empty && let Err(error) = self.remove_dir(&dir) {
                tracing::warn!("{} is left behind: {error}", dir.display());
            }
        }
        Ok(())
    }

    /// Writes a table's metadata, over an older one of that name. From here on the table is what this says.
    pub fn write_table(&self, definition: &TableDefinition, uuid: Uuid) -> Result<Made> {
        let create = &definition.create;
        let name = &create.table.name;
        let database = create
            .table
            .database
            .as_deref()
            .expect("a definition names its database");
        let text = format_create(create);
        let (first, rest) = text.split_once('\n').expect("columns follow on their own lines");
        let mut text = format!("{first} UUID '{uuid}'\n{rest}");
        if !definition.stored_names.are_plain() {
            text = format!("{STORED_NAMES}{}\n{text}", definition.stored_names.to_text(escape));
        }
        let made = self.write_whole(&self.table_file(database, name), &text)?;
        self.renew_link(database, name, uuid);
        Ok(made)
    }

    /// Removes a table's metadata. From here on there is no such table.
    pub fn remove_table(&self, database: &str, table: &str) -> Result<Made> {
        let path = self.table_file(database, table);
        self.remove_file(&path)?;
        let _ = fs::remove_file(self.link(database, table)); // nothing depends on it
        Ok(Made(self.sync(path.parent().expect("it is in the database's folder"))))
    }

    /// Says that a table is not to be loaded.
    pub fn set_detached(&self, database: &str, table: &str) -> Result<Made> {
        let path = self.table_file(database, table).with_extension(DETACHED);
        let created = self.directory.create(&path);
        created.map_err(|error| failed("create", &path, error))?;
        Ok(Made(self.sync(path.parent().expect("it is in the database's folder"))))
    }

    /// Says that it is.
    pub fn unset_detached(&self, database: &str, table: &str) -> Result<Made> {
        let path = self.table_file(database, table).with_extension(DETACHED);
        self.remove_file(&path)?;
        Ok(Made(self.sync(path.parent().expect("it is in the database's folder"))))
    }

    /// Tables of a database that are not to be loaded.
    pub fn detached(&self, database: &str) -> Result<Vec<String>> {
        self.names_in(&self.dir().join(escape(database)), DETACHED)
    }

    /// Gives a table another name.
    pub fn rename_table(&self, from: (&str, &str), to: (&str, &str), uuid: Uuid) -> Result<Made> {
        let made = self.rename(&self.table_file(from.0, from.1), &self.table_file(to.0, to.1))?;
        let _ = fs::remove_file(self.link(from.0, from.1)); // nothing depends on it
        self.renew_link(to.0, to.1, uuid);
        Ok(made)
    }

    /// Gives two tables each other's name, in one step. `uuids` are those that the names have then.
    pub fn exchange_tables(&self, first: (&str, &str), second: (&str, &str), uuids: (Uuid, Uuid)) -> Result<Made> {
        let (left, right) = (self.table_file(first.0, first.1), self.table_file(second.0, second.1));
        let exchanged = self.directory.exchange(&left, &right);
        exchanged.map_err(|error| failed("exchange", &left, error))?;
        let dirs = [left.parent(), right.parent()];
        let made = Made(dirs.into_iter().flatten().try_for_each(|dir| self.sync(dir)));
        self.renew_link(first.0, first.1, uuids.0);
        self.renew_link(second.0, second.1, uuids.1);
        Ok(made)
    }

    fn renew_link(&self, database: &str, table: &str, uuid: Uuid) {
        if !self.data_dir(uuid).exists() {
            return; // there are no files
        }
        let link = self.link(database, table);
        let target = Path::new("../../store").join(uuid.to_string());
        let made = || -> io::Result<()> {
            fs::create_dir_all(link.parent().expect("it is in the database's folder"))?;
            let _ = fs::remove_file(&link); // of an earlier table of that name
            std::os::unix::fs::symlink(target, &link)
        };
        if let Err(error) = made() {
            tracing::debug!("{} is not linked: {error}", link.display());
        }
    }

    /// Says that a table's data goes, unless some metadata names it: before a table is made, replaced
    /// or dropped, so that a start after a kill leaves neither half a table nor data without one.
    pub fn mark(&self, uuid: Uuid) -> Result<()> {
        let path = self.marker(uuid);
        let dir = path.parent().expect("markers have a folder");
        self.create_dir(dir)?;
        self.directory
            .create(&path)
            .map_err(|error| failed("create", &path, error))?;
        self.sync(dir)
    }

    /// Takes the marker back: the data has its table, or is gone.
    pub fn unmark(&self, uuid: Uuid) -> Result<()> {
        self.remove_file(&self.marker(uuid))
    }

    /// Takes the marker back if the data is gone. Readers may still hold it: the next start looks again.
    pub fn unmark_if_gone(&self, uuid: Uuid) -> Result<()> {
        match self.data_dir(uuid).exists() {
            true => Ok(()),
            false => {
                // Or a power failure might bring the data back, and nobody would look for it.
                self.sync_store()?;
                self.unmark(uuid)
            }
        }
    }

    /// Removes what a kill left: marked data that no metadata names, and half-written files.
    pub fn sweep(&self) -> Result<()> {
        let dir = self.dir();
        self.create_dir(&dir)?;
        self.remove_temporary(&dir)?;
        let mut metadata = Vec::new();
        for (database, _) in self.databases()? {
            let dir = dir.join(escape(&database));
            self.create_dir(&dir)?;
            self.remove_temporary(&dir)?;
            let tables = self.tables(&database)?;
            for gone in self.detached(&database)?.iter().filter(|table| !tables.contains(table)) {
                self.unset_detached(&database, gone)?.durable()?;
            }
            for table in tables {
                let path = self.table_file(&database, &table);
                // As bytes: metadata that no longer parses may name data too.
                let text = self.directory.map(&path);
                metadata.push(text.map_err(|error| failed("read", &path, error))?);
            }
        }
        for uuid in self.marked()? {
            let name = uuid.to_string();
            let names_it = |text: &bytes::Bytes| text.windows(name.len()).any(|it| it == name.as_bytes());
            match metadata.iter().any(names_it) {
                true => self.unmark(uuid)?,
                false => self.remove_data(uuid)?,
            }
        }
        Ok(())
    }

    /// Removes marked data, and its marker.
    pub fn remove_data(&self, uuid: Uuid) -> Result<()> {
        self.remove_dir(&self.data_dir(uuid))?;
        self.sync_store()?;
        self.unmark(uuid)
    }

    /// Whether a table that is not open has files.
    pub fn has_data(&self, uuid: Uuid) -> bool {
        self.data_dir(uuid).exists()
    }

    /// What is gone stays gone. There is no folder before there is a table with files, and nothing to come back then.
    fn sync_store(&self) -> Result<()> {
        let dir = self.root.join("store");
        match self.directory.sync_dir(&dir) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failed("sync", &dir, error)),
            _ => Ok(()),
        }
    }

    fn marked(&self) -> Result<Vec<Uuid>> {
        let dir = self.root.join("dropped");
        let entries = match self.directory.list(&dir) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(|error| failed("read", &dir, error))?,
        };
        Ok(entries.iter().filter_map(|entry| entry.name.parse().ok()).collect())
    }
}

impl Metadata {
    fn write_whole(&self, path: &Path, text: &str) -> Result<Made> {
        let temporary = path.with_extension(TEMPORARY);
        let write = || -> io::Result<()> {
            let mut file = self.directory.create(&temporary)?;
            file.write_all(text.as_bytes())?;
            file.write_all(b"\n")?;
            file.sync()
        };
        write().map_err(|error| failed("write", &temporary, error))?;
        self.rename(&temporary, path)
    }

    fn rename(&self, from: &Path, to: &Path) -> Result<Made> {
        let renamed = self.directory.rename(from, to);
        renamed.map_err(|error| failed("rename", from, error))?;
        // The new name first: a power failure between the two may leave both, but never neither.
        let dirs = [to.parent(), from.parent()];
        Ok(Made(dirs.into_iter().flatten().try_for_each(|dir| self.sync(dir))))
    }

    fn sync(&self, dir: &Path) -> Result<()> {
        let synced = self.directory.sync_dir(dir);
        synced.map_err(|error| failed("sync", dir, error))
    }

    fn create_dir(&self, path: &Path) -> Result<()> {
        Ok(create_durably(&*self.directory, path)?)
    }

    fn remove_dir(&self, path: &Path) -> Result<()> {
        match self.directory.remove_dir(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failed("remove", path, error)),
            _ => Ok(()),
        }
    }

    fn remove_file(&self, path: &Path) -> Result<()> {
        match self.directory.remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failed("remove", path, error)),
            _ => Ok(()),
        }
    }

    /// Names of the files with an ending, unescaped and sorted.
    fn names_in(&self, dir: &Path, ending: &str) -> Result<Vec<String>> {
        let entries = match self.directory.list(dir) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(|error| failed("read", dir, error))?,
        };
        let name = |file: &str| unescape(file.strip_suffix(ending)?.strip_suffix('.')?);
        let mut names: Vec<String> = entries.iter().filter_map(|entry| name(&entry.name)).collect();
        names.sort();
        Ok(names)
    }

    fn remove_temporary(&self, dir: &Path) -> Result<()> {
        for name in self.names_in(dir, TEMPORARY)? {
            self.remove_file(&dir.join(format!("{}.{TEMPORARY}", escape(&name))))?;
        }
        Ok(())
    }
}

fn statement(text: &[u8], path: &Path) -> Result<Statement> {
    let (parsed, _) = parse(text, &BTreeMap::new()).map_err(|error| incorrect(path, &error.message))?;
    Ok(parsed.statement)
}

/// The names in the first line, and what follows it.
fn read_stored_names(text: &[u8]) -> Option<(StoredNames, &[u8])> {
    let end = text.iter().position(|byte| *byte == b'\n')?;
    let line = std::str::from_utf8(&text[..end]).ok()?;
    Some((StoredNames::from_text(line, unescape)?, &text[end + 1..]))
}

fn failed(action: &str, path: &Path, error: io::Error) -> Error {
    let code = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Code::NOT_ENOUGH_SPACE,
        _ => Code::CANNOT_OPEN_FILE,
    };
    Error::new(code, format!("Cannot {action} {}: {error}", path.display()))
}

fn incorrect(path: &Path, why: &str) -> Error {
    let message = format!("Metadata file {} is broken: {why}", path.display());
    Error::new(Code::CORRUPTED_DATA, message)
}
