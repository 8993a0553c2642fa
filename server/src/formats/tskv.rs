//! TSKV: a line for each row, with each value behind its column's name.

use std::io::{Read, Write};

use gristmill_engine::HeaderColumn;
use gristmill_sql::types::{Cursor, TextStyle, read_string};
use gristmill_sql::{Code, Error, Result};

use super::column_set::ColumnSet;
use super::row_input::{RowParser, read_rows};
use super::row_output::{Row, RowLayout, RowOutput};
use super::{Batches, Format, FormatSettings, OutputFormat};

/// Names and values.
pub const FORMAT: Format = Format {
    name: "TSKV",
    aliases: &[],
    content_type: "text/tab-separated-values; charset=UTF-8",
    input: Some(input),
    output: Some(output),
};

fn output(header: &[HeaderColumn], settings: &FormatSettings, sink: Box<dyn Write>) -> Result<Box<dyn OutputFormat>> {
    let layout = Layout {
        names: header.iter().map(|column| escaped_name(&column.name)).collect(),
    };
    Ok(RowOutput::start(layout, header, settings, sink))
}

/// The name and its equals sign; such signs in the name are escaped.
fn escaped_name(name: &str) -> Vec<u8> {
    let mut out = Vec::new();
    gristmill_sql::types::write_string(name.as_bytes(), TextStyle::Escaped, false, &mut out);
    let mut name = String::from_utf8_lossy(&out).replace('=', "\\=").into_bytes();
    name.push(b'=');
    name
}

struct Layout {
    names: Vec<Vec<u8>>,
}

impl RowLayout for Layout {
    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) {
        for (index, (column, name)) in row.columns.iter().zip(&self.names).enumerate() {
            if index > 0 {
                out.push(b'\t');
            }
            out.extend_from_slice(name);
            column.write_text(row.at, TextStyle::Escaped, out);
        }
        out.push(b'\n');
    }
}

fn input(header: &[HeaderColumn], settings: &FormatSettings, source: Box<dyn Read + Send>) -> Result<Batches> {
    let parser = Parser {
        skip_unknown_fields: settings.skip_unknown_fields,
    };
    Ok(read_rows(parser, header, settings, source))
}

struct Parser {
    skip_unknown_fields: bool,
}

impl RowParser for Parser {
    fn row(&mut self, cursor: &mut Cursor<'_>, columns: &mut ColumnSet) -> Result<bool> {
        if cursor.at_end() {
            return Ok(false);
        }
        // An empty line is a row of defaults.
        if cursor.eat(b'\n') {
            return Ok(true);
        }
        loop {
            let name = self.field(cursor, columns)?;
            if cursor.eat(b'\t') {
                continue;
            }
            if cursor.eat(b'\n') {
                return Ok(true);
            }
            let name = String::from_utf8_lossy(&name);
            return Err(if cursor.at_end() {
                let message = format!("Unexpected end of stream after field in TSKV format: {name}");
                Error::new(Code::CANNOT_READ_ALL_DATA, message)
            } else {
                let message = format!("Found garbage after field in TSKV format: {name}");
                Error::new(Code::CANNOT_PARSE_INPUT_ASSERTION_FAILED, message)
            });
        }
    }
}

impl Parser {
    /// Reads a name and what belongs to it; returns the name.
    fn field(&self, cursor: &mut Cursor<'_>, columns: &mut ColumnSet) -> Result<Vec<u8>> {
        let wrong = |what: &str, name: &[u8]| {
            let name = String::from_utf8_lossy(name);
            Error::new(
                Code::INCORRECT_DATA,
                format!("{what} while parsing TSKV format: {name}"),
            )
        };
        let (name, has_value) = read_name(cursor)?;
        let column = columns.find(&name);
        if !has_value {
            // The row may start with this word.
            if name == b"tskv" {
                return Ok(name);
            }
            return Err(wrong("Found field without value", &name));
        }
        match column {
            Some(column) if columns.is_given(column) => return Err(wrong("Duplicate field found", &name)),
            Some(column) => columns.read(column, cursor, TextStyle::Escaped)?,
            None if !self.skip_unknown_fields => return Err(wrong("Unknown field found", &name)),
            None => read_string(cursor, TextStyle::Escaped, b'\t', &mut Vec::new())?,
        }
        Ok(name)
    }
}

/// The name up to its equals sign, and whether there is one.
fn read_name(cursor: &mut Cursor<'_>) -> Result<(Vec<u8>, bool)> {
    let mut raw = Vec::new();
    loop {
        raw.extend_from_slice(cursor.take_until(|byte| matches!(byte, b'=' | b'\t' | b'\n' | b'\\')));
        match cursor.peek() {
            Some(b'\\') => {
                raw.push(b'\\');
                cursor.advance(1);
                raw.extend(cursor.next_byte());
            }
            end => {
                let has_value = end == Some(b'=');
                if has_value {
                    cursor.advance(1);
                }
                let mut name = Vec::new();
                read_string(&mut Cursor::new(&raw), TextStyle::Escaped, b'\t', &mut name)?;
                return Ok((name, has_value));
            }
        }
    }
}
