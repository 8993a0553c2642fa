//! CSV and its variants. A tuple takes as many fields as it has elements.

use std::io::{Read, Write};

use gristmill_engine::HeaderColumn;
use gristmill_sql::types::{Cursor, DataType, TextStyle, read_string, write_string};
use gristmill_sql::{Code, Error, Result};

use super::column_set::ColumnSet;
use super::header_row::{self, Fields, HeaderRows};
use super::row_input::{RowParser, read_rows};
use super::row_output::{Row, RowLayout, RowOutput};
use super::{Batches, Format, FormatSettings, OutputFormat};

/// Plain rows.
pub const FORMAT: Format = Format {
    name: "CSV",
    aliases: &[],
    content_type: "text/csv; charset=UTF-8; header=absent",
    input: Some(|header, settings, source| input(HeaderRows::None, header, settings, source)),
    output: Some(|header, settings, sink| output(HeaderRows::None, header, settings, sink)),
};

/// A line of names first.
pub const WITH_NAMES: Format = Format {
    name: "CSVWithNames",
    aliases: &[],
    content_type: "text/csv; charset=UTF-8; header=present",
    input: Some(|header, settings, source| input(HeaderRows::Names, header, settings, source)),
    output: Some(|header, settings, sink| output(HeaderRows::Names, header, settings, sink)),
};

/// A line of names and one of types first.
pub const WITH_NAMES_AND_TYPES: Format = Format {
    name: "CSVWithNamesAndTypes",
    aliases: &[],
    content_type: "text/csv; charset=UTF-8; header=present",
    input: Some(|header, settings, source| input(HeaderRows::NamesAndTypes, header, settings, source)),
    output: Some(|header, settings, sink| output(HeaderRows::NamesAndTypes, header, settings, sink)),
};

fn output(
    names: HeaderRows,
    header: &[HeaderColumn],
    settings: &FormatSettings,
    sink: Box<dyn Write>,
) -> Result<Box<dyn OutputFormat>> {
    let layout = Layout {
        names,
        delimiter: settings.text.csv_delimiter,
        tuples_as_fields: settings.text.csv_tuples_as_fields,
        line_end: if settings.csv_crlf_output { b"\r\n" } else { b"\n" },
    };
    Ok(RowOutput::start(layout, header, settings, sink))
}

struct Layout {
    names: HeaderRows,
    delimiter: u8,
    tuples_as_fields: bool,
    line_end: &'static [u8],
}

impl Layout {
    fn line(&self, fields: &[String], out: &mut Vec<u8>) {
        for (index, field) in fields.iter().enumerate() {
            if index > 0 {
                out.push(self.delimiter);
            }
            write_string(field.as_bytes(), TextStyle::Csv, false, out);
        }
        out.extend_from_slice(self.line_end);
    }
}

