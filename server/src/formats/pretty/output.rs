//! Gathers the rows that a table shows.

use std::collections::VecDeque;
use std::io::Write;

use arrow::array::RecordBatch;
use gristmill_engine::{HeaderColumn, Statistics};
use gristmill_sql::Result;
use gristmill_sql::types::{ColumnWriter, TextStyle};

use super::glyphs::Style;
use super::table::Table;
use crate::formats::row_output::{sink_failed, writers};
use crate::formats::{Format, FormatSettings, OutputFormat};

/// A table whose rows have no lines between them.
pub const COMPACT: Format = Format {
    name: "PrettyCompact",
    aliases: &["PrettyCompactMonoBlock"],
    content_type: "text/plain; charset=UTF-8",
    input: None,
    output: Some(|header, settings, sink| output(Style::Compact, true, header, settings, sink)),
};

/// [`COMPACT`] that never uses colours.
pub const COMPACT_NO_ESCAPES: Format = Format {
    name: "PrettyCompactNoEscapes",
    aliases: &["PrettyCompactNoEscapesMonoBlock"],
    output: Some(|header, settings, sink| output(Style::Compact, false, header, settings, sink)),
    ..COMPACT
};

/// A table with lines between its rows.
pub const LINES: Format = Format {
    name: "Pretty",
    aliases: &["PrettyMonoBlock"],
    output: Some(|header, settings, sink| output(Style::Lines, true, header, settings, sink)),
    ..COMPACT
};

/// [`LINES`] that never uses colours.
pub const LINES_NO_ESCAPES: Format = Format {
    name: "PrettyNoEscapes",
    aliases: &["PrettyNoEscapesMonoBlock"],
    output: Some(|header, settings, sink| output(Style::Lines, false, header, settings, sink)),
    ..COMPACT
};

/// A table without lines.
pub const SPACE: Format = Format {
    name: "PrettySpace",
    aliases: &["PrettySpaceMonoBlock"],
    output: Some(|header, settings, sink| output(Style::Space, true, header, settings, sink)),
    ..COMPACT
};

/// [`SPACE`] that never uses colours.
pub const SPACE_NO_ESCAPES: Format = Format {
    name: "PrettySpaceNoEscapes",
    aliases: &["PrettySpaceNoEscapesMonoBlock"],
    output: Some(|header, settings, sink| output(Style::Space, false, header, settings, sink)),
    ..COMPACT
};

fn output(
    style: Style,
    escapes: bool,
    header: &[HeaderColumn],
    settings: &FormatSettings,
    sink: Box<dyn Write>,
) -> Result<Box<dyn OutputFormat>> {
    let mut settings = settings.clone();
    settings.pretty.color &= escapes;
    Ok(Box::new(Pretty {
        style,
        header: header.to_vec(),
        settings,
        sink,
        head: Vec::new(),
        tail: VecDeque::new(),
        rows: 0,
        behind: Vec::new(),
    }))
}

/// Keeps the first and last rows of the result, which is all that is shown.
struct Pretty {
    style: Style,
    header: Vec<HeaderColumn>,
    settings: FormatSettings,
    sink: Box<dyn Write>,
    head: Vec<Vec<String>>,
    tail: VecDeque<Vec<String>>,
    rows: usize,
    /// Totals and extremes under their titles.
    behind: Vec<(&'static str, Vec<Vec<String>>)>,
}

impl OutputFormat for Pretty {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let columns = writers(&self.header, batch, &self.settings)?;
        let rows_max = self.settings.pretty.rows_max;
        // What is certainly between the head and the tail of this batch is not even made text.
        let skipped = batch.num_rows().saturating_sub(rows_max);
        for row in 0..batch.num_rows() {
            let index = self.rows + row;
            if index >= rows_max && row < skipped {
                continue;
            }
            let cells = self.cells(&columns, row);
            if index < rows_max {
                self.head.push(cells);
                continue;
            }
            self.tail.push_back(cells);
            if self.tail.len() > rows_max / 2 {
                self.tail.pop_front();
            }
        }
        self.rows += batch.num_rows();
        Ok(())
    }

    fn totals(&mut self, totals: &RecordBatch) -> Result<()> {
        self.behind.push(("Totals:", self.texts(totals)?));
        Ok(())
    }

    fn extremes(&mut self, extremes: &RecordBatch) -> Result<()> {
        self.behind.push(("Extremes:", self.texts(extremes)?));
        Ok(())
    }

    fn finish(&mut self, _statistics: &Statistics) -> Result<()> {
        let rows_max = self.settings.pretty.rows_max;
        let mut rows: Vec<(usize, Vec<String>)> = std::mem::take(&mut self.head).into_iter().enumerate().collect();
        let cut = self.rows > rows_max;
        if cut {
            // The first half, rounded up, and the last: some of the last may still stand in the head.
            let first_of_tail = self.rows - self.tail.len();
            rows.extend(
                std::mem::take(&mut self.tail)
                    .into_iter()
                    .enumerate()
                    .map(|(at, row)| (first_of_tail + at, row)),
            );
            let kept_from = self.rows - rows_max / 2;
            rows.retain(|(index, _)| *index < rows_max.div_ceil(2) || *index >= kept_from);
        }
        let mut out = String::new();
        if !rows.is_empty() && !self.header.is_empty() {
            self.table(rows, self.rows, &mut out);
        }
        if cut {
            if self.style == Style::Space {
                out.push('\n');
            }
            out.push_str(&format!("Showed {rows_max} out of {} rows.\n", self.rows));
        }
        for (title, rows) in std::mem::take(&mut self.behind) {
            out.push_str(&format!("\n{title}\n"));
            let count = rows.len();
            self.table(rows.into_iter().enumerate().collect(), count, &mut out);
        }
        self.sink
            .write_all(out.as_bytes())
            .map_err(|error| sink_failed(&error))?;
        self.sink.flush().map_err(|error| sink_failed(&error))
    }
}

impl Pretty {
    /// The texts of a row.
    fn cells(&self, columns: &[Box<dyn ColumnWriter>], row: usize) -> Vec<String> {
        let cell = |column: &dyn ColumnWriter, header: &HeaderColumn| {
            let mut text = Vec::new();
            if column.is_null(row) {
                return self.settings.pretty.glyphs().null.to_string();
            }
            if self.settings.pretty.named_tuples_as_json && header.data_type.has_named_tuple() {
                column.write_json_objects(row, 0, &mut text);
            } else {
                column.write_text(row, TextStyle::Plain, &mut text);
            }
            String::from_utf8_lossy(&text).into_owned()
        };
        let cells = columns.iter().zip(&self.header);
        cells.map(|(column, header)| cell(column.as_ref(), header)).collect()
    }

    /// The texts of all rows of a batch.
    fn texts(&self, batch: &RecordBatch) -> Result<Vec<Vec<String>>> {
        let columns = writers(&self.header, batch, &self.settings)?;
        Ok((0..batch.num_rows()).map(|row| self.cells(&columns, row)).collect())
    }

    /// A table of rows with their numbers, of so many in all.
    fn table(&self, rows: Vec<(usize, Vec<String>)>, count: usize, out: &mut String) {
        let settings = &self.settings.pretty;
        let table = Table::new(self.style, &self.header, rows, count, settings);
        let few = count <= settings.fallback_rows_max && self.header.len() >= settings.fallback_columns_min;
        if settings.fallback_to_vertical && few && (table.width() > settings.fallback_width_min || table.has_lines()) {
            table.write_vertical(out);
        } else {
            table.write(out);
        }
    }
}
