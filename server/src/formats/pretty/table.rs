//! The layout of a table.

use gristmill_engine::HeaderColumn;

use super::cell::{BOLD, GREY, PLAIN, aligns_right, cut_to, highlighted, lines, tip_text, width};
use super::glyphs::{Glyphs, Style};
use crate::formats::settings::PrettySettings;
use crate::formats::{readable_number, vertical};

/// The shown rows with the widths of their columns.
pub struct Table<'a> {
    style: Style,
    glyphs: &'static Glyphs,
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
    /// A table of these rows, which are some of `total`.
    pub fn new(
        style: Style,
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
            let widest = widest.min(settings.value_width_max);
            let widest = widest.max(width(&column.name, start));
            let own = widest.min(settings.pad_width_max.max(1));
            widths.push(own);
            starts.push(start);
            start += own + 3;
        }
        Table {
            style,
            glyphs: settings.glyphs(),
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
    pub fn width(&self) -> usize {
        self.widths.iter().map(|width| width + 3).sum::<usize>() + 1
    }

    /// Whether a value has a line break.
    pub fn has_lines(&self) -> bool {
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

    /// Appends the table.
    pub fn write(&self, out: &mut String) {
        self.write_head(out);
        let mut expected = 0;
        for (index, cells) in &self.rows {
            if self.style == Style::Lines && expected > 0 {
                self.write_line(self.glyphs.between, self.glyphs.dash, out);
            }
            if *index != expected {
                self.write_gap(out);
            }
            expected = index + 1;
            self.write_row(*index, cells, out);
        }
        self.write_foot(out);
    }

    fn write_head(&self, out: &mut String) {
        match self.style {
            Style::Compact => self.write_names_line(self.glyphs.top, out),
            Style::Lines => {
                self.write_line(self.glyphs.names_top, self.glyphs.thick_dash, out);
                self.write_names(out);
                self.write_line(self.glyphs.names_bottom, self.glyphs.thick_dash, out);
            }
            Style::Space => {
                self.write_names(out);
                out.push('\n');
            }
        }
    }

    fn write_foot(&self, out: &mut String) {
        let footer = self.settings.footer_rows_min.is_some_and(|min| self.total >= min);
        match (self.style, footer) {
            (Style::Compact, true) => self.write_names_line(self.glyphs.bottom, out),
            (Style::Compact | Style::Lines, false) => self.write_line(self.glyphs.bottom, self.glyphs.dash, out),
            (Style::Lines, true) => {
                self.write_line(self.glyphs.footer_top, self.glyphs.thick_dash, out);
                self.write_names(out);
                self.write_line(self.glyphs.footer_bottom, self.glyphs.thick_dash, out);
            }
            (Style::Space, false) => {}
            (Style::Space, true) => {
                out.push('\n');
                self.write_names(out);
                out.push('\n');
            }
        }
    }

    /// Dashes in the place of rows that are not shown.
    fn write_gap(&self, out: &mut String) {
        out.push_str(&self.indent());
        let mark = |at: usize| if at.is_multiple_of(2) { self.glyphs.dash } else { ' ' };
        // A table without lines is narrower by those at its sides.
        let width = self.width() - if self.style == Style::Space { 3 } else { 0 };
        out.extend((0..width).map(mark));
        out.push('\n');
        if self.style == Style::Lines {
            self.write_line(self.glyphs.between, self.glyphs.dash, out);
        }
    }

    /// A line of nothing but dashes.
    fn write_line(&self, corners: [char; 3], dash: char, out: &mut String) {
        out.push_str(&self.indent());
        for (index, width) in self.widths.iter().enumerate() {
            out.push(corners[usize::from(index > 0)]);
            out.extend(std::iter::repeat_n(dash, width + 2));
        }
        out.push(corners[2]);
        out.push('\n');
    }

    /// The names inside a line.
    fn write_names_line(&self, corners: [char; 3], out: &mut String) {
        out.push_str(&self.indent());
        for index in 0..self.header.len() {
            out.push(corners[usize::from(index > 0)]);
            out.push(self.glyphs.dash);
            self.write_name(index, self.glyphs.dash, out);
            out.push(self.glyphs.dash);
        }
        out.push(corners[2]);
        out.push('\n');
    }

    /// The names on a line of their own.
    fn write_names(&self, out: &mut String) {
        out.push_str(&self.indent());
        let framed = self.style == Style::Lines;
        for index in 0..self.header.len() {
            if framed {
                out.push(self.glyphs.thick_side);
            } else if index > 0 {
                out.push_str("  ");
            }
            out.push(' ');
            self.write_name(index, ' ', out);
            if framed {
                out.push(' ');
            }
        }
        if framed {
            out.push(self.glyphs.thick_side);
        }
        out.push('\n');
    }

    /// A name, filled to the width of its column.
    fn write_name(&self, index: usize, fill: char, out: &mut String) {
        let column = &self.header[index];
        let missing = self.widths[index].saturating_sub(width(&column.name, self.starts[index]));
        let fill: String = std::iter::repeat_n(fill, missing).collect();
        let (bold, plain) = if self.settings.color { (BOLD, PLAIN) } else { ("", "") };
        let (before, after) = match aligns_right(&column.data_type) {
            true => (fill.as_str(), ""),
            false => ("", fill.as_str()),
        };
        for part in [before, bold, &column.name, plain, after] {
            out.push_str(part);
        }
    }

    fn write_row(&self, index: usize, cells: &[String], out: &mut String) {
        let cells: Vec<Vec<&str>> = cells.iter().map(|cell| lines(cell, self.settings).collect()).collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(1);
        let tip = self.tip(&cells);
        for line in 0..height {
            self.write_number((line == 0).then_some(index), out);
            for (column, lines) in cells.iter().enumerate() {
                match (self.style, column) {
                    (Style::Space, 0) => {}
                    (Style::Space, _) => out.push(' '),
                    _ => out.push(self.glyphs.side),
                }
                self.write_line_of_cell(column, lines, line, out);
            }
            if self.style != Style::Space {
                out.push(self.glyphs.side);
            }
            out.push_str(&tip);
            out.push('\n');
        }
    }

    /// What stands behind the last value of a row.
    fn tip(&self, cells: &[Vec<&str>]) -> String {
        let (Some(column), Some(lines)) = (self.header.last(), cells.last()) else {
            return String::new();
        };
        let tip = readable_number::tip(&column.data_type, lines[0], self.settings.large_number_min);
        tip.map(|tip| tip_text(&tip, self.settings)).unwrap_or_default()
    }

    fn write_number(&self, index: Option<usize>, out: &mut String) {
        match (self.number_width, index) {
            (0, _) => {}
            (width, Some(index)) => {
                let number = format!("{}.", index + 1);
                let (grey, plain) = if self.settings.color { (GREY, PLAIN) } else { ("", "") };
                out.push_str(&format!("{grey}{number:>width$} {plain}"));
            }
            _ => out.push_str(&self.indent()),
        }
    }

    /// One line of a value with its marks.
    fn write_line_of_cell(&self, column: usize, lines: &[&str], line: usize, out: &mut String) {
        let mark = |mark: char| match self.settings.color {
            true => format!("{GREY}{mark}{PLAIN}"),
            false => mark.to_string(),
        };
        if line > 0 && line < lines.len() {
            out.push_str(&mark(self.glyphs.continued));
        } else {
            out.push(' ');
        }
        let cut = self.write_cell(column, lines.get(line).copied().unwrap_or(""), out);
        let continues = line + 1 < lines.len();
        if cut {
            out.push_str(&mark(self.glyphs.cut));
        }
        if continues {
            out.push_str(&mark(self.glyphs.continues));
        } else if !cut {
            out.push(' ');
        }
    }

    /// Says whether the value was too long and lost its end.
    fn write_cell(&self, column: usize, text: &str, out: &mut String) -> bool {
        let start = self.starts[column];
        let own = width(text, start);
        let cut = own > self.settings.value_width_max;
        let data_type = &self.header[column].data_type;
        let shown: String = if cut {
            cut_to(text, self.settings.value_width_max)
        } else {
            highlighted(text, data_type, self.settings)
        };
        let own = own.min(self.settings.value_width_max);
        let fill = " ".repeat(self.widths[column].saturating_sub(own));
        let right = aligns_right(data_type);
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

    /// Appends the rows as Vertical does.
    pub fn write_vertical(&self, out: &mut String) {
        let labels = vertical::labels(self.header, self.settings.color);
        for (index, cells) in &self.rows {
            let mut title = Vec::new();
            vertical::write_title(*index as u64, &mut title);
            out.push_str(&String::from_utf8_lossy(&title));
            for ((cell, label), column) in cells.iter().zip(&labels).zip(self.header) {
                out.push_str(label);
                out.push_str(&highlighted(cell, &column.data_type, self.settings));
                let tip = readable_number::tip(&column.data_type, cell, self.settings.large_number_min);
                out.push_str(&tip.map(|tip| tip_text(&tip, self.settings)).unwrap_or_default());
                out.push('\n');
            }
        }
    }
}
