//! XML: the result as one document, in the shape of JSON.

use std::io::Write;

use gristmill_engine::{HeaderColumn, Statistics};
use gristmill_sql::Result;
use gristmill_sql::types::write_xml_text;

use super::json::cells::replace_invalid_utf8;
use super::row_output::{Row, RowLayout, RowOutput};
use super::{Format, FormatSettings, OutputFormat};

/// A document.
pub const FORMAT: Format = Format {
    name: "XML",
    aliases: &[],
    content_type: "application/xml; charset=UTF-8",
    input: None,
    output: Some(output),
};

/// The tag of columns whose names are none.
const OTHER_TAG: &str = "field";

fn output(header: &[HeaderColumn], settings: &FormatSettings, sink: Box<dyn Write>) -> Result<Box<dyn OutputFormat>> {
    let layout = Layout {
        tags: header.iter().map(|column| tag(&column.name).to_string()).collect(),
        statistics: settings.write_statistics,
        data_ended: false,
    };
    Ok(RowOutput::start(layout, header, settings, sink))
}

/// Names of letters, digits, `_`, `-` and `.` that do not begin with a digit are tags.
fn tag(name: &str) -> &str {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let is_tag = !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(fits);
    if is_tag { name } else { OTHER_TAG }
}

struct Layout {
    tags: Vec<String>,
    statistics: bool,
    data_ended: bool,
}

impl Layout {
    /// Closes the rows, once.
    fn end_data(&mut self, out: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.data_ended, true) {
            out.extend_from_slice(b"\t</data>\n");
        }
    }

    /// A row with its tags.
    fn element(&self, name: &str, indent: &str, row: &Row<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(format!("{indent}<{name}>\n").as_bytes());
        for (column, tag) in row.columns.iter().zip(&self.tags) {
            out.extend_from_slice(format!("{indent}\t<{tag}>").as_bytes());
            column.write_xml(row.at, out);
            out.extend_from_slice(format!("</{tag}>\n").as_bytes());
        }
        out.extend_from_slice(format!("{indent}</{name}>\n").as_bytes());
        replace_invalid_utf8(start, out);
    }
}

fn escaped(text: &str) -> String {
    let mut out = Vec::new();
    write_xml_text(text.as_bytes(), &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

impl RowLayout for Layout {
    fn prefix(&mut self, header: &[HeaderColumn], out: &mut Vec<u8>) {
        let mut text = String::from("<?xml version='1.0' encoding='UTF-8' ?>\n<result>\n\t<meta>\n\t\t<columns>\n");
        for column in header {
            let (name, data_type) = (escaped(&column.name), escaped(&column.data_type.to_string()));
            text += &format!(
                "\t\t\t<column>\n\t\t\t\t<name>{name}</name>\n\t\t\t\t<type>{data_type}</type>\n\t\t\t</column>\n"
            );
        }
        text += "\t\t</columns>\n\t</meta>\n\t<data>\n";
        out.extend_from_slice(text.as_bytes());
    }

    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) {
        self.element("row", "\t\t", row, out);
    }

    fn totals(&mut self, totals: &Row<'_>, out: &mut Vec<u8>) {
        self.end_data(out);
        self.element("totals", "\t", totals, out);
    }

    fn extremes(&mut self, [least, greatest]: [&Row<'_>; 2], out: &mut Vec<u8>) {
        self.end_data(out);
        out.extend_from_slice(b"\t<extremes>\n");
        self.element("min", "\t\t", least, out);
        self.element("max", "\t\t", greatest, out);
        out.extend_from_slice(b"\t</extremes>\n");
    }

    fn suffix(&mut self, rows: u64, statistics: &Statistics, out: &mut Vec<u8>) {
        self.end_data(out);
        let mut text = format!("\t<rows>{rows}</rows>\n");
        if let Some(rows) = statistics.rows_before_limit_at_least {
            text += &format!("\t<rows_before_limit_at_least>{rows}</rows_before_limit_at_least>\n");
        }
        if self.statistics {
            text += &format!(
                "\t<statistics>\n\t\t<elapsed>{}</elapsed>\n\t\t<rows_read>{}</rows_read>\n\
                 \t\t<bytes_read>{}</bytes_read>\n\t</statistics>\n",
                statistics.elapsed.as_secs_f64(),
                statistics.rows_read,
                statistics.bytes_read
            );
        }
        text += "</result>\n";
        out.extend_from_slice(text.as_bytes());
    }
}
