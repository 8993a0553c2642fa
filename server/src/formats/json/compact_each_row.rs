//! JSONCompactEachRow and its variants: one array after another, after arrays of names and types or not.

use std::io::{Read, Write};

use gristmill_engine::HeaderColumn;
use gristmill_sql::Result;
use gristmill_sql::types::Cursor;

use super::cells::{Cells, Values, replace_invalid_utf8, string};
use super::values::{read_array, read_strings};
use crate::formats::column_set::ColumnSet;
use crate::formats::header_row::{self, Fields, HeaderRows};
use crate::formats::row_input::{RowParser, read_rows};
use crate::formats::row_output::{Row, RowLayout, RowOutput};
use crate::formats::{Batches, Format, FormatSettings, OutputFormat};

const CONTENT_TYPE: &str = "text/plain; charset=UTF-8";

/// Rows alone.
pub const FORMAT: Format = Format {
    name: "JSONCompactEachRow",
    aliases: &[],
    content_type: CONTENT_TYPE,
    input: Some(|header, settings, source| input(HeaderRows::None, Values::Typed, header, settings, source)),
    output: Some(|header, settings, sink| output(HeaderRows::None, Values::Typed, header, settings, sink)),
};

/// Names first.
pub const WITH_NAMES: Format = Format {
    name: "JSONCompactEachRowWithNames",
    input: Some(|header, settings, source| input(HeaderRows::Names, Values::Typed, header, settings, source)),
    output: Some(|header, settings, sink| output(HeaderRows::Names, Values::Typed, header, settings, sink)),
    ..FORMAT
};

/// Names and types first.
pub const WITH_NAMES_AND_TYPES: Format = Format {
    name: "JSONCompactEachRowWithNamesAndTypes",
    input: Some(|header, settings, source| input(HeaderRows::NamesAndTypes, Values::Typed, header, settings, source)),
    output: Some(|header, settings, sink| output(HeaderRows::NamesAndTypes, Values::Typed, header, settings, sink)),
    ..FORMAT
};

/// Rows of strings.
pub const STRINGS: Format = Format {
    name: "JSONCompactStringsEachRow",
    input: Some(|header, settings, source| input(HeaderRows::None, Values::Strings, header, settings, source)),
    output: Some(|header, settings, sink| output(HeaderRows::None, Values::Strings, header, settings, sink)),
    ..FORMAT
};

/// Names first, then rows of strings.
pub const STRINGS_WITH_NAMES: Format = Format {
    name: "JSONCompactStringsEachRowWithNames",
    input: Some(|header, settings, source| input(HeaderRows::Names, Values::Strings, header, settings, source)),
    output: Some(|header, settings, sink| output(HeaderRows::Names, Values::Strings, header, settings, sink)),
    ..FORMAT
};

/// Names and types first, then rows of strings.
pub const STRINGS_WITH_NAMES_AND_TYPES: Format = Format {
    name: "JSONCompactStringsEachRowWithNamesAndTypes",
    input: Some(|header, settings, source| input(HeaderRows::NamesAndTypes, Values::Strings, header, settings, source)),
    output: Some(|header, settings, sink| output(HeaderRows::NamesAndTypes, Values::Strings, header, settings, sink)),
    ..FORMAT
};

fn output(
    names: HeaderRows,
    values: Values,
    header: &[HeaderColumn],
    settings: &FormatSettings,
    sink: Box<dyn Write>,
) -> Result<Box<dyn OutputFormat>> {
    let layout = Layout {
        names,
        cells: Cells::new(header, values, settings),
        escape_slashes: settings.text.json_escape_forward_slashes,
        validate_utf8: settings.json.validate_utf8,
    };
    Ok(RowOutput::start(layout, header, settings, sink))
}

struct Layout {
    names: HeaderRows,
    cells: Cells,
    escape_slashes: bool,
    validate_utf8: bool,
}

impl Layout {
    fn line(&self, texts: impl Iterator<Item = String>, out: &mut Vec<u8>) {
        let strings: Vec<Vec<u8>> = texts.map(|text| string(&text, self.escape_slashes)).collect();
        out.push(b'[');
        out.extend_from_slice(&strings.join(&b", "[..]));
        out.extend_from_slice(b"]\n");
    }
}

impl RowLayout for Layout {
    fn prefix(&mut self, header: &[HeaderColumn], out: &mut Vec<u8>) {
        if self.names != HeaderRows::None {
            self.line(header.iter().map(|column| column.name.clone()), out);
        }
        if self.names == HeaderRows::NamesAndTypes {
            self.line(header.iter().map(|column| column.data_type.to_string()), out);
        }
    }

    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        self.cells.array(row, out);
        out.push(b'\n');
        if self.validate_utf8 {
            replace_invalid_utf8(start, out);
        }
    }
}

fn input(
    names: HeaderRows,
    values: Values,
    header: &[HeaderColumn],
    settings: &FormatSettings,
    source: Box<dyn Read + Send>,
) -> Result<Batches> {
    let parser = Parser {
        names,
        values,
        fields: Vec::new(),
        settings: settings.clone(),
    };
    Ok(read_rows(parser, header, settings, source))
}

struct Parser {
    names: HeaderRows,
    values: Values,
    fields: Fields,
    settings: FormatSettings,
}

impl RowParser for Parser {
    fn prefix(&mut self, cursor: &mut Cursor<'_>, columns: &ColumnSet) -> Result<()> {
        self.fields = header_row::in_order(columns);
        cursor.skip_whitespace();
        if self.names == HeaderRows::None || cursor.at_end() {
            return Ok(());
        }
        let names = read_strings(cursor)?;
        self.fields = header_row::by_name(&names, columns, &self.settings)?;
        if self.names == HeaderRows::NamesAndTypes {
            let types = read_strings(cursor)?;
            header_row::check_types(&types, &self.fields, columns, &self.settings)?;
        }
        Ok(())
    }

    fn row(&mut self, cursor: &mut Cursor<'_>, columns: &mut ColumnSet) -> Result<bool> {
        cursor.skip_whitespace();
        if cursor.eat(b',') || cursor.eat(b';') {
            cursor.skip_whitespace();
        }
        if cursor.at_end() {
            return Ok(false);
        }
        let variable = self.settings.json.compact_variable_columns;
        read_array(cursor, columns, &self.fields, self.values, variable)?;
        Ok(true)
    }
}
