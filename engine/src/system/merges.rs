//! system.merges: the merges that run, and the parts that mutations change.

use std::sync::atomic::Ordering;

use gristmill_storage::{PartName, RunningMutation};

use super::{Content, SystemTable};
use crate::cells::Cells;
use crate::environment::Environment;
use crate::error::Result;
use crate::merges::RunningMerge;

pub const TABLE: SystemTable = SystemTable {
    name: "merges",
    columns: &[
        ("database", "String", "Database."),
        ("table", "String", "Table."),
        ("elapsed", "Float64", "Seconds since the merge began."),
        (
            "progress",
            "Float64",
            "Share of the rows that are written, from 0 to 1.",
        ),
        ("num_parts", "UInt64", "Parts that are merged."),
        ("source_part_names", "Array(String)", "Their names."),
        ("result_part_name", "String", "Name of the part that they become."),
        ("partition_id", "String", "Name of their partition."),
        ("is_mutation", "UInt8", "Whether a part is changed by mutations."),
        ("total_size_bytes_compressed", "UInt64", "Bytes of the parts on disk."),
        ("rows_read", "UInt64", "Rows read so far."),
        ("rows_written", "UInt64", "Rows written so far."),
        ("rows_indexed", "UInt64", "Rows added to vector indexes so far."),
        ("rows_total", "UInt64", "Rows of all parts."),
    ],
    content: Content::Rows(fill),
};

fn fill(environment: &Environment, cells: &mut Cells) -> Result<()> {
    for merge in environment.engine.merger().running() {
        push(&merge, cells);
    }
    for (database, name, table) in environment.shown_tables() {
        for mutation in table.store.running_mutations() {
            push_mutation((&database, &name), &mutation, cells);
        }
    }
    Ok(())
}

/// How far it is in the part is not known.
fn push_mutation((database, table): (&str, &str), mutation: &RunningMutation, cells: &mut Cells) {
    let part = &mutation.part;
    let result = PartName {
        mutation: mutation.versions.last().copied(),
        ..part.name().clone()
    };
    cells.push([
        database.into(),
        table.into(),
        mutation.since.elapsed().as_secs_f64().into(),
        0.0.into(),
        1_u64.into(),
        vec![part.name().to_string()].into(),
        result.to_string().into(),
        result.partition_id.into(),
        true.into(),
        part.bytes_on_disk().into(),
        0_u64.into(),
        0_u64.into(),
        0_u64.into(),
        part.rows().into(),
    ]);
}

fn push(merge: &RunningMerge, cells: &mut Cells) {
    let total = merge.progress.rows_total.load(Ordering::Relaxed);
    let written = merge.progress.rows_written.load(Ordering::Relaxed);
    let indexed = merge.progress.rows_indexed.load(Ordering::Relaxed);
    let names: Vec<String> = merge.sources.iter().map(|part| part.name.to_string()).collect();
    cells.push([
        merge.database.clone().into(),
        merge.table.clone().into(),
        merge.started.elapsed().as_secs_f64().into(),
        (written as f64 / total.max(1) as f64).into(),
        names.len().into(),
        names.into(),
        merge.result.to_string().into(),
        merge.result.partition_id.clone().into(),
        false.into(),
        merge.sources.iter().map(|part| part.bytes).sum::<u64>().into(),
        written.into(),
        written.into(),
        indexed.into(),
        total.into(),
    ]);
}
