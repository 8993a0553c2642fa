//! TabSeparated and its variants: a line for each row, tabs between fields, backslash escapes.

use std::io::{Read, Write};

use gristmill_engine::HeaderColumn;
use gristmill_sql::types::{Cursor, TextStyle, read_string, write_string};
use gristmill_sql::{Code, Error, Result};

use super::column_set::ColumnSet;
use super::header_row::{self, Fields, HeaderRows};
use super::row_input::{RowParser, read_rows};
use super::row_output::{Row, RowLayout, RowOutput};
use super::{Batches, Format, FormatSettings};

const CONTENT_TYPE: &str = "text/tab-separated-values; charset=UTF-8";

/// Plain rows.
pub const FORMAT: Format = Format {
    name: "TabSeparated",
    aliases: &["TSV"],
    content_type: CONTENT_TYPE,
    input: Some(|header, settings, source| input(HeaderRows::None, TextStyle::Escaped, header, settings, source)),
    output: Some(|header, settings, sink| output(HeaderRows::None, TextStyle::Escaped, header, settings, sink)),
};

/// Rows without escapes.
pub const RAW: Format = Format {
    name: "TabSeparatedRaw",
    aliases: &["TSVRaw", "Raw"],
    content_type: CONTENT_TYPE,
    input: Some(|header, settings, source| input(HeaderRows::None, TextStyle::Raw, header, settings, source)),
    output: Some(|header, settings, sink| output(HeaderRows::None, TextStyle::Raw, header, settings, sink)),
};

/// A line of names first, without escapes.
pub const RAW_WITH_NAMES: Format = Format {
    name: "TabSeparatedRawWithNames",
    aliases: &["TSVRawWithNames", "RawWithNames"],
    content_type: CONTENT_TYPE,
    input: Some(|header, settings, source| input(HeaderRows::Names, TextStyle::Raw, header, settings, source)),
    output: Some(|header, settings, sink| output(HeaderRows::Names, TextStyle::Raw, header, settings, sink)),
};

/// A line of names and one of types first, without escapes.
pub const RAW_WITH_NAMES_AND_TYPES: Format = Format {
    name: "TabSeparatedRawWithNamesAndTypes",
    aliases: &["TSVRawWithNamesAndTypes", "RawWithNamesAndTypes"],
    content_type: CONTENT_TYPE,
    input: Some(|header, settings, source| input(HeaderRows::NamesAndTypes, TextStyle::Raw, header, settings, source)),
    output: Some(|header, settings, sink| output(HeaderRows::NamesAndTypes, TextStyle::Raw, header, settings, sink)),
};

/// A line of names first.
pub const WITH_NAMES: Format = Format {
    name: "TabSeparatedWithNames",
    aliases: &["TSVWithNames"],
    content_type: CONTENT_TYPE,
    input: Some(|header, settings, source| input(HeaderRows::Names, TextStyle::Escaped, header, settings, source)),
    output: Some(|header, settings, sink| output(HeaderRows::Names, TextStyle::Escaped, header, settings, sink)),
};

/// A line of names and one of types first.
pub const WITH_NAMES_AND_TYPES: Format = Format {
    name: "TabSeparatedWithNamesAndTypes",
    aliases: &["TSVWithNamesAndTypes"],
    content_type: CONTENT_TYPE,
    input: Some(|header, settings, source| {
        input(HeaderRows::NamesAndTypes, TextStyle::Escaped, header, settings, source)
    }),
    output: Some(|header, settings, sink| {
        output(HeaderRows::NamesAndTypes, TextStyle::Escaped, header, settings, sink)
    }),
};

/// Starts writing; also other formats do so.
pub fn output(
    names: HeaderRows,
    style: TextStyle,
    header: &[HeaderColumn],
    settings: &FormatSettings,
    sink: Box<dyn Write>,
) -> Result<Box<dyn super::OutputFormat>> {
    let layout = Layout {
        names,
        style,
        line_end: settings.tsv_line_end(),
    };
    Ok(RowOutput::start(layout, header, settings, sink))
}

struct Layout {
    names: HeaderRows,
    style: TextStyle,
    line_end: &'static [u8],
}

impl Layout {
    fn line(&self, fields: impl Iterator<Item = String>, out: &mut Vec<u8>) {
        for (index, field) in fields.enumerate() {
            if index > 0 {
                out.push(b'\t');
            }
            write_string(field.as_bytes(), self.style, false, out);
        }
        out.extend_from_slice(self.line_end);
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
        for (index, column) in row.columns.iter().enumerate() {
            if index > 0 {
                out.push(b'\t');
            }
            column.write_text(row.at, self.style, out);
        }
        out.extend_from_slice(self.line_end);
    }

    fn totals(&mut self, totals: &Row<'_>, out: &mut Vec<u8>) {
        out.extend_from_slice(self.line_end);
        self.row(totals, out);
    }

