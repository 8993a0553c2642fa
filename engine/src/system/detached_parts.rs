//! system.detached_parts: parts that were set aside, by DETACH or because they are broken.

use std::time::UNIX_EPOCH;

use super::{Content, SystemTable};
use crate::cells::{Cell, Cells};
use crate::environment::Environment;
use crate::error::Result;

pub const TABLE: SystemTable = SystemTable {
    name: "detached_parts",
    columns: &[
        ("database", "String", "Database."),
        ("table", "String", "Table."),
        (
            "partition_id",
            "Nullable(String)",
            "Partition, if the folder is called after a part.",
        ),
        ("name", "String", "Name of the folder in detached/."),
        (
            "bytes_on_disk",
            "UInt64",
            "Bytes of its files; 0 if it cannot be opened.",
        ),
        (
            "modification_time",
            "DateTime",
            "When it was written, if it can be opened.",
        ),
        ("disk", "String", "Disk."),
        ("path", "String", "The folder."),
        (
            "reason",
            "Nullable(String)",
            "broken, inactive, or nothing for one that ATTACH takes.",
        ),
        ("min_block_number", "Nullable(Int64)", "First block."),
        ("max_block_number", "Nullable(Int64)", "Last block."),
        ("level", "Nullable(UInt32)", "How many merges lie under it."),
    ],
    content: Content::Rows(fill),
};

fn fill(environment: &Environment, cells: &mut Cells) -> Result<()> {
    for (database, table, open) in environment.shown_tables() {
        for part in open.store.detached_parts()? {
            let seconds = part.modified.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
            let path = open.store.path().join("detached").join(&part.folder);
            let name = part.name.as_ref();
            cells.push([
                database.clone().into(),
                table.clone().into(),
                name.map(|name| name.partition_id.clone()).into(),
                part.folder.clone().into(),
                part.bytes.into(),
                seconds.map_or(0, |time| time.as_secs()).into(),
                "default".into(),
                path.display().to_string().into(),
                // NULL where nothing is known of a folder, as in ClickHouse.
                name.map_or(Cell::Null, |_| part.reason.clone().into()),
                name.map(|name| name.min_block).into(),
                name.map(|name| name.max_block).into(),
                name.map(|name| u64::from(name.level)).into(),
            ]);
        }
    }
    Ok(())
}
