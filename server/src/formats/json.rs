//! JSON and JSONCompact: the whole result as one object, with the columns' types before and figures behind.

use std::io::{Read, Write};

use gristmill_engine::{HeaderColumn, Statistics};
use gristmill_sql::types::{Cursor, TextStyle, read_json_string, skip_value, write_json_string};
use gristmill_sql::{Code, Error, Result};

use super::column_set::ColumnSet;
use super::header_row::{self, Fields};
use super::json_each_row::read_object;
use super::row_input::{RowParser, read_rows};
use super::row_output::{Row, RowLayout, RowOutput};
use super::{Batches, Format, FormatSettings, OutputFormat};

const CONTENT_TYPE: &str = "application/json; charset=UTF-8";

/// Rows as objects.
pub const FORMAT: Format = Format {
    name: "JSON",
    aliases: &[],
    content_type: CONTENT_TYPE,
    input: Some(|header, settings, source| input(false, header, settings, source)),
    output: Some(|header, settings, sink| output(false, header, settings, sink)),
};

/// Rows as arrays.
pub const COMPACT: Format = Format {
    name: "JSONCompact",
    aliases: &[],
    content_type: CONTENT_TYPE,
    input: Some(|header, settings, source| input(true, header, settings, source)),
    output: Some(|header, settings, sink| output(true, header, settings, sink)),
};

/// Tabs before a row's values.
const VALUE_INDENT: usize = 3;

fn output(
    compact: bool,
    header: &[HeaderColumn],
    settings: &FormatSettings,
    sink: Box<dyn Write>,
) -> Result<Box<dyn OutputFormat>> {
    let escape = settings.text.json_escape_forward_slashes;
    let key = |column: &HeaderColumn| string(&column.name, escape);
    let layout = Layout {
        compact,
        keys: header.iter().map(key).collect(),
        escape,
        statistics: settings.json_write_statistics,
    };
    Ok(RowOutput::start(layout, header, settings, sink))
}

struct Layout {
    compact: bool,
    /// Names as JSON strings.
    keys: Vec<Vec<u8>>,
    escape: bool,
    /// Time and rows read at the end.
    statistics: bool,
}

fn string(text: &str, escape: bool) -> Vec<u8> {
    let mut out = Vec::new();
    write_json_string(text.as_bytes(), escape, &mut out);
    out
}

impl RowLayout for Layout {
    fn prefix(&mut self, header: &[HeaderColumn], out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\n\t\"meta\":\n\t[");
        for (index, (column, key)) in header.iter().zip(&self.keys).enumerate() {
            out.extend_from_slice(if index == 0 {
                b"\n\t\t{\n\t\t\t\"name\": "
            } else {
                b",\n\t\t{\n\t\t\t\"name\": "
            });
            out.extend_from_slice(key);
            out.extend_from_slice(b",\n\t\t\t\"type\": ");
            out.extend_from_slice(&string(&column.data_type.to_string(), self.escape));
            out.extend_from_slice(b"\n\t\t}");
        }
        out.extend_from_slice(b"\n\t],\n\n\t\"data\":\n\t[\n");
    }

    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        if row.index > 0 {
            out.extend_from_slice(b",\n");
        }
        out.extend_from_slice(if self.compact { b"\t\t[" } else { b"\t\t{" });
        for (index, (column, key)) in row.columns.iter().zip(&self.keys).enumerate() {
            if self.compact {
                out.extend_from_slice(if index == 0 { b"" } else { b", " });
                column.write_text(row.at, TextStyle::Json, out);
            } else {
                out.extend_from_slice(if index == 0 { b"\n\t\t\t" } else { b",\n\t\t\t" });
                out.extend_from_slice(key);
                out.extend_from_slice(b": ");
                column.write_json_indented(row.at, VALUE_INDENT, out);
            }
        }
        out.extend_from_slice(if self.compact { b"]" } else { b"\n\t\t}" });
        replace_invalid_utf8(start, out);
    }

    fn suffix(&mut self, rows: u64, statistics: &Statistics, out: &mut Vec<u8>) {
        let mut end = format!("\n\t],\n\n\t\"rows\": {rows}");
        if let Some(rows) = statistics.rows_before_limit_at_least {
            end += &format!(",\n\n\t\"rows_before_limit_at_least\": {rows}");
        }
        if self.statistics {
            end += &format!(
                ",\n\n\t\"statistics\":\n\t{{\n\t\t\"elapsed\": {},\n\t\t\"rows_read\": {},\n\t\t\"bytes_read\": {}\n\t}}",
                statistics.elapsed.as_secs_f64(),
                statistics.rows_read,
                statistics.bytes_read
            );
        }
        end += "\n}\n";
        out.extend_from_slice(end.as_bytes());
    }
}

