//! The formats rows travel in: one file each, one line each in [`FORMATS`].
//!
//! Output: a format made of rows implements `RowLayout` (`row_output.rs`), others [`OutputFormat`] itself. Input: a
//! text format implements `RowParser` (`row_input.rs`), which gives it bounded memory and errors with row numbers;
//! columnar files go through `arrow_columns.rs`. How single values look is the business of `gristmill_sql::types`.

mod arrow_columns;
mod arrow_ipc;
mod arrow_messages;
#[cfg(test)]
mod binary_tests;
mod column_set;
mod csv;
mod custom_separated;
mod files;
mod header_row;
mod infer;
mod json;
mod line_as_string;
mod markdown;
mod native;
mod null;
mod parquet;
mod parquet_lists;
mod pretty;
mod raw_blob;
pub mod readable_number;
#[cfg(test)]
mod recorded_tests;
mod row_binary;
mod row_groups;
mod row_input;
mod row_output;
mod settings;
mod sql_insert;
mod tab_separated;
#[cfg(test)]
mod tests;
mod tskv;
mod values;
mod vertical;
mod xml;

use std::io::{Read, Write};

use arrow::array::RecordBatch;
use gristmill_engine::{HeaderColumn, Statistics};
use gristmill_sql::{Code, Error, Result};

pub use column_set::with_masks;
pub use files::{FileFormats, by_ending};
pub use row_output::sink_failed;
pub use settings::FormatSettings;

/// Writes a result set.
pub trait OutputFormat {
    /// Writes some rows.
    fn write(&mut self, batch: &RecordBatch) -> Result<()>;
    /// Writes the row of WITH TOTALS, in a format that has a place for it; comes after all rows.
    fn totals(&mut self, _totals: &RecordBatch) -> Result<()> {
        Ok(())
    }
    /// Writes the rows of least and greatest values, in a format that has a place for them; comes after the totals.
    fn extremes(&mut self, _extremes: &RecordBatch) -> Result<()> {
        Ok(())
    }
    /// Writes what follows the last row, and flushes.
    fn finish(&mut self, statistics: &Statistics) -> Result<()>;
}

/// The rows of some data, read as they are pulled: the columns of the header, and behind them the masks that
/// [`gristmill_engine::OMITTED_KEY`] describes.
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
pub const FORMATS: &[Format] = &[
    arrow_ipc::FILE,
    arrow_ipc::STREAM,
    csv::FORMAT,
    csv::WITH_NAMES,
    csv::WITH_NAMES_AND_TYPES,
    custom_separated::FORMAT,
    custom_separated::WITH_NAMES,
    custom_separated::WITH_NAMES_AND_TYPES,
    json::as_string::FORMAT,
    json::columns::COLUMNS,
    json::columns::COLUMNS_WITH_METADATA,
    json::columns::COMPACT_COLUMNS,
    json::compact_each_row::FORMAT,
    json::compact_each_row::WITH_NAMES,
    json::compact_each_row::WITH_NAMES_AND_TYPES,
    json::compact_each_row::STRINGS,
    json::compact_each_row::STRINGS_WITH_NAMES,
    json::compact_each_row::STRINGS_WITH_NAMES_AND_TYPES,
    json::document::FORMAT,
    json::document::COMPACT,
    json::document::STRINGS,
    json::document::COMPACT_STRINGS,
    json::each_row::FORMAT,
    json::each_row::STRINGS,
    json::each_row::PRETTY,
    json::object_each_row::FORMAT,
    json::progress::EACH_ROW,
    json::progress::STRINGS_EACH_ROW,
    json::progress::COMPACT_EACH_ROW,
    json::progress::COMPACT_STRINGS_EACH_ROW,
    line_as_string::FORMAT,
    line_as_string::WITH_NAMES,
    line_as_string::WITH_NAMES_AND_TYPES,
    markdown::FORMAT,
    native::FORMAT,
    null::FORMAT,
    parquet::FORMAT,
    pretty::output::COMPACT,
    pretty::output::COMPACT_NO_ESCAPES,
    pretty::output::LINES,
    pretty::output::LINES_NO_ESCAPES,
    pretty::output::SPACE,
    pretty::output::SPACE_NO_ESCAPES,
    raw_blob::FORMAT,
    raw_blob::ONE,
    row_binary::FORMAT,
    row_binary::WITH_NAMES,
    row_binary::WITH_NAMES_AND_TYPES,
    row_binary::WITH_DEFAULTS,
    sql_insert::FORMAT,
    tab_separated::FORMAT,
    tab_separated::RAW,
    tab_separated::RAW_WITH_NAMES,
    tab_separated::RAW_WITH_NAMES_AND_TYPES,
    tab_separated::WITH_NAMES,
    tab_separated::WITH_NAMES_AND_TYPES,
    tskv::FORMAT,
    values::FORMAT,
    vertical::FORMAT,
    xml::FORMAT,
];

/// ClickHouse's formats that are not here.
const REFUSED: &[&str] = &[
    "Avro",
    "AvroConfluent",
    "BSONEachRow",
    "Buffers",
    "CapnProto",
    "CustomSeparatedIgnoreSpaces",
    "CustomSeparatedIgnoreSpacesWithNames",
    "CustomSeparatedIgnoreSpacesWithNamesAndTypes",
    "DWARF",
    "Form",
    "GeoJSON",
    "Hash",
    "HiveText",
    "JSONAsObject",
    "MsgPack",
    "MySQLDump",
    "MySQLWire",
    "Npy",
    "ODBCDriver2",
    "ORC",
    "PNG",
    "ParquetMetadata",
    "PostgreSQLWire",
    "Prometheus",
    "Protobuf",
    "ProtobufList",
    "ProtobufSingle",
    "Puffin",
    "PuffinMetadata",
    "Regexp",
    "RowBinaryWithNamesAndTypesAndDefaults",
    "Template",
    "TemplateIgnoreSpaces",
];

/// Finds a format by its name or alias.
pub fn find(name: &str) -> Result<&'static Format> {
    let named = |known: &str| known.eq_ignore_ascii_case(name);
    let found = FORMATS
        .iter()
        .find(|format| named(format.name) || format.aliases.iter().copied().any(named));
    found.ok_or_else(|| match REFUSED.iter().copied().any(named) {
        true => Error::new(Code::NOT_IMPLEMENTED, format!("Format {name} is not supported yet")),
        false => Error::new(Code::UNKNOWN_FORMAT, format!("Unknown format {name}")),
    })
}