    fn extremes(&mut self, ends: [&Row<'_>; 2], out: &mut Vec<u8>) {
        out.extend_from_slice(self.line_end);
        ends.into_iter().for_each(|end| self.row(end, out));
    }
}

fn input(
    names: HeaderRows,
    style: TextStyle,
    header: &[HeaderColumn],
    settings: &FormatSettings,
    source: Box<dyn Read + Send>,
) -> Result<Batches> {
    let parser = Parser {
        names,
        style,
        fields: Vec::new(),
        settings: settings.clone(),
    };
    Ok(read_rows(parser, header, settings, source))
}

struct Parser {
    names: HeaderRows,
    style: TextStyle,
    fields: Fields,
    settings: FormatSettings,
}

impl Parser {
    fn field(&self, cursor: &mut Cursor<'_>) -> Result<Vec<u8>> {
        let mut field = Vec::new();
        read_string(cursor, self.style, b'\t', &mut field)?;
        Ok(field)
    }

    /// The fields of a line as text.
    fn line(&self, cursor: &mut Cursor<'_>) -> Result<Vec<Vec<u8>>> {
        let mut fields = Vec::new();
        loop {
            fields.push(self.field(cursor)?);
            if !cursor.eat(b'\t') {
                break;
            }
        }
        self.check_carriage_return(fields.last().map(Vec::as_slice))?;
        // Only files whose lines end so come here with one.
        if let Some(last) = fields.last_mut()
            && last.last() == Some(&b'\r')
        {
            last.pop();
        }
        if !cursor.at_end() {
            cursor.expect(b'\n')?;
        }
        Ok(fields)
    }

    /// Files of Windows have a carriage return in the last field, which is rarely meant.
    fn check_carriage_return(&self, last: Option<&[u8]>) -> Result<()> {
        if self.settings.tsv_crlf || last.is_none_or(|field| field.last() != Some(&b'\r')) {
            return Ok(());
        }
        let message = "\nYou have carriage return (\\r, 0x0D, ASCII 13) at end of first row.\nIt's like your input data \
                       has DOS/Windows style line separators, that are illegal in TabSeparated format. You must \
                       transform your file to Unix format.\nBut if you really need carriage return at end of string \
                       value of last column, you need to escape it as \\r\nor else enable setting \
                       'input_format_tsv_crlf_end_of_line'";
        Err(Error::new(Code::INCORRECT_DATA, message))
    }

    fn read_fields(&self, cursor: &mut Cursor<'_>, columns: &mut ColumnSet) -> Result<()> {
        for index in 0..self.fields.len() {
            if index > 0 {
                cursor.expect(b'\t')?;
            }
            let empty = matches!(cursor.peek(), None | Some(b'\t' | b'\n'));
            match self.fields[index] {
                Some(column) if empty && self.settings.tsv_empty_as_default => columns.omit(column),
                Some(column) => columns.read(column, cursor, self.style)?,
                None => {
                    self.field(cursor)?;
                }
            }
        }
        Ok(())
    }

    /// A row of a file in which each line feed has a carriage return before it that belongs to no field.
    fn crlf_row(&self, cursor: &mut Cursor<'_>, columns: &mut ColumnSet) -> Result<()> {
        let mut ahead = cursor.clone();
        let line = ahead.take_until(|byte| byte == b'\n');
        let mut fields = Cursor::new(line.strip_suffix(b"\r").unwrap_or(line));
        let read = self.read_fields(&mut fields, columns);
        cursor.advance(fields.pos());
        read?;
        if !fields.at_end() {
            return Err(cursor.expected(b"\n"));
        }
        ahead.eat(b'\n');
        *cursor = ahead;
        Ok(())
    }

    fn end_of_row(&self, cursor: &mut Cursor<'_>) -> Result<()> {
        if cursor.at_end() {
            return Ok(());
        }
        if cursor.peek() == Some(b'\r') {
            self.check_carriage_return(Some(b"\r"))?;
        }
        cursor.expect(b'\n')
    }
}

impl RowParser for Parser {
    fn prefix(&mut self, cursor: &mut Cursor<'_>, columns: &ColumnSet) -> Result<()> {
        if self.names == HeaderRows::None {
            self.fields = header_row::in_order(columns);
            if self.settings.tsv_detect_header && self.style == TextStyle::Escaped {
                let detected = header_row::detect(cursor, columns, &self.settings, |cursor| self.line(cursor))?;
                self.fields = detected.unwrap_or_else(|| header_row::in_order(columns));
            }
            return Ok(());
        }
        if cursor.at_end() {
            self.fields = header_row::in_order(columns);
            return Ok(());
        }
        let names = self.line(cursor)?;
        self.fields = header_row::by_name(&names, columns, &self.settings)?;
        if self.names == HeaderRows::NamesAndTypes {
            let types = self.line(cursor)?;
            header_row::check_types(&types, &self.fields, columns, &self.settings)?;
        }
        Ok(())
    }

    fn row(&mut self, cursor: &mut Cursor<'_>, columns: &mut ColumnSet) -> Result<bool> {
        if cursor.at_end() {
            return Ok(false);
        }
        if self.settings.tsv_crlf {
            return self.crlf_row(cursor, columns).map(|()| true);
        }
        let start = cursor.rest();
        self.read_fields(cursor, columns)?;
        if columns.rows() == 0 {
            self.check_carriage_return(Some(&start[..start.len() - cursor.rest().len()]))?;
        }
        self.end_of_row(cursor)?;
        Ok(true)
    }
}
