//! Vertical: each value on a line of its own, behind its column's name.

use std::io::Write;

use gristmill_engine::HeaderColumn;
use gristmill_sql::Result;
use gristmill_sql::types::TextStyle;
use unicode_width::UnicodeWidthStr;

use super::pretty::cell::{BOLD, PLAIN, highlighted, tip_text};
use super::row_output::{Row, RowLayout, RowOutput};
use super::settings::PrettySettings;
use super::{Format, FormatSettings, OutputFormat, readable_number};

/// One line a value.
pub const FORMAT: Format = Format {
    name: "Vertical",
    aliases: &[],
    content_type: "text/plain; charset=UTF-8",
    input: None,
    output: Some(output),
};

fn output(header: &[HeaderColumn], settings: &FormatSettings, sink: Box<dyn Write>) -> Result<Box<dyn OutputFormat>> {
    let layout = Layout {
        labels: labels(header, settings.pretty.color),
        settings: settings.pretty.clone(),
    };
    Ok(RowOutput::start(layout, header, settings, sink))
}

struct Layout {
    labels: Vec<String>,
    settings: PrettySettings,
}

/// The names with their colons, filled with blanks to the same width.
pub fn labels(header: &[HeaderColumn], color: bool) -> Vec<String> {
    let widest = header.iter().map(|column| column.name.width()).max().unwrap_or(0);
    let (bold, plain) = if color { (BOLD, PLAIN) } else { ("", "") };
    let label = |column: &HeaderColumn| {
        let fill = " ".repeat(widest - column.name.width());
        format!("{bold}{}:{plain} {fill}", column.name)
    };
    header.iter().map(label).collect()
}

/// The line over a row, its rule, and the empty line between rows.
pub fn write_title(index: u64, out: &mut Vec<u8>) {
    let title = format!("Row {}:", index + 1);
    let gap = if index > 0 { "\n" } else { "" };
    // As ClickHouse measures it: under row 9 the rule is as long as under row 10.
    let rule = "─".repeat("Row :".len() + (index + 2).to_string().len());
    out.extend_from_slice(format!("{gap}{title}\n{rule}\n").as_bytes());
}

impl RowLayout for Layout {
    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) {
        write_title(row.index, out);
        self.values(row, out);
    }

    fn totals(&mut self, totals: &Row<'_>, out: &mut Vec<u8>) {
        out.push(b'\n');
        self.titled("Totals:", totals, out);
    }

    fn extremes(&mut self, [least, greatest]: [&Row<'_>; 2], out: &mut Vec<u8>) {
        self.titled("Min:", least, out);
        self.titled("Max:", greatest, out);
    }
}

impl Layout {
    /// A row under a title of its own.
    fn titled(&self, title: &str, row: &Row<'_>, out: &mut Vec<u8>) {
        let rule = "─".repeat(title.len());
        out.extend_from_slice(format!("\n{title}\n{rule}\n").as_bytes());
        self.values(row, out);
    }

    fn values(&self, row: &Row<'_>, out: &mut Vec<u8>) {
        for ((column, label), header) in row.columns.iter().zip(&self.labels).zip(row.header) {
            out.extend_from_slice(label.as_bytes());
            let start = out.len();
            column.write_text(row.at, TextStyle::Plain, out);
            let text = String::from_utf8_lossy(&out[start..]).into_owned();
            out.truncate(start);
            out.extend_from_slice(highlighted(&text, &header.data_type, &self.settings).as_bytes());
            if let Some(tip) = readable_number::tip(&header.data_type, &text, self.settings.large_number_min) {
                out.extend_from_slice(tip_text(&tip, &self.settings).as_bytes());
            }
            out.push(b'\n');
        }
    }
}
