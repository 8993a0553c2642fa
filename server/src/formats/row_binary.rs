//! RowBinary and its variants: the bytes of one value after another.

use std::io::{BufReader, Read, Write};

use gristmill_engine::HeaderColumn;
use gristmill_sql::types::{ColumnReader, Cursor, DataType, TextOptions, reader, write_var_uint};
use gristmill_sql::{Code, Error, Result};

use super::column_set::ColumnSet;
use super::header_row::{self, Fields};
use super::row_input::{RowParser, read_rows};
use super::row_output::{Row, RowLayout, RowOutput};
use super::{Batches, Format, FormatSettings, OutputFormat};
use crate::native::wire::{Wire, write_string};

const CONTENT_TYPE: &str = "application/octet-stream";

/// Columns that a header may name.
const COLUMNS_MAX: usize = 1_000_000;

/// Bytes of a column's name, and of its type.
const NAME_BYTES_MAX: usize = 1 << 20;

/// Values alone.
pub const FORMAT: Format = Format {
    name: "RowBinary",
    aliases: &[],
    content_type: CONTENT_TYPE,
    input: Some(|header, settings, source| input(Before::Nothing, false, header, settings, source)),
    output: Some(|header, settings, sink| output(Before::Nothing, header, settings, sink)),
};

/// Names first.
pub const WITH_NAMES: Format = Format {
    name: "RowBinaryWithNames",
    aliases: &[],
    content_type: CONTENT_TYPE,
    input: Some(|header, settings, source| input(Before::Names, false, header, settings, source)),
    output: Some(|header, settings, sink| output(Before::Names, header, settings, sink)),
};

/// Names and types first.
pub const WITH_NAMES_AND_TYPES: Format = Format {
    name: "RowBinaryWithNamesAndTypes",
    aliases: &[],
    content_type: CONTENT_TYPE,
    input: Some(|header, settings, source| input(Before::NamesAndTypes, false, header, settings, source)),
    output: Some(|header, settings, sink| output(Before::NamesAndTypes, header, settings, sink)),
};

/// Before each value a byte that says whether the column's default is meant instead.
pub const WITH_DEFAULTS: Format = Format {
    name: "RowBinaryWithDefaults",
    aliases: &[],
    content_type: CONTENT_TYPE,
    input: Some(|header, settings, source| input(Before::Nothing, true, header, settings, source)),
    output: None,
};

/// What stands before the first row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    Names,
    NamesAndTypes,
}

fn output(
    before: Before,
    header: &[HeaderColumn],
    settings: &FormatSettings,
    sink: Box<dyn Write>,
) -> Result<Box<dyn OutputFormat>> {
    Ok(RowOutput::start(Layout(before), header, settings, sink))
}

struct Layout(Before);

impl RowLayout for Layout {
    fn prefix(&mut self, header: &[HeaderColumn], out: &mut Vec<u8>) {
        if self.0 == Before::Nothing {
            return;
        }
        write_var_uint(header.len() as u64, out);
        header
            .iter()
            .for_each(|column| write_string(column.name.as_bytes(), out));
        if self.0 == Before::NamesAndTypes {
            header
                .iter()
                .for_each(|column| write_string(column.data_type.to_string().as_bytes(), out));
        }
    }

    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) {
        row.columns.iter().for_each(|column| column.write_binary(row.at, out));
    }
}

fn input(
    before: Before,
    has_defaults: bool,
    header: &[HeaderColumn],
    settings: &FormatSettings,
    source: Box<dyn Read + Send>,
) -> Result<Batches> {
    let parser = Parser {
        before,
        has_defaults,
        fields: Vec::new(),
        skipped: Vec::new(),
        settings: settings.clone(),
    };
    Ok(read_rows(parser, header, settings, source))
}

struct Parser {
    before: Before,
    has_defaults: bool,
    fields: Fields,
    /// Readers of the fields that no column wants.
    skipped: Vec<Option<Box<dyn ColumnReader>>>,
    settings: FormatSettings,
}

