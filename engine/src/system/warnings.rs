//! system.warnings: what a client should know of its last statement.

use super::{Content, SystemTable};
use crate::cells::Cells;
use crate::environment::Environment;
use crate::error::Result;

pub const TABLE: SystemTable = SystemTable {
    name: "warnings",
    columns: &[
        (
            "message",
            "String",
            "What there is to know of the session's last statement.",
        ),
        (
            "message_format_string",
            "LowCardinality(String)",
            "The same without names and numbers.",
        ),
    ],
    content: Content::Rows(fill),
};

fn fill(environment: &Environment, cells: &mut Cells) -> Result<()> {
    for note in environment.warnings() {
        cells.push([note.to_string().into(), FORMAT.into()]);
    }
    Ok(())
}

/// All that is noted are reasons why vector indexes are not used.
const FORMAT: &str = "Vector index of {} not used: {}";
