//! Values: rows in parentheses, as in INSERT … VALUES. A field that is not a plain literal is an expression.

use std::io::{Read, Write};

use gristmill_engine::HeaderColumn;
use gristmill_sql::types::{Cursor, DataType, TextOptions, TextStyle, writer};
use gristmill_sql::{Code, Error, Result, constant, functions};

use super::column_set::ColumnSet;
use super::row_input::{RowParser, read_rows};
use super::row_output::{Row, RowLayout, RowOutput};
use super::{Batches, Format, FormatSettings, OutputFormat};

/// Rows in parentheses.
pub const FORMAT: Format = Format {
    name: "Values",
    aliases: &[],
    content_type: "text/plain; charset=UTF-8",
    input: Some(input),
    output: Some(output),
};

fn output(header: &[HeaderColumn], settings: &FormatSettings, sink: Box<dyn Write>) -> Result<Box<dyn OutputFormat>> {
    Ok(RowOutput::start(Layout, header, settings, sink))
}

struct Layout;

impl RowLayout for Layout {
    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) {
        if row.index > 0 {
            out.push(b',');
        }
        for (index, column) in row.columns.iter().enumerate() {
            out.push(if index == 0 { b'(' } else { b',' });
            column.write_text(row.at, TextStyle::Quoted, out);
        }
        out.push(b')');
    }
}

fn input(header: &[HeaderColumn], settings: &FormatSettings, source: Box<dyn Read + Send>) -> Result<Batches> {
    let functions = functions::Context {
        time_zone: settings.text.time_zone,
        ..functions::Context::default()
    };
    let parser = Parser {
        expressions: settings.values_interpret_expressions,
        text: settings.text.clone(),
        functions,
    };
    Ok(read_rows(parser, header, settings, source))
}

struct Parser {
    expressions: bool,
    text: TextOptions,
    functions: functions::Context,
}

impl RowParser for Parser {
    fn row(&mut self, cursor: &mut Cursor<'_>, columns: &mut ColumnSet) -> Result<bool> {
        cursor.skip_whitespace();
        if cursor.eat(b',') {
            cursor.skip_whitespace();
        }
        if cursor.at_end() {
            return Ok(false);
        }
        if cursor.peek() == Some(b';') {
            return check_end(cursor).map(|()| false);
        }
        if !cursor.eat(b'(') {
            let error = cursor.expected(b"(");
            return Err(Error::new(error.code, format!("{}: ", error.message)));
        }
        let count = columns.header().len();
        for column in 0..count {
            cursor.skip_whitespace();
            self.field(column, column + 1 == count, cursor, columns)?;
        }
        Ok(true)
    }

    fn locate(&self, error: Error, row: u64) -> Error {
        // Errors of single values quote the text; only the frame of rows counts them.
        match error.message.strip_suffix(": ") {
            Some(message) => Error::new(error.code, format!("{message}:  at row {row}")),
            None => error,
        }
    }
}

impl Parser {
    /// Reads a field and what ends it.
    fn field(&self, column: usize, last: bool, cursor: &mut Cursor<'_>, columns: &mut ColumnSet) -> Result<()> {
        let start = cursor.pos();
        let end = if last { b')' } else { b',' };
        let read = columns.read(column, cursor, TextStyle::Quoted);
        cursor.skip_whitespace();
        match read {
            Ok(()) if cursor.eat(end) => return Ok(()),
            Err(error) if !self.expressions => return Err(error),
            _ => {}
        }
        columns.cancel_value(column);
        cursor.seek(start);
        if cursor.eat_word(b"DEFAULT") {
            cursor.skip_whitespace();
            if cursor.eat(end) {
                columns.omit(column);
                return Ok(());
            }
            cursor.seek(start);
        }
        self.expression(column, end, cursor, columns)
    }

    fn expression(&self, column: usize, end: u8, cursor: &mut Cursor<'_>, columns: &mut ColumnSet) -> Result<()> {
        let here = cursor.clone();
        let header = &columns.header()[column];
        let data_type = header.data_type.clone();
        let syntax = |what: String| {
            let here = String::from_utf8_lossy(here.rest())
                .chars()
                .take(QUOTED_CHARS_MAX)
                .collect::<String>();
            Error::new(Code::SYNTAX_ERROR, format!("{what} here: {here}"))
        };
        let text = skip_expression(cursor);
        if !cursor.eat(end) {
            let mark = char::from(end);
            let name = &header.name;
            return Err(syntax(format!(
                "Expected '{mark}' after the value of column `{name}` of type {data_type}"
            )));
        }
        let text = String::from_utf8_lossy(text);
        let value = self.evaluate(&text, &data_type).map_err(|error| match error.code {
            Code::SYNTAX_ERROR => syntax(format!("Cannot parse expression of type {data_type}")),
            _ => error,
        })?;
        match value {
            Some(bytes) => columns.read_binary(column, &bytes),
            None => {
                columns.omit(column);
                Ok(())
            }
        }
    }

    /// The value in binary form; nothing for NULL where the column has none.
    fn evaluate(&self, text: &str, data_type: &DataType) -> Result<Option<Vec<u8>>> {
        let Some(array) = constant::evaluate(text, data_type, &self.functions)? else {
            return Ok(None);
        };
        let mut bytes = Vec::new();
        writer(data_type, &array, &self.text)?.write_binary(0, &mut bytes);
        Ok(Some(bytes))
    }
}

/// Behind the semicolon that ends the data there may be spaces, comments and more semicolons; rows would be lost.
fn check_end(cursor: &mut Cursor<'_>) -> Result<()> {
    loop {
        cursor.skip_whitespace();
        if cursor.eat(b';') {
            continue;
        }
        let comment_end: &[u8] = match () {
            () if cursor.eat_text(b"--") => b"\n",
            () if cursor.eat_text(b"/*") => b"*/",
            () if cursor.at_end() => return Ok(()),
            () => {
                return Err(Error::new(
                    Code::CANNOT_READ_ALL_DATA,
                    "Cannot read data after semicolon",
                ));
            }
        };
        let rest = cursor.rest();
        let found = rest.windows(comment_end.len()).position(|bytes| bytes == comment_end);
        cursor.advance(found.map_or(rest.len(), |at| at + comment_end.len()));
    }
}

/// Text that a message quotes.
const QUOTED_CHARS_MAX: usize = 160;

/// Moves to the comma or parenthesis that ends an expression; returns its text.
fn skip_expression<'a>(cursor: &mut Cursor<'a>) -> &'a [u8] {
    let rest = cursor.rest();
    let mut depth = 0usize;
    let mut quote = None;
    let mut bytes = rest.iter().enumerate();
    while let Some((index, byte)) = bytes.next() {
        match (quote, byte) {
            (Some(_), b'\\') => {
                bytes.next();
            }
            (Some(open), byte) if open == *byte => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"' | b'`') => quote = Some(*byte),
            (None, b'(' | b'[' | b'{') => depth += 1,
            (None, b',' | b')') if depth == 0 => {
                cursor.advance(index);
                return &rest[..index];
            }
            (None, b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            (None, _) => {}
        }
    }
    cursor.advance(rest.len());
    rest
}
