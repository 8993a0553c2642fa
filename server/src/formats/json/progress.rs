//! JSONEachRowWithProgress and its kin: each line says what it is: the columns, a row, or how far the query is.

use std::io::Write;

use gristmill_engine::{HeaderColumn, Statistics};
use gristmill_sql::Result;

use super::cells::{Cells, Values, replace_invalid_utf8, string};
use super::document::CONTENT_TYPE;
use crate::formats::row_output::{Row, RowLayout, RowOutput};
use crate::formats::{Format, FormatSettings, OutputFormat};

/// Rows as objects.
pub const EACH_ROW: Format = Format {
    name: "JSONEachRowWithProgress",
    aliases: &[],
    content_type: CONTENT_TYPE,
    input: None,
    output: Some(|header, settings, sink| output(false, Values::Typed, header, settings, sink)),
};

/// Rows as objects of strings.
pub const STRINGS_EACH_ROW: Format = Format {
    name: "JSONStringsEachRowWithProgress",
    output: Some(|header, settings, sink| output(false, Values::Strings, header, settings, sink)),
    ..EACH_ROW
};

/// Rows as arrays.
pub const COMPACT_EACH_ROW: Format = Format {
    name: "JSONCompactEachRowWithProgress",
    output: Some(|header, settings, sink| output(true, Values::Typed, header, settings, sink)),
    ..EACH_ROW
};

/// Rows as arrays of strings.
pub const COMPACT_STRINGS_EACH_ROW: Format = Format {
    name: "JSONCompactStringsEachRowWithProgress",
    output: Some(|header, settings, sink| output(true, Values::Strings, header, settings, sink)),
    ..EACH_ROW
};

fn output(
    compact: bool,
    values: Values,
    header: &[HeaderColumn],
    settings: &FormatSettings,
    sink: Box<dyn Write>,
) -> Result<Box<dyn OutputFormat>> {
    let layout = Layout {
        compact,
        cells: Cells::new(header, values, settings),
        escape_slashes: settings.text.json_escape_forward_slashes,
    };
    Ok(RowOutput::start(layout, header, settings, sink))
}

struct Layout {
    compact: bool,
    cells: Cells,
    escape_slashes: bool,
}

impl RowLayout for Layout {
    fn prefix(&mut self, header: &[HeaderColumn], out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"meta\":[");
        for (index, column) in header.iter().enumerate() {
            out.extend_from_slice(if index == 0 { b"{\"name\":" } else { b",{\"name\":" });
            out.extend_from_slice(self.cells.key(index));
            out.extend_from_slice(b",\"type\":");
            out.extend_from_slice(&string(&column.data_type.to_string(), self.escape_slashes));
            out.push(b'}');
        }
        out.extend_from_slice(b"]}\n");
    }

    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) {
        self.line("row", row, out);
    }

    fn totals(&mut self, totals: &Row<'_>, out: &mut Vec<u8>) {
        self.line("totals", totals, out);
    }

    fn extremes(&mut self, [least, greatest]: [&Row<'_>; 2], out: &mut Vec<u8>) {
        self.line("min", least, out);
        self.line("max", greatest, out);
    }

    fn suffix(&mut self, _rows: u64, statistics: &Statistics, out: &mut Vec<u8>) {
        let figures = [
            ("read_rows", u128::from(statistics.rows_read)),
            ("read_bytes", u128::from(statistics.bytes_read)),
            ("elapsed_ns", statistics.elapsed.as_nanos()),
        ];
        let figures = figures.iter().filter(|(_, value)| *value > 0);
        let figures: Vec<String> = figures.map(|(name, value)| format!("\"{name}\":\"{value}\"")).collect();
        if !figures.is_empty() {
            out.extend_from_slice(format!("{{\"progress\":{{{}}}}}\n", figures.join(",")).as_bytes());
        }
        if let Some(rows) = statistics.rows_before_limit_at_least {
            out.extend_from_slice(format!("{{\"rows_before_limit_at_least\":{rows}}}\n").as_bytes());
        }
    }
}

impl Layout {
    /// A row under what it is.
    fn line(&mut self, what: &str, row: &Row<'_>, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(format!("{{\"{what}\":").as_bytes());
        if self.compact {
            self.cells.array(row, out);
        } else {
            self.cells.object(row, None, out);
        }
        out.extend_from_slice(b"}\n");
        replace_invalid_utf8(start, out);
    }
}
