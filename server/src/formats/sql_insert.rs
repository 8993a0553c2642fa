//! SQLInsert: statements that insert the rows elsewhere.

use std::io::Write;

use gristmill_engine::{HeaderColumn, Statistics};
use gristmill_sql::Result;
use gristmill_sql::types::TextStyle;

use super::row_output::{Row, RowLayout, RowOutput};
use super::settings::SqlInsertSettings;
use super::{Format, FormatSettings, OutputFormat};

/// Statements.
pub const FORMAT: Format = Format {
    name: "SQLInsert",
    aliases: &[],
    content_type: "text/plain; charset=UTF-8",
    input: None,
    output: Some(output),
};

fn output(header: &[HeaderColumn], settings: &FormatSettings, sink: Box<dyn Write>) -> Result<Box<dyn OutputFormat>> {
    let layout = Layout {
        beginning: beginning(header, &settings.sql_insert),
        statement_rows: settings.sql_insert.statement_rows,
    };
    Ok(RowOutput::start(layout, header, settings, sink))
}

/// A statement up to its first row.
fn beginning(header: &[HeaderColumn], settings: &SqlInsertSettings) -> String {
    let verb = if settings.use_replace { "REPLACE" } else { "INSERT" };
    let name = |column: &HeaderColumn| match settings.quote_names {
        true => format!("`{}`", column.name),
        false => column.name.clone(),
    };
    let names = match settings.with_names {
        true => format!("({}) ", header.iter().map(name).collect::<Vec<_>>().join(", ")),
        false => String::new(),
    };
    format!("{verb} INTO {} {names}VALUES ", settings.table)
}

struct Layout {
    beginning: String,
    statement_rows: u64,
}

impl RowLayout for Layout {
    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>) {
        let first = row.index.checked_rem(self.statement_rows).unwrap_or(row.index) == 0;
        match (first, row.index) {
            (true, 0) => out.extend_from_slice(self.beginning.as_bytes()),
            (true, _) => out.extend_from_slice(format!(";\n{}", self.beginning).as_bytes()),
            (false, _) => out.extend_from_slice(b", "),
        }
        for (index, column) in row.columns.iter().enumerate() {
            out.extend_from_slice(if index == 0 { b"(" } else { b", " });
            column.write_text(row.at, TextStyle::Quoted, out);
        }
        out.push(b')');
    }

    fn suffix(&mut self, _rows: u64, _statistics: &Statistics, out: &mut Vec<u8>) {
        out.extend_from_slice(b";\n");
    }
}