fn input(
    compact: bool,
    header: &[HeaderColumn],
    settings: &FormatSettings,
    source: Box<dyn Read + Send>,
) -> Result<Batches> {
    let parser = Parser {
        compact,
        fields: Vec::new(),
        settings: settings.clone(),
    };
    Ok(read_rows(parser, header, settings, source))
}

struct Parser {
    compact: bool,
    /// Of JSONCompact: the columns of a row's values.
    fields: Fields,
    settings: FormatSettings,
}

impl RowParser for Parser {
    /// Reads up to the bracket that opens `data`.
    fn prefix(&mut self, cursor: &mut Cursor<'_>, columns: &ColumnSet) -> Result<()> {
        self.fields = header_row::in_order(columns);
        cursor.skip_whitespace();
        cursor.expect(b'{')?;
        loop {
            let key = next_key(cursor)?;
            match key.as_slice() {
                b"data" => return cursor.expect(b'['),
                b"meta" => {
                    let names = column_names(skip_value(cursor)?)?;
                    self.fields = header_row::by_name(&names, columns, &self.settings)?;
                }
                _ => {
                    skip_value(cursor)?;
                }
            }
            cursor.skip_whitespace();
            cursor.expect(b',')?;
        }
    }

    fn row(&mut self, cursor: &mut Cursor<'_>, columns: &mut ColumnSet) -> Result<bool> {
        cursor.skip_whitespace();
        cursor.eat(b',');
        cursor.skip_whitespace();
        if cursor.eat(b']') {
            skip_figures(cursor)?;
            return Ok(false);
        }
        if self.compact {
            self.values(cursor, columns)?;
        } else {
            read_object(cursor, columns, self.settings.skip_unknown_fields)?;
        }
        Ok(true)
    }
}

impl Parser {
    /// `[value, value]`
    fn values(&self, cursor: &mut Cursor<'_>, columns: &mut ColumnSet) -> Result<()> {
        cursor.expect(b'[')?;
        for (index, column) in self.fields.iter().enumerate() {
            cursor.skip_whitespace();
            if index > 0 {
                cursor.expect(b',')?;
                cursor.skip_whitespace();
            }
            match column {
                Some(column) => columns.read(*column, cursor, TextStyle::Json)?,
                None => {
                    skip_value(cursor)?;
                }
            }
        }
        cursor.skip_whitespace();
        cursor.expect(b']')
    }
}

/// A key of the object that is being read, and its colon.
fn next_key(cursor: &mut Cursor<'_>) -> Result<Vec<u8>> {
    let mut key = Vec::new();
    cursor.skip_whitespace();
    read_json_string(cursor, &mut key)?;
    cursor.skip_whitespace();
    cursor.expect(b':')?;
    cursor.skip_whitespace();
    Ok(key)
}

/// What stands behind `data`, up to the end of the object.
fn skip_figures(cursor: &mut Cursor<'_>) -> Result<()> {
    loop {
        cursor.skip_whitespace();
        if cursor.eat(b'}') {
            return Ok(());
        }
        cursor.expect(b',')?;
        next_key(cursor)?;
        skip_value(cursor)?;
    }
}

/// The names in `meta`.
fn column_names(meta: &[u8]) -> Result<Vec<Vec<u8>>> {
    let wrong = |error: serde_json::Error| {
        Error::new(
            Code::INCORRECT_DATA,
            format!("Cannot read the columns of a JSON format: {error}"),
        )
    };
    let columns: Vec<Column> = serde_json::from_slice(meta).map_err(wrong)?;
    Ok(columns.into_iter().map(|column| column.name.into_bytes()).collect())
}

/// An element of `meta`.
#[derive(serde::Deserialize)]
struct Column {
    name: String,
}

/// Puts U+FFFD in the place of bytes that are not UTF-8, from `start` on.
pub fn replace_invalid_utf8(start: usize, out: &mut Vec<u8>) {
    if std::str::from_utf8(&out[start..]).is_ok() {
        return;
    }
    let valid = String::from_utf8_lossy(&out[start..]).into_owned();
    out.truncate(start);
    out.extend_from_slice(valid.as_bytes());
}
