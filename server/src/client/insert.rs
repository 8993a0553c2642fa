//! INSERT from the client: its data is parsed here and goes to the server as blocks.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use gristmill_engine::{HeaderColumn, OMITTED_KEY};
use gristmill_sql::parser::{self, InsertColumns, InsertSource, InsertTarget, SettingValue, quote_name, quote_string};
use gristmill_sql::{Code, Error, Result};

use super::connection::Asked;
use super::failure::Failure;
use super::packet::Packet;
use super::session::{Running, Session, Summary};
use crate::formats::{self, FormatSettings};
use crate::shell::compression::without_ending;
use crate::shell::infile;
use crate::shell::script::Statement;

/// An INSERT whose data is ours.
pub struct Insert<'a> {
    /// The statement without its data.
    text: Cow<'a, [u8]>,
    /// The format of the data, and the data.
    sources: Vec<(String, Box<dyn Read + Send>)>,
    settings: &'a [(String, SettingValue)],
}

impl<'a> Insert<'a> {
    /// The INSERT that a statement is; `None` if it is none, or one of data that the server has.
    pub fn of(statement: &'a Statement<'_>, input: Option<Box<dyn Read + Send>>) -> Result<Option<Insert<'a>>> {
        let parsed = statement.parsed();
        let parser::Statement::Insert(insert) = &parsed.statement else {
            return Ok(None);
        };
        let settings = parsed.settings.as_slice();
        match &insert.source {
            InsertSource::Select(_) => Ok(None),
            InsertSource::Connection => {
                let message = "The statement does not say in which format its data is: VALUES or FORMAT is missing";
                Err(Error::new(Code::SYNTAX_ERROR, message))
            }
            InsertSource::Data { format, .. } => {
                let (head, data) = statement.split_data();
                if data.trim_ascii().is_empty() && input.is_none() {
                    return Err(Error::new(Code::NO_DATA_TO_INSERT, "No data to insert"));
                }
                let data = Cursor::new(data.to_vec());
                let source: Box<dyn Read + Send> = match input {
                    Some(input) => Box::new(data.chain(input)),
                    None => Box::new(data),
                };
                Ok(Some(Insert {
                    text: Cow::Borrowed(head.trim_ascii_end()),
                    sources: vec![(format.clone(), source)],
                    settings,
                }))
            }
            InsertSource::File {
                path,
                compression,
                format,
            } => {
                let mut sources = Vec::new();
                for file in infile::open(path, compression.as_deref())? {
                    let name = file.path.to_string_lossy();
                    let format = match format {
                        Some(format) => format.clone(),
                        None => formats::by_ending(without_ending(&name).as_ref())?.to_string(),
                    };
                    sources.push((format, file.bytes));
                }
                Ok(Some(Insert {
                    text: Cow::Owned(without_file(&insert.target, &insert.columns, settings)?.into_bytes()),
                    sources,
                    settings,
                }))
            }
        }
    }
}

/// The statement as one whose data comes from the client.
fn without_file(target: &InsertTarget, columns: &InsertColumns, settings: &[(String, SettingValue)]) -> Result<String> {
    let InsertTarget::Table(table) = target else {
        return Err(Error::not_implemented("INSERT INTO FUNCTION … FROM INFILE"));
    };
    let list = |names: &[String]| names.iter().map(|name| quote_name(name)).collect::<Vec<_>>().join(", ");
    let database = table
        .database
        .as_ref()
        .map_or(String::new(), |name| format!("{}.", quote_name(name)));
    let columns = match columns {
        InsertColumns::All => String::new(),
        InsertColumns::Named(names) => format!(" ({})", list(names)),
        InsertColumns::Except(names) => format!(" (* EXCEPT ({}))", list(names)),
    };
    let settings: Vec<String> = settings
        .iter()
        .map(|(name, value)| format!("{name} = {}", quote_string(&value.text())))
        .collect();
    let settings = match settings.is_empty() {
        true => String::new(),
        false => format!(" SETTINGS {}", settings.join(", ")),
    };
    Ok(format!(
        "INSERT INTO {database}{}{columns}{settings} FORMAT Native",
        quote_name(&table.name)
    ))
}

