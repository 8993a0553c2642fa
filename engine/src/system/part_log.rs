//! system.part_log: what happened to parts.

use std::time::UNIX_EPOCH;

use super::{Content, SystemTable};
use crate::cells::Cells;
use crate::environment::Environment;
use crate::error::Result;
use crate::part_log::{PartEvent, PartEventKind};

const SECONDS_OF_DAY: u64 = 86_400;

pub const TABLE: SystemTable = SystemTable {
    name: "part_log",
    columns: &[
        (
            "event_type",
            "Enum8('NewPart' = 1, 'MergeParts' = 2, 'DownloadPart' = 3, 'RemovePart' = 4, 'MutatePart' = 5, \
             'MovePart' = 6)",
            "What happened; DownloadPart and MovePart never do.",
        ),
        ("event_date", "Date", "Day of it, in UTC."),
        ("event_time", "DateTime", "When it was done."),
        ("duration_ms", "UInt64", "How long it took, milliseconds."),
        ("database", "String", "Database."),
        ("table", "String", "Table, as it was called then."),
        ("part_name", "String", "Name of the part."),
        ("partition_id", "String", "Name of its partition."),
        ("rows", "UInt64", "Its rows."),
        ("size_in_bytes", "UInt64", "Bytes of all its files."),
        (
            "merged_from",
            "Array(String)",
            "Names of the parts that it was made of.",
        ),
        ("error", "UInt16", "Code of the error; 0 if there was none."),
        ("exception", "String", "Text of the error."),
    ],
    content: Content::Rows(fill),
};

fn fill(environment: &Environment, cells: &mut Cells) -> Result<()> {
    for event in environment.engine.part_log().list() {
        push(event, cells);
    }
    Ok(())
}

fn push(event: PartEvent, cells: &mut Cells) {
    let kind = match event.kind {
        PartEventKind::NewPart => "NewPart",
        PartEventKind::MergeParts => "MergeParts",
        PartEventKind::RemovePart => "RemovePart",
        PartEventKind::MutatePart => "MutatePart",
    };
    let seconds = event.time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let merged_from: Vec<String> = event.merged_from.iter().map(|part| part.to_string()).collect();
    let (code, text) = match &event.error {
        Some(error) => (error.code().number() as u64, error.to_string()),
        None => (0, String::new()),
    };
    cells.push([
        kind.into(),
        (seconds / SECONDS_OF_DAY).into(),
        seconds.into(),
        (event.took.as_millis() as u64).into(),
        event.database.into(),
        event.table.into(),
        event.part.to_string().into(),
        event.part.partition_id.into(),
        event.rows.into(),
        event.bytes.into(),
        merged_from.into(),
        code.into(),
        text.into(),
    ]);
}
