//! system.parts: the active parts.

use std::time::UNIX_EPOCH;

use gristmill_storage::Part;
use uuid::Uuid;

use super::{Content, SystemTable};
use crate::cells::{Cell, Cells};
use crate::environment::Environment;
use crate::error::Result;
use crate::table::{TableDefinition, partition_text};

pub const TABLE: SystemTable = SystemTable {
    name: "parts",
    columns: &[
        ("partition", "String", "Value of the partition key."),
        ("name", "String", "Name of the part."),
        ("uuid", "UUID", "Always zero."),
        ("part_type", "String", "Always Wide."),
        ("active", "UInt8", "Always 1."),
        ("marks", "UInt64", "Granules, and the mark after the last one."),
        ("rows", "UInt64", "Rows, those that were deleted included."),
        (
            "has_lightweight_delete",
            "UInt8",
            "Whether some of its rows were deleted.",
        ),
        ("bytes_on_disk", "UInt64", "Bytes of all its files."),
        ("data_compressed_bytes", "UInt64", "Bytes of its columns on disk."),
        (
            "data_uncompressed_bytes",
            "UInt64",
            "Bytes of its columns before compression.",
        ),
        ("primary_key_bytes_in_memory", "UInt64", "Bytes of its primary index."),
        (
            "secondary_indices_compressed_bytes",
            "UInt64",
            "Bytes of its indexes on disk.",
        ),
        (
            "secondary_indices_uncompressed_bytes",
            "UInt64",
            "The same: indexes are not compressed.",
        ),
        ("secondary_indices_marks_bytes", "UInt64", "Always 0."),
        ("marks_bytes", "UInt64", "Always 0: granules are row arithmetic."),
        ("modification_time", "DateTime", "When it was written."),
        ("partition_id", "String", "Name of the partition."),
        ("min_block_number", "Int64", "First insert whose rows are here."),
        ("max_block_number", "Int64", "Last insert whose rows are here."),
        ("level", "UInt32", "How many merges lie under it."),
        ("data_version", "UInt64", "Last mutation, or insert, that made it."),
        ("database", "String", "Database."),
        ("table", "String", "Table."),
        ("engine", "String", "Table engine."),
        ("disk_name", "String", "Always default."),
        ("path", "String", "Its folder."),
    ],
    content: Content::Rows(fill),
};

fn fill(environment: &Environment, cells: &mut Cells) -> Result<()> {
    for (database, name, table) in environment.shown_tables() {
        for part in table.snapshot().parts() {
            push(&database, &name, &table.definition, part, cells)?;
        }
    }
    Ok(())
}

fn push(database: &str, table: &str, definition: &TableDefinition, part: &Part, cells: &mut Cells) -> Result<()> {
    let index_bytes: u64 = part.indexes().iter().map(|index| index.bytes).sum();
    let key_bytes: usize = part.primary_index().iter().map(|key| key.get_array_memory_size()).sum();
    let modified = part
        .modification_time()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let name = part.name();
    cells.push([
        partition_text(definition, part)?.into(),
        name.to_string().into(),
        Cell::Uuid(Uuid::nil()),
        "Wide".into(),
        true.into(),
        (part.marks() + 1).into(),
        part.rows().into(),
        part.alive_set().is_some().into(),
        part.bytes_on_disk().into(),
        part.bytes_compressed().into(),
        part.bytes_uncompressed().into(),
        key_bytes.into(),
        index_bytes.into(),
        index_bytes.into(),
        0_u64.into(),
        0_u64.into(),
        modified.into(),
        name.partition_id.clone().into(),
        name.min_block.into(),
        name.max_block.into(),
        u64::from(name.level).into(),
        name.mutation.unwrap_or(name.min_block).into(),
        database.into(),
        table.into(),
        definition.engine().into(),
        "default".into(),
        format!("{}/", part.path().display()).into(),
    ]);
    Ok(())
}
