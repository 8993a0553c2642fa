//! The metadata files: written whole, under a temporary name, synced, renamed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use gristmill_sql::Code;
use gristmill_sql::parser::{CreateTable, Statement, format_create, parse};
use gristmill_sql::types::back_quote_if_needed;

use super::escape::{escape, unescape};
use crate::error::{Error, Result};

/// Ending of metadata files.
const SQL: &str = "sql";
/// Ending of the metadata of a table whose DROP is decided, but whose data may still be there.
const DROPPED: &str = "dropped";
/// Ending of a file that is being written.
const TEMPORARY: &str = "tmp";
/// Longest file name that file systems take.
const FILE_NAME_BYTES_MAX: usize = 255;

/// The folder's metadata and data paths.
pub struct Metadata {
    root: PathBuf,
}

impl Metadata {
    /// Metadata below a database folder.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
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
    pub fn data_dir(&self, database: &str, table: &str) -> PathBuf {
        self.root.join("data").join(escape(database)).join(escape(table))
    }

    /// Databases and their comments.
    pub fn databases(&self) -> Result<Vec<(String, String)>> {
        let mut databases = Vec::new();
        for name in names_in(&self.dir(), SQL)? {
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
        names_in(&self.dir().join(escape(database)), SQL)
    }

    /// A table's CREATE statement.
    pub fn read_table(&self, database: &str, table: &str) -> Result<CreateTable> {
        let path = self.table_file(database, table);
        match self.read_statement(&path)? {
            Statement::CreateTable(create) => Ok(*create),
            _ => Err(incorrect(&path, "it holds no CREATE TABLE statement")),
        }
    }

    fn read_statement(&self, path: &Path) -> Result<Statement> {
        let text = fs::read(path).map_err(|error| failed("read", path, error))?;
        let (parsed, _) = parse(&text, &BTreeMap::new()).map_err(|error| incorrect(path, &error.message))?;
        Ok(parsed.statement)
    }

    /// Refuses names that no file can have, and data that no metadata speaks of.
    pub fn check_free(&self, database: &str, table: &str) -> Result<()> {
        if escape(table).len() + DROPPED.len() + 1 > FILE_NAME_BYTES_MAX {
            let message = format!("Table name is too long: {} bytes", table.len());
            return Err(Error::new(Code::ARGUMENT_OUT_OF_BOUND, message));
        }
        let dir = self.data_dir(database, table);
        let holds_files = fs::read_dir(&dir).is_ok_and(|mut entries| entries.next().is_some());
        if holds_files {
            let message = format!(
                "Directory for table data {} already exists and belongs to no table",
                dir.display()
            );
            return Err(Error::new(Code::TABLE_ALREADY_EXISTS, message));
        }
        Ok(())
    }

    /// Writes a database's metadata.
    pub fn create_database(&self, name: &str, comment: &str) -> Result<()> {
        if escape(name).len() + TEMPORARY.len() + 1 > FILE_NAME_BYTES_MAX {
            let message = format!("Database name is too long: {} bytes", name.len());
            return Err(Error::new(Code::ARGUMENT_OUT_OF_BOUND, message));
        }
        let dir = self.dir().join(escape(name));
        fs::create_dir_all(&dir).map_err(|error| failed("create", &dir, error))?;
        let mut text = format!("CREATE DATABASE {}\nENGINE = Atomic", back_quote_if_needed(name));
        if !comment.is_empty() {
            let comment = comment.replace('\\', "\\\\").replace('\'', "\\'");
            text.push_str(&format!("\nCOMMENT '{comment}'"));
        }
        write_whole(&self.dir().join(format!("{}.{SQL}", escape(name))), &text)
    }

    /// Removes an empty database's metadata and folders.
    pub fn drop_database(&self, name: &str) -> Result<()> {
        remove_file(&self.dir().join(format!("{}.{SQL}", escape(name))))?;
        sync_dir(&self.dir())?;
        for dir in [self.dir().join(escape(name)), self.root.join("data").join(escape(name))] {
            // What does not belong to a table stays: it is not ours to delete.
            if let Err(error) = fs::remove_dir(&dir)
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::warn!("{} is left behind: {error}", dir.display());
            }
        }
        Ok(())
    }

    /// Writes a table's metadata. From here on the table exists as this says.
    pub fn write_table(&self, create: &CreateTable) -> Result<()> {
        let database = create
            .table
            .database
            .as_deref()
            .expect("a definition names its database");
        write_whole(&self.table_file(database, &create.table.name), &format_create(create))
    }

