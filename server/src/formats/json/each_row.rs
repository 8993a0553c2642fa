//! JSONEachRow and its kin: one object after another, on lines of their own or not, or all in one array.

use std::io::{Read, Write};

use gristmill_engine::{HeaderColumn, Statistics};
use gristmill_sql::Result;
use gristmill_sql::types::{Cursor, Indent};

use super::cells::{Cells, Values, replace_invalid_utf8};
use super::values::read_object;
use crate::formats::column_set::ColumnSet;
use crate::formats::row_input::{RowParser, read_rows};
use crate::formats::row_output::{Row, RowLayout, RowOutput};
use crate::formats::{Batches, Format, FormatSettings, OutputFormat};

const CONTENT_TYPE: &str = "application/x-ndjson; charset=UTF-8";

/// Rows as JSON objects.
pub const FORMAT: Format = Format {
    name: "JSONEachRow",
    aliases: &["JSONLines", "NDJSON", "JSONL"],
    content_type: CONTENT_TYPE,
    input: Some(|header, settings, source| input(Values::Typed, header, settings, source)),
    output: Some(|header, settings, sink| output(Values::Typed, false, header, settings, sink)),
};

/// Rows as JSON objects of strings.
pub const STRINGS: Format = Format {
    name: "JSONStringsEachRow",
    aliases: &[],
    content_type: CONTENT_TYPE,
    input: Some(|header, settings, source| input(Values::Strings, header, settings, source)),
    output: Some(|header, settings, sink| output(Values::Strings, false, header, settings, sink)),
};

/// Rows as JSON objects over many lines, for people.
pub const PRETTY: Format = Format {
    name: "PrettyJSONEachRow",
    aliases: &["PrettyJSONLines", "PrettyNDJSON"],
    content_type: CONTENT_TYPE,
    input: None,
    output: Some(|header, settings, sink| output(Values::Typed, true, header, settings, sink)),
};

/// Where the objects for people stand.
const PRETTY_INDENT: Indent = Indent { unit: "    ", depth: 0 };

fn output(
    values: Values,
    pretty: bool,
    header: &[HeaderColumn],
    settings: &FormatSettings,
    sink: Box<dyn Write>,
) -> Result<Box<dyn OutputFormat>> {
    let layout = Layout {
        cells: Cells::new(header, values, settings),
        pretty,
        in_array: settings.json.array_of_rows,
        validate_utf8: settings.json.validate_utf8,
    };
    Ok(RowOutput::start(layout, header, settings, sink))
}

struct Layout {
    cells: Cells,
    pretty: bool,
    in_array: bool,
    validate_utf8: bool,
}

impl RowLayout for Layout {
    fn prefix(&mut self, _header: &[HeaderColumn], out: &mut Vec<u8>) {
        if self.in_array {
            out.extend_from_slice(b"[\n");
        }
    }

    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        if self.in_array && row.index > 0 {
            out.extend_from_slice(b",\n");
        }
        if self.pretty {
            self.cells.lines(row, PRETTY_INDENT, true, out);
        } else {
            self.cells.object(row, None, out);
        }
        if !self.in_array {
            out.push(b'\n');
        }
        if self.validate_utf8 {
            replace_invalid_utf8(start, out);
        }
    }

    fn suffix(&mut self, _rows: u64, _statistics: &Statistics, out: &mut Vec<u8>) {
        if self.in_array {
            out.extend_from_slice(b"\n]\n");
        }
    }
}

fn input(
    values: Values,
    header: &[HeaderColumn],
    settings: &FormatSettings,
    source: Box<dyn Read + Send>,
) -> Result<Batches> {
    let parser = Parser {
        values,
        skip_unknown_fields: settings.skip_unknown_fields,
        separators: Separators::default(),
    };
    Ok(read_rows(parser, header, settings, source))
}

struct Parser {
    values: Values,
    skip_unknown_fields: bool,
    separators: Separators,
}

impl RowParser for Parser {
    fn prefix(&mut self, cursor: &mut Cursor<'_>, _columns: &ColumnSet) -> Result<()> {
        self.separators.open(cursor);
        Ok(())
    }

    fn row(&mut self, cursor: &mut Cursor<'_>, columns: &mut ColumnSet) -> Result<bool> {
        if !self.separators.next(cursor)? {
            return Ok(false);
        }
        read_object(cursor, columns, self.values, self.skip_unknown_fields)?;
        Ok(true)
    }
}

/// What stands between objects: blanks, commas, or the brackets of an array around all of them.
#[derive(Default)]
pub struct Separators {
    in_array: bool,
}

impl Separators {
    /// Reads what stands before the first object.
    pub fn open(&mut self, cursor: &mut Cursor<'_>) {
        cursor.skip_whitespace();
        self.in_array = cursor.eat(b'[');
    }

    /// Moves to the next object; false if there is none.
    pub fn next(&self, cursor: &mut Cursor<'_>) -> Result<bool> {
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
        Ok(true)
    }
}
