//! What a JSON document says besides rows: `meta` before them, figures behind them; and how they are read again.

use gristmill_engine::{HeaderColumn, Statistics};
use gristmill_sql::types::{Cursor, Indent, read_json_string, skip_value};
use gristmill_sql::{Code, Error, Result};

use super::cells::{Cells, replace_invalid_utf8, string};
use crate::formats::FormatSettings;
use crate::formats::column_set::ColumnSet;
use crate::formats::header_row::{self, Fields};
use crate::formats::row_output::Row;

/// The brace that opens the document, and names and types of the columns.
pub fn write_meta(header: &[HeaderColumn], settings: &FormatSettings, out: &mut Vec<u8>) {
    let escape = settings.text.json_escape_forward_slashes;
    out.extend_from_slice(b"{\n\t\"meta\":\n\t[");
    for (index, column) in header.iter().enumerate() {
        out.extend_from_slice(if index == 0 {
            b"\n\t\t{\n\t\t\t\"name\": "
        } else {
            b",\n\t\t{\n\t\t\t\"name\": "
        });
        out.extend_from_slice(&string(&column.name, escape));
        out.extend_from_slice(b",\n\t\t\t\"type\": ");
        out.extend_from_slice(&string(&column.data_type.to_string(), escape));
        out.extend_from_slice(b"\n\t\t}");
    }
    out.extend_from_slice(b"\n\t],\n\n\t\"data\":\n");
}

/// What stands behind the rows: totals and extremes.
pub struct Behind<'a> {
    /// Writes their values.
    pub cells: &'a mut Cells,
    /// Rows are arrays.
    pub compact: bool,
    /// Composite values take lines of their own.
    pub pretty: bool,
}

impl Behind<'_> {
    /// The row of WITH TOTALS.
    pub fn totals(mut self, totals: &Row<'_>, out: &mut Vec<u8>) {
        out.extend_from_slice(b",\n\n");
        self.named("totals", 1, totals, out);
    }

    /// The rows of least and of greatest values.
    pub fn extremes(mut self, [least, greatest]: [&Row<'_>; 2], out: &mut Vec<u8>) {
        out.extend_from_slice(b",\n\n\t\"extremes\":\n\t{\n");
        self.named("min", 2, least, out);
        out.extend_from_slice(b",\n");
        self.named("max", 2, greatest, out);
        out.extend_from_slice(b"\n\t}");
    }

    /// A row under a name: an array behind it, or an object on lines of its own.
    fn named(&mut self, name: &str, depth: usize, row: &Row<'_>, out: &mut Vec<u8>) {
        let indent = Indent { unit: "\t", depth };
        let start = out.len();
        indent.write(out);
        out.extend_from_slice(format!("\"{name}\":").as_bytes());
        if self.compact {
            out.push(b' ');
            self.cells.array(row, out);
        } else {
            out.push(b'\n');
            indent.write(out);
            self.cells.lines(row, indent, self.pretty, out);
        }
        replace_invalid_utf8(start, out);
    }
}

/// Rows and what the query did, and the brace that closes the document.
pub fn write_figures(rows: u64, statistics: &Statistics, with_statistics: bool, out: &mut Vec<u8>) {
    let mut end = format!(",\n\n\t\"rows\": {rows}");
    if let Some(rows) = statistics.rows_before_limit_at_least {
        end += &format!(",\n\n\t\"rows_before_limit_at_least\": {rows}");
    }
    if with_statistics {
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

/// Reads up to what stands behind `"data":`; returns the columns of `meta`.
pub fn read_meta(cursor: &mut Cursor<'_>, columns: &ColumnSet, settings: &FormatSettings) -> Result<Fields> {
    let mut fields = header_row::in_order(columns);
    cursor.skip_whitespace();
    cursor.expect(b'{')?;
    loop {
        let key = next_key(cursor)?;
        match key.as_slice() {
            b"data" => return Ok(fields),
            b"meta" => {
                let meta = columns_of(skip_value(cursor)?)?;
                let names: Vec<Vec<u8>> = meta.iter().map(|it| it.name.clone().into_bytes()).collect();
                fields = header_row::by_name(&names, columns, settings)?;
            }
            _ => {
                skip_value(cursor)?;
            }
        }
        cursor.skip_whitespace();
        cursor.expect(b',')?;
    }
}

/// What stands behind `data`, up to the end of the document.
pub fn skip_figures(cursor: &mut Cursor<'_>) -> Result<()> {
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

/// A key of the object that is being read, and its colon.
pub fn next_key(cursor: &mut Cursor<'_>) -> Result<Vec<u8>> {
    let mut key = Vec::new();
    cursor.skip_whitespace();
    read_json_string(cursor, &mut key)?;
    cursor.skip_whitespace();
    cursor.expect(b':')?;
    cursor.skip_whitespace();
    Ok(key)
}

/// The columns in `meta`.
pub fn columns_of(meta: &[u8]) -> Result<Vec<MetaColumn>> {
    let wrong = |error: serde_json::Error| {
        Error::new(
            Code::INCORRECT_DATA,
            format!("Cannot read the columns of a JSON format: {error}"),
        )
    };
    serde_json::from_slice(meta).map_err(wrong)
}

/// An element of `meta`.
#[derive(serde::Deserialize)]
pub struct MetaColumn {
    /// The column's name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub data_type: Option<String>,
}
