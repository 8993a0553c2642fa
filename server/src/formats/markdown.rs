//! Markdown: a table, for texts.

use std::io::Write;

use gristmill_engine::HeaderColumn;
use gristmill_sql::Result;
use gristmill_sql::types::{DataType, TextStyle};

use super::pretty::cell::aligns_right;
use super::row_output::{Row, RowLayout, RowOutput};
use super::{Format, FormatSettings, OutputFormat};

/// A table.
pub const FORMAT: Format = Format {
    name: "Markdown",
    aliases: &["MD"],
    content_type: "text/plain; charset=UTF-8",
    input: None,
    output: Some(output),
};

fn output(header: &[HeaderColumn], settings: &FormatSettings, sink: Box<dyn Write>) -> Result<Box<dyn OutputFormat>> {
    let layout = Layout {
        escape: settings.markdown_escape,
        is_text: header.iter().map(|column| is_text(&column.data_type)).collect(),
    };
    Ok(RowOutput::start(layout, header, settings, sink))
}

struct Layout {
    /// What could be a mark of Markdown gets a backslash.
    escape: bool,
    /// Columns of strings without NULL; others have no marks, says ClickHouse.
    is_text: Vec<bool>,
}

fn is_text(data_type: &DataType) -> bool {
    matches!(
        data_type.strip_low_cardinality(),
        DataType::String | DataType::FixedString(_) | DataType::Enum8(_) | DataType::Enum16(_)
    )
}

fn write_without_marks(text: &[u8], out: &mut Vec<u8>) {
    for byte in text {
        if byte.is_ascii_punctuation() {
            out.push(b'\\');
        }
        out.push(*byte);
    }
}

impl RowLayout for Layout {
    fn prefix(&mut self, header: &[HeaderColumn], out: &mut Vec<u8>) {
        for column in header {
            out.extend_from_slice(format!("| {} ", column.name).as_bytes());
        }
        out.extend_from_slice(b"|\n|");
        for column in header {
            out.extend_from_slice(if aligns_right(&column.data_type) {
                b"-:|"
            } else {
                b":-|"
            });
        }
        out.push(b'\n');
    }

    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) {
        for (index, column) in row.columns.iter().enumerate() {
            out.extend_from_slice(b"| ");
            if self.escape && self.is_text[index] {
                let mut text = Vec::new();
                column.write_text(row.at, TextStyle::Raw, &mut text);
                write_without_marks(&text, out);
            } else {
                column.write_text(row.at, TextStyle::Escaped, out);
            }
            out.push(b' ');
        }
        out.extend_from_slice(b"|\n");
    }
}
