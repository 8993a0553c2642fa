//! system.asynchronous_inserts: rows that wait to be written together.

use std::time::UNIX_EPOCH;

use super::{Content, SystemTable};
use crate::cells::{Cell, Cells};
use crate::environment::Environment;
use crate::error::Result;

pub const TABLE: SystemTable = SystemTable {
    name: "asynchronous_inserts",
    columns: &[
        ("query", "String", "The statement without its data."),
        ("database", "String", "Database."),
        ("table", "String", "Table."),
        ("format", "String", "Format of the data."),
        ("first_update", "DateTime64(6)", "When the first rows came."),
        ("total_bytes", "UInt64", "Bytes of all rows."),
        ("entries.query_id", "Array(String)", "Empty texts, one for each INSERT."),
        ("entries.bytes", "Array(UInt64)", "Bytes of the rows of each INSERT."),
    ],
    content: Content::Rows(fill),
};

fn fill(environment: &Environment, cells: &mut Cells) -> Result<()> {
    for waiting in environment.engine.async_inserts().waiting() {
        let bytes: Vec<u64> = waiting.bytes.iter().map(|bytes| *bytes as u64).collect();
        let since = waiting.first.duration_since(UNIX_EPOCH).unwrap_or_default();
        cells.push([
            waiting.query.into(),
            waiting.name.0.into(),
            waiting.name.1.into(),
            waiting.format.into(),
            Cell::Number(since.as_micros() as u64),
            bytes.iter().sum::<u64>().into(),
            vec![String::new(); bytes.len()].into(),
            Cell::Numbers(bytes),
        ]);
    }
    Ok(())
}
