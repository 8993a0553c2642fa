//! Output formats that write one row after another.

use std::io::Write;

use arrow::array::RecordBatch;
use gristmill_engine::{HeaderColumn, Statistics};
use gristmill_sql::types::{ColumnWriter, writer};
use gristmill_sql::{Code, Error, Result};

use super::{FormatSettings, OutputFormat};

/// Bytes that gather before they go to the sink.
const BUFFER_BYTES: usize = 1 << 18;

/// How a format lays out rows.
pub trait RowLayout {
    /// What stands before the first row.
    fn prefix(&mut self, _header: &[HeaderColumn], _out: &mut Vec<u8>) {}

    /// One row; `index` counts from 0 over the whole result.
    fn row(&mut self, row: &Row<'_>, out: &mut Vec<u8>);

    /// The row of WITH TOTALS, behind the last row.
    fn totals(&mut self, _totals: &Row<'_>, _out: &mut Vec<u8>) {}

    /// The rows of least and of greatest values, behind the totals.
    fn extremes(&mut self, _ends: [&Row<'_>; 2], _out: &mut Vec<u8>) {}

    /// What stands behind the last row.
    fn suffix(&mut self, _rows: u64, _statistics: &Statistics, _out: &mut Vec<u8>) {}
}

/// A row that is being written.
pub struct Row<'a> {
    /// All columns' names and types.
    pub header: &'a [HeaderColumn],
    /// All columns' values.
    pub columns: &'a [Box<dyn ColumnWriter>],
    /// The row in the columns.
    pub at: usize,
    /// The row in the result, from 0.
    pub index: u64,
}

impl<'a> Row<'a> {
    /// A row that is not one of the result's, but of what stands behind them.
    pub fn behind(header: &'a [HeaderColumn], columns: &'a [Box<dyn ColumnWriter>], at: usize) -> Row<'a> {
        Row {
            header,
            columns,
            at,
            index: 0,
        }
    }
}

/// Drives a layout over batches.
pub struct RowOutput<L> {
    layout: L,
    header: Vec<HeaderColumn>,
    settings: FormatSettings,
    sink: Box<dyn Write>,
    buffer: Vec<u8>,
    rows: u64,
}

impl<L: RowLayout + 'static> RowOutput<L> {
    /// Starts with what stands before the first row.
    pub fn start(
        mut layout: L,
        header: &[HeaderColumn],
        settings: &FormatSettings,
        sink: Box<dyn Write>,
    ) -> Box<dyn OutputFormat> {
        let mut buffer = Vec::new();
        layout.prefix(header, &mut buffer);
        Box::new(RowOutput {
            layout,
            header: header.to_vec(),
            settings: settings.clone(),
            sink,
            buffer,
            rows: 0,
        })
    }

    fn drain(&mut self) -> Result<()> {
        self.sink.write_all(&self.buffer).map_err(|error| sink_failed(&error))?;
        self.buffer.clear();
        Ok(())
    }
}

impl<L: RowLayout + 'static> OutputFormat for RowOutput<L> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let columns = writers(&self.header, batch, &self.settings)?;
        for at in 0..batch.num_rows() {
            let row = Row {
                header: &self.header,
                columns: &columns,
                at,
                index: self.rows,
            };
            self.layout.row(&row, &mut self.buffer);
            self.rows += 1;
            if self.buffer.len() >= BUFFER_BYTES {
                self.drain()?;
            }
        }
        // People see the rows that there are while a slow query goes on.
        self.drain()
    }

    fn totals(&mut self, totals: &RecordBatch) -> Result<()> {
        let columns = writers(&self.header, totals, &self.settings)?;
        self.layout
            .totals(&Row::behind(&self.header, &columns, 0), &mut self.buffer);
        Ok(())
    }

    fn extremes(&mut self, extremes: &RecordBatch) -> Result<()> {
        let columns = writers(&self.header, extremes, &self.settings)?;
        let ends = [0, 1].map(|at| Row::behind(&self.header, &columns, at));
        self.layout.extremes([&ends[0], &ends[1]], &mut self.buffer);
        Ok(())
    }

    fn finish(&mut self, statistics: &Statistics) -> Result<()> {
        self.layout.suffix(self.rows, statistics, &mut self.buffer);
        self.drain()?;
        self.sink.flush().map_err(|error| sink_failed(&error))
    }
}

/// A writer for each column of a batch.
pub fn writers(
    header: &[HeaderColumn],
    batch: &RecordBatch,
    settings: &FormatSettings,
) -> Result<Vec<Box<dyn ColumnWriter>>> {
    if header.len() != batch.num_columns() {
        let message = format!(
            "A block has {} columns, its header {}",
            batch.num_columns(),
            header.len()
        );
        return Err(Error::new(Code::LOGICAL_ERROR, message));
    }
    let columns = header.iter().zip(batch.columns());
    columns
        .map(|(column, array)| writer(&column.data_type, array, &settings.text))
        .collect()
}

/// The reader of the result has gone, or the disk is full.
pub fn sink_failed(error: &std::io::Error) -> Error {
    Error::new(
        Code::CANNOT_WRITE_TO_FILE_DESCRIPTOR,
        format!("Cannot write the result: {error}"),
    )
}
