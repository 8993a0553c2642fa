//! [`Printer`]: the blocks of a result through a format to where they go.

use std::io::Write;
use std::time::Duration;

use gristmill_engine::{HeaderColumn, Statistics};
use gristmill_sql::{Code, Error, Result};

use crate::formats::{Format, FormatSettings, OutputFormat};
use crate::native::block::Block;
use crate::shell::destination::Destination;

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
        if block.rows > 0 {
            self.check(&block)?;
        }
        if let (Some(output), true) = (&mut self.output, block.rows > 0) {
            self.rows += block.rows as u64;
            output.write(&block.batch()?)?;
        }
        Ok(())
    }

    /// Takes the row of WITH TOTALS.
    pub fn totals(&mut self, block: Block) -> Result<()> {
        self.totals = self.addition(block, "Totals", 1)?;
        Ok(())
    }

    /// Takes the smallest and largest values.
    pub fn extremes(&mut self, block: Block) -> Result<()> {
        self.extremes = self.addition(block, "Extremes", 2)?;
        Ok(())
    }

    fn addition(&self, block: Block, what: &str, rows: usize) -> Result<Option<Block>> {
        if block.rows == 0 || self.output.is_none() {
            return Ok(None);
        }
        self.check(&block)?;
        match block.rows == rows {
            true => Ok(Some(block)),
            false => Err(unexpected(format!("{what} have {} rows, not {rows}", block.rows))),
        }
    }

    /// Formats rely on all blocks being of one kind, which a server may not.
    fn check(&self, block: &Block) -> Result<()> {
        let types = |header: &[HeaderColumn]| header.iter().map(|it| it.data_type.clone()).collect::<Vec<_>>();
        match types(&block.header) == types(&self.header) {
            true => Ok(()),
            false => Err(unexpected("a block has other columns than the first one".into())),
        }
    }

    /// Ends the result. Its rows, unless the statement has no result.
    pub fn finish(mut self, figures: &Figures) -> Result<Option<u64>> {
        let Some(mut output) = self.output.take() else {
            self.destination.finish()?;
            return Ok(None);
        };
        if let Some(totals) = self.totals.take() {
            output.totals(&totals.batch()?)?;
        }
        if let Some(extremes) = self.extremes.take() {
            output.extremes(&extremes.batch()?)?;
        }
        output.finish(&Statistics {
            elapsed: figures.elapsed,
            rows_read: figures.read.0,
            bytes_read: figures.read.1,
            rows_before_limit_at_least: figures.rows_before_limit,
        })?;
        self.destination.finish()?;
        Ok(Some(self.rows))
    }
}

fn unexpected(why: String) -> Error {
    let message = format!("Unexpected data from server: {why}");
    Error::new(Code::UNEXPECTED_PACKET_FROM_SERVER, message)
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
