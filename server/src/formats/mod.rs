//! The formats rows travel in: one file each, one line each in [`FORMATS`].
//!
//! This is the seam that the command line and HTTP are written against; the formats themselves follow.

use std::io::{Read, Write};

use arrow::array::RecordBatch;
use gristmill_engine::{HeaderColumn, Statistics};
use gristmill_sql::Result;

/// Settings that change how formats read and write, taken from a session.
#[derive(Clone, Debug, Default)]
pub struct FormatSettings {}

impl FormatSettings {
    /// Reads the settings that formats know; `get` gives a setting's value as text.
    pub fn new(get: &dyn Fn(&str) -> Option<String>) -> Self {
        let _ = get;
        FormatSettings {}
    }
}

/// Writes a result set.
pub trait OutputFormat {
    /// Writes some rows.
    fn write(&mut self, batch: &RecordBatch) -> Result<()>;
    /// Writes what follows the last row, and flushes.
    fn finish(&mut self, statistics: &Statistics) -> Result<()>;
}

/// The rows of some data, read as they are pulled.
pub type Batches = Box<dyn Iterator<Item = Result<RecordBatch>> + Send>;
/// Starts writing rows of these columns.
pub type Output = fn(&[HeaderColumn], &FormatSettings, Box<dyn Write>) -> Result<Box<dyn OutputFormat>>;
/// Starts reading rows of these columns.
pub type Input = fn(&[HeaderColumn], &FormatSettings, Box<dyn Read + Send>) -> Result<Batches>;

/// A format.
#[derive(Debug)]
pub struct Format {
    /// Canonical name.
    pub name: &'static str,
    /// Other names.
    pub aliases: &'static [&'static str],
    /// Content-Type over HTTP.
    pub content_type: &'static str,
    /// Reads, if it can.
    pub input: Option<Input>,
    /// Writes, if it can.
    pub output: Option<Output>,
}

/// All formats.
pub const FORMATS: &[Format] = &[];

/// Finds a format by its name or alias.
pub fn find(name: &str) -> Option<&'static Format> {
    FORMATS
        .iter()
        .find(|format| format.name == name || format.aliases.contains(&name))
}