    /// Decides that a table goes: after this it is gone, whatever happens.
    pub fn begin_drop(&self, database: &str, table: &str) -> Result<()> {
        let path = self.table_file(database, table);
        rename(&path, &path.with_extension(DROPPED))
    }

    /// Removes what is left of a table.
    pub fn finish_drop(&self, database: &str, table: &str) -> Result<()> {
        let data = self.data_dir(database, table);
        match fs::remove_dir_all(&data) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed("remove", &data, error));
            }
            _ => {}
        }
        remove_file(&self.table_file(database, table).with_extension(DROPPED))
    }

    /// Gives a table's files another name. What is to be done is written down first, so that a start
    /// after a kill in between does the rest.
    pub fn rename_table(&self, from: (&str, &str), to: (&str, &str)) -> Result<()> {
        let journal = self.rename_journal();
        write_whole(&journal, &[from.0, from.1, to.0, to.1].map(escape).join("\n"))?;
        self.move_files(from, to)?;
        remove_file(&journal)
    }

    fn rename_journal(&self) -> PathBuf {
        self.dir().join("rename.journal")
    }

    fn move_files(&self, from: (&str, &str), to: (&str, &str)) -> Result<()> {
        let moves = [
            (self.data_dir(from.0, from.1), self.data_dir(to.0, to.1)),
            (self.table_file(from.0, from.1), self.table_file(to.0, to.1)),
        ];
        for (old, new) in moves {
            if let Some(parent) = new.parent() {
                fs::create_dir_all(parent).map_err(|error| failed("create", parent, error))?;
            }
            if old.exists() {
                rename(&old, &new)?;
            }
        }
        Ok(())
    }

    fn finish_rename(&self) -> Result<()> {
        let journal = self.rename_journal();
        let Ok(text) = fs::read_to_string(&journal) else {
            return Ok(());
        };
        let names: Option<Vec<String>> = text.lines().map(unescape).collect();
        if let Some([from_database, from, to_database, to]) = names.as_deref() {
            self.move_files((from_database, from), (to_database, to))?;
        }
        remove_file(&journal)
    }

    /// Finishes DROPs and forgets half-written files that a kill left.
    pub fn finish_interrupted(&self) -> Result<()> {
        let dir = self.dir();
        fs::create_dir_all(&dir).map_err(|error| failed("create", &dir, error))?;
        remove_temporary(&dir)?;
        self.finish_rename()?;
        for (database, _) in self.databases()? {
            let dir = dir.join(escape(&database));
            fs::create_dir_all(&dir).map_err(|error| failed("create", &dir, error))?;
            remove_temporary(&dir)?;
            for table in names_in(&dir, DROPPED)? {
                self.finish_drop(&database, &table)?;
            }
        }
        Ok(())
    }
}

/// Names of the files with an ending, unescaped and sorted.
fn names_in(dir: &Path, ending: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(names),
        entries => entries.map_err(|error| failed("read", dir, error))?,
    };
    for entry in entries {
        let path = entry.map_err(|error| failed("read", dir, error))?.path();
        let has_ending = path.extension().is_some_and(|found| found == ending);
        if let (true, Some(stem)) = (has_ending, path.file_stem().and_then(|stem| stem.to_str())) {
            names.extend(unescape(stem));
        }
    }
    names.sort();
    Ok(names)
}

fn remove_temporary(dir: &Path) -> Result<()> {
    for name in names_in(dir, TEMPORARY)? {
        remove_file(&dir.join(format!("{}.{TEMPORARY}", escape(&name))))?;
    }
    Ok(())
}

fn write_whole(path: &Path, text: &str) -> Result<()> {
    let temporary = path.with_extension(TEMPORARY);
    let write = || -> io::Result<()> {
        let mut file = File::create(&temporary)?;
        file.write_all(text.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()
    };
    write().map_err(|error| failed("write", &temporary, error))?;
    rename(&temporary, path)
}

fn rename(from: &Path, to: &Path) -> Result<()> {
    fs::rename(from, to).map_err(|error| failed("rename", from, error))?;
    for dir in [from.parent(), to.parent()].into_iter().flatten() {
        sync_dir(dir)?;
    }
    Ok(())
}

fn remove_file(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", path, error)),
        _ => Ok(()),
    }
}

fn sync_dir(dir: &Path) -> Result<()> {
    let sync = File::open(dir).and_then(|dir| dir.sync_all());
    sync.map_err(|error| failed("sync", dir, error))
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
