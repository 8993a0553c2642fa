//! JSON, JSONCompact and those whose values are strings: the whole result as one object, with the columns' types before
//! and figures behind.

use std::io::{Read, Write};

use gristmill_engine::{HeaderColumn, Statistics};
use gristmill_sql::Result;
use gristmill_sql::types::{Cursor, Indent};

use super::cells::{Cells, Values, replace_invalid_utf8};
use super::document_frame::{Behind, read_meta, skip_figures, write_figures, write_meta};
use super::values::{read_array, read_object};
use crate::formats::column_set::ColumnSet;
use crate::formats::header_row::Fields;
use crate::formats::row_input::{RowParser, read_rows};
use crate::formats::row_output::{Row, RowLayout, RowOutput};
use crate::formats::{Batches, Format, FormatSettings, OutputFormat};

/// Content-Type of JSON documents.
pub const CONTENT_TYPE: &str = "application/json; charset=UTF-8";

/// Rows as objects.
pub const FORMAT: Format = Format {
    name: "JSON",
    aliases: &[],
    content_type: CONTENT_TYPE,
    input: Some(|header, settings, source| input(false, header, settings, source)),
    output: Some(|header, settings, sink| output(false, Values::Typed, header, settings, sink)),
};

/// Rows as arrays.
pub const COMPACT: Format = Format {
    name: "JSONCompact",
    aliases: &[],
    content_type: CONTENT_TYPE,
    input: Some(|header, settings, source| input(true, header, settings, source)),
    output: Some(|header, settings, sink| output(true, Values::Typed, header, settings, sink)),
};

/// Rows as objects of strings.
pub const STRINGS: Format = Format {
    name: "JSONStrings",
    aliases: &[],
    content_type: CONTENT_TYPE,
    input: None,
    output: Some(|header, settings, sink| output(false, Values::Strings, header, settings, sink)),
};

/// Rows as arrays of strings.
pub const COMPACT_STRINGS: Format = Format {
    name: "JSONCompactStrings",
    aliases: &[],
    content_type: CONTENT_TYPE,
    input: None,
    output: Some(|header, settings, sink| output(true, Values::Strings, header, settings, sink)),
};

/// Where rows stand in a document.
const ROW_INDENT: Indent = Indent { unit: "\t", depth: 2 };

fn output(
    compact: bool,
    values: Values,
    header: &[HeaderColumn],
    settings: &FormatSettings,
    sink: Box<dyn Write>,
) -> Result<Box<dyn OutputFormat>> {
    let layout = Layout {
        compact,
        cells: Cells::new(header, values, settings),
        settings: settings.clone(),
        data_ended: false,
    };
    Ok(RowOutput::start(layout, header, settings, sink))
}

struct Layout {
    compact: bool,
    cells: Cells,
    settings: FormatSettings,
    data_ended: bool,
}

impl Layout {
    fn behind(&mut self) -> Behind<'_> {
        Behind {
            cells: &mut self.cells,
            compact: self.compact,
            pretty: self.settings.json.pretty_print,
        }
    }

    /// Closes the rows, once.
    fn end_data(&mut self, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.data_ended, true) {
            out.extend_from_slice(b"\n\t]");
        }
    }
}

impl RowLayout for Layout {
    fn prefix(&mut self, header: &[HeaderColumn], out: &mut Vec<u8>) {
        write_meta(header, &self.settings, out);
        out.extend_from_slice(b"\t[\n");
    }

    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        if row.index > 0 {
            out.extend_from_slice(b",\n");
        }
        ROW_INDENT.write(out);
        if self.compact {
            self.cells.array(row, out);
        } else {
            self.cells.lines(row, ROW_INDENT, self.settings.json.pretty_print, out);
        }
        replace_invalid_utf8(start, out);
    }

    fn totals(&mut self, totals: &Row<'_>, out: &mut Vec<u8>) {
        self.end_data(out);
        self.behind().totals(totals, out);
    }

    fn extremes(&mut self, ends: [&Row<'_>; 2], out: &mut Vec<u8>) {
        self.end_data(out);
        self.behind().extremes(ends, out);
    }

    fn suffix(&mut self, rows: u64, statistics: &Statistics, out: &mut Vec<u8>) {
        self.end_data(out);
        write_figures(rows, statistics, self.settings.write_statistics, out);
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
        self.fields = read_meta(cursor, columns, &self.settings)?;
        cursor.expect(b'[')
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
            read_array(cursor, columns, &self.fields, Values::Typed, false)?;
        } else {
            read_object(cursor, columns, Values::Typed, self.settings.skip_unknown_fields)?;
        }
        Ok(true)
    }
}
