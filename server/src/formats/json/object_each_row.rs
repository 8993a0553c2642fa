//! JSONObjectEachRow: rows as the objects in one object, under names of their own.

use std::io::{Read, Write};

use gristmill_engine::{HeaderColumn, Statistics};
use gristmill_sql::types::{Cursor, DataType, TextStyle};
use gristmill_sql::{Code, Error, Result};

use super::cells::{Cells, Values, replace_invalid_utf8};
use super::document::CONTENT_TYPE;
use super::document_frame::next_key;
use super::values::read_object;
use crate::formats::column_set::ColumnSet;
use crate::formats::row_input::{RowParser, read_rows};
use crate::formats::row_output::{Row, RowLayout, RowOutput};
use crate::formats::{Batches, Format, FormatSettings, OutputFormat};

/// Rows as fields of an object.
pub const FORMAT: Format = Format {
    name: "JSONObjectEachRow",
    aliases: &[],
    content_type: CONTENT_TYPE,
    input: Some(input),
    output: Some(output),
};

/// The column that the settings say holds the rows' names.
fn name_column(header: &[HeaderColumn], settings: &FormatSettings) -> Result<Option<usize>> {
    let wanted = &settings.json.object_name_column;
    if wanted.is_empty() {
        return Ok(None);
    }
    let found = header.iter().position(|column| column.name == *wanted);
    match found.map(|index| &header[index].data_type) {
        None => Err(Error::new(
            Code::BAD_ARGUMENTS,
            format!(
                "Column name '{wanted}' from setting json_object_each_row_column_for_object_name doesn't exists in header"
            ),
        )),
        Some(DataType::String) => Ok(found),
        Some(_) => Err(Error::new(
            Code::BAD_ARGUMENTS,
            format!(
                "Column '{wanted}' from setting json_object_each_row_column_for_object_name must have String type."
            ),
        )),
    }
}

fn output(header: &[HeaderColumn], settings: &FormatSettings, sink: Box<dyn Write>) -> Result<Box<dyn OutputFormat>> {
    let layout = Layout {
        cells: Cells::new(header, Values::Typed, settings),
        name_column: name_column(header, settings)?,
        validate_utf8: settings.json.validate_utf8,
    };
    Ok(RowOutput::start(layout, header, settings, sink))
}

struct Layout {
    cells: Cells,
    name_column: Option<usize>,
    validate_utf8: bool,
}

impl RowLayout for Layout {
    fn prefix(&mut self, _header: &[HeaderColumn], out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\n");
    }

    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(if row.index == 0 { b"\t\"" } else { b",\n\t\"" });
        match self.name_column {
            // As it is, without escapes.
            Some(column) => row.columns[column].write_text(row.at, TextStyle::Raw, out),
            None => out.extend_from_slice(format!("row_{}", row.index + 1).as_bytes()),
        }
        out.extend_from_slice(b"\": ");
        self.cells.object(row, self.name_column, out);
        if self.validate_utf8 {
            replace_invalid_utf8(start, out);
        }
    }

    fn suffix(&mut self, _rows: u64, _statistics: &Statistics, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\n}\n");
    }
}

fn input(header: &[HeaderColumn], settings: &FormatSettings, source: Box<dyn Read + Send>) -> Result<Batches> {
    let parser = Parser {
        name_column: name_column(header, settings)?,
        skip_unknown_fields: settings.skip_unknown_fields,
    };
    Ok(read_rows(parser, header, settings, source))
}

struct Parser {
    name_column: Option<usize>,
    skip_unknown_fields: bool,
}

impl RowParser for Parser {
    fn prefix(&mut self, cursor: &mut Cursor<'_>, _columns: &ColumnSet) -> Result<()> {
        cursor.skip_whitespace();
        cursor.expect(b'{')
    }

    fn row(&mut self, cursor: &mut Cursor<'_>, columns: &mut ColumnSet) -> Result<bool> {
        cursor.skip_whitespace();
        if cursor.at_end() {
            return Ok(false);
        }
        if cursor.eat(b'}') {
            cursor.skip_whitespace();
            return match cursor.at_end() {
                true => Ok(false),
                false => Err(cursor.expected(b"eof")),
            };
        }
        if cursor.eat(b',') {
            cursor.skip_whitespace();
        }
        let name = next_key(cursor)?;
        if let Some(column) = self.name_column {
            columns.read_whole(column, &name)?;
        }
        read_object(cursor, columns, Values::Typed, self.skip_unknown_fields)?;
        Ok(true)
    }
}
