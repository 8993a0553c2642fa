//! system.data_skipping_indices

use super::{Content, SystemTable};
use crate::cells::Cells;
use crate::environment::Environment;
use crate::error::Result;

pub const TABLE: SystemTable = SystemTable {
    name: "data_skipping_indices",
    columns: &[
        ("database", "String", "Database name."),
        ("table", "String", "Table name."),
        ("name", "String", "Index name."),
        ("type", "String", "Index type."),
        ("type_full", "String", "Index type with its arguments."),
        ("expr", "String", "What is indexed."),
        (
            "creation",
            "Enum8('Explicit' = 0, 'Implicit' = 1)",
            "Implicit if a setting of the table made it.",
        ),
        ("granularity", "UInt64", "Granules per sub-index or block."),
        ("data_compressed_bytes", "UInt64", "Bytes on disk, all parts."),
        (
            "data_uncompressed_bytes",
            "UInt64",
            "The same: indexes are not compressed.",
        ),
        ("marks_bytes", "UInt64", "Always 0."),
    ],
    content: Content::Rows(fill),
};

fn fill(environment: &Environment, cells: &mut Cells) -> Result<()> {
    for (database, name, table) in environment.shown_tables() {
        let snapshot = table.snapshot();
        for index in &table.definition.indexes {
            let built = snapshot.parts().iter().flat_map(|part| part.indexes());
            let bytes: u64 = built
                .filter(|built| (built.name, built.built_for) == (&index.name, &index.built_for))
                .map(|built| built.bytes)
                .sum();
            cells.push([
                database.clone().into(),
                name.clone().into(),
                index.name.clone().into(),
                index.type_name.into(),
                index.type_full.clone().into(),
                index.text.clone().into(),
                if index.is_implicit { "Implicit" } else { "Explicit" }.into(),
                index.granularity.into(),
                bytes.into(),
                bytes.into(),
                0_u64.into(),
            ]);
        }
    }
    Ok(())
}