impl Session {
    pub(super) fn insert(&mut self, insert: Insert<'_>) -> Asked<Summary> {
        let mut running = self.begin();
        self.ask(&insert.text)?;
        let Some(header) = self.wanted_columns(&mut running)? else {
            return Ok(running.summary(None));
        };
        let settings = self.format_settings(insert.settings);
        let sent = insert
            .sources
            .into_iter()
            .try_for_each(|(format, source)| self.send_source(&format, source, &header, &settings, &mut running));
        running.clear();
        match sent {
            Ok(()) => self.connection()?.end_data()?,
            // The server waits for the end of the data even where it has failed.
            Err(failure @ Failure::Server(_)) => {
                self.connection()?.end_data()?;
                return Err(failure);
            }
            Err(failure @ Failure::Here(_)) => {
                self.abandon();
                return Err(failure);
            }
            Err(failure) => return Err(failure),
        }
        loop {
            match self.connection()?.receive()? {
                Packet::EndOfStream => return Ok(running.summary(None)),
                other => self.note(other, &mut running)?,
            }
        }
    }

    /// The columns that the server wants; `None` if it has ended the statement without any.
    fn wanted_columns(&mut self, running: &mut Running) -> Asked<Option<Vec<HeaderColumn>>> {
        loop {
            match self.connection()?.receive()? {
                Packet::Data(block) => return Ok(Some(block.header)),
                Packet::EndOfStream => return Ok(None),
                other => self.note(other, running)?,
            }
        }
    }

    fn send_source(
        &mut self,
        format: &str,
        source: Box<dyn Read + Send>,
        header: &[HeaderColumn],
        settings: &FormatSettings,
        running: &mut Running,
    ) -> Asked<()> {
        let input = formats::find(format)?.input.ok_or_else(|| {
            let message = format!("Format {format} is not suitable for input");
            Error::new(Code::FORMAT_IS_NOT_SUITABLE_FOR_INPUT, message)
        })?;
        for batch in input(header, settings, source)? {
            for (columns, rows) in blocks(&batch?, header)? {
                let (header, arrays): (Vec<HeaderColumn>, Vec<ArrayRef>) = columns.into_iter().unzip();
                self.connection()?.send_data("", &header, &arrays, rows)?;
            }
            while self.connection()?.has_packet()? {
                let packet = self.connection()?.receive()?;
                self.note(packet, running)?;
            }
        }
        Ok(())
    }
}

/// Columns with their values.
type Columns = Vec<(HeaderColumn, ArrayRef)>;

/// The rows of a batch as blocks of the columns that the data gives: the server fills in those that are not there. Rows
/// that give others follow in another block, in the order of the data.
fn blocks(batch: &RecordBatch, header: &[HeaderColumn]) -> Result<Vec<(Columns, usize)>> {
    let mut masks = vec![None; header.len()];
    for (at, field) in batch.schema_ref().fields().iter().enumerate().skip(header.len()) {
        let named = field.metadata().get(OMITTED_KEY);
        let column = header.iter().position(|column| Some(&column.name) == named);
        if let (Some(column), Some(mask)) = (column, batch.column(at).as_boolean_opt()) {
            masks[column] = Some(mask);
        }
    }
    let is_omitted =
        |column: usize, row: usize| masks[column].is_some_and(|mask| mask.is_valid(row) && mask.value(row));
    let same = |a: usize, b: usize| (0..header.len()).all(|column| is_omitted(column, a) == is_omitted(column, b));
    let mut blocks = Vec::new();
    let mut start = 0;
    while start < batch.num_rows() {
        let end = match masks.iter().any(Option::is_some) {
            true => (start + 1..batch.num_rows())
                .find(|row| !same(start, *row))
                .unwrap_or(batch.num_rows()),
            false => batch.num_rows(),
        };
        let mut given: Vec<usize> = (0..header.len()).filter(|column| !is_omitted(*column, start)).collect();
        if given.is_empty() {
            given = (0..header.len().min(1)).collect(); // a block has to have rows
        }
        let column = |at: usize| (header[at].clone(), batch.column(at).slice(start, end - start));
        blocks.push((given.into_iter().map(column).collect(), end - start));
        start = end;
    }
    Ok(blocks)
}
