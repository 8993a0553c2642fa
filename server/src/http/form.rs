//! A query in a form: its fields are parameters like those of the URL, its files are external tables.
//!
//! A file is a table of the field's name; `<name>_structure` or `<name>_types`, and `<name>_format` if it is not TabSeparated,
//! say what is in it. They may be in the URL or in fields before it.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, MutexGuard};

use gristmill_engine::{HeaderColumn, Session, external};
use gristmill_sql::{Code, Error, Result};

use super::multipart::{Multipart, Part};
use super::request::Request;
use crate::statement::InsertStep;

/// Fields with more bytes than this are refused: they are in memory.
const FIELD_BYTES_MAX: u64 = 64 << 20;
/// Tables that one query may bring.
const TABLES_MAX: usize = 1000;

/// What ends the names of parameters that are about a file.
const SUFFIXES: [&str; 3] = ["_format", "_types", "_structure"];

/// What is said of the files of a form: parameters by their whole names.
#[derive(Debug, Default)]
pub struct Declarations(BTreeMap<String, String>);

impl Declarations {
    /// Whether a parameter of a form is about a file.
    pub fn is_one(name: &str) -> bool {
        SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
    }

    /// Adds one.
    pub fn add(&mut self, name: String, value: String) {
        self.0.insert(name, value);
    }

    fn of(&self, table: &str, suffix: &str) -> Option<&str> {
        self.0.get(&format!("{table}{suffix}")).map(String::as_str)
    }

    fn columns(&self, table: &str) -> Result<Vec<HeaderColumn>> {
        match (self.of(table, "_structure"), self.of(table, "_types")) {
            (Some(text), _) => Ok(external::columns_of_structure(text)?),
            (None, Some(text)) => Ok(external::columns_of_types(text)?),
            (None, None) => {
                let message = format!(
                    "Neither structure nor types have not been provided for external table {table}. Use fields \
                     {table}_structure or {table}_types to do so."
                );
                Err(Error::new(Code::BAD_ARGUMENTS, message))
            }
        }
    }
}

/// A form that is read part by part.
pub struct Form<R> {
    /// Formats own what they read, so the form shares it with them.
    parts: Arc<Mutex<Multipart<R>>>,
    /// The file that ended the last round of fields.
    file: Option<Part>,
    /// Names of the tables made.
    tables: Vec<String>,
}

impl<R: Read + Send + 'static> Form<R> {
    /// A form of at most so many bytes.
    pub fn new(body: R, boundary: &str, bytes_max: u64) -> Self {
        Form {
            parts: Arc::new(Mutex::new(Multipart::new(body, boundary, bytes_max))),
            file: None,
            tables: Vec::new(),
        }
    }

    /// Reads fields into `request` until a file comes or the form ends.
    pub fn read_fields(&mut self, request: &mut Request) -> Result<()> {
        loop {
            let part = lock(&self.parts).next_part()?;
            let Some(part) = part else { return Ok(()) };
            if part.is_file {
                self.file = Some(part);
                return Ok(());
            }
            let mut value = Vec::new();
            let read = Content(self.parts.clone())
                .take(FIELD_BYTES_MAX + 1)
                .read_to_end(&mut value);
            read.map_err(|error| cut_off(&part.name, &error))?;
            if value.len() as u64 > FIELD_BYTES_MAX {
                let message = format!("Field {} of the form is longer than {FIELD_BYTES_MAX} bytes", part.name);
                return Err(Error::new(Code::BAD_ARGUMENTS, message));
            }
            match self.tables.is_empty() {
                true => request.take_field(&part.name, value)?,
                false => request.take_late_field(&part.name, value)?,
            }
        }
    }

    /// Reads all files into tables of `session`, whose settings are those of the request, and the fields between them.
    pub fn read_tables(&mut self, request: &mut Request, session: &mut Session) -> Result<()> {
        while let Some(file) = self.file.take() {
            if self.tables.len() == TABLES_MAX {
                let message = format!("A query brings more than {TABLES_MAX} tables");
                return Err(Error::new(Code::TOO_LARGE_ARRAY_SIZE, message));
            }
            let columns = request.declarations.columns(&file.name)?;
            let format = request.declarations.of(&file.name, "_format").unwrap_or("TabSeparated");
            let mut insert = session.external_table(&file.name, &columns)?;
            insert.format = Some(format.to_string());
            self.tables.push(file.name);
            InsertStep::new(insert, b"").read(Box::new(Content(self.parts.clone())))?;
            self.read_fields(request)?;
        }
        Ok(())
    }

    /// The names of the tables, which end with the request.
    pub fn tables(self) -> Vec<String> {
        self.tables
    }
}

/// What the current part holds.
struct Content<R>(Arc<Mutex<Multipart<R>>>);

impl<R: Read> Read for Content<R> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        lock(&self.0).read(target)
    }
}

fn lock<R>(parts: &Mutex<Multipart<R>>) -> MutexGuard<'_, Multipart<R>> {
    parts.lock().expect("nothing panics while holding the lock")
}

fn cut_off(field: &str, error: &dyn std::fmt::Display) -> Error {
    let message = format!("Field {field} of the form cannot be read: {error}");
    Error::new(Code::BAD_ARGUMENTS, message)
}
