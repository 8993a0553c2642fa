//! One statement run to its end, whoever asked for it: rows into a format, data out of a format.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use std::sync::Arc;
use std::time::Duration;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Field, Schema};
use gristmill_engine::settings::Settings;
use gristmill_engine::{CLICKHOUSE_VERSION, Formats, HeaderColumn, Insert, Outcome, Prepared, Progress, Rows, Session};
use gristmill_sql::parser::Outfile;
use gristmill_sql::{Code, Error, Result};
use serde_json::json;

use crate::formats::{self, Format, FormatSettings};

/// A statement and what it is run with.
pub struct Run<'a> {
    /// Values of `{name:Type}`.
    pub parameters: &'a BTreeMap<String, String>,
    /// Format of a result set whose query names none.
    pub default_format: &'a str,
    /// The revision of the native protocol that the client reads results in: that of a file, 0, if it names none.
    pub revision: u64,
    /// The statement, the data of an INSERT included.
    pub text: &'a [u8],
}

/// What is left to do after a statement has been understood.
pub enum Step {
    /// Nothing.
    Done,
    /// Write the rows.
    Rows(RowsStep),
    /// Read the data.
    Insert(InsertStep),
}

/// A result set and the format it will be written in.
pub struct RowsStep {
    rows: Rows,
    format: &'static Format,
    settings: Arc<FormatSettings>,
}

/// An INSERT and the data that its text holds.
pub struct InsertStep {
    insert: Insert,
    inline: Vec<u8>,
    settings: Arc<FormatSettings>,
}

/// What was printed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Rows of the result.
    pub rows: u64,
    /// Bytes of the result in memory.
    pub bytes: u64,
}

impl Run<'_> {
    /// Starts the statement.
    pub fn execute(&self, session: &mut Session) -> Result<Step> {
        let prepared = session.prepare(self.text, self.parameters);
        self.execute_prepared(session, prepared)
    }

    /// Starts the statement, which the session has looked at.
    pub fn execute_prepared(&self, session: &mut Session, prepared: Prepared) -> Result<Step> {
        Ok(match session.execute_prepared(self.text, self.parameters, prepared)? {
            Outcome::Done => Step::Done,
            Outcome::Rows(rows) => {
                let format = output_format(rows.format.as_deref().unwrap_or(self.default_format))?;
                let mut settings = format_settings(&rows.settings);
                if self.revision != settings.native_revision {
                    Arc::make_mut(&mut settings).native_revision = self.revision;
                }
                Step::Rows(RowsStep { rows, format, settings })
            }
            Outcome::Insert(insert) => Step::Insert(InsertStep::new(insert, self.text)),
        })
    }
}

impl RowsStep {
    /// The format the rows will have.
    pub fn format(&self) -> &'static Format {
        self.format
    }

    /// The file of INTO OUTFILE.
    pub fn outfile(&self) -> Option<&Outfile> {
        self.rows.outfile.as_ref()
    }

    /// Pulls all rows through the format into `sink`.
    pub fn write(mut self, sink: Box<dyn Write>) -> Result<Counts> {
        let new = self.format.output.expect("output_format() returned this format");
        let mut output = new(&self.rows.header, &self.settings, sink)?;
        let mut counts = Counts::default();
        while let Some(batch) = self.rows.next()? {
            counts.rows += batch.num_rows() as u64;
            counts.bytes += batch.get_array_memory_size() as u64;
            output.write(&batch)?;
        }
        if let Some(totals) = self.rows.totals()? {
            output.totals(&totals)?;
        }
        if let Some(extremes) = self.rows.extremes()? {
            output.extremes(&block(&self.rows.header, extremes)?)?;
        }
        output.finish(&self.rows.statistics())?;
        Ok(counts)
    }
}

/// Columns of a result as a block.
fn block(header: &[HeaderColumn], columns: Vec<ArrayRef>) -> Result<RecordBatch> {
    let fields = header.iter().zip(&columns);
    let fields = fields.map(|(column, array)| Field::new(&column.name, array.data_type().clone(), true));
    let schema = Schema::new(fields.collect::<Vec<Field>>());
    RecordBatch::try_new(Arc::new(schema), columns)
        .map_err(|error| Error::new(Code::LOGICAL_ERROR, format!("Columns of a result: {error}")))
}

