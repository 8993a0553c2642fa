//! system.vector_indexes: every vector index in every part, built or not.

use super::{Content, SystemTable};
use crate::cells::Cells;
use crate::environment::Environment;
use crate::error::Result;
use crate::index_builds::Subject;

pub const TABLE: SystemTable = SystemTable {
    name: "vector_indexes",
    columns: &[
        ("database", "String", "Database."),
        ("table", "String", "Table."),
        ("index", "String", "Index."),
        ("expression", "String", "What is indexed."),
        ("type", "String", "Index type with its arguments."),
        ("metric", "String", "Distance function that it answers."),
        ("dimensions", "UInt64", "Numbers of a vector."),
        ("quantization", "String", "How the graph keeps a number."),
        ("granularity", "UInt64", "Granules per sub-index."),
        ("part", "String", "Part."),
        ("rows_indexed", "UInt64", "Rows of the part that are in the index."),
        (
            "rows_not_indexed",
            "UInt64",
            "Rows that are not: searches compare them one by one.",
        ),
        ("bytes_on_disk", "UInt64", "Bytes of the index's file."),
        (
            "bytes_in_memory",
            "UInt64",
            "Bytes that it takes in the cache of opened indexes; 0 if it is not there.",
        ),
        (
            "error",
            "String",
            "Why its last build in this part failed; empty if it did not.",
        ),
    ],
    content: Content::Rows(fill),
};

fn fill(environment: &Environment, cells: &mut Cells) -> Result<()> {
    let (cache, builds) = (environment.engine.indexes(), environment.engine.index_builds());
    for (database, name, table) in environment.shown_tables() {
        let snapshot = table.snapshot();
        for (index, vector) in table.definition.vector_indexes() {
            for part in snapshot.parts() {
                let built = index.is_in(part);
                let files = part.indexes();
                let bytes = files.iter().find(|file| built && *file.name == index.name);
                let subject = Subject {
                    database: database.clone(),
                    table: name.clone(),
                    index: index.name.clone(),
                };
                let error = builds.last_error(&subject, &part.name().to_string());
                let (indexed, not_indexed) = if built { (part.rows(), 0) } else { (0, part.rows()) };
                cells.push([
                    database.clone().into(),
                    name.clone().into(),
                    index.name.clone().into(),
                    index.text.clone().into(),
                    index.type_full.clone().into(),
                    vector.metric.name().into(),
                    vector.dimensions.into(),
                    vector.quantization.name().into(),
                    index.granularity.into(),
                    part.name().to_string().into(),
                    indexed.into(),
                    not_indexed.into(),
                    bytes.map_or(0, |file| file.bytes).into(),
                    cache.bytes_of(part, index).unwrap_or(0).into(),
                    error.unwrap_or_default().into(),
                ]);
            }
        }
    }
    Ok(())
}
