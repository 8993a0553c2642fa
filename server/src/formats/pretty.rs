//! PrettyCompact: a table with frame, for people. Wide tables of few rows turn into Vertical by themselves.

use std::collections::VecDeque;
use std::io::Write;

use arrow::array::RecordBatch;
use gristmill_engine::{HeaderColumn, Statistics};
use gristmill_sql::Result;
use gristmill_sql::types::{DataType, TextStyle};
use unicode_width::UnicodeWidthChar;

use super::row_output::{sink_failed, writers};
use super::settings::PrettySettings;
use super::{Format, FormatSettings, OutputFormat, readable_number, vertical};

/// A table whose rows have no lines between them.
pub const COMPACT: Format = Format {
    name: "PrettyCompact",
    aliases: &["PrettyCompactMonoBlock"],
    content_type: "text/plain; charset=UTF-8",
    input: None,
    output: Some(output),
};

/// Terminals put tabs at multiples of this.
const TAB_WIDTH: usize = 8;

const BOLD: &str = "\x1b[1m";
const GREY: &str = "\x1b[90m";
const PLAIN: &str = "\x1b[0m";

fn output(header: &[HeaderColumn], settings: &FormatSettings, sink: Box<dyn Write>) -> Result<Box<dyn OutputFormat>> {
    Ok(Box::new(Pretty {
        header: header.to_vec(),
        settings: settings.clone(),
        sink,
        head: Vec::new(),
        tail: VecDeque::new(),
        rows: 0,
    }))
}

/// Keeps the first and last rows of the result, which is all that is shown.
struct Pretty {
    header: Vec<HeaderColumn>,
    settings: FormatSettings,
    sink: Box<dyn Write>,
    head: Vec<Vec<String>>,
    tail: VecDeque<Vec<String>>,
    rows: usize,
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
            let cells = columns.iter().zip(&self.header).map(|(column, header)| {
                let mut text = Vec::new();
                if self.settings.pretty.named_tuples_as_json && header.data_type.has_named_tuple() {
                    column.write_json_objects(row, 0, &mut text);
                } else {
                    column.write_text(row, TextStyle::Plain, &mut text);
                }
                String::from_utf8_lossy(&text).into_owned()
            });
            let cells = cells.collect();
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
            self.table(rows, &mut out);
        }
        if cut {
            out.push_str(&format!("Showed {rows_max} out of {} rows.\n", self.rows));
        }
        self.sink
            .write_all(out.as_bytes())
            .map_err(|error| sink_failed(&error))?;
        self.sink.flush().map_err(|error| sink_failed(&error))
    }
}

impl Pretty {
    fn table(&self, rows: Vec<(usize, Vec<String>)>, out: &mut String) {
        let settings = &self.settings.pretty;
        let table = Table::new(&self.header, rows, self.rows, settings);
        let few = self.rows <= settings.fallback_rows_max && self.header.len() >= settings.fallback_columns_min;
        if settings.fallback_to_vertical && few && (table.width() > settings.fallback_width_min || table.has_lines()) {
            table.write_vertical(out);
        } else {
            table.write(out);
        }
    }
}

/// The shown rows with the widths of their columns.
struct Table<'a> {
    header: &'a [HeaderColumn],
    settings: &'a PrettySettings,
    /// Numbers in the result, from 0, and values.
    rows: Vec<(usize, Vec<String>)>,
    /// Width of the row number with its point; 0 without numbers.
    number_width: usize,
    widths: Vec<usize>,
    /// The column that each column starts in on the terminal, for tabs.
    starts: Vec<usize>,
    total: usize,
}

