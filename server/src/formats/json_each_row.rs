//! JSONEachRow: one object after another, on lines of their own or not, or all in one array.

use std::io::{Read, Write};

use gristmill_engine::HeaderColumn;
use gristmill_sql::types::{Cursor, TextStyle, read_json_string, skip_value, write_json_string};
use gristmill_sql::{Code, Error, Result};

use super::column_set::ColumnSet;
use super::row_input::{RowParser, read_rows};
use super::row_output::{Row, RowLayout, RowOutput};
use super::{Batches, Format, FormatSettings, OutputFormat};

/// Rows as JSON objects.
pub const FORMAT: Format = Format {
    name: "JSONEachRow",
    aliases: &["JSONLines", "NDJSON", "JSONL"],
    content_type: "application/x-ndjson; charset=UTF-8",
    input: Some(input),
    output: Some(output),
};

fn output(header: &[HeaderColumn], settings: &FormatSettings, sink: Box<dyn Write>) -> Result<Box<dyn OutputFormat>> {
    let name = |column: &HeaderColumn| {
        let mut key = Vec::new();
        write_json_string(
            column.name.as_bytes(),
            settings.text.json_escape_forward_slashes,
            &mut key,
        );
        key
    };
    let layout = Layout {
        keys: header.iter().map(name).collect(),
        validate_utf8: settings.json_validate_utf8,
    };
    Ok(RowOutput::start(layout, header, settings, sink))
}

struct Layout {
    /// Names as JSON strings.
    keys: Vec<Vec<u8>>,
    validate_utf8: bool,
}

impl RowLayout for Layout {
    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        for (index, (column, key)) in row.columns.iter().zip(&self.keys).enumerate() {
            out.push(if index == 0 { b'{' } else { b',' });
            out.extend_from_slice(key);
            out.push(b':');
            column.write_text(row.at, TextStyle::Json, out);
        }
        out.extend_from_slice(if row.columns.is_empty() { b"{}\n" } else { b"}\n" });
        if self.validate_utf8 {
            super::json::replace_invalid_utf8(start, out);
        }
    }
}

fn input(header: &[HeaderColumn], settings: &FormatSettings, source: Box<dyn Read + Send>) -> Result<Batches> {
    let parser = Parser {
        skip_unknown_fields: settings.skip_unknown_fields,
        in_array: false,
    };
    Ok(read_rows(parser, header, settings, source))
}

struct Parser {
    skip_unknown_fields: bool,
    /// The objects stand in one array.
    in_array: bool,
}

impl RowParser for Parser {
    fn prefix(&mut self, cursor: &mut Cursor<'_>, _columns: &ColumnSet) -> Result<()> {
        cursor.skip_whitespace();
        self.in_array = cursor.eat(b'[');
        Ok(())
    }

    fn row(&mut self, cursor: &mut Cursor<'_>, columns: &mut ColumnSet) -> Result<bool> {
        cursor.skip_whitespace();
        if cursor.eat(b',') {
            cursor.skip_whitespace();
        }
        let is_over = if self.in_array {
            cursor.eat(b']')
        } else {
            cursor.peek() == Some(b';')
        };
        if is_over {
            cursor.skip_whitespace();
            cursor.eat(b';');
            cursor.skip_whitespace();
            return if cursor.at_end() {
                Ok(false)
            } else {
                Err(cursor.expected(b"eof"))
            };
        }
        if cursor.at_end() {
            return if self.in_array {
                Err(cursor.expected(b"]"))
            } else {
                Ok(false)
            };
        }
        read_object(cursor, columns, self.skip_unknown_fields)?;
        Ok(true)
    }
}

/// Reads an object's fields into the columns of their names.
pub fn read_object(cursor: &mut Cursor<'_>, columns: &mut ColumnSet, skip_unknown_fields: bool) -> Result<()> {
    cursor.expect(b'{')?;
    cursor.skip_whitespace();
    let mut first = true;
    let mut key = Vec::new();
    while !cursor.eat(b'}') {
        if cursor.at_end() {
            let message = "Unexpected end of stream while parsing JSONEachRow format";
            return Err(Error::new(Code::CANNOT_READ_ALL_DATA, message));
        }
        if !first {
            cursor.expect(b',')?;
            cursor.skip_whitespace();
        }
        first = false;
        key.clear();
        read_json_string(cursor, &mut key)?;
        cursor.skip_whitespace();
        cursor.expect(b':')?;
        cursor.skip_whitespace();
        read_value(&key, cursor, columns, skip_unknown_fields)?;
        cursor.skip_whitespace();
    }
    Ok(())
}

fn read_value(key: &[u8], cursor: &mut Cursor<'_>, columns: &mut ColumnSet, skip_unknown_fields: bool) -> Result<()> {
    let shown = || String::from_utf8_lossy(key).into_owned();
    match columns.find(key) {
        // Of a name that comes twice the first value counts.
        Some(column) if !columns.is_given(column) => columns.read(column, cursor, TextStyle::Json).map_err(|error| {
            let message = format!("{}: (while reading the value of key {})", error.message, shown());
            Error::new(error.code, message)
        }),
        None if !skip_unknown_fields => {
            let message = format!("Unknown field found while parsing JSONEachRow format: {}", shown());
            Err(Error::new(Code::INCORRECT_DATA, message))
        }
        _ => skip_value(cursor).map(|_| ()),
    }
}
