//! JSONColumns, JSONColumnsWithMetadata and JSONCompactColumns: the columns one after another, each as an array.
//!
//! No column can be written before the last row is known: the whole result waits as text.

use std::io::Write;

use arrow::array::RecordBatch;
use gristmill_engine::{HeaderColumn, Statistics};
use gristmill_sql::Result;
use gristmill_sql::types::TextStyle;

use super::cells::{Cells, Values, replace_invalid_utf8, string};
use super::columns_input::{self, Shape};
use super::document::CONTENT_TYPE;
use super::document_frame::{Behind, write_figures, write_meta};
use crate::formats::row_output::{Row, sink_failed, writers};
use crate::formats::{Format, FormatSettings, OutputFormat};

/// Columns under their names.
pub const COLUMNS: Format = Format {
    name: "JSONColumns",
    aliases: &[],
    content_type: CONTENT_TYPE,
    input: Some(|header, settings, source| columns_input::input(Shape::Named, header, settings, source)),
    output: Some(|header, settings, sink| output(Shape::Named, header, settings, sink)),
};

/// Columns under their names, with their types before and figures behind.
pub const COLUMNS_WITH_METADATA: Format = Format {
    name: "JSONColumnsWithMetadata",
    aliases: &[],
    content_type: CONTENT_TYPE,
    input: Some(|header, settings, source| columns_input::input(Shape::Document, header, settings, source)),
    output: Some(|header, settings, sink| output(Shape::Document, header, settings, sink)),
};

/// Columns without names.
pub const COMPACT_COLUMNS: Format = Format {
    name: "JSONCompactColumns",
    aliases: &[],
    content_type: CONTENT_TYPE,
    input: Some(|header, settings, source| columns_input::input(Shape::Bare, header, settings, source)),
    output: Some(|header, settings, sink| output(Shape::Bare, header, settings, sink)),
};

fn output(
    shape: Shape,
    header: &[HeaderColumn],
    settings: &FormatSettings,
    sink: Box<dyn Write>,
) -> Result<Box<dyn OutputFormat>> {
    Ok(Box::new(Columns {
        shape,
        header: header.to_vec(),
        settings: settings.clone(),
        sink,
        columns: vec![Vec::new(); header.len()],
        rows: 0,
        behind: Vec::new(),
    }))
}

/// Totals and extremes are objects.
fn objects<'a>(cells: &'a mut Cells, settings: &FormatSettings) -> Behind<'a> {
    Behind {
        cells,
        compact: false,
        pretty: settings.json.pretty_print,
    }
}

struct Columns {
    shape: Shape,
    header: Vec<HeaderColumn>,
    settings: FormatSettings,
    sink: Box<dyn Write>,
    /// The values of each column, with commas between them.
    columns: Vec<Vec<u8>>,
    rows: u64,
    /// Totals and extremes.
    behind: Vec<u8>,
}

impl OutputFormat for Columns {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let writers = writers(&self.header, batch, &self.settings)?;
        for (writer, text) in writers.iter().zip(&mut self.columns) {
            for row in 0..batch.num_rows() {
                if !text.is_empty() {
                    text.extend_from_slice(b", ");
                }
                writer.write_text(row, TextStyle::Json, text);
            }
        }
        self.rows += batch.num_rows() as u64;
        Ok(())
    }

    fn totals(&mut self, totals: &RecordBatch) -> Result<()> {
        let columns = writers(&self.header, totals, &self.settings)?;
        let row = Row::behind(&self.header, &columns, 0);
        let mut cells = Cells::new(&self.header, Values::Typed, &self.settings);
        objects(&mut cells, &self.settings).totals(&row, &mut self.behind);
        Ok(())
    }

    fn extremes(&mut self, extremes: &RecordBatch) -> Result<()> {
        let columns = writers(&self.header, extremes, &self.settings)?;
        let ends = [0, 1].map(|at| Row::behind(&self.header, &columns, at));
        let mut cells = Cells::new(&self.header, Values::Typed, &self.settings);
        objects(&mut cells, &self.settings).extremes([&ends[0], &ends[1]], &mut self.behind);
        Ok(())
    }

    fn finish(&mut self, statistics: &Statistics) -> Result<()> {
        let mut out = Vec::new();
        match self.shape {
            Shape::Named => {
                out.extend_from_slice(b"{\n");
                self.write_columns("\t", true, &mut out)?;
                out.extend_from_slice(b"\n}\n");
            }
            Shape::Document => {
                write_meta(&self.header, &self.settings, &mut out);
                out.extend_from_slice(b"\t{\n");
                if self.rows > 0 {
                    self.write_columns("\t\t", true, &mut out)?;
                }
                out.extend_from_slice(b"\n\t}");
                out.append(&mut self.behind);
                write_figures(self.rows, statistics, self.settings.write_statistics, &mut out);
            }
            Shape::Bare => {
                out.extend_from_slice(b"[\n");
                if self.rows > 0 {
                    self.write_columns("\t", false, &mut out)?;
                }
                out.extend_from_slice(b"\n]\n");
            }
        }
        self.drain(&mut out)?;
        self.sink.flush().map_err(|error| sink_failed(&error))
    }
}

impl Columns {
    fn write_columns(&mut self, indent: &str, named: bool, out: &mut Vec<u8>) -> Result<()> {
        for index in 0..self.columns.len() {
            if index > 0 {
                out.extend_from_slice(b",\n");
            }
            out.extend_from_slice(indent.as_bytes());
            if named {
                let name = &self.header[index].name;
                out.extend_from_slice(&string(name, self.settings.text.json_escape_forward_slashes));
                out.extend_from_slice(b": ");
            }
            let mut text = std::mem::take(&mut self.columns[index]);
            if self.shape == Shape::Document || self.settings.json.validate_utf8 {
                replace_invalid_utf8(0, &mut text);
            }
            out.push(b'[');
            out.append(&mut text);
            out.push(b']');
            self.drain(out)?;
        }
        Ok(())
    }

    fn drain(&mut self, out: &mut Vec<u8>) -> Result<()> {
        self.sink.write_all(out).map_err(|error| sink_failed(&error))?;
        out.clear();
        Ok(())
    }
}
