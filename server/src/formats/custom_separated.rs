//! CustomSeparated and its variants: rows with the delimiters and the escaping that settings name.

use std::io::{Read, Write};

use gristmill_engine::{HeaderColumn, Statistics};
use gristmill_sql::types::{Cursor, TextStyle, read_string, write_string, write_xml_text};
use gristmill_sql::{Code, Error, Result};

use super::column_set::ColumnSet;
use super::header_row::{self, Fields, HeaderRows};
use super::row_input::{RowParser, read_rows};
use super::row_output::{Row, RowLayout, RowOutput};
use super::settings::CustomSettings;
use super::{Batches, Format, FormatSettings, OutputFormat};

/// Plain rows.
pub const FORMAT: Format = Format {
    name: "CustomSeparated",
    aliases: &[],
    content_type: "text/plain; charset=UTF-8",
    input: Some(|header, settings, source| input(HeaderRows::None, header, settings, source)),
    output: Some(|header, settings, sink| output(HeaderRows::None, header, settings, sink)),
};

/// A row of names first.
pub const WITH_NAMES: Format = Format {
    name: "CustomSeparatedWithNames",
    input: Some(|header, settings, source| input(HeaderRows::Names, header, settings, source)),
    output: Some(|header, settings, sink| output(HeaderRows::Names, header, settings, sink)),
    ..FORMAT
};

/// A row of names and one of types first.
pub const WITH_NAMES_AND_TYPES: Format = Format {
    name: "CustomSeparatedWithNamesAndTypes",
    input: Some(|header, settings, source| input(HeaderRows::NamesAndTypes, header, settings, source)),
    output: Some(|header, settings, sink| output(HeaderRows::NamesAndTypes, header, settings, sink)),
    ..FORMAT
};

/// How values are escaped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escaping {
    /// As in another format.
    Style(TextStyle),
    /// As in XML; only for output.
    Xml,
}

const RULES: &[(&str, Escaping)] = &[
    ("Raw", Escaping::Style(TextStyle::Raw)),
    ("XML", Escaping::Xml),
    ("JSON", Escaping::Style(TextStyle::Json)),
    ("CSV", Escaping::Style(TextStyle::Csv)),
    ("Quoted", Escaping::Style(TextStyle::Quoted)),
    ("Escaped", Escaping::Style(TextStyle::Escaped)),
];

impl Escaping {
    /// The rule of this name.
    pub fn find(name: &str) -> Result<Escaping> {
        let found = RULES.iter().find(|(known, _)| *known == name);
        found.map(|(_, rule)| *rule).ok_or_else(|| {
            let message = format!(
                "Unexpected value of EscapingRule: '{name}'. Must be one of ['Raw', 'XML', 'JSON', 'CSV', 'Quoted', \
                 'Escaped']"
            );
            Error::new(Code::BAD_ARGUMENTS, message)
        })
    }

    /// The style that data can be read in.
    pub fn readable(self) -> Result<TextStyle> {
        match self {
            Escaping::Style(style) => Ok(style),
            Escaping::Xml => {
                let message = "Cannot read value with XML escaping rule";
                Err(Error::new(Code::BAD_ARGUMENTS, message))
            }
        }
    }
}

fn output(
    names: HeaderRows,
    header: &[HeaderColumn],
    settings: &FormatSettings,
    sink: Box<dyn Write>,
) -> Result<Box<dyn OutputFormat>> {
    let layout = Layout {
        names,
        escaping: Escaping::find(&settings.custom.escaping)?,
        custom: settings.custom.clone(),
        escape_slashes: settings.text.json_escape_forward_slashes,
    };
    Ok(RowOutput::start(layout, header, settings, sink))
}

struct Layout {
    names: HeaderRows,
    escaping: Escaping,
    custom: CustomSettings,
    escape_slashes: bool,
}

impl Layout {
    fn line(&self, texts: impl Iterator<Item = String>, out: &mut Vec<u8>) {
        out.extend_from_slice(self.custom.row_before.as_bytes());
        for (index, text) in texts.enumerate() {
            if index > 0 {
                out.extend_from_slice(self.custom.field.as_bytes());
            }
            match self.escaping {
                Escaping::Style(style) => write_string(text.as_bytes(), style, self.escape_slashes, out),
                Escaping::Xml => write_xml_text(text.as_bytes(), out),
            }
        }
        out.extend_from_slice(self.custom.row_after.as_bytes());
        out.extend_from_slice(self.custom.row_between.as_bytes());
    }
}

impl RowLayout for Layout {
    fn prefix(&mut self, header: &[HeaderColumn], out: &mut Vec<u8>) {
        out.extend_from_slice(self.custom.result_before.as_bytes());
        if self.names != HeaderRows::None {
            self.line(header.iter().map(|column| column.name.clone()), out);
        }
        if self.names == HeaderRows::NamesAndTypes {
            self.line(header.iter().map(|column| column.data_type.to_string()), out);
        }
    }

    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) {
        if row.index > 0 {
            out.extend_from_slice(self.custom.row_between.as_bytes());
        }
        out.extend_from_slice(self.custom.row_before.as_bytes());
        for (index, column) in row.columns.iter().enumerate() {
            if index > 0 {
                out.extend_from_slice(self.custom.field.as_bytes());
            }
            match self.escaping {
                Escaping::Style(style) => column.write_text(row.at, style, out),
                Escaping::Xml => column.write_xml(row.at, out),
            }
        }
        out.extend_from_slice(self.custom.row_after.as_bytes());
    }

    fn suffix(&mut self, _rows: u64, _statistics: &Statistics, out: &mut Vec<u8>) {
        out.extend_from_slice(self.custom.result_after.as_bytes());
    }
}

