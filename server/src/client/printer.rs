//! [`Printer`]: the blocks of a result through a format to where they go.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::time::Duration;

use arrow::array::RecordBatch;
use gristmill_engine::{HeaderColumn, Statistics};
use gristmill_sql::{Error, Result};

use crate::formats::{Format, FormatSettings, OutputFormat};
use crate::native::block::Block;
use crate::shell::destination::Destination;

/// Formats in which totals and extremes stand in the middle.
const WITH_ADDITIONS_INSIDE: &[&str] = &[
    "JSON",
    "JSONStrings",
    "JSONCompact",
    "JSONCompactStrings",
    "JSONColumnsWithMetadata",
    "XML",
];

/// Writes a result.
pub struct Printer {
    format: &'static Format,
    settings: FormatSettings,
    destination: Destination,
    header: Vec<HeaderColumn>,
    output: Option<Box<dyn OutputFormat>>,
    totals: Option<Block>,
    extremes: Option<Block>,
    rows: u64,
}

/// What is known of a result at its end.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figures {
    /// Since the query was asked.
    pub elapsed: Duration,
    /// Rows and bytes read.
    pub read: (u64, u64),
    /// Rows there would be without LIMIT.
    pub rows_before_limit: Option<u64>,
}

impl Printer {
    /// Nothing is written before the first block.
    pub fn new(format: &'static Format, settings: FormatSettings, destination: Destination) -> Printer {
        Printer {
            format,
            settings,
            destination,
            header: Vec::new(),
            output: None,
            totals: None,
            extremes: None,
            rows: 0,
        }
    }

    /// Takes a block of the result; the first one says its columns.
    pub fn block(&mut self, block: Block) -> Result<()> {
        if self.output.is_none() {
            if block.header.is_empty() {
                return Ok(());
            }
            let sink = Box::new(self.destination.clone());
            self.header = block.header.clone();
            self.output = Some(start(self.format, &self.header, &self.settings, sink)?);
        }
        if let (Some(output), true) = (&mut self.output, block.rows > 0) {
            self.rows += block.rows as u64;
            output.write(&block.batch()?)?;
        }
        Ok(())
    }

    /// Takes the row of WITH TOTALS.
    pub fn totals(&mut self, block: Block) {
        self.totals = Some(block).filter(|block| block.rows > 0);
    }

    /// Takes the smallest and largest values.
    pub fn extremes(&mut self, block: Block) {
        self.extremes = Some(block).filter(|block| block.rows > 0);
    }

    /// Ends the result. Its rows, unless the statement has no result.
    pub fn finish(mut self, figures: &Figures) -> Result<Option<u64>> {
        let Some(mut output) = self.output.take() else {
            self.destination.finish()?;
            return Ok(None);
        };
        output.finish(&Statistics {
            elapsed: figures.elapsed,
            rows_read: figures.read.0,
            bytes_read: figures.read.1,
            rows_before_limit_at_least: figures.rows_before_limit,
        })?;
        self.additions()?;
        self.destination.finish()?;
        Ok(Some(self.rows))
    }

    /// Totals and extremes, in the formats that show them behind the rows. Most others do not show them at all.
    fn additions(&mut self) -> Result<()> {
        let name = self.format.name;
        let totals = self.totals.take().map(Block::batch).transpose()?;
        let extremes = self.extremes.take().map(Block::batch).transpose()?;
        if totals.is_none() && extremes.is_none() {
            return Ok(());
        }
        if WITH_ADDITIONS_INSIDE.contains(&name) {
            return Err(Error::not_implemented(format!("Totals and extremes in format {name}")));
        }
        for (title, batch) in [("Totals", totals), ("Extremes", extremes)] {
            let Some(batch) = batch else { continue };
            match name {
                "Vertical" if title == "Extremes" && batch.num_rows() == 2 => {
                    self.vertical("\nMin", &batch.slice(0, 1))?;
                    self.vertical("\nMax", &batch.slice(1, 1))?;
                }
                "Vertical" => self.vertical("\n\nTotals", &batch)?,
                _ if name.starts_with("Pretty") => self.addition(self.format, &format!("\n{title}:\n"), &batch)?,
                _ => {
                    if let Some(plain) = plain(name) {
                        self.addition(crate::formats::find(plain)?, "\n", &batch)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn addition(&mut self, format: &'static Format, head: &str, batch: &RecordBatch) -> Result<()> {
        let failed = |error: std::io::Error| crate::formats::sink_failed(&error);
        self.destination.write_all(head.as_bytes()).map_err(failed)?;
        let mut output = start(format, &self.header, &self.settings, Box::new(self.destination.clone()))?;
        output.write(batch)?;
        output.finish(&Statistics::default())
    }

    /// One row under another title than `Row 1:`.
    fn vertical(&mut self, title: &str, batch: &RecordBatch) -> Result<()> {
        let shown = Rc::new(RefCell::new(Vec::new()));
        let mut output = start(
            self.format,
            &self.header,
            &self.settings,
            Box::new(Shown(shown.clone())),
        )?;
        output.write(batch)?;
        output.finish(&Statistics::default())?;
        let rule = "─".repeat(title.trim_start().len() + 1);
        let shown = shown.borrow();
        let body = shown.splitn(3, |byte| *byte == b'\n').nth(2).unwrap_or_default();
        let text = [format!("{title}:\n{rule}\n").as_bytes(), body].concat();
        self.destination
            .write_all(&text)
            .map_err(|error| crate::formats::sink_failed(&error))
    }
}

/// Bytes that are kept.
struct Shown(Rc<RefCell<Vec<u8>>>);

impl Write for Shown {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn start(
    format: &'static Format,
    header: &[HeaderColumn],
    settings: &FormatSettings,
    sink: Box<dyn Write>,
) -> Result<Box<dyn OutputFormat>> {
    let new = format.output.expect("output_format() returned this format");
    new(header, settings, sink)
}

/// The format without names whose rows follow an empty line.
fn plain(name: &str) -> Option<&'static str> {
    match name {
        _ if name.starts_with("TabSeparatedRaw") => Some("TabSeparatedRaw"),
        _ if name.starts_with("TabSeparated") => Some("TabSeparated"),
        _ if name.starts_with("CSV") => Some("CSV"),
        _ => None,
    }
}