impl RowLayout for Layout {
    fn prefix(&mut self, header: &[HeaderColumn], out: &mut Vec<u8>) {
        let mut fields = Vec::new();
        for column in header {
            if self.tuples_as_fields {
                flatten(&column.name, &column.data_type, &mut fields);
            } else {
                fields.push((column.name.clone(), column.data_type.clone()));
            }
        }
        if self.names != HeaderRows::None {
            let names: Vec<String> = fields.iter().map(|(name, _)| name.clone()).collect();
            self.line(&names, out);
        }
        if self.names == HeaderRows::NamesAndTypes {
            let types: Vec<String> = fields.iter().map(|(_, data_type)| data_type.to_string()).collect();
            self.line(&types, out);
        }
    }

    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) {
        for (index, column) in row.columns.iter().enumerate() {
            if index > 0 {
                out.push(self.delimiter);
            }
            column.write_text(row.at, TextStyle::Csv, out);
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

/// The fields that a column of this type takes.
fn flatten(name: &str, data_type: &DataType, fields: &mut Vec<(String, DataType)>) {
    let DataType::Tuple(elements) = data_type else {
        fields.push((name.to_string(), data_type.clone()));
        return;
    };
    for (index, element) in elements.iter().enumerate() {
        let own = element.name.clone().unwrap_or_else(|| (index + 1).to_string());
        flatten(&format!("{name}.{own}"), &element.data_type, fields);
    }
    // Even an empty tuple takes one field.
    if elements.is_empty() {
        fields.push((name.to_string(), data_type.clone()));
    }
}

/// Fields may begin with these, or hold them without quotes (`1.5`, `NULL`).
const AMBIGUOUS_DELIMITERS: &[u8] = b" \t\"'.UL";

fn input(
    names: HeaderRows,
    header: &[HeaderColumn],
    settings: &FormatSettings,
    source: Box<dyn Read + Send>,
) -> Result<Batches> {
    let delimiter = settings.text.csv_delimiter;
    if AMBIGUOUS_DELIMITERS.contains(&delimiter) {
        let message = format!(
            "CSV format may not work correctly with delimiter '{}'. Try use CustomSeparated format instead",
            char::from(delimiter)
        );
        return Err(Error::new(Code::BAD_ARGUMENTS, message));
    }
    let parser = Parser {
        names,
        fields: Vec::new(),
        settings: settings.clone(),
    };
    Ok(read_rows(parser, header, settings, source))
}

struct Parser {
    names: HeaderRows,
    fields: Fields,
    settings: FormatSettings,
}

impl Parser {
    fn delimiter(&self) -> u8 {
        self.settings.text.csv_delimiter
    }

    fn skip_blanks(&self, cursor: &mut Cursor<'_>) {
        let delimiter = self.delimiter();
        cursor.take_until(|byte| byte == delimiter || !matches!(byte, b' ' | b'\t'));
    }

    fn field(&self, cursor: &mut Cursor<'_>) -> Result<Vec<u8>> {
        self.skip_blanks(cursor);
        let mut field = Vec::new();
        read_string(cursor, TextStyle::Csv, self.delimiter(), &mut field)?;
        self.skip_blanks(cursor);
        Ok(field)
    }

    fn line(&self, cursor: &mut Cursor<'_>) -> Result<Vec<Vec<u8>>> {
        let mut fields = vec![self.field(cursor)?];
        while cursor.eat(self.delimiter()) {
            fields.push(self.field(cursor)?);
        }
        self.end_of_row(cursor)?;
        Ok(fields)
    }

    /// The line end; one more delimiter before it is accepted.
    fn end_of_row(&self, cursor: &mut Cursor<'_>) -> Result<()> {
        self.skip_blanks(cursor);
        if cursor.at_end() {
            return Ok(());
        }
        if cursor.eat(self.delimiter()) {
            self.skip_blanks(cursor);
        }
        if cursor.at_end() || cursor.eat_text(b"\r\n") || cursor.eat_text(b"\n\r") || cursor.eat(b'\n') {
            return Ok(());
        }
        Err(Error::new(Code::INCORRECT_DATA, "Expected end of line"))
    }

    /// The names of a line as columns; the fields of a tuple's elements are one column.
    fn by_name(&self, names: &[Vec<u8>], columns: &ColumnSet) -> Result<Fields> {
        let mut joined: Vec<Vec<u8>> = Vec::with_capacity(names.len());
        let mut rest = names;
        while let Some(first) = rest.first() {
            let tuple = columns.header().iter().find_map(|column| {
                let mut fields = Vec::new();
                flatten(&column.name, &column.data_type, &mut fields);
                let whole = matches!(column.data_type, DataType::Tuple(_))
                    && rest.len() >= fields.len()
                    && fields
                        .iter()
                        .zip(rest)
                        .all(|((name, _), given)| name.as_bytes() == given);
                whole.then_some((column.name.clone().into_bytes(), fields.len()))
            });
            let (name, count) = tuple.unwrap_or_else(|| (first.clone(), 1));
            joined.push(name);
            rest = &rest[count..];
        }
        header_row::by_name(&joined, columns, &self.settings)
    }
}

impl RowParser for Parser {
    fn prefix(&mut self, cursor: &mut Cursor<'_>, columns: &ColumnSet) -> Result<()> {
        self.fields = header_row::in_order(columns);
        if cursor.at_end() {
            return Ok(());
        }
        if self.names == HeaderRows::None {
            if self.settings.csv_detect_header {
                let detected = header_row::detect(cursor, columns, &self.settings, |cursor| self.line(cursor))?;
                self.fields = detected.unwrap_or_else(|| header_row::in_order(columns));
            }
            return Ok(());
        }
        let names = self.line(cursor)?;
        self.fields = self.by_name(&names, columns)?;
        if self.names == HeaderRows::NamesAndTypes {
            let types = self.line(cursor)?;
            // Types of tuples are given per element; only whole columns can be compared.
            if types.len() == self.fields.len() {
                header_row::check_types(&types, &self.fields, columns, &self.settings)?;
            }
        }
        Ok(())
    }

    fn row(&mut self, cursor: &mut Cursor<'_>, columns: &mut ColumnSet) -> Result<bool> {
        if cursor.at_end() {
            return Ok(false);
        }
        let delimiter = self.delimiter();
        for index in 0..self.fields.len() {
            if index > 0 {
                self.skip_blanks(cursor);
                cursor.expect(delimiter)?;
            }
            self.skip_blanks(cursor);
            let empty = cursor
                .peek()
                .is_none_or(|byte| byte == delimiter || byte == b'\n' || byte == b'\r');
            match self.fields[index] {
                Some(column) if empty && self.settings.csv_empty_as_default => columns.omit(column),
                Some(column) => columns.read(column, cursor, TextStyle::Csv)?,
                None => {
                    self.field(cursor)?;
                }
            }
        }
        self.end_of_row(cursor)?;
        Ok(true)
    }
}
