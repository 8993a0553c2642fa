//! LineAsString: each line is the value of the only column. Written it is TabSeparatedRaw.

use std::io::Read;

use gristmill_engine::HeaderColumn;
use gristmill_sql::types::{Cursor, DataType, TextStyle};
use gristmill_sql::{Code, Error, Result};

use super::column_set::ColumnSet;
use super::header_row::HeaderRows;
use super::row_input::{RowParser, read_rows};
use super::tab_separated::output;
use super::{Batches, Format, FormatSettings};

/// Lines.
pub const FORMAT: Format = Format {
    name: "LineAsString",
    aliases: &[],
    content_type: "text/tab-separated-values; charset=UTF-8",
    input: Some(input),
    output: Some(|header, settings, sink| output(HeaderRows::None, TextStyle::Raw, header, settings, sink)),
};

/// A line of names first.
pub const WITH_NAMES: Format = Format {
    name: "LineAsStringWithNames",
    input: None,
    output: Some(|header, settings, sink| output(HeaderRows::Names, TextStyle::Raw, header, settings, sink)),
    ..FORMAT
};

/// A line of names and one of types first.
pub const WITH_NAMES_AND_TYPES: Format = Format {
    name: "LineAsStringWithNamesAndTypes",
    input: None,
    output: Some(|header, settings, sink| output(HeaderRows::NamesAndTypes, TextStyle::Raw, header, settings, sink)),
    ..FORMAT
};

fn input(header: &[HeaderColumn], settings: &FormatSettings, source: Box<dyn Read + Send>) -> Result<Batches> {
    if !matches!(header, [column] if column.data_type == DataType::String) {
        let message = "This input format is only suitable for tables with a single column of type String.";
        return Err(Error::new(Code::INCORRECT_QUERY, message));
    }
    Ok(read_rows(Parser, header, settings, source))
}

struct Parser;

impl RowParser for Parser {
    fn row(&mut self, cursor: &mut Cursor<'_>, columns: &mut ColumnSet) -> Result<bool> {
        if cursor.at_end() {
            return Ok(false);
        }
        let line = cursor.take_until(|byte| byte == b'\n');
        cursor.eat(b'\n');
        columns.read_bytes(0, line)?;
        Ok(true)
    }
}