impl<'a> Table<'a> {
    fn new(
        header: &'a [HeaderColumn],
        rows: Vec<(usize, Vec<String>)>,
        total: usize,
        settings: &'a PrettySettings,
    ) -> Table<'a> {
        let number_width = if settings.row_numbers {
            total.to_string().len() + 1
        } else {
            0
        };
        let mut widths = Vec::with_capacity(header.len());
        let mut starts = Vec::with_capacity(header.len());
        let mut start = if settings.row_numbers { number_width + 3 } else { 2 };
        for (index, column) in header.iter().enumerate() {
            let cells = rows.iter().flat_map(|(_, cells)| lines(&cells[index], settings));
            let widest = cells.map(|line| width(line, start)).max().unwrap_or(0);
            let widest = widest.min(settings.value_width_max).min(settings.pad_width_max.max(1));
            let own = widest.max(width(&column.name, start));
            widths.push(own);
            starts.push(start);
            start += own + 3;
        }
        Table {
            header,
            settings,
            rows,
            number_width,
            widths,
            starts,
            total,
        }
    }

    /// Characters of a line without the row number.
    fn width(&self) -> usize {
        self.widths.iter().map(|width| width + 3).sum::<usize>() + 1
    }

    fn has_lines(&self) -> bool {
        self.rows
            .iter()
            .any(|(_, cells)| cells.iter().any(|cell| cell.contains('\n')))
    }

    fn indent(&self) -> String {
        " ".repeat(if self.number_width > 0 {
            self.number_width + 1
        } else {
            0
        })
    }

    fn write(&self, out: &mut String) {
        self.write_border(['┌', '┬', '┐'], true, out);
        let mut expected = 0;
        for (index, cells) in &self.rows {
            if *index != expected {
                out.push_str(&self.indent());
                out.push_str(&"─ ".repeat(self.width().div_ceil(2)));
                out.push('\n');
            }
            expected = index + 1;
            self.write_row(*index, cells, out);
        }
        let footer = self.settings.footer_rows_min.is_some_and(|min| self.total >= min);
        self.write_border(['└', '┴', '┘'], footer, out);
    }

    fn write_border(&self, corners: [char; 3], names: bool, out: &mut String) {
        out.push_str(&self.indent());
        for (index, column) in self.header.iter().enumerate() {
            out.push(corners[usize::from(index > 0)]);
            out.push('─');
            let name = if names { column.name.as_str() } else { "" };
            let fill = "─".repeat(self.widths[index] - width(name, self.starts[index]).min(self.widths[index]));
            let (bold, plain) = if self.settings.color && names {
                (BOLD, PLAIN)
            } else {
                ("", "")
            };
            let parts = if aligns_right(&column.data_type) {
                [&fill, bold, name, plain]
            } else {
                [bold, name, plain, &fill]
            };
            parts.iter().for_each(|part| out.push_str(part));
            out.push('─');
        }
        out.push(corners[2]);
        out.push('\n');
    }

    fn write_row(&self, index: usize, cells: &[String], out: &mut String) {
        let cells: Vec<Vec<&str>> = cells.iter().map(|cell| lines(cell, self.settings).collect()).collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(1);
        for line in 0..height {
            match (self.number_width, line) {
                (0, _) => {}
                (width, 0) => {
                    let number = format!("{}.", index + 1);
                    let (grey, plain) = if self.settings.color { (GREY, PLAIN) } else { ("", "") };
                    out.push_str(&format!("{grey}{number:>width$}{plain} "));
                }
                _ => out.push_str(&self.indent()),
            }
            for (column, lines) in cells.iter().enumerate() {
                out.push('│');
                out.push(if line > 0 && line < lines.len() { '↳' } else { ' ' });
                let cut = self.write_cell(column, lines.get(line).copied().unwrap_or(""), out);
                out.push(match (cut, line + 1 < lines.len()) {
                    (true, _) => '⋯',
                    (false, true) => '↴',
                    (false, false) => ' ',
                });
            }
            out.push('│');
            if line == 0
                && let (Some(column), Some(lines)) = (self.header.last(), cells.last())
                && let Some(tip) = readable_number::tip(&column.data_type, lines[0], self.settings.large_number_min)
            {
                out.push_str(&tip);
            }
            out.push('\n');
        }
    }

    /// Says whether the value was too long and lost its end.
    fn write_cell(&self, column: usize, text: &str, out: &mut String) -> bool {
        let start = self.starts[column];
        let own = width(text, start);
        let cut = own > self.settings.value_width_max;
        let shown: String = if cut {
            cut_to(text, self.settings.value_width_max)
        } else {
            text.to_string()
        };
        let fill = " ".repeat(self.widths[column].saturating_sub(own));
        let right = aligns_right(&self.header[column].data_type);
        let (before, after) = if right {
            (fill.as_str(), "")
        } else {
            ("", fill.as_str())
        };
        out.push_str(before);
        out.push_str(&shown);
        out.push_str(after);
        cut
    }

    fn write_vertical(&self, out: &mut String) {
        let labels = vertical::labels(self.header);
        for (index, cells) in &self.rows {
            let mut title = Vec::new();
            vertical::write_title(*index as u64, &mut title);
            out.push_str(&String::from_utf8_lossy(&title));
            for ((cell, label), column) in cells.iter().zip(&labels).zip(self.header) {
                out.push_str(label);
                out.push_str(cell);
                let tip = readable_number::tip(&column.data_type, cell, self.settings.large_number_min);
                out.push_str(&tip.unwrap_or_default());
                out.push('\n');
            }
        }
    }
}

/// The lines of a value, or the value as it is where they are not split.
fn lines<'a>(cell: &'a str, settings: &PrettySettings) -> impl Iterator<Item = &'a str> + use<'a> {
    let split = settings.multiline_fields;
    cell.split(move |c| split && c == '\n')
}

/// Numbers and points in time stand at the right.
pub fn aligns_right(data_type: &DataType) -> bool {
    let bare = data_type.bare();
    bare.is_number() || bare.is_date_or_date_time() || matches!(bare, DataType::Interval(_))
}

/// Columns that a text takes on a terminal when it begins in column `start`.
fn width(text: &str, start: usize) -> usize {
    text.chars().fold(0, |width, c| match c {
        '\t' => width + TAB_WIDTH - (start + width) % TAB_WIDTH,
        c => width + c.width().unwrap_or(0),
    })
}

fn cut_to(text: &str, width_max: usize) -> String {
    let mut width = 0;
    let fits = |c: &char| {
        width += c.width().unwrap_or(0);
        width <= width_max
    };
    text.chars().take_while(fits).collect()
}
