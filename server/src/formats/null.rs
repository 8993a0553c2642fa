//! Null: takes all rows and writes nothing.

use arrow::array::RecordBatch;
use gristmill_engine::Statistics;
use gristmill_sql::Result;

use super::{Format, OutputFormat};

/// No output.
pub const FORMAT: Format = Format {
    name: "Null",
    aliases: &[],
    content_type: "text/plain; charset=UTF-8",
    input: None,
    output: Some(|_, _, _| Ok(Box::new(Nothing))),
};

struct Nothing;

impl OutputFormat for Nothing {
    fn write(&mut self, _batch: &RecordBatch) -> Result<()> {
        Ok(())
    }

    fn finish(&mut self, _statistics: &Statistics) -> Result<()> {
        Ok(())
    }
}