impl RowParser for Parser {
    fn is_text(&self) -> bool {
        false
    }

    fn prefix(&mut self, cursor: &mut Cursor<'_>, columns: &ColumnSet) -> Result<()> {
        if self.before == Before::Nothing {
            self.fields = header_row::in_order(columns);
            self.skipped = self.fields.iter().map(|_| None).collect();
            return Ok(());
        }
        let count = cursor.var_uint()?;
        let names = read_strings(cursor, count)?;
        self.fields = header_row::by_name(&names, columns, &self.settings)?;
        let mut types = Vec::new();
        if self.before == Before::NamesAndTypes {
            types = read_strings(cursor, count)?;
            header_row::check_types(&types, &self.fields, columns, &self.settings)?;
        }
        self.skipped = skipped(&self.fields, &types)?;
        Ok(())
    }

    fn row(&mut self, cursor: &mut Cursor<'_>, columns: &mut ColumnSet) -> Result<bool> {
        if cursor.at_end() {
            return Ok(false);
        }
        for (field, skipped) in self.fields.iter().zip(&mut self.skipped) {
            if self.has_defaults
                && let Some(column) = *field
                && cursor.take_array::<1>()? != [0]
            {
                columns.omit(column);
                continue;
            }
            match (field, skipped) {
                (Some(column), _) => columns.read_binary_from(*column, cursor)?,
                (None, Some(reader)) => {
                    reader.read_binary(cursor)?;
                    reader.truncate(0);
                }
                (None, None) => {}
            }
        }
        Ok(true)
    }
}

fn read_strings(cursor: &mut Cursor<'_>, count: u64) -> Result<Vec<Vec<u8>>> {
    if count > COLUMNS_MAX as u64 {
        let message = format!("Suspiciously many columns in RowBinary format: {count}");
        return Err(Error::new(Code::TOO_LARGE_ARRAY_SIZE, message));
    }
    let mut strings = Vec::new();
    for _ in 0..count {
        let length = cursor.var_uint()?;
        if length > NAME_BYTES_MAX as u64 {
            let message = format!("Too large string size: {length}, maximum: {NAME_BYTES_MAX}");
            return Err(Error::new(Code::TOO_LARGE_STRING_SIZE, message));
        }
        strings.push(cursor.take(length as usize)?.to_vec());
    }
    Ok(strings)
}

/// Where a value ends that no column wants only its type says.
fn skipped(fields: &Fields, types: &[Vec<u8>]) -> Result<Vec<Option<Box<dyn ColumnReader>>>> {
    let one = |(index, field): (usize, &Option<usize>)| match (field, types.get(index)) {
        (Some(_), _) => Ok(None),
        (None, Some(name)) => {
            let data_type = DataType::parse(&String::from_utf8_lossy(name))?;
            Ok(Some(reader(&data_type, &TextOptions::default())))
        }
        (None, None) => {
            let message = "Cannot skip unknown field in RowBinary format, because its type is unknown";
            Err(Error::new(Code::CANNOT_SKIP_UNKNOWN_FIELD, message))
        }
    };
    fields.iter().enumerate().map(one).collect()
}

/// The columns of data that names them with their types.
pub fn infer(source: &mut dyn Read) -> Result<Vec<HeaderColumn>> {
    let mut source = BufReader::new(source);
    let mut wire = Wire::new(&mut source);
    let count = wire.length("many columns", COLUMNS_MAX)?;
    let names = (0..count)
        .map(|_| wire.text(NAME_BYTES_MAX))
        .collect::<Result<Vec<_>>>()?;
    let column = |name: String| {
        let data_type = DataType::parse(&wire.text(NAME_BYTES_MAX)?)?;
        Ok(HeaderColumn { name, data_type })
    };
    names.into_iter().map(column).collect()
}
