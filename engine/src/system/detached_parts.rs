//! system.detached_parts: parts that were found broken when the database was opened.

use super::{Content, SystemTable};
use crate::cells::Cells;
use crate::environment::Environment;
use crate::error::Result;

pub const TABLE: SystemTable = SystemTable {
    name: "detached_parts",
    columns: &[
        ("database", "String", "Database."),
        ("table", "String", "Table."),
        ("name", "String", "Name of the folder in detached/."),
        ("reason", "String", "What is wrong with it."),
    ],
    content: Content::Rows(fill),
};

fn fill(environment: &Environment, cells: &mut Cells) -> Result<()> {
    for (database, name, table) in environment.engine.catalog().all_tables() {
        for broken in table.store.broken_parts() {
            cells.push([
                database.clone().into(),
                name.clone().into(),
                format!("broken_{}", broken.name).into(),
                broken.reason.clone().into(),
            ]);
        }
    }
    Ok(())
}
