//! The seam through which the engine reads files of any format: the formats live in `server`.

use std::path::Path;

use arrow::array::RecordBatch;
use gristmill_sql::Code;
pub use gristmill_sql::analyzer::HeaderColumn;

use crate::error::{Error, Result};
use crate::settings::Settings;

/// The metadata of a Boolean field behind the columns of a batch: it names a column, and where it is true the row did
/// not give that column, so that its value is to be replaced with the column's default.
pub const OMITTED_KEY: &str = "clickhouse.omitted";

/// Batches of one file, read as they are pulled.
pub type Batches = Box<dyn Iterator<Item = Result<RecordBatch>> + Send>;

/// One format as `system.formats` lists it.
#[derive(Clone, Debug)]
pub struct FormatEntry {
    /// Its name or one of its other names.
    pub name: &'static str,
    /// The canonical name, if `name` is another one.
    pub alias_of: Option<&'static str>,
    /// Can be read.
    pub is_input: bool,
    /// Can be written.
    pub is_output: bool,
    /// Content-Type over HTTP; empty for what is only read.
    pub content_type: &'static str,
    /// A structure can be taken from the data.
    pub has_schema_inference: bool,
}

/// A file to read.
#[derive(Clone, Copy)]
pub struct FileRequest<'a> {
    /// Its format; else told from the name's ending.
    pub format: Option<&'a str>,
    /// Where it is.
    pub path: &'a Path,
    /// Its columns; else the format's own schema, or inference, gives them.
    pub structure: Option<&'a [HeaderColumn]>,
    /// Positions of the columns that are wanted; else all.
    pub columns: Option<&'a [usize]>,
    /// The statement's settings.
    pub settings: &'a Settings,
}

/// Reads files for `file(…)` and names the known formats.
pub trait Formats: Send + Sync {
    /// Opens a file: all its columns, and batches of those wanted, with masks behind them ([`OMITTED_KEY`]).
    fn read_file(&self, request: FileRequest<'_>) -> Result<(Vec<HeaderColumn>, Batches)>;

    /// All formats, for `system.formats`.
    fn list(&self) -> Vec<FormatEntry>;
}

/// For embedding without any format: `file(…)` is refused.
pub struct NoFormats;

impl Formats for NoFormats {
    fn read_file(&self, request: FileRequest<'_>) -> Result<(Vec<HeaderColumn>, Batches)> {
        let format = request.format.unwrap_or("of the file's ending");
        Err(Error::new(Code::UNKNOWN_FORMAT, format!("Unknown format {format}")))
    }

    fn list(&self) -> Vec<FormatEntry> {
        Vec::new()
    }
}
