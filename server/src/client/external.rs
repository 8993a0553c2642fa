//! [`ExternalTable`]: data that goes to the server with a query, in the query a temporary table.
//!
//! On the command line: `--external --file=data.tsv --name=t --structure='a UInt8'`, each time with its own values.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;

use arrow::array::RecordBatch;
use gristmill_engine::HeaderColumn;
use gristmill_sql::{Code, Error, Result};

use super::connection::{Asked, Connection};
use crate::formats::{self, FormatSettings};

/// Options that may follow `--external`.
const OPTIONS: [&str; 5] = ["--file", "--name", "--format", "--structure", "--types"];

/// What the command line says of one table.
#[derive(Clone, Debug, PartialEq)]
pub struct Described {
    file: String,
    name: String,
    format: String,
    structure: Option<String>,
    types: Option<String>,
}

impl Default for Described {
    fn default() -> Described {
        Described {
            file: "-".into(),
            name: "_data".into(),
            format: "TabSeparated".into(),
            structure: None,
            types: None,
        }
    }
}

/// A table and its rows.
#[derive(Clone, Debug)]
pub struct ExternalTable {
    name: String,
    header: Vec<HeaderColumn>,
    batches: Vec<RecordBatch>,
}

/// Takes the options of tables out of a command line.
pub fn take(arguments: Vec<OsString>) -> Result<(Vec<Described>, Vec<OsString>)> {
    let mut tables: Vec<Described> = Vec::new();
    let mut remaining = Vec::new();
    let mut is_inside = false;
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let text = argument.to_string_lossy().into_owned();
        if text == "--external" {
            tables.push(Described::default());
            is_inside = true;
            continue;
        }
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_string())),
            None => (text.as_str(), None),
        };
        let table = tables.last_mut().filter(|_| is_inside && OPTIONS.contains(&name));
        let Some(table) = table else {
            is_inside = false;
            remaining.push(argument);
            continue;
        };
        let value = value.or_else(|| arguments.next().map(|next| next.to_string_lossy().into_owned()));
        let value = value.ok_or_else(|| {
            let message = format!("The required argument for option '{name}' is missing");
            Error::new(Code::BAD_ARGUMENTS, message)
        })?;
        match name {
            "--file" => table.file = value,
            "--name" => table.name = value,
            "--format" => table.format = value,
            "--structure" => table.structure = Some(value),
            _ => table.types = Some(value),
        }
    }
    if tables.iter().filter(|table| table.file == "-").count() > 1 {
        let message = "Two or more external table has stdin (-) set as --file field";
        return Err(Error::new(Code::BAD_ARGUMENTS, message));
    }
    Ok((tables, remaining))
}

impl Described {
    /// Whether its rows are on standard input.
    pub fn is_on_stdin(&self) -> bool {
        self.file == "-"
    }

    /// Reads the table.
    pub fn read(&self, settings: &FormatSettings) -> Result<ExternalTable> {
        let header: Vec<HeaderColumn> = match (&self.structure, &self.types) {
            (Some(structure), _) => gristmill_engine::external::columns_of_structure(structure)?,
            (None, Some(types)) => gristmill_engine::external::columns_of_types(types)?,
            (None, None) => {
                let message = "Neither --structure nor --types have not been provided for external table";
                return Err(Error::new(Code::BAD_ARGUMENTS, message));
            }
        };
        let source: Box<dyn Read + Send> = match self.is_on_stdin() {
            true => Box::new(std::io::stdin()),
            false => Box::new(File::open(&self.file).map_err(|error| {
                let message = format!("Cannot open file {}: {error}", self.file);
                Error::new(Code::CANNOT_OPEN_FILE, message)
            })?),
        };
        let input = formats::find(&self.format)?.input.ok_or_else(|| {
            let message = format!("Format {} is not suitable for input", self.format);
            Error::new(Code::FORMAT_IS_NOT_SUITABLE_FOR_INPUT, message)
        })?;
        let batches = input(&header, settings, source)?.collect::<Result<Vec<_>>>()?;
        Ok(ExternalTable {
            name: self.name.clone(),
            header,
            batches,
        })
    }
}

impl ExternalTable {
    /// Sends the table.
    pub fn send(&self, connection: &mut Connection) -> Asked<()> {
        let empty = RecordBatch::new_empty(std::sync::Arc::new(arrow::datatypes::Schema::new(
            self.header
                .iter()
                .map(|column| column.data_type.field(&column.name))
                .collect::<Vec<_>>(),
        )));
        let none = self.batches.is_empty().then_some(&empty);
        for batch in self.batches.iter().chain(none) {
            let columns = &batch.columns()[..self.header.len()];
            connection.send_data(&self.name, &self.header, columns, batch.num_rows())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_belong_to_the_table_before_them() {
        let words = "-q x --external --file a --name=t --structure=s --format CSV --database d --external --types=T --format=TSV --echo --format J";
        let (tables, remaining) = take(words.split(' ').map(OsString::from).collect()).unwrap();
        assert_eq!(remaining.join(" ".as_ref()), "-q x --database d --echo --format J");
        let first = Described {
            file: "a".into(),
            name: "t".into(),
            format: "CSV".into(),
            structure: Some("s".into()),
            types: None,
        };
        let second = Described {
            types: Some("T".into()),
            format: "TSV".into(),
            ..Described::default()
        };
        assert_eq!(tables, [first, second]);
        assert!(take(vec!["--external".into(), "--file".into()]).is_err());
        assert!(take(vec!["--external".into(), "--external".into()]).is_err());
    }
}
