//! system.detached_tables: tables and views that DETACH has taken away.

use super::{Content, SystemTable};
use crate::cells::{Cell, Cells};
use crate::environment::Environment;
use crate::error::Result;

pub const TABLE: SystemTable = SystemTable {
    name: "detached_tables",
    columns: &[
        ("database", "String", "The name of the database the table is in."),
        ("table", "String", "Table name."),
        ("uuid", "UUID", "Table uuid."),
        ("metadata_path", "String", "Where its definition is."),
        ("is_permanently", "UInt8", "Table was detached permanently."),
    ],
    content: Content::Rows(fill),
};

fn fill(environment: &Environment, cells: &mut Cells) -> Result<()> {
    let catalog = environment.engine.catalog();
    for (database, name, detached) in catalog.all_detached() {
        if !environment.rights.shows_table(&database, &name) {
            continue;
        }
        let path = catalog.metadata_file(&database, &name);
        cells.push([
            database.into(),
            name.into(),
            Cell::Uuid(detached.uuid),
            path.display().to_string().into(),
            detached.is_permanent.into(),
        ]);
    }
    Ok(())
}