impl InsertStep {
    /// An INSERT with the data that its text holds.
    pub fn new(insert: Insert, text: &[u8]) -> InsertStep {
        let inline = insert.inline.clone().map_or(Vec::new(), |range| text[range].to_vec());
        InsertStep {
            inline,
            settings: format_settings(&insert.settings),
            insert,
        }
    }

    /// Reads the data of the text and then of `more` into the table; returns the rows written.
    pub fn read(self, more: Box<dyn Read + Send>) -> Result<u64> {
        let InsertStep {
            mut insert,
            inline,
            settings,
        } = self;
        let format = input_format(insert.format.as_deref().unwrap_or("Values"))?;
        let source = Cursor::new(inline).chain(more);
        for batch in format(&insert.header, &settings, Box::new(source))? {
            insert.write(batch?)?;
        }
        Ok(insert.finish()?)
    }
}

thread_local! {
    /// The last settings used on this thread, by their fingerprint: a client's queries mostly have the same ones, and
    /// looking up all of a format's settings costs as much as a small query.
    static LAST_SETTINGS: RefCell<Option<(u64, Arc<FormatSettings>)>> = const { RefCell::new(None) };
}

/// What of a statement's settings changes how formats read and write.
pub fn format_settings(settings: &Settings) -> Arc<FormatSettings> {
    let fingerprint = settings.fingerprint();
    LAST_SETTINGS.with_borrow_mut(|last| match last {
        Some((known, settings)) if *known == fingerprint => settings.clone(),
        _ => {
            let new = Arc::new(FormatSettings::new(&|name| settings.get(name).map(str::to_string)));
            *last = Some((fingerprint, new.clone()));
            new
        }
    })
}

/// The format that prints results under this name.
pub fn output_format(name: &str) -> Result<&'static Format> {
    let format = formats::find(name)?;
    match format.output {
        Some(_) => Ok(format),
        None => Err(Error::new(
            Code::FORMAT_IS_NOT_SUITABLE_FOR_OUTPUT,
            format!("Format {name} is not suitable for output"),
        )),
    }
}

fn input_format(name: &str) -> Result<formats::Input> {
    formats::find(name)?.input.ok_or_else(|| {
        Error::new(
            Code::FORMAT_IS_NOT_SUITABLE_FOR_INPUT,
            format!("Format {name} is not suitable for input"),
        )
    })
}

/// An error as ClickHouse's server sends it: what it shows of a query are the bytes that came.
pub fn error_text(error: &Error) -> Vec<u8> {
    let version = env!("CARGO_PKG_VERSION");
    let mut text = error.text_bytes();
    text.extend_from_slice(format!(" (version {CLICKHOUSE_VERSION} (gristmill {version}))\n").as_bytes());
    text
}

/// The time zone of a session's dates without one.
pub fn time_zone(session: &Session) -> String {
    session
        .setting("session_timezone")
        .filter(|zone| !zone.is_empty())
        .unwrap_or_else(|| "UTC".to_string())
}

/// What a query did, for `X-ClickHouse-Summary`.
pub struct Summary<'a> {
    /// Rows read and written.
    pub progress: &'a Progress,
    /// Rows printed.
    pub result: Counts,
    /// Time since the request was understood.
    pub elapsed: Duration,
}

impl Summary<'_> {
    /// All values are strings: clients parse them so.
    pub fn json(&self) -> String {
        let Summary {
            progress,
            result,
            elapsed,
        } = self;
        json!({
            "read_rows": progress.read_rows().to_string(),
            "read_bytes": progress.read_bytes().to_string(),
            "written_rows": progress.written_rows().to_string(),
            "written_bytes": progress.written_bytes().to_string(),
            "total_rows_to_read": progress.total_rows().to_string(),
            "result_rows": result.rows.to_string(),
            "result_bytes": result.bytes.to_string(),
            "elapsed_ns": elapsed.as_nanos().to_string(),
            "real_time_microseconds": elapsed.as_micros().to_string(),
        })
        .to_string()
    }
}

/// What the engine reads the files of `file(…)` with.
pub fn file_formats() -> Arc<dyn Formats> {
    Arc::new(formats::FileFormats)
}
