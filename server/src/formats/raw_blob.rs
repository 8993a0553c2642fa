//! RawBLOB: the bytes of strings without anything around them; all data is one value. And One, which reads no data at
//! all: its only row is 0.

use std::io::{Read, Write};

use arrow::array::RecordBatch;
use gristmill_engine::{HeaderColumn, Statistics};
use gristmill_sql::types::{DataType, TextStyle};
use gristmill_sql::{Code, Error, Result};

use super::column_set::ColumnSet;
use super::row_output::{sink_failed, writers};
use super::{Batches, Format, FormatSettings, OutputFormat};

/// Bytes of values.
pub const FORMAT: Format = Format {
    name: "RawBLOB",
    aliases: &[],
    content_type: "text/plain; charset=UTF-8",
    input: Some(input),
    output: Some(output),
};

/// One row without data.
pub const ONE: Format = Format {
    name: "One",
    aliases: &[],
    content_type: "",
    input: Some(one),
    output: None,
};

/// Arrow counts the bytes of strings in i32.
const VALUE_BYTES_MAX: u64 = i32::MAX as u64;

fn output(header: &[HeaderColumn], settings: &FormatSettings, sink: Box<dyn Write>) -> Result<Box<dyn OutputFormat>> {
    let composite =
        |data_type: &DataType| matches!(data_type, DataType::Array(_) | DataType::Tuple(_) | DataType::Map(..));
    if let Some(column) = header.iter().find(|column| composite(&column.data_type)) {
        let message = format!("Method getDataAt is not supported for {}", column.data_type);
        return Err(Error::new(Code::NOT_IMPLEMENTED, message));
    }
    Ok(Box::new(Blob {
        header: header.to_vec(),
        settings: settings.clone(),
        sink,
    }))
}

struct Blob {
    header: Vec<HeaderColumn>,
    settings: FormatSettings,
    sink: Box<dyn Write>,
}

impl OutputFormat for Blob {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let columns = writers(&self.header, batch, &self.settings)?;
        let mut bytes = Vec::new();
        for row in 0..batch.num_rows() {
            for (column, header) in columns.iter().zip(&self.header) {
                if column.is_null(row) {
                    continue;
                }
                // Others than strings are as in memory.
                match header.data_type.strip_nullable().strip_low_cardinality().bare() {
                    DataType::String | DataType::FixedString(_) => column.write_text(row, TextStyle::Raw, &mut bytes),
                    _ => {
                        let start = bytes.len();
                        column.write_binary(row, &mut bytes);
                        if header.data_type.is_nullable() {
                            bytes.remove(start);
                        }
                    }
                }
            }
            self.sink.write_all(&bytes).map_err(|error| sink_failed(&error))?;
            bytes.clear();
        }
        Ok(())
    }

    fn finish(&mut self, _statistics: &Statistics) -> Result<()> {
        self.sink.flush().map_err(|error| sink_failed(&error))
    }
}

fn input(header: &[HeaderColumn], settings: &FormatSettings, mut source: Box<dyn Read + Send>) -> Result<Batches> {
    let column = only_column("This", "String", header)?;
    if *column.data_type.strip_nullable().strip_low_cardinality().bare() != DataType::String {
        return Err(unsuitable(
            "This",
            "String",
            format!("the column type is {}", column.data_type),
        ));
    }
    let mut columns = ColumnSet::new(header, &settings.text);
    Ok(Box::new(std::iter::once_with(move || {
        let mut bytes = Vec::new();
        let read = source.by_ref().take(VALUE_BYTES_MAX + 1).read_to_end(&mut bytes);
        read.map_err(|error| Error::new(Code::CANNOT_READ_ALL_DATA, format!("Cannot read the data: {error}")))?;
        if !bytes.is_empty() {
            columns.read_bytes(0, &bytes)?;
            columns.end_row();
        }
        columns.finish()
    })))
}

fn one(header: &[HeaderColumn], settings: &FormatSettings, _source: Box<dyn Read + Send>) -> Result<Batches> {
    let column = only_column("One", "UInt8", header)?;
    if column.data_type != DataType::UInt8 {
        return Err(unsuitable(
            "One",
            "UInt8",
            format!("the column type is {}", column.data_type),
        ));
    }
    let mut columns = ColumnSet::new(header, &settings.text);
    Ok(Box::new(std::iter::once_with(move || {
        columns.read_whole(0, b"0")?;
        columns.end_row();
        columns.finish()
    })))
}

fn only_column<'a>(who: &str, data_type: &str, header: &'a [HeaderColumn]) -> Result<&'a HeaderColumn> {
    match header {
        [column] => Ok(column),
        _ => Err(unsuitable(
            who,
            data_type,
            format!("the number of columns is {}", header.len()),
        )),
    }
}

fn unsuitable(who: &str, data_type: &str, why: String) -> Error {
    let message =
        format!("{who} input format is only suitable for tables with a single column of type {data_type} but {why}");
    Error::new(Code::BAD_ARGUMENTS, message)
}
