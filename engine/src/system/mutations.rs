//! system.mutations: what tables have been ordered to do, and how far it is.

use std::time::{SystemTime, UNIX_EPOCH};

use gristmill_storage::{MutationStatus, PartName};

use super::{Content, SystemTable};
use crate::cells::{Cell, Cells};
use crate::environment::Environment;
use crate::error::Result;
use crate::mutations::listed_text;

pub const TABLE: SystemTable = SystemTable {
    name: "mutations",
    columns: &[
        ("database", "String", "Database."),
        ("table", "String", "Table."),
        ("mutation_id", "String", "Name of its file in the table's folder."),
        ("command", "String", "What it does: one row for each command."),
        ("create_time", "DateTime", "When it was ordered."),
        ("finish_time", "DateTime", "When it was done; 0 if it is not."),
        ("block_numbers.partition_id", "Array(String)", "One empty text."),
        (
            "block_numbers.number",
            "Array(Int64)",
            "Rows of blocks with lower numbers are meant.",
        ),
        (
            "parts_in_progress_names",
            "Array(String)",
            "Parts that are being changed.",
        ),
        (
            "parts_to_do_names",
            "Array(String)",
            "Parts that are left to be changed.",
        ),
        ("parts_to_do", "Int64", "How many they are."),
        ("is_done", "UInt8", "Whether none is left."),
        ("is_killed", "UInt8", "Whether KILL MUTATION is ending it."),
        ("latest_failed_part", "String", "The part on which it failed last."),
        ("latest_fail_time", "DateTime", "When."),
        ("latest_fail_reason", "String", "Why."),
        ("latest_fail_error_code_name", "String", "Name of the error's code."),
    ],
    content: Content::Rows(fill),
};

fn fill(environment: &Environment, cells: &mut Cells) -> Result<()> {
    for (database, name, table) in environment.shown_tables() {
        for status in table.store.mutations() {
            for command in &status.mutation.order.commands {
                push(&database, &name, command, &status, cells);
            }
        }
    }
    Ok(())
}

fn push(database: &str, table: &str, command: &str, status: &MutationStatus, cells: &mut Cells) {
    let mutation = &status.mutation;
    let failure = status.failure.as_ref();
    let names = |parts: &[PartName]| -> Vec<String> { parts.iter().map(PartName::to_string).collect() };
    let text = |text: Option<String>| Cell::from(text.unwrap_or_default());
    cells.push([
        database.into(),
        table.into(),
        mutation.id().into(),
        listed_text(command).into(),
        seconds(Some(mutation.created())),
        seconds(mutation.finished()),
        vec![String::new()].into(),
        Cell::Numbers(vec![mutation.version]),
        names(&status.parts_in_progress).into(),
        names(&status.parts_to_do).into(),
        status.parts_to_do.len().into(),
        status.is_done.into(),
        status.is_killed.into(),
        text(failure.map(|failure| failure.part.to_string())),
        seconds(failure.map(|failure| failure.time)),
        text(failure.map(|failure| failure.reason.clone())),
        text(failure.map(|failure| failure.code.clone())),
    ]);
}

/// A DateTime; 0 for none.
fn seconds(time: Option<SystemTime>) -> Cell {
    let since = time.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |since| since.as_secs()).into()
}