fn input(
    names: HeaderRows,
    header: &[HeaderColumn],
    settings: &FormatSettings,
    source: Box<dyn Read + Send>,
) -> Result<Batches> {
    let parser = Parser {
        names,
        style: Escaping::find(&settings.custom.escaping)?.readable()?,
        fields: Vec::new(),
        settings: settings.clone(),
        after_row: false,
    };
    Ok(read_rows(parser, header, settings, source))
}

struct Parser {
    names: HeaderRows,
    style: TextStyle,
    fields: Fields,
    settings: FormatSettings,
    /// A row has been read, so that a delimiter stands before the next.
    after_row: bool,
}

impl Parser {
    fn custom(&self) -> &CustomSettings {
        &self.settings.custom
    }

    /// The fields of a row as text, and the delimiter before the next row.
    fn line(&self, cursor: &mut Cursor<'_>) -> Result<Vec<Vec<u8>>> {
        expect(cursor, &self.custom().row_before)?;
        let mut fields = Vec::new();
        loop {
            let mut text = Vec::new();
            let mut field = self.field(cursor);
            let inside = field.as_mut().unwrap_or(cursor);
            read_string(inside, self.style, self.settings.text.csv_delimiter, &mut text)?;
            fields.push(text);
            if !cursor.eat_text(self.custom().field.as_bytes()) || self.custom().field.is_empty() {
                break;
            }
        }
        expect(cursor, &self.custom().row_after)?;
        Ok(fields)
    }

    /// The text of a field, where its style does not tell the end; the cursor moves behind it.
    fn field<'a>(&self, cursor: &mut Cursor<'a>) -> Option<Cursor<'a>> {
        if !matches!(self.style, TextStyle::Csv | TextStyle::Raw) {
            return None;
        }
        let rest = cursor.rest();
        let ends = [&self.custom().field, &self.custom().row_after];
        let mut quoted = false;
        let mut end = rest.len();
        for (at, byte) in rest.iter().enumerate() {
            quoted ^= self.style == TextStyle::Csv && *byte == b'"';
            let is_end = |delimiter: &&String| !delimiter.is_empty() && rest[at..].starts_with(delimiter.as_bytes());
            if !quoted && ends.iter().any(is_end) {
                end = at;
                break;
            }
        }
        cursor.advance(end);
        Some(Cursor::new(&rest[..end]))
    }

    fn value(&self, column: Option<usize>, cursor: &mut Cursor<'_>, columns: &mut ColumnSet) -> Result<()> {
        let mut field = self.field(cursor);
        let alone = field.is_some();
        let inside = field.as_mut().unwrap_or(cursor);
        match column {
            Some(column) => columns.read(column, inside, self.style)?,
            None => read_string(inside, self.style, self.settings.text.csv_delimiter, &mut Vec::new())?,
        }
        if alone && !inside.at_end() {
            return Err(inside.expected(self.custom().field.as_bytes()));
        }
        Ok(())
    }

    /// Whether nothing follows but the end of the result.
    fn at_end(&self, cursor: &mut Cursor<'_>) -> bool {
        let mut ahead = cursor.clone();
        ahead.eat_text(self.custom().result_after.as_bytes());
        ahead.skip_whitespace();
        let end = ahead.at_end();
        if end {
            *cursor = ahead;
        }
        end
    }
}

fn expect(cursor: &mut Cursor<'_>, delimiter: &str) -> Result<()> {
    match cursor.eat_text(delimiter.as_bytes()) {
        true => Ok(()),
        false => Err(cursor.expected(delimiter.as_bytes())),
    }
}

impl RowParser for Parser {
    fn prefix(&mut self, cursor: &mut Cursor<'_>, columns: &ColumnSet) -> Result<()> {
        self.fields = header_row::in_order(columns);
        self.after_row = false;
        if cursor.at_end() {
            return Ok(());
        }
        expect(cursor, &self.custom().result_before)?;
        if self.names == HeaderRows::None {
            if self.settings.custom.detect_header && !self.at_end(&mut cursor.clone()) {
                let between = self.custom().row_between.clone();
                let line = |cursor: &mut Cursor<'_>| {
                    let fields = self.line(cursor)?;
                    cursor.eat_text(between.as_bytes());
                    Ok(fields)
                };
                let detected = header_row::detect(cursor, columns, &self.settings, line)?;
                self.fields = detected.unwrap_or_else(|| header_row::in_order(columns));
            }
            return Ok(());
        }
        let names = self.line(cursor)?;
        self.fields = header_row::by_name(&names, columns, &self.settings)?;
        if self.names == HeaderRows::NamesAndTypes {
            expect(cursor, &self.custom().row_between)?;
            let types = self.line(cursor)?;
            header_row::check_types(&types, &self.fields, columns, &self.settings)?;
        }
        self.after_row = true;
        Ok(())
    }

    fn row(&mut self, cursor: &mut Cursor<'_>, columns: &mut ColumnSet) -> Result<bool> {
        if self.at_end(cursor) {
            return Ok(false);
        }
        if self.after_row {
            expect(cursor, &self.custom().row_between)?;
        }
        expect(cursor, &self.custom().row_before)?;
        for index in 0..self.fields.len() {
            if index > 0 {
                expect(cursor, &self.custom().field)?;
            }
            self.value(self.fields[index], cursor, columns)?;
        }
        expect(cursor, &self.custom().row_after)?;
        Ok(true)
    }

    fn row_ended(&mut self) {
        self.after_row = true;
    }
}
